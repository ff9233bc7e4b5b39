# SPDX-License-Identifier: GPL-3.0-or-later
"""Classical filters over time, in NumPy alone: (T, C) channels in, (T, C) out, none but One-Euro with a delay.

Each has one parameter that says how much it smooths, in hertz or seconds, so that a setting means the same at any
frame rate. Both ends are continued by point reflection: a straight line stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def gaussian(values: ArrayLike, fps: float, seconds: float = 0.05) -> Array:
    """A Gaussian with a standard deviation of `seconds`."""
    sigma = seconds * fps
    radius = max(1, int(np.ceil(4 * sigma)))
    time = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (time / max(sigma, 1e-6)) ** 2)
    return _convolve(values, kernel / kernel.sum())


def savitzky_golay(values: ArrayLike, fps: float, seconds: float = 0.35) -> Array:
    """Least-squares parabolas over a window of `seconds` (Savitzky and Golay 1964)."""
    radius = max(2, round(seconds * fps / 2))
    time = np.arange(-radius, radius + 1) / radius
    powers = np.stack([np.ones_like(time), time, time**2], axis=1)
    return _convolve(values, np.linalg.pinv(powers)[0][::-1])


def butterworth(values: ArrayLike, fps: float, hertz: float = 6.0) -> Array:
    """Fourth-order low-pass without delay: a second-order Butterworth filter run forwards and backwards (Winter 2009).

    Done on the spectrum, where running both ways squares the amplitude's response. `hertz` is where one run has lost
    3 dB, at most 0.45 of the frame rate.
    """
    values = np.asarray(values, dtype=float)
    count = len(values)
    if count < 2:
        return values.copy()
    pad = int(min(max(count - 1, 1), 3 * np.ceil(fps / hertz)))
    padded = np.pad(values, ((pad, pad), (0, 0)), mode="reflect", reflect_type="odd")
    # The spectrum is that of a periodic signal: take out the line from end to end, so that the ends meet.
    ramp = np.linspace(0.0, 1.0, len(padded))[:, None]
    line = padded[:1] + (padded[-1:] - padded[:1]) * ramp
    frequency = np.fft.rfftfreq(len(padded))
    warped = np.tan(np.pi * np.minimum(frequency, 0.4999)) / np.tan(np.pi * min(hertz / fps, 0.45))
    response = 1.0 / (1.0 + warped**4)
    smooth = np.fft.irfft(np.fft.rfft(padded - line, axis=0) * response[:, None], len(padded), axis=0) + line
    return smooth[pad : pad + count]


def whittaker(values: ArrayLike, fps: float, hertz: float = 4.0) -> Array:
    """The smoothest curve near the data: least squares with a penalty on the second difference (Whittaker 1923).

    The same as a Rauch-Tung-Striebel smoother with a constant-velocity model in its steady state. `hertz` is where half
    the amplitude is left. Solved in the cosine transform's domain (Garcia 2010).
    """
    values = np.asarray(values, dtype=float)
    count = len(values)
    if count < 3:
        return values.copy()
    penalty = (2.0 - 2.0 * np.cos(2 * np.pi * min(hertz / fps, 0.5))) ** -2
    ramp = np.linspace(0.0, 1.0, count)[:, None]
    line = values[:1] + (values[-1:] - values[:1]) * ramp
    # An odd continuation of what is left of the line is periodic over twice the length.
    around = np.concatenate([values - line, -(values - line)[-2:0:-1]])
    frequency = np.fft.rfftfreq(len(around))
    response = 1.0 / (1.0 + penalty * (2.0 - 2.0 * np.cos(2 * np.pi * frequency)) ** 2)
    return np.fft.irfft(np.fft.rfft(around, axis=0) * response[:, None], len(around), axis=0)[:count] + line


def one_euro(values: ArrayLike, fps: float, hertz: float = 1.5, beta: float = 4.0) -> Array:
    """The One-Euro filter (Casiez et al. 2012): a low-pass at `hertz` that opens by `beta` for each unit a second.

    For live use: it looks at the past only, and therefore lags.
    """
    values = np.asarray(values, dtype=float)
    out = values.copy()
    speed = np.zeros(values.shape[1:])
    slow = _smoothing_factor(np.float64(1.0), fps)
    for frame in range(1, len(values)):
        speed = speed + slow * ((values[frame] - out[frame - 1]) * fps - speed)
        factor = _smoothing_factor(hertz + beta * np.abs(speed), fps)
        out[frame] = out[frame - 1] + factor * (values[frame] - out[frame - 1])
    return out


FILTERS: Final[dict[str, Callable[..., Array]]] = {
    "one-euro": one_euro,
    "savgol": savitzky_golay,
    "gaussian": gaussian,
    "butterworth": butterworth,
    "whittaker": whittaker,
}
"""By the names the user knows; each takes values, fps and one parameter of its own."""


def _smoothing_factor(hertz: Array | np.floating, fps: float) -> Array:
    turn = 2 * np.pi * np.asarray(hertz) / fps
    return turn / (turn + 1.0)


def _convolve(values: ArrayLike, kernel: Array) -> Array:
    """Convolution over time; the kernel's length is odd."""
    values = np.asarray(values, dtype=float)
    count, radius = len(values), len(kernel) // 2
    if count < 2:
        return values.copy()
    padded = np.pad(values, ((radius, radius), (0, 0)), mode="reflect", reflect_type="odd")
    out = np.zeros_like(values)
    for offset, weight in enumerate(kernel):
        out += weight * padded[offset : offset + count]
    return out
