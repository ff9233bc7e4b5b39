# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast dynamic time warping is: ours (NumPy) against dtaidistance (C) and fastdtw in one run, and one comparison.

    python3 scripts/bench.py compare [--frames 1000]

All three get the same two motions, as sequences, and return the way, not the distance alone: first one number a frame
(what all of them are made for), then what a comparison warps: the rotations and angular velocities of a body. Ours and
dtaidistance's way is the cheapest; fastdtw's (radius 1, as it comes) is near it: by how much it is dearer is told, and
how long it takes with a radius that brings it within a hundredth. Without a compiler, NumPy and Cython at hand pip
installs fastdtw in Python alone; which one is here is told, and that one is judged. The best of several runs counts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from ghostcap.motion.amass_track import plain_body
from ghostcap.motion.compare.clip import Clip, clip_from_rotations
from ghostcap.motion.compare.comparison import Settings, compare_clips
from ghostcap.motion.compare.features import measure_costs, measure_features
from ghostcap.motion.compare.warping import warp
from ghostcap.motion.rotations import matrix_from_axis_angle

OTHERS = ("dtaidistance==2.5.1", "fastdtw==0.3.4")
SLOWEST_MS = 50.0
AGAINST_C, AGAINST_FAST = 3.0, 10.0
RUNS = 30


def main(argv: list[str]) -> int:
    """Print the times and ratios; 1 when one of them falls short."""
    parser = argparse.ArgumentParser(prog="compare", description="Time warping in three ways.")
    parser.add_argument("--frames", type=int, default=1000, metavar="N", help="frames of each motion (default: 1000)")
    count = parser.parse_args(argv).frames
    install()
    dtw, dtw_ndim = import_module("dtaidistance.dtw"), import_module("dtaidistance.dtw_ndim")
    fastdtw = import_module("fastdtw").fastdtw
    compiled = fastdtw is not import_module("fastdtw.fastdtw").fastdtw
    print(f"fastdtw here is {'compiled' if compiled else 'Python alone'}")

    a, b = random_clip(count, 1), random_clip(count, 2)
    features = measure_features(a), measure_features(b)
    flat = [part[:, 0] * 10 for part in features]
    plain = best(lambda: warp(square_differences(*flat)))
    good = tell("one number", plain, best(lambda: dtw.warping_path_fast(*flat)), best(lambda: fastdtw(*flat), 3))
    tell_loss(np.abs(flat[0][:, None] - flat[1]), lambda radius: fastdtw(*flat, radius))
    body = best(lambda: warp(measure_costs(*features)))
    good &= tell(
        f"{features[0].shape[1]} numbers", body, best(lambda: dtw_ndim.warping_path(*features, use_c=True), 3),
        best(lambda: fastdtw(*features, dist=euclidean), 3),
    )  # fmt: skip
    tell_loss(np.sqrt(measure_costs(*features)), lambda radius: fastdtw(*features, radius, euclidean))
    limited = best(lambda: warp(measure_costs(*features), 0.25, max_still=15, still_cost=0.01))
    print(f"ours, banded, no side still for longer than 15 frames: {limited:.1f} ms")
    whole = best(lambda: compare_clips(a, b, Settings(by="motion", mirror="no", anyway=True)), 2)
    print(f"a whole comparison of {count} frames: {whole:.0f} ms")
    return 0 if good and plain < SLOWEST_MS else 1


def tell(what: str, ours: float, in_c: float, fast: float) -> bool:
    """A line; whether both ratios are kept."""
    print(
        f"{what}: ours {ours:.1f} ms, dtaidistance {in_c:.1f} ms ({ours / in_c:.2f} times as long, at most "
        f"{AGAINST_C:g}), fastdtw {fast:.1f} ms ({fast / ours:.1f} times faster, at least {AGAINST_FAST:g})"
    )
    return ours <= AGAINST_C * in_c and fast >= AGAINST_FAST * ours


def tell_loss(distances: NDArray[np.floating], fast: Callable[[int], tuple[float, object]]) -> None:
    """How much dearer fastdtw's way is, and how long it takes to come close; fast: radius -> (total, way)."""
    least = warp(distances).total
    lines = [f"fastdtw's way is {100 * (fast(1)[0] / least - 1):.1f} % dearer"]
    for radius in (2, 5, 10, 20, 50):
        if fast(radius)[0] < 1.01 * least:
            lines.append(f"within 1 % at radius {radius}: {best(lambda: fast(radius), 1):.1f} ms")  # noqa: B023 - at once
            break
    print("  " + "; ".join(lines))


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    """Milliseconds of the quickest run."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def square_differences(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float32]:
    """Of all pairs, (N,) and (M,) -> (N, M); `measure_costs` for one number a frame."""
    difference = np.subtract.outer(np.asarray(a, np.float32), np.asarray(b, np.float32))
    return np.square(difference, out=difference)


def euclidean(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """For fastdtw, which measures one pair at a time."""
    return float(np.sqrt(((a - b) ** 2).sum()))


def random_clip(count: int, seed: int) -> Clip:
    """Somebody who moves all joints smoothly."""
    random = np.random.default_rng(seed)
    frames = np.arange(count)[:, None, None] / 30
    poses = sum(0.3 * np.sin(2 * np.pi * (rate * frames + random.random((1, 24, 3)))) for rate in (0.2, 0.5, 0.9))
    rest = plain_body().joints
    return clip_from_rotations(matrix_from_axis_angle(poses), np.zeros((count, 3)), rest, 30.0)


def install() -> None:
    """The other two, into the environment this runs in, unless they are there."""
    if any(find_spec(name.partition("==")[0]) is None for name in OTHERS):
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *OTHERS], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
