# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison put into the scene, in place of the one before."""

from __future__ import annotations

import uuid

import bpy

from ...motion.compare.comparison import Comparison
from ..character import short_name
from .arrows import add_arrows
from .belongings import mark_made
from .choices import Sides
from .deviation_curves import write_deviations
from .display import apply_display, bodies_of
from .ghost_rig import add_ghost
from .listing import listed_joints, store_result
from .numbers import add_numbers
from .removal import remove_comparison


def show_comparison(context: bpy.types.Context, sides: Sides, result: Comparison) -> None:
    """Ghost, curves, arrows, numbers and colours in a collection of their own, and the figures for the sidebar.

    GhostcapError when the ghost can't be built; nothing is left of it then.
    """
    scene, user = context.scene, sides.user_object
    comparison = scene.ghostcap.comparison
    remove_comparison(scene)
    comparison.mark = uuid.uuid4().hex
    collection = bpy.data.collections.new(short_name(f"{user.name} ghost"))
    scene.collection.children.link(collection)
    comparison.collection, comparison.compared, comparison.original = collection, user, sides.athlete_object
    frames = sides.frames[result.time.user]
    known = sides.rig.bones
    try:
        ghost = add_ghost(context, collection, user, sides.rig, result, frames)
        comparison.ghost = ghost
        joints = listed_joints(known)
        write_deviations(ghost, frames, result, sorted(known))
        add_arrows(collection, ghost, frames, result, joints)
        add_numbers(collection, ghost, frames, result, joints)
        mark_made(scene, collection)
        comparison.athlete_name = sides.athlete_name
        store_result(comparison, result, frames, known)
        comparison.warnings = "\n".join((*sides.warnings, *result.warnings))
        # Sticks before the bodies hide what they do.
        ghost.show_in_front = ghost.show_in_front and not bodies_of(scene)
        apply_display(scene)
        # The ghost is dressed now.
        mark_made(scene, collection)
        if not comparison.first <= scene.frame_current <= comparison.last:
            # Outside the ghost stands still: to where there is something to see.
            scene.frame_set(comparison.findings[0].frame if len(comparison.findings) else comparison.first)
    except BaseException:
        # Whatever it was: half a ghost helps nobody.
        mark_made(scene, collection)
        remove_comparison(scene)
        raise
