# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture or an import that waits, runs or has ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..runs import Run

Kind = Literal["capture", "import"]


@dataclass(kw_only=True, eq=False)
class Job(Run):
    """A capture in the making: of a video, or of another program's motion file."""

    kind: Kind = "capture"
    """The backend's command, too."""
    source: Path
    """The video or the motion file."""
    target: Path
    """The folder the capture goes to."""
    set_scene: bool = True
    """Whether a scene without captures gets its frame rate, length and size."""
    told: bool = False
    """Whether `on_finished` was called."""

    @property
    def capture(self) -> Path | None:
        """The capture, once it is there."""
        return Path(str(self.result["capture"])) if self.state == "done" and "capture" in self.result else None
