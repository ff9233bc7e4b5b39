# SPDX-License-Identifier: GPL-3.0-or-later
"""PHALP's result files, demo_*.pkl of 4D-Humans: read into people, and written as its own tools read them.

A joblib file of a dict: frame path -> dict of lists, parallel to `tid`. Ghosts repeat what was seen last, so they are
left out and bridged. The camera has a focal length of 5000 px on a square of 256 px, which is no real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...motion.errors import GhostcapError
from ...motion.rotations import matrix_from_axis_angle, nearest_rotation
from .joblib_files import read_joblib

Array = NDArray[np.floating]
_ROOT_ROW: Final = 8
"""Of the 44 joints in OpenPose's order, the root joint."""
SMPL_JOINTS: Final = {1: 12, 2: 17, 3: 19, 4: 21, 5: 16, 6: 18, 7: 20, 8: 0, 9: 2, 10: 5, 11: 8, 12: 1, 13: 4, 14: 7}
"""Of those 44 the ones that are SMPL's, and which."""


@dataclass(frozen=True)
class PhalpPerson:
    """One track: N rows in order of their frames, without ghosts."""

    id: int
    frame: NDArray[np.integer]
    """(N,) counted from 0."""
    bbox: Array
    """(N, 4) x0, y0, x1, y1 px."""
    score: Array
    """(N,)."""
    rotations: Array
    """(N, 24, 3, 3)."""
    betas: Array
    """(N, 10)."""
    camera: Array
    """(N, 3) translation of the body in 4D-Humans' camera."""
    joints: Array
    """(N, 24, 3) SMPL's joints from the body's origin, camera axes; NaN where the file doesn't say."""
    observed: NDArray[np.bool_]
    """(N,) false for rows that 4D-Humans' post-processing made up."""


@dataclass(frozen=True)
class PhalpFile:
    """A result file."""

    width: int
    height: int
    frames: int
    people: list[PhalpPerson]
    unseen: list[int]
    """Tracks without a single real detection, left out."""
    broken: int = 0
    """Sightings with numbers that are not finite: taken as not seen."""


class _NotFiniteError(ValueError):
    """A network that lost its way leaves such numbers; they say nothing, and the rest of the file does."""


def read_phalp(path: Path) -> PhalpFile:
    """Read demo_*.pkl. GhostcapError `unsafe_file`, `bad_file`, `not_phalp` says what is odd about it."""
    data = read_joblib(path)
    frames = _frames(path, data)
    rows: dict[int, list[dict[str, Any]]] = {}
    unseen: set[int] = set()
    size: tuple[int, int] | None = None
    broken = 0
    for number, frame in frames:
        ids = _list(frame.get("tid", frame.get("tracked_ids", ())))
        since = _list(frame.get("tracked_time", [0] * len(ids)))
        done: set[int] = set()
        for k, raw_id in enumerate(ids):
            track = int(np.asarray(raw_id).reshape(-1)[0])
            ago = int(np.asarray(since[k]).reshape(-1)[0]) if k < len(since) else 0
            unseen.add(track)
            if ago > 0 or track in done:
                continue
            try:
                rows.setdefault(track, []).append(_row(frame, k, number, ago))
            except _NotFiniteError:
                broken += 1
                continue
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise _odd(path, f"frame {number}, track {track}: {_say(error)}") from error
            done.add(track)
            size = size or _size(frame, k)
    people = [_person(track, found) for track, found in sorted(rows.items()) if any(r["observed"] for r in found)]
    if people and size is None:
        raise _odd(path, "it does not say the pictures' size")
    height, width = size or (0, 0)
    last = frames[-1][0] + 1 if frames else 0
    return PhalpFile(width, height, last, people, sorted(unseen - {person.id for person in people}), broken)


