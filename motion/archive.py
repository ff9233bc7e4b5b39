# SPDX-License-Identifier: GPL-3.0-or-later
"""Files written whole (temporary name, then rename), and .npz files read without pickle."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import CaptureError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the name, on failure it goes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write a compressed .npz whole or not at all."""
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def is_npz(path: Path) -> bool:
    """Whether a file begins as an .npz does; what NumPy says of others is about pickles. OSError."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def read_arrays(path: Path, *required: str) -> dict[str, NDArray[Any]]:
    """Read all arrays of an .npz; CaptureError names the file and what is missing or wrong."""
    try:
        if not is_npz(path):
            raise CaptureError(f"{path} is no .npz file.", "Capture the video again.")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise CaptureError(f"{path} is missing.", "Capture the video again.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise CaptureError(f"{path} can't be read: {error}.", "Capture the video again.") from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise CaptureError(f"{path} lacks {', '.join(missing)}.", "Capture the video again.")
    return arrays
