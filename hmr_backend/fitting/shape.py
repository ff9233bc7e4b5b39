# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibration: the person's bone lengths (betas) and where the landmarks sit on them, from a sample of the frames.

Poses of the sample and the shape are solved together; the shape is the border of a block-diagonal system and is
eliminated by its Schur complement, as in bundle adjustment (Triggs et al. 2000). Landmark offsets are found as the
markers of MoSh (Loper et al. 2014) are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ...motion.skeleton import JOINT
from .degrees import COUNT, advance
from .evidence import Evidence, root_positions
from .initial import pose_from_landmarks
from .markers import FREEDOM, OFFSET, mirror_basis
from .normal import Shape, System, build_system, edge_jacobian, shape_jacobian, tilted_world

Array = NDArray[np.floating]
SAMPLE = 40
"""Frames used, spread over the clip."""
LOOKS = 12
"""How many independent looks a long clip amounts to."""
ROBUST = 4.0
"""Sigmas at which a landmark starts to lose its pull."""
BETA_SIGMA = 1.0
OFFSET_SIGMA = 0.015
"""Metres: how far a landmark is from where the average body has it."""
TILT_SIGMA = 0.4
"""Radians: how much the network's 3D landmarks may lean."""


@dataclass(frozen=True)
class Calibration:
    """A shape, and how well it explains the frames it was found from."""

    shape: Shape
    cost: float
    """Negative log likelihood, up to a constant, with the frames counted as a few independent looks."""
    offset_numbers: Array
    local: Array
    """(S, 24, 3, 3) poses of the sample."""
    root: Array
    """(S, 3)."""


def calibrate_shape(
    frames: Evidence, body: Body, iterations: int = 20, start: Calibration | None = None
) -> Calibration:
    """Solve for the shape of one person from a sample of the evidence (`pick_frames`), poses being free."""
    basis = mirror_basis()
    size = (basis**2).sum(axis=(0, 1))
    free = np.sqrt((basis**2 * FREEDOM[:, None, None] ** 2).sum(axis=(0, 1)) / size)
    # A shape is one thing seen many times, and the errors of a network are much the same from frame to frame: the
    # sample counts as a few independent looks, not as one per frame.
    looks = min(1.0, LOOKS / len(frames))
    precision = np.concatenate([np.full(10, BETA_SIGMA**-2.0), (OFFSET_SIGMA * free) ** -2.0, [TILT_SIGMA**-2.0]])
    precision /= looks

    if start is None:
        numbers = np.zeros(basis.shape[-1])
        shape = _shape(np.zeros(10), numbers, body, basis)
        local, root = pose_from_landmarks(frames.world, shape.rest), root_positions(frames)
    else:
        shape, numbers, local, root = start.shape, start.offset_numbers, start.local, start.root

    def prior(shape: Shape, numbers: Array) -> float:
        return 0.5 * float((precision * _numbers_of(shape, numbers) ** 2).sum())

    system = build_system(local, root, shape, frames, ROBUST)
    cost = system.cost + prior(shape, numbers)
    damping = 1e-3
    for _ in range(iterations):
        step, change = _solve(system, shape, frames, body, basis, precision, numbers, damping)
        betas, trial_numbers = shape.betas + change[:10], numbers + change[10:-1]
        trial_shape = _shape(betas, trial_numbers, body, basis, shape.depth_tilt + change[-1])
        trial = advance(local, root, step)
        trial_system = build_system(*trial, trial_shape, frames, ROBUST)
        after = trial_system.cost + prior(trial_shape, trial_numbers)
        if after < cost:
            gain = cost - after
            (local, root), shape, numbers, system, cost = trial, trial_shape, trial_numbers, trial_system, after
            damping /= 5
            if gain < 1e-3 * cost:
                break
        else:
            damping *= 10
            if damping > 1e4:
                break
    return Calibration(shape, cost * looks, numbers, local, root)


