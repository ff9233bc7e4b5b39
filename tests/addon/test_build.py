# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening, building, building again: Ghostcap's own things are brought up to date, the animator's are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.motion.capture import read_capture, read_tracks, write_track  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.tests.synthetic_capture import BODY_HEIGHT, synthetic_track, write_synthetic_capture  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def item(context, capture: Path):
    """The capture of three people, opened, all ticked."""
    bpy.ops.ghostcap.open_capture(filepath=str(capture / "capture.json"), video=False)
    opened = context.scene.ghostcap.captures[0]
    for track in opened.tracks:
        track.build = True
    return opened


def heads(armature, frame: int) -> np.ndarray:
    """World positions of all 25 bones' heads at a scene frame."""
    bpy.context.scene.frame_set(frame)
    return np.array([armature.matrix_world @ armature.pose.bones[name].head for name in BONE_NAMES])


def test_opening_lists_people_and_sets_the_scene(context, capture: Path) -> None:
    """The list has everybody; only the main person is ticked."""
    bpy.ops.ghostcap.open_capture(filepath=str(capture))
    item = context.scene.ghostcap.captures[0]
    assert [(track.name, track.recommended, track.build) for track in item.tracks] == [
        ("dance_001", True, True), ("dance_002", False, False), ("dance_003", False, False),
    ]  # fmt: skip
    scene = context.scene
    assert (scene.render.fps, scene.frame_end, scene.render.resolution_x) == (60, 70, 640)
    # The video is gone: no reason not to open.
    assert item.video_display == "NONE"
    bpy.ops.ghostcap.open_capture(filepath=str(capture))
    assert len(scene.ghostcap.captures) == 1


def test_ticked_people_stand_in_a_collection_of_their_own(context, item, capture: Path) -> None:
    """Where they were captured, with a body, an action each, and nothing outside the collection."""
    item.tracks[2].build = False
    assert bpy.ops.ghostcap.build() == {"FINISHED"}
    assert {thing.name for thing in item.collection.objects} == {
        "dance_001", "dance_001_body", "dance_002", "dance_002_body",
    }  # fmt: skip
    assert not len(context.scene.collection.objects)
    for number, track in read_tracks(capture, read_capture(capture), [1, 2]).items():
        armature = bpy.data.objects[f"dance_{number:03d}"]
        for row in (0, 30, 59):
            seen = heads(armature, int(track.frame[row]) + 1)[1:]
            np.testing.assert_allclose(seen, track.joints[row], atol=1e-4)
    assert context.active_object.name == "dance_001"


def test_building_again_keeps_what_the_animator_added(context, item, capture: Path) -> None:
    """Bones, constraints, curves, keys, materials, transforms, other actions, another collection: all still there."""
    bpy.ops.ghostcap.build()
    armature, model = bpy.data.objects["dance_001"], bpy.data.objects["dance_001_body"]
    action = armature.animation_data.action
    armature.location.x = 3.0
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    prop = armature.data.edit_bones.new("prop")
    prop.head, prop.tail, prop.parent = (0, 0, 1), (0, 0, 2), armature.data.edit_bones["R_Hand"]
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.pose.bones["Head"].constraints.new("DAMPED_TRACK")
    armature.pose.bones["prop"].keyframe_insert("location", frame=7)
    armature.pose.bones["Head"].keyframe_insert("scale", frame=9)
    bag = action.layers[0].strips[0].channelbag(action.slots[0])
    late = bag.fcurves.find('pose.bones["Head"].rotation_quaternion', index=0)
    late.keyframe_points.insert(200, 0.5)
    model.modifiers.new("Thick", "SOLIDIFY")
    model.data.materials[0] = bpy.data.materials.new("Skin")
    props = bpy.data.objects.new("sword", None)
    item.collection.objects.link(props)
    other = bpy.data.collections.new("Shot")
    context.scene.collection.children.link(other)
    other.objects.link(armature)
    item.collection.objects.unlink(armature)
    layer = armature.animation_data.nla_tracks.new()
    layer.strips.new("fix", 1, bpy.data.actions.new("fix"))

    # The tracking changed meanwhile.
    track = read_tracks(capture, read_capture(capture), [1])[1]
    write_track(capture / "track_001.npz", replace(track, trans=track.trans + 1.0, trans_raw=track.trans_raw + 1.0))
    assert bpy.ops.ghostcap.build() == {"FINISHED"}

    assert [thing.name for thing in bpy.data.objects if thing.type == "ARMATURE"] == [
        "dance_001", "dance_002", "dance_003",
    ]  # fmt: skip
    assert armature.animation_data.action == action
    np.testing.assert_allclose(heads(armature, 31)[1:], track.joints[30] + [4.0, 1.0, 1.0], atol=1e-4)
    assert armature.data.bones["prop"].parent.name == "R_Hand"
    assert [thing.type for thing in armature.pose.bones["Head"].constraints] == ["DAMPED_TRACK"]
    assert bag.fcurves.find('pose.bones["prop"].location', index=0).keyframe_points[0].co[0] == 7
    assert bag.fcurves.find('pose.bones["Head"].scale', index=0) is not None
    late = bag.fcurves.find('pose.bones["Head"].rotation_quaternion', index=0)
    assert tuple(late.keyframe_points[-1].co) == (200.0, 0.5)
    assert [thing.type for thing in model.modifiers] == ["ARMATURE", "SOLIDIFY"]
    assert model.data.materials[0].name == "Skin"
    assert props.name in item.collection.objects
    assert armature.users_collection == (other,)
    assert [track.strips[0].name for track in armature.animation_data.nla_tracks] == ["fix"]


