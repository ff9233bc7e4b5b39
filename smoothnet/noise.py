# SPDX-License-Identifier: GPL-3.0-or-later
"""How pose estimators err, measured and made again.

Measured on a clip with a four-camera truth (100 frames at 60 fps, four views): the error of the built-in network's
landmarks is mostly slow. Its spectrum falls as that of an Ornstein-Uhlenbeck process with a correlation time of 0.15 to
0.5 s, 20 to 30 mm across the line of sight and 60 to 90 mm along it, with white jitter of 4 to 9 mm (9 to 20 along) on
top; wrists and ankles err twice as much as shoulders; on the fastest quarter of the motion the quick part of the error
is two to three times that on the slowest. After fitting a body the jitter is gone (error above 8 Hz: under 1 mm) and
the slow part is left. Networks that look at single frames leave white jitter instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from ..motion.rotations import matrix_from_axis_angle
from ..motion.skeleton import JOINT_NAMES, MIRROR

Array = NDArray[np.floating]


def _reach(name: str) -> float:
    if name in ("Pelvis", "L_Hip", "R_Hip", "Spine1", "Spine2", "Spine3"):
        return 0.4
    if "Collar" in name or name in ("Neck", "Head"):
        return 0.6
    return 1.0 if any(part in name for part in ("Shoulder", "Knee", "Elbow", "Ankle")) else 1.3


REACH: Final = np.array([_reach(name) for name in JOINT_NAMES])
"""(24,) how much each bone's direction errs, of what a thigh's would."""


@dataclass(frozen=True)
class Noise:
    """An estimator's error. Angles in radians are standard deviations across the line of sight."""

    white: float = 0.018
    """From frame to frame."""
    slow: float = 0.11
    """Correlated in time."""
    seconds: float = 0.3
    """Correlation time of the slow part."""
    depth: float = 2.5
    """Errors along the line of sight are this much larger."""
    motion: float = 0.3
    """Growth of the white part for each radian or metre a second of motion."""
    filtered: float = 0.0
    """Seconds (standard deviation) of the Gaussian that fitting has put over the error."""
    metres: float = 0.25
    """Metres of the root's error for each radian of a bone's."""
    dropouts: float = 0.0
    """A second: the estimator loses a bone and repeats what it saw."""
    swaps: float = 0.0
    """A second: left and right change places for a few frames."""


LANDMARKS: Final = Noise(white=0.018, slow=0.11, seconds=0.3, depth=2.5, dropouts=0.1, swaps=0.05)
"""The built-in network, frame by frame."""
FITTED: Final = Noise(white=0.018, slow=0.11, seconds=0.3, depth=2.5, filtered=0.06)
"""The same after fitting a body with a prior on its motion."""
SINGLE_FRAME: Final = Noise(white=0.035, slow=0.08, seconds=0.5, depth=1.8, dropouts=0.1, swaps=0.05)
"""A network that turns each frame into SMPL parameters."""


def draw_noise(rng: np.random.Generator) -> Noise:
    """An estimator to train on: one of the three kinds, on a good or on a bad day."""
    kind = (LANDMARKS, FITTED, SINGLE_FRAME)[rng.integers(3)]
    day = np.exp(rng.uniform(np.log(0.3), np.log(1.6)))
    return Noise(
        white=kind.white * day * rng.uniform(0.5, 1.5),
        slow=kind.slow * day * rng.uniform(0.5, 1.5),
        seconds=kind.seconds * np.exp(rng.uniform(-0.7, 0.7)),
        depth=rng.uniform(1.2, 3.5),
        motion=rng.uniform(0.0, 0.5),
        filtered=kind.filtered * rng.uniform(0.5, 2.0),
        metres=rng.uniform(0.1, 0.5),
        dropouts=kind.dropouts * rng.uniform(0, 2),
        swaps=kind.swaps * rng.uniform(0, 2),
    )


def perturb_points(points: Array, fps: float, noise: Noise, rng: np.random.Generator) -> Array:
    """(T, ..., 3) metres in the camera's frame (z along the line of sight) -> the same with errors.

    A point errs by `noise.metres` for each radian.
    """
    speed = np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1) if len(points) > 1 else points[..., 0] * 0
    error = _errors(points.shape[:-1], speed, fps, noise, rng)
    return points + error[..., [1, 0, 2]] * [1.0, 1.0, noise.depth] * noise.metres


def perturb_rotations(rotations: Array, fps: float, noise: Noise, rng: np.random.Generator) -> Array:
    """(T, 24, 3, 3) global rotations in the camera's frame -> the same with errors.

    A bone errs most where it leans towards the camera or away: about the picture's two axes.
    """
    turned = np.linalg.norm(np.gradient(rotations, 1 / fps, axis=0), axis=(-1, -2)) / np.sqrt(2)
    error = _errors(turned.shape, turned, fps, noise, rng) * REACH[:, None]
    error = error * np.array([noise.depth, noise.depth, 1.0])
    out = matrix_from_axis_angle(error) @ rotations
    frames, joints = turned.shape
    for _ in range(rng.poisson(noise.swaps * frames / fps)):
        start, length = rng.integers(frames), 1 + rng.integers(4)
        out[start : start + length] = out[start : start + length, list(MIRROR)]
    for _ in range(rng.poisson(noise.dropouts * frames / fps * joints)):
        start, length, joint = rng.integers(frames), 1 + rng.integers(8), rng.integers(joints)
        out[start : start + length, joint] = out[start, joint]
    return out


def _errors(shape: tuple[int, ...], speed: Array, fps: float, noise: Noise, rng: np.random.Generator) -> Array:
    """(T, ..., 3) errors in radians, for T frames that move at `speed` (T, ...)."""
    keep = np.exp(-1.0 / (fps * noise.seconds))
    drive = rng.standard_normal((*shape, 3)) * np.sqrt(1 - keep**2)
    drive[0] /= np.sqrt(1 - keep**2)
    slow = np.asarray(lfilter([1.0], [1.0, -keep], drive, axis=0))
    quick = rng.standard_normal((*shape, 3)) * (1.0 + noise.motion * speed[..., None])
    error = noise.slow * slow + noise.white * quick
    return gaussian_filter1d(error, noise.filtered * fps, axis=0) if noise.filtered > 0 else error
