# SPDX-License-Identifier: GPL-3.0-or-later
"""Consecutive frames at once, with their pictures on the network's device.

On a CUDA device they are copied there by way of memory that the device reads by itself, on a stream of its own: neither
waits for the network, nor the network for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..observations import Frame

_BUFFERS: Final = 2
_COPIERS: Final = 4
"""Threads that copy pictures side by side: one alone does 8 GB a second, 1300 frames of full HD."""


@dataclass(frozen=True)
class Chunk:
    """F consecutive frames."""

    frames: Sequence[Frame]
    pictures: Tensor
    """(F, H, W, 3) RGB bytes on the device."""

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def following(self) -> int:
        """Number of the frame after the last one."""
        return self.frames[-1].index + 1


def in_chunks(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    """Frames, `size` at a time; the last ones are fewer."""
    some: list[Frame] = []
    for frame in frames:
        some.append(frame)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


class Loader:
    """Brings pictures of one size to a device: `load` is for one thread, the rest for another."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._stream: Any = None
        if device.type == "cuda":
            # Before the network's work: what is done here is little, and the network needs it next.
            self._stream = torch.cuda.Stream(device, priority=-1)
            self._copiers = ThreadPoolExecutor(_COPIERS, thread_name_prefix="copy")
            self._buffers: list[tuple[Tensor, Any]] = []
            self._turn = 0

    def own_stream(self) -> AbstractContextManager[Any]:
        """What is done on the device inside does not wait for the network."""
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    def hand_over(self, tensors: Iterable[Tensor]) -> Any:
        """For `take_over` by the network's thread: what it has to wait for."""
        if self._stream is None:
            return None
        network = torch.cuda.default_stream(self.device)
        for tensor in tensors:
            tensor.record_stream(network)
        done = torch.cuda.Event()
        done.record(self._stream)
        return done

    def load(self, frames: Sequence[Frame]) -> Chunk:
        """Frames as a chunk."""
        if self._stream is None:
            return Chunk(frames, torch.from_numpy(np.stack([frame.image for frame in frames])).to(self.device))
        buffer, copied = self._next_buffer(len(frames), frames[0].image)
        with self.own_stream():
            pictures = buffer[: len(frames)]
            rows = pictures.numpy()
            list(self._copiers.map(np.copyto, rows, [frame.image for frame in frames]))
            there = pictures.to(self.device, non_blocking=True)
            copied.record(self._stream)
        return Chunk(frames, there)

    def close(self) -> None:
        """End the threads."""
        if self._stream is not None:
            self._copiers.shutdown()

    def _next_buffer(self, count: int, image: NDArray[np.uint8]) -> tuple[Tensor, Any]:
        if self._buffers and len(self._buffers[0][0]) < count:
            self._buffers.clear()
        while len(self._buffers) < _BUFFERS:
            memory = torch.empty((count, *image.shape), dtype=torch.uint8, pin_memory=True)
            self._buffers.append((memory, torch.cuda.Event()))
        self._turn = (self._turn + 1) % _BUFFERS
        buffer, copied = self._buffers[self._turn]
        copied.synchronize()
        return buffer, copied


def take_over(done: Any) -> None:
    """Before the network works on what another stream made."""
    if done is not None:
        torch.cuda.current_stream().wait_event(done)
