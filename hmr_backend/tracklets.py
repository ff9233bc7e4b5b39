# SPDX-License-Identifier: GPL-3.0-or-later
"""What tracking found, on disk, so that later stages can be done again without it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from ..motion.archive import read_arrays, write_arrays
from ..motion.errors import CaptureError
from .observations import Tracklet


@dataclass(frozen=True)
class Tracked:
    """All people of a clip, and by whom they were found."""

    tracklets: list[Tracklet]
    frames: int
    """Frames that were really read."""
    estimator_version: str
    seconds: float
    """What it took."""


def write_tracked(path: Path, tracked: Tracked) -> None:
    """Write one .npz whole or not at all."""
    arrays = {
        f"{number}.{item.name}": getattr(tracklet, item.name)
        for number, tracklet in enumerate(tracked.tracklets)
        for item in dataclasses.fields(tracklet)
    }
    write_arrays(
        path,
        people=len(tracked.tracklets),
        frames=tracked.frames,
        estimator_version=tracked.estimator_version,
        seconds=tracked.seconds,
        **arrays,
    )


def read_tracked(path: Path) -> Tracked | None:
    """What `write_tracked` wrote, or None when there is nothing usable."""
    try:
        arrays = read_arrays(path, "people", "frames", "estimator_version", "seconds")
        names = [item.name for item in dataclasses.fields(Tracklet)]
        people = []
        for number in range(int(arrays["people"])):
            fields = {name: arrays[f"{number}.{name}"] for name in names}
            people.append(Tracklet(**{**fields, "id": int(fields["id"])}))
    except (CaptureError, KeyError):
        return None
    return Tracked(people, int(arrays["frames"]), str(arrays["estimator_version"]), float(arrays["seconds"]))
