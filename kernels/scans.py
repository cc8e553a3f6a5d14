"""Scans over whole tables, for commands so rare that an index would cost more than it saves.

Called by the engine for take-backs, refused changes of the catalogue and the tails of rings. Each
is O(rows looked at). Shapes: ``A`` allocation rows, ``L`` line rows, ``R`` rows in use of a table,
``C`` capacity of a ring, ``N`` room for results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .columns import ALLOCATION_PACKED, ALLOCATION_PICKED, ALLOCATION_POOLED, NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def pooled_allocations(
    allocation_state: NDArray[np.uint8],
    allocation_line: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    pool: int,
    out_rows: NDArray[np.int32],
) -> int:
    """Find the POOLED allocations of a pool.

    Parameters
    ----------
    allocation_state : uint8[A]
        `ALLOCATION_*` of the rows in use.
    allocation_line : int32[A]
        Line row of each, -1 when free.
    line_pool : int32[L]
        Pool of each line row.
    pool : int64
        Pool.
    out_rows : int32[N]
        Output: allocation rows, ascending, as far as there is room.

    Returns
    -------
    count : int64
        Allocations found; more than N means that `out_rows` was too small.
    """
    count = 0
    for row in range(allocation_state.shape[0]):
        if allocation_state[row] == ALLOCATION_POOLED and line_pool[allocation_line[row]] == pool:
            if count < out_rows.shape[0]:
                out_rows[count] = row
            count += 1
    return count


@njit(cache=True, nogil=True)
def rows_in_state(
    states: NDArray[np.uint8],
    pools: NDArray[np.int32],
    pool: int,
    state: int,
    out_rows: NDArray[np.int32],
) -> int:
    """Find the rows of a pool that are in a state (promises).

    Parameters
    ----------
    states : uint8[R]
        State of the rows in use.
    pools : int32[R]
        Pool of each.
    pool, state : int64
        What is looked for.
    out_rows : int32[N]
        Output: rows, ascending, as far as there is room.

    Returns
    -------
    count : int64
        Rows found; more than N means that `out_rows` was too small.
    """
    count = 0
    for row in range(states.shape[0]):
        if states[row] == state and pools[row] == pool:
            if count < out_rows.shape[0]:
                out_rows[count] = row
            count += 1
    return count


@njit(cache=True, nogil=True)
def find_stock_of(refs: NDArray[np.int32], on_hand_units: NDArray[np.int32], wanted: int) -> int:
    """First stock row that holds something of an item or a lot.

    Parameters
    ----------
    refs : int32[R]
        Item or lot of the stock rows in use.
    on_hand_units : int32[R]
        Units on hand, 0 in free rows.
    wanted : int64
        Item or lot.

    Returns
    -------
    row : int64
        The lowest such row, -1 when there is none.
    """
    for row in range(refs.shape[0]):
        if refs[row] == wanted and on_hand_units[row] > 0:
            return np.int64(row)
    return np.int64(NONE)


@njit(cache=True, nogil=True)
def first_open(
    states: NDArray[np.uint8], first: int, end: int, low_state: int, high_state: int
) -> int:
    """First number of a ring, from `first` on, whose state is in a range.

    Parameters
    ----------
    states : uint8[C]
        State of each row; the row of a number is ``number & (C - 1)``.
    first, end : int64
        Numbers looked at: ``first`` to ``end - 1``, at most C of them.
    low_state, high_state : int64
        Inclusive range of the open states.

    Returns
    -------
    number : int64
        The number, `end` when there is none.
    """
    mask = states.shape[0] - 1
    number = np.int64(first)
    while number < end:
        state = states[number & mask]
        if low_state <= state <= high_state:
            break
        number += 1
    return number


@njit(cache=True, nogil=True)
def is_picked(
    allocation_state: NDArray[np.uint8], allocation_stock: NDArray[np.int32], row: int
) -> bool:
    """Tell whether a stock row is held by a PICKED or PACKED allocation.

    Parameters
    ----------
    allocation_state, allocation_stock : uint8[A], int32[A]
        Allocation rows in use.
    row : int64
        Stock row.

    Returns
    -------
    picked : bool
        Whether there is one.
    """
    for k in range(allocation_state.shape[0]):
        if allocation_stock[k] == row and (
            allocation_state[k] == ALLOCATION_PICKED or allocation_state[k] == ALLOCATION_PACKED
        ):
            return True
    return False
