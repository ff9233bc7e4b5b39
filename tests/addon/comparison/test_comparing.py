# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare, look, jump, remove: what a coach does with the section Ghost, by operators as scripts call them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import ghostcap  # noqa: E402
from ghostcap.motion.skeleton import JOINT, JOINT_NAMES  # noqa: E402

pytestmark = pytest.mark.bpy


def dump() -> dict[str, Any]:
    """All blocks by name, and of each object what a comparison might change."""
    blocks = {
        name: sorted(block.name for block in group)
        for name in dir(bpy.data)
        if isinstance(group := getattr(bpy.data, name), bpy.types.bpy_prop_collection)
        # Blender makes some of these by itself when something is rendered or looked at.
        and name not in ("screens", "workspaces", "window_managers", "brushes", "palettes", "linestyles")
    }
    return {**blocks, "objects in detail": {thing.name: _describe(thing) for thing in bpy.data.objects}}


def _describe(thing: Any) -> dict[str, Any]:
    animation = thing.animation_data
    data = thing.data
    return {
        "properties": sorted(key for key in thing.keys() if key != "ghostcap"),  # noqa: SIM118
        "modifiers": [(modifier.name, modifier.type) for modifier in thing.modifiers],
        "slots": [(slot.link, slot.material.name if slot.material else "") for slot in thing.material_slots],
        "drivers": [curve.data_path for curve in animation.drivers] if animation else [],
        "action": animation.action.name if animation and animation.action else "",
        "colour": tuple(thing.color),
        "hidden": (thing.hide_viewport, thing.hide_render),
        "attributes": sorted(data.attributes.keys()) if thing.type == "MESH" else [],
        "active colour": data.attributes.active_color_name if thing.type == "MESH" else "",
        "bones": [(bone.name, bone.color.palette) for bone in thing.pose.bones] if thing.pose else [],
    }


def errors_of(call: Any) -> str:
    """What an operator says in red."""
    with pytest.raises(RuntimeError) as told:
        call()
    assert "Traceback" not in str(told.value)
    return str(told.value)


def test_a_ghost_comes_with_the_joint_that_differs_on_top(scene, comparison) -> None:
    """The elbow that is bent too far leads the list, with its frame; the ghost is as tall as the user."""
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    ghost = comparison.ghost
    assert ghost.name == "walk_002 ghost"
    assert comparison.collection.name == "walk_002 ghost"
    assert ghost.name in comparison.collection.objects
    worst = comparison.joints[0]
    assert worst.joint == JOINT["L_Elbow"]
    assert np.degrees(worst.worst) == pytest.approx(37, abs=6)
    assert worst.frame == pytest.approx(30, abs=6)
    assert [item.worst for item in comparison.joints] == sorted((j.worst for j in comparison.joints), reverse=True)
    assert 0 < comparison.score < 100
    assert (comparison.how, comparison.mirrored, comparison.athlete_name) == ("motion", False, "walk_001")
    assert any(finding.joint == JOINT["L_Elbow"] for finding in comparison.findings)
    assert all(finding.text_en and finding.text_zh for finding in comparison.findings)
    user = scene.objects["walk_002"]
    assert ghost.data.bones["L_Hip"].length == pytest.approx(user.data.bones["L_Hip"].length)


def test_identical_motions_have_no_findings(scene, comparison) -> None:
    """The same capture from the disk beside its own armature: a full score."""
    folder = scene.ghostcap.captures[0].folder
    assert bpy.ops.ghostcap.load_athlete(filepath=folder, track=2) == {"FINISHED"}
    assert comparison.athlete_source == "FILE"
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert comparison.score == pytest.approx(100, abs=0.5)
    assert not len(comparison.findings)
    assert comparison.joints[0].worst < np.radians(3)


