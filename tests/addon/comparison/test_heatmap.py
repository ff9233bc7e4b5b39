# SPDX-License-Identifier: GPL-3.0-or-later
"""The heatmap on body and bones: the colour of a spot says how far the joint under it is off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.comparison.bone_colours import paint_bones, restore_bones  # noqa: E402
from ghostcap.addon.comparison.deviation_curves import deviation_name, seen_name  # noqa: E402
from ghostcap.addon.comparison.display import apply_display  # noqa: E402
from ghostcap.addon.comparison.heatmap import HEATMAP, add_heatmap, find_bodies, remove_heatmap  # noqa: E402
from ghostcap.addon.comparison.materials import linear  # noqa: E402
from ghostcap.motion.compare.coaching import read_colouring  # noqa: E402
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES  # noqa: E402

pytestmark = pytest.mark.bpy
BONES = dict(enumerate(JOINT_NAMES))


@pytest.fixture
def compared(scene, comparison):
    """User and ghost, compared, in the frame where the elbow is worst."""
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    scene.frame_set(max(comparison.joints, key=lambda joint: joint.worst).frame)
    return comparison.compared, comparison.ghost


def colours_of(body) -> np.ndarray:
    """(V, 3) linear colours of a body as it is shown now."""
    mesh = body.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = np.empty(4 * len(mesh.vertices), dtype=np.float32)
    mesh.attributes[HEATMAP].data.foreach_get("color", values)
    return values.reshape(-1, 4)[:, :3]


def vertices_of(body, group: str) -> np.ndarray:
    """Numbers of the vertices that follow one bone alone."""
    number = body.vertex_groups[group].index
    return np.array([
        vertex.index
        for vertex in body.data.vertices
        if [item.group for item in vertex.groups if item.weight > 0] == [number]
    ])  # fmt: skip


def assert_painted(body, group: str, colour) -> None:
    """All that follows the bone has the colour."""
    found = colours_of(body)[vertices_of(body, group)]
    assert len(found)
    assert np.abs(found - np.asarray(colour)).max() < 0.02


def colour_at(degrees: float) -> tuple[float, float, float]:
    return linear(read_colouring().paint(np.radians(degrees)))


def test_a_limb_has_the_colour_of_its_joint(scene, compared) -> None:
    """Forearm by elbow, in every frame; the rest of the body is near and stays in the first colour."""
    user, ghost = compared
    (body,) = find_bodies(user)
    for frame in (scene.frame_current, scene.frame_current - 12):
        scene.frame_set(frame)
        for name in ("L_Elbow", "R_Knee", "Head"):
            assert_painted(body, name, colour_at(ghost[deviation_name(JOINT[name])]))
    assert ghost[deviation_name(JOINT["L_Elbow"])] > 15
    assert ghost[deviation_name(JOINT["R_Knee"])] < 1


def test_what_was_not_seen_is_grey(scene, compared) -> None:
    """A guess is not painted as if it were a mistake, nor as if it were right."""
    user, ghost = compared
    curves = ghost.animation_data.action.layers[0].strips[0].channelbag(ghost.animation_data.action_slot).fcurves
    for key in curves.find(f'["{seen_name(JOINT["L_Elbow"])}"]').keyframe_points:
        key.co.y = 0.0
    scene.frame_set(scene.frame_current)
    (body,) = find_bodies(user)
    assert_painted(body, "L_Elbow", linear(read_colouring().unjudged))


def test_the_colours_follow_the_range(scene, compared) -> None:
    """A coach who sets the worst colour to 12 degrees sees it at once, on the body and in the drivers' other users."""
    user, ghost = compared
    scene.ghostcap.comparison.range_high = np.radians(12.0)
    bpy.context.view_layer.update()
    (body,) = find_bodies(user)
    assert_painted(body, "L_Elbow", linear(read_colouring().ramp[-1]))
    assert ghost["To"] == pytest.approx(12.0)


