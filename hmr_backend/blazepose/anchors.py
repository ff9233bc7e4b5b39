# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed grid of boxes that the detector's answers refer to."""

from __future__ import annotations

import numpy as np

from ..observations import Array

INPUT_SIZE = 224
STRIDES = (8, 16, 32, 32, 32)
PER_LAYER = 2
"""One of aspect 1 and one of the interpolated scale; with a fixed anchor size they are the same."""


def make_anchors(size: int = INPUT_SIZE, strides: tuple[int, ...] = STRIDES) -> Array:
    """Centres of all anchors, (2254, 2) x, y in 0..1 of the input, in the detector's order.

    Layers of one stride share their cells (all anchors of a cell come together), as in MediaPipe's
    SsdAnchorsCalculator with fixed_anchor_size, offset 0.5, aspect 1.
    """
    centres = []
    for stride in dict.fromkeys(strides):
        cells = -(-size // stride)
        y, x = np.mgrid[:cells, :cells]
        grid = np.stack([x, y], axis=-1).reshape(-1, 2)
        centres.append(np.repeat((grid + 0.5) / cells, PER_LAYER * strides.count(stride), axis=0))
    return np.concatenate(centres).astype(np.float32)
