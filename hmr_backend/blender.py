# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender, started for an export: the program itself, or a Python that has the bpy module."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ..motion.errors import GhostcapError

VARIABLE = "GHOSTCAP_BLENDER"
OLDEST = (4, 5)
_HINT = f"Give --blender PATH (Blender, or a Python that has bpy), or set {VARIABLE}."


@dataclass(frozen=True)
class Blender:
    """A program that can run our scripts with bpy."""

    program: Path
    is_python: bool
    """True for a Python with the bpy module, False for Blender itself."""

    def command(self, script: Path, arguments: list[str]) -> list[str]:
        """The command line that runs a script."""
        if self.is_python:
            return [str(self.program), str(script), *arguments]
        # Factory start-up: the user's own start-up file and add-ons must not change an export.
        options = ["-b", "--factory-startup", "--python-exit-code", "1", "-P", str(script), "--"]
        return [str(self.program), *options, *arguments]


def find_blender(given: Path | None) -> Blender:
    """The user's choice, the environment's, `blender` on PATH, or the checkout's own bpy; GhostcapError without any."""
    chosen = str(given) if given else os.environ.get(VARIABLE, "")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise GhostcapError(f"{chosen} is not a program.", _HINT, "no_blender")
        return _identify(Path(path))
    on_path = shutil.which("blender")
    if on_path:
        return _identify(Path(on_path))
    own = _own_python()
    if own is not None:
        return Blender(own, is_python=True)
    raise GhostcapError("Blender was not found.", f"Install Blender 4.5 LTS or newer. {_HINT}", "no_blender")


def batch_script() -> Path:
    """scripts/batch_export.py of this installation."""
    script = _root() / "scripts" / "batch_export.py"
    if not script.is_file():
        raise GhostcapError(f"{script} is missing.", "Install Ghostcap from its folder.", "no_script")
    return script


def _root() -> Path:
    return Path(str(resources.files(__name__.split(".hmr_backend", maxsplit=1)[0])))


def _own_python() -> Path | None:
    """The environment that scripts/run.py makes beside the sources."""
    for version in ("5.2", "4.5"):
        for python in ("bin/python", "Scripts/python.exe"):
            path = _root() / ".venvs" / f"bpy-{version}" / python
            if path.is_file():
                return path
    return None


def _identify(program: Path) -> Blender:
    """Ask the program what it is: names tell little (blender-4.5, python3.11, a wrapper script)."""
    try:
        answer = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GhostcapError(f"{program} does not run: {error}.", _HINT, "no_blender") from error
    said = (answer.stdout + answer.stderr).strip()
    if said.startswith("Python"):
        look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('bpy') is None)"
        if subprocess.run([str(program), "-c", look], capture_output=True, check=False).returncode:
            raise GhostcapError(f"{program} is a Python without the module bpy.", _HINT, "no_blender")
        return Blender(program, is_python=True)
    version = re.search(r"Blender (\d+)\.(\d+)", said)
    if version:
        if (int(version[1]), int(version[2])) < OLDEST:
            raise GhostcapError(f"{program} is {version[0]}; 4.5 or newer is needed.", _HINT, "old_blender")
        return Blender(program, is_python=False)
    raise GhostcapError(f"{program} is neither Blender nor Python.", _HINT, "no_blender")
