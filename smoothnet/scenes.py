# SPDX-License-Identifier: GPL-3.0-or-later
"""What an estimator would have seen of a clip of motion capture: another rate, another pace, a camera, its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from ..motion.root_motion import rotation_about_z
from ..motion.rotations import matrix_from_sixd, sixd_from_matrix
from .mocap import Clip, Markers
from .noise import Noise, draw_noise, perturb_points, perturb_rotations

Array = NDArray[np.floating]
CAMERA_FROM_LEVEL: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""A level camera that looks along the world's +y."""
HELD_OUT: Final = ("02", "08", "16")
"""CMU's subjects that training never sees; UI-PRMD's are 9 and 10."""
HELD_OUT_MARKERS: Final = (9, 10)
PACE: Final = (0.7, 2.2)
"""Motion is played slower or faster: sport is faster than walking."""


@dataclass(frozen=True)
class Scene:
    """Triples of channels (a direction or a point) over T frames: as they were and as they were seen."""

    clean: Array
    """(T, K, 3)."""
    noisy: Array
    """(T, K, 3)."""


def resample_clip(clip: Clip, fps: float, pace: float = 1.0) -> Clip:
    """The clip at another rate, played at another pace."""
    count = len(clip.root)
    times = np.arange(0, (count - 1) / clip.fps, pace / fps)
    source = np.arange(count) / clip.fps
    sixd = CubicSpline(source, sixd_from_matrix(clip.rotations))(times)
    root = CubicSpline(source, clip.root)(times)
    return Clip(clip.name, clip.subject, fps, matrix_from_sixd(sixd), root, clip.rest)


def draw_camera(rng: np.random.Generator) -> Array:
    """(3, 3) camera from world: from any side, up to 25 degrees up or down."""
    tilt = rng.uniform(-0.44, 0.44)
    nod = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    return nod @ CAMERA_FROM_LEVEL @ rotation_about_z(rng.uniform(-np.pi, np.pi))


def see_clip(clip: Clip, camera: Array, noise: Noise, rng: np.random.Generator) -> tuple[Clip, Clip]:
    """The clip in the camera's frame, as it was and as it was seen."""
    clean = Clip(clip.name, clip.subject, clip.fps, camera @ clip.rotations, clip.root @ camera.T, clip.rest)
    rotations = perturb_rotations(clean.rotations, clip.fps, noise, rng)
    root = perturb_points(clean.root, clip.fps, noise, rng)
    return clean, Clip(clip.name, clip.subject, clip.fps, rotations, root, clip.rest)


def draw_scene(clip: Clip, rates: tuple[float, float], rng: np.random.Generator) -> Scene:
    """A clip at a rate between `rates`, seen by an estimator drawn at random: two directions a bone, and the root."""
    fps = float(np.exp(rng.uniform(*np.log(rates))))
    clip = resample_clip(clip, fps, float(np.exp(rng.uniform(*np.log(PACE)))))
    clean, noisy = see_clip(clip, draw_camera(rng), draw_noise(rng), rng)
    return Scene(_triples(clean), _triples(noisy))


def draw_marker_scene(markers: Markers, rates: tuple[float, float], rng: np.random.Generator) -> Scene:
    """The same of eight markers."""
    fps = float(np.exp(rng.uniform(*np.log(rates))))
    pace = float(np.exp(rng.uniform(*np.log(PACE))))
    count = len(markers.positions)
    pick = rng.choice(markers.positions.shape[1], 8, replace=False)
    times = np.arange(0, (count - 1) / markers.fps, pace / fps)
    points = CubicSpline(np.arange(count) / markers.fps, markers.positions[:, pick])(times) @ draw_camera(rng).T
    return Scene(points, perturb_points(points, fps, draw_noise(rng), rng))


def _triples(clip: Clip) -> Array:
    count = len(clip.root)
    columns = np.swapaxes(clip.rotations[..., :2], -1, -2).reshape(count, -1, 3)
    return np.concatenate([columns, clip.root[:, None]], axis=1)
