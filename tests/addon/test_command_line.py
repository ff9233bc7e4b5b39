# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command ghostcap`, as a farm calls it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from ghostcap import addon
from ghostcap.addon import command_line

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path / "resources"))
    monkeypatch.delenv("GHOSTCAP_BACKEND", raising=False)
    addon.register()
    yield
    bpy.context.preferences.system.use_online_access = False
    addon.unregister()


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of the backend's Python; the file gets the arguments it was called with."""
    if os.name == "nt":
        pytest.skip("a script can't stand in for a program on Windows")
    program, heard = tmp_path / "python", tmp_path / "heard.json"
    write = f"import json, sys; json.dump(sys.argv[1:], open({str(heard)!r}, 'w')); sys.exit(7)"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{write}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(program))
    return heard


def arguments_of(heard: Path) -> list[str]:
    return json.loads(heard.read_text(encoding="utf-8"))


def test_help_and_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    """Without a command there is help, and the exit code says that something was missing."""
    assert command_line.main([]) == 2
    assert command_line.main(["--help"]) == 0
    assert "blender --command ghostcap COMMAND" in capfd.readouterr().out
    assert command_line.main(["backend", "explode"]) == 2


def test_a_command_reaches_the_backend_and_its_exit_code_comes_back(heard: Path) -> None:
    """Offline unless Blender may use the network; all else untouched, spaces and quotes too."""
    assert command_line.main(["capture", "O'Hara's dance 舞.mp4", "--height", "1.8"]) == 7
    expected = ["-m", "ghostcap.hmr_backend", "capture", "--offline", "O'Hara's dance 舞.mp4", "--height", "1.8"]
    assert arguments_of(heard) == expected
    bpy.context.preferences.system.use_online_access = True
    assert command_line.main(["capture", "dance.mp4"]) == 7
    assert "--offline" not in arguments_of(heard)


def test_animate_exports_with_this_blender(heard: Path) -> None:
    """Unless the user names another one."""
    command_line.main(["animate", "dance.mp4", "--out", "out"])
    arguments = arguments_of(heard)
    assert Path(arguments[arguments.index("--blender") + 1]).is_file()
    command_line.main(["animate", "dance.mp4", "--out", "out", "--blender=/other/blender"])
    assert "--blender" not in arguments_of(heard)


def test_a_missing_backend_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No traceback; exit code 1."""
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(tmp_path / "nothing"))
    assert command_line.main(["capture", "dance.mp4"]) == 1
    said = capfd.readouterr().err
    assert said.startswith("error: ")
    assert "not installed" in said


def test_the_backend_is_installed_only_online_and_with_a_yes(capfd: pytest.CaptureFixture[str]) -> None:
    """The size is said before; nothing is fetched by a script that did not agree."""
    assert command_line.main(["backend", "install", "--yes"]) == 1
    assert "--online-mode" in capfd.readouterr().err
    bpy.context.preferences.system.use_online_access = True
    assert command_line.main(["backend", "install"]) == 2
    said = capfd.readouterr().err
    assert "MB are downloaded from PyPI" in said
    assert "--yes" in said


def test_the_state_of_the_backend_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """The real program answers."""
    assert command_line.main(["backend", "state"]) == 0
    assert capfd.readouterr().out.strip() == "missing"
    assert command_line.main(["backend", "remove"]) == 0
