# SPDX-License-Identifier: GPL-3.0-or-later
"""The deviations in the Graph Editor."""

from __future__ import annotations

from typing import Any

import bpy

from .deviation_curves import GROUP, deviation_name, path_of
from .display import ghost_of

_CURVES_SHOWN = 5
_COLOURS = (
    (1.0, 0.75, 0.2), (0.35, 0.7, 1.0), (0.3, 0.85, 0.6), (1.0, 0.45, 0.35), (0.85, 0.55, 0.9), (0.9, 0.9, 0.4),
)  # fmt: skip
"""Told apart also by people who see few colours; the first is the joint chosen in the list."""
_HEIGHT = 0.35
"""Part of a viewport that becomes a Graph Editor where there is none."""


def show_graph(context: bpy.types.Context) -> None:
    """Make the ghost the active object with only its worst curves seen, and look at them in a Graph Editor.

    Without a window only the curves are chosen.
    """
    ghost = ghost_of(context.scene)
    if ghost is None:
        return
    _select_only(context, ghost)
    _choose_curves(context.scene, ghost)
    if bpy.app.background or context.window is None:
        return
    area = _find_editor(context)
    if area is None:
        return
    editor = area.spaces.active
    editor.dopesheet.show_only_selected = True
    editor.dopesheet.filter_text = GROUP
    editor.show_handles = False
    address = area.as_pointer()
    # A new editor has no size before it is drawn once, and its operators crash Blender until then.
    bpy.app.timers.register(lambda: _look_at_all(address), first_interval=0.2)


def forget_graph() -> None:
    """Have the Graph Editors show other curves again."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "GRAPH_EDITOR" and space.dopesheet.filter_text == GROUP:
                    space.dopesheet.filter_text = ""


def _look_at_all(address: int) -> None:
    """Open the channels and fit the curves into the editor, if it is still there."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.as_pointer() != address or area.type != "GRAPH_EDITOR":
                continue
            for kind, operator in (("CHANNELS", bpy.ops.anim.channels_expand), ("WINDOW", bpy.ops.graph.view_all)):
                region = next(region for region in area.regions if region.type == kind)
                with bpy.context.temp_override(window=window, area=area, region=region):
                    if operator.poll():
                        operator()
            area.spaces.active.show_region_ui = False


def _select_only(context: bpy.types.Context, thing: bpy.types.Object) -> None:
    """Make an object the only selected one, and the active one, in Object Mode."""
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for other in context.selected_objects:
        other.select_set(False)
    thing.select_set(True)
    context.view_layer.objects.active = thing


def _choose_curves(scene: bpy.types.Scene, ghost: bpy.types.Object) -> None:
    comparison = scene.ghostcap.comparison
    chosen = comparison.joints[comparison.active_joint].joint
    worst = [item.joint for item in comparison.joints[:_CURVES_SHOWN] if item.seen and item.joint != chosen]
    shown = {path_of(deviation_name(joint)): number for number, joint in enumerate([chosen, *worst])}
    action = ghost.animation_data.action
    for curve in action.layers[0].strips[0].channelbag(ghost.animation_data.action_slot).fcurves:
        curve.hide = curve.data_path not in shown
        # Blender draws curves that are not selected pale.
        curve.select = not curve.hide
        if curve.group is not None and curve.group.name == GROUP:
            curve.group.show_expanded_graph = True
        if curve.hide:
            continue
        number = shown[curve.data_path]
        curve.color_mode, curve.color = "CUSTOM", _COLOURS[number % len(_COLOURS)]
        for part in ("select_control_point", "select_left_handle", "select_right_handle"):
            curve.keyframe_points.foreach_set(part, [number == 0] * len(curve.keyframe_points))


def _find_editor(context: bpy.types.Context) -> Any:
    """A Graph Editor of this window: one that is open, or a new one below the largest viewport."""
    areas = context.window.screen.areas
    for area in areas:
        if area.type == "GRAPH_EDITOR":
            area.ui_type = "FCURVES"
            return area
    views = sorted((area for area in areas if area.type == "VIEW_3D"), key=lambda area: area.width * area.height)
    if not views:
        return None
    known = {area.as_pointer() for area in areas}
    with context.temp_override(area=views[-1]):
        bpy.ops.screen.area_split(direction="HORIZONTAL", factor=_HEIGHT)
    new = next((area for area in context.window.screen.areas if area.as_pointer() not in known), None)
    if new is not None:
        new.ui_type = "FCURVES"
    return new
