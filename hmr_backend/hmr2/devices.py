# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the network runs, and in which precision."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...motion.errors import GhostcapError

DEVICES: Final = ("auto", "cuda", "mps", "cpu")
PRECISIONS: Final = ("auto", "bf16", "fp16", "fp32")
_DTYPES: Final = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def list_devices() -> list[torch.device]:
    """The devices of this machine, fastest first; the CPU is always there. ROCm's are called cuda, too."""
    found = []
    if torch.cuda.is_available():
        found.append(torch.device("cuda"))
    if torch.backends.mps.is_available():
        found.append(torch.device("mps"))
    return [*found, torch.device("cpu")]


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name, or the fastest; GhostcapError `no_device` when it is not there."""
    there = list_devices()
    if name == "auto":
        return there[0]
    for device in there:
        if device.type == name:
            return device
    have = ", ".join(device.type for device in there)
    hint = f"This machine, with torch {torch.__version__}, has: {have}."
    if name == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        hint += " This build of torch is for the CPU only."
    raise GhostcapError(f"There is no {name} device.", hint, "no_device")


def choose_dtype(device: torch.device, name: str = "auto") -> torch.dtype:
    """The precision of that name; by itself the fastest this device has hardware for and that serves."""
    if name != "auto":
        return _DTYPES[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.bfloat16 if _cpu_has_bf16() else torch.float32


def send(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    """An array on a device, for what is done there next; without waiting until the device has done what it was told."""
    # CUDA keeps a copy of ordinary memory before the call returns, so the array may go at once.
    return torch.from_numpy(np.ascontiguousarray(array)).to(device, non_blocking=device.type == "cuda")


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware; without, it is slower than float32."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())
