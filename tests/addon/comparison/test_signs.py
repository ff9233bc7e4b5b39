# SPDX-License-Identifier: GPL-3.0-or-later
"""The ghost's look, arrows, numbers and the colour bar: there when they say something, away when they don't."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Vector  # noqa: E402

from ghostcap.addon.comparison import overlay  # noqa: E402
from ghostcap.addon.comparison.arrows import find_tip  # noqa: E402
from ghostcap.addon.comparison.deviation_curves import _bridge, list_joints  # noqa: E402
from ghostcap.addon.comparison.dress import dress_ghost  # noqa: E402
from ghostcap.addon.comparison.heatmap import find_bodies  # noqa: E402
from ghostcap.addon.comparison.legend import add_legend  # noqa: E402
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES  # noqa: E402

pytestmark = pytest.mark.bpy
SIZE = 200


@pytest.fixture
def compared(scene, comparison):
    """A comparison, shown in the frame where the elbow is worst."""
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    scene.frame_set(max(comparison.joints, key=lambda joint: joint.worst).frame)
    return comparison


@pytest.fixture
def camera(scene, compared):
    """Three metres before the user, who stands before a wall."""
    wall = bpy.data.meshes.new("wall")
    wall.from_pydata([(-20, 9, -20), (20, 9, -20), (20, 9, 20), (-20, 9, 20)], [], [(0, 1, 2, 3)])
    scene.collection.objects.link(bpy.data.objects.new("wall", wall))
    thing = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    target = compared.compared.matrix_world @ compared.compared.pose.bones["Spine2"].head
    thing.location = target + Vector((0.5, -3.2, 0.3))
    thing.rotation_euler = (target - thing.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(thing)
    scene.camera = thing
    return thing


def part(comparison, mark: str, joint: str):
    return next(thing for thing in comparison.collection.objects if thing.get(mark) == joint)


def head(armature, bone: str) -> Vector:
    return armature.matrix_world @ armature.pose.bones[bone].head


def render(scene, path: Path, width: int = SIZE, height: int = SIZE) -> np.ndarray:
    """(height, width, 3) what Workbench shows, 0..1, the lowest row first."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.filepath = str(path)
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values.reshape(height, width, 4)[..., :3]


def test_an_arrow_leads_from_the_users_wrist_to_the_ghosts(scene, compared) -> None:
    """The elbow is bent too far: the arrow stands where that shows, and points where the hand should be."""
    arrow = part(compared, "ghostcap_arrow", "L_Elbow")
    for frame in (scene.frame_current - 6, scene.frame_current):
        scene.frame_set(frame)
        place = arrow.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world
        start, end = place @ Vector((0, 0, 0)), place @ Vector((0, 0, 1))
        assert (start - head(compared.compared, "L_Wrist")).length < 0.002
        assert (end - head(compared.ghost, "L_Wrist")).length < 0.002
        assert (end - start).length > 0.05


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_a_character_of_any_size_has_arrows_of_its_size(scene, comparison, scale) -> None:
    """Centimetres of a game: neither too small for an arrow, nor one like a thread."""
    comparison.user.scale = (scale,) * 3
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    scene.frame_set(max(comparison.joints, key=lambda joint: joint.worst).frame)
    arrow = part(comparison, "ghostcap_arrow", "L_Elbow")
    thick, _, length = arrow.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.to_scale()
    away = head(comparison.ghost, "L_Wrist") - head(comparison.compared, "L_Wrist")
    assert length == pytest.approx(away.length, rel=1e-3)
    assert 0.15 * scale < thick < 0.4 * scale


def test_arrows_stay_when_the_ghost_is_put_aside(scene, compared) -> None:
    """The offset is for looking; the way the wrist has to go is the same."""
    arrow = part(compared, "ghostcap_arrow", "L_Elbow")
    before = arrow.matrix_world.copy()
    compared.offset = (1.0, 0.0, 0.0)
    bpy.context.view_layer.update()
    assert arrow.matrix_world == before
    assert compared.ghost.matrix_world.translation.x == pytest.approx(
        1.0 + compared.compared.matrix_world.translation.x
    )


def test_what_is_below_the_threshold_has_no_arrow_and_no_number(scene, compared) -> None:
    """A body full of arrows says nothing; the threshold takes them away at once."""
    arrow = part(compared, "ghostcap_arrow", "L_Elbow")
    assert [text for _, text in overlay.list_numbers(scene)] == [f"{compared.ghost['Deviation L_Elbow']:.0f}°"]
    compared.threshold = np.radians(60.0)
    bpy.context.view_layer.update()
    assert arrow.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.to_scale().length < 1e-6
    assert overlay.list_numbers(scene) == []
    knee = part(compared, "ghostcap_arrow", JOINT_NAMES[compared.joints[1].joint])
    assert knee.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.to_scale().length < 1e-6


