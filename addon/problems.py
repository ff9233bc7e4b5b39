# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors on their way to the user: in the user's language, and reported by operators as Blender reports them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..motion.errors import GhostcapError
from .translations.phrases import say

_WIDE = 0x2E80
"""From here on characters are as wide as high, and there are no spaces between words."""
_OPENING, _CLOSING = "[\uff08\u201c]", "[\uff0c\u3002\uff1a\uff1b\uff09\u3001\u201d]"
_PIECES = re.compile(rf"{_OPENING}?(?:[^\s{chr(_WIDE)}-\U0010ffff]+|[{chr(_WIDE)}-\U0010ffff]){_CLOSING}*\s*|\s+")
"""Words and Chinese characters, with the punctuation that must not stand apart from them."""
_CHUNK = 4
"""Letters of a word longer than a line that stay together."""

_LETTER, _MARGIN = 6.2, 70
"""Pixels a letter is wide at most, and what lies beside a box's text, on an interface of scale 1."""

Execute = Callable[..., set[str]]


def in_words(problem: GhostcapError) -> str:
    """What is wrong and what to do, in the user's language."""
    return f"{say(problem.message)} {say(problem.hint)}".strip()


def reports_problems(execute: Execute) -> Execute:
    """What an operator does: its GhostcapError becomes Blender's error report, and the operator is cancelled."""

    @functools.wraps(execute)
    def reporting(self: Any, context: bpy.types.Context, *rest: Any) -> set[str]:
        try:
            return execute(self, context, *rest)
        except GhostcapError as error:
            self.report({"ERROR"}, in_words(error))
            return {"CANCELLED"}

    return reporting


@contextmanager
def telling_problems() -> Iterator[None]:
    """What another operator reported as an error, called in here, as a GhostcapError."""
    try:
        yield
    except RuntimeError as error:
        raise GhostcapError(str(error).removeprefix("Error: ").strip()) from error


def letters_across(context: bpy.types.Context) -> int:
    """How many letters a label in a box can show in the region that is drawn."""
    scale = context.preferences.system.ui_scale
    return int((context.region.width - _MARGIN * scale) / (_LETTER * scale)) if context.region else 40


def break_lines(text: str, width: int) -> list[str]:
    """A text in lines of so many letters, 12 at least; paths are broken where they have to be."""
    width = max(width, 12)
    lines = [""]
    for word in _PIECES.findall(text):
        step = len(word) if _width(word) <= width else _CHUNK
        for piece in (word[start : start + step] for start in range(0, len(word), step)):
            if lines[-1] and _width(lines[-1] + piece) > width:
                lines.append("")
            lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def _width(text: str) -> int:
    """In letters; Chinese characters are twice as wide."""
    return sum(2 if ord(character) > _WIDE else 1 for character in text.rstrip())
