# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap compare`: an athlete beside the user, as a report, tables, pictures and a film."""

from __future__ import annotations

import argparse
import locale
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..reporting import Outlet
from ..workspace import already_there, friendly_disk_errors
from .options import seconds, whole

HELP = "put an athlete's ghost beside a user and tell where they differ"
DESCRIPTION = """\
Compare a USER with an ATHLETE: captures, .npz files (AMASS, or a capture's track), videos or a picture.
Both are brought into one time, onto the user's bones and to one place. DIR gets report.html (one file, English and
Chinese), report.json, report.csv, pictures/ and comparison.mp4 with the user, the ghost and the differences in colour.
  ghostcap compare pro.capture me.mp4 --out lesson
  ghostcap compare pro.capture me.capture --out lesson --marker top=1.4:0.9 --marker impact=1.7:1.2"""
FILES = ("report.html", "report.json", "report.csv", "comparison.mp4", "pictures")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("athlete", type=Path, metavar="ATHLETE", help="how it should be done")
    parser.add_argument("user", type=Path, metavar="USER", help="who wants to know")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where everything goes")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--no-video", action="store_true", help="leave out the film, which takes longest")
    parser.add_argument(
        "--language", choices=["en", "zh"],
        help="of the film and of what is told here, and first in the report, which has both (default: your system's)",
    )  # fmt: skip
    which = parser.add_argument_group("which part")
    for side in ("athlete", "user"):
        which.add_argument(f"--{side}-track", type=int, metavar="ID", help=f"the {side} among several people")
        which.add_argument(
            f"--{side}-range", type=_span, metavar="FROM-TO", help=f"seconds of the {side}'s clip, such as 1.5-4"
        )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--by", choices=["auto", "golf", "repetitions", "motion"], default="auto",
        help="bring into step by the events of a golf swing, by repetitions, or by the motion itself (default: auto)",
    )  # fmt: skip
    how.add_argument(
        "--marker", type=_marker, action="append", default=[], metavar="NAME=USER:ATHLETE",
        help="a moment of both, in seconds; give two at least, they win over everything else",
    )  # fmt: skip
    how.add_argument(
        "--mirror", choices=["auto", "yes", "no"], default="auto", help="mirror the athlete: the other hand"
    )
    how.add_argument("--pure-shape", action="store_true", help="poses alone: no sway, no lean, no heading in distances")
    how.add_argument("--anyway", action="store_true", help="compare even what seems to be different motions")
    capture = parser.add_argument_group("videos are captured first")
    capture.add_argument("--offline", action="store_true", help="never use the network; models must be there")
    capture.add_argument("--threads", type=whole, help="threads for the networks (default: as many as help)")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:
    """Compare and write; whatever exists already is named before anything is done."""
    from ...motion.compare.coaching import read_thresholds
    from ...motion.compare.comparison import Settings, compare_clips
    from ...motion.compare.phases import Event
    from ..compare.page import write_page
    from ..compare.pictures import write_pictures
    from ..compare.sides import CaptureOptions, check_sides, read_side
    from ..compare.tables import describe, write_csv, write_json

    out: Path = arguments.out
    for name in FILES:
        if (out / name).exists() and not arguments.overwrite:
            raise already_there(out / name)
    if out.exists() and not out.is_dir():
        raise GhostcapError(f"{out} is a file.", "Name a folder with --out.", "exists")
    language = arguments.language or system_language()
    outlet.speak(language)
    options = CaptureOptions(out, arguments.offline, arguments.threads)
    check_sides([arguments.athlete, arguments.user], options, outlet)
    athlete = read_side(arguments.athlete, arguments.athlete_track, options, outlet)
    user = read_side(arguments.user, arguments.user_track, options, outlet)
    interrupt.check()

    outlet.stage("compare", 1, 2)
    clips, starts = [], []
    for side, span in ((athlete, arguments.athlete_range), (user, arguments.user_range)):
        begin, end = span or (0.0, float("inf"))
        start = min(round(begin * side.clip.fps), len(side.clip))
        stop = min(len(side.clip), end * side.clip.fps + 1)
        clips.append(side.clip.cut(start, int(stop)))
        starts.append(start)
    markers: list[list[Event]] = [[], []]
    for name, *times in arguments.marker:
        for events, time, clip, start in zip(markers, times[::-1], clips, starts, strict=True):
            events.append(Event(name, time * clip.fps - start))
    result = compare_clips(
        clips[0],
        clips[1],
        Settings(
            by=arguments.by, mirror=arguments.mirror, pure_shape=arguments.pure_shape, anyway=arguments.anyway,
            user_markers=tuple(markers[1]), athlete_markers=tuple(markers[0]), thresholds=read_thresholds(),
        ),
    )  # fmt: skip
    for warning in result.warnings:
        outlet.warning(warning)
    outlet.progress(1, 1)

    outlet.stage("draw", 2, 2)
    film = out / "comparison.mp4" if len(result.user) > 1 and not arguments.no_video else None
    with friendly_disk_errors(out), _whole_or_nothing(out / "pictures"):
        out.mkdir(parents=True, exist_ok=True)
        if arguments.overwrite:
            shutil.rmtree(out / "pictures", ignore_errors=True)
            (out / "comparison.mp4").unlink(missing_ok=True)
        pictures, has_video = write_pictures(user, result, film, out / "pictures", outlet, language)
        data = describe(result, user.name, athlete.name)
        write_json(out / "report.json", data)
        write_csv(out / "report.csv", result)
        write_page(
            out / "report.html", result, (user.name, athlete.name), pictures, film, has_video, arguments.language
        )
    outlet.done(
        report=str(out / "report.html"), score=data["score"], video=str(film) if film else None,
        findings=[finding["text"][language] for finding in data["findings"]],
    )  # fmt: skip
    return True


def system_language() -> str:
    """Chinese ("zh") where the system speaks it, else English ("en")."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next((name for name in names if name), "") or locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[None]:
    """Take the folder away when what fills it is stopped; the files beside it are each written whole."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _span(text: str) -> tuple[float, float]:
    """FROM-TO in seconds or minutes:seconds, for argparse; either may be left out."""
    first, dash, last = text.partition("-")
    if not dash:
        raise argparse.ArgumentTypeError("give it as FROM-TO, such as 1.5-4")
    begin, end = seconds(first) if first else 0.0, seconds(last) if last else float("inf")
    if begin >= end:
        raise argparse.ArgumentTypeError("it ends before it begins")
    return begin, end


def _marker(text: str) -> tuple[str, float, float]:
    """NAME=USER:ATHLETE, seconds, for argparse."""
    name, _, times = text.rpartition("=")
    user, _, athlete = times.partition(":")
    try:
        return name or "marker", float(user), float(athlete)
    except ValueError:
        raise argparse.ArgumentTypeError("give it as NAME=USER:ATHLETE in seconds, such as impact=1.7:1.2") from None
