# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.motion.compare.angles import ANGLES
from ghostcap.motion.compare.clip import Clip, clip_from_rotations
from ghostcap.motion.compare.comparison import Settings, compare_clips
from ghostcap.motion.compare.deviations import measure_deviations
from ghostcap.motion.compare.findings import Thresholds, find_findings
from ghostcap.motion.compare.phases import Event
from ghostcap.motion.compare.placement import Placement, place, retarget
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.rotations import matrix_from_axis_angle, matrix_from_quaternion, quaternion_from_matrix
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES
from ghostcap.tests.motion.compare.swings import REST, clip_of, golf_swing, smooth_motion, squats, standing


def bend(clip: Clip, joint: str, turn: np.ndarray, rows: slice = slice(None)) -> Clip:
    """The clip with one joint turned by a further axis-angle."""
    rotations = clip.rotations.copy()
    rotations[rows, JOINT[joint]] = rotations[rows, JOINT[joint]] @ matrix_from_axis_angle(turn)
    return replace(clip, rotations=rotations)


@pytest.mark.parametrize("clip", [golf_swing(), squats(), smooth_motion(1)], ids=["golf", "squats", "motion"])
def test_somebody_beside_themselves_differs_nowhere(clip):
    """Identity: no finding, full score."""
    result = compare_clips(clip, clip)
    assert result.deviations.local.max() < 1e-6
    assert result.deviations.distance.max() < 1e-6
    assert np.nanmax(np.abs(result.deviations.angle_difference)) < 1e-6
    assert result.score.overall == pytest.approx(100)
    assert result.findings == ()


@settings(max_examples=20)
@given(
    st.sampled_from([name for name in JOINT_NAMES if name != "Pelvis"]),
    st.floats(0.15, 1.0),
    st.integers(0, 1000),
)
def test_a_turned_joint_is_found_at_its_joint_and_size_and_nowhere_else(joint, size, seed):
    clip = smooth_motion(seed, count=12)
    axis = np.random.default_rng(seed).normal(size=3)
    found = measure_deviations(bend(clip, joint, size * axis / np.linalg.norm(axis)), clip)
    others = np.arange(24) != JOINT[joint]
    assert np.allclose(found.local[:, JOINT[joint]], size, atol=1e-6)
    assert found.local[:, others].max() < 1e-6


@settings(max_examples=20)
@given(st.floats(-1.0, 1.0), st.floats(-0.8, 0.8))
def test_swing_and_twist_make_up_the_difference(turn, away):
    """A forearm turned about itself is twist, a bent elbow is swing."""
    clip = clip_of(standing(3), 30.0)
    bone = REST[JOINT["L_Wrist"]] - REST[JOINT["L_Elbow"]]
    bone /= np.linalg.norm(bone)
    across = np.cross(bone, [0.0, 1.0, 0.0])
    rotations = clip.rotations.copy()
    swing = matrix_from_axis_angle(away * across / np.linalg.norm(across))
    rotations[:, JOINT["L_Elbow"]] = rotations[:, JOINT["L_Elbow"]] @ swing @ matrix_from_axis_angle(turn * bone)
    found = measure_deviations(replace(clip, rotations=rotations), clip)
    assert np.allclose(found.twist[:, JOINT["L_Elbow"]], turn, atol=1e-6)
    assert np.allclose(found.swing[:, JOINT["L_Elbow"]], abs(away), atol=1e-6)


def test_a_bent_knee_is_told_as_such():
    """The finding names the joint, the size and the direction."""
    athlete = clip_of(standing(60), 30.0)
    user = bend(athlete, "R_Knee", np.array([np.radians(32), 0, 0]), slice(20, 50))
    result = compare_clips(athlete, user, Settings(mirror="no"))
    worst = result.findings[0]
    assert (worst.name, worst.side, JOINT_NAMES[worst.joint]) == ("knee_flexion", "right", "R_Knee")
    assert np.degrees(worst.size) == pytest.approx(32, abs=2)
    assert 20 <= result.time.user[worst.row] < 50
    assert {finding.joint for finding in result.findings} == {JOINT["R_Knee"]}


def test_the_score_falls_as_the_difference_grows():
    athlete = smooth_motion(2)
    scores = [
        compare_clips(athlete, bend(athlete, "L_Shoulder", np.array([0, 0, size])), Settings(mirror="no")).score
        for size in (0.0, 0.2, 0.5, 0.9)
    ]
    assert all(a.overall > b.overall for a, b in pairwise(scores))
    assert scores[-1].joints.argmin() == JOINT["L_Shoulder"]
    assert scores[-1].joints[JOINT["R_Hip"]] == pytest.approx(100)


