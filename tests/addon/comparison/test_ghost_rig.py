# SPDX-License-Identifier: GPL-3.0-or-later
"""The ghost: on our rig and on others', as computed, on bodies of its own, and nothing of the user's changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Matrix  # noqa: E402

import ghostcap  # noqa: E402
from ghostcap.addon.comparison.ghost_rig import add_ghost  # noqa: E402
from ghostcap.addon.comparison.sides import find_rig, read_clip  # noqa: E402
from ghostcap.motion.compare.comparison import Comparison, Settings, compare_clips  # noqa: E402
from ghostcap.motion.errors import GhostcapError  # noqa: E402
from ghostcap.motion.rotations import geodesic_angle  # noqa: E402
from ghostcap.motion.skeleton import JOINT  # noqa: E402
from ghostcap.tests.addon.comparison import foreign_rigs  # noqa: E402
from ghostcap.tests.addon.comparison.test_sides import animate, seen_heads  # noqa: E402

pytestmark = pytest.mark.bpy
NEAR = 1e-4
SETTINGS = Settings(by="motion", mirror="no", anyway=True)


@pytest.fixture(autouse=True)
def registered(context):
    ghostcap.register()
    yield
    ghostcap.unregister()


@pytest.fixture
def people(context, capture: Path) -> list:
    """A walk and a somersault, built with bodies."""
    bpy.ops.ghostcap.import_capture(filepath=str(capture))
    return [bpy.data.objects[f"dance_{number:03d}"] for number in (1, 2)]


@pytest.fixture
def collection(context):
    made = bpy.data.collections.new("ghost")
    context.scene.collection.children.link(made)
    return made


def compare(athlete, user, first: int, last: int) -> tuple[Comparison, np.ndarray]:
    """The comparison of two armatures, and the scene frames of its rows."""
    frames = np.arange(first, last + 1)
    result = compare_clips(read_clip(bpy.context, athlete, frames), read_clip(bpy.context, user, frames), SETTINGS)
    return result, frames[result.time.user]


def assert_moves_as_computed(ghost, result: Comparison, frames) -> None:
    """Read as any armature, and looked at in the scene, the ghost is where the comparison has it."""
    clip = read_clip(bpy.context, ghost, frames)
    known = np.flatnonzero(find_rig(ghost).rest.known)
    turned = geodesic_angle(clip.posed.rotations, result.ghost.posed.rotations)[:, known]
    assert np.degrees(turned.max()) < 0.05
    some = slice(None, None, 9)
    seen = seen_heads(ghost, frames[some])[:, known]
    assert np.abs(seen - result.ghost.posed.positions[some][:, known]).max() < NEAR


def test_the_ghost_of_a_character_moves_as_computed(context, people, collection) -> None:
    """0.1 mm and 0.05 degrees at every joint and frame, wherever the user's object stands."""
    walker, tumbler = people
    walker.location, walker.rotation_euler, walker.scale = (2, 1, 0), (0, 0, 0.7), (1.1,) * 3
    result, frames = compare(tumbler, walker, 11, 60)
    ghost = add_ghost(context, collection, walker, find_rig(walker), result, frames)
    assert ghost.name == "dance_001 ghost"
    assert_moves_as_computed(ghost, result, frames)
    clip = read_clip(context, ghost, frames)
    np.testing.assert_allclose(clip.rotations, result.ghost.rotations, atol=1e-4)
    action = ghost.animation_data.action
    assert (action.frame_start, action.frame_end) == (frames[0], frames[-1])
    assert ghost.ghostcap.folder == "", "the ghost is no character of a capture"


@pytest.mark.parametrize("plan", [foreign_rigs.mixamo, foreign_rigs.rigify, foreign_rigs.bare])
def test_the_ghost_of_a_rig_of_another_maker_moves_as_computed(context, people, collection, plan) -> None:
    """Centimetres, A-pose, a hierarchy that is not SMPL's, connected bones, no collars: the joints are right."""
    user = foreign_rigs.build(context, plan())
    user.matrix_world = Matrix.Translation((1, 2, 0)) @ Matrix.Rotation(0.5, 4, "Z") @ user.matrix_world
    animate(user, range(1, 31, 6), size=0.3)
    result, frames = compare(people[0], user, 1, 30)
    ghost = add_ghost(context, collection, user, find_rig(user), result, frames)
    assert_moves_as_computed(ghost, result, frames)
    assert not [constraint for bone in ghost.pose.bones for constraint in bone.constraints]


