# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless command, started as a render farm starts it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ghostcap
from ghostcap.tests.synthetic_capture import synthetic_track, write_synthetic_capture

pytest.importorskip("bpy")

pytestmark = pytest.mark.bpy
REPOSITORY = Path(ghostcap.__path__[0])
SCRIPT = REPOSITORY / "scripts" / "batch_export.py"
BLENDER = shutil.which("blender")


def batch(*arguments: object, dashes: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *(["--"] if dashes else []), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=120, check=False, env=_environment(environment)
    )


def _environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", **more}


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """A program in the place of the backend's Python."""
    if os.name == "nt":
        pytest.skip("a script can't stand in for a program on Windows")
    program = tmp_path / "backend python"
    stand_in = Path(__file__).with_name("stand_in_backend.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out 出's"


def video(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(name.encode())
    return path


def events(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(out: Path) -> dict:
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def files(out: Path) -> set[str]:
    return {path.name for path in out.iterdir() if path.is_file()} - {"summary.json"}


def test_captures_become_files_and_one_bad_input_does_not_stop_the_rest(tmp_path: Path, out: Path) -> None:
    """Two good captures around a missing and a damaged one: their files are made, the exit code is 1."""
    first = write_synthetic_capture(tmp_path / "a.capture", synthetic_track(frames=10), video="a.mp4")
    damaged = write_synthetic_capture(tmp_path / "b.capture", synthetic_track(frames=10), video="b.mp4")
    (damaged / "track_001.npz").write_bytes(b"PK")
    last = write_synthetic_capture(tmp_path / "c.capture", synthetic_track(frames=10), video="c.mp4")
    done = batch(first, tmp_path / "gone.mp4", damaged, last, "--out", out, "--format", "fbx,bvh")
    assert done.returncode == 1, done.stderr
    assert files(out) == {"a_001.fbx", "a_001.bvh", "c_001.fbx", "c_001.bvh"}
    assert [item["status"] for item in summary(out)["inputs"]] == ["done", "failed", "failed", "done"]
    assert "gone.mp4 does not exist" in done.stdout
    assert "track_001.npz can't be read" in done.stdout
    assert "2 of 4 done, 2 failed." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("track", "made"), [("main", {"d_001.fbx"}), ("2", {"d_002.fbx"}), ("all", {"d_001.fbx", "d_002.fbx"})]
)
def test_people_are_chosen(tmp_path: Path, out: Path, track: str, made: set[str]) -> None:
    """Main person, everybody, or one by id; with the `--` that Blender needs as well."""
    tracks = synthetic_track(frames=5), synthetic_track("stand", frames=5)
    capture = write_synthetic_capture(tmp_path / "d.capture", *tracks, video="d.mp4")
    done = batch(capture, "--out", out, "--track", track, dashes=True)
    assert done.returncode == 0, done.stderr
    assert files(out) == made


def test_unknown_person_and_empty_capture_are_told(tmp_path: Path, out: Path) -> None:
    """One line each, with what there is instead."""
    capture = write_synthetic_capture(tmp_path / "d.capture", synthetic_track(frames=5))
    empty = write_synthetic_capture(tmp_path / "e.capture")
    done = batch(capture, empty, "--out", out, "--track", "7")
    assert done.returncode == 1
    assert "has no track 7. It has: 1." in done.stdout
    assert "holds no person" in done.stdout
    assert files(out) == set()


def test_second_run_replaces_nothing_unless_told(tmp_path: Path, out: Path) -> None:
    """A clip cleaned by hand survives; --overwrite says it may go."""
    capture = write_synthetic_capture(tmp_path / "d.capture", synthetic_track(frames=5), video="d.mp4")
    out.mkdir()
    (out / "d_001.fbx").write_text("precious")
    (out / "summary.json").write_text('{"precious": true}')
    done = batch(capture, "--out", out, "--progress", "json")
    assert done.returncode == 1
    assert [event["code"] for event in events(done) if event["event"] == "error"] == ["exists", "exists"]
    assert (out / "d_001.fbx").read_text() == "precious"
    assert summary(out) == {"precious": True}
    again = batch(capture, "--out", out, "--overwrite", "--summary", tmp_path / "s.json")
    assert again.returncode == 0
    assert (out / "d_001.fbx").stat().st_size > 10_000
    assert json.loads((tmp_path / "s.json").read_text())["done"] == 1


def test_captures_with_the_same_clip_names_do_not_replace_each_other(tmp_path: Path, out: Path) -> None:
    """Two shoots called take.mp4: --overwrite is about earlier runs, not about each other."""
    one = write_synthetic_capture(tmp_path / "1" / "take.capture", synthetic_track(frames=5), video="take.mp4")
    two = write_synthetic_capture(tmp_path / "2" / "take.capture", synthetic_track(frames=5), video="take.mp4")
    assert batch(one, two, "--out", out, "--overwrite").returncode == 1
    assert [item["status"] for item in summary(out)["inputs"]] == ["done", "failed"]


@pytest.mark.parametrize(
    "arguments",
    [(), ("x.capture",), ("x", "--out", "o", "--format", "obj"), ("x", "--out", "o", "--track", "me"),
     ("x", "--out", "o", "--jobs", "0"), ("x", "--out", "o", "--target", "unrael")],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    """A script that starts us can tell its own mistake from a bad video."""
    done = batch(*arguments)
    assert done.returncode == 2
    assert "usage: batch_export.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_videos_are_captured_then_exported(tmp_path: Path, out: Path, backend: Path) -> None:
    """Videos and captures mixed, names with spaces and Chinese, one bad video: all others become files."""
    videos = [video(tmp_path, name) for name in ("one two.mp4", "bad.mp4", "三.mov")]
    capture = write_synthetic_capture(tmp_path / "d.capture", synthetic_track(frames=5), video="d.mp4")
    done = batch(*videos, capture, "--out", out, "--jobs", 2, "--backend", backend, "--progress", "json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert files(out) == {
        "one two_001.fbx", "one two_002.fbx", "三_001.fbx", "三_002.fbx", "d_001.fbx",
    }  # fmt: skip
    said = events(done)
    (error,) = [event for event in said if event["event"] == "error"]
    assert error["code"] == "not_a_video"
    assert error["video"] == str(videos[1])
    finished = {event["video"]: event for event in said if event["event"] == "done"}
    assert set(finished) == {str(videos[0]), str(videos[2]), str(capture)}
    assert Path(finished[str(videos[0])]["capture"], "capture.json").is_file()
    assert said[-1]["event"] == "summary"
    assert [item["status"] for item in said[-1]["inputs"]] == ["done", "failed", "done", "done"]


def test_video_captured_before_is_not_captured_again(tmp_path: Path, out: Path, backend: Path) -> None:
    """The long work is done once; another video under the same name is refused."""
    clip = video(tmp_path, "dance.mp4")
    assert batch(clip, "--out", out, "--format", "fbx", "--backend", backend).returncode == 0
    again = batch(clip, "--out", out, "--format", "glb", GHOSTCAP_BACKEND=str(tmp_path / "no such backend"))
    assert again.returncode == 0, again.stdout
    assert {"dance_001.fbx", "dance_001.glb"} < files(out)
    clip.write_bytes(b"another dance")
    other = batch(clip, "--out", out, "--format", "bvh", "--backend", backend)
    assert other.returncode == 1
    assert "is of another video" in other.stdout


def test_crash_of_the_backend_is_one_line(tmp_path: Path, out: Path, backend: Path) -> None:
    """Out of memory in the backend: the last thing it said, no traceback of ours."""
    done = batch(video(tmp_path, "crash.mp4"), "--out", out, "--backend", backend)
    assert done.returncode == 1
    assert "The backend ended with code 1." in done.stdout
    assert "no more memory" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_missing_backend_is_told(tmp_path: Path, out: Path) -> None:
    """What to do comes with it."""
    done = batch(video(tmp_path, "a.mp4"), "--out", out, "--backend", tmp_path / "nothing")
    assert done.returncode == 1
    assert "Name the Python of the backend's environment." in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals to press Ctrl-C")
def test_ctrl_c_stops_the_backend_and_leaves_nothing_half_written(tmp_path: Path, out: Path, backend: Path) -> None:
    """130, at once, and what was done before stays."""
    clips = [video(tmp_path, "fine.mp4"), video(tmp_path, "slow.mp4")]
    command = [sys.executable, str(SCRIPT), *map(str, clips), "--out", str(out), "--backend", str(backend)]
    with subprocess.Popen(
        [*command, "--progress", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=_environment({}),
    ) as job:  # fmt: skip
        assert job.stdout is not None
        for line in job.stdout:
            event = json.loads(line)
            if event["event"] == "stage" and event.get("video") == str(clips[1]):
                break
        job.send_signal(signal.SIGINT)
        try:
            assert job.wait(timeout=20) == 130
        finally:
            job.kill()
    assert [item["status"] for item in summary(out)["inputs"]] == ["done", "cancelled"]
    assert files(out) == {"fine_001.fbx", "fine_002.fbx"}


@pytest.mark.skipif(BLENDER is None, reason="Blender is not on PATH")
def test_real_blender_runs_the_script_from_a_checkout(tmp_path: Path, out: Path) -> None:
    """A Blender that has never heard of Ghostcap: the exit code is the script's, stdout holds the events."""
    capture = write_synthetic_capture(tmp_path / "d.capture", synthetic_track(frames=5), video="d.mp4")
    command = [str(BLENDER), "-b", "--factory-startup", "--python-exit-code", "1", "-P", str(SCRIPT), "--"]
    done = subprocess.run(
        [*command, str(capture), str(tmp_path / "gone"), "--out", str(out), "--format", "fbx,glb"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert files(out) == {"d_001.fbx", "d_001.glb"}
    assert subprocess.run([*command, "--nonsense"], capture_output=True, timeout=120, check=False).returncode == 2
