# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging, splitting, trimming and naming people from the sidebar, undone by Blender's Undo, on disk as well."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.addon import captures  # noqa: E402
from ghostcap.motion.capture import FORMAT_VERSION, read_capture  # noqa: E402
from ghostcap.motion.revisions import rename_track  # noqa: E402
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def folder(context, tmp_path: Path) -> Path:
    """Somebody who leaves and comes back, and somebody else meanwhile; opened."""
    one, other, back = (
        replace(track, bbox=np.tile([x, 10.0, x + 50, 200.0], (len(track.frame), 1)))
        for track, x in (
            (synthetic_track(frames=40), 100.0),
            (synthetic_track("stand", frames=90), 400.0),
            (synthetic_track(frames=40, first=50), 110.0),
        )
    )
    folder = write_synthetic_capture(tmp_path / "a 舞 b.capture", one, other, back)
    bpy.ops.ghostcap.open_capture(filepath=str(folder))
    return folder


def item():
    """The capture in the scene, found anew: Undo makes new ones."""
    return bpy.context.scene.ghostcap.captures[0]


def tick(*ids: int) -> None:
    """Tick these people and no others."""
    for track in item().tracks:
        track.build = track.track_id in ids


def listed() -> list[tuple[int, int, int]]:
    """Id, first and last frame of everybody in the list."""
    return [(track.track_id, track.first, track.last) for track in item().tracks]


def test_merge_split_trim_restore(context, folder: Path) -> None:
    """The whole way with buttons, list and disk always saying the same."""
    tick(1, 3)
    assert bpy.ops.ghostcap.merge_tracks() == {"FINISHED"}
    assert listed() == [(1, 0, 89), (2, 0, 89)]
    assert item().tracks[0].coverage == pytest.approx(80 / 90, abs=1e-3)
    item().active_track = 1
    context.scene.frame_set(31)
    assert bpy.ops.ghostcap.split_track() == {"FINISHED"}
    assert listed() == [(1, 0, 89), (2, 0, 29), (3, 30, 89)]
    item().active_track = 0
    assert bpy.ops.ghostcap.trim_track(first=11, last=50) == {"FINISHED"}
    assert listed()[0] == (1, 10, 49)
    assert [(row.id, row.first, row.last) for row in read_capture(folder).tracks] == listed()
    assert bpy.ops.ghostcap.restore_tracks() == {"FINISHED"}
    assert listed() == [(1, 0, 39), (2, 0, 89), (3, 50, 89)]


def test_undo_and_redo_reach_the_disk(context, folder: Path) -> None:
    """Ctrl-Z after a wrong split: the list and the capture are as before; redo splits again."""
    before = listed()
    bpy.ops.ed.undo_push(message="opened")
    item().active_track = 1
    context.scene.frame_set(31)
    bpy.ops.ghostcap.split_track()
    bpy.ops.ed.undo_push(message="split")
    bpy.ops.ed.undo()
    assert listed() == before
    assert [row.id for row in read_capture(folder).tracks] == [1, 2, 3]
    assert captures.find_problem(item()) is None
    bpy.ops.ed.redo()
    assert len(listed()) == len(read_capture(folder).tracks) == 4


def test_undo_leaves_the_edits_of_others_alone(context, folder: Path) -> None:
    """Two Blenders on one capture: an undo here must not take back what was done there."""
    bpy.ops.ed.undo_push(message="opened")
    item().active_track = 1
    context.scene.frame_set(31)
    bpy.ops.ghostcap.split_track()
    bpy.ops.ed.undo_push(message="split")
    rename_track(folder, 1, "by somebody else")
    assert captures.find_problem(item()).code == "edited"
    assert not bpy.ops.ghostcap.split_track.poll()
    bpy.ops.ed.undo()
    assert read_capture(folder).tracks[0].name == "by somebody else"
    assert bpy.ops.ghostcap.refresh_tracks() == {"FINISHED"}
    assert item().tracks[0].name == "by somebody else"
    assert captures.find_problem(item()) is None


