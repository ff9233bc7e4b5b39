# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of one person, prepared for the fit: pixels with weights, and 3D landmarks in the camera's axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.rotations import rotation_between
from ...motion.skeleton import LANDMARK

Array = NDArray[np.floating]
_HIPS = (LANDMARK["left_hip"], LANDMARK["right_hip"])

METRE = 1.05
"""True metres in one of the network's. It can't know how tall somebody is; this makes people seen from many sides come
out as tall as adults are on average (eight clips of five people, among them the one whose true bones are known)."""


@dataclass(frozen=True)
class Evidence:
    """T frames of one person. Where nothing was seen, weights are zero and the numbers finite."""

    pixels: Array
    """(T, 33, 2) relative to the principal point."""
    weight: Array
    """(T, 33) 0..1."""
    world: Array
    """(T, 33, 3) metres from the middle of the hips, in the camera's axes."""
    size: Array
    """(T,) the person's size in the picture, px, as it would be standing upright."""
    focal_px: float

    def __len__(self) -> int:
        return len(self.pixels)

    def at(self, index: NDArray[np.integer] | slice) -> Evidence:
        """The same for some of the frames."""
        return Evidence(self.pixels[index], self.weight[index], self.world[index], self.size[index], self.focal_px)


def gather_evidence(
    landmarks: Array, world: Array, focal_px: float, width: int, height: int, metre: float = METRE
) -> Evidence:
    """landmarks (T, 33, 4) px and visibility, world (T, 33, 3), NaN where not observed -> Evidence.

    `metre` is how many metres one of `world` is.

    The network sees a crop and speaks of depth along the ray through its middle; `world` is turned from that ray to
    the camera's axis here.
    """
    seen = np.asarray(np.isfinite(landmarks).all(axis=(1, 2)) & np.isfinite(world).all(axis=(1, 2)))
    pixels = np.where(seen[:, None, None], landmarks[..., :2] - [width / 2, height / 2], 0.0)
    hips = pixels[:, _HIPS].mean(axis=1)
    ray = np.concatenate([hips / focal_px, np.ones((len(hips), 1))], axis=1)
    turn = rotation_between(np.broadcast_to([0.0, 0.0, 1.0], ray.shape), ray)
    metres = np.where(seen[:, None, None], metre * world, 0.0)
    metres = np.einsum("tab,tkb->tka", turn, metres)
    metres = metres - metres[:, _HIPS].mean(axis=1, keepdims=True)
    visibility = np.where(seen[:, None], np.clip(landmarks[..., 3], 0.0, 1.0), 0.0)
    weight = np.where(seen[:, None], 0.1 + 0.9 * visibility, 0.0)
    return Evidence(pixels, weight, metres, _size(pixels, metres, seen), focal_px)


def root_positions(evidence: Evidence) -> Array:
    """(T, 3) camera-frame position of the middle of the hips that best explains the pixels (linear least squares)."""
    u, v = evidence.pixels[..., 0], evidence.pixels[..., 1]
    x, y, z = np.moveaxis(evidence.world, -1, 0)
    f = evidence.focal_px
    w = evidence.weight
    # f (x + tx) = u (z + tz), and the same for v: linear in t.
    rows = np.concatenate(
        [
            np.stack([np.full_like(u, f), np.zeros_like(u), -u], -1) * w[..., None],
            np.stack([np.zeros_like(v), np.full_like(v, f), -v], -1) * w[..., None],
        ],
        axis=1,
    )
    right = np.concatenate([(u * z - f * x) * w, (v * z - f * y) * w], axis=1)
    normal = np.einsum("tri,trj->tij", rows, rows) + 1e-9 * np.eye(3)
    root = np.linalg.solve(normal, np.einsum("tri,tr->ti", rows, right)[..., None])[..., 0]
    root[:, 2] = np.maximum(root[:, 2], 0.3)
    return fill_gaps(root, w.sum(axis=1) > 0)


def fill_gaps(values: Array, known: NDArray[np.bool_]) -> Array:
    """Linear in time between known rows, constant beyond the ends. (T, ...) -> (T, ...)."""
    if known.all() or not known.any():
        return values
    flat = values.reshape(len(values), -1).copy()
    time = np.arange(len(values))
    for column in flat.T:
        column[:] = np.interp(time, time[known], column[known])
    return flat.reshape(values.shape)


def _size(pixels: Array, metres: Array, seen: NDArray[np.bool_]) -> Array:
    """Pixels a metre at the person, times a typical height."""
    spread_px = np.sqrt(((pixels - pixels.mean(axis=1, keepdims=True)) ** 2).sum(-1).mean(-1))
    flat = metres[..., :2] - metres[..., :2].mean(axis=1, keepdims=True)
    spread_m = np.sqrt((flat**2).sum(-1).mean(-1))
    size = 1.7 * spread_px / np.maximum(spread_m, 0.05)
    return np.maximum(fill_gaps(size, seen), 10.0)
