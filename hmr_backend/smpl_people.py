# SPDX-License-Identifier: GPL-3.0-or-later
"""People whose SMPL parameters are known frame by frame (HMR2, 4D-Humans' files), and their way into the world."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.body import Body
from ..motion.camera import Camera
from ..motion.capture import Track
from ..motion.kinematics import pose_skeleton
from ..motion.rotations import axis_angle_from_matrix, rotation_between, slerp
from ..motion.skeleton import JOINT, LANDMARK
from .fitting import CameraMotion
from .fitting.evidence import gather_evidence
from .fitting.markers import OFFSET
from .fitting.normal import Shape, place_markers
from .fitting.shape import stature
from .observations import Tracklet
from .progress import Reporter

Array = NDArray[np.floating]
MEAN_ROOT: Final = np.array([-0.0018, -0.2233, 0.0282])
"""Metres: about where SMPL's root joint is in the rest pose, where neither the file nor a body tells."""


@dataclass(frozen=True)
class SmplPerson:
    """One person over T consecutive frames, in the camera's frame (x right, y down, z away, metres)."""

    id: int
    frame: NDArray[np.integer]
    """(T,)."""
    bbox: Array
    """(T, 4) x0, y0, x1, y1 px."""
    score: Array
    """(T,) 0..1."""
    rotations: Array
    """(T, 24, 3, 3) relative to the parent, the root's relative to the camera."""
    betas: Array
    """(10,)."""
    root: Array
    """(T, 3) the root joint."""
    observed: NDArray[np.bool_]
    """(T,) false where a gap was bridged."""


def person_from_rows(
    number: int,
    frame: NDArray[np.integer],
    bbox: Array,
    score: Array,
    rotations: Array,
    betas: Array,
    root: Array,
    observed: NDArray[np.bool_],
) -> SmplPerson:
    """One person from N rows in order of their frames; betas (N, 10), the rest as in `SmplPerson`.

    Holes between the frames are bridged: rotations along the shortest way, places in a straight line. One shape serves
    for the whole clip: the median of what was seen.
    """
    every = np.arange(frame[0], frame[-1] + 1)
    after = np.clip(np.searchsorted(frame, every, side="left"), 0, len(frame) - 1)
    before = np.clip(np.searchsorted(frame, every, side="right") - 1, 0, len(frame) - 1)
    span = np.maximum(frame[after] - frame[before], 1)
    way = (every - frame[before]) / span
    given = before == after

    def between(values: Array) -> Array:
        share = way.reshape(-1, *[1] * (values.ndim - 1))
        return (1 - share) * values[before] + share * values[after]

    turned = rotations[before].astype(float)
    gaps = np.flatnonzero(~given)
    turned[gaps] = slerp(rotations[before[gaps]], rotations[after[gaps]], np.repeat(way[gaps, None], 24, axis=1))
    seen = observed if observed.any() else np.ones_like(observed)
    return SmplPerson(
        number,
        every,
        between(bbox),
        np.where(given, score[before], 0.0),
        turned,
        np.median(betas[seen], axis=0),
        between(root),
        given & observed[before],
    )


def camera_motion(
    person: SmplPerson, body: Body, focal_px: float, width: int, height: int, crop_axes: bool = False
) -> CameraMotion:
    """The person as what fitting and grounding work with: landmarks that sit on the body, and the pose itself.

    crop_axes: rotations are relative to the line of sight, as HMR2 sees people in their crops, and are turned from
    there to the camera's axes.
    """
    rest = body.rest_joints(person.betas)
    shape = Shape(person.betas, rest, OFFSET * stature(body, person.betas))
    local = person.rotations.astype(float).copy()
    if crop_axes:
        ahead = np.broadcast_to([0.0, 0.0, 1.0], person.root.shape)
        local[:, 0] = rotation_between(ahead, person.root) @ local[:, 0]
    _, markers = place_markers(local, person.root, shape)
    pixels = Camera(focal_px, width, height).project(markers)
    visibility = np.where(person.observed, 1.0, np.nan)[:, None]
    landmarks = np.concatenate(
        [pixels, np.zeros_like(pixels[..., :1]), np.broadcast_to(visibility[..., None], (*pixels.shape[:2], 1))], -1
    )
    hips = markers[:, [LANDMARK["left_hip"], LANDMARK["right_hip"]]].mean(axis=1, keepdims=True)
    world = np.where(person.observed[:, None, None], markers - hips, np.nan)
    tracklet = Tracklet(person.id, person.frame, person.bbox, person.score, landmarks, world, person.observed)
    by_sight = _to_sight(world, landmarks, focal_px, width, height)
    evidence = gather_evidence(landmarks, by_sight, focal_px, width, height, metre=1.0)
    return CameraMotion(tracklet, shape, evidence, local, person.root.astype(float))


