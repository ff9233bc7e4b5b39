# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures and motion files brought into the scene: File > Import, the sidebar, scripts."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..motion.errors import GhostcapError
from . import captures
from .build import build_tracks, create_character, new_collection
from .character import short_name
from .cleanup import clean_character
from .footage import load_video
from .properties import ROOT_ITEMS
from .timeline import FIRST_FRAME, set_range, set_rate
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


def import_motion_file(context: bpy.types.Context, path: Path, set_scene: bool = True) -> bpy.types.Object:
    """A motion file of AMASS as an armature with keys; returns the armature. CaptureError when it is none.

    With `set_scene` a scene without captures plays at the file's rate; otherwise the motion is laid out at the
    scene's.
    """
    track, body = captures.read_motion_file(path)
    scene = context.scene
    fresh = not any(thing.type == "ARMATURE" and thing.ghostcap.folder for thing in scene.objects)
    if set_scene and fresh and not len(scene.ghostcap.captures):
        set_rate(scene, track.mocap_framerate)
    step = scene.render.fps / scene.render.fps_base / track.mocap_framerate
    collection = new_collection(context, short_name(path.stem))
    armature = create_character(context, collection, short_name(path.stem), track, body)
    source = armature.ghostcap
    source.folder, source.track = str(path), 0
    source.step = 1.0 if abs(step - 1.0) < 1e-4 else step
    clean_character(armature)
    if set_scene and fresh:
        set_range(scene, FIRST_FRAME, round(FIRST_FRAME + (len(track.frame) - 1) * source.step))
    return armature


class GHOSTCAP_OT_open_capture(bpy.types.Operator, ImportHelper):
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

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Open the capture.json, or the folder, that was named."""
        try:
            load_capture(context, capture_folder(self.filepath), self.set_scene, self.video)
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
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

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the new place, once a capture is really there."""
        item = captures.active_capture(context)
        folder = capture_folder(self.filepath)
        try:
            captures.look_up(folder)
            before = captures.folder_of(item)
            for thing in bpy.data.objects:
                source = thing.ghostcap
                if source.folder and source.track and captures.find_folder(source.folder) == before:
                    source.folder = str(folder)
            item.folder = str(folder)
            captures.sync(item)
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class GHOSTCAP_OT_locate_video(bpy.types.Operator, ImportHelper):
    """Say where the video of the active capture is now"""

    bl_idname = "ghostcap.locate_video"
    bl_label = "Locate Video"
    bl_options = {"REGISTER", "UNDO"}

    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take the new place and show the video."""
        item = captures.active_capture(context)
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            self.report({"ERROR"}, rpt_("{:s} does not exist.").format(str(path)))
            return {"CANCELLED"}
        try:
            load_video(path)
            item.video = str(path)
            if item.video_display == "NONE":
                item.video_display = "CAMERA"
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class GHOSTCAP_OT_import_capture(bpy.types.Operator, ImportHelper):
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

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import what the file dialog, or a script, named: capture.json or its folder."""
        folder = capture_folder(self.filepath)
        try:
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
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        names = ", ".join(armature.name for armature in built)
        self.report({"INFO"}, rpt_("Imported {:s}").format(names) if names else rpt_("Nobody was found in this video"))
        return {"FINISHED"}


class GHOSTCAP_OT_import_motion(bpy.types.Operator, ImportHelper):
    """Bring motion of the AMASS archive, or of other tools that write its files, into the scene"""

    bl_idname = "ghostcap.import_motion"
    bl_label = "Import AMASS Motion"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz", options={"HIDDEN"})
    set_scene: BoolProperty(
        name="Set Scene Frame Rate and Range",
        description="Play a scene without captures as the motion plays",
        default=True,
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import the file that was named."""
        try:
            armature = import_motion_file(context, Path(bpy.path.abspath(self.filepath)), self.set_scene)
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, rpt_("Imported {:s}").format(armature.name))
        return {"FINISHED"}


def capture_folder(path: str) -> Path:
    """The folder of a capture, named by itself or by its capture.json."""
    chosen = Path(bpy.path.abspath(path))
    return chosen.parent if chosen.name == "capture.json" else chosen


def _draw_import(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_import_capture.bl_idname, text="Ghostcap Capture (capture.json)")
    menu.layout.operator(GHOSTCAP_OT_import_motion.bl_idname, text="AMASS Motion (.npz)")


_CLASSES = (
    GHOSTCAP_OT_open_capture,
    GHOSTCAP_OT_close_capture,
    GHOSTCAP_OT_locate_capture,
    GHOSTCAP_OT_locate_video,
    GHOSTCAP_OT_import_capture,
    GHOSTCAP_OT_import_motion,
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
