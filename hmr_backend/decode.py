# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames from a video, upright and at a constant rate; also from a picture or a folder of pictures.

Frames stream: a few are held at a time, whatever the length of the video.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import av
import av.error
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ..motion.errors import GhostcapError
from . import pictures
from .observations import Frame, Video
from .pictures import focal_from_film

Item = TypeVar("Item")

STANDARD_RATES = (
    12,
    15,
    16,
    24000 / 1001,
    24,
    25,
    30000 / 1001,
    30,
    48,
    50,
    60000 / 1001,
    60,
    100,
    120000 / 1001,
    120,
    200,
    240000 / 1001,
    240,
)
RATE_TOLERANCE = 1e-3
NEAR_GRID = 0.03
MAX_RATE = 1000
DEFAULT_RATE = 30.0
FOCAL_KEY = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
READ_AHEAD = 3


def open_video(path: Path, fps: float | None = None, start: float | None = None, end: float | None = None) -> Video:
    """Look at a video, a picture or a folder of pictures without reading it through.

    fps: frames a second to read it at; by default the file's average rate, or the standard rate within 0.1 % of it.
    start, end: seconds; frame numbers still count from the beginning of the file. Raises GhostcapError with code
    not_found, bad_video (not a video) or no_frames.
    """
    path = Path(path)
    if not path.exists():
        raise GhostcapError(f"{path} does not exist.", "Check the path.", "not_found")
    if fps is not None and not 0 < fps <= MAX_RATE:
        raise GhostcapError(f"{fps} frames a second is not possible.", f"Give a rate up to {MAX_RATE}.", "usage")
    if path.is_dir() or pictures.is_picture(path):
        return _cut(pictures.open_pictures(path, fps), start, end)
    with _opened(path) as container:
        stream = _picture_stream(container, path)
        first = next(_decoded(container, stream, path, None), None)
        if first is None:
            raise GhostcapError(f"{path} holds no picture that can be decoded.", "Check that it plays.", "no_frames")
        rate = fps or _own_rate(stream)
        width, height = _upright_size(first, stream)
        frames = round(_duration(container, stream) * rate)
        video = Video(path, width, height, rate, frames, _focal_px(container, stream, width, height))
    return _cut(video, start, end)


def read_frames(video: Video, warn: Callable[[str], None] | None = None, begin: int | None = None) -> Iterator[Frame]:
    """The frames of a video that `open_video` looked at, numbered from the beginning of the file.

    warn: called with what the user should know. begin: number of the first frame wanted, if not `video.first`.

    Each moment k / fps gets the picture nearest in time, so pictures are repeated or dropped where the rate varies. A
    damaged or truncated file gives the frames there are, and one warning. Decoding goes on in a thread of its own.
    """
    if begin is not None:
        frames = max(0, video.frames - (begin - video.first))
        video = replace(video, first=begin, frames=frames)
    return _read_ahead(_read(video, warn or _say_nothing))


def _own_rate(stream: VideoStream) -> float:
    """The file's average rate, or the rate of the grid its timestamps lie on where that is close.

    A last frame of odd length spoils the average, not the grid.
    """
    average, grid = float(stream.average_rate or 0), float(stream.base_rate or stream.guessed_rate or 0)
    return round_rate(grid if average <= 0 or abs(grid - average) <= NEAR_GRID * average else average)


def _say_nothing(_message: str) -> None:
    """Warn nobody."""


def round_rate(rate: float) -> float:
    """The standard frame rate within 0.1 % of a rate, else the rate itself; a sane one when it makes no sense."""
    if not 0 < rate <= MAX_RATE:
        return DEFAULT_RATE
    nearest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    return nearest if abs(nearest - rate) <= RATE_TOLERANCE * rate else rate


@dataclass(frozen=True)
class Stamped:
    """A picture and when it is shown, in seconds."""

    time: float
    duration: float
    picture: VideoFrame | None


def resample(pictures_in_time: Iterable[Stamped], fps: float, first: int = 0) -> Iterator[tuple[int, Stamped]]:
    """For each k >= first: (k, the picture whose time is nearest to k / fps), up to the end of the last picture.

    Pictures that don't come later than the one before are dropped.
    """
    held: Stamped | None = None
    index = first
    for stamped in pictures_in_time:
        if held is not None:
            if stamped.time <= held.time:
                continue
            while index / fps < (held.time + stamped.time) / 2 - 1e-9:
                yield index, held
                index += 1
        held = stamped
    if held is not None:
        last = held.time + max(held.duration - 0.5 / fps, 0.5 / fps)
        while index / fps < last - 1e-9:
            yield index, held
            index += 1


def _cut(video: Video, start: float | None, end: float | None) -> Video:
    """The part of a video between two times in seconds."""
    if start is None and end is None:
        return video
    first = max(0, round((start or 0) * video.fps))
    until = None if end is None else round(end * video.fps)
    last = min(video.frames or sys.maxsize, sys.maxsize if until is None else until)
    if first >= last:
        lasts = f"It lasts {video.frames / video.fps:.2f} s." if video.frames else ""
        asked = f"from {start or 0:g} s" + ("" if end is None else f" to {end:g} s")
        raise GhostcapError(f"{video.path} has no frames {asked}.", lasts, "no_frames")
    return replace(video, first=first, until=until, frames=last - first if last < sys.maxsize else 0)


