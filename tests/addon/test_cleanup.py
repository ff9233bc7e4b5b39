# SPDX-License-Identifier: GPL-3.0-or-later
"""The Cleanup panel's settings on a built character: what each does to the keys, and back again."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.addon.cleanup import find_source_problem  # noqa: E402
from ghostcap.motion.cleanup import list_methods  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.tests.synthetic_capture import BODY_HEIGHT, synthetic_track, write_synthetic_capture  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


def build(folder: Path):
    """The main person's armature, active."""
    bpy.ops.ghostcap.import_capture(filepath=str(folder), people="main")
    armature = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    bpy.context.view_layer.objects.active = armature
    return armature


@pytest.fixture
def armature(context, tmp_path: Path):
    """A walk whose raw motion shakes."""
    track = synthetic_track(frames=90)
    noise = np.random.default_rng(1)
    shaken = replace(
        track,
        poses_raw=track.poses + noise.normal(0, 0.05, track.poses.shape),
        trans_raw=track.trans + noise.normal(0, 0.01, track.trans.shape),
    )
    return build(write_synthetic_capture(tmp_path / "dance.capture", shaken))


def heads(armature, frame: int) -> np.ndarray:
    """World positions of all 25 bones' heads at a scene frame."""
    bpy.context.scene.frame_set(frame)
    return np.array([armature.matrix_world @ armature.pose.bones[name].head for name in BONE_NAMES])


def root_axes(armature) -> np.ndarray:
    """The root bone's x and y on the ground."""
    return np.array(armature.pose.bones["root"].matrix)[:2, :2]


def jitter(armature) -> float:
    """Mean acceleration of the left wrist."""
    wrist = np.array([heads(armature, frame)[BONE_NAMES.index("L_Wrist")] for frame in range(1, 91)])
    return float(np.linalg.norm(np.diff(wrist, 2, axis=0), axis=-1).mean())


def test_every_method_smooths_and_zero_is_raw(context, armature) -> None:
    """The slider does something for each method, and its left end is the same raw motion for all."""
    cleanup = armature.ghostcap.cleanup
    raw = []
    for method in list_methods():
        cleanup.method = method
        cleanup.strength = 0.0
        raw.append(jitter(armature))
        cleanup.strength = 1.0
        assert jitter(armature) < 0.7 * raw[-1], method
    np.testing.assert_allclose(raw, raw[0], rtol=1e-3)


def test_all_the_way_and_back_again(context, armature) -> None:
    """Nothing adds up: after any detour the keys are the ones captured, bones and body as tall as before."""
    before = [heads(armature, frame) for frame in (1, 40, 90)]
    mesh = np.array([vertex.co[:] for vertex in armature.ghostcap.body.data.vertices])
    cleanup = armature.ghostcap.cleanup
    for name, value in (
        ("method", "gaussian"), ("strength", 0.4), ("height", 2.1), ("floor", -0.2), ("facing", 1.0),
        ("to_origin", True), ("root_motion", "in_place"), ("height", 1.2),
    ):  # fmt: skip
        setattr(cleanup, name, value)
    assert np.abs(heads(armature, 40) - before[1]).max() > 0.3
    assert bpy.ops.ghostcap.reset_cleanup() == {"FINISHED"}
    for frame, expected in zip((1, 40, 90), before, strict=True):
        np.testing.assert_allclose(heads(armature, frame), expected, atol=2e-5)
    after = np.array([vertex.co[:] for vertex in armature.ghostcap.body.data.vertices])
    np.testing.assert_allclose(after, mesh, atol=2e-6)
    assert armature.data.bones["L_Hip"].length == pytest.approx(0.381, abs=1e-3)


def test_height_is_what_the_panel_says(context, armature) -> None:
    """Bones, body and path grow; the object's own scale stays 1, as engines want it."""
    cleanup = armature.ghostcap.cleanup
    assert cleanup.height == pytest.approx(BODY_HEIGHT, abs=1e-3)
    before = heads(armature, 50)
    cleanup.height = 2 * BODY_HEIGHT
    np.testing.assert_allclose(heads(armature, 50), 2 * before, atol=1e-3)
    assert max(vertex.co.z for vertex in armature.ghostcap.body.data.vertices) == pytest.approx(3.5, abs=1e-3)
    assert tuple(armature.scale) == (1, 1, 1)


def test_floor_facing_origin_and_root(context, armature) -> None:
    """Each slider, as its tooltip says."""
    cleanup = armature.ghostcap.cleanup
    before, axes = heads(armature, 1), root_axes(armature)
    cleanup.floor = 0.25
    np.testing.assert_allclose(heads(armature, 1)[1:], before[1:] + [0, 0, 0.25], atol=1e-5)
    cleanup.floor = 0.0
    cleanup.facing = np.pi
    np.testing.assert_allclose(heads(armature, 1)[1], before[1], atol=1e-5)
    np.testing.assert_allclose(root_axes(armature), -axes, atol=1e-4)
    cleanup.facing = 0.0
    cleanup.to_origin = True
    np.testing.assert_allclose(heads(armature, 1)[0], 0, atol=1e-5)
    np.testing.assert_allclose(np.array(armature.pose.bones["root"].matrix)[:3, :3], np.eye(3), atol=1e-4)
    for mode in ("hips", "in_place"):
        cleanup.root_motion = mode
        np.testing.assert_allclose(heads(armature, 80)[0], 0, atol=1e-5)
    np.testing.assert_allclose(heads(armature, 80)[1, :2], 0, atol=1e-5)