def test_noise_below_the_floor_counts_nothing():
    """Two captures of one motion differ by a few degrees: that is no mistake of the user."""
    athlete = smooth_motion(2)
    user = bend(athlete, "L_Knee", np.array([np.radians(4.0), 0, 0]))
    result = compare_clips(athlete, user, Settings(mirror="no"))
    assert result.score.overall == pytest.approx(100)
    assert result.findings == ()


@settings(max_examples=8)
@given(st.floats(-3, 3), st.floats(-4, 4), st.floats(0.7, 1.4))
def test_place_heading_and_size_are_no_mistakes(yaw, shift, size):
    """Who stands elsewhere, faces elsewhere and is taller does the same motion."""
    user = smooth_motion(11)
    athlete = place(retarget(user, REST * size), Placement(yaw, np.array([shift, -shift, 0.0])))
    result = compare_clips(athlete, user, Settings(mirror="no"))
    assert result.deviations.local.max() < 1e-6
    assert result.deviations.distance.max() < 1e-6
    assert result.deviations.overall.max() < 1e-6


@pytest.mark.parametrize(("mine", "theirs"), [(1.5, 0.0), (0.0, 0.8), (-3.0, 0.4)])
def test_who_stands_on_another_floor_does_the_same_motion(mine, theirs):
    """A character on a stage, an athlete on a lorry: the ghost stands where the user stands."""
    athlete = squats()
    user = replace(athlete, root=athlete.root + [0.0, 0.0, mine])
    lifted = replace(athlete, root=athlete.root + [0.0, 0.0, theirs])
    result = compare_clips(lifted, user, Settings(mirror="no"))
    assert result.deviations.distance.max() < 1e-6


def test_a_lower_squat_stays_lower():
    """Hips that go down further are a difference, and no other floor."""

    def grounded(clip: Clip) -> Clip:
        lowest = clip.posed.positions[..., 2].min(-1, keepdims=True)
        return replace(clip, root=clip.root - lowest * [0.0, 0.0, 1.0])

    athlete, user = grounded(squats(depth=1.0)), grounded(squats(depth=1.9))
    result = compare_clips(athlete, user, Settings(by="repetitions", mirror="no", anyway=True))
    deeper = athlete.root[:, 2].min() - user.root[:, 2].min()
    assert deeper > 0.15
    assert result.deviations.distance[:, JOINT["Pelvis"]].max() > 0.9 * deeper


def test_sway_is_not_turned_away():
    """One turn and one shift for all frames: who sways is seen to sway, unless pure shape is asked for."""
    athlete = squats()
    root = athlete.root.copy()
    root[:, 0] += 0.2 * np.sin(np.linspace(0, 4 * np.pi, len(root)))
    user = replace(athlete, root=root)
    whole = compare_clips(athlete, user, Settings(by="motion", mirror="no"))
    shape = compare_clips(athlete, user, Settings(by="motion", mirror="no", pure_shape=True))
    assert whole.deviations.distance.max() > 0.12
    assert shape.deviations.distance.max() < 1e-6
    assert "sway" in {finding.name for finding in whole.findings}


def test_a_left_handed_athlete_is_mirrored():
    right = golf_swing()
    result = compare_clips(right.mirrored(), right)
    assert result.mirrored
    assert result.deviations.local.max() < 1e-6
    assert not compare_clips(right, right).mirrored


def test_mirroring_twice_changes_nothing():
    clip = smooth_motion(3)
    twice = clip.mirrored().mirrored()
    assert np.allclose(twice.rotations, clip.rotations)
    assert np.allclose(twice.posed.positions, clip.posed.positions)
    assert np.allclose(clip.mirrored().posed.positions[:, JOINT["L_Wrist"]] * [-1, 1, 1],
                       clip.posed.positions[:, JOINT["R_Wrist"]])  # fmt: skip


def test_quaternions_of_either_sign_are_one_rotation():
    """Armatures give quaternions of any sign."""
    clip = smooth_motion(4)
    quaternions = quaternion_from_matrix(clip.rotations)
    signs = np.where(np.random.default_rng(0).random(quaternions.shape[:-1]) < 0.5, -1.0, 1.0)
    other = replace(clip, rotations=matrix_from_quaternion(quaternions * signs[..., None]))
    result = compare_clips(clip, other, Settings(mirror="no"))
    assert result.deviations.local.max() < 1e-6


def test_frames_that_were_not_seen_are_not_judged():
    """A bridged gap is a guess: what it shows is no mistake."""
    athlete = smooth_motion(5)
    user = bend(athlete, "L_Elbow", np.array([0, 1.2, 0]), slice(30, 60))
    trusted = np.ones(len(user), dtype=bool)
    trusted[25:65] = False
    result = compare_clips(athlete, replace(user, trusted=trusted), Settings(mirror="no"))
    assert result.findings == ()
    assert result.score.overall > 99
    assert any("not seen" in warning for warning in result.warnings)


