"""Stock rows that rotation allows a plan to choose from.

An allocation to a pool is bound to a stock row when its work is planned. Rotation leaves the plan
a choice among the rows of one day: FEFO, those that expire on the same day as the first row that
lives long enough; FIFO, those received on the same day as that row, if they live long enough.
Shapes: ``C`` choices, ``R`` stock rows, ``U`` handling units, ``L`` locations, ``N`` room for rows.
A choice costs O(log n) and its rows (FIFO: also the short-lived rows before them). Called by the
service's query `ListReleasable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import DAY_US, NONE, ROTATION_FIFO
from .compiled import kernel, step
from .index_cursor import seek
from .index_tree import HI, LO, NEXT, ROW, StockIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Places(NamedTuple):
    """Where stock rows are: in a location, or in a handling unit that is somewhere.

    Parameters
    ----------
    stock_location, stock_unit : int32[R]
        Location and handling unit of each stock row, -1 for none.
    unit_location, unit_parent : int32[U]
        Location of each handling unit and the unit around it, -1 for none.
    location_zone : int32[L]
        Zone of each location.
    """

    stock_location: NDArray[np.int32]
    stock_unit: NDArray[np.int32]
    unit_location: NDArray[np.int32]
    unit_parent: NDArray[np.int32]
    location_zone: NDArray[np.int32]


@step
def place_of(places: Places, row: int) -> int:
    """Give the location of a stock row, or of the outermost handling unit around it.

    Parameters
    ----------
    places : Places
        Read only.
    row : int64
        Stock row.

    Returns
    -------
    location : int64
        -1 when the outermost unit stands nowhere.
    """
    location, unit = np.int64(places.stock_location[row]), np.int64(places.stock_unit[row])
    while unit >= 0:
        location, unit = np.int64(places.unit_location[unit]), np.int64(places.unit_parent[unit])
    return location


@kernel
def places_of(places: Places, rows: NDArray[np.int32], out_location: NDArray[np.int32]) -> None:
    """Give where stock rows are, see `place_of`.

    Parameters
    ----------
    places : Places
        Read only.
    rows : int32[N]
        Stock rows, -1 for none.
    out_location : int32[N]
        Output: -1 where the row is.
    """
    for k in range(rows.shape[0]):
        row = np.int64(rows[k])
        out_location[k] = NONE if row < 0 else place_of(places, row)


@kernel
def find_candidates(
    ix: StockIndex,
    places: Places,
    pools: NDArray[np.int32],
    required_days: NDArray[np.int32],
    zone: int,
    row_count_max: int,
    out_first: NDArray[np.int32],
    out_rows: NDArray[np.int32],
    out_location: NDArray[np.int32],
) -> int:
    """Find the stock rows that rotation allows, choice after choice.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    places : Places
        Read only.
    pools, required_days : int32[C]
        A pool with status AVAILABLE, and the day on which its goods must not have expired.
    zone : int64
        Only rows in this zone, -1 for any. It does not change which day is the first.
    row_count_max : int64
        Rows for one choice, at least 1: the first by rotation. At most ``N``.
    out_first : int32[C + 1]
        Output: first row of each choice, and the end of the last.
    out_rows, out_location : int32[N]
        Output: stock rows in rotation order, and where they are.

    Returns
    -------
    choice_count : int64
        Choices whose rows found room, at least one unless there are none; the rest is not written.
    """
    at = np.int64(0)
    out_first[0] = 0
    for choice in range(pools.shape[0]):
        if at + row_count_max > out_rows.shape[0]:
            return choice
        at = _rows_of_one_day(
            ix,
            places,
            np.int64(pools[choice]),
            np.int64(required_days[choice]),
            zone,
            at,
            at + row_count_max,
            out_rows,
            out_location,
        )
        out_first[choice + 1] = at
    return pools.shape[0]


@step
def _rows_of_one_day(
    ix: StockIndex,
    places: Places,
    pool: int,
    required_day: int,
    zone: int,
    at: int,
    end: int,
    out_rows: NDArray[np.int32],
    out_location: NDArray[np.int32],
) -> int:
    """Write the rows of the first day of a pool from `at` up to `end`; give where they end."""
    is_fifo = ix.head[pool]["rotation"] == ROTATION_FIFO
    at, first_day = np.int64(at), np.int64(NONE)
    n, slot = seek(ix, pool, required_day)
    while n > 0 and at < end:
        if slot >= ix.leaf[n, HI]:
            n = np.int64(ix.leaf[n, NEXT])
            slot = np.int64(ix.leaf[n, LO])
            continue
        row = np.int64(ix.leaf[n, ROW + slot])
        slot += 1
        expiry_day = np.int64(ix.stock_expiry_day[row])
        if expiry_day < required_day:
            continue
        day = np.int64(ix.stock_received_us[row]) // DAY_US if is_fifo else expiry_day
        if first_day == NONE:
            first_day = day
        if day != first_day:
            break
        location = place_of(places, row)
        if zone < 0 or (location >= 0 and places.location_zone[location] == zone):
            out_rows[at] = row
            out_location[at] = location
            at += 1
    return at
