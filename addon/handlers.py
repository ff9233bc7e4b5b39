# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens by itself: after Undo and Redo, after a file was opened, after a capture is done."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..motion.errors import GhostcapError
from . import captures, jobs
from .importing import load_capture


@persistent
def _after_undo(scene: bpy.types.Scene, *_: Any) -> None:
    captures.undo_edits(scene)


@persistent
def _after_load(*_: Any) -> None:
    captures.sync_all()


def is_background() -> bool:
    """Whether a script waits for its jobs, and takes what they made itself."""
    return bpy.app.background


def _after_job(job: jobs.Job) -> None:
    """Open what was captured, so that its people stand in the list."""
    if job.capture is None or is_background():
        return
    try:
        load_capture(bpy.context, job.capture, job.set_scene)
        bpy.ops.ed.undo_push(message="Capture Video" if job.kind == "capture" else "Import 4D-Humans Tracks")
    except GhostcapError as error:
        job.message, job.hint = error.message, error.hint


_HANDLERS = (
    (bpy.app.handlers.undo_post, _after_undo),
    (bpy.app.handlers.redo_post, _after_undo),
    (bpy.app.handlers.load_post, _after_load),
)


def register() -> None:
    """Listen."""
    for handlers, handler in _HANDLERS:
        handlers.append(handler)
    jobs.on_finished.append(_after_job)


def unregister() -> None:
    """Undo `register`."""
    for handlers, handler in _HANDLERS:
        handlers.remove(handler)
    if _after_job in jobs.on_finished:
        jobs.on_finished.remove(_after_job)
