# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature: bones of `motion.rig` in T-pose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..motion.rig import BONE_NAMES, BONE_PARENTS, RestBones

Array = NDArray[np.floating]


def create_armature(
    context: bpy.types.Context, collection: bpy.types.Collection, name: str, rest: RestBones
) -> bpy.types.Object:
    """A new armature object in T-pose at the world's origin, without rotation or scale.

    `collection` is part of the context's view layer. Ends in object mode with the armature active.
    """
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    collection.objects.link(armature)
    with edit_mode(context, armature):
        for index, bone_name in enumerate(BONE_NAMES):
            bone = data.edit_bones.new(bone_name)
            _lay_bone(bone, rest, index)
            if BONE_PARENTS[index] >= 0:
                bone.parent = data.edit_bones[BONE_NAMES[BONE_PARENTS[index]]]
                bone.use_connect = rest.connected[index]
    data.display_type = "STICK"
    armature.show_in_front = True
    for index, bone_name in enumerate(BONE_NAMES):
        bone = armature.pose.bones[bone_name]
        bone.rotation_mode = "QUATERNION"
        bone.lock_scale = (True, True, True)
        # Only root and Pelvis travel; a limb has the length it has.
        bone.lock_location = (index > 1,) * 3
    return armature


def fit_armature(context: bpy.types.Context, armature: bpy.types.Object, rest: RestBones) -> None:
    """Lay the bones of an armature anew, for a person of another shape; bones of others stay where they are."""
    with edit_mode(context, armature):
        bones = armature.data.edit_bones
        known = [(index, bones[name]) for index, name in enumerate(BONE_NAMES) if name in bones]
        for _, bone in known:
            bone.use_connect = False
        for index, bone in known:
            _lay_bone(bone, rest, index)
        for index, bone in known:
            bone.use_connect = rest.connected[index]


def read_rest(armature: bpy.types.Object) -> tuple[Array, Array]:
    """Axes (25, 3, 3) and heads (25, 3) of the rest bones as Blender holds them, in the armature's space.

    Blender keeps single precision; reading back what it made of the bones keeps that error out of the motion.
    """
    matrices = np.array([armature.data.bones[name].matrix_local for name in BONE_NAMES], dtype=float)
    u, _, vt = np.linalg.svd(matrices[:, :3, :3])
    return u @ vt, matrices[:, :3, 3]


def _lay_bone(bone: bpy.types.EditBone, rest: RestBones, index: int) -> None:
    bone.head, bone.tail = Vector(rest.heads[index]), Vector(rest.tails[index])
    bone.align_roll(Vector(rest.axes[index][:, 2]))


@contextmanager
def edit_mode(context: bpy.types.Context, armature: bpy.types.Object) -> Iterator[None]:
    """Bones of an armature can be edited inside; ends in object mode with the armature active and alone selected."""
    # Blender makes bones in edit mode only, and enters it for the active object and all that are selected.
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for other in context.view_layer.objects.selected:
        other.select_set(False)
    context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        yield
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
