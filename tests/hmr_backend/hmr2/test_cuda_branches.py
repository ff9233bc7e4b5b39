# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done for a CUDA device only, run on a machine without one.

`Pretended` tensors say that they lie on CUDA and keep their values in the CPU's memory; streams and events are noted.
That shows what Python and torch's dispatcher can refuse: tensors of two devices in one operator, NumPy asked for what
lies on the device, work of one stream used on another that did not wait for it, answers read before they were copied.
It can't show what the driver and the kernels do: speed, memory, precision, an operator that CUDA lacks for a type.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.blazepose_detector import BatchedBlazePose
from ghostcap.hmr_backend.hmr2.chunks import Chunk, Loader, take_over
from ghostcap.hmr_backend.hmr2.crops import Squares, cut_crops
from ghostcap.hmr_backend.hmr2.detectors import Boxes, EachFrame
from ghostcap.hmr_backend.hmr2.devices import choose_device, choose_dtype
from ghostcap.hmr_backend.hmr2.estimator import open_detector
from ghostcap.hmr_backend.hmr2.following import follow_people
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.inference import PoseNetwork
from ghostcap.hmr_backend.hmr2.network import NetworkSize, place_network, random_network
from ghostcap.hmr_backend.models import ensure_models
from ghostcap.hmr_backend.observations import Frame, Video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.settings import CaptureSettings

TINY = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
WIDTH, HEIGHT = 320, 240
CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")
MAY_MIX = {"__getitem__", "__setitem__", "copy_"}
"""Functions that take tensors of two devices."""
LOOKED_AT = {"shape", "dtype", "ndim", "size", "dim", "stride", "requires_grad", "is_floating_point", "__len__", "data"}
"""Known without asking the device."""


class Given(EachFrame):
    """A detector that knows: one person who walks."""

    name = "given"

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The person in each frame."""
        starts = [20.0 + frame.index for frame in chunk.frames]
        return [Boxes(np.array([[x, 40, x + 50, 200]]), np.array([0.9])) for x in starts]


def read(first: int) -> Iterator[Frame]:
    """Noise, another in each frame."""
    for index in range(first, 70):
        yield Frame(index, np.random.default_rng(index).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8))


VIDEO = Video(Path("clip.mp4"), WIDTH, HEIGHT, 25.0, 70)


class Stream:
    """Counts its work, and knows how far it has waited for others."""

    own = threading.local()
    first: ClassVar[Stream]

    def __init__(self, _device: Any = None, priority: int = 0) -> None:
        self.priority, self.done = priority, 0
        self.waited: dict[Stream, int] = {}
        self.copies: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    @classmethod
    def current(cls, _device: Any = None) -> Stream:
        """This thread's."""
        return getattr(cls.own, "stream", cls.first)

    def wait_event(self, event: Event) -> None:
        """What comes now comes after the event."""
        assert event.stream is not None, "an event that was never recorded holds nobody up"
        self.waited[event.stream] = max(self.waited.get(event.stream, 0), event.at)

    def end_copies(self, until: int) -> None:
        """What the device has brought by then is there."""
        for at, target, source in [copy for copy in self.copies if copy[0] <= until]:
            with torch.inference_mode():
                target.copy_(source)
            self.copies.remove((at, target, source))


class Event:
    """A place in a stream."""

    def __init__(self, enable_timing: bool = False) -> None:
        self.timing, self.at, self.over = enable_timing, 0, False
        self.stream: Stream | None = None

    def record(self, stream: Stream | None = None) -> None:
        """Here."""
        self.stream, self.over = stream or Stream.current(), False
        self.at = self.stream.done

    def synchronize(self) -> None:
        """Until the stream has come here; at once where nothing was recorded."""
        if self.stream is not None:
            self.stream.end_copies(self.at)
        self.over = True

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds."""
        assert self.timing
        assert end.timing
        assert self.stream is not None
        assert end.over, "not recorded or not waited for"
        return 1.0


class Pretended(torch.Tensor):
    """A tensor that says it is on CUDA."""

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Pretended:  # noqa: PYI034 - pyright knows no Self here
        """With a shape and no memory of its own."""
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype, device=CUDA)

    def __init__(self, inner: torch.Tensor) -> None:
        self.held, self.stream, self.at = inner, Stream.current(), Stream.current().done
        self.kept_for: set[Stream] = set()

    def check(self, what: str) -> None:
        """That the stream of this thread may use it."""
        stream = Stream.current()
        if self.stream is not stream and self.at:
            assert stream.waited.get(self.stream, 0) >= self.at, f"{what} of what another stream has not finished"
            assert stream in self.kept_for, f"{what} of memory that may be used for something else already"

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run_pretended(func, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{func} came by another way")


class OnCuda(TorchFunctionMode):
    """Catches what makes tensors on CUDA out of nothing or out of the CPU's."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run_pretended(func, args, kwargs or {})


