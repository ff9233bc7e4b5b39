# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in detector as it runs on a GPU, here on the CPU: the same networks, many frames at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ghostcap.hmr_backend.blazepose import regions
from ghostcap.hmr_backend.blazepose.detections import overlap
from ghostcap.hmr_backend.blazepose.estimator import BOXES, FLAG, HEATMAP, SCORES, VALUES, WORLD, Estimator
from ghostcap.hmr_backend.blazepose.network import Network, read_model
from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.hmr_backend.hmr2.blazepose_detector import GROUP, BatchedBlazePose, cut_out
from ghostcap.hmr_backend.hmr2.chunks import Loader
from ghostcap.hmr_backend.hmr2.converted import ConvertedNetwork
from ghostcap.hmr_backend.hmr2.detectors import BuiltInDetector
from ghostcap.hmr_backend.models import ModelFiles, ensure_models
from ghostcap.hmr_backend.observations import Frame
from ghostcap.hmr_backend.progress import Silent
from ghostcap.motion.errors import GhostcapError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def files(models: None) -> ModelFiles:
    return ensure_models(Silent(), offline=True)


@pytest.mark.parametrize("which", ["detector", "landmarks"])
def test_the_networks_give_what_litert_gives(files: ModelFiles, pictures: list[np.ndarray], which: str) -> None:
    """One operator taken for another, and people on a GPU are found elsewhere than on the CPU."""
    path, outputs = {
        "detector": (files.detector, [BOXES, SCORES]),
        "landmarks": (files.landmarks, [VALUES, FLAG, HEATMAP, WORLD]),
    }[which]
    model = read_model(path, outputs)
    size, scale, offset = (224, 2 / 255, -1.0) if which == "detector" else (256, 1 / 255, 0.0)
    inputs = np.stack([picture[50 : 50 + size, 100 : 100 + size] for picture in pictures[:3]])
    with torch.inference_mode():
        ours = ConvertedNetwork(model).eval()(torch.from_numpy(inputs).permute(0, 3, 1, 2).float() * scale + offset)
    litert = Network(model, 1)
    for number, picture in enumerate(inputs):
        for shape, value in litert.run(picture, scale, offset).items():
            assert np.abs(ours[shape][number].numpy() - value).max() < 2e-3 * max(1, np.abs(value).max())


def test_an_operator_that_is_not_known_is_told(files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another model in the cache must not give boxes at random."""
    from ghostcap.hmr_backend.hmr2 import converted

    monkeypatch.delitem(converted._RUN, "DEPTHWISE_CONV_2D")
    with pytest.raises(GhostcapError, match="DEPTHWISE_CONV_2D") as caught:
        ConvertedNetwork(read_model(files.detector, [BOXES, SCORES]))
    assert caught.value.code == "bad_model"


@pytest.mark.parametrize("repeat_border", [False, True])
def test_views_are_cut_as_opencv_cuts_them(pictures: list[np.ndarray], repeat_border: bool) -> None:
    """Turned, off the picture, from the right frame."""
    frames = torch.from_numpy(np.stack(pictures[:2]))
    views = np.array([[240.0, 180, 300, 0], [100, 300, 200, 0.7], [470, 20, 150, -2]])
    cut = cut_out(frames, np.array([0, 1, 1]), views, 64, repeat_border).permute(0, 2, 3, 1).numpy()
    for number, frame in enumerate([0, 1, 1]):
        wanted = regions.cut_out(pictures[frame], views[number], 64, repeat_border).astype(float)
        assert np.abs(cut[number] - wanted).mean() < 1.5


def test_the_same_people_are_found_as_on_the_cpu(files: ModelFiles, sample_clip: Path, estimator: Estimator) -> None:
    """In every frame, those between the two that the detector looks at too; a short last group as well."""
    video = open_video(sample_clip)
    frames = []
    for frame in read_frames(video):
        frames.append(frame)
        if len(frames) == GROUP + 2:
            break
    chunk = Loader(CPU).load(frames)
    batched = BatchedBlazePose(files, CPU).look(chunk)
    assert len(batched) == len(frames)
    for there, here in zip(BuiltInDetector(video, estimator).look(chunk), batched, strict=True):
        for box in there.box:
            assert max((overlap(box, here.box)), default=0) > 0.7


def test_empty_pictures_have_nobody(files: ModelFiles) -> None:
    """A black film is no error."""
    chunk = Loader(CPU).load([Frame(k, np.zeros((90, 160, 3), np.uint8)) for k in range(3)])
    assert [len(boxes.score) for boxes in BatchedBlazePose(files, CPU).look(chunk)] == [0, 0, 0]


def test_a_small_card_looks_at_fewer_views_at_a_time(files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, and with the same people."""
    detector = BatchedBlazePose(files, CPU)
    find = detector._find.forward
    sizes: list[int] = []

    def small_card(pictures: torch.Tensor) -> dict[tuple[int, ...], torch.Tensor]:
        if len(pictures) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sizes.append(len(pictures))
        return find(pictures)

    monkeypatch.setattr(detector._find, "forward", small_card)
    chunk = Loader(CPU).load([Frame(k, np.zeros((180, 320, 3), np.uint8)) for k in range(3)])
    assert len(detector.look(chunk)) == 3
    assert sizes
    assert max(sizes) <= 20
