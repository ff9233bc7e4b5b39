# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures and imports in the background: started, queued, cancelled, told about.

The .blend file knows nothing of them.

job = jobs.start_capture(video, target, ["--height", "1.8"])
jobs.on_finished.append(lambda job: ...)
jobs.cancel(job)
"""

from __future__ import annotations

from ..runs import State
from . import display, operators, queue, start
from .job import Job
from .queue import active, cancel, dismiss, find_job, jobs, on_finished, start_capture, start_import, wait

__all__ = [
    "Job",
    "State",
    "active",
    "cancel",
    "dismiss",
    "find_job",
    "jobs",
    "on_finished",
    "start_capture",
    "start_import",
    "wait",
]


def register() -> None:
    """Make jobs possible."""
    start.register()
    operators.register()
    display.register()
    queue.register()


def unregister() -> None:
    """Stop all jobs; what they need to go on stays on disk."""
    queue.unregister()
    display.unregister()
    operators.unregister()
    start.unregister()
