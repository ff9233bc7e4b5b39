# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures as a scene knows them: opened, kept in step with the disk, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any

import bpy

from ..motion.amass_track import plain_body, read_amass_track
from ..motion.body import Body
from ..motion.capture import Capture, Track, TrackRow, read_capture, read_capture_body, read_tracks
from ..motion.errors import CaptureError, GhostcapError
from ..motion.revisions import go_to_revision
from .changes import pause_changes
from .character import clip_name, video_stem
from .timeline import FIRST_FRAME, scene_frames, set_range, set_rate

_seen: dict[str, int] = {}
"""The revision of each capture this Blender last read or wrote: an undo goes back from there and nowhere else."""


@dataclass(frozen=True)
class _Looked:
    """What reading a capture came to: the capture, or the reason why not."""

    capture: Capture | None
    error: GhostcapError | None


def open_capture(context: bpy.types.Context, folder: Path, set_scene: bool = True) -> Any:
    """Add a capture to the scene's list and make it the active one; one that is there is read again.

    The first capture of a scene gives it its frame rate, range and resolution if `set_scene`; others are stretched to
    the scene's rate. CaptureError when the folder holds no capture.
    """
    capture = read_capture(folder)
    settings = context.scene.ghostcap
    for number, item in enumerate(settings.captures):
        if folder_of(item) == folder:
            settings.active_capture = number
            sync(item)
            return item
    first = not len(settings.captures)
    item = settings.captures.add()
    item.folder, item.name = str(folder), video_stem(capture)
    settings.active_capture = len(settings.captures) - 1
    scene = context.scene
    if first and set_scene:
        set_rate(scene, capture.video.fps)
        scene.render.resolution_x, scene.render.resolution_y = capture.video.width, capture.video.height
        scene.render.resolution_percentage = 100
        end = int(scene_frames(max(capture.video.frames - 1, 0)))
        set_range(scene, FIRST_FRAME, end)
    rate = scene.render.fps / scene.render.fps_base
    step = rate / capture.video.fps
    item.step = 1.0 if abs(step - 1.0) < 1e-4 else step
    sync(item)
    return item


def sync(item: Any) -> None:
    """Bring the list of tracks in step with capture.json, keeping what is ticked; CaptureError when that can't be."""
    folder = folder_of(item)
    capture = look_up(folder)
    before = {track.track_id: track.build for track in item.tracks}
    active = item.tracks[item.active_track].track_id if item.active_track < len(item.tracks) else None
    main = capture.recommended().id if capture.tracks else None
    # In place: renaming calls this while Blender still holds the track that was renamed.
    while len(item.tracks) > len(capture.tracks):
        item.tracks.remove(len(item.tracks) - 1)
    while len(item.tracks) < len(capture.tracks):
        item.tracks.add()
    for track, row in zip(item.tracks, capture.tracks, strict=True):
        track.track_id = row.id
        if track.name != clip_name(capture, row):
            with pause_changes():
                track.name = clip_name(capture, row)
        track.first, track.last, track.frames = row.first, row.last, row.frames
        track.coverage, track.confidence = row.coverage, row.confidence
        track.recommended = row.id == main
        track.build = before.get(row.id, row.id == main if not before else False)
    ids = [row.id for row in capture.tracks]
    item.active_track = ids.index(active) if active in ids else 0
    item.revision = capture.revision
    _seen[str(folder)] = capture.revision


def active_capture(context: bpy.types.Context) -> Any:
    """The capture chosen in the list, or None."""
    settings = context.scene.ghostcap
    return settings.captures[settings.active_capture] if settings.active_capture < len(settings.captures) else None


def active_track(context: bpy.types.Context) -> Any:
    """The track chosen in the list, or None."""
    item = active_capture(context)
    return item.tracks[item.active_track] if item and item.active_track < len(item.tracks) else None


def folder_of(item: Any) -> Path:
    """Where the capture is: where it was, or beside the .blend if both were moved together."""
    return find_folder(item.folder)


def find_folder(stored: str) -> Path:
    """The same for a path as a .blend holds it."""
    folder = Path(bpy.path.abspath(stored))
    if not folder.exists() and bpy.data.filepath:
        beside = Path(bpy.data.filepath).parent / PureWindowsPath(stored).name
        if beside.exists():
            return beside
    return folder


