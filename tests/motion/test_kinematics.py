# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward kinematics, skinning and the camera: one error here moves every joint of every character."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ghostcap.motion.camera import Camera, tilt_and_roll
from ghostcap.motion.kinematics import local_rotations_from_global, pose_from_axis_angle, pose_skeleton, skin_vertices
from ghostcap.motion.rotations import matrix_from_axis_angle
from ghostcap.motion.skeleton import BONES, JOINT, JOINT_NAMES, LANDMARK_MIRROR, LANDMARK_NAMES, MIRROR, PARENTS

REST = np.cumsum(np.random.default_rng(1).normal(scale=0.2, size=(24, 3)), axis=0)
poses = arrays(float, (3, 72), elements=st.floats(-2, 2))
trans = arrays(float, (3, 3), elements=st.floats(-5, 5))


@settings(deadline=None)
@given(poses, trans)
def test_bones_keep_their_length(pose, move):
    """Whatever the pose, no bone stretches, and the root joint is at J0 + trans as in AMASS."""
    posed = pose_from_axis_angle(pose, REST, move)
    for parent, child in BONES:
        length = np.linalg.norm(posed.positions[:, child] - posed.positions[:, parent], axis=-1)
        assert np.allclose(length, np.linalg.norm(REST[child] - REST[parent]))
    assert np.allclose(posed.positions[:, 0], REST[0] + move)


@settings(deadline=None)
@given(poses)
def test_local_and_global_rotations_are_two_ways_to_say_one_thing(pose):
    """What an importer takes apart goes together again."""
    local = matrix_from_axis_angle(pose.reshape(3, 24, 3))
    posed = pose_skeleton(local, REST, np.zeros((3, 3)))
    assert np.allclose(local_rotations_from_global(posed.rotations), local, atol=1e-9)


def test_turning_one_joint_moves_only_what_hangs_on_it():
    """The elbow moves the wrist, not the shoulder."""
    pose = np.zeros(72)
    pose[3 * JOINT["L_Elbow"] + 1] = 1.0
    posed = pose_from_axis_angle(pose, REST, np.zeros(3))
    moved = {JOINT_NAMES[j] for j in range(24) if not np.allclose(posed.positions[j], REST[j])}
    assert moved == {"L_Wrist", "L_Hand"}


@settings(deadline=None)
@given(poses, trans)
def test_skin_follows_its_bone(pose, move):
    """A vertex that hangs on one joint alone keeps its place in that joint's frame."""
    vertices = REST + 0.1
    index = np.arange(24)[:, None]
    posed = pose_from_axis_angle(pose, REST, move)
    skinned = skin_vertices(vertices, index, np.ones((24, 1)), REST, posed)
    expected = posed.positions + posed.rotations @ np.full(3, 0.1)
    assert np.allclose(skinned, expected, atol=1e-9)


def test_names_have_partners():
    """Left and right come in pairs, and parents before children."""
    assert all(MIRROR[MIRROR[j]] == j for j in range(24))
    assert all(LANDMARK_MIRROR[LANDMARK_MIRROR[k]] == k for k in range(33))
    assert LANDMARK_NAMES[LANDMARK_MIRROR[11]] == "right_shoulder"
    assert all(parent < child for child, parent in enumerate(PARENTS))


@given(st.floats(-1.2, 1.2), st.floats(-1.5, 1.5), st.floats(0, 5), arrays(float, (4, 3), elements=st.floats(-9, 9)))
def test_camera_and_world_are_inverse(tilt, roll, above, points):
    """What is placed in the world is seen again where it was filmed."""
    camera = Camera(1000.0, 640, 480, tilt, roll, above)
    assert np.allclose(camera.to_camera(camera.to_world(points)), points, atol=1e-9)
    assert np.allclose(tilt_and_roll(camera.up()), (tilt, roll), atol=1e-9)
    forward = camera.world_from_camera() @ [0, 0, 1]
    assert abs(forward[0]) < 1e-9


def test_level_camera_has_the_documented_axes():
    """World = (x, z, -y) of the camera: a character does not come in lying on its side."""
    camera = Camera(1000.0, 640, 480)
    assert np.allclose(camera.to_world([1.0, 2.0, 3.0]), [1.0, 3.0, -2.0])
    assert np.allclose(camera.project([0.0, 0.0, 2.0]), [320, 240])
    assert np.isnan(camera.project([0.0, 0.0, -1.0])).all()


def test_camera_that_looks_down_sees_the_floor_higher():
    """Tilt is positive downwards: a point on the ground ahead is above the picture's middle after tilting."""
    ground = np.array([0.0, 5.0, 0.0])
    level, down = Camera(1000.0, 640, 480, 0.0, 0.0, 2.0), Camera(1000.0, 640, 480, 0.4, 0.0, 2.0)
    assert down.project(down.to_camera(ground))[1] < level.project(level.to_camera(ground))[1]
