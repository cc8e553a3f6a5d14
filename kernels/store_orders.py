"""Write decided orders into the rings of orders and lines and into the allocation rows.

`allocate.accept_orders` decides; this kernel only writes, and recovery calls it with what the
record holds. Kept orders lie one behind the other in the rings: the k-th of them has number
``first_order + k`` and row ``number & (O - 1)``, its lines likewise. The caller sees to it that
the lines of a call do not wrap.

The tables are some twenty streams of memory that no cache holds. So each column is written from
end to end before the next one, in *runs* of orders that are kept: a few long copies, which the
processor foresees.

Shapes: ``n`` orders and ``L`` lines of the batch, ``A`` allocations, ``O`` and ``M`` rows of the
rings, ``N`` runs. Columns of length 1 hold for all. O(n + L + A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    NONE,
    ORDER_OPEN,
    OUTCOME_SHORT,
    POLICY_ALL_OR_NOTHING,
)
from .compiled import kernel, long_kernel
from .order_rule import stride

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Lines written for an order before its own number of them is looked at; the next order's come over
# those that are too many. Most orders have fewer, and no branch has to be foreseen.
_AT_ONCE: Final = 8

# Allocation rows from which on it pays to write them column by column.
_STRETCH_MIN: Final = 8


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
    runs: NDArray[np.int32],
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
    runs : int32[N, 4]
        Scratch, ``N > (last - first) / 2``.
    out_number : int64[n]
        Output: order number, -1 for orders that are not kept.

    Returns
    -------
    tuple of int64
        Numbers behind the last stored order and line.
    """
    run_count = _find_runs(
        batch, outcome, first, last, first_batch_line, first_order, runs, out_number
    )
    kept = runs[:run_count]
    order_mask, line_row = orders.number.shape[0] - 1, first_line & (lines.order.shape[0] - 1)
    order_count = np.int64(0)
    for r in range(run_count):
        order_count += kept[r, 1] - kept[r, 0]
    line_count = _number_rows(batch, kept, first_order, order_count, line_row, orders, lines)
    _store_order_columns(batch, kept, first_order, order_count, order_mask, orders)
    _store_line_columns(batch, line_allocated_units, line_pool, kept, line_row, line_count, lines)
    made = _chain(line_allocated_units, kept, line_row, rows, units, lines, allocations)
    _store_allocations(rows[:made], stock[:made], units[:made], allocations)
    return first_order + order_count, first_line + line_count


@long_kernel
def store_many_orders(*arguments: Any) -> tuple[int, int]:
    """Store a large batch: `store_orders`, without the interpreter lock.

    Parameters
    ----------
    *arguments
        As for `store_orders`.

    Returns
    -------
    tuple of int64
        As of `store_orders`.
    """
    return store_orders(*arguments)


@kernel
def _find_runs(
    batch: OrderColumns,
    outcome: NDArray[np.uint8],
    first: int,
    last: int,
    first_batch_line: int,
    first_order: int,
    runs: NDArray[np.int32],
    out_number: NDArray[np.int64],
) -> int:
    """Give kept orders their numbers and note each run: orders and lines, from and to."""
    count_step, policy_step = stride(batch.line_count.shape[0]), stride(batch.policy.shape[0])
    number, line, count, open_run = np.int64(first_order), np.int64(first_batch_line), 0, False
    for k in range(first, last):
        if is_stored(outcome[k], batch.policy[k * policy_step]):
            if not open_run:
                runs[count, 0], runs[count, 2] = k, line
                open_run = True
            out_number[k] = number
            number += 1
        else:
            if open_run:
                runs[count, 1], runs[count, 3] = k, line
                count += 1
                open_run = False
            out_number[k] = NONE
        line += batch.line_count[k * count_step]
    if open_run:
        runs[count, 1], runs[count, 3] = last, line
        count += 1
    return count


@kernel
def _number_rows(
    batch: OrderColumns,
    kept: NDArray[np.int32],
    first_order: int,
    order_count: int,
    first_row: int,
    orders: OrderRing,
    lines: LineRing,
) -> int:
    """Write what ties orders and their lines together; return how many lines there are."""
    mask = orders.number.shape[0] - 1
    _copy(batch.line_count, kept, 0, orders.line_count, first_order, mask)
    number, left, line = np.int64(first_order), np.int64(order_count), np.int64(first_row)
    last_row = np.int64(first_row)
    for r in range(kept.shape[0]):
        last_row += kept[r, 3] - kept[r, 2]
    while left > 0:
        row = number & mask
        part = min(left, mask + 1 - row)
        number_of, first_of = orders.number[row : row + part], orders.line_first[row : row + part]
        count_of = orders.line_count[row : row + part]
        for k in range(part):
            number_of[k] = number + k
        for k in range(part):
            first_of[k] = line
            end, order = line + count_of[k], row + k
            if line + _AT_ONCE <= last_row:
                for at in range(_AT_ONCE):
                    lines.order[line + at] = order
                line += _AT_ONCE
            while line < end:
                lines.order[line] = order
                line += 1
            line = end
        number += part
        left -= part
    return line - first_row


