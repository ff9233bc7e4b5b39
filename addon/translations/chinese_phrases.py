# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences with blanks, in simplified Chinese: what the backend, the readers and the add-on say of errors."""

from __future__ import annotations

from typing import Final

from .chinese import LOCALES

__all__ = ["LOCALES", "PHRASES"]

PHRASES: Final[dict[str, str]] = {}
