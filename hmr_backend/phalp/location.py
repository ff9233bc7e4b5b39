# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person will be next: a line through the last places, fitted by ridge regression, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student_t

Array = NDArray[np.floating]
RIDGE_X: Final = 1.2
RIDGE_Y: Final = 2.0
RIDGE_DEPTH: Final = 5.0
"""Ridge penalties of PHALP for x and y in the picture and for the logarithm of the depth."""
FARTHEST: Final = 48
"""Frames beyond which a line is not drawn out any more."""
HISTORY: Final = 7
"""Places a line goes through."""


@dataclass(frozen=True)
class Places:
    """K people at once."""

    xy: Array
    """(K, 2) of the body's origin in the picture padded to a square, 0..1."""
    depth: Array
    """(K,) along the line of sight, in the original's units."""
    xy_interval: Array
    """(K, 2) half of the 95 % prediction interval; inf where nothing is known of the movement."""
    depth_interval: Array
    """(K,) the same of the depth, as a factor."""


def predict_places(xy: ArrayLike, depth: ArrayLike, time: ArrayLike, ahead: ArrayLike) -> Places:
    """From histories xy (K, H, 2), depth (K, H), frame numbers (K, H) to `ahead` (K,) frames after the last + 1."""
    xy, depth = np.asarray(xy, dtype=float), np.asarray(depth, dtype=float)
    time = np.asarray(time, dtype=float)
    when = time[:, -1] + np.minimum(ahead, FARTHEST) + 1
    values = np.concatenate([xy, np.log(depth)[..., None]], axis=-1)
    count = time.shape[1]
    middle = time.mean(axis=1)
    spread = time - middle[:, None]
    variance = (spread**2).sum(axis=1)
    mean = values.mean(axis=1)
    slope = (spread[..., None] * (values - mean[:, None])).sum(axis=1)
    slope /= variance[:, None] + [RIDGE_X, RIDGE_Y, RIDGE_DEPTH]
    predicted = mean + slope * (when - middle)[:, None]
    residual = values - mean[:, None] - slope[:, None] * spread[..., None]
    error = np.sqrt((residual**2).sum(axis=1) / (count - 2))
    with np.errstate(divide="ignore"):
        wide = np.sqrt(1 + 1 / count + (when - middle) ** 2 / variance)
    # Frames seen once only say nothing of the movement, even where the residuals are zero.
    interval = np.where(variance[:, None] > 0, _quantile(count - 2) * error, 1.0) * wide[:, None]
    repeated = 1 + (np.diff(time, axis=1) == 0).sum(axis=1)
    with np.errstate(over="ignore"):
        factor = np.exp(interval[:, 2])
    return Places(predicted[:, :2], np.exp(predicted[:, 2]), interval[:, :2] / repeated[:, None], factor / repeated)


@cache
def _quantile(freedom: int) -> float:
    """Of Student's distribution, for 95 %. SciPy takes longer for it than all the rest of a frame does."""
    return float(student_t.ppf(0.975, freedom))
