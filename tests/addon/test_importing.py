# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files and dropped files; switching it off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.tests.synthetic_capture import synthetic_body, synthetic_track  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def amass(tmp_path: Path) -> Path:
    """Two seconds of a walk at 120 frames a second, as AMASS has it."""
    track = synthetic_track(frames=240, fps=120.0)
    poses = np.zeros((240, 156))
    poses[:, :66] = track.poses[:, :66]
    path = tmp_path / "walk poses.npz"
    np.savez(path, poses=poses, trans=track.trans, betas=np.zeros(16), gender="male", mocap_framerate=120.0)
    return path


def test_amass_motion_becomes_a_character(context, amass: Path) -> None:
    """Bones, keys and the file's rate; cleanup works from the file as from a capture."""
    assert bpy.ops.ghostcap.import_motion(filepath=str(amass)) == {"FINISHED"}
    armature = bpy.data.objects["walk poses"]
    assert set(BONE_NAMES) == set(armature.data.bones.keys())
    assert (context.scene.render.fps, context.scene.frame_end) == (120, 240)
    track = synthetic_track(frames=240, fps=120.0)
    context.scene.frame_set(100)
    np.testing.assert_allclose(armature.pose.bones["Pelvis"].head, track.trans[99], atol=1e-4)
    armature.ghostcap.cleanup.floor = 1.0
    context.view_layer.update()
    np.testing.assert_allclose(armature.pose.bones["Pelvis"].head.z, track.trans[99, 2] + 1.0, atol=1e-4)


def test_amass_motion_keeps_its_speed_in_another_scene(context, amass: Path) -> None:
    """Two seconds stay two seconds at 24 frames a second."""
    bpy.ops.ghostcap.import_motion(filepath=str(amass), set_scene=False)
    action = bpy.data.objects["walk poses"].ghostcap.action
    assert action.frame_range[1] == pytest.approx(1 + 239 / 5)
    assert context.scene.render.fps == 24


def test_a_captures_own_track_file_has_its_body(context, capture: Path) -> None:
    """The .npz of a capture is a motion file, too, and its body lies beside it."""
    bpy.ops.ghostcap.import_motion(filepath=str(capture / "track_002.npz"))
    body = bpy.data.objects["track_002"].ghostcap.body
    assert len(body.data.vertices) == len(synthetic_body().vertices)


def test_other_npz_is_told(context, tmp_path: Path) -> None:
    """One line, nothing in the scene."""
    np.savez(tmp_path / "body.npz", vertices=np.zeros((3, 3)))
    with pytest.raises(RuntimeError, match="no motion of AMASS"):
        bpy.ops.ghostcap.import_motion(filepath=str(tmp_path / "body.npz"))
    assert not len(bpy.data.objects)


def test_dropped_video_is_the_one_to_capture(context, tmp_path: Path) -> None:
    """What the file handler calls; a name with quotes and Chinese is a name."""
    path = tmp_path / "it's 舞蹈.mp4"
    path.write_bytes(b"")
    assert bpy.ops.ghostcap.drop_video(filepath=str(path)) == {"FINISHED"}
    assert Path(context.scene.ghostcap.video) == path
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.ghostcap.drop_video(filepath=str(tmp_path / "none.mp4"))


def test_capture_button_says_what_is_missing(context, tmp_path: Path, monkeypatch) -> None:
    """Grey until there is a backend and a video that exists, with the reason."""
    from ghostcap.addon import scene_operators

    monkeypatch.setattr(scene_operators, "backend_problem", lambda _context: "The backend is not installed.")
    with pytest.raises(RuntimeError, match="not installed"):
        bpy.ops.ghostcap.capture_video()
    monkeypatch.setattr(scene_operators, "backend_problem", lambda _context: "")
    with pytest.raises(RuntimeError, match="Choose a video"):
        bpy.ops.ghostcap.capture_video()
    context.scene.ghostcap.video = str(tmp_path / "none.mp4")
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.ghostcap.capture_video()
    (tmp_path / "none.mp4").write_bytes(b"")
    assert bpy.ops.ghostcap.capture_video.poll()


def test_file_handlers_name_operators_that_exist(context) -> None:
    """A handler with a misspelt operator drops files into nothing."""
    handlers = [getattr(bpy.types, f"GHOSTCAP_FH_{name}") for name in ("video", "capture", "motion", "phalp")]
    for handler in handlers:
        module, name = handler.bl_import_operator.split(".")
        assert "filepath" in getattr(getattr(bpy.ops, module), name).get_rna_type().properties
    assert ".mp4" in handlers[0].bl_file_extensions.split(";")


def test_switched_off_and_on_leaves_nothing_behind(context) -> None:
    """Classes, properties, handlers and timers go, and come once."""
    ghostcap.unregister()
    left = [name for name in dir(bpy.types) if name.startswith("GHOSTCAP_")]
    assert left == []
    assert not hasattr(bpy.types.Scene, "ghostcap")
    assert not hasattr(bpy.types.Object, "ghostcap")
    for name in ("undo_post", "redo_post", "load_post"):
        handlers = getattr(bpy.app.handlers, name)
        assert not [handler for handler in handlers if handler.__module__.startswith("ghostcap")]
    ghostcap.register()
    ours = [handler.__module__ for handler in bpy.app.handlers.undo_post if handler.__module__.startswith("ghostcap")]
    assert sorted(ours) == ["ghostcap.addon.comparison.shading", "ghostcap.addon.handlers"]
