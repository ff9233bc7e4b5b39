# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture, cancel, look into the log: buttons, and what a script calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ...motion.errors import GhostcapError
from ..interrupt import Interrupt
from ..preferences import backend_problem
from . import queue
from .job import Job
from .stages import title_of

_TAIL_LINES = 30
_TAIL_BYTES = 20_000


class GHOSTCAP_OT_start_capture(bpy.types.Operator):
    """Capture the motion of everybody in a video, in the background"""

    bl_idname = "ghostcap.start_capture"
    bl_label = "Capture Video"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="Video", description="Video to capture", subtype="FILE_PATH")
    out: StringProperty(
        name="Folder", description="Where the capture goes; beside the video if empty", subtype="DIR_PATH"
    )
    estimator: StringProperty(name="Estimator", description="Who looks at the video; the usual one if empty")
    start: FloatProperty(name="Start", description="Begin here", min=0.0, unit="TIME_ABSOLUTE")
    end: FloatProperty(name="End", description="Stop here; 0 is the video's end", min=0.0, unit="TIME_ABSOLUTE")
    fps: FloatProperty(name="Frame Rate", description="Frames a second to read; 0 is the video's own", min=0.0)
    height: FloatProperty(
        name="Person's Height", description="How tall the main person is; 0 if unknown", min=0.0, unit="LENGTH"
    )
    focal_35mm: FloatProperty(
        name="Focal Length", description="As 35 mm equivalent; 0 if unknown", min=0.0, unit="CAMERA"
    )
    overwrite: BoolProperty(
        name="Overwrite", description="Replace a capture that exists", default=False, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a backend."""
        if problem := backend_problem(context):
            cls.poll_message_set(problem)
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before a capture is replaced."""
        if self.filepath and not self.overwrite and self._target().exists():
            self.overwrite = True
            return context.window_manager.invoke_confirm(
                self,
                event,
                title="Capture again?",
                message=rpt_("{:s} exists and will be replaced.").format(self._target().name),
                confirm_text="Capture Again",
                icon="WARNING",
            )
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue it; without a window, see it through."""
        if not self.filepath:
            self.report({"ERROR"}, "Choose a video first")
            return {"CANCELLED"}
        try:
            job = queue.start_capture(self._video(), self._target(), self._options())
        except GhostcapError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if not bpy.app.background:
            return {"FINISHED"}
        with Interrupt() as interrupt:
            queue.wait(job, lambda: interrupt.asked)
        if job.state == "done":
            self.report({"INFO"}, str(job.capture))
            return {"FINISHED"}
        self.report({"ERROR"} if job.state == "failed" else {"WARNING"}, f"{job.message} {job.hint}".strip())
        return {"CANCELLED"}

    def _video(self) -> Path:
        # Blender shows folders with a slash at their end.
        return Path(bpy.path.abspath(self.filepath)).absolute()

    def _target(self) -> Path:
        video = self._video()
        folder = Path(bpy.path.abspath(self.out)).absolute() if self.out else video.resolve().parent
        return folder / f"{video.resolve().stem}.capture"

    def _options(self) -> list[str]:
        pairs = {
            "--estimator": self.estimator,
            "--start": self.start,
            "--end": self.end,
            "--fps": self.fps,
            "--height": self.height,
            "--focal-35mm": self.focal_35mm,
        }
        # Blender's floats are single: 1.7999999523 would be a needless other setting.
        texts = {name: value if isinstance(value, str) else f"{value:.7g}" for name, value in pairs.items() if value}
        options = [part for pair in texts.items() for part in pair]
        return [*options, "--overwrite"] if self.overwrite else options


class _OfJob:
    """What the operators of one job share; without a number the newest one that fits is meant."""

    job: IntProperty(name="Job", description="The job's number; 0 is the newest", min=0, options={"SKIP_SAVE"})

    def find(self, *states: str) -> Job | None:
        """The job with that number and one of the states."""
        fitting = [job for job in queue.jobs() if not states or job.state in states]
        return next((job for job in reversed(fitting) if self.job in (0, job.id)), None)


class GHOSTCAP_OT_cancel_job(_OfJob, bpy.types.Operator):
    """Stop a capture; started again, it goes on where it was"""

    bl_idname = "ghostcap.cancel_job"
    bl_label = "Cancel Capture"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs a capture that runs or waits."""
        if all(job.finished for job in queue.jobs()):
            cls.poll_message_set("No capture is running")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Cancel it."""
        # What runs comes before what waits.
        job = self.find("running") or self.find("waiting")
        if job is None:
            self.report({"WARNING"}, "That capture has ended")
            return {"CANCELLED"}
        queue.cancel(job)
        return {"FINISHED"}


class GHOSTCAP_OT_dismiss_job(_OfJob, bpy.types.Operator):
    """Take a finished capture off the list; its files stay"""

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

    log: StringProperty(name="Log", description="The log file, if it is no capture's", options={"SKIP_SAVE"})

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
            self.report({"WARNING"}, "There is no log yet")
            return {"CANCELLED"}
        self.report({"INFO"}, "\n".join([str(path), *_read_tail(path)]))
        return {"FINISHED"}

    def _path(self) -> Path | None:
        if self.log:
            return Path(self.log)
        job = self.find()
        return job.log if job else None


class GHOSTCAP_OT_report_job(_OfJob, bpy.types.Operator):
    """Tell how a capture ended"""

    bl_idname = "ghostcap.report_job"
    bl_label = "Report Capture"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Report it, which also writes it into the info editor."""
        job = self.find("done", "failed", "cancelled")
        if job is None:
            return {"CANCELLED"}
        text = f"{job.title}: {title_of(job)}"
        if job.state == "failed":
            # A warning, since an error of an operator called by a program is raised there.
            self.report({"WARNING"}, f"{text}. {job.message} {job.hint}".strip())
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
    GHOSTCAP_OT_start_capture,
    GHOSTCAP_OT_cancel_job,
    GHOSTCAP_OT_dismiss_job,
    GHOSTCAP_OT_show_log,
    GHOSTCAP_OT_report_job,
)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
