# SPDX-License-Identifier: GPL-3.0-or-later
"""The pinhole camera: projection, and where it stands in the world.

Camera frame (OpenCV): x right, y down, z away from the camera. World: right-handed, z up, ground at z = 0, the camera
above (0, 0) looking along +y. Level and without roll, world = (x, z, -y) of the camera frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Camera:
    """A static pinhole camera with square pixels and the principal point in the middle of the picture."""

    focal_px: float
    width: int
    height: int
    tilt: float = 0.0
    """Radians the camera looks down."""
    roll: float = 0.0
    """Radians the camera is turned clockwise about its viewing direction (the horizon then tips to the left)."""
    above_ground: float = 0.0
    """Metres from the ground to the camera."""
    static: bool = True

    def up(self) -> Array:
        """The world's up direction in the camera frame, (3,)."""
        return np.array(
            [
                -np.sin(self.roll) * np.cos(self.tilt),
                -np.cos(self.roll) * np.cos(self.tilt),
                -np.sin(self.tilt),
            ]
        )

    def world_from_camera(self) -> Array:
        """(3, 3) rotation that brings camera directions into the world."""
        return world_rotation(self.up())

    def to_world(self, points: ArrayLike) -> Array:
        """(..., 3) metres in the camera frame -> (..., 3) metres in the world."""
        return np.asarray(points, dtype=float) @ self.world_from_camera().T + [0.0, 0.0, self.above_ground]

    def to_camera(self, points: ArrayLike) -> Array:
        """(..., 3) metres in the world -> (..., 3) metres in the camera frame."""
        return (np.asarray(points, dtype=float) - [0.0, 0.0, self.above_ground]) @ self.world_from_camera()

    def project(self, points: ArrayLike) -> Array:
        """(..., 3) metres in the camera frame -> (..., 2) pixels; behind the camera gives NaN."""
        points = np.asarray(points, dtype=float)
        depth = np.where(points[..., 2:] > 1e-6, points[..., 2:], np.nan)
        return points[..., :2] / depth * self.focal_px + [self.width / 2, self.height / 2]


def world_rotation(up: ArrayLike) -> Array:
    """(3, 3) world-from-camera rotation for an up direction (3,) given in the camera frame.

    The world's +y is the viewing direction laid on the ground; for a camera that looks straight down, the top of the
    picture.
    """
    z = np.asarray(up, dtype=float)
    z = z / np.linalg.norm(z)
    forward = np.array([0.0, 0.0, 1.0])
    if abs(z[2]) > 0.999:
        forward = np.array([0.0, -1.0, 0.0])
    y = forward - (forward @ z) * z
    y /= np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z])


def tilt_and_roll(up: ArrayLike) -> tuple[float, float]:
    """Angles of `Camera` for an up direction (3,) in the camera frame."""
    x, y, z = np.asarray(up, dtype=float) / np.linalg.norm(up)
    return float(np.arcsin(np.clip(-z, -1, 1))), float(np.arctan2(-x, -y))
