# SPDX-License-Identifier: GPL-3.0-or-later
"""Build, look through the capture's camera, focus on a character: buttons between capture and cleanup."""

from __future__ import annotations

from math import sqrt
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty

from ..motion.errors import GhostcapError
from . import captures
from .build import build_tracks
from .footage import place_camera
from .tracks.editing import poll_track


class GHOSTCAP_OT_build(bpy.types.Operator):
    """Make an armature with keys, and a body, of each ticked track; those built before are brought up to date"""

    bl_idname = "ghostcap.build"
    bl_label = "Build"
    bl_options = {"REGISTER", "UNDO"}

    body: BoolProperty(name="Body", description="Add a body mesh that follows the bones", default=True)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a ticked track."""
        if not poll_track(cls, context):
            return False
        if not any(track.build for track in captures.active_capture(context).tracks):
            cls.poll_message_set(rpt_("Tick the people to build in the list of tracks"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Build, and leave the main one of the characters active."""
        item = captures.active_capture(context)
        ids = [track.track_id for track in item.tracks if track.build]
        try:
            built = build_tracks(context, item, ids, self.body)
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for thing in context.selected_objects:
            thing.select_set(False)
        for armature in built:
            if armature.visible_get():
                armature.select_set(True)
                context.view_layer.objects.active = built[0] if built[0].visible_get() else armature
        self.report({"INFO"}, rpt_("Built {:s}").format(", ".join(armature.name for armature in built)))
        return {"FINISHED"}


class GHOSTCAP_OT_look_through(bpy.types.Operator):
    """Look through the camera that filmed, or back from it"""

    bl_idname = "ghostcap.look_through"
    bl_label = "Look Through Camera"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a capture that can be read."""
        item = captures.active_capture(context)
        if item is None:
            cls.poll_message_set(rpt_("Capture a video or open a capture first"))
            return False
        if problem := captures.find_problem(item):
            cls.poll_message_set(str(problem))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Make the camera the scene's, and turn the viewports to it."""
        item = captures.active_capture(context)
        camera = place_camera(context, item, captures.look_up(captures.folder_of(item)))
        views = _views(context)
        looking = context.scene.camera == camera and views and all(v.view_perspective == "CAMERA" for v in views)
        context.scene.camera = camera
        for view in views:
            view.view_perspective = "PERSP" if looking else "CAMERA"
        if not looking and len(views) == 1 and bpy.ops.view3d.view_center_camera.poll():
            bpy.ops.view3d.view_center_camera()
            _clear_sidebar(context, views[0])
        return {"FINISHED"}


def _clear_sidebar(context: bpy.types.Context, view: Any) -> None:
    """Shrink the camera's frame, and move it to the left, so that the sidebar over the viewport hides none of it."""
    sidebar = next((region for region in context.area.regions if region.type == "UI"), None)
    window = next(region for region in context.area.regions if region.type == "WINDOW")
    if sidebar is None or sidebar.width <= 1 or not context.preferences.system.use_region_overlap:
        return
    hidden = min(sidebar.width / window.width, 0.6)
    # Blender's zoom z shows the frame ((sqrt(2) + z / 50) / 2) squared times as large.
    scale = ((sqrt(2.0) + view.view_camera_zoom / 50.0) / 2.0) ** 2 * (1.0 - hidden)
    view.view_camera_zoom = (2.0 * sqrt(scale) - sqrt(2.0)) * 50.0
    view.view_camera_offset = (hidden / 4.0 / scale, 0.0)


def _views(context: bpy.types.Context) -> list[Any]:
    """The viewport the mouse is in, or all of the window's."""
    space = context.space_data
    if space is not None and space.type == "VIEW_3D":
        return [space.region_3d]
    if context.screen is None:
        return []
    return [area.spaces.active.region_3d for area in context.screen.areas if area.type == "VIEW_3D"]


_CLASSES = (GHOSTCAP_OT_build, GHOSTCAP_OT_look_through)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
