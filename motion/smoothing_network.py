# SPDX-License-Identifier: GPL-3.0-or-later
"""SmoothNet's forward pass in NumPy: a window of each channel in, the window without noise out.

Zeng et al., SmoothNet: A Plug-and-Play Network for Refining Human Poses in Videos, ECCV 2022: the published
single-branch network with its parameters' names. Weights are shared over all channels; windows slide by one frame and
each frame is the mean of all windows that cover it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from .errors import GhostcapError
from .tensors import read_tensors

Array = NDArray[np.floating]
Layer = tuple[Array, Array]
"""Weights (in, out) and biases (out,)."""
NOMINAL_FPS: Final = 60.0
"""Frames a second that a shipped network with a window of 32 is made for."""
NOISE_FLOOR: Final = 0.04
"""Metres, or radians: the least noise that a channel is taken to have. A fitted body has no jitter left, but its slow
errors are as large as ever."""
_ROWS: Final = 4096
"""Windows at a time: their hidden units stay in the processor's cache."""
_PRODUCT: Final = 2**17
"""Multiplications in one matrix product; OpenBLAS uses threads from twice as many on."""


@dataclass(frozen=True)
class SmoothNet:
    """The weights of one network."""

    encoder: Layer
    blocks: tuple[tuple[Layer, Layer], ...]
    decoder: Layer
    detrend: bool = False
    """Whether it was trained on windows less their straight line, which is put back afterwards."""
    normalise: bool = False
    """Whether it was trained on windows in units of the channel's noise (see `measure_noise`)."""
    polish: bool = False
    """Whether jitter that the windows' coming and going leaves is taken out afterwards (see motion/smoothing.py)."""
    fps: float | None = None
    """Frames a second it was trained for, where that is known."""

    @property
    def window(self) -> int:
        """Frames."""
        return len(self.encoder[0])


