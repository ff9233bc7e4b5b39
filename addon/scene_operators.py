# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture, build, look through the capture's camera, focus on a character: buttons between capture and cleanup."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty

from . import captures, jobs
from .build import build_tracks
from .footage import place_camera
from .preferences import backend_problem
from .problems import reports_problems, telling_problems
from .tracks.editing import poll_capture, poll_track
from .views import is_looking, look_around, look_through


class GHOSTCAP_OT_capture_video(bpy.types.Operator):
    """Capture the motion of everybody in the video chosen above, in the background"""

    bl_idname = "ghostcap.capture_video"
    bl_label = "Capture Video"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a backend, and a video that is not being captured already."""
        video = context.scene.ghostcap.video
        path = Path(bpy.path.abspath(video)).absolute()
        reason = backend_problem(context)
        if not reason and not video:
            reason = rpt_("Choose a video first")
        elif not reason and not path.is_file():
            reason = rpt_("{:s} does not exist.").format(str(path))
        elif not reason and any(job.source == path and not job.finished for job in jobs.jobs()):
            reason = rpt_("{:s} is being captured already").format(path.name)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Begin; asks before a capture is replaced."""
        return self._start(context, "INVOKE_DEFAULT")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; a script is not asked, and told when there is a capture already."""
        return self._start(context, "EXEC_DEFAULT")

    @reports_problems
    def _start(self, context: bpy.types.Context, how: str) -> set[str]:
        settings = context.scene.ghostcap
        part = {"start": settings.trim_start, "end": settings.trim_end} if settings.use_trim else {}
        with telling_problems():
            return bpy.ops.ghostcap.start_capture(
                how,
                filepath=settings.video,
                out=settings.out,
                estimator=settings.estimator,
                fps=settings.fps,
                height=settings.height,
                focal_35mm=settings.focal_35mm,
                **part,
            )


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

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Build, and leave the main one of the characters active."""
        item = captures.active_capture(context)
        ids = [track.track_id for track in item.tracks if track.build]
        built = build_tracks(context, item, ids, self.body)
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
        return poll_capture(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Make the camera the scene's, and turn the viewports to it."""
        item = captures.active_capture(context)
        camera = place_camera(context, item, captures.look_up(captures.folder_of(item)))
        if is_looking(context, camera):
            look_around(context)
        else:
            look_through(context, camera)
        return {"FINISHED"}


_CLASSES = (GHOSTCAP_OT_capture_video, GHOSTCAP_OT_build, GHOSTCAP_OT_look_through)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
