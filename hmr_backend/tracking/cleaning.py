# SPDX-License-Identifier: GPL-3.0-or-later
"""What was followed, judged: fragments joined, gaps marked, false ones dropped, people numbered by importance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..observations import Array, Tracklet, Video
from .similarity import MAIN, look_alike, share_inside

BRIDGE_SECONDS = 0.5
"""Gaps this long are bridged in any case."""
REJOIN_SECONDS = 2.0
"""Longer gaps split a track; up to here it stays one where the person comes back where expected."""
MIN_SECONDS = 0.3
MIN_SCORE = 0.35
MIN_FOUND = 0.25
EDGE_SCORE = 0.45
EDGE_INSIDE = 0.6
JITTER = 0.12
"""Of the body's size: joints that change their speed by this much each frame are no body's."""
ALIKE = 0.5


def clean_tracks(tracklets: list[Tracklet], video: Video) -> list[Tracklet]:
    """Real people only, in order of importance and numbered from 1.

    Fragments of one person are joined; gaps up to 0.5 s, or up to 2 s in front of a person's clear return, stay in the
    tracklet as frames that are not observed; longer ones split it. Dropped are people seen for less than 0.3 s (or half
    of a shorter clip), seen badly, never confirmed by the detector, or trembling like no body does.
    """
    pieces = [piece for t in tracklets for piece in split_at_gaps(trim_ends(t, video), video.fps)]
    pieces = [t for t in join_fragments(pieces, video.fps) if is_person(t, video)]
    pieces.sort(key=lambda t: -importance(t, video))
    return [replace(t, id=number) for number, t in enumerate(pieces, start=1)]


def recommend(tracklets: list[Tracklet], video: Video) -> int:
    """The id of the main person: large, long in view and well seen. ValueError when there is nobody."""
    return max(tracklets, key=lambda t: importance(t, video)).id


def importance(tracklet: Tracklet, video: Video) -> float:
    """Frames in view, weighed by size (share of the picture's) and confidence."""
    seen = tracklet.observed
    size = body_size(tracklet.bbox[seen]) / np.sqrt(video.width * video.height)
    return float((size * tracklet.score[seen]).sum())


def body_size(bbox: Array) -> Array:
    """Size (...,) px of bodies in boxes (..., 4): the square root of the area."""
    return np.sqrt(np.prod(np.maximum(bbox[..., 2:] - bbox[..., :2], 1e-6), axis=-1))


def trim_ends(tracklet: Tracklet, video: Video) -> Tracklet:
    """Without the frames at both ends where hardly anything of the person is in the picture any more."""
    inside = share_inside(tracklet.landmarks, video.width, video.height)
    sure = np.flatnonzero(tracklet.observed & ((inside >= EDGE_INSIDE) | (tracklet.score >= EDGE_SCORE)))
    return cut(tracklet, sure[0], sure[-1] + 1) if len(sure) else tracklet


def cut(tracklet: Tracklet, start: int, stop: int) -> Tracklet:
    """Rows start to stop of a tracklet."""
    return replace(
        tracklet,
        **{
            name: getattr(tracklet, name)[start:stop]
            for name in ("frame", "bbox", "score", "landmarks", "world", "observed")
        },
    )


def split_at_gaps(tracklet: Tracklet, fps: float, longest: float = REJOIN_SECONDS) -> list[Tracklet]:
    """Pieces of a tracklet between gaps of more than `longest` seconds; each begins and ends with an observed frame."""
    rows = np.flatnonzero(tracklet.observed)
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) - 1 > longest * fps)
    starts, stops = rows[np.r_[0, breaks + 1]], rows[np.r_[breaks, len(rows) - 1]] + 1
    return [cut(tracklet, start, stop) for start, stop in zip(starts, stops, strict=True)]


