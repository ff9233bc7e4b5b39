# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap models`: which networks are there, under which licence; fetch them, or add one of your own."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..models import HEAVY, MEDIAPIPE, add_model, ensure_models, models_folder
from ..reporting import Outlet
from ..wheels import DataFile

HELP = "list, fetch or add the networks that look at the video"
DESCRIPTION = """\
List the networks of the estimators: what is there, where it comes from, under which licence.
  ghostcap models             list
  ghostcap models fetch       fetch what is missing
  ghostcap models add FILE    add pose_landmark_heavy.tflite: more exact, three times slower"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("action", nargs="?", choices=["list", "fetch", "add"], default="list", help="default: list")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the network to add")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """List, fetch or add."""
    if (arguments.action == "add") != (arguments.file is not None):
        raise GhostcapError("`add` needs a file, and nothing else does.", "See ghostcap models --help.", "usage")
    if arguments.action == "add":
        outlet.done(model=str(add_model(arguments.file)))
    elif arguments.action == "fetch":
        outlet.note(f"{MEDIAPIPE.title} ({MEDIAPIPE.license}), at most {MEDIAPIPE.size / 1e6:.0f} MB, will be fetched.")
        ensure_models(outlet)
        outlet.done(models=str(models_folder()))
    else:
        _list()
    return True


def _list() -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("network", "licence", "size", "state"):
        table.add_column(title, justify="right" if title == "size" else "left", overflow="fold")
    for file in MEDIAPIPE.files:
        _add_row(table, file, "missing: ghostcap models fetch")
    _add_row(table, HEAVY, "not there (optional): ghostcap models add FILE")
    console = Console(soft_wrap=True)
    console.print(table)
    console.print(f"in {models_folder()}", highlight=False)


def _add_row(table: Table, file: DataFile, missing: str) -> None:
    path = models_folder() / Path(file.name).name
    there = path.is_file()
    size = f"{path.stat().st_size / 1e6:.1f} MB" if there else ""
    table.add_row(path.name, MEDIAPIPE.license, size, "there" if there else missing)
