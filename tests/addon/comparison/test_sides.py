# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an armature as one side of a comparison: what is seen in the scene is what is compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Euler, Matrix, Vector  # noqa: E402

import ghostcap  # noqa: E402
from ghostcap.addon import captures  # noqa: E402
from ghostcap.addon.comparison.curves import read_places, read_poses  # noqa: E402
from ghostcap.addon.comparison.files import read_athlete_file  # noqa: E402
from ghostcap.addon.comparison.sides import find_rig, motion_range, read_clip  # noqa: E402
from ghostcap.motion.capture import read_capture, read_capture_body, read_tracks, write_track  # noqa: E402
from ghostcap.motion.compare.clip import Clip, clip_from_track  # noqa: E402
from ghostcap.motion.compare.comparison import Settings, compare_clips  # noqa: E402
from ghostcap.motion.errors import GhostcapError  # noqa: E402
from ghostcap.motion.rotations import geodesic_angle  # noqa: E402
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES, LANDMARK  # noqa: E402
from ghostcap.tests.addon.comparison import foreign_rigs  # noqa: E402

pytestmark = pytest.mark.bpy
NEAR = 5e-5
"""Metres: Blender counts in single precision."""


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def walker(context, capture: Path):
    """A walk of 60 frames at scene frames 1 to 60, with its body."""
    bpy.ops.ghostcap.import_capture(filepath=str(capture), people="main")
    return bpy.data.objects["dance_001"]


def seen_heads(armature, frames) -> np.ndarray:
    """(T, 24, 3) where the rig's joints are in the world as Blender shows them; NaN for those it lacks."""
    bones = find_rig(armature).bones
    heads = np.full((len(frames), 24, 3), np.nan)
    for row, frame in enumerate(frames):
        bpy.context.scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for joint, name in bones.items():
            heads[row, joint] = posed.matrix_world @ posed.pose.bones[name].head
    return heads


def assert_seen(armature, frames) -> Clip:
    """What is read stands where Blender shows it."""
    clip = read_clip(bpy.context, armature, frames)
    heads = seen_heads(armature, frames)
    known = np.isfinite(heads)
    assert known.any()
    assert np.abs(clip.posed.positions - heads)[known].max() < NEAR
    return clip


def animate(armature, frames, seed: int = 0, size: float = 0.5) -> None:
    """Random keys on every joint's bone, and a path for the hips."""
    random = np.random.default_rng(seed)
    bones = find_rig(armature).bones
    for frame in frames:
        for joint, name in bones.items():
            bone = armature.pose.bones[name]
            turn = Euler(random.normal(0, size, 3))
            if bone.rotation_mode == "QUATERNION":
                bone.rotation_quaternion = turn.to_quaternion()
            elif bone.rotation_mode == "AXIS_ANGLE":
                axis, angle = turn.to_quaternion().to_axis_angle()
                bone.rotation_axis_angle = (angle, *axis)
            else:
                bone.rotation_euler = turn.to_matrix().to_euler(bone.rotation_mode)
            prop = "rotation_" + {"QUATERNION": "quaternion", "AXIS_ANGLE": "axis_angle"}.get(
                bone.rotation_mode, "euler"
            )
            bone.keyframe_insert(prop, frame=frame)
            if joint == 0:
                bone.location = random.normal(0, 0.3, 3) / armature.matrix_world.median_scale
                bone.keyframe_insert("location", frame=frame)


def test_a_character_is_read_as_its_capture_has_it(context, walker, capture: Path) -> None:
    """Rotations, place, bones and rate come through Blender unharmed."""
    track, body = captures.read_person(capture, 1)
    wanted = clip_from_track(track, body)
    clip = read_clip(context, walker, range(1, 61))
    assert np.degrees(geodesic_angle(clip.rotations, wanted.rotations).max()) < 0.01
    np.testing.assert_allclose(clip.posed.positions, wanted.posed.positions, atol=NEAR)
    assert clip.fps == pytest.approx(60.0)
    assert clip.first_frame == 1
    assert motion_range(walker) == (1, 60)


