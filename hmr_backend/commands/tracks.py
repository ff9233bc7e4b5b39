# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap tracks`: who is in a capture."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ...motion.capture import read_capture
from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..reporting import Outlet

HELP = "list the people of a capture"
DESCRIPTION = "List the people of a capture: id, frames, coverage, confidence, first and last frame."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="a capture folder")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a table")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """Print the table on stdout."""
    if not arguments.capture.exists():
        raise GhostcapError(f"{arguments.capture} does not exist.", "Give a capture folder.", "not_found")
    capture = read_capture(arguments.capture)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(row) for row in capture.tracks], indent=2))
        return True
    table = Table(box=None, pad_edge=False)
    for title in ("id", "frames", "coverage", "confidence", "first", "last"):
        table.add_column(title, justify="right")
    table.add_column("")
    for row in capture.tracks:
        table.add_row(
            str(row.id), str(row.frames), f"{row.coverage:.0%}", f"{row.confidence:.2f}", str(row.first), str(row.last),
            "recommended" if row.recommended else row.name,
        )  # fmt: skip
    Console().print(table)
    return True
