# SPDX-License-Identifier: GPL-3.0-or-later
"""One skeleton and one place: the athlete's motion on the user's bones, standing where the user stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kinematics import Posed
from ..root_motion import rotation_about_z
from ..rotations import nearest_rotation
from ..skeleton import JOINT
from .clip import Clip

Array = NDArray[np.floating]
_OTHER_FLOOR = 0.25
"""Metres. More than any capture is wrong by, or any crouch, lies between two floors."""
_FLOOR_PERCENT = 10.0
_LEG = tuple(JOINT[f"L_{name}"] for name in ("Hip", "Knee", "Ankle", "Foot"))


@dataclass(frozen=True)
class Placement:
    """A turn about the vertical and a shift on the ground: world point x goes to turn @ x + shift."""

    yaw: float
    shift: Array
    """(3,) metres, z is 0."""

    @property
    def turn(self) -> Array:
        """(3, 3)."""
        return rotation_about_z(np.asarray(self.yaw))


def retarget(clip: Clip, rest_joints: ArrayLike) -> Clip:
    """The same rotations on other bones (24, 3); the pelvis' way is scaled with the legs, so that feet reach the floor.

    Both skeletons are SMPL's, so rotations are taken as they are.
    """
    rest = np.asarray(rest_joints, dtype=float)
    scale = leg_length(rest) / leg_length(clip.rest_joints)
    return replace(clip, rotations=clip.rotations, root=clip.root * scale, rest_joints=rest)


def leg_length(rest_joints: ArrayLike) -> float:
    """From hip to toes along the bones, metres. (24, 3)."""
    chain = np.asarray(rest_joints, dtype=float)[list(_LEG)]
    return float(np.linalg.norm(np.diff(chain, axis=0), axis=-1).sum())


def find_placement(joints: Array, onto: Array, weight: Array | None = None) -> Placement:
    """The turn and shift that bring joints (T, J, 3) closest to others, least squares over the whole cut.

    One for all frames: turning each frame for itself would hide sway and lean. weight (T,).
    """
    count = len(joints)
    weight = np.ones(count) if weight is None or not weight.sum() else np.asarray(weight, dtype=float)
    share = weight / (weight.sum() * joints.shape[1])
    centres = [(share[:, None, None] * points[..., :2]).sum((0, 1)) for points in (joints, onto)]
    a, b = (points[..., :2] - centre for points, centre in zip((joints, onto), centres, strict=True))
    along = (share[:, None] * (a * b).sum(-1)).sum()
    across = (share[:, None] * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])).sum()
    yaw = float(np.arctan2(across, along))
    turned = rotation_about_z(np.asarray(yaw))[:2, :2] @ centres[0]
    return Placement(yaw, np.append(centres[1] - turned, 0.0))


def place(clip: Clip, placement: Placement) -> Clip:
    """The clip turned and shifted as a whole."""
    rotations = clip.rotations.copy()
    rotations[:, 0] = placement.turn @ rotations[:, 0]
    return replace(clip, rotations=rotations, root=clip.root @ placement.turn.T + placement.shift)


def share_floor(clip: Clip, onto: Clip) -> Clip:
    """The clip lifted or lowered as a whole where the other stands on a floor of another height.

    A floor is where the lowest joint mostly is at its lowest. Captured floors differ by centimetres; such differences
    stay, they may be the motion's own.
    """
    a, b = (float(np.percentile(side.posed.positions[..., 2].min(-1), _FLOOR_PERCENT)) for side in (clip, onto))
    if abs(b - a) < _OTHER_FLOOR:
        return clip
    return replace(clip, root=clip.root + [0.0, 0.0, b - a])


def fit_each_frame(posed: Posed, onto: Posed) -> Posed:
    """Procrustes for pure shape: each frame turned freely and shifted onto the other. Hides lean, sway and heading."""
    a = posed.positions - posed.positions.mean(-2, keepdims=True)
    middle = onto.positions.mean(-2, keepdims=True)
    turn = nearest_rotation(np.swapaxes(onto.positions - middle, -1, -2) @ a)
    return Posed(a @ np.swapaxes(turn, -1, -2) + middle, turn[..., None, :, :] @ posed.rotations)
