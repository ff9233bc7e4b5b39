# SPDX-License-Identifier: GPL-3.0-or-later
"""Names a user chooses smoothing by. No NumPy here: a command's help needs these and nothing else."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("smoothnet", "one-euro", "savgol", "gaussian", "butterworth", "whittaker", "none")
PARTS: Final = {
    "arms": ("Collar", "Shoulder", "Elbow", "Wrist", "Hand"),
    "legs": ("Hip", "Knee", "Ankle", "Foot"),
    "torso": ("Spine1", "Spine2", "Spine3"),
    "head": ("Neck", "Head"),
    "root": ("Pelvis",),
}
"""Body parts that may have a strength of their own, and their joints without the side."""
