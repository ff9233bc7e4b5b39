# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig's rest pose turned onto SMPL's T-pose: any rig's rotations as SMPL's, and back.

A rig may rest with its arms down (A-pose), with bent elbows, with any roll, and look along any axis. What a bone does
is the turn from its rest pose to its pose, in the rig's space; bone axes do not matter. Such a turn D is SMPL's global
rotation G = D A, where A takes SMPL's T-pose into the rig's rest pose: first the whole body's axes, then each limb by
the shortest turn from the T-pose's direction to the rig's, limbs taking along what hangs on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .amass_track import plain_body
from .kinematics import local_rotations_from_global
from .rotations import geodesic_angle, rotation_between, slerp
from .skeleton import JOINT, JOINT_NAMES, PARENTS

Array = NDArray[np.floating]
_LIMBS: Final = (("Hip", "Knee"), ("Knee", "Ankle"), ("Shoulder", "Elbow"), ("Elbow", "Wrist"), ("Wrist", "Hand"))
"""Joints whose bones point to another joint, parents first."""
_BACKBONE: Final = tuple(JOINT[name] for name in ("Pelvis", "Spine1", "Spine2", "Spine3", "Neck", "Head"))
_CHEST: Final = 3
"""Place of Spine3 in the backbone: the arms hang on it."""
_NEARLY_T: Final = np.radians(30.0)
"""A rig laid out as SMPL's whose limbs are closer than this to its T-pose is in it: people's joints differ."""
_UPRIGHT, _SQUARE = np.cos(np.radians(30.0)), np.cos(np.radians(10.0))
"""A body this close to the axes of its space stands along them."""
_SAME: Final = 1e-4
"""Of a leg's length: less than this single precision makes by itself."""
_TURNED: Final = 1e-6
_FLAT: Final = np.radians(35.0)
"""A foot that points so far from the T-pose's is tilted at rest; less is where its joints were put."""


@dataclass(frozen=True)
class RestPose:
    """How a rig rests, and what of it SMPL's skeleton knows."""

    turns: Array
    """(24, 3, 3) from SMPL's T-pose (x to the left, y up, z forward) into the rig's rest pose, in the rig's space."""
    rest_joints: Array
    """(24, 3) the rig in T-pose, in SMPL's axes and the rig's unit, the pelvis at the origin."""
    known: NDArray[np.bool_]
    """(24,) false for joints the rig has no bone for."""

    @property
    def straightened(self) -> bool:
        """Whether limbs were turned onto the T-pose's directions, rather than taken to be in it."""
        return bool((geodesic_angle(self.turns, self.turns[0]) > _TURNED).any())


def fit_rest_pose(heads: ArrayLike, exact: bool = False) -> RestPose:
    """The rest pose of a rig whose joints rest at `heads` (24, 3), in its space; NaN for those it lacks.

    exact: the rig is laid out as SMPL's skeleton. Known must be those of `bone_maps.REQUIRED`.
    """
    heads = np.asarray(heads, dtype=float)
    known = np.asarray(np.isfinite(heads).all(-1))
    axes = find_body_axes(heads)
    places = _fill_places(heads, known, axes)
    turns = _turn_limbs(places, known, axes)
    if exact:
        limbs = [JOINT[side + limb] for side in ("L_", "R_") for limb, _ in _LIMBS]
        if (geodesic_angle(turns[limbs], axes) < _NEARLY_T).all():
            turns = np.tile(axes, (len(PARENTS), 1, 1))
    joints = np.zeros_like(places)
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        joints[joint] = joints[parent] + turns[parent].T @ (places[joint] - places[parent])
    return RestPose(turns, joints, known)


def find_body_axes(heads: ArrayLike) -> Array:
    """(3, 3) columns left, up, forward of a body that rests upright with joints at `heads` (24, 3).

    A body that stands nearly along the axes of its space is taken to stand exactly so.
    """
    heads = np.asarray(heads, dtype=float)
    at = {name: heads[joint] for name, joint in JOINT.items()}
    hips, shoulders = (0.5 * (at[f"L_{part}"] + at[f"R_{part}"]) for part in ("Hip", "Shoulder"))
    up = _snap(_unit(shoulders - hips), _UPRIGHT)
    left = _unit(at["L_Hip"] - at["R_Hip"]) + _unit(at["L_Shoulder"] - at["R_Shoulder"])
    left = _snap(_unit(left - (left @ up) * up), _SQUARE)
    left = _unit(left - (left @ up) * up)
    return np.stack([left, up, np.cross(left, up)], -1)


def read_rotations(rest: RestPose, turns: ArrayLike) -> Array:
    """What a rig does as SMPL's local rotations, (T, 24, 3, 3) relative to the parent.

    turns (T, 24, 3, 3): of each bone from its rest pose, in the rig's space, to its pose in the world. Joints the rig
    lacks share the bend of the spine, or follow their parent.
    """
    rotations = np.asarray(turns, dtype=float) @ rest.turns
    for joint in range(1, len(PARENTS)):
        if not rest.known[joint]:
            back = rest.turns[PARENTS[joint]].T @ rest.turns[joint]
            rotations[:, joint] = rotations[:, PARENTS[joint]] @ back
            if (between := _neighbours(joint, rest.known)) is not None:
                low, high, part = between
                weight = np.full(len(rotations), part)
                rotations[:, joint] = slerp(rotations[:, low], rotations[:, high], weight)
    return local_rotations_from_global(rotations)


