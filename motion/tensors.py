# SPDX-License-Identifier: GPL-3.0-or-later
"""Named arrays in the safetensors format, read and written with NumPy alone: Blender's Python has no package for it.

The format: eight bytes with the header's length (little-endian), a JSON header, the arrays' bytes.
https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .archive import written_whole
from .errors import GhostcapError

_TYPES: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "<u1"}
_LONGEST_HEADER: Final = 100_000_000


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Arrays by name, and the file's metadata; GhostcapError names the file and what is wrong with it."""
    try:
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        if len(data) < 8 or length > min(_LONGEST_HEADER, len(data) - 8):
            raise ValueError("the header is cut off")
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        body = memoryview(data)[8 + length :]
        return {name: _read(entry, body) for name, entry in header.items()}, metadata
    except FileNotFoundError as error:
        raise GhostcapError(f"{path} is missing.", "Name a .safetensors file that exists.", "not_found") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "Weights are .safetensors files; was it downloaded whole?"
        raise GhostcapError(f"{path} can't be read as weights: {error}.", hint, "bad_weights") from error


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> None:
    """Write arrays whole or not at all, in the order of their names."""
    names = {np.dtype(code): name for name, code in _TYPES.items()}
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    parts, offset = [], 0
    for name, tensor in sorted(tensors.items()):
        part = np.ascontiguousarray(tensor).astype(tensor.dtype.newbyteorder("<")).tobytes()
        span = [offset, offset + len(part)]
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": span}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with written_whole(path) as temporary:
        temporary.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


def _read(entry: dict[str, Any], body: memoryview) -> NDArray[Any]:
    start, end = entry["data_offsets"]
    if entry["dtype"] not in _TYPES:
        raise ValueError(f"numbers of the type {entry['dtype']}")
    if not 0 <= start <= end <= len(body):
        raise ValueError("the file is cut off")
    return np.frombuffer(body[start:end], _TYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
