# SPDX-License-Identifier: GPL-3.0-or-later
# Any: Blender has no types of its own, two versions are supported, and what is in a scene only running code knows.
from typing import Any

def __getattr__(name: str) -> Any: ...
