# SPDX-License-Identifier: GPL-3.0-or-later
"""How a job reports: stages, progress, warnings. One interface; rich for people, JSON lines for programs."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Receives what a job has to say. `hmr_backend.reporting` has the implementations."""

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins (index counts from 1)."""
        ...

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done; also the place where a cancelled job stops (raises Cancelled)."""
        ...

    def warning(self, message: str) -> None:
        """Something the user should know, and that does not stop the job."""
        ...


class Cancelled(Exception):  # noqa: N818 - an outcome the user asked for, not an error
    """The user stopped the job."""


class Silent:
    """Reports to nobody."""

    def stage(self, stage: str, index: int, of: int) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int) -> None:
        """Say nothing."""

    def warning(self, message: str) -> None:
        """Say nothing."""
