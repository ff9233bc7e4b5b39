# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in detector on a GPU: BlazePose on many frames at once.

On the CPU people are followed from frame to frame, which no batch can do. Here the detector looks at the first and the
last frame of every eight; between them a person's region moves evenly, and the landmark network, which corrects it,
looks at all frames together. What is found depends on those eight frames alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ..blazepose import anchors, landmarks
from ..blazepose.detections import (
    MIN_SCORE,
    Detections,
    decode_detections,
    join_views,
    merge_overlapping,
    overlap,
    place_detections,
)
from ..blazepose.estimator import BOXES, FLAG, SCORES, VALUES, boxes_around
from ..blazepose.network import read_model
from ..blazepose.regions import region_of_body, tile_picture, whole_picture, wrap_angle
from ..models import ModelFiles
from ..observations import LANDMARKS, Frame
from ..tracking.online import MIN_INSIDE, SAME, SHADOW, contained
from ..tracking.similarity import pose_overlap, share_inside
from .chunks import Chunk
from .converted import ConvertedNetwork
from .detectors import Boxes, whole_body
from .devices import send
from .inference import is_out_of_memory

Array = NDArray[np.floating]
GROUP: Final = 8
"""Frames that are looked at on their own."""
ROWS: Final = 2
"""Of tiles, in which small people are looked for."""
MAX_SHARED: Final = 0.5
"""Intersection over union from which two boxes are one person's."""
CLEARLY_WORSE: Final = 0.1
VIEWS: Final = 128
"""Views that the networks look at together: half a gigabyte."""
FEWEST_VIEWS: Final = 8
CUDA_SIZES: Final = (8, 16, 32, 48, 64, 96, VIEWS)
"""Batches on CUDA are filled up to one of these: for each new size cuDNN first looks for kernels, which takes long."""


@dataclass(frozen=True)
class _Seen:
    """N bodies."""

    frame: NDArray[np.intp]
    """(N,) places in the chunk."""
    score: Array
    landmarks: Array
    """(N, 33, 2) px."""
    following: Array
    """(N, 4) the region around each."""

    def pick(self, rows: NDArray[np.integer]) -> _Seen:
        return _Seen(self.frame[rows], self.score[rows], self.landmarks[rows], self.following[rows])


