# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture in Blender's scene: joints where they were captured, keys to work with, a body that follows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.character import Character, ImportOptions, clip_name, import_capture  # noqa: E402
from ghostcap.addon.timeline import split_rate  # noqa: E402
from ghostcap.motion.capture import read_capture, read_tracks  # noqa: E402
from ghostcap.motion.errors import GhostcapError  # noqa: E402
from ghostcap.motion.kinematics import pose_from_axis_angle  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES, WORLD_FROM_SMPL  # noqa: E402
from ghostcap.motion.skeleton import JOINT_NAMES  # noqa: E402
from ghostcap.tests.synthetic_capture import (  # noqa: E402
    BODY_HEIGHT,
    synthetic_body,
    synthetic_track,
    write_synthetic_capture,
)

pytestmark = pytest.mark.bpy


def heads(armature, frame: int) -> np.ndarray:
    """World positions of all 25 bones' heads at a scene frame."""
    bpy.context.scene.frame_set(frame)
    return np.array([armature.matrix_world @ armature.pose.bones[name].head for name in BONE_NAMES])


def curves(character: Character) -> dict[tuple[str, int], np.ndarray]:
    """Keys (K, 2) of every F-curve."""
    strip = character.action.layers[0].strips[0]
    out = {}
    for curve in strip.channelbag(character.action.slots[0]).fcurves:
        keys = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
        curve.keyframe_points.foreach_get("co", keys)
        out[curve.data_path, curve.array_index] = keys.reshape(-1, 2)
    return out


@pytest.mark.parametrize("mode", ["root", "hips"])
def test_joints_stand_where_they_were_captured(context, capture: Path, mode) -> None:
    """All joints of all people at every frame of the video, to a tenth of a millimetre."""
    characters = import_capture(context, capture, options=ImportOptions(root_motion=mode))
    tracks = read_tracks(capture, read_capture(capture))
    for character, track in zip(characters, tracks.values(), strict=True):
        for row, frame in enumerate(track.frame):
            np.testing.assert_allclose(heads(character.armature, int(frame) + 1)[1:], track.joints[row], atol=1e-4)


def test_root_bone_stays_on_the_ground_and_only_turns(context, capture: Path) -> None:
    """An engine moves the character by this bone: a lean or a hop of it would tip the whole character over."""
    for character in import_capture(context, capture):
        root = character.armature.pose.bones["root"]
        for frame in range(1, 71):
            context.scene.frame_set(frame)
            assert root.matrix.translation.z == pytest.approx(0, abs=1e-6)
            np.testing.assert_allclose(np.array(root.matrix)[2, :3], [0, 0, 1], atol=1e-6)
        turned = {key[1]: keys[:, 1] for key, keys in curves(character).items() if 'root"].rotation' in key[0]}
        assert not np.abs(turned[1]).any()
        assert not np.abs(turned[2]).any()


def test_in_place_stays_above_the_origin(context, capture: Path) -> None:
    """In place: the pelvis goes up and down and nowhere else."""
    for character in import_capture(context, capture, options=ImportOptions(root_motion="in_place")):
        for frame in (1, 20, 40, 60):
            np.testing.assert_allclose(heads(character.armature, frame)[1, :2], 0, atol=1e-5)


def test_clip_can_begin_at_the_origin(context, capture: Path) -> None:
    """First frame at the origin, facing the front, and the walk goes on from there."""
    character = import_capture(context, capture, [1], ImportOptions(to_origin=True))[0]
    np.testing.assert_allclose(heads(character.armature, 1)[0], 0, atol=1e-6)
    np.testing.assert_allclose(np.array(character.armature.pose.bones["root"].matrix)[:3, :3], np.eye(3), atol=1e-5)
    assert np.linalg.norm(heads(character.armature, 60)[0]) > 1


def test_rest_pose_is_a_t_pose_facing_the_front(context, capture: Path) -> None:
    """Retargeters of all engines begin from the rest pose."""
    armature = import_capture(context, capture, [1])[0].armature
    bones = armature.data.bones
    assert [bone.name for bone in bones if bone.parent is None] == ["root"]
    assert set(bones.keys()) == set(BONE_NAMES)
    np.testing.assert_allclose(np.array(bones["root"].matrix_local), np.eye(4), atol=1e-6)
    assert not armature.matrix_world.to_translation().length
    np.testing.assert_allclose(armature.matrix_world.to_scale(), 1)
    head = {name: np.array(bones[name].head_local) for name in BONE_NAMES}
    assert head["L_Wrist"][0] > 0.6
    assert head["R_Wrist"][0] < -0.6
    assert head["L_Foot"][1] < head["L_Ankle"][1]
    np.testing.assert_allclose(head["Pelvis"][:2], 0, atol=1e-6)
    assert head["Head"][2] > head["Pelvis"][2] > head["L_Ankle"][2] > 0
    assert min(bone.length for bone in bones) >= 0.01


