# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by Blender with a window: the animator's way from a dropped video to an FBX, by mouse and keyboard.

blender --enable-event-simulate -P window_script.py -- ORDER.json

ORDER.json names the video and the FBX to write; see window_story.py for the rest.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import bpy

# Blender runs this file as a script; the folder beside it is not known to its Python.
sys.path.insert(0, str(Path(sys.argv[sys.argv.index("-P") + 1]).parent))
from window_events import Story, area_of, click_button, drag, find_button, press, region_of
from window_story import MODULE, begin, drop, facts, heartbeat, order, scene, take_picture

TICKS = (0.14, 0.17, 0.2, 0.23, 0.26)
"""Where the tracks' boxes may lie across the sidebar."""
RIGHT_END = (0.8, 0.83, 0.86)
"""Where the small buttons at the right end may lie."""


def keys_of(armature: Any) -> str:
    """A digest of all keys of an armature's action."""
    digest = hashlib.sha256()
    for curve in armature.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        values = [0.0] * (2 * len(curve.keyframe_points))
        curve.keyframe_points.foreach_get("co", values)
        digest.update(repr(values).encode())
    return digest.hexdigest()


def armatures() -> list[Any]:
    return [item for item in scene().objects if item.type == "ARMATURE"]


def story() -> Story:
    jobs = importlib.import_module(f"{MODULE}.addon.jobs")
    for item in list(scene().objects):
        bpy.data.objects.remove(item)
    heartbeat.start()

    # What Blender's own drawing takes on this machine, to compare with.
    heartbeat.enter("redraws alone")
    for _ in range(10):
        for region in area_of("VIEW_3D").regions:
            region.tag_redraw()
        yield 0.2

    heartbeat.enter("drop")
    facts["drop taken"] = drop(order["video"], bpy.types.GHOSTCAP_FH_video)
    yield 1.0
    yield from take_picture("1-dropped")

    heartbeat.enter("capture")
    yield from click_button("bpy.ops.ghostcap.capture_video(")
    yield lambda: len(jobs.jobs())
    first = jobs.jobs()[-1]
    yield lambda: first.stage == "track" and first.factor > 0.1 and first.fps > 0
    yield from take_picture("2-capturing")

    heartbeat.enter("cancel")
    place = yield from find_button("bpy.ops.ghostcap.cancel_job(", RIGHT_END)
    facts["state before cancel"] = first.state
    began = time.perf_counter()
    yield from press("LEFTMOUSE", place)
    yield lambda: first.finished
    facts["seconds to cancel"] = time.perf_counter() - began
    facts["state after cancel"] = first.state
    yield from take_picture("3-cancelled")

    heartbeat.enter("capture again")
    yield from click_button("bpy.ops.ghostcap.capture_video(")
    yield lambda: jobs.jobs()[-1] is not first
    second = jobs.jobs()[-1]
    yield lambda: second.finished or (second.stage == "track" and second.factor > 0.5)
    yield from take_picture("4-capturing-again")
    yield lambda: second.finished
    facts["state of the second"] = second.state
    facts["message of the second"] = f"{second.message} {second.hint}"
    heartbeat.enter("open the capture")
    yield lambda: len(scene().ghostcap.captures)
    yield 1.0
    scene().frame_set(120)

    heartbeat.enter("dismiss")
    yield from click_button("bpy.ops.ghostcap.dismiss_job(", RIGHT_END)
    yield lambda: first not in jobs.jobs()

    heartbeat.enter("pick tracks")
    yield from take_picture("5-captured")
    capture = scene().ghostcap.captures[0]
    facts["tracks"] = len(capture.tracks)
    facts["ticked before"] = sum(track.build for track in capture.tracks)
    for index, track in enumerate(capture.tracks):
        if not track.build:
            yield from click_button(f"captures[0].tracks[{index}].build", TICKS)
    facts["ticked"] = sum(track.build for track in scene().ghostcap.captures[0].tracks)
    yield from take_picture("6-picked")

    heartbeat.enter("build")
    yield from click_button("bpy.ops.ghostcap.build(")
    yield lambda: len(armatures()) >= facts["ticked"]
    facts["armatures"] = len(armatures())
    scene().frame_set(120)
    yield from take_picture("7-built")

    heartbeat.enter("smoothing strength")
    armature = bpy.context.window_manager.windows[0].view_layer.objects.active
    before = keys_of(armature)
    place = yield from find_button("ghostcap.cleanup.strength", (0.6,))
    yield from drag(place, -60)
    yield 0.5
    facts["strength"] = armature.ghostcap.cleanup.strength
    facts["keys changed"] = keys_of(armature) != before
    yield from take_picture("8-smoothing")

    heartbeat.enter("ghost")
    yield from click_button("bpy.ops.ghostcap.toggle_raw(")
    yield 0.5
    facts["ghost"] = armature.ghostcap.ghost is not None
    yield from take_picture("9-ghost")
    yield from click_button("bpy.ops.ghostcap.toggle_raw(")
    yield lambda: armature.ghostcap.ghost is None

    heartbeat.enter("export")
    facts["target"] = scene().ghostcap.export_target
    yield from click_button("bpy.ops.ghostcap.export_clip(")
    yield lambda: any(area.type == "FILE_BROWSER" for area in bpy.context.window_manager.windows[0].screen.areas)
    yield 1.0
    browser = area_of("FILE_BROWSER")
    target = Path(order["export"])
    browser.spaces.active.params.directory = os.fsencode(target.parent)
    browser.spaces.active.params.filename = target.name
    yield 1.0
    yield from take_picture("10-exporting")
    region = region_of(browser, "WINDOW")
    yield from press("RET", (region.x + region.width // 2, region.y + region.height // 2))
    yield target.exists
    yield 1.0
    yield from take_picture("11-exported")


begin(story())
