# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions of other programs: AMASS's .npz, read here, and 4D-Humans' demo_*.pkl, read by the backend as a job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, StringProperty

from ..motion.errors import GhostcapError
from . import captures, jobs
from .build import create_character, new_collection
from .character import short_name
from .cleanup import clean_character
from .drop import VIDEO_SUFFIXES, show_sidebar
from .importing import FileChoice, load_capture
from .preferences import backend_problem
from .problems import break_lines, in_words, telling_problems
from .timeline import FIRST_FRAME, set_range, set_rate


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


def find_video(path: Path, chosen: str = "") -> Path | None:
    """The video that demo_dance.pkl was made from: dance.mp4 beside it, or the one chosen to be captured."""
    name = path.stem.removeprefix("demo_")
    beside = [path.with_name(f"{name}{suffix}") for suffix in VIDEO_SUFFIXES]
    named = [Path(bpy.path.abspath(chosen)).absolute()] if chosen else []
    return next((video for video in (*beside, *named) if video.stem == name and video.is_file()), None)


class _MotionFiles(FileChoice):
    """One file or several, from the file browser or dropped."""

    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})

    def for_each(self: Any, bring_in: Callable[[Path], None]) -> set[str]:
        """Bring in each file; one that can't be read does not keep the others out."""
        done = 0
        for path in self.paths():
            try:
                bring_in(path)
                done += 1
            except GhostcapError as error:
                self.report({"ERROR"}, in_words(error))
        return {"FINISHED"} if done else {"CANCELLED"}

    def paths(self: Any) -> list[Path]:
        """The files that were named."""
        names = [file.name for file in self.files if file.name] if self.directory else []
        folder = Path(bpy.path.abspath(self.directory))
        return [folder / name for name in names] or [Path(bpy.path.abspath(self.filepath)).absolute()]


class GHOSTCAP_OT_import_motion(_MotionFiles, bpy.types.Operator):
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
        """Import the files that were named."""

        def bring_in(path: Path) -> None:
            armature = import_motion_file(context, path, self.set_scene)
            self.report({"INFO"}, rpt_("Imported {:s}").format(armature.name))

        return self.for_each(bring_in)


class GHOSTCAP_OT_import_phalp(_MotionFiles, bpy.types.Operator):
    """Bring the people of a file of 4D-Humans (PHALP's demo_*.pkl) in as a capture; nothing in the file is run"""

    bl_idname = "ghostcap.import_phalp"
    bl_label = "Import 4D-Humans Tracks"
    bl_options = {"REGISTER"}

    filename_ext = ".pkl"
    filter_glob: StringProperty(default="*.pkl", options={"HIDDEN"})
    video: StringProperty(
        name="Video",
        description="What it was made from; of demo_dance.pkl, dance.mp4 beside it is found by itself",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    fps: FloatProperty(
        name="Frame Rate",
        description="Frames a second, which the file does not tell; 0 is the video's, and 30 without one",
        min=0.0,
        soft_max=120.0,
    )
    focal_35mm: FloatProperty(
        name="Focal Length",
        description="Of the lens that filmed, as 35 mm equivalent; 0 if unknown",
        subtype="DISTANCE_CAMERA",
        min=0.0,
    )
    out: StringProperty(
        name="Folder", description="Where captures go; beside the file if empty", subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )  # fmt: skip
    overwrite: BoolProperty(
        name="Overwrite", description="Replace a capture that exists", options={"HIDDEN", "SKIP_SAVE"}
    )
    set_scene: BoolProperty(
        name="Set Scene",
        description="Give a scene without captures the video's frame rate, length and size",
        default=True,
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Choose the file; without a backend, show where to get it."""
        if problem := backend_problem(context):
            _show_way_to_backend(context, problem)
            return {"CANCELLED"}
        self.out = self.out or context.scene.ghostcap.out
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue each file that was named; without a window, see it through."""
        if problem := backend_problem(context):
            self.report({"ERROR"}, problem)
            return {"CANCELLED"}
        # Blender shows one question at a time.
        asks = len(self.paths()) == 1 and not bpy.app.background
        show_sidebar(context)

        def bring_in(path: Path) -> None:
            video = self.video or str(find_video(path, context.scene.ghostcap.video) or "")
            with telling_problems():
                bpy.ops.ghostcap.start_import(
                    "INVOKE_DEFAULT" if asks else "EXEC_DEFAULT",
                    filepath=str(path), video=video, fps=self.fps, focal_35mm=self.focal_35mm, out=self.out,
                    overwrite=self.overwrite, set_scene=self.set_scene,
                )  # fmt: skip
            if bpy.app.background:
                load_capture(context, jobs.jobs()[-1].target, self.set_scene)

        return self.for_each(bring_in)


def _show_way_to_backend(context: bpy.types.Context, problem: str) -> None:
    def draw(popup: bpy.types.UIPopupMenu, _context: bpy.types.Context) -> None:
        for line in break_lines(problem, 70):
            popup.layout.label(text=line, translate=False)
        popup.layout.operator("ghostcap.open_preferences", icon="PREFERENCES")

    context.window_manager.popup_menu(draw, title=rpt_("Import 4D-Humans Tracks"), icon="ERROR")


def _draw_import(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_import_phalp.bl_idname, text="4D-Humans / PHALP Tracks (.pkl)")
    menu.layout.operator(GHOSTCAP_OT_import_motion.bl_idname, text="AMASS Motion (.npz)")


_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (GHOSTCAP_OT_import_motion, GHOSTCAP_OT_import_phalp)
)


def register() -> None:
    """Add the operators and their menu entries."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_draw_import)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.TOPBAR_MT_file_import.remove(_draw_import)
    _unregister_classes()
