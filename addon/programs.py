# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that speaks the line protocol: started in a group of its own, heard without waiting, stopped for good."""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ..motion.errors import GhostcapError
from .process_tree import kill_tree, list_tree

GRACE_S = 0.7
"""How long a program that was asked to stop may tidy up."""

_EVENTS_AT_ONCE = 200
_DRAIN_S = 0.5
_DRAIN_MOST_S = 10.0
_KILL_S = 1.0

Event = dict[str, Any]


class Program:
    """A running program. Nothing here waits, but for `stop_now`; what it says lies in a queue until it is asked for.

    Its events are the JSON lines on stdout; all it says, and why it was stopped, goes to the log as well.
    """

    def __init__(self, command: Sequence[str | Path], log: Path, folder: Path | None = None) -> None:
        windows = os.name == "nt"
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._heard_all = False
        self._ended_at = self._heard_at = 0.0
        self._stopper: threading.Thread | None = None
        # Unbuffered: the program writes to the same file, and lines shall stay in order.
        self._log = log.open("ab", buffering=0)
        self._note(f"$ {subprocess.list2cmdline(str(part) for part in command)}")
        try:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment_for(folder),
                # A group of its own: the whole of it is stopped together, and a Ctrl-C for Blender does not reach it.
                start_new_session=not windows,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
            )
        except OSError as error:
            self._note(str(error))
            self._log.close()
            raise GhostcapError(
                f"{command[0]} can't be started: {error.strerror}.",
                "Repair the backend in the add-on's preferences.",
                "no_backend",
            ) from error
        # A method bound to this object would be another one at each access.
        self._at_exit = self.stop_now
        atexit.register(self._at_exit)
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id, and its group's."""
        return self._process.pid

    def take_events(self) -> list[Event]:
        """What it has said since the last call, and no more than fits between two redraws."""
        events: list[Event] = []
        while len(events) < _EVENTS_AT_ONCE:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                break
            if event is None:
                self._heard_all = True
                break
            events.append(event)
        return events

    def poll(self) -> int | None:
        """The exit code once it has ended and all was taken; None before. Negative: the signal that ended it."""
        code = self._process.poll()
        if code is None or (self._stopper is not None and self._stopper.is_alive()):
            return None
        now = time.monotonic()
        self._ended_at = self._ended_at or now
        # A child that outlives it holds the pipe open: then nobody waits for the rest.
        silent = now - max(self._ended_at, self._heard_at) > _DRAIN_S or now - self._ended_at > _DRAIN_MOST_S
        if self._heard_all or (silent and self._events.empty()):
            self._close()
            return code
        return None

    def stop(self) -> None:
        """Ask it to stop, and after a moment end it with all it started; returns at once."""
        if self._stopper is None:
            self._stopper = threading.Thread(target=self._stop, daemon=True)
            self._stopper.start()

    def stop_now(self) -> None:
        """The same, and wait until it is gone: about a second at most."""
        self.stop()
        if self._stopper is not None:
            self._stopper.join(GRACE_S + _KILL_S + _DRAIN_S)
        self._close()

    def _stop(self) -> None:
        process = self._process
        # Before it ends: nobody can tell afterwards whose children they were.
        tree = list_tree(process.pid)
        if process.poll() is None:
            self._note("Stopping it.")
            try:
                # CTRL_BREAK_EVENT is Windows'. The program itself passes it on to what it started.
                process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
                process.wait(GRACE_S)
            except (OSError, subprocess.TimeoutExpired):
                self._note(f"It did not stop within {GRACE_S} s and is ended.")
                tree += list_tree(process.pid)
        kill_tree(process.pid, dict.fromkeys(tree))
        try:
            process.wait(_KILL_S)
        except subprocess.TimeoutExpired:
            self._note("It can't be ended.")

    def _read(self, source: IO[bytes]) -> None:
        with source:
            for line in source:
                self._heard_at = time.monotonic()
                event = _parse_event(line)
                if event is not None:
                    self._events.put(event)
                if event is None or event["event"] != "progress":
                    self._write(line)
        self._events.put(None)

    def _close(self) -> None:
        atexit.unregister(self._at_exit)
        if not self._log.closed:
            self._note(f"Exit code {self._process.poll()}.")
            self._log.close()

    def _note(self, text: str) -> None:
        self._write(f"{time.strftime('%H:%M:%S')} {text}\n".encode(errors="replace"))

    def _write(self, line: bytes) -> None:
        try:
            self._log.write(line)
        except (OSError, ValueError):
            # The disk is full, or the log is closed already: what the program says still reaches the user.
            return


def environment_for(folder: Path | None) -> dict[str, str]:
    """The variables for a program that runs in this folder, or in the current one."""
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    if folder is None:
        # Files that happen to lie in the current folder are no modules.
        environment["PYTHONSAFEPATH"] = "1"
    else:
        environment.pop("PYTHONSAFEPATH", None)
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"):
        environment.pop(name, None)  # Blender's are not its
    return environment


def _parse_event(line: bytes) -> Event | None:
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
