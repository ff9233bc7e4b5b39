# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip through HMR2: detect, crop, look, and follow who is who. All as a stream, in batches across frames."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..observations import Frame, Video
from ..phalp.tracker import CONFIRMED_AFTER, Candidate, FrameTracks, Tracker
from ..progress import Reporter
from .camera import full_translation, original_focal
from .crops import Squares, squares_around
from .detectors import SMALLEST, Boxes, Detector
from .inference import Answers, PoseNetwork
from .prefetch import read_ahead

Array = NDArray[np.floating]
CHUNK_BYTES: Final = 100e6
"""Of pictures that are cut at once."""
AHEAD: Final = 2
"""Chunks made ahead of the network."""
FIELDS: Final = {"bbox": 4, "score": 1, "rotations": 216, "betas": 10, "camera": 3, "centre": 2, "side": 1}
"""What is kept of a person in a frame, as one row of numbers."""


@dataclass
class Sightings:
    """One person's rows, in order of frames."""

    frame: list[int] = field(default_factory=list)
    rows: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass(frozen=True)
class Followed:
    """Everybody of a clip."""

    people: dict[int, Sightings]
    frames: int
    """Frames that were read."""
    seconds: dict[str, float]
    """Wall time, time the device worked, and time it waited for frames and boxes."""


def split_row(rows: Array) -> dict[str, Array]:
    """Rows (N, 237) -> the arrays of `FIELDS`, each (N, size)."""
    ends = np.cumsum(list(FIELDS.values()))
    return dict(zip(FIELDS, np.split(np.asarray(rows), ends[:-1], axis=-1), strict=True))


def follow_people(
    frames: Iterable[Frame],
    video: Video,
    detector: Detector,
    network: PoseNetwork,
    reporter: Reporter,
    blur: bool = True,
) -> Followed:
    """Everybody in the frames, with ids as PHALP gives them. Raises what `reporter.progress` raises, Cancelled too."""
    # Nobody could be confirmed in a clip of three frames.
    tracker: Tracker[NDArray[np.float32]] = Tracker(min(CONFIRMED_AFTER, max(1, video.frames or CONFIRMED_AFTER)))
    people: dict[int, Sightings] = {}
    count = 0
    start, busy_before = time.perf_counter(), network.work.busy
    chunk = int(np.clip(CHUNK_BYTES // (video.width * video.height * 3), 1, min(64, network.batch)))
    chunks = read_ahead(_in_chunks(detector.detect(frames), chunk), AHEAD)
    waiting = 0.0

    def take(looked: list[_Looked], answers: Answers) -> None:
        nonlocal count
        first = 0
        for look in looked:
            last = first + len(look.boxes.score)
            rows = _rows(look, answers, first, last)
            for done in tracker.step(look.index, _candidates(rows, video)):
                _keep(done, people)
            first = last
            count = look.index + 1 - video.first
            reporter.progress(count, max(video.frames, count))

    pending = None
    try:
        for looked, crops in _batches(chunks, network, blur):
            answer = network.predict_later(crops)
            if pending is not None:
                take(pending[0], pending[1]())
            pending = (looked, answer)
            if network.device.type == "cpu":  # it has finished already, and somebody waits for progress
                take(looked, answer())
                pending = None
        if pending is not None:
            take(pending[0], pending[1]())
    finally:
        chunks.close()  # type: ignore[attr-defined] - a generator
    for done in tracker.finish():
        _keep(done, people)
    wall = time.perf_counter() - start
    busy = network.work.busy - busy_before
    waiting = max(0.0, wall - busy)
    return Followed(people, count, {"wall": wall, "network": busy, "waiting": waiting})


@dataclass(frozen=True)
class _Looked:
    index: int
    boxes: Boxes
    squares: Squares


def _in_chunks(detected: Iterable[tuple[Frame, Boxes]], size: int) -> Iterator[list[tuple[Frame, Boxes]]]:
    chunk: list[tuple[Frame, Boxes]] = []
    for item in detected:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _batches(
    chunks: Iterable[list[tuple[Frame, Boxes]]], network: PoseNetwork, blur: bool
) -> Iterator[tuple[list[_Looked], torch.Tensor]]:
    """Frames until there are enough crops for the network; the pictures themselves are let go at once."""
    looked: list[_Looked] = []
    crops = []
    for chunk in chunks:
        squares = []
        for frame, found in chunk:
            boxes = _worthwhile(found, frame.image.shape[1], frame.image.shape[0])
            squares.append(squares_around(boxes.box))
            looked.append(_Looked(frame.index, boxes, squares[-1]))
        crops.append(network.cut([frame.image for frame, _ in chunk], squares, blur))
        if sum(map(len, crops)) >= network.batch or len(looked) >= 4 * network.batch:
            yield looked, torch.cat(crops)
            looked, crops = [], []
    if looked:
        yield looked, torch.cat(crops)


def _worthwhile(boxes: Boxes, width: int, height: int) -> Boxes:
    """Without boxes that are too small, off the picture or not finite."""
    box = np.asarray(boxes.box, dtype=float).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        inside = np.minimum(box[:, 2:], [width, height]) - np.maximum(box[:, :2], 0)
        good = np.isfinite(box).all(axis=1) & (inside > SMALLEST / 4).all(axis=1) & (box[:, 3] - box[:, 1] >= SMALLEST)
    return Boxes(box[good], np.asarray(boxes.score, dtype=float)[good])


def _rows(look: _Looked, answers: Answers, first: int, last: int) -> NDArray[np.float32]:
    part = slice(first, last)
    rotations = answers.rotations[part].reshape(last - first, 216)
    columns = (
        look.boxes.box, look.boxes.score[:, None], rotations, answers.betas[part], answers.camera[part],
        look.squares.centre, look.squares.side[:, None],
    )  # fmt: skip
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    # A crop the network can't make sense of must not disturb anybody's track.
    return rows[np.isfinite(rows).all(axis=1) & (answers.camera[part, 0] > 0)]


def _candidates(rows: NDArray[np.float32], video: Video) -> list[Candidate[NDArray[np.float32]]]:
    parts = split_row(rows)
    focal = original_focal(video.width, video.height)
    place = full_translation(parts["camera"], parts["centre"], parts["side"][:, 0], video.width, video.height, focal)
    longest = max(video.width, video.height)
    xy = (focal * place[:, :2] / place[:, 2:]) / longest + 0.5
    pose = np.concatenate([parts["rotations"], parts["betas"]], axis=1)
    return [Candidate(xy[k], float(place[k, 2]), pose[k], rows[k].copy()) for k in range(len(rows))]


def _keep(frame: FrameTracks[NDArray[np.float32]], people: dict[int, Sightings]) -> None:
    for slot in frame.slots:
        if slot.since == 0:
            sightings = people.setdefault(slot.id, Sightings())
            sightings.frame.append(frame.index)
            sightings.rows.append(slot.item)
