# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap capture`: videos to captures, one after the other or several at a time."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any

from ...motion.errors import GhostcapError
from ..children import run_child
from ..interrupts import Interrupt
from ..reporting import Outlet
from ..workspace import default_target
from .options import add_capture_options, arguments_from, settings_from, whole, without_doubles
from .several import for_each

HELP = "capture the motion of everybody in a video"
DESCRIPTION = """\
Capture the motion of everybody in a video, into a folder beside it: dance.mp4 -> dance.capture/.
A stopped job leaves dance.capture.part/ and goes on from there when the command is given again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO", help="a video, a picture or a folder of them")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where captures go (default: beside each video)")
    parser.add_argument("--overwrite", action="store_true", help="replace captures that exist")
    parser.add_argument("--jobs", type=whole, default=1, metavar="N", help="videos at a time (default: 1)")
    add_capture_options(parser)


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:
    """Capture each video; False when one failed."""
    # Half a second of numerics that `ghostcap --help` can do without.
    from ..pipeline import capture_video

    settings = settings_from(arguments)
    videos = without_doubles(arguments.videos)
    jobs = min(arguments.jobs, len(videos))

    def capture(video: Path) -> None:
        target = default_target(video, arguments.out)
        capture_video(
            video, target, settings, outlet,
            offline=arguments.offline, overwrite=arguments.overwrite, threads=arguments.threads,
        )  # fmt: skip
        outlet.done(capture=str(target))

    if jobs == 1:
        return for_each(videos, capture, outlet, arguments.out)

    command = [sys.executable, "-m", __name__.partition(".commands")[0], "capture", "--progress", "json"]
    command += arguments_from(settings)
    command += ["--threads", str(arguments.threads or max(1, (os.cpu_count() or 1) // jobs))]
    command += ["--out", str(arguments.out)] if arguments.out else []
    command += [f"--{name}" for name in ("offline", "overwrite") if getattr(arguments, name)]
    lock = threading.Lock()

    def capture_apart(video: Path) -> None:
        """In a process of its own: memory comes back, and a crash takes only one video along."""

        def pass_on(event: dict[str, Any]) -> None:
            with lock:
                if event["event"] == "done":
                    outlet.done(capture=event["capture"])
                elif event["event"] in ("warning", "note"):
                    outlet.warning(f"{video.name}: {event['message']}")

        result = run_child([*command, "--", str(video)], pass_on, interrupt.check)
        if result.returncode:
            raise next(
                iter(result.errors()), GhostcapError(f"{video} failed.", f"What was printed is in {result.log}.")
            )

    return for_each(videos, capture_apart, outlet, arguments.out, jobs)
