# SPDX-License-Identifier: GPL-3.0-or-later
"""What two moments are compared by when clips are brought into step: rotations of joints, and how they turn."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..rotations import axis_angle_from_matrix, geodesic_angle
from ..skeleton import JOINT, JOINT_NAMES
from .clip import Clip

Array = NDArray[np.floating]
_WEIGHT_BY_PART: Final = {
    "Hip": 1.0, "Knee": 1.0, "Ankle": 0.3, "Foot": 0.0, "Collar": 0.5, "Shoulder": 1.0, "Elbow": 1.0, "Wrist": 0.2,
    "Hand": 0.0, "Spine1": 0.6, "Spine2": 0.6, "Spine3": 0.6, "Neck": 0.3, "Head": 0.3,
}  # fmt: skip
_POSTURE_WEIGHT: Final = 1.5
_SPEED_SECONDS: Final = 0.08
"""A difference of one radian a second counts as so many radians."""
_ROUNDING: Final = 1e-6
"""Of a square: what a sum of a few hundred products in single precision may be off by."""
JOINT_WEIGHTS: Final = np.array(
    [0.0 if name == "Pelvis" else _WEIGHT_BY_PART[name.removeprefix("L_").removeprefix("R_")] for name in JOINT_NAMES]
)
"""(24,) how much each joint's local rotation counts; ends of limbs are seldom seen well."""


def measure_features(clip: Clip, with_speed: bool = True) -> Array:
    """(T, F) such that squared distances of rows are radians squared, weighted over joints.

    Rotations enter as matrices: |A - B|^2 / 2 = 2 (1 - cos angle), the squared geodesic angle up to its fourth power.
    So a whole matrix of costs is one product, and a joint that is seen wrongly costs at most 4. Of the pelvis only
    the lean counts, not where it faces. Angular velocity is added where asked for.
    """
    share = JOINT_WEIGHTS / (JOINT_WEIGHTS.sum() + _POSTURE_WEIGHT)
    count = len(clip)
    used = np.flatnonzero(share)
    root = np.sqrt(share[used] / 2)
    parts = [(clip.rotations[:, used] * root[:, None, None]).reshape(count, -1)]
    # The world's up direction as the pelvis sees it.
    lean = clip.rotations[:, JOINT["Pelvis"], 2, :]
    parts.append(lean * np.sqrt(_POSTURE_WEIGHT / (JOINT_WEIGHTS.sum() + _POSTURE_WEIGHT)))
    if with_speed and count > 2:
        turn = np.zeros((count, len(used), 3))
        local = clip.rotations[:, used]
        turn[1:-1] = axis_angle_from_matrix(np.swapaxes(local[:-2], -1, -2) @ local[2:]) * (clip.fps / 2)
        turn[0], turn[-1] = turn[1], turn[-2]
        parts.append((turn * (_SPEED_SECONDS * np.sqrt(share[used]))[:, None]).reshape(count, -1))
    return np.concatenate(parts, -1)


def measure_speed(clip: Clip) -> Array:
    """(T,) radians a second at which the joints turn, weighted as above, calmed over a tenth of a second."""
    if len(clip) < 3:
        return np.zeros(len(clip))
    share = JOINT_WEIGHTS / JOINT_WEIGHTS.sum()
    turn = np.zeros(len(clip))
    turn[1:-1] = np.sqrt(geodesic_angle(clip.rotations[:-2], clip.rotations[2:]) ** 2 @ share) * (clip.fps / 2)
    turn[0], turn[-1] = turn[1], turn[-2]
    reach = max(1, round(0.05 * clip.fps))
    return np.convolve(np.pad(turn, reach, mode="edge"), np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")


def measure_costs(a: Array, b: Array) -> Array:
    """Squared distances of all rows. (N, F), (M, F) -> (N, M) in single precision, never negative.

    What single precision cannot tell apart is 0: a thousandth of the largest distance.
    """
    # Close to zero the difference of large numbers loses digits: take off a common middle first.
    middle = a.mean(0)
    a, b = (np.asarray(side - middle, dtype=np.float32) for side in (a, b))
    # |a|^2 - 2 a b + |b|^2 as one product.
    squares = [np.einsum("tf,tf->t", side, side)[:, None] for side in (a, b)]
    ones = [np.ones_like(square) for square in squares]
    doubt = _ROUNDING * sum(square.max() for square in squares)
    cost = np.hstack([-2 * a, squares[0] - doubt, ones[0]]) @ np.hstack([b, ones[1], squares[1]]).T
    return np.maximum(cost, 0.0, out=cost)
