# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture that waits, runs or has ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..runs import Run


@dataclass(kw_only=True, eq=False)
class Job(Run):
    """A capture."""

    video: Path
    target: Path
    """The folder the capture goes to."""
    told: bool = False
    """Whether `on_finished` was called."""

    @property
    def capture(self) -> Path | None:
        """The capture, once it is there."""
        return Path(str(self.result["capture"])) if self.state == "done" and "capture" in self.result else None
