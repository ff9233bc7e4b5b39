# SPDX-License-Identifier: GPL-3.0-or-later
"""The few differences worth a coach's word: which joint, when, how much, in which direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..skeleton import JOINT, JOINT_NAMES
from .angles import ANGLES
from .clip import Clip
from .deviations import NOISE_ANGLE, Deviations
from .phases import Event, Phase
from .views import find_sideways_depth, is_depth

Array = NDArray[np.floating]
Kind = Literal["angle", "rotation", "shift", "tempo"]
_NEAR_EVENT_S = 0.07
_CALM_S = 0.05
_SETTLED_S = 0.2
_TRAVELS_M = 1.0
"""Who goes further than this is under way: where the hips are says nothing then."""
_RELATED: Final = (
    {"pelvis_turn", "thorax_turn", "x_factor"}, {"sway", "head_sway", "trunk_side_lean"},
    {"trunk_lean", "thrust", "left_hip_flexion", "right_hip_flexion"},
    {"height", "left_knee_flexion", "right_knee_flexion"},
)  # fmt: skip
_MOST_RELATED = 2
_STEP_DOUBT_S, _FRAMES_DOUBT = 0.02, 0.75
"""How well moments are paired: captures of one clip at several rates differ by so much at nine of ten moments."""
_OF_MANY = 1.25
"""Of twenty angles at a hundred moments the worst is told: what nine of ten captures keep to is not enough."""
_SURE = 1.3
"""Standard deviations of doubt a difference of rhythms has to exceed."""
_WORDLESS: Final = ("L_Shoulder", "R_Shoulder", "L_Hip", "R_Hip", "Neck", "Spine3", "L_Elbow", "R_Elbow")
"""Joints that may differ in ways the named angles do not say (a turn of the upper arm about itself)."""
_UP: Final = 2
_WORDLESS_TOLERANCE = np.radians(25.0)
_SIDEWAYS: Final = ("trunk_side_lean", "hip_abduction")
"""Angles that a camera beside the person does not see."""
_OTHER_VIEW: Final = 0.75
"""Of `Deviations.aside`, an eighth of a circle: from there on what goes sideways for one camera is depth to the other,
and no shift is told."""
_SHIFTS: Final = (
    ("sway", "Pelvis", 0, 1.3),
    ("thrust", "Pelvis", 1, 1.0),
    ("height", "Pelvis", 2, 1.0),
    ("head_sway", "Head", 0, 1.7),
)
"""Name, joint, direction (0 left, 1 forward, 2 up), and how much more than usual two captures of one clip differ."""


@dataclass(frozen=True)
class Finding:
    """One difference."""

    kind: Kind
    name: str
    """Key of the sentences: an angle, a shift, a joint's name (rotation), or "tempo"."""
    side: str
    """"left", "right" or ""."""
    joint: int
    size: float
    """User minus athlete: radians, metres (shift), or a ratio less one (tempo).

    Metres of a character that is of no person's size are such as they would be on a person.
    """
    row: int
    """Where it is worst, a row of the cut."""
    phase: int
    """Number of the phase in which that lies; -1 where there are none."""
    event: int
    """Number of the event it is at; -1 between events."""
    severity: float
    """In tolerances; the list is sorted by it."""


@dataclass(frozen=True)
class Thresholds:
    """From where on a difference is worth a word."""

    most: int = 6
    """Findings at most."""
    lasting_s: float = 0.1
    shift: float = 0.06
    """Metres."""
    tempo: float = 1.25
    """Ratio of the rhythms, either way."""
    scale: float = 1.0
    """Multiplies all tolerances of angles: 2 is half as strict."""


def find_findings(
    user: Clip, ghost: Clip, deviations: Deviations, phases: Sequence[Phase], events: Sequence[Event],
    thresholds: Thresholds, tempo: tuple[float, float] | None = None, tempo_doubt: float = 0.0,
) -> tuple[Finding, ...]:  # fmt: skip
    """The worst differences, each joint and angle once, the worst first.

    user, ghost: N frames in step, on the same bones, in one place. phases, events: in rows of the cut. tempo: the
    user's and the athlete's rhythm; tempo_doubt: standard deviation of the logarithm of their ratio.
    """
    found = _of_angles(user, ghost, deviations, thresholds)
    found += _of_shifts(user, ghost, deviations, thresholds)
    spoken = {finding.joint for finding in found}
    if len(user) > 1 or _is_exact(user, ghost):
        # One picture shows no turn that no angle tells: too little of it is there to see.
        found += [finding for finding in _of_rotations(user, deviations, thresholds) if finding.joint not in spoken]
    found = [_in_phase(finding, phases, events, user.fps) for finding in found]
    if tempo and tempo[1] > 0:
        ratio, least = tempo[0] / tempo[1], max(float(np.log(thresholds.tempo)), _SURE * tempo_doubt)
        severity = abs(float(np.log(ratio))) / least
        if severity > 1:
            found.append(Finding("tempo", "tempo", "", JOINT["Pelvis"], ratio - 1, 0, -1, -1, severity))
    return _choose(found, thresholds.most)


