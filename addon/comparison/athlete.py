# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is compared with whom: buttons that choose the athlete and the user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...motion.errors import GhostcapError
from ..problems import in_words
from .choices import list_people
from .files import read_athlete_file

# Blender keeps no reference to the strings of a computed enum; without one they are freed and show as rubbish.
_people_items: list[tuple[str, str, str]] = []


def armature_of(thing: bpy.types.Object | None) -> bpy.types.Object | None:
    """An armature, or the one a body hangs on."""
    while thing is not None and thing.type != "ARMATURE":
        thing = thing.parent
    return thing


def _list_items(_operator: Any, context: bpy.types.Context | None) -> list[tuple[str, str, str]]:
    people = list_people(context) if context else []
    _people_items[:] = [(f"{one.track}:{one.folder}", one.label, str(one.folder)) for one in people]
    return _people_items


class GHOSTCAP_OT_load_athlete(bpy.types.Operator, ImportHelper):
    """Choose the athlete's capture (its folder or capture.json), or a motion file (.npz)"""

    bl_idname = "ghostcap.load_athlete"
    bl_label = "Load Athlete"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: StringProperty(default="capture.json;*.npz", options={"HIDDEN"})
    track: IntProperty(
        name="Track", description="Number of the person in the capture; 0 is the main person", min=0, default=0
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take it, once it can be read."""
        path = Path(bpy.path.abspath(self.filepath))
        try:
            name, _ = read_athlete_file(path, self.track or None)
        except GhostcapError as error:
            self.report({"ERROR"}, in_words(error))
            return {"CANCELLED"}
        comparison = context.scene.ghostcap.comparison
        comparison.athlete_source = "FILE"
        comparison.athlete_file, comparison.athlete_track = str(path), self.track
        self.report({"INFO"}, rpt_("Athlete: {:s}").format(name))
        return {"FINISHED"}


class GHOSTCAP_OT_choose_person(bpy.types.Operator):
    """Choose a person of the captures that are open in this scene, or of the athlete's capture"""

    bl_idname = "ghostcap.choose_person"
    bl_label = "Choose Person"
    bl_options = {"REGISTER", "UNDO"}

    person: EnumProperty(name="Person", items=_list_items)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take that person."""
        track, _, folder = self.person.partition(":")
        comparison = context.scene.ghostcap.comparison
        comparison.athlete_source = "FILE"
        comparison.athlete_file, comparison.athlete_track = folder, int(track)
        return {"FINISHED"}


class GHOSTCAP_OT_choose_active(bpy.types.Operator):
    """Take the active armature, or the armature of the active body"""

    bl_idname = "ghostcap.choose_active"
    bl_label = "Use Active Object"
    bl_options = {"REGISTER", "UNDO"}

    side: EnumProperty(
        name="As", items=(("USER", "User", "Whose motion is judged"), ("ATHLETE", "Athlete", "Whom to compare with"))
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an active armature or body."""
        if armature_of(context.active_object) is None:
            cls.poll_message_set(rpt_("Select an armature or its body"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take it."""
        comparison = context.scene.ghostcap.comparison
        thing = armature_of(context.active_object)
        if thing == comparison.ghost:
            self.report({"ERROR"}, rpt_("The ghost itself can't be compared."))
            return {"CANCELLED"}
        if self.side == "USER":
            comparison.user = thing
        else:
            comparison.athlete_source, comparison.athlete = "OBJECT", thing
        return {"FINISHED"}


class GHOSTCAP_OT_swap_sides(bpy.types.Operator):
    """Make the athlete the user, and the user the athlete"""

    bl_idname = "ghostcap.swap_sides"
    bl_label = "Swap User and Athlete"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs two armatures."""
        comparison = context.scene.ghostcap.comparison
        if comparison.athlete_source != "OBJECT" or comparison.athlete is None or comparison.user is None:
            cls.poll_message_set(rpt_("Both have to be armatures of the scene"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Swap them."""
        comparison = context.scene.ghostcap.comparison
        comparison.user, comparison.athlete = comparison.athlete, comparison.user
        return {"FINISHED"}


_CLASSES = (GHOSTCAP_OT_load_athlete, GHOSTCAP_OT_choose_person, GHOSTCAP_OT_choose_active, GHOSTCAP_OT_swap_sides)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
