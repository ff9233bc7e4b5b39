# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of somebody simple, for tests of tracking."""

from __future__ import annotations

import numpy as np


def stand(x: float, y: float, height: float) -> np.ndarray:
    """Landmarks (33, 4) of somebody standing, feet at y + height."""
    marks = np.full((33, 4), [x, y, 0, 1.0])
    for left, right, wide, down in ((11, 12, 0.12, 0.2), (13, 14, 0.15, 0.35), (15, 16, 0.15, 0.48),
                                    (23, 24, 0.08, 0.52), (25, 26, 0.08, 0.75), (27, 28, 0.08, 1.0)):  # fmt: skip
        marks[left, :2] = x + wide * height, y + down * height
        marks[right, :2] = x - wide * height, y + down * height
    return marks
