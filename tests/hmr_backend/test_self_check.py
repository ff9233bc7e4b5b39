# SPDX-License-Identifier: GPL-3.0-or-later
"""The check at the end of the installation: it must pass here, and name what is broken where something is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_check(**variables: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "ghostcap.hmr_backend.self_check"]
    answer = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, encoding="utf-8", check=False
    )
    return answer.returncode, answer.stdout


def test_all_libraries_run_here() -> None:
    """The tests that follow rely on them."""
    code, said = run_check()
    assert code == 0
    assert said.startswith("av ")


def test_a_broken_library_is_named(tmp_path: Path) -> None:
    """A library whose native part does not load, as on a processor too old for it."""
    (tmp_path / "cv2.py").write_text("raise ImportError('DLL load failed')", encoding="utf-8")
    assert run_check(PYTHONPATH=str(tmp_path)) == (1, "opencv-python-headless fails: ImportError: DLL load failed\n")
