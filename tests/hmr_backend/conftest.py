# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip nobody has to download: the mannequin walks through a room that our own painter draws."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from ghostcap.hmr_backend.mannequin import mannequin_body, sole_height
from ghostcap.hmr_backend.models import ensure_models
from ghostcap.hmr_backend.painter import Surface, View, paint_floor, paint_surfaces
from ghostcap.hmr_backend.preview import encode_video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.kinematics import pose_from_axis_angle
from ghostcap.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle
from ghostcap.motion.skeleton import JOINT

FPS = 25.0


def paint_walk(frames: Iterable[int], width: int = 481, height: int = 361) -> Iterable[np.ndarray]:
    """RGB pictures of the mannequin, 1.7 m tall, walking to the right at 0.8 m/s."""
    body = mannequin_body()
    floor = body.joints[0, 1] - sole_height(body)
    facing = matrix_from_axis_angle([0, 0, np.pi / 3]) @ matrix_from_axis_angle([np.pi / 2, 0, 0])
    view = View(np.array([0.0, 0, 0.85]), 0.0, 0.08, 4.6, width, height, 0.56)
    room = paint_floor(view)
    for frame in frames:
        phase = 2 * np.pi * frame / FPS
        poses = np.zeros((24, 3))
        poses[0] = axis_angle_from_matrix(facing)
        for side, sign in (("L", 1), ("R", -1)):
            swing = sign * np.sin(phase)
            poses[JOINT[f"{side}_Hip"], 0] = -0.5 * swing
            poses[JOINT[f"{side}_Knee"], 0] = 0.4 - 0.4 * swing
            poses[JOINT[f"{side}_Shoulder"], 2] = -sign * 1.1
        trans = np.array([0.8 * frame / FPS - 0.4, 0, floor]) - body.joints[0]
        mesh = body.pose(np.zeros(10), pose_from_axis_angle(poses.reshape(72), body.joints, trans))
        image = room.copy()
        paint_surfaces(image, view, [Surface(mesh, body.faces, (206, 160, 130))])
        yield image


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of one second, one person, 480 x 360."""
    path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    encode_video(path, paint_walk(range(25)), FPS)
    return path


@pytest.fixture(scope="session")
def models() -> None:
    """The built-in estimator's models are on this machine; without them and without a network a test is skipped."""
    try:
        ensure_models(Silent(), offline=True)
    except GhostcapError as error:
        pytest.skip(str(error))
