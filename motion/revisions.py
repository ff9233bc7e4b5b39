# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a capture's tracks on disk: named, trimmed, split and merged, each a revision one can go back to.

Files of tracks are never changed or removed: an edit writes new ones and a new capture.json, and the capture.json of
each revision is kept under revisions/. So what was captured is always there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from .archive import written_whole
from .capture import (
    Capture,
    Track,
    TrackRow,
    read_capture,
    read_capture_body,
    read_tracks,
    write_capture,
    write_track,
)
from .errors import CaptureError
from .track_edits import cut_track, join_tracks

_FOLDER = "revisions"


def rename_track(folder: Path, track: int, name: str) -> Capture:
    """Give a track the name a person chose; empty gives it back its number."""
    capture = read_capture(folder)
    row = _row(folder, capture, track)
    rows = [replace(row, name=name.strip()) if other.id == track else other for other in capture.tracks]
    return _save(folder, capture, rows)


def trim_track(folder: Path, track: int, first: int, last: int) -> Capture:
    """Keep the frames first to last of the video only."""
    capture = read_capture(folder)
    row = _row(folder, capture, track)
    trimmed = cut_track(_read(folder, capture, track), first, last)
    new = _write(folder, capture, row, trimmed)
    return _save(folder, capture, [new if other.id == track else other for other in capture.tracks])


def split_track(folder: Path, track: int, frame: int) -> Capture:
    """Make two of one: the first ends before video frame `frame`, the second, with a new id, begins there."""
    capture = read_capture(folder)
    row = _row(folder, capture, track)
    if not row.first < frame <= row.last:
        raise CaptureError(
            f"Frame {frame} is not inside track {track}.",
            f"Go to one of the frames {row.first + 1} to {row.last}.",
            "empty_track",
        )
    whole = _read(folder, capture, track)
    before = _write(folder, capture, row, cut_track(whole, row.first, frame - 1))
    after_row = replace(row, id=max(other.id for other in capture.tracks) + 1, recommended=False, name="")
    after = _write(folder, capture, after_row, cut_track(whole, frame, row.last))
    rows = [item for other in capture.tracks for item in ((before, after) if other.id == track else (other,))]
    return _save(folder, capture, rows)


def merge_tracks(folder: Path, tracks: list[int]) -> Capture:
    """Make one of several tracks of the same person; it keeps the id, name and picture of the longest."""
    if len(set(tracks)) < 2:
        raise CaptureError("Merging needs two tracks.", "Tick the tracks of one person.", "too_few_tracks")
    capture = read_capture(folder)
    people = read_tracks(folder, capture, sorted(set(tracks)))
    body = read_capture_body(folder)
    joined: Track | None = None
    for person in sorted(people.values(), key=lambda item: int(item.frame[0])):
        joined = person if joined is None else join_tracks(joined, person, body)
    assert joined is not None  # noqa: S101 (two tracks at least, tested above; this tells the type checker)
    chosen = [row for row in capture.tracks if row.id in people]
    keeper = max(chosen, key=lambda row: row.frames * row.coverage)
    name = keeper.name or next((row.name for row in chosen if row.name), "")
    keeper = replace(keeper, name=name, recommended=any(row.recommended for row in chosen))
    new = _write(folder, capture, keeper, joined)
    rows = [new if row.id == keeper.id else row for row in capture.tracks if row.id == keeper.id or row not in chosen]
    return _save(folder, capture, rows)


def restore_tracks(folder: Path) -> Capture:
    """All tracks as captured, as a new revision."""
    capture = read_capture(folder)
    return _save(folder, capture, list(read_revision(folder, 0).tracks)) if capture.revision else capture


def read_revision(folder: Path, revision: int) -> Capture:
    """The capture as it was at a revision; CaptureError when that is not kept."""
    current = read_capture(folder)
    if current.revision == revision:
        return current
    path = _revision_path(folder, revision)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return replace(current, tracks=tuple(TrackRow(**row) for row in rows["tracks"]), revision=revision)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaptureError(f"{path} can't be read: {error}.", "Capture the video again.") from error


def go_to_revision(folder: Path, revision: int) -> Capture:
    """Undo and redo: make capture.json what it was at a revision."""
    capture = read_capture(folder)
    if capture.revision == revision:
        return capture
    wanted = read_revision(folder, revision)
    _keep(folder, capture)
    write_capture(folder, wanted)
    return wanted


def _row(folder: Path, capture: Capture, track: int) -> TrackRow:
    row = next((row for row in capture.tracks if row.id == track), None)
    if row is None:
        raise CaptureError(f"{folder} has no track {track}.", "Refresh the list of tracks.", "no_track")
    return row


def _read(folder: Path, capture: Capture, track: int) -> Track:
    return read_tracks(folder, capture, [track])[track]


def _write(folder: Path, capture: Capture, row: TrackRow, track: Track) -> TrackRow:
    """Write the arrays under a name nobody has, and the row that goes with them."""
    number = 1
    while (path := folder / f"track_{row.id:03d}_edit{number}.npz").exists():
        number += 1
    try:
        write_track(path, track)
    except OSError as error:
        raise _not_written(path, error) from error
    seen = np.asarray(track.observed)
    confidence = np.asarray(track.confidence, dtype=float)
    return replace(
        row,
        frames=len(track.frame),
        first=int(track.frame[0]),
        last=int(track.frame[-1]),
        coverage=round(float(seen.sum() / max(capture.video.frames, 1)), 4),
        confidence=round(float(confidence[seen].mean()) if seen.any() else 0.0, 4),
        file=path.name,
    )


def _save(folder: Path, capture: Capture, rows: list[TrackRow]) -> Capture:
    _keep(folder, capture)
    latest = max(capture.revision, *(int(path.stem) for path in (folder / _FOLDER).glob("*.json")))
    new = replace(capture, tracks=tuple(rows), revision=latest + 1)
    try:
        write_capture(folder, new)
    except OSError as error:
        raise _not_written(folder / "capture.json", error) from error
    return new


def _keep(folder: Path, capture: Capture) -> None:
    path = _revision_path(folder, capture.revision)
    if path.exists():
        return
    try:
        path.parent.mkdir(exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_bytes((folder / "capture.json").read_bytes())
    except OSError as error:
        raise _not_written(path, error) from error


def _revision_path(folder: Path, revision: int) -> Path:
    return folder / _FOLDER / f"{revision}.json"


def _not_written(path: Path, error: OSError) -> CaptureError:
    return CaptureError(
        f"{path} can't be written: {error.strerror or error}.",
        "Check that the disk has room and the folder may be changed.",
        "not_writable",
    )
