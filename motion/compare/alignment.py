# SPDX-License-Identifier: GPL-3.0-or-later
"""One time for two clips: for each of the user's frames, the athlete's frame (fractional) that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .features import measure_costs, measure_features, measure_speed
from .likeness import measure_likeness
from .warping import warp

Array = NDArray[np.floating]
_RATE = 30.0
"""Frames a second both sides are warped at, at most."""
_CELLS = 3_000_000
"""Largest matrix of costs; longer clips are warped at a lower rate."""
_BAND = 0.25
_STILL_SHARE = 0.5
_SLOWER = 3.0
"""One side may be so many times as slow as the other, on the whole."""
_SAME_LENGTH = 1.25
"""Clips whose lengths differ by more may be a part of one another."""
_HARDLY = 0.05
_WAITING = 0.15
"""Of the highest speed of the joints."""
_CALM_S = 0.05
"""Deviation of the smoothing of the time map: finer steps than a warp at 30 Hz has are noise."""


@dataclass(frozen=True)
class TimeMap:
    """Which moment of the athlete belongs to each frame of the user's cut."""

    user: NDArray[np.integer]
    """(N,) frames of the user's clip, consecutive."""
    athlete: Array
    """(N,) frames of the athlete's clip, fractional; rises within a lap."""
    lap: NDArray[np.integer]
    """(N,) grows by one where the athlete starts over (one repetition of the athlete for several of the user)."""
    cost: float
    """Radians: the typical difference of a joint along the way, after warping."""


@dataclass(frozen=True)
class Anchor:
    """Two moments that belong together, in frames of either clip."""

    user: float
    athlete: float


def align(user: Clip, athlete: Clip, max_still_s: float = 0.5) -> TimeMap:
    """Warp clips without anchors: end to end, from where both begin to move to where both rest, or part of one.

    Of these ways the one in step with which the two move most alike; the longest where others are hardly better. A
    single frame belongs to the frame that resembles it most. max_still_s: how long either side may stand still.
    """
    if len(user) == 1 or len(athlete) == 1:
        return _align_still(user, athlete)
    ratio = max(user.seconds, 1e-6) / max(athlete.seconds, 1e-6)
    spans = [_find_active(clip) for clip in (user, athlete)]
    pairs = [tuple((0, len(clip) - 1) for clip in (user, athlete)), tuple(spans)]
    maps = []
    for number, ((first, last), (begin, end)) in enumerate(pairs):
        pace = (last - first) / user.fps / max((end - begin) / athlete.fps, 1e-6)
        if 1 / _SLOWER < pace < _SLOWER and (number == 0 or pairs[1] != pairs[0]):
            maps.append(align_between(user, athlete, [Anchor(first, begin), Anchor(last, end)], max_still_s))
    if not maps or not 1 / _SAME_LENGTH < ratio < _SAME_LENGTH:
        maps.append(_align_part(user, athlete, max_still_s))
    if len(maps) == 1:
        return maps[0]
    alike = [measure_likeness(user, athlete, way.user, way.athlete).correlation for way in maps]
    return next(way for way, value in zip(maps, alike, strict=True) if value > max(alike) - _HARDLY)


def _align_part(user: Clip, athlete: Clip, max_still_s: float) -> TimeMap:
    """Find the shorter clip, whole, in the longer one (subsequence DTW)."""
    rate = min(_RATE, max(user.fps, athlete.fps))
    cells = (user.seconds * rate + 1) * (athlete.seconds * rate + 1)
    rate *= min(1.0, np.sqrt(_CELLS / cells))
    times = [np.linspace(0, len(clip) - 1, max(2, round(clip.seconds * rate) + 1)) for clip in (user, athlete)]
    sampled = [measure_features(_at_rate(clip, time, rate)) for clip, time in zip((user, athlete), times, strict=True)]
    cost = measure_costs(*sampled)
    swap = len(user.rotations) / user.fps > len(athlete.rotations) / athlete.fps
    still = max(2, round(max_still_s * rate))
    path = warp(cost.T if swap else cost, None, True, still, _still_cost(cost))
    rows, columns = (path.columns, path.rows) if swap else (path.rows, path.columns)
    typical = float(np.sqrt(cost[rows, columns].mean()))
    user_time = times[0][rows]
    first, last = int(np.ceil(user_time[0] - 1e-9)), int(np.floor(user_time[-1] + 1e-9))
    frames = np.arange(first, max(first, last) + 1)
    if len(np.unique(rows)) < 2:
        mapped = np.full(len(frames), times[1][columns].mean())
    else:
        mapped = _read_path(times[0], times[1], rows, columns, frames)
    return TimeMap(frames, _calm(mapped, user.fps), np.zeros(len(frames), dtype=int), typical)


def _find_active(clip: Clip) -> tuple[int, int]:
    """First and last frame between which somebody moves: what lies before and after is waiting."""
    speed = measure_speed(clip)
    moving = np.flatnonzero(speed > _WAITING * np.percentile(speed, 98))
    if not len(moving):
        return 0, len(clip) - 1
    around = round(_CALM_S * 4 * clip.fps)
    return max(0, int(moving[0]) - around), min(len(clip) - 1, int(moving[-1]) + around)


