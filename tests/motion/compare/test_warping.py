# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ghostcap.motion.compare.warping import warp

COSTS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(0, 9, width=16))


def cheapest(cost: np.ndarray, open_columns: bool) -> float:
    """The textbook's double loop."""
    total = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    total[0, 0] = 0.0
    if open_columns:
        total[0] = 0.0
    for i in range(cost.shape[0]):
        for j in range(cost.shape[1]):
            side = np.inf if open_columns and i == 0 else total[i + 1, j]
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], side)
    return float(total[-1, 1:].min() if open_columns else total[-1, -1])


@given(COSTS, st.booleans())
def test_anti_diagonals_find_what_the_double_loop_finds(cost, open_columns):
    """The quick way may not cost the ghost its place."""
    path = warp(cost, open_columns=open_columns)
    assert path.total == pytest.approx(cheapest(cost, open_columns))
    assert cost[path.rows, path.columns].sum() == pytest.approx(path.total)


@given(COSTS, st.booleans(), st.sampled_from([None, 2, 5]), st.sampled_from([0.0, 0.5]), st.sampled_from([None, 0.3]))
def test_a_path_never_runs_back_or_jumps(cost, open_columns, max_still, still_cost, band):
    """A ghost that jumps back stutters."""
    path = warp(cost, band, open_columns, max_still, still_cost)
    steps = np.stack([np.diff(path.rows), np.diff(path.columns)])
    assert ((steps == 0) | (steps == 1)).all()
    assert (steps.sum(0) >= 1).all()
    assert (path.rows[0], path.rows[-1]) == (0, len(cost) - 1)
    if not open_columns:
        assert (path.columns[0], path.columns[-1]) == (0, cost.shape[1] - 1)


@given(st.integers(0, 1000), st.integers(2, 6))
def test_no_side_stands_still_for_longer_than_allowed(seed, limit):
    """A ghost frozen for seconds shows nothing."""
    cost = np.random.default_rng(seed).random((25, 25))
    path = warp(cost, max_still=limit)
    for moving in (np.diff(path.rows), np.diff(path.columns)):
        runs = np.diff(np.flatnonzero(np.concatenate([[1], moving, [1]])))
        assert runs.max() - 1 <= limit


def test_a_short_motion_is_found_in_a_long_one():
    """Ten minutes against five seconds."""
    long = np.cumsum(np.random.default_rng(3).normal(size=400))
    short = long[170:230]
    path = warp((short[:, None] - long) ** 2, open_columns=True)
    assert path.total == pytest.approx(0)
    assert (path.columns[0], path.columns[-1]) == (170, 229)


def test_an_empty_matrix_is_refused():
    with pytest.raises(ValueError, match="matrix"):
        warp(np.zeros((0, 4)))
