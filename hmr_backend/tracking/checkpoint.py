# SPDX-License-Identifier: GPL-3.0-or-later
"""A tracker's state on disk, so that a job that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...motion.archive import read_arrays, written_whole
from ...motion.errors import CaptureError
from ..observations import Video
from .person import Person, Seen

if TYPE_CHECKING:
    from .online import Tracker

FORMAT = 1
FILE = "tracking.npz"
STATE = ("following", "velocity", "look", "found", "checks", "check_at", "shadowed", "ended")
SEEN = ("score", "landmarks", "world", "region")


def sign(video: Video, estimator: str) -> str:
    """What a checkpoint must agree with to be of use."""
    return json.dumps(
        [
            FORMAT,
            estimator,
            video.path.name,
            video.width,
            video.height,
            video.fps,
            video.first,
            video.until,
            video.frames,
        ]
    )


def save_tracker(folder: Path, tracker: Tracker, following_frame: int) -> None:
    """Write the state before frame `following_frame`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / FILE) as temporary, temporary.open("wb") as file:
        arrays: dict[str, Any] = dict(tracker_state(tracker, following_frame))
        np.savez(file, **arrays)


def tracker_state(tracker: Tracker, following_frame: int) -> dict[str, NDArray[Any]]:
    """The state before frame `following_frame`; what the tracker does later does not change it."""
    scanner = tracker.scanner
    arrays = {
        "signature": np.array(tracker.signature),
        "following_frame": np.array(following_frame),
        "next_id": np.array(tracker.next_id),
        "scan_seen": scanner.seen.copy(),
        "scan_looks": scanner.looks.copy(),
        "scan_last": scanner.last.copy(),
        "scan_saved": np.array(scanner.saved),
        "people": np.array([p.id for p in tracker.people], dtype=int),
    }
    for number, person in enumerate(tracker.people):
        for name in STATE:
            arrays[f"p{number}_{name}"] = np.array(getattr(person, name))
        arrays[f"p{number}_frame"] = np.array(list(person.seen), dtype=int)
        for name in SEEN:
            arrays[f"p{number}_{name}"] = np.array([getattr(body, name) for body in person.seen.values()])
    return arrays


def restore_tracker(folder: Path, tracker: Tracker) -> int:
    """Put a fresh tracker into the saved state: the frame that follows.

    That is the video's first frame when there is nothing saved, or nothing that fits this video and estimator. The
    frames before are to be given to the tracker again, with `Tracker.remember`.
    """
    path = folder / FILE
    if not path.exists():
        return tracker.video.first
    try:
        state = read_arrays(path, "signature")
    except CaptureError:
        return tracker.video.first
    if str(state["signature"]) != tracker.signature:
        return tracker.video.first
    return set_tracker_state(tracker, state)


def set_tracker_state(tracker: Tracker, state: Mapping[str, NDArray[Any]]) -> int:
    """Put a fresh tracker into a state of `tracker_state`: the frame that follows."""
    scanner = tracker.scanner
    scanner.seen, scanner.looks, scanner.last = (state[f"scan_{name}"].copy() for name in ("seen", "looks", "last"))
    scanner.saved = float(state["scan_saved"])
    tracker.next_id = int(state["next_id"])
    tracker.people = []
    for number, identity in enumerate(state["people"]):
        person = Person(int(identity))
        for name in STATE:
            value = state[f"p{number}_{name}"]
            setattr(person, name, value if value.ndim else value.item())
        columns = [state[f"p{number}_{name}"] for name in SEEN]
        for row, frame in enumerate(state[f"p{number}_frame"]):
            score, landmarks, world, region = (column[row] for column in columns)
            person.seen[int(frame)] = Seen(float(score), landmarks, world, region)
        tracker.people.append(person)
    return int(state["following_frame"])
