# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of Blender's addon_utils that is used here."""

from types import ModuleType

def enable(module_name: str) -> ModuleType | None: ...
def disable(module_name: str) -> None: ...
