# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deleted, unlinked or copied by hand: nothing stays behind, and no other scene loses its comparison."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.comparison.belongings import MADE  # noqa: E402
from ghostcap.addon.comparison.heatmap import HEATMAP  # noqa: E402
from ghostcap.tests.addon.comparison.test_comparing import dump  # noqa: E402

pytestmark = pytest.mark.bpy


def painted_bodies() -> list[str]:
    """Names of the bodies that wear a heatmap."""
    return sorted(thing.name for thing in bpy.data.objects if any(HEATMAP in item.name for item in thing.modifiers))


def copy_scene(context: Any, kind: str) -> Any:
    """A copy of the scene, as New Scene makes it; the context goes there."""
    before = context.scene
    bpy.ops.scene.new(type=kind)
    assert context.scene != before
    return context.scene


def remove_in(context: Any, scene: Any) -> None:
    """Remove Comparison, in this scene."""
    with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
        assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}


@pytest.mark.parametrize("how", ["delete", "unlink", "delete all objects", "delete ghost", "delete bodies"])
def test_what_was_deleted_by_hand_does_not_keep_the_rest(scene, comparison, how: str) -> None:
    """In the Outliner a collection is quickly deleted: Remove still finds all, and the athlete is seen again."""
    scene.frame_set(1)
    before = dump()
    bpy.ops.ghostcap.compare()
    collection, ghost = comparison.collection, comparison.ghost
    if how == "delete":
        bpy.data.collections.remove(collection)
    elif how == "unlink":
        scene.collection.children.unlink(collection)
    elif how == "delete ghost":
        bpy.data.objects.remove(ghost)
    else:
        bodies = how == "delete bodies"
        for thing in [thing for thing in collection.objects if not bodies or thing.parent == ghost]:
            bpy.data.objects.remove(thing)
    assert bpy.ops.ghostcap.remove_comparison.poll()
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    scene.frame_set(1)
    assert dump() == before
    assert not bpy.ops.ghostcap.remove_comparison.poll()


@pytest.mark.parametrize("name", ["walk_002", "walk_002_body"])
def test_a_deleted_user_leaves_no_colours(scene, comparison, name: str) -> None:
    """The body outlives its armature, and the file outlives the body: neither keeps modifier, nodes or material."""
    materials, groups = bpy.data.materials.keys(), bpy.data.node_groups.keys()
    bpy.ops.ghostcap.compare()
    bpy.data.objects.remove(scene.objects[name])
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert painted_bodies() == []
    assert (bpy.data.materials.keys(), bpy.data.node_groups.keys()) == (materials, groups)
    assert not [thing for thing in bpy.data.objects if "ghostcap_active_color" in thing]


def test_comparing_again_cleans_up_after_a_deleted_collection(scene, comparison) -> None:
    """The second ghost must not stand among the parts of the first."""
    bpy.ops.ghostcap.compare()
    once = dump()
    bpy.data.collections.remove(comparison.collection)
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert dump() == once


def test_switches_work_without_the_collection(scene, comparison) -> None:
    """The heatmap can be switched off and the athlete on after the collection is gone."""
    bpy.ops.ghostcap.compare()
    bpy.data.collections.remove(comparison.collection)
    comparison.heatmap = "OFF"
    comparison.show_athlete = True
    assert painted_bodies() == []
    assert not scene.objects["walk_001"].hide_viewport


def test_a_scene_with_copied_settings_leaves_the_first_alone(context, scene, comparison) -> None:
    """New Scene > Copy Settings takes the pointers along: switches and Remove there must not reach over."""
    bpy.ops.ghostcap.compare()
    before = dump()
    other = copy_scene(context, "EMPTY")
    copied = other.ghostcap.comparison
    assert copied.ghost == comparison.ghost
    copied.heatmap, copied.show_athlete = "OFF", True
    with pytest.raises(RuntimeError, match="not in this scene"):
        bpy.ops.ghostcap.compare()
    remove_in(context, other)
    assert copied.ghost is copied.collection is copied.compared is None
    assert comparison.ghost is not None
    assert scene.display.shading.color_type == "VERTEX"
    bpy.data.scenes.remove(other)
    assert dump() == before
    remove_in(context, scene)
    assert not [thing for thing in bpy.data.objects if MADE in thing]


