"""The rule by which one order is accepted, in full; `allocate` serves most orders by a shorter way.

See docs/commands.md, `accept`. Shapes: ``n`` orders, ``L`` lines, ``A`` room for allocations, ``Q``
promise ring, ``P`` pools, ``I`` items. O(lines + allocations log R). Called by `allocate` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import (
    DAY_US,
    NONE,
    OUTCOME_NOT_LIVE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    PLACEMENT_BINS,
    PLACEMENT_NONE,
    POLICY_ALL_OR_NOTHING,
    POLICY_PARTIAL,
    PROMISE_CONSUMED,
    PROMISE_LIVE,
)
from .compiled import kernel, step
from .ordered_index import bind, unbind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .index_tree import StockIndex


class AcceptBatch(NamedTuple):
    """Columns of a batch of `accept`; any of them may have length 1 and then holds for all.

    Attributes
    ----------
    owner : int32[n]
        Legal owner.
    policy, placement : uint8[n]
        Ship policy and where to allocate.
    min_life_days : int16[n]
        Days that goods must live beyond the departure.
    departure_us : int64[n]
        Departure, 0 for now.
    line_count : int32[n]
        Lines of each order.
    line_item, line_units : int32[L]
        Item and units wanted, > 0.
    line_promise : int64[L]
        Promise number, -1 for none.
    """

    owner: NDArray[np.int32]
    policy: NDArray[np.uint8]
    placement: NDArray[np.uint8]
    min_life_days: NDArray[np.int16]
    departure_us: NDArray[np.int64]
    line_count: NDArray[np.int32]
    line_item: NDArray[np.int32]
    line_units: NDArray[np.int32]
    line_promise: NDArray[np.int64]


class Promises(NamedTuple):
    """Ring columns of the promises; the row of a number is ``number & (Q - 1)``.

    Attributes
    ----------
    number : int64[Q]
        Number that holds the row.
    pool, units : int32[Q]
        Pool and units.
    state : uint8[Q]
        `PROMISE_*`.
    """

    number: NDArray[np.int64]
    pool: NDArray[np.int32]
    units: NDArray[np.int32]
    state: NDArray[np.uint8]


class Accepted(NamedTuple):
    """Output columns of `accept_orders`.

    Attributes
    ----------
    outcome : uint8[n]
        In: not 0 means already decided, the order is passed over. Out: `OUTCOME_*`.
    line_allocated_units, line_pool : int32[L]
        Units allocated; the line's pool, -1 when there is none. Not written for orders that
        were passed over.
    allocation_line : int32[A]
        Line of the batch, ascending.
    allocation_stock : int32[A]
        Stock row, -1 for an allocation to the pool.
    allocation_units : int32[A]
        Units.
    """

    outcome: NDArray[np.uint8]
    line_allocated_units: NDArray[np.int32]
    line_pool: NDArray[np.int32]
    allocation_line: NDArray[np.int32]
    allocation_stock: NDArray[np.int32]
    allocation_units: NDArray[np.int32]


@kernel
def accept_order(
    batch: AcceptBatch,
    order: int,
    line: int,
    line_end: int,
    time_us: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    promises: Promises,
    result: Accepted,
    start: int,
) -> int:
    """Decide one order by the whole rule.

    Parameters
    ----------
    batch : AcceptBatch
        The commands.
    order, line, line_end : int64
        The order, and its lines.
    time_us : int64
        Time of the batch.
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    ix : StockIndex
        Stock is taken.
    promises : Promises
        State of consumed promises is changed.
    result : Accepted
        Output: outcome, lines and allocations of the order.
    start : int64
        First entry for its allocations.

    Returns
    -------
    end : int64
        End of its allocations; -1 when there is no room for them, then nothing is changed.
    """
    policy = np.int64(batch.policy[order * stride(batch.policy.shape[0])])
    placement = np.int64(batch.placement[order * stride(batch.placement.shape[0])])
    owner = np.int64(batch.owner[order * stride(batch.owner.shape[0])])
    item_step = stride(batch.line_item.shape[0])
    for k in range(line, line_end):
        item = np.int64(batch.line_item[k * item_step])
        result.line_pool[k] = pool_of(ix.head, np.int64(item_pool_first[item]), owner)
        result.line_allocated_units[k] = 0
    consumed = _consume(batch, line, line_end, ix, promises, result.line_pool)
    if consumed < line_end:
        _unconsume(batch, line, consumed, ix, promises)
        result.outcome[order] = OUTCOME_NOT_LIVE
        return start
    if placement == PLACEMENT_NONE:
        return start
    min_life_days = batch.min_life_days[order * stride(batch.min_life_days.shape[0])]
    to_bins = placement == PLACEMENT_BINS or min_life_days > 0
    required_day = required_day_of(batch, order, time_us)
    served, at = _serve(batch, policy, line, line_end, to_bins, required_day, ix, result, start)
    if served == 0:
        at = give_back(ix, result, line, line_end, at)
        if policy == POLICY_ALL_OR_NOTHING:
            _unconsume(batch, line, line_end, ix, promises)
        result.outcome[order] = OUTCOME_SHORT
    elif served < 0:
        give_back(ix, result, line, line_end, at)
        _unconsume(batch, line, line_end, ix, promises)
        return np.int64(NONE)
    elif served == 1:
        result.outcome[order] = OUTCOME_PARTIAL
    return at


@step
def stride(length: int) -> int:
    """Stride over a column: 0 repeats its only value.

    Parameters
    ----------
    length : int64
        Length of the column.

    Returns
    -------
    stride : int64
        0 or 1.
    """
    return np.int64(1) if length > 1 else np.int64(0)


@step
def pool_of(head: NDArray[np.void], first_pool: int, owner: int) -> int:
    """Find the pool of an item and owner that may be allocated from.

    Parameters
    ----------
    head : POOL_HEAD[P]
        Heads.
    first_pool : int64
        First pool of the item, -1 for none.
    owner : int64
        Legal owner.

    Returns
    -------
    pool : int64
        -1 when there is none.
    """
    pool = np.int64(first_pool)
    while pool >= 0 and head[pool]["owner"] != owner:
        pool = np.int64(head[pool]["next_pool"])
    return pool


@step
def required_day_of(batch: AcceptBatch, order: int, time_us: int) -> int:
    """Give the day before which nothing that an order gets may expire.

    Parameters
    ----------
    batch : AcceptBatch
        The commands.
    order : int64
        Order.
    time_us : int64
        Time of the batch.

    Returns
    -------
    required_day : int64
        Local day number.
    """
    departure_us = np.int64(batch.departure_us[order * stride(batch.departure_us.shape[0])])
    if departure_us == 0:
        departure_us = np.int64(time_us)
    min_life_days = batch.min_life_days[order * stride(batch.min_life_days.shape[0])]
    return departure_us // DAY_US + min_life_days


@kernel
def give_back(ix: StockIndex, result: Accepted, line: int, line_end: int, end: int) -> int:
    """Undo the allocations of an order, the last ones before `end`.

    Parameters
    ----------
    ix : StockIndex
        Units go back to pools and stock rows.
    result : Accepted
        Allocated units of the lines become 0.
    line, line_end : int64
        Lines of the order, or the first of them.
    end : int64
        End of the allocations.

    Returns
    -------
    start : int64
        Where they began.
    """
    at = np.int64(end)
    while at > 0 and result.allocation_line[at - 1] >= line:
        at -= 1
        row = np.int64(result.allocation_stock[at])
        units = np.int64(result.allocation_units[at])
        pool = np.int64(result.line_pool[np.int64(result.allocation_line[at])])
        if row >= 0 and ix.head[pool]["head_row"] == row:
            ix.stock_allocated_units[row] -= units
            ix.head[pool]["head_free_units"] += units
            ix.head[pool]["available_units"] += units
        elif row >= 0:
            unbind(ix, row, units)
        else:
            ix.head[pool]["available_units"] += units
    for k in range(line, line_end):
        result.line_allocated_units[k] = 0
    return at


@kernel
def _consume(
    batch: AcceptBatch,
    line: int,
    line_end: int,
    ix: StockIndex,
    promises: Promises,
    line_pool: NDArray[np.int32],
) -> int:
    """Consume the promises that lines name; return the line whose promise cannot be, or the end."""
    step = stride(batch.line_promise.shape[0])
    mask = promises.number.shape[0] - 1
    for k in range(line, line_end):
        number = batch.line_promise[k * step]
        if number < 0:
            continue
        row = number & mask
        pool = np.int64(promises.pool[row])
        if (
            promises.number[row] != number
            or promises.state[row] != PROMISE_LIVE
            or pool != line_pool[k]
        ):
            return k
        # A second line that names it finds it consumed.
        promises.state[row] = PROMISE_CONSUMED
        ix.head[pool]["available_units"] += promises.units[row]
    return line_end


@kernel
def _unconsume(
    batch: AcceptBatch, line: int, line_end: int, ix: StockIndex, promises: Promises
) -> None:
    """Make the promises live again that `_consume` consumed for these lines."""
    step = stride(batch.line_promise.shape[0])
    mask = promises.number.shape[0] - 1
    for k in range(line, line_end):
        number = batch.line_promise[k * step]
        if number >= 0:
            row = number & mask
            promises.state[row] = PROMISE_LIVE
            ix.head[np.int64(promises.pool[row])]["available_units"] -= promises.units[row]


@kernel
def _serve(
    batch: AcceptBatch,
    policy: int,
    line: int,
    line_end: int,
    to_bins: bool,
    required_day: int,
    ix: StockIndex,
    result: Accepted,
    start: int,
) -> tuple[int, int]:
    """Serve the lines: 2 all, 1 some, 0 none or not all as the policy asks, -1 no room."""
    units_step = stride(batch.line_units.shape[0])
    room = result.allocation_line.shape[0]
    at = np.int64(start)
    some, short = False, False
    for k in range(line, line_end):
        units = np.int64(batch.line_units[k * units_step])
        pool = np.int64(result.line_pool[k])
        taken = np.int64(0)
        if pool >= 0:
            taken = max(np.int64(0), min(units, ix.head[pool]["available_units"]))
        if taken < units and policy != POLICY_PARTIAL:
            return 0, at
        if taken > 0 and to_bins:
            wanted = taken
            count, taken = bind(
                ix, pool, wanted, required_day,
                result.allocation_stock, result.allocation_units, at,
            )  # fmt: skip
            result.allocation_line[at : at + count] = k
            at += count
            if taken < wanted and at == room:
                return -1, at
        elif taken > 0:
            if at == room:
                return -1, at
            ix.head[pool]["available_units"] -= taken
            result.allocation_line[at] = k
            result.allocation_stock[at] = NONE
            result.allocation_units[at] = taken
            at += 1
        result.line_allocated_units[k] = taken
        some = some or taken > 0
        if taken < units:
            if policy != POLICY_PARTIAL:
                return 0, at
            short = True
    if not some:
        return 0, at
    return (1 if short else 2), at
