# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ghostcap.motion.capture import Track, read_capture, read_capture_body, read_tracks
from ghostcap.motion.compare.certainty import find_misses, find_view
from ghostcap.motion.compare.clip import Clip, clip_from_track
from ghostcap.motion.skeleton import JOINT, LANDMARK
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """A capture whose landmarks lie where its joints are seen: track, body, camera."""
    folder = write_synthetic_capture(tmp_path_factory.mktemp("c") / "a.capture", synthetic_track("walk", frames=60))
    capture, body = read_capture(folder), read_capture_body(folder)
    (track,) = read_tracks(folder, capture, [1]).values()
    pixels = capture.camera.project(capture.camera.to_camera(clip_from_track(track, body).posed.positions))
    points = np.full((60, len(LANDMARK), 3), 0.95)
    points[..., :2] = pixels.mean(1)[:, None]
    for side in ("left", "right"):
        for part in PARTS:
            points[:, LANDMARK[f"{side}_{part}"], :2] = pixels[:, JOINT[f"{side[0].upper()}_{part.title()}"]]
    return replace(track, keypoints_2d=points), body, capture.camera


def shifted(track: Track, parts: tuple[str, ...], rows: slice, pixels: float) -> Track:
    points = track.keypoints_2d.copy()
    for part in parts:
        points[rows, LANDMARK[part], 0] += pixels
    return replace(track, keypoints_2d=points)


def test_a_motion_that_meets_the_picture_is_believed(captured):
    track, body, camera = captured
    clip = clip_from_track(track, body, camera)
    assert clip.trusted.all()
    assert np.array_equal(clip.confidence, clip_from_track(track, body).confidence)


def test_a_body_upside_down_is_not_believed(captured):
    """For some frames the body is elsewhere than the person in the picture: no findings from that."""
    track, body, camera = captured
    everything = tuple(f"{side}_{part}" for side in ("left", "right") for part in PARTS)
    height = np.ptp(clip_from_track(track, body).posed.positions[0, :, 2])
    away = 0.4 * np.ptp(camera.project(camera.to_camera(np.array([[0.0, 3.0, 0.0], [0.0, 3.0, height]])))[:, 1])
    wrong = shifted(shifted(track, everything, slice(20, 22), away), everything, slice(28, 29), away)
    clip = clip_from_track(wrong, body, camera)
    assert not clip.trusted[20:29].any()
    assert clip.trusted[:12].all()
    assert clip.trusted[40:].all()


def test_a_hand_that_is_elsewhere_takes_its_arm_with_it_and_nothing_else(captured):
    track, body, camera = captured
    clip = clip_from_track(shifted(track, ("left_wrist",), slice(0, 60), 400.0), body, camera)
    assert clip.trusted.all()
    assert clip.confidence[:, JOINT["L_Elbow"]].max() == 0
    assert clip.confidence[:, JOINT["R_Elbow"]].min() > 0.9
    assert clip.confidence[:, JOINT["L_Knee"]].min() > 0.9


def test_where_the_camera_stands_is_known(captured):
    """From the front, from the left: turned with the person, whatever the world's directions."""
    track, body, camera = captured
    clip = clip_from_track(track, body, camera)
    assert clip.view is not None
    assert np.allclose(clip.view, find_view(clip.posed, camera))
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    rotations = clip.rotations.copy()
    rotations[:, 0] = quarter @ rotations[:, 0]
    turned: Clip = replace(clip, rotations=rotations)
    # Who turns to the left has the camera a quarter further to the right.
    apart = find_view(turned.posed, camera) - clip.view + np.pi / 2
    assert np.allclose((apart + np.pi) % (2 * np.pi) - np.pi, 0, atol=1e-6)
    assert np.allclose(np.asarray(clip.mirrored().view), -clip.view)


ARMS = [JOINT[f"{side}_{part}"] for side in "LR" for part in ("Collar", "Shoulder", "Elbow", "Wrist", "Hand")]


def known_arms(captured, wrists: float, shoulders: float = 0.0) -> np.ndarray:
    """(T, 24) how well joints are met where both wrists lie on one ray of the camera, so many metres apart.

    So do the shoulders where asked for, the left farther away: somebody seen from the right.
    """
    track, body, camera = captured
    joints = clip_from_track(track, body).posed.positions.copy()
    origin = camera.to_camera(np.zeros((1, 3)))[0]
    turn = np.stack([camera.to_camera(axis[None])[0] - origin for axis in np.eye(3)], -1)
    centre = -turn.T @ origin
    for part, apart in (("Wrist", wrists), ("Shoulder", shoulders)):
        pair = [JOINT[f"L_{part}"], JOINT[f"R_{part}"]]
        middle = joints[:, pair].mean(1)
        ray = (middle - centre) / np.linalg.norm(middle - centre, axis=-1, keepdims=True)
        if apart:
            joints[:, pair[0]], joints[:, pair[1]] = middle + apart / 2 * ray, middle - apart / 2 * ray
    pixels = camera.project(camera.to_camera(joints))
    points = track.keypoints_2d.copy()
    for side in ("left", "right"):
        for part in PARTS:
            points[:, LANDMARK[f"{side}_{part}"], :2] = pixels[:, JOINT[f"{side[0].upper()}_{part.title()}"]]
    met, wrong = find_misses(replace(track, keypoints_2d=points), joints, camera)
    assert not wrong.any()
    return met


def test_hands_on_one_spot_of_the_picture_that_lie_apart_are_a_guess(captured):
    """A golfer's grip whose hands were put at different depths meets the picture: the arms are still not known."""
    met = known_arms(captured, 0.7)
    assert met[:, ARMS].max() == 0
    assert np.delete(met, ARMS, axis=1).min() == 1


def test_hands_that_hold_each_other_are_known(captured):
    assert known_arms(captured, 0.12).min() == 1


def test_arms_side_by_side_seen_from_aside_are_known_by_half(captured):
    """Both arms held forward in a squat: the near one hides the far one, and it may well be where it seems."""
    assert known_arms(captured, 0.4, 0.4)[:, ARMS].max() == 0.5
    assert known_arms(captured, 0.4, 0.4)[:, ARMS].min() == 0.5
    assert known_arms(captured, 0.4, -0.4)[:, ARMS].max() == 0
