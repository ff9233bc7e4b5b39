# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each joint is off, as animated custom properties of the ghost, for the Graph Editor and for drivers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion.compare.coaching import read_colouring
from ...motion.compare.comparison import Comparison
from ...motion.skeleton import JOINT, JOINT_NAMES
from .animation import ensure_channelbag, write_curve

FROM: Final = "From"
TO: Final = "To"
THRESHOLD: Final = "Threshold"
"""Custom properties of the ghost, in degrees: where the colours begin and end, where arrows and numbers appear."""
GROUP: Final = "Deviation"
_DEVIATION, _SEEN = "Deviation ", "Seen "
_USUAL_THRESHOLD = 15.0


def deviation_name(joint: int) -> str:
    """Custom property that holds the joint's deviation in degrees."""
    return f"{_DEVIATION}{JOINT_NAMES[joint]}"


def seen_name(joint: int) -> str:
    """Custom property that is 1 where the joint is judged and 0 where it was hidden."""
    return f"{_SEEN}{JOINT_NAMES[joint]}"


def path_of(name: str) -> str:
    """The data path of a custom property."""
    return f'["{bpy.utils.escape_identifier(name)}"]'


def list_joints(ghost: bpy.types.Object) -> list[int]:
    """Joints the ghost has deviations of."""
    names = (key.removeprefix(_DEVIATION) for key in ghost.keys() if key.startswith(_DEVIATION))  # noqa: SIM118
    return sorted(JOINT[name] for name in names if name in JOINT)


def write_deviations(
    ghost: bpy.types.Object, frames: ArrayLike, result: Comparison, joints: Iterable[int] | None = None
) -> None:
    """Write the deviations of a comparison to the ghost, a key at each of the scene frames (N,).

    Outside them nothing counts as seen. Where a joint was not seen the curve is a line between the frames where it
    was: a guess makes no peak.
    joints: those the user's rig has; all 24 without.
    """
    deviations = result.deviations
    sure = deviations.sure
    degrees = _bridge(np.degrees(deviations.local), sure)
    bag = ensure_channelbag(ghost, ghost.name)
    # Before and after what is compared nothing is judged; curves alone would hold their last value.
    frames = np.asarray(frames, dtype=float)
    around = np.concatenate([frames[:1] - 1, frames, frames[-1:] + 1])
    judged = np.pad(sure, ((1, 1), (0, 0)))
    for joint in range(len(JOINT_NAMES)) if joints is None else sorted(joints):
        name, seen = deviation_name(joint), seen_name(joint)
        ghost[name] = float(degrees[0, joint])
        ghost[seen] = int(sure[0, joint])
        words = f"Degrees between the user's {JOINT_NAMES[joint]} and the athlete's, relative to the parent joint"
        ghost.id_properties_ui(name).update(min=0.0, max=180.0, soft_max=90.0, precision=1, description=words)
        ghost.id_properties_ui(seen).update(min=0, max=1, description="1 where both cameras saw the joint")
        write_curve(bag, path_of(name), frames, degrees[:, joint], group=GROUP)
        write_curve(bag, path_of(seen), around, judged[:, joint], group="Seen", steps=True)
    colouring = read_colouring()
    low, high = float(np.degrees(colouring.low)), float(np.degrees(colouring.high))
    set_scale(ghost, low=low, high=high, threshold=_USUAL_THRESHOLD)


def _bridge(values: NDArray[np.floating], sure: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Values (N, J) where they are sure, straight lines between, 0 where nothing ever was."""
    out, rows = np.zeros_like(values), np.arange(len(values))
    for column, known in enumerate(sure.T):
        if known.any():
            out[:, column] = np.interp(rows, rows[known], values[known, column])
    return out


def set_scale(
    ghost: bpy.types.Object,
    *,
    low: float | None = None,
    high: float | None = None,
    threshold: float | None = None,
) -> None:
    """Degrees where the colours begin and end, and from which on arrows and numbers appear; None changes nothing."""
    words = {
        FROM: "Degrees where the heatmap's colours begin",
        TO: "Degrees of the heatmap's worst colour",
        THRESHOLD: "Degrees from which on arrows and numbers appear",
    }
    for name, value in ((FROM, low), (TO, high), (THRESHOLD, threshold)):
        if value is not None:
            ghost[name] = float(value)
            ghost.id_properties_ui(name).update(min=0.0, max=180.0, precision=1, description=words[name])
    # Drivers do not notice by themselves that a custom property was set from Python.
    ghost.update_tag()
