# SPDX-License-Identifier: GPL-3.0-or-later
"""joblib's files, read without joblib's own reader, which runs what it finds.

The format: a pickle, compressed or not, in whose stream the bytes of an array follow the object that describes it.
"""

from __future__ import annotations

import bz2
import importlib
import importlib.util
import io
import lzma
import pickle
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...motion.errors import GhostcapError
from .pickles import LimitedReader, RestrictedUnpickler, explained
from .tensors import TENSORS

LIMIT = 32 << 30
"""Bytes; hours of many people fit."""
_ARRAY_LIMIT = 1 << 30
_MAGIC: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"BZ", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", lzma.LZMADecompressor),
    (b"]\x00", lzma.LZMADecompressor),
    (b"\x78", zlib.decompressobj),
)
_LZ4 = b"\x04\x22\x4d\x18"


def read_joblib(path: Path, limit: int = LIMIT) -> Any:
    """The content of a joblib file, or of a plain pickle. GhostcapError `unsafe_file`, `bad_file`, `not_found`."""
    with explained(path, "joblib file"), path.open("rb") as file:
        return _JoblibUnpickler(_decompressed(path, file, limit), path).load()


def _decompressed(path: Path, file: IO[bytes], limit: int) -> IO[bytes]:
    start = file.read(6)
    file.seek(0)
    if start.startswith(_LZ4):
        if importlib.util.find_spec("lz4") is None:
            raise GhostcapError(
                f"{path} is packed with LZ4, which is not installed.",
                f"Install it with: {sys.executable} -m pip install lz4",
                "no_lz4",
            )
        unpack: Any = importlib.import_module("lz4.frame").LZ4FrameDecompressor()
        return io.BufferedReader(LimitedReader(file, unpack, limit), 1 << 18)
    for magic, make in _MAGIC:
        if start.startswith(magic):
            return io.BufferedReader(LimitedReader(file, make(), limit), 1 << 18)
    return file


class _ArrayRecord:
    """joblib's description of an array whose bytes come next."""

    shape: tuple[int, ...]
    order: str
    dtype: np.dtype[Any]
    subclass: Any

    def read(self, file: IO[bytes], path: Path) -> np.ndarray[Any, Any]:
        dtype = np.dtype(self.dtype)
        if dtype.hasobject:
            # Such an array is a pickle of its own; joblib hands it to pickle.load.
            return np.asarray(_JoblibUnpickler(file, path).load(), dtype=object)
        count = 1
        for size in self.shape:
            count *= int(size)
        if not 0 <= count * dtype.itemsize <= _ARRAY_LIMIT:
            raise ValueError("it holds an array larger than any such file does")
        if getattr(self, "numpy_array_alignment_bytes", None) is not None:
            padding = file.read(1)
            file.read(padding[0] if padding else 0)
        data = file.read(count * dtype.itemsize)
        if len(data) < count * dtype.itemsize:
            raise EOFError("it ends early")
        array = np.frombuffer(data, dtype, count=count).copy()
        return array.reshape(self.shape, order="F" if self.order == "F" else "C")


class _JoblibUnpickler(RestrictedUnpickler):
    dispatch = RestrictedUnpickler.dispatch.copy()

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__(file, path)
        self._file = file

    def allowed(self) -> dict[str, Callable[..., Any]]:
        return {**super().allowed(), **TENSORS, "joblib.numpy_pickle.NumpyArrayWrapper": _ArrayRecord}

    def load_build(self) -> None:
        super().load_build()
        if isinstance(self.stack[-1], _ArrayRecord):
            self.stack.append(self.stack.pop().read(self._file, self.path))

    dispatch[pickle.BUILD[0]] = load_build
