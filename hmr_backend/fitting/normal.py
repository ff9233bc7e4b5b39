# SPDX-License-Identifier: GPL-3.0-or-later
"""Residuals of a posed body against the evidence, and their normal equations, frame by frame.

Gauss-Newton on manifolds with iteratively reweighted least squares; the Geman-McClure weight keeps wrong landmarks
from pulling (Barron 2019 has the family).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.kinematics import Posed, pose_skeleton
from ...motion.rotations import axis_angle_from_matrix
from ...motion.skeleton import JOINT, PARENTS
from .degrees import ANCESTRY, COUNT, GROUPS, JOINT_MAP, REST_SIGMA, SLICES, hinge_angles
from .evidence import Evidence
from .markers import EDGE_END, EDGE_NOISE, EDGES, JOINT_OF, NOISE

Array = NDArray[np.floating]
PIXEL_SIGMA = 0.012
"""Noise of a limb's landmark in the picture, as a share of the person's height there."""
WORLD_SIGMA = np.array([0.06, 0.06, 0.10])
"""Metres: noise of the 3D landmarks across and along the line of sight."""
LIMIT_SIGMA = 0.05
"""Radians: how hard a hinge's limit is."""


@dataclass(frozen=True)
class Shape:
    """What does not change over the clip."""

    betas: Array
    """(10,)."""
    rest: Array
    """(24, 3) rest joints for these betas."""
    offsets: Array
    """(33, 3) landmarks on their joints, T-pose axes."""
    depth_tilt: float = 0.0
    """Radians about the camera's x axis by which the network's 3D landmarks lean."""


@dataclass
class System:
    """Normal equations per frame."""

    hessian: Array
    """(T, COUNT, COUNT)."""
    gradient: Array
    """(T, COUNT)."""
    cost: float
    posed: Posed
    markers: Array
    """(T, 33, 3) camera frame."""
    jacobian: Array
    """(T, 33, 3, COUNT) of the markers."""
    pixel_weight: Array
    """(T, 33, 2) weight of each reprojection residual, 1 / px^2."""
    pixel_residual: Array
    """(T, 33, 2) px."""
    pixel_jacobian: Array
    """(T, 33, 2, 3) pixels by metres."""
    world_weight: Array
    """(T, 22, 3), 1 / m^2."""
    world_residual: Array
    """(T, 22, 3) m."""


def tilted_world(evidence: Evidence, shape: Shape) -> Array:
    """(T, 22, 3) the vectors along the limbs as the network has them, their lean taken off."""
    c, s = np.cos(shape.depth_tilt), np.sin(shape.depth_tilt)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return EDGES @ evidence.world @ turn.T


def place_markers(local: Array, root: Array, shape: Shape) -> tuple[Posed, Array]:
    """local (T, 24, 3, 3), root (T, 3) camera frame -> posed skeleton and markers (T, 33, 3)."""
    posed = pose_skeleton(local, shape.rest, root - shape.rest[0])
    markers = posed.positions[:, JOINT_OF] + np.einsum("tkab,kb->tka", posed.rotations[:, JOINT_OF], shape.offsets)
    return posed, markers


def point_jacobian(posed: Posed, points: Array, joint_of: NDArray[np.integer]) -> Array:
    """d points / d degrees of freedom. points (T, K, 3), each fixed to joint_of (K,) -> (T, K, 3, COUNT)."""
    count, points_count = points.shape[:2]
    out = np.zeros((count, points_count, 3, COUNT))
    out[..., :3] = np.eye(3)
    for group in GROUPS:
        where = SLICES[group.name]
        for name in group.joints:
            joint = JOINT[name]
            moved = np.flatnonzero(ANCESTRY[joint_of, joint])
            if not len(moved):
                continue
            axes = posed.rotations[:, joint] @ JOINT_MAP[joint, :, where]
            lever = points[:, moved] - posed.positions[:, None, joint]
            # cross(axis, lever) for each axis of the group
            cross = np.stack(
                [
                    axes[:, None, 1] * lever[..., 2, None] - axes[:, None, 2] * lever[..., 1, None],
                    axes[:, None, 2] * lever[..., 0, None] - axes[:, None, 0] * lever[..., 2, None],
                    axes[:, None, 0] * lever[..., 1, None] - axes[:, None, 1] * lever[..., 0, None],
                ],
                axis=2,
            )
            out[:, moved, :, where] += cross
    return out


