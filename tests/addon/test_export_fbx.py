# SPDX-License-Identifier: GPL-3.0-or-later
"""The FBX, read back by a reader of its own: what a game engine will really find in the file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
addon_utils = pytest.importorskip("addon_utils")
pytest.importorskip("ufbx")

from ghostcap.addon.character import Character, ImportOptions, import_capture  # noqa: E402
from ghostcap.addon.export import ExportError, export_clip, file_name  # noqa: E402
from ghostcap.addon.staging import StageError  # noqa: E402
from ghostcap.addon.targets import read_target  # noqa: E402
from ghostcap.motion.capture import Track, read_capture, read_tracks  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES  # noqa: E402
from ghostcap.motion.rotations import geodesic_angle  # noqa: E402
from ghostcap.motion.skeleton import JOINT_NAMES  # noqa: E402
from ghostcap.tests.addon.fbx_reader import FbxClip, read_fbx  # noqa: E402
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture  # noqa: E402

pytestmark = pytest.mark.bpy
TARGETS = ("generic", "unreal", "unity", "godot")


def export(character: Character, path: Path, target: str = "generic", samples: int = 1) -> FbxClip:
    export_clip(bpy.context, character.armature, path, "fbx", read_target(target))
    return read_fbx(path, samples)


def joints(clip: FbxClip, local: np.ndarray | None = None) -> np.ndarray:
    """Positions (..., 24, 3) of SMPL's joints in Blender's axes."""
    world = clip.world(clip.local if local is None else local)
    return world[..., [clip[name] for name in JOINT_NAMES], :]


@pytest.fixture
def people(context, capture: Path) -> list[tuple[Character, Track]]:
    tracks = read_tracks(capture, read_capture(capture))
    return list(zip(import_capture(context, capture), tracks.values(), strict=True))


@pytest.mark.parametrize("target", TARGETS)
def test_joints_in_the_file_are_the_captured_ones(people, tmp_path: Path, target: str) -> None:
    """Every joint at every frame, within a millimetre, for all people and targets."""
    for character, track in people:
        clip = export(character, tmp_path / f"{character.clip}.fbx", target)
        np.testing.assert_allclose(joints(clip), track.joints, atol=1e-3)


def test_motion_between_the_keys_has_no_flips(people, tmp_path: Path) -> None:
    """FBX stores Euler angles; where they jump, a limb whips round between two frames.

    Close to the Euler angles' pole, in mid-cartwheel at 12 degrees a frame, a hand strays by 5 cm; a flip would throw
    it by a metre.
    """
    for character, track in people:
        clip = export(character, tmp_path / f"{character.clip}.fbx", samples=2)
        between = joints(clip)[1::2]
        middle = (track.joints[1:] + track.joints[:-1]) / 2
        assert np.linalg.norm(between - middle, axis=-1).max() < 0.1
        rotation = clip.local[..., :3, :3]
        assert geodesic_angle(rotation[1:], rotation[:-1]).max() < np.radians(20)


def test_file_has_the_bones_and_nothing_else(people, tmp_path: Path) -> None:
    """Leaf bones called _end break the skeleton in Unreal; a second root breaks root motion everywhere."""
    character = people[1][0]
    clip = export(character, tmp_path / "clip.fbx")
    assert sorted(clip.names) == sorted(["", "Armature", *BONE_NAMES, character.model.name])
    assert clip.parents[clip["root"]] == clip["Armature"]
    assert clip.parents[clip["Pelvis"]] == clip["root"]
    assert clip.parents[clip["Armature"]] == 0


def test_scale_is_one_and_the_unit_a_metre(people, tmp_path: Path) -> None:
    """The node scaled by 100 is the classic of Blender's FBX."""
    clip = export(people[0][0], tmp_path / "clip.fbx")
    np.testing.assert_allclose(clip.scales, 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(clip.rest[:, :3, :3], axis=1), 1, atol=1e-5)
    # UnitScaleFactor 100: a unit is 100 centimetres.
    assert clip.unit_metres == pytest.approx(1)


