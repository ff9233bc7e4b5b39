# SPDX-License-Identifier: GPL-3.0-or-later
"""From a video to a capture, read from top to bottom: open, track, clean, fit, ground, smooth, write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from threadpoolctl import threadpool_limits

from ..motion.body import Body, read_body
from ..motion.camera import Camera
from ..motion.capture import Capture, Track, VideoInfo
from ..motion.errors import GhostcapError
from ..motion.smoothing import Smoothing
from .decode import focal_from_film, open_video, read_frames
from .hashing import hash_video
from .mannequin import mannequin_body
from .observations import Frame, Tracklet, Video
from .progress import Reporter
from .settings import CaptureSettings
from .smoothing import smooth_people
from .tracklets import Tracked, read_tracked, write_tracked
from .workspace import (
    Workspace,
    already_there,
    discard_unfinished,
    friendly_disk_errors,
    open_workspace,
    publish,
    reserve,
)
from .writing import write_people

STAGES = ("open", "track", "clean", "fit", "ground", "smooth", "write")


def capture_video(
    path: Path,
    target: Path,
    settings: CaptureSettings,
    reporter: Reporter,
    *,
    offline: bool = False,
    overwrite: bool = False,
    threads: int | None = None,
) -> Path:
    """Capture all people of a video into the folder `target`, which is complete or absent.

    An unfinished job leaves `target`.part and goes on from there the next time. GhostcapError says what the user can
    do (codes: exists, busy, not_found, bad_video, no_frames, no_person, model_missing, disk_full, read_only,
    not_writable); Cancelled when the reporter was told to stop.
    """
    if target.exists() and not overwrite:
        raise already_there(target)
    clock = _Clock(reporter)
    Thread(target=_load_ahead, daemon=True).start()

    clock.begin("open")
    video = open_video(path, settings.fps, settings.start, settings.end)
    sha256 = hash_video(path, reporter)
    with reserve(target):
        workspace = open_workspace(target, _what_tracking_depends_on(settings, sha256))
        try:
            find = _find_with_hmr2 if settings.estimator == "hmr2" else _find_with_landmarks
            found = find(video, workspace, settings, clock, reporter, offline, threads)

            clock.begin("smooth")
            smoothing = Smoothing(settings.smooth, settings.smooth_strength)
            tracks = smooth_people(found.tracks, found.body, found.camera, smoothing, reporter)

            clock.begin("write")
            info = VideoInfo(str(path.resolve()), sha256, found.frames, float(video.fps), video.width, video.height)
            capture = Capture(
                info, settings.estimator, found.version, found.camera, asdict(settings), clock.seconds_by_stage()
            )
            with friendly_disk_errors(workspace.folder):
                by_id = dict(zip(found.ids, tracks, strict=True))
                write_people(workspace.finished, capture, by_id, found.main, found.body, video, reporter)
            publish(workspace, overwrite)
        except BaseException as error:
            hopeless = isinstance(error, GhostcapError) and error.code in ("no_person", "no_frames", "bad_video")
            discard_unfinished(workspace, keep=not hopeless)
            raise
    return target


@dataclass(frozen=True)
class _Found:
    """Everybody of a clip in the world, as an estimator leaves them."""

    ids: list[int]
    tracks: list[Track]
    main: int
    """The id of the main person."""
    body: Body
    camera: Camera
    frames: int
    """Frames that were really read."""
    version: str
    """The estimator's."""


def _find_with_landmarks(
    video: Video,
    workspace: Workspace,
    settings: CaptureSettings,
    clock: _Clock,
    reporter: Reporter,
    offline: bool,
    threads: int | None,
) -> _Found:
    """Landmarks of people, and the body fitted to them."""
    tracked = _track(video, workspace, clock, reporter, offline, threads)

    clock.begin("clean")
    people, main = _choose_people(tracked, video)

    from .fitting import fit_motion
    from .ground import place_in_world

    # The fit's matrices are small: threads of the linear algebra would only wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        clock.begin("fit")
        body = mannequin_body()
        focal_px = _choose_focal(settings, video, people, body)
        heights = [settings.height if person.id == main else None for person in people]
        motions = [
            fit_motion(
                person, body, focal_px, video.width, video.height, video.fps,
                person_height=height, reporter=_OneOf(reporter, number, len(people)),
            )
            for number, (person, height) in enumerate(zip(people, heights, strict=True))
        ]  # fmt: skip

        clock.begin("ground")
        camera, tracks = place_in_world(motions, body, focal_px, video.width, video.height, video.fps, reporter)
    ids = [person.id for person in people]
    return _Found(ids, tracks, main, body, camera, tracked.frames, tracked.estimator_version)


