# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C: the first asks the job to stop at the next frame, the second stops it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .progress import Cancelled


class Interrupt:
    """Whether the user wants the job to stop. `request` may be called from any thread."""

    def __init__(self) -> None:
        self._requested = threading.Event()

    @property
    def requested(self) -> bool:
        """True once the user asked."""
        return self._requested.is_set()

    def request(self) -> None:
        """Ask the job to stop at its next frame."""
        self._requested.set()

    def check(self) -> None:
        """Raise Cancelled when the user asked."""
        if self.requested:
            raise Cancelled


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Turn SIGINT (and CTRL_BREAK on Windows) into an Interrupt; a second one raises KeyboardInterrupt.

    Only the main thread receives signals; elsewhere the Interrupt is never set by one.
    """
    interrupt = Interrupt()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if interrupt.requested:
            raise KeyboardInterrupt
        interrupt.request()

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    # CTRL_BREAK is all that one Windows program can send to another; SIGTERM is how a farm stops a job.
    names = [name for name in ("SIGINT", "SIGBREAK", "SIGTERM") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.signal(getattr(signal, name), handle) for name in names}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
