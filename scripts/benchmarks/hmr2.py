# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast HMR2 is: crops a second of the full-size network, against the way the original runs it, in one run.

    python3 scripts/bench.py hmr2 [--device cuda] [--clip VIDEO ...] [--network-cost MS]

Weights are random: they take the same time as any. The original's way is float32, attention with its softmax written
out, one frame's people at a time, crops cut on the CPU by OpenCV. Ours is batches across frames, crops cut on the
device, in the precision the device is fastest with. Rounds of both take turns.

With --clip videos go through decoding, detection, network and tracking as in a capture, and lines say what each stage
took and how much of the time the device waited for decoding and detection; a clip is read again and again up to
--clip-frames. --network-cost puts a network in the place of the real one that takes so many milliseconds a crop and
nothing of the CPU, and cuts no crops: how a machine without a GPU shows what would wait for what (an H200 takes 0.7).
"""

from __future__ import annotations

import argparse
import copy
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.hmr_backend.hmr2.backbone import Attention, BackboneSize
from ghostcap.hmr_backend.hmr2.chunks import Loader, take_over
from ghostcap.hmr_backend.hmr2.crops import MEAN, STD, Squares, squares_around
from ghostcap.hmr_backend.hmr2.devices import DEVICES, PRECISIONS, choose_device, choose_dtype
from ghostcap.hmr_backend.hmr2.estimator import open_detector
from ghostcap.hmr_backend.hmr2.following import Followed, follow_people
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.inference import BATCH, Answers, PoseNetwork
from ghostcap.hmr_backend.hmr2.network import Hmr2, NetworkSize, place_network, random_network
from ghostcap.hmr_backend.observations import Frame, Video
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.settings import CaptureSettings
from ghostcap.motion.errors import GhostcapError

WIDTH, HEIGHT = 1280, 720
WANTED = {"cuda": 10.0, "mps": 1.3, "cpu": 1.3}
"""Times the original's crops a second, at least."""
CROPS_A_SECOND = 1500.0
"""On an H200 in bf16, at least."""
WAITING = 0.2
"""Share of the time the device may wait for decoding and detection."""
WARM = 128
"""Frames before what is timed, on a GPU: kernels for batches of all sizes are found and loaded."""
TINY = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
GFLOP = 2 * 125.5
"""A crop's work."""


