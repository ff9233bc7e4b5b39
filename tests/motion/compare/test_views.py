# SPDX-License-Identifier: GPL-3.0-or-later
"""What is depth to a camera is not told: neither a sway, nor a lean, nor a thrust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ghostcap.motion.compare.clip import Clip
from ghostcap.motion.compare.comparison import Comparison, Settings, compare_clips
from ghostcap.motion.root_motion import rotation_about_z
from ghostcap.motion.rotations import matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT
from ghostcap.tests.motion.compare.swings import squats

FRONT, BESIDE, OBLIQUE = 0.0, np.pi / 2, np.pi / 4


def filmed(clip: Clip, view: float | None) -> Clip:
    """Known nearly everywhere, from a camera that stands so far to the left of where the person first faces."""
    seen = None if view is None else np.full(len(clip), view)
    return replace(clip, confidence=np.full(clip.confidence.shape, 0.98), view=seen)


def differing(clip: Clip, axis: int = 0, metres: float = 0.5) -> Clip:
    """Somebody who goes sideways (0) or to the front (1) and back, leans to the side, and opens a leg."""
    count = len(clip)
    way = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, count))
    root, rotations = clip.root.copy(), clip.rotations.copy()
    root[:, axis] += metres * way
    for joint in ("Spine1", "L_Hip"):
        rotations[:, JOINT[joint]] @= matrix_from_axis_angle(way[:, None] * np.array([0.0, 0.0, 0.6]))
    return replace(clip, root=root, rotations=rotations)


def compare(mine: float | None, theirs: float | None, axis: int = 0, turn: float = 0.0) -> Comparison:
    athlete = squats()
    sides = [filmed(athlete, theirs), filmed(differing(athlete, axis), mine)]
    about = rotation_about_z(np.asarray(turn))
    for index, side in enumerate(sides):
        rotations = side.rotations.copy()
        rotations[:, 0] = about @ rotations[:, 0]
        sides[index] = replace(side, rotations=rotations, root=side.root @ about.T)
    return compare_clips(sides[0], sides[1], Settings(by="motion", mirror="no"))


def told(result: Comparison) -> set[str]:
    return {finding.name for finding in result.findings}


@pytest.mark.parametrize("turn", [0.0, 1.0, 2.5])
def test_a_sway_is_told_from_the_front_and_not_from_aside(turn):
    """A golfer filmed down the line sways along the way the camera looks; wherever the world's axes are."""
    for view in (FRONT, np.pi, OBLIQUE, None):
        assert {"sway", "trunk_side_lean"} <= told(compare(view, view, turn=turn))
    for view in (BESIDE, -BESIDE):
        assert not {"sway", "head_sway", "trunk_side_lean", "hip_abduction"} & told(compare(view, view, turn=turn))


def test_one_camera_that_does_not_see_it_is_enough():
    """The athlete was filmed a little more from aside than the user: to that camera it is depth."""
    assert "sway" not in told(compare(np.radians(40.0), np.radians(65.0)))
    assert "sway" in told(compare(np.radians(40.0), np.radians(50.0)))


def test_a_thrust_is_told_from_aside_and_not_from_the_front():
    assert "thrust" in told(compare(BESIDE, BESIDE, axis=1))
    assert "thrust" not in told(compare(FRONT, FRONT, axis=1))


def test_no_shift_is_told_between_cameras_on_different_sides():
    shifts = [one.name for one in compare(np.radians(50.0), FRONT).findings if one.kind == "shift"]
    assert shifts == []


def test_who_turns_before_the_camera_is_seen_by_it_as_they_stand():
    """The camera's place is told as the person sees it, and so changes as the person turns."""
    athlete = squats()
    user = differing(athlete)
    spin = np.linspace(0.0, 0.6, len(athlete))
    sides = []
    for side in (athlete, user):
        rotations = side.rotations.copy()
        rotations[:, 0] = rotation_about_z(spin) @ rotations[:, 0]
        sides.append(replace(filmed(side, BESIDE), rotations=rotations, view=BESIDE - spin))
    result = compare_clips(sides[0], sides[1], Settings(by="motion", mirror="no"))
    assert "sway" not in told(result)
