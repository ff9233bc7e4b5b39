# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs in the background, one after the other: where they are, how fast they go, how they ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..motion.errors import GhostcapError
from .programs import Event, Program

State = Literal["waiting", "running", "cancelling", "done", "failed", "cancelled"]
_CANCELLED = 130
_HINTS = {
    "model_missing": "Press Repair, or Fetch Models, in the add-on's preferences.",
    "exists": "Choose Overwrite, or another folder.",
    "disk_full": "Make room, or choose another folder in the panel Video, under Options.",
    "read_only": "Choose another folder in the panel Video, under Options.",
    "not_writable": "Choose another folder in the panel Video, under Options.",
}


@dataclass(frozen=True)
class Command:
    """A program with its arguments."""

    arguments: Sequence[str | Path]
    folder: Path | None = None
    """Where it runs; the current one by default."""


@dataclass(kw_only=True, eq=False)
class Run:
    """Programs that run one after the other, and what they have said so far."""

    id: int
    title: str
    commands: list[Command]
    log: Path
    state: State = "waiting"
    stage: str = ""
    """The name the program has for it; `stages.title_of` has the user's."""
    stage_index: int = 0
    """Counts from 1."""
    stages: int = 0
    done: int = 0
    total: int = 0
    unit: str = "frames"
    fps: float = 0.0
    eta_s: float = 0.0
    """Seconds left in this stage."""
    message: str = ""
    """How it failed, or the last thing worth saying."""
    hint: str = ""
    code: str = ""
    """The error's name for programs."""
    notes: list[str] = field(default_factory=list)
    """Warnings and notes."""
    warnings: list[str] = field(default_factory=list)
    """What the user should know of the result."""
    result: Event = field(default_factory=dict)
    """The last done event."""
    on_end: Callable[[Run], None] | None = None
    """Called on the main thread when it has ended."""
    _program: Program | None = None
    _step: int = 0

    @property
    def finished(self) -> bool:
        """Nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def factor(self) -> float:
        """How much of the stage is done, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._program.pid if self._program else None

    def start(self) -> None:
        """Start the first program."""
        self.state = "running"
        self._start_step()

    def poll(self) -> bool:
        """Take in what has been said; never waits. True when something changed."""
        program = self._program
        if program is None:
            return False
        events = program.take_events()
        for event in events:
            self._hear(event)
        code = program.poll()
        if code is None:
            return bool(events)
        self._program = None
        self._end_step(code)
        return True

    def cancel(self) -> None:
        """Stop it within a second, keeping what is needed to go on; returns at once."""
        if self.state == "waiting":
            self.state, self.message = "cancelled", "Cancelled."
        elif self.state == "running" and self._program is not None:
            self.state = "cancelling"
            self._program.stop()

    def stop_now(self) -> None:
        """The same, done when this returns: Blender is closing, or the add-on goes."""
        self.cancel()
        if self._program is not None:
            self._program.stop_now()
            self._program = None
        if not self.finished:
            self.state, self.message = "cancelled", "Cancelled."

    def _start_step(self) -> None:
        command = self.commands[self._step]
        try:
            self._program = Program(command.arguments, self.log, command.folder)
        except GhostcapError as error:
            self._fail(error.message, error.hint, error.code)
        except OSError as error:
            self._fail(f"{error.filename} can't be written: {error.strerror}.", "Make room on the disk.", "disk_full")

    def _end_step(self, code: int) -> None:
        if self.state == "cancelling" or code == _CANCELLED:
            self.state, self.message = "cancelled", "Cancelled."
            self.hint = "Start it again; it goes on where it was."
        elif self.code:
            self.state = "failed"
        elif code:
            self._fail(*_explain_end(code))
        elif self._step + 1 < len(self.commands):
            self._step += 1
            self._start_step()
        else:
            self.state = "done"

    def _hear(self, event: Event) -> None:
        match event["event"]:
            case "stage":
                self.stage = str(event.get("stage", ""))
                self.stage_index, self.stages = int(event.get("index", 0)), int(event.get("of", 0))
                self.done = self.total = 0
                self.fps = self.eta_s = 0.0
            case "progress":
                self.done, self.total = int(event.get("done", 0)), int(event.get("total", 0))
                self.fps, self.eta_s = float(event.get("fps", 0.0)), float(event.get("eta_s", 0.0))
                self.unit = str(event.get("unit", "frames"))
            case "note" | "warning":
                self.notes.append(str(event.get("message", "")))
                if event["event"] == "warning":
                    self.warnings.append(self.notes[-1])
            case "error":
                self.message, self.hint = str(event.get("message", "")), str(event.get("hint", ""))
                self.code = str(event.get("code", "failed"))
                # The backend speaks of its command line.
                self.hint = _HINTS.get(self.code, self.hint)
            case "done":
                self.result = event
            case _:
                # Written by a newer backend.
                return

    def _fail(self, message: str, hint: str, code: str) -> None:
        self.state, self.message, self.hint, self.code = "failed", message, hint, code


def _explain_end(code: int) -> tuple[str, str, str]:
    """Message, hint and code for a program that ended without a word."""
    if code in (-9, 137):
        what = "The backend was ended from outside; perhaps there was too little memory."
    elif code < 0:
        what = f"The backend was ended by signal {-code}."
    else:
        what = f"The backend ended with code {code}."
    return what, "Start it again; it goes on where it was. The log says more.", "backend_failed"