@pytest.mark.parametrize("heatmap", ["BODY", "BONES", "OFF"])
def test_removing_leaves_the_scene_as_it_was(context, scene, comparison, heatmap: str) -> None:
    """Nothing of a comparison may stay behind in the file, on the user or in the viewports."""
    scene.timeline_markers.new("mine", frame=5)
    scene.frame_set(1)
    before, shading = dump(), scene.display.shading.color_type
    comparison.heatmap = heatmap
    bpy.ops.ghostcap.compare()
    bpy.ops.ghostcap.toggle_markers()
    bpy.ops.ghostcap.show_graph()
    comparison.heatmap, comparison.opacity = "BODY", 0.8
    comparison.heatmap = heatmap
    context.view_layer.update()
    assert dump() != before
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert dump() == before
    assert scene.display.shading.color_type == shading
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]
    assert comparison.ghost is comparison.collection is comparison.compared is None
    assert not len(comparison.joints) + len(comparison.findings)
    assert not bpy.ops.ghostcap.remove_comparison.poll()


def test_comparing_again_replaces_the_ghost(scene, comparison) -> None:
    """Ten attempts must not leave ten ghosts."""
    bpy.ops.ghostcap.compare()
    once = dump()
    bpy.ops.ghostcap.compare()
    assert dump() == once


def test_a_failure_keeps_the_comparison_that_is_there(scene, comparison) -> None:
    """And the panel knows what was wrong until the next attempt."""
    bpy.ops.ghostcap.compare()
    ghost = comparison.ghost
    comparison.athlete = comparison.user
    assert "same armature" in errors_of(bpy.ops.ghostcap.compare)
    assert comparison.ghost == ghost
    assert comparison.problem_code == "same"
    comparison.athlete = scene.objects["walk_001"]
    bpy.ops.ghostcap.compare()
    assert comparison.problem == comparison.problem_code == ""


def test_what_is_missing_is_said_before_the_click(scene) -> None:
    """The button is grey without a choice."""
    assert not bpy.ops.ghostcap.compare.poll()
    scene.ghostcap.comparison.user = scene.objects["walk_002"]
    assert not bpy.ops.ghostcap.compare.poll()
    scene.ghostcap.comparison.athlete = scene.objects["walk_001"]
    assert bpy.ops.ghostcap.compare.poll()


def test_a_walk_beside_squats_is_refused_unless_wished(scene, comparison) -> None:
    """Nothing in common: a clear no, and a way to see it anyway."""
    comparison.athlete = scene.objects["walk_003"]
    assert "different things" in errors_of(bpy.ops.ghostcap.compare)
    assert comparison.problem_code == "no_common_motion"
    assert comparison.collection is None
    assert bpy.ops.ghostcap.compare(anyway=True) == {"FINISHED"}
    assert comparison.score < 60


def test_what_cannot_be_compared_is_told(context, scene, comparison, tmp_path: Path) -> None:
    """An armature without motion, one of strange bones, one that was deleted, a video in place of a capture."""
    strange = bpy.data.objects.new("strange", bpy.data.armatures.new("strange"))
    still = bpy.data.objects.new("still", comparison.athlete.data)
    for thing in (strange, still):
        scene.collection.objects.link(thing)
    context.view_layer.update()
    comparison.athlete = strange
    assert "not recognised" in errors_of(bpy.ops.ghostcap.compare)
    comparison.athlete = still
    assert "still" in errors_of(bpy.ops.ghostcap.compare)
    comparison.athlete = scene.objects["walk_001"]
    # As the X key does: the object leaves the scene, and lives on where something points to it.
    for collection in scene.objects["walk_001"].users_collection:
        collection.objects.unlink(comparison.athlete)
    assert "not in this scene" in errors_of(bpy.ops.ghostcap.compare)
    video = tmp_path / "swing.mp4"
    video.write_bytes(b"")
    assert "apture" in errors_of(lambda: bpy.ops.ghostcap.load_athlete(filepath=str(video)))
    assert errors_of(lambda: bpy.ops.ghostcap.load_athlete(filepath=str(tmp_path / "gone.npz")))
    assert errors_of(lambda: bpy.ops.ghostcap.load_athlete(filepath=scene.ghostcap.captures[0].folder, track=9))
    assert comparison.collection is None