def _frames(path: Path, data: Any) -> list[tuple[int, Mapping[str, Any]]]:
    if not isinstance(data, Mapping) or not all(isinstance(frame, Mapping) for frame in data.values()):
        raise _odd(path, "it is no dict of frames")
    try:
        frames = [(_time(frame, order), frame) for order, frame in enumerate(data.values())]
    except (TypeError, ValueError, IndexError) as error:
        raise _odd(path, _say(error)) from error
    if frames and not any("smpl" in frame for _, frame in frames):
        raise _odd(path, "its frames hold no smpl")
    return sorted(frames, key=lambda pair: pair[0])


def _time(frame: Mapping[str, Any], order: int) -> int:
    return int(np.asarray(frame.get("time", order)).reshape(-1)[0])


def _row(frame: Mapping[str, Any], k: int, number: int, ago: int) -> dict[str, Any]:
    smpl = frame["smpl"]
    # Some forks stack everybody's arrays.
    smpl = {name: value[k] for name, value in smpl.items()} if isinstance(smpl, Mapping) else smpl[k]
    box = _numbers(frame["bbox"][k], 4)
    score = _list(frame.get("conf", ()))
    joints = np.full((24, 3), np.nan)
    given = _list(frame.get("3d_joints", ()))
    if k < len(given):
        points = np.asarray(given[k], dtype=float).reshape(-1, 3)
        for row, joint in SMPL_JOINTS.items():
            if row < len(points):
                joints[joint] = points[row]
    return {
        "frame": number,
        "bbox": np.concatenate([box[:2], box[:2] + box[2:]]),
        "score": float(np.asarray(score[k]).reshape(-1)[0]) if k < len(score) else 1.0,
        "rotations": np.concatenate([_rotations(smpl["global_orient"], 1), _rotations(smpl["body_pose"], 23)]),
        "betas": _numbers(smpl["betas"], 10),
        "camera": _numbers(frame["camera"][k], 3),
        "joints": joints,
        "observed": ago == 0,
    }


def _rotations(value: Any, count: int) -> Array:
    """(count, 3, 3), from matrices with any leading ones, or from axis-angle as older forks have it."""
    numbers = np.asarray(value, dtype=float).reshape(-1)
    if numbers.size == count * 9:
        matrices = numbers.reshape(count, 3, 3)
    elif numbers.size == count * 3:
        matrices = matrix_from_axis_angle(numbers.reshape(count, 3))
    else:
        raise ValueError(f"{numbers.size} numbers for {count} rotations")
    if not np.isfinite(matrices).all():
        raise _NotFiniteError
    return nearest_rotation(matrices)


def _numbers(value: Any, count: int) -> Array:
    numbers = np.asarray(value, dtype=float).reshape(-1)
    if numbers.size < count:
        raise ValueError(f"{numbers.size} numbers where {count} should be")
    if not np.isfinite(numbers[:count]).all():
        raise _NotFiniteError
    return numbers[:count]


def _size(frame: Mapping[str, Any], k: int) -> tuple[int, int] | None:
    """Height, width; per person, or once for the frame."""
    numbers = np.asarray(frame.get("size", ()), dtype=float)
    if numbers.ndim == 2 and k < len(numbers):
        numbers = numbers[k]
    numbers = numbers.reshape(-1)
    return (int(numbers[0]), int(numbers[1])) if numbers.size >= 2 else None


def _person(track: int, rows: list[dict[str, Any]]) -> PhalpPerson:
    # What was made up before the first and after the last look goes.
    seen = [k for k, row in enumerate(rows) if row["observed"]]
    rows = rows[seen[0] : seen[-1] + 1]
    return PhalpPerson(track, **{name: np.array([row[name] for row in rows]) for name in rows[0]})


def root_offsets(person: PhalpPerson) -> Array:
    """(N, 3) the root joint from the body's origin; NaN where the file doesn't say."""
    return person.joints[:, SMPL_JOINTS[_ROOT_ROW]]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else []


def _say(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _odd(path: Path, what: str) -> GhostcapError:
    return GhostcapError(
        f"{path} is no result of 4D-Humans that Ghostcap knows: {what}.",
        "It should be results/demo_*.pkl of track.py.",
        "not_phalp",
    )
