# SPDX-License-Identifier: GPL-3.0-or-later
"""GLB and BVH, read from their bytes."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.character import import_capture  # noqa: E402
from ghostcap.addon.export import export_clip  # noqa: E402
from ghostcap.addon.targets import TargetError, list_targets, read_target  # noqa: E402
from ghostcap.motion.capture import read_capture, read_tracks  # noqa: E402
from ghostcap.motion.rig import BONE_NAMES, BONE_PARENTS  # noqa: E402
from ghostcap.motion.rotations import matrix_from_axis_angle, matrix_from_quaternion  # noqa: E402

pytestmark = pytest.mark.bpy
BLENDER_FROM_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def read_glb(path: Path) -> tuple[dict, bytes]:
    """JSON and binary chunk."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def accessor(gltf: dict, binary: bytes, index: int) -> np.ndarray:
    item = gltf["accessors"][index]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[item["type"]]
    start = gltf["bufferViews"][item["bufferView"]].get("byteOffset", 0) + item.get("byteOffset", 0)
    return np.frombuffer(binary, np.float32, item["count"] * width, start).reshape(-1, width)


@pytest.mark.parametrize("person", [1, 2, 3])
def test_glb_holds_one_clip_with_the_captured_joints(context, capture: Path, tmp_path: Path, person: int) -> None:
    """One animation named as the clip, from time 0, in metres, y up, joints within a millimetre."""
    character = import_capture(context, capture, [person])[0]
    track = read_tracks(capture, read_capture(capture))[person]
    path = export_clip(context, character.armature, tmp_path / "clip.glb", "glb", read_target("godot"))
    gltf, binary = read_glb(path)
    assert [animation["name"] for animation in gltf["animations"]] == [character.clip]
    names = [node["name"] for node in gltf["nodes"]]
    assert set(BONE_NAMES) < set(names)
    assert not [name for name in names if name.endswith("_end")]
    armature = gltf["nodes"][names.index("Armature")]
    assert not {"scale", "rotation", "translation", "matrix"} & set(armature)

    frames = len(track.frame)
    local = np.tile(np.eye(4), (frames, 25, 1, 1))
    for bone, name in enumerate(BONE_NAMES):
        node = gltf["nodes"][names.index(name)]
        x, y, z, w = node.get("rotation", [0, 0, 0, 1])
        local[:, bone, :3, :3] = matrix_from_quaternion([w, x, y, z])
        local[:, bone, :3, 3] = node.get("translation", [0, 0, 0])
        np.testing.assert_allclose(node.get("scale", [1, 1, 1]), 1, atol=1e-5)
    animation = gltf["animations"][0]
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        bone = BONE_NAMES.index(names[channel["target"]["node"]])
        times = accessor(gltf, binary, sampler["input"])[:, 0]
        values = accessor(gltf, binary, sampler["output"])
        if channel["target"]["path"] == "rotation":
            np.testing.assert_allclose(times, np.arange(frames) / 60, atol=1e-5)
            local[:, bone, :3, :3] = matrix_from_quaternion(values[:, [3, 0, 1, 2]])
        elif channel["target"]["path"] == "translation" and len(values) == frames:
            local[:, bone, :3, 3] = values
    world = local.copy()
    for bone, parent in enumerate(BONE_PARENTS[1:], start=1):
        world[:, bone] = world[:, parent] @ local[:, bone]
    np.testing.assert_allclose(world[:, 1:, :3, 3] @ BLENDER_FROM_Y_UP.T, track.joints, atol=1e-3)


def read_bvh(path: Path) -> tuple[list[str], np.ndarray, float]:
    """Joint names, positions (T, J, 3) and seconds a frame of a BVH whose channels are any of position and rotation."""
    lines = path.read_text().splitlines()
    names, parents, offsets, channels, stack, end = [], [], [], [], [], False
    motion = lines.index("MOTION")
    for line in lines[:motion]:
        words = line.split()
        if words[0] in ("ROOT", "JOINT"):
            parents.append(stack[-1] if stack else -1)
            stack.append(len(names))
            names.append(" ".join(words[1:]))
        elif words[0] == "End":
            end = True
        elif words[0] == "OFFSET" and not end:
            offsets.append([float(word) for word in words[1:]])
        elif words[0] == "CHANNELS":
            channels.append(words[2:])
        elif words[0] == "}":
            if end:
                end = False
            else:
                stack.pop()
    values = np.array([[float(word) for word in line.split()] for line in lines[motion + 3 :]])
    seconds = float(lines[motion + 2].split()[-1])
    local, column = np.tile(np.eye(4), (len(values), len(names), 1, 1)), 0
    for joint, own in enumerate(channels):
        local[:, joint, :3, 3] = offsets[joint]
        for channel in own:
            axis = "XYZ".index(channel[0])
            if channel.endswith("position"):
                local[:, joint, axis, 3] = values[:, column]
            else:
                turn = np.radians(values[:, column])[:, None] * np.eye(3)[axis]
                local[:, joint, :3, :3] = local[:, joint, :3, :3] @ matrix_from_axis_angle(turn)
            column += 1
    world = local.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[:, joint] = world[:, parent] @ local[:, joint]
    return names, world[..., :3, 3], seconds


@pytest.mark.parametrize(("target", "scale"), [("generic", 1), ("unreal", 100)])
@pytest.mark.parametrize("person", [1, 2])
def test_bvh_is_y_up_and_holds_the_captured_joints(
    context, capture: Path, tmp_path: Path, target: str, scale: float, person: int
) -> None:
    """Programs that read BVH take y for up; Blender's exporter alone would lay the person down."""
    character = import_capture(context, capture, [person])[0]
    track = read_tracks(capture, read_capture(capture))[person]
    path = export_clip(context, character.armature, tmp_path / "clip.bvh", "bvh", read_target(target))
    names, positions, seconds = read_bvh(path)
    assert sorted(names) == sorted(BONE_NAMES)
    assert seconds == pytest.approx(1 / 60, abs=1e-6)
    order = [names.index(name) for name in BONE_NAMES[1:]]
    np.testing.assert_allclose(positions[:, order] @ BLENDER_FROM_Y_UP.T / scale, track.joints, atol=1e-3)
    np.testing.assert_allclose(positions[:, names.index("root"), 1], 0, atol=1e-4)
    # The user's own armature stays z up.
    assert character.armature.data.bones["Head"].head_local.z > 1


def test_targets_are_complete_and_unknown_ones_are_told() -> None:
    """A misspelt target lists the ones there are."""
    assert list_targets()[0] == "generic"
    for name in list_targets():
        assert read_target(name).label
    with pytest.raises(TargetError, match="generic, godot, unity, unreal"):
        read_target("unrael")
