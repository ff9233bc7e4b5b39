# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens ahead of the network, in threads of its own: frames in, batches of crops out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..observations import Frame, Video
from ..phalp.appearance import look_of_boxes
from .chunks import Chunk, Loader, in_chunks
from .crops import Squares, squares_around
from .detectors import SMALLEST, Boxes, Detector
from .inference import PoseNetwork, memory_told
from .prefetch import read_ahead

Array = NDArray[np.floating]
CHUNK_BYTES: Final = 100e6
"""Of pictures that are looked at together; on a GPU twice as many."""
CHUNK_FRAMES: Final = 32
"""The same. What there is to do is soon done there, and to begin it takes the time."""
FIRST_BATCH: Final = 16
"""Crops; then twice as many, up to the network's batch."""


@dataclass(frozen=True)
class Looked:
    """A frame, as the thread ahead leaves it."""

    index: int
    boxes: Boxes
    squares: Squares
    looks: Array | None


@dataclass(frozen=True)
class Batch:
    """Frames with enough crops for the network, or the last ones."""

    looked: list[Looked]
    crops: torch.Tensor
    ready: Any
    """What the network's stream waits for."""
    state: dict[str, NDArray[Any]]
    """The detector's, after these frames."""


@dataclass
class Ahead:
    """The thread ahead: frames in, batches out; and what it took."""

    video: Video
    detector: Detector
    network: PoseNetwork
    blur: bool
    appearance: bool
    keep_state: bool
    seconds: dict[str, float] = field(default_factory=lambda: {"decode": 0.0, "detect": 0.0, "crop": 0.0})

    def batches(self, frames: Iterable[Frame], first: int) -> Iterator[Batch]:
        """Batches from frame `first` on; frames before it are only remembered."""
        loader = Loader(device_ahead(self.network.device))
        size = chunk_size(
            self.video, self.network.batch, self.detector.group, 2 if self.network.device.type == "cuda" else 1
        )
        looked: list[Looked] = []
        crops: list[torch.Tensor] = []
        # Small batches first: the network would wait for the first large one.
        enough = min(FIRST_BATCH, self.network.batch)
        # Decoding, copying and detection each in a thread of its own.
        chunks = read_ahead((self._load(loader, some) for some in in_chunks(self._wanted(frames, first), size)), 1)
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

    def _load(self, loader: Loader, frames: Sequence[Frame]) -> Chunk:
        with memory_told(self.network.device):
            return loader.load(frames)

    def _look_at(self, loader: Loader, chunk: Chunk) -> tuple[list[Looked], torch.Tensor]:
        """Detect people and cut them out; the pictures themselves are let go."""
        with loader.own_stream(), memory_told(self.network.device):
            boxes = self._timed_call("detect", lambda: self.detector.look(chunk))
            looked = [self._look(frame, found) for frame, found in zip(chunk.frames, boxes, strict=True)]
            squares = [look.squares for look in looked]
            return looked, self._timed_call("crop", lambda: self.network.cut(chunk.pictures, squares, self.blur))

    def _batch(self, loader: Loader, looked: list[Looked], crops: list[torch.Tensor]) -> Batch:
        with loader.own_stream(), memory_told(self.network.device):
            every = torch.cat(crops) if len(crops) > 1 else crops[0]
            state = dict(self.detector.state(looked[-1].index + 1)) if self.keep_state else {}
            return Batch(looked, every, loader.hand_over([every]), state)

    def _wanted(self, frames: Iterable[Frame], first: int) -> Iterator[Frame]:
        for frame in frames:
            if frame.index < first:
                self.detector.remember(frame)
            else:
                yield frame

    def _look(self, frame: Frame, found: Boxes) -> Looked:
        boxes = _worthwhile(found, frame.image.shape[1], frame.image.shape[0])
        looks = look_of_boxes(frame.image, boxes.box) if self.appearance else None
        return Looked(frame.index, boxes, squares_around(boxes.box), looks)

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


def device_ahead(device: torch.device) -> torch.device:
    """Where threads ahead of a network on this device work: Metal is for one thread at a time."""
    return torch.device("cpu") if device.type == "mps" else device


def chunk_size(video: Video, batch: int, group: int, times: int = 1) -> int:
    """Frames that are looked at together: so many bytes, no more than a batch, a multiple of the detector's group."""
    fitting = times * CHUNK_BYTES // (video.width * video.height * 3)
    size = int(np.clip(fitting, 1, min(times * CHUNK_FRAMES, batch)))
    return max(1, size // group) * group


def _worthwhile(boxes: Boxes, width: int, height: int) -> Boxes:
    """Without boxes that are too small, off the picture or not finite."""
    box = np.asarray(boxes.box, dtype=float).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        inside = np.minimum(box[:, 2:], [width, height]) - np.maximum(box[:, :2], 0)
        good = np.isfinite(box).all(axis=1) & (inside > SMALLEST / 4).all(axis=1) & (box[:, 3] - box[:, 1] >= SMALLEST)
    return Boxes(box[good], np.asarray(boxes.score, dtype=float)[good])
