# SPDX-License-Identifier: GPL-3.0-or-later
"""Many videos and captures to animation files, without a window. One bad input does not stop the rest."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..motion.capture import Capture, read_capture
from ..motion.errors import CaptureError, GhostcapError
from ..motion.root_motion import RootMode
from .backend import find_backend, run_backend
from .batch_report import Outcome, Report
from .character import Character, ImportOptions, import_capture
from .export import export_clip, file_name
from .interrupt import Interrupt
from .targets import ExportTarget, Format


@dataclass(frozen=True)
class BatchOptions:
    """What to make of the inputs."""

    out: Path
    formats: tuple[Format, ...]
    target: ExportTarget
    track: str = "all"
    """ "main", "all" or a track's id."""
    jobs: int = 1
    """Videos captured at a time."""
    overwrite: bool = False
    backend: Path | None = None
    """The backend's Python; None finds it."""
    offline: bool = False
    root_motion: RootMode = "root"
    to_origin: bool = False
    athlete: Path | None = None
    """Who each input is compared with."""


class NobodyError(GhostcapError):
    """A capture without people."""

    code = "no_person"


def run_batch(inputs: list[Path], options: BatchOptions, report: Report, interrupt: Interrupt) -> list[Outcome]:
    """Capture the videos among the inputs, export all captures; what became of each, in the order of the inputs."""
    return _Batch(options, report, interrupt).run(inputs)


