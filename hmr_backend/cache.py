# SPDX-License-Identifier: GPL-3.0-or-later
"""Where fetched files are kept: the user's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "GHOSTCAP_CACHE"


def cache_folder() -> Path:
    """GHOSTCAP_CACHE if it is set, else a folder where the system keeps caches. May not exist yet."""
    if own := os.environ.get(VARIABLE):
        return Path(own).expanduser().absolute()
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Ghostcap" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "Ghostcap"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "ghostcap"
