"""Write decided orders into the rings of orders and lines and into the allocation rows.

`allocate.accept_orders` decides; this kernel only writes, and recovery calls it with what the
record holds. Orders of a batch lie one behind the other in the rings: order number
``first_order + k`` in row ``number & (O - 1)``, its lines likewise. The caller sees to it that
no order's lines wrap.

Shapes: ``n`` orders and ``L`` lines of the batch, ``A`` allocations, ``O`` and ``M`` rows of the
rings. Columns of length 1 hold for all. O(n + L + A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    OUTCOME_SHORT,
    POLICY_ALL_OR_NOTHING,
)
from .compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OrderColumns(NamedTuple):
    """Columns of `accept` that an order row keeps; each int of shape (n,) or (1,)."""

    reference: NDArray[np.int64]
    channel: NDArray[np.int32]
    owner: NDArray[np.int32]
    priority: NDArray[np.uint8]
    policy: NDArray[np.uint8]
    min_life_days: NDArray[np.int16]
    departure_us: NDArray[np.int64]
    line_count: NDArray[np.int32]
    line_item: NDArray[np.int32]
    line_units: NDArray[np.int32]


class OrderRing(NamedTuple):
    """Base columns of table `order`, shape (O,)."""

    number: NDArray[np.int64]
    reference: NDArray[np.int64]
    channel: NDArray[np.int32]
    owner: NDArray[np.int32]
    priority: NDArray[np.uint8]
    policy: NDArray[np.uint8]
    state: NDArray[np.uint8]
    min_life_days: NDArray[np.int16]
    departure_us: NDArray[np.int64]
    line_first: NDArray[np.int32]
    line_count: NDArray[np.int32]


class LineRing(NamedTuple):
    """Columns of table `line`, shape (M,); the last three are derived."""

    order: NDArray[np.int32]
    item: NDArray[np.int32]
    ordered_units: NDArray[np.int32]
    allocated_units: NDArray[np.int32]
    shipped_units: NDArray[np.int32]
    cancelled_units: NDArray[np.int32]
    pool: NDArray[np.int32]
    allocation_first: NDArray[np.int32]
    event: NDArray[np.int32]


class AllocationRows(NamedTuple):
    """Columns of table `allocation`; the last is derived."""

    line: NDArray[np.int32]
    stock: NDArray[np.int32]
    units: NDArray[np.int32]
    state: NDArray[np.uint8]
    wave: NDArray[np.int32]
    next: NDArray[np.int32]


@kernel
def is_stored(outcome: int, policy: int) -> bool:
    """Tell whether an order is kept: DONE, PARTIAL, and SHORT unless it is refused.

    Parameters
    ----------
    outcome, policy : int
        Of the order.

    Returns
    -------
    bool
        Whether it takes rows.
    """
    return outcome < OUTCOME_SHORT or (outcome == OUTCOME_SHORT and policy != POLICY_ALL_OR_NOTHING)


@kernel
def count_stored(
    batch: OrderColumns, outcome: NDArray[np.uint8], first: int, last: int
) -> tuple[int, int]:
    """Count the orders from `first` to before `last` that are kept, and their lines.

    Parameters
    ----------
    batch : OrderColumns
        The commands.
    outcome : uint8[n]
        As decided.
    first, last : int
        Range of orders.

    Returns
    -------
    tuple of int64
        Orders and lines.
    """
    orders, lines = 0, 0
    policy_step = 1 if batch.policy.shape[0] > 1 else 0
    count_step = 1 if batch.line_count.shape[0] > 1 else 0
    for k in range(first, last):
        if is_stored(outcome[k], batch.policy[k * policy_step]):
            orders += 1
            lines += batch.line_count[k * count_step]
    return orders, lines


@kernel
def store_orders(
    batch: OrderColumns,
    outcome: NDArray[np.uint8],
    line_allocated_units: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    first: int,
    last: int,
    first_batch_line: int,
    first_order: int,
    first_line: int,
    rows: NDArray[np.int32],
    stock: NDArray[np.int32],
    units: NDArray[np.int32],
    orders: OrderRing,
    lines: LineRing,
    allocations: AllocationRows,
    out_number: NDArray[np.int64],
) -> tuple[int, int]:
    """Store the orders from `first` to before `last` of a decided batch.

    Parameters
    ----------
    batch : OrderColumns
        The commands.
    outcome, line_allocated_units : uint8[n], int32[L]
        As decided.
    line_pool : int32[L]
        Pool of each line; of length 0 when derived columns are recomputed later.
    first, last, first_batch_line : int
        Range of orders, and the batch's line with which it begins.
    first_order, first_line : int
        Numbers of the first stored order and line.
    rows, stock, units : int32[A]
        Allocation rows, their stock rows (-1 pooled) and units, in the order of the lines.
    orders, lines, allocations
        Tables. Written in place.
    out_number : int64[n]
        Output: order number, -1 for orders that are not kept.

    Returns
    -------
    tuple of int64
        Numbers behind the last stored order and line.
    """
    order_mask, line_mask = orders.number.shape[0] - 1, lines.order.shape[0] - 1
    number, line_number, at = np.int64(first_order), np.int64(first_line), np.int64(0)
    batch_line, k = np.int64(first_batch_line), np.int64(first)
    count_step, policy_step = _step(batch.line_count.shape[0]), _step(batch.policy.shape[0])
    while k < last:
        # Kept orders that follow one another are stored column by column.
        begin_line = batch_line
        while k < last and is_stored(outcome[k], batch.policy[k * policy_step]):
            count = np.int64(batch.line_count[k * count_step])
            order, line_first = number & order_mask, line_number & line_mask
            out_number[k] = number
            orders.number[order] = number
            orders.state[order] = ORDER_OPEN
            orders.line_first[order] = line_first
            orders.line_count[order] = count
            for line in range(line_first, line_first + count):
                lines.order[line] = order
            number += 1
            line_number += count
            batch_line += count
            k += 1
        stored = batch_line - begin_line
        if stored > 0:
            to = (line_number - stored) & line_mask
            _store_lines(batch, line_allocated_units, line_pool, begin_line, stored, to, lines)
            at = _chain(
                line_allocated_units, begin_line, stored, to, rows, units, at, lines, allocations
            )
        if k < last:
            out_number[k] = NONE
            batch_line += batch.line_count[k * count_step]
            k += 1
    for j in range(at):
        row = rows[j]
        allocations.stock[row] = stock[j]
        allocations.units[row] = units[j]
        allocations.state[row] = ALLOCATION_POOLED if stock[j] < 0 else ALLOCATION_BOUND
        allocations.wave[row] = NONE
    _store_columns(batch, orders, out_number, first, last, order_mask)
    return number, line_number


@kernel
def _store_lines(
    batch: OrderColumns,
    line_allocated_units: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    begin: int,
    count: int,
    to: int,
    lines: LineRing,
) -> None:
    """Write `count` lines of the batch from `begin` into the ring from row `to`."""
    item_step, units_step = _step(batch.line_item.shape[0]), _step(batch.line_units.shape[0])
    for k in range(count):
        lines.item[to + k] = batch.line_item[(begin + k) * item_step]
    for k in range(count):
        lines.ordered_units[to + k] = batch.line_units[(begin + k) * units_step]
    for k in range(count):
        lines.allocated_units[to + k] = line_allocated_units[begin + k]
    for k in range(count):
        lines.shipped_units[to + k] = 0
    for k in range(count):
        lines.cancelled_units[to + k] = 0
    for k in range(count):
        lines.event[to + k] = NONE
    if line_pool.shape[0] > 0:
        for k in range(count):
            lines.pool[to + k] = line_pool[begin + k]


@kernel
def _chain(
    line_allocated_units: NDArray[np.int32],
    begin: int,
    count: int,
    to: int,
    rows: NDArray[np.int32],
    units: NDArray[np.int32],
    at: int,
    lines: LineRing,
    allocations: AllocationRows,
) -> int:
    """Chain each line's allocations, which lie one behind the other; return the next entry."""
    for k in range(count):
        left = np.int64(line_allocated_units[begin + k])
        if left == 0:
            lines.allocation_first[to + k] = NONE
            continue
        row = rows[at]
        lines.allocation_first[to + k] = row
        while True:
            allocations.line[row] = to + k
            left -= units[at]
            at += 1
            if left <= 0:
                break
            following = rows[at]
            allocations.next[row] = following
            row = following
        allocations.next[row] = NONE
    return at


