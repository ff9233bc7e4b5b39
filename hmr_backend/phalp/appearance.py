# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person wears, as numbers whose distance goes into the matching cost.

PHALP compares textures by a network of its own, whose weights have to be fetched apart. Here it is the colours of trunk
and thighs, taken from the middle of the box: no weights, little time, and the difference between two shirts is seen.
"""

from __future__ import annotations

import itertools
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]
PARTS: Final = ((0.18, 0.48), (0.54, 0.78))
"""Trunk and thighs, of the box's height."""
MIDDLE: Final = (0.32, 0.68)
"""Of the box's width."""
GRID: Final = (16, 12)
"""Rows and columns of points that are looked at in a part."""
BINS: Final = 6
"""Along lightness and both chromas."""
_SCALE: Final = 1 / 20
"""100 times the squared distance of two looks is then 1 less their likeness."""


def look_of_boxes(image: NDArray[np.uint8], boxes: ArrayLike) -> Array:
    """Looks (N, 686) of people in boxes (N, 4) x0, y0, x1, y1 px of a picture (H, W, 3) RGB.

    Square roots of histograms, scaled so that 100 times the squared distance of two looks, the cost's appearance term,
    is 1 less their Bhattacharyya coefficient: 0 for the same colours, 1 where nothing is alike.
    """
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    height, width = image.shape[:2]
    out = np.zeros((len(boxes), len(PARTS), (BINS + 1) ** 3))
    across = np.linspace(*MIDDLE, GRID[1])
    for row, (x0, y0, x1, y1) in enumerate(boxes):
        for part, (top, bottom) in enumerate(PARTS):
            x = np.clip(x0 + across * (x1 - x0), 0, width - 1).astype(int)
            y = np.clip(y0 + np.linspace(top, bottom, GRID[0]) * (y1 - y0), 0, height - 1).astype(int)
            out[row, part] = histogram(image[y[:, None], x])
    return np.sqrt(out.reshape(len(boxes), len(PARTS) * (BINS + 1) ** 3)) * _SCALE


def histogram(colours: NDArray[np.uint8]) -> Array:
    """Shares (343,) of RGB colours (R, C, 3) around the nodes of a grid in Lab; each counts at the eight around it."""
    lab = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2Lab).reshape(-1, 3).astype(np.float64)
    # Chroma fills the middle of its range only; spread it over the grid.
    level = np.clip((lab - [0, 78, 78]) / [255, 100, 100], 0, 1) * BINS
    node = np.minimum(level.astype(int), BINS - 1)
    beyond = level - node
    out = np.zeros((BINS + 1) ** 3)
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.prod(np.where(corner, beyond, 1 - beyond), axis=1)
        cell = (node + corner) @ ((BINS + 1) ** 2, BINS + 1, 1)
        out += np.bincount(cell, weight, minlength=len(out))
    return out / out.sum()
