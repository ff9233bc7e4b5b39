# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike two motions in step are, 0 to 100, on the whole and joint by joint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .deviations import Deviations
from .features import JOINT_WEIGHTS

Array = NDArray[np.floating]
_SCALE: Final = np.radians(25.0)
"""A difference of so much above the noise, all the time, leaves 37 of 100."""
_PELVIS_WEIGHT = 1.0
_LIMB_M = 0.25
"""A joint so far from its place counts as a radian. With places, good and bad repetitions of five exercises are told
apart better than by angles alone; more weight changes little."""


@dataclass(frozen=True)
class Score:
    """100 means: no difference above the noise floor."""

    overall: float
    joints: Array
    """(24,)."""
    frames: Array
    """(N,) of each frame, NaN where it is not judged."""


def compute_score(deviations: Deviations) -> Score:
    """exp(-excess / scale), the excess being the mean of what angles and places exceed the noise floor by.

    Of a joint: the angle to its parent; of frames and the whole also how far it is from where the athlete has it, an
    angle on a limb's length, both halves: so a lean that many small angles add up to counts. Over joints: the weights
    of `features`; hands and toes, which are seen badly, count nothing. A joint counts while it was seen; NaN where it
    never was, and overall when no frame can be judged.
    """
    sure = deviations.sure
    turned = np.where(sure, np.maximum(deviations.local - deviations.noise_angle, 0.0), 0.0)
    away = np.where(sure, np.maximum(deviations.distance - deviations.noise_distance, 0.0), 0.0) / _LIMB_M
    excess = (turned + away) / 2
    weights = JOINT_WEIGHTS.copy()
    weights[0] = _PELVIS_WEIGHT
    seen = sure @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        frames = 100 * np.exp(-(excess @ weights) / seen / _SCALE)
        joints = 100 * np.exp(-turned.sum(0) / sure.sum(0) / _SCALE)
        overall = 100 * np.exp(-(excess @ weights).sum() / seen.sum() / _SCALE)
    return Score(float(overall), joints, frames)