def test_name_reaches_disk_and_character(context, folder: Path) -> None:
    """A double click on the name: the clip, the armature and the capture are called so."""
    tick(1)
    bpy.ops.ghostcap.build()
    item().tracks[0].name = "Anna 安娜"
    assert read_capture(folder).tracks[0].name == "Anna 安娜"
    armature = bpy.data.objects["Anna 安娜"]
    assert armature.animation_data.action.name == "Anna 安娜"
    assert armature.animation_data.action_slot.name_display == "Anna 安娜"
    assert armature.ghostcap.body.name == "Anna 安娜_body"
    # A name the animator gave is theirs.
    armature.name = "hero"
    item().tracks[0].name = "Berta"
    assert armature.name == "hero"
    item().tracks[0].name = ""
    assert item().tracks[0].name == "dance_001"


def test_what_cannot_be_done_says_why(context, folder: Path) -> None:
    """Grey buttons with a reason, and errors in one line."""
    tick(1)
    with pytest.raises(RuntimeError, match="Tick two or more"):
        bpy.ops.ghostcap.merge_tracks()
    item().active_track = 0
    context.scene.frame_set(80)
    with pytest.raises(RuntimeError, match="playhead"):
        bpy.ops.ghostcap.split_track()
    with pytest.raises(RuntimeError, match="as captured"):
        bpy.ops.ghostcap.restore_tracks()
    tick(1, 2)
    with pytest.raises(RuntimeError, match="two people"):
        bpy.ops.ghostcap.merge_tracks()
    item().active_track = 0
    with pytest.raises(RuntimeError, match="leave nothing"):
        bpy.ops.ghostcap.trim_track(first=80, last=90)
    assert read_capture(folder).revision == 0


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (shutil.rmtree, "is missing"),
        (lambda path: (path / "capture.json").unlink(), "is missing"),
        (lambda path: (path / "capture.json").write_text("{"), "can't be read"),
        (lambda path: (path / "capture.json").write_text(f'{{"format_version": {FORMAT_VERSION + 1}}}'), "newer"),
        (lambda path: (path / "capture.json").write_text('{"format_version": 1}'), "damaged"),
    ],
)
def test_broken_capture_leaves_the_scene_usable(context, folder: Path, tmp_path: Path, damage, message: str) -> None:
    """A clear message in the panel; the file opens, what was built moves, Build is grey."""
    tick(1, 2)
    bpy.ops.ghostcap.build()
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    damage(folder)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert message in str(captures.find_problem(item()))
    assert len(item().tracks) == 3
    assert not bpy.ops.ghostcap.build.poll()
    with pytest.raises(RuntimeError, match=message.replace("'", ".")):
        bpy.ops.ghostcap.build()
    armature = bpy.data.objects["dance_001"]
    bpy.context.scene.frame_set(1)
    start = armature.pose.bones["Pelvis"].head.copy()
    bpy.context.scene.frame_set(30)
    assert (armature.pose.bones["Pelvis"].head - start).length > 0.3
    assert bpy.ops.ghostcap.close_capture() == {"FINISHED"}
    assert "dance_001" in bpy.data.objects


def test_one_damaged_person_is_told_by_name(context, folder: Path) -> None:
    """The others can still be built."""
    (folder / "track_002.npz").write_bytes(b"PK\x03\x04 cut off")
    tick(1, 2)
    with pytest.raises(RuntimeError, match=r"track_002\.npz can't be read"):
        bpy.ops.ghostcap.build()
    assert not [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    tick(1, 3)
    assert bpy.ops.ghostcap.build() == {"FINISHED"}


def test_capture_moved_with_its_blend_is_found(context, folder: Path, tmp_path: Path) -> None:
    """A project folder on another machine."""
    project = tmp_path / "project"
    project.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
    shutil.move(folder, project / folder.name)
    bpy.ops.wm.open_mainfile(filepath=str(project / "shot.blend"))
    assert captures.find_problem(item()) is None
    assert bpy.ops.ghostcap.build() == {"FINISHED"}


def test_file_without_the_addon_keeps_everything(context, folder: Path, tmp_path: Path) -> None:
    """A colleague without Ghostcap opens, works and saves; the captures and cleanup are there again afterwards."""
    tick(1)
    bpy.ops.ghostcap.build()
    bpy.data.objects["dance_001"].ghostcap.cleanup.floor = 0.25
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    ghostcap.unregister()
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path))
        armature = bpy.data.objects["dance_001"]
        bpy.context.scene.frame_set(20)
        assert armature.pose.bones["Pelvis"].head.z > 1.1
        bpy.ops.wm.save_mainfile()
    finally:
        ghostcap.register()
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert item().tracks[0].name == "dance_001"
    assert bpy.data.objects["dance_001"].ghostcap.cleanup.floor == pytest.approx(0.25)
