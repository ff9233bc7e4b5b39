# SPDX-License-Identifier: GPL-3.0-or-later
"""How the backend looks in the preferences."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from .environments import look_at, status
from .jobs.display import draw_bar, draw_text
from .jobs.stages import progress_of
from .preferences import backend_folder, backend_problem, named_environment, state_in_words


def draw_backend(layout: Any, context: bpy.types.Context, preferences: Any) -> None:
    """State, what runs, buttons, report, places."""
    box = layout.box()
    text, icon = state_in_words(context)
    row = box.row()
    row.label(text=rpt_("Backend: {:s}").format(text), icon=icon, translate=False)
    if status.busy:
        _draw_work(box)
    else:
        _draw_buttons(box, context)
        _draw_outcome(box)
    _draw_report(box)
    column = layout.column()
    column.use_property_split = True
    column.enabled = not status.busy
    column.prop(preferences, "folder", placeholder=str(backend_folder(context)))
    column.prop(preferences, "python")


def _draw_buttons(box: Any, context: bpy.types.Context) -> None:
    state = look_at(backend_folder(context))
    row = box.row(align=True)
    if state in ("missing", "partial") and not named_environment(context):
        row.scale_y = 1.5
        label = "Install Backend" if state == "missing" else "Go On Installing"
        row.operator("ghostcap.install_backend", text=label, icon="IMPORT")
        if state == "partial":
            row.operator("ghostcap.remove_backend", text="Remove", icon="TRASH")
    else:
        row.operator("ghostcap.check_backend", text="Check", icon="VIEWZOOM")
        if named_environment(context):
            row.operator("ghostcap.fetch_models", text="Fetch Models", icon="IMPORT")
        row.operator("ghostcap.update_backend", text="Update", icon="FILE_REFRESH")
        row.operator("ghostcap.repair_backend", text="Repair", icon="TOOL_SETTINGS")
        row.operator("ghostcap.remove_backend", text="Remove", icon="TRASH")
    if not bpy.app.online_access and backend_problem(context):
        draw_text(box, rpt_("Blender may not use the network: allow online access in Preferences > System"))
        if not bpy.app.online_access_override:
            box.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="INTERNET")


def _draw_work(box: Any) -> None:
    work = status.work
    if work is None:
        return
    row = box.row(align=True)
    draw_bar(row, work)
    row.operator("ghostcap.show_log", text="", icon="TEXT").log = str(work.log)
    row.operator("ghostcap.cancel_backend_work", text="", icon="X")
    if counted := progress_of(work):
        box.label(text=counted, translate=False)


def _draw_outcome(box: Any) -> None:
    work = status.work
    if work is None:
        return
    row = box.row()
    done = work.state == "done"
    row.label(text=rpt_(work.title) + ": " + rpt_("done" if done else work.state), translate=False)
    row.operator("ghostcap.show_log", text="", icon="TEXT").log = str(work.log)
    for text in filter(None, (work.message, work.hint)) if not done else ():
        draw_text(box, text)


def _draw_report(box: Any) -> None:
    report = status.report
    if not report:
        return
    column = box.column(align=True)
    column.label(text=f"Ghostcap {report.get('version', '')}, {report.get('device', '')}", translate=False)
    for part in report.get("parts", []):
        icon = {"works": "CHECKMARK", "fails": "ERROR"}.get(part.get("state"), "DOT")
        column.label(text=f"{part.get('name')}: {part.get('said')}", icon=icon, translate=False)
