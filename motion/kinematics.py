# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward kinematics of SMPL's skeleton and linear blend skinning."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rotations import matrix_from_axis_angle
from .skeleton import PARENTS

Array = NDArray[np.floating]


class Posed(NamedTuple):
    """Joints of a posed skeleton, in the frame of reference of the root's parameters."""

    positions: Array
    """(..., 24, 3) metres."""
    rotations: Array
    """(..., 24, 3, 3) global rotation of each joint."""


def pose_skeleton(local_rotations: ArrayLike, rest_joints: ArrayLike, trans: ArrayLike) -> Posed:
    """Forward kinematics as in SMPL: the root joint comes to rest_joints[0] + trans.

    local_rotations (..., 24, 3, 3) relative to the parent, rest_joints (24, 3) in T-pose, trans (..., 3).
    """
    local = np.asarray(local_rotations, dtype=float)
    rest = np.asarray(rest_joints, dtype=float)
    rotations = np.empty_like(local)
    positions = np.empty(local.shape[:-1])
    rotations[..., 0, :, :] = local[..., 0, :, :]
    positions[..., 0, :] = rest[0] + np.asarray(trans, dtype=float)
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        rotations[..., joint, :, :] = rotations[..., parent, :, :] @ local[..., joint, :, :]
        offset = rest[joint] - rest[parent]
        positions[..., joint, :] = positions[..., parent, :] + rotations[..., parent, :, :] @ offset
    return Posed(positions, rotations)


def pose_from_axis_angle(poses: ArrayLike, rest_joints: ArrayLike, trans: ArrayLike) -> Posed:
    """The same from SMPL's parameters as on disk: poses (..., 72) axis-angle, trans (..., 3)."""
    poses = np.asarray(poses, dtype=float)
    return pose_skeleton(matrix_from_axis_angle(poses.reshape(*poses.shape[:-1], 24, 3)), rest_joints, trans)


def local_rotations_from_global(rotations: ArrayLike) -> Array:
    """Undo forward kinematics. (..., 24, 3, 3) global -> (..., 24, 3, 3) relative to the parent."""
    rotations = np.asarray(rotations, dtype=float)
    local = rotations.copy()
    for joint in range(1, len(PARENTS)):
        parent = rotations[..., PARENTS[joint], :, :]
        local[..., joint, :, :] = np.swapaxes(parent, -1, -2) @ rotations[..., joint, :, :]
    return local


def skin_vertices(
    vertices: ArrayLike, skin_index: NDArray[np.integer], skin_weight: ArrayLike, rest_joints: ArrayLike, posed: Posed
) -> Array:
    """Linear blend skinning.

    vertices (V, 3) and rest_joints (24, 3) in rest pose, skin_index and skin_weight (V, K), posed (..., 24, ...)
    -> (..., V, 3).
    """
    rest = np.asarray(rest_joints, dtype=float)
    vertices = np.asarray(vertices, dtype=float)
    weight = np.asarray(skin_weight, dtype=float)
    origin = posed.positions - np.einsum("...jab,jb->...ja", posed.rotations, rest)
    blend = np.zeros((len(vertices), rest.shape[0]))
    np.add.at(blend, (np.arange(len(vertices))[:, None], skin_index), weight)
    rotations = np.einsum("vj,...jab->...vab", blend, posed.rotations, optimize=True)
    return np.einsum("...vab,vb->...va", rotations, vertices) + np.einsum("vj,...ja->...va", blend, origin)
