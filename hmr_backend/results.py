# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ghostcap animate` has made of a video, noted beside the files: a second run knows its own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..motion.archive import written_whole

_SUFFIX = ".ghostcap.json"


@dataclass
class Results:
    """Steps that are done, each with what it was made with and its files."""

    path: Path
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    def is_done(self, step: str, made_with: dict[str, Any]) -> bool:
        """Whether the step was done with the same and its files still are as they were."""
        entry = self.steps.get(step)
        if entry is None or entry.get("made_with") != made_with:
            return False
        files = entry.get("files", {})
        return bool(files) and all(_size(self.path.parent / name) == size for name, size in files.items())

    def files(self, step: str) -> list[Path]:
        """The files a step has made."""
        return [self.path.parent / name for name in self.steps.get(step, {}).get("files", {})]

    def owns(self, path: Path) -> bool:
        """Whether one of the steps has made this file and nobody has changed it since."""
        sizes = {name: size for entry in self.steps.values() for name, size in entry.get("files", {}).items()}
        return path.name in sizes and _size(path) == sizes[path.name]

    def note(self, step: str, made_with: dict[str, Any], files: Iterable[Path]) -> None:
        """Write down a finished step."""
        sizes = {file.relative_to(self.path.parent).as_posix(): _size(file) for file in files}
        self.steps[step] = {"made_with": made_with, "files": sizes}
        with written_whole(self.path) as temporary:
            temporary.write_text(json.dumps(self.steps, indent=2) + "\n", encoding="utf-8")


def read_results(out: Path, stem: str) -> Results:
    """What is noted in the folder `out` for the video `stem`; nothing when there is no note."""
    path = out / f"{stem}{_SUFFIX}"
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        steps = {}
    return Results(path, steps if isinstance(steps, dict) else {})


def fingerprint(capture: Path) -> str:
    """Which capture this is: the sha256 of its capture.json."""
    return sha256((capture / "capture.json").read_bytes()).hexdigest()


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
