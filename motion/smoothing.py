# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of a person's motion: the network or a classical filter on rotations and on the root's path.

Bones are smoothed by where they point in the world (or the camera), not by their angle to the parent: positions of
joints are sums over those directions, so a wrist is smoothed as a wrist would be. Directions are 6D (Zhou et al.
2019), made rotations again afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import GhostcapError
from .filters import FILTERS, gaussian, whittaker
from .kinematics import local_rotations_from_global
from .rotations import axis_angle_from_matrix, matrix_from_axis_angle, matrix_from_sixd, sixd_from_matrix, slerp
from .skeleton import PARENTS
from .smoothing_methods import METHODS
from .smoothing_network import NOMINAL_FPS, SmoothNet, load_network, slide_network

Array = NDArray[np.floating]
WINDOWS: Final = (8, 16, 32, 64)
DEPTH_SPAN: Final = 2
"""Along the line of sight a window spans this many times the time: monocular depth is the noisier."""
POLISH: Final = 10.0
"""Hertz; people hardly move faster. Windows that come and go leave a little jitter above it."""
FADE: Final = 0.08
"""Seconds: how far around a frame without an observation its neighbours count."""


@dataclass(frozen=True)
class Smoothing:
    """What the user chooses."""

    method: str = "smoothnet"
    strength: float = 1.0
    """0..1: 0 is the input, 1 the smoothed motion, between them along the shortest way."""
    parts: Mapping[int, float] = field(default_factory=dict)
    """Strength by joint, where it is not the same for all."""
    amount: float | None = None
    """The filter's own parameter (hertz or seconds, see filters.py); None is its default."""
    network: SmoothNet | None = None
    """The user's own, in place of the shipped ones; its window is taken as it is."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise GhostcapError(f"There is no smoothing {self.method!r}.", f"Choose {', '.join(METHODS)}.", "usage")
        if not all(0.0 <= strength <= 1.0 for strength in (self.strength, *self.parts.values())):
            raise GhostcapError("A smoothing strength is from 0 to 1.", "0 changes nothing.", "usage")


def smooth_channels(
    values: ArrayLike, fps: float, smoothing: Smoothing, weights: ArrayLike | None = None, span: int = 1
) -> Array:
    """Smooth numbers over time, whatever they are; strengths are not looked at.

    values (T, C), rows with NaN count as not observed; weights (T,) or (T, C), 0..1, how far each is to be believed;
    `span` stretches the window in time. Channels without any number stay as they are.
    """
    values = np.asarray(values, dtype=float)
    if smoothing.method == "none" or not values.size:
        return values.copy()
    filled = fill_unsure(values, fps, weights)
    known = np.isfinite(filled).all(axis=0)
    out = filled.copy()
    if not known.any():
        return out
    if smoothing.method != "smoothnet":
        parameters = () if smoothing.amount is None else (smoothing.amount,)
        out[:, known] = FILTERS[smoothing.method](filled[:, known], fps, *parameters)
        return out
    network, dilation = (smoothing.network, 1) if smoothing.network else choose_network(fps)
    channels = filled[:, known]
    if dilation > 1:
        # Every k-th frame alone would turn the noise between them into slow noise.
        channels = gaussian(channels, fps, 0.5 * dilation / fps)
    channels = slide_network(network, channels, dilation)
    for longer in range(2, span + 1):
        channels = slide_network(network, channels, dilation * longer)
    out[:, known] = whittaker(channels, fps, POLISH) if network.polish else channels
    return out


def smooth_positions(
    positions: ArrayLike, fps: float, smoothing: Smoothing | None = None, weights: ArrayLike | None = None
) -> Array:
    """Smooth points. (T, ..., 3) metres -> the same shape; weights (T,) or of the points (T, ...), 0..1."""
    smoothing = smoothing or Smoothing()
    positions = np.asarray(positions, dtype=float)
    flat = positions.reshape(len(positions), -1)
    if weights is not None and np.ndim(weights) > 1:
        weights = np.repeat(np.asarray(weights, dtype=float).reshape(len(positions), -1), positions.shape[-1], axis=1)
    smooth = smooth_channels(flat, fps, smoothing, weights).reshape(positions.shape)
    return _blend_points(positions, smooth, smoothing.strength)


def smooth_rotations(
    rotations: ArrayLike, fps: float, smoothing: Smoothing | None = None, weights: ArrayLike | None = None
) -> Array:
    """Smooth rotations, each by itself. (T, J, 3, 3) -> the same shape; weights (T,) or (T, J), 0..1."""
    smoothing = smoothing or Smoothing()
    rotations = np.asarray(rotations, dtype=float)
    smooth = _smooth_sixd(rotations, fps, smoothing, weights)
    return _blend_rotations(rotations, smooth, smoothing)


def smooth_poses(
    poses: ArrayLike,
    fps: float,
    smoothing: Smoothing | None = None,
    weights: ArrayLike | None = None,
    camera_from_world: ArrayLike | None = None,
) -> Array:
    """Smooth SMPL's body pose, root included.

    poses (T, 72) axis-angle relative to the parent; weights (T,) or (T, 24), 0..1, how far each joint is to be
    believed; camera_from_world (3, 3), so that errors along the line of sight stay in channels of their own. Returns
    (T, 72). Rows with NaN are bridged. With strength 0 the input comes back as it is.
    """
    smoothing = smoothing or Smoothing()
    poses = np.asarray(poses, dtype=float)
    if smoothing.method == "none" or not poses.size or max(smoothing.strength, *smoothing.parts.values(), 0.0) == 0:
        return poses.copy()
    local = matrix_from_axis_angle(poses.reshape(len(poses), -1, 3))
    turned = np.eye(3) if camera_from_world is None else np.asarray(camera_from_world, dtype=float)
    smooth = _smooth_sixd(turned @ _global_rotations(local), fps, smoothing, weights)
    blended = _blend_rotations(local, local_rotations_from_global(turned.T @ smooth), smoothing)
    out = axis_angle_from_matrix(blended).reshape(poses.shape)
    untouched = [joint for joint in range(local.shape[1]) if smoothing.parts.get(joint, smoothing.strength) == 0]
    for joint in untouched:
        out[:, 3 * joint : 3 * joint + 3] = poses[:, 3 * joint : 3 * joint + 3]
    return out


def smooth_path(
    path: ArrayLike,
    fps: float,
    smoothing: Smoothing | None = None,
    weights: ArrayLike | None = None,
    camera: ArrayLike | None = None,
) -> Array:
    """Smooth the root's path. path (T, 3) metres, weights (T,), camera (3,) where it stands -> (T, 3).

    With a camera, the distance from it is smoothed over twice the time that the direction is.
    """
    smoothing = smoothing or Smoothing()
    path = np.asarray(path, dtype=float)
    strength = smoothing.parts.get(0, smoothing.strength)
    if smoothing.method == "none" or strength == 0 or not path.size:
        return path.copy()
    smooth = smooth_channels(path, fps, smoothing, weights)
    if camera is not None and smoothing.method == "smoothnet":
        sight = path - np.asarray(camera, dtype=float)
        distance = np.linalg.norm(sight, axis=1, keepdims=True)
        steady = smooth_channels(distance, fps, smoothing, weights, DEPTH_SPAN)
        around = smooth - np.asarray(camera, dtype=float)
        near = np.linalg.norm(around, axis=1, keepdims=True)
        # Where the camera is passed at arm's length, direction and distance mean nothing apart.
        factor = np.where(near > 0.5, steady / np.maximum(near, 0.5), 1.0)
        smooth = np.asarray(camera, dtype=float) + around * factor
    return _blend_points(path, smooth, strength)


def fill_unsure(values: ArrayLike, fps: float, weights: ArrayLike | None = None) -> Array:
    """Replace what was not observed by what its neighbours say, and what is unsure in part.

    values (T, C), weights (T,) or (T, C), 0..1; NaN counts as 0. Returns (T, C), NaN only where a channel has nothing.
    """
    values = np.asarray(values, dtype=float)
    weight = np.ones_like(values) if weights is None else np.asarray(weights, dtype=float)
    weight = np.broadcast_to(weight[:, None] if weight.ndim == 1 else weight, values.shape)
    weight = np.where(np.isfinite(values), np.clip(np.nan_to_num(weight), 0.0, 1.0), 0.0)
    doubtful = np.flatnonzero((weight < 1.0).any(axis=0))
    out = values.copy()
    if not len(doubtful):
        return out
    weight, shown = weight[:, doubtful], np.nan_to_num(values[:, doubtful])
    sure = weight >= np.minimum(0.5, weight.max(axis=0))
    bridged = _bridge(np.where(sure & (weight > 0), shown, np.nan))
    # A local mean of the neighbours, weighted by how sure they are.
    near = _spread(weight, FADE * fps)
    mean = _spread(weight * (shown - bridged), FADE * fps) / np.maximum(near, 1e-9) + bridged
    expected = np.where(near > 1e-3, mean, bridged)
    out[:, doubtful] = np.where(weight > 0, weight * shown + (1 - weight) * expected, expected)
    return out


def choose_network(fps: float) -> tuple[SmoothNet, int]:
    """The network whose window spans about half a second at this rate, and every how many frames it looks.

    Above 100 frames a second the widest one takes every second frame, or fewer.
    """
    frames = 32 * fps / NOMINAL_FPS
    dilation = max(1, round(frames / WINDOWS[-1]))
    window = min(WINDOWS, key=lambda size: abs(np.log(size * dilation / frames)))
    return _shipped_network(window), dilation


@cache
def _shipped_network(window: int) -> SmoothNet:
    # Data, not code: the add-on and the backend read the same files.
    root = resources.files(__name__.rpartition(".motion")[0])
    with resources.as_file(root / "smoothnet" / "weights" / f"smoothnet_w{window}.safetensors") as path:
        return load_network(path)


def _smooth_sixd(rotations: Array, fps: float, smoothing: Smoothing, weights: ArrayLike | None) -> Array:
    """(T, J, 3, 3) -> the same, at full strength."""
    count, joints = rotations.shape[:2]
    if weights is not None and np.ndim(weights) == 2:
        weights = np.repeat(np.asarray(weights, dtype=float), 6, axis=1)
    sixd = sixd_from_matrix(rotations).reshape(count, -1)
    return matrix_from_sixd(smooth_channels(sixd, fps, smoothing, weights).reshape(count, joints, 6))


def _blend_rotations(raw: Array, smooth: Array, smoothing: Smoothing) -> Array:
    strength = np.full(raw.shape[1], smoothing.strength)
    for joint, own in smoothing.parts.items():
        strength[joint] = own
    known = np.isfinite(raw).all(axis=(-1, -2), keepdims=True)
    safe = np.where(known, raw, smooth)
    blended = slerp(safe, smooth, strength)
    strength = strength[:, None, None]
    return np.where(strength == 1.0, smooth, np.where(known & (strength == 0.0), raw, blended))


def _blend_points(raw: Array, smooth: Array, strength: float) -> Array:
    return np.where(np.isfinite(raw), raw + strength * (smooth - raw), smooth) if strength > 0 else raw.copy()


def _global_rotations(local: Array) -> Array:
    """(T, 24, 3, 3) relative to the parent -> global."""
    out = local.copy()
    for joint in range(1, len(PARENTS)):
        out[:, joint] = out[:, PARENTS[joint]] @ local[:, joint]
    return out


def _bridge(values: Array) -> Array:
    """Straight lines over what is NaN, the nearest number at the ends. (T, C) -> (T, C)."""
    out = values.copy()
    frames = np.arange(len(values))
    for channel in np.flatnonzero(np.isnan(values).any(axis=0)):
        known = np.isfinite(values[:, channel])
        if known.any():
            out[:, channel] = np.interp(frames, frames[known], values[known, channel])
    return out


def _spread(values: Array, sigma: float) -> Array:
    """Convolution with a Gaussian of height one that sees nothing beyond the ends."""
    radius = max(1, int(np.ceil(3 * sigma)))
    padded = np.pad(values, ((radius, radius), (0, 0)))
    time = np.arange(-radius, radius + 1)
    out = np.zeros_like(values)
    for offset, weight in enumerate(np.exp(-0.5 * (time / max(sigma, 1e-6)) ** 2)):
        out += weight * padded[offset : offset + len(values)]
    return out
