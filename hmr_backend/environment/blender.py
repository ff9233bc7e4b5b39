# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender to work with: the user's, or its Python module in an environment of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .pins import VERSIONS
from .problem import EnvironmentProblem
from .pythons import find_python, python_of
from .reporting import Reporter
from .venvs import install, read_state

OLDEST = (4, 5)
_MODULES = ("bpy-5.2", "bpy-4.5")


def ensure_blender(folder: Path, reporter: Reporter, given: str = "", parts: Sequence[str] = ()) -> Path:
    """A Blender from 4.5 on, or a Python with the bpy module.

    given: a path the user chose; else `blender` on PATH, else an environment below `folder`, made when none is there.
    parts: what the environment should hold beside bpy.
    """
    if given:
        found = shutil.which(given)
        if found is None:
            raise EnvironmentProblem(f"{given} is not a program.", "Give the path of Blender.", "no_blender")
        return Path(found)
    found = shutil.which("blender")
    if found and _blender_version(found) >= OLDEST:
        return Path(found)
    for name in _MODULES:
        if read_state(folder / name, [name, *parts]) == "ready":
            return python_of(folder / name)
    for name in _MODULES:
        try:
            find_python(VERSIONS[name])
        except EnvironmentProblem:
            continue
        return install(folder / name, [name, *parts], reporter)
    raise EnvironmentProblem(
        "Neither Blender nor a Python that can have its module (3.11 or 3.13) was found.",
        "Install Blender 4.5 LTS or newer, or give its path with --blender.",
        "no_blender",
    )


def _blender_version(program: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = re.search(r"Blender (\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)
