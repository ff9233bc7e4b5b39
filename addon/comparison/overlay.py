# SPDX-License-Identifier: GPL-3.0-or-later
"""What viewports draw over a comparison: the colour bar, numbers at the user's joints, coloured bones."""

from __future__ import annotations

from typing import Any, Final

import blf
import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_iface as iface_
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

from ...motion.compare.coaching import read_colouring
from ...motion.skeleton import JOINT
from .bone_colours import list_painted
from .deviation_curves import FROM, THRESHOLD, TO
from .display import ghost_of, user_of
from .heatmap import find_bodies
from .numbers import MARK, is_aside

_FONT: Final = 0
_PLATE: Final = (0.05, 0.06, 0.07, 0.8)
_TEXT: Final = (1.0, 1.0, 1.0, 1.0)
_LONG, _HIGH, _EDGE, _SIZE = 200, 14, 20, 12
"""Pixels at a scale of 1: the bar, its distance from the viewport's edges, the letters."""
_REDO: Final = 36
"""Pixels for Blender's own panel of the last operator, closed, in the same corner."""
_BONE: Final = 6
_handlers: list[Any] = []


def list_numbers(scene: bpy.types.Scene) -> list[tuple[bpy.types.Object, str]]:
    """What is written at the current frame: objects at the joints, and the degrees."""
    ghost, collection = ghost_of(scene), scene.ghostcap.comparison.collection
    if ghost is None or collection is None:
        return []
    least = float(ghost.get(THRESHOLD, 0.0))
    shown = []
    for thing in collection.objects:
        joint = thing.get(MARK)
        if joint is not None:
            degrees = float(ghost.get(f"Deviation {joint}", 0.0))
            if degrees >= least and ghost.get(f"Seen {joint}", 0) > 0.5:
                shown.append((thing, f"{degrees:.0f}°"))
    return shown


def _find_shown(context: bpy.types.Context) -> tuple[Any, Any]:
    """The comparison and its ghost; None where this view shows none."""
    settings = getattr(context.scene, "ghostcap", None)
    if settings is None or not context.space_data.overlay.show_overlays:
        return None, None
    return settings.comparison, ghost_of(context.scene)


def _draw_bones() -> None:
    """Blender itself shows bones in their colours in pose mode only."""
    context = bpy.context
    comparison, ghost = _find_shown(context)
    user = user_of(context.scene) if ghost is not None else None
    if user is None or comparison.heatmap != "BONES" or user.mode == "POSE" or not user.visible_get():
        return
    bones = list_painted(user)
    if not bones:
        return
    ends = [tuple(user.matrix_world @ end) for bone in bones for end in (bone.head, bone.tail)]
    colours = [(*bone.color.custom.normal, 1.0) for bone in bones for _ in range(2)]
    shader = gpu.shader.from_builtin("POLYLINE_FLAT_COLOR")
    shader.bind()
    shader.uniform_float("viewportSize", (context.region.width, context.region.height))
    shader.uniform_float("lineWidth", _BONE * context.preferences.system.ui_scale)
    gpu.state.depth_test_set("NONE")
    batch_for_shader(shader, "LINES", {"pos": ends, "color": colours}).draw(shader)


def _draw() -> None:
    context = bpy.context
    comparison, ghost = _find_shown(context)
    if ghost is None:
        return
    user = user_of(context.scene)
    # Numbers of somebody who is hidden, or outside the local view, would hang in the air.
    things = (user, *find_bodies(user)) if user is not None else ()
    if comparison.show_numbers and any(thing.visible_get(viewport=context.space_data) for thing in things):
        _draw_numbers(context)
    if comparison.show_legend and comparison.heatmap != "OFF":
        _draw_bar(context, float(ghost.get(FROM, 0.0)), float(ghost.get(TO, 0.0)))


def _draw_numbers(context: bpy.types.Context) -> None:
    scale = context.preferences.system.ui_scale
    blf.size(_FONT, (_SIZE + 1) * scale)
    across = context.region_data.view_rotation @ Vector((1.0, 0.0, 0.0))
    for thing, text in list_numbers(context.scene):
        place = location_3d_to_region_2d(context.region, context.region_data, thing.matrix_world.translation)
        if place is None:
            continue
        wide, high = blf.dimensions(_FONT, text)
        gap, edge = 10 * scale, 4 * scale
        outward = thing.matrix_world.to_quaternion() @ Vector((1.0, 0.0, 0.0))
        left = is_aside(JOINT[thing[MARK]]) and outward.dot(across) < 0
        x, y = place.x + (-gap - wide if left else gap), place.y + 6 * scale
        _fill([(x - edge, y - edge), (x + wide + edge, y + high + edge)], _PLATE)
        _write(text, x, y)


def _draw_bar(context: bpy.types.Context, low: float, high: float) -> None:
    scale = context.preferences.system.ui_scale
    colouring = read_colouring()
    line, edge = _SIZE * scale, 8 * scale
    left, bottom = _EDGE * scale + _find_left(context), (_EDGE + _REDO) * scale
    right = left + _LONG * scale
    middle = bottom + 1.6 * line
    blf.size(_FONT, line)
    hidden = iface_("Not seen")
    hidden_wide = blf.dimensions(_FONT, hidden)[0]
    _fill([(left - edge, bottom - edge), (right + edge, middle + _HIGH * scale + 1.6 * line + edge)], _PLATE)
    share = np.linspace(0.0, 1.0, len(colouring.ramp))
    corners = [(left + part * (right - left), y) for part in share for y in (middle, middle + _HIGH * scale)]
    colours = [(*(channel / 255 for channel in stop), 1.0) for stop in colouring.ramp for _ in range(2)]
    _shade("SMOOTH_COLOR", {"pos": corners, "color": colours})
    _write(f"{low:.0f}°", left, bottom)
    most = f"{high:.0f}°"
    _write(most, right - blf.dimensions(_FONT, most)[0], bottom)
    top = middle + _HIGH * scale + 0.6 * line
    _write(iface_("Difference"), left, top)
    _write(hidden, right - hidden_wide, top)
    swatch = right - hidden_wide - 1.4 * line
    _fill([(swatch, top), (swatch + line, top + 0.8 * line)], (*(part / 255 for part in colouring.unjudged), 1.0))


def _find_left(context: bpy.types.Context) -> float:
    """The toolbar's width, where it lies over the viewport."""
    if not context.preferences.system.use_region_overlap:
        return 0.0
    return float(sum(region.width for region in context.area.regions if region.type == "TOOLS" and region.width > 1))


def _fill(box: list[tuple[float, float]], colour: tuple[float, ...]) -> None:
    (x0, y0), (x1, y1) = box
    corners = [(x0, y0), (x0, y1), (x1, y0), (x1, y1)]
    _shade("SMOOTH_COLOR", {"pos": corners, "color": [colour] * 4})


def _shade(name: str, content: dict[str, Any]) -> None:
    shader = gpu.shader.from_builtin(name)
    gpu.state.blend_set("ALPHA")
    try:
        batch_for_shader(shader, "TRI_STRIP", content).draw(shader)
    finally:
        gpu.state.blend_set("NONE")


def _write(text: str, x: float, y: float) -> None:
    blf.color(_FONT, *_TEXT)
    blf.position(_FONT, x, y, 0)
    blf.draw(_FONT, text)


def register() -> None:
    """Draw in all viewports."""
    if not bpy.app.background:
        for draw, when in ((_draw_bones, "POST_VIEW"), (_draw, "POST_PIXEL")):
            _handlers.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", when))


def unregister() -> None:
    """Undo `register`."""
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
