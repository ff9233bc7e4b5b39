# SPDX-License-Identifier: GPL-3.0-or-later
"""The classical filters are what their names say: SciPy agrees, away from the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.motion.filters import FILTERS, butterworth, gaussian, one_euro, savitzky_golay, whittaker

FPS = 60.0
VALUES = np.random.default_rng(0).normal(size=(400, 3)).cumsum(axis=0)
INNER = slice(60, -60)


def test_gaussian_is_a_gaussian():
    ndimage = pytest.importorskip("scipy.ndimage")
    expected = ndimage.gaussian_filter1d(VALUES, 3.0, axis=0)
    np.testing.assert_allclose(gaussian(VALUES, FPS, 0.05)[INNER], expected[INNER], atol=1e-3)


def test_savitzky_golay_fits_parabolas():
    signal = pytest.importorskip("scipy.signal")
    expected = signal.savgol_filter(VALUES, 21, 2, axis=0)
    np.testing.assert_allclose(savitzky_golay(VALUES, FPS, 20 / FPS)[INNER], expected[INNER], atol=1e-9)


def test_butterworth_is_run_both_ways():
    signal = pytest.importorskip("scipy.signal")
    sections = signal.butter(2, 6.0, fs=FPS, output="sos")
    expected = signal.sosfiltfilt(sections, VALUES, axis=0)
    np.testing.assert_allclose(butterworth(VALUES, FPS, 6.0)[INNER], expected[INNER], atol=1e-3)


def test_whittaker_solves_its_least_squares():
    hertz = 4.0
    second = np.diff(np.eye(len(VALUES)), 2, axis=0)
    penalty = (2 - 2 * np.cos(2 * np.pi * hertz / FPS)) ** -2
    expected = np.linalg.solve(np.eye(len(VALUES)) + penalty * second.T @ second, VALUES)
    np.testing.assert_allclose(whittaker(VALUES, FPS, hertz)[INNER], expected[INNER], atol=1e-3)


def test_one_euro_looks_at_the_past_only():
    """It has to work live."""
    changed = VALUES.copy()
    changed[200:] += 5
    np.testing.assert_array_equal(one_euro(VALUES, FPS)[:200], one_euro(changed, FPS)[:200])


def test_one_euro_opens_for_speed():
    step = np.where(np.arange(200)[:, None] < 100, 0.0, 1.0)
    slow, fast = (one_euro(step, FPS, 1.0, beta) for beta in (0.0, 10.0))
    assert fast[105, 0] > slow[105, 0] + 0.3


@pytest.mark.parametrize("name", FILTERS)
@given(st.floats(5, 500), st.integers(0, 100), st.floats(-5, 5), st.floats(0.02, 20))
def test_constants_stay_and_nothing_grows(name, fps, frames, value, amount):
    values = np.full((frames, 2), value)
    np.testing.assert_allclose(FILTERS[name](values, fps, amount), values, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "one-euro"])
def test_straight_lines_stay_straight_to_the_ends(name):
    line = np.arange(100.0)[:, None] * [0.5, -2.0]
    np.testing.assert_allclose(FILTERS[name](line, FPS), line, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "one-euro"])
def test_time_runs_the_same_both_ways(name):
    """No filter that sees the whole clip may shift the motion."""
    np.testing.assert_allclose(FILTERS[name](VALUES[::-1], FPS)[::-1], FILTERS[name](VALUES, FPS), atol=1e-6)
