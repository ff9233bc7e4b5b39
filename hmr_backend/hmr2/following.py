# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip through HMR2: detect, crop, look, and follow who is who. All as a stream, in batches across frames.

Threads decode, detect and cut crops, some batches ahead of the network; nothing of a frame stays but numbers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..observations import Frame, Video
from ..phalp.freezing import freeze, thaw
from ..phalp.tracker import CONFIRMED_AFTER, Candidate, FrameTracks, Tracker
from ..progress import Reporter
from .batches import Ahead, Batch, Looked
from .camera import full_translation, original_focal
from .chunks import take_over
from .detectors import Detector
from .inference import Answers, PoseNetwork
from .prefetch import read_ahead
from .rows import RowStore, Sightings, split_row

Array = NDArray[np.floating]
BATCHES_AHEAD: Final = 2
"""Batches made ahead of the network."""
UNDER_WAY: Final = {"cuda": 2, "mps": 1, "cpu": 0}
"""Batches a device is given before the answers to an earlier one are taken: while people are followed, it works on. The
CPU has finished when the call returns, and somebody waits for progress."""
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
        self._ahead = Ahead(video, detector, network, blur, appearance, store.folder is not None)
        self._following = video.first
        self._before = 0.0

    def follow(self, read: Callable[[int], Iterable[Frame]]) -> Followed:
        """From the first frame, or from where an earlier run was stopped, to the last."""
        self._restore()
        start, busy_before = time.perf_counter(), self._network.work.busy
        # One frame at least, so that a job stopped after the last one has something to read.
        first = max(self._video.first, self._following - max(1, self._detector.memory))
        batches = read_ahead(self._ahead.batches(read(first), self._following), BATCHES_AHEAD)
        starved, saved_at = 0.0, start
        under_way: deque[tuple[Batch, Callable[[], Answers]]] = deque()
        most = UNDER_WAY[self._network.device.type]
        try:
            while True:
                asked = time.perf_counter()
                batch = next(batches, None)
                starved += time.perf_counter() - asked
                if batch is not None:
                    take_over(batch.ready)
                    under_way.append((batch, self._network.predict_later(batch.crops.to(self._network.device))))
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

    def _take(self, batch: Batch, finish: Callable[[], Answers], start: float) -> None:
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

    def _save(self, batch: Batch, start: float) -> None:
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


def _candidates(
    look: Looked, answers: Answers, first: int, last: int, video: Video
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
