# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured person in the scene: armature, keys and body."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import bpy
import numpy as np

from ..motion.body import Body
from ..motion.capture import Capture, Track, TrackRow, read_capture, read_capture_body, read_tracks
from ..motion.rig import build_rest_bones, compute_channels
from ..motion.root_motion import RootMode
from .armature import create_armature, read_rest
from .body_mesh import add_material, create_body_mesh
from .compat import NAME_BYTES
from .keys import write_clip
from .timeline import scene_frames, set_range, set_rate


@dataclass(frozen=True)
class ImportOptions:
    """How a capture is brought into the scene."""

    root_motion: RootMode = "root"
    """What the bone `root` carries; `motion.root_motion` explains the choices."""
    to_origin: bool = False
    """Begin each clip at the world's origin facing -y, instead of where the person stood in the room."""
    body: bool = True
    """Add the body mesh."""
    set_scene: bool = True
    """Give the scene the clip's frame rate and range."""


@dataclass(frozen=True)
class Character:
    """What was added to the scene for one person."""

    clip: str
    armature: bpy.types.Object
    action: bpy.types.Action
    model: bpy.types.Object | None


def import_capture(
    context: bpy.types.Context, folder: Path, tracks: list[int] | None = None, options: ImportOptions | None = None
) -> list[Character]:
    """Bring people of a capture into the scene: all of them, or those with the ids in `tracks`.

    The video's frame 0 is scene frame 1, so all people and the video stay in step. CaptureError when the folder is no
    capture or lacks a track.
    """
    options = options or ImportOptions()
    capture = read_capture(folder)
    body = read_capture_body(folder)
    people = read_tracks(folder, capture, tracks)
    rows = {row.id: row for row in capture.tracks}
    collection = bpy.data.collections.new(short_name(video_stem(capture)))
    context.scene.collection.children.link(collection)
    characters = [
        build_character(context, collection, clip_name(capture, rows[track_id]), track, body, options, number)
        for number, (track_id, track) in enumerate(people.items())
    ]
    if options.set_scene and people:
        set_rate(context.scene, capture.video.fps)
        frames = scene_frames(np.concatenate([track.frame for track in people.values()]))
        set_range(context.scene, int(frames.min()), int(frames.max()))
    return characters


def build_character(
    context: bpy.types.Context,
    collection: bpy.types.Collection,
    clip: str,
    track: Track,
    body: Body,
    options: ImportOptions,
    number: int = 0,
) -> Character:
    """Armature, keys and, if asked for, the mesh of one person. `number` picks the colour."""
    clip = short_name(clip)
    sole = float(body.rest_vertices(track.betas)[:, 1].min())
    armature = create_armature(context, collection, clip, build_rest_bones(body.rest_joints(track.betas), sole))
    axes, heads = read_rest(armature)
    channels = compute_channels(track, body, axes, heads, options.root_motion, options.to_origin)
    action = write_clip(armature, clip, scene_frames(track.frame), channels)
    model = None
    if options.body:
        model = create_body_mesh(collection, f"{clip}_body", armature, body, track.betas, sole)
        add_material(model, f"{clip}_body", number)
    return Character(clip, armature, action, model)


def video_stem(capture: Capture) -> str:
    """Name of the video without folder and suffix, whichever system wrote the path."""
    return PureWindowsPath(capture.video.path).stem or "capture"


def clip_name(capture: Capture, row: TrackRow) -> str:
    """What a person's clip is called: the name the user gave the track, or video and id, as in dance_001."""
    return row.name or f"{video_stem(capture)}_{row.id:03d}"


def short_name(name: str) -> str:
    """A name cut to what Blender takes, between characters."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore")
