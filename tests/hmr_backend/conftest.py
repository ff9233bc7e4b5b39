# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip nobody has to download: the mannequin walks through a room that our own painter draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ghostcap.hmr_backend.blazepose import Estimator
from ghostcap.hmr_backend.blender import find_blender
from ghostcap.hmr_backend.mannequin import mannequin_body, sole_height
from ghostcap.hmr_backend.models import ensure_models
from ghostcap.hmr_backend.painter import Surface, View, paint_floor, paint_surfaces
from ghostcap.hmr_backend.preview import encode_video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.sample import ensure_sample_clip
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


def write_clip(path: Path, images: Iterable[np.ndarray], times: Iterable[float], pixel_format: str = "yuv420p") -> None:
    """A video with its own time in seconds for each picture; yuv444p takes odd sizes."""
    with av.open(str(path), "w") as container:
        stream = None
        for image, time in zip(images, times, strict=False):
            if stream is None:
                stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "18"})
                stream.height, stream.width, stream.pix_fmt = image.shape[0], image.shape[1], pixel_format
                stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def clip_writer() -> Callable[..., None]:
    """`write_clip`, for test files: they can't import this one."""
    return write_clip


@pytest.fixture(scope="session")
def pictures() -> list[np.ndarray]:
    """The walk's 25 pictures, 361 rows and 481 columns."""
    return list(paint_walk(range(25)))


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of one second, one person, 480 x 360."""
    path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    encode_video(path, paint_walk(range(25)), FPS)
    return path


@pytest.fixture(scope="session")
def blender() -> Path:
    """A Blender, or a Python that has bpy; scripts/test.py makes one where there is none."""
    try:
        return find_blender(None).program
    except GhostcapError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def models() -> None:
    """The built-in estimator's models are on this machine; without them and without a network a test is skipped."""
    try:
        ensure_models(Silent(), offline=True)
    except GhostcapError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def sample_clip() -> Path:
    """Sports2D's demo; without it and without a network a test is skipped."""
    try:
        return ensure_sample_clip(Silent())
    except GhostcapError as error:
        if error.code != "no_network":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def estimator() -> Iterator[Estimator]:
    """The built-in estimator; without its models and without a network a test is skipped."""
    try:
        files = ensure_models(Silent())
    except GhostcapError as error:
        if error.code != "no_network":
            raise
        pytest.skip(str(error))
    estimator = Estimator(replace(files, heavy=None), threads=2)
    yield estimator
    estimator.close()
