# SPDX-License-Identifier: GPL-3.0-or-later
"""How a comparison is shown: the switches of the sidebar, put into effect on what is in the scene."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface_

from ...motion.errors import GhostcapError
from .belongings import delete_made, is_copied, mark_made, parts_of
from .bone_colours import paint_bones, restore_bones
from .deviation_curves import set_scale
from .dress import dress_ghost
from .heatmap import add_heatmap, find_bodies, remove_heatmap, remove_lost_heatmaps
from .legend import MARK, add_legend
from .listing import clear_problem, has_result
from .shading import restore_shading, show_vertex_colours
from .sides import find_rig

_DISPLAY: Final = "display."
"""How codes of problems begin that the heatmap's switch has, and takes away when they are solved."""
_LINKED: Final = (
    "The user is linked from another file, so it can't be painted.",
    "Make a library override (Object > Library Override), then compare again.",
    "linked",
)
_HIDDEN: Final = "ghostcap_hidden"
"""Custom property of the athlete's objects that are hidden behind the ghost: whether viewports and renders hid them."""


def ghost_of(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The ghost, as long as it stands in the scene."""
    return _if_there(scene, scene.ghostcap.comparison.ghost)


def user_of(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The user of the comparison that is shown, as long as it stands in the scene."""
    return _if_there(scene, scene.ghostcap.comparison.compared)


def apply_display(scene: bpy.types.Scene) -> None:
    """Put all switches into effect."""
    apply_scale(scene)
    apply_ghost(scene)
    apply_athlete(scene)
    apply_offset(scene)
    apply_opacity(scene)
    apply_heatmap(scene)
    apply_signs(scene)


def apply_ghost(scene: bpy.types.Scene) -> None:
    """Show the ghost and its bodies, or hide them, in viewports and renders."""
    ghost = ghost_of(scene)
    if ghost is None:
        return
    hidden = not scene.ghostcap.comparison.show_ghost
    for thing in (ghost, *bodies_of(scene)):
        thing.hide_viewport = thing.hide_render = hidden


def apply_athlete(scene: bpy.types.Scene) -> None:
    """Hide the athlete's own armature and bodies, which stand in the ghost's way, or show them as they were."""
    comparison = scene.ghostcap.comparison
    show_athlete(comparison)
    athlete = _if_there(scene, comparison.original)
    if comparison.show_athlete or athlete is None or ghost_of(scene) is None:
        return
    for thing in (athlete, *find_bodies(athlete)):
        if thing.is_editable:
            thing[_HIDDEN] = [thing.hide_viewport, thing.hide_render]
            thing.hide_viewport = thing.hide_render = True


def show_athlete(comparison: Any) -> None:
    """Show what was hidden of the athlete, as it was before."""
    if is_copied(comparison.id_data):
        return
    for thing in comparison.id_data.objects:
        before = thing.get(_HIDDEN)
        if before is not None:
            thing.hide_viewport, thing.hide_render = (bool(hidden) for hidden in before)
            del thing[_HIDDEN]


def apply_offset(scene: bpy.types.Scene) -> None:
    """Move the ghost aside; keys are not touched."""
    if (ghost := ghost_of(scene)) is not None:
        ghost.delta_location = scene.ghostcap.comparison.offset


def apply_opacity(scene: bpy.types.Scene) -> None:
    """How solid the ghost looks."""
    if (ghost := ghost_of(scene)) is not None:
        dress_ghost(ghost, scene.ghostcap.comparison.opacity)


def apply_scale(scene: bpy.types.Scene) -> None:
    """From which angle to which the colours go, and where arrows and numbers begin."""
    comparison = scene.ghostcap.comparison
    if (ghost := ghost_of(scene)) is not None:
        low, high, threshold = np.degrees([comparison.range_low, comparison.range_high, comparison.threshold])
        set_scale(ghost, low=float(low), high=float(max(high, low + 1.0)), threshold=float(threshold))


def apply_heatmap(scene: bpy.types.Scene) -> None:
    """Paint body or bones; takes away what was painted before."""
    comparison = scene.ghostcap.comparison
    if comparison.problem_code.startswith(_DISPLAY):
        clear_problem(comparison)
    hide_heatmap(scene)
    user, ghost = user_of(scene), ghost_of(scene)
    if user is None or ghost is None or comparison.heatmap == "OFF":
        return
    bones = find_rig(user).bones
    if not user.is_editable:
        # No reason to refuse the whole comparison: it is kept beside what can be shown.
        _keep_problem(comparison, GhostcapError(*_LINKED))
    elif comparison.heatmap == "BONES":
        paint_bones(user, ghost, bones)
    elif add_heatmap(user, ghost, bones):
        show_vertex_colours(scene)


def hide_heatmap(scene: bpy.types.Scene) -> None:
    """Undo all that the heatmap has changed on the user and the viewports."""
    comparison = scene.ghostcap.comparison
    if not is_copied(scene):
        if comparison.compared is not None:
            remove_heatmap(comparison.compared)
            restore_bones(comparison.compared)
        remove_lost_heatmaps(scene)
    restore_shading(scene)


def apply_signs(scene: bpy.types.Scene) -> None:
    """Show or hide arrows, and numbers and the colour bar in renders; viewports draw those two themselves."""
    comparison = scene.ghostcap.comparison
    if comparison.show_legend:
        _follow_camera(scene)
    for thing in parts_of(scene):
        if "ghostcap_arrow" in thing:
            thing.hide_viewport = thing.hide_render = not comparison.show_arrows
        elif "ghostcap_number" in thing:
            thing.hide_render = not comparison.show_numbers
        elif "ghostcap_legend" in thing:
            thing.hide_render = not comparison.show_legend or comparison.heatmap == "OFF"


def _follow_camera(scene: bpy.types.Scene) -> None:
    """Make the colour bar of renders anew, before the camera that is the scene's now and for its kind of lens."""
    comparison, ghost = scene.ghostcap.comparison, ghost_of(scene)
    if ghost is None or comparison.collection is None:
        return
    delete_made({thing for thing in parts_of(scene) if MARK in thing}, "")
    if add_legend(comparison.collection, ghost, scene, iface_("Difference")):
        mark_made(scene, comparison.collection)


def bodies_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The ghost's meshes."""
    ghost = ghost_of(scene)
    return [
        thing
        for thing in parts_of(scene)
        if any(modifier.type == "ARMATURE" and modifier.object == ghost for modifier in thing.modifiers)
    ]


def change(comparison: Any, apply: Any) -> None:
    """A switch was moved: put it into effect, and keep what went wrong for the panel."""
    if not has_result(comparison):
        return
    try:
        apply(comparison.id_data)
    except GhostcapError as error:
        _keep_problem(comparison, error)


def _keep_problem(comparison: Any, error: GhostcapError) -> None:
    comparison.problem, comparison.problem_hint = error.message, error.hint
    comparison.problem_code = f"{_DISPLAY}{error.code}"


def _if_there(scene: bpy.types.Scene, thing: bpy.types.Object | None) -> bpy.types.Object | None:
    # What is deleted in a viewport lives on as long as a property points to it.
    return thing if thing is not None and scene in thing.users_scene else None
