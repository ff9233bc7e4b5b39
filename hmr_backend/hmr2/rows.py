# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of people frame by frame, in memory or, for a clip of any length, on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...motion.archive import read_arrays, write_arrays
from ...motion.errors import CaptureError

Array = NDArray[np.floating]
FIELDS: Final = {"bbox": 4, "score": 1, "rotations": 216, "betas": 10, "camera": 3, "centre": 2, "side": 1}
"""What is kept of a person in a frame, as one row of numbers."""
WIDTH: Final = sum(FIELDS.values())
_BLOCK: Final = 512
FORMAT: Final = "ghostcap-hmr2-state-1"


@dataclass(frozen=True)
class Sightings:
    """One person's rows, in order of frames."""

    frame: NDArray[np.integer]
    """(N,)."""
    rows: NDArray[np.float32]
    """(N, 237)."""


def split_row(rows: Array) -> dict[str, Array]:
    """Rows (N, 237) -> the arrays of `FIELDS`, each (N, size)."""
    ends = np.cumsum(list(FIELDS.values()))
    return dict(zip(FIELDS, np.split(np.asarray(rows), ends[:-1], axis=-1), strict=True))


class RowStore:
    """Rows as they come. With a folder, `save` moves them there, and `restore` finds what an earlier run saved.

    signature: what a state must have been made from to be of use.
    """

    def __init__(self, folder: Path | None = None, signature: str = "") -> None:
        self.folder, self._signature = folder, signature
        self._parts = 0
        self._blocks: list[NDArray[np.float32]] = []
        self._keys: list[tuple[int, int]] = []

    def add(self, person: int, frame: int, row: NDArray[np.float32]) -> None:
        """A person's row of a frame."""
        place = len(self._keys) % _BLOCK
        if place == 0:
            self._blocks.append(np.empty((_BLOCK, WIDTH), dtype=np.float32))
        self._blocks[-1][place] = row
        self._keys.append((person, frame))

    def save(self, state: Mapping[str, Any]) -> None:
        """Rows so far, then the state that goes with them; a job that dies between the two loses nothing."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        keys, rows = self._held()
        if len(keys):
            write_arrays(self._part(self._parts), keys=keys, rows=rows)
            self._parts += 1
            self._keys, self._blocks = [], []
        write_arrays(self._state, format=FORMAT, signature=self._signature, parts=self._parts, **state)

    def restore(self) -> dict[str, NDArray[Any]] | None:
        """The state saved last, or None where there is none that fits."""
        if self.folder is None:
            return None
        try:
            state = read_arrays(self._state, "format", "signature", "parts")
        except CaptureError:
            return None
        if (str(state["format"]), str(state["signature"])) != (FORMAT, self._signature):
            return None
        try:
            for number in range(int(state["parts"])):
                read_arrays(self._part(number), "keys", "rows")
        except CaptureError:
            return None
        self._parts = int(state["parts"])
        return state

    def collect(self) -> dict[int, Sightings]:
        """Everybody's rows."""
        keys = np.concatenate([np.zeros((0, 2), np.int64), *(keys for keys, _ in self._pieces())])
        people = {
            int(person): Sightings(np.empty(count, np.int64), np.empty((count, WIDTH), np.float32))
            for person, count in zip(*np.unique(keys[:, 0], return_counts=True), strict=True)
        }
        done = dict.fromkeys(people, 0)
        for piece, rows in self._pieces():
            for person in np.unique(piece[:, 0]).tolist():
                mine = piece[:, 0] == person
                place = slice(done[person], done[person] + int(mine.sum()))
                people[person].frame[place], people[person].rows[place] = piece[mine, 1], rows[mine]
                done[person] = place.stop
        return people

    def _pieces(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Keys (N, 2), person and frame, and rows (N, 237), in the order in which they came."""
        for number in range(self._parts):
            arrays = read_arrays(self._part(number), "keys", "rows")
            yield arrays["keys"], arrays["rows"]
        for number, block in enumerate(self._blocks):
            keys = np.array(self._keys[number * _BLOCK : (number + 1) * _BLOCK], dtype=np.int64)
            yield keys, block[: len(keys)]

    def _held(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows = np.concatenate([np.zeros((0, WIDTH), np.float32), *self._blocks])[: len(self._keys)]
        return np.array(self._keys, dtype=np.int64).reshape(-1, 2), rows

    @property
    def _state(self) -> Path:
        return (self.folder or Path()) / "state.npz"

    def _part(self, number: int) -> Path:
        return (self.folder or Path()) / f"rows-{number:05d}.npz"
