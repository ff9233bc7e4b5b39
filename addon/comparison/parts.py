# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that explain a comparison: arrows, numbers, the colour bar. They cast no shadow and can't be picked."""

from __future__ import annotations

import bpy

from .animation import remove_unused


def add_part(
    collection: bpy.types.Collection, name: str, data: bpy.types.ID | None, mark: str, value: str
) -> bpy.types.Object:
    """A new object in the collection, found again by the custom property `mark`."""
    part = bpy.data.objects.new(name, data)
    collection.objects.link(part)
    part[mark] = value
    part.hide_select = True
    part.show_in_front = True
    # Rays that are not the camera's pass through it.
    part.visible_diffuse = part.visible_glossy = part.visible_transmission = part.visible_volume_scatter = False
    part.visible_shadow = False
    return part


def remove_parts(collection: bpy.types.Collection, mark: str) -> None:
    """Remove the marked objects of a collection and all that only they used."""
    parts = [part for part in collection.objects if mark in part]
    data = list(dict.fromkeys(part.data for part in parts if part.data is not None))
    materials = list(dict.fromkeys(slot.material for part in parts for slot in part.material_slots))
    trees = [modifier.node_group for part in parts for modifier in part.modifiers if modifier.type == "NODES"]
    inside = [
        node.inputs["Material"].default_value
        for tree in trees
        if tree is not None
        for node in tree.nodes
        if node.bl_idname == "GeometryNodeSetMaterial"
    ]
    actions = [part.animation_data.action for part in parts if part.animation_data]
    bpy.data.batch_remove(parts)
    # In the order in which they use each other.
    for unused in (data, trees, actions, materials, inside):
        remove_unused(list(dict.fromkeys(unused)))