def raw_poses(motion: CameraMotion, camera: Camera, body: Body) -> tuple[Array, Array]:
    """Poses (T, 72) axis-angle and trans (T, 3) in the world, as the motion has them."""
    local = motion.local_rotations.copy()
    local[:, 0] = camera.world_from_camera() @ local[:, 0]
    trans = camera.to_world(motion.root) - body.rest_joints(motion.shape.betas)[0]
    return axis_angle_from_matrix(local).reshape(len(local), -1), trans


def place_people(
    people: list[SmplPerson],
    body: Body,
    focal_px: float,
    width: int,
    height: int,
    fps: float,
    reporter: Reporter,
    crop_axes: bool = False,
    refine: bool = True,
) -> tuple[Camera, list[Track]]:
    """People in the camera's frame -> the camera and tracks in the world, in the order given.

    refine: smooth, and hold the feet on the ground; what was there before stays in `poses_raw` and `trans_raw`.
    """
    from .ground import place_in_world

    motions = [camera_motion(person, body, focal_px, width, height, crop_axes) for person in people]
    camera, tracks = place_in_world(motions, body, focal_px, width, height, fps, reporter, refine=refine)
    out = []
    for motion, track in zip(motions, tracks, strict=True):
        poses, trans = raw_poses(motion, camera, body)
        out.append(dataclasses.replace(track, poses_raw=poses, trans_raw=trans))
    return camera, out


def root_of(betas: Array, body: Body | None) -> Array:
    """J0(betas): SMPL's root joint (..., 3) in the body's own frame for betas (..., 10), metres."""
    if body is None:
        return np.broadcast_to(MEAN_ROOT, (*betas.shape[:-1], 3))
    return body.joints[0] + betas @ body.joint_dirs[0].T


def betas_from_joints(joints: Array, body: Body) -> Array:
    """(10,) betas that give a body the bone lengths of joints (T, 24, 3), NaN where unknown; for users without SMPL."""
    pairs = [
        (JOINT[f"{side}_{a}"], JOINT[f"{side}_{b}"])
        for side in "LR"
        for a, b in (("Hip", "Knee"), ("Knee", "Ankle"), ("Shoulder", "Elbow"), ("Elbow", "Wrist"))
    ] + [(JOINT["L_Hip"], JOINT["R_Hip"]), (JOINT["L_Shoulder"], JOINT["R_Shoulder"]), (0, JOINT["Neck"])]
    child, parent = np.array(pairs).T
    lengths = np.nanmedian(np.linalg.norm(joints[:, child] - joints[:, parent], axis=-1), axis=0)
    betas = np.zeros(10)
    for _ in range(5):
        bones = body.rest_joints(betas)[child] - body.rest_joints(betas)[parent]
        length = np.linalg.norm(bones, axis=-1)
        by_beta = np.einsum("ba,bak->bk", bones / length[:, None], body.joint_dirs[child] - body.joint_dirs[parent])
        known = np.isfinite(lengths)
        rows = by_beta[known] / 0.01
        right = rows.T @ ((lengths - length)[known] / 0.01) - betas
        betas = betas + np.linalg.solve(rows.T @ rows + np.eye(10), right)
    return np.clip(betas, -4, 4)


def posed_joints(person: SmplPerson, body: Body) -> Array:
    """(T, 24, 3) joints in the camera's frame."""
    rest = body.rest_joints(person.betas)
    return pose_skeleton(person.rotations, rest, person.root - rest[0]).positions


def _to_sight(world: Array, landmarks: Array, focal_px: float, width: int, height: int) -> Array:
    """Undo the turn that `gather_evidence` makes for networks that speak of depth along the line of sight."""
    hips = landmarks[:, [LANDMARK["left_hip"], LANDMARK["right_hip"]], :2].mean(axis=1) - [width / 2, height / 2]
    ray = np.concatenate([hips / focal_px, np.ones((len(hips), 1))], axis=1)
    turn = rotation_between(np.broadcast_to([0.0, 0.0, 1.0], ray.shape), ray)
    return np.einsum("tba,tkb->tka", turn, world)
