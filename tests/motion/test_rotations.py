# SPDX-License-Identifier: GPL-3.0-or-later
"""The mathematics of rotations: every conversion and back, at every angle, including the awkward ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.motion import rotations as rot

axis_angles = st.lists(st.floats(-3.1, 3.1), min_size=3, max_size=3).map(np.array)
small = st.lists(st.floats(-1e-7, 1e-7), min_size=3, max_size=3).map(np.array)


@given(st.one_of(axis_angles, small))
def test_axis_angle_round_trip(vector):
    """What is written as axis-angle is the same rotation when read."""
    matrix = rot.matrix_from_axis_angle(vector)
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert np.allclose(rot.matrix_from_axis_angle(rot.axis_angle_from_matrix(matrix)), matrix, atol=1e-7)


@given(axis_angles)
def test_quaternion_round_trip(vector):
    """Matrix and axis-angle agree on the quaternion."""
    matrix = rot.matrix_from_axis_angle(vector)
    assert np.allclose(rot.matrix_from_quaternion(rot.quaternion_from_matrix(matrix)), matrix, atol=1e-9)
    direct = rot.quaternion_from_axis_angle(vector)
    assert abs(direct @ rot.quaternion_from_matrix(matrix)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("axis", [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0.6, -0.8, 0], [0.577, 0.577, 0.578]])
def test_half_turns_survive(axis):
    """Angle pi, where naive formulas divide by zero: a person seen from behind."""
    axis = np.array(axis) / np.linalg.norm(axis)
    matrix = 2 * np.outer(axis, axis) - np.eye(3)
    back = rot.axis_angle_from_matrix(matrix)
    assert np.linalg.norm(back) == pytest.approx(np.pi)
    assert np.allclose(rot.matrix_from_axis_angle(back), matrix, atol=1e-9)


@given(axis_angles)
def test_sixd_round_trip(vector):
    """The network's six numbers."""
    matrix = rot.matrix_from_axis_angle(vector)
    assert np.allclose(rot.matrix_from_sixd(rot.sixd_from_matrix(matrix)), matrix, atol=1e-9)


@given(axis_angles, axis_angles)
def test_products_agree(a, b):
    """Quaternions multiply as matrices do."""
    product = rot.multiply_quaternions(rot.quaternion_from_axis_angle(a), rot.quaternion_from_axis_angle(b))
    expected = rot.matrix_from_axis_angle(a) @ rot.matrix_from_axis_angle(b)
    assert np.allclose(rot.matrix_from_quaternion(product), expected, atol=1e-9)


@given(axis_angles, axis_angles)
def test_shortest_turn(a, b):
    """From one direction to another, opposite ones included."""
    a, b = a + [1e-3, 0, 0], b + [0, 1e-3, 0]
    if min(np.linalg.norm(a), np.linalg.norm(b)) < 1e-2:
        return
    for target in (b, -a):
        turn = rot.rotation_between(a, target)
        assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        assert np.linalg.det(turn) == pytest.approx(1.0, abs=1e-6)
        assert np.allclose(turn @ a / np.linalg.norm(a), target / np.linalg.norm(target), atol=1e-6)


@given(axis_angles, axis_angles, st.floats(0, 1))
def test_slerp_walks_evenly(a, b, weight):
    """Ends are exact, and the angle grows in proportion."""
    start, end = rot.matrix_from_axis_angle(a), rot.matrix_from_axis_angle(b)
    assert np.allclose(rot.slerp(start, end, 0.0), start, atol=1e-9)
    assert np.allclose(rot.slerp(start, end, 1.0), end, atol=1e-6)
    whole = rot.geodesic_angle(start, end)
    assert rot.geodesic_angle(start, rot.slerp(start, end, weight)) == pytest.approx(weight * whole, abs=1e-6)


@given(axis_angles, st.sampled_from([[1.0, 0, 0], [0, 1.0, 0], [0.6, 0, 0.8]]))
def test_swing_and_twist_make_the_whole(vector, axis):
    """The swing has nothing of the twist left, and both give the rotation back."""
    matrix, axis = rot.matrix_from_axis_angle(vector), np.array(axis)
    swing, twist = rot.swing_twist(matrix, axis)
    assert np.allclose(swing @ rot.matrix_from_axis_angle(twist * axis), matrix, atol=1e-7)
    if np.linalg.norm(vector) < 3.0:
        assert abs(rot.axis_angle_from_matrix(swing) @ axis) < 1e-5


@given(st.lists(st.floats(-6, 6), min_size=2, max_size=40), st.integers(0, 2**31))
def test_continuous_quaternions_never_flip(angles, seed):
    """Blender interpolates numbers, not rotations: a flipped sign is a spin."""
    turns = rot.quaternion_from_axis_angle(np.array(angles)[:, None] * [0.0, 0.6, 0.8])
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(turns))
    out = rot.make_continuous(turns * signs[:, None])
    assert ((out[1:] * out[:-1]).sum(-1) >= 0).all()
    assert np.allclose(np.abs((out * turns).sum(-1)), 1.0)


@given(axis_angles, st.floats(0.9, 1.1))
def test_nearest_rotation_is_a_rotation(vector, scale):
    """Averages of rotations are put back on the manifold."""
    matrix = rot.matrix_from_axis_angle(vector)
    assert np.allclose(rot.nearest_rotation(scale * matrix), matrix, atol=1e-9)
