# SPDX-License-Identifier: GPL-3.0-or-later
"""The focal length, when the file does not tell it: the one under which people look most like people.

With a short lens what is near looks larger; a wrong focal length makes near feet or hands too long. The shape of one
or two people is calibrated under a few focal lengths and the likelihoods are weighed against what cameras usually have.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ..observations import Tracklet
from .evidence import gather_evidence
from .shape import Calibration, calibrate_shape, pick_frames
from .swaps import undo_swaps

Array = NDArray[np.floating]
USUAL = 1.0
"""Focal length over the longer side of the picture; telephones have about 0.75, broadcast cameras 2 and more."""
SPREAD = 0.3
"""Standard deviation of its logarithm."""
TRIED = (0.65, 1.0, 1.55, 2.4)
PEOPLE = 2
SAMPLE = 12


def estimate_focal(tracklets: list[Tracklet], body: Body, width: int, height: int, fps: float) -> float:
    """Pixels. Without anybody to judge by, the usual focal length."""
    longer = max(width, height)
    largest = sorted(tracklets, key=lambda one: -_weight(one))[:PEOPLE]
    tried = np.log(np.array(TRIED))
    cost = np.zeros(len(TRIED))
    for tracklet in largest:
        if not tracklet.observed.any():
            continue
        person = undo_swaps(tracklet, fps)
        found: Calibration | None = None
        for index, ratio in enumerate(TRIED):
            evidence = gather_evidence(person.landmarks, person.world, ratio * longer, width, height)
            frames = evidence.at(pick_frames(evidence, SAMPLE))
            if found is not None:
                # From one focal length to the next people stay what they are and move away in proportion.
                root = found.root * [1.0, 1.0, ratio / TRIED[index - 1]]
                found = dataclasses.replace(found, root=root)
            found = calibrate_shape(frames, body, 12 if found is None else 5, found)
            cost[index] += found.cost
    fine = np.linspace(tried[0], tried[-1], 200)
    smooth = np.polynomial.Polynomial.fit(tried, cost, 3)(fine)
    posterior = smooth + 0.5 * ((fine - np.log(USUAL)) / SPREAD) ** 2
    return float(np.exp(fine[np.argmin(posterior)]) * longer)


def _weight(tracklet: Tracklet) -> float:
    """How much a person tells: frames seen, by size."""
    size = np.linalg.norm(tracklet.bbox[:, 2:] - tracklet.bbox[:, :2], axis=-1)
    return float(size[tracklet.observed].sum())
