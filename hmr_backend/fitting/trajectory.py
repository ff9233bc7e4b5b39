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

from ..contacts import FOOT_LANDMARKS
from .degrees import COUNT, SMOOTH_SIGMA, advance
from .evidence import Evidence
from .normal import Shape, System, build_system, group_velocities

Array = NDArray[np.floating]
WINDOW = 240
OVERLAP = 24
HELD = 4
"""Frames at the start of a window that stay as the window before left them."""
_ANNEAL = ((8.0, 30.0), (6.0, 10.0), (4.0, 5.0), (3.0, 3.0))
"""Robustness of evidence and of smoothness, in sigmas. At first every landmark pulls and no jump is believed; then
landmarks that disagree lose their pull, and then a sudden movement may be one."""


ITERATIONS = 4
STILL_SIGMA = 0.2
"""Metres a second: how fast a foot on the ground may seem to move."""
LEVEL_SIGMA = 0.05
"""Metres: how uneven the ground may be from one step to the next."""


@dataclass(frozen=True)
class Footing:
    """What is known of the ground while the feet are on it, in the camera frame."""

    contact: Array
    """(T, 4) 0..1: left heel, left toe, right heel, right toe."""
    up: Array
    """(3,)."""
    level: Array
    """(T, 4) metres along `up`: where the ground is under each foot."""
    trust: Array
    """(T, 4) 0..1: how sure the level is."""

    def at(self, window: slice) -> Footing:
        """The same for some of the frames."""
        return Footing(self.contact[window], self.up, self.level[window], self.trust[window])


@dataclass(frozen=True)
class Solution:
    """Poses in the camera frame."""

    local: Array
    """(T, 24, 3, 3)."""
    root: Array
    """(T, 3) metres."""


