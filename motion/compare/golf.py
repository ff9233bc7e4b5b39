# SPDX-License-Identifier: GPL-3.0-or-later
"""The eight events of a golf swing (McNally et al., GolfDB, 2019), found in the motion itself: no club is seen.

Hands say most: they are low at address, high at the top, low again at impact and high at the finish. What the club
defines (toe-up, mid-follow-through) is taken where the arms stand at that moment in a usual swing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..skeleton import JOINT
from .clip import Clip
from .phases import Event

Array = NDArray[np.floating]
EVENTS: Final = (
    "address", "toe_up", "mid_backswing", "top", "mid_downswing", "impact", "mid_follow_through", "finish",
)  # fmt: skip
USUAL_TIMES: Final = (0.0, 0.248, 0.337, 0.492, 0.577, 0.642, 0.686, 1.0)
"""Medians over 1,400 swings, from address to finish."""
_CALM_S = 0.04
_RISE = 0.30
"""Metres the hands at least fall from the top to impact and rise again, in a person of usual size."""
_DOWN_S = (0.12, 1.1)
"""A downswing takes so long; slow motion aside."""
_TOGETHER = 0.9
"""Arm's lengths between the wrists. They hold one club, but the hidden one is often seen wrongly for a while."""
_APART = 1.0
"""Arm's lengths between the wrists at which a golfer's arms are certainly seen wrongly."""
_LOWEST_BEFORE = 0.03
"""The hands are lowest so much of the downswing before the club meets the ball."""
_TURN_ARM = 0.4
"""Metres: a turn of the shoulders counts as the way of a hand at this distance."""
_TEMPO = (1.4, 9.0)
_LOOK_BACK_S = 6.0
_ADDRESS_DOUBT_S, _TOP_DOUBT_S = 0.12, 0.03
_TOE_UP, _LEVEL = -0.55, 0.0
"""Height of the hands below the shoulders, as a share of the arm: shaft level, arm level."""


@dataclass(frozen=True)
class Swing:
    """A golf swing found in a clip."""

    events: tuple[Event, ...]
    """In order, in frames of the clip: eight, or the first four where the clip ends before impact."""
    left_handed: bool
    """Whether the backswing turns to the player's left."""

    def frame(self, name: str) -> float:
        """When one of the events is."""
        return next(event.frame for event in self.events if event.name == name)

    @property
    def tempo(self) -> float | None:
        """(address to top) : (top to impact); None where there is no impact."""
        if len(self.events) < len(EVENTS):
            return None
        return (self.frame("top") - self.frame("address")) / max(self.frame("impact") - self.frame("top"), 1e-6)


def doubt_tempo(user: Swing, athlete: Swing, fps: tuple[float, float]) -> float:
    """How far two rhythms may lie apart by themselves: standard deviation of the logarithm of their ratio.

    Captures of one clip at other rates, sizes and mirrored put the address a tenth of a second apart, top and impact a
    frame or so.
    """
    doubt = 0.0
    for swing, rate in zip((user, athlete), fps, strict=True):
        back = (swing.frame("top") - swing.frame("address")) / rate
        down = (swing.frame("impact") - swing.frame("top")) / rate
        doubt += (_ADDRESS_DOUBT_S / back) ** 2 + ((1 / rate + _TOP_DOUBT_S) / down) ** 2
    return float(np.sqrt(doubt))


def find_swing(clip: Clip) -> Swing | None:
    """The clip's (quickest) golf swing from address to finish; None where there is none, or not a whole one."""
    if len(clip) < 8:
        return None
    hands, shoulders, arm = _hands(clip)
    height = _calm((hands - clip.posed.positions[:, 0])[:, 2], clip.fps)
    wrists = clip.posed.positions[:, [JOINT["L_Wrist"], JOINT["R_Wrist"]]]
    together = np.linalg.norm(wrists[:, 0] - wrists[:, 1], axis=-1) < _TOGETHER * arm
    for top, impact, crest in _find_impacts(height, clip.fps, _RISE * arm / 0.55):
        address = _find_address(clip, height, top)
        finish = _find_finish(clip, hands, impact, crest)
        if address is None or not address < top < impact < finish:
            continue
        if not _TEMPO[0] < (top - address) / (impact - top) < _TEMPO[1]:
            continue
        # At rest before and after, where a camera sees them best; from behind or aside one of the two often not.
        held = [together[max(0, frame - round(0.4 * clip.fps)) : frame + 2].mean() for frame in (address, finish)]
        if sum(held) >= 1.0:
            break
    else:
        return None
    level = (_calm(hands[:, 2], clip.fps) - _calm(shoulders[:, 2], clip.fps)) / arm
    toe_up = _crossing(level, address, top, _TOE_UP, rising=True)
    mid_back = _crossing(level, address, top, _LEVEL, rising=True)
    mid_down = _crossing(level, top, impact, _LEVEL, rising=False)
    through = _crossing(level, impact, crest, _TOE_UP, rising=True)
    struck = _lowest(height, impact) + _LOWEST_BEFORE * (impact - top)
    frames = _in_order([address, toe_up, mid_back, top, mid_down, struck, through, finish])
    turn = _turn_of_shoulders(clip, address, top)
    return Swing(tuple(Event(name, frame) for name, frame in zip(EVENTS, frames, strict=True)), bool(turn > 0))


