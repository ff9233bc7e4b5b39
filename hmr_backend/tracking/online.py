# SPDX-License-Identifier: GPL-3.0-or-later
"""Following people frame by frame.

Each person's region comes from the landmarks of the frame before, with motion. The detector looks for new and lost
people where something changes; a person found anew is followed backwards as well, through the last half second.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..blazepose.detections import Detections
from ..blazepose.estimator import Bodies, boxes_around
from ..observations import Array, Frame, Tracklet, Video
from ..progress import Reporter
from .checkpoint import restore_tracker, save_tracker, sign
from .person import Person
from .scan import Scanner
from .similarity import MAIN, look_alike, look_of, pose_overlap, share_inside

if TYPE_CHECKING:
    from ..blazepose import Estimator

MIN_SCORE = 0.5
MIN_INSIDE = 0.3
SAME = 0.5
"""Pose overlap from which two bodies are one."""
LOST_SECONDS = 3.0
"""How long a lost person is searched for and can be found again."""
REWIND_SECONDS = 0.6
REWIND_BYTES = 160e6
CHECK_SECONDS = 1.0
"""How often the detector looks at a person in sight."""
VIEW = 1.4
"""A person's view is so much larger than the region."""
TRY_SECONDS = 0.4
"""How long the landmark network goes on looking at the spot where a lost person should be."""
SHADOW = 0.6
SHADOW_SECONDS = 0.4
CLEARLY_BETTER = 0.05
MAX_JUMP = 0.45
MAX_GROWTH = 1.7
MIN_ALIKE = 0.35


