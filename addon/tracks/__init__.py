# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of a capture: their list, edits of it, and their boxes and skeletons over the video."""

from __future__ import annotations

from . import editing, overlay, track_list

_MODULES = (track_list, editing, overlay)


def register() -> None:
    """Add list, operators and overlay."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Undo `register`."""
    for module in reversed(_MODULES):
        module.unregister()
