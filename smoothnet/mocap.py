# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion capture to train and test on: CMU's and UI-PRMD's clips, packed as .npz files in one folder.

`cmu_*.npz` hold `clips`, `names`, `parents`, `offsets`, `fps` and for clip k `rot_k` (T, J, 4) int16 local quaternions
w, x, y, z times 32767, `root_k` (T, 3); y is up and a unit is 0.0564 m. `uiprmd_*.npz` hold `markers` (N, 39, 3) int16
in 0.1 mm with z up, `ends`, `subject`, `fps`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion.archive import read_arrays
from ..motion.errors import GhostcapError
from ..motion.rotations import matrix_from_quaternion

Array = NDArray[np.floating]
METRES: Final = 0.0564
"""Of one unit of CMU's files."""
UPRIGHT: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Turns y up into z up."""
CMU_JOINTS: Final = (
    "Hips", "LeftUpLeg", "RightUpLeg", "LowerBack", "LeftLeg", "RightLeg", "Spine", "LeftFoot", "RightFoot", "Spine1",
    "LeftToeBase", "RightToeBase", "Neck1", "LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm",
    "LeftForeArm", "RightForeArm", "LeftHand", "RightHand", "LeftFingerBase", "RightFingerBase",
)  # fmt: skip
"""CMU's joint for each of SMPL's 24."""


@dataclass(frozen=True)
class Clip:
    """A person's motion over T frames, world with z up."""

    name: str
    subject: str
    fps: float
    rotations: Array
    """(T, 24, 3, 3) global; identity is the T-pose."""
    root: Array
    """(T, 3) metres, the pelvis."""
    rest: Array
    """(24, 3) metres, T-pose, y up."""


@dataclass(frozen=True)
class Markers:
    """One recording's markers over T frames, world with z up."""

    subject: int
    fps: float
    positions: Array
    """(T, 39, 3) metres."""


def read_cmu(folder: Path) -> list[Clip]:
    """All CMU clips of a folder, each once; GhostcapError when there are none."""
    clips: dict[str, Clip] = {}
    for path in sorted(folder.glob("cmu_*.npz")):
        for clip in _read_cmu_file(path):
            clips.setdefault(clip.name, clip)
    if not clips:
        raise GhostcapError(f"{folder} holds no motion capture.", "Give a folder with cmu_*.npz files.", "not_found")
    return list(clips.values())


def read_uiprmd(folder: Path) -> list[Markers]:
    """All UI-PRMD recordings of a folder, one for each repetition; an empty list when there are none."""
    out = []
    for path in sorted(folder.glob("uiprmd_*.npz")):
        data = read_arrays(path, "markers", "ends", "subject", "fps")
        ends = data["ends"]
        for start, end, subject in zip(ends[:-1], ends[1:], data["subject"], strict=True):
            positions = data["markers"][start:end].astype(float) / 1e4
            if np.isfinite(positions).all():
                out.append(Markers(int(subject), float(data["fps"]), positions))
    return out


def _read_cmu_file(path: Path) -> Iterator[Clip]:
    """Without the first frame of each clip, which is a T-pose, and without the copies that leave it out."""
    data = read_arrays(path, "clips", "names", "parents", "offsets", "fps")
    names = [str(name) for name in data["names"]]
    parents = data["parents"]
    pick = [names.index(name) for name in CMU_JOINTS]
    for number, name in enumerate(data["clips"]):
        if "ignoreFirstFrame" in name:
            continue
        local = matrix_from_quaternion(data[f"rot_{number}"][1:].astype(float) / 32767)
        rest = np.zeros((len(names), 3))
        rotations = np.empty_like(local)
        rotations[:, 0] = local[:, 0]
        for joint in range(1, len(names)):
            parent = parents[joint]
            rest[joint] = rest[parent] + data["offsets"][number][joint] * METRES
            rotations[:, joint] = rotations[:, parent] @ local[:, joint]
        yield Clip(
            name=str(name),
            subject=str(name).split("_", maxsplit=1)[0],
            fps=float(data["fps"][number]),
            rotations=UPRIGHT @ rotations[:, pick],
            root=data[f"root_{number}"][1:].astype(float) * METRES @ UPRIGHT.T,
            rest=rest[pick],
        )
