# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene with an athlete and a user, built and not yet compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghostcap.tests.addon.comparison.walkers import write_walkers


@pytest.fixture
def walkers(tmp_path: Path) -> Path:
    """A capture: 1 the athlete, 2 the user, 3 does something else."""
    return write_walkers(tmp_path / "walk.capture")


@pytest.fixture
def scene(context, walkers: Path):
    """All three built; nothing is compared yet."""
    bpy = pytest.importorskip("bpy")
    import ghostcap

    ghostcap.register()
    bpy.ops.ghostcap.open_capture(filepath=str(walkers), video=False)
    for track in context.scene.ghostcap.captures[0].tracks:
        track.build = True
    bpy.ops.ghostcap.build()
    yield context.scene
    ghostcap.unregister()


@pytest.fixture
def comparison(scene):
    """The choices: user 2 beside athlete 1, by the motion alone."""
    choices = scene.ghostcap.comparison
    choices.user, choices.athlete = scene.objects["walk_002"], scene.objects["walk_001"]
    choices.by, choices.mirror = "motion", "no"
    return choices
