# SPDX-License-Identifier: GPL-3.0-or-later
"""Dynamic time warping over a matrix of costs, one anti-diagonal at a time.

All cells of an anti-diagonal depend on the two before it alone, so each is three NumPy operations, not a Python loop.
How often NumPy is called is what takes the time: so two ways are worked out at once in one array, from the first corner
and from the last, and they meet in the middle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]
Limits = NDArray[np.integer]
Steps = tuple[list[int], list[int]]
_DIAGONAL, _DOWN, _RIGHT = 0, 1, 2
_BLOCK = 64
"""Columns copied at a time, so that what is read stays in the cache."""
_STEEPEST = 3
"""Cells out of reach on either side of a band: its edges move by fewer from one diagonal to the next but one."""


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

    cost (N, M) non-negative; computed in its own precision, single or double. band: half width of the Sakoe-Chiba band
    as a share of the longer side, about the line from corner to corner, narrower towards the corners; ignored where
    columns are open.
    open_columns: begin and end at any column (subsequence DTW).
    max_still: steps either side may stand still on end (where the cheapest way of all breaks that, held along the best
    way to each cell; given up where no path remains). still_cost: added for each step on which one side stands still.
    ValueError for an empty matrix.
    """
    cost = np.asarray(cost)
    if cost.ndim != 2 or not cost.size:
        raise ValueError(f"Time warping needs a matrix of costs, not the shape {cost.shape}.")
    cost = np.ascontiguousarray(cost, dtype=np.float32 if cost.dtype == np.float32 else np.float64)
    limits = _limits(cost.shape, None if open_columns else band)
    solve = _warp_open if open_columns else _warp_folded if sum(cost.shape) > _STEEPEST + 1 else _warp_whole
    found = solve(cost, *limits, still_cost)
    if found and max_still is not None and _longest_rest(found) > max_still:
        found = _warp_limited(cost, *limits, open_columns, max_still, still_cost) or found
    if found is None:
        # The band leaves no way.
        return warp(cost, None, open_columns, max_still, still_cost)
    return found


def _limits(shape: tuple[int, ...], band: float | None) -> tuple[Limits, Limits]:
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


def _warp_folded(cost: Array, low: Limits, high: Limits, still_cost: float) -> WarpPath | None:
    """From both corners at once; None where the band leaves no way."""
    (rows, columns), diagonals = cost.shape, len(low)
    half = (diagonals + 1) // 2
    # Seen from the last corner, row i is row N - 1 - i and the last diagonal the first.
    limits = ((low, high), ((rows - 1 - high)[::-1], (rows - 1 - low)[::-1]))
    table = np.full((half + 2, 2 * (rows + 1)), np.inf, cost.dtype)
    sides = table[:, : rows + 1], table[:, rows + 1 :]
    for side, flat, (first, last) in zip(sides, (cost.reshape(-1), cost.reshape(-1)[::-1]), limits, strict=True):
        side[0, 0] = 0.0
        _lay_out(flat, cost.shape, side, first[:half], last[:half])
    _accumulate(table, still_cost)

    def reach(end: int, diagonal: int) -> Array:
        """Totals of a diagonal seen from one end, by row and one more, in the first end's order."""
        totals = np.full(rows + 1, np.inf)
        if diagonal >= 0:
            here = slice(limits[end][0][diagonal], limits[end][1][diagonal] + 1)
            totals[here] = sides[end][diagonal + 2, 1:][here]
        return np.append(totals[:rows][::-1], np.inf) if end else totals

    # The step from the one to the other: from the last diagonal but one, or the last, to the next, or the next but one.
    here, before = reach(0, half - 1)[:rows], reach(0, half - 2)[:rows]
    ahead, beyond = reach(1, diagonals - half - 1), reach(1, diagonals - half - 2)
    ways = np.stack(
        [here + beyond[1:], before + ahead[1:], here + ahead[1:] + still_cost, here + ahead[:-1] + still_cost]
    )
    least = ways.min()
    if not np.isfinite(least):
        return None
    # Of ways that are as good (two who stand about) that of the even pace.
    kinds, places = np.nonzero(ways == least)
    even = (half - 1 - (kinds == 1)) * (rows - 1) / (diagonals - 1)
    nearest = int(np.argmin(np.abs(places - even)))
    kind, row = int(kinds[nearest]), int(places[nearest])
    column = half - 1 - (kind == 1) - row
    up, left = _trace(table, 0, row, column, still_cost)
    row, column = row + (kind != 3), column + (kind != 2)
    down, right = _trace(table, rows + 1, rows - 1 - row, columns - 1 - column, still_cost)
    return WarpPath(
        np.concatenate([up[::-1], rows - 1 - np.array(down)]),
        np.concatenate([left[::-1], columns - 1 - np.array(right)]),
        float(least),
    )


def _warp_whole(
    cost: Array, low: Limits, high: Limits, still_cost: float, open_columns: bool = False
) -> WarpPath | None:
    """From the first corner, or any column of the first row, to the last; None where the band leaves no way."""
    rows, columns = cost.shape
    table = np.full((rows + columns + 1, rows + 1), np.inf, cost.dtype)
    _lay_out(cost.reshape(-1), cost.shape, table, low, high)
    # Before the first row lies the beginning: of its first column, or of them all.
    table[: None if open_columns else 1, 0] = 0.0
    _accumulate(table, still_cost)
    # The last row's cells, by column: one on each of the last diagonals.
    ends = table[rows + 1 :, rows]
    last = int(np.argmin(ends)) if open_columns else columns - 1
    if not np.isfinite(ends[last]):
        return None
    path = _trace(table, 0, rows - 1, last, still_cost, open_columns)
    return WarpPath(np.array(path[0][::-1]), np.array(path[1][::-1]), float(ends[last]))


