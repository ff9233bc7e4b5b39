# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed angles a coach speaks of, from the posed skeleton. Radians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..kinematics import Posed
from ..skeleton import JOINT

Array = NDArray[np.floating]
_LIMB_IN_PLANE = 0.6
"""Shoulder and hip flexion need a limb that does not point sideways; below this share they are not defined."""

_OVERHEAD = 0.5
"""An arm more than this above the shoulders is raised: forward and backward are next to each other there."""


@dataclass(frozen=True)
class Angle:
    """An angle and what it belongs to."""

    name: str
    """Key of the sentences, without the side."""
    side: str
    """"left", "right" or ""."""
    joint: int
    """The joint it is shown at."""
    tolerance: float = np.radians(10.0)
    """A difference that a coach lets pass."""
    across: float = np.radians(20.0)
    """The same between captures from different sides: at nine of ten moments four cameras on one person differ less."""
    wraps: bool = False
    """Whether the whole circle is possible (a heading, an arm that swings)."""

    @property
    def key(self) -> str:
        """Unique: "left_elbow_flexion"."""
        return f"{self.side}_{self.name}" if self.side else self.name


def _one(name: str, joint: str, tolerance: float, across: float, wraps: bool = False) -> Angle:
    return Angle(name, "", JOINT[joint], np.radians(tolerance), np.radians(across), wraps)


def _both(name: str, joint: str, tolerance: float, across: float, wraps: bool = False) -> tuple[Angle, Angle]:
    return (
        Angle(name, "left", JOINT[f"L_{joint}"], np.radians(tolerance), np.radians(across), wraps),
        Angle(name, "right", JOINT[f"R_{joint}"], np.radians(tolerance), np.radians(across), wraps),
    )


ANGLES: Final = (
    *_both("elbow_flexion", "Elbow", 12.0, 20.0),
    *_both("shoulder_elevation", "Shoulder", 12.0, 14.0),
    *_both("shoulder_flexion", "Shoulder", 15.0, 32.0, wraps=True),
    *_both("hip_flexion", "Hip", 10.0, 22.0),
    *_both("hip_abduction", "Hip", 10.0, 12.0),
    *_both("knee_flexion", "Knee", 10.0, 22.0),
    *_both("ankle_flexion", "Ankle", 15.0, 15.0),
    _one("trunk_lean", "Spine2", 8.0, 18.0),
    _one("trunk_side_lean", "Spine2", 8.0, 9.0),
    _one("pelvis_turn", "Pelvis", 12.0, 20.0, wraps=True),
    _one("thorax_turn", "Spine3", 15.0, 22.0, wraps=True),
    _one("x_factor", "Spine1", 10.0, 15.0),
    _one("head_lean", "Head", 12.0, 18.0),
)  # fmt: skip


def measure_angles(posed: Posed, reference: int = 0, settled: int = 1) -> Array:
    """Joints (T, 24, ...) in the world -> (T, A) in the order of ANGLES; NaN where one is not defined.

    Flexion of knees and elbows: 0 straight. Hip and shoulder flexion: 0 hanging, positive forward of the pelvis or
    thorax; shoulder elevation: 0 hanging, pi/2 level, whatever the direction; hip abduction: positive outward. Trunk
    lean: positive forward of where the pelvis faces, side lean: positive to the person's left. Turns of pelvis and
    thorax: to the person's left since the frame `reference` (the median of so many `settled` frames from there on);
    X-factor: thorax minus pelvis, as they stand. Ankle: 0 with the foot square to the shank, positive toes up. Head
    lean: forward of the thorax, positive chin down.
    """
    joints, rotations = posed.positions, posed.rotations
    pelvis, thorax = rotations[:, JOINT["Pelvis"]], rotations[:, JOINT["Spine3"]]
    columns: dict[str, Array] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        at = {
            name: joints[:, JOINT[f"{side[0].upper()}_{name}"]]
            for name in ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Foot")
        }
        columns[f"{side}_elbow_flexion"] = _between(at["Elbow"] - at["Shoulder"], at["Wrist"] - at["Elbow"])
        columns[f"{side}_knee_flexion"] = _between(at["Knee"] - at["Hip"], at["Ankle"] - at["Knee"])
        foot = rotations[:, JOINT[f"{side[0].upper()}_Ankle"], :, 2]
        shank = _unit(at["Ankle"] - at["Knee"])
        columns[f"{side}_ankle_flexion"] = -np.arcsin(np.clip((foot * shank).sum(-1), -1, 1))
        arm = _seen_from(thorax, at["Elbow"] - at["Shoulder"])
        columns[f"{side}_shoulder_elevation"] = np.arccos(np.clip(-arm[:, 1], -1, 1))
        columns[f"{side}_shoulder_flexion"] = np.where(arm[:, 1] < _OVERHEAD, _flexion(arm), np.nan)
        thigh = _seen_from(pelvis, at["Knee"] - at["Hip"])
        columns[f"{side}_hip_flexion"] = _flexion(thigh)
        columns[f"{side}_hip_abduction"] = np.arcsin(np.clip(sign * thigh[:, 0], -1, 1))
    hips = joints[:, JOINT["L_Hip"]] - joints[:, JOINT["R_Hip"]]
    shoulders = joints[:, JOINT["L_Shoulder"]] - joints[:, JOINT["R_Shoulder"]]
    trunk = _unit(joints[:, JOINT["Neck"]] - joints[:, JOINT["Pelvis"]])
    left = _unit(hips * [1.0, 1.0, 0.0])
    forward = np.cross(left, [0.0, 0.0, 1.0])
    columns["trunk_lean"] = np.arctan2((trunk * forward).sum(-1), trunk[:, 2])
    columns["trunk_side_lean"] = np.arctan2((trunk * left).sum(-1), trunk[:, 2])
    heading = [np.unwrap(np.arctan2(line[:, 1], line[:, 0])) for line in (hips, shoulders)]
    start = min(max(reference, 0), len(joints) - 1)
    columns["pelvis_turn"], columns["thorax_turn"] = (
        line - np.median(line[start : start + max(settled, 1)]) for line in heading
    )
    columns["x_factor"] = _wrap(heading[1] - heading[0])
    head = _seen_from(thorax, rotations[:, JOINT["Head"], :, 1])
    columns["head_lean"] = np.arctan2(head[:, 2], head[:, 1])
    return np.stack([columns[angle.key] for angle in ANGLES], -1)


def difference(user: Array, athlete: Array) -> Array:
    """User minus athlete, (T, A) each; headings the short way round."""
    wraps = np.array([angle.wraps for angle in ANGLES])
    plain = user - athlete
    return np.where(wraps, _wrap(plain), plain)


def _wrap(angle: Array) -> Array:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _flexion(limb: Array) -> Array:
    """Of a limb's direction seen from the trunk (x left, y up, z forward)."""
    in_plane = np.hypot(limb[:, 1], limb[:, 2])
    return np.where(in_plane > _LIMB_IN_PLANE, np.arctan2(limb[:, 2], -limb[:, 1]), np.nan)


def _seen_from(frame: Array, direction: Array) -> Array:
    return np.einsum("tba,tb->ta", frame, _unit(direction))


def _between(a: Array, b: Array) -> Array:
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1))


def _unit(v: Array) -> Array:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
