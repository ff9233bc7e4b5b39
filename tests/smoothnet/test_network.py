# SPDX-License-Identifier: GPL-3.0-or-later
"""The network against outputs of the published one: people bring their own checkpoints and expect the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghostcap.motion.errors import GhostcapError
from ghostcap.motion.smoothing import WINDOWS, choose_network
from ghostcap.motion.smoothing_network import apply_network, load_network, network_from_state, slide_network
from ghostcap.motion.tensors import read_tensors, write_tensors

TINY = Path(__file__).parent.parent / "data" / "smoothnet_tiny.npz"
FAMILIES = {"pw3d": (16, 1), "aist and h36m": (128, 5), "mmpose": (256, 3), "mmhuman3d": (512, 5)}
"""Inner size and blocks; all have 512 hidden units."""


def read_tiny(window: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    with np.load(TINY) as data:
        start = f"weights/w{window}/"
        state = {name.removeprefix(start): data[name] for name in data.files if name.startswith(start)}
        rest = {name: data[name] for name in data.files if f"w{window}/" in name and not name.startswith("weights")}
    return state, {name.replace(f"w{window}/", ""): value for name, value in rest.items()}


def random_state(window: int, hidden: int, inner: int, blocks: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(window)
    shapes = {"encoder.0": (hidden, window), "decoder": (window, hidden)}
    for block in range(blocks):
        shapes[f"res_blocks.{block}.linear1"] = (inner, hidden)
        shapes[f"res_blocks.{block}.linear2"] = (hidden, inner)
    state = {f"{name}.weight": rng.normal(size=shape) / shape[1] ** 0.5 for name, shape in shapes.items()}
    state |= {f"{name}.bias": rng.normal(size=shape[0]) * 0.1 for name, shape in shapes.items()}
    return {name: value.astype(np.float32) for name, value in state.items()}


@pytest.mark.parametrize("window", WINDOWS)
def test_windows_come_out_as_from_the_published_network(window):
    state, data = read_tiny(window)
    result = apply_network(network_from_state(state), data["input/x"])
    np.testing.assert_allclose(result, data["output/y"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("window", WINDOWS)
def test_sequences_come_out_as_from_the_published_sliding_window(window):
    state, data = read_tiny(window)
    result = slide_network(network_from_state(state), data["input/seq"])
    np.testing.assert_allclose(result, data["output/seq_step1"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_published_size_is_recognised(family, window):
    """The files don't say how large their network is; a wrong guess is a shape error for the user."""
    inner, blocks = FAMILIES[family]
    network = network_from_state(random_state(window, 512, inner, blocks))
    assert (network.window, len(network.blocks)) == (window, blocks)
    assert slide_network(network, np.zeros((window + 3, 2))).shape == (window + 3, 2)


def test_sliding_is_the_mean_over_all_windows():
    """The fast way has to give what the obvious way gives, the last frames included."""
    network = network_from_state(random_state(16, 32, 8, 2))
    values = np.random.default_rng(0).normal(size=(53, 7))
    total, covering = np.zeros_like(values), np.zeros((53, 1))
    for start in range(53 - 15):
        total[start : start + 16] += apply_network(network, values[start : start + 16].T).T
        covering[start : start + 16] += 1
    np.testing.assert_allclose(slide_network(network, values), total / covering, atol=1e-6)


def test_many_channels_do_not_mix():
    network, _ = choose_network(60)
    values = np.random.default_rng(0).normal(size=(200, 30)).cumsum(axis=0) * 0.1
    alone = slide_network(network, values[:, 11:12])
    np.testing.assert_allclose(slide_network(network, values)[:, 11:12], alone, atol=1e-5)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda s: s.pop("decoder.bias"), "decoder.bias"),
        (lambda s: s.update({"head.weight": np.zeros((2, 2))}), "head.weight"),
        (lambda s: s.update({"decoder.weight": np.zeros((8, 5), np.float32)}), "decoder"),
        (lambda s: s.update({"encoder.0.bias": np.full(32, np.nan)}), "encoder.0"),
        (lambda s: s.clear(), "encoder.0"),
    ],
)
def test_a_wrong_checkpoint_is_refused_by_name(damage, told):
    state = random_state(8, 32, 8, 2)
    damage(state)
    with pytest.raises(GhostcapError, match=told) as caught:
        network_from_state(state)
    assert caught.value.code == "bad_weights"


def test_weights_survive_the_file(tmp_path):
    state = random_state(8, 32, 8, 2)
    path = tmp_path / "gewichte 权重.safetensors"
    write_tensors(path, state, {"fps": "15"})
    tensors, metadata = read_tensors(path)
    assert metadata == {"fps": "15"}
    assert all((tensors[name] == value).all() for name, value in state.items())
    assert load_network(path).fps == 15


@pytest.mark.parametrize("damage", [lambda b: b[:-5], lambda b: b[:20], lambda b: b[:0], lambda b: b"\x80\x02" + b])
def test_a_damaged_file_is_told_as_such(tmp_path, damage):
    path = tmp_path / "w.safetensors"
    write_tensors(path, random_state(8, 32, 8, 2))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(GhostcapError, match=r"w\.safetensors") as caught:
        load_network(path)
    assert caught.value.code == "bad_weights"


def test_other_programs_read_the_weights(tmp_path):
    """The safetensors package itself, where it is installed."""
    safetensors = pytest.importorskip("safetensors.numpy")
    state = random_state(8, 32, 8, 2)
    write_tensors(tmp_path / "ours.safetensors", state)
    read = safetensors.load_file(tmp_path / "ours.safetensors")
    assert all((read[name] == value).all() for name, value in state.items())
    safetensors.save_file(state, tmp_path / "theirs.safetensors")
    assert load_network(tmp_path / "theirs.safetensors").window == 8
