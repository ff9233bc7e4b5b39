# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m hmr_backend.environment`: environments from the command line. Exit codes: 0, 1 failed, 2 usage, 130."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .blender import ensure_blender
from .checking import check
from .pins import PARTS
from .problem import EnvironmentProblem
from .reporting import JsonLines, PlainLines
from .venvs import install, read_state, remove


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = _build_parser().parse_args(argv)
    reporter = JsonLines() if arguments.progress == "json" else PlainLines()
    # SIGTERM is how a farm stops a job, CTRL_BREAK how one Windows program stops another.
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        _run(arguments, reporter)
    except KeyboardInterrupt:
        hint = "Give the same command again to go on."
        reporter.error(EnvironmentProblem("Cancelled.", hint, "cancelled"))
        return 130
    except EnvironmentProblem as problem:
        reporter.error(problem)
        return 1
    return 0


def _run(arguments: argparse.Namespace, reporter: PlainLines | JsonLines) -> None:
    folder: Path = arguments.folder.absolute()
    match arguments.command:
        case "install":
            reporter.done(python=str(install(folder, arguments.parts, reporter, arguments.python)))
        case "check":
            if read_state(folder, arguments.parts) == "missing":
                raise EnvironmentProblem(f"{folder} is not there.", "Install it first.", "missing")
            check(folder, arguments.parts, reporter)
            reporter.done(state="works")
        case "state":
            reporter.done(state=read_state(folder, arguments.parts))
        case "remove":
            remove(folder)
            reporter.done(removed=str(folder))
        case _:
            given = arguments.blender or ""
            reporter.done(blender=str(ensure_blender(folder, reporter, given, arguments.parts)))


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hmr_backend.environment", description="The environments Ghostcap runs in."
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    texts = {
        "install": "make an environment, or bring it up to date; prints its Python",
        "check": "run each part of it for real",
        "state": "missing, partial, broken, outdated or ready",
        "remove": "delete it",
        "blender": "Blender, or a Python with its module, made below the folder when there is none; prints its path",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--folder", type=Path, required=True, help="where the environment lies")
        default = [] if name == "blender" else ["backend"]
        command.add_argument("--parts", nargs="+", choices=PARTS, default=default, help="what is in it")
        command.add_argument("--progress", choices=["lines", "json"], default="lines", help="lines, or JSON events")
        if name == "install":
            command.add_argument("--python", type=Path, help="the Python to make it with (default: one that fits)")
        if name == "blender":
            command.add_argument("--blender", help="the Blender to use")
    return parser


if __name__ == "__main__":
    sys.exit(main())
