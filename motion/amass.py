# SPDX-License-Identifier: GPL-3.0-or-later
"""AMASS's .npz files: SMPL, SMPL-H and SMPL-X motion, read as a track of SMPL's 24 joints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .archive import read_arrays
from .body import Body
from .capture import Track
from .errors import CaptureError
from .kinematics import pose_from_axis_angle
from .skeleton import JOINT_NAMES

_BODY_JOINTS = 22
"""Joints that SMPL, SMPL-H and SMPL-X share; then come SMPL's two hands, or the face and the fingers of the others."""


def read_amass(path: Path, body: Body) -> Track:
    """A motion file of AMASS (z up, metres) on the body given. Keys: poses (T, 66 or more), trans, mocap_framerate.

    Fingers and face are left out; hands keep the direction of the wrists. The shape (betas) is the file's where the
    body is SMPL's, and the body's own otherwise: betas of different models mean different things. CaptureError says
    what the file lacks.
    """
    arrays = read_arrays(path, "poses", "trans")
    poses, trans = np.asarray(arrays["poses"], dtype=float), np.asarray(arrays["trans"], dtype=float)
    if poses.ndim != 2 or poses.shape[1] < 3 * _BODY_JOINTS or trans.shape != (len(poses), 3) or not len(poses):
        raise CaptureError(
            f"{path} is no motion of AMASS: poses has the shape {poses.shape}, trans {trans.shape}.",
            "AMASS's files of shapes only hold no motion.",
        )
    if not (np.isfinite(poses).all() and np.isfinite(trans).all()):
        raise CaptureError(f"{path} is damaged: it holds numbers that are not finite.")
    fps = _rate(path, arrays)
    whole = np.zeros((len(poses), 72))
    plain = poses.shape[1] == 72
    whole[:, : 72 if plain else 3 * _BODY_JOINTS] = poses[:, : 72 if plain else 3 * _BODY_JOINTS]
    betas = np.zeros(10)
    if body.kind == "smpl" and "betas" in arrays:
        given = np.ravel(np.asarray(arrays["betas"], dtype=float))[:10]
        betas[: len(given)] = given
    count = len(poses)
    return Track(
        frame=np.arange(count),
        poses=whole,
        trans=trans,
        betas=betas,
        mocap_framerate=fps,
        joints=pose_from_axis_angle(whole, body.rest_joints(betas), trans).positions,
        keypoints_2d=np.full((count, 33, 3), np.nan),
        bbox=np.full((count, 4), np.nan),
        confidence=np.ones(count),
        observed=np.ones(count, dtype=bool),
        contacts=np.zeros((count, 4)),
        camera_trans=np.zeros((count, 3)),
        poses_raw=whole,
        trans_raw=trans,
        gender=str(arrays.get("gender", "neutral")),
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


def _rate(path: Path, arrays: dict[str, NDArray[Any]]) -> float:
    for name in ("mocap_framerate", "mocap_frame_rate"):
        if name in arrays:
            rate = float(arrays[name])
            if np.isfinite(rate) and rate > 0:
                return rate
    raise CaptureError(f"{path} does not say its frame rate (mocap_framerate).")


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