def test_every_arrow_has_somewhere_to_go() -> None:
    """A bone ends at the next joint; head, hands and feet end in themselves."""
    tips = {JOINT_NAMES[joint]: JOINT_NAMES[find_tip(joint)] for joint in range(24)}
    assert tips["L_Hip"] == "L_Knee"
    assert tips["R_Elbow"] == "R_Wrist"
    assert tips["Spine3"] == "Neck"
    assert tips["Head"] == "Head"
    assert tips["Pelvis"] == "Pelvis"


def test_numbers_are_read_in_the_render_and_only_there(scene, compared, camera, tmp_path: Path) -> None:
    """White digits on a dark plate beside the elbow; viewports write them over the picture instead."""
    number = part(compared, "ghostcap_number", "L_Elbow")
    assert (number.matrix_world.translation - head(compared.compared, "L_Elbow")).length < 0.002
    shown = number.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    assert not len(shown.polygons)
    compared.show_legend = compared.show_arrows = False
    with_number = render(scene, tmp_path / "with.png", 2 * SIZE, 2 * SIZE)
    compared.show_numbers = False
    without = render(scene, tmp_path / "without.png", 2 * SIZE, 2 * SIZE)
    changed = np.abs(with_number - without).max(-1) > 0.02
    assert 200 < changed.sum() < 3000
    letters = with_number[changed]
    assert (letters.min(-1) > 0.55).sum() > 30
    assert (letters.max(-1) < 0.35).sum() > 100


@pytest.mark.parametrize("kind", ["PERSP", "ORTHO"])
def test_the_colour_bar_is_in_the_picture_of_any_camera(scene, compared, camera, tmp_path: Path, kind: str) -> None:
    """At the lower left of what the camera sees, however it is zoomed and cropped later on, from pale to dark red."""
    compared.show_numbers = compared.show_arrows = False
    camera.data.type = kind
    compared.show_legend = True
    for lens, shift, (width, height) in ((50.0, 0.0, (SIZE, SIZE)), (24.0, 0.1, (240, 135)), (85.0, 0.0, (120, 200))):
        camera.data.lens, camera.data.ortho_scale, camera.data.shift_x = lens, lens / 10, shift
        for thing in compared.collection.objects:
            thing.hide_render = "ghostcap_legend" not in thing
        picture = render(scene, tmp_path / "bar.png", width, height)
        for thing in compared.collection.objects:
            thing.hide_render = True
        bare = render(scene, tmp_path / "bare.png", width, height)
        rows, columns = np.nonzero(np.abs(picture - bare).max(-1) > 0.05)
        side = min(width, height)
        # Blender's rows begin at the bottom.
        assert 0 < columns.min() < 0.06 * side < 0.3 * side < columns.max() < 0.45 * side
        assert 0 < rows.min() < 0.06 * side < 0.1 * side < rows.max() < 0.25 * side
        inside = picture[rows.min() : rows.max(), columns.min() : columns.max()]
        colourful = (inside.max(-1) - inside.min(-1) > 0.1).sum(1).argmax()
        first, last = inside[colourful, 4], inside[colourful, -5]
        assert first.min() > 0.7 * first.max()
        assert last[0] > 1.5 * last[1]


def test_without_a_camera_there_is_no_colour_bar(scene, compared) -> None:
    """Comparing works in a scene that nobody is going to render."""
    scene.camera = None
    assert add_legend(compared.collection, compared.ghost, scene) == []


def test_the_colour_bar_goes_to_another_camera(scene, compared) -> None:
    """The coach sets up a camera after comparing: switched on again, the bar is before it, and there is one of it."""

    def bars() -> list:
        return [thing for thing in bpy.data.objects if "ghostcap_legend" in thing]

    scene.camera = None
    compared.show_legend = True
    assert bars() == []
    for name in ("first", "second"):
        scene.camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        scene.collection.objects.link(scene.camera)
        compared.show_legend = True
        assert [bar.parent for bar in bars()] == [scene.camera]
    bpy.data.objects.remove(scene.camera)
    compared.show_legend = True
    assert bars() == []
    compared.show_legend = False
    bpy.ops.ghostcap.remove_comparison()
    assert not [block for block in (*bpy.data.meshes, *bpy.data.node_groups) if "colour bar" in block.name]


