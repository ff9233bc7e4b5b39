# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ghostcap keeps in a .blend: the scene's captures and their tracks, each character's source and cleanup."""

from __future__ import annotations

from math import pi
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..motion.cleanup import list_methods
from .changes import change_cleanup, change_track_name, change_video_display, redraw_views
from .comparison.properties import GHOSTCAP_PG_comparison
from .operators import list_target_items
from .translations import CONTEXT

ROOT_ITEMS = (
    ("root", "On Root", "The bone root carries path and heading on the ground, as game engines want it"),
    ("hips", "On Hips", "The hips carry everything, the bone root stays at the origin"),
    ("in_place", "In Place", "As On Hips, without travelling"),
)
_METHODS = {
    "captured": ("As Captured", "Between the raw motion and what the capture made of it"),
    "smoothnet": ("SmoothNet", "A network that knows how people move: takes out jitter, keeps the snap of a motion"),
    "gaussian": ("Gaussian", "Even smoothing; soft, good for slow motion"),
    "savgol": ("Savitzky-Golay", "Keeps the height of quick motions"),
    "butterworth": ("Butterworth", "Takes out all that is quicker than people move; usual in biomechanics"),
    "whittaker": ("Whittaker", "The smoothest curve near the motion"),
    "one-euro": ("One Euro", "Smooths what is slow, leaves what is quick; as a live source would look"),
}
METHOD_ITEMS = tuple((name, *_METHODS.get(name, (name.title(), ""))) for name in list_methods())


class GHOSTCAP_PG_track(bpy.types.PropertyGroup):
    """A person of a capture, as the list shows it."""

    name: StringProperty(
        name="Name",
        translation_context=CONTEXT,
        description="What the person's clip is called",
        update=change_track_name,
    )
    track_id: IntProperty()
    first: IntProperty(description="First frame of the video the person is in")
    last: IntProperty()
    frames: IntProperty()
    coverage: FloatProperty(name="Coverage", subtype="FACTOR", min=0.0, max=1.0)
    confidence: FloatProperty(name="Confidence", subtype="FACTOR", min=0.0, max=1.0)
    recommended: BoolProperty()
    build: BoolProperty(
        name="Build", translation_context=CONTEXT, description="Build this person, or merge it with the others ticked"
    )


class GHOSTCAP_PG_capture(bpy.types.PropertyGroup):
    """A capture of the scene."""

    name: StringProperty(name="Name", translation_context=CONTEXT)
    folder: StringProperty(name="Folder", translation_context=CONTEXT, subtype="DIR_PATH")
    revision: IntProperty()
    step: FloatProperty(default=1.0, description="Frames of the scene for each frame of the video")
    tracks: CollectionProperty(type=GHOSTCAP_PG_track)
    active_track: IntProperty(update=redraw_views)
    collection: PointerProperty(type=bpy.types.Collection)
    camera: PointerProperty(type=bpy.types.Object)
    plane: PointerProperty(type=bpy.types.Object)
    depth: FloatProperty(default=8.0, description="Metres from the camera to the image plane")
    video: StringProperty(
        name="Video",
        translation_context=CONTEXT,
        description="Where the video is now, if it was moved",
        subtype="FILE_PATH",
        update=change_video_display,
    )
    video_display: EnumProperty(
        name="Show Video",
        translation_context=CONTEXT,
        description="Where the scene shows the video, in step with the timeline",
        items=(
            ("NONE", "Off", "Not at all", "HIDE_ON", 0),
            ("CAMERA", "Camera", "Behind the scene when you look through the capture's camera", "CAMERA_DATA", 1),
            ("PLANE", "Plane", "On an image plane behind the people", "IMAGE_PLANE", 2),
            ("BOTH", "Both", "Behind the camera and on an image plane", "RENDERLAYERS", 3),
        ),
        default="NONE",
        update=change_video_display,
    )


class GHOSTCAP_PG_cleanup(bpy.types.PropertyGroup):
    """What is done to a character's raw motion. Each change writes the keys again."""

    method: EnumProperty(
        name="Smoothing",
        translation_context=CONTEXT,
        description="How to smooth",
        items=METHOD_ITEMS,
        default="captured",
        update=change_cleanup,
    )
    strength: FloatProperty(
        name="Strength",
        translation_context=CONTEXT,
        description="0 is the raw motion, 1 smooths most",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=1.0,
        update=change_cleanup,
    )
    root_motion: EnumProperty(
        name="Root Motion",
        translation_context=CONTEXT,
        description="Which bone carries the path on the ground",
        items=ROOT_ITEMS,
        default="root",
        update=change_cleanup,
    )
    height: FloatProperty(
        name="Height",
        translation_context=CONTEXT,
        description="How tall the person is; body and path grow together",
        subtype="DISTANCE",
        unit="LENGTH",
        min=0.2,
        max=5.0,
        soft_min=0.8,
        soft_max=2.3,
        default=1.75,
        precision=3,
        update=change_cleanup,
    )
    floor: FloatProperty(
        name="Floor",
        translation_context=CONTEXT,
        description="Lift the person, or lower with a negative value, until the feet stand on the floor",
        subtype="DISTANCE",
        unit="LENGTH",
        soft_min=-0.5,
        soft_max=0.5,
        step=1,
        precision=3,
        update=change_cleanup,
    )
    facing: FloatProperty(
        name="Facing",
        translation_context=CONTEXT,
        description="Turn the clip about where the person stands in the first frame",
        subtype="ANGLE",
        unit="ROTATION",
        soft_min=-pi,
        soft_max=pi,
        update=change_cleanup,
    )
    to_origin: BoolProperty(
        name="Begin at Origin",
        description="Begin the clip at the world's origin, facing the front",
        update=change_cleanup,
    )


