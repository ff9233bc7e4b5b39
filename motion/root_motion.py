# SPDX-License-Identifier: GPL-3.0-or-later
"""Root motion: a person's path and heading on the ground, taken apart from what the hips do on top of it.

Game engines move a character by one bone on the floor that only travels and turns. The hips keep the rest (height,
lean, somersaults), so putting both together again gives exactly the captured motion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rotations import matrix_from_axis_angle, quaternion_from_matrix

Array = NDArray[np.floating]
RootMode = Literal["root", "hips", "in_place"]
ROOT_MODES: Final[tuple[RootMode, ...]] = get_args(RootMode)
HEADING_SMOOTHING: Final = 0.15
"""Seconds: keeps the turn, and leaves the hips' swing of each step to the hips."""
_UPRIGHT: Final = 0.75
"""cos^2 of half the lean from which on a heading is sure: leaning by 60 degrees at most."""
_DEFINED: Final = 0.25
"""The same for a heading that still means something to a person who stays so, lying or crawling: 120 degrees."""
_LYING_S: Final = 1.0
"""Seconds of leaning after which a person is lying, and not in the middle of a flip or a fall."""


@dataclass(frozen=True)
class RootMotion:
    """Over T frames: the root on the ground, and the hips in the root's frame."""

    path: Array
    """(T, 2) metres, x and y on the ground."""
    heading: Array
    """(T,) radians about z, continuous; 0 faces -y."""
    hips_position: Array
    """(T, 3) metres."""
    hips_rotation: Array
    """(T, 3, 3)."""

    def root_rotation(self) -> Array:
        """(T, 3, 3) the turn about z."""
        return rotation_about_z(self.heading)

    def compose(self) -> tuple[Array, Array]:
        """Position (T, 3) and rotation (T, 3, 3) of the hips in the world."""
        turn = self.root_rotation()
        ground = np.concatenate([self.path, np.zeros((len(self.path), 1))], -1)
        return ground + np.einsum("tab,tb->ta", turn, self.hips_position), turn @ self.hips_rotation


def split_root_motion(
    position: ArrayLike,
    rotation: ArrayLike,
    fps: float,
    mode: RootMode = "root",
    to_origin: bool = False,
    smoothing: float = HEADING_SMOOTHING,
) -> RootMotion:
    """Split the hips' motion in the world into root and hips.

    position (T, 3) metres, rotation (T, 3, 3) with identity for a person who stands upright and faces -y, both in a
    world with z up and the ground at z = 0. The root's path is the hips' projection on the ground; its heading is
    `find_heading`. The root never leaves the ground and never leans.

    mode: "root" as above; "hips" leaves the root at the origin and all motion on the hips; "in_place" too, and the hips
    turn but do not travel. to_origin: move and turn the clip so that it starts at the origin facing -y.
    """
    position, rotation = np.asarray(position, dtype=float), np.asarray(rotation, dtype=float)
    if mode not in ROOT_MODES:
        raise ValueError(f"root motion {mode!r} is none of {', '.join(ROOT_MODES)}")
    heading = find_heading(rotation, fps, smoothing)
    if to_origin and len(position):
        back = rotation_about_z(-heading[0])
        position = (position - [*position[0, :2], 0.0]) @ back.T
        rotation = back @ rotation
        heading = heading - heading[0]
    path = position[:, :2].copy()
    if mode == "root":
        back = rotation_about_z(-heading)
        height = position * [0.0, 0.0, 1.0]
        return RootMotion(path, heading, height, back @ rotation)
    if mode == "in_place":
        position = position * [0.0, 0.0, 1.0]
    return RootMotion(np.zeros_like(path), np.zeros_like(heading), position, rotation)


def find_heading(rotation: ArrayLike, fps: float, smoothing: float = HEADING_SMOOTHING) -> Array:
    """Where the person faces on the ground. rotation (T, 3, 3) as in `split_root_motion` -> (T,) radians, continuous.

    The heading is the twist about the vertical (swing-twist decomposition): leaning, lying down, a somersault or a
    cartwheel do not change it. Near upside down it is undefined, and in the blur of a flip the captured hips are seldom
    right; there it is bridged between the frames around. Then it is smoothed by a Gaussian with a standard deviation of
    `smoothing` seconds, without delay.
    """
    q = quaternion_from_matrix(rotation)
    w, z = q[:, 0], q[:, 3]
    heading = 2.0 * np.arctan2(z, w)
    known = _sure_frames(w * w + z * z, fps)
    if len(known) == 0:
        return np.zeros(len(q))
    frames = np.arange(len(q))
    heading = np.interp(frames, known, np.unwrap(heading[known]))
    # Angles within one turn of zero to begin with, whatever branch the arctangent took.
    heading -= 2 * np.pi * np.round(heading[0] / (2 * np.pi))
    return smooth_in_time(heading, smoothing * fps)


def _sure_frames(upright: Array, fps: float) -> NDArray[np.integer]:
    """Numbers of the frames whose heading counts; `upright` (T,) is cos^2 of half the lean."""
    defined, sure = upright >= _DEFINED, upright >= _UPRIGHT
    for run in np.split(np.arange(len(sure)), np.flatnonzero(np.diff(sure)) + 1):
        if len(run) > _LYING_S * fps:
            sure[run] = defined[run]
    return np.flatnonzero(sure if sure.any() else defined)


def smooth_in_time(values: ArrayLike, sigma: float) -> Array:
    """Gaussian low-pass of (T,) values, `sigma` in frames; straight lines and both ends stay as they are."""
    values = np.asarray(values, dtype=float)
    radius = min(int(np.ceil(3 * sigma)), len(values) - 1)
    if radius < 1 or sigma < 0.1:
        return values.copy()
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    before = 2 * values[0] - values[radius:0:-1]
    after = 2 * values[-1] - values[-2 : -radius - 2 : -1]
    return np.convolve(np.concatenate([before, values, after]), kernel, mode="valid")


def rotation_about_z(angle: ArrayLike) -> Array:
    """(...) radians -> (..., 3, 3)."""
    angle = np.asarray(angle, dtype=float)
    return matrix_from_axis_angle(angle[..., None] * np.array([0.0, 0.0, 1.0]))
