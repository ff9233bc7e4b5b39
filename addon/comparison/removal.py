# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison taken out of the scene, which is then as it was before."""

from __future__ import annotations

import bpy

from .belongings import MADE, delete_made, find_made, find_twins, is_copied, parts_of
from .display import apply_heatmap, change, hide_heatmap, show_athlete
from .graph import forget_graph
from .listing import clear_problem, clear_result
from .markers import remove_markers
from .shading import restore_shading


def remove_comparison(scene: bpy.types.Scene) -> None:
    """Delete the ghost with all that was made for it, and undo what was changed on the user. The choices stay.

    A scene that was copied without its objects has only figures to lose: the comparison is another scene's.
    """
    if is_copied(scene):
        _forget(scene)
        return
    comparison = scene.ghostcap.comparison
    hide_heatmap(scene)
    show_athlete(comparison)
    forget_graph()
    mark, collection = comparison.mark, comparison.collection
    things = find_made(scene)
    if comparison.ghost is not None:
        things.add(comparison.ghost)
    twins = find_twins(scene)
    whole = [twin for twin in twins if not things.issuperset(parts_of(twin))]
    for twin in whole:
        # A copy with objects of its own may still have the colours of this one's ghost.
        change(twin.ghostcap.comparison, apply_heatmap)
    for other in (scene, *(twin for twin in twins if twin not in whole)):
        _forget(other)
    delete_made(things, mark)
    if collection is not None:
        _delete_collection(collection)


def _forget(scene: bpy.types.Scene) -> None:
    """Clear what a scene keeps of a comparison, apart from the objects."""
    restore_shading(scene)
    remove_markers(scene)
    clear_result(scene.ghostcap.comparison)
    clear_problem(scene.ghostcap.comparison)


def _delete_collection(collection: bpy.types.Collection) -> None:
    # What the animator has put in there comes out.
    for scene in bpy.data.scenes:
        if collection not in scene.collection.children_recursive:
            continue
        for thing in collection.objects:
            if MADE not in thing and thing.name not in scene.collection.objects:
                scene.collection.objects.link(thing)
        for child in collection.children:
            if child.name not in scene.collection.children:
                scene.collection.children.link(child)
    bpy.data.collections.remove(collection)
