# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu entries, as an animator or a script uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.motion.capture import read_capture  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


def test_import_then_export(context, capture: Path, tmp_path: Path) -> None:
    """From the capture's json to a GLB for Godot, with the defaults a person gets."""
    assert bpy.ops.ghostcap.import_capture(filepath=str(capture / "capture.json")) == {"FINISHED"}
    assert {"dance_001", "dance_002", "dance_003"} <= set(bpy.data.objects.keys())
    context.view_layer.objects.active = bpy.data.objects["dance_002_body"]
    path = tmp_path / "clip.glb"
    assert bpy.ops.ghostcap.export_clip(filepath=str(path), target="godot") == {"FINISHED"}
    assert path.read_bytes()[:4] == b"glTF"


def test_main_person_only_and_in_place(context, capture: Path) -> None:
    """The choices of the file dialog reach the scene; the folder will do as well as its json."""
    bpy.ops.ghostcap.import_capture(filepath=str(capture), people="main", root_motion="in_place", body=False)
    assert [item.name for item in bpy.data.objects] == ["dance_001"]
    assert read_capture(capture).recommended().id == 1
    context.scene.frame_set(50)
    assert not bpy.data.objects["dance_001"].pose.bones["root"].matrix.translation.length


def test_errors_are_one_line(context, capture: Path, tmp_path: Path) -> None:
    """What is wrong, in Blender's own way, and no traceback."""
    with pytest.raises(RuntimeError, match=r"is not a capture: capture\.json is missing") as told:
        bpy.ops.ghostcap.import_capture(filepath=str(tmp_path / "nothing"))
    assert "Traceback" not in str(told.value)
    bpy.ops.ghostcap.import_capture(filepath=str(capture), people="main")
    (tmp_path / "clip.fbx").write_text("precious")
    with pytest.raises(RuntimeError, match="exists already"):
        bpy.ops.ghostcap.export_clip(filepath=str(tmp_path / "clip.fbx"))


def test_export_needs_an_armature(context) -> None:
    """The entry is greyed out, and says why."""
    assert not bpy.ops.ghostcap.export_clip.poll()


def test_unregister_leaves_nothing(context) -> None:
    """Switching the add-on off and on again must not double its menu entries."""
    ghostcap.unregister()
    assert not hasattr(bpy.types, "GHOSTCAP_OT_import_capture")
    ghostcap.register()
    ghostcap.unregister()
    ghostcap.register()
    drawn = [f for f in bpy.types.TOPBAR_MT_file_import.draw._draw_funcs if f.__module__.startswith("ghostcap")]
    assert sorted(f.__module__ for f in drawn) == ["ghostcap.addon.importing", "ghostcap.addon.motion_files"]
