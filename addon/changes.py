# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens when the user changes a property: called by Blender, which knows no other way to say it than print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..motion.errors import GhostcapError
from .problems import in_words

_paused = False


@contextmanager
def pause_changes() -> Iterator[None]:
    """Set properties of several characters without acting on each."""
    global _paused  # noqa: PLW0603 - Blender's callbacks carry no state of their own
    before, _paused = _paused, True
    try:
        yield
    finally:
        _paused = before


def redraw_views(_owner: Any, context: bpy.types.Context) -> None:
    """Draw the viewports again."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def change_cleanup(cleanup: Any, context: bpy.types.Context) -> None:
    """Write the character's keys again."""
    from .cleanup import clean_character

    _do(context, lambda: clean_character(cleanup.id_data))


def change_track_name(track: Any, context: bpy.types.Context) -> None:
    """Store the name in the capture."""
    from .tracks.editing import store_name

    _do(context, lambda: store_name(track))


def change_video_display(item: Any, context: bpy.types.Context) -> None:
    """Show the video where the user wants it now."""
    from .footage import show_video

    _do(context, lambda: show_video(context, item))


def _do(context: bpy.types.Context, change: Callable[[], Any]) -> None:
    if _paused:
        return
    try:
        change()
    except GhostcapError as error:
        message = in_words(error)
        if bpy.app.background or not context.window_manager.windows:
            print(f"Ghostcap: {message}")  # noqa: T201 - there is no window to tell it in
            return

        def draw(popup: bpy.types.UIPopupMenu, _context: bpy.types.Context) -> None:
            popup.layout.label(text=message, translate=False)

        context.window_manager.popup_menu(draw, title="Ghostcap", icon="ERROR")
