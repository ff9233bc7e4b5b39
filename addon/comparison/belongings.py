# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects and data were made for a scene's comparison, also after the animator has moved or unlinked them.

No list of them: Blender evaluates whatever a scene's properties point to, hidden or not. Each carries the comparison's
mark instead. Blender copies the mark along with a scene, so where a thing stands counts, too.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

MADE: Final = "ghostcap_comparison"
"""Custom property of all objects and data that were made for a comparison: the comparison's mark."""
_KINDS: Final = {"ACTION", "ARMATURE", "CURVE", "FONT", "KEY", "MATERIAL", "MESH", "NODETREE"}
"""Kinds of blocks that are made for a comparison."""
_PLACES: Final = ("actions", "armatures", "curves", "fonts", "materials", "meshes", "node_groups", "shape_keys")
"""Where `bpy.data` keeps them."""


def parts_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """All that was made for the comparison and still stands in the scene, wherever the animator has put it."""
    mark = scene.ghostcap.comparison.mark
    return [thing for thing in scene.objects if thing.get(MADE) == mark] if mark else []


def find_made(scene: bpy.types.Scene) -> set[bpy.types.Object]:
    """`parts_of`, and what stands in no scene any more."""
    mark = scene.ghostcap.comparison.mark
    return {thing for thing in _marked(mark) if scene in thing.users_scene or not thing.users_scene}


def is_copied(scene: bpy.types.Scene) -> bool:
    """Whether what the comparison shows stands in other scenes only: this one is a copy without the objects."""
    comparison = scene.ghostcap.comparison
    if comparison.ghost is not None and scene in comparison.ghost.users_scene:
        return False
    if comparison.collection is not None and comparison.collection in scene.collection.children_recursive:
        return False
    homes = {home for thing in _marked(comparison.mark) for home in thing.users_scene}
    return bool(homes) and scene not in homes


def find_twins(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The other scenes that have this comparison, because one was copied from the other."""
    mark = scene.ghostcap.comparison.mark
    return [
        other
        for other in bpy.data.scenes
        if mark and other != scene and other.library is None and other.ghostcap.comparison.mark == mark
    ]


def mark_made(scene: bpy.types.Scene, collection: bpy.types.Collection) -> None:
    """Mark the objects of the collection, and the data that nothing but them uses."""
    mark = scene.ghostcap.comparison.mark
    things = set[bpy.types.ID](collection.objects)
    below = find_below(things)
    users = bpy.data.user_map(subset=below) if below else {}
    while shared := {block for block in below if not users[block] <= below | things or block.library is not None}:
        below -= shared
    for block in things | below:
        block[MADE] = mark


def delete_made(things: set[bpy.types.Object], mark: str) -> None:
    """Take objects out of the file with the data that only they used, and data whose object is gone already."""
    below = find_below(set[bpy.types.ID](things))
    below |= {block for place in _PLACES for block in getattr(bpy.data, place) if mark and block.get(MADE) == mark}
    for thing in things:
        bpy.data.objects.remove(thing)
    # What others use, too, stays. The last user of a material may be a node group that goes first.
    while gone := [block for block in below if not block.users]:
        below.difference_update(gone)
        bpy.data.batch_remove(gone)


def find_below(blocks: set[bpy.types.ID]) -> set[bpy.types.ID]:
    """All blocks of the made kinds that some blocks use, directly or by others."""
    users = bpy.data.user_map(key_types=_KINDS)
    found: set[bpy.types.ID] = set()
    front = blocks
    while front:
        front = {block for block, by in users.items() if block not in found and not by.isdisjoint(front)}
        found |= front
    return found


def _marked(mark: str) -> list[Any]:
    return [thing for thing in bpy.data.objects if thing.get(MADE) == mark] if mark else []
