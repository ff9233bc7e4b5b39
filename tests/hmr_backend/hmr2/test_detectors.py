# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors of the user's: tiny networks that see two people, one of them twice, and something else, in any picture."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ghostcap.hmr_backend.commands.options import detector
from ghostcap.hmr_backend.hmr2.chunks import Loader, in_chunks
from ghostcap.hmr_backend.hmr2.detectors import Boxes, Detector
from ghostcap.hmr_backend.hmr2.onnx_detector import OnnxDetector, letter_box
from ghostcap.hmr_backend.hmr2.torchvision_detector import TorchvisionDetector
from ghostcap.hmr_backend.observations import Frame
from ghostcap.motion.errors import GhostcapError

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


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed")
def test_without_torchvision_the_user_is_told() -> None:
    """It is not part of the installation."""
    with pytest.raises(GhostcapError, match="torchvision") as caught:
        TorchvisionDetector("fasterrcnn", torch.device("cpu"), offline=True)
    assert caught.value.code == "no_torchvision"