class Tracker:
    """The people followed so far. `step` takes the frames in order."""

    def __init__(self, video: Video, estimator: Estimator) -> None:
        self.video = video
        self.estimator = estimator
        self.people: list[Person] = []
        self.scanner = Scanner(video.width, video.height, video.fps)
        room = int(REWIND_BYTES // (video.width * video.height * 3))
        self.recent: deque[Frame] = deque(maxlen=max(2, min(round(REWIND_SECONDS * video.fps), room)))
        self.next_id = 1
        self.signature = sign(video, f"{estimator.name} {estimator.version}")

    def remember(self, frame: Frame) -> None:
        """Hold a frame that has been stepped through before, for following people backwards."""
        self.recent.append(frame)

    def step(self, frame: Frame) -> None:
        """Follow everybody into the next frame, and find who is new."""
        index, image = frame.index, frame.image
        alive = [p for p in self.people if not p.ended]
        regions = np.array([p.expected(index) for p in alive]).reshape(-1, 4)
        held = [p for p in alive if index - p.last == 1]
        boxes = np.array([boxes_around(p.seen[p.last].landmarks) for p in held]).reshape(-1, 4)
        views, cut = self.scanner.choose(index, image, boxes)
        if cut:
            for person in alive:
                person.ended = True
            alive, regions, held = [], regions[:0], []
        views = np.concatenate([views, self._search(alive, index)])
        patience = max(3, round(TRY_SECONDS * self.video.fps))
        trying = [k for k, p in enumerate(alive) if index - p.last <= patience]
        detecting = self.estimator.detect_later(image, views) if len(views) else None
        bodies = self.estimator.look(image, regions[trying]) if trying else None
        if bodies is not None:
            self._follow(frame, [alive[k] for k in trying], bodies)
        if detecting is not None:
            self._discover(frame, detecting())
        for person in self.people:
            person.checking = False
            if not person.ended and index - person.last > LOST_SECONDS * self.video.fps:
                person.ended = True
        self.recent.append(frame)

    def _search(self, alive: list[Person], index: int) -> Array:
        """Views around lost people, often at first and more rarely later; and now and then around those in sight."""
        views = []
        for person in alive:
            missing = index - person.last - 1
            region = person.expected(index)
            if missing <= 0:
                if index >= person.check_at:
                    self._begin_check(person, index)
                    views.append([region[0], region[1], region[2] * VIEW, 0.0])
            elif person.known(self.video.fps) and (missing <= 6 or missing % max(2, round(self.video.fps / 10)) == 0):
                wide = VIEW + min(missing / self.video.fps, 1.0)
                views.append([region[0], region[1], region[2] * wide, 0.0])
        return np.array(views).reshape(-1, 4)

    def _begin_check(self, person: Person, index: int) -> None:
        """The detector looks for a person now, and later again; the sooner the less is known of them."""
        person.checks += 1
        person.checking = True
        wait = min(CHECK_SECONDS, 0.15 * 2**person.checks)
        person.check_at = index + max(1, round(wait * self.video.fps))

    def _follow(self, frame: Frame, people: list[Person], bodies: Bodies) -> None:
        good = self._plausible(bodies)
        for k in range(len(people)):
            moved = np.hypot(*(bodies.following[k, :2] - bodies.region[k, :2])) / bodies.region[k, 2]
            growth = bodies.following[k, 2] / bodies.region[k, 2]
            if moved > MAX_JUMP or not 1 / MAX_GROWTH < growth < MAX_GROWTH:
                good[k] = False
        looks = [look_of(frame.image, marks) if ok else None for marks, ok in zip(bodies.landmarks, good, strict=True)]
        # Two people on one body: it belongs to whom it fits best by motion, colours and length of acquaintance.
        for k in range(len(people)):
            for j in range(k):
                if good[k] and good[j]:
                    same = pose_overlap(bodies.landmarks[k], bodies.landmarks[j : j + 1], bodies.region[k, 2])[0]
                    if same > SAME:
                        claims = [self._claim(people[i], bodies, i, looks[i]) for i in (k, j)]
                        good[k if claims[0] < claims[1] else j] = False
        for k, person in enumerate(people):
            look = looks[k]
            if good[k] and look is not None:
                person.add(frame.index, bodies, k, look)
        self._drop_shadows(frame.index, [p for p, ok in zip(people, good, strict=True) if ok])

    def _drop_shadows(self, index: int, people: list[Person]) -> None:
        """End those who have been upon another's body for a while, and were seen less well."""
        for person in people:
            body = person.seen[index]
            better = [
                p
                for p in people
                if p is not person
                and near_each_other(p.seen[index].region, body.region)
                and contained(boxes_around(body.landmarks), boxes_around(p.seen[index].landmarks)) > SHADOW
                and quality(p.seen[index].landmarks, p.seen[index].score) > quality(body.landmarks, body.score)
            ]
            person.shadowed = person.shadowed + 1 if better else 0
            if person.shadowed > SHADOW_SECONDS * self.video.fps:
                for shadow in range(index - person.shadowed + 1, index + 1):
                    person.seen.pop(shadow, None)
                person.ended = True

    def _claim(self, person: Person, bodies: Bodies, which: int, look: Array | None) -> float:
        moved = np.hypot(*(bodies.following[which, :2] - bodies.region[which, :2])) / bodies.region[which, 2]
        alike = look_alike(person.look, look) if look is not None else 0.5
        known = min(len(person.seen) / self.video.fps, 1.0)
        return float(alike - 2 * moved + 0.5 * known)

    def _plausible(self, bodies: Bodies) -> NDArray[np.bool_]:
        inside = share_inside(bodies.landmarks, self.video.width, self.video.height)
        return (bodies.score >= MIN_SCORE) & (inside >= MIN_INSIDE)

    def _discover(self, frame: Frame, found: Detections) -> None:
        """Take in what the detector found: people followed already, lost ones, new ones."""
        regions = found.regions()
        current = [p for p in self.people if frame.index in p.seen]
        fresh = []
        for k, region in enumerate(regions):
            owner = next((p for p in current if _same_place(p.seen[frame.index].region, region)), None)
            if owner is None:
                fresh.append(k)
            elif owner.checking:
                owner.found += 1
                owner.checking = False
        if not fresh:
            return
        bodies = self.estimator.look(frame.image, regions[fresh])
        # A second look from where the first saw the body: detections of small people are coarse.
        bodies = self.estimator.look(frame.image, bodies.following)
        good = self._plausible(bodies)
        for k in np.argsort(-quality(bodies.landmarks, bodies.score), kind="stable"):
            if good[k]:
                self._admit(frame, bodies, int(k))

    def _admit(self, frame: Frame, bodies: Bodies, which: int) -> None:
        """Take in a body that the detector found and nobody has: a lost or a new person, or somebody seen better."""
        index = frame.index
        current = [p for p in self.people if index in p.seen]
        rivals = [p for p in current if near_each_other(p.seen[index].region, bodies.region[which])]
        confirmed = None
        if rivals:
            others = np.array([p.seen[index].landmarks for p in rivals])
            same = pose_overlap(bodies.landmarks[which], others, bodies.region[which, 2])
            if same.max() > SAME * 0.6:
                return
            confirmed = self._detected_at(frame, bodies.region[which])
            rival = rivals[int(same.argmax())]
            if not (confirmed[0] and confirmed[1] >= 2):
                old = rival.seen[index]
                better = quality(bodies.landmarks[which], bodies.score[which]) - quality(old.landmarks, old.score)
                if confirmed[0] and better > CLEARLY_BETTER:
                    rival.replace(index, bodies, which)
                return
        look = look_of(frame.image, bodies.landmarks[which])
        person = self._recognise(index, bodies, which, look)
        if person is None:
            confirmed = confirmed or self._detected_at(frame, bodies.region[which])
            if not confirmed[0]:
                return
            person = Person(self.next_id, found=1)
            self._begin_check(person, index)
            self.next_id += 1
            self.people.append(person)
        self._rewind(person, bodies, which, index)
        person.add(index, bodies, which, look)

    def _detected_at(self, frame: Frame, region: Array) -> tuple[bool, int]:
        """Whether the detector sees a body in a view around its region, and how many it sees in there."""
        view = np.array([[region[0], region[1], region[2] * VIEW, 0.0]])
        found = self.estimator.detect(frame.image, view).regions()
        here = any(_same_place(region, other) for other in found)
        return here, sum(near_each_other(region, other) for other in found)

    def _recognise(self, index: int, bodies: Bodies, which: int, look: Array) -> Person | None:
        """The lost person whom a new body belongs to: near enough for the time gone, of like size and colours."""
        best, best_cost = None, np.inf
        for person in self.people:
            if person.ended or person.last >= index:
                continue
            seconds = (index - person.last) / self.video.fps
            expected = person.expected(index)
            apart = np.hypot(*(bodies.following[which, :2] - expected[:2])) / max(expected[2], 1e-6)
            growth = abs(np.log(bodies.following[which, 2] / max(expected[2], 1e-6)))
            alike = look_alike(person.look, look)
            if apart > 0.4 + 2.5 * seconds or growth > 0.6 + 0.3 * seconds or alike < MIN_ALIKE:
                continue
            cost = apart / (0.4 + seconds) + growth + 2 * (1 - alike)
            if cost < best_cost:
                best, best_cost = person, cost
        return best

    def _rewind(self, person: Person, bodies: Bodies, which: int, index: int) -> None:
        """Follow a body backwards through the frames still held, to where this person was last seen."""
        stop = person.last if person.seen else -1
        region, velocity = bodies.following[which].copy(), np.zeros(2)
        earlier: dict[int, tuple[Bodies, Array]] = {}
        for frame in reversed(self.recent):
            if frame.index <= stop or frame.index >= index:
                break
            guess = region.copy()
            guess[:2] += velocity
            before = self.estimator.look(frame.image, guess[None])
            moved = np.hypot(*(before.following[0, :2] - guess[:2])) / guess[2]
            growth = before.following[0, 2] / guess[2]
            if not self._plausible(before)[0] or moved > MAX_JUMP or not 1 / MAX_GROWTH < growth < MAX_GROWTH:
                break
            others = [p.seen[frame.index].landmarks for p in self.people if frame.index in p.seen]
            if others and pose_overlap(before.landmarks[0], np.array(others), guess[2]).max() > SAME:
                break
            velocity = 0.5 * velocity + 0.5 * (before.following[0, :2] - region[:2])
            region = before.following[0]
            earlier[frame.index] = (before, look_of(frame.image, before.landmarks[0]))
        for frame_index in sorted(earlier):
            before, look = earlier[frame_index]
            person.add(frame_index, before, 0, look)


def _same_place(region: Array, other: Array) -> bool:
    apart = float(np.hypot(*(region[:2] - other[:2])))
    size = min(region[2], other[2])
    return apart < size / 6 and max(region[2], other[2]) < 2.2 * size


def near_each_other(region: Array, other: Array) -> bool:
    """Whether two regions are so close that they may be one person's."""
    apart = float(np.hypot(*(region[:2] - other[:2])))
    return apart < 0.3 * max(region[2], other[2]) and max(region[2], other[2]) < 3 * min(region[2], other[2])


def contained(box: Array, other: Array) -> float:
    """Share of the smaller of two boxes (4,) that lies in the other."""
    common = np.prod(np.clip(np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2]), 0, None))
    return float(common / max(min(np.prod(box[2:] - box[:2]), np.prod(other[2:] - other[:2])), 1e-6))