def test_flexion_turns_about_x_on_both_sides(context, capture: Path) -> None:
    """With sensible rolls one number bends a limb: positive x lifts thigh, forearm and toes to the front."""
    armature = import_capture(context, capture, [1])[0].armature
    for name in ("Hip", "Elbow", "Ankle", "Shoulder"):
        for side in "LR":
            axes = np.array(armature.data.bones[f"{side}_{name}"].matrix_local)[:3, :3]
            forward = [0, 0, 1] if name == "Ankle" else [0, -1, 0]
            assert axes[:, 2] @ forward > 0.75, f"{side}_{name}"
        left, right = (np.array(armature.data.bones[f"{side}_{name}"].matrix_local)[:3, :3] for side in "LR")
        mirror = np.diag([-1.0, 1.0, 1.0])
        np.testing.assert_allclose(right, mirror @ left @ np.diag([-1.0, 1.0, 1.0]), atol=1e-5)
    for name in ("Spine1", "Spine2", "Neck", "Pelvis"):
        axes = np.array(armature.data.bones[name].matrix_local)[:3, :3]
        assert axes[2, 1] > 0.8
        assert axes[0, 0] == pytest.approx(1, abs=1e-4)


def test_bone_rotations_are_smpls_in_the_bones_axes(context, capture: Path) -> None:
    """Other tools read SMPL's rotations back from the bones: C R C^-1, C being the rest axes."""
    character = import_capture(context, capture, [2])[0]
    track = read_tracks(capture, read_capture(capture))[2]
    body = synthetic_body()
    for row in (0, 25, 59):
        context.scene.frame_set(int(track.frame[row]) + 1)
        expected = pose_from_axis_angle(track.poses[row], body.rest_joints(track.betas), track.trans[row]).rotations
        for joint, name in enumerate(JOINT_NAMES):
            bone = character.armature.pose.bones[name]
            turn = np.array(bone.matrix)[:3, :3] @ np.array(bone.bone.matrix_local)[:3, :3].T
            np.testing.assert_allclose(turn, expected[joint] @ WORLD_FROM_SMPL.T, atol=5e-5)


def test_keys_are_dense_linear_and_without_flips(context, capture: Path) -> None:
    """A quaternion that changes sign spins the bone the long way round between two keys."""
    for character in import_capture(context, capture):
        keyed = curves(character)
        assert len(keyed) == 25 * 4 + 2 * 3
        for bone in BONE_NAMES:
            path = f'pose.bones["{bone}"].rotation_quaternion'
            q = np.stack([keyed[path, index][:, 1] for index in range(4)], -1)
            assert ((q[1:] * q[:-1]).sum(-1) > 0).all()
        first = next(iter(keyed.values()))[:, 0]
        np.testing.assert_array_equal(np.diff(first), 1)
        strip = character.action.layers[0].strips[0]
        curve = strip.channelbag(character.action.slots[0]).fcurves[0]
        assert {key.interpolation for key in curve.keyframe_points} == {"LINEAR"}
        assert curve.group.name == "root"


def test_action_and_slot_are_named_as_the_clip(context, capture: Path) -> None:
    """Engines show this name; an empty slot would mean a still figure."""
    characters = import_capture(context, capture)
    assert [character.clip for character in characters] == ["dance_001", "dance_002", "dance_003"]
    for character in characters:
        data = character.armature.animation_data
        assert character.armature.name == data.action.name == data.action_slot.name_display == character.clip
        assert tuple(data.action.frame_range) == (character.action.frame_start, character.action.frame_end)


def test_track_name_given_by_the_user_names_the_clip(capture: Path) -> None:
    """Who renamed a person wants to find that name again."""
    data = read_capture(capture)
    assert clip_name(data, replace(data.tracks[0], name="Lead dancer")) == "Lead dancer"
    windows = replace(data, video=replace(data.video, path="C:\\clips\\跳 舞.v2.mp4"))
    assert clip_name(windows, data.tracks[1]) == "跳 舞.v2_002"


def test_long_and_chinese_names_survive(context, tmp_path: Path) -> None:
    """Blender 4.5 takes 63 bytes: a longer name is cut between characters, never inside one."""
    folder = write_synthetic_capture(tmp_path / "c", synthetic_track(frames=3), video="很" * 40 + ".mp4")
    character = import_capture(context, folder)[0]
    assert character.armature.name == character.action.name == character.clip
    assert re.fullmatch("很+(_001)?", character.clip)


