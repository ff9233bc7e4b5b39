# SPDX-License-Identifier: GPL-3.0-or-later
"""Pickles of other programs, read by a list of allowed names: nothing in the file is ever run.

A pickle may ask for any function of any module. This reader knows NumPy's arrays and plain containers; objects of a few
libraries (chumpy, SciPy's sparse matrices) become `Record`s, bags of attributes without behaviour; all else is refused.
"""

from __future__ import annotations

import io
import pickle
import re
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...motion.errors import GhostcapError

_PYTHON2 = {"copy_reg": "copyreg", "__builtin__": "builtins"}
RECORDS = ("chumpy.", "scipy.sparse")
"""Libraries whose objects are kept as records."""


class Record:
    """An object of a library that is not needed: its name and its attributes."""

    library = ""


def read_pickle(path: Path) -> Any:
    """The content of a pickle, Python 2's too. GhostcapError `unsafe_file` names what was refused; `bad_file`."""
    with explained(path), path.open("rb") as file:
        return RestrictedUnpickler(file, path).load()


class explained:  # noqa: N801 - used as a context manager
    """Turns what a damaged file makes a reader raise into an error for the user."""

    def __init__(self, path: Path, what: str = "pickle") -> None:
        self._path, self._what = path, what

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise GhostcapError(f"{self._path} does not exist.", code="not_found") from error
        if isinstance(error, OSError) and error.errno:
            raise GhostcapError(f"{self._path} can't be read: {error.strerror}.", code="not_readable") from error
        if isinstance(error, _DAMAGE):
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            if isinstance(error, (KeyError, IndexError)):  # of the reader's own tables and stack
                said = "what is in it makes no sense"
            raise GhostcapError(
                f"{self._path} is damaged or no {self._what}: {said.rstrip('.')}.",
                "Download or copy it again.",
                "bad_file",
            ) from error


_DAMAGE = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
    MemoryError, RecursionError, struct.error, zlib.error, OSError, AssertionError, NotImplementedError, ImportError,
)  # fmt: skip


# The reader in C can't be built upon; joblib's own reader stands on this one, too.
_Unpickler: Any = pickle._Unpickler  # type: ignore[attr-defined] # noqa: SLF001


class RestrictedUnpickler(_Unpickler):
    """Reads a pickle by the allowed names only."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__(file, encoding="latin1")
        self.path = path
        self._records: dict[str, type[Record]] = {}

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for; GhostcapError when it is none of the allowed."""
        # Protocol 4 allows dotted names, which lead anywhere.
        full = f"{_PYTHON2.get(module, module)}.{name}"
        if not re.fullmatch(r"[\w<>]+(\.[\w<>]+)+", full):
            raise pickle.UnpicklingError("what is in it makes no sense")
        if allowed := self.allowed().get(full):
            return allowed
        if full.startswith(RECORDS) and "." not in name:
            return self._records.setdefault(full, type("Record", (Record,), {"library": full}))
        raise GhostcapError(
            f"{self.path} wants to run {full}, which no file of this kind needs. It was not run.",
            "Don't use this file; get it from its first source.",
            "unsafe_file",
        )

    def allowed(self) -> dict[str, Callable[..., Any]]:
        """Names that are known, and what they stand for."""
        return _ALLOWED

    def persistent_load(self, _identity: Any) -> Any:
        """No file of ours has these."""
        raise pickle.UnpicklingError("it refers to something outside the file")


def _reconstruct_object(kind: Any, base: Any, _state: Any) -> Record:
    """Python 2's way to make an object (copy_reg._reconstructor)."""
    if base is not object or not (isinstance(kind, type) and issubclass(kind, Record)):
        raise pickle.UnpicklingError("it makes an object of an odd kind")
    return kind()


def _reconstruct_array(kind: Any, _shape: Any, _dtype: Any) -> np.ndarray[Any, Any]:
    if kind is not np.ndarray:
        raise pickle.UnpicklingError("it makes an array of an odd kind")
    return np.ndarray((0,), dtype=np.int8)


def _array_from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy()


def _make_scalar(dtype: Any, data: Any = None) -> Any:
    if np.dtype(dtype).hasobject:
        raise pickle.UnpicklingError("it makes a number of an odd kind")
    raw = data.encode("latin1") if isinstance(data, str) else data
    return np.frombuffer(raw, dtype, count=1)[0]


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"it has text in {encoding!r}")
    return str(text).encode("latin1")


def _make_bytes(data: Any = b"", encoding: Any = "latin1") -> bytes:
    if isinstance(data, int):  # so many zeros: of no use, and a way to fill the memory
        raise pickle.UnpicklingError("it makes a number of zero bytes")
    return _encode(data, encoding) if isinstance(data, str) else bytes(data)


def _join_path(*parts: Any) -> str:
    """A path of any system, as text: it only names a frame."""
    return "/".join(str(part).rstrip("/\\") if number else str(part).rstrip("\\") for number, part in enumerate(parts))


def _make_dict(*_factory: Any) -> dict[Any, Any]:
    return {}


_PATHS = ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
_SCALARS = (
    "bool_", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip
_ALLOWED: dict[str, Any] = {
    "_codecs.encode": _encode,
    "builtins.bytearray": _make_bytes,
    "builtins.bytes": _make_bytes,
    **{f"builtins.{kind.__name__}": kind for kind in (object, list, dict, tuple, set, frozenset)},
    "collections.OrderedDict": OrderedDict,
    "collections.defaultdict": _make_dict,
    "copyreg._reconstructor": _reconstruct_object,
    # Python 3.13's paths come from a module of their own.
    **{f"{module}.{name}": _join_path for module in ("pathlib", "pathlib._local") for name in _PATHS},
    "numpy.dtype": np.dtype,
    "numpy.ndarray": np.ndarray,
    **{f"numpy.{name}": getattr(np, name) for name in _SCALARS},
    **{
        f"numpy.{core}.{name}": function
        for core in ("core", "_core")
        for name, function in {
            "multiarray._reconstruct": _reconstruct_array,
            "multiarray.scalar": _make_scalar,
            "numeric._frombuffer": _array_from_buffer,
        }.items()
    },
}


class LimitedReader(io.RawIOBase):
    """A decompressed stream that ends in an error when it becomes larger than a file of its kind is."""

    def __init__(self, file: IO[bytes], decompress: Any, limit: int) -> None:
        self._file, self._decompress, self._left = file, decompress, limit
        self._pending = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as a piece goes."""
        while not self._decompress.eof:
            data = self._pending or self._file.read(1 << 16)
            piece = self._decompress.decompress(data, len(buffer))
            self._pending = getattr(self._decompress, "unconsumed_tail", b"")
            if piece:
                self._left -= len(piece)
                if self._left < 0:
                    raise ValueError("unpacked, it is larger than any such file is")
                buffer[: len(piece)] = piece
                return len(piece)
            if not data:
                raise EOFError("it ends early")
        return 0