def test_removing_also_clears_a_scene_with_copied_settings(context, scene, comparison) -> None:
    """Its score would be of nothing, and its Remove would meet the next comparison."""
    bpy.ops.ghostcap.compare()
    copied = copy_scene(context, "EMPTY").ghostcap.comparison
    remove_in(context, scene)
    assert copied.compared is None
    assert not len(copied.joints)


def heat_of(body: Any) -> Any:
    """The node group that paints a body; None where nothing does."""
    return next((item.node_group for item in body.modifiers if HEATMAP in item.name), None)


def ghosts_of(group: Any) -> set[Any]:
    """Whose deviations a heatmap shows."""
    drivers = group.animation_data.drivers
    return {target.id for curve in drivers for item in curve.driver.variables for target in item.targets}


def test_removing_in_a_full_copy_leaves_no_colours_there(context, scene, comparison) -> None:
    """Blender copies the body and shares what paints it: the copy must come clean, and the first scene stay painted."""
    bpy.ops.ghostcap.compare()
    other = copy_scene(context, "FULL_COPY")
    assert painted_bodies() == ["walk_002_body", "walk_002_body.001"]
    remove_in(context, other)
    assert painted_bodies() == ["walk_002_body"]
    assert not [thing for thing in other.objects if MADE in thing]
    assert comparison.ghost is not None
    assert ghosts_of(heat_of(scene.objects["walk_002_body"])) == {comparison.ghost}
    assert not other.objects["walk_001.001"].hide_viewport
    assert scene.objects["walk_001"].hide_viewport


def test_removing_in_the_first_scene_leaves_a_full_copy_painted_by_its_own_ghost(context, scene, comparison) -> None:
    """The first ghost is gone: colours that follow it would stand still."""
    bpy.ops.ghostcap.compare()
    other = copy_scene(context, "FULL_COPY")
    own = other.ghostcap.comparison
    remove_in(context, scene)
    assert painted_bodies() == ["walk_002_body.001"]
    assert own.ghost is not None
    assert len(own.joints)
    assert ghosts_of(heat_of(other.objects["walk_002_body.001"])) == {own.ghost}
    remove_in(context, other)
    assert not [thing for thing in bpy.data.objects if MADE in thing]
    assert not [group for group in bpy.data.node_groups if HEATMAP in group.name]


def test_scenes_that_share_a_comparison_lose_it_together(context, scene, comparison) -> None:
    """New Scene > Linked Copy: a list and a score of a ghost that is gone are of no use. Lamps stay in both."""
    bpy.ops.ghostcap.compare()
    lamp = bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "POINT"))
    comparison.collection.objects.link(lamp)
    bpy.ops.ghostcap.toggle_markers()
    other = copy_scene(context, "LINK_COPY")
    assert other.ghostcap.comparison.collection == comparison.collection
    remove_in(context, other)
    for one in (scene, other):
        kept = one.ghostcap.comparison
        assert kept.ghost is kept.collection is kept.compared is None
        assert not len(kept.joints) + len(kept.findings) + len(one.timeline_markers)
        assert one.display.shading.color_type != "VERTEX"
        assert lamp.name in one.objects
    assert painted_bodies() == []


def test_a_problem_of_the_heatmap_goes_with_its_cause(scene, comparison) -> None:
    """A rig that lost its knees can't be painted; Off works all the same, and what is mended is not complained of."""
    bpy.ops.ghostcap.compare()
    bones = scene.objects["walk_002"].data.bones
    bones["L_Knee"].name = "widget"
    comparison.heatmap = "BONES"
    assert comparison.problem
    comparison.heatmap = "OFF"
    assert comparison.problem == comparison.problem_hint == ""
    comparison.heatmap = "BODY"
    assert comparison.problem
    comparison.opacity = 0.3
    assert comparison.problem
    bones["widget"].name = "L_Knee"
    comparison.heatmap = "BODY"
    assert comparison.problem == comparison.problem_hint == ""
    assert painted_bodies() == ["walk_002_body"]


def test_the_heatmap_leaves_problems_of_comparing_alone(scene, comparison) -> None:
    """Why the last attempt failed is still of use while one looks at the one before."""
    bpy.ops.ghostcap.compare()
    comparison.athlete = comparison.user
    with pytest.raises(RuntimeError):
        bpy.ops.ghostcap.compare()
    comparison.heatmap = "BONES"
    assert comparison.problem_code == "same"
