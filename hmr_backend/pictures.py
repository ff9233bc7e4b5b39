# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures on disk as frames: one, or a folder of them in the order a person would give them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from ..motion.errors import GhostcapError
from .observations import Frame, Video

SUFFIXES = frozenset((".bmp", ".exr", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))
DEFAULT_FPS = 30.0
FILM_DIAGONAL = 43.27
"""mm, of the 24 x 36 mm frame that "35 mm equivalent" refers to."""


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def natural_order(path: Path) -> list[tuple[bool, int, str]]:
    """Sorting key that puts `walk_9.png` before `walk_10.png`."""
    return [
        (part.isdigit(), int(part) if part.isdigit() else 0, part.casefold())
        for part in re.split(r"([0-9]+)", path.name)
    ]


def list_pictures(path: Path) -> list[Path]:
    """The picture itself, or the pictures in a folder, sorted."""
    if not path.is_dir():
        return [path]
    return sorted((file for file in path.iterdir() if is_picture(file) and file.is_file()), key=natural_order)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture, turned upright by its EXIF orientation: (H, W, 3) RGB."""
    content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if len(content) else None
    if image is None:
        raise GhostcapError(f"{path} can't be read as a picture.", "Check that it opens elsewhere.", "bad_video")
    return image  # type: ignore[return-value]


def open_pictures(path: Path, fps: float | None) -> Video:
    """Look at a picture or a folder of pictures, as frames at `fps`. GhostcapError no_frames when there are none."""
    files = list_pictures(path)
    if not files:
        raise GhostcapError(f"{path} holds no pictures.", "Give a video, a picture or a folder of them.", "no_frames")
    height, width = read_picture(files[0]).shape[:2]
    return Video(path, width, height, fps or DEFAULT_FPS, len(files), focal_of_picture(files[0], width, height))


def focal_of_picture(path: Path, width: int, height: int) -> float | None:
    """Focal length in px from a picture's EXIF, by the 35 mm equivalent; None when it says nothing."""
    try:
        with av.open(str(path)) as container:
            tags = next(container.decode(video=0)).metadata
        text = next(text for name, text in tags.items() if name.endswith("FocalLengthIn35mmFilm"))
        millimetres = float(text)
    except (av.error.FFmpegError, StopIteration, ValueError, IndexError):
        return None
    return focal_from_film(millimetres, width, height) if millimetres > 0 else None


def focal_from_film(millimetres: float, width: int, height: int) -> float:
    """Focal length in px from the 35 mm equivalent, by the diagonal."""
    return millimetres / FILM_DIAGONAL * math.hypot(width, height)


def read_pictures(video: Video) -> Iterator[Frame]:
    """The frames of a picture or a folder, from `video.first` to before `video.until`."""
    files = list_pictures(video.path)
    for index in range(video.first, min(video.until or len(files), len(files))):
        image = read_picture(files[index])
        if image.shape[:2] != (video.height, video.width):
            raise GhostcapError(
                f"{files[index]} is {image.shape[1]} x {image.shape[0]} px, the pictures before it are "
                f"{video.width} x {video.height}.",
                "Give pictures of one size.",
                "bad_video",
            )
        yield Frame(index, image)
