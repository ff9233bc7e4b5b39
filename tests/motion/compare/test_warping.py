# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ghostcap.motion.compare.warping import warp

COSTS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(0, 9, width=16))


def cheapest(cost: np.ndarray, open_columns: bool, still_cost: float = 0.0) -> float:
    """The textbook's double loop."""
    total = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    total[0, 0] = 0.0
    if open_columns:
        total[0] = 0.0
    for i in range(cost.shape[0]):
        for j in range(cost.shape[1]):
            side = np.inf if open_columns and i == 0 else total[i + 1, j]
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1] + still_cost, side + still_cost)
    return float(total[-1, 1:].min() if open_columns else total[-1, -1])


@given(COSTS, st.booleans())
def test_anti_diagonals_find_what_the_double_loop_finds(cost, open_columns):
    """The quick way may not cost the ghost its place."""
    path = warp(cost, open_columns=open_columns)
    assert path.total == pytest.approx(cheapest(cost, open_columns))
    assert cost[path.rows, path.columns].sum() == pytest.approx(path.total)


def weigh(path, cost: np.ndarray, still_cost: float) -> float:
    """What a way costs."""
    still = np.diff(path.rows) + np.diff(path.columns) < 2
    return float(cost[path.rows, path.columns].sum() + still_cost * still.sum())


@pytest.mark.parametrize("shape", [(520, 550), (550, 500), (700, 30), (30, 700), (1, 1200), (1200, 1)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_long_motions_are_matched_as_exactly(shape, kind):
    """From both ends or one, in either precision."""
    cost = np.random.default_rng(sum(shape)).random(shape)
    for open_columns, still_cost in ((False, 0.0), (False, 0.2), (True, 0.1)):
        path = warp(cost.astype(kind), open_columns=open_columns, still_cost=still_cost)
        wanted = cheapest(cost, open_columns, still_cost)
        assert weigh(path, cost, still_cost) == pytest.approx(wanted, rel=1e-9 if kind is np.float64 else 1e-5)
        assert path.total == pytest.approx(wanted, rel=1e-9 if kind is np.float64 else 1e-5)


@given(st.integers(0, 1000), st.integers(5, 60), st.sampled_from([0.05, 0.2, 0.5]))
def test_a_band_is_kept(seed, count, band):
    """An even pace, give or take: a ghost that waits for half of the clip is no ghost."""
    path = warp(np.random.default_rng(seed).random((count, count)), band)
    assert np.abs(path.rows - path.columns).max() / 2 <= max(band * count, 0.5) + 1e-9


@given(COSTS, st.sampled_from([0.1, 0.7]))
def test_no_way_is_cheaper_where_standing_still_costs(cost, still_cost):
    path = warp(cost, still_cost=still_cost)
    assert path.total == pytest.approx(cheapest(cost, False, still_cost))
    assert weigh(path, cost, still_cost) == pytest.approx(path.total)


@given(st.integers(0, 500), st.integers(3, 8))
def test_a_limit_that_is_kept_anyway_costs_nothing(seed, limit):
    """The cheapest way of all, where it never rests for long."""
    cost = np.random.default_rng(seed).random((12, 12)) + np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    assert warp(cost, max_still=limit).total == pytest.approx(cheapest(cost, False))


def test_two_who_stand_about_are_matched_evenly():
    """Where nothing tells moments apart, nobody waits."""
    path = warp(np.zeros((50, 50)))
    assert np.array_equal(path.rows, path.columns)


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
