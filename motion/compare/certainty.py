# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a capture can be believed, joint by joint: what was seen, and whether the motion meets what was seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..camera import Camera
from ..capture import Track
from ..kinematics import Posed
from ..skeleton import JOINT, JOINT_NAMES, LANDMARK

Array = NDArray[np.floating]
_SEEN_BY: Final = {
    "Hip": ("hip", "knee"), "Knee": ("knee", "ankle"), "Ankle": ("ankle", "foot_index"), "Foot": ("foot_index",),
    "Collar": ("shoulder",), "Shoulder": ("shoulder", "elbow"), "Elbow": ("elbow", "wrist"),
    "Wrist": ("wrist", "index"), "Hand": ("index",),
}  # fmt: skip
"""The landmarks a joint's rotation is read from."""
_MEETS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""Landmarks that lie where the skeleton has a joint."""
_ARM: Final = ("Collar", "Shoulder", "Elbow", "Wrist", "Hand")
_NEAR, _FAR = 0.05, 0.15
"""Distances in the picture, of the person's height: a joint is met up to the first, and not at all from the second."""
_WRONG = 0.12
"""The mean over the worse half of the landmarks at which the moment is wrong altogether: captures that are right have
0.03 at most times."""
_MOST = 0.35
_ONE_PLACE, _APART_M = 0.03, 0.25
"""Wrists closer in the picture (of the person's height) are one place; in the world so far apart they are two."""
_HALF = 0.5
_BETWEEN_S, _AROUND_S = 0.35, 0.1
"""Between two wrong moments the body is not right either; nor just before and after, while it is smoothed over."""


def measure_confidence(track: Track) -> Array:
    """(T, 24) how well each joint was seen, from the landmarks it moves; the track's own where it has no landmarks."""
    whole = np.repeat(np.nan_to_num(np.asarray(track.confidence, dtype=float))[:, None], len(JOINT_NAMES), 1)
    points = np.asarray(track.keypoints_2d, dtype=float)
    if points.shape[1] != len(LANDMARK):
        return whole
    seen = points[..., 2]
    columns = []
    for name in JOINT_NAMES:
        side, _, part = name.partition("_")
        if part:
            used = [f"{'left' if side == 'L' else 'right'}_{landmark}" for landmark in _SEEN_BY[part]]
        elif name in ("Head", "Neck"):
            used = ["nose"]
        else:
            used = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"]
        columns.append(seen[:, [LANDMARK[landmark] for landmark in used]].min(-1))
    values = np.stack(columns, -1)
    return np.where(np.isfinite(values), values, whole)


def find_misses(track: Track, joints: Array, camera: Camera) -> tuple[Array, NDArray[np.bool_]]:
    """Hold joints (T, 24, 3) in the world against the landmarks in the picture.

    Returns (T, 24) 0..1, how well what moves each joint is met, and (T,) true where the moment is wrong altogether.
    """
    count = len(joints)
    points = np.asarray(track.keypoints_2d, dtype=float)
    if points.shape[1] != len(LANDMARK):
        return np.ones((count, len(JOINT_NAMES))), np.zeros(count, dtype=bool)
    pixels = camera.project(camera.to_camera(joints))
    height = np.ptp(pixels[..., 1], axis=1)
    height = max(float(np.nanmedian(height)) if np.isfinite(height).any() else 1.0, 1.0)
    away: dict[str, Array] = {}
    for side in ("left", "right"):
        for part in _MEETS:
            seen = points[:, LANDMARK[f"{side}_{part}"], :2]
            away[f"{side}_{part}"] = np.linalg.norm(
                seen - pixels[:, JOINT[f"{side[0].upper()}_{part.title()}"]], axis=-1
            )
    misses = np.nan_to_num(np.stack(list(away.values()), -1) / height)
    # A hand or two that were taken for something else do not make the body wrong.
    wrong = np.sort(np.minimum(misses, _MOST), axis=1)[:, misses.shape[1] // 2 :].mean(1) > _WRONG
    met = np.clip((_FAR - misses) / (_FAR - _NEAR), 0.0, 1.0)
    hands = _meet_hands(points, joints, height)
    column = {name: met[:, index] for index, name in enumerate(away)}
    result = np.ones((count, len(JOINT_NAMES)))
    for index, name in enumerate(JOINT_NAMES):
        side, _, part = name.partition("_")
        for landmark in _SEEN_BY[part] if part else ():
            result[:, index] = np.minimum(
                result[:, index], column.get(f"{'left' if side == 'L' else 'right'}_{landmark}", 1.0)
            )
        if part in _ARM:
            result[:, index] = np.minimum(result[:, index], hands)
    return result, _spread(wrong, track.mocap_framerate)


def _meet_hands(points: Array, joints: Array, height: float) -> Array:
    """(T,) 0..1, how well the arms are known from the hands: hands on one spot of the picture mostly hold each other.

    How deep either lies is then a guess, which no landmark shows to be wrong. Arms side by side, as far apart as the
    shoulders, may be just that, seen from aside: they are known by half.
    """
    seen = points[:, [LANDMARK["left_wrist"], LANDMARK["right_wrist"]], :2]
    wrists, shoulders = (
        joints[:, JOINT[f"L_{part}"]] - joints[:, JOINT[f"R_{part}"]] for part in ("Wrist", "Shoulder")
    )
    together = np.linalg.norm(seen[:, 0] - seen[:, 1], axis=-1) < _ONE_PLACE * height
    guessed = together & (np.linalg.norm(wrists, axis=-1) > _APART_M)
    beside = np.linalg.norm(wrists - shoulders, axis=-1) < _APART_M
    return np.where(guessed, np.where(beside, _HALF, 0.0), 1.0)


def find_view(posed: Posed, camera: Camera) -> Array:
    """(T,) radians about the vertical from where the pelvis faces to the camera, positive to the person's left."""
    origin = camera.to_camera(np.zeros((1, 3)))[0]
    turn = np.stack([camera.to_camera(axis[None])[0] - origin for axis in np.eye(3)], -1)
    away = -turn.T @ origin - posed.positions[:, 0]
    facing = posed.rotations[:, 0, :, 2]
    angle = np.arctan2(away[:, 1], away[:, 0]) - np.arctan2(facing[:, 1], facing[:, 0])
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _spread(wrong: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """Close the gaps between wrong moments, and take in what is next to them."""
    rows = np.flatnonzero(wrong)
    spread = wrong.copy()
    for first, last in zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True):
        if last - first <= _BETWEEN_S * fps:
            spread[first:last] = True
    around = round(_AROUND_S * fps)
    padded = np.pad(spread, around)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1).any(1), dtype=bool)
