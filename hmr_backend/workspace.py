# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a capture is made: `dance.capture.part/` keeps what a stopped job needs to go on, and becomes the capture."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..motion.archive import written_whole
from ..motion.errors import GhostcapError
from .cache import cache_folder
from .environment.locks import try_lock

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_ELSEWHERE = "choose another folder with --out."
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True)
class Workspace:
    """The folder of an unfinished capture."""

    folder: Path
    target: Path
    """Where the finished capture goes."""

    @property
    def checkpoint(self) -> Path:
        """The folder where tracking keeps what it has found so far."""
        return self.folder / "tracking"

    @property
    def tracked(self) -> Path:
        """What tracking found, once it is done."""
        return self.folder / "tracked.npz"

    @property
    def finished(self) -> Path:
        """The capture while it is being written."""
        return self.folder / "capture"


def default_target(video: Path, out: Path | None = None) -> Path:
    """`dance.mp4` -> `dance.capture`, beside the video or in the folder `out`."""
    video = video.resolve()
    name = (video.stem if not video.is_dir() else video.name) + ".capture"
    return (out or video.parent) / name


@contextmanager
def reserve(target: Path) -> Iterator[None]:
    """Keep other processes from making the same capture meanwhile; GhostcapError (busy) when one does.

    The lock lies in the user's cache, so that nothing is left beside the videos.
    """
    name = hashlib.sha256(str(target.resolve()).encode()).hexdigest()[:32]
    path = cache_folder() / "locks" / f"{name}.lock"
    with friendly_disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    with file:
        if not try_lock(file):
            raise GhostcapError(f"{target} is being made by another Ghostcap.", "Wait for it, or cancel it.", "busy")
        yield


def open_workspace(target: Path, settings: dict[str, Any]) -> Workspace:
    """Make or find `target`.part; what was made with other settings or from another video is thrown away."""
    folder = target.with_name(target.name + ".part")
    workspace = Workspace(folder, target)
    with friendly_disk_errors(folder):
        stored = _read_settings(folder / "settings.json")
        if stored != settings:
            remove_workspace(workspace)
            folder.mkdir(parents=True)
            with written_whole(folder / "settings.json") as temporary:
                temporary.write_text(json.dumps(settings, indent=2), encoding="utf-8")
        shutil.rmtree(workspace.finished, ignore_errors=True)
    return workspace


def publish(workspace: Workspace, overwrite: bool) -> None:
    """Give the finished capture its name, in one step, and remove the rest.

    An older capture stays until the new one is in its place, and only `overwrite` takes it away.
    """
    target, old = workspace.target, workspace.folder / "replaced"
    with friendly_disk_errors(target):
        if target.exists():
            if not overwrite:
                raise already_there(target)
            os.replace(target, old)
        try:
            os.replace(workspace.finished, target)
        except OSError:
            if old.exists():
                os.replace(old, target)
            raise
    remove_workspace(workspace)


def discard_unfinished(workspace: Workspace, keep: bool) -> None:
    """Remove what was written of the capture; `keep` what tracking found for the next run, when it found something."""
    shutil.rmtree(workspace.finished, ignore_errors=True)
    found = any(path.exists() for path in (workspace.checkpoint, workspace.tracked))
    if not (keep and found):
        remove_workspace(workspace)


def remove_workspace(workspace: Workspace) -> None:
    """Remove the folder of an unfinished capture."""
    if workspace.folder.is_dir():
        shutil.rmtree(workspace.folder)


def already_there(path: Path) -> GhostcapError:
    """The error for a result that exists and may not be replaced."""
    return GhostcapError(f"{path} already exists.", "Use --overwrite to replace it.", "exists")


@contextmanager
def friendly_disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a full or forbidden disk into an error that names the place."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def is_disk_error(error: OSError) -> bool:
    """Whether the disk is full, or does not let us write."""
    return error.errno in _FULL | _FORBIDDEN


def disk_error(error: OSError, path: Path) -> GhostcapError:
    """The user's error for an operating system's error about writing below `path`."""
    if error.errno in _FULL:
        return GhostcapError(f"The disk is full: {path} can't be written.", f"Make room, or {_ELSEWHERE}", "disk_full")
    if error.errno in _FORBIDDEN:
        return GhostcapError(f"{path} can't be written: access denied.", _ELSEWHERE.capitalize(), "read_only")
    reason = error.strerror or str(error)
    return GhostcapError(f"{path} can't be written: {reason}.", _ELSEWHERE.capitalize(), "not_writable")


def _read_settings(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
