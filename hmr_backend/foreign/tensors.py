# SPDX-License-Identifier: GPL-3.0-or-later
"""torch's tensors inside other programs' pickles, as arrays. torch reads their bytes, in its mode that runs nothing."""

from __future__ import annotations

import importlib.util
import io
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...motion.errors import GhostcapError


def load_storage(data: Any) -> NDArray[Any]:
    """What a tensor's numbers lie in, as a flat array."""
    if importlib.util.find_spec("torch") is None:
        raise GhostcapError(
            "The file holds torch's tensors, and torch is not installed.",
            "Install it with: python3 scripts/run.py --with hmr2, or save the file with NumPy's arrays.",
            "no_torch",
        )
    import torch

    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch calls this kind of storage old, and writes it still
            storage = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
            flat = torch.tensor([], dtype=storage.dtype).set_(storage.untyped())
    except (RuntimeError, ValueError, TypeError, AttributeError, EOFError) as error:
        raise pickle.UnpicklingError("a tensor in it is damaged") from error
    return (flat.float() if flat.dtype == torch.bfloat16 else flat).numpy().copy()


def rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_others: Any) -> NDArray[Any]:
    """An array of this shape from a storage."""
    if not isinstance(storage, np.ndarray) or storage.ndim != 1 or len(size) != len(stride):
        raise pickle.UnpicklingError("it makes a tensor of an odd kind")
    index = np.array(int(offset))
    for count, step in zip(size, stride, strict=True):
        # Checked before it is made: a few bytes may ask for any size.
        if not 0 <= int(count) * index.size <= storage.size:
            raise pickle.UnpicklingError("it makes a tensor larger than its numbers")
        index = index[..., None] + np.arange(int(count)) * int(step)
    if index.size and not 0 <= index.min() <= index.max() < storage.size:
        raise pickle.UnpicklingError("it makes a tensor larger than its numbers")
    return storage[index]


def rebuild_parameter(tensor: Any, *_others: Any) -> NDArray[Any]:
    """The tensor itself."""
    return np.asarray(tensor)


TENSORS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch.storage._load_from_bytes": load_storage,
}
"""Names in pickles, and what they stand for."""