def test_people_of_open_captures_can_be_chosen(context, scene, comparison) -> None:
    """By the menu, without building them first."""
    from ghostcap.addon.comparison.choices import find_person, list_people

    people = list_people(context)
    assert [(person.label, person.track) for person in people] == [("walk_001", 1), ("walk_002", 2), ("walk_003", 3)]
    assert bpy.ops.ghostcap.choose_person(person=f"1:{people[0].folder}") == {"FINISHED"}
    assert find_person(context) == people[0]
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert comparison.joints[0].joint == JOINT["L_Elbow"]


def test_the_active_object_is_taken(context, scene) -> None:
    """Its body will do; both sides can be swapped."""
    choices = scene.ghostcap.comparison
    context.view_layer.objects.active = scene.objects["walk_002_body"]
    bpy.ops.ghostcap.choose_active(side="USER")
    context.view_layer.objects.active = scene.objects["walk_001"]
    bpy.ops.ghostcap.choose_active(side="ATHLETE")
    assert (choices.user.name, choices.athlete.name) == ("walk_002", "walk_001")
    bpy.ops.ghostcap.swap_sides()
    assert (choices.user.name, choices.athlete.name) == ("walk_001", "walk_002")


def test_jumps_go_to_the_worst_frame(scene, comparison) -> None:
    """From the list and from a finding."""
    bpy.ops.ghostcap.compare()
    scene.frame_set(1)
    comparison.active_joint = 0
    assert scene.frame_current == comparison.joints[0].frame
    scene.frame_set(1)
    # A click on the row that is active already goes there, too.
    comparison.active_joint = 0
    assert scene.frame_current == comparison.joints[0].frame
    number = next(n for n, finding in enumerate(comparison.findings) if finding.joint == JOINT["L_Elbow"])
    scene.frame_set(1)
    comparison.active_joint = 3
    assert bpy.ops.ghostcap.show_finding(finding=number) == {"FINISHED"}
    assert scene.frame_current == comparison.findings[number].frame
    assert comparison.joints[comparison.active_joint].joint == JOINT["L_Elbow"]


def test_graph_shows_the_worst_curves_only(context, scene, comparison) -> None:
    """Two dozen curves at once are noise."""
    bpy.ops.ghostcap.compare()
    comparison.active_joint = 7
    assert bpy.ops.ghostcap.show_graph() == {"FINISHED"}
    ghost = comparison.ghost
    assert context.view_layer.objects.active == ghost
    bag = ghost.animation_data.action.layers[0].strips[0].channelbag(ghost.animation_data.action_slot)
    shown = {curve.data_path for curve in bag.fcurves if not curve.hide}
    chosen = JOINT_NAMES[comparison.joints[7].joint]
    assert '["Deviation L_Elbow"]' in shown
    assert f'["Deviation {chosen}"]' in shown
    assert len(shown) == 6
    # The chosen one stands out: its keys are selected.
    bright = [
        curve.data_path for curve in bag.fcurves if not curve.hide and curve.keyframe_points[0].select_control_point
    ]
    assert bright == [f'["Deviation {chosen}"]']


def test_findings_stand_on_the_timeline_and_go_again(scene, comparison) -> None:
    """The animator's markers stay as they are, also those that look like ours."""
    bpy.ops.ghostcap.compare()
    scene.timeline_markers.new("1 left elbow", frame=3)
    bpy.ops.ghostcap.toggle_markers()
    assert len(scene.timeline_markers) == 1 + len(comparison.findings)
    assert {finding.frame for finding in comparison.findings} <= {marker.frame for marker in scene.timeline_markers}
    bpy.ops.ghostcap.toggle_markers()
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("1 left elbow", 3)]


def test_markers_of_both_sides_bring_them_into_step(scene, comparison) -> None:
    """The coach's own moments win; those of the findings are no moments."""
    for name, mine, theirs in (("start", 5, 1), ("step", 30, 26), ("end", 55, 50)):
        scene.timeline_markers.new(name, frame=mine)
        if name == "step":
            marker = comparison.athlete.animation_data.action.pose_markers.new(name)
            marker.frame = theirs
        else:
            scene.timeline_markers.new(f"{name} (athlete)", frame=theirs)
    bpy.ops.ghostcap.compare()
    assert (comparison.how, comparison.first, comparison.last) == ("markers", 5, 55)
    bpy.ops.ghostcap.toggle_markers()
    bpy.ops.ghostcap.compare()
    assert comparison.how == "markers"
    comparison.use_markers = False
    bpy.ops.ghostcap.compare()
    assert comparison.how == "motion"


