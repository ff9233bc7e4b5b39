# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by Blender with a window: a file of 4D-Humans dropped, imported, built, undone; refusals; and all in Chinese.

ORDER.json names the file, and one that would run code; see window_story.py for the rest.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import bpy

# Blender runs this file as a script; the folder beside it is not known to its Python.
sys.path.insert(0, str(Path(sys.argv[sys.argv.index("-P") + 1]).parent))
from window_events import Story, area_of, click_button, press, region_of
from window_story import MODULE, begin, drop, facts, heartbeat, order, scene, take_picture


def middle() -> tuple[int, int]:
    area = area_of("VIEW_3D")
    return area.x + area.width // 2, area.y + area.height // 2


def names() -> list[str]:
    return [item.name for item in scene().ghostcap.captures]


def press_undo(redo: bool = False) -> Story:
    """Ctrl+Z over the viewport."""
    window = bpy.context.window_manager.windows[0]
    x, y = middle()
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield 0.1
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type="Z", value=value, x=x, y=y, ctrl=True, shift=redo)
        yield 0.1
    yield 0.5


def choose_in_browser(file: Path) -> Story:
    """File > Import, by its operator; the file is typed into Blender's file browser."""
    area = area_of("VIEW_3D")
    windows = bpy.context.window_manager.windows
    with bpy.context.temp_override(window=windows[0], area=area, region=region_of(area, "WINDOW")):
        bpy.ops.ghostcap.import_phalp("INVOKE_DEFAULT")
    yield lambda: any(area.type == "FILE_BROWSER" for area in windows[0].screen.areas)
    yield 1.0
    browser = area_of("FILE_BROWSER")
    browser.spaces.active.params.directory = os.fsencode(file.parent)
    browser.spaces.active.params.filename = file.name
    yield 1.0
    yield from take_picture("5-file-browser")
    region = region_of(browser, "WINDOW")
    yield from press("RET", (region.x + region.width // 2, region.y + region.height // 2))
    yield lambda: any(area.type == "VIEW_3D" for area in windows[0].screen.areas)


def story() -> Story:
    jobs: Any = importlib.import_module(f"{MODULE}.addon.jobs")
    preferences = bpy.context.preferences.addons[MODULE].preferences
    for item in list(scene().objects):
        bpy.data.objects.remove(item)
    heartbeat.start()
    handler = bpy.types.GHOSTCAP_FH_phalp

    heartbeat.enter("without a backend")
    preferences.python = "/nowhere"
    window = bpy.context.window_manager.windows[0]
    x, y = middle()
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield 0.2
    drop(order["file"], handler)
    yield from take_picture("1-no-backend")
    yield from press("ESC", middle())
    preferences.python = order["environment"]

    heartbeat.enter("drop")
    facts["drop taken"] = drop(order["file"], handler)
    yield from take_picture("2-dropped")
    facts["jobs before the answer"] = len(jobs.jobs())
    yield from press("RET", middle())
    heartbeat.enter("import")
    yield lambda: len(jobs.jobs())
    first = jobs.jobs()[-1]
    yield lambda: first.finished
    facts["state"], facts["message"] = first.state, f"{first.message} {first.hint}"
    yield names
    yield from take_picture("3-imported")
    facts["captures"] = names()
    facts["tracks"] = len(scene().ghostcap.captures[0].tracks)

    heartbeat.enter("undo")
    yield from press_undo()
    facts["after undo"] = names()
    yield from press_undo(redo=True)
    facts["after redo"] = names()

    heartbeat.enter("build")
    yield from click_button("bpy.ops.ghostcap.build(")
    yield lambda: [item for item in scene().objects if item.type == "ARMATURE"]
    scene().frame_set(10)
    yield from take_picture("4-built")

    heartbeat.enter("again")
    yield from choose_in_browser(Path(order["file"]))
    yield 0.5
    yield from take_picture("6-asked-before-replacing")
    yield from press("ESC", middle())
    facts["jobs after the refusal"] = len(jobs.jobs())

    heartbeat.enter("a file that would run code")
    bpy.context.preferences.view.language = "zh_HANS"
    drop(order["bad"], handler)
    yield 0.5
    yield from take_picture("7-dropped-in-chinese")
    yield from press("RET", middle())
    yield lambda: len(jobs.jobs()) > 1
    bad = jobs.jobs()[-1]
    yield lambda: bad.finished
    facts["state of the bad one"], facts["code of the bad one"] = bad.state, bad.code
    facts["said in Chinese"] = importlib.import_module(f"{MODULE}.addon.translations.phrases").say(bad.message)
    yield 0.5
    yield from take_picture("8-refused")


begin(story())
