# SPDX-License-Identifier: GPL-3.0-or-later
"""Users' own SmoothNet checkpoints: the official ones of all families, safetensors of ours.

cure-lab's (pw3d, aist, h36m), MMPose's and MMHuman3D's checkpoints have the same parameters in different sizes, at
windows of 8, 16, 32 and 64; some keep them under `state_dict`, some with a prefix.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..motion.errors import GhostcapError
from ..motion.smoothing_network import SmoothNet, load_network, network_from_state

_PREFIXES: Final = ("module.", "smoothnet.", "model.")


def read_checkpoint(path: Path) -> SmoothNet:
    """A network from a .safetensors file or a PyTorch checkpoint, its sizes taken from the shapes.

    PyTorch's files are read as plain tensors, and nothing in them is run. GhostcapError (not_found, bad_weights,
    no_torch) says what is wrong.
    """
    if path.suffix == ".safetensors":
        return load_network(path)
    if not path.is_file():
        raise GhostcapError(f"{path} is missing.", "Name a SmoothNet checkpoint that exists.", "not_found")
    try:
        import torch
    except ImportError as error:
        hint = "Install PyTorch beside Ghostcap, or convert the file to .safetensors."
        raise GhostcapError(f"Reading {path.name} takes PyTorch.", hint, "no_torch") from error
    try:
        data = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        hint = "Is it a SmoothNet checkpoint, downloaded whole?"
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GhostcapError(f"{path} can't be read as a checkpoint: {reason}", hint, "bad_weights") from error
    try:
        return network_from_state(_find_state(data))
    except GhostcapError as error:
        raise GhostcapError(f"{path}: {error.message}", error.hint, error.code) from error


def _find_state(data: Any) -> dict[str, Any]:
    """The parameters by their published names, wherever the file keeps them."""
    if isinstance(data, Mapping):
        data = next((data[key] for key in ("state_dict", "model_state_dict") if key in data), data)
    if not isinstance(data, Mapping):
        raise GhostcapError("This file holds no parameters.", "Name a SmoothNet checkpoint.", "bad_weights")
    return {_plain_name(str(name)): value for name, value in data.items() if hasattr(value, "shape")}


def _plain_name(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
