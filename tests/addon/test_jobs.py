# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures in the background, as a user's clicks and a script's calls start, stop and follow them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from ghostcap import addon
from ghostcap.addon import jobs, problems, programs
from ghostcap.addon.jobs import queue, stages
from ghostcap.addon.process_tree import list_tree
from ghostcap.motion.errors import GhostcapError

pytestmark = pytest.mark.bpy
PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def registered(context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The add-on, with a user's files of its own."""
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path / "resources"))
    addon.register()
    yield
    addon.unregister()


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of the backend's Python."""
    if os.name == "nt":
        pytest.skip("a script can't stand in for a program on Windows")
    program = tmp_path / "backend python"
    stand_in = Path(__file__).with_name("stand_in_capture.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(program))
    return program


@pytest.fixture
def begin(backend: Path, tmp_path: Path) -> Callable[..., jobs.Job]:
    """Begins a capture of a video of that name, in a folder with an awkward name."""
    folder = tmp_path / "O'Hara 舞 videos"
    folder.mkdir()

    def begin_capture(name: str, *options: str) -> jobs.Job:
        video = folder / f"{name}.mp4"
        video.write_bytes(name.encode())
        return jobs.start_capture(video, folder / f"{name}.capture", list(options))

    return begin_capture


def listen_until(condition: Callable[[], Any], patience: float = PATIENCE_S) -> None:
    """What the timer does while a window is open."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, [(job.title, job.state, job.message) for job in jobs.jobs()]
        queue._tick()
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    return bool(list_tree(process))


def test_a_capture_tells_its_progress_and_ends_with_the_capture(begin: Callable[..., jobs.Job]) -> None:
    """The panel shows stage, frames, frames a second and the time left; in the end the capture is there."""
    job = begin("dance", "--height", "1.8")
    listen_until(lambda: job.done > 3)
    assert (job.state, job.stage, job.stage_index, job.stages, job.total) == ("running", "track", 2, 6, 20)
    assert job.fps > 0
    assert stages.title_of(job) == "Following people (2/6)"
    assert "/20, 50.0 fps, 0:01 left" in stages.progress_of(job)
    listen_until(lambda: job.finished)
    assert job.state == "done"
    assert job.capture == job.target
    assert (job.target / "capture.json").is_file()


def test_the_log_holds_all_that_was_said(begin: Callable[..., jobs.Job]) -> None:
    """A support request needs the command, the libraries' complaints and how it ended."""
    job = begin("dance")
    listen_until(lambda: job.finished)
    text = job.log.read_text(encoding="utf-8")
    for part in ("-m ghostcap.hmr_backend capture", "speaks on stdout", "speaks on stderr", "Exit code 0"):
        assert part in text
    assert '"progress"' not in text, "hundreds of lines that say nothing"


def test_jobs_queue_and_run_one_after_the_other(begin: Callable[..., jobs.Job]) -> None:
    """Ten dropped videos must not fight for the processor; one that waits can be taken out."""
    first, second, third = begin("dance"), begin("walk"), begin("run")
    assert (second.state, third.state) == ("waiting", "waiting")
    jobs.cancel(second)
    assert second.state == "cancelled"
    listen_until(lambda: third.state == "running")
    assert first.state == "done"
    listen_until(lambda: third.finished)
    assert [job.state for job in jobs.jobs()] == ["done", "cancelled", "done"]
    assert not second.target.exists()


def test_everybody_who_listens_is_told_once_of_each_end(begin: Callable[..., jobs.Job]) -> None:
    """The capture is loaded into the scene once; a failed one is told, too."""
    told: list[tuple[str, str]] = []

    def listen(job: jobs.Job) -> None:
        told.append((job.title, job.state))

    jobs.on_finished.append(listen)
    try:
        good, bad = begin("dance"), begin("nobody")
        listen_until(lambda: good.finished and bad.finished and len(told) == 2)
        queue._tick()
        assert told == [("dance.mp4", "done"), ("nobody.mp4", "failed")]
    finally:
        jobs.on_finished.remove(listen)


def test_one_listeners_mistake_does_not_leave_jobs_unheard(
    begin: Callable[..., jobs.Job], capfd: pytest.CaptureFixture[str]
) -> None:
    """Another add-on's callback may raise; the next job in the queue runs all the same."""

    def stumble(_job: jobs.Job) -> None:
        raise RuntimeError("a mistake")

    jobs.on_finished.append(stumble)
    try:
        begin("dance")
        second = begin("walk")
        listen_until(lambda: second.finished)
    finally:
        jobs.on_finished.remove(stumble)
    assert second.state == "done"
    assert "a mistake" in capfd.readouterr().err


def test_a_cancelled_capture_goes_on_where_it_was(begin: Callable[..., jobs.Job]) -> None:
    """Cancel keeps what was found; the next run begins there."""
    job = begin("long")
    listen_until(lambda: job.done > 2)
    jobs.cancel(job)
    assert job.state == "cancelling"
    listen_until(lambda: job.finished)
    assert job.state == "cancelled"
    assert not job.target.exists()
    again = begin("long")
    listen_until(lambda: again.notes)
    assert again.notes == [f"going on at frame {job.done}"]


def test_cancel_ends_the_whole_tree_of_one_that_does_not_listen(begin: Callable[..., jobs.Job]) -> None:
    """No process is left eating the machine, not even a child in a group of its own."""
    job = begin("stubborn")
    listen_until(lambda: job.done > 1)
    tree = [*list_tree(job.pid or 0)]
    child = int((job.target.parent / f"{job.target.name}.part" / "child").read_text())
    assert child in tree
    assert len(tree) == 2
    jobs.cancel(job)
    listen_until(lambda: job.finished)
    assert job.state == "cancelled"
    assert not [process for process in tree if is_alive(process)]


def test_a_backend_killed_from_outside_is_told(begin: Callable[..., jobs.Job]) -> None:
    """The system ends programs when memory is short; the user learns it, and what to do."""
    job = begin("long")
    listen_until(lambda: job.done > 1)
    os.kill(job.pid or 0, signal.SIGKILL)
    listen_until(lambda: job.finished)
    assert job.state == "failed"
    assert "from outside" in job.message
    assert "goes on where it was" in job.hint


def test_a_crash_without_a_word_is_told_with_its_code(begin: Callable[..., jobs.Job]) -> None:
    """A native library that takes the process along leaves only an exit code."""
    job = begin("crash")
    listen_until(lambda: job.finished)
    assert (job.state, job.code) == ("failed", "backend_failed")
    assert "code 3" in job.message


def test_the_backends_own_error_reaches_the_user(begin: Callable[..., jobs.Job]) -> None:
    """Message, hint and code as the backend said them."""
    job = begin("nobody")
    listen_until(lambda: job.finished)
    assert (job.state, job.code, job.hint) == ("failed", "no_person", "More light.")
    assert "Nobody was found" in job.message


def test_opening_another_file_leaves_the_capture_running(begin: Callable[..., jobs.Job]) -> None:
    """A capture takes minutes; the animator goes on with other scenes."""
    job = begin("dance")
    listen_until(lambda: job.done > 1)
    bpy.ops.wm.read_homefile(use_empty=True)
    assert bpy.app.timers.is_registered(queue._tick)
    assert jobs.find_job(job.id) is job
    listen_until(lambda: job.finished)
    assert job.state == "done"


def test_a_blend_file_knows_nothing_of_jobs(begin: Callable[..., jobs.Job], tmp_path: Path) -> None:
    """A file opened elsewhere must not believe that something runs."""
    job = begin("long")
    listen_until(lambda: job.done > 1)
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)
    assert b"long.mp4" not in path.read_bytes()