def _find_with_hmr2(
    video: Video,
    workspace: Workspace,
    settings: CaptureSettings,
    clock: _Clock,
    reporter: Reporter,
    offline: bool,
    threads: int | None,
) -> _Found:
    """SMPL's parameters straight from a network: nothing to fit, only feet to hold on the ground."""
    from .hmr2 import estimator as hmr2
    from .smpl_people import place_people
    from .weights import HMR2, SMPL, require, require_all, require_torch

    require_torch()
    require_all(HMR2, SMPL)
    body = read_body(require(SMPL))
    followed = hmr2.read_followed(workspace.tracked)
    clock.begin("track")
    if followed is None:
        followed = hmr2.follow_video(
            video, lambda first: read_frames(video, reporter.warning, first), settings, reporter, threads, offline,
            checkpoint=workspace.checkpoint,
        )  # fmt: skip
        with friendly_disk_errors(workspace.folder):
            hmr2.write_followed(workspace.tracked, followed)
    clock.end(followed.seconds["wall"])

    clock.begin("clean")
    focal_px = _known_focal(settings, video) or video.focal_px or float(max(video.width, video.height))
    people, main = hmr2.choose_people(followed, video, focal_px, body)
    if settings.height:
        height = settings.height
        people = [hmr2.with_height(person, body, height) if person.id == main else person for person in people]

    with threadpool_limits(limits=1, user_api="blas"):
        clock.begin("ground")
        camera, tracks = place_people(
            people, body, focal_px, video.width, video.height, video.fps, reporter, crop_axes=True
        )
    return _Found([person.id for person in people], tracks, main, body, camera, followed.frames, hmr2.VERSION)


def _load_ahead() -> None:
    """Import what the later stages need while the networks wait for frames: half a second of a short clip."""
    import_module(".ground", __package__)


def _what_tracking_depends_on(settings: CaptureSettings, sha256: str) -> dict[str, Any]:
    return {
        "sha256": sha256,
        **{name: getattr(settings, name) for name in ("estimator", "detector", "appearance", "fps", "start", "end")},
    }


def _track(
    video: Video, workspace: Workspace, clock: _Clock, reporter: Reporter, offline: bool, threads: int | None
) -> Tracked:
    """Find the people, or read what an earlier run found.

    The networks are imported here and go when this returns, so that fitting has their memory.
    """
    tracked = read_tracked(workspace.tracked)
    if tracked is not None:
        clock.begin("track")
        clock.end(tracked.seconds)
        return tracked
    from .blazepose import Estimator
    from .models import ensure_models
    from .tracking import first_frame_needed, track_people

    clock.end()
    models = ensure_models(reporter, offline=offline)
    clock.begin("track")
    estimator = Estimator(models, threads=threads)
    first = first_frame_needed(workspace.checkpoint, video, estimator)
    count = _Counter(read_frames(video, reporter.warning, first))
    tracklets = track_people(iter(count), video, estimator, reporter, checkpoint=workspace.checkpoint)
    tracked = Tracked(tracklets, count.following - video.first, estimator.version, clock.end())
    with friendly_disk_errors(workspace.folder):
        write_tracked(workspace.tracked, tracked)
    return tracked


def _choose_people(tracked: Tracked, video: Video) -> tuple[list[Tracklet], int]:
    """The people worth a track, and the id of the main one."""
    from .tracking import clean_tracks, recommend

    people = clean_tracks(tracked.tracklets, replace(video, frames=tracked.frames))
    if not people:
        raise GhostcapError(
            f"Nobody was found in {video.path}.",
            "A person should be at least a tenth of the picture's height, and well lit.",
            "no_person",
        )
    return people, recommend(people, replace(video, frames=tracked.frames))


def _known_focal(settings: CaptureSettings, video: Video) -> float | None:
    """Pixels: what the user says."""
    if settings.focal_35mm and not settings.focal_length_px:
        return focal_from_film(settings.focal_35mm, video.width, video.height)
    return settings.focal_length_px


def _choose_focal(settings: CaptureSettings, video: Video, people: list[Tracklet], body: Body) -> float:
    """Pixels: the user's, the file's, or what the people look most natural under."""
    if known := _known_focal(settings, video):
        return known
    from .fitting.focal import estimate_focal

    return video.focal_px or estimate_focal(people, body, video.width, video.height, video.fps)


class _Counter:
    """Frames passing by, counted: containers may promise more than they hold."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._source = frames
        self.following = 0
        """Number of the frame after the last one."""

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source:
            self.following = frame.index + 1
            yield frame


class _Clock:
    """Tells the reporter of each stage and keeps what it took."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._seconds: dict[str, float] = {}
        self._stage = ""
        self._start = 0.0

    def begin(self, stage: str) -> None:
        """The next stage; the one before is over."""
        self.end()
        self._reporter.stage(stage, STAGES.index(stage) + 1, len(STAGES))
        self._stage, self._start = stage, time.monotonic()

    def end(self, seconds: float | None = None) -> float:
        """The stage is over; returns its seconds: `seconds` where an earlier run did the work."""
        if not self._stage:
            return 0.0
        took = time.monotonic() - self._start if seconds is None else seconds
        self._seconds[self._stage] = took
        self._stage = ""
        return took

    def seconds_by_stage(self) -> dict[str, float]:
        """Of all stages that are over."""
        return {stage: round(seconds, 3) for stage, seconds in self._seconds.items()}


@dataclass(frozen=True)
class _OneOf:
    """Reports the progress of one of several equal parts of a stage."""

    reporter: Reporter
    number: int
    of: int

    def stage(self, stage: str, index: int, of: int) -> None:
        """A part has no stages of its own."""

    def progress(self, done: int, total: int) -> None:
        self.reporter.progress(self.number * total + done, self.of * total)

    def warning(self, message: str) -> None:
        self.reporter.warning(message)
