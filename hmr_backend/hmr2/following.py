# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip through HMR2: detect, crop, look, and follow who is who. All as a stream, in batches across frames.

A thread decodes, detects and cuts crops, some batches ahead of the network; nothing of a frame stays but numbers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..observations import Frame, Video
from ..phalp.appearance import look_of_boxes
from ..phalp.freezing import freeze, thaw
from ..phalp.tracker import CONFIRMED_AFTER, Candidate, FrameTracks, Tracker
from ..progress import Reporter
from .camera import full_translation, original_focal
from .chunks import Chunk, Loader, in_chunks, take_over
from .crops import Squares, squares_around
from .detectors import SMALLEST, Boxes, Detector
from .inference import Answers, PoseNetwork, memory_told
from .prefetch import read_ahead
from .rows import RowStore, Sightings, split_row

Array = NDArray[np.floating]
CHUNK_BYTES: Final = 100e6
"""Of pictures that are looked at together."""
CHUNK_FRAMES: Final = 32
FIRST_BATCH: Final = 16
"""Crops; then twice as many, up to the network's batch."""
AHEAD: Final = 2
"""Batches made ahead of the network."""
SAVE_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Followed:
    """Everybody of a clip."""

    people: dict[int, Sightings]
    frames: int
    """Frames that were read."""
    seconds: dict[str, float]
    """wall; network: the device worked in the network; waiting: it did not; starved: the network's thread stood and
    waited for the one ahead; of that one decode (it waited for frames), detect, crop."""


def follow_people(
    read: Callable[[int], Iterable[Frame]],
    video: Video,
    detector: Detector,
    network: PoseNetwork,
    reporter: Reporter,
    *,
    blur: bool = True,
    appearance: bool = False,
    store: RowStore | None = None,
    save_seconds: float = SAVE_SECONDS,
) -> Followed:
    """Everybody in a clip, with ids as PHALP gives them. Raises what `reporter.progress` raises, Cancelled too.

    read: the clip's frames from a number on. appearance: what people wear counts, too. store: where rows go; when it
    has a folder, the state is saved there now and then, and when the job is cancelled; called again, it goes on from
    there with the same result.
    """
    return _Run(video, detector, network, reporter, blur, appearance, store or RowStore(), save_seconds).follow(read)


@dataclass(frozen=True)
class _Looked:
    """A frame, as the thread ahead leaves it."""

    index: int
    boxes: Boxes
    squares: Squares
    looks: Array | None


@dataclass(frozen=True)
class _Batch:
    """Frames with enough crops for the network, or the last ones."""

    looked: list[_Looked]
    crops: torch.Tensor
    ready: Any
    """What the network's stream waits for."""
    state: dict[str, NDArray[Any]]
    """The detector's, after these frames."""


