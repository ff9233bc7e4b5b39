# SPDX-License-Identifier: GPL-3.0-or-later
"""Solid views and Workbench renders show colour attributes only when told to; what was set before comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
from bpy.app.handlers import persistent

_BEFORE = "ghostcap_shading"
"""On the scene: colour types before, by view; "" is its own."""
_VERTEX = "VERTEX"
_session: dict[str, str] = {}
"""What views showed before in this session: Undo takes the scene's memory away and leaves the views as they are."""


def show_vertex_colours(scene: bpy.types.Scene) -> None:
    """Show the heatmap in all solid views and in the scene's Workbench renders."""
    before = dict(scene.get(_BEFORE, {}))
    if scene.display.shading.color_type != _VERTEX:
        before[""] = scene.display.shading.color_type
        scene.display.shading.color_type = _VERTEX
    for name, shading in _views():
        if shading.color_type != _VERTEX:
            before[name] = _session[name] = shading.color_type
            shading.color_type = _VERTEX
    if before:
        scene[_BEFORE] = before


def restore_shading(scene: bpy.types.Scene) -> None:
    """Show what was shown before; a view the user has set otherwise since then stays."""
    if _BEFORE not in scene:
        return
    before = dict(scene[_BEFORE])
    usual = before.pop("", None)
    if usual is not None and scene.display.shading.color_type == _VERTEX:
        scene.display.shading.color_type = usual
    del scene[_BEFORE]
    heir = next((other for other in bpy.data.scenes if _BEFORE in other), None)
    if heir is None:
        _restore_views(before, usual or "MATERIAL")
    else:
        # Another scene's heatmap is still to be seen in the same views.
        heir[_BEFORE] = {**before, **dict(heir[_BEFORE])}


def _restore_views(before: dict[str, str], usual: str) -> None:
    for name, shading in _views():
        # A view opened since then inherited the setting from another.
        if shading.color_type == _VERTEX:
            shading.color_type = before.get(name, usual)
    _session.clear()


def _views() -> Iterator[tuple[str, Any]]:
    for screen in bpy.data.screens:
        for number, area in enumerate(screen.areas):
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    yield f"{screen.name}/{number}", space.shading


@persistent
def _after_undo(*_: Any) -> None:
    """Bring the views in step with a heatmap that Undo took away, or Redo brought back."""
    shown = next((scene for scene in bpy.data.scenes if _BEFORE in scene), None)
    if shown is None:
        if _session:
            _restore_views(dict(_session), "MATERIAL")
    elif not _session:
        for name, shading in _views():
            if shading.color_type == shown[_BEFORE].get(name, _VERTEX) != _VERTEX:
                _session[name] = shading.color_type
                shading.color_type = _VERTEX


@persistent
def _after_load(*_: Any) -> None:
    _session.clear()
    # A file's views come with what they show.
    for scene in bpy.data.scenes:
        _session.update({name: kind for name, kind in dict(scene.get(_BEFORE, {})).items() if name})


_HANDLERS = (
    (bpy.app.handlers.undo_post, _after_undo),
    (bpy.app.handlers.redo_post, _after_undo),
    (bpy.app.handlers.load_post, _after_load),
)


def register() -> None:
    """Listen to Undo and Redo."""
    for handlers, handler in _HANDLERS:
        handlers.append(handler)


def unregister() -> None:
    """Undo `register`."""
    for handlers, handler in _HANDLERS:
        handlers.remove(handler)
