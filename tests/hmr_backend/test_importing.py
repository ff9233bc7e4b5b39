# SPDX-License-Identifier: GPL-3.0-or-later
"""AMASS's motions as captures. 4D-Humans' are in foreign/test_phalp.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.motion.capture import read_capture, read_capture_body, read_tracks
from ghostcap.motion.kinematics import pose_from_axis_angle


@pytest.fixture
def walk_file(tmp_path: Path) -> Path:
    """Two seconds at 60 frames a second: a person who stands upright and drifts along +y."""
    poses = np.zeros((120, 156))
    poses[:, 0] = np.pi / 2
    poses[:, 3] = 0.2 * np.sin(np.arange(120) / 10)
    trans = np.stack([np.zeros(120), np.linspace(0, 1, 120), np.full(120, 1.15)], -1)
    path = tmp_path / "walk_poses.npz"
    np.savez(path, poses=poses, trans=trans, betas=np.ones(16), gender="neutral", mocap_framerate=60.0)
    return path


def test_a_motion_of_amass_becomes_a_capture(walk_file: Path, tmp_path: Path) -> None:
    """Axes, metres and rate as they are in the file; z is up in both."""
    assert main(["import", str(walk_file), "--progress", "json"]) == 0
    folder = tmp_path / "walk_poses.capture"
    capture = read_capture(folder)
    track = read_tracks(folder, capture)[1]
    raw = np.load(walk_file)
    np.testing.assert_allclose(track.poses, raw["poses"][:, :72], atol=1e-12)
    assert track.mocap_framerate == 60
    # The root goes where AMASS has it, whatever body it is shown with.
    np.testing.assert_allclose(track.joints[:, 0] - track.joints[0, 0], raw["trans"] - raw["trans"][0], atol=1e-9)
    np.testing.assert_allclose(track.joints[:, 0], raw["trans"] + [-0.0018, -0.2233, 0.0282], atol=0.02)
    body = read_capture_body(folder)
    posed = pose_from_axis_angle(track.poses, body.rest_joints(track.betas), track.trans)
    np.testing.assert_allclose(posed.positions, track.joints, atol=1e-9)
    # Head up, feet down.
    assert (track.joints[:, 15, 2] > track.joints[:, 0, 2] + 0.4).all()
    assert (track.joints[:, 7, 2] < track.joints[:, 0, 2] - 0.6).all()
    assert track.observed.all()
    assert capture.video.frames == 120


def test_our_own_track_comes_back_as_it_was(walk_file: Path, tmp_path: Path) -> None:
    """A track of a capture is an AMASS file, too."""
    main(["import", str(walk_file), "--progress", "json"])
    first = tmp_path / "walk_poses.capture" / "track_001.npz"
    assert main(["import", str(first), "--out", str(tmp_path / "again"), "--progress", "json"]) == 0
    folder = tmp_path / "again" / "track_001.capture"
    track = read_tracks(folder, read_capture(folder))[1]
    np.testing.assert_allclose(track.poses, np.load(first)["poses"])


def test_a_bad_file_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what is wrong."""
    np.savez(tmp_path / "a.npz", betas=np.zeros(10))
    assert main(["import", str(tmp_path / "a.npz"), "--progress", "json"]) == 1
    assert '"not_amass"' in capsys.readouterr().out
    assert main(["import", str(tmp_path / "none.pkl"), "--progress", "json"]) == 1
    assert '"not_found"' in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
