# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials of smoothing on motion capture that training never saw, with an estimator's errors put on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.kinematics import local_rotations_from_global, pose_from_axis_angle
from ..motion.rotations import axis_angle_from_matrix
from ..motion.smoothing import Smoothing, smooth_path, smooth_poses
from .metrics import Score, score_motion
from .mocap import Clip, read_cmu
from .noise import Noise
from .scenes import HELD_OUT, draw_camera, resample_clip, see_clip

Array = NDArray[np.floating]
DISTANCE: Final = 4.0
"""Metres from the camera to the person."""


@dataclass(frozen=True)
class Trial:
    """A motion over T frames as it was and as an estimator saw it, in the camera's frame (the camera at the origin)."""

    name: str
    fps: float
    rest: Array
    """(24, 3)."""
    truth: Array
    """(T, 24, 3) metres."""
    poses: Array
    """(T, 72) seen."""
    trans: Array
    """(T, 3) seen."""


def make_trials(
    folder: Path, noise: Noise, fps: float = 60.0, seed: int = 0, subjects: Sequence[str] = HELD_OUT
) -> list[Trial]:
    """A trial for each clip of the subjects; the same seed gives the same trials."""
    rng = np.random.default_rng(seed)
    clips = [clip for clip in read_cmu(folder) if clip.subject in subjects]
    return [make_trial(clip, noise, fps, rng) for clip in clips if len(clip.root) > 60]


def make_trial(clip: Clip, noise: Noise, fps: float, rng: np.random.Generator) -> Trial:
    """A clip seen by an estimator from some side, four metres away."""
    clip = resample_clip(clip, fps)
    camera = draw_camera(rng)
    away = camera.T @ [0.0, 0.0, DISTANCE] - clip.root.mean(axis=0)
    clip = Clip(clip.name, clip.subject, fps, clip.rotations, clip.root + away, clip.rest)
    clean, noisy = see_clip(clip, camera, noise, rng)
    true_poses, true_trans = _parameters(clean)
    poses, trans = _parameters(noisy)
    truth = pose_from_axis_angle(true_poses, clip.rest, true_trans).positions
    return Trial(clip.name, fps, clip.rest, truth, poses, trans)


def smooth_trial(trial: Trial, smoothing: Smoothing) -> Array:
    """(T, 24, 3) metres: the joints after smoothing."""
    poses = smooth_poses(trial.poses, trial.fps, smoothing)
    path = smooth_path(trial.trans + trial.rest[0], trial.fps, smoothing, camera=np.zeros(3))
    return pose_from_axis_angle(poses, trial.rest, path - trial.rest[0]).positions


def run_trial(trial: Trial, smoothing: Smoothing) -> Score:
    """How far from the truth a trial is after smoothing."""
    return score_motion(smooth_trial(trial, smoothing), trial.truth, trial.fps)


def _parameters(clip: Clip) -> tuple[Array, Array]:
    local = local_rotations_from_global(clip.rotations)
    return axis_angle_from_matrix(local).reshape(len(local), -1), clip.root - clip.rest[0]