def test_switching_the_add_on_off_stops_everything(begin: Callable[..., jobs.Job]) -> None:
    """Neither processes nor timers stay behind; what was found stays on disk."""
    job, waiting = begin("stubborn"), begin("dance")
    listen_until(lambda: job.done > 1)
    tree = [*list_tree(job.pid or 0)]
    addon.unregister()
    try:
        assert not [process for process in tree if is_alive(process)]
        assert not bpy.app.timers.is_registered(queue._tick)
        assert (job.state, waiting.state, jobs.jobs()) == ("cancelled", "cancelled", [])
        assert (job.target.parent / f"{job.target.name}.part" / "seen").is_file()
    finally:
        addon.register()


def test_a_blender_that_closes_takes_the_backend_along(backend: Path, tmp_path: Path) -> None:
    """Quitting, or a script's end, leaves no process behind."""
    video = tmp_path / "stubborn.mp4"
    video.write_bytes(b"")
    script = (
        "import sys, time; from pathlib import Path; import bpy; from ghostcap import addon; addon.register();"
        "from ghostcap.addon import jobs; from ghostcap.addon.jobs import queue;"
        "video = Path(sys.argv[1]); job = jobs.start_capture(video, video.with_suffix('.capture'), []);"
        "exec('while job.done < 2: queue._tick(); time.sleep(0.02)');"
        "from ghostcap.addon.process_tree import list_tree; print(*list_tree(job.pid), flush=True);"
        # Blender's module may hang in its own end, after Python's handlers have run.
        "import atexit, os; atexit._run_exitfuncs(); os._exit(0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(video)], capture_output=True, text=True, timeout=60, check=True
    )
    tree = [int(text) for text in answer.stdout.splitlines()[-1].split()]
    assert len(tree) == 2
    assert not [process for process in tree if is_alive(process)]


def test_what_can_not_be_captured_is_refused_with_the_reason(begin: Callable[..., jobs.Job], tmp_path: Path) -> None:
    """A missing video, a capture that exists, a video that is being captured: each told before anything runs."""
    with pytest.raises(GhostcapError, match=r"gone\.mp4 does not exist"):
        jobs.start_capture(tmp_path / "gone.mp4", tmp_path / "gone.capture", [])
    job = begin("dance")
    with pytest.raises(GhostcapError, match="in the queue already"):
        begin("dance")
    listen_until(lambda: job.finished)
    with pytest.raises(GhostcapError, match="exists"):
        begin("dance")
    again = begin("dance", "--overwrite")
    listen_until(lambda: again.finished)
    assert again.state == "done"


