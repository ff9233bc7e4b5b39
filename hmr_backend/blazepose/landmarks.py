# SPDX-License-Identifier: GPL-3.0-or-later
"""What the landmark network says: its numbers decoded, refined and placed in the picture."""

from __future__ import annotations

import numpy as np

from ..observations import Array
from .regions import to_picture, turn

INPUT_SIZE = 256
POINTS = 39
"""33 landmarks of the body and 6 auxiliary ones; of these, 33 and 34 give the next frame's region."""
KERNEL = 7
MIN_PEAK = 0.5


def sigmoid(logits: Array) -> Array:
    """The logistic function, without overflow."""
    return 1 / (1 + np.exp(-np.clip(logits, -80, 80)))


def refine_points(points: Array, heatmap: Array) -> Array:
    """Move points (J, 2), 0..1, to the centre of mass of their heatmaps (H, W, J logits) in a 7x7 window around them.

    A point stays where its window holds nothing over 0.5, or outside the map. As MediaPipe's
    RefineLandmarksFromHeatmapCalculator.
    """
    height, width, count = heatmap.shape
    reach = KERNEL // 2
    cell = np.clip(points * (width, height), -1, (width, height)).astype(int)
    inside = np.all((points >= 0) & (cell < (width, height)), axis=1)
    steps = np.arange(-reach, reach + 1)
    columns, rows = cell[:, 0, None] + steps, cell[:, 1, None] + steps
    valid = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    window = heatmap[
        np.clip(rows, 0, height - 1)[:, :, None],
        np.clip(columns, 0, width - 1)[:, None, :],
        np.arange(count)[:, None, None],
    ]
    weight = np.where(valid, sigmoid(window), 0)
    total = weight.sum(axis=(1, 2))
    x = np.einsum("jrc,jc->j", weight, columns.astype(np.float32))
    y = np.einsum("jrc,jr->j", weight, rows.astype(np.float32))
    moved = np.stack([x / width, y / height], axis=1) / np.maximum(total, 1e-9)[:, None]
    sure = inside & (weight.max(axis=(1, 2)) >= MIN_PEAK)
    return np.where(sure[:, None], moved, points)


def decode_landmarks(values: Array, heatmap: Array, region: Array) -> Array:
    """Landmarks in the picture, (39, 5): x, y, z px, visibility, presence 0..1.

    values: (195,) the network's output; heatmap: (64, 64, 39) logits; region: (4,) what it looked at. z is the depth
    relative to the hips in px of the picture, away from the camera, as MediaPipe scales it.
    """
    points = values.reshape(POINTS, 5).astype(np.float32)
    placed = np.empty_like(points)
    placed[:, :2] = to_picture(refine_points(points[:, :2] / INPUT_SIZE, heatmap), region)
    placed[:, 2] = points[:, 2] / INPUT_SIZE * region[2]
    placed[:, 3:] = sigmoid(points[:, 3:])
    return placed


def decode_world(values: Array, region: Array) -> Array:
    """World landmarks (39, 3) in metres, origin between the hips, camera axes, from the network's (117,)."""
    return turn(values.reshape(POINTS, 3).astype(np.float32), float(region[3]))
