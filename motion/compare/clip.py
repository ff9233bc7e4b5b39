# SPDX-License-Identifier: GPL-3.0-or-later
"""One side of a comparison: a person's motion as rotations, positions and how far to trust each frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..body import Body
from ..camera import Camera
from ..capture import Track
from ..errors import GhostcapError
from ..kinematics import Posed, pose_skeleton
from ..rotations import matrix_from_axis_angle, slerp
from ..skeleton import MIRROR, PARENTS
from .certainty import find_misses, find_view, measure_confidence

Array = NDArray[np.floating]
JOINTS = len(PARENTS)
_ACROSS = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Clip:
    """T frames of one person at a constant rate, in the world (z up, metres), on SMPL's 24 joints."""

    rotations: Array
    """(T, 24, 3, 3) relative to the parent; the first turns the body into the world."""
    root: Array
    """(T, 3) the pelvis joint in the world."""
    rest_joints: Array
    """(24, 3) T-pose in SMPL's axes: x to the body's left, y up, z forward."""
    fps: float
    trusted: NDArray[np.bool_]
    """(T,) false where a gap was bridged: such frames are shown and not judged."""
    confidence: Array
    """(T, 24) 0..1, how well each joint was seen; what a camera can't see is guessed, and a guess is no mistake."""
    first_frame: int = 0
    """Number of the first frame in its video."""
    view: Array | None = None
    """(T,) radians: where the camera stood, seen by the person: 0 in front, positive to the left. None without one."""
    straight: bool = False
    """Whether rotations count from limbs laid as the plain body's, whatever rest pose the rig has (see `rest_pose`)."""

    def __post_init__(self) -> None:
        count = len(self.rotations)
        shapes = (
            self.rotations.shape == (count, JOINTS, 3, 3), self.root.shape == (count, 3),
            self.rest_joints.shape == (JOINTS, 3), self.trusted.shape == (count,),
            self.confidence.shape == (count, JOINTS),
        )  # fmt: skip
        if not all(shapes):
            raise GhostcapError(
                f"A motion of {self.rotations.shape[1:2]} joints can't be compared.",
                f"Both sides need SMPL's {JOINTS} joints: give captures, or map the bones first.",
                "other_skeleton",
            )
        if not count:
            raise GhostcapError("The motion has no frames.", "Choose another range.", "no_frames")
        if not (np.isfinite(self.rotations).all() and np.isfinite(self.root).all() and self.fps > 0):
            raise GhostcapError("The motion holds numbers that are not finite.", "Capture it again.", "bad_capture")

    def __len__(self) -> int:
        return len(self.rotations)

    @cached_property
    def posed(self) -> Posed:
        """Joints (T, 24, 3) and their global rotations (T, 24, 3, 3) in the world."""
        return pose_skeleton(self.rotations, self.rest_joints, self.root - self.rest_joints[0])

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (len(self) - 1) / self.fps

    def cut(self, start: int, stop: int) -> Clip:
        """Frames start..stop (stop excluded), counted in this clip; GhostcapError when nothing is left."""
        rows = slice(max(0, start), max(0, stop))
        return replace(
            self, rotations=self.rotations[rows], root=self.root[rows], trusted=self.trusted[rows],
            confidence=self.confidence[rows], first_frame=self.first_frame + rows.start,
            view=None if self.view is None else self.view[rows],
        )  # fmt: skip

    def at(self, time: ArrayLike) -> Clip:
        """The clip at fractional frames (N,), rotations along the shortest way; beyond the ends it stands still.

        `fps` stays this clip's: the new rows need not be evenly spaced. A row next to a bridged frame is not trusted.
        """
        time = np.clip(np.asarray(time, dtype=float), 0, len(self) - 1)
        low = np.floor(time).astype(int)
        high = np.minimum(low + 1, len(self) - 1)
        part = time - low
        trusted = (self.trusted[low] | (part > 1 - 1e-6)) & (self.trusted[high] | (part < 1e-6))
        return replace(
            self,
            rotations=slerp(self.rotations[low], self.rotations[high], np.repeat(part[:, None], JOINTS, 1)),
            root=self.root[low] * (1 - part[:, None]) + self.root[high] * part[:, None],
            trusted=trusted,
            confidence=np.minimum(self.confidence[low], self.confidence[high]),
            view=None if self.view is None else self.view[np.where(part < 0.5, low, high)],
        )

    def mirrored(self) -> Clip:
        """The same motion by somebody of the other hand: left and right changed, the world's x reflected."""
        order = list(MIRROR)
        flip = _ACROSS[:, None] * _ACROSS
        return replace(
            self,
            rotations=self.rotations[:, order] * flip,
            root=self.root * _ACROSS,
            rest_joints=self.rest_joints[order] * _ACROSS,
            confidence=self.confidence[:, order],
            view=None if self.view is None else -self.view,
        )


def clip_from_track(track: Track, body: Body, camera: Camera | None = None) -> Clip:
    """A track of a capture.

    camera: the capture's. With it the motion is held against what the video shows: where the two do not meet, the joint
    is not known, and a moment at which much of the body does not is not trusted.
    """
    count = len(track.frame)
    rest = body.rest_joints(track.betas)
    poses = np.asarray(track.poses, dtype=float).reshape(count, JOINTS, 3)
    clip = Clip(
        rotations=matrix_from_axis_angle(poses),
        root=rest[0] + np.asarray(track.trans, dtype=float),
        rest_joints=rest,
        fps=float(track.mocap_framerate),
        trusted=np.asarray(track.observed, dtype=bool),
        confidence=measure_confidence(track),
        first_frame=int(track.frame[0]) if count else 0,
    )
    if camera is None:
        return clip
    met, wrong = find_misses(track, clip.posed.positions, camera)
    return replace(
        clip, trusted=clip.trusted & ~wrong, confidence=clip.confidence * met, view=find_view(clip.posed, camera)
    )


def clip_from_rotations(rotations: ArrayLike, root: ArrayLike, rest_joints: ArrayLike, fps: float) -> Clip:
    """A motion that is exact everywhere: imported, or of an armature. Shapes as in `Clip`."""
    rotations = np.asarray(rotations, dtype=float)
    count = len(rotations)
    return Clip(
        rotations, np.asarray(root, dtype=float), np.asarray(rest_joints, dtype=float), float(fps),
        np.ones(count, dtype=bool), np.ones((count, JOINTS)),
    )  # fmt: skip