@pytest.mark.parametrize("mode", ["root", "hips", "in_place"])
def test_root_motion_and_cleanup_are_read_as_they_look(context, walker, mode: str) -> None:
    """Somebody made taller, lifted, turned and put to the origin is compared so."""
    cleanup = walker.ghostcap.cleanup
    cleanup.root_motion = mode
    cleanup.height *= 1.2
    cleanup.floor, cleanup.facing, cleanup.to_origin = 0.1, 1.0, True
    clip = assert_seen(walker, range(1, 61, 7))
    before = captures.read_person(Path(walker.ghostcap.folder), 1)[1].rest_joints(np.zeros(10))
    legs = np.linalg.norm(clip.rest_joints[JOINT["L_Knee"]] - clip.rest_joints[JOINT["L_Hip"]])
    assert legs == pytest.approx(1.2 * np.linalg.norm(before[JOINT["L_Knee"]] - before[JOINT["L_Hip"]]), rel=1e-4)


def test_edited_keys_are_read(context, walker) -> None:
    """An animator straightens an elbow in one frame: that frame has a straight elbow."""
    for curve in walker.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        if curve.data_path == 'pose.bones["L_Elbow"].rotation_quaternion':
            curve.keyframe_points[20].co.y = float(curve.array_index == 0)
            curve.update()
    clip = assert_seen(walker, range(1, 41, 4))
    np.testing.assert_allclose(clip.rotations[5, JOINT["L_Elbow"]], np.eye(3), atol=1e-5)


def test_an_object_moved_turned_and_scaled_is_read_where_it_is(context, walker) -> None:
    """The coach puts the character elsewhere, and makes it larger."""
    walker.location, walker.rotation_euler, walker.scale = (1.0, -2.0, 0.3), (0.1, 0.2, 2.0), (1.5,) * 3
    # Nothing has told Blender yet.
    clip = read_clip(context, walker, range(1, 61, 9))
    np.testing.assert_allclose(clip.posed.positions, seen_heads(walker, range(1, 61, 9)), atol=NEAR)
    assert read_places(walker, range(1, 61)).shape == (1, 4, 4)


def test_an_object_with_keys_of_its_own_or_a_moving_parent_is_read_as_it_moves(context, walker) -> None:
    """A character rides on a platform that turns and rises."""
    platform = bpy.data.objects.new("platform", None)
    context.scene.collection.objects.link(platform)
    for frame, height in ((1, 0.0), (60, 2.0)):
        platform.location.z = height
        platform.rotation_euler.z = height
        platform.keyframe_insert("location", frame=frame)
        platform.keyframe_insert("rotation_euler", frame=frame)
    walker.parent = platform
    assert read_places(walker, range(1, 61, 9)).shape == (7, 4, 4)
    clip = assert_seen(walker, range(1, 61, 9))
    assert np.ptp(clip.root[:, 2]) > 1.5
    # The same in ways that curves alone do not tell.
    platform.delta_location.x = 1.0
    assert read_places(walker, range(1, 61, 9)) is None
    assert_seen(walker, range(1, 61, 9))
    platform.delta_location.x = 0.0
    walker.parent_type, walker.parent = "OBJECT", None
    walker.constraints.new("COPY_LOCATION").target = platform
    assert read_places(walker, range(1, 61, 9)) is None
    assert_seen(walker, range(1, 61, 9))
    walker.constraints.clear()
    walker.driver_add("location", 1).driver.expression = "frame / 10"
    assert read_places(walker, range(1, 61, 9)) is None
    assert_seen(walker, range(1, 61, 9))
    walker.driver_remove("location", 1)
    walker.parent = None
    walker.keyframe_insert("location", frame=1)
    walker.location.y = 3.0
    walker.keyframe_insert("location", frame=60)
    assert_seen(walker, range(1, 61, 9))


