# SPDX-License-Identifier: GPL-3.0-or-later
"""Squares of the picture that the networks look at.

A region is four numbers: centre x, centre y, side (px) and angle (radians, clockwise on the screen); arrays of regions
are (N, 4). A rotated region is cut out upright, so that the person in it stands with the head up.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..observations import Array

MARGIN = 1.25
"""MediaPipe's enlargement of the circle around the body."""


def region_of_body(hip: Array, rim: Array, margin: float = MARGIN) -> Array:
    """The square around a body, turned so that `hip` -> `rim` points up.

    hip, rim: (..., 2) px: the middle of the hips and a point on the circle around the whole body. Result (..., 4).
    """
    way = rim - hip
    angle = np.pi / 2 - np.arctan2(-way[..., 1], way[..., 0])
    side = 2 * np.hypot(way[..., 0], way[..., 1]) * margin
    return np.stack([hip[..., 0], hip[..., 1], side, wrap_angle(angle)], axis=-1)


def wrap_angle(angle: Array) -> Array:
    """The same angle in [-pi, pi)."""
    return angle - 2 * np.pi * np.floor((angle + np.pi) / (2 * np.pi))


def whole_picture(width: int, height: int) -> Array:
    """The region (4,) that letter-boxes a picture."""
    return np.array([width / 2, height / 2, max(width, height), 0.0])


def tile_picture(width: int, height: int, rows: int, overlap: float = 0.4) -> Array:
    """Overlapping upright squares (N, 4) that cover a picture, `rows` of them along its shorter side."""
    side = min(width, height) / (1 + (rows - 1) * (1 - overlap))
    columns = [max(1, int(np.ceil((length / side - overlap) / (1 - overlap) - 1e-9))) for length in (width, height)]
    xs, ys = (
        np.linspace(side / 2, length - side / 2, count) if count > 1 else np.array([length / 2])
        for length, count in zip((width, height), columns, strict=True)
    )
    return np.array([[x, y, side, 0.0] for y in ys for x in xs])


def to_picture(points: Array, region: Array) -> Array:
    """Map points (..., 2) from 0..1 of a region (4,) to px of the picture."""
    return region[:2] + turn(points - 0.5, region[3]) * region[2]


def to_region(points: Array, region: Array) -> Array:
    """Map points (..., 2) from px of the picture to 0..1 of a region (4,); undoes `to_picture`."""
    return turn((points - region[:2]) / region[2], -region[3]) + 0.5


def turn(vectors: Array, angle: float) -> Array:
    """Rotate x, y of vectors (..., 2 or more) by an angle, clockwise on the screen; the rest stays."""
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.array(vectors)
    turned[..., 0] = cos * vectors[..., 0] - sin * vectors[..., 1]
    turned[..., 1] = sin * vectors[..., 0] + cos * vectors[..., 1]
    return turned


def cut_out(image: NDArray[np.uint8], region: Array, size: int, repeat_border: bool = False) -> NDArray[np.uint8]:
    """Sample a region (4,) of a picture (H, W, 3) to (size, size, 3), bilinearly, like MediaPipe on a CPU.

    Outside the picture: zeros (MediaPipe's detector), or its border repeated (MediaPipe's landmarks).
    """
    x, y, side, angle = (float(value) for value in region)
    scale = side / size
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    to_source = np.array([[cos, -sin, x - (cos - sin) * size / 2], [sin, cos, y - (sin + cos) * size / 2]])
    return cv2.warpAffine(
        image,
        to_source,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if repeat_border else cv2.BORDER_CONSTANT,
    )  # type: ignore[return-value]
