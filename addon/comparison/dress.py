# SPDX-License-Identifier: GPL-3.0-or-later
"""The ghost's look: half transparent and green in Workbench, EEVEE and Cycles."""

from __future__ import annotations

import bpy

from ...motion.compare.coaching import read_colouring
from .animation import remove_unused
from .heatmap import find_bodies
from .materials import flat_opacity, linear, new_ghost_material, set_ghost_material

_MARK = "ghostcap_ghost"


def dress_ghost(ghost: bpy.types.Object, opacity: float = 0.45) -> None:
    """Dress the ghost's bodies and bones, or change how solid it looks. Its meshes are its own, not the user's."""
    colour = linear(read_colouring().ghost)
    ghost.color = (*colour, 1.0)
    for body in find_bodies(ghost):
        material = body.active_material if body.active_material and _MARK in body.active_material else None
        if material is None:
            material = _put_on(ghost, body)
        set_ghost_material(material, colour, opacity)
        # Workbench takes the object's colour where a mesh has no colour attribute, and shades it.
        body.color = (*(min(1.0, 1.4 * part) for part in colour), flat_opacity(opacity))
    _paint_bones(ghost)


def _put_on(ghost: bpy.types.Object, body: bpy.types.Object) -> bpy.types.Material:
    material = next((item for item in bpy.data.materials if item.get(_MARK) == ghost), None)
    if material is None:
        material = new_ghost_material(ghost.name)
        material[_MARK] = ghost
    for slot in body.material_slots:
        slot.link = "DATA"
    worn = list(body.data.materials)
    body.data.materials.clear()
    body.data.materials.append(material)
    remove_unused(worn)
    colours = body.data.color_attributes
    for name in [attribute.name for attribute in colours]:
        colours.remove(colours[name])
    body.visible_shadow = False
    return material


def _paint_bones(ghost: bpy.types.Object) -> None:
    colour = [part / 255 for part in read_colouring().ghost]
    ghost.data.display_type = "STICK"
    for bone in ghost.pose.bones:
        bone.color.palette = "CUSTOM"
        bone.color.custom.normal = colour
        bone.color.custom.select = bone.color.custom.active = [0.5 + 0.5 * part for part in colour]
