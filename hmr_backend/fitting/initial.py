# SPDX-License-Identifier: GPL-3.0-or-later
"""A first pose for each frame, straight from the 3D landmarks: directions of limbs, planes of elbows and knees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...motion.kinematics import local_rotations_from_global
from ...motion.rotations import geodesic_angle, matrix_from_axis_angle, rotation_between, slerp
from ...motion.skeleton import JOINT, LANDMARK, PARENTS
from .degrees import GROUPS

Array = NDArray[np.floating]
_HINGE_AXIS = {group.joints[0]: np.array(group.axes[0]) for group in GROUPS if group.limits is not None}


def pose_from_landmarks(world: Array, rest: Array) -> Array:
    """Local rotations (T, 24, 3, 3) from landmarks (T, 33, 3) in metres, camera axes, and rest joints (24, 3)."""

    def at(name: str) -> Array:
        return world[:, LANDMARK[name]]

    hips, shoulders = _middle(at, "hip"), _middle(at, "shoulder")
    up = shoulders - hips
    rest_up = rest[JOINT["Neck"]] - rest[JOINT["Pelvis"]]
    left = np.array([1.0, 0.0, 0.0])
    pelvis = _frames(at("left_hip") - at("right_hip"), up) @ _frames(left, rest_up).T
    chest = _frames(at("left_shoulder") - at("right_shoulder"), up) @ _frames(left, rest_up).T
    turn = geodesic_angle(pelvis, chest)
    # Hip and shoulder lines more than 80 degrees apart are a mistake of the landmarks: trust the shoulders, which are
    # farther apart.
    pelvis = slerp(chest, pelvis, np.minimum(1.0, np.radians(80) / np.maximum(turn, 1e-6)))
    world_rotation = np.repeat(pelvis[:, None], len(PARENTS), axis=1)
    for name, share in (("Spine1", 1 / 3), ("Spine2", 2 / 3), ("Spine3", 1.0)):
        world_rotation[:, JOINT[name]] = slerp(pelvis, chest, np.full(len(world), share))
    for name in ("Neck", "Head", "L_Collar", "R_Collar"):
        world_rotation[:, JOINT[name]] = chest
    for side, word in (("L", "left"), ("R", "right")):
        _place_limb(world_rotation, rest, (f"{side}_Shoulder", f"{side}_Elbow", f"{side}_Wrist"),
                    at(f"{word}_shoulder"), at(f"{word}_elbow"), at(f"{word}_wrist"), chest)  # fmt: skip
        _place_limb(world_rotation, rest, (f"{side}_Hip", f"{side}_Knee", f"{side}_Ankle"),
                    at(f"{word}_hip"), at(f"{word}_knee"), at(f"{word}_ankle"), pelvis)  # fmt: skip
        world_rotation[:, JOINT[f"{side}_Hand"]] = world_rotation[:, JOINT[f"{side}_Wrist"]]
        world_rotation[:, JOINT[f"{side}_Foot"]] = world_rotation[:, JOINT[f"{side}_Ankle"]]
    return local_rotations_from_global(world_rotation)


def _place_limb(
    out: Array, rest: Array, names: tuple[str, str, str], start: Array, middle: Array, end: Array, parent: Array
) -> None:
    """Turn the upper bone so that both bones lie in the plane seen, and bend the hinge between them."""
    upper_joint, hinge_joint, end_joint = (JOINT[name] for name in names)
    axis = _HINGE_AXIS[names[1]]
    upper_rest, lower_rest = rest[hinge_joint] - rest[upper_joint], rest[end_joint] - rest[hinge_joint]
    upper, lower = _unit(middle - start), _unit(end - middle)
    # The hinge's axis is across both bones; a straight limb has no plane, so there the axis the parent carries decides.
    carried = rotation_between(parent @ upper_rest, upper) @ parent @ axis
    across = np.cross(upper, lower)
    normal = _unit(across * np.sign((across * carried).sum(-1, keepdims=True) + 0.5) + 0.3 * carried)
    top = _frames(upper, normal) @ _frames(upper_rest, axis).T
    flat = lower_rest - (lower_rest @ axis) * axis
    seen = np.einsum("tba,tb->ta", top, lower)
    seen = seen - (seen @ axis)[:, None] * axis
    angle = np.arctan2(np.cross(flat, seen) @ axis, seen @ flat)
    bend = matrix_from_axis_angle(np.clip(angle, 0.0, np.radians(150))[:, None] * axis)
    out[:, upper_joint] = top
    out[:, hinge_joint] = top @ bend
    out[:, end_joint] = out[:, hinge_joint]


def _middle(at, name: str) -> Array:  # noqa: ANN001 - the local lookup of pose_from_landmarks
    return (at(f"left_{name}") + at(f"right_{name}")) / 2


def _frames(first: Array, second: Array) -> Array:
    """Orthonormal frames whose first axis is `first` and whose second is `second` as far as possible."""
    x = _unit(np.asarray(first, dtype=float))
    z = _unit(np.cross(x, second))
    return np.stack([x, np.cross(z, x), z], -1)


def _unit(v: Array) -> Array:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
