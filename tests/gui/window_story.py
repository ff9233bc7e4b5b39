# SPDX-License-Identifier: GPL-3.0-or-later
"""What stories in the window share: their order, their facts, pictures, drops, and the report at the end.

ORDER.json, the last argument, names the backend's environment, the folder for the pictures, the report, and whatever
else a story needs.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import bpy
from window_events import Heartbeat, Story, area_of, play, region_of

MODULE = "bl_ext.user_default.ghostcap"

order = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
facts: dict[str, Any] = {"pictures": []}
heartbeat = Heartbeat("ghostcap/")


def take_picture(name: str) -> Story:
    """Have the window's picture kept as it is now: whoever started us takes it, and the window goes on."""
    yield 0.4
    wish = Path(order["pictures"]) / f"{name}.wish"
    wish.touch()
    yield lambda: not wish.exists()
    facts["pictures"].append(f"{name}.png")


def scene() -> Any:
    return bpy.context.window_manager.windows[0].scene


def drop(path: str, handler: Any) -> bool:
    """Blender can't simulate a drop by the system: ask the file handler, and call its operator, as the drop does."""
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(
        window=bpy.context.window_manager.windows[0], area=area, region=region_of(area, "WINDOW")
    ):
        taken = handler.poll_drop(bpy.context) and Path(path).suffix in handler.bl_file_extensions
        category, _, name = handler.bl_import_operator.partition(".")
        getattr(getattr(bpy.ops, category), name)("INVOKE_DEFAULT", filepath=path)
    return bool(taken)


def end(error: BaseException | None) -> None:
    """Write the report; whoever started us ends us."""
    facts["error"] = "".join(traceback.format_exception(error)) if error else ""
    facts["gaps"] = heartbeat.gaps
    facts["own"] = heartbeat.own
    facts["slowest"] = heartbeat.slowest
    report = Path(order["report"])
    unfinished = report.with_suffix(".part")
    unfinished.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    unfinished.replace(report)


def begin(story: Story) -> None:
    """Set Blender up as the stories want it, and play."""
    view = bpy.context.preferences.view
    view.show_splash = False
    view.show_tooltips = False
    view.filebrowser_display_type = "SCREEN"
    bpy.context.preferences.addons[MODULE].preferences.python = order["environment"]
    play(story, end)
