# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two motions in step are the same kind of motion: do their joints move together?

How far poses lie apart does not say: two who stand and do different things with their arms are closer than two who do
one exercise in two styles. So the way of standing is taken off (the mean over the cut), and what is left, the movement,
is correlated over all joints and moments. Of unrelated motions that is near 0, warped or not.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .clip import Clip
from .features import measure_features

Array = NDArray[np.floating]
_MOST_ROWS: Final = 900
"""A longer cut is looked at in so many moments."""


class Likeness(NamedTuple):
    """How two clips in step move."""

    correlation: float
    """-1..1 of the movements about their means; 0 where one does not move."""
    user: float
    """Radians: how far the user's joints move about their mean."""
    athlete: float
    """Radians."""


def measure_likeness(user: Clip, athlete: Clip, user_time: ArrayLike, athlete_time: ArrayLike) -> Likeness:
    """Of the moments (N,) that belong together, in frames of either clip; only what was seen on both sides counts."""
    times = [np.asarray(time, dtype=float) for time in (user_time, athlete_time)]
    count = len(times[0])
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_ROWS)).round().astype(int))
    sides = [clip.at(time[chosen]) for clip, time in zip((user, athlete), times, strict=True)]
    seen = sides[0].trusted & sides[1].trusted
    if seen.sum() < 2:
        seen[:] = True
    a, b = (_centre(measure_features(side, with_speed=False)[seen]) for side in sides)
    energy = float((a * a).sum()), float((b * b).sum())
    together = float((a * b).sum()) / max(float(np.sqrt(energy[0] * energy[1])), 1e-9)
    return Likeness(together, *(float(np.sqrt(value / len(a))) for value in energy))


def _centre(features: Array) -> Array:
    return features - features.mean(0)
