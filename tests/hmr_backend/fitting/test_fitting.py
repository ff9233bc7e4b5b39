# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to SMPL: what an animator would see wrong in her character."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ghostcap.hmr_backend.fitting import fit_motion
from ghostcap.hmr_backend.fitting.degrees import GROUPS, hinge_angles
from ghostcap.hmr_backend.fitting.focal import estimate_focal
from ghostcap.hmr_backend.fitting.trajectory import WINDOW
from ghostcap.hmr_backend.ground import place_in_world
from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rotations import geodesic_angle, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT, LANDMARK_MIRROR

FPS = 30.0


def place(seen, tracklet=None, **options):
    """The whole way from a tracklet to its track in the world."""
    body, camera = mannequin_body(), seen.camera
    motion = fit_motion(tracklet or seen.tracklet, body, camera.focal_px, camera.width, camera.height, FPS, **options)
    found, (track,) = place_in_world([motion], body, camera.focal_px, camera.width, camera.height, FPS)
    return motion, found, track


def limb_error(joints, truth):
    """Mean distance of the limbs' joints in metres, the camera's place on the ground being known."""
    limbs = [
        JOINT[f"{side}_{name}"] for side in "LR" for name in ("Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist")
    ]
    return np.linalg.norm(joints[:, limbs] - truth[:, limbs], axis=-1).mean()


def test_walk_comes_back_where_it_was(walker):
    """With a perfect network every joint of a walk is found in the world within a few centimetres."""
    _, camera, track = place(walker)
    assert limb_error(track.joints, walker.joints) < 0.06
    assert np.degrees(abs(camera.tilt - walker.camera.tilt)) < 3
    assert np.degrees(abs(camera.roll - walker.camera.roll)) < 3
    assert camera.above_ground == pytest.approx(2.0, abs=0.15)


def test_track_is_one_consistent_thing(walker):
    """Joints, SMPL parameters, camera and pixels of a track tell the same story: other tools can rely on any."""
    _, camera, track = place(walker)
    body = mannequin_body()
    posed = pose_from_axis_angle(track.poses, body.rest_joints(track.betas), track.trans)
    assert np.allclose(posed.positions, track.joints, atol=1e-6)
    assert np.allclose(camera.to_camera(track.joints[:, 0]), track.camera_trans, atol=1e-6)
    knees = [JOINT["L_Knee"], JOINT["R_Knee"]]
    pixels = camera.project(camera.to_camera(track.joints[:, knees]))
    assert np.median(np.linalg.norm(pixels - walker.tracklet.landmarks[:, [25, 26], :2], axis=-1)) < 8
    assert track.poses.shape == (90, 72)
    assert np.array_equal(track.frame, walker.tracklet.frame)


def test_elbows_and_knees_stay_hinges(walker):
    """An animator who rotates a knee finds one axis, within what a knee can do."""
    motion, _, _ = place(walker)
    angles = hinge_angles(motion.local_rotations)
    for group in GROUPS:
        if group.limits is None:
            continue
        rotation = motion.local_rotations[:, JOINT[group.joints[0]]]
        assert np.allclose(rotation @ np.array(group.axes[0]), group.axes[0], atol=1e-6)
        assert angles[group.name].min() > group.limits[0] - 0.1
        assert angles[group.name].max() < group.limits[1] + 0.1


def test_exchanged_legs_are_put_back(walker):
    """A network that takes one leg for the other for some frames does not make the character cross its legs."""
    landmarks, world = walker.tracklet.landmarks.copy(), walker.tracklet.world.copy()
    mirror = np.array(LANDMARK_MIRROR)
    wrong = slice(40, 49)
    legs = np.arange(25, 33)
    landmarks[wrong, legs] = walker.tracklet.landmarks[wrong, mirror[legs]]
    world[wrong, legs] = walker.tracklet.world[wrong, mirror[legs]]
    _, _, track = place(walker, dataclasses.replace(walker.tracklet, landmarks=landmarks, world=world))
    assert limb_error(track.joints[wrong], walker.joints[wrong]) < 0.08


def test_lost_limb_keeps_its_bones(walker):
    """A hand that flies off for three frames leaves no spike: the arm keeps its length and its way."""
    landmarks = walker.tracklet.landmarks.copy()
    landmarks[30:33, [15, 17, 19, 21], :2] += 300.0
    _, _, track = place(walker, dataclasses.replace(walker.tracklet, landmarks=landmarks))
    wrist = JOINT["L_Wrist"]
    away = np.linalg.norm(track.joints[30:33, wrist] - walker.joints[30:33, wrist], axis=-1)
    assert away.max() < 0.25


def test_gap_is_bridged_without_a_jump(walker):
    """Half a second behind a pillar: the person walks on."""
    landmarks, world = walker.tracklet.landmarks.copy(), walker.tracklet.world.copy()
    observed = np.ones(90, dtype=bool)
    observed[40:55] = False
    landmarks[~observed], world[~observed] = np.nan, np.nan
    _, _, track = place(
        walker, dataclasses.replace(walker.tracklet, landmarks=landmarks, world=world, observed=observed)
    )
    assert np.isfinite(track.poses).all()
    assert np.isfinite(track.joints).all()
    assert (track.confidence[~observed] == 0).all()
    assert np.linalg.norm(np.diff(track.joints[:, 0], axis=0), axis=-1).max() < 0.12
    assert limb_error(track.joints[40:55], walker.joints[40:55]) < 0.25


