# SPDX-License-Identifier: GPL-3.0-or-later
"""A stage for export: a scene of its own with a copy of one person in T-pose, so that the user's scene is not touched.

Blender's exporters take node names from objects, rest poses of plain nodes from the current frame, the frame range
from the scene and clip names from NLA strips. On the stage all of these are what the file should say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import bpy

from ..motion.errors import GhostcapError

ARMATURE_NODE: Final = "Armature"
"""Unreal leaves out the armature's node only under this name; any other becomes a second root bone."""


class StageError(GhostcapError):
    """An armature that can't be exported."""

    code = "nothing_to_export"


@dataclass(frozen=True)
class Stage:
    """What is on the stage."""

    scene: bpy.types.Scene
    armature: bpy.types.Object
    models: tuple[bpy.types.Object, ...]
    clip: str


@contextmanager
def staged(context: bpy.types.Context, armature: bpy.types.Object, body: bool = True) -> Iterator[Stage]:
    """Put a copy of the armature, its current action and, if asked for, its meshes on a stage; clear it away after."""
    animation = armature.animation_data
    if animation is None or animation.action is None or animation.action_slot is None:
        raise StageError(f"{armature.name} has no action to export.", "Assign one in the Action Editor.")
    action, slot = animation.action, animation.action_slot
    clip = action.name
    models = [child for child in armature.children if child.type == "MESH"]
    made: list[bpy.types.Object] = []
    with _names_lent(ARMATURE_NODE, *(model.name for model in models)) as names:
        scene = bpy.data.scenes.new(clip)
        try:
            source = context.scene
            scene.render.fps, scene.render.fps_base = source.render.fps, source.render.fps_base
            scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 1.0
            first, last = (round(frame) for frame in action.frame_range)
            scene.frame_start, scene.frame_end = first, last

            copy = _copy(armature, scene, made)
            copy.data = armature.data.copy()
            copy.name = copy.data.name = names[0]
            copy.animation_data_clear()
            _reset_pose(copy)
            track = copy.animation_data_create().nla_tracks.new()
            track.name = clip
            strip = track.strips.new(clip, first, action)
            strip.name = clip
            strip.action_slot = slot
            # Before its first frame the strip says nothing, and the armature stands in its rest pose.
            strip.extrapolation = "NOTHING"
            scene.frame_set(first - 1)

            for model, name in zip(models if body else (), names[1:], strict=False):
                model_copy = _copy(model, scene, made)
                model_copy.name = name
                model_copy.parent = copy
                for modifier in model_copy.modifiers:
                    if modifier.type == "ARMATURE" and modifier.object is armature:
                        modifier.object = copy
            yield Stage(scene, copy, tuple(made[1:]), clip)
        finally:
            data = [item.data for item in made if item.type == "ARMATURE" and item.data is not armature.data]
            bpy.data.batch_remove([*made, *data])
            bpy.data.scenes.remove(scene)


def _copy(original: bpy.types.Object, scene: bpy.types.Scene, made: list[bpy.types.Object]) -> bpy.types.Object:
    copy = original.copy()
    made.append(copy)
    scene.collection.objects.link(copy)
    copy.hide_viewport = False
    return copy


def _reset_pose(armature: bpy.types.Object) -> None:
    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
        bone.location, bone.rotation_quaternion, bone.scale = (0, 0, 0), (1, 0, 0, 0), (1, 1, 1)


@contextmanager
def _names_lent(*names: str) -> Iterator[tuple[str, ...]]:
    """Free the names of objects and armatures for the time being: Blender's names are unique."""
    owners = [owner for name in names for data in (bpy.data.objects, bpy.data.armatures) if (owner := data.get(name))]
    lent = [(owner, owner.name) for owner in owners]
    for number, owner in enumerate(owners):
        owner.name = f"lent {number}"
    try:
        yield names
    finally:
        for owner, name in lent:
            owner.name = name