def quality(landmarks: Array, score: Array | float) -> Array:
    """How well bodies (..., 33, 4) are seen, 0..1: the mean visibility of the main joints, times the score."""
    return landmarks[..., MAIN, 3].mean(axis=-1) * score


def track_people(
    frames: Iterable[Frame],
    video: Video,
    estimator: Estimator,
    reporter: Reporter,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 20.0,
) -> list[Tracklet]:
    """Everybody seen in the frames, each as one tracklet; nothing is judged yet, `clean_tracks` does that.

    frames: in order, without holes, from the beginning or at least from `first_frame_needed`. With `checkpoint`, a
    folder, the state is saved there now and then, and when the job is cancelled; called again, it goes on
    from there with the same result. Raises whatever `reporter.progress` raises, Cancelled above all.
    """
    tracker = Tracker(video, estimator)
    following = video.first
    if checkpoint is not None:
        following = restore_tracker(checkpoint, tracker)
    saved_at = time.monotonic()
    for frame in frames:
        if frame.index < following:
            tracker.remember(frame)
            continue
        tracker.step(frame)
        following = frame.index + 1
        if checkpoint is not None and time.monotonic() - saved_at > checkpoint_seconds:
            save_tracker(checkpoint, tracker, following)
            saved_at = time.monotonic()
        try:
            reporter.progress(following - video.first, max(video.frames, following - video.first))
        except BaseException:
            if checkpoint is not None:
                save_tracker(checkpoint, tracker, following)
            raise
    return [person.tracklet() for person in tracker.people if person.seen]


def first_frame_needed(checkpoint: Path, video: Video, estimator: Estimator) -> int:
    """The number of the first frame that `track_people` needs to go on from a checkpoint (read from there on)."""
    tracker = Tracker(video, estimator)
    following = restore_tracker(checkpoint, tracker)
    return max(video.first, following - (tracker.recent.maxlen or 0))
