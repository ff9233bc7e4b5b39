# SPDX-License-Identifier: GPL-3.0-or-later
"""The deviations in the Graph Editor."""

from __future__ import annotations

from typing import Any

import bpy

from ...motion.skeleton import JOINT_NAMES
from .deviation_curves import GROUP
from .display import ghost_of

_CURVES_SHOWN = 5
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
    dopesheet = area.spaces.active.dopesheet
    dopesheet.show_only_selected = True
    dopesheet.filter_text = ""
    region = next(region for region in area.regions if region.type == "WINDOW")
    with context.temp_override(area=area, region=region):
        bpy.ops.graph.view_all()


def _select_only(context: bpy.types.Context, ghost: bpy.types.Object) -> None:
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for other in context.selected_objects:
        other.select_set(False)
    ghost.select_set(True)
    context.view_layer.objects.active = ghost


def _choose_curves(scene: bpy.types.Scene, ghost: bpy.types.Object) -> None:
    comparison = scene.ghostcap.comparison
    joints = [item.joint for item in comparison.joints[:_CURVES_SHOWN] if item.seen]
    chosen = comparison.joints[comparison.active_joint].joint
    wanted = {f'["Deviation {JOINT_NAMES[joint]}"]' for joint in (*joints, chosen)}
    action = ghost.animation_data.action
    for curve in action.layers[0].strips[0].channelbag(ghost.animation_data.action_slot).fcurves:
        curve.hide = curve.data_path not in wanted
        curve.select = curve.data_path == f'["Deviation {JOINT_NAMES[chosen]}"]'
        if curve.group is not None:
            curve.group.show_expanded = curve.group.name == GROUP


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
