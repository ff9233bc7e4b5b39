# SPDX-License-Identifier: GPL-3.0-or-later
"""People made of numbers: a body that walks, seen by a camera that looks down, and real landmarks with their truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.fitting.evidence import METRE
from ghostcap.hmr_backend.fitting.markers import JOINT_OF, OFFSET
from ghostcap.hmr_backend.mannequin import mannequin_body, sole_height
from ghostcap.hmr_backend.observations import Tracklet
from ghostcap.motion.camera import Camera
from ghostcap.motion.kinematics import pose_skeleton
from ghostcap.motion.rotations import matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT

FPS = 30.0
DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True)
class Seen:
    """A motion, and what a perfect network would say of it."""

    tracklet: Tracklet
    camera: Camera
    joints: np.ndarray
    """(T, 24, 3) world."""


def watch(local: np.ndarray, pelvis: np.ndarray, camera: Camera, noise_px: float = 0.0) -> Seen:
    """local (T, 24, 3, 3) with the root in the world, pelvis (T, 3) world."""
    rest = mannequin_body().joints
    posed = pose_skeleton(local, rest, pelvis - rest[0])
    markers = posed.positions[:, JOINT_OF] + np.einsum("tkab,kb->tka", posed.rotations[:, JOINT_OF], OFFSET)
    in_camera = camera.to_camera(markers)
    pixels = camera.project(in_camera)
    random = np.random.default_rng(7)
    pixels = pixels + noise_px * random.standard_normal(pixels.shape)
    world = in_camera - in_camera[:, [23, 24]].mean(axis=1, keepdims=True)
    landmarks = np.concatenate([pixels, np.zeros_like(pixels[..., :1]), np.ones_like(pixels[..., :1])], axis=-1)
    count = len(local)
    bbox = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=-1)
    tracklet = Tracklet(1, np.arange(count), bbox, np.ones(count), landmarks, world / METRE, np.ones(count, dtype=bool))
    return Seen(tracklet, camera, posed.positions)


def walk(count: int = 90, speed: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Somebody who walks across the picture, swinging arms and legs, planting one foot after the other."""
    body = mannequin_body()
    phase = 2 * np.pi * 0.9 * np.arange(count) / FPS
    pose = np.zeros((count, 24, 3))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        swing = sign * np.sin(phase)
        pose[:, JOINT[f"{side}_Hip"], 0] = -0.35 * swing
        pose[:, JOINT[f"{side}_Knee"], 0] = 1.1 * np.maximum(0.0, sign * np.cos(phase))
        pose[:, JOINT[f"{side}_Shoulder"], 2] = -sign * 1.15
        pose[:, JOINT[f"{side}_Elbow"], 1] = -sign * (0.5 + 0.3 * swing)
    local = matrix_from_axis_angle(pose)
    facing = matrix_from_axis_angle([0, 0, np.pi / 2]) @ matrix_from_axis_angle([np.pi / 2, 0, 0])
    local[:, 0] = facing
    # The leg that is straight carries: its foot stays where it is, on the ground, and the body passes over it.
    rest = body.joints
    joints = pose_skeleton(local, rest, np.zeros((count, 3))).positions
    ankles = joints[:, [JOINT["L_Ankle"], JOINT["R_Ankle"]]]
    carries = (np.cos(phase) > 0).astype(int)
    supporting = ankles[np.arange(count), carries]
    same = carries[1:] == carries[:-1]
    step = np.where(same[:, None], -np.diff(supporting, axis=0), 0.0)
    step[~same] = step[same].mean(axis=0)
    path = np.concatenate([np.zeros((1, 3)), np.cumsum(step, axis=0)])
    ankle_height = rest[JOINT["L_Ankle"], 1] - sole_height(body)
    pelvis = joints[:, 0] + path * [speed, speed, 0.0]
    pelvis[:, 2] = joints[:, 0, 2] + ankle_height - supporting[:, 2]
    return local, pelvis + [-1.3, 4.5, 0.0]


@pytest.fixture(scope="session")
def walker() -> Seen:
    """Three seconds of walking, seen by a camera at 2 m that looks down by 15 degrees and is turned by 6."""
    camera = Camera(1400.0, 1280, 720, np.radians(15.0), np.radians(6.0), 2.0)
    return watch(*walk(), camera, noise_px=1.0)


@dataclass(frozen=True)
class Real:
    """One camera's view of a person whose joints were triangulated from four (Pose2Sim's demo, BSD-3-Clause)."""

    tracklet: Tracklet
    width: int
    height: int
    fps: float
    truth: np.ndarray
    """(T, 12, 3)."""
    names: list[str]


def load_real(camera: str) -> Real:
    """Landmarks as BlazePose gave them for that camera."""
    with np.load(DATA / "balance.npz") as data:
        landmarks, world = data[f"{camera}_landmarks"].astype(float), data[f"{camera}_world"].astype(float)
        count = len(landmarks)
        tracklet = Tracklet(
            1, np.arange(count), data[f"{camera}_bbox"].astype(float), data[f"{camera}_score"].astype(float),
            landmarks, world, np.isfinite(landmarks).all(axis=(1, 2)),
        )  # fmt: skip
        width, height = (int(side) for side in data["size"])
        return Real(tracklet, width, height, float(data["fps"]), data["truth"].astype(float),
                    [str(name) for name in data["truth_names"]])  # fmt: skip


@pytest.fixture(scope="session", params=["cam02", "cam04"])
def real(request: pytest.FixtureRequest) -> Real:
    """Two of the four views: from the front, limbs exchanged by the network; from behind, rolled by 26 degrees."""
    return load_real(request.param)
