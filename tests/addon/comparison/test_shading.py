# SPDX-License-Identifier: GPL-3.0-or-later
"""Viewports are switched to vertex colours for a heatmap, and back: nobody's view stays changed."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy")

from ghostcap.addon.comparison.shading import restore_shading, show_vertex_colours  # noqa: E402

pytestmark = pytest.mark.bpy


@pytest.fixture
def views(context):
    """All 3D views of the file, each with another setting."""
    bpy.ops.wm.read_factory_settings()
    found = [
        space.shading
        for screen in bpy.data.screens
        for area in screen.areas
        for space in area.spaces
        if space.type == "VIEW_3D"
    ]
    assert len(found) > 1
    found[0].color_type = "RANDOM"
    return found


def kinds(views) -> list[str]:
    return [shading.color_type for shading in views]


def test_every_view_gets_its_own_setting_back(context, views) -> None:
    """One view of many shows random colours, and does so again."""
    before, render = kinds(views), context.scene.display.shading.color_type
    show_vertex_colours(context.scene)
    show_vertex_colours(context.scene)
    assert {*kinds(views), context.scene.display.shading.color_type} == {"VERTEX"}
    restore_shading(context.scene)
    assert kinds(views) == before
    assert context.scene.display.shading.color_type == render
    assert "ghostcap_shading" not in context.scene
    restore_shading(context.scene)
    assert kinds(views) == before


def test_a_view_set_otherwise_meanwhile_stays(context, views) -> None:
    """Whoever chooses a texture view while the heatmap is on does not lose it."""
    show_vertex_colours(context.scene)
    views[1].color_type = "TEXTURE"
    restore_shading(context.scene)
    assert kinds(views)[:2] == ["RANDOM", "TEXTURE"]


def test_another_scenes_heatmap_stays_in_view(context, views) -> None:
    """Two scenes are compared; removing one comparison must not blind the other."""
    before = kinds(views)
    other = bpy.data.scenes.new("Other")
    show_vertex_colours(context.scene)
    show_vertex_colours(other)
    restore_shading(context.scene)
    assert set(kinds(views)) == {"VERTEX"}
    restore_shading(other)
    assert kinds(views) == before


def test_undo_and_redo_take_the_views_along(context, scene, comparison) -> None:
    """Blender's Undo does not touch views: without help they would go on showing vertex colours of nothing."""
    found = [
        space.shading
        for screen in bpy.data.screens
        for area in screen.areas
        for space in area.spaces
        if space.type == "VIEW_3D"
    ]
    before = kinds(found)
    assert "VERTEX" not in before
    bpy.ops.ed.undo_push(message="chosen")
    bpy.ops.ghostcap.compare()
    bpy.ops.ed.undo_push(message="Compare")
    assert set(kinds(found)) == {"VERTEX"}
    bpy.ops.ed.undo()
    assert kinds(found) == before
    bpy.ops.ed.redo()
    assert set(kinds(found)) == {"VERTEX"}
    bpy.ops.ghostcap.remove_comparison()
    assert kinds(found) == before
