# SPDX-License-Identifier: GPL-3.0-or-later
"""Build, look through the capture's camera, focus on a character: buttons between capture and cleanup."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty

from ..motion.errors import GhostcapError
from . import captures
from .build import build_tracks
from .footage import place_camera
from .tracks.editing import poll_track
from .views import is_looking, look_around, look_through


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
        if is_looking(context, camera):
            look_around(context)
        else:
            look_through(context, camera)
        return {"FINISHED"}


_CLASSES = (GHOSTCAP_OT_build, GHOSTCAP_OT_look_through)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
