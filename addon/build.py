# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters in the scene, made from a capture's tracks or brought up to date in place.

Building again changes what Ghostcap made and nothing else: bones of the animator's, constraints, modifiers, materials,
object transforms, other actions and other curves stay. Keys edited by hand are kept in an action of their own.
"""

from __future__ import annotations

import hashlib
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..motion.body import Body
from ..motion.capture import Track
from ..motion.cleanup import standing_height
from ..motion.errors import GhostcapError
from ..motion.rig import build_rest_bones, place_at_rest
from . import captures
from .armature import create_armature, fit_armature
from .body_mesh import add_material, create_body_mesh
from .changes import pause_changes
from .character import clip_name, short_name, video_stem
from .cleanup import clean_character


def build_tracks(context: bpy.types.Context, item: Any, ids: list[int], body: bool = True) -> list[bpy.types.Object]:
    """Armature, action and, if asked for, body of each track with these ids, in the capture's collection.

    Returns the armatures. Those that are there are updated. GhostcapError when the capture can't be read.
    """
    folder = captures.folder_of(item)
    capture = captures.look_up(folder)
    rows = {row.id: row for row in capture.tracks}
    people = {track: captures.read_person(folder, track) for track in ids}
    collection = ensure_collection(context, item, short_name(video_stem(capture)))
    built = []
    for track, (motion, model) in people.items():
        armature = find_character(context.scene, item, track)
        clip = short_name(clip_name(capture, rows[track]))
        if armature is None:
            number = list(rows).index(track)
            armature = create_character(context, collection, clip, motion, model, number=number, body=body)
            source = armature.ghostcap
            source.folder, source.track, source.step = str(folder), track, item.step
        else:
            update_character(context, armature, motion, model, body=body)
            armature.ghostcap.folder = str(folder)
        clean_character(armature)
        built.append(armature)
    return built


def create_character(
    context: bpy.types.Context,
    collection: bpy.types.Collection,
    clip: str,
    track: Track,
    body_model: Body,
    *,
    number: int = 0,
    body: bool = True,
) -> bpy.types.Object:
    """An armature in T-pose with its body; `clean_character` gives it its motion. `number` picks the colour."""
    sole = _sole(body_model, track)
    rest = build_rest_bones(body_model.rest_joints(track.betas), sole)
    # Blender enters edit mode only for what is visible, and the collection may be hidden.
    armature = create_armature(context, context.scene.collection, clip, rest)
    context.scene.collection.objects.unlink(armature)
    collection.objects.link(armature)
    source = armature.ghostcap
    source.shape = _digest(body_model, track)
    with pause_changes():
        source.cleanup.height = standing_height(body_model, track.betas)
    if body:
        _add_body(collection, armature, track, body_model, number)
    return armature


def update_character(
    context: bpy.types.Context, armature: bpy.types.Object, track: Track, body_model: Body, *, body: bool = True
) -> None:
    """Bring bones and body in step with a track that has changed since they were made."""
    source = armature.ghostcap
    collection = armature.users_collection[0]
    if source.shape != _digest(body_model, track):
        _require_editable(context, armature)
        sole = _sole(body_model, track)
        fit_armature(context, armature, build_rest_bones(body_model.rest_joints(track.betas), sole))
        grown = source.scale != 1.0
        source.scale, source.shape = 1.0, _digest(body_model, track)
        if not grown:
            with pause_changes():
                source.cleanup.height = standing_height(body_model, track.betas)
        if source.body is not None:
            vertices = place_at_rest(body_model.rest_vertices(track.betas), body_model.rest_joints(track.betas), sole)
            mesh = source.body.data
            if len(mesh.vertices) == len(vertices):
                mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
                mesh.update()
    if body and (source.body is None or source.body.name not in context.scene.objects):
        _add_body(collection, armature, track, body_model, source.track - 1)
        source.scale = _scale_body(source)


def find_character(scene: bpy.types.Scene, item: Any, track: int) -> bpy.types.Object | None:
    """The armature built from a track of a capture, wherever the animator has put it in the scene."""
    folder = captures.folder_of(item)
    for thing in scene.objects:
        source = thing.ghostcap
        mine = thing.type == "ARMATURE" and source.folder and source.track == track
        if mine and captures.find_folder(source.folder) == folder:
            return thing
    return None


def _add_body(
    collection: bpy.types.Collection, armature: bpy.types.Object, track: Track, body_model: Body, number: int
) -> None:
    if not len(body_model.vertices):
        return
    name = short_name(f"{armature.name}_body")
    model = create_body_mesh(collection, name, armature, body_model, track.betas, _sole(body_model, track))
    add_material(model, name, number)
    armature.ghostcap.body = model


def _scale_body(source: Any) -> float:
    """A new body beside bones of another size gets their size."""
    if source.body is not None and source.scale != 1.0:
        source.body.data.transform(Matrix.Scale(source.scale, 4))
    return source.scale


def ensure_collection(context: bpy.types.Context, item: Any, name: str) -> bpy.types.Collection:
    """The collection of a capture, in the scene."""
    if item.collection is None:
        item.collection = bpy.data.collections.new(name)
    if item.collection not in context.scene.collection.children_recursive:
        context.scene.collection.children.link(item.collection)
    return item.collection


def _require_editable(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    if armature.library or armature.data.library:
        raise GhostcapError(f"{armature.name} is linked from another file.", "Build it there, or make it local.")
    if not armature.visible_get(view_layer=context.view_layer):
        raise GhostcapError(
            f"{armature.name} is hidden, and its bones have to change for the new shape.", "Show it and build again."
        )


def _sole(body_model: Body, track: Track) -> float:
    points = body_model.rest_vertices(track.betas)
    if not len(points):
        # Without a mesh: a foot's joint is about three centimetres above the sole.
        return float(body_model.rest_joints(track.betas)[:, 1].min()) - 0.03
    return float(points[:, 1].min())


def _digest(body_model: Body, track: Track) -> str:
    joints = np.round(body_model.rest_joints(track.betas), 6)
    return hashlib.sha256(joints.tobytes() + bytes(str(len(body_model.vertices)), "ascii")).hexdigest()


def new_collection(context: bpy.types.Context, name: str) -> bpy.types.Collection:
    """A collection for a motion file, in the scene."""
    collection = bpy.data.collections.new(name)
    context.scene.collection.children.link(collection)
    return collection
