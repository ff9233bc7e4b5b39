# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancel a job, look into its log, take it off the list: buttons, and what a script calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import IntProperty, StringProperty

from ..translations.phrases import say
from . import queue
from .job import Job
from .stages import title_of

_TAIL_LINES = 30
_TAIL_BYTES = 20_000


class _OfJob:
    """What the operators of one job share; without a number the newest one that fits is meant."""

    job: IntProperty(name="Job", description="The job's number; 0 is the newest", min=0, options={"SKIP_SAVE"})

    def find(self, *states: str) -> Job | None:
        """The job with that number and one of the states."""
        fitting = [job for job in queue.jobs() if not states or job.state in states]
        return next((job for job in reversed(fitting) if self.job in (0, job.id)), None)


class GHOSTCAP_OT_cancel_job(_OfJob, bpy.types.Operator):
    """Stop it; a capture that is started again goes on where it was"""

    bl_idname = "ghostcap.cancel_job"
    bl_label = "Cancel Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs a capture that runs or waits."""
        if all(job.finished for job in queue.jobs()):
            cls.poll_message_set(rpt_("Nothing is running"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Cancel it."""
        # What runs comes before what waits.
        job = self.find("running") or self.find("waiting")
        if job is None:
            self.report({"WARNING"}, rpt_("It has ended already"))
            return {"CANCELLED"}
        queue.cancel(job)
        return {"FINISHED"}


class GHOSTCAP_OT_dismiss_job(_OfJob, bpy.types.Operator):
    """Take what has ended off the list; its files stay"""

    bl_idname = "ghostcap.dismiss_job"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Forget it."""
        job = self.find("done", "failed", "cancelled")
        if job is None:
            return {"CANCELLED"}
        queue.dismiss(job)
        for listener in list(queue.on_changed):
            listener()
        return {"FINISHED"}


class GHOSTCAP_OT_show_log(_OfJob, bpy.types.Operator):
    """Show what the backend has said"""

    bl_idname = "ghostcap.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    log: StringProperty(name="Log", description="The log file, if it is no job's", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Its last lines in a popup, with a button for the whole file."""
        path = self._path()
        if path is None:
            return self.execute(context)
        self.lines = _read_tail(path)
        return context.window_manager.invoke_popup(self, width=700)

    def draw(self, context: bpy.types.Context) -> None:
        """The popup."""
        column = self.layout.column(align=True)
        path = self._path()
        row = column.row()
        row.label(text=str(path), icon="TEXT", translate=False)
        row.operator("wm.path_open", text="Open File", icon="FILE_FOLDER").filepath = str(path)
        column.separator()
        for line in self.lines:
            column.label(text=line, translate=False)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Without a window: print it."""
        path = self._path()
        if path is None:
            self.report({"WARNING"}, rpt_("There is no log yet"))
            return {"CANCELLED"}
        self.report({"INFO"}, "\n".join([str(path), *_read_tail(path)]))
        return {"FINISHED"}

    def _path(self) -> Path | None:
        if self.log:
            return Path(self.log)
        job = self.find()
        return job.log if job else None


class GHOSTCAP_OT_report_job(_OfJob, bpy.types.Operator):
    """Tell how a capture or an import ended"""

    bl_idname = "ghostcap.report_job"
    bl_label = "Report Job"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Report it, which also writes it into the info editor."""
        job = self.find("done", "failed", "cancelled")
        if job is None:
            return {"CANCELLED"}
        text = f"{job.title}: {title_of(job)}"
        if job.state == "failed":
            # A warning, since an error of an operator called by a program is raised there.
            self.report({"WARNING"}, f"{text}. {say(job.message)} {say(job.hint)}".strip())
        else:
            self.report({"INFO"}, text)
        return {"FINISHED"}


def _read_tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            text = file.read().decode(errors="replace")
    except OSError as error:
        return [f"{path} can't be read: {error.strerror}"]
    return text.splitlines()[-_TAIL_LINES:]


_CLASSES: tuple[Any, ...] = (
    GHOSTCAP_OT_cancel_job,
    GHOSTCAP_OT_dismiss_job,
    GHOSTCAP_OT_show_log,
    GHOSTCAP_OT_report_job,
)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
