# SPDX-License-Identifier: GPL-3.0-or-later
"""A process with all it started: found and ended. A child may have left the group of its parent, as pip's does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def list_tree(root: int) -> list[int]:
    """The ids of a process and of all its descendants, parents first. Empty when it is gone."""
    parents = _read_parents()
    if root not in parents:
        return []
    children: dict[int, list[int]] = {}
    for process, parent in parents.items():
        children.setdefault(parent, []).append(process)
    tree = [root]
    for process in tree:
        tree += children.get(process, [])
    return tree


def kill_tree(root: int, tree: Iterable[int]) -> None:
    """End a process's group and the processes of its `tree` at once; those that are gone do not matter."""
    if sys.platform == "win32":
        for process in {root, *tree}:
            _run(["taskkill", "/T", "/F", "/PID", str(process)])
        return
    with contextlib.suppress(OSError):
        os.killpg(root, signal.SIGKILL)
    for process in tree:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)


def _read_parents() -> dict[int, int]:
    """The parent of each process of the system that is alive."""
    if sys.platform == "linux":
        return dict(filter(None, map(_read_stat, Path("/proc").glob("[0-9]*/stat"))))
    if sys.platform == "win32":
        # taskkill knows the tree itself.
        return {}
    rows = [line.split() for line in _run(["ps", "-axo", "pid=,ppid=,stat="]).splitlines()]
    return {int(row[0]): int(row[1]) for row in rows if len(row) > 2 and not row[2].startswith("Z")}


def _read_stat(path: Path) -> tuple[int, int] | None:
    try:
        # The name, in brackets, may hold anything.
        state, parent = path.read_text(errors="replace").rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return None
    return None if state == "Z" else (int(path.parent.name), int(parent))


def _run(command: list[str]) -> str:
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=5, check=False, creationflags=flags
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout
