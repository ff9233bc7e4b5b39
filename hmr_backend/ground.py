# SPDX-License-Identifier: GPL-3.0-or-later
"""From the camera to the world: which way is up, where the ground is, and everybody on it.

Up comes from balance and from the plane of the footprints; then each motion is fitted once more with its feet held on
that ground while they carry the body, and up is read off again.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.body import Body
from ..motion.camera import Camera, tilt_and_roll, world_rotation
from ..motion.capture import Track
from ..motion.rotations import axis_angle_from_matrix
from ..motion.skeleton import JOINT
from .balance import up_from_balance, up_from_posture
from .contacts import FOOT_LANDMARKS, detect_contacts
from .fitting import CameraMotion, Footing, refine_motion
from .progress import Reporter, Silent

Array = NDArray[np.floating]

LEVEL_HELD: Final = np.array([0.0, -1.0, 0.0])
"""Up, seen by a camera held level."""
HELD_SIGMA: Final = np.radians(30.0)
"""How far from level cameras are held."""
PLANE_SIGMA: Final = 0.04
"""Metres: how far a footprint is off the ground's plane, before depth makes it worse."""
PLANE_DEPTH: Final = 0.02
"""The same as a share of the distance."""
VERTICAL_SIGMA: Final = np.radians(4.0)
"""Error of the vertical before the footprints are looked at."""
SLOPE: Final = np.radians(10.0)
"""Footprints that lie steeper than this are on stairs or on a slope, and say nothing about the vertical."""
LEVEL_ERROR: Final = 0.10
"""Error of how far below the camera somebody's ground is, as a share: that of the person's distance."""
SURE: Final = 2.5
"""Standard deviations from which people count as standing on different levels."""
NEARER: Final = (0.8, 1.25)
"""How far people may be brought along the line of sight to stand on the common ground."""
OFF_LEVEL: Final = 0.15
"""Metres off the ground's level at which a footprint counts half."""


def place_in_world(
    motions: list[CameraMotion],
    body: Body,
    focal_px: float,
    width: int,
    height: int,
    fps: float,
    reporter: Reporter | None = None,
    *,
    refine: bool = True,
) -> tuple[Camera, list[Track]]:
    """Motions in the camera frame -> the camera, and tracks in the world, in the order given.

    The lowest common ground is z = 0. Who stands elsewhere (on a roof, on stairs) keeps that height. refine: fit each
    motion once more with its feet on the ground, and move people to it; else poses and places stay as they are.
    """
    reporter = reporter or Silent()
    up = find_up(motions, fps)
    refined = []
    for number, motion in enumerate(motions):
        refined.append(refine_motion(motion, find_footing(motion, up, fps), fps) if refine else motion)
        reporter.progress(number + 1, len(motions))
    up = find_up(refined, fps)
    refined, above = _share_ground(refined, body, up, fps, refine)
    tilt, roll = tilt_and_roll(up)
    camera = Camera(focal_px, width, height, tilt, roll, above)
    return camera, [_track(motion, camera, body, fps) for motion in refined]


def find_up(motions: list[CameraMotion], fps: float) -> Array:
    """The world's up in the camera frame, (3,), from all people together."""
    # What is known of any camera, then what each person says, each by its precision.
    votes = LEVEL_HELD / HELD_SIGMA**2
    posed = [_joints_and_feet(motion) for motion in motions]
    for joints, feet in posed:
        direction, sigma = up_from_posture(joints, feet)
        votes = votes + direction / sigma**2
    posture, up = votes, votes / np.linalg.norm(votes)
    contacts = []
    for _ in range(3):
        contacts = [
            detect_contacts(feet, up, fps, motion.tracklet.observed)
            for motion, (_, feet) in zip(motions, posed, strict=True)
        ]
        votes = posture
        for (joints, feet), contact in zip(posed, contacts, strict=True):
            direction, sigma = up_from_balance(joints, feet, contact, fps)
            votes = votes + direction / sigma**2
        up = votes / np.linalg.norm(votes)
    points = np.concatenate([feet.reshape(-1, 3) for _, feet in posed])
    weight = np.concatenate([contact.ravel() for contact in contacts])
    group = np.concatenate([np.full(contact.size, number) for number, contact in enumerate(contacts)])
    return level_plane(points, weight / fps, group, up)


