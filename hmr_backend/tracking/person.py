# SPDX-License-Identifier: GPL-3.0-or-later
"""One person being followed: what was seen, and where to look next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..blazepose.estimator import Bodies, boxes_around
from ..observations import LANDMARKS, Array, Tracklet
from .similarity import MAIN, look_alike

MEMORY = 0.9
"""How slowly the remembered colours change."""
MAX_STEP = 0.2
"""Of the region's side, the furthest that motion is carried on in a frame."""


@dataclass
class Seen:
    """A person in one frame."""

    score: float
    landmarks: Array
    world: Array
    region: Array


@dataclass
class Person:
    """A person over time. `seen` maps frame numbers, in order, to what was seen there."""

    id: int
    seen: dict[int, Seen] = field(default_factory=dict)
    following: Array = field(default_factory=lambda: np.zeros(4))
    """(4,) the region for the frame after the last one seen, before motion."""
    velocity: Array = field(default_factory=lambda: np.zeros(2))
    """px a frame."""
    look: Array = field(default_factory=lambda: np.zeros((2, 1)))
    found: int = 0
    """Checks in which the detector found this person."""
    checks: int = 0
    """Times the detector was sent to where this person was, at a fitting scale."""
    checking: bool = False
    """Whether this frame is such a check."""
    shadowed: int = 0
    """Frames for which this has been upon a body that another fits better."""
    check_at: int = 0
    """The frame in which the detector is to look here next."""
    ended: bool = False

    @property
    def last(self) -> int:
        """The last frame seen."""
        return next(reversed(self.seen))

    @property
    def first(self) -> int:
        """The first frame seen."""
        return next(iter(self.seen))

    def add(self, index: int, bodies: Bodies, which: int, look: Array) -> None:
        """Take a body seen in frame `index`, later than all before."""
        body = Seen(float(bodies.score[which]), bodies.landmarks[which], bodies.world[which], bodies.region[which])
        if self.seen:
            frames = index - self.last
            step = (bodies.following[which, :2] - self.following[:2]) / frames
            self.velocity = 0.5 * self.velocity + 0.5 * step if frames <= 3 else step * 0
            weight = MEMORY if look_alike(self.look, look) > 0.5 else 0.98
            self.look = np.where(self.look.sum(1, keepdims=True) > 0, weight * self.look + (1 - weight) * look, look)
            self.look /= np.maximum(self.look.sum(1, keepdims=True), 1e-9)
        else:
            self.look = look.copy()
        self.following = bodies.following[which]
        self.seen[index] = body

    def replace(self, index: int, bodies: Bodies, which: int) -> None:
        """Take a better body for the last frame seen, `index`."""
        self.seen[index] = Seen(
            float(bodies.score[which]), bodies.landmarks[which], bodies.world[which], bodies.region[which]
        )
        self.following, self.velocity = bodies.following[which], np.zeros(2)

    def known(self, fps: float) -> bool:
        """Whether this was seen for long enough to be missed."""
        return len(self.seen) >= 0.3 * fps and self.found > 0

    def expected(self, index: int) -> Array:
        """The region (4,) in which to look in a frame: motion goes on, and fades when the person isn't seen."""
        frames = index - self.last
        step = self.velocity * (1 - 0.85**frames) / 0.15
        limit = MAX_STEP * self.following[2] * min(frames, 5)
        length = float(np.hypot(*step))
        region = self.following.copy()
        region[:2] += step * min(1.0, limit / max(length, 1e-9))
        return region

    def tracklet(self) -> Tracklet:
        """What was seen, as arrays over all frames from the first to the last."""
        frame = np.arange(self.first, self.last + 1)
        count = len(frame)
        landmarks = np.full((count, LANDMARKS, 4), np.nan, dtype=np.float32)
        world = np.full((count, LANDMARKS, 3), np.nan, dtype=np.float32)
        score = np.zeros(count, dtype=np.float32)
        observed = np.zeros(count, dtype=bool)
        for row, index in enumerate(frame):
            body = self.seen.get(int(index))
            if body is not None:
                landmarks[row], world[row], observed[row] = body.landmarks, body.world, True
                score[row] = body.score * body.landmarks[MAIN, 3].mean()
        bbox = np.full((count, 4), np.nan, dtype=np.float32)
        bbox[observed] = boxes_around(landmarks[observed])
        for side in range(4):
            bbox[~observed, side] = np.interp(frame[~observed], frame[observed], bbox[observed, side])
        return Tracklet(
            self.id, frame, bbox, score, landmarks, world, observed, self.found / max(self.checks, 1), self.look
        )