def test_a_joint_the_camera_can_not_see_is_not_judged():
    athlete = smooth_motion(5)
    user = bend(athlete, "L_Elbow", np.array([0, 1.2, 0]))
    confidence = user.confidence.copy()
    confidence[:, JOINT["L_Elbow"]] = 0.1
    result = compare_clips(athlete, replace(user, confidence=confidence), Settings(mirror="no"))
    assert JOINT["L_Elbow"] not in {finding.joint for finding in result.findings}
    assert np.isnan(result.score.joints[JOINT["L_Elbow"]])


def test_never_seen_is_said():
    clip = smooth_motion(6)
    with pytest.raises(GhostcapError, match="not seen") as caught:
        compare_clips(clip, replace(clip, trusted=np.zeros(len(clip), dtype=bool)))
    assert caught.value.code == "not_seen"


def test_different_motions_are_told_apart():
    """A squat beside a golf swing: no score, but a word."""
    with pytest.raises(GhostcapError, match="different things") as caught:
        compare_clips(golf_swing(), squats())
    assert caught.value.code == "no_common_motion"
    assert compare_clips(golf_swing(), squats(), Settings(anyway=True)).score.overall < 80


def test_two_squats_are_found_in_ten_minutes_of_something_else():
    """The user lets the camera run; what they do otherwise may even seem to repeat itself."""
    athlete, long = squats(2), smooth_motion(4, count=18000)
    rotations = long.rotations.copy()
    rotations[9000 : 9000 + len(athlete)] = athlete.rotations
    user = replace(long, rotations=rotations, root=np.repeat(athlete.root[:1], len(long), 0))
    result = compare_clips(athlete, user)
    assert abs(result.time.user[0] - 9000) < 10
    assert result.score.overall > 95


def test_half_of_the_time_unseen_is_warned_of():
    swing = golf_swing(30.0)
    trusted = np.arange(len(swing)) % 2 == 0
    result = compare_clips(swing, replace(swing, trusted=trusted))
    assert result.score.overall == pytest.approx(100)
    assert "not seen" in result.warnings[0]


def test_another_skeleton_is_refused():
    with pytest.raises(GhostcapError) as caught:
        clip_from_rotations(np.tile(np.eye(3), (5, 17, 1, 1)), np.zeros((5, 3)), np.zeros((17, 3)), 30.0)
    assert caught.value.code == "other_skeleton"


def test_a_clip_without_frames_is_refused():
    with pytest.raises(GhostcapError) as caught:
        squats().cut(10, 10)
    assert caught.value.code == "no_frames"


def test_one_picture_is_compared_with_the_moment_it_resembles():
    athlete = smooth_motion(7)
    user = bend(athlete.cut(40, 41), "L_Knee", np.array([0.6, 0, 0]))
    result = compare_clips(athlete, user)
    assert result.by == "pose"
    assert abs(result.time.athlete[0] - 40) <= 3
    assert result.deviations.local[0].argmax() == JOINT["L_Knee"]
    assert np.degrees(result.deviations.local[0].max()) == pytest.approx(34.4, abs=1)


@pytest.mark.parametrize("whose", ["athlete", "user"])
def test_one_picture_of_a_camera_tells_no_turn_that_no_angle_tells(whose):
    """A picture is no place to see how a straight limb or a neck is turned; of a pose made by hand it is known."""
    athlete = smooth_motion(7)
    user = bend(athlete.cut(40, 41), "Neck", np.array([0.0, 1.2, 0.0]))
    findings = compare_clips(athlete, user, Settings(mirror="no")).findings
    assert [finding.joint for finding in findings if finding.kind == "rotation"] == [JOINT["Neck"]]
    sides = {"athlete": athlete, "user": user}
    sides[whose] = replace(seen_by_a_camera(sides[whose]), view=np.zeros(len(sides[whose])))
    findings = compare_clips(**sides, settings=Settings(mirror="no")).findings
    assert "rotation" not in {finding.kind for finding in findings}


@pytest.mark.parametrize("count", range(1, 14))
def test_a_clip_of_a_few_frames_is_compared(count):
    """Shorter than what differences are smoothed over: a quick move at a high frame rate."""
    athlete = replace(smooth_motion(7).cut(40, 40 + count), fps=120.0)
    user = bend(athlete, "L_Knee", np.array([0.6, 0, 0]))
    result = compare_clips(athlete, user, Settings(mirror="no", anyway=True))
    assert len(result.user) >= min(count, 2)