def measure_rest_joints(rest: RestPose, rotations: ArrayLike, positions: ArrayLike, size: float) -> Array:
    """(24, 3) the rig in T-pose with bones as long as they are in the motion, in metres.

    Bones may be scaled, stretch, or hang on others that are no joints; then the middle of what is seen counts.
    rotations (T, 24, 3, 3) global, positions (T, 24, 3) in the world, of the joints the rig has; size: metres of one
    unit of the rig at rest.
    """
    rotations, seen = np.asarray(rotations, dtype=float), np.array(positions, dtype=float)
    plain = rest.rest_joints * size
    same = _SAME * _leg(plain)
    joints = np.zeros_like(plain)
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        offset = plain[joint] - plain[parent]
        between = _neighbours(joint, rest.known) if not rest.known[joint] else None
        if between is not None:
            # It was put where the next bone begins, see `_fill_places`.
            seen[:, joint] = seen[:, between[1]]
        if rest.known[joint] or between is not None:
            away = np.einsum("tba,tb->ta", rotations[:, parent], seen[:, joint] - seen[:, parent])
            middle = np.median(away, axis=0)
            offset = middle if float(np.abs(middle - offset).max()) > same else offset
        else:
            seen[:, joint] = seen[:, parent] + rotations[:, parent] @ offset
        joints[joint] = joints[parent] + offset
    return joints


def rig_rotations(rest: RestPose, rotations: ArrayLike) -> Array:
    """The way back: global rotations of SMPL's joints (T, 24, 3, 3) as turns of the rig's bones (T, 24, 3, 3)."""
    return np.asarray(rotations, dtype=float) @ np.swapaxes(rest.turns, -1, -2)


def _neighbours(joint: int, known: NDArray[np.bool_]) -> tuple[int, int, float] | None:
    """Joints of the backbone around one without a bone, and how far along it is; None when it just follows."""
    if joint not in _BACKBONE:
        return None
    place = _BACKBONE.index(joint)
    low = max(other for other in range(place) if known[_BACKBONE[other]])
    end = _CHEST if place <= _CHEST else len(_BACKBONE) - 1
    above = [other for other in range(place + 1, end + 1) if known[_BACKBONE[other]]]
    if not above:
        return None
    return _BACKBONE[low], _BACKBONE[above[0]], (place - low) / (above[0] - low)


def _fill_places(heads: Array, known: NDArray[np.bool_], axes: Array) -> Array:
    """Places for joints the rig lacks, such that what it has stays where it is, whatever it does."""
    places, plain = heads.copy(), plain_body().joints
    size = _leg(heads) / _leg(plain)
    shoulders = 0.5 * (heads[JOINT["L_Shoulder"]] + heads[JOINT["R_Shoulder"]])
    for joint, name in enumerate(JOINT_NAMES):
        parent = PARENTS[joint]
        if known[joint]:
            continue
        if (between := _neighbours(joint, known)) is not None:
            # All of a bend shared by several joints happens where the rig's one bone begins.
            places[joint] = heads[between[1]]
        elif joint in _BACKBONE:
            end = shoulders if joint != JOINT["Neck"] else heads[JOINT["Head"]]
            places[joint] = 0.5 * (places[parent] + end)
        elif name[2:] == "Collar":
            places[joint] = 0.5 * (places[parent] + heads[JOINT[name[:2] + "Shoulder"]])
        elif name[2:] == "Hand":
            along = _unit(places[parent] - places[PARENTS[parent]])
            places[joint] = places[parent] + along * float(np.linalg.norm(plain[joint] - plain[parent])) * size
        else:
            places[joint] = places[parent] + axes @ (plain[joint] - plain[parent]) * size
    return places


def _turn_limbs(places: Array, known: NDArray[np.bool_], axes: Array) -> Array:
    plain = plain_body().joints
    turns = np.tile(axes, (len(PARENTS), 1, 1))
    for side in ("L_", "R_"):
        for part, end in _LIMBS:
            joint, child = JOINT[side + part], JOINT[side + end]
            parent = PARENTS[joint]
            start = turns[parent] if part in ("Knee", "Elbow", "Wrist") else axes
            turns[joint] = start
            if known[child] and known[joint]:
                along = start @ (plain[child] - plain[joint])
                turns[joint] = rotation_between(along, places[child] - places[joint]) @ start
        turns[JOINT[f"{side}Hand"]] = turns[JOINT[f"{side}Wrist"]]
        ankle, toes = JOINT[f"{side}Ankle"], JOINT[f"{side}Foot"]
        if known[ankle] and known[toes]:
            turns[ankle] = _turn_foot(places[toes] - places[ankle], plain[toes] - plain[ankle], axes)
        turns[toes] = turns[ankle]
    return turns


def _turn_foot(along: Array, plain: Array, axes: Array) -> Array:
    """A foot stands flat on the floor at rest, whatever the leg does, and points where its toes do."""
    up, flat = axes[:, 1], np.array([1.0, 0.0, 1.0])
    onto = along - (along @ up) * up
    heading = rotation_between(axes @ (plain * flat), onto) @ axes
    whole = rotation_between(heading @ plain, along)
    return whole @ heading if float(geodesic_angle(whole, np.eye(3))) > _FLAT else heading


def _leg(joints: Array) -> float:
    """From hip to ankle, or to the knee and as far again."""
    lengths = []
    for side in ("L_", "R_"):
        hip, knee, ankle = (joints[JOINT[side + part]] for part in ("Hip", "Knee", "Ankle"))
        upper, lower = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
        lengths.append(upper + (lower if np.isfinite(lower) else upper))
    return sum(lengths) / 2


def _snap(direction: Array, least: float) -> Array:
    """The nearest axis of the space, if it is near enough."""
    axis = int(np.abs(direction).argmax())
    if abs(direction[axis]) < least:
        return direction
    return np.sign(direction[axis]) * np.eye(3)[axis]


def _unit(v: Array) -> Array:
    return v / max(float(np.linalg.norm(v)), 1e-12)
