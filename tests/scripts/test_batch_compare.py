# SPDX-License-Identifier: GPL-3.0-or-later
"""`batch_export.py ... --compare ATHLETE`: each input's files, and beside them its comparison, by the real backend."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ghostcap
from ghostcap.motion.skeleton import JOINT
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

pytest.importorskip("bpy")

pytestmark = pytest.mark.bpy
REPOSITORY = Path(ghostcap.__path__[0])
SCRIPT = REPOSITORY / "scripts" / "batch_export.py"


def find_backend() -> str | None:
    """A Python that has what the backend needs: this one, or the one scripts/test.py made beside it."""
    if all(importlib.util.find_spec(name) for name in ("cv2", "av", "rich", "fast_simplification")):
        return sys.executable
    place = REPOSITORY / ".venvs" / "backend"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(python) if python.exists() else None


BACKEND = find_backend()
needs_backend = pytest.mark.skipif(BACKEND is None, reason="there is no environment of the backend")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An athlete, and two users: one who does the same, one whose left elbow is bent for a while."""
    athlete = synthetic_track("walk", frames=30, fps=25.0)
    poses = athlete.poses.copy().reshape(30, 24, 3)
    poses[8:20, JOINT["L_Elbow"], 1] += 0.8
    write_synthetic_capture(tmp_path / "the pro 高.capture", athlete)
    write_synthetic_capture(tmp_path / "same.capture", athlete, video="same.mp4")
    user = replace(athlete, poses=poses.reshape(30, 72))
    write_synthetic_capture(tmp_path / "bent.capture", user, video="bent.mp4")
    return tmp_path


def batch(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments), "--backend", str(BACKEND)],
        capture_output=True, encoding="utf-8", timeout=300, check=False, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


@needs_backend
def test_each_input_gets_its_files_and_its_comparison(folder: Path) -> None:
    """A team's clips over night: animation and lesson for everybody."""
    out = folder / "out"
    athlete = folder / "the pro 高.capture"
    done = batch(folder / "same.capture", folder / "bent.capture", "--out", out, "--compare", athlete)
    assert done.returncode == 0, done.stdout + done.stderr
    reports = {}
    for name in ("same", "bent"):
        assert (out / f"{name}_001.fbx").stat().st_size > 10_000
        made = out / f"{name}.comparison"
        for file in ("report.html", "report.csv", "comparison.mp4"):
            assert (made / file).stat().st_size > 1000
        reports[name] = json.loads((made / "report.json").read_text(encoding="utf-8"))
        assert (reports[name]["athlete"], reports[name]["user"]) == ("the pro 高", name)
    assert reports["same"]["findings"] == []
    assert reports["same"]["score"] == pytest.approx(100)
    assert reports["bent"]["findings"][0]["joint"] == "L_Elbow"
    inputs = json.loads((out / "summary.json").read_text(encoding="utf-8"))["inputs"]
    assert [Path(item["files"][-1]).parent.name for item in inputs] == ["same.comparison", "bent.comparison"]


@needs_backend
def test_what_can_not_be_compared_keeps_its_files_and_is_told(folder: Path) -> None:
    """Who stands about in one clip of many: its animation is there, the reason too, and the others go on."""
    out = folder / "out"
    still = synthetic_track("walk", frames=30, fps=25.0)
    unseen = replace(still, observed=np.zeros(30, dtype=bool))
    write_synthetic_capture(folder / "unseen.capture", unseen, video="unseen.mp4")
    athlete = folder / "the pro 高.capture"
    done = batch(folder / "unseen.capture", folder / "bent.capture", "--out", out, "--compare", athlete)
    assert done.returncode == 1
    assert "not seen" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert (out / "unseen_001.fbx").exists()
    assert not (out / "unseen.comparison" / "report.html").exists()
    assert (out / "bent.comparison" / "report.html").exists()
