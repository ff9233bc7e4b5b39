# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints as PyTorch writes them, where PyTorch is installed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.smoothing_network import apply_network, slide_network

torch = pytest.importorskip("torch")

from ghostcap.smoothnet.checkpoint import read_checkpoint  # noqa: E402 - needs torch
from ghostcap.smoothnet.model import SmoothNet, model_from_state, start_as_smoother, trend  # noqa: E402 - the same
from ghostcap.smoothnet.train import smooth  # noqa: E402 - the same

SIZES = [(512, 16, 1, 0.5), (512, 128, 5, 0.25), (512, 256, 3, 0.5), (512, 512, 5, 0.1)]


@pytest.mark.parametrize("size", SIZES)
def test_an_official_checkpoint_gives_the_numbers_of_its_network(tmp_path, size):
    """With epoch, optimizer and performance in it, as the official ones."""
    torch.manual_seed(0)
    model = SmoothNet(32, *size).eval()
    optimizer = torch.optim.Adam(model.parameters(), amsgrad=True)
    data = {"epoch": 70, "state_dict": model.state_dict(), "performance": 1.0, "optimizer": optimizer.state_dict()}
    torch.save(data, tmp_path / "checkpoint_32.pth.tar")
    windows = np.random.default_rng(0).normal(size=(5, 32)).astype(np.float32)
    result = apply_network(read_checkpoint(tmp_path / "checkpoint_32.pth.tar"), windows)
    with torch.no_grad():
        np.testing.assert_allclose(result, model(torch.from_numpy(windows)).numpy(), atol=1e-6)
        again = model_from_state(model.state_dict())
        np.testing.assert_array_equal(again(torch.from_numpy(windows)), model(torch.from_numpy(windows)))


def test_a_checkpoint_runs_nothing(tmp_path):
    """A file from the internet may hold a program."""

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "was_here"), "w"))

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"state_dict": Evil()}))
    with pytest.raises(GhostcapError, match="evil"):
        read_checkpoint(path)
    assert not (tmp_path / "was_here").exists()


@pytest.mark.parametrize("what", [{"state_dict": {"a": torch.zeros(2)}}, [1, 2], {}])
def test_another_models_checkpoint_is_told_as_such(tmp_path, what):
    torch.save(what, tmp_path / "resnet.pth")
    with pytest.raises(GhostcapError, match="resnet") as caught:
        read_checkpoint(tmp_path / "resnet.pth")
    assert caught.value.code == "bad_weights"


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(GhostcapError, match="nowhere"):
        read_checkpoint(tmp_path / "nowhere.pth")


def test_training_smooths_as_the_product_does():
    """What is trained has to be what is shipped."""
    torch.manual_seed(0)
    model = SmoothNet(16, 64, 32, 2, 0.0).eval()
    start_as_smoother(model, 0.15)
    values = np.random.default_rng(0).normal(size=(3, 48)).cumsum(axis=-1).astype(np.float32)
    with torch.no_grad():
        trained = smooth(model, trend(16), torch.from_numpy(values)[None], torch.ones(1, 3, 1))[0].numpy()
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    from ghostcap.motion.smoothing_network import network_from_state

    shipped = slide_network(network_from_state(state, {"detrend": "1"}), values.T)
    np.testing.assert_allclose(shipped, trained.T, atol=1e-4)