def main(argv: list[str]) -> int:
    """Print both speeds and their ratio; 1 when the ratio is not reached."""
    parser = argparse.ArgumentParser(prog="hmr2", description="HMR2 against the way the original runs it.")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--people", type=int, default=2, metavar="N", help="in a frame (default: %(default)s)")
    parser.add_argument("--frames", type=int, metavar="N", help="a round (default: 512, on a CPU 4)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of each (default: %(default)s)")
    parser.add_argument("--batch", type=int, metavar="N", help="crops at a time (default: by device)")
    parser.add_argument("--compile", action="store_true", help="with torch.compile")
    parser.add_argument("--clip", type=Path, nargs="+", metavar="VIDEO", help="run videos through everything instead")
    parser.add_argument("--clip-frames", type=int, default=0, metavar="N", help="(default: on a GPU 3000, else once)")
    parser.add_argument("--network-cost", type=float, metavar="MS", help="with --clip: a stand-in for the network")
    arguments = parser.parse_args(argv)
    try:
        device = choose_device(arguments.device)
        dtype = choose_dtype(device, arguments.precision)
        name = torch.cuda.get_device_name() if device.type == "cuda" else device.type
        print(f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__}, {dtype}, random weights")
        if arguments.clip and arguments.network_cost is not None:
            idle = StandIn(arguments.network_cost / 1000, arguments.batch or BATCH["cuda"])
            return max([run_clip(clip, idle, arguments.clip_frames) for clip in arguments.clip])
        plain = random_network()
        ours = PoseNetwork(
            place_network(copy.deepcopy(plain), device, dtype), arguments.batch, compiled=arguments.compile, warn=print
        )
        if arguments.clip:
            del plain
            return max(
                [
                    run_clip(clip, ours, arguments.clip_frames or (3000 if device.type == "cuda" else 0))
                    for clip in arguments.clip
                ]
            )
        frames = arguments.frames or (4 if device.type == "cpu" else 512)
        return compare(ours, original(place_network(plain, device, torch.float32)), frames, arguments)
    except GhostcapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def compare(ours: PoseNetwork, theirs: Hmr2, frames: int, arguments: argparse.Namespace) -> int:
    """Rounds of both in turns; the exit code."""
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(8)]
    boxes = [make_boxes(random, arguments.people) for _ in range(frames)]
    images = list(itertools.islice(itertools.cycle(pictures), frames))
    crops = frames * arguments.people
    device = ours.device

    loader = Loader(device)

    def run_ours() -> None:
        step = max(1, ours.batch // arguments.people)
        pending = None
        for first in range(0, frames, step):
            part = slice(first, first + step)
            chunk = loader.load([Frame(first + k, image) for k, image in enumerate(images[part])])
            squares = [squares_around(box) for box in boxes[part]]
            with loader.own_stream():
                cut = ours.cut(chunk.pictures, squares, blur=False)
            take_over(loader.hand_over([cut]))
            answer = ours.predict_later(cut)
            if pending is not None:
                pending()
            pending = answer
        if pending is not None:
            pending()

    def run_theirs() -> None:
        for image, box in zip(images, boxes, strict=True):
            batch = torch.from_numpy(cut_with_opencv(image, squares_around(box))).to(device)
            with torch.inference_mode():
                [value.cpu() for value in theirs(batch)]

    agree(ours, theirs, images[0], squares_around(boxes[0]))
    run_ours()
    seconds: dict[str, list[float]] = {"ours": [], "original": []}
    for _ in range(arguments.rounds):
        seconds["original"].append(timed(run_theirs))
        seconds["ours"].append(timed(run_ours))
    speed = {name: crops / min(values) for name, values in seconds.items()}
    ratio = speed["ours"] / speed["original"]
    for name, value in speed.items():
        rounds = ", ".join(f"{s:.2f}" for s in seconds[name])
        print(f"{name:10}{value:10.2f} crops/s{value * GFLOP / 1000:10.2f} TFLOP/s   seconds a round: {rounds}")
    fine = ratio >= WANTED[device.type]
    print(f"{crops} crops a round; ratio {ratio:.2f}, wanted: at least {WANTED[device.type]:g}: {verdict(fine)}")
    if device.type == "cuda" and "H200" in torch.cuda.get_device_name():
        fast = speed["ours"] >= CROPS_A_SECOND
        print(f"{speed['ours']:.0f} crops/s on an H200, wanted: at least {CROPS_A_SECOND:g}: {verdict(fast)}")
        fine = fine and fast
    loader.close()
    return 0 if fine else 1


def verdict(fine: bool) -> str:
    """In a word."""
    return "pass" if fine else "FAIL"


class StandIn(PoseNetwork):
    """A network that sleeps as long as a device would work, one batch after the other, and answers people upright."""

    def __init__(self, seconds: float, batch: int) -> None:
        super().__init__(random_network(TINY), batch)
        self._seconds, self._free = seconds, 0.0

    def cut(self, pictures: torch.Tensor, squares: Sequence[Squares], blur: bool = True) -> torch.Tensor:  # noqa: ARG002
        """Black crops: the device cuts them."""
        return torch.zeros(1, 3, 256, 256, device=pictures.device).expand(sum(len(s.side) for s in squares), -1, -1, -1)

    def predict_later(self, crops: torch.Tensor) -> Callable[[], Answers]:
        """Begin; the device is busy until then."""
        took = self._seconds * len(crops)
        self._free = max(self._free, time.perf_counter()) + took
        until, count = self._free, len(crops)
        self.work.crops, self.work.batches, self.work.busy = (
            self.work.crops + count, self.work.batches + 1, self.work.busy + took,
        )  # fmt: skip

        def finish() -> Answers:
            time.sleep(max(0.0, until - time.perf_counter()))
            rotations = np.broadcast_to(np.eye(3, dtype=np.float32), (count, 24, 3, 3))
            return Answers(rotations, np.zeros((count, 10)), np.tile([0.9, 0.0, 0.0], (count, 1)))

        return finish


def run_clip(path: Path, network: PoseNetwork, frames: int) -> int:
    """Decoding, detection, network and tracking of a video, and how much the device waited; the exit code."""
    video = open_video(path, None, None, None)
    settings = CaptureSettings(estimator="hmr2")
    times = max(1, round(frames / max(video.frames, 1)))
    if not isinstance(network, StandIn):
        network.predict(torch.zeros(network.batch, 3, 256, 256, device=network.device))
        warm = WARM if network.device.type == "cuda" else 16
        few = replace(video, until=video.first + warm, frames=warm)
        follow(few, network, settings, max(1, warm // max(video.frames, 1)))  # what is slow the first time
    network.work.crops = network.work.batches = 0
    followed = follow(video, network, settings, times)
    spent = followed.seconds
    wall, waiting = spent["wall"], spent["waiting"]
    size, crops = f"{video.width} x {video.height}", network.work.crops
    print(f"{path.name}: {size}, {followed.frames} frames, {crops} crops, {network.work.batches} batches")
    print(f"  all together {wall:8.2f} s  {followed.frames / wall:7.1f} frames/s  {crops / wall:7.1f} crops/s")
    print(f"  network busy {spent['network']:8.2f} s  waiting for batches {spent['starved']:.2f} s")
    for stage in ("decode", "detect", "crop"):
        rate = followed.frames / max(spent[stage], 1e-9)
        print(f"  {stage:12} {spent[stage]:8.2f} s  {rate:7.1f} frames/s, beside the network")
    fine = waiting / wall < WAITING
    print(f"  the device waits {waiting / wall:.0%} of the time, wanted: less than {WAITING:.0%}: {verdict(fine)}")
    return 0 if fine else 1


def follow(video: Video, network: PoseNetwork, settings: CaptureSettings, times: int) -> Followed:
    """As a capture does."""

    def read(_first: int) -> Iterator[Frame]:
        numbers = itertools.count()
        for _ in range(times):
            for frame in read_frames(video, print):
                yield Frame(next(numbers), frame.image)

    detector = open_detector(settings, video, network.device, Silent(), threads=None, offline=False)
    return follow_people(read, replace(video, frames=video.frames * times), detector, network, Silent())


def original(network: Hmr2) -> Hmr2:
    """The same network with attention as the original computes it."""
    for module in network.modules():
        if isinstance(module, Attention):
            module.forward = attend_explicitly.__get__(module)  # type: ignore[method-assign]
    return network


def attend_explicitly(module: Attention, tokens: torch.Tensor) -> torch.Tensor:
    """Scores, softmax and mixing, each a step of its own."""
    batch, count, width = tokens.shape
    qkv = module.qkv(tokens).reshape(batch, count, 3, module.heads, -1).permute(2, 0, 3, 1, 4)
    query, key, value = qkv[0], qkv[1], qkv[2]
    scores = (query * (width // module.heads) ** -0.5) @ key.transpose(-2, -1)
    mixed = scores.softmax(dim=-1) @ value
    return module.proj(mixed.transpose(1, 2).reshape(batch, count, -1))


def cut_with_opencv(image: NDArray[np.uint8], squares: Squares) -> NDArray[np.float32]:
    """Crops as the original cuts them, one after the other."""
    out = []
    for (x, y), side in zip(squares.centre, squares.side, strict=True):
        scale = 256 / side
        matrix = np.array([[scale, 0, 128 - scale * x], [0, scale, 128 - scale * y]])
        crop = np.asarray(cv2.warpAffine(image, matrix, (256, 256), flags=cv2.INTER_LINEAR), dtype=np.float32)
        out.append(((crop - MEAN) / STD).transpose(2, 0, 1).astype(np.float32))
    return np.stack(out)


def agree(ours: PoseNetwork, theirs: Hmr2, image: NDArray[np.uint8], squares: Squares) -> None:
    """Both see the same; GhostcapError when they don't."""
    with torch.inference_mode():
        wanted = theirs(torch.from_numpy(cut_with_opencv(image, squares)).to(ours.device))
    picture = torch.from_numpy(image[None]).to(ours.device)
    got = ours.predict(ours.cut(picture, [squares], blur=False))
    error = float(np.abs(got.rotations - wanted.rotations.cpu().numpy()).max())
    print(f"largest difference between the two in a rotation matrix: {error:.4f}")
    if not error < 0.1:
        raise GhostcapError(f"The two disagree by {error}.")


def make_boxes(random: np.random.Generator, people: int) -> NDArray[np.float64]:
    """Boxes of people in a picture."""
    height = random.uniform(200, 500, people)
    x, y = random.uniform(100, WIDTH - 300, people), random.uniform(0, HEIGHT - 500, people)
    return np.stack([x, y, x + 0.4 * height, y + height], axis=-1)


def timed(work: Callable[[], None]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
