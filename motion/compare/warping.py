# SPDX-License-Identifier: GPL-3.0-or-later
"""Dynamic time warping over a matrix of costs, one anti-diagonal at a time.

All cells of an anti-diagonal depend on the two before it alone, so each is three NumPy operations, not a Python loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]
_DIAGONAL, _DOWN, _RIGHT = 0, 1, 2


class WarpPath(NamedTuple):
    """The cheapest way through the matrix."""

    rows: NDArray[np.integer]
    """(P,) never falls."""
    columns: NDArray[np.integer]
    """(P,) never falls."""
    total: float
    """Sum of the costs on the way."""


def warp(
    cost: ArrayLike,
    band: float | None = None,
    open_columns: bool = False,
    max_still: int | None = None,
    still_cost: float = 0.0,
) -> WarpPath:
    """Match all rows with columns in order (Sakoe & Chiba 1978, symmetric steps of weight one).

    cost (N, M) non-negative. band: half width of the Sakoe-Chiba band as a share of the longer side, about the line
    from corner to corner, narrower towards the corners; ignored where columns are open.
    open_columns: begin and end at any column (subsequence DTW).
    max_still: steps either side may stand still on end (held along the best way to each cell; given up where no path
    remains). still_cost: added for each step on which one side stands still. ValueError for an empty matrix.
    """
    cost = np.asarray(cost, dtype=float)
    if cost.ndim != 2 or not cost.size:
        raise ValueError(f"Time warping needs a matrix of costs, not the shape {cost.shape}.")
    rows, columns = cost.shape
    low, high = _limits(cost.shape, None if open_columns else band)
    if max_still is None:
        total = _accumulate(_skew(cost), low, high, open_columns, still_cost)
        steps = None
    else:
        total, steps = _accumulate_limited(_skew(cost), low, high, open_columns, max_still, still_cost)
    # The last row's cells, by column: one on each of the last diagonals.
    ends = total[rows + 1 :, rows]
    last = int(np.argmin(ends)) if open_columns else columns - 1
    if not np.isfinite(ends[last]):
        return warp(cost, None if max_still is None else band, open_columns, None, still_cost)
    path = (
        _trace(total, rows - 1, last, open_columns, still_cost)
        if steps is None
        else _trace_steps(steps, rows - 1, last)
    )
    return WarpPath(np.array(path[0][::-1]), np.array(path[1][::-1]), float(ends[last]))


def _skew(cost: Array) -> Array:
    """(N, M) -> (N + M - 1, N): cell (i, j) to row i + j, column i, so that anti-diagonals lie in one piece."""
    rows, columns = cost.shape
    skewed = np.empty((rows + columns - 1, rows))
    size = skewed.itemsize
    as_strided(skewed, cost.shape, ((rows + 1) * size, rows * size))[...] = cost
    return skewed


def _limits(shape: tuple[int, ...], band: float | None) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """First and last row of the band on each anti-diagonal."""
    rows, columns = shape
    diagonal = np.arange(rows + columns - 1)
    low, high = np.maximum(0, diagonal - columns + 1), np.minimum(rows - 1, diagonal)
    if band is not None:
        # On diagonal k the line from corner to corner passes row k (N-1) / (N+M-2).
        middle = diagonal * (rows - 1) / max(rows + columns - 2, 1)
        # Towards the corners it narrows (Itakura's parallelogram, slopes 1/3 to 3): no side waits there for the other.
        ends = np.minimum(diagonal, diagonal[::-1])
        half = np.maximum(np.minimum(band * max(rows, columns), 0.25 * ends), 0.5)
        low = np.maximum(low, np.ceil(middle - half).astype(int))
        high = np.minimum(high, np.floor(middle + half).astype(int))
    return low, high


def _accumulate(
    skewed: Array, low: NDArray[np.integer], high: NDArray[np.integer], open_columns: bool, still_cost: float
) -> Array:
    """Least cost of a way to each cell (N + M + 1, N + 1), by diagonal and row, with a border out of reach."""
    diagonals, rows = skewed.shape
    total = np.full((diagonals + 2, rows + 1), np.inf)
    total[0, 0] = 0.0
    two, one = total[0], total[1]
    for new, cost, a, b in zip(total[2:], skewed, low.tolist(), high.tolist(), strict=True):
        stop = b + 1
        target = new[a + 1 : stop + 1]
        np.minimum(one[a:stop], one[a + 1 : stop + 1], out=target)
        target += still_cost
        np.minimum(target, two[a:stop], out=target)
        if open_columns and a == 0:
            target[0] = 0.0
        target += cost[a:stop]
        two, one = one, new
    return total


def _accumulate_limited(
    skewed: Array,
    low: NDArray[np.integer],
    high: NDArray[np.integer],
    open_columns: bool,
    max_still: int,
    still_cost: float,
) -> tuple[Array, NDArray[np.uint8]]:
    """The same with no side standing still for more than so many steps on end; also the last step to each cell."""
    diagonals, rows = skewed.shape
    total = np.full((diagonals + 2, rows + 1), np.inf)
    total[0, 0] = 0.0
    steps = np.zeros((diagonals, rows), dtype=np.uint8)
    # The run that ends in each cell: rows passing (down) counted up, columns passing (right) counted down.
    run, run_new = np.zeros(rows + 1, dtype=np.int32), np.zeros(rows + 1, dtype=np.int32)
    for k, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        here, above = slice(a + 1, b + 2), slice(a, b + 1)
        down, right = total[k + 1, above].copy(), total[k + 1, here].copy()
        down[run[above] >= max_still] = np.inf
        right[run[here] <= -max_still] = np.inf
        target, step, length = total[k + 2, here], steps[k, above], run_new[here]
        np.minimum(down, right, out=target)
        target += still_cost
        straight = total[k, above] <= target
        across = right < down
        step[:] = np.where(across, _RIGHT, _DOWN)
        length[:] = np.where(across, np.minimum(run[here], 0) - 1, np.maximum(run[above], 0) + 1)
        step[straight] = _DIAGONAL
        length[straight] = 0
        np.minimum(target, total[k, above], out=target)
        if open_columns and a == 0 and b >= a:
            target[0], step[0], length[0] = 0.0, _DIAGONAL, 0
        target += skewed[k, above]
        run, run_new = run_new, run
    return total, steps


def _trace(total: Array, row: int, column: int, open_columns: bool, still_cost: float) -> tuple[list[int], list[int]]:
    """Walk back from a cell to the first row, by the cheapest neighbour; straight where that is as good."""
    rows, columns = [row], [column]
    # Single cells are read ten times as quickly from a memoryview as from an array.
    flat, width = total.ravel().data.cast("B").cast("d"), total.shape[1]
    while row or (column and not open_columns):
        at = (row + column + 1) * width + row
        down, right, straight = flat[at], flat[at + 1], flat[at - width]
        if straight <= min(down, right) + still_cost:
            row, column = row - 1, column - 1
        elif down <= right:
            row -= 1
        else:
            column -= 1
        rows.append(row)
        columns.append(column)
    return rows, columns


def _trace_steps(steps: NDArray[np.uint8], row: int, column: int) -> tuple[list[int], list[int]]:
    """Walk back from a cell to the first row, by the steps that were taken."""
    rows, columns = [row], [column]
    flat, width = steps.ravel().data.cast("B"), steps.shape[1]
    while row or column:
        step = flat[(row + column) * width + row]
        if step == _DIAGONAL:
            if row == 0 or column == 0:
                break
            row, column = row - 1, column - 1
        elif step == _DOWN:
            row -= 1
        else:
            column -= 1
        rows.append(row)
        columns.append(column)
    return rows, columns
