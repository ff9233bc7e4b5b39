# SPDX-License-Identifier: GPL-3.0-or-later
"""One process at a time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def locked(path: Path, tick: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file; wait for another process that holds it. The system frees the locks of processes that die."""
    with path.open("a+b") as file:
        while not try_lock(file):
            tick()
            time.sleep(0.2)
        yield  # closing the file frees the lock


def try_lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed; False when another process holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
