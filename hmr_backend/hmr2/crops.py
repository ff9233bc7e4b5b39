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

from .devices import send
from .sizes import CROP

Array = NDArray[np.floating]
ASPECT: Final = 4 / 3
"""Height to width of the part of a crop that the network looks at."""
MEAN: Final = (123.675, 116.28, 103.53)
STD: Final = (58.395, 57.12, 57.375)
"""ImageNet's, for RGB in 0..255."""
BLUR_FROM: Final = 1.1
"""Shrinking by twice this much and more, the original blurs the picture first."""
SMOOTH_PIXELS: Final = 10e6
"""Of pictures that are blurred together on a GPU: 120 MB, ten people of 1000 px. A CPU's cache holds one."""


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
    plain, large = np.flatnonzero(~smooth), np.flatnonzero(smooth)
    if not len(large):
        crops = _cut_plain(frames, of_frame, squares)
    else:
        crops = torch.empty(len(scale), 3, CROP, CROP, device=device)
        if len(plain):
            crops[send(plain, device)] = _cut_plain(frames, of_frame[plain], _pick(squares, plain))
        reach = min(float(squares.side[large].max()), max(frames.shape[1:3]))
        step = 1 if device.type == "cpu" else max(1, int(SMOOTH_PIXELS / reach**2))
        for few in np.split(large, range(step, len(large), step)):
            cut = _cut_smooth(frames, of_frame[few], _pick(squares, few), sigma[few])
            crops[send(few, device)] = cut
    mean = send(np.array(MEAN, np.float32), device)[:, None, None]
    std = send(np.array(STD, np.float32), device)[:, None, None]
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
    frame = send(of_frame, device)[:, None, None]
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
        index = send(np.clip(pixel, 0, size - 1), device)
        out.append((index, send(np.where(inside, weight, 0).astype(np.float32), device)))
    return out


def _cut_smooth(frames: Tensor, of_frame: NDArray[np.int64], squares: Squares, sigma: Array) -> Tensor:
    """(N, 3, 256, 256): blurred by Gaussians (edges repeated, cut at four sigmas), then sampled.

    Both are linear, in rows and in columns, so each is one matrix.
    """
    device = frames.device
    by_row, top = _smooth_matrices(squares.centre[:, 1], squares.side, frames.shape[1], sigma, device)
    by_column, left = _smooth_matrices(squares.centre[:, 0], squares.side, frames.shape[2], sigma, device)
    rows, columns = by_row.shape[2], by_column.shape[2]
    corners = zip(of_frame.tolist(), top.tolist(), left.tolist(), strict=True)
    parts = torch.stack([frames[frame, y : y + rows, x : x + columns] for frame, y, x in corners])
    pixels = parts.permute(0, 3, 1, 2).contiguous().float()
    return by_row[:, None] @ pixels @ by_column[:, None].mT


def _smooth_matrices(
    centre: Array, side: Array, size: int, sigma: Array, device: torch.device
) -> tuple[Tensor, NDArray[np.int64]]:
    """(N, 256, L) weights of L pixels of an axis of `size`, from the pixels (N,) on that come second."""
    radius = (4 * sigma + 0.5).astype(int)
    reach = np.arange(-radius.max() - 1, radius.max() + 2)
    kernel = np.where(np.abs(reach) <= radius[:, None], np.exp(-0.5 * (reach / sigma[:, None]) ** 2), 0)
    kernel /= kernel.sum(axis=1, keepdims=True)
    first, beyond = _taps(centre, side)
    pixel = np.stack([first, first + 1], axis=1)
    inside = (pixel >= 0) & (pixel < size)
    weight = np.where(inside, np.stack([1 - beyond, beyond], axis=1), 0)
    low = np.clip(first[:, 0] - radius, 0, size - 1)
    high = np.clip(first[:, -1] + 2 + radius, low + 1, size)
    length = int((high - low).max())
    low = np.minimum(low, size - length)

    table = send(kernel.astype(np.float32), device)
    columns = send(low, device)[:, None, None] + torch.arange(length, device=device)
    out = torch.zeros(len(low), CROP, length, device=device)
    for tap in (0, 1):
        apart = columns - send(pixel[:, tap, :, None], device)
        cell = apart.clamp_(reach[0], reach[-1]).sub_(reach[0])
        value = table.gather(1, cell.flatten(1)).view_as(out)
        out += value * send(weight[:, tap, :, None].astype(np.float32), device)
    # A pixel at the picture's edge stands for all those beyond it.
    upto = np.cumsum(kernel, axis=1)
    rows = np.arange(len(low))[:, None, None]
    at_first, at_last = (
        (weight * np.abs(far - upto[rows, np.clip(edge - pixel, reach[0], reach[-1]) - reach[0]])).sum(axis=1)
        for far, edge in ((0, 0), (1, size - 2))
    )
    for place, values, touched in ((0, at_first, low == 0), (length - 1, at_last, low == size - length)):
        new = send(values.astype(np.float32), device)
        out[:, :, place] = torch.where(send(touched, device)[:, None], new, out[:, :, place])
    return out, low
