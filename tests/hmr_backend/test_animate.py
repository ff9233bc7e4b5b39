# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap animate`: one command from a video to files, and what a second run does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ghostcap.hmr_backend.blender import VARIABLE

INTERRUPT = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)
CLIP = "a 'walk' 走.mp4"


@pytest.fixture
def clip(tmp_path: Path, walk: Path) -> Path:
    """The walk under a name with spaces, quotes and Chinese."""
    path = tmp_path / CLIP
    path.write_bytes(walk.read_bytes())
    return path


def animate(clip: Path, *options: str, stop_at: str = "", **environment: str) -> tuple[int, list[dict]]:
    """The real command: exit code and events; with `stop_at`, Ctrl-C is pressed when that stage begins."""
    windows = os.name == "nt"
    process = subprocess.Popen(
        [sys.executable, "-m", "ghostcap.hmr_backend", "animate", str(clip), "--out", str(clip.parent / "out"),
         "--offline", "--progress", "json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, **environment},
        start_new_session=not windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
    )  # fmt: skip
    assert process.stdout is not None
    events = []
    for line in process.stdout:
        events.append(json.loads(line))
        if stop_at and events[-1].get("stage") == stop_at:
            process.send_signal(INTERRUPT)
            break
    out, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors
    return process.returncode, events + [json.loads(line) for line in out.splitlines()]


def stages(events: list[dict]) -> list[str]:
    """The stages that were begun."""
    return [event["stage"] for event in events if event["event"] == "stage"]


def test_from_a_video_to_files(clip: Path, models: None, blender: Path) -> None:
    """Capture, preview, FBX; a second run makes nothing anew; a file the user has changed is left alone."""
    code, events = animate(clip)
    assert code == 0, events
    done = events[-1]
    out = clip.parent / "out"
    stem = clip.stem
    assert Path(done["capture"]) == out / f"{stem}.capture"
    assert [Path(name).name for name in done["preview"]] == [f"{stem}.preview.png", f"{stem}.preview.mp4"]
    assert [Path(name).name for name in done["files"]] == [f"{stem}_001.fbx"]
    assert all(Path(name).stat().st_size > 5000 for name in done["preview"] + done["files"])

    code, events = animate(clip)
    assert (code, stages(events), events[-1]) == (0, [], done)

    (out / f"{stem}.preview.png").unlink()
    code, events = animate(clip)
    assert (code, stages(events)) == (0, ["preview"])

    fbx = out / f"{stem}_001.fbx"
    fbx.write_bytes(b"edited by hand")
    code, events = animate(clip)
    assert (code, events[-1]["code"]) == (1, "exists")
    assert "--overwrite" in events[-1]["hint"]
    assert fbx.read_bytes() == b"edited by hand"
    code, events = animate(clip, "--overwrite", "--no-preview")
    assert code == 0
    assert fbx.stat().st_size > 5000


@pytest.mark.parametrize("stage", ["preview", "export"])
def test_interrupted(clip: Path, models: None, blender: Path, stage: str) -> None:
    """Ctrl-C while the preview is drawn, or while Blender works: no half a file, and the next run goes on."""
    code, events = animate(clip, stop_at=stage)
    assert (code, events[-1]["code"]) == (130, "cancelled")
    out = clip.parent / "out"
    assert not [path for path in out.iterdir() if ".tmp" in path.name]
    assert not list(out.glob("*.fbx"))
    code, events = animate(clip)
    assert code == 0
    assert stages(events) == ["preview", "export"][["preview", "export"].index(stage) :]


def test_capture_of_another_video_is_not_taken(clip: Path, models: None, blender: Path) -> None:
    """Same name, other content: nobody wants yesterday's motion."""
    assert animate(clip, "--no-preview")[0] == 0
    clip.write_bytes(clip.read_bytes() + b"\0" * 8)
    code, events = animate(clip, "--no-preview")
    assert (code, events[-1]["code"]) == (1, "exists")


def test_no_blender(clip: Path) -> None:
    """Said before the long work, with what to do."""
    for wrong in (clip.parent / "no" / "blender", Path(sys.executable)):
        code, events = animate(clip, "--blender", str(wrong))
        assert (code, events[-1]["code"]) == (1, "no_blender")
        assert VARIABLE in events[-1]["hint"]
    code, events = animate(clip, **{VARIABLE: str(clip)})
    assert (code, events[-1]["code"]) == (1, "no_blender")
    assert sorted(path.name for path in clip.parent.iterdir()) == [CLIP]


def test_unknown_person(clip: Path, models: None, blender: Path) -> None:
    """--track 7 in a clip of one."""
    code, events = animate(clip, "--no-preview", "--track", "7")
    assert code == 1
    assert "no track 7" in events[-1]["message"]
