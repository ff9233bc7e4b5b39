# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline's markers: the animator's are moments that belong together, ours are the findings."""

from __future__ import annotations

from typing import Any

import bpy

from ...motion.compare.phases import Event
from ...motion.skeleton import JOINT_NAMES
from ..character import short_name
from .wording import coach_words

ATHLETE_SUFFIX = " (athlete)"
"""A timeline marker named so is a moment of the athlete."""


def read_markers(
    scene: bpy.types.Scene, athlete: bpy.types.Object | None
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The user's and the athlete's moments of one name, in scene frames; both empty where none pair up.

    The athlete's are the pose markers of the athlete's action, and the timeline's with the suffix.
    """
    mine: list[Event] = []
    theirs: list[Event] = []
    ours = [marker for marker in _find_ours(scene) if marker is not None]
    for marker in scene.timeline_markers:
        if marker in ours:
            continue
        if marker.name.endswith(ATHLETE_SUFFIX):
            theirs.append(Event(marker.name.removesuffix(ATHLETE_SUFFIX), float(marker.frame)))
        else:
            mine.append(Event(marker.name, float(marker.frame)))
    animation = athlete.animation_data if athlete else None
    if animation and animation.action:
        theirs += [Event(marker.name, float(marker.frame)) for marker in animation.action.pose_markers]
    shared = {event.name for event in mine} & {event.name for event in theirs}
    return (
        tuple(event for event in mine if event.name in shared),
        tuple(event for event in theirs if event.name in shared),
    )


def add_markers(scene: bpy.types.Scene) -> int:
    """A timeline marker for each finding that has a moment of its own; returns how many."""
    remove_markers(scene)
    taken = {marker.name for marker in scene.timeline_markers}
    count = 0
    for number, finding in enumerate(scene.ghostcap.comparison.findings, 1):
        joint = coach_words()["joints"][JOINT_NAMES[finding.joint]]
        name = short_name(f"{number} {joint}")
        while name in taken:
            # One the animator has named so must not be taken for ours.
            name = f"{name}'"
        taken.add(name)
        finding.beside = "\n".join(_names_at(scene, finding.frame))
        scene.timeline_markers.new(name, frame=finding.frame)
        finding.marker = name
        count += 1
    return count


def remove_markers(scene: bpy.types.Scene) -> None:
    """Take the findings' markers away again; those of others stay."""
    for ours in _find_ours(scene):
        if ours is not None:
            scene.timeline_markers.remove(ours)
    for finding in scene.ghostcap.comparison.findings:
        finding.marker = finding.beside = ""


def _find_ours(scene: bpy.types.Scene) -> list[Any]:
    """The findings' markers, also where the animator has moved or renamed them (but not both); None where one is gone.

    Blender gives a marker no identity but its name.
    """
    markers = scene.timeline_markers
    marked = [finding for finding in scene.ghostcap.comparison.findings if finding.marker]
    found = [markers.get(finding.marker) for finding in marked]
    for number, finding in enumerate(marked):
        if found[number] is None:
            others = finding.beside.split("\n")
            news = [
                marker
                for marker in markers
                if marker.frame == finding.frame and marker.name not in others and marker not in found
            ]
            found[number] = news[0] if len(news) == 1 else None
    return found


def _names_at(scene: bpy.types.Scene, frame: int) -> list[str]:
    return [marker.name for marker in scene.timeline_markers if marker.frame == frame]


def has_markers(comparison: Any) -> bool:
    """Whether the findings stand on the timeline."""
    return any(finding.marker for finding in comparison.findings)
