# SPDX-License-Identifier: GPL-3.0-or-later
"""Ghostcap: motion capture from video, inside Blender.

The repository root is both the Blender extension and the Python package `ghostcap`. Importing it costs nothing and
needs no Blender; Blender calls `register`, which loads the add-on.
"""


def register() -> None:
    """Switch the add-on on (called by Blender)."""
    from . import addon

    addon.register()


def unregister() -> None:
    """Switch the add-on off (called by Blender)."""
    from . import addon

    addon.unregister()