def solve_trajectory(
    start: Solution,
    shape: Shape,
    evidence: Evidence,
    fps: float,
    footing: Footing | None = None,
    tick: Callable[[int], None] | None = None,
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
        stand = footing.at(window) if footing is not None else None
        local[window], root[window] = _solve_window(
            local[window], root[window], shape, evidence.at(window), fps, stand, held
        )
        if tick is not None:
            tick(last)
        if last == count:
            return Solution(local, root)
        first = last - OVERLAP


def _solve_window(
    local: Array, root: Array, shape: Shape, evidence: Evidence, fps: float, footing: Footing | None, held: int
) -> tuple[Array, Array]:
    anneal = _ANNEAL if footing is None else _ANNEAL[2:]
    for robust, sudden in anneal:
        damping = 1e-4
        system = build_system(local, root, shape, evidence, robust)
        cost = system.cost + _smoothness(local, root, fps, sudden)[2] + _footing_cost(system, footing, fps)
        for _ in range(ITERATIONS):
            bend, bend_weight, _ = _smoothness(local, root, fps, sudden)
            bands, gradient = _band_matrix(system, footing, fps, bend, bend_weight)
            for _ in range(5):
                step = _solve_banded(bands.copy(), gradient, damping, held)
                trial = advance(local, root, np.clip(step, -0.6, 0.6))
                trial_system = build_system(*trial, shape, evidence, robust)
                after = (
                    trial_system.cost + _smoothness(*trial, fps, sudden)[2] + _footing_cost(trial_system, footing, fps)
                )
                if after < cost:
                    break
                damping *= 10
            else:
                break
            (local, root), system, gain, cost = trial, trial_system, cost - after, after
            damping = max(damping / 10, 1e-7)
            if gain < 1e-3 * cost:
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


def _footing_terms(system: System, footing: Footing, fps: float) -> tuple[Array, Array, Array, Array]:
    """Residuals and weights of feet that stay put (T-1, 4, 3), (T-1, 4) and at ground level (T, 4), (T, 4)."""
    feet = system.markers[:, FOOT_LANDMARKS]
    both = np.minimum(footing.contact[:-1], footing.contact[1:])
    slip = np.diff(feet, axis=0)
    sigma = STILL_SIGMA / fps
    # Cauchy: a foot wrongly taken to stand pulls with a bounded force.
    still = both / sigma**2 / (1 + (np.linalg.norm(slip, axis=-1) / (3 * sigma)) ** 2)
    rise = feet @ footing.up - footing.level
    flat = footing.contact * footing.trust / LEVEL_SIGMA**2 / (1 + (rise / (3 * LEVEL_SIGMA)) ** 2)
    return slip, still, rise, flat


def _footing_cost(system: System, footing: Footing | None, fps: float) -> float:
    if footing is None:
        return 0.0
    slip, _, rise, _ = _footing_terms(system, footing, fps)
    both = np.minimum(footing.contact[:-1], footing.contact[1:])
    sigma = STILL_SIGMA / fps
    still = both * np.log1p((np.linalg.norm(slip, axis=-1) / (3 * sigma)) ** 2)
    flat = footing.contact * footing.trust * np.log1p((rise / (3 * LEVEL_SIGMA)) ** 2)
    return float(4.5 * (still.sum() + flat.sum()))


def _band_matrix(
    system: System, footing: Footing | None, fps: float, bend: Array, weight: Array
) -> tuple[Array, Array]:
    """Lower bands (2 COUNT + 1, T, COUNT) of the normal equations, and the gradient (T, COUNT)."""
    hessian, gradient = system.hessian, system.gradient.copy()
    count = len(hessian)
    bands = np.zeros((2 * COUNT + 1, count, COUNT))
    if footing is not None and count > 1:
        jacobian = system.jacobian[:, FOOT_LANDMARKS]
        slip, still, rise, flat = _footing_terms(system, footing, fps)
        by_rise = np.einsum("a,tkad->tkd", footing.up, jacobian)
        hessian = hessian + np.swapaxes(by_rise * flat[..., None], 1, 2) @ by_rise
        gradient += np.einsum("tkd,tk->td", by_rise, flat * rise)
        rows = jacobian.reshape(count, -1, COUNT)
        wide = np.repeat(still, 3, axis=1)[..., None]
        slip = slip.reshape(count - 1, -1)
        hessian[:-1] += np.swapaxes(rows[:-1] * wide, 1, 2) @ rows[:-1]
        hessian[1:] += np.swapaxes(rows[1:] * wide, 1, 2) @ rows[1:]
        gradient[:-1] -= np.einsum("trd,tr->td", rows[:-1] * wide, slip)
        gradient[1:] += np.einsum("trd,tr->td", rows[1:] * wide, slip)
        coupling = -np.swapaxes(rows[1:] * wide, 1, 2) @ rows[:-1]
        for offset in range(-COUNT + 1, COUNT):
            # Entry (t+1, i), (t, j) of the matrix lies COUNT + i - j below the diagonal, in column j of frame t.
            columns = slice(max(0, -offset), COUNT - max(0, offset))
            bands[COUNT + offset, :-1, columns] += np.diagonal(coupling, -offset, axis1=1, axis2=2)
    for offset in range(COUNT):
        bands[offset, :, : COUNT - offset] += np.diagonal(hessian, offset, axis1=1, axis2=2)
    if len(bend):
        pull = weight * bend
        for lag, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            gradient[lag : count - 2 + lag] += factor * pull
            bands[0, lag : count - 2 + lag] += factor**2 * weight
        bands[COUNT, : count - 2] += -2 * weight
        bands[COUNT, 1 : count - 1] += -2 * weight
        bands[2 * COUNT, : count - 2] += weight
    return bands, gradient


def _solve_banded(bands: Array, gradient: Array, damping: float, held: int) -> Array:
    """Step (T, COUNT); overwrites `bands`."""
    bands[0] *= 1 + damping
    bands[0] += 1e-6
    if held:
        bands[0, :held] += 1e12
    step = solveh_banded(
        bands.reshape(len(bands), -1), -gradient.ravel(), lower=True, check_finite=False, overwrite_ab=True
    )
    return step.reshape(gradient.shape)
