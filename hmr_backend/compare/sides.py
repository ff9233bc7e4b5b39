# SPDX-License-Identifier: GPL-3.0-or-later
"""One side of a comparison, from a capture, a motion file or a video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...motion.amass_track import read_amass_track
from ...motion.body import Body
from ...motion.camera import Camera
from ...motion.capture import Capture, Track, read_capture, read_capture_body, read_track, read_tracks
from ...motion.compare.clip import Clip, clip_from_track
from ...motion.errors import CaptureError, GhostcapError
from ..hashing import hash_video
from ..mannequin import mannequin_body
from ..progress import Reporter
from ..settings import CaptureSettings
from ..workspace import default_target


@dataclass(frozen=True)
class Side:
    """A person to compare."""

    name: str
    """As the report calls it."""
    clip: Clip
    track: Track
    body: Body
    capture: Capture | None = None
    """Where it came from, when that was a capture."""

    @property
    def camera(self) -> Camera | None:
        """The camera of the video, when there is one."""
        return self.capture.camera if self.capture else None

    @property
    def video(self) -> Path | None:
        """The video, when it is still where it was."""
        path = Path(self.capture.video.path) if self.capture else None
        return path if path and path.exists() and path.suffix.lower() not in (".npz", ".pkl") else None


@dataclass(frozen=True)
class CaptureOptions:
    """How a video is captured that is given in place of a capture."""

    folder: Path
    """Where the capture goes."""
    offline: bool = False
    threads: int | None = None


def read_side(path: Path, track: int | None, options: CaptureOptions, reporter: Reporter) -> Side:
    """A capture folder, an .npz (a track of a capture, or AMASS), or a video or picture, which is captured first.

    GhostcapError: not_found, bad_capture, not_amass, and what capturing may raise.
    """
    if not path.exists():
        raise GhostcapError(f"{path} does not exist.", "Give a capture, an .npz or a video.", "not_found")
    if path.is_dir() and (path / "capture.json").exists():
        return _from_capture(path, track)
    if path.suffix.lower() == ".npz":
        return _from_file(path)
    if path.is_dir() and path.suffix == ".capture":
        raise CaptureError(f"{path} is not a capture: capture.json is missing.", "Capture the video again.")
    return _from_capture(_capture(path, options, reporter), track)


def check_sides(paths: Sequence[Path], options: CaptureOptions, reporter: Reporter) -> None:
    """Before anything takes time: that all sides are there, and that no capture lies where one is going to be made.

    GhostcapError: not_found, exists.
    """
    made: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise GhostcapError(f"{path} does not exist.", "Give a capture, an .npz or a video.", "not_found")
        if (path.is_dir() and (path / "capture.json").exists()) or path.suffix.lower() in (".npz", ".capture"):
            continue
        if _find_capture(path, options, reporter) is not None:
            continue
        target = default_target(path, options.folder)
        if target.exists():
            hint = "Name another folder with --out, or give this capture itself in place of the video."
            raise GhostcapError(f"{target} already exists and is of another video.", hint, "exists")
        if made.setdefault(target, path.resolve()) != path.resolve():
            raise GhostcapError(
                f"{made[target]} and {path} have one name: both would be captured as {target}.",
                "Rename one of them, or capture one of them first.",
                "exists",
            )


def _from_capture(folder: Path, wanted: int | None) -> Side:
    capture = read_capture(folder)
    number = capture.recommended().id if wanted is None else wanted
    track = read_tracks(folder, capture, [number])[number]
    body = read_capture_body(folder)
    if not len(body.vertices):
        # A motion that came without a body is shown on ours.
        body, track = mannequin_body(), replace(track, betas=np.zeros(10))
    clip = clip_from_track(track, body, capture.camera)
    return Side(folder.name.removesuffix(".capture"), clip, track, body, capture)


def _from_file(path: Path) -> Side:
    """A motion without a picture; a track_001.npz that still lies in its capture has the capture's body and video."""
    if (path.parent / "capture.json").exists():
        capture, body = read_capture(path.parent), read_capture_body(path.parent)
        track = read_track(path)
        clip = clip_from_track(track, body, capture.camera)
        return Side(path.parent.name.removesuffix(".capture"), clip, track, body, capture)
    body = mannequin_body()
    track = read_amass_track(path, body)
    return Side(path.stem, clip_from_track(track, body), track, body)


def _capture(video: Path, options: CaptureOptions, reporter: Reporter) -> Path:
    """The video's capture, made now unless it was made before from the same file."""
    from ..pipeline import capture_video

    if (found := _find_capture(video, options, reporter)) is not None:
        return found
    target = default_target(video, options.folder)
    return capture_video(video, target, CaptureSettings(), reporter, offline=options.offline, threads=options.threads)


def _find_capture(video: Path, options: CaptureOptions, reporter: Reporter) -> Path | None:
    """The capture that was made of this video, beside it or in the folder where it would go now."""
    for target in dict.fromkeys((default_target(video), default_target(video, options.folder))):
        there = (target / "capture.json").exists()
        if there and read_capture(target).video.sha256 == hash_video(video, reporter):
            return target
    return None
