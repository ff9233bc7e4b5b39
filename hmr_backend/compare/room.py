# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of a comparison in a room: the user with the ghost, and the user painted by the differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ...motion.compare.clip import Clip
from ...motion.compare.coaching import Colouring, read_lettering, read_words
from ...motion.compare.comparison import Comparison
from ...motion.kinematics import Posed
from ...motion.skeleton import BONES, JOINT
from ..mannequin import decimate_body
from ..painter import Surface, View, paint_floor, paint_line, paint_shadow, paint_surfaces

Array = NDArray[np.floating]
Image = NDArray[np.uint8]
_FIELD = np.radians(32.0)
_ELEVATION = np.radians(10.0)
_ASIDE = np.radians(35.0)
"""The viewer stands so far to the side of where the user faces."""
_QUICK_VERTICES = 2000
_WOOD = (206, 172, 130)
_GHOST_OPACITY = 0.55
_CALM_ROWS = 15
_LETTERS = (235, 235, 235)


@dataclass(frozen=True)
class Room:
    """Draws any row of the cut."""

    result: Comparison
    body: Body
    betas: Array
    colouring: Colouring
    width: int
    height: int

    def draw_ghost(self, row: int, fine: bool = False) -> Image:
        """The user, with the athlete half transparent in the same place."""
        image, view = self._floor(row)
        user, ghost = self._mesh(self.result.user, row, fine), self._mesh(self.result.ghost, row, fine)
        faces = (self.body if fine else self._quick).faces
        paint_surfaces(image, view, [Surface(user, faces, _each(_WOOD, faces))])
        over = image.copy()
        paint_surfaces(over, view, [Surface(ghost, faces, _each(self.colouring.ghost, faces))])
        return np.asarray(cv2.addWeighted(over, _GHOST_OPACITY, image, 1 - _GHOST_OPACITY, 0), np.uint8)

    def draw_heatmap(self, row: int, fine: bool = False, arrows: tuple[int, ...] = ()) -> Image:
        """The user painted; arrows from these joints to where the athlete has them; a bar of colours with degrees."""
        image, view = self._floor(row)
        body = self.body if fine else self._quick
        colours = self._paint_vertices(body, row)[body.faces].mean(1)
        paint_surfaces(image, view, [Surface(self._mesh(self.result.user, row, fine), body.faces, colours)])
        for joint in arrows:
            ends = [clip.posed.positions[row, joint] for clip in (self.result.user, self.result.ghost)]
            start, stop = (view.project(view.to_eye(end)).round().astype(int).tolist() for end in ends)
            if np.hypot(stop[0] - start[0], stop[1] - start[1]) > 6:
                cv2.arrowedLine(image, start, stop, self.colouring.arrow, 2, cv2.LINE_AA, tipLength=0.25)
        return draw_bar(image, self.colouring)

    @cached_property
    def _quick(self) -> Body:
        return decimate_body(self.body, _QUICK_VERTICES) if len(self.body.vertices) > _QUICK_VERTICES else self.body

    @cached_property
    def _targets(self) -> Array:
        """(N, 3) what the viewer looks at: still where all fits in the picture, else calmly following the user."""
        hips = self.result.user.posed.positions[:, JOINT["Pelvis"]].copy()
        hips[:, 2] = 0.85
        low, high = hips[:, :2].min(0), hips[:, :2].max(0)
        if np.ptp(hips[:, :2], axis=0).max() < 1.5:
            hips[:, :2] = (low + high) / 2
            return hips
        size = 2 * _CALM_ROWS + 1
        padded = np.pad(hips, ((_CALM_ROWS, _CALM_ROWS), (0, 0)), mode="edge")
        return np.stack([np.convolve(padded[:, axis], np.ones(size) / size, "valid") for axis in range(3)], -1)

    @cached_property
    def _azimuth(self) -> float:
        facing = self.result.user.posed.rotations[0, JOINT["Pelvis"], :, 2]
        angle = np.arctan2(facing[1], facing[0]) - _ASIDE
        return float(np.arctan2(np.cos(angle), -np.sin(angle)))

    @cached_property
    def _distance(self) -> float:
        """So that the body fits whatever it does."""
        points = np.concatenate([clip.posed.positions for clip in (self.result.user, self.result.ghost)], 1)
        away = np.abs(points - self._targets[:, None])
        wide = float(np.hypot(away[..., 0], away[..., 1]).max()) + 0.1
        high = float(away[..., 2].max()) + 0.2
        return min(max(wide * self.height / self.width, high, 1.05), 2.5) / np.tan(_FIELD / 2)

    def _floor(self, row: int) -> tuple[Image, View]:
        view = View(self._targets[row], self._azimuth, _ELEVATION, self._distance, self.width, self.height, _FIELD)
        image = paint_floor(view)
        joints = self.result.user.posed.positions
        paint_shadow(image, view, joints[row], BONES)
        path = joints[: row + 1, 0] * [1.0, 1.0, 0.0]
        if len(path) > 1:
            paint_line(image, view, path[:: max(1, len(path) // 200)], self.colouring.user, 1)
        return image, view

    def _mesh(self, clip: Clip, row: int, fine: bool) -> Array:
        posed = Posed(clip.posed.positions[row], clip.posed.rotations[row])
        return (self.body if fine else self._quick).pose(self.betas, posed)

    def _paint_vertices(self, body: Body, row: int) -> Array:
        """(V, 3) RGB: each joint's deviation spread by the skin's weights, grey where it was not seen."""
        deviations = self.result.deviations
        blend = np.zeros((len(body.vertices), 24))
        np.add.at(blend, (np.arange(len(blend))[:, None], body.skin_index), body.skin_weight)
        sure = deviations.sure[row].astype(float)
        seen = blend @ sure
        angle = blend @ (deviations.local[row] * sure) / np.maximum(seen, 1e-6)
        share = np.clip(seen, 0, 1)[:, None]
        return self.colouring.paint(angle) * share + np.array(self.colouring.unjudged, dtype=float) * (1 - share)


def _each(colour: tuple[int, int, int], faces: NDArray[np.integer]) -> Array:
    """One colour for each face: the painter does not mark those that lie under the floor."""
    return np.tile(np.array(colour, dtype=float), (len(faces), 1))


def draw_bar(image: Image, colouring: Colouring) -> Image:
    """A bar of colours with degrees along the lower edge."""
    height, width = image.shape[:2]
    left, right, top, thick = round(0.18 * width), round(0.82 * width), height - 34, 10
    shades = colouring.paint(np.linspace(colouring.low, colouring.high, right - left))
    image[top : top + thick, left:right] = shades.astype(np.uint8)
    for angle, x in ((colouring.low, left), ((colouring.low + colouring.high) / 2, (left + right) // 2),
                     (colouring.high, right)):  # fmt: skip
        text = f"{np.degrees(angle):.0f}" + ("+" if x == right else "")
        draw_text(image, text, (x - 4 * len(text), top + thick + 15), 0.4)
    return image


def draw_text(image: Image, text: str, at: tuple[int, int], size: float = 0.5) -> None:
    """Light letters (ASCII) on a darkened ground; at: where the line begins."""
    (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    _darken(image, at[0] - 4, at[1] - tall - 4, at[0] + wide + 4, at[1] + 5)
    # No outline: how far apart letters stand depends on their thickness.
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, _LETTERS, 1, cv2.LINE_AA)


def draw_label(image: Image, key: str, language: str, at: tuple[int, int]) -> None:
    """A label of the film in a language. OpenCV's letters are ASCII: others are in the presets as pictures."""
    mask = _read_mask(key, language)
    if mask is None:
        draw_text(image, read_words(language)["film"][key], at)
        return
    left, top = at[0] - 4, max(0, at[1] - 18)
    high, wide = min(mask.shape[0], image.shape[0] - top), min(mask.shape[1], image.shape[1] - left)
    _darken(image, left, top, left + wide, top + high)
    share = mask[:high, :wide, None] / 255.0
    place = image[top : top + high, left : left + wide]
    place[:] = (place * (1 - share) + np.array(_LETTERS) * share).astype(np.uint8)


@cache
def _read_mask(key: str, language: str) -> Array | None:
    """(H, W) 0..255, or None where letters will do."""
    lettering = read_lettering(language)
    if key not in lettering:
        return None
    return np.asarray(cv2.imdecode(np.frombuffer(lettering[key][1], np.uint8), cv2.IMREAD_GRAYSCALE), dtype=float)


def _darken(image: Image, left: int, top: int, right: int, bottom: int) -> None:
    ground = image[max(0, top) : bottom, max(0, left) : right]
    ground[:] = (ground * 0.35).astype(np.uint8)
