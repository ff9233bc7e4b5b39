# SPDX-License-Identifier: GPL-3.0-or-later
"""The build of torch: the wrong one costs gigabytes, or leaves the graphics card idle."""

from __future__ import annotations

import pytest

from ghostcap.hmr_backend.environment.torch_builds import choose_cuda, choose_options


@pytest.mark.parametrize(
    ("system", "build", "offered", "folder"),
    [
        ("linux", "cuda", "", ""),
        ("linux", "cpu", "", "cpu"),
        ("linux", "cpu", "cpu", ""),
        ("linux", "cuda", "cpu", "cu"),
        ("linux", "rocm", "", "rocm"),
        ("win32", "cpu", "", ""),
        ("win32", "cuda", "", "cu"),
        ("darwin", "cpu", "", ""),
        ("linux", "cuda12", "", "cu126"),
        ("linux", "cuda12", "cu126", ""),
        ("linux", "cuda12", "cu130", "cu126"),
        ("win32", "cuda12", "", "cu126"),
    ],
)
def test_each_machine_gets_its_build(system: str, build: str, offered: str, folder: str) -> None:
    """On a CPU-only Linux never CUDA's 3 GB; on Windows with an NVIDIA card not the CPU's."""
    options = choose_options(system, build, offered)
    assert bool(options) == bool(folder)
    if folder:
        assert options[0] == "--extra-index-url"
        assert options[1].rpartition("/")[2].startswith(folder)


@pytest.mark.parametrize(
    ("answer", "build"),
    [
        ("8.6, 581.15\n", "cuda"),
        ("6.1, 581.15\n", "cuda12"),
        ("8.6, 560.94\n", "cuda12"),
        ("6.1, 590.44.01\n9.0, 590.44.01\n", "cuda"),
        ("12.0, 580.65.06\n", "cuda"),
        ("[N/A], 581.15\n", "cuda"),
        ("", "cuda"),
    ],
)
def test_older_cards_and_drivers_get_cuda_12(answer: str, build: str) -> None:
    """CUDA 13 has nothing for a GTX 1080, and torch would fail at its first sum."""
    assert choose_cuda(answer) == build
