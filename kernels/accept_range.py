"""Decide a range of a run of orders where more than stock decides: repeated codes, full tables.

`allocate.accept_orders` is the rule for orders that only compete for stock; a run whose codes are
all different and that certainly fits is one call of it. Otherwise `accept_carefully` calls it for
stretches of the range, as short as one order, and does between them what deciding the orders one
by one would do. `settle_range` is what follows in either case.

Shapes: ``n`` orders and ``L`` lines of the run, ``G`` codes that come more than once. O(n + L)
beside the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .allocate import AcceptBatch, Accepted, Promises, accept_orders
from .columns import NONE, OUTCOME_DONE, OUTCOME_DUPLICATE, OUTCOME_LIMIT, OUTCOME_SHORT
from .compiled import kernel
from .order_rule import pool_of, stride
from .store_orders import OrderColumns, is_stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .index_tree import StockIndex


class Room(NamedTuple):
    """What is left in the tables at the beginning of a range.

    Attributes
    ----------
    orders, lines, allocations, pools : int64
        Rows that may still be taken.
    line_row, line_capacity : int64
        Row of the next line in its ring, and the ring's rows.
    is_tight : bool
        Whether an order may not fit; if not, nothing of this is looked at.
    """

    orders: int
    lines: int
    allocations: int
    pools: int
    line_row: int
    line_capacity: int
    is_tight: bool


class Repeats(NamedTuple):
    """Orders of the run that share a code.

    Attributes
    ----------
    code : int32[n]
        Number of the code, -1 where no other order has it; of length 0 when all differ.
    holder : int64[G]
        The order of the run that was stored under each code, -1 while there is none.
    """

    code: NDArray[np.int32]
    holder: NDArray[np.int64]


@kernel
def accept_carefully(
    batch: AcceptBatch,
    first: int,
    first_line: int,
    time_us: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    promises: Promises,
    result: Accepted,
    repeats: Repeats,
    room: Room,
) -> tuple[int, int, int, int]:
    """Decide orders from `first` on, as far as their lines lie one behind the other in the ring.

    Parameters
    ----------
    batch, first, first_line, time_us, item_pool_first, ix, promises, result
        As for `accept_orders`. Orders of a stored code become `OUTCOME_DUPLICATE`, those that do
        not fit `OUTCOME_LIMIT`.
    repeats : Repeats
        Holders are noted.
    room : Room
        At the beginning.

    Returns
    -------
    order, line : int64
        First order and line that were not looked at.
    allocation_count : int64
        Allocations written.
    skipped_count : int64
        Line numbers to leave out before the first stored line.
    """
    order_count = result.outcome.shape[0]
    # Where pools are plenty, a new one leaves enough for whatever comes.
    is_pool_scarce = room.is_tight and room.pools < result.line_pool.shape[0] - first_line
    order, line, made = np.int64(first), np.int64(first_line), np.int64(0)
    orders, lines, skipped, row = np.int64(0), np.int64(0), np.int64(0), np.int64(room.line_row)
    while order < order_count:
        count = np.int64(batch.line_count[order * stride(batch.line_count.shape[0])])
        skip = np.int64(0)
        if room.is_tight and row + count > room.line_capacity:
            skip = room.line_capacity - row
            if lines > 0:
                break
        if result.outcome[order] == OUTCOME_DONE:
            if _is_held(repeats, order):
                result.outcome[order] = OUTCOME_DUPLICATE
            elif room.is_tight and not (
                _fits(room, count, orders, skipped + lines + skip, made)
                and _poolless(batch, order, line, count, item_pool_first, ix) <= room.pools
            ):
                result.outcome[order] = OUTCOME_LIMIT
        end = order + 1 if room.is_tight else _stretch_end(repeats.code, order, order_count)
        part = Accepted(
            result.outcome[:end],
            result.line_allocated_units,
            result.line_pool,
            result.allocation_line[made:],
            result.allocation_stock[made:],
            result.allocation_units[made:],
        )
        began, began_line = order, line
        order, line, taken = accept_orders(
            batch, order, line, time_us, item_pool_first, ix, promises, part
        )
        made += taken
        more_orders, more = _note_stored(batch, result.outcome, began, order, repeats)
        orders, lines, row = orders + more_orders, lines + more, row + more
        if more > 0 and skip > 0:
            skipped, row = skip, more
        if order < end:
            break
        if is_pool_scarce and more > 0 and _wants_pool(result.line_pool, began_line, line):
            break
    return order, line, made, skipped


@kernel
def _fits(room: Room, count: int, orders: int, lines: int, allocations: int) -> bool:
    """Tell whether one more order of `count` lines fits beside what the range has taken."""
    return (
        orders < room.orders
        and lines + count <= room.lines
        and allocations + count <= room.allocations
    )


@kernel
def _poolless(
    batch: AcceptBatch,
    order: int,
    first_line: int,
    count: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
) -> int:
    """Count the lines of an order for which a pool may have to be made."""
    owner = batch.owner[order * stride(batch.owner.shape[0])]
    found = np.int64(0)
    for line in range(first_line, first_line + count):
        item = batch.line_item[line * stride(batch.line_item.shape[0])]
        found += pool_of(ix.head, item_pool_first[item], owner) < 0
    return found


@kernel
def _note_stored(
    batch: AcceptBatch, outcome: NDArray[np.uint8], first: int, last: int, repeats: Repeats
) -> tuple[int, int]:
    """Count the kept orders from `first` to before `last` and their lines; they hold their code."""
    orders, lines = np.int64(0), np.int64(0)
    for k in range(first, last):
        if is_stored(outcome[k], batch.policy[k * stride(batch.policy.shape[0])]):
            orders += 1
            lines += batch.line_count[k * stride(batch.line_count.shape[0])]
            if repeats.code.shape[0] > 0 and repeats.code[k] >= 0:
                repeats.holder[repeats.code[k]] = k
    return orders, lines


@kernel
def _is_held(repeats: Repeats, order: int) -> bool:
    """Tell whether an order of the run was stored under the code of this one."""
    if repeats.code.shape[0] == 0 or repeats.code[order] < 0:
        return False
    return repeats.holder[repeats.code[order]] >= 0


@kernel
def _stretch_end(code: NDArray[np.int32], order: int, order_count: int) -> int:
    """First order behind `order` whose code others have, too."""
    if code.shape[0] == 0:
        return order_count
    end = order + 1
    while end < order_count and code[end] < 0:
        end += 1
    return end


@kernel
def _wants_pool(line_pool: NDArray[np.int32], first_line: int, last_line: int) -> bool:
    """Tell whether a pool has to be made, which leaves less room for the next one."""
    line = np.int64(first_line)
    while line < last_line and line_pool[line] != NONE:
        line += 1
    return line < last_line


@kernel
def settle_range(
    batch: OrderColumns,
    outcome: NDArray[np.uint8],
    line_allocated_units: NDArray[np.int32],
    line_pool: NDArray[np.int32],
    first: int,
    last: int,
    first_line: int,
) -> tuple[int, int, int, int]:
    """Count what decided orders need, and clear the lines of those that were passed over.

    Parameters
    ----------
    batch : OrderColumns
        The commands.
    outcome : uint8[n]
        As decided.
    line_allocated_units, line_pool : int32[L]
        As decided. Units of refused orders are set to 0: the rule uses these lines as it likes.
    first, last, first_line : int
        Range of orders, and the line with which it begins.

    Returns
    -------
    order_count, line_count : int64
        Orders that are kept, and their lines.
    poolless_count, open_count : int64
        Of these lines the ones without a pool, and the ones that still want units.
    """
    orders, lines, poolless, wanting = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    units_step = stride(batch.line_units.shape[0])
    line = np.int64(first_line)
    for k in range(first, last):
        end = line + batch.line_count[k * stride(batch.line_count.shape[0])]
        if is_stored(outcome[k], batch.policy[k * stride(batch.policy.shape[0])]):
            orders += 1
            lines += end - line
            for at in range(line, end):
                poolless += line_pool[at] < 0
                wanting += line_allocated_units[at] < batch.line_units[at * units_step]
        elif outcome[k] > OUTCOME_SHORT:
            for at in range(line, end):
                line_allocated_units[at] = 0
        line = end
    return orders, lines, poolless, wanting
