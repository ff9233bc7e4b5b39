# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is in a picture, and where: boxes for HMR2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..blazepose import Estimator
from ..blazepose.estimator import boxes_around
from ..observations import Frame, Video
from ..tracking.checkpoint import set_tracker_state, tracker_state
from ..tracking.online import Tracker
from .chunks import Chunk

Array = NDArray[np.floating]
SMALLEST: Final = 16.0
"""Pixels: lower boxes hold nobody whose pose can be told."""
_KEPT: Final = 90
"""Frames the built-in detector remembers of each person."""


@dataclass(frozen=True)
class Boxes:
    """N people in a picture."""

    box: Array
    """(N, 4) x0, y0, x1, y1 px."""
    score: Array
    """(N,) 0..1."""


class Detector(Protocol):
    """Finds people in the chunks of a clip, in order. For one thread."""

    name: str
    group: int
    """Chunks begin and end at multiples of so many frames."""
    memory: int
    """Frames before the next one that it must have seen."""

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame of a chunk."""
        ...

    def remember(self, frame: Frame) -> None:
        """Take a frame that has been looked at before the job was stopped."""
        ...

    def state(self, following: int) -> Mapping[str, NDArray[np.generic]]:
        """What it knows before frame `following`, for `restore`."""
        ...

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from a state."""
        ...


class EachFrame:
    """The parts of a detector that looks at each frame on its own."""

    group = 1
    memory = 0

    def remember(self, frame: Frame) -> None:
        """Nothing is remembered."""

    def state(self, following: int) -> Mapping[str, NDArray[np.generic]]:  # noqa: ARG002 - as all detectors
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Nothing to restore."""


class BuiltInDetector:
    """BlazePose on the CPU: follows people by their landmarks, and looks for newcomers where something changes."""

    name = "blazepose"
    group = 1

    def __init__(self, video: Video, estimator: Estimator) -> None:
        self._tracker = Tracker(video, estimator)
        self.memory = self._tracker.recent.maxlen or 0

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame of a chunk."""
        return [self._look(frame) for frame in chunk.frames]

    def remember(self, frame: Frame) -> None:
        """For following newcomers backwards."""
        self._tracker.remember(frame)

    def state(self, following: int) -> Mapping[str, NDArray[np.generic]]:
        """Who is followed, and where the scan is."""
        return tracker_state(self._tracker, following)

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from there."""
        set_tracker_state(self._tracker, state)

    def _look(self, frame: Frame) -> Boxes:
        self._tracker.step(frame)
        here = [person.seen[frame.index] for person in self._tracker.people if frame.index in person.seen]
        landmarks = np.array([seen.landmarks for seen in here]).reshape(-1, 33, 4)
        self._forget(frame.index)
        return Boxes(whole_body(boxes_around(landmarks)), np.array([seen.score for seen in here]))

    def _forget(self, index: int) -> None:
        """Old frames are of no use here, and a clip may be long."""
        self._tracker.people = [person for person in self._tracker.people if not person.ended and person.seen]
        for person in self._tracker.people:
            for old in [number for number in person.seen if number < index - _KEPT and number != person.last]:
                del person.seen[old]


def whole_body(boxes: Array) -> Array:
    """Boxes around landmarks (N, 4), from eyes to toes -> boxes around people as detectors give them (N, 4)."""
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    longer = size.max(axis=1)
    margin = longer[:, None] * [0.04, 0.09, 0.04, 0.04]
    return boxes + margin * [-1, -1, 1, 1]
