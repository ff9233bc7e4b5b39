# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in bulk: whole F-curves at once, not one key at a time; written anew in place without losing foreign ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..motion.rig import BONE_NAMES, BoneChannels
from .compat import new_fcurve

_LINEAR = 1
_AUTO_CLAMPED = 4
"""Numbers of Blender's enums, which foreach_set wants instead of names."""
_KEY: Final = {
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "handle_left_type": (1, np.int32),
    "handle_right_type": (1, np.int32),
    "interpolation": (1, np.int32),
}
"""What makes a key, its numbers for each and their type."""


def write_clip(armature: bpy.types.Object, name: str, frames: ArrayLike, channels: BoneChannels) -> bpy.types.Action:
    """A new action with one slot, both called `name`, assigned to the armature.

    frames (T,) are scene frame numbers. Every frame gets a key, linear in between: captured motion is dense, and
    Bezier handles would only overshoot.
    """
    action = start_action(armature, name)
    rewrite_clip(action, frames, channels)
    return action


def start_action(thing: bpy.types.ID, name: str) -> bpy.types.Action:
    """A new action without keys, with one slot, both called `name`, assigned to an object."""
    action = bpy.data.actions.new(name)
    slot = action.slots.new(id_type="OBJECT", name=name)
    action.layers.new(name).strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    animation = thing.animation_data_create()
    animation.action = action
    # Blender's own choice of a slot can come out empty, and then nothing moves.
    animation.action_slot = slot
    return action


def rewrite_clip(action: bpy.types.Action, frames: ArrayLike, channels: BoneChannels) -> None:
    """Write a clip's keys in place of those it has.

    Other curves of the action stay, and so do keys before and after the clip, old and new.
    """
    write_curves(action, frames, _properties(channels))


def write_curves(
    action: bpy.types.Action, frames: ArrayLike, properties: Iterable[tuple[str, str, NDArray[np.float32]]]
) -> None:
    """Keys of properties at scene frames (T,): path, group of the curves, values (T, K). As `rewrite_clip`."""
    frames = np.asarray(frames, dtype=np.float32)
    old_first, old_last = action.frame_start, action.frame_end
    first, last = float(frames[0]), float(frames[-1])
    used = action.use_frame_range
    span = (min(first, old_first), max(last, old_last)) if used else (first, last)
    bag = _channelbag(action)
    for path, bone, values in properties:
        for index in range(values.shape[1]):
            curve = bag.fcurves.find(path, index=index) or new_fcurve(bag, path, index, bone)
            _write_curve(curve, frames, values[:, index], span)
    action.use_frame_range = True
    action.frame_start, action.frame_end = first, last
    # Without a tag the armature keeps its pose until the next frame.
    action.update_tag()


def digest_keys(action: bpy.types.Action) -> str:
    """A digest of the clip's keys within its range: it changes when somebody edits one."""
    digest = hashlib.sha256()
    bag = _channelbag(action)
    for path, count in _paths():
        for index in range(count):
            curve = bag.fcurves.find(path, index=index)
            if curve is not None:
                points = _read_keys(curve, "co")
                inside = (points[:, 0] >= action.frame_start) & (points[:, 0] <= action.frame_end)
                digest.update(points[inside].tobytes())
    return digest.hexdigest()


def digest_channels(frames: ArrayLike, channels: BoneChannels) -> str:
    """What `digest_keys` says of a clip just written, without reading it back."""
    digest = hashlib.sha256()
    frames = np.asarray(frames, dtype=np.float32)
    for _, _, values in _properties(channels):
        for index in range(values.shape[1]):
            digest.update(np.stack([frames, values[:, index]], -1).tobytes())
    return digest.hexdigest()


def _write_curve(
    curve: bpy.types.FCurve, frames: NDArray[np.float32], values: NDArray[np.float32], span: tuple[float, float]
) -> None:
    keys = curve.keyframe_points
    count = len(frames)
    points = np.stack([frames, values], -1)
    if len(keys) == count and keys[0].co[0] == frames[0] and keys[-1].co[0] == frames[-1]:
        # The usual case, many times a second while a slider moves. Interpolation stays as the animator set it.
        keys.foreach_set("co", points.ravel())
        curve.update()
        return
    foreign = _foreign_keys(curve, span) if len(keys) else None
    keys.clear()
    new: dict[str, NDArray[Any]] = {
        "co": points,
        "handle_left": points - [0.3, 0.0],
        "handle_right": points + [0.3, 0.0],
        "handle_left_type": np.full((count, 1), _AUTO_CLAMPED),
        "handle_right_type": np.full((count, 1), _AUTO_CLAMPED),
        "interpolation": np.full((count, 1), _LINEAR),
    }
    if foreign is not None:
        before = int((foreign["co"][:, 0] < frames[0]).sum())
        new = {name: np.concatenate([foreign[name][:before], new[name], foreign[name][before:]]) for name in _KEY}
    keys.add(len(new["co"]))
    for name, (_, kind) in _KEY.items():
        keys.foreach_set(name, new[name].astype(kind).ravel())
    curve.update()


def _foreign_keys(curve: bpy.types.FCurve, span: tuple[float, float]) -> dict[str, NDArray[Any]] | None:
    frames = _read_keys(curve, "co")[:, 0]
    outside = (frames < span[0]) | (frames > span[1])
    return {name: _read_keys(curve, name)[outside] for name in _KEY} if outside.any() else None


def _read_keys(curve: bpy.types.FCurve, name: str) -> NDArray[Any]:
    size, kind = _KEY[name]
    values = np.empty(size * len(curve.keyframe_points), dtype=kind)
    curve.keyframe_points.foreach_get(name, values)
    return values.reshape(-1, size)


def _channelbag(action: bpy.types.Action) -> bpy.types.ActionChannelbag:
    return action.layers[0].strips[0].channelbag(action.slots[0], ensure=True)


def _properties(channels: BoneChannels) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    rotation = np.asarray(channels.rotation, dtype=np.float32)
    for bone, location in zip(BONE_NAMES, (channels.root_location, channels.hips_location), strict=False):
        yield bone_path(bone, "location"), bone, np.asarray(location, dtype=np.float32)
    for index, bone in enumerate(BONE_NAMES):
        yield bone_path(bone, "rotation_quaternion"), bone, rotation[:, index]


def _paths() -> Iterator[tuple[str, int]]:
    for bone in BONE_NAMES[:2]:
        yield bone_path(bone, "location"), 3
    for bone in BONE_NAMES:
        yield bone_path(bone, "rotation_quaternion"), 4


def bone_path(bone: str, prop: str) -> str:
    """Where an F-curve of a bone's property points."""
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"].{prop}'
