# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene keeps of its comparison: the choices, how it is shown, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, radians
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..translations import CONTEXT


def is_armature(_comparison: Any, thing: bpy.types.Object) -> bool:
    """What can be chosen as user or athlete."""
    return thing.type == "ARMATURE"


def _when_changed(name: str) -> Callable[[Any, bpy.types.Context], None]:
    """An update callback that puts a switch into effect."""

    def update(comparison: Any, _context: bpy.types.Context) -> None:
        from . import display

        display.change(comparison, getattr(display, name))

    return update


def _forget_problem(comparison: Any, _context: bpy.types.Context) -> None:
    # What was wrong was wrong with another choice.
    for name in ("problem", "problem_hint", "problem_code"):
        comparison.property_unset(name)


def _read_active(comparison: Any) -> int:
    return comparison.chosen_joint


def _write_active(comparison: Any, row: int) -> None:
    # A click in the list, also on the row that is active already: an update callback would not hear of that.
    comparison.chosen_joint = row = max(row, 0)
    if row < len(comparison.joints):
        comparison.id_data.frame_set(comparison.joints[row].frame)


class GHOSTCAP_PG_compared_joint(bpy.types.PropertyGroup):
    """How a joint did over the whole cut. Angles in radians."""

    name: StringProperty(description="SMPL's name of the joint")
    joint: IntProperty()
    worst: FloatProperty(subtype="ANGLE", unit="ROTATION")
    mean: FloatProperty(subtype="ANGLE", unit="ROTATION")
    frame: IntProperty(description="Scene frame where it is worst")
    seen: FloatProperty(subtype="FACTOR", min=0.0, max=1.0, description="Share of the frames in which it was judged")


class GHOSTCAP_PG_finding(bpy.types.PropertyGroup):
    """A difference worth a coach's word."""

    text_en: StringProperty()
    text_zh: StringProperty()
    frame: IntProperty(description="Scene frame where it is worst")
    joint: IntProperty()
    severity: FloatProperty(description="In tolerances")
    marker: StringProperty(description="Name its timeline marker was given, while there is one")
    beside: StringProperty(description="Names of the markers that stood at its frame before, one a line")


