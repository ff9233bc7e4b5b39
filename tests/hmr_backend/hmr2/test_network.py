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
from hypothesis import given, settings
from hypothesis import strategies as st

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


sizes = st.builds(
    lambda heads, wide, depth, patch, rows, columns, ratio, bias, head: NetworkSize(
        BackboneSize(rows * patch, columns * patch, patch, heads * wide, depth, heads, ratio, bias),
        HeadSize(*head, context_dim=heads * wide),
    ),
    heads=st.integers(1, 6),
    wide=st.sampled_from([4, 8, 12, 20]),
    depth=st.integers(1, 3),
    patch=st.sampled_from([8, 14, 16, 32]),
    rows=st.integers(2, 6),
    columns=st.integers(1, 5),
    ratio=st.sampled_from([1, 2, 4.0]),
    bias=st.booleans(),
    head=st.tuples(
        st.sampled_from([16, 48]), st.integers(1, 4), st.integers(1, 5), st.sampled_from([8, 16, 20]),
        st.sampled_from([24, 80]),
    ),
)  # fmt: skip


def spelled_out(network: Hmr2, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The whole network by the checkpoint's names, each step as the papers write it, nothing rearranged."""
    p = {name: value.double() for name, value in network.state_dict().items()}
    size, head = network.size.backbone, network.size.head

    def linear(name: str, x: torch.Tensor) -> torch.Tensor:
        return x @ p[f"{name}.weight"].T + p.get(f"{name}.bias", 0.0)

    def norm(name: str, x: torch.Tensor, eps: float) -> torch.Tensor:
        x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, correction=0) + eps).sqrt()
        return x * p[f"{name}.weight"] + p[f"{name}.bias"]

    def gelu(x: torch.Tensor) -> torch.Tensor:
        return 0.5 * x * (1 + torch.erf(x / 2**0.5))

    def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int) -> torch.Tensor:
        out = []
        for a, b, c in zip(q.chunk(heads, -1), k.chunk(heads, -1), v.chunk(heads, -1), strict=True):
            out.append(torch.softmax(a @ b.transpose(-1, -2) / a.shape[-1] ** 0.5, -1) @ c)
        return torch.cat(out, -1)

    def attended(name: str, x: torch.Tensor) -> torch.Tensor:
        return linear(f"{name}.to_out.0", x) if f"{name}.to_out.0.weight" in p else x

    x = crops.double()[..., 32:-32]
    patches = (
        torch.nn.functional.pad(x, (2, 2, 2, 2)).unfold(2, size.patch, size.patch).unfold(3, size.patch, size.patch)
    )
    weight = p["backbone.patch_embed.proj.weight"]
    x = torch.einsum("bcrkuv,ocuv->brko", patches, weight) + p["backbone.patch_embed.proj.bias"]
    x = x.flatten(1, 2) + p["backbone.pos_embed"][:, 1:] + p["backbone.pos_embed"][:, :1]
    for number in range(size.depth):
        name = f"backbone.blocks.{number}"
        qkv = linear(f"{name}.attn.qkv", norm(f"{name}.norm1", x, 1e-6)).chunk(3, -1)
        x = x + linear(f"{name}.attn.proj", attend(*qkv, size.heads))
        x = x + linear(f"{name}.mlp.fc2", gelu(linear(f"{name}.mlp.fc1", norm(f"{name}.norm2", x, 1e-6))))
    x = norm("backbone.last_norm", x, 1e-6)

    part = "smpl_head.transformer"
    token = linear(f"{part}.to_token_embedding", torch.zeros(len(x), 1, 1).double()) + p[f"{part}.pos_embedding"]
    for number in range(head.depth):
        name = f"{part}.transformer.layers.{number}"
        qkv = linear(f"{name}.0.fn.to_qkv", norm(f"{name}.0.norm", token, 1e-5)).chunk(3, -1)
        token = token + attended(f"{name}.0.fn", attend(*qkv, head.heads))
        query = linear(f"{name}.1.fn.to_q", norm(f"{name}.1.norm", token, 1e-5))
        key, value = linear(f"{name}.1.fn.to_kv", x).chunk(2, -1)
        token = token + attended(f"{name}.1.fn", attend(query, key, value, head.heads))
        inner = gelu(linear(f"{name}.2.fn.net.0", norm(f"{name}.2.norm", token, 1e-5)))
        token = token + linear(f"{name}.2.fn.net.3", inner)
    pose, betas, camera = (
        linear(f"smpl_head.{to}", token[:, 0]) + p[f"smpl_head.{start}"]
        for to, start in (("decpose", "init_body_pose"), ("decshape", "init_betas"), ("deccam", "init_cam"))
    )
    columns = pose.view(-1, 24, 2, 3)
    first = columns[:, :, 0] / columns[:, :, 0].norm(dim=-1, keepdim=True)
    second = columns[:, :, 1] - (first * columns[:, :, 1]).sum(-1, keepdim=True) * first
    second = second / second.norm(dim=-1, keepdim=True)
    return torch.stack([first, second, torch.linalg.cross(first, second, dim=-1)], -1), betas, camera


@settings(max_examples=12, deadline=None)
@given(size=sizes, seed=st.integers(0, 1000))
def test_any_configuration_does_what_the_papers_say(size: NetworkSize, seed: int) -> None:
    """Other depths, heads, widths, patches, picture sizes, mean parameters: what is rearranged for speed is equal."""
    generator = torch.Generator().manual_seed(seed)
    network = Hmr2(size).eval().requires_grad_(False)
    for name, value in network.state_dict().items():
        scale = 1.0 if value.ndim < 2 or "init" in name else value[0].numel() ** -0.5
        value.copy_(torch.randn(value.shape, generator=generator) * scale + (1.0 if "norm" in name else 0.0))
    crops = torch.randn(2, 3, size.backbone.height, size.backbone.width + 64, generator=generator)
    with torch.inference_mode():
        wanted = spelled_out(network, crops)
        for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 2e-4)):
            network.to(dtype)
            for mine, theirs in zip(network(crops.to(dtype)), wanted, strict=True):
                np.testing.assert_allclose(mine.double().numpy(), theirs.numpy(), atol=tolerance)


def test_a_single_head_as_wide_as_the_token_has_no_projection() -> None:
    """So the original names its weights; a key that is not there would make the checkpoint unreadable."""
    network = Hmr2(NetworkSize(TINY.backbone, HeadSize(16, 1, 1, 16, 24, 64)))
    assert not [name for name in network.state_dict() if "to_out" in name]
    with torch.inference_mode():
        crops = torch.randn(1, 3, 256, 256)
        wanted = spelled_out(network, crops)
        for mine, theirs in zip(network(crops), wanted, strict=True):
            np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=1e-4)
