# SPDX-License-Identifier: GPL-3.0-or-later
"""Where objects are in the world at one frame of the scene."""

from __future__ import annotations

import bpy
from mathutils import Matrix

from .curves import read_places
from .ghost_bodies import find_bodies


def world_matrices(
    context: bpy.types.Context, armature: bpy.types.Object, frame: int
) -> dict[bpy.types.Object, Matrix]:
    """World matrices of an armature and of what it moves; the scene is put back to its frame if it has to leave it."""
    things = [armature, *find_bodies(context, armature)]
    places = {thing: read_places(thing, [frame]) for thing in things}
    if all(place is not None for place in places.values()):
        return {thing: Matrix(place[0].tolist()) for thing, place in places.items() if place is not None}
    context.view_layer.update()
    scene = context.scene
    at, part = scene.frame_current, scene.frame_subframe
    try:
        scene.frame_set(frame)
        graph = context.evaluated_depsgraph_get()
        return {thing: thing.evaluated_get(graph).matrix_world.copy() for thing in things}
    finally:
        scene.frame_set(at, subframe=part)