class BatchedBlazePose:
    """BlazePose's two networks on a device."""

    name = "blazepose"
    group = GROUP
    memory = 0

    def __init__(self, models: ModelFiles, device: torch.device) -> None:
        bodies = models.heavy if models.heavy is not None else models.landmarks
        self._find = ConvertedNetwork(read_model(models.detector, [BOXES, SCORES])).eval().to(device)
        self._look_at = ConvertedNetwork(read_model(bodies, [VALUES, FLAG])).eval().to(device)
        self._anchors = anchors.make_anchors()
        self._views = VIEWS

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame; fewer views at a time when memory does not suffice."""
        while True:
            try:
                return self._look_at_all(chunk)
            except RuntimeError as error:
                if not is_out_of_memory(error) or self._views == FEWEST_VIEWS:
                    raise
                self._views = max(FEWEST_VIEWS, self._views // 2)

    @torch.inference_mode()
    def _look_at_all(self, chunk: Chunk) -> list[Boxes]:
        groups = [range(first, min(first + GROUP, len(chunk))) for first in range(0, len(chunk), GROUP)]
        keys = sorted({place for group in groups for place in (group[0], group[-1])})
        regions = self._detect(chunk, keys)
        of_frame = np.repeat(keys, [len(regions[key]) for key in keys])
        at_keys = self._settle(chunk, of_frame, np.concatenate([regions[key] for key in keys]))
        between = [_between(at_keys, group) for group in groups if len(group) > 2]
        every = [at_keys]
        if between:
            places, regions_between = (np.concatenate(parts) for parts in zip(*between, strict=True))
            every.append(self._settle(chunk, places, regions_between))
        return [_boxes(every, place) for place in range(len(chunk))]

    def remember(self, frame: Frame) -> None:
        """Nothing is remembered from chunk to chunk."""

    def state(self, following: int) -> Mapping[str, NDArray[np.generic]]:  # noqa: ARG002 - as all detectors
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Nothing to restore."""

    def _detect(self, chunk: Chunk, keys: list[int]) -> dict[int, Array]:
        """Regions (N, 4) of the people in some frames of the chunk."""
        height, width = chunk.pictures.shape[1:3]
        views = np.concatenate(
            [whole_picture(width, height)[None], *(tile_picture(width, height, rows) for rows in range(1, ROWS + 1))]
        )
        of_view, of_frame = np.tile(np.arange(len(views)), len(keys)), np.repeat(keys, len(views))
        found: list[Detections] = []
        for first in range(0, len(of_view), self._views):
            part, count = self._next_views(first, len(of_view), chunk.pictures.is_cuda)
            cut = cut_out(chunk.pictures, of_frame[part], views[of_view[part]], anchors.INPUT_SIZE)
            output = self._find(cut.mul_(2 / 255).sub_(1))
            found += self._decode(output[BOXES][:count], output[SCORES][:count, :, 0])
        placed = [place_detections(one, views[view]) for one, view in zip(found, of_view, strict=True)]
        return {
            key: join_views(placed[number * len(views) : (number + 1) * len(views)]).regions().reshape(-1, 4)
            for number, key in enumerate(keys)
        }

    def _next_views(self, first: int, every: int, cuda: bool) -> tuple[NDArray[np.intp], int]:
        """Places of the views to look at next, the last one several times on CUDA; and how many there really are."""
        count = min(self._views, every - first)
        size = min(self._views, next(size for size in CUDA_SIZES if size >= count)) if cuda else count
        return first + np.minimum(np.arange(size), count - 1), count

    def _decode(self, boxes: Tensor, logits: Tensor) -> list[Detections]:
        """Of each view; only what is likely leaves the device."""
        view, anchor = torch.nonzero(logits >= float(np.log(MIN_SCORE / (1 - MIN_SCORE))), as_tuple=True)
        likely_boxes, likely = boxes[view, anchor].cpu().numpy(), logits[view, anchor].cpu().numpy()
        views, at = view.cpu().numpy(), self._anchors[anchor.cpu().numpy()]
        out = []
        for number in range(len(boxes)):
            mine = views == number
            out.append(merge_overlapping(decode_detections(likely_boxes[mine], likely[mine], at[mine])))
        return out

    def _settle(self, chunk: Chunk, of_frame: NDArray[np.intp], regions: Array) -> _Seen:
        """The bodies in some regions (N, 4), looked at twice, as first regions are coarse; each body once."""
        height, width = chunk.pictures.shape[1:3]
        seen = self._look(chunk, of_frame, regions)
        seen = self._look(chunk, seen.frame, seen.following)
        inside = share_inside(seen.landmarks, width, height)
        seen = seen.pick(np.flatnonzero((seen.score >= MIN_SCORE) & (inside >= MIN_INSIDE)))
        seen = seen.pick(np.argsort(-seen.score, kind="stable"))
        keep: list[int] = []
        for number in range(len(seen.frame)):
            rivals = [k for k in keep if seen.frame[k] == seen.frame[number]]
            if not _is_shadow(seen, number, np.array(rivals, dtype=int)):
                keep.append(number)
        return seen.pick(np.array(keep, dtype=int))

    def _look(self, chunk: Chunk, of_frame: NDArray[np.intp], regions: Array) -> _Seen:
        points: list[Array] = [np.zeros((0, landmarks.POINTS, 2))]
        scores: list[Array] = [np.zeros(0)]
        for first in range(0, len(regions), self._views):
            part, count = self._next_views(first, len(regions), chunk.pictures.is_cuda)
            cut = cut_out(chunk.pictures, of_frame[part], regions[part], landmarks.INPUT_SIZE, repeat_border=True)
            output = self._look_at(cut.mul_(1 / 255))
            # Without the heatmaps: they move a point by a pixel, and only a box is wanted.
            values, flags = (output[which][:count].cpu().numpy() for which in (VALUES, FLAG))
            marks = values.reshape(-1, landmarks.POINTS, 5)[..., :2] / landmarks.INPUT_SIZE
            points.append(_to_picture(marks.astype(float), regions[part[:count]]))
            scores.append(flags[:, 0].astype(float))
        every = np.concatenate(points)
        following = region_of_body(every[:, LANDMARKS], every[:, LANDMARKS + 1])
        return _Seen(of_frame, np.concatenate(scores), every[:, :LANDMARKS], following)