def test_markers_of_the_user_win():
    """The user knows best what belongs together."""
    swing = golf_swing()
    mine = (Event("start", 50.0), Event("hit", 141.0))
    theirs = (Event("start", 60.0), Event("hit", 121.0))
    result = compare_clips(swing, swing, Settings(user_markers=mine, athlete_markers=theirs))
    assert result.by == "markers"
    assert result.time.athlete[0] == pytest.approx(60)
    assert result.time.athlete[-1] == pytest.approx(121)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ((Event("a", 5),), (Event("a", 6),)),
        ((Event("a", 5), Event("b", 9)), (Event("a", 9), Event("b", 5))),
        ((Event("a", 5), Event("b", 9)), ()),
        ((Event("a", 5), Event("b", 9999)), (Event("a", 5), Event("b", 9))),
    ],
    ids=["one", "crossed", "one-sided", "outside"],
)
def test_markers_that_make_no_sense_are_told(mine, theirs):
    clip = squats()
    with pytest.raises(GhostcapError) as caught:
        compare_clips(clip, clip, Settings(user_markers=mine, athlete_markers=theirs))
    assert caught.value.code == "bad_markers"


def seen_by_a_camera(clip: Clip) -> Clip:
    """Known nearly everywhere, exactly nowhere."""
    return replace(clip, confidence=np.full(clip.confidence.shape, 0.98))


def test_somebody_else_moves_differently_however_they_stand():
    """Two who stand and do different things with an arm: their poses lie close, their movements do not agree."""
    time = np.arange(90) / 30
    clips = []
    for axis in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.3]):
        poses = standing(90)
        poses[:, JOINT["R_Shoulder"]] += 0.9 * np.sin(np.pi * time / 3)[:, None] ** 2 * np.array(axis)
        clips.append(clip_of(poses, 30.0))
    with pytest.raises(GhostcapError) as caught:
        compare_clips(clips[0], clips[1], Settings(by="motion", mirror="no"))
    assert caught.value.code == "no_common_motion"
    half = clips[0].at(np.arange(0, 89, 0.5))
    assert compare_clips(clips[0], half, Settings(mirror="no")).score.overall > 99


@pytest.mark.parametrize("pace", [0.5, 0.75, 1.5, 2.2])
def test_who_does_it_slowly_is_compared_from_beginning_to_end(pace):
    """A beginner squats at half the pace: the whole squat belongs to the athlete's whole squat."""
    athlete = squats(1, 2.0)
    user = athlete.at(np.arange(0, len(athlete) - 1 + 1e-9, pace))
    result = compare_clips(athlete, user)
    assert (result.time.user[0], result.time.athlete[0]) == pytest.approx((0, 0), abs=4)
    assert result.time.athlete[-1] == pytest.approx(len(athlete) - 1, abs=4)
    assert result.score.overall > 97


def test_waiting_before_and_after_is_left_out():
    """Nobody starts the camera at the right moment."""
    athlete = squats(1, 2.0)
    still = [np.zeros(70), np.arange(len(athlete)), np.full(40, len(athlete) - 1.0)]
    user = athlete.at(np.concatenate(still))
    result = compare_clips(athlete, user, Settings(by="motion"))
    moved = (result.time.athlete > 10) & (result.time.athlete < len(athlete) - 10)
    assert np.abs(result.time.user[moved] - 70 - result.time.athlete[moved]).max() < 3


def test_a_moment_early_is_no_bent_knee():
    """At speed, one frame is ten degrees: such a difference says how moments were paired, not how the user moves."""
    athlete = squats(4, 0.8)
    frames = np.arange(2.0, len(athlete) - 3)
    early, late = athlete.at(frames), athlete.at(frames + 1)
    found = measure_deviations(late, early)
    knee = [angle.key for angle in ANGLES].index("left_knee_flexion")
    assert np.degrees(np.abs(found.angle_difference[:, knee]).max()) > 12
    assert find_findings(late, early, found, (), (), Thresholds()) == ()


def test_two_cameras_on_different_sides_are_warned_of():
    """A lean towards the camera can't be seen: what differs a little may be the camera's."""
    athlete = seen_by_a_camera(smooth_motion(2))
    user = bend(athlete, "L_Knee", np.array([np.radians(26.0), 0, 0]))
    front = np.zeros(len(athlete))
    athlete = replace(athlete, view=front)
    apart = compare_clips(athlete, replace(user, view=front + 1.4), Settings(mirror="no"))
    beside = compare_clips(athlete, replace(user, view=front), Settings(mirror="no"))
    assert "knee_flexion" in {finding.name for finding in beside.findings}
    assert "knee_flexion" not in {finding.name for finding in apart.findings}
    assert any("different sides" in warning for warning in apart.warnings)
    assert not any("different sides" in warning for warning in beside.warnings)


def test_eight_squats_are_eight():
    """The first and the last count as well."""
    result = compare_clips(squats(3, 1.6), squats(8, 2.1))
    assert result.laps == (8, 3)
