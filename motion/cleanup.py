# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleanup of a track without losing anything: smoothing, size, floor, facing and origin, always from the raw motion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .body import Body
from .camera import Camera
from .capture import Track
from .errors import GhostcapError
from .kinematics import pose_from_axis_angle
from .rig import WORLD_FROM_SMPL
from .root_motion import find_heading, rotation_about_z
from .rotations import axis_angle_from_matrix, matrix_from_axis_angle, slerp
from .smoothing import METHODS as SMOOTHING_METHODS
from .smoothing import Smoothing, choose_network
from .track_smoothing import smooth_track

Array = NDArray[np.floating]
CAPTURED: Final = "captured"
"""The method that blends between the raw motion and what the capture made of it."""


_USUAL_FPS = 30.0


@dataclass(frozen=True)
class CleanupSettings:
    """What to do to a track. The defaults change nothing."""

    method: str = CAPTURED
    """One of `list_methods`."""
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


def list_methods() -> tuple[str, ...]:
    """What can smooth here: the network only where its weights are."""
    methods = [name for name in SMOOTHING_METHODS if name not in ("none", "smoothnet")]
    try:
        choose_network(_USUAL_FPS)
    except GhostcapError:
        # A copy without the weights still has the filters.
        return CAPTURED, *methods
    return CAPTURED, "smoothnet", *methods


def standing_height(body: Body, betas: ArrayLike) -> float:
    """Metres from the soles to the top of the head in the rest pose; of the joints where there is no mesh."""
    points = body.rest_vertices(betas) if len(body.vertices) else body.rest_joints(betas)
    return float(np.ptp(points[:, 1]))


def clean_track(track: Track, body: Body, settings: CleanupSettings, camera: Camera | None = None) -> Cleaned:
    """Do all of it, from `poses_raw` and `trans_raw`. `joints` are those of the person's new size."""
    cleaned = place_smoothed(track, body, settings, smooth_fully(track, body, settings.method, camera))
    rest = body.rest_joints(track.betas)
    trans = cleaned.track.trans + rest[0] * (1.0 - cleaned.scale)
    joints = pose_from_axis_angle(cleaned.track.poses, rest * cleaned.scale, trans).positions
    return replace(cleaned, track=replace(cleaned.track, joints=joints))


def smooth_fully(track: Track, body: Body, method: str, camera: Camera | None = None) -> tuple[Array, Array]:
    """The raw motion smoothed at full strength: poses (T, 72) and trans (T, 3). What takes longest; worth keeping.

    With the camera that filmed, smoothing knows along which line places are the least sure.
    """
    if method == CAPTURED:
        return np.asarray(track.poses, dtype=float), np.asarray(track.trans, dtype=float)
    smooth = smooth_track(track, body, Smoothing(method), camera)
    return smooth.poses, smooth.trans


def place_smoothed(track: Track, body: Body, settings: CleanupSettings, smoothed: tuple[Array, Array]) -> Cleaned:
    """Everything else: from raw to `smoothed` by the strength, then size, floor, facing and origin.

    Leaves `joints` as they are, which nobody needs for keys.
    """
    poses, trans = _blend(track, smoothed, min(max(settings.strength, 0.0), 1.0))
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
    return Cleaned(replace(track, poses=poses, trans=moved), scale)


def _blend(track: Track, smoothed: tuple[Array, Array], strength: float) -> tuple[Array, Array]:
    """From the raw motion (0) to the smoothed one (1), along the shortest way."""
    raw_poses, raw_trans = np.asarray(track.poses_raw, dtype=float), np.asarray(track.trans_raw, dtype=float)
    if strength in (0.0, 1.0):
        return smoothed if strength else (raw_poses, raw_trans)
    raw, done = (matrix_from_axis_angle(poses.reshape(-1, 24, 3)) for poses in (raw_poses, smoothed[0]))
    poses = axis_angle_from_matrix(slerp(raw, done, np.full(raw.shape[:2], strength))).reshape(-1, 72)
    return poses, raw_trans + (smoothed[1] - raw_trans) * strength
