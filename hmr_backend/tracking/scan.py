# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and when to run the detector: everywhere at first, then where something changes, within a budget."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..blazepose.regions import tile_picture, whole_picture
from ..observations import Array

THUMBNAIL = 128
"""px of the thumbnail's longer side."""
VIEWS_A_SECOND = 5.0
EMPTY_VIEWS_A_SECOND = 30.0
"""When nobody is followed there is time."""
MAX_SAVED = 4.0
CHANGE = 20
"""Grey levels."""
NOTABLE = 0.015
"""Share of a view that has to change to be looked at."""
SMALLEST_TILE = 160
CUT_SHARE = 0.55
CUT_CORRELATION = 0.6
PERIODS = (1.5, 3.0, 8.0, 16.0)
"""Seconds after which a view is looked at anyway: the whole picture, tiles of 1, 2, 3 rows."""
AT_ONCE = 8.0
"""Views with periods up to this are looked at in the first frame of a scene, the smallest tiles in their turn."""


class Scanner:
    """Chooses the detector's views of each frame. Its state is `seen`, `looks`, `saved` and `last`."""

    def __init__(self, width: int, height: int, fps: float) -> None:
        self._fps = fps
        views, periods = [whole_picture(width, height)[None]], [PERIODS[0]]
        for rows, period in enumerate(PERIODS[1:], start=1):
            tiles = tile_picture(width, height, rows)
            if tiles[0, 2] >= SMALLEST_TILE and (rows > 1 or len(tiles) > 1):
                views.append(tiles)
                periods += [period] * len(tiles)
        self.views = np.concatenate(views)
        self._periods = np.array(periods)
        self._scale = THUMBNAIL / max(width, height)
        size = (max(1, round(height * self._scale)), max(1, round(width * self._scale)))
        self.seen = np.full(len(self.views), -np.inf)
        self.looks = np.zeros((len(self.views), *size), dtype=np.uint8)
        self.last = np.zeros(size, dtype=np.uint8)
        self.saved = 0.0
        centre, half = self.views[:, :2], self.views[:, 2:3] / 2
        boxes = np.concatenate([centre - half, centre + half], axis=1)
        self._windows = np.zeros((len(self.views), *size), dtype=bool)
        for window, box in zip(self._windows, boxes, strict=True):
            self._fill(window, box, True)
        self._areas = np.maximum(self._windows.sum(axis=(1, 2)), 1)

    def choose(self, index: int, image: NDArray[np.uint8], boxes: Array) -> tuple[Array, bool]:
        """The views (N, 4) of frame `index` to look at, given the boxes (M, 4) of people already followed.

        Also says whether the scene was cut here; then, and at first, all views are due.
        """
        size = (self.last.shape[1], self.last.shape[0])
        small = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)[..., 1]
        small = np.asarray(cv2.GaussianBlur(small, (3, 3), 0), dtype=np.uint8)
        started = bool(np.isfinite(self.seen[0]))
        cut = started and is_cut(self.last, small)
        self.last = small
        if cut or not started:
            due = np.flatnonzero(self._periods <= AT_ONCE)
            self.seen[:], self.looks[:] = index, small
        else:
            rate = VIEWS_A_SECOND if len(boxes) else EMPTY_VIEWS_A_SECOND
            self.saved = min(self.saved + rate / self._fps, MAX_SAVED)
            free = np.ones_like(small, dtype=bool)
            for box in boxes:
                centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * 0.65
                self._fill(free, np.concatenate([centre - half, centre + half]), False)
            # |a - b| in unsigned bytes, without a wider copy of every view's memory.
            changed = (np.maximum(self.looks, small) - np.minimum(self.looks, small)) > CHANGE
            changed &= self._windows
            share = (changed.reshape(len(changed), -1) @ free.ravel().astype(np.float32)) / self._areas
            urgency = (index - self.seen) / self._fps / self._periods + np.minimum(share / NOTABLE, 4)
            order = np.argsort(-urgency, kind="stable")
            due = order[: int(self.saved)]
            due = due[urgency[due] >= 1]
            self.saved -= len(due)
        self.seen[due] = index
        self.looks[due] = small
        return self.views[due], cut

    def _fill(self, picture: NDArray[np.generic], box: Array, value: bool) -> None:
        low = np.maximum(np.floor(box[:2] * self._scale), 0).astype(int)
        high = np.maximum(np.ceil(box[2:] * self._scale), 0).astype(int)
        picture[low[1] : high[1], low[0] : high[0]] = value


def is_cut(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether two thumbnails show different scenes: most pixels differ, and the greys are spread otherwise."""
    if (np.abs(before.astype(np.int16) - after) > CHANGE).mean() < CUT_SHARE:
        return False
    counts = [np.histogram(picture, bins=32, range=(0, 256))[0].astype(float) for picture in (before, after)]
    return bool(np.corrcoef(counts)[0, 1] < CUT_CORRELATION)
