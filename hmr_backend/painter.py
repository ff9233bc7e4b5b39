# SPDX-License-Identifier: GPL-3.0-or-later
"""A small 3D painter: shaded triangles on a metre grid, back to front, with NumPy and OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

BACKGROUND: Colour = (43, 45, 50)
_GRID: Colour = (84, 87, 94)
_SHADOW: Colour = (28, 29, 33)
_UNDER_FLOOR = np.array([220.0, 40.0, 40.0])
_NEAR = 0.1
_SUBPIXEL_BITS = 4
_LIGHT = np.array([-0.35, -0.55, 0.76])
"""Direction to the light in the world: from the front, a little to the left."""


@dataclass(frozen=True)
class View:
    """A camera that looks at a point. World: z up, metres."""

    target: Array
    """(3,)"""
    azimuth: float
    """Radians the viewer stands to the right of the world's front (-y)."""
    elevation: float
    """Radians above the horizon."""
    distance: float
    width: int
    height: int
    field: float
    """Vertical angle of view."""

    @cached_property
    def axes(self) -> Array:
        """(3, 3): rows right, down, forward in the world."""
        ground = np.array([-np.sin(self.azimuth), np.cos(self.azimuth), 0.0])
        forward = np.cos(self.elevation) * ground + np.array([0.0, 0.0, -np.sin(self.elevation)])
        right = np.array([ground[1], -ground[0], 0.0])
        return np.stack([right, np.cross(forward, right), forward])

    @cached_property
    def eye(self) -> Array:
        """(3,) where the viewer stands."""
        return self.target - self.distance * self.axes[2]

    def to_eye(self, points: Array) -> Array:
        """(..., 3) world -> (..., 3) right, down, forward of the viewer."""
        return (points - self.eye) @ self.axes.T

    def project(self, seen: Array) -> Array:
        """(..., 3) of `to_eye` -> (..., 2) pixels; only in front of the viewer."""
        focal = self.height / 2 / np.tan(self.field / 2)
        return seen[..., :2] / seen[..., 2:] * focal + [self.width / 2, self.height / 2]


@dataclass(frozen=True)
class Surface:
    """A mesh to paint."""

    vertices: Array
    """(V, 3) world."""
    faces: NDArray[np.integer]
    """(F, 3) counter-clockwise from outside."""
    colour: Colour | Array
    """RGB, of the whole mesh or (F, 3) of each face."""


def paint_floor(view: View, reach: int = 12) -> Image:
    """An empty room: the background and a metre grid on z = 0 around the view's target."""
    image = np.full((view.height, view.width, 3), BACKGROUND, dtype=np.uint8)
    centre = np.round(view.target[:2])
    for step in range(-reach, reach + 1):
        shade = 1.0 - abs(step) / (reach + 1)
        colour = cast("Colour", tuple(int(b + (g - b) * shade) for b, g in zip(BACKGROUND, _GRID, strict=True)))
        for axis in (0, 1):
            ends = np.zeros((2, 3))
            ends[:, axis] = centre[axis] + [-reach, reach]
            ends[:, 1 - axis] = centre[1 - axis] + step
            paint_line(image, view, ends, colour)
    return image


def paint_line(image: Image, view: View, points: Array, colour: Colour, thickness: int = 1) -> None:
    """A polyline (N, 3) in the world, cut off where it passes behind the viewer."""
    _paint_segments(image, view, np.stack([points[:-1], points[1:]], 1), colour, thickness)


def _paint_segments(image: Image, view: View, ends: Array, colour: Colour, thickness: int) -> None:
    """Separate lines (N, 2, 3)."""
    seen = view.to_eye(ends)
    behind = seen[..., 2] < _NEAR
    seen, behind = seen[~behind.all(1)], behind[~behind.all(1)]
    a, b = seen[:, 0], seen[:, 1]
    step = b[:, 2:] - a[:, 2:]
    cut = a + (b - a) * np.divide(_NEAR - a[:, 2:], step, out=np.zeros_like(step), where=step != 0)
    seen = np.where(behind[..., None], cut[:, None], seen)
    pixels = np.clip(view.project(seen), -1e6, 1e6).round().astype(int).tolist()
    # OpenCV walks along every pixel of a line, those outside the picture too.
    frame = (-99, -99, view.width + 198, view.height + 198)
    for first, last in pixels:
        visible, start, end = cv2.clipLine(frame, first, last)
        if visible:
            cv2.line(image, start, end, colour, thickness, cv2.LINE_AA)


def paint_shadow(image: Image, view: View, joints: Array, bones: tuple[tuple[int, int], ...]) -> None:
    """The shadow of a stick figure (J, 3) under a lamp straight above; it shows who stands and who floats."""
    flat = joints * [1.0, 1.0, 0.0]
    depth = float(view.to_eye(flat)[:, 2].mean())
    if depth < _NEAR:
        return
    width = max(1, round(0.11 * view.height / 2 / np.tan(view.field / 2) / depth))
    _paint_segments(image, view, flat[np.array(bones)], _SHADOW, width)


def paint_surfaces(image: Image, view: View, surfaces: list[Surface]) -> None:
    """Paint meshes back to front (painter's algorithm), Lambert's shading.

    What lies under the floor is red, except on meshes with colours of their own, which red would say something about.
    """
    corners: list[Array] = []
    depths: list[Array] = []
    colours: list[Array] = []
    for surface in surfaces:
        seen = view.to_eye(surface.vertices)
        if not np.isfinite(seen).all() or seen[:, 2].min() < _NEAR:
            continue
        flat = view.project(seen)[surface.faces]
        edge, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        # Pixels have y down, so counter-clockwise faces turn the other way round.
        front = edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0] < 0
        faces = surface.faces[front]
        corner = surface.vertices[faces]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        shade = 0.42 + 0.5 * np.maximum(normal @ _LIGHT, 0) + 0.12 * normal[:, 2]
        own = np.asarray(surface.colour, dtype=float)
        colour = np.clip((own[front] if own.ndim == 2 else own) * shade[:, None], 0, 255)
        if own.ndim == 1:
            colour[(corner[..., 2] < -0.02).all(1)] = _UNDER_FLOOR
        corners.append(flat[front])
        depths.append(seen[faces, 2].mean(1))
        colours.append(colour)
    if not corners:
        return
    order = np.argsort(-np.concatenate(depths))
    points = (np.concatenate(corners)[order] * (1 << _SUBPIXEL_BITS)).round().astype(np.int32)
    for triangle, colour in zip(points, np.concatenate(colours)[order].tolist(), strict=True):
        cv2.fillConvexPoly(image, triangle, colour, cv2.LINE_8, _SUBPIXEL_BITS)