def test_settings_are_undone_with_their_keys(context, armature) -> None:
    """Ctrl-Z after a slider brings back the slider and the motion."""
    bpy.ops.ed.undo_push(message="built")
    before = heads(armature, 30)
    armature.ghostcap.cleanup.floor = 0.7
    bpy.ops.ed.undo_push(message="floor")
    name = armature.name
    bpy.ops.ed.undo()
    armature = bpy.data.objects[name]
    assert armature.ghostcap.cleanup.floor == 0
    np.testing.assert_allclose(heads(armature, 30), before, atol=1e-6)
    bpy.ops.ed.redo()
    armature = bpy.data.objects[name]
    np.testing.assert_allclose(heads(armature, 30)[1, 2], before[1, 2] + 0.7, atol=1e-5)


def test_ghost_shows_the_raw_motion(context, armature, tmp_path: Path) -> None:
    """Raw whatever the smoothing, placed and sized as the character; it goes without a trace and is never exported."""
    cleanup = armature.ghostcap.cleanup
    cleanup.strength = 0.0
    raw = [heads(armature, frame) for frame in (1, 40)]
    cleanup.method = "gaussian"
    cleanup.strength = 1.0
    assert bpy.ops.ghostcap.toggle_raw() == {"FINISHED"}
    ghost = armature.ghostcap.ghost
    for frame, expected in zip((1, 40), raw, strict=True):
        np.testing.assert_allclose(heads(ghost, frame), expected, atol=1e-4)
    assert np.abs(heads(armature, 40) - raw[1]).max() > 0.01
    cleanup.height *= 1.5
    cleanup.floor = 0.2
    np.testing.assert_allclose(heads(ghost, 40)[1:], 1.5 * raw[1][1:] + [0, 0, 0.2], atol=1e-3)
    counts = [len(data) for data in (bpy.data.armatures, bpy.data.meshes)]
    assert bpy.ops.ghostcap.export_clip(filepath=str(tmp_path / "a.glb"), target="godot") == {"FINISHED"}
    assert b"_raw" not in (tmp_path / "a.glb").read_bytes()
    assert bpy.ops.ghostcap.toggle_raw() == {"FINISHED"}
    assert not [thing for thing in bpy.data.objects if "raw" in thing.name]
    assert not [action for action in bpy.data.actions if "raw" in action.name]
    assert [len(data) for data in (bpy.data.armatures, bpy.data.meshes)] == counts


def test_copy_to_the_others(context, capture: Path) -> None:
    """One look for everybody, each as tall as they are."""
    bpy.ops.ghostcap.import_capture(filepath=str(capture))
    first, _, third = (bpy.data.objects[f"dance_{number:03d}"] for number in (1, 2, 3))
    context.view_layer.objects.active = first
    assert bpy.ops.ghostcap.copy_cleanup.poll()
    first.select_set(True)
    third.select_set(True)
    first.ghostcap.cleanup.root_motion = "in_place"
    first.ghostcap.cleanup.height = 1.0
    assert bpy.ops.ghostcap.copy_cleanup() == {"FINISHED"}
    assert third.ghostcap.cleanup.root_motion == "in_place"
    assert third.ghostcap.cleanup.height > 1.5
    np.testing.assert_allclose(heads(third, 40)[1, :2], 0, atol=1e-5)


def test_no_capture_no_cleanup_but_a_scene(context, armature, tmp_path: Path) -> None:
    """The capture is on another machine: the figure moves as before, the panel says what is missing."""
    before = heads(armature, 40)
    shutil.move(tmp_path / "dance.capture", tmp_path / "elsewhere.capture")
    problem = find_source_problem(armature)
    assert "is missing" in problem.message
    armature.ghostcap.cleanup.floor = 1.0
    np.testing.assert_allclose(heads(armature, 40), before, atol=1e-6)
    assert not bpy.ops.ghostcap.reset_cleanup.poll()
    with pytest.raises(RuntimeError, match="missing"):
        bpy.ops.ghostcap.reset_cleanup()
    assert bpy.ops.ghostcap.locate_capture(filepath=str(tmp_path / "elsewhere.capture")) == {"FINISHED"}
    assert find_source_problem(armature) is None
    armature.ghostcap.cleanup.floor = 0.5
    np.testing.assert_allclose(heads(armature, 40)[1, 2], before[1, 2] + 0.5, atol=1e-5)


def test_a_thousand_frames(context, tmp_path: Path, record_property) -> None:
    """Each setting changes all keys of a long clip; how long it took is recorded, not judged: machines differ."""
    armature = build(write_synthetic_capture(tmp_path / "long.capture", synthetic_track(frames=1000)))
    cleanup = armature.ghostcap.cleanup
    for name, value in (("floor", 0.1), ("method", "gaussian"), ("strength", 0.5), ("root_motion", "hips")):
        written = armature.ghostcap.written
        begun = time.perf_counter()
        setattr(cleanup, name, value)
        record_property(name, round(time.perf_counter() - begun, 3))
        assert armature.ghostcap.written != written, name
