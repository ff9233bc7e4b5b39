# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch tells: lines for people, or the line protocol for programs; and the summary at its end."""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TextIO

from ..motion.archive import written_whole
from ..motion.errors import GhostcapError

Status = Literal["done", "failed", "cancelled"]
_TITLES: Final = {
    "fetch": "fetching models", "open": "opening the video", "track": "following people", "clean": "joining tracks",
    "fit": "fitting the body", "ground": "finding the ground", "smooth": "smoothing",
    "write": "writing the capture", "export": "exporting",
}  # fmt: skip
_MADE_BY: Final = "ghostcap batch_export"


@dataclass
class Outcome:
    """What became of one input."""

    input: str
    status: Status = "cancelled"
    capture: str = ""
    clips: int = 0
    files: list[str] = field(default_factory=list)
    seconds: float = 0.0
    error: dict[str, str] | None = None

    def fail(self, error: GhostcapError) -> None:
        """Note why it did not work."""
        self.status = "failed"
        self.error = {"code": error.code, "message": error.message, "hint": error.hint}


class Report(Protocol):
    """Receives what a batch has to say."""

    def event(self, outcome: Outcome | None, **event: Any) -> None:
        """An event of the line protocol, about one input or about all."""
        ...

    def end(self, outcomes: list[Outcome]) -> None:
        """All that was done."""
        ...


class JsonLines:
    """One JSON object a line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def event(self, outcome: Outcome | None, **event: Any) -> None:
        """Write it, with the input it is about."""
        about = {"video": outcome.input} if outcome else {}
        # ASCII: a Windows pipe is seldom UTF-8, and a path must survive it.
        self._stream.write(json.dumps({**event, **about}) + "\n")
        self._stream.flush()

    def end(self, outcomes: list[Outcome]) -> None:
        """The summary as an event."""
        self.event(None, event="summary", **summarise(outcomes))


class Lines:
    """Plain lines; on a terminal the percentage of a stage runs within its line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._open = False
        self._stage = ""

    def event(self, outcome: Outcome | None, **event: Any) -> None:
        """Say what a person wants to know of it."""
        name = f"{Path(outcome.input).name}: " if outcome else ""
        kind = event["event"]
        if kind == "stage":
            self._stage = _TITLES.get(event["stage"], event["stage"])
            self._line(f"{name}{self._stage}")
        elif kind == "progress" and self._live and event.get("total"):
            self._stream.write(f"\r{name}{self._stage} {100 * event['done'] // event['total']} %")
            self._stream.flush()
            self._open = True
        elif kind in ("warning", "note"):
            self._line(f"{name}{event['message']}")
        elif kind == "error":
            self._line(f"{name}{event['message']} {event.get('hint', '')}".rstrip())
        elif kind == "done":
            self._line(f"{name}{', '.join(Path(file).name for file in event['files'])}")

    def end(self, outcomes: list[Outcome]) -> None:
        """The summary as a table."""
        names = [Path(outcome.input).name for outcome in outcomes]
        width = max(map(len, names), default=0)
        self._line("")
        for name, outcome in zip(names, outcomes, strict=True):
            what = f"{outcome.clips} clips, {len(outcome.files)} files" if outcome.status == "done" else ""
            if outcome.error:
                what = outcome.error["message"]
            self._line(f"{name:<{width}}  {outcome.status:<9}  {outcome.seconds:7.1f} s  {what}".rstrip())
        total = summarise(outcomes)
        self._line(f"{total['done']} of {len(outcomes)} done, {total['failed']} failed.")

    def _line(self, text: str) -> None:
        self._stream.write(("\n" if self._open else "") + text + "\n")
        self._stream.flush()
        self._open = False


def summarise(outcomes: list[Outcome]) -> dict[str, Any]:
    """The summary as it stands in summary.json."""
    count = {
        status: sum(outcome.status == status for outcome in outcomes) for status in ("done", "failed", "cancelled")
    }
    return {"made_by": _MADE_BY, **count, "inputs": [dataclasses.asdict(outcome) for outcome in outcomes]}


def write_summary(path: Path, outcomes: list[Outcome]) -> None:
    """Write the summary as JSON; replaces an older summary but no other file. GhostcapError says why it can't."""
    try:
        if path.exists() and not _is_summary(path):
            raise GhostcapError(f"{path} is not a summary and was left as it is.", "Use --summary FILE.", "exists")
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            text = json.dumps(summarise(outcomes), indent=2, ensure_ascii=False)
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise GhostcapError(f"{path} can't be written: {error.strerror}.") from error


def _is_summary(path: Path) -> bool:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("made_by") == _MADE_BY
