# SPDX-License-Identifier: GPL-3.0-or-later
"""When heels and toes rest on something: they stand still, and the foot is the lower part of the body just then."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from ..motion.skeleton import LANDMARK

Array = NDArray[np.floating]

FOOT_LANDMARKS: Final = tuple(
    LANDMARK[name] for name in ("left_heel", "left_foot_index", "right_heel", "right_foot_index")
)
"""In the order of a track's contacts."""

ACROSS: Final = 0.40
"""Metres a second across the line of sight, where a foot counts half as still."""
ALONG: Final = 0.90
"""The same for the whole velocity: depth is the noisier."""
LIFT: Final = 0.10
"""Metres above the lowest the feet get within `AROUND`, where a foot counts half as down."""
AROUND: Final = 0.25
"""Seconds."""


def detect_contacts(feet: Array, up: Array, fps: float, observed: NDArray[np.bool_] | None = None) -> Array:
    """feet (T, 4, 3) in the camera frame, up (3,) there -> (T, 4) in 0..1.

    The camera is taken to stand still. Frames not observed get what their neighbours suggest.
    """
    count = len(feet)
    if count < 3:
        return np.ones((count, 4)) * _down(feet, up, 1)
    smooth = gaussian_filter1d(feet, max(0.02 * fps, 0.3), axis=0, mode="nearest")
    velocity = np.gradient(smooth, axis=0) * fps
    sight = smooth / np.linalg.norm(smooth, axis=-1, keepdims=True)
    along = (velocity * sight).sum(-1, keepdims=True)
    across = np.linalg.norm(velocity - along * sight, axis=-1)
    speed = np.linalg.norm(velocity, axis=-1)
    reach = 2 * max(1, round(AROUND * fps)) + 1
    contact = 1 / (1 + (across / ACROSS) ** 6) / (1 + (speed / ALONG) ** 6) * _down(smooth, up, reach)
    if observed is not None:
        contact = contact * np.where(observed, 1.0, 0.5)[:, None]
    return contact


def _down(feet: Array, up: Array, reach: int) -> Array:
    height = feet @ up
    lowest = minimum_filter1d(height.min(axis=1), min(reach, 2 * len(feet) - 1), mode="nearest")
    return 1 / (1 + (np.maximum(height - lowest[:, None], 0) / LIFT) ** 6)
