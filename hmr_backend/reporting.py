# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command talks: a progress bar for people, one JSON object a line for programs."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..motion.errors import GhostcapError
from .interrupts import Interrupt
from .progress import Reporter

TITLES = {
    "install": "Installing",
    "fetch": "Fetching models",
    "open": "Opening the video",
    "track": "Following people",
    "clean": "Joining tracks",
    "fit": "Fitting the body",
    "ground": "Finding the ground",
    "smooth": "Smoothing",
    "write": "Writing the capture",
    "preview": "Drawing the preview",
    "export": "Exporting with Blender",
    "compare": "Comparing",
    "draw": "Drawing the comparison",
}
_CHINESE = {
    "install": "正在安装",
    "fetch": "正在获取模型",
    "open": "正在打开视频",
    "track": "正在跟踪人物",
    "clean": "正在连接轨迹",
    "fit": "正在拟合身体",
    "ground": "正在寻找地面",
    "smooth": "正在平滑",
    "write": "正在写入捕捉",
    "preview": "正在绘制预览",
    "export": "正在用 Blender 导出",
    "compare": "正在比较",
    "draw": "正在绘制比较",
    "report": "报告",
    "score": "得分",
    "video": "视频",
    "findings": "需要改进",
    "warning": "警告",
    "error": "错误",
    "{title}: {done} of {total}, {fps} fps, {left} s left": "{title}:{done} / {total},每秒 {fps} 帧,还剩 {left} 秒",
}
"""For who asked for Chinese: stages, what a result is, and the words round them."""
_EVENTS_PER_S = 10.0
_PLAIN_LINE_EVERY_S = 10.0


class Outlet(Reporter, Protocol):
    """A reporter that also says how a command ended."""

    def note(self, message: str) -> None:
        """Something worth saying that is no reason to worry."""
        ...

    def video(self, video: Path, number: int, of: int) -> None:
        """One of several videos begins."""
        ...

    def speak(self, language: str) -> None:
        """From now on in this language ("en", "zh"), where people read."""
        ...

    def done(self, **result: Any) -> None:
        """One result is complete: what it is (capture, preview, files) and where."""
        ...

    def error(self, error: GhostcapError, video: str = "") -> None:
        """A failure the user can do something about; `video` when it is one of several."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


class _Pace:
    """Frames a second and the seconds left in a stage, counted from where it was first: a resumed one is not at 0."""

    def __init__(self, done: int) -> None:
        self._start = time.monotonic()
        self._first = done

    def measure(self, done: int, total: int) -> tuple[float, float]:
        if done <= self._first:
            return 0.0, 0.0
        fps = (done - self._first) / max(time.monotonic() - self._start, 1e-3)
        return fps, max(total - done, 0) / fps


class JsonLines:
    """The line protocol: events on stdout, at most ten progress events a second."""

    def __init__(self, interrupt: Interrupt, stream: TextIO | None = None) -> None:
        self._interrupt = interrupt
        self._stream = stream or sys.stdout
        self._stage = ""
        self._pace: _Pace | None = None
        self._last = 0.0

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins."""
        self._interrupt.check()
        self._stage, self._pace, self._last = stage, None, 0.0
        self._write(event="stage", stage=stage, index=index, of=of)

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done; Cancelled when the user asked to stop."""
        self._interrupt.check()
        if self._pace is None:
            self._pace = _Pace(done)
        now = time.monotonic()
        if now - self._last < 1 / _EVENTS_PER_S and done < total:
            return
        self._last = now
        fps, eta = self._pace.measure(done, total)
        self._write(event="progress", stage=self._stage, done=done, total=total, fps=round(fps, 1), eta_s=round(eta, 1))

    def warning(self, message: str) -> None:
        """A warning event."""
        self._write(event="warning", message=message)

    def note(self, message: str) -> None:
        """A note event."""
        self._write(event="note", message=message)

    def video(self, video: Path, number: int, of: int) -> None:
        """A video event."""
        self._write(event="video", video=str(video), index=number, of=of)

    def speak(self, language: str) -> None:
        """Programs read the same in every language."""

    def done(self, **result: Any) -> None:
        """A done event with what came of it."""
        self._write(event="done", **result)

    def error(self, error: GhostcapError, video: str = "") -> None:
        """An error event."""
        about = {"video": video} if video else {}
        self._write(event="error", code=error.code, message=error.message, hint=error.hint, **about)

    def close(self) -> None:
        """Nothing to tidy."""

    def _write(self, **event: Any) -> None:
        # ASCII: a Windows pipe is seldom UTF-8, and a path must survive it.
        self._stream.write(json.dumps(event, ensure_ascii=True) + "\n")
        self._stream.flush()


class ProgressBar:
    """A bar on stderr; sparse plain lines where that is no terminal. Results go to stdout."""

    def __init__(self, interrupt: Interrupt, console: Console | None = None) -> None:
        self._interrupt = interrupt
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._title = ""
        self._pace: _Pace | None = None
        self._said = 0.0
        self._chinese = False

    def speak(self, language: str) -> None:
        """Stages, and what a result is, in this language; English for what has no other words."""
        self._chinese = language == "zh"

    def stage(self, stage: str, index: int, of: int) -> None:
        """A stage begins."""
        self._interrupt.check()
        self.close()
        self._title = f"[{index}/{of}] {self._say(stage, TITLES.get(stage, stage))}"
        self._pace, self._said = None, time.monotonic()
        if not self._console.is_terminal:
            self._print(self._title)
            return
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", markup=False),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
        )
        self._task = self._bar.add_task(self._title, total=None, count="")
        self._bar.start()

    def progress(self, done: int, total: int) -> None:
        """So much of the stage is done; Cancelled when the user asked to stop."""
        self._interrupt.check()
        if self._pace is None:
            self._pace = _Pace(done)
        fps, eta = self._pace.measure(done, total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, count=f"{done}/{total}  {fps:.1f} fps")
        elif time.monotonic() - self._said > _PLAIN_LINE_EVERY_S:
            self._said = time.monotonic()
            line = self._say("{title}: {done} of {total}, {fps} fps, {left} s left")
            self._print(line.format(title=self._title, done=done, total=total, fps=f"{fps:.1f}", left=f"{eta:.0f}"))

    def warning(self, message: str) -> None:
        """A line that begins with "warning:"."""
        self._print(f"{self._say('warning')}: {message}")

    def note(self, message: str) -> None:
        """A line."""
        self._print(message)

    def video(self, video: Path, number: int, of: int) -> None:
        """A headline."""
        self.close()
        self._print(f"{video} ({number} of {of})")

    def done(self, **result: Any) -> None:
        """The bar goes, the results are listed on stdout; nothing is said of what there is none of."""
        self.close()
        for key, value in result.items():
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    print(f"{self._say(key)}: {item}", flush=True)

    def error(self, error: GhostcapError, video: str = "") -> None:
        """One line that begins with "error:"."""
        self.close()
        text = str(error)
        if video and video not in text:
            text = f"{video}: {text}"
        self._print(f"{self._say('error')}: {' '.join(text.split())}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None

    def _say(self, word: str, english: str | None = None) -> str:
        english = word if english is None else english
        return _CHINESE.get(word, english) if self._chinese else english

    def _print(self, text: str) -> None:
        (self._bar.console if self._bar is not None else self._console).print(text, markup=False)
