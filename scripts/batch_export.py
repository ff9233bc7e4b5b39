# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos and captures to animation files, headless.

    blender -b --factory-startup --python-exit-code 1 -P scripts/batch_export.py -- dance.mp4 --out DIR
    python scripts/batch_export.py dance.mp4 --out DIR          (a Python that has the bpy module)

`--help` lists the options.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType


def load_command() -> ModuleType:
    """The module with the command line, wherever Ghostcap is installed.

    Python's own installation comes first (the bpy environments have one), then the extension in this Blender. A Blender
    that has neither takes the package from this checkout: its Python gets nothing installed into it, and the
    checkout's folder may have any name, so the package can't simply be found on a path.
    """
    if importlib.util.find_spec("ghostcap") is None:
        name = "bl_ext.user_default.ghostcap"
        if _is_enabled(name):
            return importlib.import_module(f"{name}.addon.batch_command")
        root = Path(__file__).resolve().parents[1]
        spec = importlib.util.spec_from_file_location(
            "ghostcap", root / "__init__.py", submodule_search_locations=[str(root)]
        )
        if spec is None or spec.loader is None:
            raise SystemExit(f"{root} is not Ghostcap's folder.")
        package = importlib.util.module_from_spec(spec)
        sys.modules["ghostcap"] = package
        spec.loader.exec_module(package)
    return importlib.import_module("ghostcap.addon.batch_command")


def own_arguments(argv: list[str]) -> list[str]:
    """What is meant for this script: all after `--` in Blender's command line; under Python all, with or without it."""
    if "--" in argv[: 2 if _is_module() else None]:
        return argv[argv.index("--") + 1 :]
    return argv[1:] if _is_module() else []


def _is_module() -> bool:
    bpy = importlib.import_module("bpy")
    # Only the program knows where it lies.
    return not bpy.app.binary_path


def _is_enabled(name: str) -> bool:
    bpy = importlib.import_module("bpy")
    return name in bpy.context.preferences.addons


if __name__ == "__main__":
    if importlib.util.find_spec("bpy") is None:
        sys.exit("This Python has no Blender: run the script with `blender -b -P`, or in a Python that has bpy.")
    code = load_command().main(own_arguments(sys.argv))
    sys.stdout.flush()
    sys.stderr.flush()
    if _is_module():
        # All files are written. Blender's module may hang for good while it is taken down with Python (seen with 4.5).
        os._exit(code)
    sys.exit(code)
