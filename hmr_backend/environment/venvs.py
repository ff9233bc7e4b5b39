# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment: what state it is in, made, brought up to date, removed."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import pins, torch_builds
from .checking import check
from .locks import locked
from .pip import Download, explain_pip, run_pip
from .problem import EnvironmentProblem
from .programs import run_program
from .pythons import ask, find_python, inspect_python, python_of
from .reporting import Reporter

_STAMP = "ghostcap.json"
_STAGES = ("create", "install", "check")


@dataclass(frozen=True)
class Stamp:
    """What an environment was made of. Written last, so an environment without one is unfinished."""

    python: str
    project: str
    parts: dict[str, str]
    """sha256 of each part's pins."""


def read_state(folder: Path, parts: Sequence[str]) -> str:
    """missing, partial (a first installation was cut off), broken (its Python has gone), outdated, or ready."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return "missing"
    stamp = _read_stamp(folder)
    if stamp is None:
        return "partial"
    if not python_of(folder).exists():
        return "broken"
    same = all(stamp.parts.get(part) == pins.digest_pins(part) for part in parts)
    return "ready" if same and stamp.project == str(pins.project_root()) else "outdated"


def _read_stamp(folder: Path) -> Stamp | None:
    try:
        return Stamp(**json.loads((folder / _STAMP).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def install(folder: Path, parts: Sequence[str], reporter: Reporter, given: Path | None = None) -> Path:
    """Make an environment with these parts, or bring one up to date; its Python. A ready one is left as it is.

    Can be stopped (KeyboardInterrupt, or what the reporter raises) and called again: it goes on where it was.
    Raises EnvironmentProblem.
    """
    if read_state(folder, parts) == "ready":
        return python_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_name(f".{folder.name}.lock"), lambda: reporter.progress(0, 0)):
            if read_state(folder, parts) != "ready":
                _install(folder, parts, reporter, given)
    except OSError as error:
        raise EnvironmentProblem(
            f"{error.filename or folder} can't be written: {error.strerror or error}.",
            "Choose a folder that you may write to.",
            "disk_full" if error.errno == errno.ENOSPC else "read_only",
        ) from error
    return python_of(folder)


def _install(folder: Path, parts: Sequence[str], reporter: Reporter, given: Path | None) -> None:
    stamp, state = _read_stamp(folder), read_state(folder, parts)
    # Parts that are there stay: scripts/test.py adds its tools to what scripts/run.py made.
    parts = list(dict.fromkeys([*(stamp.parts if stamp else ()), *parts]))
    parts = [part for part in parts if part in pins.PARTS]
    new = [part for part in parts if not stamp or stamp.parts.get(part) != pins.digest_pins(part)] or parts
    versions = pins.versions_for(parts)
    if state == "partial" and not (folder / "pyvenv.cfg").is_file():
        raise EnvironmentProblem(f"{folder} holds other files.", "Choose an empty or a new folder.", "not_ours")
    usable = state in ("outdated", "partial") and _is_usable(python_of(folder), versions)
    base = None if usable else find_python(versions, given)
    size, room = pins.download_megabytes(new), pins.disk_megabytes(new)
    reporter.note(f"{folder}: installing {', '.join(new)}; up to {size} MB to download, {room} MB on disk.")
    if shutil.disk_usage(folder.parent).free < room * 1_000_000 and state == "missing":
        raise EnvironmentProblem(f"{folder.parent} has less than {room} MB free.", "Make room.", "disk_full")
    (folder / _STAMP).unlink(missing_ok=True)
    reporter.stage(_STAGES[0], 1, len(_STAGES))
    if base is not None:
        code, output = run_program([base, "-m", "venv", "--clear", folder], tick=lambda: reporter.progress(0, 0))
        if code:
            raise explain_pip(output)
    python = python_of(folder)
    _install_packages(python, parts, size, reporter)
    reporter.stage(_STAGES[2], 3, len(_STAGES))
    check(folder, parts, reporter)
    content = Stamp(
        ask([str(python), "-c", "import platform; print(platform.python_version())"]),
        str(pins.project_root()),
        {part: pins.digest_pins(part) for part in parts},
    )
    temporary = folder / f".{_STAMP}.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(content), indent=1), encoding="utf-8")
    temporary.replace(folder / _STAMP)


def _is_usable(python: Path, versions: Sequence[str]) -> bool:
    # An environment whose making was cut off may lack pip.
    return inspect_python(str(python), versions)[0] and bool(ask([str(python), "-m", "pip", "--version"]))


def _install_packages(python: Path, parts: Sequence[str], size: int, reporter: Reporter) -> None:
    reporter.stage(_STAGES[1], 2, len(_STAGES))
    count = Download(size)

    def say() -> None:
        reporter.progress(count.megabytes, size)

    # The pip that came with Python tells no progress and begins a broken download anew.
    for pin in dict.fromkeys(filter(None, (pins.find_pin(part, "pip") for part in parts))):
        run_pip(python, ["install", "--upgrade", pin], say)
    files = [argument for part in parts for argument in ("-r", pins.pin_file(part))]
    if torch_builds.PART in parts:
        files += torch_builds.torch_options(python, reporter, say)
    run_pip(python, ["install", "--progress-bar", "raw", "--only-binary", ":all:", *files], say, count.read)
    run_pip(python, ["install", "--no-deps", "--no-build-isolation", "-e", pins.project_root()], say)
    reporter.progress(size, size)


def remove(folder: Path) -> None:
    """Delete an environment. A folder that is none is left alone (EnvironmentProblem)."""
    if not folder.exists():
        return
    if not (folder / "pyvenv.cfg").is_file():
        raise EnvironmentProblem(f"{folder} is not an environment of Ghostcap.", "Nothing was deleted.", "not_ours")
    try:
        (folder / _STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder)
    except OSError as error:
        raise EnvironmentProblem(
            f"{error.filename or folder} can't be deleted: {error.strerror}.",
            "Close the programs that use it.",
            "in_use",
        ) from error
