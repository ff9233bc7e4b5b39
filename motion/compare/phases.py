# SPDX-License-Identifier: GPL-3.0-or-later
"""Named moments of a motion and the phases between them, whoever found them: golf, repetitions, or the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import GhostcapError
from .alignment import Anchor


@dataclass(frozen=True)
class Event:
    """A named moment, in frames (fractional) of its clip."""

    name: str
    """A key of the sentences ("top"), or the user's own word."""
    frame: float


@dataclass(frozen=True)
class Phase:
    """From one event to the next."""

    name: str
    """The event it begins with."""
    start: float
    stop: float
    lap: int = 0
    """Number of the repetition, from 0."""


def name_phases(events: Sequence[Event]) -> tuple[Phase, ...]:
    """The phases between events in order of time."""
    ordered = sorted(events, key=lambda event: event.frame)
    return tuple(Phase(a.name, a.frame, b.frame) for a, b in pairwise(ordered))


def anchor_events(user: Sequence[Event], athlete: Sequence[Event]) -> list[Anchor]:
    """Pairs of events of one name, in the user's order; of several with one name the first pairs with the first.

    GhostcapError `bad_markers` when fewer than two pair up, or when they come in another order on the other side.
    """
    waiting: dict[str, list[float]] = {}
    for event in sorted(athlete, key=lambda event: event.frame):
        waiting.setdefault(event.name, []).append(event.frame)
    anchors = [
        Anchor(event.frame, waiting[event.name].pop(0))
        for event in sorted(user, key=lambda event: event.frame)
        if waiting.get(event.name)
    ]
    if len(anchors) < 2:
        raise GhostcapError(
            "The two sides share fewer than two markers.", "Give both the same names, two at least.", "bad_markers"
        )
    for a, b in pairwise(anchors):
        if b.user <= a.user or b.athlete <= a.athlete:
            raise GhostcapError("The markers come in another order on the other side.", "Move them.", "bad_markers")
    return anchors