def test_fingers_have_the_colour_of_the_joint_that_moves_them(scene, compared) -> None:
    """Rigs of others have bones that are no joints; their skin would stay grey."""
    user, ghost = compared
    (body,) = find_bodies(user)
    without = {joint: bone for joint, bone in BONES.items() if bone not in ("L_Wrist", "L_Hand")}
    assert add_heatmap(user, ghost, without) == [body]
    bpy.context.view_layer.update()
    assert_painted(body, "L_Wrist", colours_of(body)[vertices_of(body, "L_Elbow")][0])


def test_a_part_that_hangs_on_a_bone_is_painted_whole(scene, compared) -> None:
    """Robots and mannequins of separate parts have no weights."""
    user, ghost = compared
    mesh = bpy.data.meshes.new("shield")
    mesh.from_pydata([(0, 0, 0), (0, 1, 0), (1, 0, 0)], [], [(0, 1, 2)])
    shield = bpy.data.objects.new("shield", mesh)
    scene.collection.objects.link(shield)
    shield.parent, shield.parent_type, shield.parent_bone = user, "BONE", "L_Elbow"
    assert shield in add_heatmap(user, ghost, BONES)
    bpy.context.view_layer.update()
    assert np.abs(colours_of(shield) - colour_at(ghost[deviation_name(JOINT["L_Elbow"])])).max() < 0.02
    remove_heatmap(user)
    assert not shield.modifiers


def test_no_driver_needs_python(compared) -> None:
    """Where scripts are not allowed, and on a farm without the add-on, everything still moves."""
    user, ghost = compared
    paint_bones(user, ghost, BONES)
    owners = [*bpy.data.objects, *bpy.data.node_groups]
    drivers = [curve for owner in owners if owner.animation_data for curve in owner.animation_data.drivers]
    assert len(drivers) > 100
    for curve in drivers:
        assert curve.driver.is_valid
        assert curve.driver.type == "SUM" or curve.driver.is_simple_expression
        assert len(curve.driver.expression) < 255


def test_a_hidden_ghost_still_gives_the_colours(scene, compared) -> None:
    """Who hides the ghost to see the body better must not lose the heatmap, frozen or black."""
    user, ghost = compared
    (body,) = find_bodies(user)
    scene.ghostcap.comparison.show_ghost = False
    bpy.context.view_layer.layer_collection.children[scene.ghostcap.comparison.collection.name].exclude = True
    for frame in (scene.frame_current - 15, scene.frame_current):
        scene.frame_set(frame)
        assert_painted(body, "L_Elbow", colour_at(_evaluate(ghost, deviation_name(JOINT["L_Elbow"]), frame)))


def _evaluate(ghost, name: str, frame: int) -> float:
    strip = ghost.animation_data.action.layers[0].strips[0]
    return strip.channelbag(ghost.animation_data.action_slot).fcurves.find(f'["{name}"]').evaluate(frame)


def test_removing_leaves_the_body_as_it_was(scene, comparison) -> None:
    """Own colour attributes, other modifiers, materials and views: whoever takes the heatmap off gets them back."""
    user = comparison.user
    (body,) = find_bodies(user)
    body.data.color_attributes.new("Paint", "BYTE_COLOR", "CORNER")
    body.data.attributes.active_color_name = "Paint"
    body.modifiers.new("Subdivision", "SUBSURF")
    scene.display.shading.color_type = "RANDOM"

    def look():
        return (
            [modifier.name for modifier in body.modifiers],
            sorted(body.data.attributes.keys()),
            body.data.attributes.active_color_name,
            [slot.material.name for slot in body.material_slots],
            sorted(body.keys()),
            scene.display.shading.color_type,
            sorted(bpy.data.node_groups.keys()),
            sorted(bpy.data.materials.keys()),
        )

    before = look()
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert [modifier.name for modifier in body.modifiers] == ["Armature", HEATMAP, "Subdivision"]
    assert scene.display.shading.color_type == "VERTEX"
    assert body.data.attributes.active_color_name == HEATMAP
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert look() == before