def run_pretended(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:  # noqa: PLR0911 - a case each
    """One function of torch's."""
    name = func.__self__.__name__ if func.__name__ in ("__get__", "__set__") else func.__name__
    flat, shape = tree_flatten((args, kwargs))
    there = [value for value in flat if isinstance(value, Pretended)]
    here = [value for value in flat if isinstance(value, torch.Tensor) and not isinstance(value, Pretended)]
    if name == "_parse_to":
        return func(*args, **kwargs)
    if name == "to":
        device, dtype, non_blocking, layout = torch._C._nn._parse_to(*args[1:], **kwargs)  # type: ignore[attr-defined] - not in the stubs
        return move(args[0], device or args[0].device, dtype, non_blocking, layout)
    made_there = torch.device(kwargs.get("device") or CPU).type == "cuda"
    if not there and not made_there:
        return func(*args, **{**kwargs, "pin_memory": False} if "pin_memory" in kwargs else kwargs)
    if name == "_has_compatible_shallow_copy_type":
        return False
    if name in ("device", "is_cuda"):
        return CUDA if name == "device" else True
    stream = Stream.current()
    if name not in LOOKED_AT:
        for tensor in there:
            tensor.check(name)
    assert name != "numpy", "NumPy can't read what is on the device"
    assert not there or name in MAY_MIX or all(t.ndim == 0 for t in here), f"{name} of two devices"
    if name == "cpu":
        return move(args[0], CPU, None, False, None)
    if name not in LOOKED_AT:
        stream.done += 1
    inner = [value.held if isinstance(value, Pretended) else value for value in flat]
    args_inner, kwargs_inner = tree_unflatten(inner, shape)
    out = func(*args_inner, **{**kwargs_inner, "device": CPU} if made_there else kwargs_inner)
    if name.endswith("_") and (not name.endswith("__") or name in ("__setitem__", "__iadd__")):
        args[0].at = stream.done
        args[0].stream = stream
        return args[0]
    values, shape = tree_flatten(out)
    return tree_unflatten([Pretended(v) if isinstance(v, torch.Tensor) else v for v in values], shape)


def move(
    tensor: torch.Tensor, device: torch.device, dtype: torch.dtype | None, non_blocking: bool, layout: Any
) -> torch.Tensor:
    """Copied at once, or, from the device when nobody waits, once somebody has waited."""
    stream = Stream.current()
    value = tensor.held if isinstance(tensor, Pretended) else tensor
    if dtype is not None or layout is not None:
        value = value.to(dtype or value.dtype, memory_format=layout or torch.preserve_format)
    if device.type == "cuda":
        if value is getattr(tensor, "held", None):
            return tensor
        stream.done += 1
        # Two devices share no memory.
        moved = Pretended(value.clone())
        if not non_blocking and not isinstance(tensor, Pretended):
            moved.at = 0
        return moved
    if not isinstance(tensor, Pretended):
        return value
    tensor.check("copy")
    stream.done += 1
    if not non_blocking:
        stream.end_copies(stream.done)
        return value.clone()
    target = torch.full_like(value, float("nan"))
    stream.copies.append((stream.done, target, value.clone()))
    return target


@contextmanager
def on_stream(stream: Stream) -> Iterator[None]:
    before = Stream.current()
    Stream.own.stream = stream
    try:
        yield
    finally:
        Stream.own.stream = before


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """A pretended device, in all threads."""
    monkeypatch.setattr(Stream, "own", threading.local())
    monkeypatch.setattr(Stream, "first", Stream(), raising=False)
    for name, stub in {
        "is_available": lambda: True,
        "is_bf16_supported": lambda **_: True,
        "empty_cache": lambda: None,
        "_lazy_init": lambda: None,
        "Stream": Stream,
        "Event": Event,
        "stream": on_stream,
        "current_stream": Stream.current,
        "default_stream": lambda _device=None: Stream.first,
    }.items():
        monkeypatch.setattr(torch.cuda, name, stub)
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda tensor, stream: tensor.kept_for.add(stream))
    monkeypatch.setattr(torch.__future__, "_overwrite_module_params_on_conversion", True)
    run = threading.Thread.run

    def run_there(thread: threading.Thread) -> None:
        with OnCuda():
            run(thread)

    monkeypatch.setattr(threading.Thread, "run", run_there)
    with OnCuda():
        yield CUDA


