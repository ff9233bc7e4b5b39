# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's clock: its frame rate and range, and which scene frame shows which frame of the video."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

FIRST_FRAME = 1
"""The scene frame of the video's frame 0: Blender's timelines begin at 1."""


def scene_frames(video_frames: ArrayLike) -> NDArray[np.integer]:
    """Video frame numbers (T,), from 0, to scene frames."""
    return np.asarray(video_frames) + FIRST_FRAME


def split_rate(fps: float) -> tuple[int, float]:
    """Blender's frame rate and its divisor: 25 -> (25, 1), 29.97 -> (30, 1.001), 12.5 -> (12, 0.96)."""
    whole = max(round(fps), 1)
    base = whole / fps
    # NTSC's rates are exact as n / 1.001 and rounded in most files (29.97, 23.976).
    return whole, 1.001 if abs(base - 1.001) < 2e-5 else base


def set_rate(scene: bpy.types.Scene, fps: float) -> None:
    """Play the scene at `fps`."""
    scene.render.fps, scene.render.fps_base = split_rate(fps)


def set_range(scene: bpy.types.Scene, first: int, last: int) -> None:
    """Play the scene frames first to last, beginning now at the first."""
    # In this order Blender never has an end before the start.
    scene.frame_end = max(scene.frame_end, last)
    scene.frame_start, scene.frame_end = first, last
    scene.frame_set(first)


def video_frame(scene: bpy.types.Scene, step: float, frame: int | None = None) -> int:
    """The video's frame a scene frame shows, the current one by default; `step` scene frames go to one of the video."""
    shown = scene.frame_current if frame is None else frame
    return round((shown - FIRST_FRAME) / step)
