# SPDX-License-Identifier: GPL-3.0-or-later
"""An athlete from a file: a capture, a track of one, a motion of AMASS."""

from __future__ import annotations

from pathlib import Path

from ...motion.capture import read_track
from ...motion.compare.clip import Clip, clip_from_track
from ...motion.errors import GhostcapError
from .. import captures
from ..character import clip_name

_VIDEOS = frozenset((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".gif", ".mts", ".3gp"))
_PICTURES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic"))
_MOTIONS = frozenset((".fbx", ".bvh", ".glb", ".gltf", ".usd", ".usda", ".usdc", ".usdz", ".dae", ".abc"))


def read_athlete_file(path: Path, track: int | None = None) -> tuple[str, Clip]:
    """Name and motion of a capture's folder, its capture.json, a track_NNN.npz, or a motion file of AMASS.

    track: id of the person in a capture; None is the main one. GhostcapError: not_found, bad_capture, not_amass,
    not_a_motion (says what to do with a video or an FBX instead).
    """
    if path.name == "capture.json":
        path = path.parent
    if not path.exists():
        raise GhostcapError(f"{path} does not exist.", "Choose the file where it is now.", "not_found")
    if path.is_dir():
        capture = captures.look_up(path)
        number = capture.recommended().id if track is None else track
        person = captures.read_person(path, number)
        row = next(row for row in capture.tracks if row.id == number)
        return clip_name(capture, row), clip_from_track(*person, capture.camera)
    if path.suffix.lower() == ".npz":
        return path.stem, _read_npz(path)
    raise GhostcapError(f"{path.name} is no motion that can be read here.", _advise(path), "not_a_motion")


def _read_npz(path: Path) -> Clip:
    """A track of a capture with what the camera saw of it, or else a motion of AMASS."""
    motion, body = captures.read_motion_file(path)
    if (path.parent / "capture.json").is_file() and path.name.startswith("track_"):
        return clip_from_track(read_track(path), body, captures.look_up(path.parent).camera)
    return clip_from_track(motion, body)


def _advise(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in _VIDEOS | _PICTURES:
        return "Capture the video first (Video to Animation), then choose its capture."
    if suffix in _MOTIONS:
        return "Import it into the scene first (File > Import), then choose its armature as the athlete."
    return "Choose a capture's folder, its capture.json, or a motion file of AMASS (.npz)."
