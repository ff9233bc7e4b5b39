# SPDX-License-Identifier: GPL-3.0-or-later
"""People drawn over a frame: what was observed thin, what was fitted thick, one colour for each id."""

from __future__ import annotations

import colorsys
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..motion.camera import Camera
from ..motion.capture import Track
from ..motion.skeleton import BONES, LANDMARK_BONES
from .observations import LANDMARKS

Array = NDArray[np.floating]
Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

_SEEN = 0.3
"""Landmarks surer than this are drawn."""
_BRIDGED_OPACITY = 0.45


def track_colour(track: int) -> Colour:
    """RGB; ids far from each other in hue (steps of the golden ratio), the same in every picture."""
    hue = (0.09 + (track - 1) * 0.618034) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.62, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def draw_people(image: Image, frame: int, tracks: dict[int, Track], camera: Camera) -> Image:
    """Draw on an RGB picture of any size that shows the whole frame; returns it. Bridged frames are fainter."""
    scale = image.shape[1] / camera.width
    for number, track in tracks.items():
        row = frame - int(track.frame[0])
        if not 0 <= row < len(track.frame):
            continue
        if track.observed[row]:
            _draw_person(image, number, track, row, camera, scale)
        else:
            drawn = image.copy()
            _draw_person(drawn, number, track, row, camera, scale)
            cv2.addWeighted(drawn, _BRIDGED_OPACITY, image, 1 - _BRIDGED_OPACITY, 0, dst=image)
    return image


def _draw_person(image: Image, number: int, track: Track, row: int, camera: Camera, scale: float) -> None:
    colour = track_colour(number)
    size = image.shape[0] / 540
    fitted = camera.project(camera.to_camera(track.joints[row])) * scale
    thick, thin = max(2, round(3 * size)), 1
    for a, b in BONES:
        _line(image, fitted[a], fitted[b], colour, thick)
    for joint in fitted:
        _dot(image, joint, (255, 255, 255), max(1, round(1.5 * size)))
    points = track.keypoints_2d[row]
    if len(points) == LANDMARKS:
        seen = points[:, 2] > _SEEN
        for a, b in LANDMARK_BONES:
            if seen[a] and seen[b]:
                _line(image, points[a, :2] * scale, points[b, :2] * scale, (255, 255, 255), thin)
    _label(image, fitted, track.bbox[row] * scale, number, colour, size)


def _label(image: Image, fitted: Array, box: Array, number: int, colour: Colour, size: float) -> None:
    """The id above the head, not on the face: boxes end at the eyes' height or little above."""
    top = fitted[np.isfinite(fitted).all(-1)]
    if np.isfinite(box).all():
        x, y = (box[0] + box[2]) / 2, box[1] - 0.1 * (box[3] - box[1])
    elif len(top):
        x, y = top[:, 0].mean(), top[:, 1].min()
    else:
        return
    text, font, height = str(number), cv2.FONT_HERSHEY_SIMPLEX, 0.7 * size
    (width, tall), _ = cv2.getTextSize(text, font, height, 2)
    left = int(np.clip(x - width / 2, 4, max(4, image.shape[1] - width - 4)))
    foot = int(np.clip(y - 8 * size, tall + 6, image.shape[0] - 6))
    cv2.rectangle(image, (left - 4, foot - tall - 4), (left + width + 4, foot + 5), colour, cv2.FILLED)
    cv2.putText(image, text, (left, foot), font, height, (0, 0, 0), 2, cv2.LINE_AA)


def _line(image: Image, a: Array, b: Array, colour: Colour, thickness: int) -> None:
    if np.isfinite(a).all() and np.isfinite(b).all():
        cv2.line(image, _pixel(a), _pixel(b), colour, thickness, cv2.LINE_AA)


def _dot(image: Image, point: Array, colour: Colour, radius: int) -> None:
    if np.isfinite(point).all():
        cv2.circle(image, _pixel(point), radius, colour, cv2.FILLED, cv2.LINE_AA)


def _pixel(point: Array) -> tuple[int, int]:
    return cast("tuple[int, int]", tuple(np.clip(point, -10000, 10000).round().astype(int).tolist()))
