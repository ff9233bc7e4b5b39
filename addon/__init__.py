# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on: all that imports bpy, and nothing else does."""

from __future__ import annotations

from . import operators


def register() -> None:
    """Add Ghostcap's operators and menu entries to Blender."""
    operators.register()


def unregister() -> None:
    """Take them away again."""
    operators.unregister()
