# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture of an athlete who walks, a user with a left elbow bent too far, and somebody who does something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ghostcap.motion.body import Body
from ghostcap.motion.capture import Track
from ghostcap.motion.skeleton import JOINT
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

BENT = np.radians(40.0)


def bend_elbow(track: Track) -> Track:
    """The same motion with the left elbow bent further, most in the middle."""
    poses = track.poses.reshape(-1, 24, 3).copy()
    poses[:, JOINT["L_Elbow"], 1] -= BENT * np.sin(np.linspace(0, np.pi, len(poses)))
    flat = poses.reshape(len(poses), 72)
    return replace(track, poses=flat, poses_raw=flat)


def squat_and_wave(track: Track) -> Track:
    """Another motion altogether, of as many frames."""
    poses = track.poses.reshape(-1, 24, 3).copy()
    way = np.sin(np.linspace(0, 3 * np.pi, len(poses))) ** 2
    for side, sign in (("L", 1.0), ("R", -1.0)):
        poses[:, JOINT[f"{side}_Hip"], 0] = -2.0 * way
        poses[:, JOINT[f"{side}_Knee"], 0] = 2.2 * way
        poses[:, JOINT[f"{side}_Shoulder"], 2] = sign * (1.4 - 0.8 * way)
        poses[:, JOINT[f"{side}_Elbow"], 1] = -sign * 2.2 * (1 - way)
    flat = poses.reshape(len(poses), 72)
    return replace(track, poses=flat, poses_raw=flat)


def write_walkers(folder: Path, body: Body | None = None) -> Path:
    """A capture: 1 the athlete, 2 the user, who is taller, 3 does something else; `body` in place of the boxes."""
    # Another body has other betas.
    taller = 0.0 if body else 2.0
    return write_synthetic_capture(
        folder,
        synthetic_track("walk"),
        bend_elbow(synthetic_track("walk", beta=taller)),
        squat_and_wave(synthetic_track("stand")),
        video="walk.mp4",
        body=body,
    )