def look_up(folder: Path) -> Capture:
    """The capture, read again only when capture.json has changed; GhostcapError says what is wrong with it."""
    looked = _look(folder, _stamp(folder / "capture.json"))
    if looked.capture is None:
        raise looked.error or CaptureError(f"{folder} can't be read.")
    return looked.capture


def find_problem(item: Any) -> GhostcapError | None:
    """Why nothing can be done with this capture now, for the panel; cheap enough to be asked at each redraw."""
    folder = folder_of(item)
    looked = _look(folder, _stamp(folder / "capture.json"))
    if looked.capture is None:
        return looked.error
    if looked.capture.revision != item.revision:
        return CaptureError("The tracks were edited elsewhere.", "Refresh the list.", "edited")
    return None


def read_person(folder: Path, track: int) -> tuple[Track, Body]:
    """A track and its body, kept in memory while the files do not change."""
    capture = look_up(folder)
    row = next((row for row in capture.tracks if row.id == track), None)
    if row is None:
        raise CaptureError(f"{folder.name} has no track {track} any more.", "It was merged, or its edit was undone.")
    return _read_person(folder, track, row, _stamp(folder / row.file), _stamp(folder / "body.npz"))


def read_motion_file(path: Path) -> tuple[Track, Body]:
    """A motion file of AMASS on a plain body, or on the body of the capture it lies in."""
    return _read_motion_file(path, _stamp(path))


def came_without_video(capture: Capture) -> bool:
    """Whether it was imported from a motion file alone, so that no video is known."""
    return PureWindowsPath(capture.video.path).name == capture.settings.get("imported")


def find_video(item: Any, capture: Capture) -> Path | None:
    """The capture's video: as relinked by the user, where it was, or beside the capture; None when it is gone."""
    if came_without_video(capture) and not item.video:
        return None
    name = PureWindowsPath(capture.video.path).name
    folder = folder_of(item)
    chosen = [Path(bpy.path.abspath(item.video))] if item.video else []
    for path in (*chosen, Path(capture.video.path), folder.parent / name, folder / name):
        if path.is_file():
            return path
    return None


def thumbnail(item: Any, row: TrackRow) -> Path | None:
    """The picture of a person, if it is there."""
    path = folder_of(item) / row.thumbnail
    return path if row.thumbnail and path.is_file() else None


def undo_edits(scene: bpy.types.Scene) -> None:
    """After Blender's Undo or Redo: bring the captures on disk to the revisions the scene now knows.

    Only from a revision this Blender made or read; what somebody else edited meanwhile is not undone.
    """
    for item in scene.ghostcap.captures:
        folder = folder_of(item)
        try:
            capture = look_up(folder)
            if capture.revision != item.revision and _seen.get(str(folder)) == capture.revision:
                _seen[str(folder)] = go_to_revision(folder, item.revision).revision
        except GhostcapError:
            # The panel asks for the problem at each redraw and shows it.
            continue


def sync_all() -> None:
    """After a .blend was opened: bring all lists in step with the disk; what can't be read the panel tells."""
    for scene in bpy.data.scenes:
        for item in scene.ghostcap.captures:
            try:
                sync(item)
            except GhostcapError:
                # The panel asks for the problem at each redraw and shows it.
                continue


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=32)
def _look(folder: Path, _stamp: tuple[int, int]) -> _Looked:
    try:
        return _Looked(read_capture(folder), None)
    except GhostcapError as error:
        if folder.exists():
            return _Looked(None, error)
    return _Looked(None, CaptureError(f"{folder} is missing.", "Choose where it is now, or capture the video again."))


@lru_cache(maxsize=16)
def _read_person(
    folder: Path, track: int, row: TrackRow, _track: tuple[int, int], _body: tuple[int, int]
) -> tuple[Track, Body]:
    del row  # part of the key only: an edit changes it
    return read_tracks(folder, read_capture(folder), [track])[track], _read_body(folder, _body)


@lru_cache(maxsize=4)
def _read_body(folder: Path, _stamp: tuple[int, int]) -> Body:
    return read_capture_body(folder)


@lru_cache(maxsize=4)
def _read_motion_file(path: Path, _stamp: tuple[int, int]) -> tuple[Track, Body]:
    captured = (path.parent / "capture.json").is_file()
    body = read_capture_body(path.parent) if captured else plain_body()
    return read_amass_track(path, body), body
