# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences of the backend and of the readers, which come with paths and numbers filled in, in the user's language."""

from __future__ import annotations

import re
from functools import cache

import bpy

from . import chinese_files, chinese_ghost, chinese_programs
from .chinese import LOCALES

PHRASES = {**chinese_ghost.PHRASES, **chinese_programs.PHRASES, **chinese_files.PHRASES}
"""Chinese by English templates: "{}" is filled with what stands in its place, "{1}" with the second of them."""
_BLANK = re.compile(r"\{[^{}]*\}")


def say(text: str) -> str:
    """A sentence in the user's language; as it is where nobody has translated it."""
    translated = bpy.app.translations.pgettext_rpt(text)
    view = bpy.context.preferences.view
    if translated != text or bpy.app.translations.locale not in LOCALES or not view.use_translate_reports:
        return translated
    return fill(text)


@cache
def fill(text: str) -> str:
    """A sentence in Chinese, with what its blanks held, which may be a sentence itself."""
    for pattern, chinese in _patterns() if text else ():
        if found := pattern.fullmatch(text):
            return chinese.format(*map(fill, found.groups()))
    return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those with the most letters of their own first: they fit the closest."""
    ordered = sorted(PHRASES.items(), key=lambda pair: -len(_BLANK.sub("", pair[0])))
    return tuple((_pattern(english), chinese) for english, chinese in ordered)


def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _BLANK.split(template)]
    return re.compile("(.+?)".join(parts), re.DOTALL)
