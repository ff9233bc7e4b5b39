# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `ghostcap`: arguments, Ctrl-C, errors and exit codes (0 done, 1 failed, 2 wrong usage, 130 cancelled)."""

from __future__ import annotations

import argparse
import importlib
import keyword
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType

from ..motion.errors import GhostcapError
from .commands.options import add_output_options
from .interrupts import Interrupt, interruptible
from .progress import Cancelled
from .reporting import JsonLines, Outlet, ProgressBar
from .workspace import disk_error, is_disk_error

COMMANDS = ("capture", "animate", "compare", "tracks", "smooth", "models", "weights", "import", "export-phalp", "check")
EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130
DESCRIPTION = "Video in, animation out: the motion of people in a video, for Blender, game engines and everything else."
EXAMPLES = """\
examples:
  ghostcap capture dance.mp4                      dance.mp4 -> dance.capture/
  ghostcap tracks dance.capture                   who is in it
  ghostcap animate dance.mp4 --out animations     capture, preview and an .fbx for each person

exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
Ctrl-C stops at the next frame and keeps what is needed to go on; a second one stops at once."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ghostcap` with these arguments (default: those of the process); returns the exit code."""
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:
        return EXIT_DONE if stop.code in (None, 0) else EXIT_USAGE
    logging.basicConfig(
        level=logging.DEBUG if arguments.debug else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    with interruptible() as interrupt:
        outlet: Outlet = JsonLines(interrupt) if arguments.progress == "json" else ProgressBar(interrupt)
        try:
            return _run(arguments, outlet, interrupt)
        finally:
            outlet.close()


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="ghostcap", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = _command(name)
        sub = commands.add_parser(
            name,
            help=command.HELP,
            description=command.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        add_output_options(sub)
        sub.set_defaults(command=command)
    return parser


def _run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> int:
    try:
        return EXIT_DONE if arguments.command.run(arguments, outlet, interrupt) else EXIT_FAILED
    except (Cancelled, KeyboardInterrupt):
        error = GhostcapError("Cancelled.", "Give the same command again to go on.", "cancelled")
        outlet.error(error)
        return EXIT_CANCELLED
    except GhostcapError as error:
        if arguments.debug:
            traceback.print_exc()
        outlet.error(error)
        if error.code == "usage":
            return EXIT_USAGE
    except BrokenPipeError:
        # Whoever read our output has gone: nobody to tell. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - the last resort: a line for the user, the traceback in a file
        if isinstance(error, OSError) and is_disk_error(error):
            outlet.error(disk_error(error, Path(error.filename or tempfile.gettempdir())))
        else:
            outlet.error(_unexpected(error))
        if arguments.debug:
            traceback.print_exc()
    return EXIT_FAILED


def _unexpected(error: Exception) -> GhostcapError:
    """Our own mistake: where its traceback is."""
    now = datetime.now().astimezone()
    log = Path(tempfile.gettempdir()) / f"ghostcap-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    try:
        log.write_text(f"{now.isoformat()}\n{' '.join(sys.argv)}\n{traceback.format_exc()}", encoding="utf-8")
    except OSError as trouble:
        return GhostcapError(f"Unexpected {what}.", f"Run it again with --debug ({trouble}).", "unexpected")
    return GhostcapError(f"Unexpected {what}.", f"Details are in {log}.", "unexpected")


def _command(name: str) -> ModuleType:
    module = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
    return importlib.import_module(f".commands.{module}", __package__)


if __name__ == "__main__":
    sys.exit(main())
