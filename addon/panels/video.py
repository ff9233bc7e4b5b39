# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Video: which one, what is known of it, the large button, and what is being captured."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from .. import captures, jobs
from ..footage import find_video_problem
from ..jobs.display import draw_job
from ..preferences import backend_problem
from .sidebar import Sidebar, draw_hint, draw_problem


class GHOSTCAP_PT_video(Sidebar, bpy.types.Panel):
    """Choose a video and capture it"""

    bl_label = "Video"
    bl_idname = "GHOSTCAP_PT_video"
    header_icon = "FILE_MOVIE"

    def draw(self, context: bpy.types.Context) -> None:
        """From the file to the button, then what runs."""
        layout, settings = self.layout, context.scene.ghostcap
        layout.prop(settings, "video", text="")
        if not settings.video:
            draw_hint(layout, text="Or drop a video into the viewport", icon="IMPORT")
        problem = backend_problem(context)
        if problem:
            column = draw_problem(layout, context, problem)
            column.operator("ghostcap.open_preferences", icon="PREFERENCES")
        row = layout.row()
        row.scale_y = 1.6
        row.operator("ghostcap.capture_video", icon="PLAY")
        for job in jobs.jobs():
            draw_job(layout.box(), job)


class GHOSTCAP_PT_video_options(Sidebar, bpy.types.Panel):
    """What to capture of the video, and what is known about it"""

    bl_label = "Options"
    bl_idname = "GHOSTCAP_PT_video_options"
    bl_parent_id = "GHOSTCAP_PT_video"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Choices with good defaults."""
        layout, settings = self.layout, context.scene.ghostcap
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(settings, "estimator")
        column = layout.column(align=True, heading="Trim")
        column.prop(settings, "use_trim", text="Part of the Video")
        sub = column.column(align=True)
        sub.active = settings.use_trim
        sub.prop(settings, "trim_start")
        sub.prop(settings, "trim_end")
        column = layout.column(align=True)
        column.prop(settings, "height")
        column.prop(settings, "focal_35mm")
        column.prop(settings, "fps")
        layout.prop(settings, "out")


class GHOSTCAP_PT_captures(Sidebar, bpy.types.Panel):
    """The captures of this scene, and their videos in it"""

    bl_label = "Captures"
    bl_idname = "GHOSTCAP_PT_captures"
    header_icon = "CAMERA_DATA"

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and the video of the active one."""
        layout, settings = self.layout, context.scene.ghostcap
        row = layout.row()
        rows = 2 if len(settings.captures) < 3 else 3
        row.template_list(
            "GHOSTCAP_UL_captures", "", settings, "captures", settings, "active_capture", rows=rows, maxrows=4
        )
        column = row.column(align=True)
        column.operator("ghostcap.open_capture", text="", icon="ADD")
        column.operator("ghostcap.close_capture", text="", icon="REMOVE")
        column.separator()
        column.operator("ghostcap.import_phalp", text="", icon="IMPORT")
        item = captures.active_capture(context)
        if item is None:
            draw_hint(layout, text="Capture a video or open a capture")
            return
        if problem := captures.find_problem(item):
            column = draw_problem(layout, context, problem)
            if problem.code == "edited":
                column.operator("ghostcap.refresh_tracks", icon="FILE_REFRESH")
            else:
                column.operator("ghostcap.locate_capture", icon="FILE_FOLDER")
            return
        capture = captures.look_up(captures.folder_of(item))
        info = layout.column(align=True)
        info.active = False
        video = capture.video
        facts = rpt_("{:d} \u00d7 {:d}, {:g} fps, {:.1f} s")
        facts = facts.format(video.width, video.height, video.fps, video.frames / video.fps)
        info.label(text=facts, translate=False)
        if captures.came_without_video(capture) and not item.video:
            layout.operator("ghostcap.locate_video", icon="FILE_MOVIE")
        elif gone := find_video_problem(item, capture):
            draw_problem(layout, context, gone).operator("ghostcap.locate_video", icon="FILE_FOLDER")
        split = layout.split(factor=0.4)
        split.label(text="Show Video")
        split.prop(item, "video_display", text="")
        row = layout.row(align=True)
        row.operator("ghostcap.look_through", icon="VIEW_CAMERA")
        row.prop(settings, "show_overlay", text="", icon="ARMATURE_DATA")


class GHOSTCAP_UL_captures(bpy.types.UIList):
    """Captures of a scene"""

    def draw_item(
        self, context: Any, layout: Any, data: Any, item: Any, icon: int, active_data: Any, active_property: str
    ) -> None:
        """One capture."""
        broken = captures.find_problem(item) is not None
        layout.prop(item, "name", text="", emboss=False, icon="ERROR" if broken else "FILE_MOVIE", translate=False)
        row = layout.row()
        row.alignment, row.active = "RIGHT", False
        row.label(text=str(len(item.tracks)), icon="USER", translate=False)


class GHOSTCAP_OT_open_preferences(bpy.types.Operator):
    """Open the add-on's preferences, where the backend is installed"""

    bl_idname = "ghostcap.open_preferences"
    bl_label = "Open Preferences"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show them."""
        bpy.ops.preferences.addon_show(module=(__package__ or "").rpartition(".addon.")[0])
        return {"FINISHED"}


_CLASSES = (
    GHOSTCAP_OT_open_preferences,
    GHOSTCAP_UL_captures,
    GHOSTCAP_PT_video,
    GHOSTCAP_PT_video_options,
    GHOSTCAP_PT_captures,
)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