def test_connected_bones_are_freed_where_they_must_travel(context, people, collection) -> None:
    """Hips that are tied to a root bone's tail, in a rig of somebody's; what was active and selected stays so."""
    plan = foreign_rigs.rigify()
    heads = {**plan.heads, "Root": (0.0, 0.0, 0.9)}
    user = foreign_rigs.build(context, foreign_rigs.Plan(
        plan.names, heads, plan.parents, connected=("Pelvis",), followers=plan.followers))  # fmt: skip
    assert user.data.bones["DEF-spine"].use_connect
    animate(user, (1, 10), size=0.2)
    people[0].select_set(True)
    context.view_layer.objects.active = people[1]
    result, frames = compare(people[0], user, 1, 10)
    ghost = add_ghost(context, collection, user, find_rig(user), result, frames)
    assert_moves_as_computed(ghost, result, frames)
    assert user.data.bones["DEF-spine"].use_connect
    assert context.view_layer.objects.active == people[1]
    assert people[0].select_get()
    assert not ghost.select_get()


def test_bendy_bones_do_not_bend_towards_controls_left_behind(context, people, collection) -> None:
    """Rigify's limbs are curved by handles that only the user's rig moves; the ghost's limbs are straight."""
    user = foreign_rigs.build(context, foreign_rigs.rigify())
    thigh = user.data.bones["DEF-thigh.L"]
    thigh.bbone_segments = 8
    thigh.bbone_handle_type_start = "TANGENT"
    thigh.bbone_custom_handle_start = user.data.bones["root"]
    animate(user, range(1, 11, 3), size=0.3)
    mesh = bpy.data.meshes.new("leg")
    middle = 0.5 * (np.array(thigh.head_local) + np.array(thigh.tail_local))
    mesh.from_pydata([middle.tolist()], [], [])
    leg = bpy.data.objects.new("leg", mesh)
    context.scene.collection.objects.link(leg)
    leg.parent = user
    leg.vertex_groups.new(name="DEF-thigh.L").add([0], 1.0, "REPLACE")
    leg.modifiers.new("Armature", "ARMATURE").object = user
    result, frames = compare(people[0], user, 1, 10)
    ghost = add_ghost(context, collection, user, find_rig(user), result, frames)
    assert user.data.bones["DEF-thigh.L"].bbone_segments == 8
    assert_moves_as_computed(ghost, result, frames)
    context.scene.frame_set(int(frames[5]))
    bone = ghost.evaluated_get(context.evaluated_depsgraph_get()).pose.bones["DEF-thigh.L"]
    straight = ghost.matrix_world @ (0.5 * (bone.head + bone.tail))
    (copy,) = (thing for thing in collection.objects if thing.type == "MESH")
    np.testing.assert_allclose(shown(copy)[0], straight, atol=NEAR)


def shown(thing) -> np.ndarray:
    """(V, 3) vertices as shown, in the world."""
    graph = bpy.context.evaluated_depsgraph_get()
    evaluated = thing.evaluated_get(graph)
    vertices = np.empty(3 * len(evaluated.data.vertices), dtype=np.float32)
    evaluated.data.vertices.foreach_get("co", vertices)
    return np.array([evaluated.matrix_world @ bpy_vector for bpy_vector in map(_vector, vertices.reshape(-1, 3))])


def _vector(values):
    from mathutils import Vector

    return Vector(values.tolist())


def test_against_itself_the_ghost_covers_the_user(context, people, collection) -> None:
    """The same motion twice: bodies coincide in each frame, whatever hangs where and however it is scaled."""
    walker = people[0]
    body = walker.ghostcap.body
    # A body that is no child, with a transform of its own, and a hat on the head.
    body.parent = None
    body.matrix_world = Matrix.Translation((0, 0, 0))
    hat = bpy.data.objects.new("hat", bpy.data.meshes.new("hat"))
    hat.data.from_pydata([(0, 0, 0), (0.1, 0, 0), (0, 0.1, 0.1)], [], [(0, 1, 2)])
    context.scene.collection.objects.link(hat)
    hat.parent, hat.parent_type, hat.parent_bone = walker, "BONE", "Head"
    hat.location = (0.1, 0.2, 0.3)
    result, frames = compare(walker, walker, 1, 60)
    ghost = add_ghost(context, collection, walker, find_rig(walker), result, frames)
    copies = {thing.name: thing for thing in collection.objects if thing.type == "MESH"}
    assert set(copies) == {f"{body.name} ghost", "hat ghost"}
    for frame in (1, 23, 60):
        context.scene.frame_set(frame)
        for thing in (body, hat):
            np.testing.assert_allclose(shown(copies[f"{thing.name} ghost"]), shown(thing), atol=NEAR)
    # Beside the user: the bodies go along.
    ghost.delta_location.x = 1.0
    context.view_layer.update()
    for thing in (body, hat):
        away = shown(copies[f"{thing.name} ghost"]) - shown(thing)
        np.testing.assert_allclose(away, np.tile([1.0, 0, 0], (len(away), 1)), atol=NEAR)