@pytest.mark.parametrize("frame", [1, 30])
def test_rest_pose_is_the_t_pose_whatever_frame_is_shown(context, people, tmp_path: Path, frame: int) -> None:
    """Blender writes the current frame as the nodes' rest: a file exported in mid-somersault would rest upside down."""
    for character, _ in people[:2]:
        context.scene.frame_set(frame)
        clip = export(character, tmp_path / f"{character.clip}.fbx")
        expected = [character.armature.data.bones[name].head_local for name in JOINT_NAMES]
        np.testing.assert_allclose(joints(clip, clip.rest), np.array(expected), atol=1e-4)
        np.testing.assert_allclose(clip.rest[clip["root"]], np.eye(4), atol=1e-5)


def test_bones_alone_rest_in_the_t_pose_too(context, capture: Path, tmp_path: Path) -> None:
    """Without a skin the nodes are all an engine has for the rest pose."""
    context.scene.frame_set(30)
    character = import_capture(context, capture, [2], ImportOptions(body=False))[0]
    context.scene.frame_set(40)
    clip = export(character, tmp_path / "clip.fbx")
    assert sorted(clip.names) == sorted(["", "Armature", *BONE_NAMES])
    expected = [character.armature.data.bones[name].head_local for name in JOINT_NAMES]
    np.testing.assert_allclose(joints(clip, clip.rest), np.array(expected), atol=1e-4)
    track = read_tracks(capture, read_capture(capture))[2]
    np.testing.assert_allclose(joints(clip), track.joints, atol=1e-3)


@pytest.mark.parametrize(
    ("kind", "module"), [("fbx", "io_scene_fbx"), ("glb", "io_scene_gltf2"), ("bvh", "io_anim_bvh")]
)
def test_exporter_switched_off_by_the_user_is_switched_on(people, tmp_path: Path, kind, module: str) -> None:
    """Somebody tidied up Blender's add-ons; the export still works."""
    addon_utils.disable(module)
    export_clip(bpy.context, people[0][0].armature, tmp_path / f"clip.{kind}", kind, read_target("generic"))
    assert (tmp_path / f"clip.{kind}").stat().st_size > 1000


def test_root_travels_on_the_ground_and_only_turns(people, tmp_path: Path) -> None:
    """Root motion in the file: z = 0 and yaw only, and it follows the person."""
    for character, track in people:
        clip = export(character, tmp_path / f"{character.clip}.fbx")
        root = clip.local[:, clip["root"]]
        # In the bones' own space z is up: the armature's node turns it to the file's y.
        np.testing.assert_allclose(root[:, 2, 3], 0, atol=1e-5)
        np.testing.assert_allclose(root[:, 2, :3], np.tile([0, 0, 1], (len(root), 1)), atol=1e-5)
        np.testing.assert_allclose(root[:, :2, 3], track.joints[:, 0, :2], atol=1e-3)


def test_clip_from_the_origin_begins_with_an_identity_root(context, capture: Path, tmp_path: Path) -> None:
    """Engines play a clip from where the character stands."""
    character = import_capture(context, capture, [1], ImportOptions(to_origin=True))[0]
    clip = export(character, tmp_path / "clip.fbx")
    np.testing.assert_allclose(clip.local[0, clip["root"]], np.eye(4), atol=1e-5)


@pytest.mark.parametrize("fps", [25.0, 29.97, 60.0])
def test_one_take_named_as_the_clip_with_its_length_and_rate(context, tmp_path: Path, fps: float) -> None:
    """The name the engine shows; keys from time 0, one a frame, so that it plays as long as the video."""
    folder = write_synthetic_capture(tmp_path / "c", synthetic_track(frames=40, fps=fps, first=100))
    clip = export(import_capture(context, folder)[0], tmp_path / "clip.fbx")
    assert clip.takes == ("dance_001",)
    assert clip.fps == pytest.approx(fps, rel=1e-4)
    assert clip.begin == 0
    assert clip.end == pytest.approx(39 / fps, rel=1e-4)
    moving = [curve for curve in clip.curves if len(curve) > 1]
    assert {len(curve) for curve in moving} == {40}, "keys were simplified away"
    np.testing.assert_allclose(moving[0][:, 0], np.arange(40) / fps, atol=1e-4)


