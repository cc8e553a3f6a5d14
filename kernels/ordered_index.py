"""Stock rows of each pool in rotation order, kept while rows come, change and go.

A row is in its pool's tree while the pool's status is AVAILABLE and the row has free units (on hand
less allocated). The head of a pool caches the first row of its tree, so that serving a line mostly
reads one head and writes one stock column; the tree is touched only when that row runs out.
Shapes: ``P`` pools, ``R`` stock rows, ``A`` room for allocations.

The pattern of the engine: `leave` the row, change its columns, `enter` it. O(log n) each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .columns import (
    NO_EXPIRY_DAY,
    NONE,
    POOL_CURSOR,
    POOL_HEAD,
    STATUS_AVAILABLE,
)
from .compiled import kernel, step
from .index_cursor import bind_behind_head, seek
from .index_tree import (
    ARENA_WORDS,
    HI,
    INNER_CHILDREN,
    INNER_WORDS,
    LEAF_ROWS,
    LEAF_WORDS,
    LO,
    NEXT,
    ROW,
    StockIndex,
    find_leaf,
    find_slot,
    insert,
    key_of,
    remove_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray


def make_stock_index(
    allocate: Callable[[tuple[int, ...], DTypeLike], NDArray[Any]],
    *,
    pool_status: NDArray[np.uint8],
    stock_pool: NDArray[np.int32],
    stock_expiry_day: NDArray[np.int32],
    stock_received_us: NDArray[np.int64],
    stock_on_hand_units: NDArray[np.int32],
    stock_allocated_units: NDArray[np.int32],
) -> StockIndex:
    """Make an empty index over existing columns.

    Parameters
    ----------
    allocate : callable
        Gives an array of zeros of a shape and dtype. Only touched pages should cost memory: the
        node arenas have room for one leaf and one inner node a stock row, the worst case.
    pool_status : uint8[P]
        Status of each pool.
    stock_pool, stock_expiry_day, stock_received_us : int32[R], int32[R], int64[R]
        Columns of the stock rows.
    stock_on_hand_units, stock_allocated_units : int32[R]
        As above; `bind` and `unbind` write the second.

    Returns
    -------
    ix : StockIndex
        Pools must be opened with `open_pool`.
    """
    pools, rows = pool_status.shape[0], stock_pool.shape[0]
    return StockIndex(
        head=allocate((pools,), POOL_HEAD),
        cursor=allocate((pools,), POOL_CURSOR),
        pool_root=allocate((pools,), np.int32),
        pool_first_leaf=allocate((pools,), np.int32),
        pool_status=pool_status,
        leaf=allocate((rows + 1, LEAF_WORDS), np.int32),
        leaf_key=allocate((rows + 1, LEAF_ROWS), np.int64),
        inner=allocate((rows + 1, INNER_WORDS), np.int32),
        inner_key=allocate((rows + 1, INNER_CHILDREN), np.int64),
        arena=allocate((ARENA_WORDS,), np.int64),
        stock_pool=stock_pool,
        stock_expiry_day=stock_expiry_day,
        stock_received_us=stock_received_us,
        stock_on_hand_units=stock_on_hand_units,
        stock_allocated_units=stock_allocated_units,
    )


@kernel
def open_pool(
    ix: StockIndex,
    item_pool_first: NDArray[np.int32],
    item: int,
    pool: int,
    owner: int,
    rotation: int,
) -> None:
    """Start a pool without rows and put it at the end of its item's pools.

    Parameters
    ----------
    ix : StockIndex
        ``pool_status[pool]`` is set already.
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    item, pool : int64
        Pools of an item must be opened in ascending order.
    owner : int64
        Legal owner, `OWNER_NOT_ALLOCATABLE` when nothing may be allocated from the pool.
    rotation : int64
        Rotation of the item.
    """
    head = ix.head
    head[pool]["available_units"] = 0
    head[pool]["head_row"] = NONE
    head[pool]["head_free_units"] = 0
    head[pool]["head_expiry_day"] = NO_EXPIRY_DAY
    head[pool]["owner"] = owner
    head[pool]["next_pool"] = NONE
    head[pool]["rotation"] = rotation
    at = np.int64(item_pool_first[item])
    if at < 0:
        item_pool_first[item] = pool
        return
    while head[at]["next_pool"] >= 0:
        at = np.int64(head[at]["next_pool"])
    head[at]["next_pool"] = pool


@kernel
def enter(ix: StockIndex, row: int) -> None:
    """Count a stock row from now on; its columns are set.

    Parameters
    ----------
    ix : StockIndex
        Available units of the row's pool rise by the row's free units.
    row : int64
        Stock row that is not counted yet.
    """
    pool = np.int64(ix.stock_pool[row])
    free = np.int64(ix.stock_on_hand_units[row]) - ix.stock_allocated_units[row]
    ix.head[pool]["available_units"] += free
    if free > 0 and ix.pool_status[pool] == STATUS_AVAILABLE:
        _enter_tree(ix, pool, row, free)


@kernel
def enter_rows(ix: StockIndex, rows: NDArray[np.int32]) -> None:
    """Count many stock rows from now on, see `enter`.

    Parameters
    ----------
    ix : StockIndex
        Changed in place.
    rows : int32[N]
        Stock rows that are not counted yet.
    """
    for k in range(rows.shape[0]):
        enter(ix, np.int64(rows[k]))


@kernel
def leave(ix: StockIndex, row: int) -> None:
    """Stop counting a stock row: the exact reverse of `enter`, with the row's present columns.

    Parameters
    ----------
    ix : StockIndex
        Available units of the row's pool fall by the row's free units, below 0 if need be.
    row : int64
        Stock row that is counted.
    """
    pool = np.int64(ix.stock_pool[row])
    free = np.int64(ix.stock_on_hand_units[row]) - ix.stock_allocated_units[row]
    ix.head[pool]["available_units"] -= free
    if free > 0 and ix.pool_status[pool] == STATUS_AVAILABLE:
        _leave_tree(ix, pool, row)


@kernel
def bind(
    ix: StockIndex,
    pool: int,
    need_units: int,
    required_day: int,
    out_rows: NDArray[np.int32],
    out_units: NDArray[np.int32],
    start: int,
) -> tuple[int, int]:
    """Allocate units of a pool to stock rows in rotation order.

    Parameters
    ----------
    ix : StockIndex
        Allocated units of the rows rise and available units of the pool fall by what is taken;
        rows without free units leave the tree.
    pool : int64
        Pool with status AVAILABLE.
    need_units : int64
        Units wanted. What the pool has available is not looked at: that is the caller's rule.
    required_day : int64
        Rows that expire before this day are passed over.
    out_rows, out_units : int32[A]
        Output from `start` on: stock row and units of each allocation.
    start : int64
        First entry to write.

    Returns
    -------
    count : int64
        Allocations written; ``start + count == A`` with less taken than wanted may mean that the
        room was too small.
    taken_units : int64
        Units taken, at most `need_units`. O(count log n) for FEFO; FIFO also walks over the
        short-lived rows.
    """
    head = ix.head
    end = out_rows.shape[0]
    at = np.int64(start)
    left = np.int64(need_units)
    while left > 0 and at < end:
        row = np.int64(head[pool]["head_row"])
        if row < 0 or head[pool]["head_expiry_day"] < required_day:
            break
        free = np.int64(head[pool]["head_free_units"])
        units = min(free, left)
        ix.stock_allocated_units[row] += units
        out_rows[at] = row
        out_units[at] = units
        at += 1
        left -= units
        if units < free:
            head[pool]["head_free_units"] = free - units
        else:
            pop_head(ix, pool)
    if left > 0 and head[pool]["head_row"] >= 0 and at < end:
        at, left = bind_behind_head(ix, pool, left, required_day, out_rows, out_units, at)
    taken = need_units - left
    head[pool]["available_units"] -= taken
    return at - start, taken


@kernel
def unbind(ix: StockIndex, row: int, units: int) -> None:
    """Give allocated units back to their stock row and pool.

    Parameters
    ----------
    ix : StockIndex
        Allocated units of the row fall, available units of its pool rise; the row comes back to
        its place in the order.
    row : int64
        Stock row that is counted.
    units : int64
        At most what is allocated.
    """
    pool = np.int64(ix.stock_pool[row])
    free = np.int64(ix.stock_on_hand_units[row]) - ix.stock_allocated_units[row] + units
    ix.stock_allocated_units[row] -= units
    ix.head[pool]["available_units"] += units
    if ix.pool_status[pool] != STATUS_AVAILABLE or units == 0:
        return
    ix.cursor[pool]["for_head"] = 0
    if free > units:
        if ix.head[pool]["head_row"] == row:
            ix.head[pool]["head_free_units"] = free
    else:
        _enter_tree(ix, pool, row, free)


@kernel
def bindable(ix: StockIndex, pool: int, need_units: int, required_day: int) -> int:
    """Units that `bind` would take; nothing changes.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    pool : int64
        Pool with status AVAILABLE.
    need_units : int64
        Units wanted.
    required_day : int64
        Rows that expire before this day are passed over.

    Returns
    -------
    units : int64
        0 to `need_units`.
    """
    left = np.int64(need_units)
    n, slot = seek(ix, pool, required_day)
    while n > 0 and left > 0:
        if slot >= ix.leaf[n, HI]:
            n = np.int64(ix.leaf[n, NEXT])
            slot = np.int64(ix.leaf[n, LO])
            continue
        row = np.int64(ix.leaf[n, ROW + slot])
        if ix.stock_expiry_day[row] >= required_day:
            left -= np.int64(ix.stock_on_hand_units[row]) - ix.stock_allocated_units[row]
        slot += 1
    return need_units - max(left, np.int64(0))


@kernel
def pop_head(ix: StockIndex, pool: int) -> None:
    """Take the first row of a pool, which has no free units any more, out of the tree.

    Parameters
    ----------
    ix : StockIndex
        The head shows the next row.
    pool : int64
        Pool whose tree is not empty.
    """
    n = np.int64(ix.pool_first_leaf[pool])
    lo = np.int64(ix.leaf[n, LO]) + 1
    if lo < ix.leaf[n, HI]:
        ix.leaf[n, LO] = lo
        _show_head(ix, pool, np.int64(ix.leaf[n, ROW + lo]))
    else:
        remove_at(ix, pool, n, lo - 1)
        _find_head(ix, pool)


@kernel
def bulk_load(ix: StockIndex, rows: NDArray[np.int32]) -> int:
    """Enter many stock rows, as recovery does.

    Parameters
    ----------
    ix : StockIndex
        Index with open pools.
    rows : int32[N]
        Stock rows that are not counted yet, in any order. In rotation order the leaves become
        full; else about three quarters full.

    Returns
    -------
    count : int64
        Rows entered; rows without a pool are passed over.
    """
    count = 0
    for at in range(rows.shape[0]):
        row = np.int64(rows[at])
        if ix.stock_pool[row] >= 0:
            enter(ix, row)
            count += 1
    return count


@step
def _show_head(ix: StockIndex, pool: int, row: int) -> None:
    """Cache a row in the pool's head."""
    free = ix.stock_on_hand_units[row] - ix.stock_allocated_units[row]
    ix.head[pool]["head_row"] = row
    ix.head[pool]["head_free_units"] = free
    ix.head[pool]["head_expiry_day"] = ix.stock_expiry_day[row]


