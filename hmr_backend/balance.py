# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up, told by the body: who stands is balanced, and who moves is pushed by the ground alone.

The ground's push acts at the feet, passes close to the centre of mass and equals mass times (acceleration - gravity).
Over the frames in which a foot is on the ground this gives the direction of gravity (the inverted pendulum of gait
analysis, Winter 1995), whatever way the camera is held.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.skeleton import JOINT

Array = NDArray[np.floating]
GRAVITY: Final = 9.81
POSTURE_SIGMA: Final = np.radians(15.0)
"""How far the mean of what people do in a clip is from standing straight."""
BALANCE_SIGMA: Final = np.radians(3.0)
"""What a long, steady clip still leaves: feet are not points, and the fit has its own lean."""
SWAY_SECONDS: Final = 0.5
"""Balance is lost and regained in about this time: looks farther apart are independent."""

# Share of the body's mass, and where along the segment it sits (de Leva 1996, mean of women and men).
_SEGMENTS: Final = (
    ("Neck", "Head", 0.068, 1.0),
    ("Pelvis", "Neck", 0.430, 0.45),
    *(
        segment
        for side in "LR"
        for segment in (
            (f"{side}_Shoulder", f"{side}_Elbow", 0.026, 0.575),
            (f"{side}_Elbow", f"{side}_Wrist", 0.015, 0.457),
            (f"{side}_Wrist", f"{side}_Hand", 0.006, 0.75),
            (f"{side}_Hip", f"{side}_Knee", 0.145, 0.385),
            (f"{side}_Knee", f"{side}_Ankle", 0.045, 0.442),
            (f"{side}_Ankle", f"{side}_Foot", 0.013, 0.45),
        )
    ),
)


def centre_of_mass(joints: Array) -> Array:
    """joints (..., 24, 3) -> (..., 3)."""
    total = sum(share for *_, share, _ in _SEGMENTS)
    out = np.zeros((*joints.shape[:-2], 3))
    for start, end, share, along in _SEGMENTS:
        out += share / total * ((1 - along) * joints[..., JOINT[start], :] + along * joints[..., JOINT[end], :])
    return out


def up_from_posture(joints: Array, feet: Array) -> tuple[Array, float]:
    """How people hold themselves over the whole clip: from the feet to the neck, robustly averaged.

    joints (T, 24, 3), feet (T, 4, 3) -> unit vector (3,) in the same frame, and its standard deviation in radians.
    """
    rise = joints[:, JOINT["Neck"]] - feet.mean(axis=1)
    return _robust_direction(rise / np.linalg.norm(rise, axis=-1, keepdims=True))[0], POSTURE_SIGMA


def up_from_balance(joints: Array, feet: Array, contact: Array, fps: float) -> tuple[Array, float]:
    """Gravity from the centre of mass over the feet that carry it.

    joints (T, 24, 3), feet (T, 4, 3) left heel, left toe, right heel, right toe, contact (T, 4) 0..1, all in one
    frame of reference. Returns the unit vector (3,) and its standard deviation in radians: infinite when no foot is
    ever on the ground, smaller the longer the clip and the steadier the balance.
    """
    mass = centre_of_mass(joints)
    load = contact.sum(axis=1)
    support = (feet * contact[..., None]).sum(axis=1) / np.maximum(load, 1e-6)[:, None]
    weight = np.minimum(load, 1.0)
    seconds = weight.sum() / fps
    if seconds < 1e-3:
        return up_from_posture(joints, feet)[0], np.inf
    acceleration = _acceleration(mass, fps)
    up, spread = _robust_direction(mass - support, weight)
    for _ in range(5):
        lever = mass - support
        rise = lever @ up
        push = np.maximum(GRAVITY + acceleration @ up, 0.0)
        force = lever * (push / np.maximum(rise, 0.2))[:, None] - acceleration
        up, spread = _robust_direction(force, weight * (rise > 0.2))
    looks = max(seconds / SWAY_SECONDS, 0.1)
    return up, float(np.hypot(BALANCE_SIGMA, spread / np.sqrt(looks)))


def _acceleration(points: Array, fps: float) -> Array:
    """(T, 3) second derivative of a path smoothed over about a third of a second."""
    count = len(points)
    half = max(1, round(0.15 * fps))
    if count < 2 * half + 3:
        return np.zeros_like(points)
    kernel = np.hanning(2 * half + 3)[1:-1]
    kernel /= kernel.sum()
    padded = np.concatenate([2 * points[:1] - points[half:0:-1], points, 2 * points[-1:] - points[-2 : -half - 2 : -1]])
    smooth = np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in range(3)], -1)
    return np.gradient(np.gradient(smooth, axis=0), axis=0) * fps**2


def _robust_direction(vectors: Array, weight: Array | None = None) -> tuple[Array, float]:
    """Direction (3,) of the mean of vectors (T, 3), those far from it counting less, and their spread in radians."""
    weight = np.ones(len(vectors)) if weight is None else weight
    if weight.sum() <= 0:
        weight = np.ones(len(vectors))
    mean = np.average(vectors, axis=0, weights=weight)
    away = np.zeros(len(vectors))
    for _ in range(10):
        away = np.linalg.norm(vectors - mean, axis=-1)
        scale = max(np.median(away[weight > 0]), 1e-6)
        mean = np.average(vectors, axis=0, weights=weight / (1 + (away / (2 * scale)) ** 2))
    length = np.linalg.norm(mean)
    spread = np.sqrt(np.average(away**2, weights=weight / (1 + (away / length) ** 2)))
    return mean / length, float(np.arctan2(spread, length))
