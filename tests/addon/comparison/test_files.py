# SPDX-License-Identifier: GPL-3.0-or-later
"""An athlete from a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bpy")

from ghostcap.addon.comparison.files import read_athlete_file
from ghostcap.motion.capture import read_capture, read_tracks, write_track
from ghostcap.motion.errors import GhostcapError

pytestmark = pytest.mark.bpy


def test_a_capture_is_read_by_its_folder_its_json_or_a_track(capture: Path) -> None:
    """All ways of naming a person give the same motion, with what the camera saw."""
    track = read_tracks(capture, read_capture(capture))[1]
    observed = np.arange(60) > 9
    write_track(capture / "track_001.npz", replace(track, observed=observed))
    name, main = read_athlete_file(capture, None)
    assert name == "dance_001"
    for path, wanted in ((capture / "capture.json", None), (capture, 1), (capture / "track_001.npz", None)):
        _, clip = read_athlete_file(path, wanted)
        np.testing.assert_array_equal(clip.rotations, main.rotations)
        np.testing.assert_array_equal(clip.trusted, observed)
        np.testing.assert_array_equal(clip.rest_joints, main.rest_joints)
    name, second = read_athlete_file(capture, 2)
    assert name == "dance_002"
    assert second.first_frame == 10


def test_a_motion_of_amass_is_read(tmp_path: Path) -> None:
    """A download from the archive, 120 frames a second, a path with blanks and Chinese."""
    path = tmp_path / "深 蹲" / "squat poses.npz"
    path.parent.mkdir()
    np.savez(path, poses=np.zeros((5, 156)), trans=np.ones((5, 3)), mocap_framerate=120.0, betas=np.zeros(16))
    name, clip = read_athlete_file(path, None)
    assert (name, len(clip), clip.fps) == ("squat poses", 5, 120.0)
    assert clip.trusted.all()


@pytest.mark.parametrize(
    ("name", "code", "advice"),
    [
        ("swing.mp4", "not_a_motion", "Video to Animation"), ("pose.JPG", "not_a_motion", "Video to Animation"),
        ("dance.fbx", "not_a_motion", "Import it into the scene"), ("notes.txt", "not_a_motion", "capture's folder"),
        ("broken.npz", "not_amass", "Download it again"), ("gone.npz", "not_found", "where it is now"),
        ("folder", "bad_capture", ""),
    ],
)  # fmt: skip
def test_anything_else_says_what_to_do(tmp_path: Path, name: str, code: str, advice: str) -> None:
    """A video is captured first, an FBX imported first."""
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif not name.startswith("gone"):
        path.write_bytes(b"nothing")
    with pytest.raises(GhostcapError, match=name.split(".", maxsplit=1)[0]) as caught:
        read_athlete_file(path, None)
    assert caught.value.code == code
    assert advice in caught.value.hint


def test_a_person_that_is_not_there_is_told(capture: Path) -> None:
    """The track was merged into another."""
    with pytest.raises(GhostcapError, match="no track 7"):
        read_athlete_file(capture, 7)
