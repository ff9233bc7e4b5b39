# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on the screen: a progress bar with a cancel button for panels, and one in the status bar."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..problems import break_lines, letters_across
from ..runs import Run
from ..translations.phrases import say
from . import queue
from .job import Job
from .stages import progress_of, title_of

_REGIONS = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}
"""Where jobs are shown: the sidebar of viewports, and the preferences."""


def draw_job(layout: Any, job: Job) -> None:
    """A job in a panel: bar and Cancel while it runs; after that how it ended, the log, and Dismiss."""
    column = layout.column(align=True)
    if job.finished:
        row = column.row(align=True)
        icon = {"done": "CHECKMARK", "failed": "ERROR"}.get(job.state, "CANCEL")
        row.label(text=f"{job.title}: {title_of(job)}", icon=icon, translate=False)
        row.operator("ghostcap.show_log", text="", icon="TEXT").job = job.id
        row.operator("ghostcap.dismiss_job", text="", icon="X").job = job.id
        for text in (job.message, job.hint) if job.state == "failed" else job.warnings:
            draw_text(column, say(text))
        return
    column.label(text=job.title, icon="SEQUENCE", translate=False)
    row = column.row(align=True)
    draw_bar(row, job)
    row.operator("ghostcap.show_log", text="", icon="TEXT").job = job.id
    row.operator("ghostcap.cancel_job", text="", icon="X").job = job.id
    if counted := progress_of(job):
        column.label(text=counted, translate=False)


def draw_bar(layout: Any, run: Run) -> None:
    """The progress bar of any run."""
    layout.progress(factor=run.factor, text=title_of(run), type="BAR", translate=False)


def draw_text(layout: Any, text: str) -> None:
    """A sentence over several lines: labels do not wrap."""
    for line in break_lines(text, letters_across(bpy.context)):
        layout.label(text=line, translate=False)


def _draw_status(header: Any, _context: bpy.types.Context) -> None:
    job = queue.active()
    row = header.layout.row(align=True)
    if job is not None:
        waiting = sum(other.state == "waiting" for other in queue.jobs())
        bar = row.row(align=True)
        bar.ui_units_x = 26
        text = f"{job.title}: {title_of(job)}  {progress_of(job)}"
        bar.progress(factor=job.factor, text=text, type="BAR", translate=False)
        row.operator("ghostcap.cancel_job", text="", icon="X").job = job.id
        if waiting:
            row.label(text=rpt_("{:d} waiting").format(waiting), translate=False)
        return
    finished = [other for other in queue.jobs() if other.state in ("done", "failed")]
    if finished:
        last = finished[-1]
        icon = "CHECKMARK" if last.state == "done" else "ERROR"
        row.label(text=f"{last.title}: {title_of(last)}", icon=icon, translate=False)
        row.operator("ghostcap.show_log", text="", icon="TEXT").job = last.id
        row.operator("ghostcap.dismiss_job", text="", icon="X").job = last.id


def redraw() -> None:
    """Ask for a redraw of all places that show jobs, and of no more: a viewport may take long to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type in _REGIONS else ():
                if region.type == _REGIONS[area.type]:
                    region.tag_redraw()
        # The status bar is no area of the screen; setting its text has it drawn again, and None is its own text.
        window.workspace.status_text_set(None)


def _tell(job: Job) -> None:
    """Report the end of a job, wherever the user is by now."""
    if bpy.app.background or not bpy.context.window_manager.windows:
        return
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window):
        bpy.ops.ghostcap.report_job("INVOKE_DEFAULT", job=job.id)


def register() -> None:
    """Show jobs in the status bar."""
    queue.on_changed.append(redraw)
    queue.on_finished.append(_tell)
    bpy.types.STATUSBAR_HT_header.append(_draw_status)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.STATUSBAR_HT_header.remove(_draw_status)
    queue.on_finished.remove(_tell)
    queue.on_changed.remove(redraw)
