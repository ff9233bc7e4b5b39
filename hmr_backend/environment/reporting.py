# SPDX-License-Identifier: GPL-3.0-or-later
"""How the work is told: plain lines for people, JSON lines for programs."""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Protocol

from .problem import EnvironmentProblem

TITLES = {"create": "Making the environment", "install": "Installing packages", "check": "Checking"}
_EVENTS_PER_S = 5.0
_LINE_EVERY_S = 5.0


class Reporter(Protocol):
    """Receives what the work has to say."""

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins (index counts from 1)."""
        ...

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done, in MB; also called with nothing new, a few times a second."""
        ...

    def note(self, message: str) -> None:
        """Something worth saying."""
        ...


class PlainLines:
    """Lines on stderr, a new one every few seconds while something moves; results on stdout."""

    def __init__(self) -> None:
        self._title, self._done, self._last = "", -1, 0.0

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins."""
        self._title, self._done, self._last = f"[{index}/{of}] {TITLES.get(stage, stage)}", -1, time.monotonic()
        self.note(self._title)

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done."""
        if total and done != self._done and time.monotonic() - self._last > _LINE_EVERY_S:
            self._done, self._last = done, time.monotonic()
            self.note(f"{self._title}: {done} of {total} MB")

    def note(self, message: str) -> None:
        """A line."""
        print(message, file=sys.stderr, flush=True)

    def done(self, **result: Any) -> None:
        """The results, a line each."""
        for value in result.values():
            print(value, flush=True)

    def error(self, problem: EnvironmentProblem) -> None:
        """A line that begins with "error:"."""
        self.note(f"error: {problem}")


class JsonLines:
    """The line protocol: one JSON object a line on stdout."""

    def __init__(self) -> None:
        self._stage, self._last = "", 0.0

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins."""
        self._stage = stage
        self._write(event="stage", stage=stage, index=index, of=of)

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done."""
        now = time.monotonic()
        if total and (now - self._last >= 1 / _EVENTS_PER_S or done >= total):
            self._last = now
            self._write(event="progress", stage=self._stage, done=done, total=total, unit="MB")

    def note(self, message: str) -> None:
        """A note event."""
        self._write(event="note", message=message)

    def done(self, **result: Any) -> None:
        """A done event."""
        self._write(event="done", **result)

    def error(self, problem: EnvironmentProblem) -> None:
        """An error event."""
        self._write(event="error", code=problem.code, message=problem.message, hint=problem.hint)

    def _write(self, **event: Any) -> None:
        # ASCII: a Windows pipe is seldom UTF-8, and a path must survive it.
        print(json.dumps(event, ensure_ascii=True), flush=True)
