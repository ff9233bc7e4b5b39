# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects and poses at many frames, from their F-curves at once, where nothing but plain actions moves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...motion.rotations import matrix_from_axis_angle, matrix_from_quaternion
from ..keys import bone_path

Array = NDArray[np.floating]
Curves = Mapping[tuple[str, int], bpy.types.FCurve]
_LINEAR = 1
_OBJECT_PATHS = ("location", "rotation", "scale", "delta_")
_MOVING = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale", "rotation_mode")
_AXES = {"X": 0, "Y": 1, "Z": 2}


def read_poses(armature: bpy.types.Object, bones: Sequence[str], frames: Sequence[int]) -> Array | None:
    """Poses (T, B, 4, 4) of bones in the armature's space; None where more than one plain action moves them."""
    curves = _plain_curves(armature)
    if curves is None or any(not constraint.mute for bone in armature.pose.bones for constraint in bone.constraints):
        return None
    done: dict[str, Array] = {}
    for name in _with_ancestors(armature, bones):
        bone = armature.data.bones[name]
        odd = not bone.use_inherit_rotation or bone.inherit_scale != "FULL" or not bone.use_local_location
        if bone.parent is not None and odd:
            return None
        basis = _read_basis(armature.pose.bones[name], bone_path(name, ""), curves, frames)
        if bone.use_connect and bone.parent is not None:
            basis[:, :3, 3] = 0.0
        rest = np.array(bone.matrix_local, dtype=float)
        if bone.parent is None:
            done[name] = rest @ basis
        else:
            offset = np.linalg.inv(np.array(bone.parent.matrix_local, dtype=float)) @ rest
            done[name] = done[bone.parent.name] @ (offset @ basis)
    return np.stack([done[name] for name in bones], 1)


def read_places(thing: bpy.types.Object, frames: Sequence[int]) -> Array | None:
    """World matrices (T, 4, 4) of an object, also where Blender does not evaluate it or has not yet.

    None where more than plain actions of it and its parents move it. (1, 4, 4) of what stands still.
    """
    curves = _plain_curves(thing)
    if curves is None or any(not constraint.mute for constraint in thing.constraints):
        return None
    if any(path.startswith(_OBJECT_PATHS) for path, _ in curves):
        if _has_deltas(thing) or any(path.startswith("delta_") for path, _ in curves):
            return None
        basis = _read_basis(thing, "", curves, frames)
    else:
        basis = np.array(thing.matrix_basis, dtype=float)[None]
    if thing.parent is None:
        return basis
    above = read_places(thing.parent, frames) if thing.parent_type == "OBJECT" else None
    return above @ np.array(thing.matrix_parent_inverse, dtype=float) @ basis if above is not None else None


def _has_deltas(thing: bpy.types.Object) -> bool:
    return (
        any((*thing.delta_location, *thing.delta_rotation_euler))
        or tuple(thing.delta_rotation_quaternion) != (1.0, 0.0, 0.0, 0.0)
        or tuple(thing.delta_scale) != (1.0, 1.0, 1.0)
    )


def list_curves(animation: bpy.types.AnimData | None) -> list[bpy.types.FCurve]:
    """F-curves of the action and slot in use."""
    if animation is None or animation.action is None or animation.action_slot is None:
        return []
    return [
        curve
        for layer in animation.action.layers
        for strip in layer.strips
        if (bag := strip.channelbag(animation.action_slot)) is not None
        for curve in bag.fcurves
    ]


def _plain_curves(thing: bpy.types.Object) -> Curves | None:
    """F-curves by path and index; None where drivers, NLA strips or an action's influence count, too."""
    animation = thing.animation_data
    if animation is None:
        return {}
    if _nla_plays(animation) or any(_moves(driver.data_path) for driver in animation.drivers):
        return None
    action = animation.action
    if action is None:
        return {}
    if sum(len(layer.strips) for layer in action.layers) > 1 or animation.action_influence != 1.0:
        return None
    return {
        (curve.data_path, curve.array_index): curve
        for curve in list_curves(animation)
        if not curve.mute and not (curve.group is not None and curve.group.mute)
    }


