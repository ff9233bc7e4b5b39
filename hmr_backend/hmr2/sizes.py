# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that parts with and without torch share."""

from __future__ import annotations

from typing import Final

CROP: Final = 256
"""Pixels a side of a crop. The network looks at its middle 192 columns."""