def test_markers_without_a_twin_do_not_count(scene, comparison) -> None:
    """Any timeline may have markers for other purposes."""
    scene.timeline_markers.new("camera cut", frame=20)
    bpy.ops.ghostcap.compare()
    assert comparison.how == "motion"


def test_one_pair_of_markers_is_left_out_and_told(scene, comparison) -> None:
    """One moment alone can't bring two motions into step; that is no reason to refuse."""
    scene.timeline_markers.new("top", frame=30)
    scene.timeline_markers.new("top (athlete)", frame=26)
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert comparison.how == "motion"
    assert "Only one marker" in comparison.warnings
    scene.timeline_markers.new("end", frame=55)
    scene.timeline_markers.new("end (athlete)", frame=50)
    bpy.ops.ghostcap.compare()
    assert comparison.how == "markers"
    assert "Only one marker" not in comparison.warnings


def test_a_findings_marker_goes_under_whatever_name(scene, comparison) -> None:
    """Renamed or moved by the animator it is still the finding's; what stood beside it stays."""
    bpy.ops.ghostcap.compare()
    first, last = comparison.findings[0], comparison.findings[len(comparison.findings) - 1]
    scene.timeline_markers.new("mine", frame=first.frame)
    bpy.ops.ghostcap.toggle_markers()
    if last.frame != first.frame:
        scene.timeline_markers[last.marker].frame += 1
    scene.timeline_markers[first.marker].name = "look here"
    bpy.ops.ghostcap.toggle_markers()
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("mine", first.frame)]


def test_a_deleted_marker_of_a_finding_takes_no_other_along(scene, comparison) -> None:
    """Two markers of the animator's at that frame: which one is meant is not to be guessed."""
    bpy.ops.ghostcap.compare()
    finding = comparison.findings[0]
    bpy.ops.ghostcap.toggle_markers()
    scene.timeline_markers.remove(scene.timeline_markers[finding.marker])
    for name in ("one", "two"):
        scene.timeline_markers.new(name, frame=finding.frame)
    bpy.ops.ghostcap.toggle_markers()
    assert {"one", "two"} <= set(scene.timeline_markers.keys())


def test_no_joint_before_the_first_can_be_chosen(scene, comparison) -> None:
    """A script's -1 is no joint at the end of the list."""
    comparison.active_joint = -1
    assert not bpy.ops.ghostcap.show_worst.poll()
    bpy.ops.ghostcap.compare()
    comparison.active_joint = -1
    assert comparison.active_joint == 0
    assert scene.frame_current == comparison.joints[0].frame


def test_outside_the_cut_nothing_is_judged(scene, comparison) -> None:
    """A colour held from the last compared frame would be a lie; the playhead goes to where there is something."""
    scene.frame_start, scene.frame_end = 20, 40
    comparison.use_range = True
    scene.frame_set(1)
    bpy.ops.ghostcap.compare()
    assert scene.frame_current == comparison.findings[0].frame
    seen = {}
    for frame in (19, 20, 40, 41):
        scene.frame_set(frame)
        seen[frame] = comparison.ghost["Seen L_Elbow"]
    assert seen == {19: 0, 20: 1, 40: 1, 41: 0}
    bpy.ops.ghostcap.compare()
    assert scene.frame_current == comparison.findings[0].frame


def test_one_frame_is_a_pose(scene, comparison) -> None:
    """The scene's range of one frame: the pose beside the athlete's most similar one."""
    scene.frame_start = scene.frame_end = 20
    comparison.use_range = True
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}
    assert (comparison.how, comparison.first, comparison.last) == ("pose", 20, 20)
    scene.frame_start = scene.frame_end = 2000
    assert "does not move within" in errors_of(bpy.ops.ghostcap.compare)


