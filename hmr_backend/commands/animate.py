# SPDX-License-Identifier: GPL-3.0-or-later
"""`ghostcap animate`: video to files, by capture, preview and an export with Blender."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...motion.capture import Capture, read_capture, read_tracks
from ...motion.errors import CaptureError, GhostcapError
from ..blender import Blender, batch_script, find_blender
from ..children import run_child
from ..hashing import hash_video
from ..interrupts import Interrupt
from ..progress import Silent
from ..reporting import Outlet
from ..results import Results, fingerprint, read_results
from ..settings import CaptureSettings
from ..workspace import already_there, default_target, friendly_disk_errors
from .options import add_capture_options, settings_from, without_doubles
from .several import for_each

HELP = "make animation files of a video"
DESCRIPTION = """\
Capture a video, draw a preview, and export the people as animation files with Blender.
What an earlier run has made of the same video with the same settings is used again."""
FORMATS = ("fbx", "glb", "bvh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO", help="a video, a picture or a folder of them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where everything goes")
    parser.add_argument(
        "--format", type=_formats, default=("fbx",), metavar="LIST", help=f"of {','.join(FORMATS)} (default: fbx)"
    )
    parser.add_argument("--track", type=_track, default="all", metavar="WHO", help="main, all (default) or an id")
    parser.add_argument("--blender", type=Path, metavar="PATH", help="Blender, or a Python that has bpy")
    parser.add_argument("--no-preview", action="store_true", help="leave out the preview picture and video")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    add_capture_options(parser)


def run(arguments: argparse.Namespace, outlet: Outlet, interrupt: Interrupt) -> bool:
    """Animate each video; False when one failed."""
    settings = settings_from(arguments)
    blender = find_blender(arguments.blender)

    def animate(video: Path) -> None:
        job = _Job(video, arguments, settings, outlet, interrupt)
        job.refuse_to_overwrite()
        capture = job.capture()
        preview = [] if arguments.no_preview else job.preview(capture)
        files = job.export(capture, blender)
        outlet.done(capture=str(capture), preview=[str(p) for p in preview], files=[str(f) for f in files])

    return for_each(without_doubles(arguments.videos), animate, outlet, arguments.out)


class _Job:
    """One video on its way to files."""

    def __init__(
        self,
        video: Path,
        arguments: argparse.Namespace,
        settings: CaptureSettings,
        outlet: Outlet,
        interrupt: Interrupt,
    ) -> None:
        self.video, self.arguments, self.settings = video, arguments, settings
        self.outlet, self.interrupt = outlet, interrupt
        self.out: Path = arguments.out.absolute()
        self.target = default_target(video, self.out)
        self.stem = self.target.name.removesuffix(".capture")
        self.results: Results = read_results(self.out, self.stem)

    def refuse_to_overwrite(self) -> None:
        """Before the long work: files with our names that are not ours."""
        if self.arguments.overwrite:
            return
        files = [] if self.arguments.no_preview else self._preview_files()
        # Clips are called dance_001 and so on, unless the user has given people names.
        clips = re.compile(re.escape(self.stem) + r"_\d{3,}\.(" + "|".join(self.arguments.format) + ")")
        files += [path for path in (self.out.iterdir() if self.out.is_dir() else ()) if clips.fullmatch(path.name)]
        for path in files:
            if path.exists() and not self.results.owns(path):
                raise already_there(path)

    def capture(self) -> Path:
        """The capture, of an earlier run when it is of this video with these settings."""
        if self.target.exists():
            if self._is_captured():
                self.outlet.note(f"{self.target} is already captured.")
                return self.target
            if not self.arguments.overwrite:
                raise GhostcapError(
                    f"{self.target} is of another video or was made with other settings.",
                    "Use --overwrite to replace it, or another --out.",
                    "exists",
                )
        # Imported late, as in `ghostcap capture`: --help can do without.
        from ..pipeline import capture_video

        return capture_video(
            self.video, self.target, self.settings, self.outlet,
            offline=self.arguments.offline, overwrite=self.arguments.overwrite, threads=self.arguments.threads,
        )  # fmt: skip

    def preview(self, capture: Path) -> list[Path]:
        """Picture and video."""
        from ..decode import open_video, read_frames
        from ..preview import write_preview

        picture, video = files = self._preview_files()

        def draw() -> list[Path]:
            source = open_video(self.video, self.settings.fps, self.settings.start, self.settings.end)
            self.outlet.stage("preview", 1, 2)
            with friendly_disk_errors(self.out):
                write_preview(capture, read_frames(source, _ignore), video, picture, self.outlet)
            return files

        return self._once("preview", {"capture": fingerprint(capture)}, draw)

    def export(self, capture: Path, blender: Blender) -> list[Path]:
        """The animation files, made by scripts/batch_export.py in Blender."""
        formats, track = ",".join(self.arguments.format), str(self.arguments.track)
        if track not in ("all", "main"):
            read_tracks(capture, read_capture(capture), [int(track)])

        def start() -> list[Path]:
            self.outlet.stage("export", 2, 2)
            options = ["--out", str(self.out), "--format", formats, "--track", track, "--progress", "json"]
            # Clips with our names that exist were made by us (refuse_to_overwrite); those named by the user may not be.
            named = any(row.name for row in read_capture(capture).tracks)
            options += ["--overwrite"] if self.arguments.overwrite or not named else []
            with tempfile.TemporaryDirectory(prefix="ghostcap-") as unwanted:
                options += ["--summary", str(Path(unwanted) / "summary.json")]
                command = blender.command(batch_script(), [str(capture), *options])
                result = run_child(command, self._pass_on, self.interrupt.check, other_python=True)
            if result.returncode:
                raise next(
                    iter(result.errors()),
                    GhostcapError(
                        f"Blender could not export: {result.last_words()}",
                        f"All it printed is in {result.log}.",
                        "export_failed",
                    ),
                )
            return [Path(file) for event in result.done() for file in event.get("files", [])]

        return self._once(f"export {track} {formats}", {"capture": fingerprint(capture)}, start)

    def _once(self, step: str, made_with: dict[str, Any], make: Callable[[], list[Path]]) -> list[Path]:
        """Do a step, unless an earlier run did just that and its files are still there."""
        if not self.arguments.overwrite and self.results.is_done(step, made_with):
            self.outlet.note(f"The {step.split(maxsplit=1)[0]} is already there.")
            return self.results.files(step)
        files = make()
        with friendly_disk_errors(self.out):
            self.results.note(step, made_with, files)
        return files

    def _pass_on(self, event: dict[str, Any]) -> None:
        if event["event"] == "progress":
            self.outlet.progress(int(event.get("done", 0)), int(event.get("total", 1)))
        elif event["event"] == "warning":
            self.outlet.warning(str(event.get("message", "")))

    def _preview_files(self) -> list[Path]:
        return [self.out / f"{self.stem}.preview{suffix}" for suffix in (".png", ".mp4")]

    def _is_captured(self) -> bool:
        try:
            capture: Capture = read_capture(self.target)
        except CaptureError:
            return False
        # A capture smoothed again has a note of that among its settings; it is still this one.
        same = asdict(self.settings).items() <= {**capture.settings}.items()
        return same and capture.video.sha256 == hash_video(self.video, Silent())


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [part for part in formats if part not in FORMATS]
    if unknown or not formats:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(FORMATS)}")
    return formats


def _track(text: str) -> str:
    if text not in ("main", "all") and not (text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError("must be main, all or an id")
    return text


def _ignore(_message: str) -> None:
    """The capture has already warned of a damaged file."""
