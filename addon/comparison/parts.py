# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that explain a comparison: arrows, numbers, the colour bar. They cast no shadow and can't be picked."""

from __future__ import annotations

import bpy


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
