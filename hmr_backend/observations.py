# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes between the stages: frames, the people seen in them, and one person over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
LANDMARKS = 33


@dataclass(frozen=True)
class Video:
    """What a decoder knows of a video before reading it: upright size, and the constant rate it is read at."""

    path: Path
    width: int
    height: int
    fps: float
    frames: int
    """Expected number of frames to read at `fps`; containers may promise a few more or less than they hold, and some
    say nothing, then 0."""
    focal_px: float | None = None
    """Focal length from the file's metadata, in pixels, when it says so."""
    first: int = 0
    """Number of the first frame to read, counted from the beginning of the file."""
    until: int | None = None
    """Number after the last frame to read; None reads to the end of the file."""


@dataclass(frozen=True)
class Frame:
    """One upright picture."""

    index: int
    image: NDArray[np.uint8]
    """(H, W, 3) RGB."""


@dataclass(frozen=True)
class People:
    """N people in one picture."""

    bbox: Array
    """(N, 4) x0, y0, x1, y1 px."""
    score: Array
    """(N,) 0..1."""
    landmarks: Array
    """(N, 33, 4) x, y px, z px (relative depth), visibility 0..1."""
    world: Array
    """(N, 33, 3) metres, origin between the hips, camera axes (x right, y down, z away)."""


@dataclass(frozen=True)
class Tracklet:
    """One person over T consecutive frames."""

    id: int
    frame: NDArray[np.integer]
    """(T,) consecutive frame numbers."""
    bbox: Array
    """(T, 4) x0, y0, x1, y1 px."""
    score: Array
    """(T,) 0..1."""
    landmarks: Array
    """(T, 33, 4) x, y px, z px, visibility 0..1; NaN where not observed."""
    world: Array
    """(T, 33, 3) metres, origin between the hips, camera axes; NaN where not observed."""
    observed: NDArray[np.bool_]
    """(T,) false where the person was not seen and the gap is to be bridged."""
    found: float = 1.0
    """Share of the times the detector looked at this person and found a person, 0..1."""
    colours: Array = field(default_factory=lambda: np.zeros((2, 0)))
    """(2, K) what the person wears, trunk and thighs, as histograms; to tell whether two tracklets are one person."""
