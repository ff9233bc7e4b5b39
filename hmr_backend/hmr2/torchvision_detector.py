# SPDX-License-Identifier: GPL-3.0-or-later
"""torchvision's R-CNN detectors (Faster, Mask, Keypoint; COCO) for HMR2, where the user has torchvision installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ...motion.errors import GhostcapError
from ..environment.torch_builds import INDEX
from .chunks import Chunk
from .detectors import Boxes, EachFrame
from .inference import is_out_of_memory

MODELS: Final = {
    "fasterrcnn": "fasterrcnn_resnet50_fpn_v2",
    "maskrcnn": "maskrcnn_resnet50_fpn_v2",
    "keypointrcnn": "keypointrcnn_resnet50_fpn",
}
MIN_SCORE: Final = 0.8
"""PHALP's."""


class TorchvisionDetector(EachFrame):
    """Looks at each frame on its own, `batch` frames at a time; fewer when memory does not suffice.

    model: one that is made already; otherwise it is built, with weights trained on COCO (170 MB, BSD-3-Clause), fetched
    from PyTorch's servers once, unless `offline`.
    """

    def __init__(
        self,
        name: str,
        device: torch.device,
        offline: bool,
        batch: int = 8,
        min_score: float = MIN_SCORE,
        model: Any = None,
    ) -> None:
        self.name = name
        self._model = (model or build_model(name, offline)).eval().requires_grad_(False).to(device)
        self._device, self._batch, self._min_score = device, batch, min_score

    def look(self, chunk: Chunk) -> list[Boxes]:
        """The people in each frame of a chunk."""
        out: list[Boxes] = []
        while len(out) < len(chunk):
            out += self._look(chunk.pictures[len(out) : len(out) + self._batch])
        return out

    @torch.inference_mode()
    def _look(self, pictures: torch.Tensor) -> list[Boxes]:
        """The first of these pictures (F, H, W, 3), as many as memory holds."""
        while True:
            some = pictures[: self._batch]
            try:
                answers = self._model([picture.permute(2, 0, 1).float().div_(255) for picture in some])
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if len(some) == 1:
                    raise GhostcapError(
                        f"The memory of {self._device} does not hold {self.name} and one picture.",
                        "Use the built-in detector, which needs less.",
                        "no_gpu_memory",
                    ) from error
                self._batch = max(1, len(some) // 2)
                continue
            return [self._people(answer) for answer in answers]

    def _people(self, answer: dict[str, torch.Tensor]) -> Boxes:
        # COCO's first class is the person; 0 is the background.
        good = (answer["labels"] == 1) & (answer["scores"] >= self._min_score)
        return Boxes(*(answer[key][good].float().cpu().numpy().astype(np.float64) for key in ("boxes", "scores")))


def build_model(name: str, offline: bool) -> Any:
    """One of `MODELS` with its weights. GhostcapError: no_torchvision, model_missing, no_network."""
    detection, models = open_torchvision(name)
    weights = models.get_model_weights(MODELS[name]).DEFAULT
    kept = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    if offline and not kept.is_file():
        raise GhostcapError(
            f"{kept} is missing, and the network may not be used.", "Run once without --offline.", "model_missing"
        )
    try:
        return getattr(detection, MODELS[name])(weights=weights)
    except OSError as error:
        raise GhostcapError(
            f"{weights.url} can't be fetched: {error}.",
            "Check the network, or use the built-in detector.",
            "no_network",
        ) from error


def open_torchvision(name: str) -> tuple[Any, Any]:
    """torchvision.models.detection and torchvision.models. GhostcapError `no_torchvision` when they don't work here."""
    if importlib.util.find_spec("torchvision") is None:
        raise GhostcapError(
            f"{name} needs torchvision, which is not installed.",
            f"Install it with: {how_to_install(torch.__version__)}, or use the built-in detector.",
            "no_torchvision",
        )
    try:
        return importlib.import_module("torchvision.models.detection"), importlib.import_module("torchvision.models")
    except (ImportError, RuntimeError, OSError) as error:
        raise GhostcapError(
            f"torchvision does not work with torch {torch.__version__}: {str(error).splitlines()[0]}.",
            f"Install the one for this torch: {how_to_install(torch.__version__)}, or use the built-in detector.",
            "no_torchvision",
        ) from error


def how_to_install(version: str) -> str:
    """The command that brings the torchvision for a torch ("2.13.0+cpu"), and leaves torch as it is."""
    number, _, build = version.partition("+")
    minor = int(number.split(".")[1])
    # torchvision 0.28 goes with torch 2.13, and so on.
    command = f'{sys.executable} -m pip install --no-deps pillow "torchvision==0.{minor + 15}.*"'
    return f"{command} --extra-index-url {INDEX}{build}" if build else command