def align_between(
    user: Clip, athlete: Clip, anchors: Sequence[Anchor], max_still_s: float = 0.5, band: float = _BAND
) -> TimeMap:
    """Warp between anchors (two at least, in order on both sides); the cut runs from the first to the last.

    Between two anchors both sides are brought to one length first, so that a slow backswing does not count as standing
    still. The anchors themselves are met exactly. band: how far the way may stray from an even pace, as a share.
    """
    frames = np.arange(int(np.ceil(anchors[0].user - 1e-9)), int(np.floor(anchors[-1].user + 1e-9)) + 1)
    mapped = np.empty(len(frames))
    total, steps = 0.0, 0
    for begin, end in pairwise(anchors):
        rows = (frames >= begin.user - 1e-9) & (frames <= end.user + 1e-9)
        mapped[rows], cost, count = _align_piece(user, athlete, begin, end, frames[rows], max_still_s, band)
        total, steps = total + cost, steps + count
    mapped = np.maximum.accumulate(mapped)
    return TimeMap(frames, mapped, np.zeros(len(frames), dtype=int), float(np.sqrt(total / max(steps, 1))))


def _align_piece(
    user: Clip,
    athlete: Clip,
    begin: Anchor,
    end: Anchor,
    frames: NDArray[np.integer],
    max_still_s: float,
    band: float,
) -> tuple[Array, float, int]:
    """The athlete's frames between two anchors, the sum of costs, and the number of steps."""
    rate = min(_RATE, max(user.fps, athlete.fps))
    seconds = max((end.user - begin.user) / user.fps, (end.athlete - begin.athlete) / athlete.fps)
    count = int(np.clip(round(seconds * rate) + 1, 2, np.sqrt(_CELLS)))
    times = [np.linspace(begin.user, end.user, count), np.linspace(begin.athlete, end.athlete, count)]
    # Speeds are per second of the user's clip: how long the athlete takes does not matter between anchors.
    own = (count - 1) / max((end.user - begin.user) / user.fps, 1e-6)
    sampled = [measure_features(_at_rate(clip, time, own)) for clip, time in zip((user, athlete), times, strict=True)]
    cost = measure_costs(*sampled)
    path = warp(cost, band, max_still=max(2, round(max_still_s * rate)), still_cost=_still_cost(cost))
    mapped = _read_path(times[0], times[1], path.rows, path.columns, frames)
    total = float(cost[path.rows, path.columns].sum())
    return _calm_between(mapped, frames, begin, end, user.fps), total, len(path.rows)


def join_laps(maps: Sequence[TimeMap]) -> TimeMap:
    """Time maps one after the other; a frame that ends one and begins the next goes to the next."""
    starts = [part.user[0] for part in maps[1:]] + [np.iinfo(np.int64).max]
    kept = [part.user < start for part, start in zip(maps, starts, strict=True)]
    laps = np.cumsum([0] + [int(b.athlete[0] < a.athlete[-1] - 1.0) for a, b in pairwise(maps)])
    weights = [len(part.user) for part in maps]
    return TimeMap(
        np.concatenate([part.user[rows] for part, rows in zip(maps, kept, strict=True)]),
        np.concatenate([part.athlete[rows] for part, rows in zip(maps, kept, strict=True)]),
        np.concatenate([np.full(rows.sum(), lap) for rows, lap in zip(kept, laps, strict=True)]),
        float(np.sqrt(np.average([part.cost**2 for part in maps], weights=weights))),
    )


def _align_still(user: Clip, athlete: Clip) -> TimeMap:
    """One frame against a clip, or the reverse: the pair of frames that resemble each other most."""
    cost = measure_costs(measure_features(user, with_speed=False), measure_features(athlete, with_speed=False))
    cost = cost + np.where(user.trusted[:, None] & athlete.trusted, 0.0, 100.0)
    best, match = np.unravel_index(int(np.argmin(cost)), cost.shape)
    typical = float(np.sqrt(cost[best, match] % 100.0))
    return TimeMap(np.array([int(best)]), np.array([float(match)]), np.zeros(1, dtype=int), typical)


def _still_cost(cost: Array) -> float:
    """What standing still costs: half of what the best partner of a typical frame costs.

    Without it two motions that resemble each other little are matched by long rests on the few frames that fit.
    """
    return _STILL_SHARE * float(np.median(np.concatenate([cost.min(0), cost.min(1)])))


def _at_rate(clip: Clip, time: Array, rate: float) -> Clip:
    sampled = clip.at(time)
    return Clip(sampled.rotations, sampled.root, sampled.rest_joints, rate, sampled.trusted, sampled.confidence)


def _read_path(
    user_time: Array, athlete_time: Array, rows: NDArray[np.integer], columns: NDArray[np.integer],
    frames: NDArray[np.integer],
) -> Array:  # fmt: skip
    """The way through the matrix as a function of the user's frames: the middle where the athlete runs on alone."""
    seen, inverse, count = np.unique(rows, return_inverse=True, return_counts=True)
    middle = np.bincount(inverse, athlete_time[columns]) / count
    # Where the way begins and ends is known; the middle of a rest there would be a jump.
    middle[0], middle[-1] = athlete_time[columns[0]], athlete_time[columns[-1]]
    return np.interp(frames, user_time[seen], middle)


def _calm(values: Array, fps: float) -> Array:
    """Gaussian smoothing that keeps the trend at the ends (odd reflection) and stays monotone."""
    sigma = _CALM_S * fps
    radius = min(int(np.ceil(3 * sigma)), len(values) - 1)
    if radius < 1 or sigma < 0.3:
        return values
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    before = 2 * values[0] - values[radius:0:-1]
    after = 2 * values[-1] - values[-2 : -radius - 2 : -1]
    smooth = np.convolve(np.concatenate([before, values, after]), kernel / kernel.sum(), "valid")
    return np.clip(np.maximum.accumulate(smooth), values[0], values[-1])


def _calm_between(values: Array, frames: NDArray[np.integer], begin: Anchor, end: Anchor, fps: float) -> Array:
    """Smooth, then bend the ends back to the anchors."""
    if len(values) < 3:
        return np.interp(frames, [begin.user, end.user], [begin.athlete, end.athlete])
    return np.clip(_calm(values, fps), begin.athlete, end.athlete)
