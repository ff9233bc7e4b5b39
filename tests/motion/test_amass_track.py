# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files of AMASS, of each of its body models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.motion.amass_track import plain_body, read_amass_track
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.rig import build_rest_bones
from ghostcap.tests.synthetic_capture import synthetic_body, synthetic_track


def write(path: Path, columns: int = 156, **more) -> Path:
    """A file as AMASS has them: fingers behind the 22 joints of the body."""
    track = synthetic_track(frames=20)
    poses = np.full((20, columns), 0.3)
    poses[:, :66] = track.poses[:, :66]
    arrays = {"poses": poses, "trans": track.trans, "betas": np.zeros(16), "gender": "female", "mocap_framerate": 120.0}
    np.savez(path, **{name: value for name, value in {**arrays, **more}.items() if value is not None})
    return path


@pytest.mark.parametrize("columns", [66, 156, 165])
def test_body_joints_are_read_fingers_are_not(tmp_path: Path, columns: int) -> None:
    """SMPL, SMPL-H and SMPL-X share the body; the third value of a finger is no hand of SMPL."""
    track = read_amass_track(write(tmp_path / "walk poses.npz", columns), synthetic_body())
    expected = synthetic_track(frames=20)
    np.testing.assert_allclose(track.poses[:, :66], expected.poses[:, :66])
    assert not track.poses[:, 66:].any()
    assert (track.mocap_framerate, track.gender) == (120.0, "female")
    np.testing.assert_allclose(track.joints[:, 0], expected.joints[:, 0], atol=1e-9)


def test_newer_files_name_the_rate_otherwise(tmp_path: Path) -> None:
    """SMPL-X's release says mocap_frame_rate."""
    path = write(tmp_path / "a.npz", mocap_framerate=None, mocap_frame_rate=np.array(60.0))
    assert read_amass_track(path, synthetic_body()).mocap_framerate == 60


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"poses": None}, "no poses"),
        ({"mocap_framerate": None}, "mocap_framerate"),
        ({"trans": np.zeros((3, 3))}, "no motion of AMASS"),
        ({"trans": np.full((20, 3), np.nan)}, "not finite"),
    ],
)
def test_other_files_are_told(tmp_path: Path, change: dict, match: str) -> None:
    """Any .npz may be dropped: one line says why it can't be used."""
    with pytest.raises(GhostcapError, match=match):
        read_amass_track(write(tmp_path / "a.npz", **change), synthetic_body())


def test_plain_body_makes_a_rig() -> None:
    """Motion without a body still gets bones: every bone long enough for Blender, mirrored sides."""
    rest = build_rest_bones(plain_body().joints, -0.97)
    assert np.linalg.norm(rest.tails - rest.heads, axis=-1).min() >= 0.01
    assert rest.heads[:, 2].max() > 1.4
