# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleanup of a character: its keys written again from the raw motion in the capture, its bones as tall as wanted."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from mathutils import Matrix
from numpy.typing import NDArray

from ..motion.body import Body
from ..motion.camera import Camera
from ..motion.capture import Track
from ..motion.cleanup import Cleaned, CleanupSettings, place_smoothed, smooth_fully, standing_height
from ..motion.errors import GhostcapError
from ..motion.rig import compute_channels
from . import captures
from .armature import read_rest
from .keys import digest_channels, digest_keys, rewrite_clip, write_clip
from .problems import in_words, reports_problems
from .timeline import FIRST_FRAME

Array = NDArray[np.floating]
_smoothed: deque[tuple[Track, str, tuple[Array, Array]]] = deque(maxlen=8)


def clean_character(armature: bpy.types.Object) -> None:
    """Write the character's keys from its source and its cleanup settings.

    GhostcapError when the source can't be read; the scene stays as it is then.
    """
    track, body, camera = read_source(armature)
    settings = settings_of(armature, track, body)
    cleaned = place_smoothed(track, body, settings, _smooth(track, body, settings.method, camera))
    _apply(armature, track, cleaned, body)
    if armature.ghostcap.ghost is not None:
        from .ghost import write_ghost

        raw = place_smoothed(track, body, replace(settings, strength=0.0), (track.poses_raw, track.trans_raw))
        write_ghost(armature, raw.track, body)


def settings_of(armature: bpy.types.Object, track: Track, body: Body) -> CleanupSettings:
    """The cleanup of a character as numbers."""
    cleanup = armature.ghostcap.cleanup
    estimated = standing_height(body, track.betas)
    # The slider holds single precision: as long as nobody moved it, the size is exactly the estimated one.
    height = None if abs(cleanup.height - estimated) < 1e-4 else cleanup.height
    return CleanupSettings(cleanup.method, cleanup.strength, height, cleanup.floor, cleanup.facing, cleanup.to_origin)


def read_source(armature: bpy.types.Object) -> tuple[Track, Body, Camera | None]:
    """The track and the body a character was made from, and the camera that filmed if one did."""
    source = armature.ghostcap
    path = captures.find_folder(source.folder)
    if source.track:
        return *captures.read_person(path, source.track), captures.look_up(path).camera
    return *captures.read_motion_file(path), None


def find_source_problem(armature: bpy.types.Object) -> GhostcapError | None:
    """Why the keys of a character can't be written again now."""
    source = armature.ghostcap
    path = captures.find_folder(source.folder)
    try:
        if not source.track:
            if not path.is_file():
                return GhostcapError(f"{path} is missing.", "Import the file again from where it is now.")
            return None
        capture = captures.look_up(path)
    except GhostcapError as error:
        return error
    if source.track not in {row.id for row in capture.tracks}:
        return GhostcapError(f"{path.name} has no track {source.track} any more.", "It was merged, or an edit undone.")
    return None


def character_of(thing: bpy.types.Object | None) -> Any:
    """The character an object belongs to: the armature itself, or the one it is a child of; None without."""
    while thing is not None:
        if thing.type == "ARMATURE" and thing.ghostcap.folder:
            return thing
        thing = thing.parent
    return None


def _smooth(track: Track, body: Body, method: str, camera: Camera | None) -> tuple[Array, Array]:
    """The track fully smoothed, kept for the next move of a slider: `captures` gives one track until it changes."""
    for kept, name, smoothed in _smoothed:
        if kept is track and name == method:
            return smoothed
    smoothed = smooth_fully(track, body, method, camera)
    _smoothed.append((track, method, smoothed))
    return smoothed


def _apply(armature: bpy.types.Object, track: Track, cleaned: Cleaned, body: Body) -> None:
    source = armature.ghostcap
    _resize(source, armature, cleaned.scale)
    axes, heads = read_rest(armature)
    channels = compute_channels(cleaned.track, body, axes, heads, source.cleanup.root_motion)
    frames = FIRST_FRAME + track.frame * source.step
    if source.action is None:
        name = armature.name
        animation = armature.animation_data
        theirs = animation.action if animation else None
        slot = animation.action_slot if theirs else None
        source.action = write_clip(armature, name, frames, channels)
        if theirs is not None:
            # The animator works with another action and goes on to do so.
            armature.animation_data.action, armature.animation_data.action_slot = theirs, slot
    else:
        if source.written and digest_keys(source.action) != source.written:
            keep_edited(source.action)
        rewrite_clip(source.action, frames, channels)
    source.written = digest_channels(frames, channels)


def keep_edited(action: bpy.types.Action) -> bpy.types.Action:
    """A copy of an action somebody has edited by hand, safe from being written over."""
    copy = action.copy()
    copy.name = f"{action.name} edited"
    copy.use_fake_user = True
    return copy


def _resize(source: Any, armature: bpy.types.Object, scale: float) -> None:
    factor = scale / source.scale
    if abs(factor - 1.0) < 1e-9:
        return
    grow = Matrix.Scale(factor, 4)
    armature.data.transform(grow)
    if source.body is not None:
        source.body.data.transform(grow)
        source.body.data.update()
    source.scale = scale


class GHOSTCAP_OT_reset_cleanup(bpy.types.Operator):
    """Put all of this character's cleanup back to what was captured"""

    bl_idname = "ghostcap.reset_cleanup"
    bl_label = "Reset Cleanup"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a character and its capture."""
        return poll_character(cls, context)

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Reset and write the keys."""
        from .changes import pause_changes

        armature = character_of(context.active_object)
        track, body, _ = read_source(armature)
        cleanup = armature.ghostcap.cleanup
        with pause_changes():
            for name in ("method", "strength", "root_motion", "height", "floor", "facing", "to_origin"):
                cleanup.property_unset(name)
            cleanup.height = standing_height(body, track.betas)
        clean_character(armature)
        return {"FINISHED"}


class GHOSTCAP_OT_copy_cleanup(bpy.types.Operator):
    """Clean up the selected characters as the active one; each keeps its own height, floor and facing"""

    bl_idname = "ghostcap.copy_cleanup"
    bl_label = "Copy Cleanup to Selected"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs two characters."""
        if not poll_character(cls, context):
            return False
        if not _others(context):
            cls.poll_message_set(rpt_("Select the other characters as well"))
            return False
        return True

    @reports_problems
    def execute(self, context: bpy.types.Context) -> set[str]:
        """Copy, and write the keys of each."""
        from .changes import pause_changes

        cleanup = character_of(context.active_object).ghostcap.cleanup
        for other in _others(context):
            with pause_changes():
                for name in ("method", "strength", "root_motion", "to_origin"):
                    setattr(other.ghostcap.cleanup, name, getattr(cleanup, name))
            clean_character(other)
        return {"FINISHED"}


def poll_character(operator: Any, context: bpy.types.Context) -> bool:
    """Whether the active object is a character whose source can be read; says why not."""
    armature = character_of(context.active_object)
    if armature is None:
        operator.poll_message_set(rpt_("Select a character that Ghostcap built"))
        return False
    if problem := find_source_problem(armature):
        operator.poll_message_set(in_words(problem))
        return False
    return True


def _others(context: bpy.types.Context) -> list[bpy.types.Object]:
    active = character_of(context.active_object)
    found = {character_of(thing) for thing in context.selected_objects}
    return [thing for thing in found if thing is not None and thing != active]


_CLASSES = (GHOSTCAP_OT_reset_cleanup, GHOSTCAP_OT_copy_cleanup)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
