# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in bulk: whole F-curves at once, not one key at a time."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..motion.rig import BONE_NAMES, BoneChannels
from .compat import new_fcurve

_LINEAR = 1
_AUTO_CLAMPED = 4
"""Numbers of Blender's enums, which foreach_set wants instead of names."""


def write_clip(armature: bpy.types.Object, name: str, frames: ArrayLike, channels: BoneChannels) -> bpy.types.Action:
    """A new action with one slot, both called `name`, assigned to the armature.

    frames (T,) are scene frame numbers. Every frame gets a key, linear in between: captured motion is dense, and
    Bezier handles would only overshoot.
    """
    frames = np.asarray(frames, dtype=np.float32)
    action = bpy.data.actions.new(name)
    slot = action.slots.new(id_type="OBJECT", name=name)
    channelbag = action.layers.new(name).strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    _write_property(channelbag, BONE_NAMES[0], "location", frames, channels.root_location)
    _write_property(channelbag, BONE_NAMES[1], "location", frames, channels.hips_location)
    for index, bone in enumerate(BONE_NAMES):
        _write_property(channelbag, bone, "rotation_quaternion", frames, channels.rotation[:, index])
    action.use_frame_range = True
    action.frame_start, action.frame_end = float(frames[0]), float(frames[-1])
    animation = armature.animation_data_create()
    animation.action = action
    # Blender's own choice of a slot can come out empty, and then nothing moves.
    animation.action_slot = slot
    return action


def _write_property(
    channelbag: bpy.types.ActionChannelbag, bone: str, prop: str, frames: NDArray[np.float32], values: ArrayLike
) -> None:
    path = f'pose.bones["{bpy.utils.escape_identifier(bone)}"].{prop}'
    columns = np.asarray(values, dtype=np.float32)
    points = np.empty((len(frames), 2), dtype=np.float32)
    points[:, 0] = frames
    linear, clamped = np.full(len(frames), _LINEAR), np.full(len(frames), _AUTO_CLAMPED)
    for index in range(columns.shape[1]):
        curve = new_fcurve(channelbag, path, index, bone)
        keys = curve.keyframe_points
        keys.add(len(frames))
        points[:, 1] = columns[:, index]
        keys.foreach_set("co", points.ravel())
        keys.foreach_set("interpolation", linear)
        # Only seen when somebody turns the keys into Bezier ones later.
        keys.foreach_set("handle_left_type", clamped)
        keys.foreach_set("handle_right_type", clamped)
        curve.update()