def _is_shadow(seen: _Seen, number: int, rivals: NDArray[np.intp]) -> bool:
    """Whether a body is one of those of the same frame that were seen better, once more."""
    if not len(rivals):
        return False
    if pose_overlap(seen.landmarks[number], seen.landmarks[rivals], float(seen.following[number, 2])).max() > SAME:
        return True
    box, boxes = boxes_around(seen.landmarks[number]), boxes_around(seen.landmarks[rivals])
    inside = np.array([contained(box, other) for other in boxes])
    worse = seen.score[rivals] - seen.score[number] > CLEARLY_WORSE
    return bool(((overlap(box, boxes) > MAX_SHARED) | ((inside > SHADOW) & worse)).any())


def cut_out(
    frames: Tensor, of_frame: NDArray[np.intp], regions: Array, size: int, repeat_border: bool = False
) -> Tensor:
    """Sample regions (N, 4) of pictures (F, H, W, 3) to (N, 3, size, size), bilinearly: `blazepose.regions.cut_out`."""
    device = frames.device
    x, y, side, angle = send(np.asarray(regions, dtype=np.float32), device).T[:, :, None, None]
    grid = torch.arange(size, device=device) - size / 2
    scale = side / size
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    # Sizes beyond all numbers must not become addresses of pixels: on CUDA that ends the program.
    px = (x + cos * grid - sin * grid[:, None]).nan_to_num_()
    py = (y + sin * grid + cos * grid[:, None]).nan_to_num_()
    frame = send(np.asarray(of_frame, dtype=np.int64), device)[:, None, None]
    left, top = px.floor(), py.floor()
    height, width = frames.shape[1:3]
    out = torch.zeros(len(regions), size, size, 3, device=device)
    for row, row_weight in ((top, 1 - (py - top)), (top + 1, py - top)):
        for column, column_weight in ((left, 1 - (px - left)), (left + 1, px - left)):
            weight = row_weight * column_weight
            if not repeat_border:
                weight = weight * ((row >= 0) & (row < height) & (column >= 0) & (column < width))
            pixel = frames[frame, row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()]
            out += pixel * weight[..., None]
    return out.permute(0, 3, 1, 2)


def _to_picture(points: Array, regions: Array) -> Array:
    """Points (N, J, 2) in 0..1 of their regions (N, 4) -> px of the picture."""
    cos, sin = np.cos(regions[:, 3, None]), np.sin(regions[:, 3, None])
    x, y = np.moveaxis(points - 0.5, -1, 0)
    turned = np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
    return regions[:, None, :2] + turned * regions[:, None, 2:3]


def _between(seen: _Seen, group: range) -> tuple[NDArray[np.intp], Array]:
    """Places and regions for the frames between the first and the last of a group."""
    inner = np.arange(group[0] + 1, group[-1])
    first, last = (seen.following[seen.frame == place] for place in (group[0], group[-1]))
    pairs = _pair(first, last)
    starts = [first[a] for a, _ in pairs] + [region for k, region in enumerate(first) if k not in {a for a, _ in pairs}]
    ends = [last[b] for _, b in pairs] + starts[len(pairs) :]
    alone = [region for k, region in enumerate(last) if k not in {b for _, b in pairs}]
    starts, ends = np.array([*starts, *alone]).reshape(-1, 1, 4), np.array([*ends, *alone]).reshape(-1, 1, 4)
    way = ((inner - group[0]) / (group[-1] - group[0]))[None, :, None]
    step = ends - starts
    step[..., 3] = wrap_angle(step[..., 3])
    return np.tile(inner, len(starts)), (starts + way * step).reshape(-1, 4)


def _pair(first: Array, last: Array) -> list[tuple[int, int]]:
    """Who of the first frame is who in the last one: the nearest, as far as anybody gets in eight frames."""
    if not len(first) or not len(last):
        return []
    apart = np.linalg.norm(first[:, None, :2] - last[None, :, :2], axis=-1) / np.minimum(
        first[:, None, 2], last[None, :, 2]
    )
    growth = np.abs(np.log(first[:, None, 2] / last[None, :, 2]))
    possible = (apart < 1) & (growth < np.log(2))
    rows, columns = linear_sum_assignment(np.where(possible, apart + growth, 100.0))
    return [(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if possible[a, b]]


def _boxes(every: list[_Seen], place: int) -> Boxes:
    rows = [seen.pick(np.flatnonzero(seen.frame == place)) for seen in every]
    marks = np.concatenate([seen.landmarks for seen in rows])
    return Boxes(whole_body(boxes_around(marks)), np.concatenate([seen.score for seen in rows]))
