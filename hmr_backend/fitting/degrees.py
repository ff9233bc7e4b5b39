# SPDX-License-Identifier: GPL-3.0-or-later
"""The degrees of freedom the fit solves for: 3 of the root's position and 43 of rotation.

Elbows and knees are hinges. The three spine joints share one bend, neck and head another, each joint taking an equal
part. Hands and toes keep their rest rotation, which the 33 landmarks can't tell. An update turns a joint in its own
frame: R <- R exp(A d), with A the joint's axes; both a hinge and a full ball stay what they are under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...motion.rotations import matrix_from_axis_angle
from ...motion.skeleton import JOINT, JOINT_NAMES, PARENTS

Array = NDArray[np.floating]
JOINTS: Final = len(JOINT_NAMES)
_X, _Y, _Z = np.eye(3)


@dataclass(frozen=True)
class Group:
    """Joints that turn together."""

    name: str
    joints: tuple[str, ...]
    axes: tuple[tuple[float, float, float], ...]
    rest_sigma: float
    """Radians: how far from the rest pose this group usually is."""
    smooth_sigma: float
    """Radians a second squared: how fast its turning usually changes."""
    limits: tuple[float, float] | None = None
    """Radians, for hinges."""


_BALL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_KNEE = (np.radians(-3.0), np.radians(155.0))
_ELBOW = (np.radians(-5.0), np.radians(150.0))

GROUPS: Final = (
    Group("root", ("Pelvis",), _BALL, np.inf, 20.0),
    Group("spine", ("Spine1", "Spine2", "Spine3"), _BALL, 0.35, 20.0),
    Group("neck", ("Neck", "Head"), _BALL, 0.5, 30.0),
    Group("l_collar", ("L_Collar",), _BALL, 0.2, 20.0),
    Group("r_collar", ("R_Collar",), _BALL, 0.2, 20.0),
    Group("l_shoulder", ("L_Shoulder",), _BALL, 1.5, 50.0),
    Group("r_shoulder", ("R_Shoulder",), _BALL, 1.5, 50.0),
    Group("l_elbow", ("L_Elbow",), ((0.0, -1.0, 0.0),), 1.5, 50.0, _ELBOW),
    Group("r_elbow", ("R_Elbow",), ((0.0, 1.0, 0.0),), 1.5, 50.0, _ELBOW),
    Group("l_wrist", ("L_Wrist",), _BALL, 0.5, 50.0),
    Group("r_wrist", ("R_Wrist",), _BALL, 0.5, 50.0),
    Group("l_hip", ("L_Hip",), _BALL, 1.0, 30.0),
    Group("r_hip", ("R_Hip",), _BALL, 1.0, 30.0),
    Group("l_knee", ("L_Knee",), ((1.0, 0.0, 0.0),), 1.2, 50.0, _KNEE),
    Group("r_knee", ("R_Knee",), ((1.0, 0.0, 0.0),), 1.2, 50.0, _KNEE),
    Group("l_ankle", ("L_Ankle",), _BALL, 0.35, 50.0),
    Group("r_ankle", ("R_Ankle",), _BALL, 0.35, 50.0),
)

COUNT: Final = 3 + sum(len(group.axes) for group in GROUPS)
"""Degrees of freedom a frame; the first three are the root's position in metres."""


def _slices() -> dict[str, slice]:
    start, out = 3, {}
    for group in GROUPS:
        out[group.name] = slice(start, start + len(group.axes))
        start += len(group.axes)
    return out


SLICES: Final = _slices()
"""Where each group's numbers stand among the degrees of freedom."""


def _joint_map() -> Array:
    matrix = np.zeros((JOINTS, 3, COUNT))
    for group in GROUPS:
        for joint in group.joints:
            matrix[JOINT[joint], :, SLICES[group.name]] = np.transpose(group.axes) / len(group.joints)
    return matrix


JOINT_MAP: Final = _joint_map()
"""(24, 3, COUNT): the turn of each joint, in its own frame, by each degree of freedom."""


def _ancestry() -> NDArray[np.bool_]:
    out = np.zeros((JOINTS, JOINTS), dtype=bool)
    for joint in range(JOINTS):
        ancestor = joint
        while ancestor >= 0:
            out[joint, ancestor] = True
            ancestor = PARENTS[ancestor]
    return out


ANCESTRY: Final = _ancestry()
"""(24, 24): [joint, ancestor] is true when turning the ancestor moves what is fixed to the joint."""


def advance(local: Array, root: Array, step: Array) -> tuple[Array, Array]:
    """Apply an update. local (T, 24, 3, 3), root (T, 3), step (T, COUNT) -> the new local and root."""
    turns = np.einsum("jad,td->tja", JOINT_MAP, step)
    moved = np.abs(JOINT_MAP).any(axis=(1, 2))
    new = local.copy()
    new[:, moved] = local[:, moved] @ matrix_from_axis_angle(turns[:, moved])
    return new, root + step[:, :3]


def hinge_angles(local: Array) -> dict[str, Array]:
    """Signed angle (T,) of each hinge."""
    out = {}
    for group in GROUPS:
        if group.limits is not None:
            rotation = local[:, JOINT[group.joints[0]]]
            axis = np.array(group.axes[0])
            sine = 0.5 * np.stack(
                [
                    rotation[:, 2, 1] - rotation[:, 1, 2],
                    rotation[:, 0, 2] - rotation[:, 2, 0],
                    rotation[:, 1, 0] - rotation[:, 0, 1],
                ],
                -1,
            )
            cosine = 0.5 * (np.trace(rotation, axis1=1, axis2=2) - 1)
            out[group.name] = np.arctan2(sine @ axis, cosine)
    return out


REST_SIGMA: Final = np.concatenate([np.full(3, np.inf), *(np.full(len(g.axes), g.rest_sigma) for g in GROUPS)])
SMOOTH_SIGMA: Final = np.concatenate([np.full(3, 5.0), *(np.full(len(g.axes), g.smooth_sigma) for g in GROUPS)])
"""(COUNT,) metres or radians a second squared."""
