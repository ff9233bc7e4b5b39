# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from ...motion.smoothing_methods import METHODS, PARTS
from ..settings import CaptureSettings, usual_strength


def positive(text: str) -> float:
    """A number above zero, for argparse."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above zero")
    return value


def seconds(text: str) -> float:
    """Seconds or [hours:]minutes:seconds, for argparse."""
    try:
        value = 0.0
        for part in text.split(":"):
            value = value * 60 + float(part)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be seconds or minutes:seconds") from error
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("can't be negative")
    return value


def share(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def whole(text: str) -> int:
    """A whole number above zero, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def detector(text: str) -> str:
    """A detector's name, or an .onnx file, for argparse."""
    names = ("builtin", "fasterrcnn", "maskrcnn", "keypointrcnn")
    if text not in names and not text.lower().endswith(".onnx"):
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(names)}, or an .onnx file")
    return text


def add_capture_options(parser: argparse.ArgumentParser) -> None:
    """How to read a video and what is known about it."""
    reading = parser.add_argument_group("reading the video")
    reading.add_argument("--fps", type=positive, help="frames a second to read the video at (default: its own)")
    reading.add_argument("--start", type=seconds, metavar="TIME", help="begin here (seconds or minutes:seconds)")
    reading.add_argument("--end", type=seconds, metavar="TIME", help="stop here")
    known = parser.add_argument_group("what you know about it")
    focal = known.add_mutually_exclusive_group()
    focal.add_argument("--focal-length-px", type=positive, metavar="PX", help="focal length of the upright picture")
    focal.add_argument("--focal-35mm", type=positive, metavar="MM", help="focal length as 35 mm equivalent")
    known.add_argument("--height", type=positive, metavar="METRES", help="how tall the main person is")
    add_smoothing_options(parser)
    how = parser.add_argument_group("how")
    how.add_argument(
        "--estimator",
        choices=["blazepose", "hmr2"],
        default="blazepose",
        help="who looks: blazepose, or hmr2 (of 4D-Humans; see ghostcap weights; default: blazepose)",
    )
    how.add_argument(
        "--device",
        choices=["auto", "cuda", "mps", "cpu"],
        default="auto",
        help="where hmr2 runs (default: the fastest)",
    )
    how.add_argument(
        "--precision",
        choices=["auto", "bf16", "fp16", "fp32"],
        default="auto",
        help="hmr2's numbers (default: what the device is fastest with)",
    )
    how.add_argument(
        "--detector",
        type=detector,
        default="builtin",
        metavar="NAME",
        help="who finds people for hmr2: builtin (default), torchvision's fasterrcnn, maskrcnn or keypointrcnn (170 MB "
        "to fetch), or a person detector as .onnx file",
    )
    how.add_argument(
        "--appearance",
        action="store_true",
        help="hmr2 tells people apart by the colours of their clothes, too: fewer swaps where people cross, more where "
        "all wear the same or the light changes (default: by place and pose)",
    )
    how.add_argument(
        "--compile",
        action="store_true",
        help="let torch compile hmr2's network: a minute at first, which long clips on a GPU earn back",
    )
    how.add_argument("--offline", action="store_true", help="never use the network; models must be there")
    how.add_argument("--threads", type=whole, help="threads for the networks (default: as many as help)")


def add_smoothing_options(parser: argparse.ArgumentParser) -> None:
    """How to smooth."""
    group = parser.add_argument_group("smoothing")
    group.add_argument(
        "--smooth",
        choices=METHODS,
        default="smoothnet",
        metavar="METHOD",
        help=f"{', '.join(METHODS)} (default: %(default)s)",
    )
    group.add_argument(
        "--smooth-strength",
        type=share,
        metavar="S",
        help="0 leaves the raw motion, 1 smooths fully (default: 0.5 after the built-in estimator, 1 after hmr2)",
    )


def smoothing_part(text: str) -> tuple[str, float]:
    """PART=STRENGTH, for argparse."""
    part, _, strength = text.partition("=")
    if part not in PARTS:
        raise argparse.ArgumentTypeError(f"the parts are {', '.join(PARTS)}")
    return part, share(strength)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """How to talk; every command has these."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--progress", choices=["bar", "json"], default="bar", help="a bar for people, or one JSON object a line"
    )
    group.add_argument("--debug", action="store_true", help="log more to stderr, and show where an error came from")


def settings_from(arguments: argparse.Namespace) -> CaptureSettings:
    """The capture's settings; argparse has checked each on its own."""
    return CaptureSettings(
        estimator=arguments.estimator,
        fps=arguments.fps,
        start=arguments.start,
        end=arguments.end,
        focal_length_px=arguments.focal_length_px,
        focal_35mm=arguments.focal_35mm,
        height=arguments.height,
        device=arguments.device,
        precision=arguments.precision,
        detector=arguments.detector,
        appearance=arguments.appearance,
        compile=arguments.compile,
        smooth=arguments.smooth,
        smooth_strength=(
            usual_strength(arguments.estimator) if arguments.smooth_strength is None else arguments.smooth_strength
        ),
    )


def arguments_from(settings: CaptureSettings) -> list[str]:
    """The command line that `settings_from` turns into these settings."""
    pairs = {
        "--estimator": settings.estimator,
        "--fps": settings.fps,
        "--start": settings.start,
        "--end": settings.end,
        "--focal-length-px": settings.focal_length_px,
        "--focal-35mm": settings.focal_35mm,
        "--height": settings.height,
        "--device": settings.device,
        "--precision": settings.precision,
        "--detector": settings.detector,
        "--smooth": settings.smooth,
        "--smooth-strength": settings.smooth_strength,
    }
    switches = {"--appearance": settings.appearance, "--compile": settings.compile}
    return [
        *(part for option, value in pairs.items() if value is not None for part in (option, str(value))),
        *(option for option, wanted in switches.items() if wanted),
    ]


def without_doubles(videos: Iterable[Path]) -> list[Path]:
    """Each video once, in order: two jobs on one file would write to one folder."""
    return list({video.resolve(): video for video in videos}.values())