def test_a_clip_from_end_to_end(cuda: torch.device) -> None:
    """Copied, cut, looked at and followed in four threads and two streams: as on the CPU, frame by frame."""
    wanted = follow_people(read, VIDEO, Given(), PoseNetwork(random_network(TINY), batch=6), Silent())
    network = PoseNetwork(place_network(random_network(TINY), cuda, torch.float32), batch=6)
    assert network.device.type == "cuda"
    got = follow_people(read, VIDEO, Given(), network, Silent())
    assert got.people.keys() == wanted.people.keys()
    for number, sightings in wanted.people.items():
        np.testing.assert_array_equal(got.people[number].frame, sightings.frame)
        np.testing.assert_allclose(got.people[number].rows, sightings.rows, atol=2e-3)


def test_the_device_and_its_precision_are_chosen(cuda: torch.device) -> None:
    """Without options an NVIDIA card is used, in the precision that it has hardware for."""
    assert choose_device().type == "cuda"
    assert choose_dtype(cuda) == torch.bfloat16


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_precisions(cuda: torch.device, dtype: torch.dtype) -> None:
    """Crops are float32, the backbone is not, the head is again."""
    network = PoseNetwork(place_network(random_network(TINY), cuda, dtype), batch=2)
    answers = network.predict(torch.randn(3, 3, 256, 256).to(cuda))
    assert answers.rotations.dtype == np.float32
    assert np.isfinite(answers.rotations).all()


def test_an_answer_does_not_wait_for_the_next_batch(cuda: torch.device) -> None:
    """Otherwise the device stands while people are followed, and a fast card is no faster than a slow one."""
    network = PoseNetwork(place_network(random_network(TINY), cuda, torch.float32))
    first = network.predict_later(torch.randn(2, 3, 256, 256).to(cuda))
    network.predict_later(torch.randn(2, 3, 256, 256).to(cuda))
    begun = Stream.current().done
    assert np.isfinite(first().rotations).all()
    assert Stream.current().done == begun


def test_too_little_memory_halves_the_batch(cuda: torch.device) -> None:
    """What the device was about to make is let go before the next try."""
    network = PoseNetwork(place_network(random_network(TINY), cuda, torch.float32), batch=8)
    forward, kept = network._forward, []

    def small_card(crops: torch.Tensor) -> Any:
        if len(crops) > 2:
            large = Memory()
            kept.append(large.alive)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        assert not any(alive["now"] for alive in kept)
        return forward(crops)

    network._forward = small_card
    assert len(network.predict(torch.randn(5, 3, 256, 256).to(cuda)).betas) == 5
    assert network.batch == 2


class Memory:
    """Tells when it is let go."""

    def __init__(self) -> None:
        self.alive = {"now": True}

    def __del__(self) -> None:
        self.alive["now"] = False


def test_crops_plain_and_blurred(cuda: torch.device) -> None:
    """Numbers that say where to cut go to the device, and the same pixels come back."""
    random = np.random.default_rng(1)
    frames = torch.from_numpy(random.integers(0, 255, (3, 700, 900, 3), dtype=np.uint8))
    sides = random.uniform(100, 1500, 20).astype(np.float32)
    squares = Squares(random.uniform(-100, 900, (20, 2)).astype(np.float32), sides)
    of_frame = random.integers(0, 3, 20)
    wanted = cut_crops(frames, of_frame, squares)
    torch.testing.assert_close(cut_crops(frames.to(cuda), of_frame, squares).cpu(), wanted, atol=1e-5, rtol=0)


def test_chunks_of_different_sizes_share_their_buffers(cuda: torch.device) -> None:
    """The last chunk is shorter, and a longer one may follow; each has its own pictures."""
    loader = Loader(cuda)
    for count in (4, 2, 4, 6, 1):
        frames = [Frame(k, np.full((8, 8, 3), 10 * count + k, np.uint8)) for k in range(count)]
        chunk = loader.load(frames)
        take_over(loader.hand_over([chunk.pictures]))
        assert chunk.pictures.device.type == "cuda"
        assert chunk.pictures[:, 0, 0, 0].cpu().tolist() == [10 * count + k for k in range(count)]
    loader.close()


def test_the_built_in_detector(cuda: torch.device, models: None, sample_clip: Any) -> None:
    """It is the batched one, and finds on the device whom it finds on the CPU."""
    clip = open_video(sample_clip)
    frames = [frame for frame, _ in zip(read_frames(clip), range(3), strict=False)]
    detector = open_detector(CaptureSettings(estimator="hmr2"), clip, cuda, Silent(), None, True)
    assert isinstance(detector, BatchedBlazePose)
    loader = Loader(cuda)
    chunk = loader.load(frames)
    with loader.own_stream():
        there = detector.look(chunk)
    loader.close()
    here = BatchedBlazePose(ensure_models(Silent(), offline=True), CPU).look(Loader(CPU).load(frames))
    for one, other in zip(there, here, strict=True):
        # The order of pixels in memory is another; somebody hardly to be seen may come or go by that.
        np.testing.assert_allclose(one.box[0], other.box[0], atol=0.5)
