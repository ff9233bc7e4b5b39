# SPDX-License-Identifier: GPL-3.0-or-later
"""The section Ghost through the real window: choose, compare, findings, playback, undo, Chinese, graph, remove.

Needs a Blender program and Xvfb, as test_window.py does. The pictures stay in out/window-ghost/.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghostcap.hmr_backend.mannequin import mannequin_body
from ghostcap.tests.addon.comparison.walkers import write_walkers
from ghostcap.tests.gui.window import PICTURES, Window

SCRIPT = Path(__file__).with_name("ghost_script.py")


@pytest.fixture(scope="module")
def facts(window: Window, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the run."""
    capture = write_walkers(tmp_path_factory.mktemp("lesson one") / "walk.capture", mannequin_body())
    pictures = PICTURES.with_name("window-ghost")
    shutil.rmtree(pictures, ignore_errors=True)
    return window.play(SCRIPT, pictures, capture=str(capture / "capture.json"))


def test_a_coach_compares_by_mouse(facts: dict[str, Any]) -> None:
    """Both sides chosen, compared beside the window's own work, a finding clicked: there it is."""
    assert not facts["error"], facts["error"]
    assert facts["sides"] == ["walk_002", "walk_001"]
    assert facts["ghost"] == "walk_002 ghost"
    assert any("left elbow" in text for text in facts["findings"])
    shown, wanted = facts["frame of the finding"]
    assert shown == wanted
    assert facts["markers"] == len(facts["findings"])
    assert facts["graph"]
    assert facts["problem"] == "no_common_motion"


def test_undo_and_remove_take_everything_away(facts: dict[str, Any]) -> None:
    """Ctrl+Z after Compare, and Remove after the user's armature was deleted."""
    people = [f"walk_{number:03d}{part}" for number in (1, 2, 3) for part in ("", "_body")]
    assert facts["after undo"] == people
    assert facts["left"] == [name for name in people if name != "walk_002"]
    assert facts["markers left"] == 0


def test_ghost_complains_of_nothing(facts: dict[str, Any], tell: Callable[[str], None]) -> None:
    """No traceback; a picture of each state; how fast it plays is told, no limit: this machine draws in software."""
    assert "Traceback" not in facts["log"], facts["log"][-4000:]
    assert len(facts["pictures"]) == 12
    before, after = facts["frames a second before"], facts["frames a second"]
    own, where = facts["own"].get("playback", 0.0), facts["slowest"].get("playback", "")
    tell(f"Ghost, playback at 30: {before:.0f} frames a second before, {after:.0f} with the comparison; ")
    tell(f"  our longest own stretch {1000 * own:.1f} ms ({where})")
    for phase, gap in facts["gaps"].items():
        own, where = facts["own"].get(phase, 0.0), facts["slowest"].get(phase, "")
        tell(f"  {phase}: {1000 * gap:.0f} ({1000 * own:.0f} {where})")
