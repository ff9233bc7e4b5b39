# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing as a stage of a capture."""

from __future__ import annotations

from ..motion.body import Body
from ..motion.camera import Camera
from ..motion.capture import Track
from ..motion.smoothing import Smoothing
from ..motion.track_smoothing import smooth_track
from .progress import Reporter


def smooth_people(
    tracks: list[Track], body: Body, camera: Camera, smoothing: Smoothing, reporter: Reporter
) -> list[Track]:
    """Every track smoothed from its raw motion, which it keeps."""
    out = []
    for number, track in enumerate(tracks):
        reporter.progress(number, len(tracks))
        out.append(smooth_track(track, body, smoothing, camera))
    reporter.progress(len(tracks), len(tracks))
    return out
