# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors on their way to the user: in the user's language, and reported by operators as Blender reports them."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..motion.errors import GhostcapError
from .translations.phrases import say

_WIDE = 0x2E80
"""From here on characters are as wide as high."""

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


def break_lines(text: str, width: int) -> list[str]:
    """A text in lines of so many letters; paths are broken where they have to be."""
    # Chinese characters are twice as wide, and have no spaces between words.
    if any(ord(character) > _WIDE for character in text):
        width //= 2
    return textwrap.wrap(text, max(width, 12), break_on_hyphens=False)
