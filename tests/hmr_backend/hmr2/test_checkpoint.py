# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: the authors' has a yacs config inside; damaged, foreign and evil ones are told as such."""

from __future__ import annotations

import os
import sys
import tarfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from ghostcap.hmr_backend.hmr2 import checkpoint
from ghostcap.hmr_backend.hmr2.backbone import BackboneSize
from ghostcap.hmr_backend.hmr2.checkpoint import convert_weights, load_network
from ghostcap.hmr_backend.hmr2.head import HeadSize
from ghostcap.hmr_backend.hmr2.network import Hmr2, NetworkSize, empty_network, random_network
from ghostcap.hmr_backend.progress import Silent
from ghostcap.hmr_backend.weights import HMR2, add_weights, require, weights_folder
from ghostcap.motion.errors import GhostcapError

TINY = NetworkSize(BackboneSize(width_of_token=32, depth=1, heads=2), HeadSize(16, 1, 2, 8, 16, 32))
CPU = torch.device("cpu")


@pytest.fixture
def network() -> Hmr2:
    return random_network(TINY, seed=3)


@pytest.fixture
def config_node() -> Iterator[type]:
    """yacs' CfgNode, in a module that is there only while the file is written."""
    modules = {name: types.ModuleType(name) for name in ("yacs", "yacs.config")}
    node = type("CfgNode", (dict,), {"__module__": "yacs.config"})
    modules["yacs.config"].CfgNode = node  # type: ignore[attr-defined]
    sys.modules.update(modules)
    yield node
    for name in modules:
        sys.modules.pop(name, None)


def write_checkpoint(path: Path, state: dict[str, torch.Tensor], **more: Any) -> None:
    """As Lightning 1.8 writes one."""
    torch.save(
        {"epoch": 35, "global_step": 1000000, "pytorch-lightning_version": "1.8.1", "state_dict": state, **more}, path
    )


def _same(a: Hmr2, b: Hmr2, tolerance: float = 0.0) -> None:
    crops = torch.randn(2, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for mine, theirs in zip(a(crops), b(crops), strict=True):
            np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=tolerance)


@pytest.mark.parametrize("others", [True, False])
def test_the_authors_checkpoint_loads(tmp_path: Path, network: Hmr2, config_node: type, others: bool) -> None:
    """With a yacs config, with and without the discriminator and SMPL's arrays: both are in circulation."""
    path = tmp_path / "epoch=35-step=1000000.ckpt"
    state = dict(network.state_dict())
    if others:
        state |= {name: torch.zeros(2) for name in ("discriminator.D_conv1.weight", "smpl.v_template", "initialized")}
    config = config_node({"MODEL": config_node({"IMAGE_SIZE": 256}), "SMPL": config_node()})
    vars(config).update({"__immutable__": True, "__new_allowed__": False})
    write_checkpoint(path, state, hyper_parameters={"cfg": config, "init_renderer": True}, hparams_name="kwargs")
    del sys.modules["yacs.config"], sys.modules["yacs"]
    _same(load_network(path, CPU, torch.float32, TINY), network)


def test_a_missing_weight_is_named(tmp_path: Path, network: Hmr2) -> None:
    """Loading the rest and going on would give nonsense poses without a word."""
    state = dict(network.state_dict())
    del state["backbone.blocks.0.attn.proj.bias"]
    write_checkpoint(tmp_path / "a.ckpt", state)
    with pytest.raises(GhostcapError, match="backbone.blocks.0.attn.proj.bias") as caught:
        load_network(tmp_path / "a.ckpt", CPU, torch.float32, TINY)
    assert caught.value.code == "bad_weights"


def test_a_misshapen_weight_is_named(tmp_path: Path, network: Hmr2) -> None:
    """HMR 2.0a, or somebody's own training."""
    state = {**network.state_dict(), "smpl_head.deccam.weight": torch.zeros(4, 16)}
    write_checkpoint(tmp_path / "a.ckpt", state)
    with pytest.raises(GhostcapError, match=r"smpl_head.deccam.weight has the shape \(4, 16\), not \(3, 16\)"):
        load_network(tmp_path / "a.ckpt", CPU, torch.float32, TINY)


