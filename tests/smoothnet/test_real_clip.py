# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped weights on a real clip with a truth from four cameras (Pose2Sim's Demo_SinglePerson, BSD-3-Clause)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.fitting import undo_swaps
from ghostcap.hmr_backend.observations import Tracklet
from ghostcap.motion.skeleton import LANDMARK
from ghostcap.motion.smoothing import Smoothing, smooth_positions

DATA = Path(__file__).parent.parent / "data" / "balance.npz"


def align(a: np.ndarray, b: np.ndarray, scale: bool) -> np.ndarray:
    """Points a (N, 3) on b with the least squared error."""
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    u, d, vt = np.linalg.svd((a - middle_a).T @ (b - middle_b))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    size = (d * sign).sum() / ((a - middle_a) ** 2).sum() if scale else 1.0
    return size * (a - middle_a) @ ((u * sign) @ vt) + middle_b


def errors(points: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean error of the acceleration (mm/frame^2) and PA-MPJPE (mm), relative to the hips' middle."""
    points, truth = (q - q[:, :2].mean(axis=1, keepdims=True) for q in (points, truth))
    turned = align(points.reshape(-1, 3), truth.reshape(-1, 3), scale=False).reshape(points.shape)
    posed = np.stack([align(a, b, scale=True) for a, b in zip(points, truth, strict=True)])
    error = np.linalg.norm(np.diff(turned - truth, 2, axis=0), axis=-1).mean()
    return 1000 * float(error), 1000 * float(np.linalg.norm(posed - truth, axis=-1).mean())


@pytest.mark.parametrize("view", ["cam02", "cam04"])
def test_real_jitter_goes_and_the_pose_gets_no_worse(view):
    """What simulation promises has to hold for what the built-in network really says."""
    with np.load(DATA) as data:
        names, fps, truth = [str(name) for name in data["truth_names"]], float(data["fps"]), data["truth"].astype(float)
        bbox, score, landmarks, world = (data[f"{view}_{name}"] for name in ("bbox", "score", "landmarks", "world"))
    seen = Tracklet(1, np.arange(len(truth)), bbox, score, landmarks, world, np.ones(len(truth), dtype=bool))
    world = undo_swaps(seen, fps).world.astype(float)
    side = {"l": "left", "r": "right"}
    points = world[:, [LANDMARK[f"{side[name[0]]}_{name[2:]}"] for name in names]]
    raw, smooth = errors(points, truth), errors(smooth_positions(points, fps, Smoothing()), truth)
    assert smooth[0] < raw[0] / 5
    assert smooth[1] < raw[1]
