# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture's track smoothed: always from its raw motion, so that it can be done again and undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .body import Body
from .camera import Camera
from .capture import Track
from .kinematics import pose_from_axis_angle
from .skeleton import JOINT, JOINT_NAMES, LANDMARK
from .smoothing import Smoothing, smooth_path, smooth_poses
from .smoothing_methods import PARTS

Array = NDArray[np.floating]
SURE: Final = 0.5
"""Visibility from which a landmark counts in full."""
LEAST: Final = 0.2
"""Weight of a landmark nobody saw: the estimator still had a guess."""


def smooth_track(track: Track, body: Body, smoothing: Smoothing, camera: Camera | None = None) -> Track:
    """The track with `poses`, `trans`, `joints` and `camera_trans` smoothed from its raw motion.

    Bridged frames don't count, unsure joints count less. With a static camera the line of sight is known, and the
    root's distance, the noisiest of all, is smoothed most.
    """
    fps = track.mocap_framerate
    weights = weigh_joints(track)
    root = body.rest_joints(track.betas)[0]
    fixed = camera if camera is not None and camera.static else None
    turn = None if fixed is None else fixed.world_from_camera().T
    stand = None if fixed is None else np.array([0.0, 0.0, fixed.above_ground])
    poses = smooth_poses(track.poses_raw, fps, smoothing, weights, turn)
    path = smooth_path(track.trans_raw + root, fps, smoothing, weights[:, 0], stand)
    # At strength 0 the raw numbers themselves, not their sum with the root less the root.
    trans = np.where(path == track.trans_raw + root, track.trans_raw, path - root)
    joints = pose_from_axis_angle(poses, body.rest_joints(track.betas), trans).positions
    seen = track.camera_trans if fixed is None else fixed.to_camera(joints[:, 0])
    return replace(track, poses=poses, trans=trans, joints=joints, camera_trans=seen)


def weigh_joints(track: Track) -> Array:
    """(T, 24) how far each joint's observation is to be believed, 0..1: by its landmarks' visibility, 0 in gaps."""
    weights = np.ones((len(track.frame), len(JOINT_NAMES)))
    visibility = np.asarray(track.keypoints_2d, dtype=float)[..., 2]
    if visibility.shape[1] == len(LANDMARK):
        for side, long in (("L", "left"), ("R", "right")):
            for name, ends in _LIMBS.items():
                seen = visibility[:, [LANDMARK[f"{long}_{end}"] for end in ends]].min(axis=1)
                weights[:, JOINT[f"{side}_{name}"]] = np.clip(np.nan_to_num(seen, nan=1.0) / SURE, LEAST, 1.0)
    return weights * np.asarray(track.observed, dtype=float)[:, None]


def strength_by_joint(parts: dict[str, float]) -> dict[int, float]:
    """Strengths by body part -> by joint; KeyError for a part that is none."""
    return {
        joint: strength
        for part, strength in parts.items()
        for joint, name in enumerate(JOINT_NAMES)
        if name.removeprefix("L_").removeprefix("R_") in PARTS[part]
    }


_LIMBS: Final = {
    "Hip": ("hip", "knee"), "Knee": ("knee", "ankle"), "Ankle": ("ankle", "foot_index"),
    "Foot": ("ankle", "foot_index"), "Shoulder": ("shoulder", "elbow"), "Elbow": ("elbow", "wrist"),
    "Wrist": ("wrist", "index"), "Hand": ("wrist", "index"),
}  # fmt: skip
"""The landmarks that a joint's bone runs between."""