@pytest.mark.parametrize(
    ("fps", "expected"), [(30, (30, 1)), (29.97, (30, 1.001)), (24000 / 1001, (24, 1.001)), (12.5, (12, 0.96))]
)
def test_scene_plays_at_the_videos_rate(context, tmp_path: Path, fps: float, expected: tuple[int, float]) -> None:
    """Sound and video beside the animation drift apart if 29.97 becomes 30."""
    assert split_rate(fps) == pytest.approx(expected)
    folder = write_synthetic_capture(tmp_path / "c", synthetic_track(frames=20, fps=fps, first=7))
    import_capture(context, folder)
    render = context.scene.render
    assert render.fps / render.fps_base == pytest.approx(fps, rel=2e-5)
    # The video's frame 7 is scene frame 8.
    assert (context.scene.frame_start, context.scene.frame_end, context.scene.frame_current) == (8, 27, 8)


def test_scene_is_left_alone_when_asked(context, capture: Path) -> None:
    """A capture added to a running shot must not change its frame rate."""
    context.scene.render.fps, context.scene.frame_end = 24, 500
    import_capture(context, capture, options=ImportOptions(set_scene=False))
    assert (context.scene.render.fps, context.scene.frame_end) == (24, 500)


def test_body_follows_the_bones(context, capture: Path) -> None:
    """The mesh Blender shows is the body as the capture poses it."""
    character = import_capture(context, capture, [2])[0]
    track = read_tracks(capture, read_capture(capture))[2]
    body = synthetic_body()
    for row in (0, 30, 59):
        context.scene.frame_set(int(track.frame[row]) + 1)
        mesh = character.model.evaluated_get(context.evaluated_depsgraph_get()).data
        seen = np.empty(3 * len(mesh.vertices), dtype=np.float32)
        mesh.vertices.foreach_get("co", seen)
        posed = pose_from_axis_angle(track.poses[row], body.rest_joints(track.betas), track.trans[row])
        np.testing.assert_allclose(seen.reshape(-1, 3), body.pose(track.betas, posed), atol=2e-4)
    assert {group.name for group in character.model.vertex_groups} == set(JOINT_NAMES)


def test_larger_person_gets_a_larger_rig_on_the_same_floor(context, capture: Path) -> None:
    """Betas shape bones and mesh alike, and the soles stay on the floor."""
    first, _, third = import_capture(context, capture)
    for character in (first, third):
        z = np.array([vertex.co.z for vertex in character.model.data.vertices])
        assert z.min() == pytest.approx(0, abs=1e-5)
    tall = max(vertex.co.z for vertex in third.model.data.vertices)
    assert tall == pytest.approx(1.02 * BODY_HEIGHT, abs=1e-3)
    assert first.armature.data.bones["L_Hip"].length < third.armature.data.bones["L_Hip"].length


def test_clip_of_one_frame(context, tmp_path: Path) -> None:
    """A photograph is a clip too."""
    folder = write_synthetic_capture(tmp_path / "c", synthetic_track("stand", frames=1))
    character = import_capture(context, folder)[0]
    track = synthetic_track("stand", frames=1)
    np.testing.assert_allclose(heads(character.armature, 1)[1:], track.joints[0], atol=1e-4)


def test_import_works_from_edit_mode_of_something_else(context, capture: Path) -> None:
    """An animator is often in the middle of something."""
    other = import_capture(context, capture, [1])[0]
    context.view_layer.objects.active = other.armature
    bpy.ops.object.mode_set(mode="POSE")
    again = import_capture(context, capture, [1])[0]
    assert again.clip == "dance_001"
    assert again.armature.mode == "OBJECT"
    assert len(again.armature.data.bones) == 25


def test_unknown_person_and_no_capture_are_told(context, capture: Path, tmp_path: Path) -> None:
    """One clear line, and nothing half-built in the scene."""
    with pytest.raises(GhostcapError, match="no track 9"):
        import_capture(context, capture, [9])
    with pytest.raises(GhostcapError, match=r"capture\.json is missing"):
        import_capture(context, tmp_path)
    assert not len(bpy.data.objects)


def test_capture_without_people_imports_nothing(context, tmp_path: Path) -> None:
    """Nobody in the video: an empty import, not a crash."""
    folder = write_synthetic_capture(tmp_path / "empty")
    assert import_capture(context, folder) == []
    assert isinstance(read_capture(folder).tracks, tuple)
