# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleanup of a track without losing anything: smoothing, size, floor, facing and origin, always from the raw motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .body import Body
from .capture import Track
from .kinematics import pose_from_axis_angle
from .rig import WORLD_FROM_SMPL
from .root_motion import find_heading, rotation_about_z, smooth_in_time
from .rotations import (
    axis_angle_from_matrix,
    axis_angle_from_quaternion,
    make_continuous,
    matrix_from_axis_angle,
    quaternion_from_axis_angle,
    slerp,
)

Array = NDArray[np.floating]
CAPTURED: Final = "captured"
"""The method that blends between the raw motion and what the capture made of it."""
GAUSSIAN: Final = "gaussian"
_LONGEST_SIGMA: Final = 0.3
"""Seconds: the Gaussian's standard deviation at full strength."""
Smoother = Callable[[Track, float], tuple[Array, Array]]
"""(track, strength 0..1) -> poses (T, 72) and trans (T, 3), from poses_raw and trans_raw."""


@dataclass(frozen=True)
class CleanupSettings:
    """What to do to a track. The defaults change nothing."""

    method: str = CAPTURED
    """A name in `SMOOTHERS`."""
    strength: float = 1.0
    """0 leaves the raw motion, 1 smooths most."""
    height: float | None = None
    """Metres the person stands tall; None as estimated. The path grows with the person: both were seen by one lens."""
    floor: float = 0.0
    """Metres to lift the person by."""
    facing: float = 0.0
    """Radians to turn the clip by, about the vertical through its first frame's pelvis."""
    to_origin: bool = False
    """Begin above the world's origin, facing -y (then turned by `facing`)."""


@dataclass(frozen=True)
class Cleaned:
    """A track after cleanup, in metres of the person's new size, and that size as a factor of the estimated one.

    The body of a person `scale` times as large has its rest mesh and joints multiplied by `scale`; `track.trans` still
    counts from the estimated size's root joint, so the root is at rest_joints[0] + trans.
    """

    track: Track
    scale: float


def standing_height(body: Body, betas: ArrayLike) -> float:
    """Metres from the soles to the top of the head in the rest pose; of the joints where there is no mesh."""
    points = body.rest_vertices(betas) if len(body.vertices) else body.rest_joints(betas)
    return float(np.ptp(points[:, 1]))


def clean_track(track: Track, body: Body, settings: CleanupSettings) -> Cleaned:
    """Do all of it, from `poses_raw` and `trans_raw`. `joints` are those of the person's new size."""
    poses, trans = SMOOTHERS[settings.method](track, min(max(settings.strength, 0.0), 1.0))
    rest = body.rest_joints(track.betas)
    scale = settings.height / standing_height(body, track.betas) if settings.height else 1.0
    position = (rest[0] + trans) * scale
    turned = matrix_from_axis_angle(poses[:, :3])
    start = position[0, :2] if len(position) else np.zeros(2)
    turn = settings.facing
    offset = np.zeros(3)
    if settings.to_origin and len(position):
        turn -= find_heading(turned @ WORLD_FROM_SMPL.T, track.mocap_framerate)[0]
    else:
        offset[:2] = start
    if turn or settings.to_origin:
        about = rotation_about_z(turn)
        position = (position - [*start, 0.0]) @ about.T + offset
        turned = about @ turned
        poses = np.concatenate([axis_angle_from_matrix(turned), poses[:, 3:]], -1)
    position = position + [0.0, 0.0, settings.floor]
    moved = position - rest[0]
    joints = pose_from_axis_angle(poses, rest * scale, position - rest[0] * scale).positions
    return Cleaned(replace(track, poses=poses, trans=moved, joints=joints), scale)


def smooth_gaussian(track: Track, strength: float) -> tuple[Array, Array]:
    """A Gaussian in time over trans and, as normalised weighted means of unit quaternions, over all rotations.

    The mean of quaternions in one hemisphere is the rotation that minimises the weighted squared chordal distance
    (Markley et al. 2007, to first order in the spread). The width grows with the square of the strength, so that the
    lower half of the slider is for fine work.
    """
    sigma = _LONGEST_SIGMA * strength**2 * track.mocap_framerate
    poses, trans = np.asarray(track.poses_raw, dtype=float), np.asarray(track.trans_raw, dtype=float)
    if sigma < 0.05 or len(poses) < 3:
        return poses, trans
    q = make_continuous(quaternion_from_axis_angle(poses.reshape(len(poses), 24, 3)))
    columns = np.concatenate([q.reshape(len(poses), 96), trans], -1)
    smooth = np.stack([smooth_in_time(column, sigma) for column in columns.T], -1)
    q = smooth[:, :96].reshape(len(poses), 24, 4)
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    return axis_angle_from_quaternion(q).reshape(len(poses), 72), smooth[:, 96:]


def blend_captured(track: Track, strength: float) -> tuple[Array, Array]:
    """From the raw motion (0) to the capture's own result (1), along the shortest way."""
    if strength >= 1.0:
        return np.asarray(track.poses, dtype=float), np.asarray(track.trans, dtype=float)
    raw, done = (
        matrix_from_axis_angle(np.asarray(poses, dtype=float).reshape(-1, 24, 3))
        for poses in (track.poses_raw, track.poses)
    )
    poses = axis_angle_from_matrix(slerp(raw, done, np.full(raw.shape[:2], strength))).reshape(-1, 72)
    return poses, track.trans_raw + (track.trans - track.trans_raw) * strength


SMOOTHERS: Final[dict[str, Smoother]] = {CAPTURED: blend_captured, GAUSSIAN: smooth_gaussian}
