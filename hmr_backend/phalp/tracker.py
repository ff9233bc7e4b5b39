# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who from frame to frame, with PHALP's life cycle, as a stream: what is sure leaves, what is over is forgotten.

A person seen for the first time is tentative and is forgotten at the first miss. Seen five frames in a row, a person is
confirmed, and the frames before are filled in. Confirmed people who are not seen stay as ghosts for 50 frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .cost import match, matching_cost
from .location import HISTORY, Places, predict_places

Array = NDArray[np.floating]
Item = TypeVar("Item")
CONFIRMED_AFTER: Final = 5
GHOST_FRAMES: Final = 50
APPEARANCE_KEPT: Final = 0.9
"""Share of a track's look that stays when it is seen again."""


@dataclass(frozen=True)
class Candidate(Generic[Item]):
    """A person detected in a frame."""

    xy: Array
    """(2,) of the body's origin in the picture padded to a square, 0..1."""
    depth: float
    """Along the line of sight."""
    pose: Array
    """(226,) rotation matrices (24 x 9) and betas (10)."""
    item: Item
    """What the caller knows of the person; handed back."""
    appearance: Array | None = None
    """(D,) a look; None leaves it out."""


@dataclass(frozen=True)
class Slot(Generic[Item]):
    """A confirmed person in a frame."""

    id: int
    since: int
    """Frames since the person was really seen: 0 seen, 1..50 a ghost, which carries what was seen last."""
    item: Item


@dataclass(frozen=True)
class FrameTracks(Generic[Item]):
    """Everybody in a frame; final."""

    index: int
    slots: list[Slot[Item]]


@dataclass
class Track(Generic[Item]):
    """Somebody who is followed."""

    id: int
    last: Candidate[Item]
    """As seen last."""
    history: deque[tuple[Array, float, int]]
    """Places: xy, depth, frame number."""
    appearance: Array | None
    hits: int = 1
    since: int = 0
    confirmed: bool = False
    items: list[Item] = field(default_factory=list)
    """Of the first frames, until they are filled in."""


class Tracker(Generic[Item]):
    """Takes the frames in order; `step` returns those that will not change any more.

    Its state is `tracks`, `pending` (frames that may still change) and `next_id`.
    """

    def __init__(self, confirmed_after: int = CONFIRMED_AFTER, ghost_frames: int = GHOST_FRAMES) -> None:
        self._confirmed_after, self._ghost_frames = max(1, confirmed_after), ghost_frames
        self.tracks: list[Track[Item]] = []
        self.next_id = 1
        self.pending: deque[FrameTracks[Item]] = deque()

    def step(self, index: int, people: Sequence[Candidate[Item]], shot: bool = False) -> list[FrameTracks[Item]]:
        """The next frame, with everybody detected in it. shot: the first frame after a cut, where all places change."""
        for track in self.tracks:
            track.since += 1
        pairs = match(self._costs(people)) if self.tracks and people else []
        for row, column in pairs:
            self._see(self.tracks[row], people[column], index, shot)
        seen = {column for _, column in pairs}
        new = [self._begin(person, index) for number, person in enumerate(people) if number not in seen]
        self.tracks = [t for t in self.tracks if t.since <= (self._ghost_frames if t.confirmed else 0)] + new
        self.pending.append(FrameTracks(index, []))
        for track in self.tracks:
            self._confirm(track)
            if track.confirmed:
                self.pending[-1].slots.append(Slot(track.id, track.since, track.last.item))
        # The frame before those that a confirmation may still fill in is final.
        return [self.pending.popleft() for _ in range(len(self.pending) - self._confirmed_after + 1)]

    def finish(self) -> list[FrameTracks[Item]]:
        """The last frames."""
        rest = list(self.pending)
        self.pending.clear()
        return rest

    def _costs(self, people: Sequence[Candidate[Item]]) -> Array:
        predicted = self._predict()
        appearance: Array | float = 0.0
        looks = [person.appearance for person in people]
        known = [track.appearance for track in self.tracks]
        if all(look is not None for look in (*looks, *known)):
            appearance = 100 * ((np.array(known)[:, None] - np.array(looks)[None]) ** 2).sum(-1)
        return matching_cost(
            predicted,
            np.array([track.last.pose for track in self.tracks]),
            np.array([person.xy for person in people]),
            np.array([person.depth for person in people]),
            np.array([person.pose for person in people]),
            appearance,
        )

    def _predict(self) -> Places:
        histories = [track.history for track in self.tracks]
        return predict_places(
            np.array([[xy for xy, _, _ in history] for history in histories]),
            np.array([[depth for _, depth, _ in history] for history in histories]),
            np.array([[time for _, _, time in history] for history in histories]),
            np.array([track.since - 1 for track in self.tracks]),
        )

    def _see(self, track: Track[Item], person: Candidate[Item], index: int, shot: bool) -> None:
        place = (np.asarray(person.xy, dtype=float), float(person.depth), index)
        track.history.append(place)
        if shot:
            track.history.extend([place] * HISTORY)
        if track.appearance is not None and person.appearance is not None:
            track.appearance = APPEARANCE_KEPT * track.appearance + (1 - APPEARANCE_KEPT) * person.appearance
        track.last, track.since = person, 0
        track.hits += 1
        if not track.confirmed:
            track.items.append(person.item)

    def _begin(self, person: Candidate[Item], index: int) -> Track[Item]:
        place = (np.asarray(person.xy, dtype=float), float(person.depth), index)
        # The line through the first places is held by seven copies of the first.
        history = deque([place] * HISTORY, maxlen=HISTORY)
        track = Track(self.next_id, person, history, person.appearance, items=[person.item])
        self.next_id += 1
        return track

    def _confirm(self, track: Track[Item]) -> None:
        if track.confirmed or track.hits < self._confirmed_after:
            return
        track.confirmed = True
        earlier = track.items[:-1]
        frames = list(self.pending)[-1 - len(earlier) : -1]
        for frame, item in zip(frames, earlier, strict=True):
            frame.slots.append(Slot(track.id, 0, item))
        track.items = []
