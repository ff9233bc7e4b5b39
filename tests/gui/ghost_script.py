# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by Blender with a window: the section Ghost by mouse, from the choice of both sides to the removal.

blender --enable-event-simulate -P ghost_script.py -- ORDER.json

ORDER.json names the capture; see window_story.py for the rest.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import bpy

# Blender runs this file as a script; the folder beside it is not known to its Python.
sys.path.insert(0, str(Path(sys.argv[sys.argv.index("-P") + 1]).parent))
from window_events import Story, area_of, click_button, drag, press, region_of
from window_story import MODULE, begin, facts, heartbeat, order, scene, take_picture

RIGHT_END = (0.78, 0.8, 0.82, 0.84, 0.86)
"""Where the small buttons at the right end may lie."""
OTHERS = ("video_options", "video", "captures", "tracks", "build", "cleanup", "export")
PLAYED_S = 4.0


def override() -> Any:
    """The viewport as context."""
    area = area_of("VIEW_3D")
    window = bpy.context.window_manager.windows[0]
    return bpy.context.temp_override(window=window, area=area, region=region_of(area, "WINDOW"))


def comparison() -> Any:
    return scene().ghostcap.comparison


def activate(name: str) -> None:
    layer = bpy.context.window_manager.windows[0].view_layer
    for thing in layer.objects:
        thing.select_set(thing.name == name)
    layer.objects.active = layer.objects[name]


def press_undo() -> Story:
    """Ctrl+Z over the viewport."""
    window, area = bpy.context.window_manager.windows[0], area_of("VIEW_3D")
    x, y = area.x + area.width // 3, area.y + area.height // 2
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield 0.1
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type="Z", value=value, x=x, y=y, ctrl=True)
        yield 0.1
    yield 0.5


def play_timeline() -> Story:
    """Play for some seconds; how many frames a second were seen."""
    seen: list[float] = []

    def note(*_: Any) -> None:
        seen.append(time.perf_counter())

    bpy.app.handlers.frame_change_post.append(note)
    with override():
        bpy.ops.screen.animation_play()
    yield PLAYED_S
    with override():
        bpy.ops.screen.animation_cancel(restore_frame=False)
    bpy.app.handlers.frame_change_post.remove(note)
    return (len(seen) - 1) / max(seen[-1] - seen[0], 1e-6) if len(seen) > 1 else 0.0


def prepare() -> Story:
    """The three people built, the Ghost section alone in the sidebar: the window is not tall enough for all."""
    for thing in list(scene().objects):
        bpy.data.objects.remove(thing)
    with override():
        bpy.ops.ghostcap.open_capture(filepath=order["capture"], video=False)
        for track in scene().ghostcap.captures[0].tracks:
            track.build = True
        bpy.ops.ghostcap.build()
    for name in OTHERS:
        bpy.utils.unregister_class(getattr(bpy.types, f"GHOSTCAP_PT_{name}"))
    area = area_of("VIEW_3D")
    area.spaces.active.show_region_ui = True
    yield 1.0
    region_of(area, "UI").active_panel_category = "Ghostcap"
    with override():
        bpy.ops.view3d.view_axis(type="FRONT")
    yield 0.5


def story() -> Story:
    operators: Any = importlib.import_module(f"{MODULE}.addon.comparison.operators")
    heartbeat.start()
    heartbeat.enter("prepare")
    yield from prepare()
    scene().render.fps = 30

    heartbeat.enter("choose")
    activate("walk_002_body")
    yield from click_button("bpy.ops.ghostcap.choose_active(side='USER')", RIGHT_END)
    activate("walk_001")
    yield from click_button("bpy.ops.ghostcap.choose_active(side='ATHLETE')", RIGHT_END)
    facts["sides"] = [comparison().user.name, comparison().athlete.name]
    comparison().by, comparison().mirror = "motion", "no"
    bpy.ops.ed.undo_push(message="Chosen")
    heartbeat.enter("playback before")
    facts["frames a second before"] = yield from play_timeline()
    yield from take_picture("1-chosen")

    heartbeat.enter("compare")
    yield from click_button("bpy.ops.ghostcap.compare(")
    yield lambda: comparison().ghost is not None and not operators.is_working()
    yield 0.5
    facts["ghost"] = comparison().ghost.name
    facts["findings"] = [finding.text_en for finding in comparison().findings]
    activate("walk_002")
    with override():
        bpy.ops.view3d.view_selected()
    bpy.context.window_manager.windows[0].view_layer.objects.active = None
    yield from take_picture("2-compared")

    heartbeat.enter("finding")
    yield from click_button("bpy.ops.ghostcap.show_finding(finding=0)")
    yield 0.3
    facts["frame of the finding"] = [scene().frame_current, comparison().findings[0].frame]
    yield from take_picture("3-finding")
    comparison().offset = (1.0, 0.0, 0.0)
    yield from take_picture("4-beside")
    comparison().offset = (0.0, 0.0, 0.0)
    comparison().heatmap = "BONES"
    yield from take_picture("5-bones")
    comparison().heatmap = "BODY"
    yield 0.3

    heartbeat.enter("playback")
    facts["frames a second"] = yield from play_timeline()

    heartbeat.enter("undo")
    yield from press_undo()
    for _ in range(12):
        if comparison().collection is None:
            break
        yield from press_undo()
    facts["after undo"] = sorted(thing.name for thing in scene().objects)
    yield from click_button("bpy.ops.ghostcap.compare(")
    yield lambda: comparison().ghost is not None and not operators.is_working()
    yield 0.5

    heartbeat.enter("Chinese")
    view = bpy.context.preferences.view
    view.language = "zh_HANS"
    yield from take_picture("6-chinese")
    region = region_of(area_of("VIEW_3D"), "UI")
    yield from drag((region.x, region.y + region.height // 2), 60)
    yield from take_picture("7-chinese-narrow")
    view.language = "en_US"
    yield from take_picture("8-narrow")
    region = region_of(area_of("VIEW_3D"), "UI")
    yield from drag((region.x, region.y + region.height // 2), -60)

    heartbeat.enter("markers")
    yield from click_button("bpy.ops.ghostcap.toggle_markers(", RIGHT_END)
    facts["markers"] = len(scene().timeline_markers)
    heartbeat.enter("graph")
    yield from click_button("bpy.ops.ghostcap.show_graph(", RIGHT_END)
    yield 1.0
    facts["graph"] = any(area.type == "GRAPH_EDITOR" for area in bpy.context.window_manager.windows[0].screen.areas)
    yield from take_picture("9-graph")

    heartbeat.enter("nothing in common")
    comparison().athlete = scene().objects["walk_003"]
    yield from click_button("bpy.ops.ghostcap.compare(")
    yield lambda: comparison().problem_code
    area = area_of("VIEW_3D")
    # An error opens a popup under the mouse; moving away closes it.
    yield from press("ESC", (area.x + area.width // 3, area.y + area.height // 2))
    facts["problem"] = comparison().problem_code
    yield from take_picture("10-nothing-in-common")

    heartbeat.enter("deleted")
    activate("walk_002")
    with override():
        bpy.ops.object.delete()
    yield 0.5
    yield from take_picture("11-user-deleted")
    yield from click_button("bpy.ops.ghostcap.remove_comparison(")
    yield lambda: comparison().collection is None
    facts["left"] = sorted(thing.name for thing in bpy.data.objects if thing.users_scene)
    facts["markers left"] = len(scene().timeline_markers)
    yield from take_picture("12-removed")


begin(story())
