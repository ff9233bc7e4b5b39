# SPDX-License-Identifier: GPL-3.0-or-later
"""Solid views and Workbench renders show colour attributes only when told to; what was set before comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

_BEFORE = "ghostcap_shading"
"""On the scene: colour types before, by view; "" is its own."""
_VERTEX = "VERTEX"


def show_vertex_colours(scene: bpy.types.Scene) -> None:
    """Show the heatmap in all solid views and in the scene's Workbench renders."""
    before = dict(scene.get(_BEFORE, {}))
    for name, shading in _shadings(scene):
        if shading.color_type != _VERTEX:
            before[name] = shading.color_type
            shading.color_type = _VERTEX
    if before:
        scene[_BEFORE] = before


def restore_shading(scene: bpy.types.Scene) -> None:
    """Show what was shown before; a view the user has set otherwise since then stays."""
    before = scene.get(_BEFORE)
    if before is None:
        return
    usual = before.get("", "MATERIAL")
    for name, shading in _shadings(scene):
        # A view opened since then inherited the setting from another.
        if shading.color_type == _VERTEX:
            shading.color_type = before.get(name, usual)
    del scene[_BEFORE]


def _shadings(scene: bpy.types.Scene) -> Iterator[tuple[str, Any]]:
    yield "", scene.display.shading
    for screen in bpy.data.screens:
        for number, area in enumerate(screen.areas):
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    yield f"{screen.name}/{number}", space.shading