def _warp_open(cost: Array, low: Limits, high: Limits, still_cost: float) -> WarpPath | None:
    return _warp_whole(cost, low, high, still_cost, open_columns=True)


def _lay_out(flat: Array, shape: tuple[int, ...], table: Array, low: Limits, high: Limits) -> None:
    """Write the costs (N * M,) by anti-diagonal and row: cell (i, j) to row i + j + 2, column i + 1 of (K + 2, N + 1).

    Right beyond the limits cells stay out of reach, so that whole diagonals can be computed, whatever lies further out.
    """
    rows, columns = shape
    count, step = len(low), flat.strides[0]
    # Cell (i, j) is at i M + j = (i + j) + i (M - 1); outside the matrix this comes upon other cells of it.
    cells = as_strided(flat, (count, rows), (step, (columns - 1) * step))
    for first in range(0, min(rows, count), _BLOCK):
        last = min(first + _BLOCK, rows)
        end = min(last + columns, count)
        table[first + 2 : end + 2, first + 1 : last + 1] = cells[first:end, first:last]
    diagonal, away = np.arange(2, count + 2)[:, None], np.arange(1, _STEEPEST + 1)
    table[diagonal, np.maximum(low[:, None] - away, -1) + 1] = np.inf
    beyond = high[:, None] + away
    table[diagonal, np.where(beyond < rows, beyond, -1) + 1] = np.inf


def _accumulate(table: Array, still_cost: float) -> None:
    """Turn costs, as laid out, into the least cost of a way to each cell, in place.

    Column 0 stays; whatever stands in the first two rows is where ways begin.
    """
    best, still = np.empty(table.shape[1] - 1, table.dtype), table.dtype.type(still_cost)
    minimum, add = np.minimum, np.add
    # Garbage beyond the limits may overflow; no way comes through it.
    with np.errstate(over="ignore", invalid="ignore"):
        for cell, down, right, straight in zip(
            table[2:, 1:], table[1:-1, :-1], table[1:-1, 1:], table[:-2, :-1], strict=True
        ):
            minimum(down, right, out=best)
            if still_cost:
                add(best, still, out=best)
            minimum(best, straight, out=best)
            add(cell, best, out=cell)


def _trace(table: Array, first: int, row: int, column: int, still_cost: float, open_columns: bool = False) -> Steps:
    """Walk back from a cell to the first row, by the cheapest neighbour; straight where that is as good.

    first: the table's column before that of row 0.
    """
    rows, columns = [row], [column]
    width = table.shape[1]
    # Single cells are read ten times as quickly from a memoryview as from an array.
    flat = table.ravel().data.cast("B").cast("f" if table.dtype == np.float32 else "d")
    at = (row + column + 2) * width + first + 1 + row
    while row or (column and not open_columns):
        down, right, straight = flat[at - width - 1], flat[at - width], flat[at - 2 * width - 1]
        beside, back = (down, width + 1) if down <= right else (right, width)
        if straight <= beside + still_cost:
            row, column, at = row - 1, column - 1, at - 2 * width - 1
        elif back > width:
            row, at = row - 1, at - back
        else:
            column, at = column - 1, at - back
        rows.append(row)
        columns.append(column)
    return rows, columns


def _longest_rest(path: WarpPath) -> int:
    """Steps on end on which one side stands still."""
    longest = 0
    for side in path[:2]:
        moves = np.flatnonzero(np.diff(side))
        edges = np.concatenate([[-1], moves, [len(side) - 1]])
        longest = max(longest, int(np.diff(edges).max()) - 1)
    return longest


def _warp_limited(
    cost: Array,
    low: Limits,
    high: Limits,
    open_columns: bool,
    max_still: int,
    still_cost: float,
) -> WarpPath | None:
    """The same with no side standing still for more than so many steps on end; None where no way remains."""
    rows, columns = cost.shape
    table = np.full((rows + columns + 1, rows + 1), np.inf, cost.dtype)
    table[0, 0] = 0.0
    _lay_out(cost.reshape(-1), cost.shape, table, low, high)
    steps = np.zeros((len(low), rows), dtype=np.uint8)
    # The run that ends in each cell: rows passing (down) counted up, columns passing (right) counted down.
    run, run_new = np.zeros(rows + 1, dtype=np.int32), np.zeros(rows + 1, dtype=np.int32)
    for k, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        here, above = slice(a + 1, b + 2), slice(a, b + 1)
        down, right = table[k + 1, above].copy(), table[k + 1, here].copy()
        down[run[above] >= max_still] = np.inf
        right[run[here] <= -max_still] = np.inf
        straight, step, length = table[k, above], steps[k, above], run_new[here]
        best = np.minimum(down, right) + still_cost
        across = right < down
        step[:] = np.where(across, _RIGHT, _DOWN)
        length[:] = np.where(across, np.minimum(run[here], 0) - 1, np.maximum(run[above], 0) + 1)
        direct = straight <= best
        step[direct] = _DIAGONAL
        length[direct] = 0
        np.minimum(best, straight, out=best)
        if open_columns and a == 0 and b >= a:
            best[0], step[0], length[0] = 0.0, _DIAGONAL, 0
        table[k + 2, here] += best
        run, run_new = run_new, run
    ends = table[rows + 1 :, rows]
    last = int(np.argmin(ends)) if open_columns else columns - 1
    if not np.isfinite(ends[last]):
        return None
    path = _trace_steps(steps, rows - 1, last)
    return WarpPath(np.array(path[0][::-1]), np.array(path[1][::-1]), float(ends[last]))


def _trace_steps(steps: NDArray[np.uint8], row: int, column: int) -> Steps:
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
