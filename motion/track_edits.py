# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracks cut and joined: what tracking got wrong about who is who, put right by a person. Pure functions of tracks."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .body import Body
from .capture import Track
from .errors import CaptureError
from .kinematics import pose_from_axis_angle
from .root_motion import smooth_in_time
from .rotations import axis_angle_from_matrix, matrix_from_axis_angle, slerp

Array = NDArray[np.floating]
_SEAM_FRAMES = 2.0
"""Standard deviation of the blend where one track takes over from the other."""
_APART = 0.1
"""Overlap of two boxes (intersection over union) below which they hold two people."""
_MOSTLY = 0.5


def cut_track(track: Track, first: int, last: int) -> Track:
    """The frames first to last of the video, both included. CaptureError when the track has none of them."""
    keep = (track.frame >= first) & (track.frame <= last)
    if not keep.any():
        raise CaptureError(
            f"Frames {first} to {last} leave nothing of this track.",
            f"It has the frames {track.frame[0]} to {track.frame[-1]}.",
            "empty_track",
        )
    return _take(track, np.flatnonzero(keep))


def join_tracks(a: Track, b: Track, body: Body) -> Track:
    """One person's two tracks as one, in the order of time; frames between them are bridged and marked unobserved.

    Where both have a frame, the more confident one counts, with a short blend where they change over. The body gets
    the betas of both, weighted by the frames seen; the root joint stays where each track has it. CaptureError when the
    tracks show two people at the same time.
    """
    _refuse_two_people(a, b)
    seen = np.array([a.observed.sum(), b.observed.sum()], dtype=float)
    share = seen / max(seen.sum(), 1.0) if seen.any() else np.array([0.5, 0.5])
    betas = share[0] * np.asarray(a.betas, dtype=float) + share[1] * np.asarray(b.betas, dtype=float)
    frame = np.arange(min(a.frame[0], b.frame[0]), max(a.frame[-1], b.frame[-1]) + 1)
    weight_a, weight_b = _trust(a, frame), _trust(b, frame)
    # 0 takes all of a, 1 all of b. Frames of neither are bridged by holding the last of one and the first of the other.
    known = (weight_a > 0) | (weight_b > 0)
    choice = np.interp(frame, frame[known], (weight_b > weight_a)[known].astype(float))
    choice = np.clip(smooth_in_time(choice, _SEAM_FRAMES), 0.0, 1.0)
    in_a, in_b = _inside(a, frame), _inside(b, frame)
    # A blend needs both; outside its frames a track has nothing to say but in the gap between the two.
    choice = np.where(in_a & ~in_b, 0.0, np.where(in_b & ~in_a, 1.0, choice))
    row_a = np.clip(frame - a.frame[0], 0, len(a.frame) - 1)
    row_b = np.clip(frame - b.frame[0], 0, len(b.frame) - 1)
    gap = ~in_a & ~in_b

    root = body.rest_joints(betas)[0]
    shift_a, shift_b = body.rest_joints(a.betas)[0] - root, body.rest_joints(b.betas)[0] - root
    mixed: dict[str, Any] = {}
    for name in ("poses", "poses_raw"):
        turn_a = matrix_from_axis_angle(getattr(a, name)[row_a].reshape(-1, 24, 3))
        turn_b = matrix_from_axis_angle(getattr(b, name)[row_b].reshape(-1, 24, 3))
        mixed[name] = axis_angle_from_matrix(slerp(turn_a, turn_b, choice[:, None])).reshape(-1, 72)
    for name in ("trans", "trans_raw"):
        mixed[name] = _mix(getattr(a, name)[row_a] + shift_a, getattr(b, name)[row_b] + shift_b, choice)
    for name in ("bbox", "contacts", "camera_trans"):
        mixed[name] = _mix(getattr(a, name)[row_a], getattr(b, name)[row_b], choice)
    from_b = choice > _MOSTLY
    for name in ("keypoints_2d", "confidence", "observed"):
        values_a, values_b = getattr(a, name)[row_a], getattr(b, name)[row_b]
        mixed[name] = np.where(from_b.reshape(-1, *[1] * (values_a.ndim - 1)), values_b, values_a)
    mixed["keypoints_2d"][gap] = np.nan
    mixed["confidence"][gap], mixed["observed"][gap] = 0.0, False
    joints = pose_from_axis_angle(mixed["poses"], body.rest_joints(betas), mixed["trans"]).positions
    return replace(a, frame=frame, betas=betas, joints=joints, **mixed)


def _take(track: Track, rows: NDArray[np.integer]) -> Track:
    count = len(track.frame)
    values = {item.name: getattr(track, item.name) for item in dataclasses.fields(track)}
    timed = {
        name: value[rows]
        for name, value in values.items()
        if name != "betas" and isinstance(value, np.ndarray) and value.ndim and len(value) == count
    }
    return replace(track, **timed)


def _refuse_two_people(a: Track, b: Track) -> None:
    common, in_a, in_b = np.intersect1d(a.frame[a.observed], b.frame[b.observed], return_indices=True)
    if not len(common):
        return
    box_a, box_b = a.bbox[a.observed][in_a].astype(float), b.bbox[b.observed][in_b].astype(float)
    apart = box_overlap(box_a, box_b) < _APART
    if apart.mean() > _MOSTLY:
        raise CaptureError(
            f"These are two people: both are seen, in different places, in {int(apart.sum())} frames.",
            "Split the track where it changes from one person to the other, then merge the parts.",
            "two_people",
        )


def box_overlap(a: Array, b: Array) -> Array:
    """Intersection over union of boxes (T, 4) x0, y0, x1, y1 -> (T,)."""
    size = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0.0, None)
    both = size.prod(-1)
    area = (a[:, 2:] - a[:, :2]).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1) - both
    return both / np.maximum(area, 1e-9)


def _trust(track: Track, frame: NDArray[np.integer]) -> Array:
    trust = np.zeros(len(frame))
    inside = _inside(track, frame)
    rows = frame[inside] - track.frame[0]
    trust[inside] = np.where(track.observed[rows], track.confidence[rows] + 1e-3, 1e-6)
    return trust


def _inside(track: Track, frame: NDArray[np.integer]) -> NDArray[np.bool_]:
    return (frame >= track.frame[0]) & (frame <= track.frame[-1])


def _mix(a: Array, b: Array, weight: Array) -> Array:
    return a + (b - a) * weight[:, None]
