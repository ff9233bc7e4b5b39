# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion of AMASS as a track of a capture, on a body that comes from elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .amass import read_amass
from .body import Body
from .capture import Track
from .kinematics import pose_from_axis_angle
from .skeleton import JOINT_NAMES


def read_amass_track(path: Path, body: Body) -> Track:
    """A motion file of AMASS on the body given; GhostcapError says what the file lacks.

    The shape (betas) is the file's where the body is SMPL's, and the body's own otherwise: betas of different models
    mean different things.
    """
    motion = read_amass(path)
    betas = motion.betas if body.kind == "smpl" else np.zeros(10)
    count = len(motion.poses)
    return Track(
        frame=np.arange(count),
        poses=motion.poses,
        trans=motion.trans,
        betas=betas,
        mocap_framerate=motion.fps,
        joints=pose_from_axis_angle(motion.poses, body.rest_joints(betas), motion.trans).positions,
        keypoints_2d=np.full((count, 33, 3), np.nan),
        bbox=np.full((count, 4), np.nan),
        confidence=np.ones(count),
        observed=np.ones(count, dtype=bool),
        contacts=np.zeros((count, 4)),
        camera_trans=np.zeros((count, 3)),
        poses_raw=motion.poses,
        trans_raw=motion.trans,
        gender=motion.gender,
    )


def plain_body() -> Body:
    """Joints of a person 1.7 metres tall in T-pose, without a mesh: for motion that comes without a body."""
    joints = np.array([_rest_joint(name) for name in JOINT_NAMES])
    return Body(
        vertices=np.zeros((0, 3)),
        vertex_dirs=np.zeros((0, 3, 10)),
        faces=np.zeros((0, 3), dtype=int),
        skin_index=np.zeros((0, 1), dtype=int),
        skin_weight=np.zeros((0, 1)),
        joints=joints,
        joint_dirs=np.zeros((24, 3, 10)),
        kind="joints",
    )


_SIDE = {
    "Hip": (0.08, -0.09, 0.0), "Knee": (0.10, -0.48, 0.0), "Ankle": (0.09, -0.88, -0.04), "Foot": (0.11, -0.94, 0.08),
    "Collar": (0.08, 0.40, -0.02), "Shoulder": (0.17, 0.43, -0.03), "Elbow": (0.43, 0.42, -0.05),
    "Wrist": (0.68, 0.42, -0.05), "Hand": (0.76, 0.41, -0.05),
}  # fmt: skip
_CENTRE = {
    "Pelvis": (0.0, 0.0, 0.0), "Spine1": (0.0, 0.11, -0.02), "Spine2": (0.0, 0.24, 0.0), "Spine3": (0.0, 0.30, 0.01),
    "Neck": (0.0, 0.50, -0.03), "Head": (0.0, 0.58, 0.02),
}  # fmt: skip


def _rest_joint(name: str) -> tuple[float, float, float]:
    if name in _CENTRE:
        return _CENTRE[name]
    x, y, z = _SIDE[name[2:]]
    return (x if name[0] == "L" else -x), y, z
