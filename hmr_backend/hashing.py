# SPDX-License-Identifier: GPL-3.0-or-later
"""Which video a capture was made from: the sha256 of the file, or of all files of a folder of pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..motion.errors import GhostcapError
from .progress import Reporter

_BLOCK = 1 << 20


def hash_video(path: Path, reporter: Reporter) -> str:
    """Hex sha256, read in blocks; a folder gives the hash of its file names and contents in order of name."""
    files = sorted(item for item in path.iterdir() if item.is_file()) if path.is_dir() else [path]
    total = sum(file.stat().st_size for file in files)
    digest, done = hashlib.sha256(), 0
    for file in files:
        if path.is_dir():
            digest.update(file.name.encode() + b"\0")
        try:
            with file.open("rb") as source:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    done += len(block)
                    reporter.progress(done // _BLOCK, max(total // _BLOCK, 1))
        except OSError as error:
            raise GhostcapError(f"{file} can't be read: {error.strerror}.", code="not_readable") from error
    return digest.hexdigest()
