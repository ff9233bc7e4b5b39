# SPDX-License-Identifier: GPL-3.0-or-later
"""Install, update, repair, check and remove the backend; nothing is fetched without a yes."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty

from ..motion.errors import GhostcapError
from . import environments
from .environments import status
from .interrupt import Interrupt
from .jobs import queue
from .preferences import backend_folder, backend_problem, find_backend_python, named_environment
from .runs import Command, Run
from .translations.phrases import say

_ONLINE_HINT = "Blender may not use the network: allow online access in Preferences > System"

_NO_CONSENT = "Nothing is downloaded without your consent (consent=True)"


class _Work:
    """What the operators share: one thing at a time, and none while a capture uses the backend."""

    needs_network = False
    needs_backend = False
    own_only = True

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        """Says why it can't be done now."""
        reason = ""
        if cls.needs_backend and (problem := backend_problem(context)):
            reason = problem
        elif status.busy:
            reason = "The backend is being worked on"
        elif any(not job.finished for job in queue.jobs()):
            reason = "A capture is running"
        elif cls.own_only and named_environment(context):
            reason = "An environment of your own is used; clear Existing Environment first"
        elif cls.needs_network and not bpy.app.online_access:
            reason = _ONLINE_HINT
        if reason:
            cls.poll_message_set(rpt_(reason))
        return not reason

    def run(self: Any, title: str, commands: list[Command]) -> set[str]:
        """Start it; without a window, see it through."""
        try:
            run = Run(id=queue.new_id(), title=title, commands=commands, log=queue.new_log("backend"))
        except (GhostcapError, OSError) as error:
            self.report({"ERROR"}, say(str(error)))
            return {"CANCELLED"}
        status.work = run
        run.on_end = _look_again
        queue.watch(run)
        if not bpy.app.background:
            return {"FINISHED"}
        with Interrupt() as interrupt:
            queue.wait(run, lambda: interrupt.asked)
        if run.state == "done":
            self.report({"INFO"}, f"{rpt_(title)}: {rpt_('Done')}")
            return {"FINISHED"}
        self.report({"ERROR"} if run.state == "failed" else {"WARNING"}, f"{say(run.message)} {say(run.hint)}".strip())
        return {"CANCELLED"}


