# SPDX-License-Identifier: GPL-3.0-or-later
"""The network at work: batches of crops on a device, as large as its memory allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...motion.errors import GhostcapError
from .crops import Squares, cut_crops
from .network import Hmr2, Prediction

Array = NDArray[np.floating]
BATCH: Final = {"cuda": 128, "mps": 16, "cpu": 4}
"""Crops at a time, unless told otherwise: enough to keep a device busy."""


@dataclass
class Work:
    """What the device has done."""

    crops: int = 0
    batches: int = 0
    busy: float = 0.0
    """Seconds the device worked on crops and network."""


@dataclass(frozen=True)
class Answers:
    """What the network said of N crops; NumPy, float32."""

    rotations: Array
    """(N, 24, 3, 3)."""
    betas: Array
    """(N, 10)."""
    camera: Array
    """(N, 3) s, tx, ty."""


class PoseNetwork:
    """A network on its device.

    batch: crops at a time; it becomes smaller by itself when the device's memory does not hold so many.
    compiled: let torch.compile make faster code of it, which takes a minute at first.
    """

    def __init__(self, network: Hmr2, batch: int | None = None, compiled: bool = False) -> None:
        self.network = network
        self.device = next(network.parameters()).device
        self.batch = batch or BATCH.get(self.device.type, BATCH["cpu"])
        self.work = Work()
        self._forward: Callable[[Tensor], Any] = (
            torch.compile(network, dynamic=True) if compiled else network  # type: ignore[assignment] - same signature
        )

    def cut(self, images: Sequence[NDArray[np.uint8]], squares: Sequence[Squares], blur: bool = True) -> Tensor:
        """Crops (N, 3, 256, 256) on the device of all squares of some pictures (H, W, 3) RGB of one size."""
        of_frame = np.repeat(np.arange(len(images)), [len(s.side) for s in squares])
        every = Squares(np.concatenate([s.centre for s in squares]), np.concatenate([s.side for s in squares]))
        if not len(of_frame):
            return torch.empty(0, 3, 256, 256, device=self.device)
        frames = torch.from_numpy(np.stack(images))
        if self.device.type == "cuda":
            frames = frames.pin_memory()
        timer = _Timer(self.device)
        crops = cut_crops(frames.to(self.device, non_blocking=True), of_frame, every, blur)
        self.work.busy += timer.seconds_now() if self.device.type == "cpu" else 0.0
        return crops

    @torch.inference_mode()
    def predict_later(self, crops: Tensor) -> Callable[[], Answers]:
        """Begin; call the result to wait for it. A device that is not the CPU goes on working meanwhile."""
        timer = _Timer(self.device)
        parts: list[Prediction] = []
        done = 0
        while done < len(crops):
            part = crops[done : done + self.batch]
            try:
                parts.append(Prediction(*self._forward(part)))
            except RuntimeError as error:
                self._make_smaller(error)
                continue
            done += len(part)
            self.work.batches += 1
        self.work.crops += len(crops)
        timer.stop()

        def finish() -> Answers:
            if not parts:
                return Answers(np.zeros((0, 24, 3, 3)), np.zeros((0, 10)), np.zeros((0, 3)))
            arrays = [torch.cat(values).cpu().numpy() for values in zip(*parts, strict=True)]
            self.work.busy += timer.seconds()
            return Answers(*arrays)

        return finish

    def predict(self, crops: Tensor) -> Answers:
        """Crops (N, 3, 256, 256) on the device -> answers."""
        return self.predict_later(crops)()

    def _make_smaller(self, error: RuntimeError) -> None:
        if not is_out_of_memory(error):
            raise error
        if self.batch == 1:
            raise GhostcapError(
                f"The memory of {self.device} does not hold the network and one crop.",
                "Close other programs that use it, or give --device cpu.",
                "no_gpu_memory",
            ) from error
        self.batch = max(1, self.batch // 2)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device's memory did not suffice: CUDA's and ROCm's own error, or what MPS and the CPU say."""
    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in said or "can't allocate memory" in said


@dataclass
class _Timer:
    """Seconds of work on a device, measured there where it works beside us."""

    device: torch.device
    _start: Any = field(init=False)
    _end: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.device.type == "cuda":
            self._start = torch.cuda.Event(enable_timing=True)
            self._start.record()
        else:
            self._start = time.perf_counter()

    def stop(self) -> None:
        if self.device.type == "cuda":
            self._end = torch.cuda.Event(enable_timing=True)
            self._end.record()
        else:
            self._end = time.perf_counter()

    def seconds(self) -> float:
        if self.device.type == "cuda":
            self._end.synchronize()
            return float(self._start.elapsed_time(self._end)) / 1000
        # MPS works on after the call and has no such events: until the answer is there.
        return (time.perf_counter() if self.device.type == "mps" else self._end) - self._start

    def seconds_now(self) -> float:
        self.stop()
        return self.seconds()
