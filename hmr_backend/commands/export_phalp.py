# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap export-phalp`: a capture as 4D-Humans' demo_*.pkl."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...motion.capture import read_capture, read_capture_body, read_tracks
from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..reporting import Outlet

HELP = "write a capture as demo_*.pkl, for the tools of 4D-Humans"
DESCRIPTION = """\
Write a capture as PHALP's result file, for the tools of 4D-Humans: dance.capture -> demo_dance.pkl.
Frames that were bridged have tracked_time -1. Masks are empty."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="a capture folder")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file to write (default: beside the capture)")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """Write the file."""
    from ..foreign.phalp_writing import write_phalp

    folder: Path = arguments.capture
    if not folder.exists():
        raise GhostcapError(f"{folder} does not exist.", "Give a capture folder.", "not_found")
    target: Path = arguments.out or folder.resolve().parent / f"demo_{folder.resolve().stem}.pkl"
    if target.exists() and not arguments.overwrite:
        raise GhostcapError(f"{target} exists.", "Give --overwrite, or another name with --out.", "exists")
    capture = read_capture(folder)
    write_phalp(target, capture, read_tracks(folder, capture), read_capture_body(folder))
    outlet.done(file=str(target))
    return True