@dataclass
class _Ahead:
    """The thread ahead: frames in, batches out; and what it took."""

    video: Video
    detector: Detector
    network: PoseNetwork
    blur: bool
    appearance: bool
    keep_state: bool
    seconds: dict[str, float] = field(default_factory=lambda: {"decode": 0.0, "detect": 0.0, "crop": 0.0})

    def batches(self, frames: Iterable[Frame], first: int) -> Iterator[_Batch]:
        """Batches from frame `first` on; frames before it are only remembered."""
        loader = Loader(self.network.device)
        size = chunk_size(self.video, self.network.batch, self.detector.group)
        looked: list[_Looked] = []
        crops: list[torch.Tensor] = []
        # Small batches first: the network would wait for the first large one.
        enough = min(FIRST_BATCH, self.network.batch)
        # Decoding, copying and detection each in a thread of its own.
        chunks = read_ahead((loader.load(some) for some in in_chunks(self._wanted(frames, first), size)), 1)
        try:
            for chunk in self._timed("decode", chunks):
                here, cut = self._look_at(loader, chunk)
                looked += here
                crops.append(cut)
                if sum(map(len, crops)) >= enough or len(looked) >= 4 * enough:
                    yield self._batch(loader, looked, crops)
                    looked, crops = [], []
                    enough = min(2 * enough, self.network.batch)
            if looked:
                yield self._batch(loader, looked, crops)
        finally:
            chunks.close()  # type: ignore[attr-defined] - a generator
            loader.close()

    def _look_at(self, loader: Loader, chunk: Chunk) -> tuple[list[_Looked], torch.Tensor]:
        """Detect people and cut them out; the pictures themselves are let go."""
        with loader.own_stream(), memory_told(self.network.device):
            boxes = self._timed_call("detect", lambda: self.detector.look(chunk))
            looked = [self._look(frame, found) for frame, found in zip(chunk.frames, boxes, strict=True)]
            squares = [look.squares for look in looked]
            return looked, self._timed_call("crop", lambda: self.network.cut(chunk.pictures, squares, self.blur))

    def _batch(self, loader: Loader, looked: list[_Looked], crops: list[torch.Tensor]) -> _Batch:
        with loader.own_stream():
            every = torch.cat(crops)
            state = dict(self.detector.state(looked[-1].index + 1)) if self.keep_state else {}
            return _Batch(looked, every, loader.hand_over([every]), state)

    def _wanted(self, frames: Iterable[Frame], first: int) -> Iterator[Frame]:
        for frame in frames:
            if frame.index < first:
                self.detector.remember(frame)
            else:
                yield frame

    def _look(self, frame: Frame, found: Boxes) -> _Looked:
        boxes = _worthwhile(found, frame.image.shape[1], frame.image.shape[0])
        looks = look_of_boxes(frame.image, boxes.box) if self.appearance else None
        return _Looked(frame.index, boxes, squares_around(boxes.box), looks)

    def _timed(self, name: str, items: Iterator[Chunk]) -> Iterator[Chunk]:
        while True:
            item = self._timed_call(name, lambda: next(items, None))
            if item is None:
                return
            yield item

    def _timed_call(self, name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds[name] += time.perf_counter() - start


class _Run:
    """One clip on its way."""

    def __init__(
        self,
        video: Video,
        detector: Detector,
        network: PoseNetwork,
        reporter: Reporter,
        blur: bool,
        appearance: bool,
        store: RowStore,
        save_seconds: float,
    ) -> None:
        self._video, self._detector, self._network, self._reporter = video, detector, network, reporter
        self._store, self._save_seconds = store, save_seconds
        # Nobody could be confirmed in a clip of three frames.
        self._tracker: Tracker[NDArray[np.float32]] = Tracker(
            min(CONFIRMED_AFTER, max(1, video.frames or CONFIRMED_AFTER))
        )
        self._ahead = _Ahead(video, detector, network, blur, appearance, store.folder is not None)
        self._following = video.first
        self._before = 0.0

    def follow(self, read: Callable[[int], Iterable[Frame]]) -> Followed:
        """From the first frame, or from where an earlier run was stopped, to the last."""
        self._restore()
        start, busy_before = time.perf_counter(), self._network.work.busy
        # One frame at least, so that a job stopped after the last one has something to read.
        first = max(self._video.first, self._following - max(1, self._detector.memory))
        batches = read_ahead(self._ahead.batches(read(first), self._following), AHEAD)
        starved, saved_at = 0.0, start
        under_way: deque[tuple[_Batch, Callable[[], Answers]]] = deque()
        # The CPU has finished when the call returns, and somebody waits for progress.
        most = 0 if self._network.device.type == "cpu" else 1
        try:
            while True:
                asked = time.perf_counter()
                batch = next(batches, None)
                starved += time.perf_counter() - asked
                if batch is not None:
                    take_over(batch.ready)
                    under_way.append((batch, self._network.predict_later(batch.crops)))
                while len(under_way) > (most if batch is not None else 0):
                    taken, finish = under_way.popleft()
                    self._take(taken, finish, start)
                    if time.perf_counter() - saved_at > self._save_seconds:
                        self._save(taken, start)
                        saved_at = time.perf_counter()
                if batch is None:
                    break
        finally:
            batches.close()  # type: ignore[attr-defined] - a generator
        for done in self._tracker.finish():
            self._keep(done)
        wall = time.perf_counter() - start
        busy = self._network.work.busy - busy_before
        seconds = {
            "wall": self._before + wall, "network": busy, "waiting": max(0.0, wall - busy), "starved": starved,
        }  # fmt: skip
        count = self._following - self._video.first
        return Followed(self._store.collect(), count, {**seconds, **self._ahead.seconds})

    def _take(self, batch: _Batch, finish: Callable[[], Answers], start: float) -> None:
        """Follow everybody through the batch's frames. When the job is cancelled, what was looked at is kept."""
        answers = finish()
        first, stopped = 0, None
        for look in batch.looked:
            last = first + len(look.boxes.score)
            for done in self._tracker.step(look.index, _candidates(look, answers, first, last, self._video)):
                self._keep(done)
            first, self._following = last, look.index + 1
            try:
                count = self._following - self._video.first
                if stopped is None:
                    self._reporter.progress(count, max(self._video.frames, count))
            except BaseException as error:  # noqa: BLE001 - raised again when the batch is kept
                stopped = error
        if stopped is not None:
            self._save(batch, start)
            raise stopped

    def _keep(self, frame: FrameTracks[NDArray[np.float32]]) -> None:
        for slot in frame.slots:
            if slot.since == 0:
                self._store.add(slot.id, frame.index, slot.item)

    def _save(self, batch: _Batch, start: float) -> None:
        self._store.save(
            {
                "following": self._following,
                "wall": self._before + time.perf_counter() - start,
                **{f"tracker.{name}": value for name, value in freeze(self._tracker).items()},
                **{f"detector.{name}": value for name, value in batch.state.items()},
            }
        )

    def _restore(self) -> None:
        state = self._store.restore()
        if state is None:
            return
        self._following, self._before = int(state["following"]), float(state["wall"])
        thaw(self._tracker, {name[8:]: value for name, value in state.items() if name.startswith("tracker.")})
        self._detector.restore({name[9:]: value for name, value in state.items() if name.startswith("detector.")})


def chunk_size(video: Video, batch: int, group: int) -> int:
    """Frames that are looked at together: so many bytes, no more than a batch, a multiple of the detector's group."""
    size = int(np.clip(CHUNK_BYTES // (video.width * video.height * 3), 1, min(CHUNK_FRAMES, batch)))
    return max(1, size // group) * group


def _worthwhile(boxes: Boxes, width: int, height: int) -> Boxes:
    """Without boxes that are too small, off the picture or not finite."""
    box = np.asarray(boxes.box, dtype=float).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        inside = np.minimum(box[:, 2:], [width, height]) - np.maximum(box[:, :2], 0)
        good = np.isfinite(box).all(axis=1) & (inside > SMALLEST / 4).all(axis=1) & (box[:, 3] - box[:, 1] >= SMALLEST)
    return Boxes(box[good], np.asarray(boxes.score, dtype=float)[good])


def _candidates(
    look: _Looked, answers: Answers, first: int, last: int, video: Video
) -> list[Candidate[NDArray[np.float32]]]:
    part = slice(first, last)
    rotations = answers.rotations[part].reshape(last - first, 216)
    columns = (
        look.boxes.box, look.boxes.score[:, None], rotations, answers.betas[part], answers.camera[part],
        look.squares.centre, look.squares.side[:, None],
    )  # fmt: skip
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    # A crop the network can't make sense of must not disturb anybody's track.
    good = np.isfinite(rows).all(axis=1) & (answers.camera[part, 0] > 0)
    looks = [None] * len(rows) if look.looks is None else [*look.looks]
    parts = split_row(rows)
    focal = original_focal(video.width, video.height)
    place = full_translation(parts["camera"], parts["centre"], parts["side"][:, 0], video.width, video.height, focal)
    with np.errstate(divide="ignore", invalid="ignore"):
        xy = (focal * place[:, :2] / place[:, 2:]) / max(video.width, video.height) + 0.5
    pose = np.concatenate([parts["rotations"], parts["betas"]], axis=1)
    return [Candidate(xy[k], float(place[k, 2]), pose[k], rows[k], looks[k]) for k in np.flatnonzero(good)]
