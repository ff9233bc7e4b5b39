# SPDX-License-Identifier: GPL-3.0-or-later
"""How badly a detection fits a track: appearance, pose, place and depth, multiplied as PHALP does (its EQ_019)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from .location import Places

Array = NDArray[np.floating]
BETA: Final = (4.0536, 1.3070, 0.3792, 4.1658)
"""Weights of appearance, pose, place and depth, found by PHALP's authors on PoseTrack."""
POSE_MOST: Final = 1.5
TOO_MUCH: Final = 100.0
"""From this cost on two are not one person."""


def matching_cost(
    predicted: Places,
    predicted_pose: ArrayLike,
    xy: ArrayLike,
    depth: ArrayLike,
    pose: ArrayLike,
    appearance: ArrayLike = 0.0,
) -> Array:
    """Costs (K, N) of K tracks' predictions against N detections, 1 at best; inf where a number is missing.

    predicted_pose (K, 226) and pose (N, 226): rotation matrices, betas, ... as one vector; xy (N, 2), depth (N,) as in
    `Places`; appearance (K, N): 100 times the squared distance of two looks, or 0 to leave it out.
    """
    xy, depth = np.asarray(xy, dtype=float).reshape(-1, 2), np.asarray(depth, dtype=float)
    pose, predicted_pose = np.asarray(pose, dtype=float), np.asarray(predicted_pose, dtype=float)
    by_pose = ((predicted_pose[:, None] - pose[None]) ** 2).sum(-1)
    by_place = np.linalg.norm(predicted.xy[:, None] - xy[None], axis=-1)
    unsure = np.linalg.norm(predicted.xy_interval, axis=-1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        by_depth = np.abs(np.log(predicted.depth[:, None] / depth[None]))
        unsure_depth = np.abs(np.log(1 / predicted.depth_interval))[:, None]
        cost = (
            (1 + BETA[0] * np.asarray(appearance, dtype=float))
            * (1 + BETA[1] * np.minimum(by_pose, POSE_MOST))
            * np.exp(by_place / (0.1 + np.tanh(unsure)) / BETA[2])
            * np.exp(by_depth / (0.1 + np.tanh(unsure_depth)) / BETA[3])
        )
    # The original turns NaN into 0, the best of all costs.
    return np.where(np.isfinite(cost), cost, np.inf)


def match(cost: ArrayLike) -> list[tuple[int, int]]:
    """Pairs (track, detection) of least cost in all (Hungarian method), without those that cost too much. (K, N)."""
    cost = np.asarray(cost, dtype=float)
    if not cost.size:
        return []
    possible = cost <= TOO_MUCH
    rows, columns = linear_sum_assignment(np.where(possible, cost, TOO_MUCH + 1e-5))
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if possible[row, column]]
