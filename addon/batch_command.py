# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of scripts/batch_export.py."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..motion.errors import GhostcapError
from ..motion.root_motion import ROOT_MODES
from .batch import BatchOptions, run_batch
from .batch_report import JsonLines, Lines, Report, write_summary
from .interrupt import Interrupt
from .targets import DEFAULT_TARGET, FORMATS, Format, list_targets, read_target

_DESCRIPTION = """\
Turn videos and captures into animation files, without a window.
Videos are captured by the backend first; what is captured already is used again."""
_EPILOG = """\
exit codes: 0 all done, 1 something failed, 2 wrong usage, 130 cancelled"""


def main(argv: list[str]) -> int:
    """Run the command with its own arguments only; returns the exit code."""
    arguments = _parser().parse_args(argv)
    report: Report = JsonLines() if arguments.progress == "json" else Lines()
    try:
        target = read_target(arguments.target)
    except GhostcapError as error:
        report.event(None, event="error", code=error.code, message=error.message, hint=error.hint)
        return 1
    options = BatchOptions(
        out=arguments.out.absolute(),
        formats=arguments.format or (target.format,),
        target=target,
        track=arguments.track,
        jobs=arguments.jobs,
        overwrite=arguments.overwrite,
        backend=arguments.backend,
        offline=arguments.offline,
        root_motion=arguments.root_motion or target.root_motion,
        to_origin=arguments.to_origin,
        athlete=arguments.compare.absolute() if arguments.compare else None,
    )
    with Interrupt() as interrupt:
        outcomes = run_batch([path.absolute() for path in arguments.inputs], options, report, interrupt)
        failed = any(outcome.status == "failed" for outcome in outcomes)
        try:
            write_summary(arguments.summary or options.out / "summary.json", outcomes)
        except GhostcapError as error:
            report.event(None, event="error", code=error.code, message=error.message, hint=error.hint)
            failed = True
        report.end(outcomes)
        return 130 if interrupt.asked else int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batch_export.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="VIDEO_OR_CAPTURE", help="videos, or capture folders")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where files and captures go")
    parser.add_argument(
        "--format", type=_formats, metavar="LIST", help=f"of {','.join(FORMATS)} (default: what the target likes)"
    )
    parser.add_argument("--track", type=_track, default="all", metavar="WHO", help="main, all (default) or an id")
    parser.add_argument(
        "--target",
        choices=list_targets(),
        default=DEFAULT_TARGET,
        help="program the files are for (default: %(default)s)",
    )
    parser.add_argument("--root-motion", choices=ROOT_MODES, help="what the bone root carries (default: the target's)")
    parser.add_argument("--to-origin", action="store_true", help="begin each clip at the origin, facing the front")
    parser.add_argument("--overwrite", action="store_true", help="replace files and captures that exist")
    parser.add_argument(
        "--compare", type=Path, metavar="ATHLETE", help="also compare each input with this capture, .npz or video"
    )
    capturing = parser.add_argument_group("capturing videos")
    capturing.add_argument("--jobs", type=_whole, default=1, metavar="N", help="videos at a time (default: 1)")
    capturing.add_argument("--backend", type=Path, metavar="PYTHON", help="Python of the backend's environment")
    capturing.add_argument("--offline", action="store_true", help="never use the network; models must be there")
    output = parser.add_argument_group("output")
    output.add_argument("--summary", type=Path, metavar="FILE", help="the summary in JSON (default: DIR/summary.json)")
    output.add_argument(
        "--progress", choices=["lines", "json"], default="lines", help="lines for people, or one JSON object a line"
    )
    return parser


def _formats(text: str) -> tuple[Format, ...]:
    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    formats: tuple[Format, ...] = tuple(name for name in FORMATS if name in wanted)
    if not formats or set(wanted) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(FORMATS)}")
    return formats


def _track(text: str) -> str:
    if text not in ("main", "all") and not text.isdecimal():
        raise argparse.ArgumentTypeError("must be main, all or an id")
    return text


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)