def test_bones_have_the_colour_of_their_joint_and_get_their_own_back(scene, compared) -> None:
    """For rigs without a body; an animator's own bone colours are not lost."""
    user, ghost = compared
    bone = user.pose.bones["L_Elbow"]
    bone.color.palette = "THEME03"
    bone.color.custom.normal = (0.1, 0.2, 0.3)
    own = tuple(bone.color.custom.normal)
    drivers = len(user.animation_data.drivers)
    assert set(paint_bones(user, ghost, BONES)) == set(JOINT_NAMES)
    for frame in (scene.frame_current, scene.frame_current - 10):
        scene.frame_set(frame)
        for name in ("L_Elbow", "R_Knee"):
            wanted = read_colouring().paint(np.radians(ghost[deviation_name(JOINT[name])])) / 255
            np.testing.assert_allclose(user.pose.bones[name].color.custom.normal, wanted, atol=0.01)
    restore_bones(user)
    assert (bone.color.palette, tuple(bone.color.custom.normal)) == ("THEME03", own)
    assert len(user.animation_data.drivers) == drivers
    assert "ghostcap_color" not in bone


def test_linked_meshes_are_left_alone(scene, compared, tmp_path: Path) -> None:
    """What comes from another file can't be changed: no error, and nothing else suffers."""
    user, ghost = compared
    remove_heatmap(user)
    (body,) = find_bodies(user)
    library = tmp_path / "mesh.blend"
    bpy.data.libraries.write(str(library), {body.data})
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.meshes = [body.data.name]
    own, body.data = body.data, wanted.meshes[0]
    assert add_heatmap(user, ghost, BONES) == [body]
    remove_heatmap(user)
    assert [modifier.name for modifier in body.modifiers] == ["Armature"]
    body.data = own


_RENDER = """
import bpy, sys, json
path, picture, engine, frame = sys.argv[1:]
bpy.ops.wm.open_mainfile(filepath=path)
assert not hasattr(bpy.types.Scene, "ghostcap")
bpy.context.scene.frame_set(int(frame))
bpy.context.scene.render.engine = engine
bpy.context.scene.render.filepath = picture
bpy.ops.render.render(write_still=True)
sys.stdout.flush()
import os; os._exit(0)
"""


def pixels_of(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values.reshape(image_size(), image_size(), 4)[..., :3]


def count_red(picture: np.ndarray) -> int:
    return int((picture[..., 0] - picture[..., 1] > 0.15).sum())


def image_size() -> int:
    return 160


@pytest.mark.parametrize("engine", ["BLENDER_WORKBENCH", "CYCLES"])
def test_a_render_shows_it_and_so_does_a_farm_without_the_add_on(scene, compared, tmp_path: Path, engine) -> None:
    """Heat on the forearm, a green ghost, and the same picture from the saved file in a Blender of its own."""
    user, _ = compared
    apply_display(scene)
    look_at_elbow(scene, user)
    scene.render.engine = engine
    scene.render.resolution_x = scene.render.resolution_y = image_size()
    scene.render.image_settings.file_format = "PNG"
    if engine == "CYCLES":
        scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.seed = 4, False, 1
    scene.render.filepath = str(tmp_path / "here.png")
    bpy.ops.render.render(write_still=True)
    here = pixels_of(tmp_path / "here.png")
    scene.ghostcap.comparison.heatmap = "OFF"
    scene.render.filepath = str(tmp_path / "without.png")
    bpy.ops.render.render(write_still=True)
    assert count_red(here) > 2 * count_red(pixels_of(tmp_path / "without.png"))
    scene.ghostcap.comparison.heatmap = "BODY"
    file = tmp_path / "swing, 挥杆.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    arguments = [str(file), str(tmp_path / "farm.png"), engine, str(scene.frame_current)]
    subprocess.run([sys.executable, "-c", _RENDER, *arguments], check=True, timeout=300, capture_output=True)
    np.testing.assert_allclose(pixels_of(tmp_path / "farm.png"), here, atol=0.02)


def look_at_elbow(scene, user) -> None:
    """A camera three metres before the user, and light."""
    from mathutils import Vector

    target = user.matrix_world @ user.pose.bones["Spine2"].head
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = target + Vector((0.5, -3.2, 0.3))
    camera.rotation_euler = (target - camera.location).to_track_quat("-Z", "Y").to_euler()
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.rotation_euler = (0.9, 0.0, 0.3)
    sun.data.energy = 3.0
    for thing in (camera, sun):
        scene.collection.objects.link(thing)
    scene.camera = camera