def test_switches_take_effect(scene, comparison) -> None:
    """Each switch of the sidebar, on what stands in the scene."""
    bpy.ops.ghostcap.compare()
    ghost, collection = comparison.ghost, comparison.collection
    body = next(thing for thing in collection.objects if thing.type == "MESH" and thing.find_armature() == ghost)
    comparison.show_ghost = False
    assert ghost.hide_viewport
    assert body.hide_render
    comparison.show_ghost = True
    assert not body.hide_viewport
    comparison.offset = (1.0, 0.0, 0.0)
    assert tuple(ghost.delta_location) == (1.0, 0.0, 0.0)
    comparison.range_high = np.radians(60)
    assert ghost["To"] == pytest.approx(60, abs=1e-3)
    comparison.threshold = np.radians(20)
    assert ghost["Threshold"] == pytest.approx(20, abs=1e-3)
    arrows = [thing for thing in collection.objects if "ghostcap_arrow" in thing]
    assert arrows
    comparison.show_arrows = False
    assert all(arrow.hide_render for arrow in arrows)
    user_body = scene.objects["walk_002_body"]
    assert any(modifier.type == "NODES" for modifier in user_body.modifiers)
    assert scene.display.shading.color_type == "VERTEX"
    comparison.heatmap = "BONES"
    assert not any(modifier.type == "NODES" for modifier in user_body.modifiers)
    assert scene.display.shading.color_type != "VERTEX"
    assert scene.objects["walk_002"].animation_data.drivers
    comparison.heatmap = "OFF"
    assert not scene.objects["walk_002"].animation_data.drivers


def test_the_athlete_steps_aside_for_the_ghost(scene, comparison) -> None:
    """Two figures and a ghost in one place are one too many; afterwards everybody is seen as before."""
    athlete, body = scene.objects["walk_001"], scene.objects["walk_001_body"]
    body.hide_render = True
    bpy.ops.ghostcap.compare()
    assert athlete.hide_viewport
    assert body.hide_viewport
    comparison.show_athlete = True
    assert not athlete.hide_viewport
    assert (body.hide_viewport, body.hide_render) == (False, True)
    comparison.show_athlete = False
    # Hidden as it is, it can be compared again; and be the user.
    bpy.ops.ghostcap.compare()
    bpy.ops.ghostcap.swap_sides()
    bpy.ops.ghostcap.compare()
    assert not athlete.hide_viewport
    assert scene.objects["walk_002"].hide_viewport
    bpy.ops.ghostcap.remove_comparison()
    assert not any(thing.hide_viewport for thing in scene.objects)
    assert [thing.name for thing in scene.objects if thing.hide_render] == ["walk_001_body"]


def test_deleted_armatures_are_told_and_removal_still_works(scene, comparison) -> None:
    """After the user's armature or the ghost was deleted nothing throws, and the rest can be taken away."""
    from ghostcap.addon.comparison.display import ghost_of, user_of

    bpy.ops.ghostcap.compare()
    bpy.data.objects.remove(scene.objects["walk_002"])
    assert user_of(scene) is None
    scene.frame_set(10)
    comparison.heatmap = "BONES"
    comparison.opacity = 0.2
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert not any("ghost" in thing.name for thing in bpy.data.objects)
    comparison.user, comparison.athlete = scene.objects["walk_001"], scene.objects["walk_003"]
    bpy.ops.ghostcap.compare(anyway=True)
    bpy.data.objects.remove(comparison.ghost)
    assert ghost_of(scene) is None
    scene.frame_set(20)
    comparison.heatmap = "BODY"
    comparison.offset = (0.0, 1.0, 0.0)
    assert not bpy.ops.ghostcap.show_graph.poll()
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert not any("ghost" in collection.name for collection in bpy.data.collections)


def test_what_the_animator_put_into_the_collection_stays(scene, comparison) -> None:
    """Removing takes away what was made for the comparison, and nothing else."""
    bpy.ops.ghostcap.compare()
    lamp = bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "POINT"))
    comparison.collection.objects.link(lamp)
    bpy.ops.ghostcap.remove_comparison()
    assert lamp.name in scene.collection.objects


