# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig as numbers: rest bones over SMPL's joints, and a track as bone channels. What Blender is then told.

Blender's convention for bones: y runs along the bone, from head to tail; x and z follow from the roll.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .body import Body
from .capture import Track
from .root_motion import RootMode, split_root_motion
from .rotations import make_continuous, matrix_from_axis_angle, quaternion_from_matrix
from .skeleton import JOINT, JOINT_NAMES, PARENTS

Array = NDArray[np.floating]

WORLD_FROM_SMPL: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""SMPL's body axes (y up, z forward) to a person who stands in the world (z up) and faces -y."""

ROOT: Final = "root"
BONE_NAMES: Final = (ROOT, *JOINT_NAMES)
BONE_PARENTS: Final = (-1, *(parent + 1 for parent in PARENTS))

_UP, _FORWARD = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
_LIMB_CHILD: Final = {
    "Pelvis": "Spine1", "Spine1": "Spine2", "Spine2": "Spine3", "Spine3": "Neck", "Neck": "Head",
    "L_Hip": "L_Knee", "L_Knee": "L_Ankle", "L_Ankle": "L_Foot", "R_Hip": "R_Knee", "R_Knee": "R_Ankle",
    "R_Ankle": "R_Foot", "L_Collar": "L_Shoulder", "L_Shoulder": "L_Elbow", "L_Elbow": "L_Wrist",
    "L_Wrist": "L_Hand", "R_Collar": "R_Shoulder", "R_Shoulder": "R_Elbow", "R_Elbow": "R_Wrist",
    "R_Wrist": "R_Hand",
}  # fmt: skip
"""The joint a bone points to."""
_TIP_LENGTH: Final = {"Head": 0.18, "L_Foot": 0.07, "R_Foot": 0.07, "L_Hand": 0.08, "R_Hand": 0.08}
"""Metres, for the bones at the ends."""
_ROOT_LENGTH: Final = 0.25
_SHORTEST: Final = 0.01
"""Metres. Blender removes bones without length."""


@dataclass(frozen=True)
class RestBones:
    """25 bones in T-pose: `root` on the floor at the origin, then SMPL's 24. The person faces -y, soles at z = 0."""

    heads: Array
    """(25, 3) metres."""
    tails: Array
    """(25, 3) metres."""
    axes: Array
    """(25, 3, 3) columns x, y, z of each bone."""
    connected: tuple[bool, ...]
    """True where a bone begins at its parent's tail."""


@dataclass(frozen=True)
class BoneChannels:
    """A clip as Blender's pose channels: relative to the parent bone and to the rest pose."""

    rotation: Array
    """(T, 25, 4) quaternions w, x, y, z, sign-continuous in time."""
    root_location: Array
    """(T, 3) metres in the axes of the root bone."""
    hips_location: Array
    """(T, 3) metres in the axes of the Pelvis bone."""


def place_at_rest(points: ArrayLike, rest_joints: ArrayLike, sole: float) -> Array:
    """Rest points (..., 3) from SMPL's axes into the rig's: pelvis above the origin, soles (height `sole`) at z = 0."""
    pelvis = np.asarray(rest_joints, dtype=float)[0]
    return (np.asarray(points, dtype=float) - [pelvis[0], sole, pelvis[2]]) @ WORLD_FROM_SMPL.T


def build_rest_bones(rest_joints: ArrayLike, sole: float) -> RestBones:
    """Bones over SMPL's rest joints (24, 3) with the soles at height `sole` (y, metres).

    Bones run along the limb to the next joint. Each bone's z points forward, for ankles and feet up, so that on both
    sides of the body flexion is a turn about the bone's own x: positive for hip, elbow, shoulder, neck and spine (and
    toes up), negative for the knee. Left and right mirror each other as Blender's "paste flipped" wants it.
    """
    joints = place_at_rest(rest_joints, rest_joints, sole)
    heads = np.concatenate([np.zeros((1, 3)), joints])
    tails = heads.copy()
    tails[0] = [0.0, _ROOT_LENGTH, 0.0]
    axes = np.empty((len(BONE_NAMES), 3, 3))
    axes[0] = np.eye(3)
    for joint, name in enumerate(JOINT_NAMES):
        head = joints[joint]
        direction, length = _direction(name, joints)
        tails[joint + 1] = head + direction * length
        axes[joint + 1] = _bone_axes(direction, _UP if name[2:] in ("Ankle", "Foot") else _FORWARD)
    connected = tuple(
        parent > 0 and bool(np.linalg.norm(heads[bone] - tails[parent]) < 1e-6)
        for bone, parent in enumerate(BONE_PARENTS)
    )
    return RestBones(heads, tails, axes, connected)


def compute_channels(
    track: Track, body: Body, axes: ArrayLike, heads: ArrayLike, mode: RootMode = "root", to_origin: bool = False
) -> BoneChannels:
    """A track as channels of the rig whose rest bones have the axes (25, 3, 3) and heads (25, 3), in rig space.

    With C = (rest axes in SMPL's body axes), a bone's rotation is C^-1 R C, R being SMPL's local rotation: the choice
    of rolls changes the numbers and not the motion. `split_root_motion` explains mode and to_origin.
    """
    axes, heads = np.asarray(axes, dtype=float), np.asarray(heads, dtype=float)
    count = len(track.frame)
    local = matrix_from_axis_angle(np.asarray(track.poses, dtype=float).reshape(count, 24, 3))
    position = body.rest_joints(track.betas)[0] + np.asarray(track.trans, dtype=float)
    motion = split_root_motion(position, local[:, 0] @ WORLD_FROM_SMPL.T, track.mocap_framerate, mode, to_origin)

    delta = np.empty((count, len(BONE_NAMES), 3, 3))
    delta[:, 0] = motion.root_rotation()
    delta[:, 1] = motion.hips_rotation
    delta[:, 2:] = WORLD_FROM_SMPL @ local[:, 1:] @ WORLD_FROM_SMPL.T
    rotation = np.swapaxes(axes, -1, -2) @ delta @ axes
    ground = np.concatenate([motion.path, np.zeros((count, 1))], -1)
    return BoneChannels(
        rotation=make_continuous(quaternion_from_matrix(rotation)),
        root_location=(ground - heads[0]) @ axes[0],
        hips_location=(motion.hips_position - heads[1]) @ axes[1],
    )


def _direction(name: str, joints: Array) -> tuple[Array, float]:
    head = joints[JOINT[name]]
    if name in _LIMB_CHILD:
        along = joints[JOINT[_LIMB_CHILD[name]]] - head
        length = float(np.linalg.norm(along))
        if length >= _SHORTEST:
            return along / length, length
    if name[2:] == "Hand":
        along = head - joints[PARENTS[JOINT[name]]]
        length = float(np.linalg.norm(along))
        side = np.array([1.0 if name[0] == "L" else -1.0, 0.0, 0.0])
        return (along / length if length >= _SHORTEST else side), _TIP_LENGTH[name]
    forward = name[2:] in ("Foot", "Ankle")
    return (_FORWARD if forward else _UP), _TIP_LENGTH.get(name, _SHORTEST)


def _bone_axes(y: Array, z_hint: Array) -> Array:
    z = z_hint - (z_hint @ y) * y
    z /= np.linalg.norm(z)
    return np.stack([np.cross(y, z), y, z], -1)