def test_users_scene_is_as_before(context, people, tmp_path: Path) -> None:
    """An export reads; it renames and moves nothing, not even an armature called Armature."""
    people[1][0].armature.name = "Armature"
    context.scene.frame_set(17)
    before = _state(context)
    clip = export(people[0][0], tmp_path / "clip.fbx")
    assert "Armature" in clip.names
    assert _state(context) == before


def _state(context) -> list:
    pose = [list(bone.rotation_quaternion) for item in bpy.data.objects if item.pose for bone in item.pose.bones]
    names = [sorted(item.name for item in data) for data in (
        bpy.data.objects, bpy.data.armatures, bpy.data.meshes, bpy.data.actions, bpy.data.scenes, bpy.data.collections
    )]  # fmt: skip
    return [names, pose, context.scene.name, context.scene.frame_current, context.view_layer.objects.active.name]


def test_action_edited_by_the_animator_is_what_is_exported(people, tmp_path: Path) -> None:
    """The file holds the action in use, not the capture it came from."""
    character = people[0][0]
    path = 'pose.bones["Head"].rotation_quaternion'
    bag = character.action.layers[0].strips[0].channelbag(character.action.slots[0])
    turned = bag.fcurves.find(path, index=3)
    for key in turned.keyframe_points:
        key.co.y = 0.5
    turned.update()
    clip = export(character, tmp_path / "clip.fbx")
    rest = clip.rest[clip["Head"], :3, :3]
    assert geodesic_angle(clip.local[:, clip["Head"], :3, :3], rest).min() > np.radians(40)


def test_files_are_replaced_only_when_asked(people, tmp_path: Path) -> None:
    """Somebody's hand-cleaned clip must not be lost to a second run."""
    path = tmp_path / "clip.fbx"
    path.write_text("precious")
    with pytest.raises(ExportError, match="exists already"):
        export_clip(bpy.context, people[0][0].armature, path, "fbx", read_target("generic"))
    assert path.read_text() == "precious"
    export_clip(bpy.context, people[0][0].armature, path, "fbx", read_target("generic"), overwrite=True)
    assert path.stat().st_size > 10_000
    assert {item.name for item in tmp_path.iterdir()} == {"clip.fbx", "dance.capture"}


@pytest.mark.parametrize("name", ['a b\'s "quoted" 舞.fbx', "sub/folder/clip.fbx"])
def test_any_path_will_do(people, tmp_path: Path, name: str) -> None:
    """Spaces, quotes, Chinese, and a folder that is not there yet."""
    if os.name == "nt":
        name = name.replace('"', "")
    assert export(people[0][0], tmp_path / name).takes == ("dance_001",)


def test_folder_that_is_a_file_gives_one_clear_line(people, tmp_path: Path) -> None:
    """The message names the file and the reason; no traceback, and no stage is left in the scene."""
    (tmp_path / "out").write_text("")
    with pytest.raises(ExportError, match=r"clip\.fbx can't be written"):
        export_clip(bpy.context, people[0][0].armature, tmp_path / "out" / "clip.fbx", "fbx", read_target("generic"))
    assert len(bpy.data.scenes) == 1


def test_armature_without_action_is_told(context, people, tmp_path: Path) -> None:
    """A still figure is not worth a file."""
    people[0][0].armature.animation_data.action = None
    with pytest.raises(StageError, match="no action"):
        export_clip(context, people[0][0].armature, tmp_path / "x.fbx", "fbx", read_target("generic"))
    assert not (tmp_path / "x.fbx").exists()


def test_clip_names_become_file_names_of_every_system() -> None:
    """A track called "A/B: take 1?" still gets a file."""
    assert file_name("A/B: take 1?", "fbx") == "A_B_ take 1_.fbx"
    assert file_name("舞 1", "glb") == "舞 1.glb"
    assert file_name("...", "bvh") == "clip.bvh"
