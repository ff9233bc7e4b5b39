# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures brought into the scene: File > Import, the sidebar, scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..motion.errors import GhostcapError
from . import captures
from .build import build_tracks
from .footage import load_video
from .problems import reports_problems
from .properties import ROOT_ITEMS
from .views import look_through


def load_capture(context: bpy.types.Context, folder: Path, set_scene: bool = True, video: bool = True) -> None:
    """Add a capture to the scene's list and show its video; a video that is gone is no reason to stop.

    CaptureError when the folder holds no capture.
    """
    item = captures.open_capture(context, folder, set_scene)
    capture = captures.look_up(folder)
    if video and item.video_display == "NONE" and captures.find_video(item, capture) is not None:
        # Setting the property shows the video.
        item.video_display = "CAMERA"
        look_through(context, item.camera)


class FileChoice(ImportHelper):
    """A file from the file browser; of one that was dropped only the options are asked."""

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask what is not known yet."""
        if not self.filepath:
            return super().invoke(context, event)
        return context.window_manager.invoke_props_dialog(
            self, title=Path(self.filepath).name, confirm_text=rpt_(self.bl_label), translate=False
        )


class GHOSTCAP_OT_open_capture(FileChoice, bpy.types.Operator):
    """Open a capture that was made before: its people appear in the list of tracks, its video behind the camera"""

    bl_idname = "ghostcap.open_capture"
    bl_label = "Open Capture"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="capture.json", options={"HIDDEN"})
    set_scene: BoolProperty(
        name="Set Scene",
        description="Give a scene without captures the video's frame rate, length and size",
        default=True,
    )
    video: BoolProperty(name="Show Video", description="Add the camera with the video behind it", default=True)

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Open the capture.json, or the folder, that was named."""
        load_capture(context, capture_folder(self.filepath), self.set_scene, self.video)
        return {"FINISHED"}


class GHOSTCAP_OT_close_capture(bpy.types.Operator):
    """Take the active capture out of the list; what was built of it, and its files, stay"""

    bl_idname = "ghostcap.close_capture"
    bl_label = "Close Capture"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a capture."""
        if captures.active_capture(context) is None:
            cls.poll_message_set(rpt_("There is no capture in this scene"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take it out."""
        settings = context.scene.ghostcap
        settings.captures.remove(settings.active_capture)
        settings.active_capture = max(0, min(settings.active_capture, len(settings.captures) - 1))
        return {"FINISHED"}


class GHOSTCAP_OT_locate_capture(bpy.types.Operator, ImportHelper):
    """Say where the active capture is now; its characters follow"""

    bl_idname = "ghostcap.locate_capture"
    bl_label = "Locate Capture"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="capture.json", options={"HIDDEN"})

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the new place, once a capture is really there."""
        item = captures.active_capture(context)
        folder = capture_folder(self.filepath)
        captures.look_up(folder)
        before = captures.folder_of(item)
        for thing in bpy.data.objects:
            source = thing.ghostcap
            if source.folder and source.track and captures.find_folder(source.folder) == before:
                source.folder = str(folder)
        item.folder = str(folder)
        captures.sync(item)
        return {"FINISHED"}


class GHOSTCAP_OT_locate_video(bpy.types.Operator, ImportHelper):
    """Say where the video of the active capture is now"""

    bl_idname = "ghostcap.locate_video"
    bl_label = "Locate Video"
    bl_options = {"REGISTER", "UNDO"}

    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the new place and show the video."""
        item = captures.active_capture(context)
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            raise GhostcapError(f"{path} does not exist.")
        load_video(path)
        item.video = str(path)
        if item.video_display == "NONE":
            item.video_display = "CAMERA"
        return {"FINISHED"}


class GHOSTCAP_OT_import_capture(FileChoice, bpy.types.Operator):
    """Bring captured people into the scene: armature, keys and body"""

    bl_idname = "ghostcap.import_capture"
    bl_label = "Import Ghostcap Capture"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="capture.json", options={"HIDDEN"})
    people: EnumProperty(
        name="People",
        items=(
            ("main", "Main Person", "The person the capture recommends"),
            ("all", "Everybody", "All people of the capture"),
        ),
        default="all",
    )
    root_motion: EnumProperty(name="Root Motion", items=ROOT_ITEMS, default="root")
    to_origin: BoolProperty(
        name="Begin at Origin", description="Begin each clip at the world's origin, facing the front", default=False
    )
    body: BoolProperty(name="Body", description="Add the body mesh", default=True)
    video: BoolProperty(name="Show Video", description="Add the camera with the video behind it", default=False)
    set_scene: BoolProperty(
        name="Set Scene Frame Rate and Range", description="Play the scene as the video plays", default=True
    )

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import what the file dialog, or a script, named: capture.json or its folder."""
        folder = capture_folder(self.filepath)
        load_capture(context, folder, self.set_scene, self.video)
        item = captures.active_capture(context)
        main = captures.look_up(folder).recommended().id if self.people == "main" else None
        ids = [track.track_id for track in item.tracks if main in (None, track.track_id)]
        built = build_tracks(context, item, ids, self.body)
        for armature in built:
            cleanup = armature.ghostcap.cleanup
            if self.root_motion != cleanup.root_motion:
                cleanup.root_motion = self.root_motion
            if self.to_origin != cleanup.to_origin:
                cleanup.to_origin = self.to_origin
        names = ", ".join(armature.name for armature in built)
        self.report({"INFO"}, rpt_("Imported {:s}").format(names) if names else rpt_("Nobody was found in this video"))
        return {"FINISHED"}


def capture_folder(path: str) -> Path:
    """The folder of a capture, named by itself or by its capture.json."""
    chosen = Path(bpy.path.abspath(path))
    return chosen.parent if chosen.name == "capture.json" else chosen


def _draw_import(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_import_capture.bl_idname, text="Ghostcap Capture (capture.json)")


_CLASSES = (
    GHOSTCAP_OT_open_capture,
    GHOSTCAP_OT_close_capture,
    GHOSTCAP_OT_locate_capture,
    GHOSTCAP_OT_locate_video,
    GHOSTCAP_OT_import_capture,
)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    """Add the operators and their menu entries."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_draw_import)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.TOPBAR_MT_file_import.remove(_draw_import)
    _unregister_classes()
