# SPDX-License-Identifier: GPL-3.0-or-later
"""The heatmap on bones: drivers of the pose bones' own colours, which play without Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np

from ...motion.compare.coaching import read_colouring
from .animation import drive
from .deviation_curves import FROM, TO, deviation_name, list_joints, path_of, seen_name

_BEFORE: Final = "ghostcap_color"
"""On a pose bone: its palette and colours before, the palette as a number."""
_PALETTES: Final = tuple(item.identifier for item in bpy.types.BoneColor.bl_rna.properties["palette"].enum_items)
_STATES: Final = ("normal", "select", "active")


def paint_bones(user: bpy.types.Object, ghost: bpy.types.Object, bones: Mapping[int, str]) -> list[str]:
    """Have the user's bones show the deviations; bones names each joint's bone. Returns those painted."""
    restore_bones(user)
    if user.library is not None or not user.is_editable:
        return []
    painted = []
    for joint in list_joints(ghost):
        bone = user.pose.bones.get(bones.get(joint, ""))
        if bone is None:
            continue
        _remember(bone)
        bone.color.palette = "CUSTOM"
        grey = read_colouring().unjudged
        bone.color.custom.select = bone.color.custom.active = [0.4 + 0.6 * part / 255 for part in grey]
        sources = {
            "o": (ghost, path_of(deviation_name(joint))),
            "s": (ghost, path_of(seen_name(joint))),
            "a": (ghost, path_of(FROM)),
            "b": (ghost, path_of(TO)),
        }
        for channel in range(3):
            drive(user, _path(bone.name), sources, _ramp_expression(channel), channel)
        painted.append(bone.name)
    return painted


def list_painted(user: bpy.types.Object) -> list[bpy.types.PoseBone]:
    """Bones that show a deviation now."""
    return [bone for bone in user.pose.bones if _BEFORE in bone] if user.pose is not None else []


def restore_bones(user: bpy.types.Object) -> None:
    """Give the bones the colours they had before `paint_bones`."""
    for bone in list_painted(user):
        before = bone[_BEFORE]
        for channel in range(3):
            user.driver_remove(_path(bone.name), channel)
        values = np.array(before, dtype=float)
        bone.color.palette = _PALETTES[int(values[0])]
        for state, colour in zip(_STATES, values[1:].reshape(3, 3), strict=True):
            setattr(bone.color.custom, state, colour)
        del bone[_BEFORE]


def _remember(bone: bpy.types.PoseBone) -> None:
    colours = [part for state in _STATES for part in getattr(bone.color.custom, state)]
    bone[_BEFORE] = [float(_PALETTES.index(bone.color.palette)), *colours]


def _path(bone: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"].color.custom.normal'


def _ramp_expression(channel: int) -> str:
    """The colour ramp as a sum of straight pieces. Bone colours are sRGB, as the preset's."""
    colouring = read_colouring()
    stops = np.array(colouring.ramp)[:, channel] / 255
    # Blender keeps 255 characters of an expression.
    place = f"{len(stops) - 1}*(o-a)/max(b-a,.1)"
    pieces = [f"{step:+.3f}*clamp({place}-{number})" for number, step in enumerate(np.diff(stops)) if abs(step) > 1e-4]
    return f"{stops[0]:.3f}{''.join(pieces)} if s > .5 else {colouring.unjudged[channel] / 255:.3f}"
