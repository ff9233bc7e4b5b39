# SPDX-License-Identifier: GPL-3.0-or-later
"""Running other programs: listened to while they work, stopped with all they started."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from .problem import EnvironmentProblem

_TAIL_LINES = 400
_GRACE_S = 5.0


def run_program(
    command: Sequence[str | Path],
    on_line: Callable[[str], None] = lambda _line: None,
    tick: Callable[[], None] = lambda: None,
    variables: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Run a program to its end; its exit code and the last of what it printed (stdout and stderr together).

    `tick` is called several times a second. What it raises, and Ctrl-C, stops the program and all it started.
    """
    windows = os.name == "nt"
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **(variables or {})}
    environment.pop("PYTHONHOME", None)  # Blender sets both for itself
    environment.pop("PYTHONPATH", None)
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=environment,
            start_new_session=not windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )
    except OSError as error:
        raise EnvironmentProblem(f"{command[0]} can't be started: {error.strerror}.", code="no_program") from error
    # A blocking read would see neither a tick nor, on Windows, Ctrl-C.
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True)
    reader.start()
    tail: list[str] = []
    try:
        while True:
            tick()
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                continue
            if line is None:
                return process.wait(), "".join(tail)
            on_line(line.rstrip())
            if not line.startswith("Progress "):
                tail.append(line)
                del tail[:-_TAIL_LINES]
    finally:
        _stop(process)
        reader.join(timeout=1)


def _read_lines(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _stop(process: subprocess.Popen[str]) -> None:
    """End a program and its children, if it still runs: politely, then for good."""
    if process.poll() is not None:
        return
    try:
        if os.name == "nt":
            process.send_signal(signal.CTRL_BREAK_EVENT)  # type: ignore[attr-defined, unused-ignore]
        else:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(_GRACE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
