# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of one person over a clip -> SMPL's parameters in the camera frame.

In order: undo swapped limbs, gather the evidence, calibrate the shape, pose each frame, refine all frames together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ..observations import Tracklet
from ..progress import Reporter, Silent
from .evidence import fill_gaps, gather_evidence, root_positions
from .initial import pose_from_landmarks
from .shape import calibrate_shape
from .swaps import undo_swaps
from .trajectory import Solution, solve_trajectory

Array = NDArray[np.floating]


@dataclass(frozen=True)
class CameraMotion:
    """One person's motion in the camera frame, T consecutive frames."""

    tracklet: Tracklet
    """What was observed, limbs put on their right sides."""
    betas: Array
    """(10,)."""
    local_rotations: Array
    """(T, 24, 3, 3), the root's relative to the camera."""
    root: Array
    """(T, 3) the root joint, metres."""


def fit_motion(
    tracklet: Tracklet,
    body: Body,
    focal_px: float,
    width: int,
    height: int,
    fps: float,
    person_height: float | None = None,
    reporter: Reporter | None = None,
) -> CameraMotion:
    """Fit the body to one person's landmarks.

    `person_height` in metres sets the scale; without it the network's own metres do.
    """
    reporter = reporter or Silent()
    tracklet = undo_swaps(tracklet, fps)
    evidence = gather_evidence(tracklet.landmarks, tracklet.world, focal_px, width, height)
    shape = calibrate_shape(evidence, body)
    seen = evidence.weight.sum(axis=1) > 0
    local = pose_from_landmarks(fill_gaps(evidence.world, seen), shape.rest)
    root = root_positions(evidence)
    start = Solution(local, root)
    solution = solve_trajectory(start, shape, evidence, fps, lambda done: reporter.progress(done, len(local)))
    return CameraMotion(tracklet, shape.betas, solution.local, solution.root)
