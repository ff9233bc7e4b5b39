# SPDX-License-Identifier: GPL-3.0-or-later
"""What was followed, judged: fragments joined, gaps marked, false ones dropped, people numbered by importance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..observations import Tracklet, Video

MIN_SECONDS = 0.3
MIN_SCORE = 0.35


def clean_tracks(tracklets: list[Tracklet], video: Video) -> list[Tracklet]:
    """Real people only, the most important first and numbered from 1."""
    kept = [t for t in tracklets if t.observed.sum() >= min(MIN_SECONDS * video.fps, max(video.frames * 0.5, 1))
            and t.score[t.observed].mean() >= MIN_SCORE]
    kept.sort(key=lambda t: -importance(t, video))
    return [replace(t, id=number) for number, t in enumerate(kept, start=1)]


def importance(tracklet: Tracklet, video: Video) -> float:
    """Time in view, weighed by size and confidence."""
    seen = tracklet.observed
    size = np.sqrt(np.prod(tracklet.bbox[seen, 2:] - tracklet.bbox[seen, :2], axis=1) / (video.width * video.height))
    return float((size * tracklet.score[seen]).sum())


def recommend(tracklets: list[Tracklet], video: Video) -> int:
    """The id of the main person. ValueError when there is nobody."""
    return max(tracklets, key=lambda t: importance(t, video)).id
