# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen that nobody looks at, a Blender with the extension on it, and stories played in its window."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(str(resources.files("ghostcap")))
PICTURES = ROOT / "out" / "window"
BLENDER = shutil.which(os.environ.get("BLENDER") or "blender")
XVFB = shutil.which(os.environ.get("XVFB") or "Xvfb")
SIZE = (1600, 1640)
PATIENCE = 540


@dataclass(frozen=True)
class Screen:
    """An X display that nobody looks at, and the file that holds its picture."""

    name: str
    file: Path

    def save(self, path: Path) -> None:
        """Write what it shows now as PNG."""
        data = self.file.read_bytes()
        # XWD: words of 32 bits, big end first; then colours of 12 bytes; then rows of B, G, R and a byte of nothing.
        header = np.frombuffer(data, ">u4", 25)
        size, width, height, stride, colours = (int(header[index]) for index in (0, 4, 5, 12, 19))
        rows = np.frombuffer(data, np.uint8, stride * height, size + 12 * colours).reshape(height, stride)
        picture = rows[:, : 4 * width].reshape(height, width, 4)[..., :3]
        cv2.imencode(".png", picture)[1].tofile(path)


@contextmanager
def open_screen(folder: Path) -> Iterator[Screen]:
    """A screen of our own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [
            str(XVFB),
            *("-displayfd", str(writing)),
            *("-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24"),
            "-nocursor",
            "-fbdir",
            str(folder),
        ],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        yield Screen(f":{number}", folder / "Xvfb_screen0")
    finally:
        end(server)


@dataclass(frozen=True)
class Window:
    """A Blender with the extension installed, on a screen."""

    screen: Screen
    environment: dict[str, str]

    def play(self, script: Path, pictures: Path, **order: str) -> dict[str, Any]:
        """Run a story (see window_story.py) to its end; returns its facts, with "log" what Blender has printed."""
        pictures.mkdir(parents=True, exist_ok=True)
        report, paper, log = (pictures / name for name in ("report.json", "order.json", "blender.log"))
        report.unlink(missing_ok=True)
        order |= {"environment": sys.prefix, "pictures": str(pictures), "report": str(report)}
        paper.write_text(json.dumps(order), encoding="utf-8")
        with log.open("w", encoding="utf-8") as output:
            blender = subprocess.Popen(
                [
                    str(BLENDER),
                    "--window-geometry",
                    *("0", "0", *map(str, SIZE)),
                    "--enable-event-simulate",
                    *("-P", str(script), "--", str(paper)),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
            deadline = time.monotonic() + PATIENCE
            while blender.poll() is None and not report.exists() and time.monotonic() < deadline:
                for wish in pictures.glob("*.wish"):
                    self.screen.save(wish.with_suffix(".png"))
                    wish.unlink()
                time.sleep(0.1)
            self.screen.save(pictures / "last.png")
            end(blender)
        said = log.read_text(encoding="utf-8", errors="replace")
        assert report.exists(), said[-4000:]
        return {**json.loads(report.read_text(encoding="utf-8")), "log": said}


def install(folder: Path, environment: dict[str, str]) -> None:
    """Make the zip as its maker makes it, and install it by Blender's own command."""
    make = [sys.executable, str(ROOT / "scripts" / "build_extension.py"), "--blender", str(BLENDER)]
    answer = subprocess.run([*make, "--out", str(folder)], capture_output=True, text=True, check=False, timeout=180)
    assert answer.returncode == 0, answer.stderr
    package = answer.stdout.strip().splitlines()[-1]
    install = ["--command", "extension", "install-file", "--repo", "user_default", "--enable", package]
    answer = subprocess.run(
        [str(BLENDER), *install], capture_output=True, text=True, check=False, timeout=180, env=environment
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def end(process: subprocess.Popen[Any]) -> None:
    """End a program with all it started: it may be a script around the program itself."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