class _Batch:
    def __init__(self, options: BatchOptions, report: Report, interrupt: Interrupt) -> None:
        self.options, self.report, self.interrupt = options, report, interrupt
        self.written: set[Path] = set()
        self.started: dict[str, float] = {}

    def run(self, inputs: list[Path]) -> list[Outcome]:
        outcomes = [Outcome(str(path)) for path in inputs]
        videos: dict[Path, Outcome] = {}
        for path, outcome in zip(inputs, outcomes, strict=True):
            self.started[outcome.input] = time.monotonic()
            try:
                if is_capture(path):
                    self._export(path, outcome)
                elif not path.exists():
                    raise GhostcapError(f"{path} does not exist.", "Check the path.", "no_file")
                elif (target := self._capture_folder(path)) in videos:
                    same = videos[target].input
                    raise GhostcapError(
                        f"{path} has the same name as {same}.", "Use another --out for it.", "same_name"
                    )
                elif self._is_captured(path, target):
                    self.report.event(outcome, event="note", message="is already captured")
                    self._export(target, outcome)
                else:
                    videos[target] = outcome
            except GhostcapError as error:
                self._fail(outcome, error)
            if self.interrupt.asked:
                return outcomes
        if videos:
            self._capture(videos)
        return outcomes

    def _capture(self, videos: dict[Path, Outcome]) -> None:
        """All videos in one call of the backend, which does several at a time; each is exported as it is done."""
        by_video = {outcome.input: outcome for outcome in videos.values()}
        by_target = {str(target): outcome for target, outcome in videos.items()}
        only = next(iter(videos.values())) if len(videos) == 1 else None
        current = only

        def on_event(event: dict[str, Any]) -> None:
            nonlocal current
            kind = event["event"]
            if kind == "video":
                current = by_video.get(str(event.get("video")), current)
                self.started[str(event.get("video"))] = time.monotonic()
            elif kind == "done":
                outcome = by_target.get(str(event.get("capture")), only)
                if outcome is not None:
                    self._export_safely(Path(event["capture"]), outcome)
            elif kind == "error":
                outcome = by_video.get(str(event.get("video")), only)
                error = GhostcapError(event.get("message", ""), event.get("hint", ""), event.get("code", ""))
                for failed in [outcome] if outcome is not None else videos.values():
                    self._fail(failed, error)
            else:
                about = by_video.get(str(event.get("video")), current if self.options.jobs == 1 else only)
                self.report.event(about, **{key: value for key, value in event.items() if key != "video"})

        arguments = ["--out", str(self.options.out), "--jobs", str(self.options.jobs)]
        arguments += [f"--{name}" for name in ("overwrite", "offline") if getattr(self.options, name)]
        error: GhostcapError | None = None
        try:
            python = find_backend(self.options.backend)
            run_backend(python, "capture", [*arguments, "--", *by_video], on_event, lambda: self.interrupt.asked)
        except GhostcapError as failure:
            error = failure
        for outcome in videos.values():
            if outcome.status == "cancelled" and not self.interrupt.asked:
                self._fail(outcome, error or GhostcapError("The backend did not capture it.", code="backend_failed"))

    def _export_safely(self, folder: Path, outcome: Outcome) -> None:
        try:
            self._export(folder, outcome)
        except GhostcapError as error:
            self._fail(outcome, error)

    def _export(self, folder: Path, outcome: Outcome) -> None:
        outcome.capture = str(folder)
        tracks = self._chosen(read_capture(folder), folder)
        # An empty file for each capture: memory must not grow with their number.
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        choice = ImportOptions(self.options.root_motion, self.options.to_origin)
        characters = import_capture(bpy.context, folder, tracks, choice)
        work: list[tuple[Character, Format]] = [
            (character, kind) for character in characters for kind in self.options.formats
        ]
        self.report.event(outcome, event="stage", stage="export", index=1, of=1)
        for number, (character, kind) in enumerate(work):
            if self.interrupt.asked:
                return
            self.report.event(outcome, event="progress", stage="export", done=number, total=len(work))
            path = self.options.out / file_name(character.clip, kind)
            may_replace = self.options.overwrite and path not in self.written
            export_clip(bpy.context, character.armature, path, kind, self.options.target, may_replace)
            self.written.add(path)
            outcome.files.append(str(path))
        self.report.event(outcome, event="progress", stage="export", done=len(work), total=len(work))
        if self.options.athlete is not None:
            outcome.files.append(str(self._compare(self.options.athlete, folder, outcome)))
        outcome.status, outcome.clips = "done", len(characters)
        self._stop_clock(outcome)
        self.report.event(outcome, event="done", capture=outcome.capture, files=outcome.files)

    def _compare(self, athlete: Path, folder: Path, outcome: Outcome) -> Path:
        """The report of the backend on a capture beside the athlete; GhostcapError when it can't be made."""
        out = self.options.out / f"{folder.name.removesuffix('.capture')}.comparison"
        problems: list[GhostcapError] = []

        def on_event(event: dict[str, Any]) -> None:
            if event["event"] == "error":
                problems.append(GhostcapError(event.get("message", ""), event.get("hint", ""), event.get("code", "")))
            elif event["event"] != "done":
                self.report.event(outcome, **event)

        arguments = [f"--{name}" for name in ("overwrite", "offline") if getattr(self.options, name)]
        if self.options.track.isdecimal():
            arguments += ["--user-track", self.options.track]
        python = find_backend(self.options.backend)
        code = run_backend(
            python, "compare", [*arguments, "--out", str(out), "--", str(athlete), str(folder)], on_event,
            lambda: self.interrupt.asked,
        )  # fmt: skip
        if problems:
            raise problems[0]
        if code:
            raise GhostcapError(f"{folder} could not be compared.", f"Is {athlete} a capture?", "backend_failed")
        return out / "report.html"

    def _chosen(self, capture: Capture, folder: Path) -> list[int] | None:
        if not capture.tracks:
            raise NobodyError(f"{folder} holds no person.", "Is somebody to be seen in the video?")
        if self.options.track == "all":
            return None
        return [capture.recommended().id if self.options.track == "main" else int(self.options.track)]

    def _fail(self, outcome: Outcome, error: GhostcapError) -> None:
        outcome.fail(error)
        self._stop_clock(outcome)
        self.report.event(outcome, event="error", code=error.code, message=error.message, hint=error.hint)

    def _stop_clock(self, outcome: Outcome) -> None:
        outcome.seconds = round(time.monotonic() - self.started[outcome.input], 3)

    def _capture_folder(self, video: Path) -> Path:
        """Where the backend puts the capture of a video."""
        video = video.resolve()
        return self.options.out / f"{video.name if video.is_dir() else video.stem}.capture"

    def _is_captured(self, video: Path, target: Path) -> bool:
        """Whether an earlier run has captured this very file; GhostcapError when `target` is of another."""
        if self.options.overwrite or not target.exists():
            return False
        try:
            same = video.is_file() and read_capture(target).video.sha256 == _hash(video)
        except CaptureError:
            same = False
        if not same:
            raise GhostcapError(
                f"{target} is of another video.", "Use --overwrite to replace it, or another --out.", "exists"
            )
        return True


def is_capture(path: Path) -> bool:
    """Whether a path is a capture's folder, finished or damaged."""
    return path.is_dir() and ((path / "capture.json").exists() or path.suffix == ".capture")


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GhostcapError(f"{path} can't be read: {error.strerror}.", code="unreadable") from error
