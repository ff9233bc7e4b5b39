# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way from two clips to findings: cut, time, space, deviations, score, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import GhostcapError
from .alignment import Anchor, TimeMap, align, align_between, join_laps
from .bodies import bend_back, find_scale, find_told_scale, resize, straighten
from .clip import Clip
from .deviations import Deviations, measure_deviations
from .findings import Finding, Thresholds, find_findings
from .golf import EVENTS, Swing, doubt_arms, doubt_tempo, find_backswing, find_swing
from .likeness import Likeness, measure_likeness
from .phases import Event, Phase, anchor_events, name_phases
from .placement import find_placement, place, retarget, share_floor
from .repetitions import Repetitions, find_repetitions
from .score import Score, compute_score

Array = NDArray[np.floating]
By = Literal["markers", "golf", "repetitions", "motion", "pose"]
_LEAST_ALIKE = 0.35
"""Correlation of the movements below which two do different things (see `likeness`)."""
_LEAST_ALIKE_IN_GOLF = 0.15
"""Where hands rise and fall as in a swing on both sides as well."""
_STILL_RADIANS = np.radians(2.5)
"""Who moves less than this holds a pose, and is compared unless the other lies further apart than the next."""
_FOREIGN_RADIANS = np.radians(45.0)
_MIRROR_GAIN, _MIRROR_COST = 0.1, 0.85
_SHIFTS = (0.0, 0.25, 0.5, 0.75)
_ALIKE_ENOUGH = 0.8
_GOLF_BAND = 0.08
"""Events of a swing lie close together: between them the pace is nearly even."""
_LEAST_JUDGED = 0.1
FROM_ASIDE = 0.6
"""Of `Deviations.aside`: worth a warning."""