@pytest.mark.parametrize("keep", [0, 100, 5000, -1000])
def test_a_cut_off_checkpoint_is_told_as_one(tmp_path: Path, network: Hmr2, keep: int) -> None:
    """The authors' servers break off often."""
    path = tmp_path / "a.ckpt"
    write_checkpoint(path, network.state_dict())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(GhostcapError) as caught:
        load_network(path, CPU, torch.float32, TINY)
    assert caught.value.code == "bad_weights"
    assert "a.ckpt" in caught.value.message


class Order:
    """Runs something when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


def test_a_checkpoint_that_wants_to_run_something_is_refused_and_named(
    tmp_path: Path, network: Hmr2, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights from a mirror must not be able to do anything on a user's machine."""
    monkeypatch.chdir(tmp_path)
    write_checkpoint(tmp_path / "a.ckpt", network.state_dict(), hyper_parameters={"cfg": Order()})
    with pytest.raises(GhostcapError, match="mkdir") as caught:
        load_network(tmp_path / "a.ckpt", CPU, torch.float32, TINY)
    assert caught.value.code == "unsafe_file"
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": 3}, {"other": torch.zeros(2)}])
def test_other_files_are_told_apart(tmp_path: Path, content: Any) -> None:
    """Somebody gives the wrong .pth."""
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(GhostcapError) as caught:
        load_network(tmp_path / "a.pth", CPU, torch.float32, TINY)
    assert caught.value.code == "bad_weights"


def test_our_copy_is_half_the_size_and_the_same(tmp_path: Path, network: Hmr2) -> None:
    """The copy is what is read from the second time on."""
    write_checkpoint(tmp_path / "a.ckpt", network.state_dict())
    convert_weights(tmp_path / "a.ckpt", tmp_path / "hmr2.safetensors", TINY)
    full = sum(t.numel() * 4 for n, t in network.state_dict().items() if n.startswith("backbone."))
    head = sum(t.numel() * 4 for n, t in network.state_dict().items() if not n.startswith("backbone."))
    assert (tmp_path / "hmr2.safetensors").stat().st_size < full / 2 + head + 10_000
    _same(load_network(tmp_path / "hmr2.safetensors", CPU, torch.float32, TINY), network, tolerance=0.02)
    copy = (tmp_path / "hmr2.safetensors").read_bytes()
    (tmp_path / "hmr2.safetensors").write_bytes(copy[: len(copy) // 2])
    with pytest.raises(GhostcapError) as caught:
        load_network(tmp_path / "hmr2.safetensors", CPU, torch.float32, TINY)
    assert caught.value.code == "bad_weights"


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    """Says where to look."""
    with pytest.raises(GhostcapError, match="does not exist") as caught:
        load_network(tmp_path / "none.ckpt", CPU, torch.float32, TINY)
    assert caught.value.code == "weights_missing"


def test_the_authors_archive_is_added(tmp_path: Path, network: Hmr2, monkeypatch: pytest.MonkeyPatch) -> None:
    """hmr2_data.tar.gz as it is downloaded: only the checkpoint is taken out, and only its weights are kept."""
    monkeypatch.setattr(checkpoint, "empty_network", lambda size=None: empty_network(size or TINY))
    monkeypatch.setenv("GHOSTCAP_CACHE", str(tmp_path / "cache"))
    write_checkpoint(tmp_path / "a.ckpt", network.state_dict())
    archive = tmp_path / "hmr2_data.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "a.ckpt", "logs/train/multiruns/hmr2/0/checkpoints/epoch=35-step=1000000.ckpt")
    assert add_weights(archive, Silent()) == [HMR2]
    assert [path.name for path in weights_folder().iterdir()] == [HMR2.file]
    _same(load_network(require(HMR2), CPU, torch.float32, TINY), network, tolerance=0.02)
