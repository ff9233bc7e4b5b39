# SPDX-License-Identifier: GPL-3.0-or-later
"""From the network's weak-perspective camera of a crop to metres in the camera of the picture.

The original's full-frame camera has a focal length of 5000 px on a picture of 256 px, so people come out 75 m away. X
and Y do not depend on the focal length, and Z is proportional to it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .sizes import CROP

Array = NDArray[np.floating]
FOCAL: Final = 5000.0
"""Pixels, on a crop of 256 px: the original's convention."""
_TINY: Final = 1e-9


def crop_translation(camera: ArrayLike, focal_px: float = FOCAL) -> Array:
    """Weak-perspective cameras (..., 3) s, tx, ty -> the body's translation (..., 3) in the crop's own camera."""
    s, tx, ty = np.moveaxis(np.asarray(camera, dtype=float), -1, 0)
    return np.stack([tx, ty, 2 * focal_px / (CROP * s + _TINY)], -1)


def full_translation(
    camera: ArrayLike, centre: ArrayLike, side: ArrayLike, width: float, height: float, focal_px: ArrayLike
) -> Array:
    """The body's translation (..., 3) in the camera of the whole picture, metres (x right, y down, z away).

    camera (..., 3) s, tx, ty of crops with centre (..., 2) and side (...,) px; focal_px of the whole picture. With the
    original's focal length, `original_focal`, this is its cam_crop_to_full. The body's root joint is at J0(betas) plus
    this.
    """
    s, tx, ty = np.moveaxis(np.asarray(camera, dtype=float), -1, 0)
    centre = np.asarray(centre, dtype=float)
    size = np.asarray(side, dtype=float) * s + _TINY
    return np.stack(
        [
            2 * (centre[..., 0] - width / 2) / size + tx,
            2 * (centre[..., 1] - height / 2) / size + ty,
            2 * np.asarray(focal_px, dtype=float) / size,
        ],
        -1,
    )


def original_focal(width: float, height: float) -> float:
    """Pixels: what 4D-Humans takes for the focal length of a whole picture."""
    return FOCAL / CROP * max(width, height)


def to_true_focal(translation: ArrayLike, focal_px: float, width: float, height: float) -> Array:
    """Translations (..., 3) of 4D-Humans -> metres under the picture's true focal length."""
    return np.asarray(translation, dtype=float) * [1.0, 1.0, focal_px / original_focal(width, height)]


def to_original_focal(translation: ArrayLike, focal_px: float, width: float, height: float) -> Array:
    """The way back: metres (..., 3) -> translations as 4D-Humans writes them."""
    return np.asarray(translation, dtype=float) * [1.0, 1.0, original_focal(width, height) / focal_px]
