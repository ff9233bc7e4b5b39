# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of 4D-Humans through the real window: dropped, imported, undone, built; refusals; and Chinese.

Needs a Blender program and Xvfb, as test_window.py does. The pictures stay in out/window-import/.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghostcap.tests.gui.window import PICTURES, ROOT, Window

SCRIPT = Path(__file__).with_name("import_script.py")
GOLDEN = ROOT / "tests" / "data" / "phalp" / "demo_two.pkl"


class Evil:
    """Pickles as a command."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


@pytest.fixture(scope="module")
def facts(window: Window, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the run."""
    folder = tmp_path_factory.mktemp("4D-Humans' results")
    file = shutil.copy(GOLDEN, folder)
    bad = folder / "demo_bad.pkl"
    bad.write_bytes(pickle.dumps({"a": Evil()}))
    pictures = PICTURES.with_name("window-import")
    shutil.rmtree(pictures, ignore_errors=True)
    return window.play(SCRIPT, pictures, file=str(file), bad=str(bad))


def test_a_dropped_file_is_imported_built_and_undone(facts: dict[str, Any]) -> None:
    """The options are asked once, then the people stand in the list; Ctrl+Z takes them out, and brings them back."""
    assert not facts["error"], facts["error"]
    assert facts["drop taken"]
    assert facts["jobs before the answer"] == 0, "begun without being asked"
    assert facts["state"] == "done", facts["message"]
    assert (facts["captures"], facts["tracks"]) == (["demo_two"], 2)
    assert facts["after undo"] == []
    assert facts["after redo"] == ["demo_two"]


def test_nothing_is_replaced_or_run_unasked(facts: dict[str, Any]) -> None:
    """Esc on the question leaves the capture as it is; a pickle with a command in it is refused."""
    assert facts["jobs after the refusal"] == 1
    assert (facts["state of the bad one"], facts["code of the bad one"]) == ("failed", "unsafe_file")
    assert "试图运行" in facts["said in Chinese"]


def test_import_complains_of_nothing(facts: dict[str, Any], tell: Callable[[str], None]) -> None:
    """No traceback; a picture of each state."""
    assert "Traceback" not in facts["log"], facts["log"][-4000:]
    assert len(facts["pictures"]) == 8
    for phase, gap in facts["gaps"].items():
        own, where = facts["own"].get(phase, 0.0), facts["slowest"].get(phase, "")
        tell(f"  {phase}: {1000 * gap:.0f} ({1000 * own:.0f} {where})")
