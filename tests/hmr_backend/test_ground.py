# SPDX-License-Identifier: GPL-3.0-or-later
"""Up, ground and contacts: characters that lean, float or sink start here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostcap.hmr_backend.balance import GRAVITY, centre_of_mass, up_from_balance
from ghostcap.hmr_backend.contacts import detect_contacts
from ghostcap.hmr_backend.ground import choose_ground, common_level, level_plane, same_level, sole_points
from ghostcap.hmr_backend.mannequin import mannequin_body, sole_height
from ghostcap.motion.rotations import matrix_from_axis_angle

FPS = 30.0
turns = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3).map(matrix_from_axis_angle)


def angle(a, b):
    """Degrees between two directions."""
    return np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)))


def standing(count=60):
    """Somebody standing on both feet: joints (T, 24, 3) and feet (T, 4, 3), z up."""
    body = mannequin_body()
    joints = body.joints @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    soles = body.joints[[7, 7, 8, 8]] + sole_points(body, np.zeros(10))
    feet = soles @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    return np.repeat(joints[None], count, axis=0), np.repeat(feet[None], count, axis=0)


@settings(max_examples=25, deadline=None)
@given(turns)
def test_up_is_found_whichever_way_the_camera_is_held(turn):
    """A standing person tells the vertical to a few degrees, for any tilt and roll."""
    joints, feet = standing()
    up, sigma = up_from_balance(joints @ turn.T, feet @ turn.T, np.ones((60, 4)), FPS)
    assert angle(up, turn @ [0, 0, 1]) < 6
    assert np.degrees(sigma) < 6


def test_somebody_who_speeds_up_does_not_tilt_the_world():
    """Leaning into an acceleration is balance too: the world stays level."""
    joints, feet = standing(90)
    lean = 2.0
    angle_of_lean = np.arctan2(lean, GRAVITY)
    turn = matrix_from_axis_angle([0.0, angle_of_lean, 0.0])
    joints, feet = joints @ turn.T, feet @ turn.T
    time = np.arange(90) / FPS
    way = 0.5 * lean * time**2
    path = np.stack([way, 0 * way, 0 * way], axis=-1)[:, None]
    up, _ = up_from_balance(joints + path, feet + path, np.ones((90, 4)), FPS)
    straight, _ = up_from_balance(joints, feet, np.ones((90, 4)), FPS)
    assert angle(up, np.array([0, 0, 1.0])) < 6
    assert angle(straight, np.array([0, 0, 1.0])) > 8


def test_centre_of_mass_of_a_standing_adult_is_in_the_pelvis():
    """About 55 % of the height (de Leva 1996)."""
    body = mannequin_body()
    height = np.ptp(body.vertices[:, 1])
    rise = centre_of_mass(body.joints)[1] - sole_height(body)
    assert 0.52 < rise / height < 0.6


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.06, 0.06), st.floats(-0.06, 0.06), st.floats(-3, 0))
def test_footprints_correct_the_vertical(a, b, height):
    """Footprints all over the floor level it, even when balance was off by a few degrees."""
    random = np.random.default_rng(3)
    points = np.column_stack([random.uniform(-3, 3, 200), random.uniform(3, 8, 200), np.full(200, height)])
    wrong = np.array([a, b, 1.0]) / np.linalg.norm([a, b, 1.0])
    up = level_plane(points, np.full(200, 0.1), np.zeros(200, dtype=int), wrong)
    assert angle(up, np.array([0, 0, 1.0])) < 0.2 + 0.1 * angle(wrong, np.array([0, 0, 1.0]))


def test_stairs_do_not_tilt_the_world():
    """Somebody walking up a flight of stairs climbs; the room does not lean."""
    steps = np.repeat(np.arange(12), 10)
    points = np.column_stack([0.02 * np.sin(steps), 4 + 0.28 * steps, 0.17 * steps])
    up = level_plane(points, np.full(120, 1 / 30), np.zeros(120, dtype=int), np.array([0, 0, 1.0]))
    assert angle(up, np.array([0, 0, 1.0])) < 12


def test_standing_feet_touch_and_swinging_feet_do_not():
    """Contacts: the foot that carries is down, the one in the air is not."""
    _, feet = standing(60)
    feet = feet.copy()
    stride = 1.2 * np.arange(60) / FPS
    feet[:, 2:, 1] -= stride[:, None]
    feet[:, 2:, 2] += 0.12
    contact = detect_contacts(feet + [0, 5, 0], np.array([0, 0, 1.0]), FPS)
    assert contact[5:-5, :2].min() > 0.8
    assert contact[5:-5, 2:].max() < 0.2


def test_running_through_the_air_touches_nothing():
    """Both feet fast: no contact, so nothing is pinned to the floor in mid-air."""
    _, feet = standing(40)
    feet = feet + np.arange(40)[:, None, None] / FPS * np.array([4.0, 0, 0]) + [0, 6, 0]
    assert detect_contacts(feet, np.array([0, 0, 1.0]), FPS).max() < 0.05


def test_level_is_where_the_feet_are_most():
    """A jump down from a box does not put the floor half-way."""
    height = np.concatenate([np.full(30, 1.0), np.linspace(1, 0, 5), np.full(70, 0.0)])
    assert common_level(height, np.ones(105)) == pytest.approx(0.0, abs=0.02)


def test_soles_are_under_the_feet():
    """Four points, the lowest of the mesh, so that shoes neither sink nor float."""
    body = mannequin_body()
    points = sole_points(body, np.zeros(10)) + body.joints[[7, 7, 8, 8]]
    assert np.allclose(points[:, 1], sole_height(body), atol=0.02)
    assert (points[[1, 3], 2] > points[[0, 2], 2] + 0.08).all()


def test_one_frame_touches_without_complaint():
    """A photograph has no velocities."""
    _, feet = standing(1)
    contact = detect_contacts(feet + [0, 5, 0], np.array([0, 0, 1.0]), FPS)
    assert contact.shape == (1, 4)
    assert contact.min() > 0.9


def test_roof_is_not_the_ground():
    """Somebody on a roof and somebody in the street: the street is z = 0, the roof keeps its height."""
    assert choose_ground(np.array([-0.5, -2.3]), np.array([5.0, 2.0])) == -2.3
    assert not same_level(-0.5, -2.3)


def test_far_bystander_does_not_lift_the_main_person():
    """A level that may be a mistake of distance is no cellar: the main person stays on the floor."""
    assert choose_ground(np.array([-2.27, -3.1]), np.array([5.0, 1.0])) == -2.27
    assert same_level(-2.27, -3.1)


def test_somebody_in_the_air_all_the_time_is_no_obstacle():
    """The first of two people never touches the ground: the vertical is the second's."""
    wrong = matrix_from_axis_angle([0.05, 0, 0]) @ [0, 0, 1.0]
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(size=(20, 3)), random.uniform(-2, 2, (200, 3)) * [1, 1, 0]])
    seconds = np.concatenate([np.zeros(20), np.full(200, 0.1)])
    group = np.concatenate([np.zeros(20, dtype=int), np.ones(200, dtype=int)])
    alone = level_plane(points[20:], seconds[20:], np.zeros(200, dtype=int), wrong)
    np.testing.assert_allclose(level_plane(points, seconds, group, wrong), alone, atol=1e-12)
