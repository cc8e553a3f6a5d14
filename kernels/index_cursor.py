"""Rows of a pool for orders that may not have its first row, because that expires too early.

FEFO keys carry the expiry in their upper part, so the first row that lives long enough is found by
a seek; FIFO looks at the expiry of each row from the first one on. The row found is kept in the
pool's cursor: as long as the head shows the same row and nobody else touches the tree, the next
order of the same shape finds it, and its units, in one place. Shapes: ``P`` pools, ``R`` stock
rows, ``A`` room for allocations. A seek is O(log n). Called by `ordered_index` and `allocate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import NO_EXPIRY_DAY, NONE, ROTATION_FIFO
from .compiled import kernel, step
from .index_tree import HI, LO, NEXT, ROW, StockIndex, find_leaf, find_slot, remove_at

if TYPE_CHECKING:
    from numpy.typing import NDArray


@step
def bind_behind_head(
    ix: StockIndex,
    pool: int,
    left: int,
    required_day: int,
    out_rows: NDArray[np.int32],
    out_units: NDArray[np.int32],
    at: int,
) -> tuple[int, int]:
    """Go on with `bind` when the first row expires too early.

    Parameters
    ----------
    ix : StockIndex
        As in `bind`, but neither the head nor what the pool has available is changed.
    pool : int64
        Pool with status AVAILABLE.
    left : int64
        Units wanted.
    required_day : int64
        Later than the expiry of the pool's first row.
    out_rows, out_units : int32[A]
        Output from `at` on.
    at : int64
        First entry to write.

    Returns
    -------
    at, left : int64
        End of what was written, and units still wanted.
    """
    end, left = out_rows.shape[0], np.int64(left)
    cursor, p = ix.cursor, np.uint32(pool)
    if (
        cursor[p]["for_head"] != ix.head[p]["head_row"] + 1
        or required_day <= cursor[p]["low_day"]
        or required_day > cursor[p]["high_day"]
    ):
        _place_cursor(ix, pool, required_day)
    while left > 0 and at < end and cursor[p]["for_head"] != 0:
        row = np.uint32(cursor[p]["row"])
        free = np.int64(cursor[p]["free_units"])
        units = min(free, np.int64(left))
        ix.stock_allocated_units[row] += units
        out_rows[np.uint32(at)] = row
        out_units[np.uint32(at)] = units
        at += 1
        left -= units
        if units < free:
            cursor[p]["free_units"] = free - units
        else:
            _advance_cursor(ix, pool, required_day)
    return at, left


@step
def seek(ix: StockIndex, pool: int, required_day: int) -> tuple[int, int]:
    """Place from which rows that expire on or after a day are found.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    pool : int64
        Pool.
    required_day : int64
        Local day number.

    Returns
    -------
    leaf, slot : int64
        FEFO: of the first such row; the slot may be the leaf's ``hi``, then it is the first of
        the next leaf. FIFO: of the first row. Leaf 0 when the tree is empty.
    """
    n = np.int64(ix.pool_first_leaf[pool])
    if n == 0:
        return n, np.int64(0)
    if ix.head[pool]["rotation"] == ROTATION_FIFO or required_day <= 0:
        return n, np.int64(ix.leaf[n, LO])
    key = np.int64(min(required_day, NO_EXPIRY_DAY)) << 32
    n = find_leaf(ix, np.int64(ix.pool_root[pool]), key, NONE)
    return n, find_slot(ix, n, key, NONE)


@kernel
def _place_cursor(ix: StockIndex, pool: int, required_day: int) -> None:
    """Find the first row that expires on or after a day."""
    n, slot = seek(ix, pool, required_day)
    ix.cursor[pool]["low_day"] = required_day - 1
    if n > 0 and slot > ix.leaf[n, LO]:
        # FEFO: the row before it tells for which other days it is the first.
        ix.cursor[pool]["low_day"] = ix.stock_expiry_day[ix.leaf[n, ROW + slot - 1]]
    _set_cursor(ix, pool, required_day, n, slot)


@kernel
def _advance_cursor(ix: StockIndex, pool: int, required_day: int) -> None:
    """Take the cursor's row, which has no free units any more, out of the tree; find the next."""
    n, slot = np.int64(ix.cursor[pool]["leaf"]), np.int64(ix.cursor[pool]["slot"])
    follower = np.int64(ix.leaf[n, NEXT])
    slot = remove_at(ix, pool, n, slot)
    if slot < 0:
        n, slot = follower, np.int64(ix.leaf[follower, LO])
    _set_cursor(ix, pool, required_day, n, slot)


@step
def _set_cursor(ix: StockIndex, pool: int, required_day: int, n: int, slot: int) -> None:
    """Cache the first row from a place on that expires on or after a day, if there is one."""
    cursor = ix.cursor
    cursor[pool]["for_head"] = 0
    while n != 0:
        if slot >= ix.leaf[n, HI]:
            n = np.int64(ix.leaf[n, NEXT])
            slot = np.int64(ix.leaf[n, LO])
            continue
        row = np.int64(ix.leaf[n, ROW + slot])
        expiry_day = ix.stock_expiry_day[row]
        if expiry_day >= required_day:
            cursor[pool]["row"] = row
            cursor[pool]["free_units"] = ix.stock_on_hand_units[row] - ix.stock_allocated_units[row]
            cursor[pool]["high_day"] = expiry_day
            cursor[pool]["for_head"] = ix.head[pool]["head_row"] + 1
            cursor[pool]["leaf"] = n
            cursor[pool]["slot"] = slot
            return
        cursor[pool]["low_day"] = max(cursor[pool]["low_day"], expiry_day)
        slot += 1