def _opened(path: Path) -> InputContainer:
    try:
        return av.open(str(path), mode="r", metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise GhostcapError(
            f"{path} can't be read as a video: {error.strerror}.",
            "Check that it plays, or convert it to MP4.",
            "bad_video",
        ) from error


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise GhostcapError(f"{path} has no pictures, only sound or data.", "Give a video.", "bad_video")
    streams[0].thread_type = "AUTO"
    return streams[0]


def _decoded(
    container: InputContainer, stream: VideoStream, path: Path, warn: Callable[[str], None] | None
) -> Iterator[VideoFrame]:
    """All frames that can be decoded; damage is skipped, and warned of once."""
    packets = container.demux(stream)
    damaged = False
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            if not damaged and warn is not None:
                warn(f"{path.name} is damaged ({error.strerror}); what can be decoded is used.")
            if damaged and isinstance(error, OSError) and not isinstance(error, av.error.InvalidDataError):
                return
            damaged = True
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame):
                yield frame


def _stamps(frames: Iterable[VideoFrame], stream: VideoStream, rate: float) -> Iterator[Stamped]:
    """Give each frame its time since the stream's start; frames without a timestamp follow the one before."""
    origin: float | None = None
    following = 0.0
    for frame in frames:
        base = float(frame.time_base or stream.time_base or 0)
        duration = frame.duration * base if frame.duration else 1 / rate
        time = frame.pts * base if frame.pts is not None and base else None
        if origin is None:
            if stream.start_time is not None and stream.time_base:
                origin = float(stream.start_time * stream.time_base)
            else:
                origin = time or 0.0
        at = following if time is None else time - origin
        following = at + duration
        yield Stamped(at, duration, frame)


def _read(video: Video, warn: Callable[[str], None]) -> Iterator[Frame]:
    if video.path.is_dir() or pictures.is_picture(video.path):
        yield from pictures.read_pictures(video)
        return
    count = video.first
    with _opened(video.path) as container:
        stream = _picture_stream(container, video.path)
        _seek(container, stream, video.first / video.fps - 1)
        stamped = _stamps(_decoded(container, stream, video.path, warn), stream, video.fps)
        # One for all frames: each of its own would begin with new tables and new threads.
        reformatter = VideoReformatter()
        held, image = None, None
        for index, moment in resample(stamped, video.fps, video.first):
            if video.until is not None and index >= video.until:
                break
            if moment is not held or image is None:
                held, image = moment, _upright(moment.picture, video, reformatter)  # type: ignore[arg-type]
            yield Frame(index, image)
            count = index + 1
    if count == video.first:
        raise GhostcapError(f"{video.path} holds no picture that can be decoded.", "Check that it plays.", "no_frames")
    read = count - video.first
    if read < video.frames - max(2, 0.01 * video.frames):
        warn(f"{video.path.name} ends early: {read} of {video.frames} frames could be read.")


def _seek(container: InputContainer, stream: VideoStream, seconds: float) -> None:
    """Go to the last key frame before a time, where the container can; otherwise stay at the beginning."""
    if seconds <= 0 or not stream.time_base:
        return
    try:
        container.seek(int(seconds / stream.time_base) + (stream.start_time or 0), stream=stream)
    except av.error.FFmpegError:
        container.seek(0)


def _duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds the file promises; 0 when it doesn't say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)
    return (container.duration or 0) / av.time_base


def _quarter_turn(frame: VideoFrame) -> int:
    """Degrees to turn a frame by, counterclockwise, 0, 90, 180 or 270."""
    return round(frame.rotation / 90) * 90 % 360


def _upright_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Width and height once shown: with square pixels and the right side up."""
    width, height = round(frame.width * float(stream.sample_aspect_ratio or 1)), frame.height
    return (height, width) if _quarter_turn(frame) in (90, 270) else (width, height)


def _upright(frame: VideoFrame, video: Video, reformatter: VideoReformatter) -> NDArray[np.uint8]:
    """A frame as RGB, turned as its rotation flag says; other sizes (oblong pixels, too) are scaled to the video's."""
    turn = _quarter_turn(frame)
    image = np.asarray(reformatter.reformat(frame, format="rgb24").to_ndarray(), dtype=np.uint8)
    if turn:
        image = np.rot90(image, turn // 90)
    if image.shape[:2] != (video.height, video.width):
        image = cv2.resize(image, (video.width, video.height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image, dtype=np.uint8)


def _focal_px(container: InputContainer, stream: VideoStream, width: int, height: int) -> float | None:
    text = container.metadata.get(FOCAL_KEY) or stream.metadata.get(FOCAL_KEY)
    try:
        focal = float(text) if text else 0.0
    except ValueError:
        return None
    return focal_from_film(focal, width, height) if focal > 0 else None


def _read_ahead(items: Iterator[Item], depth: int = READ_AHEAD) -> Iterator[Item]:
    """The same items, made by a thread that is up to `depth` of them ahead; its errors are raised here."""
    waiting: queue.Queue[Item | _End] = queue.Queue(depth)
    stopped = threading.Event()

    def work() -> None:
        end = _End()
        try:
            for item in items:
                if not _put(waiting, item, stopped):
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the reader, who raises it
            end.error = error
        _put(waiting, end, stopped)

    thread = threading.Thread(target=work, name="decode", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()


class _End:
    """Comes after the last item."""

    error: BaseException | None = None


def _put(waiting: queue.Queue[Item], item: Item, stopped: threading.Event) -> bool:
    """Wait for room; False when nobody reads any more."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False