@kernel
def _step(length: int) -> int:
    """Stride over a column: 0 repeats its only value."""
    return 1 if length > 1 else 0


@kernel
def _store_columns(
    batch: OrderColumns,
    orders: OrderRing,
    numbers: NDArray[np.int64],
    first: int,
    last: int,
    order_mask: int,
) -> None:
    """Copy what the commands say of each kept order, one column after the other."""
    _spread(batch.reference, orders.reference, numbers, first, last, order_mask)
    _spread(batch.channel, orders.channel, numbers, first, last, order_mask)
    _spread(batch.owner, orders.owner, numbers, first, last, order_mask)
    _spread(batch.priority, orders.priority, numbers, first, last, order_mask)
    _spread(batch.policy, orders.policy, numbers, first, last, order_mask)
    _spread(batch.min_life_days, orders.min_life_days, numbers, first, last, order_mask)
    _spread(batch.departure_us, orders.departure_us, numbers, first, last, order_mask)


@kernel
def _spread(
    source: NDArray[np.integer],
    target: NDArray[np.integer],
    numbers: NDArray[np.int64],
    first: int,
    last: int,
    order_mask: int,
) -> None:
    step = 1 if source.shape[0] > 1 else 0
    for k in range(first, last):
        if numbers[k] >= 0:
            target[numbers[k] & order_mask] = source[k * step]
