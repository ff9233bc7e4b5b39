# SPDX-License-Identifier: GPL-3.0-or-later
"""Repetitions of a periodic motion: the period by autocorrelation of the joints, the cuts where the body rests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .features import measure_features

Array = NDArray[np.floating]
_SHORTEST_S = 0.35
_LIKENESS = 0.45
"""Autocorrelation at the period, at least; 1 is exact repetition."""
_LOW = 0.4
"""Of the way from one side to the other."""
_MOVING_RADIANS = 0.08
"""Less motion than this is somebody standing about."""


@dataclass(frozen=True)
class Repetitions:
    """A periodic motion."""

    bounds: NDArray[np.integer]
    """(R + 1,) frames of the clip at which one repetition ends and the next begins."""
    period: float
    """Frames."""
    likeness: float
    """Autocorrelation at the period, 0..1."""

    def __len__(self) -> int:
        return len(self.bounds) - 1


def find_repetitions(clip: Clip) -> Repetitions | None:
    """Two whole repetitions or more; None where the motion does not repeat itself."""
    period, likeness, signal = measure_period(clip)
    if period is None or signal is None:
        return None
    bounds = _find_bounds(signal, period)
    return Repetitions(bounds, period, likeness) if len(bounds) > 2 else None


def measure_period(clip: Clip) -> tuple[float | None, float, Array | None]:
    """Frames of a period (None where there is none), autocorrelation there, and the motion's main component (T,)."""
    count = len(clip)
    shortest = max(2, round(_SHORTEST_S * clip.fps))
    if count < 4 * shortest // 2 + 3:
        return None, 0.0, None
    features = measure_features(clip, with_speed=False)
    features = features - features.mean(0)
    if np.sqrt((features**2).sum(1).mean()) < _MOVING_RADIANS:
        return None, 0.0, None
    left, scale, _ = np.linalg.svd(features, full_matrices=False)
    curves = left[:, :6] * scale[:6]
    correlation = _autocorrelate(curves)
    longest = min(count - shortest, count * 2 // 3)
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:])) + 1
    peaks = peaks[(peaks >= shortest) & (peaks <= longest) & (correlation[peaks] >= _LIKENESS)]
    if not len(peaks):
        return None, 0.0, curves[:, 0]
    # The first peak nearly as high as the highest: multiples of the period are as like as the period.
    best = int(peaks[correlation[peaks] >= correlation[peaks].max() - 0.15][0])
    return float(best), float(correlation[best]), curves[:, 0]


def _autocorrelate(curves: Array) -> Array:
    """Likeness of the curves (T, K) with themselves, shifted; each lag over what overlaps, 1 at lag 0."""
    count = len(curves)
    size = 1 << (2 * count - 1).bit_length()
    spectrum = np.fft.rfft(curves, size, axis=0)
    products = np.fft.irfft((np.abs(spectrum) ** 2).sum(1), size)[:count]
    power = np.concatenate([[0.0], np.cumsum((curves**2).sum(1))])
    lags = np.arange(count)
    energy = (power[count - lags] + power[count] - power[lags]) / 2
    return products / np.maximum(energy, 1e-9)


def _find_bounds(signal: Array, period: float) -> NDArray[np.integer]:
    """Frames, about a period apart, at which the main component is where it dwells (standing, between squats)."""
    width = max(1, round(0.1 * period))
    window = np.hanning(2 * width + 3)[1:-1]
    smooth = np.convolve(np.pad(signal, width, mode="edge"), window / window.sum(), "valid")
    # Who begins and ends on one side rests there; else it is the side where most of the time is spent.
    share = (smooth - smooth.min()) / max(float(np.ptp(smooth)), 1e-9)
    ends = share[[0, -1]]
    if ends.max() < _LOW or (ends.min() < 1 - _LOW and np.median(share) < 0.5):
        smooth = -smooth
    reach = max(1, round(0.4 * period))
    padded = np.pad(smooth, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    level = smooth.min() + 0.6 * (smooth.max() - smooth.min())
    tops = np.flatnonzero((smooth >= windows.max(1) - 1e-12) & (smooth > level))
    bounds: list[int] = []
    for top in tops.tolist():
        if bounds and top - bounds[-1] < 0.6 * period:
            continue
        bounds.append(top)
    return np.array(bounds, dtype=int)
