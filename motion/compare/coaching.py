# SPDX-License-Identifier: GPL-3.0-or-later
"""presets/coaching: thresholds, colours and the sentences of a coach, in English and Chinese."""

from __future__ import annotations

import tomllib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np

from ..errors import GhostcapError
from ..skeleton import JOINT_NAMES
from .findings import Finding, Thresholds
from .phases import Event, Phase

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True)
class Colouring:
    """What a heatmap paints. Angles in radians, colours as 8-bit RGB."""

    low: float
    high: float
    ramp: tuple[tuple[int, int, int], ...]
    """From no difference to the worst, evenly spaced."""
    unjudged: tuple[int, int, int]
    user: tuple[int, int, int]
    ghost: tuple[int, int, int]
    arrow: tuple[int, int, int]

    def paint(self, angle: Any) -> np.ndarray:
        """Angles (...) in radians -> RGB (..., 3), 0..255."""
        share = (np.asarray(angle, dtype=float) - self.low) / (self.high - self.low)
        at = np.clip(share, 0, 1) * (len(self.ramp) - 1)
        ramp = np.array(self.ramp, dtype=float)
        return np.stack([np.interp(at, np.arange(len(ramp)), ramp[:, channel]) for channel in range(3)], -1)


@dataclass(frozen=True)
class Moment:
    """When a finding is, as a person says it."""

    finding: Finding
    seconds: float
    """Since the beginning of the user's clip."""
    phases: Sequence[Phase]
    events: Sequence[Event]
    still: bool = False


@cache
def read_thresholds() -> Thresholds:
    """From where on a difference is worth a word."""
    table = _read("heatmap")["findings"]
    return Thresholds(int(table["most"]), float(table["lasting"]), float(table["shift"]) / 100, float(table["tempo"]))


@cache
def read_colouring() -> Colouring:
    """What a heatmap paints."""
    data = _read("heatmap")
    heat, figures = data["heatmap"], data["figures"]
    return Colouring(
        float(np.radians(heat["from"])), float(np.radians(heat["to"])), tuple(_rgb(text) for text in heat["colours"]),
        _rgb(heat["unjudged"]), *(_rgb(figures[name]) for name in ("user", "ghost", "arrow")),
    )  # fmt: skip


@cache
def read_words(language: str) -> dict[str, Any]:
    """All sentences and labels of a language ("en", "zh")."""
    return _read(language)


@cache
def read_lettering(language: str) -> dict[str, tuple[str, bytes]]:
    """Labels of the film that plain letters can't write, by key: what they say, and a PNG of it, white on black."""
    labels = _read("lettering").get(language, {})
    return {key: (label["text"], b64decode("".join(label["png"].split()))) for key, label in labels.items()}


def say(moment: Moment, language: str) -> str:
    """The finding as a coach would say it."""
    words, finding = read_words(language), moment.finding
    size = _size(finding)
    when = _when(moment, words)
    if finding.kind == "rotation":
        joint = words["joints"][JOINT_NAMES[finding.joint]]
        return words["rotation"]["turned"].format(moment=when, joint=joint, size=size)
    side = words[finding.side] if finding.side else ""
    template = words["more" if finding.size > 0 else "less"][finding.name]
    return template.format(moment=when, side=side, size=size)


def name_phase(phase: Phase, language: str) -> str:
    """What a phase is called; the user's own words stay as they are."""
    words = read_words(language)["phases"]
    if phase.name == "repetition":
        return words["repetition"].format(number=phase.lap + 1)
    return words.get(phase.name, phase.name)


def _size(finding: Finding) -> int:
    factor = {"shift": 100.0, "tempo": 100.0}.get(finding.kind, 180 / np.pi)
    return max(1, round(abs(finding.size) * factor))


def _when(moment: Moment, words: dict[str, Any]) -> str:
    finding, moments = moment.finding, words["moments"]
    if moment.still:
        return moments["still"]
    seconds = f"{moment.seconds:.1f}"
    if finding.event >= 0:
        name = moment.events[finding.event].name
        if name != "repetition":
            return moments[name] if name in moments else moments["marker"].format(name=name)
    if finding.phase >= 0:
        phase = moment.phases[finding.phase]
        if phase.name == "repetition":
            return moments["repetition"].format(number=phase.lap + 1, seconds=seconds)
        if phase.name in words["during"]:
            return words["during"][phase.name]
        return moments["after_marker"].format(name=phase.name, seconds=seconds)
    return moments["time"].format(seconds=seconds)


def _read(name: str) -> dict[str, Any]:
    path = _folder() / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise GhostcapError(f"{path} can't be read: {error}.", "Install Ghostcap again.", "bad_preset") from error


def _folder() -> Traversable:
    # The package above motion.compare, under whatever name it was imported.
    return resources.files((__package__ or "").rpartition(".")[0].rpartition(".")[0]) / "presets" / "coaching"


def _rgb(text: str) -> tuple[int, int, int]:
    value = int(text.removeprefix("#"), 16)
    return value >> 16, value >> 8 & 255, value & 255
