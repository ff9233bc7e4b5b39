# SPDX-License-Identifier: GPL-3.0-or-later
"""Ghostcap in the languages of its users; Blender chooses by its own setting."""

from __future__ import annotations

import bpy

from . import chinese, chinese_backend, chinese_ghost

_OWNER = (__package__ or "").rpartition(".addon.")[0] or "ghostcap"
MESSAGES = {**chinese_ghost.MESSAGES, **chinese_backend.MESSAGES, **chinese.MESSAGES}
"""Chinese by English, for texts that are looked up whole. What both files have is as the second says."""
CONTEXT = "Ghostcap"
"""For words Blender itself translates otherwise: a floor is no mathematical one here, and a ghost no onion skin."""
# Blender wants a context for each message; "*" is any, and operators have one of their own.
_CONTEXTS = ("*", "Operator", CONTEXT)


def register() -> None:
    """Give Blender the translations."""
    messages = {(where, english): text for english, text in MESSAGES.items() for where in _CONTEXTS}
    bpy.app.translations.register(_OWNER, dict.fromkeys(chinese.LOCALES, messages))


def unregister() -> None:
    """Take them away again."""
    bpy.app.translations.unregister(_OWNER)