def _nla_plays(animation: bpy.types.AnimData) -> bool:
    if animation.use_tweak_mode:
        return True
    # Strips hold their ends, so one anywhere counts everywhere.
    return animation.use_nla and any(
        not track.mute and any(not strip.mute for strip in track.strips) for track in animation.nla_tracks
    )


def _moves(path: str) -> bool:
    """Whether a property of an object moves it or its bones."""
    if path.startswith("pose.bones"):
        return path.rpartition(".")[2] in _MOVING or ".constraints[" in path
    return path.startswith(_OBJECT_PATHS)


def _with_ancestors(armature: bpy.types.Object, bones: Sequence[str]) -> list[str]:
    """Bones and all above them, parents first."""
    needed: dict[str, None] = {}
    for name in bones:
        bone = armature.data.bones[name]
        for above in [*reversed(bone.parent_recursive), bone]:
            needed[above.name] = None
    return list(needed)


def _read_basis(thing: Any, path: str, curves: Curves, frames: Sequence[int]) -> Array:
    """(T, 4, 4) what the channels of an object or pose bone come to; their properties' paths begin with `path`."""
    basis = np.tile(np.eye(4), (len(frames), 1, 1))
    scale = _read_channel(thing, path, "scale", curves, frames)
    basis[:, :3, :3] = _read_rotation(thing, path, curves, frames) * scale[:, None, :]
    basis[:, :3, 3] = _read_channel(thing, path, "location", curves, frames)
    return basis


def _read_rotation(thing: Any, path: str, curves: Curves, frames: Sequence[int]) -> Array:
    if thing.rotation_mode == "QUATERNION":
        values = _read_channel(thing, path, "rotation_quaternion", curves, frames)
        values = np.where(np.abs(values).max(-1, keepdims=True) > 0, values, [1.0, 0.0, 0.0, 0.0])
        return matrix_from_quaternion(values)
    if thing.rotation_mode == "AXIS_ANGLE":
        values = _read_channel(thing, path, "rotation_axis_angle", curves, frames)
        length = np.linalg.norm(values[:, 1:], axis=-1, keepdims=True)
        axis = np.where(length > 0, values[:, 1:] / np.maximum(length, 1e-12), [0.0, 1.0, 0.0])
        return matrix_from_axis_angle(axis * values[:, :1])
    values = _read_channel(thing, path, "rotation_euler", curves, frames)
    turns = {axis: matrix_from_axis_angle(values[:, [at]] * np.eye(3)[at]) for axis, at in _AXES.items()}
    first, second, third = (turns[axis] for axis in thing.rotation_mode)
    return third @ second @ first


def _read_channel(thing: Any, path: str, prop: str, curves: Curves, frames: Sequence[int]) -> Array:
    """(T, K) values of a property; as it is now where it has no keys."""
    values = np.tile(np.array(getattr(thing, prop), dtype=float), (len(frames), 1))
    for index in range(values.shape[1]):
        curve = curves.get((path + prop, index))
        if curve is not None and (len(curve.keyframe_points) or len(curve.sampled_points)):
            values[:, index] = evaluate(curve, frames)
    return values


def evaluate(curve: bpy.types.FCurve, frames: Sequence[int]) -> Array:
    """An F-curve at frames (T,)."""
    count = len(curve.keyframe_points)
    if count and not len(curve.modifiers):
        points = np.empty(2 * count, dtype=np.float32)
        kinds = np.empty(count, dtype=np.int32)
        curve.keyframe_points.foreach_get("co", points)
        curve.keyframe_points.foreach_get("interpolation", kinds)
        at, values = points.reshape(-1, 2).T.astype(float)
        inside = frames[0] >= at[0] and frames[-1] <= at[-1]
        rising = count == 1 or bool((np.diff(at) > 0).all())
        if (
            rising
            and (inside or curve.extrapolation == "CONSTANT")
            and ((kinds[:-1] == _LINEAR).all() or np.isin(frames, at).all())
        ):
            return np.interp(frames, at, values)
    return np.array([curve.evaluate(frame) for frame in frames])


def list_moving_curves(animation: bpy.types.AnimData | None) -> Iterator[bpy.types.FCurve]:
    """Those of the curves in use that move bones or the object."""
    return (curve for curve in list_curves(animation) if _moves(curve.data_path))
