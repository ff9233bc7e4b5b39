# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user gets who gives `ghostcap capture` something it can't use: one clear line, exit code, nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from ghostcap.hmr_backend.preview import encode_video, write_picture
from ghostcap.hmr_backend.workspace import reserve

COMMAND = [sys.executable, "-m", "ghostcap.hmr_backend"]


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The real command, as a user starts it."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
        check=False,
    )


def expect_error(result: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """The one line a failed command says; fails on tracebacks and on more than one error."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, result.stderr
    return lines[0]


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def blank_clip(path: Path, frames: int = 6, size: tuple[int, int] = (160, 120)) -> Path:
    """A clip that shows nobody."""
    image = np.full((size[1], size[0], 3), 128, np.uint8)
    encode_video(path, [image] * frames, 25.0)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [("text.mp4", b"not a video at all\n" * 50), ("empty.mp4", b""), ("noise.mov", bytes(range(256)) * 40)],
)
def test_not_a_video(tmp_path: Path, name: str, content: bytes) -> None:
    """The line names the file; no folder is left behind."""
    path = tmp_path / name
    path.write_bytes(content)
    assert name in expect_error(run("capture", path))
    assert names_in(tmp_path) == [name]


def test_missing_file(tmp_path: Path) -> None:
    """A slip in the name is said, not shown as a traceback of the decoder."""
    assert "nowhere.mp4" in expect_error(run("capture", tmp_path / "nowhere.mp4"))
    assert names_in(tmp_path) == []


def test_truncated_before_its_index(tmp_path: Path, walk: Path) -> None:
    """Half an MP4 without its table of contents can't be read, and says so."""
    path = tmp_path / "half.mp4"
    data = walk.read_bytes()
    # Fast start puts the index first; cut within it.
    path.write_bytes(data[: data.index(b"moov") + 200])
    assert "half.mp4" in expect_error(run("capture", path))
    assert names_in(tmp_path) == ["half.mp4"]


def test_zero_frames(tmp_path: Path) -> None:
    """A video without a single picture."""
    path = tmp_path / "none.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    assert "none.mp4" in expect_error(run("capture", path))
    assert names_in(tmp_path) == ["none.mp4"]


def test_sound_only(tmp_path: Path) -> None:
    """A song in place of a video."""
    import wave

    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    assert "song.wav" in expect_error(run("capture", path))


def test_part_that_the_video_does_not_have(tmp_path: Path, walk: Path) -> None:
    """--start behind the end."""
    assert "walk.mp4" in expect_error(run("capture", walk, "--start", "1:00", "--out", tmp_path / "out"))
    assert names_in(tmp_path) == []


def test_nobody_in_the_clip(tmp_path: Path, models: None) -> None:
    """No empty capture that fails later in Blender."""
    clip = blank_clip(tmp_path / "empty room.mp4")
    assert "Nobody was found" in expect_error(run("capture", clip, "--offline"))
    assert names_in(tmp_path) == [clip.name]
    result = run("capture", clip, "--offline", "--progress", "json")
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["event"], last["code"], result.returncode) == ("error", "no_person", 1)
    assert last["hint"]


def test_models_missing_offline(tmp_path: Path, walk: Path) -> None:
    """Without network and models, the line says what is missing; nothing is tried on the network."""
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "GHOSTCAP_CACHE")}
    result = run("capture", walk, "--offline", "--out", tmp_path / "out", environment=home)
    assert "offline" in expect_error(result).lower()
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("arguments", [[], ["--fps", "0"], ["--height", "tall"], ["--jobs", "0"], ["--start", "-3"]])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    """Wrong usage is exit code 2, whatever the file."""
    videos = [str(tmp_path / "a.mp4")] if arguments else []
    result = run("capture", *videos, *arguments)
    assert result.returncode == 2
    assert "usage: ghostcap capture" in result.stderr


def test_output_folder_that_is_a_file(tmp_path: Path, walk: Path) -> None:
    """A file where the folder should be, as a read-only place that no user may write to."""
    blocked = tmp_path / "out"
    blocked.write_text("mine")
    assert "out" in expect_error(run("capture", walk, "--out", blocked))
    assert blocked.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder nobody can write to, root included: Linux only")