def test_undo_takes_the_whole_comparison_back(context, scene, comparison) -> None:
    """One step, right after; and it can be made again."""
    bpy.ops.ed.undo_push(message="chosen")
    before = dump()
    bpy.ops.ghostcap.compare()
    bpy.ops.ed.undo_push(message="Compare")
    bpy.ops.ed.undo()
    assert dump() == before
    fresh = context.scene.ghostcap.comparison
    assert fresh.collection is None
    assert bpy.ops.ghostcap.compare() == {"FINISHED"}


def test_a_saved_file_keeps_everything(context, scene, comparison, tmp_path: Path) -> None:
    """Opened again: ghost, colours, list and findings are there, and removing still restores the user."""
    before = dump()
    bpy.ops.ghostcap.compare()
    score, findings = comparison.score, [finding.text_en for finding in comparison.findings]
    path = str(tmp_path / "对比 one.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    again = context.scene.ghostcap.comparison
    assert again.ghost.name == "walk_002 ghost"
    assert (again.score, [finding.text_en for finding in again.findings]) == (score, findings)
    context.scene.frame_set(30)
    assert again.ghost["Deviation L_Elbow"] > 20
    bpy.ops.ghostcap.remove_comparison()
    assert dump() == before


def test_renamed_objects_stay_compared(scene, comparison) -> None:
    """Names are the animator's."""
    bpy.ops.ghostcap.compare()
    scene.objects["walk_002"].name = "Paula"
    comparison.ghost.name = "Coach"
    comparison.collection.name = "Lesson 1"
    comparison.heatmap = "BONES"
    comparison.heatmap = "BODY"
    assert not comparison.problem
    assert bpy.ops.ghostcap.remove_comparison() == {"FINISHED"}
    assert "Coach" not in bpy.data.objects
    assert "Paula" in bpy.data.objects


def test_each_scene_has_its_own_comparison(context, scene, comparison) -> None:
    """An armature of another scene is no choice here."""
    bpy.ops.ghostcap.compare()
    other = bpy.data.scenes.new("other")
    other.ghostcap.comparison.user = scene.objects["walk_002"]
    other.ghostcap.comparison.athlete = scene.objects["walk_001"]
    with context.temp_override(scene=other):
        assert other.ghostcap.comparison.collection is None
        assert "not in this scene" in errors_of(bpy.ops.ghostcap.compare)
    assert comparison.ghost is not None


def test_unregistering_leaves_what_is_seen(scene, comparison) -> None:
    """On a farm without the add-on the ghost still moves, and the colours follow."""
    bpy.ops.ghostcap.compare()
    ghost = comparison.ghost
    ghostcap.unregister()
    try:
        scene.frame_set(1)
        first = ghost["Deviation L_Elbow"]
        scene.frame_set(30)
        assert ghost["Deviation L_Elbow"] > first + 10
    finally:
        ghostcap.register()


def test_a_linked_user_gets_a_ghost_without_colours_and_hears_why(context, scene, comparison, tmp_path: Path) -> None:
    """Characters of a shot are often linked: the ghost and the list are there, their own data is left alone."""
    path = str(tmp_path / "user.blend")
    bpy.data.libraries.write(path, {scene.objects["walk_002"], scene.objects["walk_002_body"]})
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["walk_002", "walk_002_body"]
    for thing in wanted.objects:
        scene.collection.objects.link(thing)
    context.view_layer.update()
    linked = next(thing for thing in scene.objects if thing.type == "ARMATURE" and thing.library)
    before = dump()
    comparison.user = linked
    for heatmap in ("BONES", "BODY"):
        comparison.heatmap = heatmap
        assert bpy.ops.ghostcap.compare() == {"FINISHED"}
        assert comparison.joints[0].joint == JOINT["L_Elbow"]
        assert "user is linked" in comparison.problem
        assert "Library Override" in comparison.problem_hint
    comparison.heatmap = "OFF"
    assert comparison.problem == comparison.problem_hint == comparison.problem_code == ""
    bpy.ops.ghostcap.remove_comparison()
    assert dump() == before