def test_the_scene_stays_at_its_frame(context, walker) -> None:
    """Reading frame by frame leaves the playhead between frames 7 and 8."""
    walker.pose.bones["Head"].constraints.new("LIMIT_ROTATION")
    context.scene.frame_set(7, subframe=0.25)
    read_clip(context, walker, range(1, 5))
    assert (context.scene.frame_current, context.scene.frame_subframe) == (7, 0.25)


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", "XYZ", "ZXY", "YZX"])
def test_any_rotation_mode_and_any_interpolation_is_read_from_the_curves(context, mode: str) -> None:
    """Sparse Bezier keys, scaled bones, cycles: the quick way gives what Blender shows."""
    armature = foreign_rigs.build(context, foreign_rigs.bare())
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    animate(armature, (1, 12, 30), size=0.8)
    hips = armature.pose.bones["Hip bone"]
    hips.scale = (1.1,) * 3
    hips.keyframe_insert("scale", frame=1)
    for curve in armature.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        if "Back" in curve.data_path:
            curve.modifiers.new("CYCLES")
        if "left_thigh" in curve.data_path and curve.array_index == 1:
            curve.mute = True
    frames = range(-3, 40, 6)
    names = list(find_rig(armature).bones.values())
    quick = read_poses(armature, names, frames)
    assert quick is not None
    for row, frame in enumerate(frames):
        context.scene.frame_set(frame)
        shown = np.array([armature.pose.bones[name].matrix for name in names])
        np.testing.assert_allclose(quick[row], shown, atol=2e-5)