def test_output_folder_that_nobody_can_write_to(walk: Path) -> None:
    """A read-only place."""
    assert "/proc" in expect_error(run("capture", walk, "--out", "/proc/ghostcap"))


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes stand in for a full disk: POSIX only")
def test_full_disk(tmp_path: Path, walk: Path, models: None) -> None:
    """A disk that fills up half-way: said so, and no half a capture."""
    out = tmp_path / "out"
    command = [*COMMAND, "capture", str(walk), "--offline", "--out", str(out)]
    # `ulimit -f` counts blocks of 512 or 1024 bytes: tracking fits into 100 kB or so, the body does not.
    shell = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh", *command]
    result = subprocess.run(shell, capture_output=True, text=True, timeout=120, check=False)
    assert "full" in expect_error(result)
    assert not (out / "walk.capture").exists()
    assert not list(out.rglob("*.tmp*"))
    again = run("capture", walk, "--offline", "--out", out)
    assert again.returncode == 0, again.stderr
    assert names_in(out) == ["walk.capture"]


def test_existing_capture_is_kept(tmp_path: Path, walk: Path) -> None:
    """Hours of hand work in a capture must not vanish."""
    target = tmp_path / "walk.capture"
    target.mkdir()
    (target / "capture.json").write_text("{}")
    result = run("capture", walk, "--out", tmp_path, "--progress", "json")
    last = json.loads(result.stdout.splitlines()[-1])
    assert (result.returncode, last["event"], last["code"]) == (1, "error", "exists")
    assert "--overwrite" in last["hint"]
    assert (target / "capture.json").read_text() == "{}"


def test_damaged_capture(tmp_path: Path) -> None:
    """`ghostcap tracks` of a folder that is none, and of a broken one."""
    assert "capture.json is missing" in expect_error(run("tracks", tmp_path))
    (tmp_path / "capture.json").write_text('{"format_version": 1}')
    assert "damaged" in expect_error(run("tracks", tmp_path))
    assert "does not exist" in expect_error(run("tracks", tmp_path / "no"))


def test_one_bad_video_does_not_stop_the_rest(tmp_path: Path, walk: Path, models: None) -> None:
    """A night's batch: two at a time, one broken."""
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no")
    result = run("capture", bad, walk, "--out", tmp_path / "out", "--jobs", "2", "--offline")
    assert "bad.mp4" in expect_error(result)
    assert "1 of 2 videos done" in result.stderr
    assert names_in(tmp_path / "out") == ["walk.capture"]


def test_unexpected_errors_leave_their_traceback_in_a_file(tmp_path: Path, walk: Path) -> None:
    """Our own mistakes: a line for the user, the rest in a file that is named."""
    script = (
        "import sys; from ghostcap.hmr_backend import cli; from ghostcap.hmr_backend.commands import capture\n"
        "def broken(*_): raise ZeroDivisionError('by design')\n"
        "capture.run = broken; sys.exit(cli.main(sys.argv[1:]))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", script, "capture", str(walk)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    line = expect_error(result)
    (log,) = tmp_path.glob("ghostcap-*.log")
    assert str(log) in line
    assert "by design" in log.read_text()
    assert "Traceback" in log.read_text()


def test_a_picture_of_nobody(tmp_path: Path, models: None) -> None:
    """A picture works as a video of one frame, up to the person."""
    write_picture(tmp_path / "a.png", np.full((90, 121, 3), 200, np.uint8))
    assert "Nobody" in expect_error(run("capture", tmp_path / "a.png", "--offline"))


def test_two_videos_of_one_name(tmp_path: Path) -> None:
    """take.mp4 of Monday and of Tuesday must not end up in one capture."""
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "take.mp4").write_bytes(day.encode())
    videos = [tmp_path / day / "take.mp4" for day in ("monday", "tuesday")]
    result = run("capture", *videos, "--out", tmp_path / "out", "--progress", "json")
    errors = [event for event in map(json.loads, result.stdout.splitlines()) if event["event"] == "error"]
    assert [event["code"] for event in errors] == ["bad_video", "same_name"]


def test_two_at_once(tmp_path: Path) -> None:
    """Two Blenders on one capture: the second is told, and the first goes on undisturbed."""
    target = tmp_path / "dance.capture"
    with reserve(target):
        program = (
            "import sys, pathlib\n"
            "from ghostcap.hmr_backend.workspace import reserve\n"
            "try:\n"
            "    with reserve(pathlib.Path(sys.argv[1])): pass\n"
            "except Exception as error: sys.exit(error.code)\n"
        )
        other = subprocess.run([sys.executable, "-c", program, target], capture_output=True, text=True, check=False)
        assert other.stderr.strip() == "busy"
    with reserve(target):
        assert not target.exists()
