# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of poses and points: what it must never do to anybody's motion, and what it is for."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.rotations import geodesic_angle, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT
from ghostcap.motion.smoothing import (
    Smoothing,
    choose_network,
    smooth_path,
    smooth_poses,
    smooth_positions,
    smooth_rotations,
)
from ghostcap.motion.smoothing_methods import METHODS
from ghostcap.motion.smoothing_network import apply_network, slide_network
from ghostcap.smoothnet.metrics import keep_peaks

ALL = [method for method in METHODS if method != "none"]
RATES = [24.0, 25.0, 29.97, 60.0, 120.0, 240.0]


def swing(fps: float, seconds: float = 4.0) -> np.ndarray:
    """(T, 24, 3) a person stands, and after two seconds a wrist swings: 1.2 m in a fifth of a second."""
    times = np.arange(round(seconds * fps)) / fps
    joints = np.zeros((len(times), 24, 3))
    joints += np.random.default_rng(5).normal(size=(24, 3)) * 0.3
    joints[:, JOINT["R_Wrist"], 0] += 0.6 * np.tanh((times - 2.0) / 0.1)
    joints[:, JOINT["R_Wrist"], 2] += 0.3 * np.exp(-(((times - 2.0) / 0.15) ** 2))
    return joints + 0.1 * np.sin(2 * np.pi * 0.4 * times)[:, None, None]


def random_poses(frames: int, seed: int = 0) -> np.ndarray:
    """(T, 72) a slow wander with jitter."""
    rng = np.random.default_rng(seed)
    wander = np.cumsum(rng.normal(size=(frames, 72)), axis=0) * 0.02
    return rng.normal(size=72) * 0.3 + wander + rng.normal(size=(frames, 72)) * 0.05


def acceleration(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, 2, axis=0), axis=-1).mean())


@pytest.mark.parametrize("fps", RATES)
def test_jitter_goes_and_the_hit_stays(fps):
    """The issue itself: a smoothed golf swing has to keep its snap, at every rate a camera has."""
    truth = swing(fps)
    noisy = truth + np.random.default_rng(0).normal(size=truth.shape) * 0.01
    smooth = smooth_positions(noisy, fps)
    assert acceleration(smooth - truth) < acceleration(noisy - truth) / 4
    assert np.linalg.norm(smooth - truth, axis=-1).mean() < np.linalg.norm(noisy - truth, axis=-1).mean()
    assert min(along for _, along in keep_peaks(smooth, truth, fps)) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_strength_zero_is_exactly_the_input(method):
    poses, path = random_poses(50), np.random.default_rng(1).normal(size=(50, 3))
    off = Smoothing(method, 0.0)
    assert (smooth_poses(poses, 30, off) == poses).all()
    assert (smooth_path(path, 30, off, camera=np.zeros(3)) == path).all()
    assert (smooth_positions(path, 30, off) == path).all()


@pytest.mark.parametrize("method", ALL)
def test_strength_goes_the_shortest_way_between_raw_and_smooth(method):
    """Half the strength is half the turn, not half the numbers."""
    poses = random_poses(50)
    raw = matrix_from_axis_angle(poses.reshape(-1, 24, 3))
    half, full = (
        matrix_from_axis_angle(smooth_poses(poses, 30, Smoothing(method, s)).reshape(-1, 24, 3)) for s in (0.5, 1.0)
    )
    np.testing.assert_allclose(geodesic_angle(raw, half), geodesic_angle(raw, full) / 2, atol=1e-6)
    np.testing.assert_allclose(geodesic_angle(half, full), geodesic_angle(raw, full) / 2, atol=1e-6)


def test_a_body_part_may_have_a_strength_of_its_own():
    """Legs smooth, the hitting arm as it was."""
    poses, elbow = random_poses(80), JOINT["R_Elbow"]
    changed = smooth_poses(poses, 30, Smoothing(parts={elbow: 0.0})) != poses
    changed = changed.reshape(80, 24, 3).any(axis=(0, 2))
    assert not changed[elbow]
    assert np.delete(changed, elbow).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("frames", range(8))
def test_clips_of_no_to_seven_frames_come_back_whole(method, frames):
    poses = random_poses(frames)
    assert np.isfinite(smooth_poses(poses, 30, Smoothing(method))).all()
    assert smooth_poses(poses, 30, Smoothing(method)).shape == (frames, 72)
    assert smooth_path(np.ones((frames, 3)), 30, Smoothing(method), camera=np.zeros(3)).shape == (frames, 3)


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("frames", [1, 5, 31, 32, 33, 200])
def test_a_person_who_stands_still_stays_where_they_are(method, fps, frames):
    still = np.tile(np.random.default_rng(2).normal(size=(1, 24, 3)) * 3, (frames, 1, 1))
    np.testing.assert_allclose(smooth_positions(still, fps, Smoothing(method)), still, atol=2e-3)


@pytest.mark.parametrize("method", [method for method in ALL if method != "one-euro"])
def test_steady_travel_is_not_held_back(method):
    """One-Euro lags by design; the others look ahead."""
    path = np.arange(150)[:, None] * np.array([0.02, 0.05, 0.0])
    np.testing.assert_allclose(smooth_positions(path, 30, Smoothing(method)), path, atol=0.01)


