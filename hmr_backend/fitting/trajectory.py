# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses of the whole clip at once: per-frame evidence tied together by smoothness in time.

Levenberg-Marquardt; the normal equations are block-pentadiagonal (second differences reach two frames) and are
solved as one banded system, so the cost grows with the clip's length only linearly. Long clips are solved in
windows whose first frames are held at what the window before found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from .degrees import COUNT, SMOOTH_SIGMA, advance
from .evidence import Evidence
from .normal import Shape, build_system, group_velocities

Array = NDArray[np.floating]
WINDOW = 240
OVERLAP = 24
ITERATIONS = 4
HELD = 4
"""Frames at the start of a window that stay as the window before left them."""
_ANNEAL = ((8.0, 30.0), (6.0, 10.0), (4.0, 5.0), (3.0, 3.0))
"""Robustness of evidence and of smoothness, in sigmas. At first every landmark pulls and no jump is believed; then
landmarks that disagree lose their pull, and then a sudden movement may be one."""


@dataclass(frozen=True)
class Solution:
    """Poses in the camera frame."""

    local: Array
    """(T, 24, 3, 3)."""
    root: Array
    """(T, 3) metres."""


def solve_trajectory(
    start: Solution, shape: Shape, evidence: Evidence, fps: float, tick: Callable[[int], None] | None = None
) -> Solution:
    """Refine `start` over all frames. `tick` hears the number of frames done (and may raise to stop)."""
    local, root = start.local.copy(), start.root.copy()
    count = len(local)
    first = 0
    while True:
        last = min(first + WINDOW, count)
        if count - last < OVERLAP:
            last = count
        window = slice(first, last)
        held = HELD if first else 0
        local[window], root[window] = _solve_window(local[window], root[window], shape, evidence.at(window), fps, held)
        if tick is not None:
            tick(last)
        if last == count:
            return Solution(local, root)
        first = last - OVERLAP


def _solve_window(
    local: Array, root: Array, shape: Shape, evidence: Evidence, fps: float, held: int
) -> tuple[Array, Array]:
    for robust, sudden in _ANNEAL:
        damping = 1e-4
        cost = None
        for _ in range(ITERATIONS):
            system = build_system(local, root, shape, evidence, robust)
            hessian, gradient = system.hessian, system.gradient
            bend, bend_weight, smooth_cost = _smoothness(local, root, fps, sudden)
            cost = system.cost + smooth_cost
            accepted = False
            for _ in range(5):
                step = _solve_banded(hessian, gradient, bend, bend_weight, damping, held)
                trial = advance(local, root, np.clip(step, -0.6, 0.6))
                after = build_system(*trial, shape, evidence, robust).cost + _smoothness(*trial, fps, sudden)[2]
                if after < cost:
                    accepted = True
                    break
                damping *= 10
            if not accepted:
                break
            local, root = trial
            damping = max(damping / 10, 1e-7)
            if cost - after < 1e-3 * cost:
                break
    return local, root


def _smoothness(local: Array, root: Array, fps: float, sudden: float) -> tuple[Array, Array, float]:
    """Second differences (T-2, COUNT), their weights, and the cost.

    Student's t rather than a Gaussian: a hit or a landing is a rare, large acceleration, and must stay one.
    """
    if len(local) < 3:
        return np.zeros((0, COUNT)), np.zeros((0, COUNT)), 0.0
    velocity = group_velocities(local)
    velocity[:, :3] = np.diff(root, axis=0)
    bend = np.diff(velocity, axis=0)
    sigma = SMOOTH_SIGMA / fps**2
    ratio = (bend / (sudden * sigma)) ** 2
    weight = 1.0 / (sigma**2 * (1 + ratio))
    return bend, weight, float(0.5 * sudden**2 * np.log1p(ratio).sum())


def _solve_banded(hessian: Array, gradient: Array, bend: Array, weight: Array, damping: float, held: int) -> Array:
    """Step (T, COUNT) for per-frame blocks plus second-difference terms that tie equal degrees of freedom."""
    count = len(hessian)
    bands = np.zeros((2 * COUNT + 1, count, COUNT))
    for offset in range(COUNT):
        bands[offset, :, : COUNT - offset] = np.diagonal(hessian, offset, axis1=1, axis2=2)
    bands[0] *= 1 + damping
    bands[0] += 1e-6
    right = -gradient
    if len(bend):
        pull = weight * bend
        for lag, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            right[lag : count - 2 + lag] -= factor * pull
            bands[0, lag : count - 2 + lag] += factor**2 * weight
        bands[COUNT, : count - 2] += -2 * weight
        bands[COUNT, 1 : count - 1] += -2 * weight
        bands[2 * COUNT, : count - 2] += weight
    if held:
        bands[0, :held] += 1e12
    step = solveh_banded(bands.reshape(2 * COUNT + 1, -1), right.ravel(), lower=True, check_finite=False,
                         overwrite_ab=True)  # fmt: skip
    return step.reshape(count, COUNT)