def pick_frames(evidence: Evidence, sample: int = SAMPLE) -> NDArray[np.integer]:
    """From each stretch of the clip the frame that was seen best."""
    good = np.flatnonzero(evidence.weight.sum(axis=1) > 0)
    quality = evidence.weight[good].mean(axis=1)
    stretches = np.array_split(np.arange(len(good)), min(sample, len(good)))
    return good[[stretch[np.argmax(quality[stretch])] for stretch in stretches]]


def _solve(
    system: System, shape: Shape, sample: Evidence, body: Body, basis: Array, precision: Array, numbers: Array,
    damping: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Steps of the poses (T, COUNT) and of the shape (10 betas, offsets, tilt)."""
    count = len(system.hessian)
    size = stature(body, shape.betas)
    growth = (shape.offsets / size)[..., None] * body_growth(body)
    by_shape = shape_jacobian(system.posed, body.joint_dirs, basis * size, growth)
    border = by_shape.shape[-1] + 1

    pixel_rows = (system.pixel_jacobian @ by_shape).reshape(count, -1, border - 1)
    pixel_rows = np.concatenate([pixel_rows, np.zeros((*pixel_rows.shape[:2], 1))], axis=-1)
    pose_rows = (system.pixel_jacobian @ system.jacobian).reshape(count, -1, COUNT)
    weight = system.pixel_weight.reshape(count, -1)
    residual = system.pixel_residual.reshape(count, -1)

    world = tilted_world(sample, shape)
    by_tilt = -np.cross([1.0, 0.0, 0.0], world)[..., None]
    world_rows = np.concatenate([edge_jacobian(by_shape), by_tilt], axis=-1).reshape(count, -1, border)
    pose_world = edge_jacobian(system.jacobian).reshape(count, -1, COUNT)
    rows = np.concatenate([pixel_rows, world_rows], axis=1)
    pose_rows = np.concatenate([pose_rows, pose_world], axis=1)
    weight = np.concatenate([weight, system.world_weight.reshape(count, -1)], axis=1)
    residual = np.concatenate([residual, system.world_residual.reshape(count, -1)], axis=1)

    weighted = rows * weight[..., None]
    corner = np.einsum("tra,trb->ab", weighted, rows, optimize=True) + np.diag(precision)
    right = np.einsum("tra,tr->a", weighted, residual) + precision * _numbers_of(shape, numbers)
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


def body_growth(body: Body) -> Array:
    """(10,) relative change of the body's height (head to ankles) with each beta."""
    head, ankles = JOINT["Head"], [JOINT["L_Ankle"], JOINT["R_Ankle"]]
    height = body.joints[head, 1] - body.joints[ankles, 1].mean()
    return (body.joint_dirs[head, 1] - body.joint_dirs[ankles, 1].mean(axis=0)) / height


def stature(body: Body, betas: Array) -> float:
    """Height over the average body's."""
    return float(1.0 + body_growth(body) @ betas)


def body_height(body: Body, betas: Array) -> float:
    """Metres from the soles to the top of the head, standing."""
    return float(np.ptp(body.rest_vertices(betas)[:, 1]))


def resize_shape(shape: Shape, body: Body, height: float) -> Shape:
    """The same person exactly `height` metres tall, by the first beta, which is mostly size."""
    betas = shape.betas.copy()
    for _ in range(3):
        by_size = body_height(body, betas + np.eye(10)[0]) - body_height(body, betas)
        betas[0] += (height - body_height(body, betas)) / by_size
    offsets = shape.offsets * stature(body, betas) / stature(body, shape.betas)
    return dataclasses.replace(shape, betas=betas, rest=body.rest_joints(betas), offsets=offsets)


def _shape(betas: Array, numbers: Array, body: Body, basis: Array, depth_tilt: float = 0.0) -> Shape:
    # Heads, hands and feet grow with the person: else their size in the picture would tell how tall somebody is.
    offsets = stature(body, betas) * (OFFSET + basis @ numbers)
    return Shape(betas, body.rest_joints(betas), offsets, depth_tilt)


def _numbers_of(shape: Shape, offset_numbers: Array) -> Array:
    """What is solved for, each as its distance from what is usual."""
    return np.concatenate([shape.betas, offset_numbers, [shape.depth_tilt]])
