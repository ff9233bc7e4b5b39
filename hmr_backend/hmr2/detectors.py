# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is in a picture, and where: boxes for HMR2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..blazepose import Estimator
from ..blazepose.estimator import boxes_around
from ..observations import Frame, Video
from ..tracking.online import Tracker

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
    """Finds people in the frames of a clip, in order."""

    name: str

    def detect(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Boxes]]:
        """Each frame with its people."""
        ...


def in_batches(frames: Iterable[Frame], size: Callable[[], int]) -> Iterator[list[Frame]]:
    """Frames, `size()` at a time; the last ones are fewer."""
    some: list[Frame] = []
    for frame in frames:
        some.append(frame)
        if len(some) >= size():
            yield some
            some = []
    if some:
        yield some


class BuiltInDetector:
    """BlazePose: follows people by their landmarks, and looks for newcomers where something changes."""

    name = "blazepose"

    def __init__(self, video: Video, estimator: Estimator) -> None:
        self._tracker = Tracker(video, estimator)

    def detect(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Boxes]]:
        """Each frame with its people."""
        for frame in frames:
            self._tracker.step(frame)
            here = [person.seen[frame.index] for person in self._tracker.people if frame.index in person.seen]
            landmarks = np.array([seen.landmarks for seen in here]).reshape(-1, 33, 4)
            yield frame, Boxes(whole_body(boxes_around(landmarks)), np.array([seen.score for seen in here]))
            self._forget(frame.index)

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
