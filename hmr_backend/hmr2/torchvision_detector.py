# SPDX-License-Identifier: GPL-3.0-or-later
"""torchvision's R-CNN detectors (Faster, Mask, Keypoint; COCO) for HMR2, where the user has torchvision installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ...motion.errors import GhostcapError
from ..observations import Frame
from .detectors import Boxes, in_batches
from .inference import is_out_of_memory

MODELS: Final = {
    "fasterrcnn": "fasterrcnn_resnet50_fpn_v2",
    "maskrcnn": "maskrcnn_resnet50_fpn_v2",
    "keypointrcnn": "keypointrcnn_resnet50_fpn",
}
MIN_SCORE: Final = 0.8
"""PHALP's."""


class TorchvisionDetector:
    """Looks at each frame on its own, `batch` frames at a time; fewer when memory does not suffice.

    offline: never fetch the model's weights (170 MB, BSD-3-Clause, from PyTorch's servers).
    """

    def __init__(
        self, name: str, device: torch.device, offline: bool, batch: int = 8, min_score: float = MIN_SCORE
    ) -> None:
        if importlib.util.find_spec("torchvision") is None:
            raise GhostcapError(
                f"{name} needs torchvision, which is not installed.",
                "Install it into Ghostcap's environment, or use the built-in detector.",
                "no_torchvision",
            )
        detection: Any = importlib.import_module("torchvision.models.detection")
        self.name = name
        self._model = _build(detection, MODELS[name], offline).eval().to(device)
        self._device, self._batch, self._min_score = device, batch, min_score

    def detect(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Boxes]]:
        """Each frame with its people."""
        for some in in_batches(frames, lambda: self._batch):
            found = self._look([torch.from_numpy(frame.image) for frame in some])
            yield from zip(some, found, strict=True)

    @torch.inference_mode()
    def _look(self, images: list[torch.Tensor]) -> list[Boxes]:
        pictures = [image.to(self._device).permute(2, 0, 1).float().div_(255) for image in images]
        try:
            answers = self._model(pictures)
        except RuntimeError as error:
            if not is_out_of_memory(error) or len(images) == 1:
                raise
            self._batch = max(1, len(images) // 2)
            return self._look(images[: self._batch]) + self._look(images[self._batch :])
        return [self._people(answer) for answer in answers]

    def _people(self, answer: dict[str, torch.Tensor]) -> Boxes:
        # COCO's first class is the person; 0 is the background.
        good = (answer["labels"] == 1) & (answer["scores"] >= self._min_score)
        return Boxes(*(answer[key][good].float().cpu().numpy().astype(np.float64) for key in ("boxes", "scores")))


def _build(detection: Any, model: str, offline: bool) -> Any:
    models: Any = importlib.import_module("torchvision.models")
    weights = models.get_model_weights(model).DEFAULT
    kept = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    if offline and not kept.is_file():
        raise GhostcapError(
            f"{kept} is missing, and the network may not be used.", "Run once without --offline.", "model_missing"
        )
    return getattr(detection, model)(weights=weights)