def _is_exact(user: Clip, ghost: Clip) -> bool:
    """Whether no camera was between: both are known everywhere."""
    return all(side.view is None and bool((side.confidence >= 1.0).all()) for side in (user, ghost))


def _of_angles(user: Clip, ghost: Clip, deviations: Deviations, thresholds: Thresholds) -> list[Finding]:
    found = []
    beside = find_sideways_depth(user) | find_sideways_depth(ghost)
    for index, angle in enumerate(ANGLES):
        # What is seen half is known half as well, whatever a coach would let pass.
        doubt = _doubt_sight(deviations, angle.joint)
        allowed = angle.tolerance + deviations.aside * max(angle.across - angle.tolerance, 0.0)
        tolerance = np.hypot(allowed * thresholds.scale * doubt, _doubt_time(user, ghost, deviations, index))
        sure = deviations.sure[:, angle.joint]
        if angle.name in _SIDEWAYS:
            sure = sure & ~beside
        worst = _worst(deviations.angle_difference[:, index], tolerance, sure, user.fps, thresholds)
        if worst:
            row, size, severity = worst
            found.append(Finding("angle", angle.name, angle.side, angle.joint, size, row, -1, -1, severity))
    return found


def _doubt_sight(deviations: Deviations, joint: int) -> Array:
    """(N,) how many times as tolerant to be of what a camera saw: 1 of motions that are exact."""
    doubt = deviations.noise_angle[:, joint] / NOISE_ANGLE
    return np.where(doubt > 1 + 1e-9, _OF_MANY * doubt, 1.0)


def _doubt_time(user: Clip, ghost: Clip, deviations: Deviations, index: int) -> Array:
    """(N,) radians by which an angle differs because the moments that belong together are known so well and no better.

    An elbow that straightens in a tenth of a second is bent 20 degrees more a frame earlier.
    """
    step = _STEP_DOUBT_S + _FRAMES_DOUBT / min(user.fps, ghost.fps)
    if len(user) < 3:
        return np.zeros(len(user))
    curves = (deviations.user_angles[:, index], deviations.athlete_angles[:, index])
    speeds = [np.abs(np.gradient(np.unwrap(np.nan_to_num(curve)))) * user.fps for curve in curves]
    return step * _smooth(np.maximum(*speeds), np.ones(len(user), dtype=bool), _CALM_S * user.fps)


def _of_shifts(user: Clip, ghost: Clip, deviations: Deviations, thresholds: Thresholds) -> list[Finding]:
    """How far hips and head have gone since the first moments, in the user's directions there."""
    if deviations.aside.max() > _OTHER_VIEW:
        return []
    settled = slice(0, max(1, round(_SETTLED_S * user.fps)))
    ways = [clip.posed.positions - np.median(clip.posed.positions[settled], axis=0) for clip in (user, ghost)]
    if max(np.linalg.norm(way[:, 0, :2], axis=-1).max() for way in ways) > _TRAVELS_M:
        return []
    across = user.posed.positions[0, JOINT["L_Hip"]] - user.posed.positions[0, JOINT["R_Hip"]]
    left = across * [1.0, 1.0, 0.0] / max(float(np.hypot(across[0], across[1])), 1e-9)
    directions = np.stack([left, np.cross(left, [0.0, 0.0, 1.0]), [0.0, 0.0, 1.0]])
    found = []
    for name, joint, axis, noisy in _SHIFTS:
        if axis < _UP and any(is_depth(side, directions[axis]) for side in (user, ghost)):
            continue
        values = (ways[0] - ways[1])[:, JOINT[joint]] @ directions[axis]
        tolerance = thresholds.shift * noisy * (1 + deviations.aside) * _doubt_sight(deviations, JOINT[joint])
        worst = _worst(values, tolerance, deviations.sure[:, JOINT[joint]], user.fps, thresholds)
        if worst:
            row, size, severity = worst
            found.append(Finding("shift", name, "", JOINT[joint], size, row, -1, -1, severity))
    return found


