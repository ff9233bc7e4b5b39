# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar "Ghostcap" of the 3D viewport, in the order of the work."""

from __future__ import annotations

from . import character, export, ghost, tracks, video

_MODULES = (video, tracks, character, ghost, export)


def register() -> None:
    """Add the panels."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Undo `register`."""
    for module in reversed(_MODULES):
        module.unregister()
