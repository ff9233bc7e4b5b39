# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts an environment can have: their packages in exact versions, their size, the Pythons they run on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

VERSIONS: dict[str, tuple[str, ...]] = {
    "backend": ("3.13", "3.12", "3.11"),
    "bpy-4.5": ("3.11",),
    "bpy-5.2": ("3.13",),
}
"""Parts that decide the Python, and the versions they run on, best first."""

PARTS = ("backend", "hmr2", "bpy-4.5", "bpy-5.2", "bpy-test", "test")


def project_root() -> Path:
    """The folder of the project that an environment is made for; Blender's extension is one too."""
    return _here().resolve().parent.parent


def pin_file(part: str) -> Path:
    """The requirements file with a part's packages."""
    return _here() / "requirements" / f"{part}.txt"


def read_pins(part: str) -> str:
    """Its text, with the same line ends on every system."""
    return pin_file(part).read_text(encoding="utf-8")


def digest_pins(part: str) -> str:
    """The sha256 of a part's pins."""
    return hashlib.sha256(read_pins(part).encode()).hexdigest()


def find_pin(part: str, package: str) -> str:
    """The line "pip==26.3", or "" when the part has no such package."""
    match = re.search(rf"^{package}==.*$", read_pins(part), re.MULTILINE)
    return match[0] if match else ""


def download_megabytes(parts: Sequence[str]) -> int:
    """How much there is to download at most."""
    return sum(_read_size(part, "Download") for part in parts)


def disk_megabytes(parts: Sequence[str]) -> int:
    """How much room it takes."""
    return sum(_read_size(part, "Disk") for part in parts)


def versions_for(parts: Sequence[str]) -> tuple[str, ...]:
    """The Pythons that all these parts run on."""
    return next((VERSIONS[part] for part in parts if part in VERSIONS), VERSIONS["backend"])


def _read_size(part: str, what: str) -> int:
    match = re.search(rf"^# {what}: (\d+) MB", read_pins(part), re.MULTILINE)
    return int(match[1]) if match else 0


def _here() -> Path:
    return Path(str(resources.files(__package__ or "")))
