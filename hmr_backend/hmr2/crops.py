# SPDX-License-Identifier: GPL-3.0-or-later
"""From boxes to the network's input: squares of 256 pixels, cut from many frames at once on the network's device.

The same pixels as the original's: OpenCV's warpAffine, bilinear, black outside; and its anti-aliasing blur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from .sizes import CROP

Array = NDArray[np.floating]
ASPECT: Final = 4 / 3
"""Height to width of the part of a crop that the network looks at."""
MEAN: Final = (123.675, 116.28, 103.53)
STD: Final = (58.395, 57.12, 57.375)
"""ImageNet's, for RGB in 0..255."""
BLUR_FROM: Final = 1.1
"""Shrinking by twice this much and more, the original blurs the picture first."""


@dataclass(frozen=True)
class Squares:
    """N upright squares in pictures, px."""

    centre: Array
    """(N, 2)."""
    side: Array
    """(N,)."""


def squares_around(boxes: ArrayLike) -> Squares:
    """Boxes (N, 4) x0, y0, x1, y1 px, grown to 192:256 about their centre -> the squares that become crops."""
    boxes = np.asarray(boxes, dtype=np.float32).reshape(-1, 4)
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    # After growing to the aspect the height is the longer side.
    side = np.maximum(height, width * np.float32(ASPECT))
    return Squares((boxes[:, :2] + boxes[:, 2:]) / 2, side)


def cut_crops(frames: Tensor, of_frame: ArrayLike, squares: Squares, blur: bool = True) -> Tensor:
    """Crops (N, 3, 256, 256), normalised RGB, float32, on the frames' device.

    frames: (F, H, W, 3) uint8 RGB; of_frame (N,) says which frame each square is in. blur: smooth before shrinking by
    more than 2.2, as 4D-Humans' demo does; its video tracker does not.
    """
    device = frames.device
    of_frame = np.asarray(of_frame, dtype=np.int64)
    scale = squares.side.astype(np.float64) / CROP
    sigma = (scale / 2 - 1) / 2
    smooth = (scale / 2 > BLUR_FROM) if blur else np.zeros(len(scale), dtype=bool)
    crops = torch.empty(len(scale), 3, CROP, CROP, device=device)
    plain = np.flatnonzero(~smooth)
    if len(plain):
        crops[torch.from_numpy(plain).to(device)] = _cut_plain(frames, of_frame[plain], _pick(squares, plain))
    for number in np.flatnonzero(smooth):
        crops[number] = _cut_smooth(frames[of_frame[number]], _pick(squares, np.array([number])), float(sigma[number]))
    mean = torch.tensor(MEAN, device=device)[:, None, None]
    std = torch.tensor(STD, device=device)[:, None, None]
    return crops.sub_(mean).div_(std)


def _pick(squares: Squares, rows: NDArray[np.intp]) -> Squares:
    return Squares(squares.centre[rows], squares.side[rows])


def _taps(centre: Array, side: Array) -> tuple[NDArray[np.int64], Array]:
    """For squares' centres and sides (N,) along an axis: the pixel before each sample (N, 256), and the way beyond it.

    OpenCV rounds sampling positions to 1/32 pixel.
    """
    step = side.astype(np.float64)[:, None] / CROP
    place = centre.astype(np.float64)[:, None] + (np.arange(CROP) - CROP / 2) * step
    place = np.floor(place * 32 + 0.5) / 32
    first = np.floor(place)
    return first.astype(np.int64), place - first


def _cut_plain(frames: Tensor, of_frame: NDArray[np.int64], squares: Squares) -> Tensor:
    """(N, 3, 256, 256) 0..255, whole numbers as OpenCV gives for pictures of bytes."""
    device = frames.device
    frame = torch.from_numpy(of_frame).to(device)[:, None, None]
    columns = _axis_taps(squares.centre[:, 0], squares.side, frames.shape[2], device)
    rows = _axis_taps(squares.centre[:, 1], squares.side, frames.shape[1], device)
    out = torch.zeros(len(of_frame), CROP, CROP, 3, device=device)
    for row, row_weight in rows:
        for column, column_weight in columns:
            weight = row_weight[:, :, None] * column_weight[:, None, :]
            out += frames[frame, row[:, :, None], column[:, None, :]] * weight[..., None]
    return out.add_(0.5).floor_().permute(0, 3, 1, 2)


def _axis_taps(centre: Array, side: Array, size: int, device: torch.device) -> list[tuple[Tensor, Tensor]]:
    """The two neighbours of each sample along an axis, and their weights (N, 256); zero outside the picture."""
    first, beyond = _taps(centre, side)
    out = []
    for pixel, weight in ((first, 1 - beyond), (first + 1, beyond)):
        inside = (pixel >= 0) & (pixel < size)
        index = torch.from_numpy(np.clip(pixel, 0, size - 1)).to(device)
        out.append((index, torch.from_numpy(np.where(inside, weight, 0).astype(np.float32)).to(device)))
    return out


def _cut_smooth(frame: Tensor, square: Squares, sigma: float) -> Tensor:
    """(3, 256, 256): blurred by a Gaussian (edges repeated, cut at four sigmas), then sampled.

    Both are linear, in rows and in columns, so each is one matrix.
    """
    device = frame.device
    by_row, top = _smooth_matrix(square.centre[0, 1], square.side, frame.shape[0], sigma)
    by_column, left = _smooth_matrix(square.centre[0, 0], square.side, frame.shape[1], sigma)
    part = frame[top : top + by_row.shape[1], left : left + by_column.shape[1]].permute(2, 0, 1).float()
    return torch.from_numpy(by_row).to(device) @ part @ torch.from_numpy(by_column).to(device).T


def _smooth_matrix(centre: np.floating, side: Array, size: int, sigma: float) -> tuple[NDArray[np.float32], int]:
    """(256, L) weights of the L pixels of an axis from the returned first one on."""
    radius = int(4 * sigma + 0.5)
    reach = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    kernel /= kernel.sum()
    first, beyond = _taps(np.atleast_1d(centre), side)
    pixel = np.stack([first[0], first[0] + 1])
    weight = np.where((pixel >= 0) & (pixel < size), np.stack([1 - beyond[0], beyond[0]]), 0)
    low, high = (int(np.clip(end, 0, size)) for end in (pixel.min() - radius, pixel.max() + radius + 1))
    low, high = min(low, size - 1), max(high, min(low, size - 1) + 1)
    column = np.clip(pixel[..., None] + reach, 0, size - 1)
    # Outside the picture all weights are zero, wherever they go.
    cell = np.arange(CROP)[:, None] * (high - low) + np.clip(column, low, high - 1) - low
    weights = np.bincount(cell.ravel(), (weight[..., None] * kernel).ravel(), minlength=CROP * (high - low))
    return weights.reshape(CROP, high - low).astype(np.float32), low
