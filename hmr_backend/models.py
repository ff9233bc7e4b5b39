# SPDX-License-Identifier: GPL-3.0-or-later
"""BlazePose's networks (Google, Apache-2.0): fetched once into the user's cache."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..motion.archive import written_whole
from ..motion.errors import GhostcapError
from .cache import cache_folder
from .progress import Reporter
from .wheels import DataFile, Wheel, fetch_files, hash_file

# The last MediaPipe whose wheels carry the networks.
MEDIAPIPE = Wheel(
    requirement="mediapipe==0.10.21",
    title="BlazePose's networks",
    license="Apache-2.0",
    size=35_622_638,
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    files=(
        DataFile(
            "mediapipe/modules/pose_detection/pose_detection.tflite",
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        ),
        DataFile(
            "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        ),
    ),
    tags=("--python-version", "311", "--platform", "manylinux_2_28_x86_64"),
)
HEAVY = DataFile("pose_landmark_heavy.tflite", "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe")
"""More exact and three times slower; in the npm package @mediapipe/pose. Used when the user adds it."""

_FOLDER = "blazepose-0.10.21"


@dataclass(frozen=True)
class ModelFiles:
    """Where the networks lie."""

    detector: Path
    landmarks: Path
    heavy: Path | None
    """Takes the place of `landmarks` when it is there."""


def ensure_models(reporter: Reporter, offline: bool = False) -> ModelFiles:
    """The networks, fetched when they are not there (36 MB); a stage "fetch" is reported only then.

    GhostcapError: `model_missing` offline, `no_network`, `bad_model`, `cache_not_writable`.
    """
    detector, landmarks = fetch_files(MEDIAPIPE, _FOLDER, reporter, offline)
    heavy = models_folder() / HEAVY.name
    return ModelFiles(detector, landmarks, heavy if hash_file(heavy) == HEAVY.sha256 else None)


def models_folder() -> Path:
    """The folder of the cache with the networks."""
    return cache_folder() / _FOLDER


def add_model(path: Path) -> Path:
    """Copy a network of the user's (pose_landmark_heavy.tflite) into the cache; GhostcapError unless it is that one."""
    digest = hash_file(path)
    if not digest:
        raise GhostcapError(f"{path} can't be read.", code="no_file")
    if digest != HEAVY.sha256:
        raise GhostcapError(
            f"{path} is not the network {HEAVY.name} that Ghostcap knows (its sha256 is {digest}).",
            "Take it from version 0.5.1675469404 of the npm package @mediapipe/pose.",
            "bad_model",
        )
    target = models_folder() / HEAVY.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as temporary:
            shutil.copyfile(path, temporary)
    except OSError as error:
        raise GhostcapError(
            f"{target} can't be written: {error.strerror or error}.",
            "Make room there, or set GHOSTCAP_CACHE to another folder.",
            "cache_not_writable",
        ) from error
    return target
