# SPDX-License-Identifier: GPL-3.0-or-later
"""The build of torch that fits this machine: CPU, CUDA, ROCm; on a Mac there is only one."""

from __future__ import annotations

import json
import re
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
FOLDERS = {"cpu": "cpu", "cuda": "cu130", "cuda12": "cu126", "rocm": "rocm7.2"}
"""Its folders for torch 2.13, by PyTorch's release compatibility matrix."""
NAMES = {"cpu": "CPU", "cuda": "CUDA", "cuda12": "CUDA 12", "rocm": "ROCm"}
MEGABYTES = {"cpu": 200, "cuda": 3000, "cuda12": 3000, "rocm": 4500}
"""About what there is to download."""
CUDA13_CAPABILITY = 7.5
"""Older cards (Maxwell, Pascal, Volta) are left out of CUDA 13."""
CUDA13_DRIVER = 580.0
"""Older drivers can't run it."""


def torch_options(python: Path, reporter: Reporter, tick: Callable[[], None] = lambda: None) -> list[str]:
    """pip's options that bring the right build; none where the user's package index brings it anyway."""
    build = find_build()
    options = choose_options(sys.platform, build, _offered(python, tick))
    reporter.note(f"torch for {NAMES[build]}: about {MEGABYTES[build]} MB to download.")
    return options


def find_build() -> str:
    """Which build this machine can use: "cuda", "cuda12", "rocm" or "cpu" (which on a Mac has Metal, too)."""
    if sys.platform == "darwin":
        return "cpu"
    if "GPU" in _ask(["nvidia-smi", "--list-gpus"]):
        return choose_cuda(_ask(["nvidia-smi", "--query-gpu=compute_cap,driver_version", "--format=csv,noheader"]))
    if sys.platform == "linux" and "gfx" in _ask(["rocminfo"]):
        return "rocm"
    return "cpu"


def choose_cuda(answer: str) -> str:
    """The build "cuda", or "cuda12" where the best card or its driver is too old for CUDA 13.

    answer: a line for each card, "8.6, 581.15"; where it says nothing, the card is taken for a newer one.
    """
    cards = [(float(c), float(d)) for c, d in re.findall(r"^\s*(\d+\.\d+)\s*,\s*(\d+(?:\.\d+)?)", answer, re.MULTILINE)]
    fits = not cards or any(c >= CUDA13_CAPABILITY and d >= CUDA13_DRIVER for c, d in cards)
    return "cuda" if fits else "cuda12"


def choose_options(system: str, build: str, offered: str) -> list[str]:
    """pip's options for a build, where pip by itself would take the one labelled `offered` ("cpu", "cu130", "")."""
    if system == "darwin":
        return []
    # Without a label it is the package index's own: CUDA on Linux, CPU on Windows.
    label = offered or (FOLDERS["cuda"] if system == "linux" else "cpu")
    if label.startswith({"cpu": "cpu", "cuda": "cu", "cuda12": "cu12", "rocm": "rocm"}[build]):
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


def _ask(command: list[str]) -> str:
    """What a program says; "" when it is not there or fails."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
