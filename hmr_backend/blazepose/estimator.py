# SPDX-License-Identifier: GPL-3.0-or-later
"""All people in a picture: detector on the picture and its tiles, landmarks for each person."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..observations import LANDMARKS, Array, People
from . import landmarks as points
from .anchors import INPUT_SIZE, make_anchors
from .detections import Detections, Index, decode_detections, join_views, merge_overlapping, place_detections
from .network import Networks, read_model
from .regions import cut_out, region_of_body, tile_picture, whole_picture

if TYPE_CHECKING:
    from ..models import ModelFiles

BOXES, SCORES = (2254, 12), (2254, 1)
VALUES, FLAG, HEATMAP, WORLD = (195,), (1,), (64, 64, 39), (117,)

MAX_THREADS = 4


@dataclass(frozen=True)
class Bodies:
    """N regions of one picture, and the body the landmark network saw in each."""

    region: Array
    """(N, 4) where it looked."""
    score: Array
    """(N,) 0..1, how sure it is that somebody is there."""
    landmarks: Array
    """(N, 33, 4) x, y, z px, visibility 0..1."""
    world: Array
    """(N, 33, 3) metres, origin between the hips, camera axes."""
    following: Array
    """(N, 4) where to look for the same body in the next frame."""

    def __len__(self) -> int:
        return len(self.score)

    def pick(self, index: Index) -> Bodies:
        """Some of them, by index or mask."""
        return Bodies(
            self.region[index], self.score[index], self.landmarks[index], self.world[index], self.following[index]
        )


class Estimator:
    """BlazePose. Visibility is MediaPipe's: how likely a landmark is in the picture and not hidden.

    models: where the networks lie. threads: how many bodies, or parts of the picture, are looked at side by side.
    Methods may be called from several threads; results don't depend on it.
    """

    name = "blazepose"

    def __init__(self, models: ModelFiles, threads: int | None = None) -> None:
        heavy = models.heavy is not None
        self.version = "mediapipe-0.10.21-" + ("heavy" if heavy else "full")
        threads = threads or max(1, min(MAX_THREADS, os.cpu_count() or 1))
        landmarks = read_model(
            models.heavy if models.heavy is not None else models.landmarks, [VALUES, FLAG, HEATMAP, WORLD]
        )
        self._anchors = make_anchors()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="blazepose")
        self._find_boxes = Networks(read_model(models.detector, [BOXES, SCORES]))
        # Several bodies are looked at side by side, a thread each; a single one by all threads. The results are equal.
        self._find_landmarks = Networks(landmarks)
        self._find_landmarks_alone = Networks(landmarks, threads)

    def detect(self, image: NDArray[np.uint8], regions: Array) -> Detections:
        """People in some upright regions (N, 4) of a picture (H, W, 3) RGB, in px, each once, best first."""
        return self.detect_later(image, regions)()

    def detect_later(self, image: NDArray[np.uint8], regions: Array) -> Callable[[], Detections]:
        """Begin to `detect`; call the result to wait for it."""
        views = [self._pool.submit(self._detect, image, region) for region in regions]
        return lambda: join_views([view.result() for view in views])

    def look(self, image: NDArray[np.uint8], regions: Array) -> Bodies:
        """The bodies in some regions (N, 4) of a picture (H, W, 3) RGB, one for each region."""
        regions = np.asarray(regions, dtype=float).reshape(-1, 4)
        if len(regions) == 1:
            seen = [self._look(image, regions[0], self._find_landmarks_alone)]
        else:
            seen = list(self._pool.map(lambda region: self._look(image, region, self._find_landmarks), regions))
        marks = np.array([s[0] for s in seen], dtype=np.float32).reshape(-1, points.POINTS, 5)
        world = np.array([s[1] for s in seen], dtype=np.float32).reshape(-1, points.POINTS, 3)
        following = region_of_body(marks[:, LANDMARKS, :2].astype(float), marks[:, LANDMARKS + 1, :2].astype(float))
        return Bodies(
            regions, np.array([s[2] for s in seen]), marks[:, :LANDMARKS, :4], world[:, :LANDMARKS], following
        )

    def estimate(self, image: NDArray[np.uint8], rows: int = 2) -> People:
        """All people in a picture (H, W, 3) RGB, seen on its own; tiles of `rows` rows find the small ones."""
        height, width = image.shape[:2]
        views = [whole_picture(width, height)[None]]
        views += [tile_picture(width, height, count) for count in range(1, rows + 1)]
        bodies = self.look(image, self.detect(image, np.concatenate(views)).regions())
        bodies = bodies.pick(np.flatnonzero(bodies.score >= 0.5))
        return People(boxes_around(bodies.landmarks), bodies.score, bodies.landmarks, bodies.world)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _detect(self, image: NDArray[np.uint8], region: Array) -> Detections:
        picture = cut_out(image, region, INPUT_SIZE)
        output = self._find_boxes(picture, 2 / 255, -1)
        found = decode_detections(output[BOXES], output[SCORES][:, 0], self._anchors)
        return place_detections(merge_overlapping(found), region)

    def _look(self, image: NDArray[np.uint8], region: Array, find: Networks) -> tuple[Array, Array, float]:
        picture = cut_out(image, region, points.INPUT_SIZE, repeat_border=True)
        output = find(picture, 1 / 255, 0)
        marks = points.decode_landmarks(output[VALUES], output[HEATMAP], region)
        return marks, points.decode_world(output[WORLD], region), float(output[FLAG][0])


def boxes_around(landmarks: Array) -> Array:
    """Boxes (..., 4) x0, y0, x1, y1 around the landmarks (..., 33, 2 or more)."""
    return np.concatenate([landmarks[..., :2].min(axis=-2), landmarks[..., :2].max(axis=-2)], axis=-1)
