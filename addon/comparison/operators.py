# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare, and take the comparison away again."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty

from ...motion.compare.comparison import Comparison, compare_clips
from ...motion.errors import GhostcapError
from ..changes import redraw_views
from ..problems import in_words
from .choices import Sides, find_problem, read_sides
from .display import apply_athlete, show_athlete
from .listing import clear_problem, has_result
from .removal import remove_comparison
from .showing import show_comparison

_TICK_S = 0.05
_working: list[Work] = []
"""The comparison that is being made in a window; none or one."""


class Work:
    """The mathematics in a thread of its own: it touches arrays only, never Blender."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.result: Comparison | None = None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether there is a result, or an error."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.result = compare_clips(self.sides.athlete, self.sides.user, self.sides.settings)
        except Exception as error:  # noqa: BLE001 - raised again where it can be told, on the main thread
            self.error = error


def is_working() -> bool:
    """Whether a comparison is being made."""
    return bool(_working)


class GHOSTCAP_OT_compare(bpy.types.Operator):
    """Bring the athlete into step with the user, and show where they differ"""

    bl_idname = "ghostcap.compare"
    bl_label = "Compare"
    bl_options = {"REGISTER", "UNDO"}

    anyway: BoolProperty(
        name="Compare Anyway",
        description="Compare even what seems to have no motion in common",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a user and an athlete, and no other comparison being made."""
        reason = rpt_("Comparing") if is_working() else find_problem(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once, as scripts and farms want it."""
        try:
            sides = self._read(context)
            result = compare_clips(sides.athlete, sides.user, sides.settings)
            show_comparison(context, sides, result)
        except GhostcapError as error:
            return self._tell(context, error)
        return self._praise(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """In a window the mathematics runs beside it; Esc drops it."""
        if bpy.app.background:
            return self.execute(context)
        try:
            work = Work(self._read(context))
        except GhostcapError as error:
            return self._tell(context, error)
        _working.append(work)
        work.start()
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK_S, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set(rpt_("Comparing. Esc cancels"))
        redraw_views(None, context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Wait for the thread. Nothing else is let through: an undo now would pull the armatures from under it."""
        work = _working[0]
        if event.type == "ESC" and event.value == "PRESS":
            self._end(context)
            self.report({"INFO"}, rpt_("Cancelled"))
            return {"CANCELLED"}
        if not work.finished:
            return {"RUNNING_MODAL"}
        self._end(context)
        try:
            if work.error is not None:
                raise work.error
            if work.result is not None:
                show_comparison(context, work.sides, work.result)
        except GhostcapError as error:
            return self._tell(context, error)
        return self._praise(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends it, for another file or for good."""
        self._end(context)

    def _read(self, context: bpy.types.Context) -> Sides:
        comparison = context.scene.ghostcap.comparison
        clear_problem(comparison)
        # What is hidden behind the last ghost may not be evaluated.
        show_athlete(comparison)
        context.view_layer.update()
        try:
            sides = read_sides(context)
        finally:
            apply_athlete(context.scene)
        return replace(sides, settings=replace(sides.settings, anyway=self.anyway))

    def _end(self, context: bpy.types.Context) -> None:
        _working.clear()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        redraw_views(None, context)

    def _tell(self, context: bpy.types.Context, error: GhostcapError) -> set[str]:
        comparison = context.scene.ghostcap.comparison
        comparison.problem, comparison.problem_hint = error.message, error.hint
        comparison.problem_code = error.code
        self.report({"ERROR"}, in_words(error))
        return {"CANCELLED"}

    def _praise(self, context: bpy.types.Context) -> set[str]:
        comparison: Any = context.scene.ghostcap.comparison
        if comparison.problem:
            self.report({"WARNING"}, in_words(GhostcapError(comparison.problem, comparison.problem_hint)))
        self.report(
            {"INFO"}, rpt_("Score {:.0f} of 100; to work on: {:d}").format(comparison.score, len(comparison.findings))
        )
        return {"FINISHED"}


class GHOSTCAP_OT_remove_comparison(bpy.types.Operator):
    """Take the ghost and all colours, arrows and numbers away; the user's armature is as it was before"""

    bl_idname = "ghostcap.remove_comparison"
    bl_label = "Remove Comparison"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a comparison."""
        if not has_result(context.scene.ghostcap.comparison):
            cls.poll_message_set(rpt_("There is no comparison in this scene"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove it."""
        remove_comparison(context.scene)
        return {"FINISHED"}


_CLASSES = (GHOSTCAP_OT_compare, GHOSTCAP_OT_remove_comparison)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    """Add the operators."""
    _register_classes()


def unregister() -> None:
    """Undo `register`; a comparison that is being made is dropped."""
    _working.clear()
    _unregister_classes()
