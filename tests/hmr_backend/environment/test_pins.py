# SPDX-License-Identifier: GPL-3.0-or-later
"""The pins: an environment made next year has to be the one that was tested."""

from __future__ import annotations

import re

import pytest

from ghostcap.hmr_backend.environment import checking, pins


@pytest.mark.parametrize("part", pins.PARTS)
def test_each_package_has_an_exact_version(part: str) -> None:
    """A range would install something untested one day."""
    lines = [line for line in pins.read_pins(part).splitlines() if line and not line.startswith("#")]
    assert lines == sorted(lines)
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[0-9.]+", line)] == []


@pytest.mark.parametrize("part", pins.PARTS)
def test_each_part_says_its_size_and_has_a_check(part: str) -> None:
    """The user is told beforehand how much comes; nothing is called ready that was not run."""
    assert pins.download_megabytes([part]) > 0
    assert pins.disk_megabytes([part]) > 0
    assert part in checking.CHECKS


def test_parts_installed_together_agree() -> None:
    """pip refuses two versions of one package."""
    for together in (["backend", "hmr2", "test"], ["bpy-4.5", "bpy-test"], ["bpy-5.2", "bpy-test"]):
        versions: dict[str, str] = {}
        for part in together:
            for name, version in re.findall(r"^(\S+)==(\S+)$", pins.read_pins(part), re.MULTILINE):
                assert versions.setdefault(name, version) == version, name
