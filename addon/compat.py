# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between Blender 4.5 LTS and 5.2 LTS, in one place."""

from __future__ import annotations

import bpy

NAME_BYTES = 255 if bpy.app.version >= (5, 0, 0) else 63
"""Longest name of a datablock, in UTF-8 bytes."""


def new_fcurve(channelbag: bpy.types.ActionChannelbag, path: str, index: int, group: str) -> bpy.types.FCurve:
    """An F-curve in the named group of a channelbag that does not have it yet."""
    if bpy.app.version >= (5, 0, 0):
        return channelbag.fcurves.new(path, index=index, group_name=group)
    curve = channelbag.fcurves.new(path, index=index)
    curve.group = channelbag.groups.get(group) or channelbag.groups.new(group)
    return curve


def select_pose_bone(bone: bpy.types.PoseBone, select: bool = True) -> None:
    """Select a bone of a posed armature."""
    if bpy.app.version >= (5, 0, 0):
        bone.select = select
    else:
        bone.bone.select = select


def node_input_path(modifier: bpy.types.Modifier, identifier: str) -> str:
    """Data path, from the object, of an input of a geometry node modifier. Blender adapts it in older files."""
    name = bpy.utils.escape_identifier(modifier.name)
    if hasattr(modifier, "properties"):
        return f'modifiers["{name}"].properties.inputs.{identifier}.value'
    return f'modifiers["{name}"]["{identifier}"]'