def test_another_action_in_use_stays_in_use(context, item) -> None:
    """The animator works on a take of their own; ours is updated in the background."""
    bpy.ops.ghostcap.build()
    armature = bpy.data.objects["dance_001"]
    own = bpy.data.actions.new("take 2")
    armature.animation_data.action = own
    bpy.ops.ghostcap.build()
    assert armature.animation_data.action == own
    bpy.data.actions.remove(armature.ghostcap.action)
    bpy.ops.ghostcap.build()
    assert armature.animation_data.action == own
    assert armature.ghostcap.action.frame_range[1] == 60


def test_keys_edited_by_hand_are_kept_aside(context, item) -> None:
    """Hours of posing must not go because of one press on Build."""
    bpy.ops.ghostcap.build()
    armature = bpy.data.objects["dance_001"]
    action = armature.ghostcap.action
    bpy.ops.ghostcap.build()
    assert not [other for other in bpy.data.actions if "edited" in other.name]
    curve = action.layers[0].strips[0].channelbag(action.slots[0]).fcurves[0]
    curve.keyframe_points[10].co[1] = 9.0
    bpy.ops.ghostcap.build()
    kept = bpy.data.actions[f"{action.name} edited"]
    assert kept.use_fake_user
    values = kept.layers[0].strips[0].channelbag(kept.slots[0]).fcurves[0].keyframe_points
    assert values[10].co[1] == 9.0
    assert curve.keyframe_points[10].co[1] != 9.0


def test_trimmed_track_shortens_its_clip(context, item) -> None:
    """After an edit, Build leaves no old keys behind."""
    bpy.ops.ghostcap.build()
    item.active_track = 0
    assert bpy.ops.ghostcap.trim_track(first=11, last=20) == {"FINISHED"}
    bpy.ops.ghostcap.build()
    action = bpy.data.objects["dance_001"].ghostcap.action
    assert tuple(action.frame_range) == (11, 20)
    bag = action.layers[0].strips[0].channelbag(action.slots[0])
    assert {len(curve.keyframe_points) for curve in bag.fcurves} == {10}


def test_merged_person_gets_another_shape(context, tmp_path: Path) -> None:
    """Merging changes the body: bones and mesh follow in place, and the figure still stands where it was captured."""
    folder = write_synthetic_capture(
        tmp_path / "c", synthetic_track("walk", beta=0.0), synthetic_track("walk", first=70, beta=8.0)
    )
    bpy.ops.ghostcap.open_capture(filepath=str(folder))
    item = context.scene.ghostcap.captures[0]
    bpy.ops.ghostcap.build()
    armature = bpy.data.objects["dance_001"]
    for track in item.tracks:
        track.build = True
    assert bpy.ops.ghostcap.merge_tracks() == {"FINISHED"}
    assert len(item.tracks) == 1
    bpy.ops.ghostcap.build()
    capture = read_capture(folder)
    track = read_tracks(folder, capture)[1]
    np.testing.assert_allclose(heads(armature, 100)[1:], track.joints[99], atol=2e-4)
    tall = max(vertex.co.z for vertex in armature.ghostcap.body.data.vertices)
    assert tall == pytest.approx(1.04 * BODY_HEIGHT, abs=1e-3)
    assert armature.ghostcap.cleanup.height == pytest.approx(1.04 * BODY_HEIGHT, abs=1e-3)


def test_two_captures_of_different_rates_share_a_scene(context, capture: Path, tmp_path: Path) -> None:
    """The second is stretched to the first one's rate: a second stays a second."""
    slow = write_synthetic_capture(tmp_path / "slow.capture", synthetic_track(frames=30, fps=30.0), video="slow.mp4")
    bpy.ops.ghostcap.import_capture(filepath=str(capture), people="main")
    bpy.ops.ghostcap.import_capture(filepath=str(slow), people="main")
    scene = context.scene
    assert (len(scene.ghostcap.captures), scene.render.fps) == (2, 60)
    armature = bpy.data.objects["slow_001"]
    assert tuple(armature.ghostcap.action.frame_range) == (1, 59)
    track = read_tracks(slow, read_capture(slow))[1]
    np.testing.assert_allclose(heads(armature, 21)[1:], track.joints[10], atol=1e-4)
    assert {collection.name for collection in scene.collection.children} == {"dance", "slow"}


def test_hidden_collection_and_edit_mode_are_no_obstacle(context, item) -> None:
    """Whatever the animator is in the middle of."""
    item.tracks[1].build = item.tracks[2].build = False
    bpy.ops.ghostcap.build()
    context.view_layer.layer_collection.children[item.collection.name].exclude = True
    item.tracks[1].build = True
    assert bpy.ops.ghostcap.build() == {"FINISHED"}
    assert bpy.data.objects["dance_002"].users_collection == (item.collection,)


def test_nothing_ticked_is_told(context, item) -> None:
    """The button is grey, and says why."""
    for track in item.tracks:
        track.build = False
    assert not bpy.ops.ghostcap.build.poll()
    with pytest.raises(RuntimeError, match="Tick the people"):
        bpy.ops.ghostcap.build()


def test_undo_takes_back_the_build(context, item) -> None:
    """One step back, and the scene is as it was; one forward, and they stand there again."""
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.ghostcap.build()
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.ed.undo()
    assert "dance_001" not in bpy.data.objects
    bpy.ops.ed.redo()
    assert bpy.data.objects["dance_001"].ghostcap.action is not None


def test_saved_file_opens_with_its_characters(context, item, tmp_path: Path) -> None:
    """What is in a .blend finds its capture again, moved along with it or not at all."""
    bpy.ops.ghostcap.build()
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    armature = bpy.data.objects["dance_002"]
    armature.ghostcap.cleanup.floor = 0.5
    np.testing.assert_allclose(heads(armature, 11)[1, 2], 0.96 + 0.5, atol=1e-3)
