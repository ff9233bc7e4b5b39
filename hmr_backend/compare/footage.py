# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's video with two skeletons over it: the user's own, and the athlete's as a ghost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...motion.camera import Camera
from ...motion.compare.coaching import Colouring
from ...motion.compare.comparison import Comparison
from ...motion.skeleton import BONES
from ..decode import open_video, read_frames
from ..progress import Reporter
from .sides import Side

Array = NDArray[np.floating]
Image = NDArray[np.uint8]
_MARGIN = 0.25


@dataclass(frozen=True)
class Footage:
    """Frames of the cut, with skeletons."""

    side: Side
    result: Comparison
    colouring: Colouring
    width: int
    height: int

    def read(self, reporter: Reporter) -> Iterator[tuple[int, Image]]:
        """(row of the cut, its frame as decoded); nothing when the video is gone or can't be read."""
        video = self.side.video
        capture = self.side.capture
        if video is None or capture is None:
            return
        settings = capture.settings
        opened = open_video(video, capture.video.fps, settings.get("start"), settings.get("end"))
        first = self.result.user.first_frame
        for frame in read_frames(opened, reporter.warning, begin=first):
            row = frame.index - first
            if row >= len(self.result.user):
                return
            if row >= 0:
                yield row, frame.image

    def draw(self, row: int, image: Image) -> Image:
        """The part of the frame where the people are, RGB (height, width, 3), with both skeletons."""
        camera = self.side.camera
        if camera is None:
            return np.zeros((self.height, self.width, 3), np.uint8)
        box = self._box
        scale = image.shape[1] / camera.width
        turn = np.array([[1.0, 0.0, -box[0] * scale], [0.0, 1.0, -box[1] * scale]])
        turn *= self.width / ((box[2] - box[0]) * scale)
        shrink = turn[0, 0] < 0.7
        picture = cv2.warpAffine(
            image, turn, (self.width, self.height), flags=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
        )
        picture = np.asarray(picture, np.uint8)
        zoom = self.width / (box[2] - box[0])
        for clip, colour, thick in (
            (self.result.ghost, self.colouring.ghost, 2), (self.result.user, self.colouring.user, 3),
        ):  # fmt: skip
            points = (_project(camera, clip.posed.positions[row]) - box[:2]) * zoom
            for a, b in BONES:
                if np.isfinite(points[[a, b]]).all():
                    start, stop = (np.clip(points[k], -9999, 9999).round().astype(int).tolist() for k in (a, b))
                    cv2.line(picture, start, stop, colour, thick, cv2.LINE_AA)
        return picture

    @property
    def _box(self) -> Array:
        """x0, y0, x1, y1 pixels of the video, with the pane's proportions, around both people in all rows."""
        camera = self.side.camera
        if camera is None:
            return np.array([0.0, 0.0, 1.0, 1.0])
        points = np.concatenate(
            [_project(camera, clip.posed.positions).reshape(-1, 2) for clip in (self.result.user, self.result.ghost)]
        )
        low, high = np.nanpercentile(points, [0.5, 99.5], axis=0)
        middle, size = (low + high) / 2, (high - low) * (1 + _MARGIN)
        shape = self.width / self.height
        wide = max(size[0], size[1] * shape)
        # Not smaller than what a whole frame shows at least in one direction, and no larger than the frame.
        wide = min(wide, max(camera.width, camera.height * shape))
        half = np.array([wide, wide / shape]) / 2
        limit = np.array([camera.width, camera.height], dtype=float)
        middle = np.where(2 * half < limit, np.clip(middle, half, limit - half), limit / 2)
        return np.concatenate([middle - half, middle + half])


def _project(camera: Camera, points: Array) -> Array:
    return camera.project(camera.to_camera(points))
