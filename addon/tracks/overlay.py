# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes and skeletons of the people over the video, drawn in the viewport at the current frame."""

from __future__ import annotations

from typing import Any

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector
from numpy.typing import NDArray

from ...motion.capture import Capture, Track
from ...motion.errors import GhostcapError
from ...motion.skeleton import LANDMARK_BONES, LANDMARK_NAMES
from .. import captures
from ..footage import plane_points
from ..timeline import video_frame

Array = NDArray[np.floating]
_COLOURS = ((0.15, 0.85, 1.0), (1.0, 0.9, 0.2), (0.5, 1.0, 0.4), (1.0, 0.45, 0.75), (0.75, 0.65, 1.0))
"""None of them Blender's own orange of what is selected."""
_SURE = 0.3
"""Confidence from which a landmark is drawn."""
_handlers: list[Any] = []


def find_lines(track: Track, frame: int) -> tuple[Array, Array]:
    """Box (5, 2), closed, and skeleton (N, 2, 2) of a person at a frame of the video, in pixels; empty when absent."""
    row = frame - int(track.frame[0])
    empty = np.zeros((0, 2)), np.zeros((0, 2, 2))
    if not 0 <= row < len(track.frame) or not np.isfinite(track.bbox[row]).all():
        return empty
    x0, y0, x1, y1 = track.bbox[row]
    box = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
    marks = np.asarray(track.keypoints_2d[row], dtype=float)
    if len(marks) != len(LANDMARK_NAMES):
        # Another estimator's landmarks, whose connections are not known here.
        return box, empty[1]
    seen = np.isfinite(marks).all(-1) & (marks[:, 2] >= _SURE)
    pairs = [pair for pair in LANDMARK_BONES if seen[list(pair)].all()]
    return box, marks[np.array(pairs, dtype=int).reshape(-1, 2), :2]


def _draw_lines() -> None:
    context = bpy.context
    found = _shown(context)
    if found is None:
        return
    item, capture = found
    frame = video_frame(context.scene, item.step)
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    try:
        for number, track in _people(item, capture):
            active = number == item.active_track
            box, bones = find_lines(track, frame)
            if not len(box):
                continue
            seen = bool(track.observed[frame - int(track.frame[0])])
            alpha = (1.0 if active else 0.45) * (1.0 if seen else 0.4)
            colour = (*_COLOURS[number % len(_COLOURS)], alpha)
            _draw(plane_points(item, capture, box), "LINE_STRIP", colour, 2.5 if active else 1.2)
            if len(bones):
                _draw(plane_points(item, capture, bones).reshape(-1, 3), "LINES", colour, 3.0 if active else 1.5)
    finally:
        gpu.state.blend_set("NONE")


def _draw(points: Array, kind: str, colour: tuple[float, ...], width: float) -> None:
    context = bpy.context
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("viewportSize", (context.region.width, context.region.height))
    shader.uniform_float("lineWidth", width * context.preferences.system.ui_scale)
    shader.uniform_float("color", colour)
    batch_for_shader(shader, kind, {"pos": points.astype(np.float32)}).draw(shader)


def _draw_names() -> None:
    context = bpy.context
    found = _shown(context)
    if found is None:
        return
    item, capture = found
    frame = video_frame(context.scene, item.step)
    for number, track in _people(item, capture):
        box, _ = find_lines(track, frame)
        if not len(box):
            continue
        corner = location_3d_to_region_2d(
            context.region, context.region_data, Vector(plane_points(item, capture, box[:1])[0])
        )
        if corner is None:
            continue
        scale = context.preferences.system.ui_scale
        active = number == item.active_track
        blf.size(0, (13 if active else 11) * scale)
        blf.color(0, *_COLOURS[number % len(_COLOURS)], 1.0 if active else 0.7)
        blf.enable(0, blf.SHADOW)
        blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.9)
        blf.position(0, corner.x, corner.y + 5 * scale, 0)
        blf.draw(0, item.tracks[number].name)
        blf.disable(0, blf.SHADOW)


def _shown(context: bpy.types.Context) -> tuple[Any, Capture] | None:
    settings = getattr(context.scene, "ghostcap", None)
    if settings is None or not settings.show_overlay or not context.space_data.overlay.show_overlays:
        return None
    item = captures.active_capture(context)
    # Without the video there is nothing to draw over.
    if item is None or item.video_display == "NONE" or captures.find_problem(item) is not None:
        return None
    return item, captures.look_up(captures.folder_of(item))


def _people(item: Any, capture: Capture) -> list[tuple[int, Track]]:
    folder = captures.folder_of(item)
    people = []
    for number, row in enumerate(capture.tracks):
        try:
            people.append((number, captures.read_person(folder, row.id)[0]))
        except GhostcapError:
            # One damaged file leaves the others to be drawn; building says what is wrong with it.
            continue
    return people


def register() -> None:
    """Draw in all viewports."""
    if bpy.app.background:
        return
    for draw, when in ((_draw_lines, "POST_VIEW"), (_draw_names, "POST_PIXEL")):
        _handlers.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", when))


def unregister() -> None:
    """Undo `register`."""
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
