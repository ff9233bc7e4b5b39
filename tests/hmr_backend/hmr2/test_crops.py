# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network is shown: the original's pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from scipy import ndimage

from ghostcap.hmr_backend.hmr2.crops import MEAN, STD, Squares, cut_crops, squares_around

DATA = Path(__file__).parents[2] / "data" / "hmr2"


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    return dict(np.load(DATA / "crops.npz"))


@pytest.fixture(scope="module")
def frames(golden: dict[str, np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(golden["image_bgr"][None, ..., ::-1].copy())


def test_squares_are_the_originals(golden: dict[str, np.ndarray]) -> None:
    """Off the picture, tiny, wide, large: a square a little larger shrinks the person, and the camera is wrong."""
    squares = squares_around(golden["boxes"])
    np.testing.assert_allclose(squares.centre, golden["box_center"], atol=1e-3)
    np.testing.assert_allclose(squares.side, golden["box_size"], atol=1e-3)


def test_crops_of_the_video_tracker(golden: dict[str, np.ndarray], frames: torch.Tensor) -> None:
    """Without blur, to the last bit of the bytes that OpenCV 4 gives."""
    crops = cut_crops(frames, np.zeros(6, int), squares_around(golden["boxes"]), blur=False).numpy()
    pixels = crops * np.array(STD)[:, None, None] + np.array(MEAN)[:, None, None]
    np.testing.assert_allclose(pixels[:, :, ::2, ::2], golden["plain"], atol=1e-3)


def test_crops_of_the_demo_are_blurred_when_large(golden: dict[str, np.ndarray], frames: torch.Tensor) -> None:
    """Only the square of 618 px is shrunk by enough."""
    squares = squares_around(golden["boxes"])
    crops = cut_crops(frames, np.zeros(6, int), squares)
    np.testing.assert_allclose(crops[2, :, ::4, ::4].numpy(), golden["blurred"], atol=1e-4)
    plain = cut_crops(frames, np.zeros(6, int), squares, blur=False)
    for number in (0, 1, 3, 4, 5):
        assert torch.equal(crops[number], plain[number])


def test_large_crops_are_blurred_alike_at_the_edges_and_many_at_once() -> None:
    """People who fill the picture and more, each blurred by as much as fits: SciPy's filter and interpolation."""
    random = np.random.default_rng(2)
    image = random.integers(0, 255, (120, 150, 3), dtype=np.uint8)
    centre = np.array([[75, 60], [0, 0], [150, 120], [400, 60], [-300, 500]], np.float32)
    side = np.array([600, 900, 1500, 700, 1200], np.float32)
    crops = cut_crops(torch.from_numpy(image[None]), np.zeros(5, int), Squares(centre, side))
    pixels = crops.numpy() * np.array(STD)[:, None, None] + np.array(MEAN)[:, None, None]
    for number, ((x, y), length) in enumerate(zip(centre, side, strict=True)):
        sigma = (length / 256 / 2 - 1) / 2
        blurred = ndimage.gaussian_filter(image.astype(float), (sigma, sigma, 0), mode="nearest", truncate=4)
        at = [np.floor((c + (np.arange(256) - 128) * length / 256) * 32 + 0.5) / 32 for c in (y, x)]
        grid = np.meshgrid(*at, indexing="ij")
        for channel in range(3):
            wanted = ndimage.map_coordinates(blurred[..., channel], grid, order=1, mode="grid-constant")
            np.testing.assert_allclose(pixels[number, channel], wanted, atol=2e-3)


def test_each_crop_comes_from_its_frame(frames: torch.Tensor) -> None:
    """A batch spans frames; people must not get another frame's picture."""
    both = torch.cat([frames, 255 - frames])
    squares = Squares(np.array([[300.0, 300.0]] * 4), np.array([200.0, 200.0, 800.0, 800.0]))
    crops = cut_crops(both, [0, 1, 0, 1], squares)
    grey = (2 * torch.tensor(MEAN) - 255) / torch.tensor(STD)
    assert torch.allclose(crops[0] + crops[1], -grey[:, None, None].expand(3, 256, 256), atol=0.02)
    assert not torch.allclose(crops[2], crops[3])


def test_nobody_gives_no_crops(frames: torch.Tensor) -> None:
    """Frames without people pass through as any other."""
    assert cut_crops(frames, [], squares_around(np.zeros((0, 4)))).shape == (0, 3, 256, 256)


@pytest.mark.parametrize("box", [[-500, -500, -400, -300], [2000, 2000, 2100, 2300], [100, 100, 101, 101]])
def test_boxes_outside_or_tiny_are_cut_all_the_same(frames: torch.Tensor, box: list[float]) -> None:
    """A detector's odd box is no reason to stop; outside the picture it is black."""
    crops = cut_crops(frames, [0], squares_around([box]))
    assert bool(torch.isfinite(crops).all())
