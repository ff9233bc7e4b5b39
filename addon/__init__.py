# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on: all that imports bpy, and nothing else does."""

from __future__ import annotations

from . import (
    backend_operators,
    cleanup,
    command_line,
    comparison,
    drop,
    ghost,
    handlers,
    importing,
    jobs,
    motion_files,
    operators,
    panels,
    preferences,
    properties,
    scene_operators,
    tracks,
    translations,
)

# In the order they need each other; each has register() and unregister(), and leaves nothing behind.
_MODULES = (
    translations,
    preferences,
    jobs,
    backend_operators,
    command_line,
    operators,
    comparison,
    properties,
    importing,
    motion_files,
    tracks,
    scene_operators,
    cleanup,
    ghost,
    drop,
    panels,
    handlers,
)


def register() -> None:
    """Add Ghostcap to Blender."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Take it away again: the last comes first."""
    for module in reversed(_MODULES):
        module.unregister()
