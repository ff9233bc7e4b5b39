# SPDX-License-Identifier: GPL-3.0-or-later
"""What smoothing is worth: error of position and acceleration, jitter, speed kept, lag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.skeleton import JOINT

Array = NDArray[np.floating]
WRISTS: Final = (JOINT["L_Wrist"], JOINT["R_Wrist"])
FAST: Final = 2.5
"""Metres a second; a wrist that is faster hits, throws or swings."""
AROUND: Final = 0.1
"""Seconds around the true peak in which the peak is looked for."""


@dataclass(frozen=True)
class Score:
    """Of one motion, or the mean over several."""

    mpjpe_mm: float
    """Mean distance of the joints from the truth, root-relative."""
    global_mm: float
    """The same in the world."""
    acceleration_mm: float
    """Mean error of the second difference, mm/frame^2, in the world."""
    jitter: float
    """Mean third derivative of the joints, km/s^3."""
    peak_kept: float
    """Peak wrist speed over the true one, at fast peaks; NaN without any."""
    hit_kept: float
    """Speed of the wrist along its true direction at the true peak, over the true one: noise adds nothing to it."""
    lag_ms: float
    """Delay that fits best to the truth."""


def score_motion(joints: Array, truth: Array, fps: float) -> Score:
    """(T, 24, 3) metres twice -> Score."""
    error = joints - truth
    relative = error - error[:, :1]
    peaks = keep_peaks(joints, truth, fps)
    return Score(
        mpjpe_mm=1000 * _length(relative).mean(),
        global_mm=1000 * _length(error).mean(),
        acceleration_mm=1000 * _length(np.diff(error, 2, axis=0)).mean(),
        jitter=_length(np.diff(joints, 3, axis=0)).mean() * fps**3 / 1000,
        # A swap of left and right at a peak turns its speed around: the median knows the rest.
        peak_kept=float(np.median([peak for peak, _ in peaks])) if peaks else float("nan"),
        hit_kept=float(np.median([hit for _, hit in peaks])) if peaks else float("nan"),
        lag_ms=1000 * measure_lag(joints, truth, fps),
    )


def mean_score(scores: list[Score]) -> Score:
    """The mean of each number over all motions that have it."""
    return Score(**{name: _mean([getattr(score, name) for score in scores]) for name in vars(scores[0])})


def keep_peaks(joints: Array, truth: Array, fps: float) -> list[tuple[float, float]]:
    """For each fast peak of each wrist: the peak speed, and the speed along the true direction, over the true speed."""
    out = []
    reach = max(1, round(AROUND * fps))
    for wrist in WRISTS:
        velocity, true = (np.gradient(points[:, wrist], 1 / fps, axis=0) for points in (joints, truth))
        left = _length(true)
        while left.max() > FAST:
            frame = int(left.argmax())
            around = slice(max(0, frame - reach), frame + reach + 1)
            fastest = float(_length(true[frame]))
            peak, along = _length(velocity[around]).max() / fastest, velocity[frame] @ true[frame] / fastest**2
            out.append((float(peak), float(along)))
            left[max(0, frame - 5 * reach) : frame + 5 * reach + 1] = 0
    return out


def measure_lag(joints: Array, truth: Array, fps: float) -> float:
    """Seconds by which the wrists come late: where the error is least, between frames by a parabola."""
    pair = list(WRISTS)
    reach = min(round(0.25 * fps), len(truth) // 4)
    moved, true = (np.diff(points[:, pair] - points[:, :1], axis=0) for points in (joints, truth))
    inner = true[reach : len(true) - reach]
    shifts = np.arange(-reach, reach + 1)
    costs = [((moved[reach + s : len(moved) - reach + s] - inner) ** 2).mean() for s in shifts]
    best = int(np.argmin(costs))
    if not 0 < best < len(shifts) - 1:
        return float(shifts[best] / fps)
    before, here, after = costs[best - 1 : best + 2]
    return float((shifts[best] + 0.5 * (before - after) / max(before - 2 * here + after, 1e-12)) / fps)


def _length(vectors: Array) -> Array:
    return np.linalg.norm(vectors, axis=-1)


def _mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