def find_backswing(clip: Clip) -> Swing | None:
    """Address to top, for a clip that ends before impact; None where the hands do not rise, together, to the shoulders.

    Anybody who lifts both hands does that: ask only where golf is expected.
    """
    if len(clip) < 8:
        return None
    hands, shoulders, arm = _hands(clip)
    height = _calm((hands - clip.posed.positions[:, 0])[:, 2], clip.fps)
    top = int(np.flatnonzero(height >= height.max() - 0.02)[-1])
    address = _find_address(clip, height, top) if top >= 3 else None
    level = (_calm(hands[:, 2], clip.fps) - _calm(shoulders[:, 2], clip.fps)) / arm
    if address is None or address >= top - 2 or height[top] - height[address] < _RISE * arm / 0.55 or level[top] < -0.2:
        return None
    wrists = clip.posed.positions[: address + 2, [JOINT["L_Wrist"], JOINT["R_Wrist"]]]
    if np.median(np.linalg.norm(wrists[:, 0] - wrists[:, 1], axis=-1)) > _TOGETHER * arm:
        return None
    crossings = [_crossing(level, address, top, value, rising=True) for value in (_TOE_UP, _LEVEL)]
    later = [top + 10.0, top + 15.0, top + 20.0, top + 40.0]
    frames = _in_order([address, *crossings, top, *later])[:4]
    events = tuple(Event(name, frame) for name, frame in zip(EVENTS, frames, strict=False))
    return Swing(events, bool(_turn_of_shoulders(clip, address, top) > 0))


def doubt_arms(clip: Clip) -> Clip:
    """The clip with arms not trusted where the wrists are too far apart to hold one club: one is seen wrongly."""
    joints = clip.posed.positions
    apart = np.linalg.norm(joints[:, JOINT["L_Wrist"]] - joints[:, JOINT["R_Wrist"]], axis=-1)
    wrong = apart > _APART * _hands(clip)[2]
    confidence = clip.confidence.copy()
    for name in ("Collar", "Shoulder", "Elbow", "Wrist", "Hand"):
        for side in "LR":
            confidence[wrong, JOINT[f"{side}_{name}"]] = 0.0
    return replace(clip, confidence=confidence)


def _hands(clip: Clip) -> tuple[Array, Array, float]:
    """Middle of the wrists (T, 3), middle of the shoulders (T, 3), length of an arm."""
    joints = clip.posed.positions
    middle = [(joints[:, JOINT[f"L_{name}"]] + joints[:, JOINT[f"R_{name}"]]) / 2 for name in ("Wrist", "Shoulder")]
    rest = clip.rest_joints
    chain = [JOINT[name] for name in ("L_Shoulder", "L_Elbow", "L_Wrist")]
    return middle[0], middle[1], float(np.linalg.norm(np.diff(rest[chain], axis=0), axis=-1).sum())


def _find_impacts(height: Array, fps: float, rise: float) -> list[tuple[int, int, int]]:
    """Top, impact and the hands' highest point after it: all deep valleys between two peaks, the steepest first."""
    found = []
    shortest, longest = max(1, round(_DOWN_S[0] * fps)), max(2, round(_DOWN_S[1] * fps))
    valleys = np.flatnonzero((height[1:-1] <= height[:-2]) & (height[1:-1] < height[2:])) + 1
    for impact in valleys.tolist():
        first = max(0, impact - longest)
        if impact - first < shortest:
            continue
        before = height[first : impact - shortest + 1]
        top = first + int(np.flatnonzero(before >= before.max() - 0.02)[-1])
        crest = impact + int(height[impact : impact + 2 * longest].argmax())
        fall, lift = height[top] - height[impact], height[crest] - height[impact]
        if min(fall, lift) >= rise and height[top : crest + 1].min() >= height[impact] - 1e-9:
            found.append((fall / (impact - top) + lift / (crest - impact), (top, impact, crest)))
    return [moments for _, moments in sorted(found, reverse=True)]


