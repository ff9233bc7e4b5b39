# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the add-on is, and where it may write."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import bpy

from ..motion.errors import GhostcapError

ROOT_PACKAGE = (__package__ or "").rpartition(".")[0]
"""The extension's own name, which is also its key in the preferences: bl_ext.user_default.ghostcap."""


def extension_folder() -> Path:
    """Where the add-on's files lie."""
    return Path(str(resources.files(ROOT_PACKAGE)))


def user_folder(name: str = "") -> Path:
    """A folder of ours in the user's Blender files, made if needed; an update of the add-on leaves it alone."""
    if ROOT_PACKAGE.startswith("bl_ext."):
        folder = bpy.utils.extension_path_user(ROOT_PACKAGE, path=name, create=True)
    else:
        # Run from the sources, without being installed as an extension.
        folder = bpy.utils.user_resource("DATAFILES", path=f"{ROOT_PACKAGE}/{name}".rstrip("/"), create=True)
    if not folder:
        raise GhostcapError("Blender's user folder can't be written.", "Check its rights and the disk.", "read_only")
    return Path(folder)
