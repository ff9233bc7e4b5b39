# SPDX-License-Identifier: GPL-3.0-or-later
"""The section Ghost: an athlete beside the user, in step, and where they differ.

What is seen is ordinary data of the .blend: keys, drivers, geometry nodes, materials. It plays, renders and is saved
without the add-on.
"""

from __future__ import annotations

from . import athlete, listing, moments, operators, overlay, properties, shading

_MODULES = (properties, athlete, listing, moments, operators, overlay, shading)


def register() -> None:
    """Add what a comparison needs."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Undo `register`."""
    for module in reversed(_MODULES):
        module.unregister()
