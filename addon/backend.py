# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend, started as a program in its own Python; it answers by the line protocol."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from ..motion.errors import GhostcapError

VARIABLE = "GHOSTCAP_BACKEND"
_PACKAGE = (__package__ or "").rpartition(".")[0]
_POLL_S = 0.1
_GRACE_S = 20.0


class BackendError(GhostcapError):
    """The backend is missing, or ended without saying why."""

    code = "backend_failed"


def find_backend(given: Path | None = None) -> Path:
    """The backend's Python: the one given, the environment's, or the checkout's own; BackendError without any."""
    chosen = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if chosen is not None:
        if chosen.is_file():
            return chosen.absolute()
        raise BackendError(f"{chosen} is not a Python.", "Name the Python of the backend's environment.", "no_backend")
    home = Path(str(resources.files(_PACKAGE))) / ".venvs" / "backend"
    for python in (home / "bin" / "python", home / "Scripts" / "python.exe"):
        if python.is_file():
            return python
    raise BackendError(
        "The backend, which reads videos, is not installed.",
        f"Run scripts/run.py once, give --backend PYTHON, or set {VARIABLE}.",
        "no_backend",
    )


def run_backend(
    python: Path,
    name: str,
    arguments: Sequence[str],
    on_event: Callable[[dict[str, Any]], None],
    is_cancelled: Callable[[], bool],
) -> int:
    """Run the backend's command `name` to its end, passing on each event as it comes; returns the exit code.

    When `is_cancelled` turns true the backend is told to stop as by Ctrl-C, and after twenty seconds ended.
    BackendError when it can't be started, or fails without an error event.
    """
    windows = os.name == "nt"
    command = [str(python), "-m", "ghostcap.hmr_backend", name, "--progress", "json", *arguments]
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONUTF8": "1"},
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we pass it on once.
            start_new_session=not windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )
    except OSError as error:
        raise BackendError(f"{python} can't be started: {error.strerror}.", code="no_backend") from error
    # Reading in a thread: a blocking read would not see that the user cancelled.
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(child.stdout or (), lines), daemon=True).start()
    other: deque[str] = deque(maxlen=20)
    failed = False
    try:
        while True:
            if is_cancelled():
                return _stop(child)
            try:
                line = lines.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if line is None:
                break
            event = _parse_event(line)
            if event is None:
                other.append(line.strip())
                continue
            failed = failed or event["event"] == "error"
            on_event(event)
        code = child.wait()
    finally:
        _stop(child)
    if code and not failed and not is_cancelled():
        said = next((line for line in reversed(other) if line), "")
        raise BackendError(f"The backend ended with code {code}.", f"It said: {said}" if said else "")
    return code


def _read_lines(source: Iterable[str], lines: queue.Queue[str | None]) -> None:
    for line in source:
        lines.put(line)
    lines.put(None)


def _parse_event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _stop(child: subprocess.Popen[str]) -> int:
    if child.poll() is None:
        # signal.CTRL_BREAK_EVENT exists on Windows only.
        child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        try:
            child.wait(timeout=_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()
