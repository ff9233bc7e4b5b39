# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of tracks: picture, name, frames, how much of the video each covers, how sure it is."""

from __future__ import annotations

from typing import Any

import bpy
import bpy.utils.previews
from bpy.app.translations import pgettext_iface as iface_

from .. import captures
from ..timeline import FIRST_FRAME

_WIDE = 300
"""Pixels of a sidebar with room for the confidence in the list; the details below have it anyway."""
_pictures: list[Any] = []
"""Blender's collection of loaded pictures; empty while the add-on is off."""


def picture_of(item: Any, track_id: int) -> int:
    """The icon number of a person's picture; 0 without one."""
    if not _pictures:
        return 0
    try:
        capture = captures.look_up(captures.folder_of(item))
    except captures.GhostcapError:
        # The panel tells what is wrong with the capture.
        return 0
    row = next((row for row in capture.tracks if row.id == track_id), None)
    path = captures.thumbnail(item, row) if row else None
    if path is None:
        return 0
    # Written again by a new capture, the picture has another time.
    key = f"{path}:{path.stat().st_mtime_ns}"
    loaded = _pictures[0]
    picture = loaded[key] if key in loaded else loaded.load(key, str(path), "IMAGE")
    return picture.icon_id


class GHOSTCAP_UL_tracks(bpy.types.UIList):
    """People of a capture"""

    def draw_item(
        self, context: Any, layout: Any, data: Any, item: Any, icon: int, active_data: Any, active_property: str
    ) -> None:
        """One person."""
        row = layout.row(align=True)
        row.prop(item, "build", text="")
        if picture := picture_of(data, item.track_id):
            row.label(text="", icon_value=picture)
        else:
            row.label(text="", icon="USER")
        split = row.split(factor=0.6)
        name = split.row(align=True)
        name.prop(item, "name", text="", emboss=False, translate=False)
        if item.recommended:
            name.label(text="", icon="SOLO_ON")
        bar = split.row(align=True)
        # A bar that is on takes the click that shall choose the row.
        bar.enabled = False
        first, last = shown_range(data, item)
        bar.progress(factor=item.coverage, text=f"{first}\u2013{last}", type="BAR", translate=False)
        if context.region.width > _WIDE * context.preferences.system.ui_scale:
            sure = row.row()
            sure.ui_units_x = 2.2
            sure.label(text=f"{item.confidence:.0%}", translate=False)


def shown_range(item: Any, track: Any) -> tuple[int, int]:
    """First and last frame of a track on the scene's timeline, where the animator looks."""
    return round(FIRST_FRAME + track.first * item.step), round(FIRST_FRAME + track.last * item.step)


def draw_details(layout: Any, item: Any, track: Any) -> None:
    """The chosen person, larger."""
    box = layout.box()
    row = box.row()
    if picture := picture_of(item, track.track_id):
        row.template_icon(icon_value=picture, scale=4.0)
    column = row.column(align=True)
    column.prop(track, "name", text="", translate=False)
    first, last = shown_range(item, track)
    column.label(text=iface_("Track {:d}, frames {:d} to {:d}").format(track.track_id, first, last), translate=False)
    column.label(text=iface_("Seen in {:.0%} of the video").format(track.coverage), translate=False)
    column.label(text=iface_("Confidence {:.0%}").format(track.confidence), translate=False)
    if track.recommended:
        column.label(text="Main person", icon="SOLO_ON")


def register() -> None:
    """Add the list."""
    bpy.utils.register_class(GHOSTCAP_UL_tracks)
    _pictures.append(bpy.utils.previews.new())


def unregister() -> None:
    """Undo `register`."""
    while _pictures:
        bpy.utils.previews.remove(_pictures.pop())
    bpy.utils.unregister_class(GHOSTCAP_UL_tracks)