@dataclass(frozen=True)
class Settings:
    """What the user may decide."""

    by: Literal["auto", "golf", "repetitions", "motion"] = "auto"
    """How to bring the two into step; markers win over it."""
    mirror: Literal["auto", "yes", "no"] = "auto"
    """Whether the athlete uses the other hand."""
    pure_shape: bool = False
    """Compare poses alone: turn and shift each frame for itself."""
    max_still_s: float = 0.5
    """How long either side may stand still while the other goes on."""
    user_markers: tuple[Event, ...] = ()
    """In frames of the user's clip; they pair with the athlete's by name."""
    athlete_markers: tuple[Event, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    anyway: bool = False
    """Compare even what seems to have no motion in common."""


@dataclass(frozen=True)
class Comparison:
    """Two motions in step. N rows: the user's frames of the cut."""

    user: Clip
    """The cut, N frames."""
    ghost: Clip
    """The athlete on the user's bones, in the user's place and time, N frames."""
    time: TimeMap
    by: By
    mirrored: bool
    phases: tuple[Phase, ...]
    """In rows of the cut."""
    events: tuple[Event, ...]
    """In rows of the cut."""
    deviations: Deviations
    score: Score
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    """What the user should know, in English."""
    tempo: tuple[float, float] | None = None
    """Golf: the user's and the athlete's (address to top) : (top to impact)."""
    laps: tuple[int, int] | None = None
    """Repetitions found: the user's and the athlete's."""


_UNWEIGHED = Likeness(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Step:
    """One way to bring two clips into step."""

    by: By
    time: TimeMap
    events: tuple[Event, ...]
    """In frames of the user's clip."""
    phases: tuple[Phase, ...]
    warnings: tuple[str, ...] = ()
    tempo: tuple[float, float] | None = None
    laps: tuple[int, int] | None = None
    likeness: Likeness = _UNWEIGHED
    tempo_doubt: float = 0.0


def compare_clips(athlete: Clip, user: Clip, settings: Settings | None = None) -> Comparison:
    """Compare a user with an athlete.

    Of whatever sizes: who is no person's is measured as a person (see `bodies`), and given back as large as before.
    GhostcapError: other_skeleton, no_frames (from `Clip`), bad_markers, no_swing, no_repetitions, no_common_motion (the
    two do different things), not_seen (too little of the common part was seen on both sides).
    """
    scale, told = find_scale(user), find_told_scale(user)
    mine, theirs = resize(user, scale), resize(athlete, find_scale(athlete))
    if mine.straight != theirs.straight:
        mine, theirs = straighten(mine), straighten(theirs)
    result = _compare(theirs, mine, settings or Settings())
    ghost, cut = result.ghost, result.user
    if cut.straight and not user.straight:
        ghost, cut = (bend_back(side, user.rest_joints * scale) for side in (ghost, cut))
    deviations = result.deviations
    return replace(
        result,
        user=resize(cut, 1 / scale),
        ghost=resize(ghost, 1 / scale),
        deviations=replace(
            deviations, distance=deviations.distance / scale, noise_distance=deviations.noise_distance / scale
        ),
        findings=tuple(
            replace(finding, size=finding.size / told) if finding.kind == "shift" else finding
            for finding in result.findings
        ),
    )


def _compare(athlete: Clip, user: Clip, settings: Settings) -> Comparison:
    """Compare two of life size, at rest in the same way."""
    mirrored, step = _choose_hand(athlete, user, settings)
    if mirrored:
        athlete = athlete.mirrored()
    if step.by == "golf":
        athlete, user = doubt_arms(athlete), doubt_arms(user)
    time = step.time
    start = int(time.user[0])
    cut = user.cut(start, int(time.user[-1]) + 1)
    ghost = share_floor(_place_by_lap(retarget(athlete, user.rest_joints).at(time.athlete), cut, time), cut)
    events = tuple(Event(event.name, event.frame - start) for event in step.events)
    phases = tuple(replace(phase, start=phase.start - start, stop=phase.stop - start) for phase in step.phases)
    deviations = measure_deviations(cut, ghost, settings.pure_shape)
    warnings = list(step.warnings)
    share = float(deviations.judged.mean())
    if share < _LEAST_JUDGED:
        raise GhostcapError(
            f"In {1 - share:.0%} of the common part one of the two was not seen: there is too little to compare.",
            "Choose a part in which both are in view.",
            "not_seen",
        )
    if share < 0.8:
        warnings.append(f"In {1 - share:.0%} of the common part one of the two was not seen; it is not judged.")
    if deviations.aside.max() > FROM_ASIDE:
        warnings.append(
            "The two were filmed from different sides. What bends towards a camera or away from it is hard to see: "
            "small differences are left out. Film both from the same side to know more."
        )
    findings = find_findings(cut, ghost, deviations, phases, events, settings.thresholds, step.tempo, step.tempo_doubt)
    return Comparison(
        cut, ghost, time, step.by, mirrored, phases, events, deviations, compute_score(deviations), findings,
        tuple(warnings), step.tempo, step.laps,
    )  # fmt: skip


def _choose_hand(athlete: Clip, user: Clip, settings: Settings) -> tuple[bool, _Step]:
    """Bring them into step as they are, and mirrored where that may fit better."""
    if settings.mirror == "yes":
        return True, _checked(_bring_into_step(athlete.mirrored(), user, settings), settings)
    plain = _bring_into_step(athlete, user, settings)
    if settings.mirror == "no":
        return False, _checked(plain, settings)
    other = _bring_into_step(athlete.mirrored(), user, settings)
    if "golf" in (plain.by, other.by):
        hands = {swing.left_handed for swing in _find_swings(user, athlete) if swing}
        wanted = other if len(hands) > 1 else plain
        if wanted.by == "golf":
            return wanted is other, wanted
    return (True, _checked(other, settings)) if _fits_better(other, plain) else (False, _checked(plain, settings))


def _fits_better(mirrored: _Step, plain: _Step) -> bool:
    """Whether the other hand is meant: the two move more alike, or, holding a pose, lie closer to each other."""
    if min(plain.likeness[1:]) > _STILL_RADIANS:
        return mirrored.likeness.correlation > plain.likeness.correlation + _MIRROR_GAIN
    return mirrored.time.cost < _MIRROR_COST * plain.time.cost and plain.time.cost > np.radians(5.0)


def _bring_into_step(athlete: Clip, user: Clip, settings: Settings) -> _Step:
    """Markers first, then golf, then repetitions, then the motion alone."""
    step = _find_step(athlete, user, settings)
    return _weigh(step, athlete, user)


def _weigh(step: _Step, athlete: Clip, user: Clip) -> _Step:
    return replace(step, likeness=measure_likeness(user, athlete, step.time.user, step.time.athlete))


def _find_step(athlete: Clip, user: Clip, settings: Settings) -> _Step:
    if settings.user_markers or settings.athlete_markers:
        anchors = anchor_events(settings.user_markers, settings.athlete_markers)
        met = {anchor.user for anchor in anchors}
        events = tuple(event for event in settings.user_markers if event.frame in met)
        return _Step("markers", _between(user, athlete, anchors, settings), events, name_phases(events))
    if len(user) == 1 or len(athlete) == 1:
        return _Step("pose", align(user, athlete), (), ())
    if settings.by in ("auto", "golf"):
        swings = _find_swings(user, athlete)
        if swings[0] and swings[1]:
            step = _weigh(_by_golf(user, athlete, swings[0], swings[1], settings), athlete, user)
            # Who lifts both hands, and lets them down, may do so for other reasons.
            if settings.by == "golf" or step.likeness.correlation > _LEAST_ALIKE_IN_GOLF:
                return step
        elif settings.by == "golf":
            whose = " and ".join(name for name, swing in zip(("user", "athlete"), swings, strict=True) if not swing)
            raise GhostcapError(
                f"No whole golf swing was found on the side of: {whose}.",
                "The clip should show address, top, impact and finish. Set markers, or leave golf out.",
                "no_swing",
            )
    if settings.by in ("auto", "repetitions"):
        step = _by_repetitions(user, athlete, settings)
        # Long clips may repeat by chance: what does not fit then may still fit by the motion itself.
        if step and (settings.by == "repetitions" or not _is_foreign(step)):
            return step
        if settings.by == "repetitions":
            raise GhostcapError(
                "No repetitions were found on both sides.",
                "Two whole ones are needed on one side at least. Set markers, or compare by motion.",
                "no_repetitions",
            )
    return _Step("motion", align(user, athlete, settings.max_still_s), (), ())


def _between(user: Clip, athlete: Clip, anchors: Sequence[Anchor], settings: Settings) -> TimeMap:
    inside = [
        anchor for anchor in anchors if 0 <= anchor.user <= len(user) - 1 and 0 <= anchor.athlete <= len(athlete) - 1
    ]
    if len(inside) < 2:
        raise GhostcapError("The markers lie outside the clips.", "Set two at least within both.", "bad_markers")
    return align_between(user, athlete, inside, settings.max_still_s)


def _find_swings(user: Clip, athlete: Clip) -> tuple[Swing | None, Swing | None]:
    """Both swings; beside a whole one a backswing alone will do."""
    mine, theirs = find_swing(user), find_swing(athlete)
    if mine and not theirs:
        theirs = find_backswing(athlete)
    elif theirs and not mine:
        mine = find_backswing(user)
    return mine, theirs


def _by_golf(user: Clip, athlete: Clip, mine: Swing, theirs: Swing, settings: Settings) -> _Step:
    # The club-level moments are the least sure: between the others the motion itself decides.
    pairs = zip(mine.events, theirs.events, strict=False)
    sure = [Anchor(a.frame, b.frame) for a, b in pairs if a.name not in ("toe_up", "mid_follow_through")]
    time = align_between(user, athlete, sure, settings.max_still_s, _GOLF_BAND)
    events = mine.events[: len(theirs.events)]
    warnings = (
        () if len(events) == len(EVENTS) else ("One of the clips ends before impact: the backswings are compared.",)
    )
    tempo = (mine.tempo, theirs.tempo) if mine.tempo and theirs.tempo else None
    doubt = doubt_tempo(mine, theirs, (user.fps, athlete.fps)) if tempo else 0.0
    return _Step("golf", time, events, name_phases(events), warnings, tempo, tempo_doubt=doubt)


def _by_repetitions(user: Clip, athlete: Clip, settings: Settings) -> _Step | None:
    """Each repetition of the user beside one of the athlete, starting over when the athlete runs out of them.

    Where a stride begins is arbitrary: of shifts by quarters the one is taken with which the two move most alike.
    """
    mine, theirs = find_repetitions(user), find_repetitions(athlete)
    if not mine and not theirs:
        return None
    own = _bounds_or_whole(mine, user, theirs, athlete)
    other = _bounds_or_whole(theirs, athlete, mine, user)
    if own is None or other is None:
        return None
    events = tuple(Event("repetition", float(bound)) for bound in own)
    phases = tuple(Phase("repetition", float(a), float(b), lap) for lap, (a, b) in enumerate(pairwise(own)))
    best: _Step | None = None
    for shift in _SHIFTS if len(other) > 2 else _SHIFTS[:1]:
        bounds = [a + shift * (b - a) for a, b in pairwise(other)] if shift else other
        time = _pair_repetitions(user, athlete, own, bounds, settings)
        counts = (len(own) - 1, len(other) - 1)
        step = _weigh(_Step("repetitions", time, events, phases, (), None, counts), athlete, user)
        if best is None or step.likeness.correlation > best.likeness.correlation + _MIRROR_GAIN:
            best = step
        if best.likeness.correlation > _ALIKE_ENOUGH:
            break
    return best


def _pair_repetitions(
    user: Clip, athlete: Clip, own: Sequence[float], other: Sequence[float], settings: Settings
) -> TimeMap:
    pieces = []
    for lap, (start, stop) in enumerate(pairwise(own)):
        theirs_at = lap % (len(other) - 1)
        anchors = [Anchor(start, other[theirs_at]), Anchor(stop, other[theirs_at + 1])]
        pieces.append(align_between(user, athlete, anchors, settings.max_still_s))
    return join_laps(pieces)


def _bounds_or_whole(
    found: Repetitions | None, clip: Clip, other: Repetitions | None, other_clip: Clip
) -> list[float] | None:
    """Bounds of repetitions; a clip about as long as one of the other side's is one repetition."""
    if found:
        return [float(bound) for bound in found.bounds]
    if other is None:
        return None
    ratio = clip.seconds / (other.period / other_clip.fps)
    return [0.0, float(len(clip) - 1)] if 0.4 < ratio < 2.0 else None


def _is_foreign(step: _Step) -> bool:
    """Whether the two have no motion in common: in step their joints do not move together."""
    if step.by == "pose" or min(step.likeness[1:]) < _STILL_RADIANS:
        return step.time.cost > _FOREIGN_RADIANS
    return step.likeness.correlation < _LEAST_ALIKE


def _checked(step: _Step, settings: Settings) -> _Step:
    """The step, unless the two have no motion in common."""
    if _is_foreign(step) and step.by != "markers" and not settings.anyway:
        still = step.by == "pose" or min(step.likeness[1:]) < _STILL_RADIANS
        alike = f"their movements agree by {max(step.likeness.correlation, 0.0):.0%} where they fit best"
        apart = f"joints differ by {np.degrees(step.time.cost):.0f} degrees even where they fit best"
        raise GhostcapError(
            f"The two do different things: {apart if still else alike}.",
            "Cut both to the same motion, set markers, or compare anyway.",
            "no_common_motion",
        )
    return step


def _place_by_lap(ghost: Clip, user: Clip, time: TimeMap) -> Clip:
    """One turn and one shift for the whole cut; where the athlete starts over, one for each lap."""
    rotations, root = ghost.rotations.copy(), ghost.root.copy()
    weight = (user.trusted & ghost.trusted).astype(float)
    for lap in range(int(time.lap.max()) + 1):
        rows = np.flatnonzero(time.lap == lap)
        part = ghost.cut(int(rows[0]), int(rows[-1]) + 1)
        onto = user.posed.positions[rows]
        placed = place(part, find_placement(part.posed.positions, onto, weight[rows]))
        rotations[rows], root[rows] = placed.rotations, placed.root
    return replace(ghost, rotations=rotations, root=root, fps=user.fps)
