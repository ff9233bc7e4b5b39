# SPDX-License-Identifier: GPL-3.0-or-later
"""The network against the original's own numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.head import HeadSize, rotation_from_sixd
from ghostcap.hmr_backend.hmr2.network import (
    Hmr2,
    NetworkSize,
    empty_network,
    place_network,
    random_network,
)

DATA = Path(__file__).parents[2] / "data" / "hmr2"
TINY = NetworkSize(BackboneSize(width_of_token=64, depth=2, heads=4), HeadSize(48, 2, 3, 20, 80, 64))


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    return dict(np.load(DATA / "tiny.npz"))


@pytest.fixture
def tiny(golden: dict[str, np.ndarray]) -> Hmr2:
    network = Hmr2(TINY).eval()
    weights = {name[8:]: torch.from_numpy(array) for name, array in golden.items() if name.startswith("weights.")}
    network.load_state_dict(weights, strict=True)
    return network


def _crops(golden: dict[str, np.ndarray]) -> torch.Tensor:
    # The golden picture without the columns at both sides that the network drops.
    return torch.nn.functional.pad(torch.from_numpy(golden["img"]), (32, 32), value=7.0)


def test_the_answer_is_the_originals(tiny: Hmr2, golden: dict[str, np.ndarray]) -> None:
    """A user's weights were trained for exactly this arithmetic; anything else gives other poses."""
    with torch.inference_mode():
        answer = tiny(_crops(golden))
    for mine, name in (
        (answer.rotations[:, :1], "global_orient"),
        (answer.rotations[:, 1:], "body_pose"),
        (answer.betas, "betas"),
        (answer.camera, "pred_cam"),
    ):
        np.testing.assert_allclose(mine.numpy(), golden[f"out.{name}"], atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("backbone.patch_embed", "backbone.patch_embed"),
        ("backbone.blocks.0.attn", "backbone.blocks.0.attn"),
        ("backbone.last_norm", "backbone.last_norm"),
        ("smpl_head.transformer.transformer.layers.0.1", "smpl_head.layer0.cross_attn_branch"),
        ("smpl_head.transformer", "smpl_head.token_out"),
    ],
)
def test_each_part_gives_what_the_originals_gives(
    tiny: Hmr2, golden: dict[str, np.ndarray], module: str, name: str
) -> None:
    """When the whole is off, this says where."""
    seen: list[Any] = []
    tiny.get_submodule(module).register_forward_hook(lambda _module, _input, output: seen.append(output))
    with torch.inference_mode():
        tiny(_crops(golden))
    np.testing.assert_allclose(seen[0].numpy(), golden[f"out.{name}"], atol=1e-5)


def test_names_and_shapes_are_the_checkpoints() -> None:
    """One name off, and nobody's weights load. No memory is taken: 2.7 GB would be."""
    wanted = json.loads((DATA / "state_dict.json").read_text(encoding="utf-8"))
    wanted = {name: shape for name, shape in wanted.items() if name.startswith(("backbone.", "smpl_head."))}
    network = empty_network()
    assert {name: list(tensor.shape) for name, tensor in network.state_dict().items()} == wanted
    assert len(wanted) == 503
    assert all(tensor.is_meta for tensor in network.state_dict().values())


def test_a_batch_is_the_sum_of_its_crops(tiny: Hmr2) -> None:
    """People of several frames are looked at together; who else is in the batch must not matter."""
    crops = torch.randn(5, 3, 256, 256, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        together = tiny(crops)
        for number in range(5):
            alone = tiny(crops[number : number + 1])
            for a, b in zip(together, alone, strict=True):
                np.testing.assert_allclose(a[number : number + 1].numpy(), b.numpy(), atol=2e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.bfloat16, 0.1), (torch.float16, 0.02)])
def test_half_precision_is_close(
    tiny: Hmr2, golden: dict[str, np.ndarray], dtype: torch.dtype, tolerance: float
) -> None:
    """Half precision is twice as fast and more; it must not bend anybody."""
    with torch.inference_mode():
        answer = place_network(tiny, torch.device("cpu"), dtype)(_crops(golden))
    assert answer.rotations.dtype == torch.float32
    np.testing.assert_allclose(answer.rotations[:, 1:].numpy(), golden["out.body_pose"], atol=tolerance)
    np.testing.assert_allclose(answer.camera.numpy(), golden["out.pred_cam"], atol=tolerance)


def test_six_numbers_become_the_originals_rotation() -> None:
    """Columns one after the other, not interleaved as in SPIN: the other way gives plausible, wrong poses."""
    golden = np.load(DATA / "geometry.npz")
    turned = rotation_from_sixd(torch.from_numpy(golden["rot6d_in"])).numpy()
    np.testing.assert_allclose(turned, golden["rot6d_out"], atol=1e-6)


def test_random_weights_give_rotations() -> None:
    """Benchmarks and tests on machines without the weights use them; NaN would make them meaningless."""
    network = random_network(TINY)
    with torch.inference_mode():
        answer = network(torch.randn(2, 3, 256, 256))
    identity = answer.rotations @ answer.rotations.transpose(-1, -2)
    np.testing.assert_allclose(identity.numpy(), np.broadcast_to(np.eye(3), identity.shape), atol=1e-5)
    assert bool((answer.camera[:, 0] > 0).all())
