# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command ghostcap`: the backend's commands and its installation, without a mouse."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import bpy

from ..motion.errors import GhostcapError
from . import environments
from .preferences import backend_folder, find_backend_python, named_environment
from .programs import GRACE_S, environment_for
from .runs import Command

NAME = "ghostcap"
EXIT_FAILED, EXIT_USAGE, EXIT_CANCELLED = 1, 2, 130

_USAGE = """\
usage: blender --command ghostcap COMMAND ...

  capture VIDEO ...             capture the motion of everybody in a video
  animate VIDEO --out DIR ...   make animation files of a video, with this Blender
  tracks CAPTURE                list the people of a capture
  backend install|update|repair|remove|check|state
                                the backend, which reads videos; --yes agrees to its download

All other commands, and options, are the backend's: blender --command ghostcap capture --help.
The network is used only with blender --online-mode, or when the preferences allow it.

exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled"""

_MAKING = {
    "install": environments.install_commands,
    "update": environments.install_commands,
    "repair": environments.repair_commands,
}
_handle: Any = None


def main(arguments: Sequence[str]) -> int:
    """Run `blender --command ghostcap ARGUMENTS`; the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, flush=True)  # noqa: T201 - the answer
        return 0 if arguments else EXIT_USAGE
    try:
        if arguments[0] == "backend":
            return _run_backend_command(arguments[1:])
        return _run(_capture_command(list(arguments)))
    except GhostcapError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the answer
        return EXIT_USAGE if error.code == "usage" else EXIT_FAILED


def _capture_command(arguments: list[str]) -> Command:
    """The backend's own command, with what this Blender knows."""
    python = find_backend_python(bpy.context)
    asks_only = not {"-h", "--help"}.isdisjoint(arguments)
    if arguments[0] in ("capture", "animate") and not bpy.app.online_access and not asks_only:
        arguments = [arguments[0], "--offline", *arguments[1:]]
    if arguments[0] == "animate" and not any(text.partition("=")[0] == "--blender" for text in arguments):
        # In Blender's module there is no program, but a Python that has it.
        arguments = [arguments[0], "--blender", bpy.app.binary_path or sys.executable, *arguments[1:]]
    return Command([python, "-m", "ghostcap.hmr_backend", *arguments])


def _run_backend_command(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="blender --command ghostcap backend")
    parser.add_argument("action", choices=[*_MAKING, "remove", "check", "state"])
    parser.add_argument("--yes", action="store_true", help="agree to the download")
    parser.add_argument("--torch", action="store_true", help="with torch, for the estimator hmr2")
    try:
        given = parser.parse_args(list(arguments))
    except SystemExit as stop:
        return 0 if stop.code in (None, 0) else EXIT_USAGE
    context = bpy.context
    if given.action == "check":
        return _run(*environments.check_commands(find_backend_python(context), as_json=False))
    if named_environment(context):
        raise GhostcapError("An environment of your own is used.", "Clear it in the add-on's preferences.", "usage")
    folder = backend_folder(context)
    if given.action == "state":
        return _run(*environments.state_commands(folder, as_json=False))
    if given.action == "remove":
        return _run(*environments.remove_commands(folder, as_json=False))
    if not bpy.app.online_access:
        raise GhostcapError("Blender may not use the network.", "Start it with --online-mode.", "offline")
    if not given.yes:
        lines = "\n".join(environments.describe_download(folder, given.torch))
        raise GhostcapError(f"Nothing is downloaded without your yes.\n{lines}\n", "Add --yes to agree.", "usage")
    return _run(*_MAKING[given.action](folder, torch=given.torch, as_json=False))


def _run(*commands: Command) -> int:
    """One after the other, with the terminal; the first exit code that is not 0 ends it."""
    for command in commands:
        process = subprocess.Popen(
            [str(part) for part in command.arguments], cwd=command.folder, env=environment_for(command.folder)
        )
        code = _wait(process)
        if code:
            return code if code > 0 else 128 - code
    return 0


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for a program that has the terminal, and so gets its Ctrl-C; what is sent to Blender alone is passed on."""

    def pass_on(number: int, _frame: Any) -> None:
        if number != signal.SIGINT or not _has_terminal():
            process.send_signal(number)

    numbers = [signal.SIGINT, signal.SIGTERM] if os.name != "nt" else [signal.SIGINT]
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if process.poll() is None:
            process.terminate()
            process.wait(GRACE_S)


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def register() -> None:
    """Make `blender --command ghostcap` known."""
    global _handle  # noqa: PLW0603 - Blender wants the handle back
    _handle = bpy.utils.register_cli_command(NAME, main)


def unregister() -> None:
    """Undo `register`."""
    global _handle  # noqa: PLW0603 - as above
    bpy.utils.unregister_cli_command(_handle)
    _handle = None