@step
def _find_head(ix: StockIndex, pool: int) -> None:
    """Cache the first row of the tree, or that there is none."""
    n = np.int64(ix.pool_first_leaf[pool])
    if n > 0:
        _show_head(ix, pool, np.int64(ix.leaf[n, ROW + ix.leaf[n, LO]]))
    else:
        ix.head[pool]["head_row"] = NONE
        ix.head[pool]["head_free_units"] = 0
        ix.head[pool]["head_expiry_day"] = NO_EXPIRY_DAY


@step
def _enter_tree(ix: StockIndex, pool: int, row: int, free: int) -> None:
    ix.cursor[pool]["for_head"] = 0
    insert(ix, pool, key_of(ix, row, np.int64(ix.head[pool]["rotation"])), row)
    n = np.int64(ix.pool_first_leaf[pool])
    if ix.leaf[n, ROW + ix.leaf[n, LO]] == row:
        ix.head[pool]["head_row"] = row
        ix.head[pool]["head_free_units"] = free
        ix.head[pool]["head_expiry_day"] = ix.stock_expiry_day[row]


@step
def _leave_tree(ix: StockIndex, pool: int, row: int) -> None:
    ix.cursor[pool]["for_head"] = 0
    key = key_of(ix, row, np.int64(ix.head[pool]["rotation"]))
    n = find_leaf(ix, np.int64(ix.pool_root[pool]), key, row)
    remove_at(ix, pool, n, find_slot(ix, n, key, row))
    if ix.head[pool]["head_row"] == row:
        _find_head(ix, pool)
