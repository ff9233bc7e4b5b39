# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a Python to make an environment with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .problem import EnvironmentProblem


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_python(versions: Sequence[str], given: Path | None = None) -> Path:
    """A Python of one of these versions ("3.11"), best first, that can make environments.

    A given one has to fit. Otherwise the running one if it fits, then python3.X on PATH, Windows' py launcher, pyenv's.
    EnvironmentProblem when there is none.
    """
    if given is not None:
        fits, why = inspect_python(str(given), versions)
        if not fits:
            raise EnvironmentProblem(
                f"{given} can't be used: {why}.", f"Give a Python {_either(versions)}.", "no_python"
            )
        return given
    reasons: list[str] = []
    for candidate in _candidates(versions):
        fits, why = inspect_python(candidate, versions)
        if fits:
            return Path(candidate)
        if why:
            reasons.append(f"{candidate}: {why}")
    seen = f" ({'; '.join(dict.fromkeys(reasons))})" if reasons else ""
    hint = "Install it from python.org, with pyenv, or with your system's package manager"
    if sys.platform == "linux":
        hint += f" (Debian, Ubuntu: apt install python{versions[0]} python{versions[0]}-venv)"
    raise EnvironmentProblem(f"No usable Python {_either(versions)} was found{seen}.", f"{hint}.", "no_python")


def _either(versions: Sequence[str]) -> str:
    ordered = sorted(versions, key=lambda text: [int(number) for number in text.split(".")])
    return ordered[0] if len(ordered) == 1 else f"{', '.join(ordered[:-1])} or {ordered[-1]}"


def _candidates(versions: Sequence[str]) -> Iterator[str]:
    # In an environment the Python it was made from: environments of environments break when the outer one goes.
    running: str | None = getattr(sys, "_base_executable", None) or sys.executable
    if running and f"{sys.version_info.major}.{sys.version_info.minor}" in versions:
        yield running
    for version in versions:
        if found := shutil.which(f"python{version}"):
            yield found
        if launcher := shutil.which("py"):
            answer = ask([launcher, f"-{version}", "-c", "import sys; print(sys.executable)"])
            if answer:
                yield answer
        roots = [os.environ.get("PYENV_ROOT"), os.environ.get("PYENV"), Path.home() / ".pyenv"]
        for root in dict.fromkeys(Path(root) for root in roots if root):
            matches = [path for path in root.glob(f"versions/{version}.*") if path.is_dir()]
            for path in sorted(matches, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)], reverse=True):
                yield str(path / ("python.exe" if os.name == "nt" else "bin/python"))


def ask(command: Sequence[str]) -> str:
    """The last line a short program prints; empty when it can't be run or fails."""
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (answer.stdout.strip().splitlines() or [""])[-1] if answer.returncode == 0 else ""


_INSPECTION = """
import importlib.util, json, sys, sysconfig
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "wide": sys.maxsize > 2**32,
    "venv": bool(importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")),
    "free": bool(sysconfig.get_config_var("Py_GIL_DISABLED"))}))
"""


def inspect_python(python: str, versions: Sequence[str]) -> tuple[bool, str]:
    """Whether it fits, and why not; an empty reason when it isn't there or has another version than its name says."""
    try:
        facts: dict[str, Any] = json.loads(ask([python, "-c", _INSPECTION]) or "{}")
    except ValueError:
        facts = {}
    if not facts:
        # pyenv's shims are there for versions that are not chosen.
        return False, "" if shutil.which(python) else "no such program"
    if facts["version"] not in versions:
        return False, f"it is Python {facts['version']}"
    if not facts["wide"]:
        return False, "it is a 32-bit build"
    if facts["free"]:
        return False, "it is a free-threaded build"
    if not facts["venv"]:
        return False, f"it lacks venv (Debian, Ubuntu: apt install python{facts['version']}-venv)"
    return True, ""