def test_the_ghost_is_green_and_the_wall_behind_it_shines_through(scene, compared, camera, tmp_path: Path) -> None:
    """Opacity goes from a breath to a solid figure, also beside vertex colours and without a heatmap."""
    compared.show_numbers = compared.show_arrows = compared.show_legend = False
    user = compared.compared
    for thing in [user, *find_bodies(user)]:
        thing.hide_render = True
    for name in ("walk_001_body", "walk_003_body"):
        scene.objects[name].hide_render = True
    for heatmap in ("BODY", "OFF"):
        compared.heatmap = heatmap
        compared.show_ghost = False
        bare = render(scene, tmp_path / "bare.png")
        compared.show_ghost = True
        taken = []
        for opacity in (0.15, 0.5, 1.0):
            compared.opacity = opacity
            picture = render(scene, tmp_path / "ghost.png")
            body = np.abs(picture - bare).max(-1) > 0.02
            assert body.sum() > 300
            assert picture[body][:, 1].mean() > picture[body][:, 0].mean() + 0.02
            # What the wall loses of its red, a half transparent green takes away in part.
            taken.append(float((bare[body] - picture[body])[:, 0].mean()))
        assert 0.03 < taken[0] < 0.6 * taken[1]
        assert taken[1] < taken[2] + 0.02


def test_dressing_again_makes_no_new_material(compared) -> None:
    """A slider that is dragged calls it many times."""
    dress_ghost(compared.ghost, 0.3)
    before = sorted(bpy.data.materials.keys())
    dress_ghost(compared.ghost, 0.7)
    assert sorted(bpy.data.materials.keys()) == before
    (body,) = find_bodies(compared.ghost)
    # Workbench sees fronts and backs: each is thinner.
    assert 0.5 < body.color[3] < 0.7
    assert body.active_material.diffuse_color[3] == pytest.approx(body.color[3])
    dress_ghost(compared.ghost, 1.0)
    assert body.color[3] == 1.0


def test_curves_are_for_the_graph_editor(compared) -> None:
    """One curve a joint, in degrees, in a group of its own in the ghost's action, a key at each frame."""
    animation = compared.ghost.animation_data
    bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
    curves = {curve.data_path: curve for curve in bag.fcurves if curve.group and curve.group.name == "Deviation"}
    assert set(curves) == {f'["Deviation {JOINT_NAMES[joint]}"]' for joint in list_joints(compared.ghost)}
    assert len(curves) == len(JOINT)
    elbow = curves['["Deviation L_Elbow"]']
    assert len(elbow.keyframe_points) == compared.last - compared.first + 1
    assert (elbow.keyframe_points[0].co.x, elbow.keyframe_points[-1].co.x) == (compared.first, compared.last)
    worst = max(key.co.y for key in elbow.keyframe_points)
    assert np.radians(worst) == pytest.approx(compared.joints[0].worst, abs=1e-3)


def test_guesses_make_no_peaks_in_the_curves() -> None:
    """Where a joint was hidden the curve goes straight from where it was seen to where it is seen again."""
    known = np.array([[False, False], [True, False], [False, False], [True, False], [False, False]])
    values = np.array([[90.0, 90.0], [10.0, 90.0], [170.0, 90.0], [20.0, 90.0], [80.0, 90.0]])
    np.testing.assert_allclose(_bridge(values, known), [[10, 0], [10, 0], [15, 0], [20, 0], [20, 0]])


def test_numbers_of_both_sides_go_apart(scene, compared) -> None:
    """The numbers of left and right hip would lie over each other: each points away from its twin."""
    for joint, twin in (("L_Elbow", "R_Elbow"), ("L_Shoulder", "R_Shoulder")):
        number = part(compared, "ghostcap_number", joint)
        outward = number.matrix_world.to_quaternion() @ Vector((1.0, 0.0, 0.0))
        along = head(compared.compared, joint) - head(compared.compared, twin)
        assert outward.z == pytest.approx(0.0, abs=1e-5)
        assert outward.xy.angle(along.xy) < 0.02


def test_what_was_deleted_by_hand_breaks_nothing(scene, compared) -> None:
    """Numbers, arrows, the ghost itself: animators delete what they don't want to see."""
    bpy.data.objects.remove(part(compared, "ghostcap_number", "L_Elbow"))
    assert overlay.list_numbers(scene) == []
    bpy.data.objects.remove(compared.ghost)
    scene.frame_set(scene.frame_current + 1)
    assert overlay.list_numbers(scene) == []
