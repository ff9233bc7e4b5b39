# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C: stops at the next frame, leaves nothing half-written, and the same command goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ghostcap.hmr_backend.cli import main
from ghostcap.hmr_backend.pipeline import STAGES
from ghostcap.motion.capture import read_capture, read_tracks

WINDOWS = os.name == "nt"
INTERRUPT = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """The real command, in a group of its own so that the signal reaches it alone."""
    return subprocess.Popen(
        [sys.executable, "-m", "ghostcap.hmr_backend", *map(str, arguments), "--progress", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=not WINDOWS,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if WINDOWS else 0,
    )


def interrupt_at(process: subprocess.Popen[str], stage: str, times: int = 1) -> list[dict]:
    """Press Ctrl-C when a stage begins; the events from there to the end."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if (event["event"], event.get("stage")) == ("stage", stage):
            break
    for _ in range(times):
        process.send_signal(INTERRUPT)
    out, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("stage", STAGES)
def test_interrupted_stage(tmp_path: Path, walk: Path, models: None, stage: str) -> None:
    """In every stage: exit code 130, no capture, and the next run makes it."""
    command = ["capture", walk, "--out", tmp_path, "--offline"]
    process = start(*command)
    events = interrupt_at(process, stage)
    assert process.returncode == 130
    assert (events[-1]["event"], events[-1]["code"]) == ("error", "cancelled")
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"walk.capture.part"}
    if STAGES.index(stage) > STAGES.index("track"):
        assert left
        assert not (tmp_path / "walk.capture.part" / "capture").exists()

    again = start(*command)
    out, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    events = [json.loads(line) for line in out.splitlines()]
    assert events[-1] == {"event": "done", "capture": str(tmp_path / "walk.capture")}
    if STAGES.index(stage) > STAGES.index("track"):
        tracking = [event for event in events if event["event"] == "progress" and event["stage"] == "track"]
        assert not tracking, "the people were followed a second time"
    assert [path.name for path in tmp_path.iterdir()] == ["walk.capture"]
    capture = read_capture(tmp_path / "walk.capture")
    assert capture.video.frames == 25
    assert len(read_tracks(tmp_path / "walk.capture", capture)) == 1
    assert capture.timings["track"] > 0


def test_going_on_is_no_reason_to_warn(
    tmp_path: Path, walk: Path, models: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The frames that were seen before the interruption count: the video does not end early because of it."""
    monkeypatch.setattr("ghostcap.hmr_backend.tracking.first_frame_needed", lambda *_: 8)
    assert main(["capture", str(walk), "--out", str(tmp_path), "--offline", "--progress", "json"]) == 0
    assert "ends early" not in capsys.readouterr().out


def test_second_interrupt_stops_at_once(tmp_path: Path, walk: Path, models: None) -> None:
    """Twice is impatience, and still no traceback and no half capture."""
    process = start("capture", walk, "--out", tmp_path, "--offline")
    interrupt_at(process, "track", times=2)
    assert process.returncode == 130
    assert not (tmp_path / "walk.capture").exists()


def test_other_settings_start_anew(tmp_path: Path, walk: Path, models: None) -> None:
    """What was found at another frame rate must not end up in this capture."""
    process = start("capture", walk, "--out", tmp_path, "--offline")
    interrupt_at(process, "fit")
    again = start("capture", walk, "--out", tmp_path, "--offline", "--fps", "12.5")
    out, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    assert any('"stage": "track", "done"' in line for line in out.splitlines())
    assert read_capture(tmp_path / "walk.capture").video.fps == 12.5


def test_interrupting_several_at_a_time(tmp_path: Path, walk: Path, models: None) -> None:
    """Ctrl-C in a batch stops the videos under way, and starts no others."""
    names = ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    for name in names:
        (tmp_path / name).write_bytes(walk.read_bytes())
    process = start("capture", *(tmp_path / name for name in names), "--jobs", "2", "--offline")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "video"
    process.send_signal(INTERRUPT)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert process.returncode == 130
    assert not list(tmp_path.glob("[cd].capture*"))