def _of_rotations(user: Clip, deviations: Deviations, thresholds: Thresholds) -> list[Finding]:
    found = []
    for name in _WORDLESS:
        joint = JOINT[name]
        tolerance = np.maximum(_WORDLESS_TOLERANCE * thresholds.scale, deviations.noise_angle[:, joint])
        worst = _worst(_turned(deviations, name), tolerance, deviations.sure[:, joint], user.fps, thresholds)
        if worst:
            row, size, severity = worst
            side = {"L": "left", "R": "right"}.get(name.partition("_")[0], "")
            found.append(Finding("rotation", name, side, joint, size, row, -1, -1, 0.6 * severity))
    return found


def _turned(deviations: Deviations, name: str) -> Array:
    """(N,) how differently a joint stands: of what a camera saw, without the turn of a limb about itself.

    Three points of a limb do not show it where the limb is straight, and badly elsewhere.
    """
    joint = JOINT[name]
    if name.partition("_")[2] not in ("Shoulder", "Elbow", "Hip"):
        return deviations.local[:, joint]
    exact = deviations.noise_angle[:, joint] <= NOISE_ANGLE + 1e-9
    return np.asarray(np.where(exact, deviations.local[:, joint], deviations.swing[:, joint]))


def _worst(
    values: Array, tolerance: Array, judged: NDArray[np.bool_], fps: float, thresholds: Thresholds
) -> tuple[int, float, float] | None:
    """Row, size and severity of the largest difference that lasts; None when it stays within the tolerance."""
    usable = judged & np.isfinite(values)
    if not usable.any():
        return None
    calm = _smooth(np.where(usable, values, 0.0), usable, _CALM_S * fps)
    over = usable & (np.abs(calm) > tolerance)
    needed = min(len(values), max(1, round(thresholds.lasting_s * fps)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start < needed:
            over[start:stop] = False
    if not over.any():
        return None
    severity = np.where(over, np.abs(calm) / tolerance, 0.0)
    # Of rows that are as bad, the middle one: at its edges a difference comes and goes.
    peak = np.flatnonzero(severity >= severity.max() * 0.999)
    row = int(peak[len(peak) // 2])
    return row, float(calm[row]), float(severity[row])


def _smooth(values: Array, usable: NDArray[np.bool_], sigma: float) -> Array:
    radius = min(int(np.ceil(2 * sigma)), (len(values) - 1) // 2)
    if radius < 1:
        return values
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weight = np.convolve(usable.astype(float), kernel, "same")
    return np.convolve(values, kernel, "same") / np.maximum(weight, 1e-9)


def _in_phase(finding: Finding, phases: Sequence[Phase], events: Sequence[Event], fps: float) -> Finding:
    near = max(1.5, _NEAR_EVENT_S * fps)
    gaps = [abs(event.frame - finding.row) for event in events]
    event = int(np.argmin(gaps)) if gaps and min(gaps) <= near else -1
    phase = next((k for k, part in enumerate(phases) if part.start <= finding.row <= part.stop), -1)
    return Finding(
        finding.kind, finding.name, finding.side, finding.joint, finding.size, finding.row, phase, event,
        finding.severity,
    )  # fmt: skip


def _choose(found: list[Finding], most: int) -> tuple[Finding, ...]:
    """The worst; of those that say much the same only a few."""
    chosen: list[Finding] = []
    for finding in sorted((one for one in found if one.severity > 1), key=lambda one: -one.severity):
        if any(finding.joint == other.joint and finding.kind != "shift" != other.kind for other in chosen) and (
            finding.kind != "tempo"
        ):
            continue
        keys = [f"{one.side}_{one.name}" if one.side else one.name for one in (*chosen, finding)]
        if any(keys[-1] in group and sum(key in group for key in keys) > _MOST_RELATED for group in _RELATED):
            continue
        chosen.append(finding)
        if len(chosen) == most:
            break
    return tuple(chosen)


def name_joint(finding: Finding) -> str:
    """The joint's name in SMPL's list."""
    return JOINT_NAMES[finding.joint]
