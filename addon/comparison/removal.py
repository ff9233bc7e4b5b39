# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison taken out of the scene, which is then as it was before."""

from __future__ import annotations

from typing import Final

import bpy

from .display import hide_heatmap, parts_of, show_athlete
from .graph import forget_graph
from .listing import clear_problem, clear_result
from .markers import remove_markers

_MADE: Final = {"ACTION", "ARMATURE", "CURVE", "FONT", "KEY", "MATERIAL", "MESH", "NODETREE"}
"""Kinds of blocks that are made for a comparison."""


def remove_comparison(scene: bpy.types.Scene) -> None:
    """Delete the ghost with all that was made for it, and undo what was changed on the user. The choices stay."""
    comparison = scene.ghostcap.comparison
    hide_heatmap(scene)
    show_athlete(comparison)
    remove_markers(scene)
    forget_graph()
    collection = comparison.collection
    parts = {thing for thing in (*parts_of(scene), comparison.ghost) if thing is not None}
    clear_result(comparison)
    clear_problem(comparison)
    _delete_objects(parts)
    if collection is not None:
        _delete_collection(scene, collection)


def _delete_objects(things: set[bpy.types.Object]) -> None:
    below = _find_below(set[bpy.types.ID](things))
    for thing in things:
        bpy.data.objects.remove(thing)
    # What others use, too, stays. The last user of a material may be a node group that goes first.
    while gone := [block for block in below if not block.users]:
        below.difference_update(gone)
        bpy.data.batch_remove(gone)


def _find_below(blocks: set[bpy.types.ID]) -> set[bpy.types.ID]:
    """All blocks of the made kinds that some blocks use, directly or by others."""
    users = bpy.data.user_map(key_types=_MADE)
    found: set[bpy.types.ID] = set()
    front = blocks
    while front:
        front = {block for block, by in users.items() if block not in found and not by.isdisjoint(front)}
        found |= front
    return found


def _delete_collection(scene: bpy.types.Scene, collection: bpy.types.Collection) -> None:
    # What the animator has put in there comes out.
    for thing in list(collection.objects):
        if thing.name not in scene.collection.objects:
            scene.collection.objects.link(thing)
    for child in list(collection.children):
        if child.name not in scene.collection.children:
            scene.collection.children.link(child)
    bpy.data.collections.remove(collection)
