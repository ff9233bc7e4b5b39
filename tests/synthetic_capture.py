# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures made of arrays: a person of boxes who walks a curve, somersaults and turns a cartwheel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ghostcap.motion.body import Body, write_body
from ghostcap.motion.camera import Camera
from ghostcap.motion.capture import Capture, Track, TrackRow, VideoInfo, write_capture, write_track
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rig import WORLD_FROM_SMPL
from ghostcap.motion.root_motion import rotation_about_z
from ghostcap.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle
from ghostcap.motion.skeleton import BONES, JOINT, JOINT_NAMES

_LEFT = {
    "Hip": (0.07, -0.09, 0.0), "Knee": (0.10, -0.47, 0.0), "Ankle": (0.09, -0.87, -0.04), "Foot": (0.11, -0.93, 0.08),
    "Collar": (0.08, 0.42, -0.02), "Shoulder": (0.17, 0.45, -0.03), "Elbow": (0.43, 0.44, -0.05),
    "Wrist": (0.68, 0.44, -0.05), "Hand": (0.76, 0.43, -0.05),
}  # fmt: skip
_MIDDLE = {
    "Pelvis": (0.0, 0.0, 0.0), "Spine1": (0.0, 0.11, -0.02), "Spine2": (0.0, 0.25, 0.0), "Spine3": (0.0, 0.30, 0.0),
    "Neck": (0.0, 0.52, -0.03), "Head": (0.0, 0.60, 0.02),
}  # fmt: skip
BODY_HEIGHT = 1.75
"""Metres from the soles to the top of the head box at rest."""


def synthetic_body() -> Body:
    """A box along each bone and one as the head. The first beta makes everything one per cent larger."""
    joints = np.array([_rest_joint(name) for name in JOINT_NAMES])
    ends = [(a, joints[a], joints[b]) for a, b in BONES]
    top = joints[JOINT["L_Foot"], 1] - 0.03 + BODY_HEIGHT
    head = joints[JOINT["Head"]]
    ends.append((JOINT["Head"], head, np.array([head[0], top - 0.03, head[2]])))
    boxes = [_box(start, end) for _, start, end in ends]
    vertices = np.concatenate(boxes)
    index = np.repeat([joint for joint, _, _ in ends], 8)
    faces = np.concatenate([_BOX_FACES + 8 * number for number in range(len(ends))])
    vertex_dirs, joint_dirs = np.zeros((*vertices.shape, 10)), np.zeros((*joints.shape, 10))
    vertex_dirs[..., 0], joint_dirs[..., 0] = 0.01 * vertices, 0.01 * joints
    skin_index = np.stack([index, np.zeros_like(index)], -1).astype(np.int16)
    skin_weight = np.tile([1.0, 0.0], (len(vertices), 1))
    return Body(vertices, vertex_dirs, faces, skin_index, skin_weight, joints, joint_dirs)