class _Install(_Work):
    """Asks before it downloads."""

    needs_network = True

    consent: BoolProperty(
        name="Download", description="You agree to the download", default=False, options={"SKIP_SAVE", "HIDDEN"}
    )
    torch: BoolProperty(
        name="With HMR 2.0",
        description="Also install torch, for the estimator HMR 2.0; its weights are yours to fetch",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Say how much, from where and where to."""
        self.consent = True
        return context.window_manager.invoke_props_dialog(
            self, width=460, title=self.bl_label, confirm_text=rpt_("Download and Install")
        )

    def draw(self: Any, context: bpy.types.Context) -> None:
        """The question."""
        column = self.layout.column()
        column.prop(self, "torch")
        for text in environments.describe_download(backend_folder(context), self.torch):
            column.label(text=text, translate=False)

    def execute(self: Any, context: bpy.types.Context) -> set[str]:
        """Do it, if the user has said yes."""
        if not self.consent:
            self.report({"ERROR"}, rpt_(_NO_CONSENT))
            return {"CANCELLED"}
        return self.run(self.bl_label, self.commands(context))

    def commands(self: Any, context: bpy.types.Context) -> list[Command]:
        """Make it, or go on; what is right already is left alone."""
        return environments.install_commands(backend_folder(context), torch=self.torch)


class GHOSTCAP_OT_install_backend(_Install, bpy.types.Operator):
    """Download and install what reads videos, or go on with an installation that was broken off"""

    bl_idname = "ghostcap.install_backend"
    bl_label = "Install Backend"


class GHOSTCAP_OT_update_backend(_Install, bpy.types.Operator):
    """Bring the backend's packages to the versions that this Ghostcap wants"""

    bl_idname = "ghostcap.update_backend"
    bl_label = "Update Backend"


class GHOSTCAP_OT_repair_backend(_Install, bpy.types.Operator):
    """Remove the backend and install it anew"""

    bl_idname = "ghostcap.repair_backend"
    bl_label = "Repair Backend"

    def commands(self, context: bpy.types.Context) -> list[Command]:
        """Remove, then make."""
        return environments.repair_commands(backend_folder(context), torch=self.torch)


class GHOSTCAP_OT_remove_backend(_Work, bpy.types.Operator):
    """Delete the backend's folder; captures, videos and fetched models stay"""

    bl_idname = "ghostcap.remove_backend"
    bl_label = "Remove Backend"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first."""
        message = rpt_("{:s} will be deleted.").format(str(backend_folder(context)))
        return context.window_manager.invoke_confirm(
            self, event, title="Remove the backend?", message=message, confirm_text="Remove", icon="WARNING"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Delete it."""
        return self.run("Remove Backend", environments.remove_commands(backend_folder(context)))


class GHOSTCAP_OT_fetch_models(_Work, bpy.types.Operator):
    """Download BlazePose's networks, which an environment of your own may lack"""

    bl_idname = "ghostcap.fetch_models"
    bl_label = "Fetch Models"
    needs_network = needs_backend = True
    own_only = False

    consent: BoolProperty(
        name="Download", description="You agree to the download", default=False, options={"SKIP_SAVE", "HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Say how much first."""
        self.consent = True
        message = rpt_("BlazePose's networks (Google, Apache-2.0): up to {:d} MB from PyPI.")
        return context.window_manager.invoke_confirm(
            self, event, title="Fetch models?", message=message.format(environments.MODELS_MB), confirm_text="Download"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fetch them, if the user has said yes."""
        if not self.consent:
            self.report({"ERROR"}, rpt_(_NO_CONSENT))
            return {"CANCELLED"}
        return self.run("Fetch Models", environments.fetch_commands(find_backend_python(context)))


class GHOSTCAP_OT_check_backend(_Work, bpy.types.Operator):
    """Run each part of the backend on a tiny clip"""

    bl_idname = "ghostcap.check_backend"
    bl_label = "Check Backend"
    needs_backend = True
    own_only = False

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Check it; the report is shown in the preferences."""
        return self.run("Check Backend", environments.check_commands(find_backend_python(context)))


class GHOSTCAP_OT_look_at_backend(bpy.types.Operator):
    """Find out again what state the backend is in"""

    bl_idname = "ghostcap.look_at_backend"
    bl_label = "Look at Backend"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Not while it changes."""
        return not status.busy

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask `hmr_backend.environment`, without waiting."""
        _look(context)
        return {"FINISHED"}


class GHOSTCAP_OT_cancel_backend_work(bpy.types.Operator):
    """Stop it; started again, it goes on where it was"""

    bl_idname = "ghostcap.cancel_backend_work"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs work."""
        return status.busy

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Stop it within a second."""
        if status.work is not None:
            status.work.cancel()
        return {"FINISHED"}


def _look(context: bpy.types.Context) -> None:
    folder = backend_folder(context)
    if environments.look_at(folder) in ("missing", "partial", "broken"):
        # Seen at a glance; a program need not be started for it.
        status.state = environments.look_at(folder)
        return
    look = Run(
        id=queue.new_id(), title="Look at Backend", commands=environments.state_commands(folder),
        log=queue.new_log("state"),
    )  # fmt: skip
    look.on_end = _take_state
    queue.watch(look)


def _take_state(run: Run) -> None:
    status.state = str(run.result.get("state", "unknown"))


def _look_again(run: Run) -> None:
    if "parts" in run.result:
        status.report = run.result
    _look(bpy.context)


def _look_at_start() -> None:
    _look(bpy.context)


_CLASSES: tuple[Any, ...] = (
    GHOSTCAP_OT_install_backend,
    GHOSTCAP_OT_update_backend,
    GHOSTCAP_OT_repair_backend,
    GHOSTCAP_OT_remove_backend,
    GHOSTCAP_OT_fetch_models,
    GHOSTCAP_OT_check_backend,
    GHOSTCAP_OT_look_at_backend,
    GHOSTCAP_OT_cancel_backend_work,
)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    """Register the operators, and look at the backend once Blender has started."""
    _register_classes()
    if not bpy.app.background:
        bpy.app.timers.register(_look_at_start, first_interval=1.0)


def unregister() -> None:
    """Undo `register`."""
    if bpy.app.timers.is_registered(_look_at_start):
        bpy.app.timers.unregister(_look_at_start)
    _unregister_classes()
    # Forget the last session's findings.
    status.state, status.work, status.report = "unknown", None, {}
