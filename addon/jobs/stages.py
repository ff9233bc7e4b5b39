# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user reads of a job: the stage's name, how far it is, the time left."""

from __future__ import annotations

from bpy.app.translations import pgettext_rpt as rpt_

from ..runs import Run

# The literal strings are what translations are looked up by.
TITLES = {
    "create": "Making the environment",
    "install": "Installing packages",
    "check": "Checking",
    "fetch": "Fetching models",
    "open": "Opening the file",
    "track": "Following people",
    "clean": "Joining tracks",
    "fit": "Fitting the body",
    "ground": "Finding the ground",
    "smooth": "Smoothing",
    "write": "Writing the capture",
}


def title_of(run: Run) -> str:
    """Where a job is, in words."""
    match run.state:
        case "waiting":
            return rpt_("Waiting")
        case "cancelling":
            return rpt_("Cancelling")
        case "running":
            name = rpt_(TITLES.get(run.stage, run.stage)) if run.stage else rpt_("Starting")
            return f"{name} ({run.stage_index}/{run.stages})" if run.stages else name
        case "done":
            return rpt_("Done")
        case "failed":
            return rpt_("Failed")
        case _:
            return rpt_("Cancelled")


def progress_of(run: Run) -> str:
    """So much of so much, how fast, and the time left; empty when there is nothing to count."""
    if run.total <= 0:
        return ""
    unit = run.unit if run.unit == "MB" else ""
    parts = [f"{run.done}/{run.total} {unit}".strip()]
    if run.fps > 0:
        parts.append(rpt_("{:.1f} fps").format(run.fps))
        if run.done < run.total:
            parts.append(rpt_("{:s} left").format(format_time(run.eta_s)))
    return ", ".join(parts)


def format_time(seconds: float) -> str:
    """75.2 -> "1:16": minutes and seconds, rounded up."""
    whole = int(-(-max(seconds, 0.0) // 1))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