def level_plane(points: Array, seconds: Array, group: NDArray[np.integer], up: Array) -> Array:
    """Turn `up` so that footprints lie level, as far as they say and balance lets them.

    points (N, 3) with so many seconds (N,) on the ground, each on the level of its group (N,); up (3,) -> (3,).
    Footprints in a line say nothing about the turn about that line; stairs and slopes are left alone.
    """
    keep = seconds > 0.1 * seconds.max(initial=0.0)
    points, seconds = points[keep], seconds[keep]
    if not len(points):
        return up
    # Whose feet are never on the ground has no level.
    group = np.unique(group[keep], return_inverse=True)[1]
    groups = int(group.max()) + 1
    one_hot = np.eye(groups)[group]
    sigma = np.hypot(PLANE_SIGMA, PLANE_DEPTH * np.linalg.norm(points, axis=-1))
    basis = _across(up)
    turn = np.zeros(2)
    # Neighbouring frames show the same footprint: a second of standing counts as two looks.
    looks = 2.0 * seconds
    for _ in range(10):
        direction = up + basis @ turn
        height = points @ direction
        level = np.array([np.average(height[group == g], weights=looks[group == g] + 1e-12) for g in range(groups)])
        residual = height - level[group]
        weight = looks / sigma**2 / (1 + (residual / (3 * sigma)) ** 2)
        rows = np.concatenate([points @ basis, -one_hot], axis=1)
        normal = (rows * weight[:, None]).T @ rows + 1e-9 * np.eye(groups + 2)
        normal[[0, 1], [0, 1]] += 1 / VERTICAL_SIGMA**2
        right = -(rows * weight[:, None]).T @ residual
        right[:2] -= turn / VERTICAL_SIGMA**2
        turn = turn + np.linalg.solve(normal, right)[:2]
    if np.linalg.norm(turn) > SLOPE:
        return up
    turned = up + basis @ turn
    return turned / np.linalg.norm(turned)


def find_footing(motion: CameraMotion, up: Array, fps: float) -> Footing:
    """Contacts of one person, and the level of the ground under them."""
    _, feet = _joints_and_feet(motion)
    contact = detect_contacts(feet, up, fps, motion.tracklet.observed)
    height = feet @ up
    level = common_level(height, contact)
    trust = 1 / (1 + ((height - level) / OFF_LEVEL) ** 4)
    return Footing(contact, up, np.full_like(height, level), trust)


def common_level(height: Array, weight: Array) -> float:
    """The height (N...) around which the most weight lies, within a few centimetres."""
    height, weight = height.ravel(), weight.ravel()
    if weight.max(initial=0.0) < 0.2:
        return float(height.min())
    levels = np.quantile(height, np.linspace(0, 1, 41))
    crowd = (weight / (1 + ((levels[:, None] - height) / 0.08) ** 2)).sum(axis=1)
    level = levels[np.argmax(crowd)]
    for _ in range(10):
        level = np.average(height, weights=weight / (1 + ((level - height) / 0.08) ** 2) + 1e-12)
    return float(level)


