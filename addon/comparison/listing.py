# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a comparison, kept in the scene and listed: joints sorted by their worst, findings, how it was done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...motion.compare.coaching import Moment, say
from ...motion.compare.comparison import Comparison
from ...motion.compare.features import JOINT_WEIGHTS
from ...motion.compare.findings import Finding
from ...motion.skeleton import JOINT, JOINT_NAMES
from .wording import name_joint

_RESULTS: Final = (
    "mark", "ghost", "collection", "compared", "original", "athlete_name", "score", "how", "mirrored", "user_laps",
    "athlete_laps", "user_tempo", "athlete_tempo", "first", "last", "warnings", "chosen_joint",
)  # fmt: skip
SELDOM: Final = 0.2
"""Joints judged in a smaller part of the frames come last, and pale: one lucky frame says little."""
_PROBLEM: Final = ("problem", "problem_hint", "problem_code")


def listed_joints(known: Collection[int]) -> list[int]:
    """Joints worth a line: what the armature has, and a camera sees well enough; hands and toes it does not."""
    return [joint for joint in sorted(known) if joint == JOINT["Pelvis"] or JOINT_WEIGHTS[joint] > 0]


def store_result(comparison: Any, result: Comparison, frames: NDArray[np.integer], known: Collection[int]) -> None:
    """Keep what the sidebar shows. frames (N,): scene frames of the cut; known: joints the user's armature has."""
    comparison.score = result.score.overall if np.isfinite(result.score.overall) else -1.0
    comparison.how, comparison.mirrored = result.by, result.mirrored
    comparison.user_laps, comparison.athlete_laps = result.laps or (0, 0)
    comparison.user_tempo, comparison.athlete_tempo = result.tempo or (0.0, 0.0)
    comparison.first, comparison.last = int(frames[0]), int(frames[-1])
    _store_joints(comparison, result, frames, known)
    comparison.findings.clear()
    for finding in result.findings:
        item = comparison.findings.add()
        moment = _moment_of(result, finding)
        item.text_en, item.text_zh = say(moment, "en"), say(moment, "zh")
        item.frame, item.joint, item.severity = int(frames[finding.row]), finding.joint, finding.severity


def clear_result(comparison: Any) -> None:
    """Forget what came of it; the choices stay."""
    for name in _RESULTS:
        comparison.property_unset(name)
    comparison.joints.clear()
    comparison.findings.clear()


def has_result(comparison: Any) -> bool:
    """Whether anything is left of a comparison, in the scene or in the list."""
    kept = (comparison.collection, comparison.ghost, comparison.compared)
    return any(thing is not None for thing in kept) or bool(len(comparison.joints))


def clear_problem(comparison: Any) -> None:
    """Forget why the last attempt failed."""
    for name in _PROBLEM:
        comparison.property_unset(name)


def select_joint(comparison: Any, joint: int) -> None:
    """Make a joint the list's active one, without going to its worst frame."""
    for row, item in enumerate(comparison.joints):
        if item.joint == joint:
            # Not active_joint, which goes to the joint's worst frame.
            comparison.chosen_joint = row
            return


def _store_joints(comparison: Any, result: Comparison, frames: NDArray[np.integer], known: Collection[int]) -> None:
    local, sure = result.deviations.local, result.deviations.sure
    comparison.joints.clear()
    judged = np.where(sure, local, -1.0)
    worst, rows, seen = judged.max(0), judged.argmax(0), sure.mean(0)
    for joint in sorted(listed_joints(known), key=lambda joint: (seen[joint] < SELDOM, -worst[joint])):
        item = comparison.joints.add()
        item.name, item.joint, item.seen = JOINT_NAMES[joint], joint, float(seen[joint])
        if item.seen:
            item.worst, item.frame = float(worst[joint]), int(frames[rows[joint]])
            item.mean = float(local[sure[:, joint], joint].mean())
        else:
            item.frame = int(frames[0])


def _moment_of(result: Comparison, finding: Finding) -> Moment:
    seconds = float(result.time.user[finding.row]) / result.user.fps
    return Moment(finding, seconds, result.phases, result.events, result.by == "pose")


class GHOSTCAP_UL_compared_joints(bpy.types.UIList):
    """Joints, the worst first; a click goes to the worst frame"""

    def draw_item(
        self, context: Any, layout: Any, data: Any, item: Any, icon: int, active_data: Any, active_property: str
    ) -> None:
        """One joint: its name, and a bar as long as its worst difference."""
        layout.active = item.seen >= SELDOM
        split = layout.split(factor=0.5)
        split.label(text=name_joint(item.joint), translate=False)
        row = split.row(align=True)
        if not item.seen:
            row.label(text="Not seen")
            return
        number = row.row()
        number.ui_units_x = 2.2
        number.label(text=f"{np.degrees(item.worst):.0f}\u00b0", translate=False)
        bar = row.row()
        # A bar that is on takes the click that shall choose the row.
        bar.enabled = False
        bar.progress(factor=min(item.worst / max(data.range_high, 1e-6), 1.0), type="BAR", translate=False)

    def draw_filter(self, context: Any, layout: Any) -> None:
        """No filter: two dozen joints, sorted already."""


_CLASSES = (GHOSTCAP_UL_compared_joints,)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
