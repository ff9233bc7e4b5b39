# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by Blender with a folder of its own for the user's files: what an installed extension leaves behind.

... ZIP   installs it, switches it off, on, and off again; prints a line with the findings
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import bpy

MODULE = "bl_ext.user_default.ghostcap"


def snapshot() -> dict[str, list[str]]:
    """Everything an add-on may add to Blender, by name."""
    menus = [getattr(bpy.types, name) for name in dir(bpy.types)]
    draws: list[Callable[..., Any]] = []
    for menu in menus:
        draws += getattr(getattr(menu, "draw", None), "_draw_funcs", ())
    # A menu that was added to once keeps a list with its own function.
    draws = [draw for draw in draws if not draw.__module__.startswith("bl_ui.")]
    handlers = [
        f"{name}: {getattr(function, '__module__', '')}.{getattr(function, '__name__', function)}"
        for name in dir(bpy.app.handlers)
        if isinstance(functions := getattr(bpy.app.handlers, name), list)
        for function in functions
    ]
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager, bpy.types.Action, bpy.types.PoseBone)
    return {
        "classes": [name for name in dir(bpy.types) if "ghostcap" in name.lower()],
        "operators": dir(bpy.ops.ghostcap),
        "draws": sorted(f"{draw.__module__}.{draw.__name__}" for draw in draws),
        "handlers": sorted(handlers),
        "properties": sorted(f"{owner.__name__}.{name}" for owner in owners for name in dir(owner)),
        "subclasses": sorted(
            f"{cls.__module__}.{cls.__name__}"
            for base in (bpy.types.Operator, bpy.types.Panel, bpy.types.AddonPreferences, bpy.types.PropertyGroup)
            for cls in base.__subclasses__()
            if getattr(cls, "is_registered", False) and "ghostcap" in cls.__module__
        ),
    }


def main() -> None:
    package = sys.argv[-1]
    before = snapshot()
    bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
    enabled = MODULE in bpy.context.preferences.addons
    first = snapshot()
    bpy.ops.preferences.addon_disable(module=MODULE)
    off = snapshot()
    bpy.ops.preferences.addon_enable(module=MODULE)
    second = snapshot()
    bpy.ops.preferences.addon_disable(module=MODULE)
    print(
        "FOUND",
        json.dumps(
            {
                "enabled": enabled,
                "operators": len(set(first["operators"]) - set(before["operators"])),
                "left": {key: sorted(set(off[key]) - set(before[key])) for key in before},
                "doubled": {key: len(second[key]) - len(first[key]) for key in before},
                "left at the end": {key: sorted(set(snapshot()[key]) - set(before[key])) for key in before},
            }
        ),
        flush=True,
    )


main()
