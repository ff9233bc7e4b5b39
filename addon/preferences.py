# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: the backend, its state, and what can be done about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import StringProperty

from ..motion.errors import GhostcapError
from . import environments
from .problems import in_words
from .storage import ROOT_PACKAGE

_STATES = {
    "unknown": ("Looking", "SORTTIME"),
    "missing": ("Not installed", "ERROR"),
    "partial": ("Installation not finished", "ERROR"),
    "broken": ("Its Python has gone", "ERROR"),
    "outdated": ("Out of date", "ERROR"),
    "ready": ("Installed", "CHECKMARK"),
}


def _on_change(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    environments.status.state = "unknown"
    environments.status.report = {}
    if bpy.ops.ghostcap.look_at_backend.poll():
        bpy.ops.ghostcap.look_at_backend()


class GhostcapPreferences(bpy.types.AddonPreferences):
    """Where the backend lies."""

    bl_idname = ROOT_PACKAGE

    folder: StringProperty(
        name="Folder",
        description="Where to install the backend; in Blender's user files if empty",
        subtype="DIR_PATH",
        update=_on_change,
    )
    python: StringProperty(
        name="Existing Environment",
        description="A Python environment, by its folder, that has the backend already; it is used as it is",
        subtype="DIR_PATH",
        update=_on_change,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """State, buttons, places."""
        # Imported late: it reads what this module has to tell.
        from .backend_panel import draw_backend

        draw_backend(self.layout, context, self)


def preferences_of(context: bpy.types.Context) -> Any:
    """The add-on's preferences; None when it was not enabled as an add-on."""
    addon = context.preferences.addons.get(ROOT_PACKAGE)
    return addon.preferences if addon else None


def backend_problem(context: bpy.types.Context) -> str:
    """Why the backend can't run and what to do, for the user; empty when it can. Costs a few looks at the disk."""
    try:
        find_backend_python(context)
    except GhostcapError as error:
        return in_words(error)
    return ""


def backend_folder(context: bpy.types.Context) -> Path:
    """Where our own environment is, or would be."""
    return environments.environment_folder(_path(context, "folder"))


def named_environment(context: bpy.types.Context) -> str:
    """The environment the user named, which is used as it is; empty when it is ours."""
    return _path(context, "python")


def state_in_words(context: bpy.types.Context) -> tuple[str, str]:
    """The state of the environment, and an icon for it."""
    if environments.status.busy and environments.status.work is not None:
        return rpt_(environments.status.work.title), "SORTTIME"
    if named_environment(context):
        problem = backend_problem(context)
        return (problem, "ERROR") if problem else (rpt_("An environment of your own"), "CHECKMARK")
    text, icon = _STATES.get(environments.look_at(backend_folder(context)), _STATES["unknown"])
    return rpt_(text), icon


def find_backend_python(context: bpy.types.Context) -> Path:
    """The Python that has the backend; GhostcapError `no_backend` says why there is none."""
    return environments.find_python(_path(context, "python"), _path(context, "folder"))


def _path(context: bpy.types.Context, name: str) -> str:
    preferences = preferences_of(context)
    text = getattr(preferences, name) if preferences else ""
    return bpy.path.abspath(text) if text else ""


def register() -> None:
    """Show the preferences."""
    bpy.utils.register_class(GhostcapPreferences)


def unregister() -> None:
    """Undo `register`."""
    bpy.utils.unregister_class(GhostcapPreferences)
