# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in a real game engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.character import import_capture  # noqa: E402
from ghostcap.addon.export import export_clip  # noqa: E402
from ghostcap.addon.targets import read_target  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.motion.skeleton import JOINT_NAMES  # noqa: E402
from ghostcap.tests.synthetic_capture import BODY_HEIGHT, synthetic_track, write_synthetic_capture  # noqa: E402

GODOT = shutil.which("godot") or shutil.which("godot4")
pytestmark = [pytest.mark.bpy, pytest.mark.skipif(GODOT is None, reason="Godot 4 is not on PATH")]
SCRIPT = Path(__file__).with_name("measure_in_godot.gd")


def measure(project: Path, *models: Path) -> list[dict[str, Any]]:
    """What Godot's own importer makes of the files."""
    project.mkdir()
    (project / "project.godot").write_text("config_version=5\n")
    shutil.copy(SCRIPT, project)
    command = [str(GODOT), "--headless", "--path", str(project), "--script", SCRIPT.name, "--", *map(str, models)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    lines = [line.removeprefix("MEASURED ") for line in done.stdout.splitlines() if line.startswith("MEASURED ")]
    assert len(lines) == len(models), done.stdout + done.stderr
    return [json.loads(line) for line in lines]


def test_standing_person_stands_upright_in_godot(context, tmp_path: Path) -> None:
    """Height 1.5 to 2 m, feet on the floor, y up, root motion on `root`, the clip under its name: FBX and GLB."""
    standing, walk = synthetic_track("stand", frames=10), synthetic_track("walk")
    folder = write_synthetic_capture(tmp_path / "c", standing, walk)
    models = [
        export_clip(context, character.armature, tmp_path / f"{character.clip}.{kind}", kind, read_target("godot"))
        for character in import_capture(context, folder)
        for kind in ("fbx", "glb")
    ]
    found = measure(tmp_path / "project", *models)
    for model, track, result in zip(models, (standing, standing, walk, walk), found, strict=True):
        assert set(result["bones"]) == set(BONE_NAMES), model
        assert result["parentless"] == ["root"]
        assert result["animations"] == [model.stem]
        assert result["length"] == pytest.approx((len(track.frame) - 1) / 60, abs=1e-3)
        np.testing.assert_allclose(result["skeleton_scale"], 1, atol=1e-5)
        assert 1.5 < result["mesh"][1] < 2
        assert result["mesh"][1] == pytest.approx(BODY_HEIGHT, abs=0.02)
        assert result["rest"]["Head"][1] > 1.4
        assert result["rest"]["L_Wrist"][0] > 0.6, "the person's left is not at +x: it faces backwards"
        for moment, row in (("first", 0), ("last", -1)):
            joints = np.array([result[moment][name] for name in JOINT_NAMES])
            # Godot's y is Blender's z, its z is Blender's -y.
            np.testing.assert_allclose(joints[:, [0, 2, 1]] * [1, -1, 1], track.joints[row], atol=2e-3)
            assert result[moment]["root"][1] == pytest.approx(0, abs=1e-4)