def test_one_frame_is_enough(walker):
    """A photograph gives a pose."""
    tracklet = walker.tracklet
    one = dataclasses.replace(
        tracklet,
        frame=tracklet.frame[:1], bbox=tracklet.bbox[:1], score=tracklet.score[:1],
        landmarks=tracklet.landmarks[:1], world=tracklet.world[:1], observed=tracklet.observed[:1],
    )  # fmt: skip
    _, _, track = place(walker, one)
    centred = track.joints[0] - track.joints[0, 0]
    truth = walker.joints[0] - walker.joints[0, 0]
    assert np.linalg.norm(centred - truth, axis=-1).mean() < 0.25
    assert track.joints.shape == (1, 24, 3)


def test_height_is_the_users(walker):
    """Who says she is 1.52 m tall gets a character of 1.52 m, and a path in proportion."""
    _, _, usual = place(walker)
    _, _, short = place(walker, person_height=1.52)
    body = mannequin_body()
    height = np.ptp(body.rest_vertices(short.betas)[:, 1])
    assert height == pytest.approx(1.52, abs=0.005)

    def way(track):
        return np.linalg.norm(track.joints[-1, 0] - track.joints[0, 0])

    ratio = np.ptp(body.rest_vertices(usual.betas)[:, 1]) / 1.52
    assert way(usual) / way(short) == pytest.approx(ratio, rel=0.1)


def test_long_clip_has_no_seams(walker):
    """Clips longer than one window of the solver are solved in pieces; the motion must not show where they meet."""
    repeats = 5
    count = 90 * repeats

    def again(values):
        forth_and_back = [values if part % 2 == 0 else values[::-1] for part in range(repeats)]
        return np.concatenate(forth_and_back)

    tracklet = walker.tracklet
    long = dataclasses.replace(
        tracklet, frame=np.arange(count), bbox=again(tracklet.bbox), score=again(tracklet.score),
        landmarks=again(tracklet.landmarks), world=again(tracklet.world), observed=again(tracklet.observed),
    )  # fmt: skip
    assert count > WINDOW
    motion, _, track = place(walker, long)
    turn = geodesic_angle(motion.local_rotations[:-1], motion.local_rotations[1:]).max(axis=1)
    usual = np.quantile(turn, 0.99)
    assert turn[WINDOW - 30 : WINDOW + 5].max() < 2 * usual
    assert limb_error(track.joints, again(walker.joints)) < 0.08


def test_focal_length_is_told_by_perspective(walker):
    """Without metadata the focal length of a walk seen with a known lens comes out within a third."""
    camera = walker.camera
    found = estimate_focal([walker.tracklet], mannequin_body(), camera.width, camera.height, FPS)
    assert 0.7 < found / camera.focal_px < 1.4


def test_real_clip_keeps_its_accuracy(real):
    """Two hard views of a real person, against joints triangulated from four cameras.

    The network alone is at 128 and 85 mm; a loss of a centimetre here is a loss for every user.
    """
    body = mannequin_body()
    focal = estimate_focal([real.tracklet], body, real.width, real.height, real.fps)
    motion = fit_motion(real.tracklet, body, focal, real.width, real.height, real.fps)
    _, (track,) = place_in_world([motion], body, focal, real.width, real.height, real.fps)
    side = {"l": "L", "r": "R"}
    joints = [JOINT[f"{side[name[0]]}_{name[2:].capitalize()}"] for name in real.names]
    found = track.joints[:, joints]
    per_frame = [np.linalg.norm(align(a, b) - b, axis=-1).mean() for a, b in zip(found, real.truth, strict=True)]
    assert np.mean(per_frame) < 0.070
    flat, truth = found.reshape(-1, 3), real.truth.reshape(-1, 3)
    assert np.linalg.norm(align(flat, truth) - truth, axis=-1).mean() < 0.095
    up = rotation(flat, truth) @ [0, 0, 1]
    assert np.degrees(np.arccos(up[2])) < 8


def rotation(points, truth):
    """Rotation (3, 3) with points @ it nearest to truth, both centred (Kabsch 1976)."""
    a, b = points - points.mean(axis=0), truth - truth.mean(axis=0)
    u, _, vt = np.linalg.svd(a.T @ b)
    sign = np.sign(np.linalg.det(u @ vt))
    return (u * [1, 1, sign]) @ vt


def align(points, truth):
    """Similarity transform of points (N, 3) onto truth."""
    turned = (points - points.mean(axis=0)) @ rotation(points, truth)
    centred = truth - truth.mean(axis=0)
    return turned * ((turned * centred).sum() / (turned**2).sum()) + truth.mean(axis=0)


def test_somersault_does_not_break_the_fit(walker):
    """A root that turns through half a circle, upside down in between, comes back the same way."""
    from .conftest import walk, watch

    local, pelvis = walk(40)
    turn = matrix_from_axis_angle(np.linspace(0, np.pi, 40)[:, None] * np.array([1.0, 0, 0]))
    local[:, 0] = turn @ local[:1, 0]
    pelvis = np.repeat(pelvis[:1] + [0.6, 0, 0.3], 40, axis=0)
    seen = watch(local, pelvis, walker.camera, noise_px=1.0)
    _, _, track = place(seen)
    relative = track.joints - track.joints[:, :1]
    truth = seen.joints - seen.joints[:, :1]
    aligned = align(relative.reshape(-1, 3), truth.reshape(-1, 3)).reshape(truth.shape)
    assert np.linalg.norm(aligned - truth, axis=-1).mean() < 0.1
