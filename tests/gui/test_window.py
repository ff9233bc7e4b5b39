# SPDX-License-Identifier: GPL-3.0-or-later
"""The animator's whole way through the real window: drop, capture, cancel, capture, pick, build, soften, export.

Needs a Blender program (`scripts/test.py --blender PATH`, or BLENDER) and Xvfb, which draws it.
The pictures of all states stay in out/window/.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.models import ensure_models
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.sample import ensure_sample_clip
from ghostcap.motion.errors import GhostcapError

ROOT = Path(str(resources.files("ghostcap")))
SCRIPT = Path(__file__).with_name("window_script.py")
PICTURES = ROOT / "out" / "window"
BLENDER = shutil.which(os.environ.get("BLENDER") or "blender")
XVFB = shutil.which(os.environ.get("XVFB") or "Xvfb")
SIZE = (1600, 1400)
PATIENCE = 540

pytestmark = [
    pytest.mark.skipif(BLENDER is None, reason="no Blender program here; name one with --blender or BLENDER"),
    pytest.mark.skipif(XVFB is None, reason="no Xvfb here to draw a window on"),
]


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


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """A screen of our own."""
    folder = tmp_path_factory.mktemp("screen")
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
        _end(server)


@pytest.fixture(scope="module")
def facts(screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the run."""
    folder = tmp_path_factory.mktemp("window")
    video = folder / "clips of today" / "demo.mp4"
    video.parent.mkdir()
    try:
        ensure_models(Silent())
        shutil.copyfile(ensure_sample_clip(Silent()), video)
    except GhostcapError as error:
        if error.code != "no_network":
            raise
        pytest.skip(str(error))
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user"), "DISPLAY": screen.name}
    _install(folder, environment)
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    report = folder / "report.json"
    order = {
        "video": str(video),
        "environment": sys.prefix,
        "export": str(folder / "main person.fbx"),
        "pictures": str(PICTURES),
        "report": str(report),
    }
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
    log = PICTURES / "blender.log"
    with log.open("w", encoding="utf-8") as output:
        blender = subprocess.Popen(
            [
                str(BLENDER),
                "--window-geometry",
                *("0", "0", *map(str, SIZE)),
                "--enable-event-simulate",
                *("-P", str(SCRIPT), "--", str(folder / "order.json")),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while blender.poll() is None and not report.exists() and time.monotonic() < deadline:
            for wish in PICTURES.glob("*.wish"):
                screen.save(wish.with_suffix(".png"))
                wish.unlink()
            time.sleep(0.1)
        screen.save(PICTURES / "last.png")
        _end(blender)
    assert report.exists(), log.read_text(encoding="utf-8", errors="replace")[-4000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    shutil.copyfile(report, PICTURES / "report.json")
    return {**found, "export": order["export"], "log": log.read_text(encoding="utf-8", errors="replace")}


def test_the_whole_way_by_mouse(facts: dict[str, Any]) -> None:
    """Every button does what an animator expects, one after the other."""
    assert not facts["error"], facts["error"]
    assert facts["drop taken"], "a video dropped into the viewport is not taken"
    assert facts["state before cancel"] == "running"
    assert facts["state after cancel"] == "cancelled"
    assert facts["state of the second"] == "done", facts["message of the second"]
    assert facts["tracks"] >= 2
    assert facts["ticked before"] < facts["ticked"] == facts["armatures"]
    assert facts["strength"] < 1
    assert facts["keys changed"], "the strength has no effect on the keys"
    assert facts["ghost"]
    assert Path(facts["export"]).read_bytes().startswith(b"Kaydara FBX Binary")


def test_each_state_has_a_picture(facts: dict[str, Any]) -> None:
    """The pictures are what a reviewer looks at."""
    assert len(facts["pictures"]) == 11
    for name in facts["pictures"]:
        assert (PICTURES / name).stat().st_size > 50_000, f"{name} is empty"


def test_nothing_is_complained_about(facts: dict[str, Any]) -> None:
    """A traceback on the console is a bug even where the window goes on."""
    said = facts["log"]
    assert "Traceback" not in said, said[-4000:]


def test_the_window_lives_on(facts: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Reports the longest gap of a heartbeat in each phase. No limit: a machine that draws in software is slow."""
    assert set(facts["gaps"]) >= {"capture", "capture again", "build", "smoothing strength", "export"}
    tell(f"Pictures of the window: {PICTURES}")
    tell(
        f"Cancelling took {facts['seconds to cancel']:.2f} s. Longest gaps of the window's heartbeat, ms; "
        "in brackets the longest stretch of Ghostcap's own code:"
    )
    for phase, gap in facts["gaps"].items():
        own, where = facts["own"].get(phase, 0.0), facts["slowest"].get(phase, "")
        tell(f"  {phase}: {1000 * gap:.0f} ({1000 * own:.0f} {where})")


def _install(folder: Path, environment: dict[str, str]) -> None:
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


def _end(process: subprocess.Popen[Any]) -> None:
    """End a program with all it started: it may be a script around the program itself."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
