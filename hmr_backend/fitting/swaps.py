# SPDX-License-Identifier: GPL-3.0-or-later
"""Left and right put back where they belong.

A single-frame network now and then takes a back for a front, or one leg for the other, for a few frames or for many.
In the picture the landmarks then jump to the other side. The path with the least acceleration through the eight ways
of exchanging sides (torso and face, legs, arms, each or not) is found by dynamic programming over pairs of frames
(Viterbi of second order, so that limbs that merely pass each other are not exchanged).
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...motion.skeleton import LANDMARK_MIRROR
from ..observations import Tracklet

Array = NDArray[np.floating]
_REGIONS = (
    np.r_[0:13, 23:25],  # face, shoulders, hips
    np.r_[25:33],  # legs
    np.r_[13:23],  # arms
)
_TRACKED = (np.array([11, 12, 23, 24]), np.r_[25:33], np.r_[13:17])
"""The landmarks of each region by which its path is judged."""
_SHOULDERS, _ANKLES = (11, 12), (27, 28)
_STATES = np.array([[state >> region & 1 for region in range(3)] for state in range(8)])

SIGMA = 0.02
"""Usual second difference of a landmark's path at 30 frames a second, as a share of the person's height."""
CAP = 8.0
"""In sigmas: a jump costs no more than this."""
TOGGLE = 3.0
"""Cost of exchanging a region, or of putting it back, between two frames."""
PARTED = 1.0
"""Cost of each region that is not exchanged when the torso is: the network turns the whole body more easily."""
HELD = 6.0
"""Cost of each exchanged region and second: what the network says most of the time is taken for right."""


def undo_swaps(tracklet: Tracklet, fps: float) -> Tracklet:
    """The same tracklet with exchanged limbs put back."""
    seen = np.flatnonzero(np.isfinite(tracklet.landmarks).all(axis=(1, 2)))
    if len(seen) < 3:
        return tracklet
    exchanged = find_swaps(tracklet.landmarks[seen, :, :2], tracklet.frame[seen], fps)
    if not exchanged.any():
        return tracklet
    landmarks, world = tracklet.landmarks.copy(), tracklet.world.copy()
    mirror = np.array(LANDMARK_MIRROR)
    for region, markers in enumerate(_REGIONS):
        rows = seen[exchanged[:, region]]
        landmarks[np.ix_(rows, markers)] = tracklet.landmarks[np.ix_(rows, mirror[markers])]
        world[np.ix_(rows, markers)] = tracklet.world[np.ix_(rows, mirror[markers])]
    turned = exchanged[:, 0]
    others = turned if turned.all() else ~turned
    world[seen[turned]] = mirror_depth(world[seen[turned]], tracklet.world[seen[others]])
    return dataclasses.replace(tracklet, landmarks=landmarks, world=world)


def mirror_depth(world: Array, others: Array) -> Array:
    """A back taken for a front gives the mirror image in depth: the same picture, seen from behind.

    The mirror is the most frontal plane that holds the person's usual long axis, since a camera that looks down sees
    the head nearer than the feet from behind as well. world (T, 33, 3), others (S, 33, 3) the frames that tell the
    axis -> (T, 33, 3).
    """
    axis = (others[:, _SHOULDERS].mean(axis=1) - others[:, _ANKLES].mean(axis=1)).mean(axis=0)
    axis /= np.linalg.norm(axis)
    normal = np.array([0.0, 0.0, 1.0]) - axis[2] * axis
    normal /= np.linalg.norm(normal)
    return world - 2 * (world @ normal)[..., None] * normal


def find_swaps(pixels: Array, frame: NDArray[np.integer], fps: float) -> NDArray[np.bool_]:
    """pixels (T, 33, 2) and their frame numbers (T,) -> (T, 3) whether torso, legs, arms are exchanged."""
    count = len(pixels)
    mirror = np.array(LANDMARK_MIRROR)
    size = np.median(np.ptp(pixels[..., 1], axis=1) + np.ptp(pixels[..., 0], axis=1))
    sigma = SIGMA * size * (30.0 / fps) ** 2 + 0.004 * size
    bend = _region_costs(pixels, mirror, sigma)
    gap = np.diff(frame) > max(2, round(0.1 * fps))

    change = np.abs(_STATES[:, None] - _STATES[None])
    toggle = TOGGLE * change.sum(-1)
    held = HELD / fps * _STATES.sum(-1) + PARTED * 0.1 * (np.ptp(_STATES, axis=1) > 0)
    # cost[a, b]: the best path that ends with states a, b in the last two frames
    cost = held[:, None] + held[None] + toggle
    back = np.zeros((count, 8, 8), dtype=np.int8)
    for t in range(2, count):
        if gap[t - 1] or gap[t - 2]:
            step = np.zeros((8, 8, 8))
        else:
            step = sum(
                bend[region][t - 2][np.ix_(_STATES[:, region], _STATES[:, region], _STATES[:, region])]
                for region in range(3)
            )
        total = cost[:, :, None] + step
        back[t] = total.argmin(axis=0)
        free = 0.0 if gap[t - 1] else 1.0
        cost = total.min(axis=0) + free * toggle + held[None]
    states = np.zeros(count, dtype=int)
    states[-2], states[-1] = np.unravel_index(cost.argmin(), (8, 8))
    for t in range(count - 1, 1, -1):
        states[t - 2] = back[t][states[t - 1], states[t]]
    return _STATES[states].astype(bool)


def _region_costs(pixels: Array, mirror: NDArray[np.integer], sigma: float) -> list[Array]:
    """For each region (T-2, 2, 2, 2): cost of the second difference for each way of exchanging its three frames."""
    out = []
    for markers in _TRACKED:
        sides = np.stack([pixels[:, markers], pixels[:, mirror[markers]]])
        table = np.empty((len(pixels) - 2, 2, 2, 2))
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    second = sides[a, :-2] - 2 * sides[b, 1:-1] + sides[c, 2:]
                    table[:, a, b, c] = np.minimum(np.linalg.norm(second, axis=-1) / sigma, CAP).mean(axis=-1)
        out.append(table)
    return out
