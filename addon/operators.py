# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import > Ghostcap Capture and File > Export > Ghostcap Clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..motion.capture import read_capture
from ..motion.errors import GhostcapError
from .character import ImportOptions, import_capture
from .export import export_clip, file_name
from .targets import DEFAULT_TARGET, FORMATS, Format, list_targets, read_target

_ROOT_ITEMS = (
    ("root", "Root Bone", "The bone root carries path and heading on the ground, as game engines want it"),
    ("hips", "Hips", "The hips carry everything, the bone root stays at the origin"),
    ("in_place", "In Place", "As Hips, without travelling"),
)
# Blender keeps no reference to the strings of a computed enum; without one they are freed and show as rubbish.
_target_items: list[tuple[str, str, str]] = []


def _list_target_items(_operator: Any, _context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    if not _target_items:
        for name in list_targets():
            target = read_target(name)
            _target_items.append((name, target.label, target.description))
    return _target_items


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
    root_motion: EnumProperty(name="Root Motion", items=_ROOT_ITEMS, default="root")
    to_origin: BoolProperty(
        name="Begin at Origin", description="Begin each clip at the world's origin, facing the front", default=False
    )
    body: BoolProperty(name="Body", description="Add the body mesh", default=True)
    set_scene: BoolProperty(
        name="Set Scene Frame Rate and Range", description="Play the scene as the video plays", default=True
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import what the file dialog, or a script, named: capture.json or its folder."""
        path = Path(bpy.path.abspath(self.filepath))
        folder = path.parent if path.name == "capture.json" else path
        options = ImportOptions(self.root_motion, self.to_origin, self.body, self.set_scene)
        try:
            tracks = [read_capture(folder).recommended().id] if self.people == "main" else None
            characters = import_capture(context, folder, tracks, options)
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Imported {', '.join(character.clip for character in characters) or 'nobody'}")
        return {"FINISHED"}


class GHOSTCAP_OT_export_clip(bpy.types.Operator, ExportHelper):
    """Write the active armature's clip for a game engine or another program"""

    bl_idname = "ghostcap.export_clip"
    bl_label = "Export Ghostcap Clip"
    bl_options = {"REGISTER"}

    filename_ext = ".fbx"
    filter_glob: StringProperty(default="*.fbx;*.glb;*.bvh", options={"HIDDEN"})
    target: EnumProperty(name="For", description="Program the file is meant for", items=_list_target_items)
    file_format: EnumProperty(
        name="Format",
        items=(("target", "As the program likes", ""), *((name, name.upper(), "") for name in FORMATS)),
        default="target",
    )
    overwrite: BoolProperty(name="Overwrite", default=False, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an armature, or its body, as the active object."""
        if _active_armature(context) is None:
            cls.poll_message_set("Select an armature or its body")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Suggest the clip's name."""
        armature = _active_armature(context)
        animation = armature.animation_data if armature else None
        clip = animation.action.name if animation and animation.action else "clip"
        self.filepath = file_name(clip, self._format())
        # The file dialog itself asks before it replaces a file.
        self.overwrite = True
        return super().invoke(context, event)

    def check(self, context: bpy.types.Context) -> bool:
        """Keep the name's suffix in step with the format."""
        wanted = str(Path(self.filepath).with_suffix(f".{self._format()}"))
        changed = bool(self.filepath) and wanted != self.filepath
        if changed:
            self.filepath = wanted
        return changed

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        try:
            path = export_clip(
                context,
                _active_armature(context),
                Path(bpy.path.abspath(self.filepath)),
                self._format(),
                read_target(self.target or DEFAULT_TARGET),
                self.overwrite,
            )
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Wrote {path}")
        return {"FINISHED"}

    def _format(self) -> Format:
        chosen = read_target(self.target or DEFAULT_TARGET).format
        formats: dict[str, Format] = {name: name for name in FORMATS}
        return formats.get(self.file_format, chosen)


def _active_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    active = context.active_object
    if active is not None and active.type == "MESH":
        active = active.parent
    return active if active is not None and active.type == "ARMATURE" else None


def _draw_import(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_import_capture.bl_idname, text="Ghostcap Capture (capture.json)")


def _draw_export(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_export_clip.bl_idname, text="Ghostcap Clip (.fbx/.glb/.bvh)")


_CLASSES = (GHOSTCAP_OT_import_capture, GHOSTCAP_OT_export_clip)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    """Register the operators and their menu entries."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_draw_import)
    bpy.types.TOPBAR_MT_file_export.append(_draw_export)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.TOPBAR_MT_file_export.remove(_draw_export)
    bpy.types.TOPBAR_MT_file_import.remove(_draw_import)
    _unregister_classes()
