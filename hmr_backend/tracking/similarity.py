# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike two bodies are: where they are, and what colours they wear."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..observations import Array

MAIN = np.array([11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
"""Shoulders, elbows, wrists, hips, knees, ankles."""
TOLERANCE = 0.03
"""Of the region's side, about 4 % of the body's height: joints this far apart count e^-0.5."""
GRID = 6
BINS = 6


def pose_overlap(landmarks: Array, others: Array, side: float) -> Array:
    """Object keypoint similarity of a body (33, 2+) with others (N, 33, 2+), 0..1; `side` of its region in px."""
    apart = np.linalg.norm(others[:, MAIN, :2] - landmarks[MAIN, :2], axis=-1) / max(side, 1e-6)
    return np.exp(-0.5 * (apart / TOLERANCE) ** 2).mean(axis=-1)


def share_inside(landmarks: Array, width: int, height: int) -> Array:
    """Share (...,) of the main joints of bodies (..., 33, 2+) that lie in the picture."""
    points = landmarks[..., MAIN, :2]
    return np.all((points >= 0) & (points < (width, height)), axis=-1).mean(axis=-1)


def look_of(image: NDArray[np.uint8], landmarks: Array) -> Array:
    """The colours of a body's trunk and thighs, (2, BINS**3) histograms that sum to 1 each; zeros when out of sight.

    Histograms in Lab, so that light and hue count alike; trunk and thighs apart, so that a red shirt isn't red
    trousers.
    """
    height, width = image.shape[:2]
    u, v = np.meshgrid(np.linspace(0.1, 0.9, GRID), np.linspace(0.1, 0.9, GRID))
    u, v = u.reshape(-1, 1), v.reshape(-1, 1)
    left_shoulder, right_shoulder, left_hip, right_hip, left_knee, right_knee = landmarks[[11, 12, 23, 24, 25, 26], :2]
    trunk = (1 - v) * ((1 - u) * right_shoulder + u * left_shoulder) + v * ((1 - u) * right_hip + u * left_hip)
    thighs = np.concatenate([(1 - v) * right_hip + v * right_knee, (1 - v) * left_hip + v * left_knee])
    histograms = np.zeros((2, BINS**3), dtype=np.float32)
    for row, points in enumerate((trunk, thighs)):
        where = np.round(points).astype(int)
        where = where[np.all((where >= 0) & (where < (width, height)), axis=1)]
        if len(where) < GRID:
            continue
        colours = cv2.cvtColor(image[where[:, 1], where[:, 0]][None], cv2.COLOR_RGB2Lab)[0].astype(np.float32)
        # Chroma fills the middle of its range only; spread it over the bins.
        level = np.stack([colours[:, 0] / 256, (colours[:, 1] - 78) / 100, (colours[:, 2] - 78) / 100], axis=1)
        cell = np.clip((level * BINS).astype(int), 0, BINS - 1) @ (BINS * BINS, BINS, 1)
        histograms[row] = np.bincount(cell, minlength=BINS**3) / len(cell)
    return histograms


def look_alike(look: Array, other: Array) -> float:
    """How alike two `look_of` are, 0..1 (Bhattacharyya); 0.5 where nothing can be said."""
    known = (look.sum(axis=1) > 0) & (other.sum(axis=1) > 0)
    if not known.any():
        return 0.5
    return float(np.sqrt(look[known] * other[known]).sum(axis=1).mean())
