# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap smooth`: smooth a capture again, from its raw motion."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ...motion.capture import read_capture, read_capture_body, read_tracks, write_capture, write_track
from ...motion.errors import GhostcapError
from ..interrupts import Interrupt
from ..reporting import Outlet
from ..settings import usual_strength
from ..workspace import friendly_disk_errors
from .options import add_smoothing_options, smoothing_part

HELP = "smooth a capture again, or not at all"
DESCRIPTION = """\
Smooth the people of a capture again. It always begins with the raw motion, which the capture keeps: strength 0 or
the method none brings it back.
  ghostcap smooth dance.capture --smooth-strength 0.5
  ghostcap smooth dance.capture --smooth butterworth --amount 4
  ghostcap smooth dance.capture --part arms=0.3 --part root=1"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="a capture folder")
    parser.add_argument("--track", type=int, action="append", metavar="ID", help="this person only; may be repeated")
    add_smoothing_options(parser)
    parser.add_argument(
        "--part", type=smoothing_part, action="append", default=[], metavar="PART=STRENGTH",
        help="another strength for arms, legs, torso, head or root; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--amount", type=float, help="a filter's own parameter: seconds of savgol and gaussian, or hertz"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="a SmoothNet checkpoint of your own")


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:
    """Smooth the tracks and write them in place, each whole or not at all."""
    from threadpoolctl import threadpool_limits

    from ...motion.smoothing import Smoothing
    from ...motion.track_smoothing import smooth_track, strength_by_joint
    from ...smoothnet.checkpoint import read_checkpoint

    if arguments.weights and arguments.smooth != "smoothnet":
        raise GhostcapError("--weights are those of smoothnet.", "Leave out --smooth or --weights.", "usage")
    if arguments.amount is not None and (arguments.smooth in ("smoothnet", "none") or not arguments.amount > 0):
        raise GhostcapError("--amount is a filter's, above zero.", "Choose one with --smooth.", "usage")
    folder = arguments.capture
    if not folder.exists():
        raise GhostcapError(f"{folder} does not exist.", "Give a capture folder.", "not_found")
    capture, body = read_capture(folder), read_capture_body(folder)
    strength = arguments.smooth_strength
    if strength is None:
        strength = usual_strength(capture.estimator)
    smoothing = Smoothing(
        arguments.smooth,
        strength,
        strength_by_joint(dict(arguments.part)),
        arguments.amount,
        read_checkpoint(arguments.weights) if arguments.weights else None,
    )
    tracks = read_tracks(folder, capture, arguments.track)
    files = {row.id: row.file for row in capture.tracks}
    outlet.stage("smooth", 1, 1)
    outlet.progress(0, len(tracks))
    smoothed = {}
    # The network's matrices are small: threads of the linear algebra would only wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        for number, (track_id, track) in enumerate(tracks.items(), 1):
            interrupt.check()
            smoothed[track_id] = smooth_track(track, body, smoothing, capture.camera)
            outlet.progress(number, len(tracks))
    with friendly_disk_errors(folder):
        for track_id, track in smoothed.items():
            write_track(folder / files[track_id], track)
        # Beside the settings of the capture: `animate` still knows it, and sees that its files are of before.
        note = {
            "method": arguments.smooth,
            "strength": strength,
            "parts": dict(arguments.part),
            "amount": arguments.amount,
            "weights": str(arguments.weights or ""),
            "tracks": list(smoothed),
        }
        write_capture(folder, replace(capture, settings={**capture.settings, "smoothed_again": note}))
    outlet.done(capture=str(folder), tracks=list(smoothed))
    return True
