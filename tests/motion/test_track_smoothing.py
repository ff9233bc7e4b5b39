# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of a capture's track, and the command that does it on what is on disk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.motion.camera import Camera
from ghostcap.motion.capture import Track, read_capture, read_track, write_track
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.skeleton import JOINT, LANDMARK
from ghostcap.motion.smoothing import Smoothing
from ghostcap.motion.track_smoothing import smooth_track, strength_by_joint, weigh_joints
from ghostcap.tests.synthetic_capture import synthetic_body, synthetic_track, write_synthetic_capture

BODY = synthetic_body()
CAMERA = Camera(1000.0, 1920, 1080, tilt=0.1, above_ground=1.5)


def shaky_track(frames: int = 90) -> Track:
    rng = np.random.default_rng(0)
    track = synthetic_track("walk", frames)
    return replace(
        track,
        poses_raw=track.poses_raw + rng.normal(size=track.poses_raw.shape) * 0.03,
        trans_raw=track.trans_raw + rng.normal(size=track.trans_raw.shape) * 0.02,
    )


def jitter(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, 3, axis=0), axis=-1).mean())


def test_joints_follow_the_smoothed_pose():
    """Heatmap and overlay draw the joints; they have to be those of the animation."""
    track = smooth_track(shaky_track(), BODY, Smoothing(), CAMERA)
    posed = pose_from_axis_angle(track.poses, BODY.rest_joints(track.betas), track.trans)
    np.testing.assert_allclose(track.joints, posed.positions, atol=1e-9)
    np.testing.assert_allclose(CAMERA.to_world(track.camera_trans), track.joints[:, 0], atol=1e-9)
    raw = pose_from_axis_angle(track.poses_raw, BODY.rest_joints(track.betas), track.trans_raw).positions
    assert jitter(track.joints) < jitter(raw) / 4


def test_smoothing_begins_with_the_raw_motion_each_time():
    """Smoothing twice must not smooth more, and 0 must bring everything back."""
    track = shaky_track()
    once = smooth_track(track, BODY, Smoothing(), CAMERA)
    twice = smooth_track(once, BODY, Smoothing(), CAMERA)
    assert (twice.poses == once.poses).all()
    back = smooth_track(once, BODY, Smoothing(strength=0.0), CAMERA)
    assert (back.poses == track.poses_raw).all()
    assert (back.trans == track.trans_raw).all()
    assert (once.poses_raw == track.poses_raw).all()


def test_bridged_frames_and_unseen_limbs_weigh_less():
    track = synthetic_track("walk", 30)
    keypoints = np.ones((30, 33, 3))
    keypoints[5, LANDMARK["left_wrist"], 2] = 0.1
    observed = np.ones(30, bool)
    observed[10:15] = False
    weights = weigh_joints(replace(track, keypoints_2d=keypoints, observed=observed))
    assert (weights[10:15] == 0).all()
    assert weights[5, JOINT["L_Elbow"]] < 0.5
    assert weights[5, JOINT["R_Elbow"]] == 1


def test_every_joint_belongs_to_one_part():
    """`--part` must not forget a joint."""
    strengths = strength_by_joint({"arms": 0.1, "legs": 0.2, "torso": 0.3, "head": 0.4, "root": 0.5})
    assert sorted(strengths) == list(range(24))
    assert strengths[JOINT["L_Wrist"]] == 0.1
    assert strengths[JOINT["R_Foot"]] == 0.2


@pytest.fixture
def capture(tmp_path):
    folder = tmp_path / "it's 舞 dance.capture"
    write_synthetic_capture(folder, synthetic_track("walk", 90))
    row = read_capture(folder).tracks[0]
    write_track(folder / row.file, shaky_track(row.frames))
    return folder


def test_the_command_smooths_what_is_on_disk(capture):
    path = capture / read_capture(capture).tracks[0].file
    before = read_track(path)
    assert main(["smooth", str(capture)]) == 0
    after = read_track(path)
    assert jitter(after.joints) < jitter(pose_from_axis_angle(
        before.poses_raw, BODY.rest_joints(before.betas), before.trans_raw).positions) / 4  # fmt: skip
    assert (after.poses_raw == before.poses_raw).all()
    assert read_capture(capture).settings["smoothed_again"]["method"] == "smoothnet"
    assert main(["smooth", str(capture), "--smooth", "none"]) == 0
    assert (read_track(path).poses == before.poses_raw).all()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--smooth", "magic"], 2, "magic"),
        (["--smooth-strength", "2"], 2, "0 to 1"),
        (["--part", "tail=1"], 2, "arms"),
        (["--amount", "3"], 2, "amount"),
        (["--track", "99"], 1, "99"),
        (["--weights", "nowhere.safetensors"], 1, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line_and_changes_nothing(capture, capsys, arguments, code, told):
    path = capture / read_capture(capture).tracks[0].file
    before = path.read_bytes()
    assert main(["smooth", str(capture), *arguments]) == code
    assert told in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_folder_that_is_no_capture_is_told_as_such(tmp_path, capsys):
    assert main(["smooth", str(tmp_path)]) == 1
    assert main(["smooth", str(tmp_path / "none")]) == 1
    assert "capture.json" in capsys.readouterr().err
