"""Decide and store a small run of plain orders in one call.

A run of one to a few dozen orders costs less to decide than the calls that decide it. So this
kernel does all that `allocate.accept_orders`, `accept_range.settle_range`, `free_rows.take_rows`
and `store_orders.store_orders` do for such a run, reads the commands from their blocks of the
record and writes the blocks that follow (`record_blocks`).

A run is *plain* when it certainly fits the tables, names no code and no promise, gets by with the
room that there is for its allocations, and every kept line has a pool. Of any other run nothing is
left behind, and `accept_range` is for it. Shapes: ``n`` orders, ``L`` lines, ``A`` room for
allocations, ``S`` scratch, ``B`` and ``R`` bytes. O(B + L + A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .accept_range import settle_range
from .allocate import AcceptBatch, Accepted, Promises, accept_orders
from .columns import NONE, OUTCOME_DONE
from .compiled import kernel
from .free_rows import take_rows
from .order_rule import give_back
from .record_blocks import (
    SPACE_ACCEPTED,
    SPACE_LINE_OUTCOME,
    SPACE_OUTCOME,
    SPACE_ROWS,
    payload,
    put_block,
)
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
    """Rows ever used of the tables; for the rings, numbers given and the tails.

    As values, or as their places among the counters.
    """

    orders: int
    lines: int
    allocations: int
    order_tail: int
    line_tail: int


class Plain(NamedTuple):
    """What a plain run has done; -1 orders when it is not plain, and then nothing.

    Attributes
    ----------
    orders, lines : int
        Orders that are kept, and their lines.
    allocations : int
        Allocations.
    wanting_lines : int
        Kept lines that still want units.
    outcome_at : int
        Where the blocks of the outcome begin.
    end : int
        Bytes of blocks.
    blocks : int
        How many.
    """

    orders: int
    lines: int
    allocations: int
    wanting_lines: int
    outcome_at: int
    end: int
    blocks: int


_NOT_PLAIN = Plain(-1, 0, 0, 0, 0, 0, 0)
_ACCEPTED_HEAD_BYTES = 32


def room_bytes(count: int, line_count: int, room: int) -> int:
    """Give R, the bytes that the blocks of a run take up at most.

    Parameters
    ----------
    count, line_count, room : int
        n, L and A.

    Returns
    -------
    int
        Heads, padding and counters included.
    """
    return 168 + 12 * room + 9 * count + 4 * line_count


def scratch_rows(count: int, line_count: int, room: int) -> int:
    """Give S, the size of the scratch array.

    Parameters
    ----------
    count, line_count, room : int
        n, L and A.

    Returns
    -------
    int
        Elements of int32.
    """
    return 5 * count + 4 + 2 * line_count + 4 * room


@kernel
def accept_plain(
    commands: NDArray[np.uint8],
    count: int,
    line_count: int,
    out: NDArray[np.uint8],
    scratch: NDArray[np.int32],
    room: int,
    time_us: int,
    tables: AcceptTables,
    counters: NDArray[np.int64],
    places: Used,
) -> Plain:
    """Decide and store a run when it is plain.

    Parameters
    ----------
    commands : uint8[B]
        Blocks of the columns of `accept`, in the schema's order; a column of length 1 holds for
        all.
    count, line_count : int64
        n and L.
    out : uint8[R]
        Output, zeroed: blocks of what was stored, of the outcome (`outcome`, `order`, then
        `allocated_units`) and of the counters, as they follow the commands in the record. Without
        an order that is kept, those of the outcome only.
    scratch : int32[S]
        Used up; S of `scratch_rows`.
    room : int64
        A, at least L.
    time_us : int64
        Time of the run.
    tables : AcceptTables
        Written in place.
    counters : int64[C]
        Written in place, where rows are used.
    places : Used
        Places of the counters.

    Returns
    -------
    Plain
        What was done.
    """
    batch, columns, is_plain = _read(commands)
    used = Used(
        counters[places.orders], counters[places.lines], counters[places.allocations],
        counters[places.order_tail], counters[places.line_tail],
    )  # fmt: skip
    if not (is_plain and _fits(count, line_count, room, tables, used)):
        return _NOT_PLAIN
    numbers = scratch[: 2 * count].view(np.int64)
    outcome = scratch[2 * count : 3 * count].view(np.uint8)[:count]
    runs = scratch[3 * count : 5 * count + 4]
    at = 5 * count + 4
    allocated_units, line_pool = scratch[at : at + line_count], scratch[at + line_count :]
    line_pool = line_pool[:line_count]
    at += 2 * line_count
    rows, fresh = scratch[at : at + room], scratch[at + room : at + 2 * room]
    stock, units = scratch[at + 2 * room : at + 3 * room], scratch[at + 3 * room : at + 4 * room]
    outcome[:] = OUTCOME_DONE
    allocated_units[:] = 0
    line_pool[:] = NONE
    result = Accepted(outcome, allocated_units, line_pool, fresh, stock, units)
    order, _, made = accept_orders(
        batch, 0, 0, time_us, tables.item_pool_first, tables.stock_index, tables.promises, result
    )
    kept, lines, poolless, wanting = settle_range(
        columns, outcome, allocated_units, line_pool, 0, order, 0
    )
    if order < count or poolless > 0:
        give_back(tables.stock_index, result, 0, line_count, made)
        return _NOT_PLAIN
    end = np.int64(used.allocations)
    if kept > 0:
        end = take_rows(tables.free_rows, tables.free_count, end, made, rows[:made])
    store_orders(
        columns, outcome, allocated_units, line_pool, 0, count, 0, used.orders, used.lines,
        rows[:made], stock[:made], units[:made], tables.orders, tables.lines, tables.allocations,
        runs[: 4 * (count // 2 + 1)].reshape((count // 2 + 1, 4)), numbers,
    )  # fmt: skip
    outcome_at = np.int64(0)
    if kept > 0:
        outcome_at = _put_accepted(
            out, used.orders, used.lines, count, rows[:made], stock[:made], units[:made]
        )
    behind = _put_outcome(out, outcome_at, outcome, numbers, allocated_units)
    if kept > 0:
        counters[places.allocations] = end
        counters[places.orders] += kept
        counters[places.lines] += lines
        behind = _put_counters(out, behind, counters, places)
    return Plain(kept, lines, made, wanting, outcome_at, behind, 5 if kept > 0 else 3)


@kernel
def _put_accepted(
    out: NDArray[np.uint8],
    first_order: int,
    first_line: int,
    count: int,
    rows: NDArray[np.int32],
    stock: NDArray[np.int32],
    units: NDArray[np.int32],
) -> int:
    """Put the block of what the whole run stored at the beginning; give the place behind it."""
    made = rows.shape[0]
    size = _ACCEPTED_HEAD_BYTES + 12 * made
    body, behind = put_block(out, 0, SPACE_ACCEPTED, 0, made, size)
    numbers = body[:16].view(np.int64)
    numbers[0], numbers[1] = first_order, first_line
    words = body[16:size].view(np.int32)
    # First command, command behind the last, first line.
    words[1] = count
    at = (_ACCEPTED_HEAD_BYTES - 16) // 4
    for column in (rows, stock, units):
        for place in range(made):
            words[at + place] = column[place]
        at += made
    return behind


@kernel
def _put_outcome(
    out: NDArray[np.uint8],
    at: int,
    outcome: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    allocated_units: NDArray[np.int32],
) -> int:
    count, line_count = outcome.shape[0], allocated_units.shape[0]
    body, at = put_block(out, at, SPACE_OUTCOME, 0, count, count)
    for k in range(count):
        body[k] = outcome[k]
    body, at = put_block(out, at, SPACE_OUTCOME, 1, count, 8 * count)
    words = body.view(np.int64)
    for k in range(count):
        words[k] = numbers[k]
    body, at = put_block(out, at, SPACE_LINE_OUTCOME, 0, line_count, 4 * line_count)
    halves = body.view(np.int32)
    for line in range(line_count):
        halves[line] = allocated_units[line]
    return at


@kernel
def _put_counters(
    out: NDArray[np.uint8], at: int, counters: NDArray[np.int64], places: Used
) -> int:
    """Put the after-images of the counters that change, rows padded to 8."""
    body, behind = put_block(out, at, SPACE_ROWS, 0, 3, 16 + 3 * 8)
    rows, images = body[:12].view(np.int32), body[16:].view(np.int64)
    rows[0], images[0] = places.allocations, counters[places.allocations]
    rows[1], images[1] = places.orders, counters[places.orders]
    rows[2], images[2] = places.lines, counters[places.lines]
    return behind


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