class GHOSTCAP_PG_character(bpy.types.PropertyGroup):
    """Where an armature's motion comes from, and what was made of it. On every object, empty on most."""

    folder: StringProperty(subtype="DIR_PATH", description="Capture folder, or motion file")
    track: IntProperty(description="0 for a motion file")
    step: FloatProperty(default=1.0)
    action: PointerProperty(type=bpy.types.Action)
    body: PointerProperty(type=bpy.types.Object)
    ghost: PointerProperty(type=bpy.types.Object)
    shape: StringProperty(description="Digest of the body the bones were made from")
    written: StringProperty(description="Digest of the keys as written, to see whether somebody edited them")
    scale: FloatProperty(default=1.0, description="Size the bones have now, of the estimated one")
    cleanup: PointerProperty(type=GHOSTCAP_PG_cleanup)


class GHOSTCAP_PG_scene(bpy.types.PropertyGroup):
    """Settings of the sidebar, and the scene's captures."""

    video: StringProperty(
        name="Video",
        translation_context=CONTEXT,
        description="Video to capture; or drop one into the viewport",
        subtype="FILE_PATH",
    )
    out: StringProperty(
        name="Folder",
        translation_context=CONTEXT,
        description="Where captures go; beside the video if empty",
        subtype="DIR_PATH",
    )
    estimator: EnumProperty(
        name="Estimator",
        description="What looks at the video",
        items=(("blazepose", "BlazePose", "Fast, runs everywhere, downloads no more than 10 MB"),),
    )
    use_trim: BoolProperty(name="Trim", translation_context=CONTEXT, description="Capture a part of the video only")
    trim_start: FloatProperty(
        name="Start",
        translation_context=CONTEXT,
        description="Begin here, in seconds",
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        min=0.0,
    )
    trim_end: FloatProperty(
        name="End",
        translation_context=CONTEXT,
        description="Stop here; 0 is the video's end",
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
        min=0.0,
    )
    fps: FloatProperty(
        name="Frame Rate",
        translation_context=CONTEXT,
        description="Frames a second to read; 0 is the video's own",
        min=0.0,
        soft_max=120.0,
    )
    height: FloatProperty(
        name="Person's Height",
        description="How tall the main person is; 0 if unknown",
        subtype="DISTANCE",
        unit="LENGTH",
        min=0.0,
        max=3.0,
    )
    focal_35mm: FloatProperty(
        name="Focal Length",
        translation_context=CONTEXT,
        description="Of the lens that filmed, as 35 mm equivalent; 0 if unknown",
        subtype="DISTANCE_CAMERA",
        min=0.0,
    )
    captures: CollectionProperty(type=GHOSTCAP_PG_capture)
    active_capture: IntProperty(update=redraw_views)
    show_overlay: BoolProperty(
        name="Show Tracks",
        description="Draw the people's boxes and skeletons over the video",
        default=True,
        update=redraw_views,
    )
    build_body: BoolProperty(
        name="Body", translation_context=CONTEXT, description="Add a body mesh that follows the bones", default=True
    )
    export_target: EnumProperty(
        name="For", translation_context=CONTEXT, description="Program the file is meant for", items=list_target_items
    )
    comparison: PointerProperty(type=GHOSTCAP_PG_comparison)


_CLASSES = (
    GHOSTCAP_PG_track,
    GHOSTCAP_PG_capture,
    GHOSTCAP_PG_cleanup,
    GHOSTCAP_PG_character,
    GHOSTCAP_PG_scene,
)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)
_OWNERS: tuple[tuple[Any, type], ...] = (
    (bpy.types.Scene, GHOSTCAP_PG_scene),
    (bpy.types.Object, GHOSTCAP_PG_character),
)


def register() -> None:
    """Give scenes and objects their property `ghostcap`."""
    _register_classes()
    for owner, group in _OWNERS:
        owner.ghostcap = PointerProperty(type=group)


def unregister() -> None:
    """Undo `register`; what a .blend holds stays in it."""
    for owner, _ in _OWNERS:
        del owner.ghostcap
    _unregister_classes()
