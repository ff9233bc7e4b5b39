# SPDX-License-Identifier: GPL-3.0-or-later
"""The ghost: a copy of the user's armature and bodies that moves as the athlete would on the user's bones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion.compare.clip import Clip
from ...motion.compare.comparison import Comparison
from ...motion.errors import GhostcapError
from ...motion.rest_pose import rig_rotations
from ...motion.rotations import make_continuous, nearest_rotation, quaternion_from_matrix
from ..armature import edit_mode
from ..character import short_name
from ..keys import bone_path, start_action, write_curves
from .ghost_bodies import copy_bodies
from .placing import world_matrices
from .rigs import JOINT_PROPERTY, Rig
from .sides import split_matrix

Array = NDArray[np.floating]
_NEAR = 1e-4
"""Metres a joint may be off before its bone gets keys for its place."""


@dataclass(frozen=True)
class _Channels:
    """A bone's keys, on top of its rest pose."""

    bone: str
    rotation: Array
    """(N, 4) quaternions w, x, y, z, sign-continuous."""
    location: Array | None
    """(N, 3) in the bone's axes and the armature's unit; None where the bone stays on its parent."""


def add_ghost(
    context: bpy.types.Context,
    collection: bpy.types.Collection,
    user: bpy.types.Object,
    rig: Rig,
    result: Comparison,
    frames: ArrayLike,
) -> bpy.types.Object:
    """Add the ghost and copies of what the user's armature moves to `collection`; returns the ghost's armature.

    It stands where the user's armature stands at the first of the scene frames (N,), without a parent, and has a key
    at each. Bones that are no joints stay at rest. Its bodies are its children. GhostcapError: mirrored, not_in_scene.
    """
    first = int(np.asarray(frames)[0])
    matrices = world_matrices(context, user, first)
    data = _copy_bones(user)
    ghost = bpy.data.objects.new(data.name, data)
    collection.objects.link(ghost)
    ghost.rotation_mode = "QUATERNION"
    ghost.matrix_basis = matrices[user]
    ghost.show_in_front = user.show_in_front
    base = np.array(ghost.matrix_basis, dtype=float)
    channels = _solve(data, rig, result.ghost, base, user.name)
    if loose := [item.bone for item in channels if item.location is not None and data.bones[item.bone].use_connect]:
        _disconnect(context, ghost, loose)
    # Blender gives a new armature object its pose at the next update, and dies of an action before.
    context.view_layer.update()
    if ghost.pose is None:
        bpy.data.armatures.remove(data)
        raise GhostcapError(f"The collection {collection.name} is switched off.", "Switch it on first.", "not_in_scene")
    action = start_action(ghost, ghost.name)
    write_curves(action, frames, _properties(channels))
    copy_bodies(context, collection, user, ghost, matrices)
    context.view_layer.update()
    return ghost


def _copy_bones(user: bpy.types.Object) -> bpy.types.Armature:
    data = user.data.copy()
    data.name = short_name(f"{user.name} ghost")
    data.animation_data_clear()
    data.pose_position, data.display_type = "POSE", "STICK"
    for bone in data.bones:
        bone.use_inherit_rotation = bone.use_local_location = True
        bone.inherit_scale = "FULL"
        # Bendy bones bend towards controls, and the ghost's controls stay at rest.
        bone.bbone_segments = 1
    for bone in user.pose.bones:
        if bone.get(JOINT_PROPERTY):
            data.bones[bone.name][JOINT_PROPERTY] = bone[JOINT_PROPERTY]
    return data


def _solve(data: bpy.types.Armature, rig: Rig, clip: Clip, base: Array, name: str) -> list[_Channels]:
    """Bone channels that bring the joints where the clip has them, for an armature object with the matrix `base`."""
    _, turn, size = split_matrix(base[None], name)
    back = np.linalg.inv(base)
    turns = turn[0].T @ rig_rotations(rig.rest, clip.posed.rotations)
    heads = clip.posed.positions @ back[:3, :3].T + back[:3, 3]
    joints = {bone: joint for joint, bone in rig.bones.items()}
    needed = set(joints)
    for bone in joints:
        needed.update(above.name for above in data.bones[bone].parent_recursive)
    count = len(clip)
    rests: dict[str, tuple[Array, Array]] = {}
    posed: dict[str, tuple[Array, Array]] = {}
    found = []
    for bone in data.bones:
        if bone.name not in needed:
            continue
        local = np.array(bone.matrix_local, dtype=float)
        axes, head = rests[bone.name] = nearest_rotation(local[:3, :3]), local[:3, 3]
        rotation, place = np.tile(axes, (count, 1, 1)), np.tile(head, (count, 1))
        if bone.parent is not None:
            parent_axes, parent_head = rests[bone.parent.name]
            parent_rotation, parent_place = posed[bone.parent.name]
            rotation = parent_rotation @ (parent_axes.T @ axes)
            place = parent_place + parent_rotation @ (parent_axes.T @ (head - parent_head))
        if bone.name in joints:
            joint = joints[bone.name]
            wanted = turns[:, joint] @ axes
            basis = np.swapaxes(rotation, -1, -2) @ wanted
            away = heads[:, joint] - place
            location = None
            if joint == 0 or float(np.abs(away).max()) * size[0] > _NEAR:
                location = np.einsum("tba,tb->ta", rotation, away)
                place = heads[:, joint]
            rotation = wanted
            found.append(_Channels(bone.name, make_continuous(quaternion_from_matrix(basis)), location))
        posed[bone.name] = rotation, place
    return found


def _properties(channels: list[_Channels]) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    for item in channels:
        if item.location is not None:
            yield bone_path(item.bone, "location"), item.bone, item.location.astype(np.float32)
        yield bone_path(item.bone, "rotation_quaternion"), item.bone, item.rotation.astype(np.float32)


def _disconnect(context: bpy.types.Context, ghost: bpy.types.Object, bones: list[str]) -> None:
    """Free bones from their parents' tails: a connected bone has no place of its own."""
    layer = context.view_layer
    active, selected = layer.objects.active, list(layer.objects.selected)
    with edit_mode(context, ghost):
        for name in bones:
            ghost.data.edit_bones[name].use_connect = False
    for thing in layer.objects.selected:
        thing.select_set(False)
    for thing in selected:
        thing.select_set(True)
    layer.objects.active = active
