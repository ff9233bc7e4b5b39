# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of the ghost: copies of the meshes that follow the user's armature, with meshes of their own."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
from mathutils import Matrix

from ..character import short_name

_KEPT = frozenset((
    "ARMATURE", "BEVEL", "CORRECTIVE_SMOOTH", "DECIMATE", "EDGE_SPLIT", "LAPLACIANSMOOTH", "MASK", "MIRROR", "MULTIRES",
    "SMOOTH", "SOLIDIFY", "SUBSURF", "TRIANGULATE", "WEIGHTED_NORMAL", "WELD",
))  # fmt: skip
"""Modifiers that make the shape and depend on no other object; what the others do is the user's alone."""


def find_bodies(context: bpy.types.Context, armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes of the scene that an armature moves: skinned to it, or hung on its bones. Those hidden everywhere, not."""
    return [
        thing
        for thing in context.scene.objects
        if thing.type == "MESH" and _follows(thing, armature) and not (thing.hide_viewport and thing.hide_render)
    ]


def copy_bodies(
    context: bpy.types.Context,
    collection: bpy.types.Collection,
    user: bpy.types.Object,
    ghost: bpy.types.Object,
    matrices: Mapping[bpy.types.Object, Matrix],
) -> list[bpy.types.Object]:
    """Copies for the ghost, its children. matrices: of the user and its bodies in the world, all at one frame."""
    copies = []
    for body in find_bodies(context, user):
        copy = body.copy()
        copy.data = body.data.copy()
        copy.name = short_name(f"{body.name} ghost")
        copy.data.name = copy.name
        collection.objects.link(copy)
        _forget(copy)
        _hang(copy, body, user, ghost, matrices)
        copies.append(copy)
    return copies


def _follows(thing: bpy.types.Object, armature: bpy.types.Object) -> bool:
    if thing.parent == armature and thing.parent_type in ("ARMATURE", "BONE"):
        return True
    return any(modifier.type == "ARMATURE" and modifier.object == armature for modifier in thing.modifiers)


def _forget(copy: bpy.types.Object) -> None:
    """Take from a copy what ties it to other data: animation, constraints, custom properties, what add-ons keep."""
    copy.animation_data_clear()
    copy.data.animation_data_clear()
    copy.constraints.clear()
    shapes = copy.data.shape_keys
    if shapes is not None and shapes.animation_data is not None:
        # What drivers and keys gave was the user's at this moment.
        moved = [curve.data_path for curve in shapes.animation_data.drivers]
        shapes.animation_data_clear()
        for block in shapes.key_blocks[1:]:
            if f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value' in moved:
                block.value = 0.0
    copy.property_unset("ghostcap")
    for name in list(copy.keys()):
        if name not in copy.bl_rna.properties:
            del copy[name]


def _hang(
    copy: bpy.types.Object,
    body: bpy.types.Object,
    user: bpy.types.Object,
    ghost: bpy.types.Object,
    matrices: Mapping[bpy.types.Object, Matrix],
) -> None:
    """Make a copy follow the ghost as its original follows the user."""
    for modifier in list(copy.modifiers):
        if modifier.type not in _KEPT or (modifier.type == "ARMATURE" and modifier.object != user):
            copy.modifiers.remove(modifier)
        elif modifier.type == "ARMATURE":
            modifier.object = ghost
    skinned = any(modifier.type == "ARMATURE" for modifier in copy.modifiers)
    if body.parent == user and body.parent_type == "BONE" and not skinned:
        copy.parent = ghost
        copy.matrix_parent_inverse = body.matrix_parent_inverse
        return
    if not skinned:
        copy.modifiers.new("Armature", "ARMATURE").object = ghost
    copy.parent, copy.parent_type = ghost, "OBJECT"
    for prop in ("delta_location", "delta_rotation_euler", "delta_rotation_quaternion", "delta_scale"):
        copy.property_unset(prop)
    copy.matrix_parent_inverse = matrices[user].inverted() @ matrices[body]
    copy.matrix_basis = Matrix()
