# SPDX-License-Identifier: GPL-3.0-or-later
"""The animator's whole way through the real window: drop, capture, cancel, capture, pick, build, soften, export.

Needs a Blender program (`scripts/test.py --blender PATH`, or BLENDER) and Xvfb, which draws it.
The pictures of all states stay in out/window/.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghostcap.hmr_backend.models import ensure_models
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.sample import ensure_sample_clip
from ghostcap.motion.errors import GhostcapError
from ghostcap.tests.gui.window import PICTURES, Window

SCRIPT = Path(__file__).with_name("window_script.py")


@pytest.fixture(scope="module")
def facts(window: Window, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
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
    shutil.rmtree(PICTURES, ignore_errors=True)
    export = str(folder / "main person.fbx")
    return {**window.play(SCRIPT, PICTURES, video=str(video), export=export), "export": export}


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