def test_a_walking_object_has_a_ghost_that_stands(context, people, collection) -> None:
    """The user's armature object itself has keys: the ghost starts where it starts and covers it all the way."""
    walker = people[0]
    for frame, x in ((1, 0.0), (60, 3.0)):
        walker.location.x = x
        walker.keyframe_insert("location", frame=frame)
    context.scene.frame_set(40)
    result, frames = compare(walker, walker, 1, 60)
    ghost = add_ghost(context, collection, walker, find_rig(walker), result, frames)
    assert context.scene.frame_current == 40
    assert ghost.matrix_world.translation.x == pytest.approx(0.0, abs=1e-6)
    copy = next(thing for thing in collection.objects if thing.type == "MESH")
    for frame in (1, 30, 60):
        context.scene.frame_set(frame)
        np.testing.assert_allclose(shown(copy), shown(walker.ghostcap.body), atol=NEAR)


def test_the_ghosts_bodies_have_nothing_of_the_users_but_their_shape(context, people, collection) -> None:
    """Shape keys, drivers, constraints, node modifiers, hidden meshes: no strings remain attached."""
    walker = people[0]
    body = walker.ghostcap.body
    body.shape_key_add(name="Basis")
    flexed = body.shape_key_add(name="flexed")
    flexed.data[0].co.x += 1.0
    driver = flexed.driver_add("value").driver
    driver.expression = "1.0"
    body.modifiers.new("Smooth", "SUBSURF")
    body.modifiers.new("Wind", "NODES")
    body.constraints.new("LIMIT_SCALE")
    body["note"] = "mine"
    spare = bpy.data.objects.new("spare", body.data)
    spare.modifiers.new("Armature", "ARMATURE").object = walker
    spare.hide_viewport = spare.hide_render = True
    context.scene.collection.objects.link(spare)
    users = {block.name: block.users for block in (body.data, walker.data, walker.animation_data.action)}
    result, frames = compare(people[1], walker, 11, 40)
    ghost = add_ghost(context, collection, walker, find_rig(walker), result, frames)
    (copy,) = (thing for thing in collection.objects if thing.type == "MESH")
    assert copy.parent == ghost
    assert copy.data != body.data
    assert [modifier.type for modifier in copy.modifiers] == ["ARMATURE", "SUBSURF"]
    assert copy.modifiers[0].object == ghost
    assert not len(copy.constraints)
    assert "note" not in copy
    assert copy.data.shape_keys.animation_data is None
    assert copy.data.shape_keys.key_blocks["flexed"].value == 0.0
    assert {block.name: block.users for block in (body.data, walker.data, walker.animation_data.action)} == users
    assert body.modifiers[0].object == walker
    assert body["note"] == "mine"


def test_a_still_picture_has_a_ghost_of_one_frame(context, people, collection) -> None:
    """One frame of the user's, the athlete's best."""
    user = read_clip(context, people[0], [30])
    result = compare_clips(read_clip(context, people[0], range(1, 61)), user, SETTINGS)
    ghost = add_ghost(context, collection, people[0], find_rig(people[0]), result, [30])
    context.scene.frame_set(30)
    seen = seen_heads(ghost, [30])
    np.testing.assert_allclose(seen, result.ghost.posed.positions, atol=NEAR)


def test_the_ghost_comes_up_where_the_scene_stands(context, people, collection) -> None:
    """Right after Compare, before anybody moves the playhead, the ghost is in its pose."""
    context.scene.frame_set(25)
    result, frames = compare(people[1], people[0], 11, 60)
    ghost = add_ghost(context, collection, people[0], find_rig(people[0]), result, frames)
    posed = ghost.evaluated_get(context.evaluated_depsgraph_get())
    row = int(np.flatnonzero(frames == 25)[0])
    wrist = posed.matrix_world @ posed.pose.bones["L_Wrist"].head
    np.testing.assert_allclose(wrist, result.ghost.posed.positions[row, JOINT["L_Wrist"]], atol=NEAR)


def test_a_collection_that_is_switched_off_is_told(context, people, collection) -> None:
    """No ghost, no remains, one sentence."""
    context.view_layer.layer_collection.children["ghost"].exclude = True
    result, frames = compare(people[1], people[0], 11, 20)
    before = [len(group) for group in (bpy.data.armatures, bpy.data.objects, bpy.data.actions)]
    with pytest.raises(GhostcapError, match="switched off"):
        add_ghost(context, collection, people[0], find_rig(people[0]), result, frames)
    assert [len(group) for group in (bpy.data.armatures, bpy.data.objects, bpy.data.actions)] == before
