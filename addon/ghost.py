# SPDX-License-Identifier: GPL-3.0-or-later
"""The ghost of the raw motion: a stick figure over a character that shows what cleanup has changed."""

from __future__ import annotations

import bpy

from ..motion.body import Body
from ..motion.capture import Track
from ..motion.errors import GhostcapError
from ..motion.rig import BONE_NAMES, compute_channels
from .armature import read_rest
from .character import short_name
from .cleanup import character_of, clean_character, poll_character
from .keys import rewrite_clip, write_clip
from .timeline import FIRST_FRAME


def add_ghost(armature: bpy.types.Object) -> bpy.types.Object:
    """A stick figure over a character, moved with it; `clean_character` gives it the raw motion.

    It shares the character's bones, so both are always of one size. GhostcapError where Blender shows neither.
    """
    collection = armature.users_collection[0]
    ghost = bpy.data.objects.new(short_name(f"{armature.name}_raw"), armature.data)
    collection.objects.link(ghost)
    # Blender gives a new armature object its pose at the next update, and only where it is not excluded.
    bpy.context.view_layer.update()
    if ghost.pose is None:
        bpy.data.objects.remove(ghost)
        raise GhostcapError(f"{armature.name} is in a collection that is switched off.", "Switch it on first.")
    for bone in ghost.pose.bones:
        if bone.name in BONE_NAMES:
            bone.rotation_mode = "QUATERNION"
    ghost.show_in_front = ghost.hide_select = ghost.hide_render = True
    ghost.parent = armature
    armature.ghostcap.ghost = ghost
    return ghost


def write_ghost(armature: bpy.types.Object, raw: Track, body: Body) -> None:
    """Write the ghost's keys from the raw motion, placed as the character is."""
    source = armature.ghostcap
    ghost = source.ghost
    axes, heads = read_rest(armature)
    channels = compute_channels(raw, body, axes, heads, source.cleanup.root_motion)
    frames = FIRST_FRAME + raw.frame * source.step
    animation = ghost.animation_data
    if animation is None or animation.action is None:
        write_clip(ghost, ghost.name, frames, channels)
    else:
        rewrite_clip(animation.action, frames, channels)


def remove_ghost(armature: bpy.types.Object) -> None:
    """Take the ghost out of the .blend; its bones are the character's and stay."""
    ghost = armature.ghostcap.ghost
    action = ghost.animation_data.action if ghost.animation_data else None
    bpy.data.objects.remove(ghost)
    if action is not None and not action.users:
        bpy.data.actions.remove(action)


class GHOSTCAP_OT_toggle_raw(bpy.types.Operator):
    """Show the raw motion as a stick figure over this character, or hide it: what cleanup changed is seen at once"""

    bl_idname = "ghostcap.toggle_raw"
    bl_label = "Show Raw Motion"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a character and its capture."""
        return poll_character(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add it, or take it away."""
        armature = character_of(context.active_object)
        if armature.ghostcap.ghost is not None:
            remove_ghost(armature)
            return {"FINISHED"}
        try:
            add_ghost(armature)
            clean_character(armature)
        except GhostcapError as error:
            if armature.ghostcap.ghost is not None:
                remove_ghost(armature)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((GHOSTCAP_OT_toggle_raw,))
