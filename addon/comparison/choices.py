# SPDX-License-Identifier: GPL-3.0-or-later
"""From the choices in the sidebar to what `motion.compare` takes: both motions, and how to compare them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from numpy.typing import NDArray

from ...motion.capture import Capture
from ...motion.compare.clip import Clip
from ...motion.compare.coaching import read_thresholds
from ...motion.compare.comparison import Settings
from ...motion.compare.phases import Event
from ...motion.errors import GhostcapError
from .. import captures
from ..character import clip_name
from ..timeline import FIRST_FRAME
from .files import read_athlete_file
from .markers import read_markers
from .sides import Rig, find_rig, motion_range, read_clip


@dataclass(frozen=True)
class Sides:
    """What is compared, read from the scene."""

    user_object: bpy.types.Object
    rig: Rig
    user: Clip
    frames: NDArray[np.integer]
    """(T,) scene frame of each of the user's frames."""
    athlete: Clip
    athlete_object: bpy.types.Object | None
    athlete_name: str
    settings: Settings
    warnings: tuple[str, ...] = ()
    """What the user should know of the choices."""


@dataclass(frozen=True)
class Person:
    """Somebody who can be chosen as the athlete without being in the scene."""

    label: str
    folder: Path
    track: int
    recommended: bool


def find_problem(context: bpy.types.Context) -> str:
    """What is missing before anything can be compared, for a button's poll; cheap."""
    comparison = context.scene.ghostcap.comparison
    if comparison.user is None:
        return rpt_("Choose the user's armature")
    if comparison.athlete_source == "OBJECT" and comparison.athlete is None:
        return rpt_("Choose the athlete's armature")
    if comparison.athlete_source == "FILE" and not comparison.athlete_file:
        return rpt_("Load the athlete's file")
    return ""


def read_sides(context: bpy.types.Context) -> Sides:
    """Both motions and the settings.

    GhostcapError when an armature is gone or not in this scene, has no motion or unknown bones, when both are the same,
    when the file can't be read.
    """
    scene = context.scene
    comparison = scene.ghostcap.comparison
    if problem := find_problem(context):
        raise GhostcapError(problem, code="usage")
    user = comparison.user
    _check_armature(scene, user)
    rig = find_rig(user)
    frames = _find_frames(scene, user, within_scene=comparison.use_range)
    clip = read_clip(context, user, frames)
    theirs: Any = None
    if comparison.athlete_source == "OBJECT":
        theirs = comparison.athlete
        if theirs == user:
            raise GhostcapError("Athlete and user are the same armature.", "Choose another one.", "same")
        _check_armature(scene, theirs)
        find_rig(theirs)
        their_frames = _find_frames(scene, theirs)
        name, athlete = theirs.name, read_clip(context, theirs, their_frames)
        start, step = float(their_frames[0]), 1.0
    else:
        path = Path(bpy.path.abspath(comparison.athlete_file))
        name, athlete = read_athlete_file(path, comparison.athlete_track or None)
        # Laid out on the timeline as an import would be.
        step = scene.render.fps / scene.render.fps_base / athlete.fps
        start = FIRST_FRAME + athlete.first_frame * step
    mine, other = read_markers(scene, theirs) if comparison.use_markers else ((), ())
    warnings: tuple[str, ...] = ()
    if mine and min(len(mine), len(other)) < 2:
        mine = other = ()
        warnings = ("Only one marker has a twin; two are needed. The markers were not used.",)
    settings = Settings(
        by=comparison.by,
        mirror=comparison.mirror,
        pure_shape=comparison.pure_shape,
        user_markers=_count_from(mine, float(frames[0]), 1.0),
        athlete_markers=_count_from(other, start, step),
        thresholds=read_thresholds(),
    )
    return Sides(user, rig, clip, np.array(frames), athlete, theirs, name, settings, warnings)


def list_people(context: bpy.types.Context) -> list[Person]:
    """The people of the scene's captures, and of the capture that is chosen as a file."""
    settings = context.scene.ghostcap
    folders = [captures.folder_of(item) for item in settings.captures]
    if settings.comparison.athlete_file:
        chosen = capture_folder(Path(bpy.path.abspath(settings.comparison.athlete_file)))
        if chosen not in folders:
            folders.append(chosen)
    people = []
    for folder in folders:
        try:
            capture = captures.look_up(folder)
        except GhostcapError:
            # No capture, or none any more: comparing says so, a menu only leaves it out.
            continue
        people += _people_of(capture, folder)
    return people


def find_person(context: bpy.types.Context) -> Person | None:
    """Who the chosen file and number mean, where that is a capture."""
    comparison = context.scene.ghostcap.comparison
    folder = capture_folder(Path(bpy.path.abspath(comparison.athlete_file)))
    mine = [person for person in list_people(context) if person.folder == folder]
    track = comparison.athlete_track
    return next((one for one in mine if (one.track == track if track else one.recommended)), None)


def capture_folder(path: Path) -> Path:
    """The folder of a capture, named by itself or by its capture.json."""
    return path.parent if path.name == "capture.json" else path


def _people_of(capture: Capture, folder: Path) -> list[Person]:
    if not capture.tracks:
        return []
    main = capture.recommended().id
    return [Person(clip_name(capture, row), folder, row.id, row.id == main) for row in capture.tracks]


def _check_armature(scene: bpy.types.Scene, armature: Any) -> None:
    if scene not in armature.users_scene:
        raise GhostcapError(
            f"{armature.name} is not in this scene.", "It was deleted, or is in another scene: choose again.", "deleted"
        )
    if armature == scene.ghostcap.comparison.ghost:
        raise GhostcapError("The ghost itself can't be compared.", "Choose the athlete's own armature.", "ghost")


def _find_frames(scene: bpy.types.Scene, armature: bpy.types.Object, *, within_scene: bool = False) -> range:
    first, last = motion_range(armature)
    if within_scene:
        start, end = scene.frame_start, scene.frame_end
        if scene.use_preview_range:
            start, end = scene.frame_preview_start, scene.frame_preview_end
        first, last = max(first, start), min(last, end)
        if last < first:
            raise GhostcapError(
                f"{armature.name} does not move within frames {start} to {end}.",
                "Set the scene's range over the motion, or switch Scene Range Only off.",
                "no_frames",
            )
    return range(first, last + 1)


def _count_from(events: Iterable[Event], start: float, step: float) -> tuple[Event, ...]:
    """Events in scene frames, as frames of a clip."""
    return tuple(Event(event.name, (event.frame - start) / step) for event in events)
