# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions made of numbers: a golfer who swings, a person who squats, smooth random motion."""

from __future__ import annotations

import numpy as np

from ghostcap.motion.amass_track import plain_body
from ghostcap.motion.compare.clip import Clip, clip_from_rotations
from ghostcap.motion.rig import WORLD_FROM_SMPL
from ghostcap.motion.root_motion import rotation_about_z
from ghostcap.motion.rotations import matrix_from_axis_angle, rotation_between
from ghostcap.motion.skeleton import JOINT

REST = plain_body().joints
GRIP = np.array([0.0, 0.0, 0.25])
SWING_TIMES = {"address": 1.0, "top": 2.0, "impact": 2.35, "finish": 3.2}


def standing(count: int) -> np.ndarray:
    """(T, 24, 3) axis-angle, arms hanging, facing -y."""
    poses = np.zeros((count, 24, 3))
    poses[:, JOINT["L_Shoulder"], 2], poses[:, JOINT["R_Shoulder"], 2] = -1.3, 1.3
    return poses


def clip_of(poses: np.ndarray, fps: float, rest: np.ndarray = REST, yaw: np.ndarray | float = 0.0) -> Clip:
    """Poses (T, 24, 3) of somebody on the spot; a root of zeros stands upright and faces -y, turned by yaw."""
    rotations = matrix_from_axis_angle(poses)
    turn = rotation_about_z(np.broadcast_to(np.asarray(yaw, dtype=float), len(poses)))
    rotations[:, 0] = turn @ WORLD_FROM_SMPL @ rotations[:, 0]
    legs = rest[JOINT["L_Hip"], 1] - rest[JOINT["L_Foot"], 1] + 0.1
    return clip_from_rotations(rotations, np.tile([0.0, 3.0, legs], (len(poses), 1)), rest, fps)


def golf_swing(fps: float = 60.0, times: dict[str, float] | None = None, seconds: float = 4.0) -> Clip:
    """A right-handed swing: the arms go up to the right, down, and up to the left, while the trunk turns."""
    at = times or SWING_TIMES
    time = np.arange(round(seconds * fps)) / fps
    knots = [0.0, at["address"], at["top"], at["impact"], at["finish"], max(seconds, at["finish"] + 0.1)]
    position = ease(time, knots, [0.0, 0.0, 1.0, 0.0, -1.1, -1.1])
    poses = standing(len(time))
    poses[:, JOINT["Spine1"], 0] = 0.3
    poses[:, JOINT["L_Shoulder"]] = poses[:, JOINT["R_Shoulder"]] = 0.0
    lift = matrix_from_axis_angle(np.abs(position)[:, None] * np.array([-2.0, 0.0, 0.0]))
    turn = matrix_from_axis_angle(position[:, None] * np.array([0.0, -1.0, 0.0]))
    rotations = matrix_from_axis_angle(poses)
    for side in "LR":
        joint = JOINT[f"{side}_Shoulder"]
        # Both arms down to where the hands hold the club.
        arm = REST[JOINT[f"{side}_Wrist"]] - REST[joint]
        rotations[:, joint] = lift @ rotation_between(arm, GRIP - REST[joint])
    rotations[:, JOINT["Spine2"]] = turn @ rotations[:, JOINT["Spine2"]]
    rotations[:, 0] = WORLD_FROM_SMPL @ rotations[:, 0]
    return clip_from_rotations(rotations, np.tile([0.0, 3.0, 0.95], (len(time), 1)), REST, fps)


def squats(count: int = 4, period_s: float = 2.0, fps: float = 30.0, depth: float = 1.2) -> Clip:
    """Squats with a rest between them, standing at both ends."""
    time = np.arange(round(count * period_s * fps) + 1) / fps
    down = np.maximum(np.sin(np.pi * ((time / period_s) % 1.0)) ** 2 * 1.2 - 0.2, 0) * depth
    poses = standing(len(time))
    for side in "LR":
        poses[:, JOINT[f"{side}_Hip"], 0] = -down
        poses[:, JOINT[f"{side}_Knee"], 0] = 1.5 * down
    return clip_of(poses, fps)


def smooth_motion(seed: int, count: int = 90, fps: float = 30.0, rest: np.ndarray = REST) -> Clip:
    """Every joint sways by itself; nothing repeats."""
    random = np.random.default_rng(seed)
    time = np.arange(count)[:, None, None] / fps
    waves = [
        random.normal(size=(1, 24, 3)) * 0.25 * np.sin(2 * np.pi * (rate * time + random.random((1, 24, 3))))
        for rate in (0.23, 0.41, 0.67)
    ]
    poses = standing(count) + sum(waves)
    return clip_of(poses, fps, rest)


def ease(time: np.ndarray, knots: list[float], values: list[float]) -> np.ndarray:
    """Smooth steps between values: at rest at each knot."""
    result = np.full(len(time), values[-1], dtype=float)
    for start, stop, a, b in zip(knots[:-1], knots[1:], values[:-1], values[1:], strict=True):
        rows = (time >= start) & (time < stop)
        share = (time[rows] - start) / (stop - start)
        result[rows] = a + (b - a) * (3 * share**2 - 2 * share**3)
    return result
