# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap import`: motions of other programs become captures."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..interrupts import Interrupt
from ..reporting import Outlet
from ..workspace import default_target
from .options import positive, without_doubles
from .several import for_each

HELP = "bring in a motion of another program: 4D-Humans' demo_*.pkl, AMASS's .npz"
DESCRIPTION = """\
Bring motions of other programs in as captures: demo_*.pkl of 4D-Humans (PHALP), .npz of AMASS (SMPL, SMPL+H, SMPL-X).
demo_dance.pkl -> demo_dance.capture/. Nothing in a file is run. What 4D-Humans only guessed (its ghosts) is bridged.
4D-Humans' files don't say the frame rate: give the video, or --fps."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="demo_*.pkl or an .npz")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where captures go (default: beside each file)")
    parser.add_argument("--overwrite", action="store_true", help="replace captures that exist")
    known = parser.add_argument_group("what the file does not say")
    known.add_argument("--video", type=Path, help="the video it was made from: frame rate, focal length, thumbnails")
    known.add_argument("--fps", type=positive, help="frames a second (default: the video's or the file's, else 30)")
    focal = known.add_mutually_exclusive_group()
    focal.add_argument("--focal-length-px", type=positive, metavar="PX", help="focal length of the video's picture")
    focal.add_argument("--focal-35mm", type=positive, metavar="MM", help="focal length as 35 mm equivalent")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:  # noqa: ARG001 - as all commands
    """Import each file; False when one failed."""
    from ..importing import ImportSettings, import_motion

    settings = ImportSettings(arguments.fps, arguments.focal_length_px, arguments.video, arguments.focal_35mm)

    def bring_in(path: Path) -> None:
        target = default_target(path, arguments.out)
        import_motion(path, target, settings, outlet, overwrite=arguments.overwrite)
        outlet.done(capture=str(target))

    return for_each(without_doubles(arguments.files), bring_in, outlet, arguments.out)
