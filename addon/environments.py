# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's environment: where it lies, whether it can run, and the commands that make, check and remove it.

The work itself is done by `hmr_backend.environment`, started as a program of its own with Blender's Python: nothing
is installed into Blender, and Blender never waits for it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bpy.app.translations import pgettext_rpt as rpt_

from ..motion.errors import GhostcapError
from .backend import find_backend
from .runs import Command, Run
from .storage import extension_folder, user_folder

FOLDER_NAME = "ghostcap-backend"
"""Made inside a folder that the user chooses, which may hold other things."""
MODELS_MB = 36
"""BlazePose's networks, fetched after the packages."""
TORCH_PART = "hmr2"
"""What `hmr_backend.environment` calls the estimator that needs torch."""
_PARTS = ("backend",)
_BACKEND = "ghostcap.hmr_backend"


@dataclass
class Status:
    """What is known of the environment without waiting; `state` as of `hmr_backend.environment state`."""

    state: str = "unknown"
    """unknown, missing, partial, broken, outdated, ready."""
    work: Run | None = None
    """Installation, check or removal that runs, or the last one."""
    report: dict[str, Any] = field(default_factory=dict)
    """What the backend says of itself: version, device, models."""

    @property
    def busy(self) -> bool:
        """Something is being done to it."""
        return self.work is not None and not self.work.finished


status = Status()
"""Of this session."""


def environment_folder(chosen: str) -> Path:
    """Where our environment lies; `chosen` is the folder in the preferences, empty for Blender's user files."""
    return Path(chosen) / FOLDER_NAME if chosen else user_folder() / "backend"


def python_in(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def named_python(named: str) -> Path:
    """The Python of an environment the user names, by its folder or the Python itself."""
    path = Path(named)
    return python_in(path) if path.is_dir() else path


def find_python(named: str, chosen: str) -> Path:
    """The backend's Python: of the environment the user named, ours, or the developer's.

    GhostcapError `no_backend` says why there is none.
    """
    if named:
        python = named_python(named)
        if not python.is_file():
            raise GhostcapError(
                f"{named} has no Python.", "Name the folder of an environment with Ghostcap in it.", "no_backend"
            )
        return python
    if status.busy:
        raise GhostcapError("The backend is being worked on.", "Wait until it is done.", "no_backend")
    match look_at(environment_folder(chosen)):
        case "ready":
            return python_in(environment_folder(chosen))
        case "outdated":
            what, then = "The backend belongs to another version of Ghostcap.", "Press Update in the preferences."
        case "broken":
            what, then = "The backend's Python has gone.", "Press Repair in the preferences."
        case "partial":
            what, then = "The backend is not completely installed.", "Press Install in the preferences to go on."
        case _:
            try:
                return find_backend()
            except GhostcapError:
                what, then = "The backend, which reads videos, is not installed.", "Press Install in the preferences."
    raise GhostcapError(what, then, "no_backend")


def look_at(folder: Path) -> str:
    """The environment's state, from what was found out last and a glance at the disk."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return "missing"
    if not (folder / "ghostcap.json").is_file():
        return "partial"
    if not python_in(folder).is_file():
        return "broken"
    return "outdated" if status.state == "outdated" else "ready"


def state_commands(folder: Path, *, as_json: bool = True) -> list[Command]:
    """Find out the state. `as_json`: for us, not for a person at a terminal."""
    return [_environment_command("state", folder, as_json)]


def install_commands(folder: Path, *, torch: bool = False, as_json: bool = True) -> list[Command]:
    """Make the environment, or go on where it was broken off, or bring it up to date; then fetch the networks.

    torch: with what the estimator hmr2 needs. Once installed, it stays without being asked for again.
    """
    return [
        _environment_command("install", folder, as_json, [*_PARTS, TORCH_PART] if torch else _PARTS),
        _backend_command(python_in(folder), ["models", "fetch"], as_json),
    ]


def fetch_commands(python: Path, *, as_json: bool = True) -> list[Command]:
    """Fetch the networks into the user's cache, for an environment of the user's own."""
    return [_backend_command(python, ["models", "fetch"], as_json)]


def repair_commands(folder: Path, *, torch: bool = False, as_json: bool = True) -> list[Command]:
    """Make it anew."""
    return [*remove_commands(folder, as_json=as_json), *install_commands(folder, torch=torch, as_json=as_json)]


def remove_commands(folder: Path, *, as_json: bool = True) -> list[Command]:
    """Delete it."""
    return [_environment_command("remove", folder, as_json)]


def check_commands(python: Path, *, as_json: bool = True) -> list[Command]:
    """Run each part for real."""
    return [_backend_command(python, ["check"], as_json)]


def describe_download(folder: Path, torch: bool = False) -> list[str]:
    """What an installation fetches, from where, and where it goes; a line each."""
    sizes = download_megabytes(torch), disk_megabytes(torch)
    more = (
        [rpt_("torch comes from download.pytorch.org; with an NVIDIA or AMD GPU it is several GB more.")]
        if torch
        else []
    )
    return [
        rpt_("Up to {:d} MB are downloaded from PyPI; {:d} MB are needed on the disk.").format(*sizes),
        *more,
        rpt_("Python packages, and BlazePose's networks (Google, Apache-2.0)."),
        rpt_("They go to {:s}.").format(str(folder)),
        rpt_("Nothing is installed into Blender. Your videos never leave this computer."),
    ]


def download_megabytes(torch: bool = False) -> int:
    """How much an installation downloads at most."""
    return _read_size("Download", torch) + MODELS_MB


def disk_megabytes(torch: bool = False) -> int:
    """How much room it takes."""
    return _read_size("Disk", torch) + MODELS_MB


def _environment_command(name: str, folder: Path, as_json: bool, parts: Sequence[str] = ()) -> Command:
    # Blender's own Python can make an environment; where it can't, another one is looked for.
    module = [sys.executable, "-m", "hmr_backend.environment"]
    options = ["--progress", "json" if as_json else "lines", *(["--parts", *parts] if parts else [])]
    return Command([*module, name, "--folder", folder, *options], extension_folder())


def _backend_command(python: Path, arguments: list[str], as_json: bool) -> Command:
    return Command([python, "-m", _BACKEND, *arguments, "--progress", "json" if as_json else "bar"])


def _read_size(what: str, torch: bool) -> int:
    folder = extension_folder() / "hmr_backend" / "environment" / "requirements"
    texts = [
        (folder / f"{part}.txt").read_text(encoding="utf-8") for part in (*_PARTS, *([TORCH_PART] if torch else []))
    ]
    found = [re.search(rf"^# {what}: (\d+) MB", text, re.MULTILINE) for text in texts]
    return sum(int(match[1]) for match in found if match)