def build_system(local: Array, root: Array, shape: Shape, evidence: Evidence, robust: float) -> System:
    """Linearise all per-frame terms. `robust` is the number of sigmas at which a residual starts to lose its pull."""
    posed, markers = place_markers(local, root, shape)
    jacobian = point_jacobian(posed, markers, JOINT_OF)
    f = evidence.focal_px

    depth = np.maximum(markers[..., 2], 0.1)
    projected = markers[..., :2] / depth[..., None] * f
    residual = projected - evidence.pixels
    zero = np.zeros_like(depth)
    pixel_jacobian = np.stack(
        [
            np.stack([f / depth, zero, -f * markers[..., 0] / depth**2], -1),
            np.stack([zero, f / depth, -f * markers[..., 1] / depth**2], -1),
        ],
        axis=2,
    )
    sigma = PIXEL_SIGMA * evidence.size[:, None] * NOISE
    distance = np.linalg.norm(residual, axis=-1) / sigma
    weight, cost = _geman_mcclure(distance, robust)
    weight = weight * evidence.weight / sigma**2
    total = float((cost * evidence.weight).sum())
    pixel_weight = np.repeat(weight[..., None], 2, axis=-1)
    rows = pixel_jacobian @ jacobian
    flat = rows.reshape(len(rows), -1, COUNT)
    flat_weight = pixel_weight.reshape(len(rows), -1)
    weighted = flat * flat_weight[..., None]
    hessian = np.swapaxes(weighted, 1, 2) @ flat
    gradient = np.einsum("trd,tr->td", weighted, residual.reshape(len(rows), -1))

    world_residual = EDGES @ markers - tilted_world(evidence, shape)
    world_jacobian = edge_jacobian(jacobian)
    scaled = np.linalg.norm(world_residual / WORLD_SIGMA, axis=-1) / EDGE_NOISE
    weight, cost = _geman_mcclure(scaled, robust)
    trust = evidence.weight[:, EDGE_END]
    total += float((cost * trust).sum())
    world_weight = (weight * trust / EDGE_NOISE**2)[..., None] / WORLD_SIGMA**2
    flat = world_jacobian.reshape(len(rows), -1, COUNT)
    weighted = flat * world_weight.reshape(len(rows), -1)[..., None]
    hessian += np.swapaxes(weighted, 1, 2) @ flat
    gradient += np.einsum("trd,tr->td", weighted, world_residual.reshape(len(rows), -1))

    total += _add_priors(hessian, gradient, local)
    return System(hessian, gradient, total, posed, markers, jacobian, pixel_weight, residual, pixel_jacobian,
                  world_weight, world_residual)  # fmt: skip


def edge_jacobian(jacobian: Array) -> Array:
    """(T, 33, 3, N) of the landmarks -> (T, 22, 3, N) of the vectors along the limbs."""
    flat = jacobian.reshape(len(jacobian), len(EDGES[0]), -1)
    return (EDGES @ flat).reshape(len(jacobian), len(EDGES), *jacobian.shape[2:])


def _add_priors(hessian: Array, gradient: Array, local: Array) -> float:
    """Rest pose (weak), and the limits of the hinges (hard)."""
    total = 0.0
    diagonal = np.arange(COUNT)
    precision = 1.0 / REST_SIGMA**2
    away = group_angles(local)
    hessian[:, diagonal, diagonal] += precision
    gradient += precision * away
    total += 0.5 * float((precision * away**2).sum())
    angles = hinge_angles(local)
    for group in GROUPS:
        if group.limits is not None:
            low, high = group.limits
            angle = angles[group.name]
            beyond = np.minimum(angle - low, 0.0) + np.maximum(angle - high, 0.0)
            where = SLICES[group.name].start
            hessian[:, where, where] += (beyond != 0) / LIMIT_SIGMA**2
            gradient[:, where] += beyond / LIMIT_SIGMA**2
            total += 0.5 * float((beyond**2).sum()) / LIMIT_SIGMA**2
    return total


def group_angles(local: Array) -> Array:
    """(T, COUNT): rotation vector of each group away from rest, in its degrees of freedom; zero for root."""
    out = np.zeros((len(local), COUNT))
    for group in GROUPS[1:]:
        vector = axis_angle_from_matrix(local[:, JOINT[group.joints[0]]]) * len(group.joints)
        out[:, SLICES[group.name]] = vector @ np.transpose(group.axes)
    return out


def group_velocities(local: Array) -> Array:
    """(T-1, COUNT): turn of each group from a frame to the next, in its own axes; zero for the root's position."""
    out = np.zeros((len(local) - 1, COUNT))
    for group in GROUPS:
        rotation = local[:, JOINT[group.joints[0]]]
        step = axis_angle_from_matrix(np.swapaxes(rotation[:-1], 1, 2) @ rotation[1:]) * len(group.joints)
        out[:, SLICES[group.name]] = step @ np.transpose(group.axes)
    return out


def shape_jacobian(posed: Posed, joint_dirs: Array, basis: Array, growth: Array) -> Array:
    """d markers / d (betas, offsets).

    joint_dirs (24, 3, 10), basis (33, 3, F) of the offsets, growth (33, 3, 10) of the offsets with the betas ->
    (T, 33, 3, 10 + F).
    """
    count = len(posed.positions)
    by_beta = np.zeros((count, len(PARENTS), 3, joint_dirs.shape[-1]))
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        by_beta[:, joint] = by_beta[:, parent] + posed.rotations[:, parent] @ (joint_dirs[joint] - joint_dirs[parent])
    rotations = posed.rotations[:, JOINT_OF]
    return np.concatenate([by_beta[:, JOINT_OF] + rotations @ growth, rotations @ basis], axis=-1)


def _geman_mcclure(distance: Array, scale: float) -> tuple[Array, Array]:
    """Weight and cost of residuals given in sigmas."""
    ratio = (distance / scale) ** 2
    return 1.0 / (1.0 + ratio) ** 2, 0.5 * distance**2 / (1.0 + ratio)
