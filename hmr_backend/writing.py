# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a capture folder: a track and a thumbnail for each person, the body, and last capture.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..motion.archive import written_whole
from ..motion.body import Body, write_body
from ..motion.capture import Capture, Track, TrackRow, write_capture, write_track
from .decode import read_frames
from .observations import Video
from .progress import Reporter

_THUMB_HEIGHT = 240
_MARGIN = 0.12


def write_people(
    folder: Path, capture: Capture, tracks: dict[int, Track], main: int, body: Body, video: Video, reporter: Reporter
) -> None:
    """Write everything of a capture into a new folder; `capture` comes without rows, `main` is the recommended id.

    Tracks are written in the order of their ids. Reads the video once more for the thumbnails, only where they are.
    """
    (folder / "thumbs").mkdir(parents=True)
    write_body(folder / "body.npz", body)
    rows = []
    reporter.progress(0, len(tracks))
    for number, track in sorted(tracks.items()):
        row = describe_track(number, track, capture.video.frames, recommended=number == main)
        write_track(folder / row.file, track)
        _write_thumbnail(folder / row.thumbnail, video, track)
        rows.append(row)
        reporter.progress(len(rows), len(tracks))
    write_capture(folder, replace(capture, tracks=tuple(rows)))


def describe_track(number: int, track: Track, video_frames: int, recommended: bool) -> TrackRow:
    """The row of capture.json for a track."""
    seen = int(track.observed.sum())
    return TrackRow(
        id=number,
        frames=len(track.frame),
        first=int(track.frame[0]),
        last=int(track.frame[-1]),
        coverage=round(seen / max(video_frames, 1), 4),
        confidence=round(float(track.confidence[track.observed].mean()) if seen else 0.0, 4),
        file=f"track_{number:03d}.npz",
        thumbnail=f"thumbs/{number:03d}.jpg",
        recommended=recommended,
    )


def choose_thumbnail(track: Track) -> int:
    """Row of the first frame that shows the person about as well as any: sure, large, and the whole of them.

    The first, because videos are read from the beginning.
    """
    size = track.bbox[:, 3] - track.bbox[:, 1]
    worth = np.where(track.observed & np.isfinite(size), track.confidence * size, -1.0)
    return int(np.argmax(worth >= 0.85 * worth.max()))


def _write_thumbnail(path: Path, video: Video, track: Track) -> None:
    row = choose_thumbnail(track)
    number = int(track.frame[row])
    frames = read_frames(replace(video, first=number, frames=1, until=number + 1))
    image = cut_out(next(frames).image, track.bbox[row])
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    with written_whole(path) as temporary:
        temporary.write_bytes(data.tobytes())


def cut_out(image: NDArray[np.uint8], box: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A box (x0, y0, x1, y1) of a picture with some margin, at most 240 px tall; the whole picture without a box."""
    height, width = image.shape[:2]
    if np.isfinite(box).all():
        margin = _MARGIN * max(box[2] - box[0], box[3] - box[1])
        x0, y0 = np.clip(np.floor(box[:2] - margin), 0, [width - 1, height - 1]).astype(int)
        x1, y1 = np.clip(np.ceil(box[2:] + margin), [x0 + 1, y0 + 1], [width, height]).astype(int)
        image = image[y0:y1, x0:x1]
    scale = _THUMB_HEIGHT / image.shape[0]
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), _THUMB_HEIGHT)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image