@kernel
def _store_order_columns(
    batch: OrderColumns,
    kept: NDArray[np.int32],
    first: int,
    count: int,
    mask: int,
    orders: OrderRing,
) -> None:
    """Copy what the commands say of each kept order."""
    _copy(batch.reference, kept, 0, orders.reference, first, mask)
    _copy(batch.channel, kept, 0, orders.channel, first, mask)
    _copy(batch.owner, kept, 0, orders.owner, first, mask)
    _copy(batch.priority, kept, 0, orders.priority, first, mask)
    _copy(batch.policy, kept, 0, orders.policy, first, mask)
    _copy(batch.min_life_days, kept, 0, orders.min_life_days, first, mask)
    _copy(batch.departure_us, kept, 0, orders.departure_us, first, mask)
    _fill(orders.state, first, count, mask, np.uint8(ORDER_OPEN))


@kernel
def _store_line_columns(
    batch: OrderColumns,
    line_allocated_units: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    kept: NDArray[np.int32],
    first: int,
    count: int,
    lines: LineRing,
) -> None:
    """Copy what the commands say of the lines of kept orders, and what was decided."""
    mask = lines.order.shape[0] - 1
    _copy(batch.line_item, kept, 2, lines.item, first, mask)
    _copy(batch.line_units, kept, 2, lines.ordered_units, first, mask)
    _copy(line_allocated_units, kept, 2, lines.allocated_units, first, mask)
    if line_pool.shape[0] > 0:
        _copy(line_pool, kept, 2, lines.pool, first, mask)
    _fill(lines.shipped_units, first, count, mask, np.int32(0))
    _fill(lines.cancelled_units, first, count, mask, np.int32(0))
    _fill(lines.event, first, count, mask, np.int32(NONE))


@kernel
def _chain(
    line_allocated_units: NDArray[np.int32],
    kept: NDArray[np.int32],
    first_row: int,
    rows: NDArray[np.int32],
    units: NDArray[np.int32],
    lines: LineRing,
    allocations: AllocationRows,
) -> int:
    """Chain each line's allocations, which lie one behind the other; return how many."""
    at, line = np.int64(0), np.int64(first_row)
    for r in range(kept.shape[0]):
        for k in range(kept[r, 2], kept[r, 3]):
            left = np.int64(line_allocated_units[k])
            if left == 0:
                lines.allocation_first[line] = NONE
            else:
                row = rows[at]
                lines.allocation_first[line] = row
                while True:
                    allocations.line[row] = line
                    left -= units[at]
                    at += 1
                    if left <= 0:
                        break
                    following = rows[at]
                    allocations.next[row] = following
                    row = following
                allocations.next[row] = NONE
            line += 1
    return at


@kernel
def _store_allocations(
    rows: NDArray[np.int32],
    stock: NDArray[np.int32],
    units: NDArray[np.int32],
    allocations: AllocationRows,
) -> None:
    """Write what was allocated into the allocation rows."""
    start, count = 0, rows.shape[0]
    while start < count:
        end = start + 1
        while end < count and rows[end] == rows[end - 1] + 1:
            end += 1
        if end - start < _STRETCH_MIN:
            for j in range(start, end):
                row = rows[j]
                allocations.stock[row] = stock[j]
                allocations.units[row] = units[j]
                allocations.state[row] = ALLOCATION_POOLED if stock[j] < 0 else ALLOCATION_BOUND
                allocations.wave[row] = NONE
            start = end
            continue
        first, last = np.int64(rows[start]), np.int64(rows[end - 1]) + 1
        stock_of, units_of = allocations.stock[first:last], allocations.units[first:last]
        state_of, wave_of = allocations.state[first:last], allocations.wave[first:last]
        stock_part, units_part = stock[start:end], units[start:end]
        for j in range(last - first):
            stock_of[j] = stock_part[j]
        for j in range(last - first):
            units_of[j] = units_part[j]
        for j in range(last - first):
            state_of[j] = ALLOCATION_POOLED if stock_part[j] < 0 else ALLOCATION_BOUND
        for j in range(last - first):
            wave_of[j] = NONE
        start = end


@kernel
def _copy(
    source: NDArray[np.integer],
    kept: NDArray[np.int32],
    ends: int,
    target: NDArray[np.integer],
    first: int,
    mask: int,
) -> None:
    """Copy a column's runs one behind the other into a ring; `ends` says which ends of a run."""
    to = np.int64(first)
    for r in range(kept.shape[0]):
        start, end = np.int64(kept[r, ends]), np.int64(kept[r, ends + 1])
        if source.shape[0] == 1:
            _fill(target, to, end - start, mask, source[0])
            to += end - start
            continue
        while start < end:
            row = to & mask
            count = min(end - start, mask + 1 - row)
            piece, place = source[start : start + count], target[row : row + count]
            for k in range(count):
                place[k] = piece[k]
            start += count
            to += count


@kernel
def _fill(target: NDArray[np.integer], first: int, count: int, mask: int, value: int) -> None:
    """Write one value into `count` rows of a ring."""
    to, left = np.int64(first), np.int64(count)
    while left > 0:
        row = to & mask
        part = min(left, mask + 1 - row)
        place = target[row : row + part]
        for k in range(part):
            place[k] = value
        to += part
        left -= part
