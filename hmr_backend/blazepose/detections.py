# SPDX-License-Identifier: GPL-3.0-or-later
"""What the detector says: its numbers decoded, and one detection for each person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..observations import Array
from .anchors import INPUT_SIZE
from .regions import region_of_body, to_picture

Index = NDArray[np.integer] | NDArray[np.bool_]
MIN_SCORE = 0.5
MAX_OVERLAP = 0.3


@dataclass(frozen=True)
class Detections:
    """N people as the detector sees them."""

    score: Array
    """(N,) 0..1."""
    box: Array
    """(N, 4) x0, y0, x1, y1 of the head and shoulders."""
    points: Array
    """(N, 4, 2): middle of the hips, a point on the circle around the body, the same for shoulders and upper body."""

    def __len__(self) -> int:
        return len(self.score)

    def regions(self) -> Array:
        """Where the landmark network has to look, (N, 4)."""
        return region_of_body(self.points[:, 0], self.points[:, 1])

    def pick(self, index: Index) -> Detections:
        """Some of them, by index or mask."""
        return Detections(self.score[index], self.box[index], self.points[index])


def decode_detections(boxes: Array, logits: Array, anchors: Array, min_score: float = MIN_SCORE) -> Detections:
    """The detector's output, boxes (2254, 12) and logits (2254,), as detections in 0..1 of its input, best first."""
    score = 1 / (1 + np.exp(-np.clip(logits.astype(float), -100, 100)))
    keep = np.flatnonzero(score >= min_score)
    keep = keep[np.argsort(-score[keep], kind="stable")]
    values = (boxes[keep] / INPUT_SIZE).reshape(-1, 6, 2)
    centre, size = values[:, 0] + anchors[keep], values[:, 1]
    points = values[:, 2:] + anchors[keep, None]
    return Detections(score[keep], np.concatenate([centre - size / 2, centre + size / 2], axis=1), points)


def merge_overlapping(found: Detections, max_overlap: float = MAX_OVERLAP) -> Detections:
    """Weighted non-maximum suppression: boxes that overlap the best one are averaged by their scores into it."""
    rest = np.arange(len(found))
    score, box, points = [], [], []
    while len(rest):
        same = overlap(found.box[rest[0]], found.box[rest]) > max_overlap
        same[0] = True
        group, rest = rest[same], rest[~same]
        weight = found.score[group] / found.score[group].sum()
        score.append(found.score[group[0]])
        box.append(np.tensordot(weight, found.box[group], 1))
        points.append(np.tensordot(weight, found.points[group], 1))
    if not score:
        return found
    return Detections(np.array(score), np.array(box), np.array(points))


def overlap(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box (4,) with each of (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return common / np.maximum(area - common, 1e-9)


def place_detections(found: Detections, region: Array) -> Detections:
    """From 0..1 of a region (4,) to px of the picture. The region must be upright."""
    corners = to_picture(found.box.reshape(-1, 2), region).reshape(-1, 4)
    return Detections(found.score, corners, to_picture(found.points, region))


def join_views(views: list[Detections]) -> Detections:
    """Detections of several overlapping regions as one list of people, best first.

    The views see one person at several scales, so their boxes needn't overlap well; hips closer than a third of the
    body's radius, with radii within a factor of two, are one person. The best-scored is kept as it is.
    """
    every = Detections(*(np.concatenate([getattr(v, name) for v in views]) for name in ("score", "box", "points")))
    every = every.pick(np.argsort(-every.score, kind="stable"))
    radius = np.linalg.norm(every.points[:, 1] - every.points[:, 0], axis=1)
    keep: list[int] = []
    for i in range(len(every)):
        apart = np.linalg.norm(every.points[keep, 0] - every.points[i, 0], axis=1)
        size = np.minimum(radius[keep], radius[i])
        ratio = np.maximum(radius[keep], radius[i]) / np.maximum(size, 1e-6)
        if not np.any(((apart < size / 3) & (ratio < 2)) | (overlap(every.box[i], every.box[keep]) > MAX_OVERLAP)):
            keep.append(i)
    return every.pick(np.array(keep, dtype=int))
