# SPDX-License-Identifier: GPL-3.0-or-later
"""pip: run, followed, and its complaints put into a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from .problem import EnvironmentProblem
from .programs import run_program

_NETWORK = re.compile(
    r"No matching distribution|Could not find a version|Failed to establish|NewConnectionError|Temporary failure in"
    r" name|Name or service not known|getaddrinfo failed"
    r"|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Connection broken"
    r"|Could not fetch URL|Network is unreachable|IncompleteRead|incomplete-download",
    re.IGNORECASE,
)
_DISK_FULL = re.compile(r"No space left on device|Errno 28|not enough space|Disk quota exceeded", re.IGNORECASE)
_FORBIDDEN = re.compile(r"Permission denied|Access is denied|Read-only file system|Errno 13|Errno 30", re.IGNORECASE)


def run_pip(
    python: Path,
    arguments: Sequence[str | Path],
    tick: Callable[[], None] = lambda: None,
    on_line: Callable[[str], None] = lambda _line: None,
    variables: dict[str, str] | None = None,
) -> None:
    """Run this Python's pip. EnvironmentProblem says in a line what went wrong; see `run_program` for `tick`."""
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1", **(variables or {})}
    code, output = run_program([python, "-m", "pip", *arguments], on_line, tick, quiet)
    if code:
        raise explain_pip(output)


def explain_pip(output: str) -> EnvironmentProblem:
    """The problem behind what a failed pip printed."""
    errors = [line.partition("ERROR:")[2].strip() for line in output.splitlines() if "ERROR:" in line]
    said = (errors or [line.strip() for line in output.splitlines() if line.strip()] or ["it said nothing"])[-1]
    if _DISK_FULL.search(output):
        return EnvironmentProblem(
            "The disk is full.", "Make room and run it again; what was done is kept.", "disk_full"
        )
    if _FORBIDDEN.search(output):
        return EnvironmentProblem(f"pip may not write: {said}.", "Choose a folder that you may write to.", "read_only")
    if _NETWORK.search(output):
        return EnvironmentProblem(
            f"pip can't get the packages: {said.rstrip('.')}.",
            "Check the network (a proxy: HTTPS_PROXY) and run it again; what was downloaded is kept.",
            "no_network",
        )
    return EnvironmentProblem(
        f"pip failed: {said.rstrip('.')}.", "Run it again with --debug to see all it says.", "pip"
    )


class Download:
    """How much pip has got, from what it prints with `--progress-bar raw`."""

    def __init__(self, total: int) -> None:
        self._total, self._before, self._now = total, 0.0, 0.0

    @property
    def megabytes(self) -> int:
        """Whole MB; never more than expected."""
        return min(int(self._before + self._now), self._total)

    def read(self, line: str) -> None:
        """Take a line of pip's into account."""
        if match := re.match(r"Progress (\d+) of (\d+)", line):
            self._now = int(match[1]) / 1e6
        elif match := re.search(r"Using cached .*\((\d+(?:\.\d+)?) (kB|MB)\)", line):
            self._before += float(match[1]) * (1 if match[2] == "MB" else 1e-3)
        elif self._now:
            self._before, self._now = self._before + self._now, 0.0
