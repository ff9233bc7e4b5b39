# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera can't tell: how far somebody leans or goes towards it, or away from it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .clip import Clip

_DEPTH: Final = np.cos(np.radians(35.0))
"""A direction closer to the way a camera looks is depth to it."""


def is_depth(clip: Clip, direction: ArrayLike) -> bool:
    """Whether a level direction (3,) in the world is depth to the camera that saw a clip; false without a camera."""
    if clip.view is None:
        return False
    facing = clip.posed.rotations[:, 0, :, 2]
    camera = np.arctan2(facing[:, 1], facing[:, 0]) + clip.view
    # A camera stands still while somebody turns before it: the mean over all frames.
    looks = np.array([np.cos(camera).mean(), np.sin(camera).mean()])
    along = np.asarray(direction, dtype=float)[:2]
    return bool(abs(looks @ along) > _DEPTH * np.linalg.norm(looks) * np.linalg.norm(along))


def find_sideways_depth(clip: Clip) -> NDArray[np.bool_]:
    """(T,) whether the camera stands beside the person, so that what leans or opens sideways is depth to it."""
    if clip.view is None:
        return np.zeros(len(clip), dtype=bool)
    return np.abs(np.sin(clip.view)) > _DEPTH