def test_what_curves_alone_do_not_tell_is_read_frame_by_frame(context, walker) -> None:
    """Constraints, drivers, NLA strips, bones that inherit in their own way."""
    frames = range(1, 61, 10)
    names = list(find_rig(walker).bones.values())
    constraint = walker.pose.bones["L_Elbow"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget = walker, "R_Elbow"
    assert read_poses(walker, names, frames) is None
    assert_seen(walker, frames)
    constraint.mute = True
    assert read_poses(walker, names, frames) is not None

    driver = walker.pose.bones["Head"].driver_add("rotation_quaternion", 1).driver
    driver.expression = "sin(frame)"
    assert read_poses(walker, names, frames) is None
    assert_seen(walker, frames)
    walker.pose.bones["Head"].driver_remove("rotation_quaternion", 1)
    # A driver that moves nothing is no reason to go the slow way.
    walker["glow"] = 0.0
    walker.driver_add('["glow"]').driver.expression = "frame"
    walker.pose.bones["Head"].color.palette = "CUSTOM"
    walker.driver_add('pose.bones["Head"].color.custom.normal', 0).driver.expression = "frame"
    assert read_poses(walker, names, frames) is not None

    walker.data.bones["L_Knee"].use_inherit_rotation = False
    assert read_poses(walker, names, frames) is None
    assert_seen(walker, frames)
    walker.data.bones["L_Knee"].use_inherit_rotation = True

    action = walker.animation_data.action
    track = walker.animation_data.nla_tracks.new()
    strip = track.strips.new("walk", 11, action)
    strip.action_slot = action.slots[0]
    walker.animation_data.action = None
    assert read_poses(walker, names, frames) is None
    assert_seen(walker, frames)
    assert motion_range(walker) == (11, 70)


@pytest.mark.parametrize("plan", [foreign_rigs.mixamo, foreign_rigs.rigify, foreign_rigs.bare])
def test_rigs_of_other_makers_are_read_as_they_look(context, plan) -> None:
    """A-pose, rolls, centimetres, y up, odd hierarchies: every joint stands where its bone begins."""
    armature = foreign_rigs.build(context, plan())
    animate(armature, range(1, 8))
    clip = assert_seen(armature, range(1, 8))
    tall = clip.rest_joints[JOINT["Head"], 1] - clip.rest_joints[JOINT["L_Ankle"], 1]
    assert tall == pytest.approx(1.52, abs=0.05)
    assert (clip.confidence.any(0) == find_rig(armature).rest.known).all()
    armature.matrix_world = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(1.0, 4, "Z") @ armature.matrix_world
    assert_seen(armature, range(1, 8))


def test_a_walk_copied_to_another_rig_bone_by_bone_is_the_same_walk(context, walker) -> None:
    """A foreign rig in A-pose whose limbs are laid along ours in each frame differs from ours by a few degrees."""
    armature = foreign_rigs.build(context, foreign_rigs.mixamo())
    rig, ours = find_rig(armature), read_clip(context, walker, range(1, 60, 10))
    back = armature.matrix_world.inverted()
    for row, frame in enumerate(range(1, 60, 10)):
        # Each bone turned in the world as our joint is, from the rest pose that SMPL's T-pose is for it.
        for joint, name in rig.bones.items():
            bone = armature.pose.bones[name]
            turn = ours.posed.rotations[row, joint] @ rig.rest.turns[joint].T @ rig.axes[joint]
            matrix = (back.to_3x3().normalized() @ Matrix(turn.tolist())).to_4x4()
            matrix.translation = back @ Vector(ours.root[row]) if joint == 0 else bone.matrix.translation
            bone.matrix = matrix
            context.view_layer.update()
            bone.keyframe_insert("rotation_quaternion", frame=frame)
            bone.keyframe_insert("location", frame=frame)
    theirs = read_clip(context, armature, range(1, 60, 10))
    assert np.degrees(geodesic_angle(theirs.rotations, ours.rotations))[:, rig.rest.known].max() < 0.05
    # And what is seen: limbs along the same directions.
    for start, end in (("L_Shoulder", "L_Elbow"), ("R_Elbow", "R_Wrist"), ("L_Hip", "L_Knee"), ("R_Knee", "R_Ankle")):
        a, b = (clip.posed.positions[:, JOINT[end]] - clip.posed.positions[:, JOINT[start]] for clip in (ours, theirs))
        cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
        assert np.degrees(np.arccos(np.minimum(cosine, 1.0))).max() < 6


def test_scaled_bones_are_as_long_as_they_look(context) -> None:
    """A stylised character: the whole spine scaled up, one arm longer, the object growing while it moves."""
    armature = foreign_rigs.build(context, foreign_rigs.bare())
    armature.pose.bones["Back"].scale = (1.3,) * 3
    armature.pose.bones["left_upper-arm"].scale = (1.5,) * 3
    animate(armature, range(1, 8))
    assert_seen(armature, range(1, 8))
    for frame, size in ((1, 1.0), (2, 2.0)):
        armature.scale = (size,) * 3
        armature.keyframe_insert("scale", frame=frame)
    assert_seen(armature, range(2, 8))
    clip = read_clip(context, armature, range(1, 8))
    assert np.linalg.norm(clip.rest_joints[JOINT["L_Knee"]] - clip.rest_joints[JOINT["L_Hip"]]) > 0.8


def test_what_the_camera_did_not_see_is_not_trusted(context, walker, capture: Path) -> None:
    """Frames that were bridged, and a scene at half the video's rate."""
    info = read_capture(capture)
    track = read_tracks(capture, info)[1]
    observed = np.ones(60, dtype=bool)
    observed[10:20] = False
    confidence = np.where(np.arange(60) < 30, 0.9, 0.2)
    write_track(capture / "track_001.npz", replace(track, observed=observed, confidence=confidence))
    clip = read_clip(context, walker, range(-1, 63))
    np.testing.assert_array_equal(clip.trusted[2:62], observed)
    assert not clip.trusted[[0, 1, 62, 63]].any()
    np.testing.assert_allclose(clip.confidence[2:62, 5], confidence)
    # Another motion on the same bones was not seen by that camera.
    walker.animation_data.action = None
    animate(walker, (1, 5))
    assert read_clip(context, walker, range(1, 6)).trusted.all()


def test_a_character_is_doubted_as_its_capture_is(context, walker, capture: Path) -> None:
    """The window and the command line judge the same moments: where the body is not what the video shows, neither."""
    info, body = read_capture(capture), read_capture_body(capture)
    track = read_tracks(capture, info)[1]
    points = np.full((60, len(LANDMARK), 3), 0.9)
    points[..., :2] = info.camera.project(info.camera.to_camera(track.joints)).mean(1)[:, None]
    points[20:40, :, 0] += 2000.0
    write_track(capture / "track_001.npz", replace(track, keypoints_2d=points))
    told = clip_from_track(read_tracks(capture, info)[1], body, info.camera)
    clip = read_clip(context, walker, range(1, 61))
    assert not told.trusted[20:40].any()
    np.testing.assert_array_equal(clip.trusted, told.trusted)
    np.testing.assert_allclose(clip.confidence, told.confidence)
    assert clip.view is not None
    assert told.view is not None
    np.testing.assert_allclose(clip.view, told.view)
    np.testing.assert_allclose(read_athlete_file(capture, 1)[1].confidence, told.confidence)


def test_a_scene_slower_than_the_video_knows_what_was_seen_too(context, capture: Path) -> None:
    """60 frames a second, laid out at 30."""
    track = read_tracks(capture, read_capture(capture))[1]
    observed = np.arange(60) % 20 < 15
    write_track(capture / "track_001.npz", replace(track, observed=observed))
    context.scene.render.fps = 30
    bpy.ops.ghostcap.import_capture(filepath=str(capture), people="main", set_scene=False)
    walker = bpy.data.objects["dance_001"]
    assert motion_range(walker) == (1, 30)
    clip = read_clip(context, walker, range(1, 31))
    assert clip.fps == pytest.approx(30)
    np.testing.assert_array_equal(clip.trusted, observed[::2])


def test_a_capture_that_is_gone_is_no_reason_to_stop(context, walker) -> None:
    """The .blend alone was sent to somebody."""
    walker.ghostcap.folder += ".moved"
    assert read_clip(context, walker, range(1, 5)).trusted.all()


def test_the_users_word_for_a_bone_counts(context) -> None:
    """A rig with names that say nothing, mapped by custom properties on bones and pose bones."""
    plan = foreign_rigs.bare()
    odd = {joint: f"b{number}" for number, joint in enumerate(plan.names)}
    armature = foreign_rigs.build(context, replace(plan, names=odd))
    with pytest.raises(GhostcapError, match="left upper leg") as caught:
        find_rig(armature)
    assert caught.value.code == "unknown_armature"
    for joint, name in odd.items():
        holder = armature.pose.bones[name] if joint[0] == "L" else armature.data.bones[name]
        holder["ghostcap_joint"] = "Spine3" if joint == "Spine1" else joint
    assert find_rig(armature).bones[JOINT["L_Knee"]] == odd["L_Knee"]
    animate(armature, (1, 5))
    assert_seen(armature, range(1, 6))


def test_what_can_not_be_read_says_why(context, walker) -> None:
    """One sentence for each mistake, and no traceback."""

    def code(call) -> str:
        with pytest.raises(GhostcapError) as caught:
            call()
        assert caught.value.hint
        return caught.value.code

    assert code(lambda: find_rig(None)) == "deleted"
    assert code(lambda: read_clip(context, walker.ghostcap.body, [1])) == "not_armature"
    assert code(lambda: read_clip(context, walker, [])) == "no_frames"
    still = foreign_rigs.build(context, foreign_rigs.bare(), "still")
    assert code(lambda: motion_range(still)) == "no_motion"
    walker.data.pose_position = "REST"
    assert code(lambda: read_clip(context, walker, [1])) == "rest_position"
    walker.data.pose_position = "POSE"
    walker.scale.x = -1
    assert code(lambda: read_clip(context, walker, [1])) == "mirrored"
    walker.scale.x = 1
    context.view_layer.objects.active = walker
    bpy.ops.object.mode_set(mode="EDIT")
    assert code(lambda: read_clip(context, walker, [1])) == "edit_mode"
    bpy.ops.object.mode_set(mode="OBJECT")
    walker.pose.bones["Head"].constraints.new("LIMIT_ROTATION")
    for collection in walker.users_collection:
        collection.objects.unlink(walker)
    assert code(lambda: read_clip(context, walker, [1])) == "not_in_scene"
    bpy.data.objects.remove(walker)
    assert code(lambda: motion_range(walker)) == "deleted"


def test_the_range_of_what_moves_an_armature_counts(context, walker) -> None:
    """A rig that copies another's motion has no keys of its own."""
    follower = foreign_rigs.build(context, foreign_rigs.bare(), "follower")
    constraint = follower.pose.bones["head"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget = walker, "Head"
    assert motion_range(follower) == (1, 60)
    # Two that look at each other, and neither moves.
    loop = foreign_rigs.build(context, foreign_rigs.bare(), "loop")
    loop.constraints.new("COPY_LOCATION").target = loop
    with pytest.raises(GhostcapError, match="no motion"):
        motion_range(loop)


def test_an_armature_in_a_hidden_collection_is_read_where_it_is(context, walker) -> None:
    """The athlete is tidied away and moved by a script: F-curves need no eye, and Blender no update."""
    before = read_clip(context, walker, range(1, 5))
    holder = bpy.data.objects.new("holder", None)
    context.scene.collection.objects.link(holder)
    walker.parent = holder
    context.view_layer.layer_collection.children[0].exclude = True
    holder.location, walker.delta_location = (1, 2, 3), (1, 0, 0)
    clip = read_clip(context, walker, range(1, 5))
    np.testing.assert_allclose(clip.root - before.root, np.tile([2, 2, 3], (4, 1)), atol=NEAR)


def test_an_armature_of_a_library_is_read(context, walker, tmp_path: Path) -> None:
    """The athlete is linked from the file of the trainer, and belongs to no scene yet."""
    wanted = read_clip(context, walker, range(1, 5))
    bpy.data.libraries.write(str(tmp_path / "athlete.blend"), {walker})
    bpy.data.objects.remove(walker)
    with bpy.data.libraries.load(str(tmp_path / "athlete.blend"), link=True) as (there, here):
        here.objects = [name for name in there.objects if name == "dance_001"]
    linked: Any = here.objects[0]
    assert linked.library
    assert motion_range(linked) == (1, 60)
    np.testing.assert_allclose(read_clip(context, linked, range(1, 5)).rotations, wanted.rotations, atol=1e-5)


MIXAMO = {
    "Pelvis": "Hips", "Spine1": "Spine", "Spine2": "Spine1", "Spine3": "Spine2", "Neck": "Neck", "Head": "Head",
    "Collar": "{}Shoulder", "Shoulder": "{}Arm", "Elbow": "{}ForeArm", "Wrist": "{}Hand", "Hand": "{}HandMiddle1",
    "Hip": "{}UpLeg", "Knee": "{}Leg", "Ankle": "{}Foot", "Foot": "{}ToeBase",
}  # fmt: skip


def copy_of(armature: Any) -> Any:
    """The armature once more, with an action of its own."""
    other = armature.copy()
    other.data = armature.data.copy()
    other.animation_data.action = armature.animation_data.action.copy()
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.update()
    return other


def test_the_same_motion_under_other_bone_names_is_the_same_motion(context, walker) -> None:
    """A rig exported to a game's names rests as before, but nobody knows that it is laid out as SMPL's."""
    other = copy_of(walker)
    for joint, name in find_rig(walker).bones.items():
        side, _, part = JOINT_NAMES[joint].rpartition("_")
        other.data.bones[name].name = "mixamorig:" + MIXAMO[part].format({"L": "Left", "R": "Right"}.get(side, ""))
    ours, theirs = (read_clip(context, armature, range(1, 61)) for armature in (walker, other))
    assert not ours.straight
    assert theirs.straight
    assert np.degrees(geodesic_angle(ours.rotations, theirs.rotations)).max() > 1
    for athlete, user in ((ours, theirs), (theirs, ours)):
        result = compare_clips(athlete, user, Settings(by="motion", mirror="no"))
        assert np.degrees(result.deviations.local).max() < 0.1
        assert result.findings == ()
        assert result.score.overall == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize("scale", [0.01, 0.1, 10.0, 100.0])
def test_a_scaled_armature_does_the_same_motion(context, walker, scale) -> None:
    """Centimetres or inches of a game, on either side or on both: no mistake of the user."""
    other = copy_of(walker)
    other.scale = (scale,) * 3
    context.view_layer.update()
    ours, theirs = (read_clip(context, armature, range(1, 61)) for armature in (walker, other))
    for athlete, user in ((ours, theirs), (theirs, ours), (theirs, theirs)):
        result = compare_clips(athlete, user, Settings(by="motion", mirror="no"))
        assert result.score.overall == pytest.approx(100, abs=0.01)
        assert result.findings == ()
        np.testing.assert_allclose(result.ghost.posed.positions[0], user.posed.positions[0], atol=1e-3 * scale)
