# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview: the clip with the skeletons drawn over it, beside the bodies in the room, as a video and a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ..motion.archive import written_whole
from ..motion.capture import Capture, Track, read_capture, read_capture_body, read_tracks
from ..motion.errors import GhostcapError
from .observations import Frame
from .overlay import draw_people
from .progress import Reporter
from .stage_view import Stage, set_stage

Image = NDArray[np.uint8]
MOMENTS = 4
_MOMENT_WIDTH = 480
_GAP = 4


@dataclass(frozen=True)
class _Scene:
    capture: Capture
    tracks: dict[int, Track]
    stage: Stage
    size: tuple[int, int]
    """Width and height the clip's frames are drawn at."""


def write_preview(folder: Path, frames: Iterable[Frame], video: Path, picture: Path, reporter: Reporter) -> None:
    """Draw the capture in `folder` over its own `frames`, read with the capture's settings, from the first on.

    Writes an MP4 (H.264, the capture's frame rate) and a picture (PNG or JPEG) of four moments of the main person.
    Both are written whole or not at all. CaptureError for a damaged capture, GhostcapError when the files can't be
    written.
    """
    scene = _read_scene(folder)
    moments = choose_moments(scene.tracks[scene.capture.recommended().id], MOMENTS)
    kept: dict[int, Image] = {}

    def pictures() -> Iterator[Image]:
        total = scene.capture.video.frames
        for done, frame in enumerate(frames, 1):
            panes = _draw_panes(scene, frame)
            if frame.index in moments:
                kept[frame.index] = _draw_moment(scene, frame)
            reporter.progress(done, total)
            yield np.hstack(panes)

    with written_whole(video) as temporary:
        encode_video(temporary, pictures(), scene.capture.video.fps)
    if kept:
        write_picture(picture, np.hstack(_with_gaps([kept[index] for index in sorted(kept)])))


def choose_moments(track: Track, count: int) -> list[int]:
    """Frame numbers spread over the frames in which the person was seen."""
    seen = track.frame[track.observed]
    if not len(seen):
        seen = track.frame
    if len(seen) <= count:
        return [int(frame) for frame in seen]
    return [int(seen[round(share * (len(seen) - 1))]) for share in np.linspace(0.06, 0.94, count)]


def encode_video(path: Path, images: Iterable[Image], fps: float) -> None:
    """Write RGB pictures (H, W, 3) of one size as H.264; odd sizes lose a row or a column."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = None
        for image in images:
            height, width = (side - side % 2 for side in image.shape[:2])
            if stream is None:
                rate = Fraction(fps).limit_denominator(100_000)
                stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            picture = np.ascontiguousarray(image[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        if stream is not None:
            container.mux(stream.encode(None))


def write_picture(path: Path, image: Image) -> None:
    """Write an RGB picture; the kind follows from the name. Works for names OpenCV can't open on Windows."""
    good, data = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not good:
        raise GhostcapError(f"{path} can't be written as a picture.")
    with written_whole(path) as temporary:
        temporary.write_bytes(data.tobytes())


def fit_size(width: int, height: int, limit_width: int, limit_height: int) -> tuple[int, int]:
    """The largest even size of the same shape within limits."""
    scale = min(limit_width / width, limit_height / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _read_scene(folder: Path) -> _Scene:
    capture = read_capture(folder)
    tracks = read_tracks(folder, capture)
    main = capture.recommended().id
    height = 540 if capture.video.width >= capture.video.height else 720
    size = fit_size(capture.video.width, capture.video.height, 1280, height)
    stage = set_stage(read_capture_body(folder), tracks, main, height)
    return _Scene(capture, tracks, stage, size)


def _draw_panes(scene: _Scene, frame: Frame) -> list[Image]:
    """The clip's frame with its people, padded to the height of the room, and the room."""
    left = draw_people(_resize(frame.image, scene.size), frame.index, scene.tracks, scene.capture.camera)
    missing = scene.stage.height - left.shape[0]
    if missing > 0:
        left = np.pad(left, ((missing // 2, missing - missing // 2), (0, 0), (0, 0)))
    return [left, scene.stage.draw(frame.index)]


def _draw_moment(scene: _Scene, frame: Frame) -> Image:
    """One column of the picture: the frame above the room."""
    width, height = scene.size
    size = fit_size(width, height, _MOMENT_WIDTH, _MOMENT_WIDTH)
    upper = draw_people(_resize(frame.image, size), frame.index, scene.tracks, scene.capture.camera)
    side = _MOMENT_WIDTH - size[0]
    upper = np.pad(upper, ((0, _GAP), (side // 2, side - side // 2), (0, 0)))
    lower = _resize(scene.stage.draw(frame.index, fine=True), (_MOMENT_WIDTH, _MOMENT_WIDTH))
    return np.vstack([upper, lower])


def _with_gaps(columns: list[Image]) -> list[Image]:
    gap = np.zeros((columns[0].shape[0], _GAP, 3), dtype=np.uint8)
    return [part for column in columns for part in (gap, column)][1:]


def _resize(image: Image, size: tuple[int, int]) -> Image:
    if (image.shape[1], image.shape[0]) == size:
        return image.copy()
    # Down to a half, two by two pixels are all there is to average, and that is five times as quick.
    method = cv2.INTER_AREA if image.shape[1] > 2.2 * size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
