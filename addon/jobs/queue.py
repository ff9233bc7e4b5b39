# SPDX-License-Identifier: GPL-3.0-or-later
"""The captures and imports of this session, one running at a time; a timer listens to it between redraws."""

from __future__ import annotations

import itertools
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import bpy

from ...motion.errors import GhostcapError
from ..preferences import find_backend_python
from ..runs import Command, Run
from ..storage import user_folder
from .job import Job, Kind

LOGS_KEPT = 30
_TICK_S = 0.2
_MODULE = "ghostcap.hmr_backend"

on_finished: list[Callable[[Job], None]] = []
"""Called on the main thread with each job that is done, failed or cancelled, not when Blender closes."""
on_changed: list[Callable[[], None]] = []
"""Called on the main thread when something to be shown has changed."""

_jobs: list[Job] = []
_others: list[Run] = []
_ids = itertools.count(1)


def jobs() -> list[Job]:
    """All captures of this session that were not dismissed, oldest first."""
    return list(_jobs)


def active() -> Job | None:
    """The capture that runs."""
    return next((job for job in _jobs if job.state in ("running", "cancelling")), None)


def find_job(number: int) -> Job | None:
    """The capture with this id."""
    return next((job for job in _jobs if job.id == number), None)


def start_capture(video: Path, target: Path, options: list[str]) -> Job:
    """Queue the capture of a video into the folder `target`, named as the backend does: dance.mp4 -> dance.capture.

    options: as of `ghostcap capture`. GhostcapError when it can't be begun: no backend, no video, a capture that
    exists (without --overwrite), or one that is being made.
    """
    # Models are fetched when the backend is installed, where the user was asked; a capture fetches nothing.
    return _start("capture", video, target, ["--offline", *options])


def start_import(file: Path, target: Path, options: list[str], set_scene: bool = True) -> Job:
    """The same for a motion file of another program: demo_dance.pkl -> demo_dance.capture.

    options: as of `ghostcap import`; set_scene: as of `captures.open_capture`, once it is there.
    """
    return _start("import", file, target, options, set_scene)


def _start(kind: Kind, source: Path, target: Path, options: list[str], set_scene: bool = True) -> Job:
    python = find_backend_python(bpy.context)
    if not source.exists():
        raise GhostcapError(f"{source} does not exist.", "It may have been moved; choose it again.", "not_found")
    if target.name != f"{source.resolve().stem}.capture":
        raise GhostcapError(f"{target.name} is not a name for a capture of {source.name}.", code="usage")
    if any(job.target == target and not job.finished for job in _jobs):
        raise GhostcapError(f"{source.name} is in the queue already.", "Wait for it, or cancel it.", "busy")
    if target.exists() and "--overwrite" not in options:
        raise GhostcapError(f"{target} exists.", "Choose Overwrite, or another folder.", "exists")
    command = [python, "-m", _MODULE, kind, "--progress", "json", "--out", target.parent]
    job = Job(
        id=next(_ids),
        title=source.name,
        commands=[Command([*map(str, command), *options, "--", str(source)])],
        log=new_log(source.stem),
        kind=kind,
        source=source,
        target=target,
        set_scene=set_scene,
    )
    _jobs.append(job)
    _work()
    start_timer()
    return job


def cancel(job: Job) -> None:
    """Stop a job within a second, or take it out of the queue; what it needs to go on stays on disk."""
    job.cancel()
    _work()


def dismiss(job: Job) -> None:
    """Forget a job that is finished."""
    if job.finished and job in _jobs:
        _jobs.remove(job)


def wait(job: Run, is_cancelled: Callable[[], bool] = lambda: False) -> None:
    """Wait for a job's end, where there is no window and so no timer."""
    while not job.finished:
        if is_cancelled():
            job.cancel()
        _work()
        time.sleep(_TICK_S / 2)
    _work()


def watch(run: Run) -> None:
    """Start programs other than captures, and listen to them, too."""
    _others.append(run)
    run.start()
    start_timer()


def new_id() -> int:
    """An id no other job has."""
    return next(_ids)


def new_log(name: str) -> Path:
    """A file for a new job's log; the oldest ones are removed."""
    folder = user_folder("logs")
    old = sorted(folder.glob("*.log"), key=lambda path: path.name)
    for path in old[: max(len(old) - LOGS_KEPT + 1, 0)]:
        path.unlink(missing_ok=True)
    safe = re.sub(r"[^\w-]+", "_", name)[:40] or "job"
    # The number keeps two that begin in one second apart.
    return folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{next(_ids):03d}-{safe}.log"


def start_timer() -> None:
    """Listen; the timer ends by itself when nothing is left to listen to."""
    if not bpy.app.timers.is_registered(_tick):
        # Persistent: another file being opened does not stop it.
        bpy.app.timers.register(_tick, first_interval=_TICK_S, persistent=True)


def _tick() -> float | None:
    try:
        _work()
    except Exception:  # noqa: BLE001 - one listener's mistake must not leave jobs that nobody listens to
        traceback.print_exc()
    busy = any(not run.finished for run in (*_jobs, *_others))
    return _TICK_S if busy else None


def _work() -> None:
    """One look at everything that runs; never waits."""
    # Copies: listeners may start and dismiss jobs.
    changed = any([*map(_listen_to_other, tuple(_others)), *map(_listen_to_job, tuple(_jobs))])
    waiting = next((job for job in _jobs if job.state == "waiting"), None)
    if waiting is not None and active() is None:
        waiting.start()
        changed = True
    if changed:
        for callback in tuple(on_changed):
            callback()


def _listen_to_job(job: Job) -> bool:
    changed = not job.finished and job.poll()
    if not job.finished or job.told:
        return changed
    job.told = True
    for callback in tuple(on_finished):
        callback(job)
    return True


def _listen_to_other(run: Run) -> bool:
    changed = run.poll()
    if run.finished:
        _others.remove(run)
        if run.on_end is not None:
            run.on_end(run)
    return changed or run.finished


def register() -> None:
    """Nothing runs yet."""


def unregister() -> None:
    """Stop everything, and wait for its end: about a second at most."""
    for run in (*_jobs, *_others):
        # All are asked first, so that they end together.
        run.cancel()
    for run in (*_jobs, *_others):
        run.stop_now()
    _jobs.clear()
    _others.clear()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
