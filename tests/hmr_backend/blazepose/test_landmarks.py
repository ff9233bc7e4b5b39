# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostcap.hmr_backend.blazepose.landmarks import decode_landmarks, decode_world, refine_points


def refine_slowly(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """The same as `refine_points`, cell by cell, as MediaPipe describes it."""
    height, width, _ = heatmap.shape
    result = points.copy()
    for j, (x, y) in enumerate(points):
        column, row = int(x * width), int(y * height)
        if not (0 <= column < width and 0 <= row < height) or x < 0 or y < 0:
            continue
        total = top = sum_x = sum_y = 0.0
        for r in range(max(0, row - 3), min(height, row + 4)):
            for c in range(max(0, column - 3), min(width, column + 4)):
                weight = 1 / (1 + np.exp(-heatmap[r, c, j]))
                total, top = total + weight, max(top, weight)
                sum_x, sum_y = sum_x + weight * c, sum_y + weight * r
        if top >= 0.5:
            result[j] = sum_x / total / width, sum_y / total / height
    return result


@given(seed=st.integers(0, 2**31), shift=st.floats(-6, 6))
def test_refinement_does_what_mediapipe_describes(seed, shift):
    """Also at the map's edges and outside; wrong by a cell, every joint is wrong by 4 px of 256."""
    random = np.random.default_rng(seed)
    points = random.uniform(-0.2, 1.2, (39, 2))
    heatmap = random.normal(shift, 3, (64, 64, 39))
    np.testing.assert_allclose(refine_points(points, heatmap), refine_slowly(points, heatmap), atol=1e-6)


def test_landmarks_are_turned_back_with_their_region():
    """Somebody lying on the side is looked at turned by 90 degrees; the landmarks must lie again."""
    values = np.zeros((39, 5), dtype=np.float32)
    values[:, :3] = 128, 64, 25.6
    values[:, 3:] = 100, -100
    placed = decode_landmarks(values.ravel(), np.full((64, 64, 39), -9.0), np.array([50.0, 60, 80, np.pi / 2]))
    np.testing.assert_allclose(placed[0], [50 + 20, 60, 8, 1, 0], atol=1e-4)


def test_world_landmarks_are_turned_about_the_viewing_direction():
    """x right, y down: a turn of the region by 90 degrees clockwise brings up to the right."""
    values = np.tile([0.0, -1.0, 0.3], 39)
    np.testing.assert_allclose(decode_world(values, np.array([0, 0, 1, np.pi / 2]))[0], [1, 0, 0.3], atol=1e-6)


def test_wild_logits_do_not_overflow():
    """NaN in one landmark would spread over the whole fit."""
    placed = decode_landmarks(np.full(195, 1e30), np.full((64, 64, 39), -1e30), np.array([0.0, 0, 1, 0]))
    assert placed[0, 3] == pytest.approx(1)
    assert np.isfinite(placed[:, 3:]).all()
