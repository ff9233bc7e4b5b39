# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Export > Ghostcap Clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from .export import export_clip, file_name
from .problems import reports_problems
from .targets import DEFAULT_TARGET, FORMATS, Format, list_targets, read_target

# Blender keeps no reference to the strings of a computed enum; without one they are freed and show as rubbish.
_target_items: list[tuple[str, str, str]] = []


def list_target_items(_owner: Any, _context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    """The export targets, for a property to choose from."""
    if not _target_items:
        for name in list_targets():
            target = read_target(name)
            _target_items.append((name, target.label, target.description))
    return _target_items


class GHOSTCAP_OT_export_clip(bpy.types.Operator, ExportHelper):
    """Write the active armature's clip for a game engine or another program"""

    bl_idname = "ghostcap.export_clip"
    bl_label = "Export Ghostcap Clip"
    bl_options = {"REGISTER"}

    filename_ext = ".fbx"
    filter_glob: StringProperty(default="*.fbx;*.glb;*.bvh", options={"HIDDEN"})
    target: EnumProperty(name="For", description="Program the file is meant for", items=list_target_items)
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
            cls.poll_message_set(rpt_("Select an armature or its body"))
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

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        path = export_clip(
            context,
            _active_armature(context),
            Path(bpy.path.abspath(self.filepath)),
            self._format(),
            read_target(self.target or DEFAULT_TARGET),
            self.overwrite,
        )
        self.report({"INFO"}, rpt_("Wrote {:s}").format(str(path)))
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


def _draw_export(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(GHOSTCAP_OT_export_clip.bl_idname, text="Ghostcap Clip (.fbx/.glb/.bvh)")


_CLASSES = (GHOSTCAP_OT_export_clip,)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    """Register the operator and its menu entry."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_export.append(_draw_export)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.TOPBAR_MT_file_export.remove(_draw_export)
    _unregister_classes()
