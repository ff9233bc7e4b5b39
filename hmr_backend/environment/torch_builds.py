# SPDX-License-Identifier: GPL-3.0-or-later
"""The build of torch that fits this machine: CPU, CUDA, ROCm; on a Mac there is only one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .pins import find_pin
from .pip import run_pip
from .reporting import Reporter

PART = "hmr2"
INDEX = "https://download.pytorch.org/whl/"
"""PyTorch's own index has all builds; the Python package index has one for each system."""
FOLDERS = {"cpu": "cpu", "cuda": "cu130", "rocm": "rocm7.1"}
MEGABYTES = {"cpu": 200, "cuda": 3000, "rocm": 4500}
"""About what there is to download."""


def torch_options(python: Path, reporter: Reporter, tick: Callable[[], None] = lambda: None) -> list[str]:
    """pip's options that bring the right build; none where the user's package index brings it anyway."""
    build = find_build()
    options = choose_options(sys.platform, build, _offered(python, tick))
    reporter.note(f"torch for {build.upper()}: about {MEGABYTES[build]} MB to download.")
    return options


def find_build() -> str:
    """Which build this machine can use: "cuda", "rocm" or "cpu" (which on a Mac has Metal, too)."""
    if sys.platform == "darwin":
        return "cpu"
    if _answers(["nvidia-smi", "--list-gpus"], "GPU"):
        return "cuda"
    if sys.platform == "linux" and _answers(["rocminfo"], "gfx"):
        return "rocm"
    return "cpu"


def choose_options(system: str, build: str, offered: str) -> list[str]:
    """pip's options for a build, where pip by itself would take the one labelled `offered` ("cpu", "cu130", "")."""
    if system == "darwin":
        return []
    # Without a label it is the package index's own: CUDA on Linux, CPU on Windows.
    label = offered or ("cu" if system == "linux" else "cpu")
    if label.startswith({"cpu": "cpu", "cuda": "cu", "rocm": "rocm"}[build]):
        return []
    # A version with a label ranks above the same without one, so pip takes it from there.
    return ["--extra-index-url", INDEX + FOLDERS[build]]


def _offered(python: Path, tick: Callable[[], None]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--report", report]
        run_pip(python, ["install", *options, find_pin(PART, "torch")], tick)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return str(found[0]["metadata"]["version"]).partition("+")[2]


def _answers(command: list[str], word: str) -> bool:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and word in answer.stdout