def network_from_state(state: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> SmoothNet:
    """A network from its parameters by their published names, sizes taken from the shapes.

    GhostcapError (code bad_weights) says which parameter is missing, unknown or misshapen.
    """
    arrays = {name: np.asarray(value, np.float32) for name, value in state.items()}
    metadata = metadata or {}
    blocks = sum(name.endswith(".linear1.weight") for name in arrays)
    names = [f"res_blocks.{block}.linear{half}" for block in range(blocks) for half in (1, 2)]
    names = ["encoder.0", *names, "decoder"]
    wanted = {f"{name}.{kind}" for name in names for kind in ("weight", "bias")}
    if wrong := wanted ^ set(arrays):
        what = "misses" if wrong & wanted else "has unknown"
        raise _bad_weights(f"it {what} {', '.join(sorted(wrong)[:3])}")
    layers = [(np.ascontiguousarray(arrays[f"{name}.weight"].T), arrays[f"{name}.bias"]) for name in names]
    width = None
    for name, (weight, bias) in zip(names, layers, strict=True):
        if weight.ndim != 2 or bias.shape != weight.shape[1:] or width not in (None, weight.shape[0]):
            raise _bad_weights(f"the shape of {name} does not fit the others")
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise _bad_weights(f"{name} holds numbers that are none")
        width = weight.shape[1]
    hidden = layers[0][0].shape[1]
    if layers[-1][0].shape != (hidden, len(layers[0][0])) or any(w.shape[1] != hidden for w, _ in layers[2:-1:2]):
        raise _bad_weights("its layers do not fit each other")
    pairs = tuple(zip(layers[1:-1:2], layers[2:-1:2], strict=True))
    fps = float(metadata["fps"]) if "fps" in metadata else None
    detrend, normalise, polish = (metadata.get(name) == "1" for name in ("detrend", "normalise", "polish"))
    return SmoothNet(layers[0], pairs, layers[-1], detrend, normalise, polish, fps)


@cache
def load_network(path: Path) -> SmoothNet:
    """Weights from a .safetensors file; GhostcapError (not_found, bad_weights) otherwise."""
    try:
        return network_from_state(*read_tensors(path))
    except GhostcapError as error:
        raise (
            error if str(path) in error.message else GhostcapError(f"{path}: {error.message}", error.hint, error.code)
        ) from error


def apply_network(network: SmoothNet, windows: ArrayLike) -> Array:
    """Windows of single channels, (..., window) -> the same shape, float32."""
    x = np.asarray(windows, np.float32)
    if network.detrend:
        line = _line(network.window)
        straight = (x @ line) @ line.T
        # Someone who stands still has no motion to be added to by the biases.
        return _forward(network, x - straight) - _forward(network, np.zeros_like(x, shape=network.window)) + straight
    return _forward(network, x)


def slide_network(network: SmoothNet, values: ArrayLike, dilation: int = 1) -> Array:
    """Smooth all channels at once: windows slide by one frame, overlapping results are averaged.

    values (T, C) finite -> (T, C). A clip shorter than the window is continued at both ends by its point reflection.
    With a dilation k a window takes every k-th frame, so that it spans k times the time.
    """
    values = np.asarray(values, dtype=float)
    if not values.size:
        return values.copy()
    # Single precision is enough for what is left when the channel's middle is taken out.
    middle = values.mean(axis=0) if network.detrend else np.zeros(values.shape[1])
    level = np.ones(values.shape[1])
    if network.normalise:
        phases = [measure_noise(values[phase::dilation]) for phase in range(min(dilation, len(values)))]
        level = np.maximum(np.median(phases, axis=0), NOISE_FLOOR)
    out = (values - middle) / level
    for phase in range(min(dilation, len(values))):
        out[phase::dilation] = _slide_over(network, out[phase::dilation])
    return out * level + middle


def measure_noise(values: ArrayLike) -> Array:
    """How much each channel jumps from frame to frame. values (T, C) -> (C,), standard deviation of white noise.

    From the median of the fourth differences, which motion hardly shows in; the fourth difference of white noise has
    70 times its variance, and the median absolute deviation of a normal distribution is 0.6745 of its standard
    deviation.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 5:
        return np.zeros(values.shape[1:])
    return np.median(np.abs(np.diff(values, 4, axis=0)), axis=0) / (0.6745 * 70**0.5)


def _slide_over(network: SmoothNet, values: Array) -> Array:
    """(T, C) -> (T, C)."""
    count, window = len(values), network.window
    before = max(0, window - count) // 2
    after = max(0, window - count - before)
    padded = np.pad(values, ((before, after), (0, 0)), mode="reflect", reflect_type="odd")
    channels = np.ascontiguousarray(padded.T, np.float32)
    out = np.concatenate([_slide(network, part) for part in np.array_split(channels, max(1, len(channels) // 4))])
    return out.T[before : before + count]


def _slide(network: SmoothNet, channels: Array) -> Array:
    """(C, T) -> (C, T), float64."""
    window, count = network.window, channels.shape[1]
    total = np.zeros(channels.shape)
    size = max(1, _ROWS // len(channels))
    for start in range(0, count - window + 1, size):
        part = np.ascontiguousarray(sliding_window_view(channels[:, start : start + size + window - 1], window, axis=1))
        result = np.ascontiguousarray(np.moveaxis(apply_network(network, part), -1, 0))
        length = part.shape[1]
        for offset in range(window):
            total[:, start + offset : start + offset + length] += result[offset]
    covering = np.convolve(np.ones(count - window + 1), np.ones(window))
    return total / covering


def _forward(network: SmoothNet, x: Array) -> Array:
    x = _leaky(_linear(x, network.encoder), 0.1)
    for first, second in network.blocks:
        x = x + _leaky(_linear(_leaky(_linear(x, first), 0.2), second), 0.2)
    return _linear(x, network.decoder)


def _linear(x: Array, layer: Layer) -> Array:
    """In products so small that BLAS starts no threads for them.

    Threads of OpenBLAS wait for each other at the end of each product. Where another program keeps the processor busy,
    as a capture does, that took ten times as long as the product itself.
    """
    weight, bias = layer
    rows = x.reshape(-1, x.shape[-1])
    size = max(_PRODUCT // weight.size, 1)
    whole = len(rows) // size * size
    out = np.empty((len(rows), weight.shape[1]), np.float32)
    np.matmul(rows[:whole].reshape(-1, size, rows.shape[1]), weight, out=out[:whole].reshape(-1, size, weight.shape[1]))
    np.matmul(rows[whole:], weight, out=out[whole:])
    out += bias
    return out.reshape(*x.shape[:-1], -1)


def _leaky(x: Array, slope: float) -> Array:
    return np.maximum(x, x * np.float32(slope))


def _line(window: int) -> Array:
    """(window, 2) an orthonormal basis of the straight lines."""
    time = np.linspace(-1.0, 1.0, window)
    return np.stack([np.full(window, window**-0.5), time / np.linalg.norm(time)], axis=1).astype(np.float32)


def _bad_weights(what: str) -> GhostcapError:
    return GhostcapError(f"These are no weights of SmoothNet: {what}.", "Name a SmoothNet checkpoint.", "bad_weights")
