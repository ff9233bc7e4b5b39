# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors of the user's: tiny networks that see two people, one of them twice, and something else, in any picture."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ghostcap.hmr_backend.commands.options import detector
from ghostcap.hmr_backend.hmr2.chunks import Loader, in_chunks
from ghostcap.hmr_backend.hmr2.detectors import Boxes, Detector
from ghostcap.hmr_backend.hmr2.onnx_detector import OnnxDetector, letter_box
from ghostcap.hmr_backend.hmr2.onnx_inputs import read_fields, read_inputs
from ghostcap.hmr_backend.hmr2.torchvision_detector import (
    MODELS,
    TorchvisionDetector,
    how_to_install,
    open_torchvision,
)
from ghostcap.hmr_backend.observations import Frame
from ghostcap.motion.errors import GhostcapError

CPU = torch.device("cpu")
DATA = Path(__file__).parents[2] / "data" / "hmr2"


def frames(count: int, width: int = 128, height: int = 64) -> Iterator[Frame]:
    for index in range(count):
        yield Frame(index, np.zeros((height, width, 3), np.uint8))


def look(detector: Detector, count: int) -> list[Boxes]:
    """What a detector finds in so many frames."""
    return detector.look(Loader(torch.device("cpu")).load(list(frames(count))))


@pytest.mark.parametrize("name", ["yolo_v8", "yolo_v5", "end_to_end"])
@pytest.mark.parametrize("count", [1, 5])
def test_the_usual_exports_are_understood(name: str, count: int) -> None:
    """Doubles go, other classes go, and boxes come back from the letter box to the picture."""
    found = look(OnnxDetector(DATA / f"{name}.onnx", size=64, batch=2), count)
    assert len(found) == count
    for boxes in found:
        order = np.argsort(-boxes.score)
        np.testing.assert_allclose(boxes.score[order], [0.9, 0.7], atol=1e-6)
        # The square holds the picture at half its size, from row 16 on.
        np.testing.assert_allclose(boxes.box[order], [[48, -8, 80, 72], [12, 2, 28, 62]], atol=1e-4)


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    """Told as such, with its name."""
    (tmp_path / "a.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(GhostcapError, match="a.onnx") as caught:
        OnnxDetector(tmp_path / "a.onnx")
    assert caught.value.code == "bad_detector"
    with pytest.raises(GhostcapError, match="does not exist"):
        OnnxDetector(tmp_path / "b.onnx")


def test_a_network_in_a_folder_with_a_chinese_name(tmp_path: Path) -> None:
    """OpenCV opens no such path on Windows."""
    path = tmp_path / "\u7f51\u7edc 'a'.onnx"
    path.write_bytes((DATA / "yolo_v8.onnx").read_bytes())
    assert len(look(OnnxDetector(path, size=64), 1)) == 1


def test_pictures_keep_their_shape_in_the_letter_box() -> None:
    """A person stretched is not found."""
    boxed, scale, shift = letter_box(np.full((100, 50, 3), 7, np.uint8), 64)
    assert boxed.shape == (64, 64, 3)
    assert scale == 0.64
    np.testing.assert_allclose(shift, [16, 0])
    assert (boxed[:, 16:48] == 7).all()
    assert not (boxed[:, :16] == 7).any()


def test_chunks_hold_all_frames() -> None:
    """The last one is smaller."""
    assert [len(some) for some in in_chunks(frames(7), 3)] == [3, 3, 1]


def test_names_of_detectors_are_checked() -> None:
    """A typing mistake is wrong usage, not a failure after minutes."""
    import argparse

    assert detector("C:/people.onnx") == "C:/people.onnx"
    assert detector("maskrcnn") == "maskrcnn"
    with pytest.raises(argparse.ArgumentTypeError, match="fasterrcnn"):
        detector("yolo")


def field(number: int, content: bytes | int) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def take_of(name: str, shape: list[int | str]) -> bytes:
    """An ONNX file's input of this shape, as ValueInfoProto."""
    dims = b"".join(field(1, field(1, n) if isinstance(n, int) else field(2, n.encode())) for n in shape)
    return field(11, field(1, name.encode()) + field(2, field(1, field(1, 1) + field(2, dims))))


def reshaped(name: str, shape: list[int | str]) -> bytes:
    """One of the tiny networks, with another shape written on its input."""
    model = (DATA / f"{name}.onnx").read_bytes()
    (given,) = read_inputs(model)
    out = b""
    for number, value in read_fields(model):
        if number == 7 and isinstance(value, bytes):
            kept = b"".join(field(n, v) for n, v in read_fields(value) if n != 11)
            value = kept + take_of(given, shape)  # noqa: PLW2901 - the graph, changed
        out += field(number, value)
    return out


@pytest.mark.parametrize("name", ["yolo_v8", "yolo_v5", "end_to_end"])
def test_what_a_file_takes_is_read_from_it(name: str) -> None:
    """OpenCV does not tell, and a wrong size gives nobody, or a crash."""
    (shape,) = read_inputs((DATA / f"{name}.onnx").read_bytes()).values()
    assert len(shape) == 4
    assert shape[1] == 3


@pytest.mark.parametrize("shape", [["batch", 3, "height", "width"], ["n", 3, 64, 64], [1, 3, 64, 64], [4, 3, 64, 64]])
@pytest.mark.parametrize("count", [1, 4, 7])
def test_open_and_fixed_batches_are_filled(tmp_path: Path, shape: list[int | str], count: int) -> None:
    """A file for four pictures gets four, the last ones black; one for any number gets what there is."""
    path = tmp_path / "a.onnx"
    path.write_bytes(reshaped("yolo_v8", shape))
    detector, sizes = OnnxDetector(path, size=64, batch=8), []
    forward = detector._forward

    def watched(pictures: np.ndarray) -> np.ndarray:
        sizes.append(len(pictures))
        return forward(pictures)

    detector._forward = watched  # type: ignore[method-assign]
    found = look(detector, count)
    assert len(found) == count
    for boxes in found:
        np.testing.assert_allclose(sorted(boxes.score), [0.7, 0.9], atol=1e-6)
    assert set(sizes) == ({count} if isinstance(shape[0], str) else {shape[0]})


@pytest.mark.parametrize("shape", [[1, 1, 28, 28], [1, 3, 480, 640], [1, 10], [1, 640, 640, 3]])
def test_networks_that_are_no_detectors_of_square_pictures(tmp_path: Path, shape: list[int | str]) -> None:
    """Somebody's digit classifier: told at once, with what it takes and what is wanted."""
    path = tmp_path / "a.onnx"
    path.write_bytes(reshaped("yolo_v8", shape))
    with pytest.raises(GhostcapError, match=str(shape[-1])) as caught:
        OnnxDetector(path)
    assert caught.value.code == "bad_detector"
    assert "(B, 3, S, S)" in caught.value.hint


def test_a_cut_off_network(tmp_path: Path) -> None:
    """Whatever is left of it."""
    model = (DATA / "yolo_v8.onnx").read_bytes()
    for keep in (0, 1, 40, 400, len(model) - 3):
        (tmp_path / "a.onnx").write_bytes(model[:keep])
        with pytest.raises(GhostcapError) as caught:
            look(OnnxDetector(tmp_path / "a.onnx", size=64), 1)
        assert caught.value.code == "bad_detector"


class Crowd(torch.nn.Module):
    """Answers as torchvision's detectors do: a sure person, an unsure one, a dog; a small card holds two pictures."""

    def __init__(self, holds: int) -> None:
        super().__init__()
        self.holds, self.sizes = holds, []

    def forward(self, pictures: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
        """The same for each picture."""
        if len(pictures) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB")
        self.sizes.append(len(pictures))
        assert all(p.shape == (3, 64, 128) and p.dtype == torch.float32 for p in pictures)
        boxes = torch.tensor([[10.0, 5, 40, 60], [50, 5, 80, 60], [90, 5, 120, 60]])
        return [{"boxes": boxes, "labels": torch.tensor([1, 1, 18]), "scores": torch.tensor([0.9, 0.3, 0.99])}] * len(
            pictures
        )


@pytest.mark.parametrize(("holds", "sizes"), [(8, [8, 3]), (2, [2, 2, 2, 2, 2, 1])])
def test_torchvisions_answers_become_people(holds: int, sizes: list[int]) -> None:
    """Pictures go in batches, fewer where memory is short; only sure people come back."""
    crowd = Crowd(holds)
    found = look(TorchvisionDetector("maskrcnn", CPU, offline=True, model=crowd), 11)
    assert len(found) == 11
    assert crowd.sizes == sizes
    for boxes in found:
        np.testing.assert_allclose(boxes.box, [[10, 5, 40, 60]])
        np.testing.assert_allclose(boxes.score, [0.9], atol=1e-6)


def test_no_memory_for_a_single_picture_is_told() -> None:
    """And which detector needs less."""
    with pytest.raises(GhostcapError, match="keypointrcnn") as caught:
        look(TorchvisionDetector("keypointrcnn", CPU, offline=True, model=Crowd(0)), 3)
    assert caught.value.code == "no_gpu_memory"


@pytest.fixture(scope="module")
def torchvision() -> Any:
    """torchvision, if it is installed; where it was built for another torch, its operator in compiled code is ours."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    try:
        return importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

    def suppress(boxes: torch.Tensor, scores: torch.Tensor, most: float) -> torch.Tensor:
        rest, keep = scores.argsort(descending=True), []
        area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        while len(rest):
            keep.append(rest[0])
            low, high = (
                torch.maximum(boxes[rest[0], :2], boxes[rest, :2]),
                torch.minimum(boxes[rest[0], 2:], boxes[rest, 2:]),
            )
            common = (high - low).clamp(min=0).prod(1)
            rest = rest[common / (area[rest[0]] + area[rest] - common) <= most]
        return torch.stack(keep) if keep else torch.zeros(0, dtype=torch.long)

    library.impl("nms", suppress, "CPU")
    found: Any = importlib.import_module("torchvision")
    boxes: Any = importlib.import_module("torchvision.ops.boxes")
    boxes._assert_has_ops = lambda: None
    found.library_of_tests = library
    return found


@pytest.mark.parametrize("name", sorted(MODELS))
def test_torchvisions_own_models_run(torchvision: Any, name: str) -> None:
    """Faster, Mask and Keypoint R-CNN as torchvision builds them, with random weights, two pictures at a time."""
    detection, models = open_torchvision(name)
    assert models.get_model_weights(MODELS[name]).DEFAULT.url.startswith("https://")
    torch.manual_seed(0)
    build = getattr(detection, MODELS[name])
    few = {"rpn_pre_nms_top_n_test": 50, "rpn_post_nms_top_n_test": 20, "min_size": 96, "max_size": 192}
    model = build(weights=None, weights_backbone=None, num_classes=2, **few)
    model.roi_heads.score_thresh = 0.0
    detector = TorchvisionDetector(name, CPU, offline=True, batch=2, min_score=0.0, model=model)
    with torch.compiler.set_stance("force_eager"):  # an operator in Python would be compiled, which takes minutes
        found = look(detector, 3)
    assert len(found) == 3
    for boxes in found:
        assert boxes.box.shape == (len(boxes.score), 4)
        assert np.isfinite(boxes.box).all()
        assert (boxes.box >= 0).all()
        assert (boxes.box <= [128, 64, 128, 64]).all()
    assert any(len(boxes.score) for boxes in found)


def test_without_torchvision_the_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not part of the installation: what to type is."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(GhostcapError, match="torchvision") as caught:
        TorchvisionDetector("fasterrcnn", CPU, offline=True)
    assert caught.value.code == "no_torchvision"
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("2.13.0+cpu", ['"torchvision==0.28.*"', "whl/cpu"]),
        ("2.13.0+cu130", ["whl/cu130"]),
        ("2.6.0", ["torchvision==0.21.*"]),
    ],
)
def test_the_torchvision_for_this_torch_is_named(version: str, said: list[str]) -> None:
    """The newest would bring another torch with it; the wrong build does not load."""
    for part in said:
        assert part in how_to_install(version)
    assert "--no-deps" in how_to_install(version)


def test_a_torchvision_for_another_torch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its operators are missing then, and what it says is of no use to anybody."""

    def broken(_name: str) -> Any:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    monkeypatch.setattr("importlib.import_module", broken)
    with pytest.raises(GhostcapError, match="does not work with torch") as caught:
        TorchvisionDetector("fasterrcnn", CPU, offline=True)
    assert caught.value.code == "no_torchvision"
