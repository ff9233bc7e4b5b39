# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels Tracks and Build: who is in the video, and which of them become characters."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from .. import captures
from ..build import find_character
from ..tracks.track_list import draw_details
from ..translations import CONTEXT
from .sidebar import Sidebar, draw_hint


class GHOSTCAP_PT_tracks(Sidebar, bpy.types.Panel):
    """The people in the video"""

    bl_label = "Tracks"
    bl_idname = "GHOSTCAP_PT_tracks"
    header_icon = "COMMUNITY"

    def draw(self, context: bpy.types.Context) -> None:
        """The list with its edits, and the active person."""
        layout, item = self.layout, captures.active_capture(context)
        if item is None:
            draw_hint(layout, text="The people of a capture appear here")
            return
        row = layout.row()
        row.template_list(
            "GHOSTCAP_UL_tracks", "", item, "tracks", item, "active_track", rows=max(3, min(len(item.tracks), 6))
        )
        column = row.column(align=True)
        column.operator("ghostcap.merge_tracks", text="", icon="AUTOMERGE_ON")
        column.operator("ghostcap.split_track", text="", icon="UNLINKED")
        column.operator("ghostcap.trim_track", text="", icon="FULLSCREEN_EXIT")
        column.separator()
        column.operator("ghostcap.restore_tracks", text="", icon="LOOP_BACK")
        track = captures.active_track(context)
        if track is not None:
            draw_details(layout, item, track)
        elif captures.find_problem(item) is None:
            layout.label(text="Nobody was found in this video", icon="INFO")


class GHOSTCAP_PT_build(Sidebar, bpy.types.Panel):
    """Characters of the ticked tracks"""

    bl_label = "Build"
    bl_idname = "GHOSTCAP_PT_build"
    header_icon = "ARMATURE_DATA"

    def draw(self, context: bpy.types.Context) -> None:
        """The button, and what there is already."""
        layout, item = self.layout, captures.active_capture(context)
        settings = context.scene.ghostcap
        layout.prop(settings, "build_body")
        ticked = [track.track_id for track in item.tracks if track.build] if item else []
        there = [track for track in ticked if find_character(context.scene, item, track) is not None]
        text = "Build"
        if ticked:
            count = iface_("Build {:d}").format(len(ticked))
            text = iface_("Update {:d}").format(len(ticked)) if len(there) == len(ticked) else count
        row = layout.row()
        row.scale_y = 1.6
        build = row.operator(
            "ghostcap.build", text=text, text_ctxt=CONTEXT, icon="OUTLINER_OB_ARMATURE", translate=not ticked
        )
        build.body = settings.build_body


_CLASSES = (GHOSTCAP_PT_tracks, GHOSTCAP_PT_build)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
