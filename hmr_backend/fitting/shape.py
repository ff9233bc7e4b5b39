# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibration: the person's bone lengths (betas) and where the landmarks sit on them, from a sample of the frames.

Poses of the sample and the shape are solved together; the shape is the border of a block-diagonal system and is
eliminated by its Schur complement, as in bundle adjustment (Triggs et al. 2000). Landmark offsets are found as the
markers of MoSh (Loper et al. 2014) are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from .degrees import COUNT, advance
from .evidence import Evidence, root_positions
from .initial import pose_from_landmarks
from .markers import FREEDOM, OFFSET, mirror_basis
from .normal import Shape, build_system, shape_jacobian, tilted_world

Array = NDArray[np.floating]
SAMPLE = 60
"""Frames used, spread over the clip."""
BETA_SIGMA = 1.0
OFFSET_SIGMA = 0.015
"""Metres: how far a landmark is from where the average body has it."""
TILT_SIGMA = 0.4
"""Radians: how much the network's 3D landmarks may lean."""
_BODY = slice(11, 33)


def calibrate_shape(evidence: Evidence, body: Body, iterations: int = 20) -> Shape:
    """Solve for the shape of one person."""
    good = np.flatnonzero(evidence.weight.sum(axis=1) > 0)
    quality = evidence.weight[good].mean(axis=1)
    # From each stretch of the clip the frame seen best.
    stretches = np.array_split(np.arange(len(good)), min(SAMPLE, len(good)))
    pick = good[[stretch[np.argmax(quality[stretch])] for stretch in stretches]]
    sample = evidence.at(pick)

    basis = mirror_basis()
    free = np.abs(basis).max(axis=(0, 1)) * 0 + np.sqrt((basis**2 * FREEDOM[:, None, None] ** 2).sum(axis=(0, 1))
                                                        / (basis**2).sum(axis=(0, 1)))  # fmt: skip
    shape = Shape(np.zeros(10), body.rest_joints(np.zeros(10)), OFFSET)
    local = pose_from_landmarks(sample.world, shape.rest)
    root = root_positions(sample)
    offset_numbers = np.zeros(basis.shape[-1])
    precision = np.concatenate(
        [np.full(10, 1 / BETA_SIGMA**2), 1 / (OFFSET_SIGMA * free) ** 2, [1 / TILT_SIGMA**2]]
    )
    # A shape is one thing seen many times, and the errors of a network are much the same from frame to frame: the
    # sample counts as a few independent looks, not as one per frame.
    looks = min(1.0, 12.0 / len(pick))
    damping = 1e-3
    best = np.inf
    state = (local, root, shape, offset_numbers)
    for _ in range(iterations):
        local, root, shape, offset_numbers = state
        step, border_step = _solve(local, root, shape, sample, body, basis, precision / looks, offset_numbers, damping)
        trial_local, trial_root = advance(local, root, step)
        betas = shape.betas + border_step[:10]
        numbers = offset_numbers + border_step[10:-1]
        trial_shape = Shape(betas, body.rest_joints(betas), OFFSET + basis @ numbers, shape.depth_tilt + border_step[-1])
        cost = _cost(trial_local, trial_root, trial_shape, sample, precision / looks, numbers)
        if best == np.inf:
            best = _cost(local, root, shape, sample, precision / looks, offset_numbers)
        if cost < best:
            gain = best - cost
            state, best, damping = (trial_local, trial_root, trial_shape, numbers), cost, damping / 5
            if gain < 1e-4 * best:
                break
        else:
            damping *= 10
            if damping > 1e4:
                break
    return state[2]


def _solve(
    local: Array, root: Array, shape: Shape, sample: Evidence, body: Body, basis: Array, precision: Array,
    numbers: Array, damping: float,
) -> tuple[Array, Array]:  # fmt: skip
    system = build_system(local, root, shape, sample, robust=4.0)
    count = len(local)
    by_shape = shape_jacobian(system.posed, body.joint_dirs, basis)
    border = by_shape.shape[-1] + 1

    pixel_rows = (system.pixel_jacobian @ by_shape).reshape(count, -1, border - 1)
    pixel_rows = np.concatenate([pixel_rows, np.zeros((*pixel_rows.shape[:2], 1))], axis=-1)
    pose_rows = (system.pixel_jacobian @ system.jacobian).reshape(count, -1, COUNT)
    weight = system.pixel_weight.reshape(count, -1)
    residual = system.pixel_residual.reshape(count, -1)

    world = tilted_world(sample, shape)
    middle = by_shape[:, [23, 24]].mean(axis=1, keepdims=True)
    by_tilt = -np.cross([1.0, 0.0, 0.0], world)[..., None]
    world_rows = np.concatenate([by_shape[:, _BODY] - middle, by_tilt], axis=-1).reshape(count, -1, border)
    pose_world = (system.jacobian[:, _BODY] - system.jacobian[:, [23, 24]].mean(axis=1, keepdims=True)).reshape(
        count, -1, COUNT
    )
    rows = np.concatenate([pixel_rows, world_rows], axis=1)
    pose_rows = np.concatenate([pose_rows, pose_world], axis=1)
    weight = np.concatenate([weight, system.world_weight.reshape(count, -1)], axis=1)
    residual = np.concatenate([residual, system.world_residual.reshape(count, -1)], axis=1)

    weighted = rows * weight[..., None]
    corner = np.einsum("tra,trb->ab", weighted, rows, optimize=True) + np.diag(precision)
    right = np.einsum("tra,tr->a", weighted, residual) + precision * np.concatenate(
        [shape.betas, numbers, [shape.depth_tilt]]
    )
    coupling = np.swapaxes(weighted, 1, 2) @ pose_rows
    hessian = system.hessian.copy()
    diagonal = np.arange(COUNT)
    hessian[:, diagonal, diagonal] *= 1 + damping
    hessian[:, diagonal, diagonal] += 1e-6
    corner[np.arange(border), np.arange(border)] *= 1 + damping
    inverse = np.linalg.solve(hessian, np.concatenate([np.swapaxes(coupling, 1, 2), system.gradient[..., None]], -1))
    reduced = corner - np.einsum("tad,tdb->ab", coupling, inverse[..., :-1], optimize=True)
    reduced_right = right - np.einsum("tad,td->a", coupling, inverse[..., -1])
    border_step = -np.linalg.solve(reduced, reduced_right)
    step = -inverse[..., -1] - inverse[..., :-1] @ border_step
    return np.clip(step, -0.7, 0.7), border_step


def _cost(local: Array, root: Array, shape: Shape, sample: Evidence, precision: Array, numbers: Array) -> float:
    system = build_system(local, root, shape, sample, robust=4.0)
    away = np.concatenate([shape.betas, numbers, [shape.depth_tilt]])
    return system.cost + 0.5 * float((precision * away**2).sum())


