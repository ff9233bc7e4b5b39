# SPDX-License-Identifier: GPL-3.0-or-later
"""This checkout of Ghostcap: where it lies, its environments (.venvs), and programs run in them.

Standard library only; for the scripts beside it, which any Python from 3.11 on can run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# A script is told only where it lies itself.
ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / ".venvs"
EXIT_CANCELLED = 130

Event = dict[str, Any]


class Failed(Exception):  # noqa: N818 - carries an exit code; the user was told already
    """A program we need failed. `code` names why, where it said so."""

    def __init__(self, exit_code: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.exit_code, self.code, self.message = exit_code, code, message


def python_of(name: str) -> Path:
    """The Python of an environment of this checkout."""
    return VENVS / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment(name: str, parts: Sequence[str], say: Callable[[Event], None]) -> Path:
    """Make an environment, or bring it up to date; its Python. `say` gets the events of the work. Raises Failed."""
    return Path(_ask_environment(["install", "--folder", str(VENVS / name), "--parts", *parts], say)["python"])


def ensure_blender(given: str, say: Callable[[Event], None]) -> Path:
    """The user's Blender, one on PATH, or a Python with the bpy module, made when there is none. Raises Failed."""
    chosen = ["--blender", given] if given else []
    return Path(_ask_environment(["blender", "--folder", str(VENVS), *chosen], say)["blender"])


def print_event(event: Event) -> None:
    """An event for a person, on stderr."""
    if line := describe(event):
        print(line, file=sys.stderr, flush=True)


def print_json(event: Event) -> None:
    """An event for a program, on stdout."""
    print(json.dumps(event), flush=True)


def describe(event: Event) -> str:
    """A line about an event; progress is told every tenth part, by the total it has."""
    match event["event"]:
        case "note" | "warning":
            return str(event["message"])
        case "error":
            return f"error: {event['message']} {event['hint']}".strip()
        case "stage" if event["stage"] == "install":
            return "Installing packages ..."
        case "stage" if event["stage"] == "check":
            return "Checking that they work ..."
        case "progress":
            return f"  {event['done']} of {event['total']} {event.get('unit', '')}"
        case _:
            return ""


def run(command: Sequence[str | Path]) -> int:
    """Run a program in our place: it has the terminal, and its exit code is ours."""
    process = subprocess.Popen([str(part) for part in command])
    _pass_on_sigterm(process)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal sent it to the program too, which ends in its own time.
            continue


def _ask_environment(arguments: Sequence[str], say: Callable[[Event], None]) -> Event:
    command = [sys.executable, "-m", "hmr_backend.environment", *arguments, "--progress", "json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", errors="replace")
    _pass_on_sigterm(process)
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    result: Event = {}
    error: Event = {"code": "failed", "message": "The environment could not be made."}
    said = -1
    try:
        for line in process.stdout:
            event: Event = json.loads(line)
            if event["event"] == "done":
                result = event
                continue
            if event["event"] == "error":
                error = event
            if event["event"] == "progress":
                tenth = 10 * event["done"] // event["total"]
                if tenth == said:
                    continue
                said = tenth
            say(event)
    except KeyboardInterrupt:
        process.wait()
        raise
    if process.wait() or not result:
        code = EXIT_CANCELLED if error["code"] == "cancelled" else 1
        raise Failed(code, str(error["code"]), str(error["message"]))
    return result


def _pass_on_sigterm(process: subprocess.Popen[Any]) -> None:
    try:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    except ValueError:
        return  # not the main thread, which passes it on
