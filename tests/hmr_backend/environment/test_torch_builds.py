# SPDX-License-Identifier: GPL-3.0-or-later
"""The build of torch: the wrong one costs gigabytes, or leaves the graphics card idle."""

from __future__ import annotations

import pytest

from ghostcap.hmr_backend.environment.torch_builds import choose_options


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
    ],
)
def test_each_machine_gets_its_build(system: str, build: str, offered: str, folder: str) -> None:
    """On a CPU-only Linux never CUDA's 3 GB; on Windows with an NVIDIA card not the CPU's."""
    options = choose_options(system, build, offered)
    assert bool(options) == bool(folder)
    if folder:
        assert options[0] == "--extra-index-url"
        assert options[1].rpartition("/")[2].startswith(folder)
