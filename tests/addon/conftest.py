# SPDX-License-Identifier: GPL-3.0-or-later
"""Each test begins with an empty scene and a capture on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

_status = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_status] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without Blender's own end: its module may hang for good while Python takes it down (seen with 4.5)."""
    if "bpy" in sys.modules and _status in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_status])


@pytest.fixture(autouse=True)
def context() -> Any:
    """Blender's context over an empty scene, nothing left of the test before."""
    bpy = pytest.importorskip("bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Three people: a walk, a somersault that begins at frame 10, a cartwheel of a larger person."""
    return write_synthetic_capture(
        tmp_path / "dance.capture",
        synthetic_track("walk"),
        synthetic_track("somersault", first=10),
        synthetic_track("cartwheel", first=5, beta=2.0),
    )