def test_without_a_backend_the_button_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What can't be done yet is greyed; a script gets the reason as an error."""
    monkeypatch.setenv("GHOSTCAP_BACKEND", str(tmp_path / "nothing"))
    assert not bpy.ops.ghostcap.start_capture.poll()
    with pytest.raises(RuntimeError, match="not installed"):
        bpy.ops.ghostcap.start_capture(filepath=str(tmp_path / "dance.mp4"))


def test_a_backend_that_can_not_be_started_fails_the_job(begin: Callable[..., jobs.Job], backend: Path) -> None:
    """An environment whose Python was deleted in between, or is no program."""
    backend.chmod(0o644)
    job = begin("dance")
    assert job.state == "failed"
    assert "can't be started" in job.message


def test_a_script_captures_and_waits(backend: Path, tmp_path: Path) -> None:
    """Without a window the operator returns when the capture is there."""
    video = tmp_path / "dance.mp4"
    video.write_bytes(b"")
    result = bpy.ops.ghostcap.start_capture(filepath=str(video), out=str(tmp_path / "out"), height=1.8)
    assert result == {"FINISHED"}
    assert (tmp_path / "out" / "dance.capture" / "capture.json").is_file()
    assert "--height 1.8 " in jobs.jobs()[-1].log.read_text(encoding="utf-8")
    with pytest.raises(RuntimeError, match="exists"):
        bpy.ops.ghostcap.start_capture(filepath=str(video), out=str(tmp_path / "out"))
    assert bpy.ops.ghostcap.start_capture(filepath=str(video), out=str(tmp_path / "out"), overwrite=True) == {
        "FINISHED"
    }


def test_the_other_buttons_work_from_a_script(begin: Callable[..., jobs.Job]) -> None:
    """Log, cancel and dismiss, by the job's number or for the newest."""
    job = begin("long")
    listen_until(lambda: job.done > 1)
    assert bpy.ops.ghostcap.show_log(job=job.id) == {"FINISHED"}
    assert bpy.ops.ghostcap.cancel_job() == {"FINISHED"}
    listen_until(lambda: job.finished)
    assert bpy.ops.ghostcap.report_job(job=job.id) == {"FINISHED"}
    assert bpy.ops.ghostcap.dismiss_job(job=job.id) == {"FINISHED"}
    assert jobs.jobs() == []
    assert not bpy.ops.ghostcap.cancel_job.poll()
    assert bpy.ops.ghostcap.show_log() == {"CANCELLED"}


def test_logs_do_not_pile_up(tmp_path: Path) -> None:
    """A year of captures leaves a folder with the newest logs only."""
    assert queue.new_log("dance").is_relative_to(tmp_path)
    paths: list[Path] = []
    for number in range(queue.LOGS_KEPT + 5):
        paths.append(queue.new_log(f"dance {number}"))
        paths[-1].write_text("")
    assert len(list(paths[-1].parent.glob("*.log"))) == queue.LOGS_KEPT
    assert paths[-1].is_file()


def test_a_flood_of_output_does_not_hold_up_the_window(tmp_path: Path) -> None:
    """Each look at a program takes in a limited part of what it has said."""
    flood = 'import sys; [print(\'{"event": "note", "message": "x"}\') for _ in range(5000)]'
    program = programs.Program([sys.executable, "-c", flood], tmp_path / "log")
    sizes = []
    while program.poll() is None:
        sizes.append(len(program.take_events()))
    assert sum(sizes) == 5000
    assert max(sizes) <= 200


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (4.2, "0:05"), (75.2, "1:16"), (3700, "1:01:40")])
def test_the_time_left_reads_as_a_clock(seconds: float, text: str) -> None:
    assert stages.format_time(seconds) == text


def test_long_sentences_are_broken_into_lines() -> None:
    """Labels do not wrap; a path is broken where it has to be, Chinese characters are twice as wide."""
    path = "/a/very/long/folder/without/any/space/at/all.pkl"
    lines = problems.break_lines(f"{path} can't be read.", 20)
    assert all(len(line) <= 20 for line in lines)
    assert "".join(lines).replace(" ", "") == f"{path} can't be read.".replace(" ", "")
    chinese = "没有 SMPL 人体模型（见 weights）；改用相同骨骼长度的假人。"  # noqa: RUF001 - Chinese
    lines = problems.break_lines(chinese, 30)
    assert "".join(lines).replace(" ", "") == chinese.replace(" ", "")
    assert all(len(line) + len(re.findall("[^\x00-\x7f]", line)) <= 30 for line in lines)
    assert not any(line[0] in "，。：；）、" for line in lines)  # noqa: RUF001 - Chinese
    assert not any(line.endswith("（") for line in lines)  # noqa: RUF001 - Chinese
    assert problems.break_lines("", 30) == []
