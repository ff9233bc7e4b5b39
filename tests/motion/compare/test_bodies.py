# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters of any size, and rigs that rest in other ways, beside people."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.motion.compare.bodies import bend_back, measure_stature, resize, straighten
from ghostcap.motion.compare.clip import Clip
from ghostcap.motion.compare.comparison import Comparison, Settings, compare_clips
from ghostcap.motion.compare.placement import retarget
from ghostcap.motion.rotations import geodesic_angle, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT
from ghostcap.tests.motion.compare.swings import REST, golf_swing, smooth_motion, squats

AS_IT_IS = Settings(mirror="no")


def swaying(clip: Clip, metres: float) -> Clip:
    """Somebody who moves sideways as well, and bends a knee."""
    root, rotations = clip.root.copy(), clip.rotations.copy()
    root[:, 0] += metres * np.sin(np.linspace(0, 2 * np.pi, len(root)))
    rotations[20:50, JOINT["R_Knee"]] @= matrix_from_axis_angle(np.array([0.5, 0.0, 0.0]))
    return replace(clip, root=root, rotations=rotations)


@cache
def sides(kind: str) -> tuple[Clip, Clip, Comparison]:
    athlete = {"golf": golf_swing, "squats": squats}[kind]()
    user = swaying(athlete, 0.2)
    return athlete, user, compare_clips(athlete, user, AS_IT_IS)


def shifts(result: Comparison) -> list[float]:
    return [finding.size for finding in result.findings if finding.kind == "shift"]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["golf", "squats"]), st.floats(-3, 3), st.floats(-3, 3))
def test_the_size_of_either_side_is_no_mistake(kind, athlete_power, user_power):
    """A character of a centimetre, or of a hundred metres, or in a scene that counts in centimetres."""
    powers = [power if abs(power) > 0.4 else 0.0 for power in (athlete_power, user_power)]
    athlete, user, plain = sides(kind)
    scale = 10.0 ** powers[1]
    result = compare_clips(resize(athlete, 10.0 ** powers[0]), resize(user, scale), AS_IT_IS)
    assert result.by == plain.by
    assert result.score.overall == pytest.approx(plain.score.overall, abs=1e-3)
    assert np.allclose(result.time.athlete, plain.time.athlete, atol=1e-3)
    assert np.allclose(result.deviations.local, plain.deviations.local, atol=1e-4)
    told = [(one.name, one.side, one.row) for one in result.findings]
    assert told == [(one.name, one.side, one.row) for one in plain.findings]
    angles = [[one.size for one in each.findings if one.kind in ("angle", "rotation")] for each in (result, plain)]
    assert np.allclose(angles[0], angles[1], atol=1e-4)
    # What comes back has the user's size.
    assert np.allclose(result.deviations.distance, plain.deviations.distance * scale, atol=1e-4 * scale)
    for side, other in ((result.user, plain.user), (result.ghost, plain.ghost)):
        assert np.allclose(side.posed.positions, other.posed.positions * scale, atol=1e-4 * scale)


def test_a_sway_is_told_as_on_a_person_whatever_the_size_of_the_character():
    athlete, user, plain = sides("squats")
    assert shifts(plain)
    for scale in (0.01, 100.0):
        assert shifts(compare_clips(athlete, resize(user, scale), AS_IT_IS)) == pytest.approx(shifts(plain), abs=1e-4)


@pytest.mark.parametrize("tall", [1.5, 1.9])
def test_a_person_is_measured_in_metres(tall):
    """20 cm are 20 cm for who is short as well."""
    athlete = squats()
    user = retarget(athlete, REST * (tall / measure_stature(REST)))
    user = swaying(user, 0.2)
    result = compare_clips(athlete, user, AS_IT_IS)
    # The ghost stands in the middle of it; what is told counts from where both begin.
    assert max(abs(size) for size in shifts(result)) == pytest.approx(0.2, abs=0.02)
    assert np.array_equal(result.user.root, user.cut(int(result.time.user[0]), int(result.time.user[-1]) + 1).root)


def test_a_child_is_measured_as_a_person_and_told_in_its_own_metres():
    athlete = squats()
    child = swaying(resize(squats(), 1.0 / 1.7), 0.15)
    result = compare_clips(athlete, child, AS_IT_IS)
    assert max(abs(size) for size in shifts(result)) == pytest.approx(0.15, abs=0.02)


def bent_body() -> np.ndarray:
    """Somebody whose elbows, knees and collar bones do not lie as the plain body's."""
    rest = REST.copy()
    for side, way in (("L", 1.0), ("R", -1.0)):
        rest[[JOINT[f"{side}_Wrist"], JOINT[f"{side}_Hand"]]] += [0.0, 0.02, 0.09]
        rest[JOINT[f"{side}_Knee"]] += [0.03 * way, 0.0, -0.05]
    return rest


def test_a_rig_of_another_maker_does_the_same_motion():
    """One side counts from straight limbs, the other from its own T-pose: no elbow of twenty degrees comes of that."""
    ours = smooth_motion(3, rest=bent_body())
    theirs = straighten(ours)
    assert np.allclose(theirs.posed.positions, ours.posed.positions)
    assert np.degrees(geodesic_angle(theirs.rotations, ours.rotations)).max() > 15
    for athlete, user in ((ours, theirs), (theirs, ours)):
        result = compare_clips(athlete, user, AS_IT_IS)
        assert result.deviations.local.max() < 1e-5
        assert result.findings == ()
        assert result.user.straight == result.ghost.straight == user.straight
        assert np.allclose(result.user.rest_joints, user.rest_joints)
        assert np.allclose(result.ghost.rotations, user.rotations[result.time.user], atol=1e-5)


def test_bending_back_undoes_straightening():
    clip = smooth_motion(5, count=10, rest=bent_body())
    back = bend_back(straighten(clip), clip.rest_joints)
    assert np.allclose(back.rotations, clip.rotations)
    assert np.allclose(back.posed.positions, clip.posed.positions)
