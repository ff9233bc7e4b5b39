# SPDX-License-Identifier: GPL-3.0-or-later
"""SMPL's skeleton: names, order and parents of its 24 joints, and the 33 landmarks of BlazePose."""

from __future__ import annotations

from typing import Final

JOINT_NAMES: Final = (
    "Pelvis", "L_Hip", "R_Hip", "Spine1", "L_Knee", "R_Knee", "Spine2", "L_Ankle", "R_Ankle", "Spine3", "L_Foot",
    "R_Foot", "Neck", "L_Collar", "R_Collar", "Head", "L_Shoulder", "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist",
    "R_Wrist", "L_Hand", "R_Hand",
)  # fmt: skip
PARENTS: Final = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
JOINT: Final = {name: index for index, name in enumerate(JOINT_NAMES)}
BONES: Final = tuple((PARENTS[joint], joint) for joint in range(1, 24))
"""Pairs (parent, child) to draw a stick figure with."""

MIRROR: Final = tuple(
    JOINT[("R" if name[0] == "L" else "L") + name[1:]] if name[:2] in ("L_", "R_") else index
    for index, name in enumerate(JOINT_NAMES)
)
"""The joint on the other side of the body, itself for the middle ones."""

LANDMARK_NAMES: Final = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
LANDMARK: Final = {name: index for index, name in enumerate(LANDMARK_NAMES)}


def _swap_side(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


LANDMARK_MIRROR: Final = tuple(LANDMARK[_swap_side(name)] for name in LANDMARK_NAMES)
"""The landmark on the other side of the body, itself for the nose."""

LANDMARK_BONES: Final = tuple(
    (LANDMARK[a], LANDMARK[b])
    for a, b in (
        ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"),
        ("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"),
        ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("left_wrist", "left_index"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("right_wrist", "right_index"),
        ("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("left_ankle", "left_heel"),
        ("left_heel", "left_foot_index"), ("left_ankle", "left_foot_index"),
        ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("right_ankle", "right_heel"),
        ("right_heel", "right_foot_index"), ("right_ankle", "right_foot_index"),
        ("left_ear", "nose"), ("right_ear", "nose"),
    )
)  # fmt: skip
"""Pairs of landmarks to draw a stick figure with."""
