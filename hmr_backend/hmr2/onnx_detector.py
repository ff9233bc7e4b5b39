# SPDX-License-Identifier: GPL-3.0-or-later
"""A person detector of the user's as ONNX file, run by OpenCV: YOLO v5 to v11 and the like, exported as they come.

Input (B, 3, S, S) RGB 0..1, letter-boxed. Output either (B, 4 + classes, N) with boxes as centre and size (YOLO v8 and
later), (B, N, 5 + classes) with an objectness as fifth (YOLO v5, v7), or (B, N, 6) with corners, score and class (end
to end, suppression done). Class 0 is the person, as in COCO.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...motion.errors import GhostcapError
from .chunks import Chunk
from .detectors import Boxes, EachFrame
from .onnx_inputs import read_inputs

Array = NDArray[np.floating]
MIN_SCORE: Final = 0.5
OVERLAP: Final = 0.6
_GREY: Final = 114


class OnnxDetector(EachFrame):
    """Looks at each frame on its own, `batch` frames at a time, or as many as the file was made for.

    size: of the square that a frame is fitted into, where the file leaves it open; px.
    """

    name = "onnx"

    def __init__(self, path: Path, size: int = 640, batch: int = 8, min_score: float = MIN_SCORE) -> None:
        if not path.is_file():
            raise GhostcapError(f"{path} does not exist.", "Give a person detector as .onnx.", "not_found")
        model = path.read_bytes()
        fixed, self._size = _read_size(path, model, size)
        self._batch, self._padded = fixed or batch, fixed is not None
        try:
            # OpenCV can't open paths that the system's own encoding lacks; bytes it can.
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        except cv2.error as error:
            raise GhostcapError(
                f"{path} is no ONNX network that OpenCV can run: {_said(error)}.",
                "Export it again with opset 12 to 17, float32, without quantisation.",
                "bad_detector",
            ) from error
        self._path, self._min_score = path, min_score

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame of a chunk."""
        images = [frame.image for frame in chunk.frames]
        return [
            boxes
            for first in range(0, len(images), self._batch)
            for boxes in self._look(images[first : first + self._batch])
        ]

    def _look(self, images: list[NDArray[np.uint8]]) -> list[Boxes]:
        boxed = [letter_box(image, self._size) for image in images]
        pictures = np.zeros((self._batch if self._padded else len(images), 3, self._size, self._size), np.float32)
        for row, (picture, _, _) in enumerate(boxed):
            pictures[row] = picture.transpose(2, 0, 1)
        outputs = self._run(pictures / np.float32(255), len(images))
        return [
            keep_best(place_boxes(decode(output, self._min_score, self._path), scale, shift))
            for output, (_, scale, shift) in zip(outputs, boxed, strict=True)
        ]

    def _run(self, pictures: NDArray[np.float32], count: int) -> list[Array]:
        try:
            out = self._forward(pictures)
        except cv2.error as error:
            if count > 1 and not self._padded:
                # The file says that it takes any number, and is mistaken: parts of it were made for one.
                self._batch = 1
                return [self._run(picture[None], 1)[0] for picture in pictures]
            raise GhostcapError(
                f"{self._path} can't be run on pictures of {self._size} x {self._size}: {_said(error)}.",
                "Export it again, for pictures of one size (640 x 640 is usual).",
                "bad_detector",
            ) from error
        if len(out) != len(pictures):
            if count > 1 and not self._padded:
                self._batch = 1
                return [self._run(picture[None], 1)[0] for picture in pictures]
            raise _odd(self._path, out)
        return list(out[:count])

    def _forward(self, pictures: NDArray[np.float32]) -> Array:
        self._net.setInput(pictures)
        return np.asarray(self._net.forward(), dtype=np.float32)


def _read_size(path: Path, model: bytes, size: int) -> tuple[int | None, int]:
    """How many pictures the file takes (None: any number), and of which size."""
    try:
        inputs = read_inputs(model)
    except ValueError as error:
        raise GhostcapError(
            f"{path} is no ONNX file: {error}.", "Give a person detector as .onnx.", "bad_detector"
        ) from error
    shape = next(iter(inputs.values()), [])
    if len(inputs) != 1 or len(shape) != 4 or shape[1] not in (3, None) or shape[2] != shape[3]:
        told = ", ".join(f"{name} {tuple('?' if n is None else n for n in s)}" for name, s in inputs.items())
        raise GhostcapError(
            f"{path} takes {told or 'nothing'}, no square pictures.",
            "Export the detector with one input of the shape (B, 3, S, S), as YOLO exports.",
            "bad_detector",
        )
    return shape[0], shape[2] or size


def _said(error: cv2.error) -> str:
    return str(error.err or error).strip().splitlines()[0].rstrip(".")


def letter_box(image: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float, Array]:
    """A square picture of `size` px with the whole image in its middle; the scale, and where the image begins, px."""
    height, width = image.shape[:2]
    scale = size / max(height, width)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (size - small[0]) // 2, (size - small[1]) // 2
    out = np.full((size, size, 3), _GREY, dtype=np.uint8)
    out[top : top + small[1], left : left + small[0]] = cv2.resize(image, small, interpolation=cv2.INTER_LINEAR)
    return out, scale, np.array([left, top], dtype=float)


def decode(output: Array, min_score: float, path: Path) -> Boxes:
    """The people in one picture's output, in px of the square."""
    if output.ndim != 2:
        raise _odd(path, output)
    if output.shape[1] == 6 and output.shape[0] > 6:
        people = output[output[:, 5] == 0]
        return _above(people[:, :4], people[:, 4], min_score)
    if output.shape[0] < output.shape[1] and output.shape[0] >= 5:
        rows = output.T
        score = rows[:, 4]
    elif output.shape[1] >= 6:
        rows = output
        score = rows[:, 4] * rows[:, 5]
    else:
        raise _odd(path, output)
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    return _above(np.concatenate([centre - half, centre + half], axis=1), score, min_score)


def place_boxes(boxes: Boxes, scale: float, shift: Array) -> Boxes:
    """From the square back to the picture."""
    return Boxes((boxes.box - np.tile(shift, 2)) / scale, boxes.score)


def keep_best(boxes: Boxes, overlap: float = OVERLAP) -> Boxes:
    """Non-maximum suppression."""
    if not len(boxes.score):
        return boxes
    corner, size = boxes.box[:, :2], boxes.box[:, 2:] - boxes.box[:, :2]
    rectangles = np.concatenate([corner, size], axis=1).tolist()
    keep = np.asarray(cv2.dnn.NMSBoxes(rectangles, boxes.score.tolist(), 0.0, overlap), dtype=int).reshape(-1)
    return Boxes(boxes.box[keep], boxes.score[keep])


def _above(box: Array, score: Array, least: float) -> Boxes:
    good = score >= least
    return Boxes(box[good].astype(float), score[good].astype(float))


def _odd(path: Path, output: Array) -> GhostcapError:
    return GhostcapError(
        f"{path} gives an output of the shape {output.shape}, which no detector that Ghostcap knows has.",
        "Export it as YOLO exports: (4 + classes, N), (N, 5 + classes) or (N, 6).",
        "bad_detector",
    )