@pytest.mark.parametrize("method", ALL)
def test_missing_rows_are_bridged(method):
    truth = swing(60.0)
    noisy = truth + np.random.default_rng(0).normal(size=truth.shape) * 0.01
    noisy[40:52], noisy[0], noisy[-1] = np.nan, np.nan, np.nan
    smooth = smooth_positions(noisy, 60, Smoothing(method))
    assert np.linalg.norm(smooth - truth, axis=-1)[:90].max() < 0.12
    poses = random_poses(60)
    poses[[0, 20, 21, 59]] = np.nan
    assert np.isfinite(smooth_poses(poses, 30, Smoothing(method, 0.5))).all()


def test_a_capture_of_nothing_but_holes_stays_so():
    assert np.isnan(smooth_positions(np.full((20, 3), np.nan), 30)).all()


def test_frames_nobody_observed_do_not_pull_on_their_neighbours():
    """A gap is bridged by a guess; the guess must not bend what was really seen."""
    truth = swing(30.0)
    bad = truth.copy()
    seen = np.ones(len(truth))
    bad[30:40] += 1.0
    seen[30:40] = 0
    np.testing.assert_allclose(smooth_positions(bad, 30, weights=seen)[:50], truth[:50], atol=0.05)


def test_someone_who_leaves_and_comes_back_elsewhere_is_not_dragged():
    """Two stays, three seconds and four metres apart: a second before leaving nothing moves yet."""
    path = np.zeros((240, 3))
    path[150:] += [4.0, 0.0, 0.0]
    path[60:150] = np.nan
    smooth = smooth_path(path, 30)
    np.testing.assert_allclose(smooth[:30], path[:30], atol=0.02)
    np.testing.assert_allclose(smooth[180:], path[180:], atol=0.02)
    assert np.linalg.norm(np.diff(smooth, axis=0), axis=1).max() < 0.15


def test_an_unsure_joint_counts_less():
    truth = np.zeros((100, 1))
    spikes = truth.copy()
    spikes[50] = 0.5
    unsure = np.ones(100)
    unsure[50] = 0.1
    assert np.abs(smooth_positions(spikes, 30, weights=unsure)).max() < 0.5 * np.abs(smooth_positions(spikes, 30)).max()


def test_distance_from_the_camera_is_smoothed_more_than_the_way_across():
    """Monocular depth is the noisier."""
    rng = np.random.default_rng(3)
    path = np.array([0.0, 4.0, 1.0]) + rng.normal(size=(300, 3)) * 0.03
    smooth = smooth_path(path, 60, camera=np.array([0.0, 0.0, 1.0]))
    jump = np.abs(np.diff(smooth, 2, axis=0)).mean(axis=0)
    assert jump[1] < 0.7 * jump[0]


@given(st.integers(1, 70), st.integers(0, 1000), st.sampled_from(METHODS), st.sampled_from(RATES))
def test_smoothed_rotations_are_rotations(frames, seed, method, fps):
    rotations = matrix_from_axis_angle(np.random.default_rng(seed).normal(size=(frames, 2, 3)) * 2)
    smooth = smooth_rotations(rotations, fps, Smoothing(method, 0.7))
    product = np.swapaxes(smooth, -1, -2) @ smooth
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-6)
    assert (np.linalg.det(smooth) > 0).all()


def test_a_full_turn_of_the_body_stays_a_full_turn():
    """Axis-angle jumps at half a turn; nobody may flip there."""
    angle = np.linspace(0, 4 * np.pi, 200)
    poses = np.zeros((200, 72))
    poses[:, :3] = np.stack([0 * angle, (angle + np.pi) % (2 * np.pi) - np.pi, 0 * angle], axis=-1)
    smooth = matrix_from_axis_angle(smooth_poses(poses, 60)[:, :3])
    assert geodesic_angle(smooth, matrix_from_axis_angle(poses[:, :3])).max() < 0.15
    assert geodesic_angle(smooth[1:], smooth[:-1]).max() < 0.15


@pytest.mark.parametrize("choice", [{"method": "magic"}, {"strength": 1.5}, {"parts": {3: -1.0}}])
def test_a_choice_that_does_not_exist_is_refused(choice):
    with pytest.raises(GhostcapError) as caught:
        Smoothing(**choice)
    assert caught.value.code == "usage"


@pytest.mark.parametrize("fps", [6.0, 12.0, *RATES, 480.0, 1000.0])
def test_the_window_is_a_span_of_time(fps):
    """The same motion is smoothed alike whatever the camera's rate."""
    network, dilation = choose_network(fps)
    assert 0.3 < network.window * dilation / fps < 1.5


def test_all_channels_at_once_beat_one_window_after_the_other():
    """Both in one run, so that a busy machine is busy for both."""
    network, _ = choose_network(60)
    values = np.random.default_rng(0).normal(size=(600, 144)).cumsum(axis=0) * 0.02

    def one_by_one() -> np.ndarray:
        total, covering = np.zeros_like(values), np.zeros((len(values), 1))
        for start in range(len(values) - network.window + 1):
            part = slice(start, start + network.window)
            for channel in range(values.shape[1]):
                total[part, channel] += apply_network(network, values[part, channel][None])[0]
            covering[part] += 1
        return total / covering

    def best_of(count: int, work) -> float:
        times = []
        for _ in range(count):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)

    assert best_of(3, lambda: slide_network(network, values)) * 10 < best_of(1, one_by_one)
