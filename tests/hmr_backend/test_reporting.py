# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs and people read while a job runs."""

from __future__ import annotations

import io
import json
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ghostcap.hmr_backend.children import run_child
from ghostcap.hmr_backend.interrupts import Interrupt, interruptible
from ghostcap.hmr_backend.progress import Cancelled
from ghostcap.hmr_backend.reporting import TITLES, JsonLines, ProgressBar
from ghostcap.motion.errors import GhostcapError


def test_line_protocol() -> None:
    """The add-on reads these lines: one JSON object each, names as the design says, ASCII even for Chinese paths."""
    stream = io.StringIO()
    outlet = JsonLines(Interrupt(), stream)
    outlet.stage("track", 2, 6)
    for done in range(1, 901):
        outlet.progress(done, 900)
    outlet.warning("跳舞.mp4 is damaged")
    outlet.done(capture="C:\\跳舞.capture")
    outlet.error(GhostcapError("Nobody.", "Look again.", "no_person"))
    text = stream.getvalue()
    assert text.isascii()
    events = [json.loads(line) for line in text.splitlines()]
    assert events[0] == {"event": "stage", "stage": "track", "index": 2, "of": 6}
    progress = [event for event in events if event["event"] == "progress"]
    assert set(progress[0]) == {"event", "stage", "done", "total", "fps", "eta_s"}
    assert progress[-1]["done"] == 900
    assert len(progress) < 100
    assert events[-3:] == [
        {"event": "warning", "message": "跳舞.mp4 is damaged"},
        {"event": "done", "capture": "C:\\跳舞.capture"},
        {"event": "error", "code": "no_person", "message": "Nobody.", "hint": "Look again."},
    ]


def test_bar_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets a line for each stage, no control characters and not a line for each frame."""
    stream = io.StringIO()
    outlet = ProgressBar(Interrupt(), Console(file=stream, force_terminal=False))
    outlet.stage("track", 2, 6)
    for done in range(1, 901):
        outlet.progress(done, 900)
    outlet.error(GhostcapError("[bold] is\nno markup.", "Look again."), "a.mp4")
    outlet.done(capture="dance.capture", files=["a.fbx", "b.fbx"])
    lines = stream.getvalue().splitlines()
    assert lines[0] == "[2/6] Following people"
    assert lines[-1] == "error: a.mp4: [bold] is no markup. Look again."
    assert len(lines) <= 3
    assert "\x1b" not in stream.getvalue()
    assert capsys.readouterr().out == "capture: dance.capture\nfiles: a.fbx\nfiles: b.fbx\n"


def test_what_there_is_none_of_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody understands "video: None" as: there is no film."""
    ProgressBar(Interrupt(), Console(file=io.StringIO())).done(report="report.html", video=None)
    assert capsys.readouterr().out == "report: report.html\n"


def test_who_asks_for_chinese_reads_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """Every stage and every line round a Chinese finding."""
    stream = io.StringIO()
    outlet = ProgressBar(Interrupt(), Console(file=stream, force_terminal=False, width=200))
    outlet.speak("zh")
    for stage in TITLES:
        outlet.stage(stage, 1, 2)
    outlet.done(report="a.html", score=60.0, video="a.mp4", findings=["把它伸直。"])
    lines = [*stream.getvalue().splitlines(), *capsys.readouterr().out.splitlines()]
    assert len(lines) == len(TITLES) + 4
    assert all(ord(line.split(": ")[0][-1]) > 0x4E00 for line in lines)


def test_bar_on_a_terminal() -> None:
    """Stage, frames and speed are to be seen, and the terminal is left in order."""
    stream = io.StringIO()
    outlet = ProgressBar(Interrupt(), Console(file=stream, force_terminal=True, width=120))
    outlet.stage("fit", 4, 6)
    outlet.progress(1, 50)
    outlet.progress(50, 50)
    outlet.warning("careful")
    outlet.close()
    text = stream.getvalue()
    assert "Fitting the body" in text
    assert "50/50" in text
    assert "warning: careful" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")


def test_first_interrupt_waits_for_the_frame_and_the_second_does_not() -> None:
    """Ctrl-C once ends at the next frame; twice at once; afterwards Python's own handler is back."""
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as interrupt:
        outlet = JsonLines(interrupt, io.StringIO())
        outlet.progress(1, 2)
        signal.raise_signal(signal.SIGINT)
        assert interrupt.requested
        with pytest.raises(Cancelled):
            outlet.progress(2, 2)
        with pytest.raises(Cancelled):
            outlet.stage("fit", 4, 6)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_child_that_chats_and_fails(tmp_path: Path) -> None:
    """Blender prints a lot that is no event: it is kept for the one who looks, and a failure's log is named."""
    script = tmp_path / "chat.py"
    script.write_text(
        "import sys\nprint('Blender 5.2')\n"
        'print(\'{"event": "stage", "stage": "export", "index": 1, "of": 1}\')\n'
        "print('{no json')\nprint('last words', file=sys.stderr)\nsys.exit(3)\n"
    )
    heard: list[dict] = []
    result = run_child([sys.executable, script], heard.append, lambda: None)
    assert result.returncode == 3
    assert [event["stage"] for event in heard] == ["export"]
    assert result.log is not None
    text = result.log.read_text()
    assert "Blender 5.2" in text
    assert "{no json" in text
    assert "last words" in text
    result.log.unlink()


def test_child_is_stopped_with_us(tmp_path: Path) -> None:
    """Cancelled while Blender works: Blender ends too, and its log goes."""
    script = tmp_path / "slow.py"
    script.write_text(
        'import time, pathlib\nprint(\'{"event": "note", "message": "ready"}\', flush=True)\n'
        f"try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    pathlib.Path({str(tmp_path / 'ended')!r}).touch()\n"
    )
    heard: list[dict] = []

    def check() -> None:
        if heard:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_child([sys.executable, script], heard.append, check)
    if sys.platform != "win32":
        assert (tmp_path / "ended").exists()


def test_program_that_is_not_there(tmp_path: Path) -> None:
    """A path that went stale."""
    with pytest.raises(GhostcapError) as caught:
        run_child([tmp_path / "blender"], lambda _event: None, lambda: None)
    assert caught.value.code == "no_program"
