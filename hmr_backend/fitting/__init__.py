# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of one person over a clip -> SMPL's parameters in the camera frame.

In order: undo swapped limbs, gather the evidence, calibrate the shape, pose each frame, refine all frames together.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ...motion.kinematics import Posed
from ..observations import Tracklet
from ..progress import Reporter, Silent
from .evidence import METRE, Evidence, fill_gaps, gather_evidence, root_positions
from .initial import pose_from_landmarks
from .normal import Shape, place_markers
from .shape import body_height, calibrate_shape, pick_frames, resize_shape
from .swaps import undo_swaps
from .trajectory import Footing, Solution, solve_trajectory

Array = NDArray[np.floating]


@dataclass(frozen=True)
class CameraMotion:
    """One person's motion in the camera frame, T consecutive frames."""

    tracklet: Tracklet
    """What was observed, limbs put on their right sides."""
    shape: Shape
    """Bone lengths, and where the landmarks sit."""
    evidence: Evidence
    """What the fit was made from."""
    local_rotations: Array
    """(T, 24, 3, 3), the root's relative to the camera."""
    root: Array
    """(T, 3) the root joint, metres."""

    def pose(self) -> tuple[Posed, Array]:
        """The skeleton and the 33 landmarks (T, 33, 3) on it, in the camera frame."""
        return place_markers(self.local_rotations, self.root, self.shape)


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
    shape = calibrate_shape(evidence.at(pick_frames(evidence)), body).shape
    if person_height is not None:
        metre = METRE * person_height / body_height(body, shape.betas)
        evidence = gather_evidence(tracklet.landmarks, tracklet.world, focal_px, width, height, metre)
        shape = calibrate_shape(evidence.at(pick_frames(evidence)), body).shape
        shape = resize_shape(shape, body, person_height)
    seen = evidence.weight.sum(axis=1) > 0
    local = pose_from_landmarks(fill_gaps(evidence.world, seen), shape.rest)
    root = root_positions(evidence)
    start = Solution(local, root)
    solution = solve_trajectory(start, shape, evidence, fps, tick=lambda done: reporter.progress(done, len(local)))
    return CameraMotion(tracklet, shape, evidence, solution.local, solution.root)


def refine_motion(motion: CameraMotion, footing: Footing, fps: float, reporter: Reporter | None = None) -> CameraMotion:
    """The same motion with its feet on the ground while they touch it."""
    reporter = reporter or Silent()
    start = Solution(motion.local_rotations, motion.root)
    count = len(motion.root)
    solution = solve_trajectory(
        start, motion.shape, motion.evidence, fps, footing, lambda done: reporter.progress(done, count)
    )
    return dataclasses.replace(motion, local_rotations=solution.local, root=solution.root)
