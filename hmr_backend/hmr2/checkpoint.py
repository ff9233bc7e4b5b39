# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights from disk: the authors' checkpoint (PyTorch Lightning 1.8), or our own copy of it as safetensors.

torch's weights_only reader runs nothing that is in a file; the few names a checkpoint of this kind holds beside tensors
are told to it as inert containers.
"""

from __future__ import annotations

import pickle
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...motion.archive import written_whole
from ...motion.errors import GhostcapError
from .network import Hmr2, NetworkSize, empty_network, place_network

PARTS = ("backbone.", "smpl_head.")
"""Of a checkpoint the discriminator and SMPL's own arrays are left aside, whether they are there or not."""
FORMAT = "ghostcap-hmr2-1"
_MISSING_SHOWN = 5


# Containers of training settings, which nobody needs here. torch's reader fills only the mappings it knows.
_SETTINGS = (
    "yacs.config.CfgNode",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
)


def load_network(path: Path, device: torch.device, dtype: torch.dtype, size: NetworkSize | None = None) -> Hmr2:
    """The network with the weights of a file, ready on a device.

    The weights are read once, straight from the file's pages. GhostcapError `bad_weights` names what is missing or
    misshapen, `unsafe_file` what a checkpoint wanted to run.
    """
    network = empty_network(size)
    tensors = read_weights(path)
    check_weights(path, tensors, network)
    own = {name: tensors[name] for name in network.state_dict()}
    head = {name: tensor.float() for name, tensor in own.items() if name.startswith("smpl_head.")}
    network.load_state_dict({**own, **head}, assign=True)
    return place_network(network, device, dtype).requires_grad_(False)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Backbone and head, by the checkpoint's names, from .ckpt or .safetensors."""
    if not path.is_file():
        raise GhostcapError(f"{path} does not exist.", "ghostcap weights lists what is there.", "weights_missing")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    content = _read_checkpoint(path)
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, Mapping):
        raise GhostcapError(f"{path} is no checkpoint: it has no state_dict.", code="bad_weights")
    return {
        name: tensor for name, tensor in state.items() if str(name).startswith(PARTS) and isinstance(tensor, Tensor)
    }


def check_weights(path: Path, tensors: Mapping[str, Tensor], network: Hmr2) -> None:
    """GhostcapError `bad_weights` unless each weight of the network is there in its shape."""
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in tensors]
    if missing:
        more = f" and {len(missing) - _MISSING_SHOWN} more" if len(missing) > _MISSING_SHOWN else ""
        raise GhostcapError(
            f"{path} lacks {', '.join(missing[:_MISSING_SHOWN])}{more}.",
            "It is no checkpoint of HMR 2.0, or not a whole one.",
            "bad_weights",
        )
    for name, meta in wanted.items():
        shape = tuple(tensors[name].shape)
        if shape != tuple(meta.shape):
            raise GhostcapError(
                f"{path}: {name} has the shape {shape}, not {tuple(meta.shape)}.",
                "It belongs to another network than HMR 2.0b.",
                "bad_weights",
            )


def convert_weights(source: Path, target: Path, size: NetworkSize | None = None) -> None:
    """Check a checkpoint and keep it as safetensors, the backbone in bfloat16: half the size."""
    tensors = read_weights(source)
    check_weights(source, tensors, empty_network(size))
    own = {
        name: tensors[name].to(torch.bfloat16 if name.startswith("backbone.") else torch.float32).contiguous()
        for name in empty_network(size).state_dict()
    }
    with written_whole(target) as temporary:
        save_file(own, temporary, metadata={"format": FORMAT})


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys() if name.startswith(PARTS)}  # noqa: SIM118 - no dict
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error


def _read_checkpoint(path: Path) -> Any:
    # The classes are told by name: none of these libraries needs to be there.
    known: list[Any] = [(OrderedDict, name) for name in _SETTINGS]
    try:
        with torch.serialization.safe_globals(known):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except pickle.UnpicklingError as error:
        if refused := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise GhostcapError(
                f"{path} wants to run {refused[1]}, which no checkpoint of HMR 2.0 needs. It was not run.",
                "Don't use this file; get it from its first source.",
                "unsafe_file",
            ) from error
        raise _damaged(path, error) from error
    except (RuntimeError, EOFError, ValueError, KeyError, OSError, AttributeError, TypeError) as error:
        raise _damaged(path, error) from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _damaged(path: Path, error: Exception) -> GhostcapError:
    # torch goes on to guess at reasons.
    said = re.split(r"[.:] |\n", str(error))[0] if str(error) else type(error).__name__
    return GhostcapError(
        f"{path} is damaged or no checkpoint: {said.rstrip('.')}.",
        "Download it again; it is about 2.7 GB.",
        "bad_weights",
    )
