# SPDX-License-Identifier: GPL-3.0-or-later
"""Viewports looking through the camera that filmed, its whole frame beside the sidebar."""

from __future__ import annotations

from math import sqrt
from typing import Any

import bpy


def look_through(context: bpy.types.Context, camera: bpy.types.Object) -> None:
    """Make the camera the scene's, and have the viewport look through it: the context's own, or the largest."""
    context.scene.camera = camera
    found = _find_view(context)
    if found is None:
        return
    window, area = found
    view = area.spaces.active.region_3d
    view.view_perspective = "CAMERA"
    region = next(region for region in area.regions if region.type == "WINDOW")
    with context.temp_override(window=window, area=area, region=region):
        if bpy.ops.view3d.view_center_camera.poll():
            bpy.ops.view3d.view_center_camera()
            _clear_sidebar(context, area, view)


def look_around(context: bpy.types.Context) -> None:
    """Look freely again."""
    found = _find_view(context)
    if found is not None:
        found[1].spaces.active.region_3d.view_perspective = "PERSP"


def is_looking(context: bpy.types.Context, camera: bpy.types.Object | None) -> bool:
    """Whether that viewport looks through the camera now."""
    found = _find_view(context)
    if found is None or camera is None or context.scene.camera != camera:
        return False
    return found[1].spaces.active.region_3d.view_perspective == "CAMERA"


def _find_view(context: bpy.types.Context) -> tuple[Any, Any] | None:
    area = context.area
    if area is not None and area.type == "VIEW_3D":
        return context.window, area
    # From a timer there is neither window nor area.
    views = [
        (window, area)
        for window in context.window_manager.windows
        for area in window.screen.areas
        if area.type == "VIEW_3D" and window.scene == context.scene
    ]
    return max(views, key=lambda found: found[1].width * found[1].height, default=None)


def _clear_sidebar(context: bpy.types.Context, area: Any, view: Any) -> None:
    """Shrink the camera's frame, and move it to the left, so that the sidebar over the viewport hides none of it."""
    sidebar = next((region for region in area.regions if region.type == "UI"), None)
    window = next(region for region in area.regions if region.type == "WINDOW")
    if sidebar is None or sidebar.width <= 1 or not context.preferences.system.use_region_overlap:
        return
    hidden = min(sidebar.width / window.width, 0.6)
    # Blender's zoom z shows the frame ((sqrt(2) + z / 50) / 2) squared times as large.
    scale = ((sqrt(2.0) + view.view_camera_zoom / 50.0) / 2.0) ** 2 * (1.0 - hidden)
    view.view_camera_zoom = (2.0 * sqrt(scale) - sqrt(2.0)) * 50.0
    view.view_camera_offset = (hidden / 4.0 / scale, 0.0)
