"""Check the ordered index against the stock columns. Called by the scrub and by tests.

Shapes: ``P`` pools, ``R`` stock rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .columns import NO_EXPIRY_DAY, STATUS_AVAILABLE
from .compiled import kernel, step
from .index_tree import (
    COUNT,
    HI,
    INNER_FREE,
    INNER_USED,
    LEAF_FREE,
    LEAF_ROWS,
    LEAF_USED,
    LO,
    NEXT,
    PARENT,
    PREVIOUS,
    ROW,
    UP,
    StockIndex,
    find_leaf,
    key_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECK_FINE = 0
CHECK_LINK = 1
CHECK_ORDER = 2
CHECK_ROW = 3
CHECK_PATH = 4
CHECK_HEAD = 5
CHECK_MISSING = 6
CHECK_ARENA = 7
CHECK_CURSOR = 8


@njit(cache=True, nogil=True)
def check_pool(ix: StockIndex, pool: int) -> tuple[int, int, int]:
    """Check one pool's tree and head against the stock columns.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    pool : int64
        Open pool.

    Returns
    -------
    status : int64
        `CHECK_FINE`; `CHECK_LINK` leaves wrongly linked or empty, `CHECK_ORDER` entries not
        ascending, `CHECK_ROW` an entry that differs from its columns, `CHECK_PATH` an entry that
        a search does not find, `CHECK_HEAD` head differs from the first row, `CHECK_CURSOR`
        likewise for the row found by required day.
    entries, leaves : int64
        Entries and leaves of the tree.
    """
    rotation = np.int64(ix.head[pool]["rotation"])
    n = np.int64(ix.pool_first_leaf[pool])
    before, last_key, last_row = np.int64(0), np.int64(-1), np.int64(-1)
    entries, leaves = 0, 0
    if (n == 0) != (ix.pool_root[pool] == 0):
        return CHECK_LINK, entries, leaves
    while n != 0:
        lo, hi = np.int64(ix.leaf[n, LO]), np.int64(ix.leaf[n, HI])
        if not 0 <= lo < hi <= LEAF_ROWS or ix.leaf[n, PREVIOUS] != before:
            return CHECK_LINK, entries, leaves
        for slot in range(lo, hi):
            row, key = np.int64(ix.leaf[n, ROW + slot]), ix.leaf_key[n, slot]
            if key < last_key or (key == last_key and row <= last_row):
                return CHECK_ORDER, entries, leaves
            last_key, last_row = key, row
            if not _is_indexed(ix, row) or ix.stock_pool[row] != pool:
                return CHECK_ROW, entries, leaves
            if key != key_of(ix, row, rotation):
                return CHECK_ROW, entries, leaves
            if find_leaf(ix, np.int64(ix.pool_root[pool]), key, row) != n:
                return CHECK_PATH, entries, leaves
            entries += 1
        if not _has_sound_path(ix, pool, n):
            return CHECK_PATH, entries, leaves
        leaves += 1
        before, n = n, np.int64(ix.leaf[n, NEXT])
    if not _has_sound_head(ix, pool):
        return CHECK_HEAD, entries, leaves
    if not _has_sound_cursor(ix, pool):
        return CHECK_CURSOR, entries, leaves
    return CHECK_FINE, entries, leaves


@njit(cache=True, nogil=True)
def check_pools(ix: StockIndex, first_pool: int, last_pool: int, row_count: int) -> tuple[int, int]:
    """Check a range of pools, and that no row of theirs is missing.

    Available units are not looked at: see `free_units`.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    first_pool, last_pool : int64
        Open pools: `first_pool` to before `last_pool`.
    row_count : int64
        Stock rows ever used; free ones have pool -1 or nothing on hand.

    Returns
    -------
    status : int64
        As `check_pool`; also `CHECK_MISSING` fewer entries than rows that belong into trees.
    pool : int64
        Pool in which the fault was found, -1 when none or not of one pool. O(R + r log r) for r
        rows of these pools.
    """
    entries = 0
    for pool in range(first_pool, last_pool):
        status, pool_entries, _ = check_pool(ix, pool)
        if status != CHECK_FINE:
            return status, pool
        entries += pool_entries
    wanted = 0
    for row in range(row_count):
        if first_pool <= ix.stock_pool[row] < last_pool and _is_indexed(ix, row):
            wanted += 1
    return (CHECK_FINE if wanted == entries else CHECK_MISSING), -1


@njit(cache=True, nogil=True)
def check_arena(ix: StockIndex, pool_count: int) -> int:
    """Check that no node of the trees is lost or used twice.

    Parameters
    ----------
    ix : StockIndex
        Read only; its pools are sound.
    pool_count : int64
        Open pools.

    Returns
    -------
    status : int64
        `CHECK_FINE` or `CHECK_ARENA`. O(nodes).
    """
    leaves = 0
    for pool in range(pool_count):
        n = np.int64(ix.pool_first_leaf[pool])
        while n != 0 and leaves <= ix.arena[LEAF_USED]:
            leaves += 1
            n = np.int64(ix.leaf[n, NEXT])
    n, free = ix.arena[LEAF_FREE], 0
    while n != 0 and free <= ix.arena[LEAF_USED]:
        free += 1
        n = np.int64(ix.leaf[n, NEXT])
    if free + leaves != ix.arena[LEAF_USED]:
        return CHECK_ARENA
    used = 0
    for n in range(1, ix.arena[INNER_USED] + 1):
        if ix.inner[n, COUNT] != 0:
            used += 1
    n, free = ix.arena[INNER_FREE], 0
    while n != 0 and free <= ix.arena[INNER_USED]:
        free += 1
        n = np.int64(ix.inner[n, UP])
    if free + used != ix.arena[INNER_USED] or (leaves > 0 and used >= leaves):
        return CHECK_ARENA
    return CHECK_FINE


@njit(cache=True, nogil=True)
def check(ix: StockIndex, pool_count: int, row_count: int) -> tuple[int, int]:
    """Check all pools and the arena.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    pool_count, row_count : int64
        Open pools; stock rows ever used.

    Returns
    -------
    status, pool : int64
        As `check_pools` and `check_arena`.
    """
    status, pool = check_pools(ix, 0, pool_count, row_count)
    if status != CHECK_FINE:
        return status, pool
    return check_arena(ix, pool_count), -1


@njit(cache=True, nogil=True)
def free_units(ix: StockIndex, row_count: int, out: NDArray[np.int64]) -> None:
    """Sum the free units of each pool's stock rows.

    A pool's available units must be this, less its pooled allocations, less its live promises.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    row_count : int64
        Stock rows ever used; free ones have pool -1 or nothing on hand.
    out : int64[P]
        Output: sum of each pool.
    """
    out[:] = 0
    for row in range(row_count):
        pool = np.int64(ix.stock_pool[row])
        if pool >= 0:
            out[pool] += ix.stock_on_hand_units[row] - ix.stock_allocated_units[row]


@step
def _is_indexed(ix: StockIndex, row: int) -> bool:
    if ix.stock_on_hand_units[row] <= ix.stock_allocated_units[row]:
        return False
    return ix.pool_status[ix.stock_pool[row]] == STATUS_AVAILABLE


@kernel
def _has_sound_path(ix: StockIndex, pool: int, n: int) -> bool:
    """Whether the parents of leaf `n` lead to the root and none has fewer than two children."""
    node, p = np.int64(n), np.int64(ix.leaf[n, PARENT])
    while p != 0:
        if ix.inner[p, COUNT] < 2:
            return False
        node, p = -p, np.int64(ix.inner[p, UP])
    return ix.pool_root[pool] == node


@kernel
def _has_sound_head(ix: StockIndex, pool: int) -> bool:
    n = np.int64(ix.pool_first_leaf[pool])
    row = np.int64(ix.head[pool]["head_row"])
    free = ix.head[pool]["head_free_units"]
    expiry_day = ix.head[pool]["head_expiry_day"]
    if n == 0:
        return row == -1 and free == 0 and expiry_day == NO_EXPIRY_DAY
    if ix.leaf[n, ROW + ix.leaf[n, LO]] != row:
        return False
    if ix.stock_expiry_day[row] != expiry_day:
        return False
    return ix.stock_on_hand_units[row] - ix.stock_allocated_units[row] == free


@kernel
def _has_sound_cursor(ix: StockIndex, pool: int) -> bool:
    """Whether the cursor, if it holds for the head, is at the first row above its low day."""
    cursor = ix.cursor
    if cursor[pool]["for_head"] == 0:
        return True
    if cursor[pool]["for_head"] != ix.head[pool]["head_row"] + 1:
        return True
    n = np.int64(ix.pool_first_leaf[pool])
    while n != 0:
        for slot in range(np.int64(ix.leaf[n, LO]), np.int64(ix.leaf[n, HI])):
            row = np.int64(ix.leaf[n, ROW + slot])
            if ix.stock_expiry_day[row] <= cursor[pool]["low_day"]:
                continue
            free = ix.stock_on_hand_units[row] - ix.stock_allocated_units[row]
            place = n == cursor[pool]["leaf"] and slot == cursor[pool]["slot"]
            units = row == cursor[pool]["row"] and free == cursor[pool]["free_units"]
            return place and units and ix.stock_expiry_day[row] == cursor[pool]["high_day"]
        n = np.int64(ix.leaf[n, NEXT])
    return False
