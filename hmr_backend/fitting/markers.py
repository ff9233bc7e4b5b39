# SPDX-License-Identifier: GPL-3.0-or-later
"""Where BlazePose's 33 landmarks sit on SMPL's body, and how far each is to be trusted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...motion.skeleton import JOINT, LANDMARK, LANDMARK_MIRROR, LANDMARK_NAMES

Array = NDArray[np.floating]
MARKERS: Final = len(LANDMARK_NAMES)

# Joint a landmark is fixed to, its offset there in the T-pose (metres, x to the left, y up, z forward; for the left
# side and the middle), pixel noise and offset freedom relative to a limb joint's. The network's idea of a joint is not
# SMPL's (its hips are 3 cm farther out), so the offsets are means over what the calibration found for several people
# filmed from different sides. What a person does differently is calibrated anew each time.
_LEFT: Final = {
    "nose": ("Head", (0.0, 0.000, 0.113), 1.0, 1.5),
    "left_eye_inner": ("Head", (0.017, 0.035, 0.095), 1.2, 1.5),
    "left_eye": ("Head", (0.032, 0.035, 0.090), 1.2, 1.5),
    "left_eye_outer": ("Head", (0.045, 0.035, 0.080), 1.2, 1.5),
    "left_ear": ("Head", (0.050, 0.008, 0.040), 1.2, 1.5),
    "mouth_left": ("Head", (0.025, -0.040, 0.100), 1.2, 1.5),
    "left_shoulder": ("L_Shoulder", (0.014, 0.012, 0.005), 1.0, 1.5),
    "left_elbow": ("L_Elbow", (0.006, 0.002, 0.0), 1.0, 0.7),
    "left_wrist": ("L_Wrist", (0.007, -0.007, 0.002), 1.0, 0.7),
    "left_pinky": ("L_Wrist", (0.070, -0.014, -0.043), 1.6, 1.0),
    "left_index": ("L_Wrist", (0.086, -0.008, 0.016), 1.6, 1.0),
    "left_thumb": ("L_Wrist", (0.060, -0.020, 0.045), 1.6, 1.0),
    "left_hip": ("L_Hip", (0.030, 0.010, 0.004), 1.2, 1.5),
    "left_knee": ("L_Knee", (0.0, -0.009, 0.005), 1.0, 0.7),
    "left_ankle": ("L_Ankle", (0.008, 0.005, 0.003), 1.0, 0.7),
    "left_heel": ("L_Ankle", (-0.002, -0.050, -0.031), 1.3, 1.0),
    "left_foot_index": ("L_Ankle", (0.040, -0.065, 0.158), 1.3, 1.0),
}


def _table() -> tuple[NDArray[np.intp], Array, Array, Array]:
    joint = np.zeros(MARKERS, dtype=np.intp)
    offset, noise, freedom = np.zeros((MARKERS, 3)), np.ones(MARKERS), np.ones(MARKERS)
    for name, (parent, place, sigma, free) in _LEFT.items():
        for side in (1, -1):
            marker = LANDMARK[name] if side == 1 else LANDMARK_MIRROR[LANDMARK[name]]
            joint[marker] = JOINT[parent.replace("L_", "R_") if side == -1 else parent]
            offset[marker] = np.array(place) * [side, 1, 1]
            noise[marker], freedom[marker] = sigma, free
    offset[LANDMARK["nose"], 0] = 0.0
    return joint, offset, noise, freedom


JOINT_OF, OFFSET, NOISE, FREEDOM = _table()
"""(33,) joint, (33, 3) offset in metres, (33,) relative noise in the picture, (33,) relative freedom of the offset."""


def mirror_basis() -> Array:
    """(33, 3, F): offsets as a linear function of F numbers, the same on both sides of the body."""
    columns = []
    for name in _LEFT:
        left = LANDMARK[name]
        right = LANDMARK_MIRROR[left]
        for axis in range(3):
            if left == right and axis == 0:
                continue
            column = np.zeros((MARKERS, 3))
            column[left, axis] = 1.0
            column[right, axis] = -1.0 if axis == 0 else 1.0
            if left == right:
                column[left, axis] = 1.0
            columns.append(column)
    return np.stack(columns, -1)


_HIPS: Final = ("left_hip", "right_hip")
_EDGES: Final = {
    "left_shoulder": _HIPS,
    "left_elbow": ("left_shoulder",),
    "left_wrist": ("left_elbow",),
    "left_pinky": ("left_wrist",),
    "left_index": ("left_wrist",),
    "left_thumb": ("left_wrist",),
    "left_hip": _HIPS,
    "left_knee": ("left_hip",),
    "left_ankle": ("left_knee",),
    "left_heel": ("left_ankle",),
    "left_foot_index": ("left_ankle",),
}


def _edge_matrix() -> tuple[Array, Array]:
    rows, noise = [], []
    for left, bases in _EDGES.items():
        for side in (0, 1):
            ends = [LANDMARK[name] for name in (left, *bases)]
            end, *base = ends if side == 0 else [LANDMARK_MIRROR[marker] for marker in ends]
            row = np.zeros(MARKERS)
            row[end] += 1
            row[base] -= 1 / len(base)
            rows.append(row)
            noise.append(NOISE[end])
    return np.array(rows), np.array(noise)


EDGES, EDGE_NOISE = _edge_matrix()
"""(22, 33): from the 33 landmarks the 22 vectors along the limbs, and from the hips' middle to hips and shoulders; and
(22,) their relative noise. The network errs in how a whole limb lies more than in how its parts lie to each other, so
its depth is taken limb by limb."""
EDGE_END: Final = EDGES.argmax(axis=1)
"""(22,) the landmark each vector leads to."""
