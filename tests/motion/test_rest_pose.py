# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of rigs that rest differently from SMPL, read as SMPL's and written back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.motion.amass_track import plain_body
from ghostcap.motion.kinematics import pose_skeleton
from ghostcap.motion.rest_pose import find_body_axes, fit_rest_pose, read_rotations, rig_rotations
from ghostcap.motion.rotations import axis_angle_from_matrix, geodesic_angle, matrix_from_axis_angle, rotation_between
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES, PARENTS
from ghostcap.tests.addon.comparison.foreign_rigs import human

WORLD = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""Columns left, up, forward of somebody who faces -y with z up."""
TURNS = [
    turn for axes in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2))
    for signs in np.ndindex(2, 2, 2)
    if np.linalg.det(turn := np.eye(3)[list(axes)] * (1 - 2 * np.array(signs))) > 0
]  # fmt: skip
seeds = st.integers(0, 2**32 - 1)


def heads_of(arms: str = "T", spines: int = 3, without: tuple[str, ...] = ()) -> np.ndarray:
    """(24, 3) heads of a foreign rig, z up and facing -y."""
    places, _ = human(arms, spines)
    missing = [np.nan] * 3
    return np.array([missing if name in without else places.get(name, missing) for name in JOINT_NAMES])


def random_turns(seed: int, count: int = 3, size: float = 2.0) -> np.ndarray:
    return matrix_from_axis_angle(np.random.default_rng(seed).normal(0, size, (count, 24, 3)))


@pytest.mark.parametrize("turn", TURNS)
def test_the_body_is_found_along_whatever_axes_it_stands(turn: np.ndarray) -> None:
    """FBX files have y up, BVH files anything; unequal hips and a stoop do not tilt the body."""
    heads = heads_of()
    heads[JOINT["L_Hip"]] += [0.0, 0.006, 0.01]
    heads[[JOINT["L_Shoulder"], JOINT["R_Shoulder"]]] += [0.0, -0.08, 0.0]
    np.testing.assert_allclose(find_body_axes(heads @ turn.T), turn @ WORLD, atol=1e-12)


def test_a_body_askew_in_its_space_is_found_askew() -> None:
    """Somebody applied a rotation of 37 degrees to the armature."""
    turn = matrix_from_axis_angle(np.radians([0.0, 0.0, 37.0]))
    np.testing.assert_allclose(find_body_axes(heads_of() @ turn.T), turn @ WORLD, atol=1e-6)


@settings(max_examples=40)
@given(seeds, st.sampled_from(range(len(TURNS))), st.floats(0.005, 200.0))
def test_smpl_itself_in_other_axes_and_units_is_read_as_it_is(seed: int, axes: int, unit: float) -> None:
    """Our own armature, also after a trip through FBX: the same rotations, the same bones."""
    turn = TURNS[axes]
    rotations = random_turns(seed)
    rest = fit_rest_pose(plain_body().joints @ turn.T / unit, exact=True)
    posed = pose_skeleton(rotations, plain_body().joints, np.zeros(3))
    # A bone's turn from rest, in its armature's space, is the joint's, seen from there.
    read = read_rotations(rest, posed.rotations @ turn.T)
    np.testing.assert_allclose(read, rotations, atol=1e-9)
    np.testing.assert_allclose(rest.rest_joints * unit, plain_body().joints, atol=1e-9)


def test_our_rig_rested_anew_by_an_animator_is_read_by_where_its_limbs_rest() -> None:
    """Arms 45 degrees down at rest (Apply Pose as Rest Pose) are no T-pose any more."""
    heads = heads_of("A")
    assert (geodesic_angle(fit_rest_pose(heads, exact=True).turns[JOINT["L_Shoulder"]], WORLD)) > np.radians(40)
    near = fit_rest_pose(plain_body().joints, exact=True)
    np.testing.assert_allclose(near.turns, np.tile(np.eye(3), (24, 1, 1)), atol=1e-12)


@settings(max_examples=60)
@given(
    seeds, st.sampled_from(["T", "A"]), st.sampled_from([1, 2, 3]),
    st.sets(st.sampled_from(["Neck", "L_Collar", "R_Collar", "L_Hand", "R_Hand", "L_Foot", "R_Foot", "L_Wrist",
                             "R_Ankle", "Spine1"])),
)  # fmt: skip
def test_joints_are_where_the_rig_has_them(seed: int, arms: str, spines: int, without: set[str]) -> None:
    """Whatever a rig lacks and however it rests: FK on what was read puts its joints where its own bones are."""
    drop = without | ({"L_Hand"} if "L_Wrist" in without else set()) | ({"R_Foot"} if "R_Ankle" in without else set())
    names = {f"Spine{number + 1}": f"Spine{number + 1}" for number in range(spines)}
    heads = heads_of(arms, spines, tuple(drop))
    if spines < 3:
        # The last bone of the back carries the arms.
        last = JOINT[f"Spine{len(names)}"]
        heads[JOINT["Spine3"]], heads[last] = heads[last].copy(), np.nan
    rest = fit_rest_pose(heads)
    known = np.flatnonzero(rest.known)
    turns = random_turns(seed)
    moved = np.zeros((3, 24, 3))
    moved[:, 0] = heads[0]
    for joint in known[1:]:
        above = PARENTS[joint]
        while not rest.known[above]:
            above = PARENTS[above]
        moved[:, joint] = moved[:, above] + turns[:, above] @ (heads[joint] - heads[above])
    rotations = read_rotations(rest, turns)
    posed = pose_skeleton(rotations, rest.rest_joints, heads[0])
    np.testing.assert_allclose(posed.positions[:, known], moved[:, known], atol=1e-9)
    back = rig_rotations(rest, posed.rotations)
    np.testing.assert_allclose(back[:, known], turns[:, known], atol=1e-9)


def test_an_a_pose_is_told_from_raised_arms() -> None:
    """Arms that hang at 45 degrees at rest are 45 degrees down; brought up to a T they are at zero."""
    rest = fit_rest_pose(heads_of("A"))
    still = read_rotations(rest, np.tile(np.eye(3), (1, 24, 1, 1)))
    down = np.degrees(axis_angle_from_matrix(still[0]))
    # SMPL's upper arms slope by 2 degrees in its T-pose.
    assert down[JOINT["L_Shoulder"], 2] == pytest.approx(-45, abs=4)
    assert down[JOINT["R_Shoulder"], 2] == pytest.approx(45, abs=4)
    assert np.linalg.norm(down[JOINT["L_Elbow"]]) == pytest.approx(15, abs=5)
    assert np.abs(down[[JOINT[n] for n in ("Pelvis", "Spine1", "Spine3", "Neck", "Head", "L_Collar")]][1:]).max() < 1e-6
    # The feet stand flat though the legs are astride.
    foot = np.degrees(geodesic_angle(pose_skeleton(still, rest.rest_joints, np.zeros(3)).rotations[0], WORLD))
    assert foot[JOINT["L_Ankle"]] < 20
    turns = np.tile(np.eye(3), (1, 24, 1, 1))
    places = heads_of("A")
    for side in ("L_", "R_"):
        upper = places[JOINT[side + "Elbow"]] - places[JOINT[side + "Shoulder"]]
        sideways = np.array([1.0 if side == "L_" else -1.0, 0.0, 0.0])
        turns[:, JOINT[side + "Shoulder"]] = rotation_between(upper, sideways)
    raised = np.degrees(axis_angle_from_matrix(read_rotations(rest, turns)[0]))
    assert np.linalg.norm(raised[JOINT["L_Shoulder"]]) < 6


def test_a_bent_knee_is_a_turn_about_its_hinge() -> None:
    """60 degrees of flexion are 60 degrees about x, in a rig that rests astride in an A-pose."""
    rest = fit_rest_pose(heads_of("A"))
    bent = matrix_from_axis_angle(np.radians([-60.0, 0, 0]))
    turns = np.tile(np.eye(3), (1, 24, 1, 1))
    turns[:, [JOINT["L_Knee"], JOINT["L_Ankle"], JOINT["L_Foot"]]] = bent
    still = read_rotations(rest, np.tile(np.eye(3), (1, 24, 1, 1)))
    moved = read_rotations(rest, turns)
    change = np.swapaxes(still, -1, -2) @ moved
    angles = np.degrees(geodesic_angle(change, np.eye(3)))[0]
    assert angles[JOINT["L_Knee"]] == pytest.approx(60, abs=1e-6)
    assert np.delete(angles, JOINT["L_Knee"]).max() < 1e-5
    axis = axis_angle_from_matrix(moved[0, JOINT["L_Knee"]])
    axis /= np.linalg.norm(axis)
    assert abs(axis[0]) > 0.97


def test_a_bend_of_the_back_is_shared_by_the_joints_the_rig_lacks() -> None:
    """One bone bent by 45 degrees is three joints bent by 15 each, as a back bends; no joint is blamed for three."""
    heads = heads_of("T", 1)
    heads[JOINT["Spine3"]], heads[JOINT["Spine1"]] = heads[JOINT["Spine1"]].copy(), np.nan
    rest = fit_rest_pose(heads)
    turns = np.tile(matrix_from_axis_angle(np.radians([45.0, 0, 0])), (1, 24, 1, 1))
    below = [JOINT[side + part] for side in ("L_", "R_") for part in ("Hip", "Knee", "Ankle", "Foot")]
    turns[:, [0, *below]] = np.eye(3)
    angles = np.degrees(geodesic_angle(read_rotations(rest, turns), np.eye(3)))[0]
    np.testing.assert_allclose(angles[[JOINT[f"Spine{number}"] for number in (1, 2, 3)]], 15.0, atol=1e-6)
