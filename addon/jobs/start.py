# SPDX-License-Identifier: GPL-3.0-or-later
"""Begin the capture of a video, or the import of a motion file: what buttons and scripts call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, FloatProperty, StringProperty

from ..interrupt import Interrupt
from ..preferences import backend_problem
from ..problems import reports_problems
from ..translations.phrases import say
from . import queue
from .job import Job

USUAL_FPS = 30.0
"""What 4D-Humans' own films of its results have, whatever the video had."""


class _Start:
    """Where the capture goes, a question before one is replaced, and waiting where there is no window."""

    out: StringProperty(
        name="Folder",
        description="Where the capture goes; beside the file if empty",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    overwrite: BoolProperty(
        name="Overwrite", description="Replace a capture that exists", default=False, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        """Needs a backend."""
        if problem := backend_problem(context):
            cls.poll_message_set(problem)
            return False
        return True

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before a capture is replaced."""
        if self.filepath and not self.overwrite and self.target().exists():
            self.overwrite = True
            return context.window_manager.invoke_confirm(
                self,
                event,
                title=self.question,
                message=rpt_("{:s} exists and will be replaced.").format(self.target().name),
                confirm_text=self.answer,
                icon="WARNING",
            )
        return self.execute(context)

    @reports_problems
    def execute(self: Any, context: bpy.types.Context) -> set[str]:
        """Queue it; without a window, see it through."""
        if not self.filepath:
            self.report({"ERROR"}, rpt_("Choose a file first"))
            return {"CANCELLED"}
        job = self.begin()
        if not bpy.app.background:
            return {"FINISHED"}
        with Interrupt() as interrupt:
            queue.wait(job, lambda: interrupt.asked)
        if job.state == "done":
            self.report({"INFO"}, str(job.capture))
            return {"FINISHED"}
        kind = {"ERROR"} if job.state == "failed" else {"WARNING"}
        self.report(kind, f"{say(job.message)} {say(job.hint)}".strip())
        return {"CANCELLED"}

    def source(self: Any) -> Path:
        """The file that was named; Blender shows folders with a slash at their end."""
        return Path(bpy.path.abspath(self.filepath)).absolute()

    def target(self: Any) -> Path:
        """Where its capture goes."""
        file = self.source().resolve()
        folder = Path(bpy.path.abspath(self.out)).absolute() if self.out else file.parent
        return folder / f"{file.stem}.capture"

    def arguments(self: Any, **pairs: str | float) -> list[str]:
        """Arguments of the backend for what is not zero or empty."""
        # Blender's floats are single: 1.7999999523 would be a needless other setting.
        texts = {name: value if isinstance(value, str) else f"{value:.7g}" for name, value in pairs.items() if value}
        options = [part for name, text in texts.items() for part in (f"--{name.replace('_', '-')}", text)]
        return [*options, "--overwrite"] if self.overwrite else options


class GHOSTCAP_OT_start_capture(_Start, bpy.types.Operator):
    """Capture the motion of everybody in a video, in the background"""

    bl_idname = "ghostcap.start_capture"
    bl_label = "Capture Video"
    bl_options = {"REGISTER"}
    question, answer = "Capture again?", "Capture Again"

    filepath: StringProperty(name="Video", description="Video to capture", subtype="FILE_PATH")
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

    def begin(self) -> Job:
        """Queue the capture."""
        options = self.arguments(
            estimator=self.estimator, start=self.start, end=self.end, fps=self.fps, height=self.height,
            focal_35mm=self.focal_35mm,
        )  # fmt: skip
        return queue.start_capture(self.source(), self.target(), options)


class GHOSTCAP_OT_start_import(_Start, bpy.types.Operator):
    """Bring the people of a file of 4D-Humans in as a capture, in the background"""

    bl_idname = "ghostcap.start_import"
    bl_label = "Import 4D-Humans Tracks"
    bl_options = {"INTERNAL"}
    question, answer = "Import again?", "Import Again"

    filepath: StringProperty(name="File", description="demo_*.pkl of 4D-Humans", subtype="FILE_PATH")
    video: StringProperty(name="Video", description="What it was made from", subtype="FILE_PATH", options={"SKIP_SAVE"})
    fps: FloatProperty(name="Frame Rate", min=0.0, options={"SKIP_SAVE"})
    focal_35mm: FloatProperty(name="Focal Length", min=0.0, unit="CAMERA", options={"SKIP_SAVE"})
    set_scene: BoolProperty(name="Set Scene", default=True, options={"SKIP_SAVE"})

    def begin(self) -> Job:
        """Queue the import."""
        video = str(Path(bpy.path.abspath(self.video)).absolute()) if self.video else ""
        fps = self.fps or (0.0 if video else USUAL_FPS)
        options = self.arguments(video=video, fps=fps, focal_35mm=self.focal_35mm)
        job = queue.start_import(self.source(), self.target(), options, self.set_scene)
        if fps != self.fps:
            job.warnings.append(f"The file does not tell its frame rate; {fps:g} was taken.")
        return job


_CLASSES = (GHOSTCAP_OT_start_capture, GHOSTCAP_OT_start_import)
register, unregister = bpy.utils.register_classes_factory(_CLASSES)
