# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/run.py does, once it is known that Python is new enough."""

from __future__ import annotations

import argparse
import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import checkout

EPILOG = """\
Without VIDEO, a sample clip is animated (9 MB to download).
All other options are those of `ghostcap animate`, for example:
  --format fbx,glb,bvh   what to write            --track main    only the main person
  --height 1.8           how tall they are        --overwrite     replace what is there
Once the set-up is made, --help lists them all.

The first run makes its set-up in .venvs/ and says how much it downloads: the backend, and Blender's Python module if
there is no Blender 4.5 or newer. It needs Python 3.11, 3.12 or 3.13 (for Blender's module: 3.11 or 3.13).

exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    parser = _build_parser()
    arguments, others = parser.parse_known_args(argv)
    if arguments.help:
        return _help(parser)
    say = checkout.print_json if _wants_json(others) else checkout.print_event
    try:
        parts = ["backend", *dict.fromkeys(arguments.extra)]
        python = checkout.make_environment("backend", parts, say)
        blender = checkout.ensure_blender(arguments.blender, say)
        videos = [] if _has_video(others) else [_fetch_sample(python, "--offline" in others)]
    except checkout.Failed as failure:
        return failure.exit_code
    except KeyboardInterrupt:
        return checkout.EXIT_CANCELLED
    options = ["--out", arguments.out, "--blender", blender]
    return checkout.run([python, "-m", "ghostcap.hmr_backend.cli", "animate", *videos, *others, *options])


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/run.py",
        usage="python3 scripts/run.py [VIDEO ...] [--out DIR] [--blender PATH] [--with hmr2] [options of animate]",
        description="Video in, animation out.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("--out", default="out", metavar="DIR", help="where everything goes (default: out)")
    parser.add_argument("--blender", default="", metavar="PATH", help="Blender, or a Python that has bpy")
    parser.add_argument(
        "--with", dest="extra", action="append", default=[], choices=["hmr2"],
        help="install more: hmr2 is the estimator of 4D-Humans, with torch (200 MB, for an NVIDIA GPU 3 GB)",
    )  # fmt: skip
    parser.add_argument("-h", "--help", action="store_true", help="show this help and exit")
    return parser


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    python = checkout.python_of("backend")
    if not python.exists():
        return 0
    print("\nghostcap animate:\n", flush=True)
    return checkout.run([python, "-m", "ghostcap.hmr_backend.cli", "animate", "--help"])


def _has_video(others: Sequence[str]) -> bool:
    """Videos come first, or exist: 30 in `--fps 30` is none."""
    return any(Path(text).exists() for text in others) or bool(others and not others[0].startswith("-"))


def _wants_json(others: Sequence[str]) -> bool:
    return "--progress=json" in others or ("--progress", "json") in itertools.pairwise(others)


def _fetch_sample(python: Path, offline: bool) -> str:
    command = [str(python), "-m", "ghostcap.hmr_backend.sample", *(["--offline"] if offline else [])]
    answer = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if answer.returncode:
        raise checkout.Failed(answer.returncode)
    return answer.stdout.strip().splitlines()[-1]
