# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs that speak the line protocol: started, listened to, stopped with us."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from ..motion.errors import GhostcapError

_POLL_S = 0.1
_GRACE_S = 20.0


@dataclass
class ChildResult:
    """What a child said."""

    returncode: int
    events: list[dict[str, Any]] = field(default_factory=list)
    log: Path | None = None
    """Everything else it printed; kept only when it failed."""

    def done(self) -> list[dict[str, Any]]:
        """Its done events."""
        return [event for event in self.events if event["event"] == "done"]

    def last_words(self) -> str:
        """The last line it printed."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log else ""
        return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")

    def errors(self) -> list[GhostcapError]:
        """Its error events, to be raised or shown here."""
        return [
            GhostcapError(str(event.get("message", "")), str(event.get("hint", "")), str(event.get("code", "failed")))
            for event in self.events
            if event["event"] == "error"
        ]


def run_child(
    command: Sequence[str | Path],
    on_event: Callable[[dict[str, Any]], None],
    check: Callable[[], None],
    *,
    other_python: bool = False,
) -> ChildResult:
    """Run a program to its end, passing each of its events on as it comes.

    `check` is called several times a second; what it raises (Cancelled) stops the child as Ctrl-C would, and after
    twenty seconds for good. `other_python`: the program brings a Python of its own, which must not see what our
    environment says to ours. GhostcapError when the program can't be started.
    """
    descriptor, name = tempfile.mkstemp(prefix="ghostcap-", suffix=".log")
    log = Path(name)
    failed = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as sink:
            result = _listen(command, sink, on_event, check, _environment(other_python))
        failed = result.returncode != 0
        result.log = log if failed else None
        return result
    finally:
        if not failed:
            log.unlink(missing_ok=True)


def _listen(
    command: Sequence[str | Path],
    sink: TextIO,
    on_event: Callable[[dict[str, Any]], None],
    check: Callable[[], None],
    environment: dict[str, str],
) -> ChildResult:
    # Its own group: a Ctrl-C in the terminal reaches us alone, and we pass it on once.
    windows = os.name == "nt"
    try:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            encoding="utf-8",
            errors="replace",
            env=environment,
            start_new_session=not windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
        )
    except OSError as error:
        raise GhostcapError(f"{command[0]} can't be started: {error.strerror}.", code="no_program") from error
    # A blocking read would not see the user's Ctrl-C.
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read_lines, args=(child.stdout or (), lines), daemon=True)
    reader.start()
    events: list[dict[str, Any]] = []
    try:
        while True:
            check()
            try:
                line = lines.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if line is None:
                break
            event = _parse_event(line)
            if event is None:
                sink.write(line)
                continue
            events.append(event)
            on_event(event)
        return ChildResult(child.wait(), events)
    except BaseException:
        _stop(child)
        raise
    finally:
        reader.join(timeout=1)


def _environment(other_python: bool) -> dict[str, str]:
    variables = {**os.environ, "PYTHONUTF8": "1"}
    for name in ("PYTHONPATH", "PYTHONHOME") if other_python else ():
        variables.pop(name, None)
    return variables


def _read_lines(source: Iterable[str], lines: queue.Queue[str | None]) -> None:
    for line in source:
        lines.put(line)
    lines.put(None)


def _parse_event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _stop(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    # signal.CTRL_BREAK_EVENT exists on Windows only.
    child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
    try:
        child.wait(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
