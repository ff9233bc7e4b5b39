# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture on disk: capture.json, a track_NNN.npz for each person, body.npz, thumbs/.

The track files use AMASS's names and axes of SMPL's body parameters, so other tools open them.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .archive import read_arrays, write_arrays, written_whole
from .body import Body, read_body
from .camera import Camera
from .errors import CaptureError

FORMAT_VERSION = 1
Array = NDArray[np.floating]


@dataclass(frozen=True)
class VideoInfo:
    """The video a capture was made from, as decoded (upright, constant frame rate)."""

    path: str
    sha256: str
    frames: int
    fps: float
    width: int
    height: int


@dataclass(frozen=True)
class TrackRow:
    """What the list of tracks shows of one person."""

    id: int
    frames: int
    """Frames from first to last, bridged ones included."""
    first: int
    last: int
    coverage: float
    """Share of the video's frames in which the person was really seen, 0..1."""
    confidence: float
    """Mean over the frames seen, 0..1."""
    file: str
    thumbnail: str
    name: str = ""
    recommended: bool = False


@dataclass(frozen=True)
class Capture:
    """capture.json."""

    video: VideoInfo
    estimator: str
    estimator_version: str
    camera: Camera
    settings: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""
    tracks: tuple[TrackRow, ...] = ()
    revision: int = 0
    """Grows by one with each edit of the tracks; 0 as captured."""
    format_version: int = FORMAT_VERSION

    def recommended(self) -> TrackRow:
        """The main person; CaptureError when there is nobody."""
        if not self.tracks:
            raise CaptureError("The capture holds no person.")
        return next((row for row in self.tracks if row.recommended), self.tracks[0])


@dataclass(frozen=True)
class Track:
    """One person's motion in the world (z up, metres), T frames at a constant rate."""

    frame: NDArray[np.integer]
    """(T,) video frame numbers, consecutive."""
    poses: Array
    """(T, 72) axis-angle of SMPL's 24 joints, relative to the parent; the first three turn the body into the world."""
    trans: Array
    """(T, 3) as in AMASS: the root joint is at rest_joints[0] + trans."""
    betas: Array
    """(10,)."""
    mocap_framerate: float
    joints: Array
    """(T, 24, 3) world."""
    keypoints_2d: Array
    """(T, J, 3) pixels x, y and confidence 0..1; NaN where nothing was observed."""
    bbox: Array
    """(T, 4) x0, y0, x1, y1 pixels."""
    confidence: Array
    """(T,) 0..1."""
    observed: NDArray[np.bool_]
    """(T,) false where a gap was bridged."""
    contacts: Array
    """(T, 4) 0..1: left heel, left toe, right heel, right toe on the ground."""
    camera_trans: Array
    """(T, 3) root joint in the camera frame."""
    poses_raw: Array
    """(T, 72) before smoothing."""
    trans_raw: Array
    """(T, 3) before smoothing."""
    gender: str = "neutral"
    surface_model_type: str = "smpl"


def write_track(path: Path, track: Track) -> None:
    """Write track_NNN.npz whole or not at all."""
    write_arrays(path, **{item.name: np.asarray(getattr(track, item.name)) for item in dataclasses.fields(track)})


def read_track(path: Path) -> Track:
    """Read track_NNN.npz; CaptureError when it is missing, damaged or misshapen."""
    names = [item.name for item in dataclasses.fields(Track)]
    arrays: dict[str, Any] = read_arrays(path, *names)
    arrays = {name: arrays[name] for name in names}
    for name in ("gender", "surface_model_type"):
        arrays[name] = str(arrays[name])
    arrays["mocap_framerate"] = float(arrays["mocap_framerate"])
    track = Track(**arrays)
    count = len(track.frame)
    shapes = {
        "poses": (count, 72), "trans": (count, 3), "betas": (10,), "joints": (count, 24, 3), "bbox": (count, 4),
        "confidence": (count,), "observed": (count,), "contacts": (count, 4), "camera_trans": (count, 3),
        "poses_raw": (count, 72), "trans_raw": (count, 3),
    }  # fmt: skip
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise CaptureError(f"{path}: {name} has the shape {arrays[name].shape}, not {shape}.")
    return track


def write_capture(folder: Path, capture: Capture) -> None:
    """Write capture.json whole or not at all; the other files are the caller's."""
    text = json.dumps(dataclasses.asdict(capture), indent=2, ensure_ascii=False)
    with written_whole(folder / "capture.json") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_capture(folder: Path) -> Capture:
    """Read capture.json of a capture folder; CaptureError says what is wrong with it."""
    path = folder / "capture.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CaptureError(f"{folder} is not a capture: capture.json is missing.") from error
    except (OSError, ValueError) as error:
        raise CaptureError(f"{path} can't be read: {error}.", "Capture the video again.") from error
    version = data.get("format_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise CaptureError(f"{path} is not a capture.")
    if version > FORMAT_VERSION:
        raise CaptureError(
            f"{folder} was written by a newer Ghostcap (format {version}, this one reads {FORMAT_VERSION}).",
            "Update Ghostcap.",
        )
    try:
        return Capture(
            video=VideoInfo(**data["video"]),
            estimator=data["estimator"],
            estimator_version=data["estimator_version"],
            camera=Camera(**data["camera"]),
            settings=data["settings"],
            timings=data["timings"],
            tracks=tuple(TrackRow(**row) for row in data["tracks"]),
            revision=int(data.get("revision", 0)),
            format_version=version,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(f"{path} is damaged: {error}.", "Capture the video again.") from error


def read_tracks(folder: Path, capture: Capture, ids: list[int] | None = None) -> dict[int, Track]:
    """Tracks by id, all of them or the named ones; CaptureError for an id the capture does not have."""
    rows = {row.id: row for row in capture.tracks}
    unknown = [str(track) for track in ids or () if track not in rows]
    if unknown:
        have = ", ".join(str(track) for track in rows) or "none"
        raise CaptureError(f"{folder} has no track {', '.join(unknown)}.", f"It has: {have}.")
    return {track: read_track(folder / rows[track].file) for track in (ids if ids is not None else rows)}


def read_capture_body(folder: Path) -> Body:
    """The body of a capture."""
    return read_body(folder / "body.npz")
