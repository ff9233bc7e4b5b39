# SPDX-License-Identifier: GPL-3.0-or-later
"""Where two clips in step differ: rotations, positions and angles of each joint in each frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..kinematics import Posed
from ..rotations import axis_angle_from_quaternion, geodesic_angle, matrix_from_axis_angle, quaternion_from_matrix
from ..skeleton import JOINT_NAMES, PARENTS
from .angles import difference, measure_angles
from .clip import Clip
from .placement import fit_each_frame

Array = NDArray[np.floating]
NOISE_ANGLE: Final = np.radians(5.0)
"""Below this two captures of one motion differ by themselves."""
NOISE_DISTANCE: Final = 0.03
"""Metres."""
_DOUBT = 1.5
"""Without any confidence the noise floor is so many times higher, plus one."""
_OTHER_SIDE: Final = np.radians(60.0)
_SETTLED_S: Final = 0.2
"""Turns count from how somebody faces on the whole in this time: a single frame errs for all that follow."""
_SEEN: Final = 0.5
"""A joint seen less surely than this is guessed, and not judged."""


@dataclass(frozen=True)
class Deviations:
    """N frames of the user's cut, 24 joints. Everything is there for all frames; `judged` says where it means much."""

    local: Array
    """(N, 24) angle between the rotations relative to the parent. The pelvis': between their leans, heading aside."""
    swing: Array
    """(N, 24) of which: away from the bone's direction."""
    twist: Array
    """(N, 24) of which: about the bone, signed, user minus athlete."""
    overall: Array
    """(N, 24) angle between the rotations in the world."""
    distance: Array
    """(N, 24) metres between the joints."""
    user_angles: Array
    """(N, A) angles of `angles.ANGLES`."""
    athlete_angles: Array
    """(N, A)."""
    angle_difference: Array
    """(N, A) user minus athlete."""
    judged: NDArray[np.bool_]
    """(N,) false where either side was not seen."""
    sure: NDArray[np.bool_]
    """(N, 24) false where the frame is not judged, or the joint was hidden on either side."""
    noise_angle: Array
    """(N, 24) radians: what is below says nothing."""
    noise_distance: Array
    """(N, 24) metres."""
    aside: Array
    """(N,) 0..1: from how different sides the two were filmed; 1 from a sixth of a circle on."""


def measure_deviations(user: Clip, ghost: Clip, pure_shape: bool = False, reference: int = 0) -> Deviations:
    """Compare frame by frame two clips of N frames on the same bones and in the same place.

    pure_shape: turn and shift each frame of the ghost onto the user first. reference: frame that turns count from.
    """
    posed: Posed = fit_each_frame(ghost.posed, user.posed) if pure_shape else ghost.posed
    relative = np.swapaxes(ghost.rotations, -1, -2) @ user.rotations
    relative[:, 0] = _lean_only(user.posed.rotations[:, 0], posed.rotations[:, 0])
    swing, twist = _split(relative, _bone_axes(user.rest_joints))
    settled = max(1, round(_SETTLED_S * user.fps))
    user_angles = measure_angles(user.posed, reference, settled)
    athlete_angles = measure_angles(ghost.posed, reference, settled)
    certainty = np.minimum(user.confidence, ghost.confidence)
    doubt = 1.0 + _DOUBT * (1.0 - np.clip(certainty, 0, 1))
    return Deviations(
        local=np.linalg.norm(axis_angle_from_quaternion(quaternion_from_matrix(relative)), axis=-1),
        swing=swing,
        twist=twist,
        overall=geodesic_angle(posed.rotations, user.posed.rotations),
        distance=np.linalg.norm(user.posed.positions - posed.positions, axis=-1),
        user_angles=user_angles,
        athlete_angles=athlete_angles,
        angle_difference=difference(user_angles, athlete_angles),
        judged=user.trusted & ghost.trusted,
        sure=(user.trusted & ghost.trusted)[:, None] & (certainty >= _SEEN),
        noise_angle=NOISE_ANGLE * doubt,
        noise_distance=NOISE_DISTANCE * doubt,
        aside=_measure_aside(user, ghost),
    )


def _measure_aside(user: Clip, ghost: Clip) -> Array:
    if user.view is None or ghost.view is None:
        return np.zeros(len(user))
    apart = np.abs((user.view - ghost.view + np.pi) % (2 * np.pi) - np.pi)
    # Of the whole: as the body turns the view changes, for one a little earlier than for the other.
    return np.full(len(user), np.clip(np.median(apart) / _OTHER_SIDE, 0.0, 1.0))


def _lean_only(user: Array, ghost: Array) -> Array:
    """(T, 3, 3) the least turn from the ghost's upright to the user's, as their pelvises see it: no heading in it."""
    a, b = ghost[:, 2, :], user[:, 2, :]
    axis = np.cross(b, a)
    sine, cosine = np.linalg.norm(axis, axis=-1), (a * b).sum(-1)
    angle = np.arctan2(sine, cosine)
    return matrix_from_axis_angle(axis * (angle / np.maximum(sine, 1e-12))[:, None])


def _bone_axes(rest_joints: Array) -> Array:
    """(24, 3) direction of each joint's bone at rest: to its child, at the ends from its parent."""
    axes = np.empty((len(PARENTS), 3))
    for joint, name in enumerate(JOINT_NAMES):
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        if name in ("Pelvis", "Spine3"):
            children = [child for child in children if JOINT_NAMES[child] in ("Spine1", "Neck")]
        along = (
            rest_joints[children[0]] - rest_joints[joint]
            if children
            else rest_joints[joint] - rest_joints[PARENTS[joint]]
        )
        axes[joint] = along / max(float(np.linalg.norm(along)), 1e-12)
    return axes


def _split(rotation: Array, axes: Array) -> tuple[Array, Array]:
    """Angles of swing and twist of rotations (T, 24, 3, 3) about axes (24, 3); twist is signed."""
    q = quaternion_from_matrix(rotation)
    along = (q[..., 1:] * axes).sum(-1)
    twist = 2 * np.arctan2(along, q[..., 0])
    swing = 2 * np.arccos(np.clip(np.hypot(q[..., 0], along), 0, 1))
    return swing, (twist + np.pi) % (2 * np.pi) - np.pi
