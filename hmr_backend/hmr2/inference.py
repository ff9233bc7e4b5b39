# SPDX-License-Identifier: GPL-3.0-or-later
"""The network at work: batches of crops on a device, as large as its memory allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...motion.errors import GhostcapError
from .crops import Squares, cut_crops
from .network import Hmr2, Prediction
from .sizes import CROP

Array = NDArray[np.floating]
BATCH: Final = {"cuda": 64, "mps": 16, "cpu": 4}
"""Crops at a time, unless told otherwise: enough to keep a device busy (64 are 12,000 tokens)."""


@dataclass
class Work:
    """What the device has done."""

    crops: int = 0
    batches: int = 0
    busy: float = 0.0
    """Seconds the device worked on the network."""


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
    compiled: let torch.compile make faster code of it, which takes a minute at first. Where it can't (no compiler, no
    Triton), `warn` is told, and the network runs as it is.
    """

    def __init__(
        self,
        network: Hmr2,
        batch: int | None = None,
        compiled: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.network = network
        self.device = next(network.parameters()).device
        self.batch = batch or BATCH.get(self.device.type, BATCH["cpu"])
        self.work = Work()
        self._warn = warn
        self._forward: Callable[[Tensor], Any] = (
            torch.compile(network, dynamic=True) if compiled else network  # type: ignore[assignment] - same signature
        )

    def cut(self, pictures: Tensor, squares: Sequence[Squares], blur: bool = True) -> Tensor:
        """Crops (N, 3, 256, 256) of all squares of some pictures (F, H, W, 3), where these are."""
        of_frame = np.repeat(np.arange(len(pictures)), [len(s.side) for s in squares])
        if not len(of_frame):
            return torch.empty(0, 3, CROP, CROP, device=pictures.device)
        every = Squares(np.concatenate([s.centre for s in squares]), np.concatenate([s.side for s in squares]))
        return cut_crops(pictures, of_frame, every, blur)

    @torch.inference_mode()
    def predict_later(self, crops: Tensor) -> Callable[[], Answers]:
        """Begin; call the result to wait for it. A device that is not the CPU goes on working meanwhile."""
        timer = _Timer(self.device)
        parts: list[Tensor] = []
        done = 0
        while done < len(crops):
            answer = self._try(crops[done : done + self.batch])
            if answer is not None:
                parts.append(answer)
                done += len(answer)
                self.work.batches += 1
        self.work.crops += len(crops)
        if not parts:
            return _nobody
        answers = torch.cat(parts)
        if self.device.type == "cuda":
            # Asked for here, before the next batch begins: later the copy would wait for that one, too.
            answers = answers.to("cpu", non_blocking=True)
        timer.stop()

        def finish() -> Answers:
            timer.wait()
            numbers = answers.cpu().numpy()
            self.work.busy += timer.seconds()
            return Answers(numbers[:, :216].reshape(-1, 24, 3, 3), numbers[:, 216:226], numbers[:, 226:])

        return finish

    def predict(self, crops: Tensor) -> Answers:
        """Crops (N, 3, 256, 256) on the device -> answers."""
        return self.predict_later(crops)()

    def _try(self, crops: Tensor) -> Tensor | None:
        """(B, 229) answers in one; None when it is worth another try, with fewer crops perhaps."""
        try:
            return _in_one(Prediction(*self._forward(crops)))
        except RuntimeError as error:
            if self._do_without_compiler(error):
                return None
            if not is_out_of_memory(error):
                raise
            if self.batch == 1:
                raise _too_little(self.device) from error
        # Only now: the error held on to what the network had made so far.
        self._make_smaller()
        return None

    def _do_without_compiler(self, error: RuntimeError) -> bool:
        """Whether that may help."""
        if self._forward is self.network or is_out_of_memory(error) or not _is_of_compiler(error):
            return False
        if self._warn is not None:
            self._warn(f"torch.compile does not work here ({str(error).splitlines()[0]}); going on without.")
        self._forward = self.network
        return True

    def _make_smaller(self) -> None:
        self.batch = max(1, self.batch // 2)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def _in_one(prediction: Prediction) -> Tensor:
    """(B, 229) rotations, betas, camera: one copy takes them off the device."""
    return torch.cat([prediction.rotations.flatten(1), prediction.betas, prediction.camera], dim=1)


def _nobody() -> Answers:
    return Answers(*(np.zeros((0, *shape), np.float32) for shape in ((24, 3, 3), (10,), (3,))))


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device's memory did not suffice: CUDA's and ROCm's own error, or what MPS and the CPU say."""
    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in said or "can't allocate memory" in said


@contextmanager
def memory_told(device: torch.device) -> Iterator[None]:
    """Out of memory inside is an error for the user."""
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise _too_little(device) from error
        raise


def _too_little(device: torch.device) -> GhostcapError:
    if device.type == "cpu":
        return GhostcapError("There is too little memory.", "Close other programs.", "no_memory")
    return GhostcapError(
        f"The memory of {device} does not hold the network, which takes 3 GB with a picture and a crop.",
        "Close other programs that use it, or give --device cpu.",
        "no_gpu_memory",
    )


def _is_of_compiler(error: RuntimeError) -> bool:
    return any(kind.__module__.startswith(("torch._dynamo", "torch._inductor")) for kind in type(error).__mro__)


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

    def wait(self) -> None:
        """Until the device has come to `stop`."""
        if self.device.type == "cuda":
            self._end.synchronize()

    def seconds(self) -> float:
        if self.device.type == "cuda":
            return float(self._start.elapsed_time(self._end)) / 1000
        # MPS works on after the call and has no such events: until the answer is there.
        return (time.perf_counter() if self.device.type == "mps" else self._end) - self._start
