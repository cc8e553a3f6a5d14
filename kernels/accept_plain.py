"""Decide and store a small run of plain orders in one call.

A run of one to a few dozen orders costs less to decide than the calls that decide it: each time a
kernel is called, every array that it is given is unwrapped. So this one does all that
`allocate.accept_orders`, `accept_range.settle_range`, `free_rows.take_rows` and
`store_orders.store_orders` do for such a run, and reads the commands from their blocks
(`command_blocks`).

A run is *plain* when it certainly fits the tables, names no code and no promise, gets by with the
room that there is for its allocations, and every kept line has a pool. Of any other run nothing is
left behind, and `accept_range` is for it. Shapes: ``n`` orders, ``L`` lines, ``A`` room for
allocations, ``B`` bytes. O(B + L + A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .accept_range import settle_range
from .allocate import AcceptBatch, Accepted, Promises, accept_orders
from .columns import NONE, OUTCOME_DONE
from .command_blocks import payload
from .compiled import kernel
from .free_rows import take_rows
from .order_rule import give_back
from .store_orders import AllocationRows, LineRing, OrderColumns, OrderRing, store_orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .index_tree import StockIndex


class AcceptTables(NamedTuple):
    """What accepting orders reads and writes.

    Attributes
    ----------
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    stock_index, promises, orders, lines, allocations
        Tables.
    free_rows, free_count : int32[C], int64[1]
        Heap of free allocation rows.
    """

    item_pool_first: NDArray[np.int32]
    stock_index: StockIndex
    promises: Promises
    orders: OrderRing
    lines: LineRing
    allocations: AllocationRows
    free_rows: NDArray[np.int32]
    free_count: NDArray[np.int64]


class Used(NamedTuple):
    """Rows ever used of the tables; for the rings, numbers given and the tails."""

    orders: int
    lines: int
    allocations: int
    order_tail: int
    line_tail: int


@kernel
def accept_plain(
    commands: NDArray[np.uint8],
    outcome: NDArray[np.uint8],
    out_number: NDArray[np.int64],
    line_allocated_units: NDArray[np.int32],
    scratch: NDArray[np.int32],
    room: int,
    time_us: int,
    tables: AcceptTables,
    used: Used,
) -> tuple[int, int, int, int, int]:
    """Decide and store a run when it is plain.

    Parameters
    ----------
    commands : uint8[B]
        Blocks of the columns of `accept`, in the schema's order; a column of length 1 holds for
        all.
    outcome, out_number : uint8[n], int64[n]
        Output, outcomes zeroed: `OUTCOME_*`, and order numbers, -1 for orders that are not kept.
    line_allocated_units : int32[L]
        Output, zeroed.
    scratch : int32[4 * A + L + 4 * (n // 2 + 1)]
        Output: allocation rows, their stock rows (-1 pooled) and units, one behind the other. The
        rest is used up.
    room : int64
        A, at least L.
    time_us : int64
        Time of the run.
    tables : AcceptTables
        Written in place.
    used : Used
        At the beginning.

    Returns
    -------
    order_count, line_count : int64
        Orders that are kept, and their lines; -1 and 0 when the run is not plain.
    allocation_count, open_count : int64
        Allocations, and kept lines that still want units.
    allocation_end : int64
        Allocation rows ever used from now on.
    """
    count, line_count = outcome.shape[0], line_allocated_units.shape[0]
    batch, columns, is_plain = _read(commands)
    if not (is_plain and _fits(count, line_count, room, tables, used)):
        return -1, 0, 0, 0, 0
    line_pool = scratch[4 * room : 4 * room + line_count]
    line_pool[:] = NONE
    stock, units = scratch[room : 2 * room], scratch[2 * room : 3 * room]
    result = Accepted(
        outcome, line_allocated_units, line_pool, scratch[3 * room : 4 * room], stock, units
    )
    order, _, made = accept_orders(
        batch, 0, 0, time_us, tables.item_pool_first, tables.stock_index, tables.promises, result
    )
    kept, lines, poolless, wanting = settle_range(
        columns, outcome, line_allocated_units, line_pool, 0, order, 0
    )
    if order < count or poolless > 0:
        give_back(tables.stock_index, result, 0, line_count, made)
        outcome[:] = OUTCOME_DONE
        return -1, 0, 0, 0, 0
    rows = scratch[:made]
    end = np.int64(used.allocations)
    if kept > 0:
        end = take_rows(tables.free_rows, tables.free_count, end, made, rows)
    runs = scratch[4 * room + line_count :].reshape((count // 2 + 1, 4))
    store_orders(
        columns, outcome, line_allocated_units, line_pool, 0, count, 0, used.orders, used.lines,
        rows, stock[:made], units[:made], tables.orders, tables.lines, tables.allocations,
        runs, out_number,
    )  # fmt: skip
    # One behind the other; what is overwritten was read before.
    for place in range(made):
        scratch[made + place] = stock[place]
    for place in range(made):
        scratch[2 * made + place] = units[place]
    return kept, lines, made, wanting, end


@kernel
def _fits(count: int, line_count: int, room: int, tables: AcceptTables, used: Used) -> bool:
    """Tell whether orders, lines and allocations certainly fit."""
    capacity = tables.lines.order.shape[0]
    free = tables.allocations.line.shape[0] - used.allocations + tables.free_count[0]
    return (
        count <= tables.orders.number.shape[0] - used.orders + used.order_tail
        and line_count <= capacity - used.lines + used.line_tail
        and line_count <= capacity - (used.lines & (capacity - 1))
        and room <= free
    )


@kernel
def _read(commands: NDArray[np.uint8]) -> tuple[AcceptBatch, OrderColumns, bool]:
    """Find the columns in their blocks; tell whether no order names a code or a promise."""
    reference, at = payload(commands, 0)
    channel, at = payload(commands, at)
    owner, at = payload(commands, at)
    priority, at = payload(commands, at)
    policy, at = payload(commands, at)
    placement, at = payload(commands, at)
    min_life_days, at = payload(commands, at)
    departure_us, at = payload(commands, at)
    code, at = payload(commands, at)
    line_count, at = payload(commands, at)
    item, at = payload(commands, at)
    units, at = payload(commands, at)
    promise, at = payload(commands, at)
    is_plain = True
    for byte in code:
        is_plain &= byte == 0
    promises = promise.view(np.int64)
    for number in promises:
        is_plain &= number < 0
    owners, counts = owner.view(np.int32), line_count.view(np.int32)
    min_life, departure = min_life_days.view(np.int16), departure_us.view(np.int64)
    items, wanted = item.view(np.int32), units.view(np.int32)
    batch = AcceptBatch(
        owners, policy, placement, min_life, departure, counts, items, wanted, promises
    )
    columns = OrderColumns(
        reference.view(np.int64), channel.view(np.int32), owners, priority, policy, min_life,
        departure, counts, items, wanted,
    )  # fmt: skip
    return batch, columns, is_plain
