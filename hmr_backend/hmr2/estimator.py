# SPDX-License-Identifier: GPL-3.0-or-later
"""The estimator hmr2: from a video to people with SMPL's parameters, in metres in the camera's frame."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...motion.archive import read_arrays, write_arrays
from ...motion.body import Body
from ...motion.errors import CaptureError, GhostcapError
from ..observations import Frame, Video
from ..progress import Reporter
from ..settings import CaptureSettings
from ..smpl_people import SmplPerson, person_from_rows, root_of
from ..weights import HMR2, require, require_torch
from .camera import full_translation
from .rows import Sightings, split_row

if TYPE_CHECKING:
    import torch

    from .detectors import Detector
    from .following import Followed
    from .inference import PoseNetwork

Array = NDArray[np.floating]
VERSION: Final = "2.0b"
MIN_SECONDS: Final = 0.3
"""People in view for less are left out."""


def open_network(settings: CaptureSettings, device: torch.device, reporter: Reporter) -> PoseNetwork:
    """The network with the user's weights. GhostcapError: weights_missing, bad_weights, no_gpu_memory."""
    from .checkpoint import load_network
    from .devices import choose_dtype
    from .inference import PoseNetwork, is_out_of_memory

    try:
        network = load_network(require(HMR2), device, choose_dtype(device, settings.precision))
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise GhostcapError(
            f"The memory of {device} does not hold the network (1.4 GB in half precision).",
            "Close other programs that use it, or give --device cpu.",
            "no_gpu_memory",
        ) from error
    return PoseNetwork(network, compiled=settings.compile, warn=reporter.warning)


def follow_video(
    video: Video,
    read: Callable[[int], Iterable[Frame]],
    settings: CaptureSettings,
    reporter: Reporter,
    threads: int | None,
    offline: bool,
    checkpoint: Path | None = None,
) -> Followed:
    """Detect and follow everybody, and look at them with HMR2.

    read: the video's frames from a number on. checkpoint: a folder for what a stopped job needs to go on.
    """
    require_torch()
    from .devices import choose_device
    from .following import follow_people
    from .rows import RowStore

    device = choose_device(settings.device)
    # Before the network, which takes its time to load: the user may have named a file that is no detector.
    detector = open_detector(settings, video, device, reporter, threads, offline)
    network = open_network(settings, device, reporter)
    store = RowStore(checkpoint, _sign(video, settings, detector.name))
    return follow_people(read, video, detector, network, reporter, appearance=settings.appearance, store=store)


def _sign(video: Video, settings: CaptureSettings, detector: str) -> str:
    """What a checkpoint must agree with to be of use: the frames, the detector and the weights."""
    weights = require(HMR2).stat()
    known = [video.width, video.height, video.fps, video.first, video.until, video.frames]
    return json.dumps([video.path.name, *known, detector, settings.appearance, weights.st_size, weights.st_mtime_ns])


def open_detector(
    settings: CaptureSettings,
    video: Video,
    device: torch.device,
    reporter: Reporter,
    threads: int | None,
    offline: bool,
) -> Detector:
    """The detector that the settings name: builtin, one of torchvision's, or an .onnx file of the user's.

    On a GPU the built-in one runs there, too, on many frames at once.
    """
    if settings.detector.lower().endswith(".onnx"):
        from .onnx_detector import OnnxDetector

        return OnnxDetector(Path(settings.detector))
    if settings.detector != "builtin":
        from .batches import device_ahead
        from .torchvision_detector import TorchvisionDetector

        return TorchvisionDetector(settings.detector, device_ahead(device), offline)
    from ..models import ensure_models

    models = ensure_models(reporter, offline=offline)
    if device.type == "cuda":
        from .blazepose_detector import BatchedBlazePose

        return BatchedBlazePose(models, device)
    from ..blazepose import Estimator
    from .detectors import BuiltInDetector

    return BuiltInDetector(video, Estimator(models, threads=threads))


def write_followed(path: Path, followed: Followed) -> None:
    """Keep what was found, so that later stages can be done again without it."""
    arrays: dict[str, object] = {"people": list(followed.people), "frames": followed.frames}
    for number, sightings in followed.people.items():
        arrays[f"{number}.frame"], arrays[f"{number}.rows"] = sightings.frame, sightings.rows
    write_arrays(path, **arrays, wall=followed.seconds["wall"])


def read_followed(path: Path) -> Followed | None:
    """What `write_followed` wrote, or None when there is nothing usable."""
    from .following import Followed

    try:
        arrays = read_arrays(path, "people", "frames", "wall")
        people = {
            int(number): Sightings(arrays[f"{number}.frame"], arrays[f"{number}.rows"]) for number in arrays["people"]
        }
    except (CaptureError, KeyError):
        return None
    return Followed(people, int(arrays["frames"]), {"wall": float(arrays["wall"])})


def choose_people(followed: Followed, video: Video, focal_px: float, body: Body) -> tuple[list[SmplPerson], int]:
    """Those long enough in view, numbered from 1 by importance, in metres; and the id of the main one."""
    least = min(MIN_SECONDS * video.fps, max(1, followed.frames) / 2)
    people = [
        _person(number, sightings, video, focal_px, body)
        for number, sightings in followed.people.items()
        if len(sightings.frame) >= least
    ]
    if not people:
        raise GhostcapError(
            f"Nobody was found in {video.path}.",
            "A person should be at least a tenth of the picture's height, and well lit.",
            "no_person",
        )
    people.sort(key=lambda person: -_importance(person))
    return [replace(person, id=number) for number, person in enumerate(people, 1)], 1


def _person(number: int, seen: Sightings, video: Video, focal_px: float, body: Body) -> SmplPerson:
    parts = split_row(seen.rows.astype(float))
    betas = parts["betas"]
    place = full_translation(parts["camera"], parts["centre"], parts["side"][:, 0], video.width, video.height, focal_px)
    return person_from_rows(
        number,
        seen.frame,
        parts["bbox"],
        parts["score"][:, 0],
        parts["rotations"].reshape(-1, 24, 3, 3),
        betas,
        place + root_of(betas, body),
        np.ones(len(seen.frame), dtype=bool),
    )


def with_height(person: SmplPerson, body: Body, height: float) -> SmplPerson:
    """The same person `height` metres tall, as much nearer or farther, so that the picture stays the same."""
    betas = person.betas.copy()

    def tall(betas: Array) -> float:
        return float(np.ptp(body.rest_vertices(betas)[:, 1]))

    before = tall(betas)
    for _ in range(3):
        by_size = tall(betas + np.eye(10)[0]) - tall(betas)
        betas[0] += (height - tall(betas)) / by_size
    return replace(person, betas=betas, root=person.root * height / before)


def _importance(person: SmplPerson) -> float:
    size = np.sqrt(np.prod(np.maximum(person.bbox[:, 2:] - person.bbox[:, :2], 0), axis=1))
    return float((size * person.score * person.observed).sum())