def _lowest(height: Array, row: int) -> float:
    """Where between frames a valley is lowest (parabola through three)."""
    a, b, c = height[row - 1 : row + 2]
    bend = a - 2 * b + c
    return row + float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5)) if bend > 1e-9 else float(row)


def _find_address(clip: Clip, height: Array, top: int) -> int | None:
    """The last frame before the hands, low until then, leave for the top: where they part from where they rested.

    Only what lies between a low moment and the top is looked at, so that a waggle before does not count.
    """
    first = max(0, top - round(_LOOK_BACK_S * clip.fps))
    low = height[first : top + 1].min()
    span = height[top] - low
    under = np.flatnonzero(height[first : top + 1] < low + 0.25 * span)
    if span <= 0 or not len(under):
        return None
    leaving = first + int(under[-1])
    # Walk back while the shoulders still turn: they begin with the hands and are seen better.
    heading = _heading(clip)
    rest = np.median(
        heading[max(first, leaving - round(1.5 * clip.fps)) : max(first, leaving - round(0.3 * clip.fps)) + 1]
    )
    turned = np.abs(heading[first : leaving + 1] - rest)
    still = np.flatnonzero(turned < 0.12 * max(abs(heading[top] - rest), 0.3))
    return first + int(still[-1]) if len(still) else leaving


def _find_finish(clip: Clip, hands: Array, impact: int, crest: int) -> int:
    """The first moment after the hands' highest point at which hands and shoulders come to rest; else the calmest."""
    way = np.stack([_calm(hands[:, axis], clip.fps) for axis in range(3)], -1)
    speed = np.linalg.norm(np.gradient(way, axis=0), axis=1) + _TURN_ARM * np.abs(np.gradient(_heading(clip)))
    speed = _calm(speed, clip.fps) * clip.fps
    stop = min(len(speed), crest + round(1.2 * clip.fps) + 1)
    after = speed[crest:stop]
    if len(after) < 2:
        return len(speed) - 1
    resting = np.flatnonzero(after < 0.08 * max(speed[impact:stop].max(), 1.0) + 0.1)
    return crest + int(resting[0] if len(resting) else after.argmin())


def _heading(clip: Clip) -> Array:
    """Radians the line of the shoulders points to, from right to left, seen from above, continuous."""
    line = clip.posed.positions[:, JOINT["L_Shoulder"]] - clip.posed.positions[:, JOINT["R_Shoulder"]]
    return _calm(np.unwrap(np.arctan2(line[:, 1], line[:, 0])), clip.fps)


def _crossing(level: Array, start: int, stop: int, value: float, rising: bool) -> float | None:
    """When the level passes a value between two frames, the last time; None where it does not."""
    part = level[start : stop + 1] - value
    if not rising:
        part = -part
    passing = np.flatnonzero((part[:-1] <= 0) & (part[1:] > 0))
    if not len(passing):
        return None
    row = int(passing[-1])
    return start + row + float(part[row] / (part[row] - part[row + 1]))


def _in_order(frames: list[float | int | None]) -> list[float]:
    """Fill what is missing or out of order from the usual times between address, top, impact and finish."""
    sure = [0, 3, 5, 7]
    known = [float(frames[index] or 0) for index in sure]
    usual = np.interp(USUAL_TIMES, [USUAL_TIMES[index] for index in sure], known)
    result = [float(value) if value is not None else float(usual[index]) for index, value in enumerate(frames)]
    for index in (1, 2, 4, 6):
        low, high = (0, 3) if index < 3 else (3, 5) if index == 4 else (5, 7)
        if not result[low] + 0.5 < result[index] < result[high] - 0.5:
            result[index] = float(usual[index])
    if result[2] <= result[1]:
        result[1:3] = usual[1:3].tolist()
    return result


def _turn_of_shoulders(clip: Clip, address: int, top: int) -> float:
    """Radians the shoulders are turned to the player's left in the backswing on the whole, seen from above."""
    heading = _heading(clip)[address : top + 1]
    return float(heading.mean() - heading[0])


def _calm(values: Array, fps: float) -> Array:
    sigma = _CALM_S * fps
    radius = max(1, int(np.ceil(3 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.3)) ** 2)
    return np.convolve(np.pad(values, radius, mode="edge"), kernel / kernel.sum(), "valid")