class GHOSTCAP_PG_comparison(bpy.types.PropertyGroup):
    """A user beside an athlete."""

    # Choices
    user: PointerProperty(
        name="User",
        translation_context=CONTEXT,
        description="Armature whose motion is judged",
        type=bpy.types.Object,
        poll=is_armature,
        update=_forget_problem,
    )
    athlete_source: EnumProperty(
        name="Athlete From",
        translation_context=CONTEXT,
        description="Where the athlete's motion is",
        items=(
            ("OBJECT", "Scene", "An armature of this scene"),
            ("FILE", "File", "A person of a capture, or a motion file"),
        ),
        update=_forget_problem,
    )
    athlete: PointerProperty(
        name="Athlete",
        translation_context=CONTEXT,
        description="Armature the user is compared with",
        type=bpy.types.Object,
        poll=is_armature,
        update=_forget_problem,
    )
    athlete_file: StringProperty(
        name="Athlete",
        translation_context=CONTEXT,
        description="Folder or capture.json of the athlete's capture, or a motion file (.npz)",
        subtype="FILE_PATH",
        update=_forget_problem,
    )
    athlete_track: IntProperty(
        name="Track",
        translation_context=CONTEXT,
        description="Number of the person in the capture; 0 is the main person",
        min=0,
        update=_forget_problem,
    )
    by: EnumProperty(
        name="In Step By",
        translation_context=CONTEXT,
        description="How the two are brought into step; markers win over it",
        items=(
            ("auto", "Automatic", "A golf swing by its moments, exercises by repetitions, anything else by the motion"),
            ("golf", "Golf Swing", "By address, top, impact and the other moments of a golf swing"),
            ("repetitions", "Repetitions", "Each repetition of the user beside one of the athlete"),
            ("motion", "Motion", "By the motion alone"),
        ),
        update=_forget_problem,
    )
    mirror: EnumProperty(
        name="Mirror Athlete",
        translation_context=CONTEXT,
        description="For an athlete of the other hand",
        items=(
            ("auto", "Automatic", "Mirror where that fits better"),
            ("no", "No", "Leave the athlete as filmed"),
            ("yes", "Yes", "Change left and right of the athlete"),
        ),
        update=_forget_problem,
    )
    pure_shape: BoolProperty(
        name="Shape Only",
        translation_context=CONTEXT,
        description="Compare poses alone: how both stand and travel does not count",
        update=_forget_problem,
    )
    use_range: BoolProperty(
        name="Scene Range Only",
        translation_context=CONTEXT,
        description="Judge the user within the scene's start and end (or preview range), not the whole motion",
        update=_forget_problem,
    )
    use_markers: BoolProperty(
        name="Use Markers",
        translation_context=CONTEXT,
        description=(
            "Bring into step by the timeline's markers: for each, the athlete's twin is a pose marker of the same name "
            'in the athlete\'s action, or a timeline marker named "Name (athlete)"'
        ),
        default=True,
        update=_forget_problem,
    )

    # How it is shown
    show_ghost: BoolProperty(
        name="Show Ghost",
        translation_context=CONTEXT,
        description="Show the athlete's ghost",
        default=True,
        update=_when_changed("apply_ghost"),
    )
    show_athlete: BoolProperty(
        name="Show Athlete",
        translation_context=CONTEXT,
        description="Show the athlete's own armature and body, too, where they stand in the scene",
        update=_when_changed("apply_athlete"),
    )
    offset: FloatVectorProperty(
        name="Offset",
        translation_context=CONTEXT,
        description="Put the ghost beside the user",
        subtype="TRANSLATION",
        unit="LENGTH",
        size=3,
        step=10,
        update=_when_changed("apply_offset"),
    )
    opacity: FloatProperty(
        name="Opacity",
        translation_context=CONTEXT,
        description="How solid the ghost looks",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=0.45,
        update=_when_changed("apply_opacity"),
    )
    heatmap: EnumProperty(
        name="Heatmap",
        translation_context=CONTEXT,
        description="Where the difference is painted",
        items=(
            ("BODY", "Body", "On the user's body", "MATERIAL", 0),
            ("BONES", "Bones", "On the user's bones", "BONE_DATA", 1),
            ("OFF", "Off", "Nowhere", "HIDE_ON", 2),
        ),
        update=_when_changed("apply_heatmap"),
    )
    threshold: FloatProperty(
        name="Threshold",
        translation_context=CONTEXT,
        description="Arrows and numbers appear from this difference on",
        subtype="ANGLE",
        unit="ROTATION",
        min=0.0,
        max=pi,
        default=radians(15.0),
        update=_when_changed("apply_scale"),
    )
    range_low: FloatProperty(
        name="Colours From",
        translation_context=CONTEXT,
        description="Difference where the colours begin",
        subtype="ANGLE",
        unit="ROTATION",
        min=0.0,
        max=pi,
        default=radians(5.0),
        update=_when_changed("apply_scale"),
    )
    range_high: FloatProperty(
        name="Colours To",
        translation_context=CONTEXT,
        description="Difference of the worst colour",
        subtype="ANGLE",
        unit="ROTATION",
        min=radians(1.0),
        max=pi,
        default=radians(40.0),
        update=_when_changed("apply_scale"),
    )
    show_arrows: BoolProperty(
        name="Arrows",
        translation_context=CONTEXT,
        description="From the user's joints to the ghost's, where they differ most",
        default=True,
        update=_when_changed("apply_signs"),
    )
    show_numbers: BoolProperty(
        name="Numbers",
        translation_context=CONTEXT,
        description="Degrees at the joints, where they differ most",
        default=True,
        update=_when_changed("apply_signs"),
    )
    show_legend: BoolProperty(
        name="Colour Bar",
        translation_context=CONTEXT,
        description="Which colour means how many degrees. Renders have it before the camera in use when switched on",
        default=True,
        update=_when_changed("apply_signs"),
    )

    # What came of it
    mark: StringProperty(description="Tells its objects from those of other comparisons")
    ghost: PointerProperty(type=bpy.types.Object)
    collection: PointerProperty(type=bpy.types.Collection)
    compared: PointerProperty(type=bpy.types.Object, description="The user of the comparison that is shown")
    athlete_name: StringProperty()
    score: FloatProperty(description="0 to 100; negative when nothing could be judged")
    how: StringProperty(description="markers, golf, repetitions, motion or pose")
    mirrored: BoolProperty()
    user_laps: IntProperty(description="Repetitions; 0 without")
    athlete_laps: IntProperty()
    user_tempo: FloatProperty(description="Backswing : downswing; 0 without")
    athlete_tempo: FloatProperty()
    first: IntProperty(description="First scene frame that is compared")
    last: IntProperty()
    warnings: StringProperty(description="One a line")
    problem: StringProperty(description="Why the last attempt failed")
    problem_hint: StringProperty()
    problem_code: StringProperty()
    joints: CollectionProperty(type=GHOSTCAP_PG_compared_joint)
    chosen_joint: IntProperty(description="What active_joint stands on")
    active_joint: IntProperty(get=_read_active, set=_write_active)
    original: PointerProperty(type=bpy.types.Object, description="The athlete of the comparison that is shown")
    findings: CollectionProperty(type=GHOSTCAP_PG_finding)


_CLASSES = (GHOSTCAP_PG_compared_joint, GHOSTCAP_PG_finding, GHOSTCAP_PG_comparison)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
