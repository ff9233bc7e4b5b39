# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated errors are those that were measured, and scores mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from ghostcap.motion.rotations import geodesic_angle, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT
from ghostcap.motion.smoothing import Smoothing
from ghostcap.smoothnet.metrics import keep_peaks, measure_lag, score_motion
from ghostcap.smoothnet.mocap import Clip
from ghostcap.smoothnet.noise import FITTED, LANDMARKS, SINGLE_FRAME, perturb_points, perturb_rotations
from ghostcap.smoothnet.scenes import resample_clip
from ghostcap.smoothnet.trials import make_trial, run_trial
from ghostcap.tests.synthetic_capture import synthetic_body

FPS = 60.0


def waving_clip(frames: int = 300) -> Clip:
    """Somebody who waves both arms, fast."""
    times = np.arange(frames) / FPS
    rotations = np.tile(np.eye(3), (frames, 24, 1, 1))
    turn = matrix_from_axis_angle(np.stack([0 * times, 0 * times, 1.2 * np.sin(2 * np.pi * 1.3 * times)], axis=-1))
    for name in ("Shoulder", "Elbow", "Wrist", "Hand"):
        rotations[:, [JOINT[f"L_{name}"], JOINT[f"R_{name}"]]] = turn[:, None]
    root = np.stack([0.8 * times, 0 * times, 1 + 0 * times], axis=-1)
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    return Clip("wave", "00", FPS, upright @ rotations, root, synthetic_body().joints)


def test_points_err_most_along_the_line_of_sight():
    """As measured: two to three times as much."""
    error = perturb_points(np.zeros((20_000, 3)), FPS, LANDMARKS, np.random.default_rng(0))
    spread = error.std(axis=0)
    assert 2 < spread[2] / spread[:2].mean() < 3.2
    assert 0.015 < spread[0] < 0.04


def test_fitting_leaves_slow_errors_and_no_jitter():
    still = np.tile(np.eye(3), (4000, 24, 1, 1))
    rng = np.random.default_rng(0)
    seen, fitted = (perturb_rotations(still, FPS, noise, rng) for noise in (LANDMARKS, FITTED))
    jump = [np.abs(np.diff(r, 2, axis=0)).mean() for r in (seen, fitted)]
    error = [geodesic_angle(r, still).mean() for r in (seen, fitted)]
    assert jump[1] < jump[0] / 15
    assert error[1] > error[0] / 2


@pytest.mark.parametrize("noise", [LANDMARKS, SINGLE_FRAME])
def test_smoothing_takes_out_what_estimators_put_in(noise):
    """The targets, on a motion that nobody trained on."""
    trial = make_trial(waving_clip(), noise, FPS, np.random.default_rng(0))
    before, after = run_trial(trial, Smoothing("none")), run_trial(trial, Smoothing())
    assert after.acceleration_mm < before.acceleration_mm / 4
    assert after.mpjpe_mm < before.mpjpe_mm
    assert after.peak_kept > 0.95


@pytest.mark.parametrize("noise", [LANDMARKS, SINGLE_FRAME])
def test_the_network_beats_the_filters_at_the_same_hit(noise):
    """Otherwise nobody needs it: a filter that keeps as much of the hit leaves more jitter."""
    trial = make_trial(waving_clip(), noise, FPS, np.random.default_rng(0))
    ours = run_trial(trial, Smoothing())
    for method, amounts in {
        "whittaker": (3, 4, 5, 6, 7, 8, 10),
        "gaussian": (0.06, 0.05, 0.04, 0.03, 0.02, 0.015),
    }.items():
        scores = [run_trial(trial, Smoothing(method, amount=amount)) for amount in amounts]
        as_good = [score.acceleration_mm for score in scores if score.hit_kept >= ours.hit_kept]
        assert not as_good or min(as_good) > ours.acceleration_mm, method


def test_a_late_motion_is_measured_as_late():
    truth = np.zeros((200, 24, 3))
    truth[:, JOINT["L_Wrist"], 0] = np.sin(np.arange(200) / 9.0) + 0.3 * np.sin(np.arange(200) / 4.0)
    late = np.roll(truth, 3, axis=0)
    assert abs(measure_lag(late, truth, FPS) - 3 / FPS) < 0.3 / FPS
    assert abs(measure_lag(truth, truth, FPS)) < 1e-3


def test_noise_is_no_kept_hit():
    """Jitter adds speed; the speed along the true direction tells it from a hit."""
    truth = np.zeros((200, 24, 3))
    truth[:, JOINT["R_Wrist"], 0] = 0.6 * np.tanh((np.arange(200) - 100) / 6.0)
    half = truth * 0.5
    noisy = half + np.random.default_rng(0).normal(size=truth.shape) * 0.03
    (peak, hit), *_ = keep_peaks(noisy, truth, FPS)
    assert peak > 0.7
    assert abs(keep_peaks(half, truth, FPS)[0][1] - 0.5) < 1e-6
    assert hit < peak
    assert score_motion(truth, truth, FPS).acceleration_mm == 0


def test_another_rate_is_the_same_motion():
    clip = waving_clip()
    again = resample_clip(resample_clip(clip, 120.0), FPS)
    count = len(again.root)
    np.testing.assert_allclose(again.rotations, clip.rotations[:count], atol=1e-2)
