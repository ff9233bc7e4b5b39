# SPDX-License-Identifier: GPL-3.0-or-later
"""Two bodies made fit to be measured beside each other: life-size, and at rest in the same way; and the way back.

Metres mean something on a person. A character may be a thousandth of one or a hundred times as large: it is measured
as a person of usual size, and the result is brought back to its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kinematics import local_rotations_from_global
from ..rest_pose import fit_rest_pose, read_rotations, rig_rotations
from .clip import Clip

Array = NDArray[np.floating]
_USUAL_M: Final = 1.7
_USUAL_SPAN_M: Final = 1.52
"""Height between the lowest and the highest joint of a person of 1.7 m in T-pose."""
_PEOPLE_M: Final = (1.2, 2.3)
"""Statures that are taken as they are."""
_SAID_M: Final = (0.5, 3.0)
"""Statures, of a child or a giant, at which lengths are told as they measure; of others as they would on a person."""


def measure_stature(rest_joints: ArrayLike) -> float:
    """Metres a person with joints (24, 3) in T-pose is tall."""
    return float(np.ptp(np.asarray(rest_joints, dtype=float)[:, 1])) / _USUAL_SPAN_M * _USUAL_M


def find_scale(clip: Clip) -> float:
    """What to multiply a clip's lengths by to measure it: 1 for a size that people have."""
    stature = measure_stature(clip.rest_joints)
    return 1.0 if _PEOPLE_M[0] <= stature <= _PEOPLE_M[1] else _USUAL_M / max(stature, 1e-12)


def find_told_scale(clip: Clip) -> float:
    """What to divide measured lengths by to tell them to the user."""
    stature = measure_stature(clip.rest_joints)
    return find_scale(clip) if _SAID_M[0] <= stature <= _SAID_M[1] else 1.0


def resize(clip: Clip, scale: float) -> Clip:
    """The clip so many times as large, about the world's origin."""
    if scale == 1.0:
        return clip
    return replace(clip, root=clip.root * scale, rest_joints=clip.rest_joints * scale)


def straighten(clip: Clip) -> Clip:
    """The same motion counted from limbs laid as the plain body's, as that of other makers' rigs is."""
    if clip.straight:
        return clip
    rest = fit_rest_pose(clip.rest_joints)
    rotations = read_rotations(rest, clip.posed.rotations)
    return replace(clip, rotations=rotations, rest_joints=rest.rest_joints, straight=True)


def bend_back(clip: Clip, rest_joints: ArrayLike) -> Clip:
    """A straightened clip counted from a T-pose (24, 3) again: that which straightening gave its bones."""
    rest = fit_rest_pose(rest_joints)
    rotations = local_rotations_from_global(rig_rotations(rest, clip.posed.rotations))
    return replace(clip, rotations=rotations, rest_joints=np.asarray(rest_joints, dtype=float), straight=False)
