# SPDX-License-Identifier: GPL-3.0-or-later
"""A tracker's state as arrays, so that a job that was stopped goes on where it was.

Items must be arrays of one size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .location import HISTORY
from .tracker import Candidate, FrameTracks, Slot, Track, Tracker

Item = NDArray[np.float32]


def freeze(tracker: Tracker[Item]) -> dict[str, NDArray[Any]]:
    """All that the next steps depend on; what the tracker does later does not change it."""
    tracks, pending = tracker.tracks, list(tracker.pending)
    slots = [slot for frame in pending for slot in frame.slots]
    places = [place for track in tracks for place in track.history]
    return {
        "next_id": np.array(tracker.next_id),
        "id": np.array([track.id for track in tracks], dtype=int),
        "hits": np.array([track.hits for track in tracks], dtype=int),
        "since": np.array([track.since for track in tracks], dtype=int),
        "confirmed": np.array([track.confirmed for track in tracks], dtype=bool),
        "pose": np.array([track.last.pose for track in tracks]),
        "last": np.array([track.last.item for track in tracks]),
        "xy": np.array([xy for xy, _, _ in places]).reshape(len(tracks), -1, 2),
        "depth": np.array([depth for _, depth, _ in places]).reshape(len(tracks), -1),
        "time": np.array([time for _, _, time in places], dtype=int).reshape(len(tracks), -1),
        "has_look": np.array([track.appearance is not None for track in tracks], dtype=bool),
        "look": np.array([track.appearance for track in tracks if track.appearance is not None]),
        "items": np.array([len(track.items) for track in tracks], dtype=int),
        "item": np.array([item for track in tracks for item in track.items]),
        "frame": np.array([frame.index for frame in pending], dtype=int),
        "slots": np.array([len(frame.slots) for frame in pending], dtype=int),
        "slot_id": np.array([slot.id for slot in slots], dtype=int),
        "slot_since": np.array([slot.since for slot in slots], dtype=int),
        "slot_item": np.array([slot.item for slot in slots]),
    }


def thaw(tracker: Tracker[Item], state: Mapping[str, NDArray[Any]]) -> None:
    """Put a fresh tracker into a state of `freeze`."""
    looks, items = iter(state["look"]), iter(state["item"])
    tracker.next_id = int(state["next_id"])
    tracker.tracks = []
    for k, number in enumerate(state["id"]):
        history = deque(
            ((state["xy"][k, h], float(state["depth"][k, h]), int(state["time"][k, h])) for h in range(HISTORY)),
            maxlen=HISTORY,
        )
        xy, depth, _ = history[-1]
        look = next(looks) if state["has_look"][k] else None
        tracker.tracks.append(
            Track(
                int(number),
                Candidate(xy, depth, state["pose"][k], state["last"][k]),
                history,
                look,
                int(state["hits"][k]),
                int(state["since"][k]),
                bool(state["confirmed"][k]),
                [next(items) for _ in range(int(state["items"][k]))],
            )
        )
    slots = (
        Slot(int(number), int(since), item)
        for number, since, item in zip(state["slot_id"], state["slot_since"], state["slot_item"], strict=True)
    )
    tracker.pending = deque(
        FrameTracks(int(frame), [next(slots) for _ in range(int(count))])
        for frame, count in zip(state["frame"], state["slots"], strict=True)
    )
