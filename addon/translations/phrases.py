# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences of the backend and of the other libraries, which come with paths and numbers filled in, translated."""

from __future__ import annotations

import re
from functools import cache

from bpy.app.translations import locale, pgettext_rpt

from . import chinese_phrases

_BLANK = re.compile(r"\{[^{}]*\}")


def say(text: str) -> str:
    """A sentence in the user's language; as it is where nobody has translated it."""
    translated = pgettext_rpt(text)
    if translated != text or locale not in chinese_phrases.LOCALES:
        return translated
    return fill(text)


@cache
def fill(text: str) -> str:
    """A sentence in Chinese, with what its blanks held: `chinese_phrases` has the templates."""
    if not text:
        return text
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            values = map(fill, found.groups())
            return _BLANK.sub("{}", template).format(*values)
    return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The most telling first: those with the most letters of their own."""
    ordered = sorted(chinese_phrases.PHRASES.items(), key=lambda pair: -len(_BLANK.sub("", pair[0])))
    return tuple((_pattern(english), chinese) for english, chinese in ordered)


def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _BLANK.split(template)]
    return re.compile("(.*?)".join(parts), re.DOTALL)
