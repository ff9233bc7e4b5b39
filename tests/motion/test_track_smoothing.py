# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of a capture's track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ghostcap.motion.camera import Camera
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.skeleton import JOINT, LANDMARK
from ghostcap.motion.smoothing import Smoothing
from ghostcap.motion.track_smoothing import smooth_track, strength_by_joint, weigh_joints
from ghostcap.tests.synthetic_capture import jitter, shaky_track, synthetic_body, synthetic_track

BODY = synthetic_body()
CAMERA = Camera(1000.0, 1920, 1080, tilt=0.1, above_ground=1.5)


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