def join_fragments(tracklets: list[Tracklet], fps: float) -> list[Tracklet]:
    """Join tracklets that follow on one another as one person's; the first one's id stays."""
    pieces = sorted(tracklets, key=lambda t: int(t.frame[0]))
    joined: list[Tracklet] = []
    for piece in pieces:
        before = [(cost, k) for k, t in enumerate(joined) if (cost := joining_cost(t, piece, fps)) is not None]
        if before:
            _, k = min(before)
            joined[k] = append(joined[k], piece)
        else:
            joined.append(piece)
    return joined


def joining_cost(before: Tracklet, after: Tracklet, fps: float) -> float | None:
    """How badly `after` goes on from `before`, by place, size and colours; None when it can't be the same person."""
    frames = int(after.frame[0] - before.frame[-1])
    seconds = frames / fps
    if frames <= 0 or seconds > BRIDGE_SECONDS:
        return None
    tail = min(len(before.frame), max(2, round(0.2 * fps)))
    centre = (before.bbox[:, :2] + before.bbox[:, 2:]) / 2
    velocity = (centre[-1] - centre[-tail]) / (tail - 1) if tail > 1 else np.zeros(2)
    size, new_size = body_size(before.bbox[-tail:]).mean(), body_size(after.bbox[:tail]).mean()
    there = (after.bbox[0, :2] + after.bbox[0, 2:]) / 2
    apart = min(np.hypot(*(there - centre[-1] - velocity * frames)), np.hypot(*(there - centre[-1]))) / size
    growth = abs(np.log(new_size / size))
    alike = look_alike(before.colours, after.colours)
    if apart > 0.4 + seconds or growth > 0.5 or alike < ALIKE:
        return None
    return float(apart + growth + (1 - alike))


def append(before: Tracklet, after: Tracklet) -> Tracklet:
    """One tracklet from two, with the frames between them not observed and the box moving evenly."""
    gap = int(after.frame[0] - before.frame[-1]) - 1
    way = np.linspace(0, 1, gap + 2)[1:-1, None]
    landmarks = np.full((gap, *before.landmarks.shape[1:]), np.nan, dtype=before.landmarks.dtype)
    world = np.full((gap, *before.world.shape[1:]), np.nan, dtype=before.world.dtype)
    weights = [len(before.frame), len(after.frame)]
    return Tracklet(
        before.id,
        np.arange(before.frame[0], after.frame[-1] + 1),
        np.concatenate([before.bbox, (1 - way) * before.bbox[-1] + way * after.bbox[0], after.bbox]),
        np.concatenate([before.score, np.zeros(gap, before.score.dtype), after.score]),
        np.concatenate([before.landmarks, landmarks, after.landmarks]),
        np.concatenate([before.world, world, after.world]),
        np.concatenate([before.observed, np.zeros(gap, dtype=bool), after.observed]),
        float(np.average([before.found, after.found], weights=weights)),
        before.colours if weights[0] >= weights[1] else after.colours,
    )


def is_person(tracklet: Tracklet, video: Video) -> bool:
    """Whether a tracklet is of somebody, and long enough to be of use."""
    seen = tracklet.observed
    enough = MIN_SECONDS * video.fps
    if video.frames:
        enough = min(enough, video.frames / 2)
    if seen.sum() < enough or tracklet.score[seen].mean() < MIN_SCORE:
        return False
    if tracklet.found < MIN_FOUND and tracklet.score[seen].mean() < 2 * MIN_SCORE:
        return False
    return trembling(tracklet) < JITTER


def trembling(tracklet: Tracklet) -> float:
    """How much the main joints change their speed from frame to frame, of the body's size; the median over time."""
    points = tracklet.landmarks[:, MAIN, :2]
    change = np.linalg.norm(points[2:] - 2 * points[1:-1] + points[:-2], axis=-1).mean(axis=1)
    change /= body_size(tracklet.bbox[1:-1])
    change = change[np.isfinite(change)]
    return float(np.median(change)) if len(change) else 0.0