def synthetic_track(
    kind: str = "walk", frames: int = 60, fps: float = 60.0, first: int = 0, beta: float = 0.0
) -> Track:
    """One person: "walk" along a curve, "somersault" (backwards), "cartwheel", or "stand" in T-pose."""
    time = np.linspace(0.0, 1.0, frames)
    heading, lean = np.zeros(frames), np.tile(np.eye(3), (frames, 1, 1))
    pelvis = np.tile([0.4, 2.0, 0.96], (frames, 1))
    poses = np.zeros((frames, 24, 3))
    swing = np.sin(2 * np.pi * frames / fps * time) * 0.5
    if kind != "stand":
        poses[:, JOINT["L_Hip"], 0], poses[:, JOINT["R_Hip"], 0] = -swing, swing
        poses[:, JOINT["L_Knee"], 0] = poses[:, JOINT["R_Knee"], 0] = 0.3 + 0.3 * np.abs(swing)
        poses[:, JOINT["L_Shoulder"], 2], poses[:, JOINT["R_Shoulder"], 2] = -1.1, 1.1
        poses[:, JOINT["L_Elbow"], 1], poses[:, JOINT["R_Elbow"], 1] = -0.8 - swing, 0.8 - swing
        poses[:, JOINT["Head"], 1] = 0.4 * swing
    if kind == "walk":
        heading = 0.4 + 2.5 * time
        pelvis[:, :2] += np.stack([1.5 * time, 0.5 * np.sin(3 * time)], -1)
        pelvis[:, 2] += 0.02 * np.sin(25 * time)
    elif kind in ("somersault", "cartwheel"):
        angle = 2 * np.pi * np.clip((time - 0.25) * 2, 0, 1)
        heading += 0.8
        axis = [-1.0, 0.05, 0.0] if kind == "somersault" else [0.05, 1.0, 0.0]
        lean = matrix_from_axis_angle(angle[:, None] * np.array(axis) / np.linalg.norm(axis))
        pelvis[:, 0] += 0.8 * time
        pelvis[:, 2] += 0.6 * np.sin(angle / 2)
    poses[:, 0] = axis_angle_from_matrix(rotation_about_z(heading) @ lean @ WORLD_FROM_SMPL)

    body = synthetic_body()
    betas = np.zeros(10)
    betas[0] = beta
    rest = body.rest_joints(betas)
    poses, trans = poses.reshape(frames, 72), pelvis - rest[0]
    joints = pose_from_axis_angle(poses, rest, trans).positions
    return Track(
        frame=np.arange(first, first + frames), poses=poses, trans=trans, betas=betas, mocap_framerate=fps,
        joints=joints, keypoints_2d=np.full((frames, 33, 3), np.nan), bbox=np.zeros((frames, 4)),
        confidence=np.ones(frames), observed=np.ones(frames, dtype=bool), contacts=np.zeros((frames, 4)),
        camera_trans=np.zeros((frames, 3)), poses_raw=poses, trans_raw=trans,
    )  # fmt: skip


def write_synthetic_capture(folder: Path, *tracks: Track, video: str = "dance.mp4", body: Body | None = None) -> Path:
    """A capture folder as the backend writes it; the first track is the recommended one."""
    folder.mkdir(parents=True)
    fps = tracks[0].mocap_framerate if tracks else 30.0
    frames = max((int(track.frame[-1]) + 1 for track in tracks), default=1)
    rows = []
    for number, track in enumerate(tracks, start=1):
        write_track(folder / f"track_{number:03d}.npz", track)
        rows.append(
            TrackRow(
                id=number,
                frames=len(track.frame),
                first=int(track.frame[0]),
                last=int(track.frame[-1]),
                coverage=1.0,
                confidence=0.9,
                file=f"track_{number:03d}.npz",
                thumbnail="",
                recommended=number == 1,
            )
        )
    info = VideoInfo(video, "0" * 64, frames, fps, 640, 480)
    write_body(folder / "body.npz", body or synthetic_body())
    write_capture(folder, Capture(info, "synthetic", "1", Camera(800.0, 640, 480), tracks=tuple(rows)))
    return folder


def _rest_joint(name: str) -> tuple[float, float, float]:
    if name in _MIDDLE:
        return _MIDDLE[name]
    x, y, z = _LEFT[name[2:]]
    return (x if name[0] == "L" else -x), y, z


_BOX_FACES = np.array([
    [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4],
    [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5],
])  # fmt: skip


def _box(start: np.ndarray, end: np.ndarray, half: float = 0.03) -> np.ndarray:
    low, high = np.minimum(start, end) - half, np.maximum(start, end) + half
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(8, 3)
    return low + corners * (high - low)


def shaky_track(frames: int = 90) -> Track:
    """The walk with raw poses and places that shake as a single-frame network's do."""
    rng = np.random.default_rng(0)
    track = synthetic_track("walk", frames)
    return replace(
        track,
        poses_raw=track.poses_raw + rng.normal(size=track.poses_raw.shape) * 0.03,
        trans_raw=track.trans_raw + rng.normal(size=track.trans_raw.shape) * 0.02,
    )


def jitter(points: np.ndarray) -> float:
    """Mean third difference of (T, ..., 3) points."""
    return float(np.linalg.norm(np.diff(points, 3, axis=0), axis=-1).mean())
