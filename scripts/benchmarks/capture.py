# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast and how large: the whole `ghostcap capture` against MediaPipe's own Pose on the same clips, in one run.

    python3 scripts/bench.py capture [CLIP]

Both read the clip once and played ten times on end. MediaPipe 0.10.21 (Pose, model_complexity=1, tracking) does
landmarks only, in an environment of its own; Ghostcap also fits bodies and writes a capture. Whole processes are timed,
from start to end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from ghostcap.hmr_backend.environment.pins import project_root
from ghostcap.hmr_backend.environment.pip import run_pip
from ghostcap.hmr_backend.environment.problem import EnvironmentProblem
from ghostcap.hmr_backend.environment.pythons import ask, find_python, python_of
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.wheels import DataFile, Wheel, fetch_files
from ghostcap.motion.errors import GhostcapError

MEDIAPIPE = "mediapipe==0.10.21"
MEDIAPIPE_PYTHONS = ("3.11", "3.12", "3.10")
POSE2SIM = Wheel(
    requirement="pose2sim==0.10.49",
    title="The benchmark's clip",
    license="BSD-3-Clause",
    size=51_189_031,
    sha256="403e0dc4065898ba6a595e72a8970950310979253d60e24c2e00b16b36bf21e1",
    files=(
        DataFile(
            "Pose2Sim/Demo_SinglePerson/videos/cam04.mp4",
            "b5c0e7863fd70d008e7178d3c556b045b0ea5f78fcd61ca548a0b2e807e641f7",
        ),
    ),
    tags=("--python-version", "311"),
)
TIMES = 10
FASTER = 1.0
"""Times MediaPipe's frames a second, at least."""
LARGER = 1.1
"""Times the memory of the clip played once, at most."""

MEDIAPIPE_PROGRAM = """
import json, sys
import cv2, mediapipe
frames = seen = 0
video = cv2.VideoCapture(sys.argv[1])
with mediapipe.solutions.pose.Pose(model_complexity=1, static_image_mode=False) as pose:
    while True:
        more, image = video.read()
        if not more:
            break
        frames += 1
        seen += pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).pose_landmarks is not None
print(json.dumps({"frames": frames, "seen": seen}))
"""


@dataclass(frozen=True)
class Run:
    """A program, run to its end."""

    frames: int
    seconds: float
    peak: int | None
    """Bytes of memory at most, of the largest process; None where the system doesn't tell."""

    @property
    def fps(self) -> float:
        """Frames a second, start-up included."""
        return self.frames / self.seconds


def main(argv: list[str]) -> int:
    """Print both speeds, their ratio and the memory; 1 when Ghostcap is slower, or grows with the clip."""
    parser = argparse.ArgumentParser(prog="capture", description="`ghostcap capture` against MediaPipe's own Pose.")
    parser.add_argument("clip", nargs="?", type=Path, help="a video of one person (default: one of Pose2Sim's demo)")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="runs of each (default: %(default)s)")
    arguments = parser.parse_args(argv)
    try:
        clip = arguments.clip or fetch_files(POSE2SIM, "pose2sim-0.10.49", Silent(), offline=False)[0]
        python = make_mediapipe(project_root() / ".venvs" / "mediapipe")
        return measure(clip, python, max(1, arguments.rounds))
    except (EnvironmentProblem, GhostcapError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def measure(clip: Path, mediapipe_python: Path, rounds: int) -> int:
    """Run both programs, in turns, on the clip once and ten times; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        once, often = Path(folder) / f"once{clip.suffix}", Path(folder) / f"often{clip.suffix}"
        shutil.copyfile(clip, once)
        repeat_clip(clip, often, TIMES)
        print(f"{clip.name}; processes timed from start to end, best of {rounds}")
        print(f"{'':10}{'frames':>8}{'ghostcap':>12}{'mediapipe':>12}{'ratio':>8}{'peak memory':>14}")
        ours: list[Run] = []
        ratios: list[float] = []
        for name, path in (("once", once), (f"{TIMES} times", often)):
            pairs = [(run_ghostcap(path), run_mediapipe(mediapipe_python, path)) for _ in range(rounds)]
            own, other = (max(runs, key=lambda run: run.fps) for runs in zip(*pairs, strict=True))
            ours.append(own)
            ratios.append(own.fps / other.fps)
            memory = f"{own.peak / 1e6:.0f} MB" if own.peak else "unknown"
            print(f"{name:10}{own.frames:8}{own.fps:8.1f} fps{other.fps:8.1f} fps{ratios[-1]:8.2f}{memory:>14}")
    growth = ours[1].peak / ours[0].peak if ours[0].peak and ours[1].peak else 0.0
    print(f"ratio wanted: at least {FASTER:g}; memory {growth:.2f} times that of once, wanted: at most {LARGER:g}")
    return 0 if min(ratios) >= FASTER and growth <= LARGER else 1


def run_ghostcap(clip: Path) -> Run:
    """The whole command, with all it writes."""
    target = clip.with_suffix(".capture")
    command = [sys.executable, "-m", "ghostcap.hmr_backend", "capture", str(clip), "--overwrite", "--progress", "json"]
    _, seconds, peak = run_timed(command)
    frames = int(json.loads((target / "capture.json").read_text(encoding="utf-8"))["video"]["frames"])
    return Run(frames, seconds, peak)


def run_mediapipe(python: Path, clip: Path) -> Run:
    """MediaPipe's Pose over all frames."""
    output, seconds, peak = run_timed([str(python), "-c", MEDIAPIPE_PROGRAM, str(clip)])
    return Run(int(json.loads(output.splitlines()[-1])["frames"]), seconds, peak)


def run_timed(command: Sequence[str]) -> tuple[str, float, int | None]:
    """Run a program: what it prints, seconds, and the most memory it (or a child of its) had, in bytes."""
    start = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
    ):
        process = subprocess.Popen(command, stdout=output, stderr=log)
        peak = None
        if sys.platform == "win32":
            code = process.wait()
        else:
            _, status, usage = os.wait4(process.pid, 0)
            code = process.returncode = os.waitstatus_to_exitcode(status)
            # Bytes on macOS, kilobytes elsewhere.
            peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        seconds = time.perf_counter() - start
        output.seek(0)
        log.seek(0)
        if code:
            raise GhostcapError(f"{Path(command[0]).name} failed ({code}): {output.read()[-500:]}{log.read()[-1000:]}")
        return output.read(), seconds, peak


def repeat_clip(source: Path, target: Path, times: int) -> None:
    """The same pictures `times` times on end, not encoded anew."""
    with av.open(str(target), "w") as written:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(source)) as clip:
                original = clip.streams.video[0]
                if stream is None:
                    stream = written.add_stream_from_template(original)
                end = 0
                for packet in clip.demux(original):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = stream
                    written.mux(packet)
                offset += end


def make_mediapipe(folder: Path) -> Path:
    """The Python of an environment with MediaPipe, made when it is not there."""
    python = python_of(folder)
    if not ask([str(python), "-c", "import mediapipe.python.solutions.pose as pose; print(pose.__name__)"]):
        print(f"{folder}: installing {MEDIAPIPE}, about 250 MB to download.", file=sys.stderr)
        subprocess.run([find_python(MEDIAPIPE_PYTHONS), "-m", "venv", "--clear", folder], check=True)
        run_pip(python, ["install", "--only-binary", ":all:", MEDIAPIPE])
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
