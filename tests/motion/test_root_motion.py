# SPDX-License-Identifier: GPL-3.0-or-later
"""Root motion: an engine moves the character by it, so it has to be calm, on the ground, and lose nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ghostcap.motion.root_motion import (
    ROOT_MODES,
    RootMode,
    find_heading,
    rotation_about_z,
    smooth_in_time,
    split_root_motion,
)
from ghostcap.motion.rotations import matrix_from_axis_angle

FPS = 60.0
_clips = st.integers(1, 40).flatmap(
    lambda count: st.tuples(
        hnp.arrays(float, (count, 3), elements=st.floats(-5, 5)),
        hnp.arrays(float, (count, 3), elements=st.floats(-4, 4)),
    )
)
_angles = st.floats(-3, 3)


@given(_clips, st.sampled_from(["root", "hips"]))
def test_root_and_hips_together_are_the_captured_motion(clip: tuple[np.ndarray, np.ndarray], mode: RootMode) -> None:
    """Whatever the person does, joints in the engine must stand where they were captured."""
    position, rotation = clip[0], matrix_from_axis_angle(clip[1])
    again = split_root_motion(position, rotation, FPS, mode).compose()
    np.testing.assert_allclose(again[0], position, atol=1e-9)
    np.testing.assert_allclose(again[1], rotation, atol=1e-9)


@given(_clips)
def test_clip_moved_to_the_origin_keeps_its_shape(clip: tuple[np.ndarray, np.ndarray]) -> None:
    """Beginning at the origin is one rigid move on the ground: distances, heights and turns between frames stay."""
    position, rotation = clip[0], matrix_from_axis_angle(clip[1])
    motion = split_root_motion(position, rotation, FPS, to_origin=True)
    np.testing.assert_allclose(motion.path[0], 0, atol=1e-9)
    assert motion.heading[0] == pytest.approx(0, abs=1e-9)
    moved, turned = motion.compose()
    np.testing.assert_allclose(moved[:, 2], position[:, 2], atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.norm(moved - moved[0], axis=1), np.linalg.norm(position - position[0], axis=1), atol=1e-9
    )
    np.testing.assert_allclose(
        np.swapaxes(turned, 1, 2) @ turned[0], np.swapaxes(rotation, 1, 2) @ rotation[0], atol=1e-9
    )


@given(_angles, _angles, st.floats(-1.5, 1.5))
def test_heading_is_the_turn_of_an_upright_person(start: float, turn: float, lean: float) -> None:
    """A person who turns evenly while leaning has exactly that heading, without delay by the smoothing."""
    true = start + turn * np.linspace(0, 1, 90)
    rotation = rotation_about_z(true) @ matrix_from_axis_angle([lean, 0, 0])
    heading = find_heading(rotation, FPS)
    np.testing.assert_allclose(heading, true, atol=1e-7)


@pytest.mark.parametrize("turns", [-1, 1, 2])
@given(direction=st.floats(-np.pi, np.pi), facing=_angles, wobble=st.floats(-0.1, 0.1))
def test_heading_stays_through_somersaults_and_cartwheels(
    turns: int, direction: float, facing: float, wobble: float
) -> None:
    """A flip about any level axis must not spin the root by half a turn: the game's camera would whip round."""
    angle = 2 * np.pi * turns * np.clip(np.linspace(-0.3, 1.3, 120), 0, 1)
    axis = np.array([np.cos(direction), np.sin(direction), wobble])
    axis /= np.linalg.norm(axis)
    rotation = rotation_about_z(facing) @ matrix_from_axis_angle(angle[:, None] * axis)
    heading = find_heading(rotation, FPS)
    assert np.abs(heading - facing).max() < np.radians(50)
    assert heading[-1] == pytest.approx(facing, abs=1e-6)


def test_heading_stays_where_a_flip_is_captured_badly() -> None:
    """In a flip's blur the hips may be seen to twist round once while lying in the air; the root must not follow."""
    time = np.linspace(-1, 1, 60)
    lean = np.radians(98) * np.exp(-((time / 0.3) ** 2))
    twist = -2 * np.pi * np.clip(time / 0.3 + 0.5, 0, 1)
    rotation = rotation_about_z(1.5 + twist) @ matrix_from_axis_angle(lean[:, None] * [1.0, 0, 0])
    heading = find_heading(rotation, 30.0)
    assert np.abs(heading - 1.5).max() < np.radians(45)
    assert heading[-1] == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("seconds", [0.5, 4])
def test_person_who_lies_still_has_a_heading(seconds: float) -> None:
    """On the back from the first frame to the last, in a short clip and in a long one: feet point to the heading."""
    rotation = rotation_about_z(2.0) @ matrix_from_axis_angle([-np.pi / 2, 0, 0])
    heading = find_heading(np.tile(rotation, (int(seconds * FPS), 1, 1)), FPS)
    np.testing.assert_allclose(heading, 2.0, atol=1e-7)


@given(_clips, _angles)
def test_heading_turns_with_the_room(clip: tuple[np.ndarray, np.ndarray], turn: float) -> None:
    """Which way the camera stood is no property of the motion."""
    # Only leans far from the upside down, where the choice of frames to bridge is a matter of rounding.
    rotation = matrix_from_axis_angle(clip[1] * 0.3)
    a = find_heading(rotation, FPS)
    b = find_heading(rotation_about_z(turn) @ rotation, FPS)
    np.testing.assert_allclose(np.exp(1j * b), np.exp(1j * (a + turn)), atol=1e-6)


def test_person_upside_down_throughout_has_some_heading() -> None:
    """A handstand from the first frame to the last must not give NaN."""
    rotation = np.tile(matrix_from_axis_angle([np.pi, 0, 0]), (10, 1, 1))
    np.testing.assert_array_equal(find_heading(rotation, FPS), 0)


@pytest.mark.parametrize("mode", ["hips", "in_place"])
def test_root_stands_still_when_asked(mode: RootMode) -> None:
    """Rigs without root motion expect a root that never moves."""
    position = np.stack([np.linspace(0, 2, 30), np.ones(30), np.linspace(0.9, 1, 30)], -1)
    rotation = rotation_about_z(np.linspace(0, 1, 30))
    motion = split_root_motion(position, rotation, FPS, mode)
    assert not motion.path.any()
    assert not motion.heading.any()
    np.testing.assert_allclose(motion.hips_rotation, rotation)
    np.testing.assert_allclose(motion.hips_position[:, 2], position[:, 2])
    assert motion.hips_position[:, :2].any() == (mode == "hips")


def test_unknown_mode_is_refused() -> None:
    """A misspelt mode must not silently become another."""
    assert "root" in ROOT_MODES
    with pytest.raises(ValueError, match="in_place"):
        split_root_motion(np.zeros((1, 3)), np.eye(3)[None], FPS, "inplace")  # type: ignore[arg-type]


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 60), st.floats(0, 20))
def test_smoothing_keeps_straight_lines(start: float, slope: float, count: int, sigma: float) -> None:
    """A steady turn must come out without lag, also at the ends and in short clips."""
    line = start + slope * np.arange(count)
    np.testing.assert_allclose(smooth_in_time(line, sigma), line, atol=1e-9)


def test_smoothing_takes_the_jitter() -> None:
    """The root must not shiver with the hips' noise."""
    noise = np.random.default_rng(1).normal(0, 0.1, 500)
    assert smooth_in_time(noise, 9.0)[50:-50].std() < 0.03
