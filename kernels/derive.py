"""Recompute derived columns from base columns: after recovery, and to compare in the scrub.

Shapes: ``O`` order rows, ``L`` line rows, ``A`` allocation rows, ``R`` stock rows, ``P`` pools, all
used rows only. Each kernel is one pass, O(rows it reads).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .columns import (
    ALLOCATION_BOUND,
    ALLOCATION_FREE,
    ALLOCATION_POOLED,
    ALLOCATION_SHIPPED,
    NONE,
    ORDER_OPEN,
    ORDER_PACKED,
)
from .ordered_index import open_pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .due_heap import DueHeap
    from .index_tree import StockIndex


@njit(cache=True, nogil=True)
def sum_allocated(
    allocation_stock: NDArray[np.int32],
    allocation_units: NDArray[np.int32],
    allocation_state: NDArray[np.uint8],
    stock_allocated_units: NDArray[np.int32],
) -> int:
    """Sum the units that allocations hold of each stock row.

    Parameters
    ----------
    allocation_stock, allocation_units, allocation_state : int32[A], int32[A], uint8[A]
        Allocation rows.
    stock_allocated_units : int32[R]
        Output: units of BOUND, PICKED and PACKED allocations, added to what is there.

    Returns
    -------
    int64
        Allocations that hold stock.
    """
    held = 0
    for row in range(allocation_state.size):
        state = allocation_state[row]
        if ALLOCATION_BOUND <= state < ALLOCATION_SHIPPED:
            stock_allocated_units[allocation_stock[row]] += allocation_units[row]
            held += 1
    return held


@njit(cache=True, nogil=True)
def sum_pooled(
    allocation_line: NDArray[np.int32],
    allocation_units: NDArray[np.int32],
    allocation_state: NDArray[np.uint8],
    line_pool: NDArray[np.int32],
    pooled_units: NDArray[np.int64],
) -> int:
    """Sum the units of POOLED allocations per pool.

    Parameters
    ----------
    allocation_line, allocation_units, allocation_state : int32[A], int32[A], uint8[A]
        Allocation rows.
    line_pool : int32[L]
        Pool of each line.
    pooled_units : int64[P]
        Output: added to what is there.

    Returns
    -------
    int64
        Pooled allocations.
    """
    pooled = 0
    for row in range(allocation_state.size):
        if allocation_state[row] == ALLOCATION_POOLED:
            pooled_units[line_pool[allocation_line[row]]] += allocation_units[row]
            pooled += 1
    return pooled


@njit(cache=True, nogil=True)
def link_allocations(
    allocation_line: NDArray[np.int32],
    allocation_state: NDArray[np.uint8],
    allocation_next: NDArray[np.int32],
    line_first: NDArray[np.int32],
) -> int:
    """Chain the allocations of each line in ascending order of their rows.

    Parameters
    ----------
    allocation_line, allocation_state : int32[A], uint8[A]
        Allocation rows.
    allocation_next : int32[A]
        Output: next allocation of the same line, -1 at the end.
    line_first : int32[L]
        First allocation of each line; -1 on entry. Written in place.

    Returns
    -------
    int64
        Allocations chained.
    """
    linked = 0
    for row in range(allocation_state.size - 1, -1, -1):
        if allocation_state[row] != ALLOCATION_FREE:
            line = allocation_line[row]
            allocation_next[row] = line_first[line]
            line_first[line] = row
            linked += 1
    return linked


@njit(cache=True, nogil=True)
def derive_lines(
    order_state: NDArray[np.uint8],
    order_owner: NDArray[np.int32],
    order_line_first: NDArray[np.int32],
    order_line_count: NDArray[np.int32],
    line_order: NDArray[np.int32],
    line_item: NDArray[np.int32],
    item_pool_first: NDArray[np.int32],
    pool_owner: NDArray[np.int32],
    pool_status: NDArray[np.uint8],
    pool_next: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    line_first: NDArray[np.int32],
    line_event: NDArray[np.int32],
) -> int:
    """Set the derived columns of the lines of all open orders.

    Parameters
    ----------
    order_state, order_owner, order_line_first, order_line_count : uint8[O], int32[O] and so on
        Order rows.
    line_order, line_item : int32[L]
        Line rows; a line that the ring gave to a later order is told by `line_order`.
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    pool_owner, pool_status, pool_next : int32[P], uint8[P], int32[P]
        Pools and the chain of an item's pools.
    line_pool : int32[L]
        Output: the AVAILABLE pool of item and owner, -1 when none.
    line_first, line_event : int32[L]
        Output: -1.

    Returns
    -------
    int64
        Lines of open orders.
    """
    lines = 0
    for order in range(order_state.size):
        if not ORDER_OPEN <= order_state[order] <= ORDER_PACKED:
            continue
        first = order_line_first[order]
        for line in range(first, first + order_line_count[order]):
            if line_order[line] != order:
                continue
            pool = item_pool_first[line_item[line]]
            while pool != NONE and (
                pool_owner[pool] != order_owner[order] or pool_status[pool] != 0
            ):
                pool = pool_next[pool]
            line_pool[line] = pool
            line_first[line] = NONE
            line_event[line] = NONE
            lines += 1
    return lines


@njit(cache=True, nogil=True)
def open_lines(
    order_state: NDArray[np.uint8],
    order_line_first: NDArray[np.int32],
    order_line_count: NDArray[np.int32],
    line_order: NDArray[np.int32],
    ordered_units: NDArray[np.int32],
    allocated_units: NDArray[np.int32],
    shipped_units: NDArray[np.int32],
    cancelled_units: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """List the lines of open orders that still want units, ascending by order row.

    Parameters
    ----------
    order_state, order_line_first, order_line_count : uint8[O], int32[O], int32[O]
        Order rows.
    line_order, ordered_units, allocated_units, shipped_units, cancelled_units : int32[L]
        Line rows.
    out : int32[L]
        Output: line rows.

    Returns
    -------
    int64
        Lines listed.
    """
    listed = 0
    for order in range(order_state.size):
        if not ORDER_OPEN <= order_state[order] <= ORDER_PACKED:
            continue
        first = order_line_first[order]
        for line in range(first, first + order_line_count[order]):
            wanted = ordered_units[line] - allocated_units[line]
            if line_order[line] == order and wanted > shipped_units[line] + cancelled_units[line]:
                out[listed] = line
                listed += 1
    return listed


@njit(cache=True, nogil=True)
def check_lines(
    order_state: NDArray[np.uint8],
    order_line_first: NDArray[np.int32],
    order_line_count: NDArray[np.int32],
    line_order: NDArray[np.int32],
    line_allocated_units: NDArray[np.int32],
    line_first: NDArray[np.int32],
    allocation_line: NDArray[np.int32],
    allocation_units: NDArray[np.int32],
    allocation_next: NDArray[np.int32],
    first_order: int,
    last_order: int,
) -> tuple[int, int, int]:
    """Compare the lines of open orders with the allocations chained to them.

    Parameters
    ----------
    order_state, order_line_first, order_line_count : uint8[O], int32[O], int32[O]
        Order rows.
    line_order, line_allocated_units, line_first : int32[L]
        Line rows.
    allocation_line, allocation_units, allocation_next : int32[A]
        Allocation rows.
    first_order, last_order : int64
        Order rows to look at: `first_order` to before `last_order`.

    Returns
    -------
    line : int64
        First line row whose units or chain are wrong, -1 when none.
    expected_units : int64
        Units chained to that line.
    chained : int64
        Allocations chained to all lines looked at.
    """
    chained = 0
    for order in range(first_order, last_order):
        if not ORDER_OPEN <= order_state[order] <= ORDER_PACKED:
            continue
        first = order_line_first[order]
        for line in range(first, first + order_line_count[order]):
            units = np.int64(0)
            row = line_first[line]
            while row != NONE:
                if allocation_line[row] != line:
                    return line, units, chained
                units += allocation_units[row]
                chained += 1
                row = allocation_next[row]
            if units != line_allocated_units[line] or line_order[line] != order:
                return line, units, chained
    return NONE, 0, chained


@njit(cache=True, nogil=True)
def count_held(
    allocation_line: NDArray[np.int32],
    allocation_state: NDArray[np.uint8],
    line_order: NDArray[np.int32],
    first_order: int,
    last_order: int,
) -> int:
    """Count the allocations that are not free of the orders in a range.

    Parameters
    ----------
    allocation_line, allocation_state : int32[A], uint8[A]
        Allocation rows.
    line_order : int32[L]
        Order row of each line row.
    first_order, last_order : int64
        Order rows: `first_order` to before `last_order`.

    Returns
    -------
    int64
        Allocations; one without a line counts for the first order row.
    """
    held = 0
    for row in range(allocation_state.size):
        if allocation_state[row] != ALLOCATION_FREE:
            line = allocation_line[row]
            order = line_order[line] if line >= 0 else 0
            held += first_order <= order < last_order
    return held


@njit(cache=True, nogil=True)
def sum_on_hand(
    stock_item: NDArray[np.int32],
    stock_on_hand_units: NDArray[np.int32],
    on_hand_units: NDArray[np.int64],
) -> int:
    """Sum the units on hand of each item.

    Parameters
    ----------
    stock_item, stock_on_hand_units : int32[R], int32[R]
        Stock rows; free ones have nothing on hand.
    on_hand_units : int64[I]
        Output: added to what is there.

    Returns
    -------
    int64
        Rows that hold something.
    """
    held = 0
    for row in range(stock_item.size):
        if stock_on_hand_units[row] > 0:
            on_hand_units[stock_item[row]] += stock_on_hand_units[row]
            held += 1
    return held


@njit(cache=True, nogil=True)
def open_pools(
    ix: StockIndex,
    item_pool_first: NDArray[np.int32],
    pool_item: NDArray[np.int32],
    pool_owner: NDArray[np.int32],
    pool_rotation: NDArray[np.uint8],
) -> None:
    """Open all pools in ascending order, see `ordered_index.open_pool`.

    Parameters
    ----------
    ix : StockIndex
        Index without pools.
    item_pool_first : int32[I]
        First pool of each item; -1 on entry. Written in place.
    pool_item, pool_owner, pool_rotation : int32[P], int32[P], uint8[P]
        Item, legal owner (`OWNER_NOT_ALLOCATABLE` when nothing may be taken), rotation.
    """
    for pool in range(pool_item.shape[0]):
        open_pool(
            ix,
            item_pool_first,
            np.int64(pool_item[pool]),
            pool,
            np.int64(pool_owner[pool]),
            np.int64(pool_rotation[pool]),
        )


@njit(cache=True, nogil=True)
def fill_due(heap: DueHeap, times_us: NDArray[np.int64], numbers: NDArray[np.int32]) -> None:
    """Fill an empty due heap with entries that ascend by (time, number): they are a heap as is.

    Parameters
    ----------
    heap : DueHeap
        Empty. Written in place.
    times_us, numbers : int64[N], int32[N]
        Entries, ascending.
    """
    for k in range(times_us.shape[0]):
        heap.time_us[k] = times_us[k]
        heap.number[k] = numbers[k]
    heap.count[0] = times_us.shape[0]