def sole_points(body: Body, betas: Array) -> Array:
    """(4, 3) lowest points of left heel, left toe, right heel, right toe from their ankle joint, T-pose."""
    joints, vertices = body.rest_joints(betas), body.rest_vertices(betas)
    strongest = np.take_along_axis(body.skin_index, body.skin_weight.argmax(axis=1)[:, None], axis=1)[:, 0]
    out = []
    for side in "LR":
        ankle, toe = JOINT[f"{side}_Ankle"], JOINT[f"{side}_Foot"]
        foot = vertices[np.isin(strongest, (ankle, toe))] - joints[ankle]
        middle = 0.5 * (joints[toe] - joints[ankle])[2]
        for part in (foot[foot[:, 2] < middle], foot[foot[:, 2] >= middle]):
            lowest = part[np.argsort(part[:, 1])[: max(1, len(part) // 20)]]
            out.append(lowest.mean(axis=0))
    return np.array(out)


def _share_ground(
    motions: list[CameraMotion], body: Body, up: Array, fps: float, move: bool
) -> tuple[list[CameraMotion], float]:
    """Put people who may well stand on the same ground on it. Returns them and the camera's height above it.

    move: whether people may be moved; else only the height is found.
    """
    levels, roots, weights = [], [], []
    for motion in motions:
        _, feet = _joints_and_feet(motion)
        contact = detect_contacts(feet, up, fps, motion.tracklet.observed)
        levels.append(common_level(_soles(motion, body) @ up, contact))
        roots.append(float(np.average(motion.root @ up, weights=contact.max(axis=1) + 1e-6)))
        weights.append(float(contact.max(axis=1).sum() * np.median(motion.evidence.size)))
    ground = choose_ground(np.array(levels), np.array(weights))
    out = []
    for motion, level, root in zip(motions, levels, roots, strict=True):
        if not (move and same_level(level, ground)):
            out.append(motion)
            continue
        # Nearer or farther by this factor, the feet come to the common ground and the picture stays the same.
        factor = np.clip((ground - (level - root)) / root, *NEARER) if abs(root) > 0.1 else 1.0
        moved = motion.root * factor
        moved = moved + (ground - level - (factor - 1) * root) * up
        out.append(dataclasses.replace(motion, root=moved))
    return out, -ground


def choose_ground(levels: Array, weights: Array) -> float:
    """The level (metres along up, from the camera) of the ground: the main person's, or one surely below it.

    levels (N,) and how much each person tells (N,).
    """
    ground = float(levels[np.argmax(weights)])
    for level in np.sort(levels):
        if level < ground and not same_level(level, ground):
            return float(level)
    return ground


def same_level(a: float, b: float) -> bool:
    """Whether two people's levels may well be one."""
    error = np.hypot(PLANE_SIGMA + LEVEL_ERROR * abs(a), PLANE_SIGMA + LEVEL_ERROR * abs(b))
    return bool(abs(a - b) < SURE * error)


def _track(motion: CameraMotion, camera: Camera, body: Body, fps: float) -> Track:
    tracklet = motion.tracklet
    posed, _ = motion.pose()
    turn = camera.world_from_camera()
    joints = camera.to_world(posed.positions)
    local = motion.local_rotations.copy()
    local[:, 0] = turn @ local[:, 0]
    poses = axis_angle_from_matrix(local).reshape(len(local), -1)
    trans = joints[:, 0] - body.rest_joints(motion.shape.betas)[0]
    _, feet = _joints_and_feet(motion)
    visibility = tracklet.landmarks[..., 3]
    confidence = np.where(tracklet.observed, np.nan_to_num(visibility[:, 11:]).mean(axis=1) * tracklet.score, 0.0)
    keypoints = np.concatenate([tracklet.landmarks[..., :2], visibility[..., None]], axis=-1)
    return Track(
        frame=tracklet.frame,
        poses=poses,
        trans=trans,
        betas=motion.shape.betas,
        mocap_framerate=fps,
        joints=joints,
        keypoints_2d=keypoints.astype(np.float32),
        bbox=tracklet.bbox.astype(np.float32),
        confidence=np.clip(confidence, 0.0, 1.0),
        observed=tracklet.observed,
        contacts=detect_contacts(feet, camera.up(), fps, tracklet.observed),
        camera_trans=motion.root,
        poses_raw=poses,
        trans_raw=trans,
    )


def _joints_and_feet(motion: CameraMotion) -> tuple[Array, Array]:
    """(T, 24, 3) joints and (T, 4, 3) heels and toes, camera frame."""
    posed, markers = motion.pose()
    return posed.positions, markers[:, FOOT_LANDMARKS]


def _soles(motion: CameraMotion, body: Body) -> Array:
    """(T, 4, 3) lowest points of heels and toes, camera frame."""
    posed, _ = motion.pose()
    joint = [JOINT["L_Ankle"], JOINT["L_Ankle"], JOINT["R_Ankle"], JOINT["R_Ankle"]]
    points = sole_points(body, motion.shape.betas)
    return posed.positions[:, joint] + np.einsum("tkab,kb->tka", posed.rotations[:, joint], points)


def _across(up: Array) -> Array:
    """(3, 2) directions across `up`."""
    return world_rotation(up)[:2].T
