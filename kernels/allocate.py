"""Accept orders: serve their lines from pools, or from stock rows in rotation order.

The rule, order by order (see docs/commands.md, `accept`):

1. each line's pool is that of (item, owner, AVAILABLE);
2. the promises that the lines name must be live, of the line's pool and named once, else the
   order is `NOT_LIVE`; they are consumed and their units become available;
3. lines are served in order. `PARTIAL` takes what is available; `ALL_OR_NOTHING` and `COMPLETE`
   take everything or nothing. From bins a line never gets a row that expires before
   day(departure or now) + min_life_days.

An order is served in a single pass and what it took is given back if it fails: most orders are
served, so looking twice at every line would cost more.

Orders whose lines are all met from bins, without promises, run through a loop over lines that
keeps no branch on the order's length; anything else goes through `_accept_order`, which states the
whole rule. Both give the same results. Shapes: ``n`` orders, ``L`` lines, ``A`` room for
allocations, ``Q`` promise ring, ``P`` pools, ``I`` items. O(L + A log R).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from .columns import (
    DAY_US,
    NONE,
    OUTCOME_DONE,
    OUTCOME_NOT_LIVE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    PLACEMENT_BINS,
    PLACEMENT_NONE,
    PLACEMENT_POOL,
    POLICY_ALL_OR_NOTHING,
    POLICY_PARTIAL,
    PROMISE_CONSUMED,
    PROMISE_LIVE,
)
from .index_tree import HI, LEAF_ROWS, LO, ROW, StockIndex
from .ordered_index import bind, pop_head, unbind
from .prefetch import prefetch

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Lines whose memory is brought near ahead of their turn: what they need, at least two cache lines
# each, must stay in the first-level cache until then.
_NEAR_LINES = 128


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


@njit(cache=True, nogil=True, _nrt=False)
def accept_orders(
    batch: AcceptBatch,
    first_order: int,
    first_line: int,
    time_us: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    promises: Promises,
    result: Accepted,
) -> tuple[int, int, int]:
    """Decide a batch of orders, from `first_order` until the end or until the room is used up.

    Parameters
    ----------
    batch : AcceptBatch
        The commands.
    first_order, first_line : int64
        Where to begin; 0, 0 at first, then what the last call returned.
    time_us : int64
        Time of the batch.
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    ix : StockIndex
        Stock is taken; heads and allocated units are changed.
    promises : Promises
        State of consumed promises is changed.
    result : Accepted
        Output. Allocations are written from entry 0 on.

    Returns
    -------
    order, line : int64
        First order and line that were not looked at: n, L when all were. An order whose
        allocations did not fit is undone and is not counted; when that is the first one the
        room can never suffice.
    allocation_count : int64
        Allocations written.
    """
    order_count = result.outcome.shape[0]
    count_step = _step(batch.line_count.shape[0])
    order, line, at = np.int64(first_order), np.int64(first_line), np.int64(0)
    while True:
        order, line, at = _run_to_bins(
            batch, order, line, time_us, item_pool_first, ix, result, at
        )
        if order == order_count:
            break
        line_end = line + batch.line_count[order * count_step]
        if result.outcome[order] == OUTCOME_DONE:
            end = _accept_order(
                batch, order, line, line_end, time_us, item_pool_first, ix, promises, result, at
            )
            if end < 0:
                break
            at = end
        order += 1
        line = line_end
    return order, line, at


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _run_to_bins(
    batch: AcceptBatch,
    first_order: int,
    first_line: int,
    time_us: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    result: Accepted,
    start: int,
) -> tuple[int, int, int]:
    """Serve orders from bins until one needs the whole rule; that one is left untouched.

    One loop over all lines: where orders end is arithmetic, because a branch that depends on
    the length of an order is missed every other time.
    """
    head, order_count = ix.head, result.outcome.shape[0]
    line_total, room = result.line_pool.shape[0], result.allocation_line.shape[0]
    count_step, units_step = _step(batch.line_count.shape[0]), _step(batch.line_units.shape[0])
    owner_step, promise_step = _step(batch.owner.shape[0]), _step(batch.line_promise.shape[0])
    varied = _is_varied(batch)
    order, k, at = np.int64(first_order), np.int64(first_line), np.int64(start)
    line_end, near, required_day, owner = k, k, np.int64(0), batch.owner[0]
    decided = _next_decided(result.outcome, order)
    if order < order_count:
        line_end = k + batch.line_count[order * count_step]
        required_day = _required_day(batch, order, time_us)
        if _is_special(batch, order, k):
            decided = order
    while order < decided:
        if k >= near:
            near = min(k + _NEAR_LINES, np.int64(line_total))
            _bring_near(item_pool_first, ix, batch, k, near, result, at)
        if varied:
            if _is_special(batch, order, k):
                break
            required_day = _required_day(batch, order, time_us)
            owner = batch.owner[np.uint32(order * owner_step)]
        units = np.int64(batch.line_units[np.uint32(k * units_step)])
        pool = np.int64(result.line_pool[np.uint32(k)])
        if pool >= 0 and head[np.uint32(pool)]["owner"] != owner:
            pool = _pool_of(head, pool, owner)
            result.line_pool[np.uint32(k)] = pool
        if pool < 0 or head[np.uint32(pool)]["available_units"] < units:
            if promise_step != 0 or _policy(batch, order) != POLICY_ALL_OR_NOTHING:
                break
            at = _give_back(
                ix, result, line_end - batch.line_count[order * count_step], line_end, at
            )
            result.outcome[order] = OUTCOME_SHORT
            k = line_end
        else:
            p = np.uint32(pool)
            free = np.int64(head[p]["head_free_units"])
            if units < free and head[p]["head_expiry_day"] >= required_day and at < room:
                row = head[p]["head_row"]
                ix.stock_allocated_units[np.uint32(row)] += units
                result.allocation_line[np.uint32(at)] = k
                result.allocation_stock[np.uint32(at)] = row
                result.allocation_units[np.uint32(at)] = units
                head[p]["head_free_units"] = free - units
                head[p]["available_units"] -= units
                at += 1
            else:
                left, at = _take(ix, pool, units, required_day, k, result, at)
                if left > 0:
                    k += 1
                    break
            result.line_allocated_units[np.uint32(k)] = units
            k += 1
        ended = np.int64(k == line_end)
        order += ended
        line_end += batch.line_count[np.uint32(min(order, order_count - 1) * count_step)] * ended
    if order < order_count:
        first = line_end - batch.line_count[order * count_step]
        at = _give_back(ix, result, first, k, at)
        k = first
    return order, k, at


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _is_varied(batch: AcceptBatch) -> bool:
    """Whether orders of the batch differ in owner, placement, promises or required day."""
    return (
        batch.owner.shape[0] > 1
        or batch.placement.shape[0] > 1
        or batch.line_promise.shape[0] > 1
        or batch.departure_us.shape[0] > 1
        or batch.min_life_days.shape[0] > 1
    )


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _is_special(batch: AcceptBatch, order: int, k: int) -> bool:
    """Whether line `k` of an order is not simply served from bins."""
    placement = batch.placement[np.uint32(order * _step(batch.placement.shape[0]))]
    promise = batch.line_promise[np.uint32(k * _step(batch.line_promise.shape[0]))]
    return placement != PLACEMENT_BINS or promise >= 0


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _policy(batch: AcceptBatch, order: int) -> int:
    return np.int64(batch.policy[order * _step(batch.policy.shape[0])])


@njit(cache=True, nogil=True, _nrt=False)
def _next_decided(outcome: NDArray[np.uint8], order: int) -> int:
    """First order from `order` on that was decided before, else the end."""
    while order < outcome.shape[0] and outcome[order] == OUTCOME_DONE:
        order += 1
    return order


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _required_day(batch: AcceptBatch, order: int, time_us: int) -> int:
    """Day before which nothing that an order gets may expire."""
    departure_us = np.int64(batch.departure_us[order * _step(batch.departure_us.shape[0])])
    if departure_us == 0:
        departure_us = np.int64(time_us)
    min_life_days = batch.min_life_days[order * _step(batch.min_life_days.shape[0])]
    return departure_us // DAY_US + min_life_days


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _take(
    ix: StockIndex,
    pool: int,
    units: int,
    required_day: int,
    k: int,
    result: Accepted,
    at: int,
) -> tuple[int, int]:
    """Serve line `k` from as many stock rows as it takes; return what is missing, and the end."""
    head, p, room = ix.head, np.uint32(pool), result.allocation_line.shape[0]
    left = np.int64(units)
    while left > 0 and at < room and head[p]["head_expiry_day"] >= required_day:
        free = np.int64(head[p]["head_free_units"])
        row = np.uint32(head[p]["head_row"])
        if free <= 0:
            break
        taken = min(left, free)
        ix.stock_allocated_units[row] += taken
        result.allocation_line[np.uint32(at)] = k
        result.allocation_stock[np.uint32(at)] = row
        result.allocation_units[np.uint32(at)] = taken
        at += 1
        left -= taken
        head[p]["head_free_units"] = free - taken
        if taken == free:
            n = np.uint32(ix.pool_first_leaf[p])
            slot = np.int64(ix.leaf[n, np.uint32(LO)]) + 1
            if slot < ix.leaf[n, np.uint32(HI)]:
                ix.leaf[n, np.uint32(LO)] = slot
                row = np.uint32(ix.leaf[n, np.uint32(ROW + slot)])
                head[p]["head_row"] = row
                head[p]["head_free_units"] = (
                    ix.stock_on_hand_units[row] - ix.stock_allocated_units[row]
                )
                head[p]["head_expiry_day"] = ix.stock_expiry_day[row]
            else:
                pop_head(ix, pool)
    head[p]["available_units"] -= units - left
    if left > 0 and at < room and head[p]["head_row"] >= 0:
        left, at = _take_behind(ix, pool, left, required_day, k, result, at)
    return left, at


@njit(cache=True, nogil=True, _nrt=False)
def _take_behind(
    ix: StockIndex,
    pool: int,
    units: int,
    required_day: int,
    k: int,
    result: Accepted,
    start: int,
) -> tuple[int, int]:
    """Serve the rest of line `k` when the pool's first row expires too early."""
    count, taken = bind(
        ix, pool, units, required_day, result.allocation_stock, result.allocation_units, start
    )
    result.allocation_line[start : start + count] = k
    return units - taken, start + count


@njit(cache=True, nogil=True, _nrt=False)
def _bring_near(
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    batch: AcceptBatch,
    start: int,
    end: int,
    result: Accepted,
    at: int,
) -> None:
    """Look up the first pool of each line's item, and bring what its line will need near.

    Loads that wait for one another, mixed with branches, cost a memory latency each; asked for
    in loops without branches, they overlap. Where a row is about to run out, the one behind it
    is brought near, too. Nothing here decides anything: what is seen may be stale by then.
    """
    head, count, scratch = ix.head, np.int64(0), result.allocation_units
    item_step, units_step = _step(batch.line_item.shape[0]), _step(batch.line_units.shape[0])
    for k in range(start, end):
        pool = item_pool_first[np.uint32(batch.line_item[np.uint32(k * item_step)])]
        result.line_pool[np.uint32(k)] = pool
        prefetch(head, np.uint32(max(pool, np.int32(0))))
    if at + end - start > scratch.shape[0]:
        return
    for k in range(start, end):
        pool = max(result.line_pool[np.uint32(k)], np.int32(0))
        row = head[np.uint32(pool)]["head_row"]
        prefetch(ix.stock_allocated_units, np.uint32(max(row, np.int32(0))))
        # The room for allocations to come serves as a list of the pools whose row runs out.
        scratch[np.uint32(at + count)] = pool
        units = batch.line_units[np.uint32(k * units_step)]
        count += np.int64(head[np.uint32(pool)]["head_free_units"] <= units)
    for k in range(at, at + count):
        prefetch(ix.leaf, np.uint32(ix.pool_first_leaf[np.uint32(scratch[np.uint32(k)])]))
    for k in range(at, at + count):
        n = np.uint32(ix.pool_first_leaf[np.uint32(scratch[np.uint32(k)])])
        slot = min(ix.leaf[n, np.uint32(LO)] + 1, np.int64(LEAF_ROWS - 1))
        row = np.uint32(ix.leaf[n, np.uint32(ROW + slot)])
        prefetch(ix.stock_on_hand_units, row)
        prefetch(ix.stock_expiry_day, row)
        prefetch(ix.stock_allocated_units, row)


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _step(length: int) -> int:
    """Stride over a column: 0 repeats its only value."""
    return np.int64(1) if length > 1 else np.int64(0)


@njit(cache=True, nogil=True, _nrt=False, forceinline=True)
def _pool_of(head: NDArray[np.void], first_pool: int, owner: int) -> int:
    """Pool of an item and owner that may be allocated from, -1 when there is none."""
    pool = np.int64(first_pool)
    while pool >= 0 and head[pool]["owner"] != owner:
        pool = np.int64(head[pool]["next_pool"])
    return pool


@njit(cache=True, nogil=True, _nrt=False)
def _accept_order(
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
    """Decide one order by the whole rule; return the end of its allocations, -1 without room."""
    policy = np.int64(batch.policy[order * _step(batch.policy.shape[0])])
    placement = np.int64(batch.placement[order * _step(batch.placement.shape[0])])
    owner = np.int64(batch.owner[order * _step(batch.owner.shape[0])])
    item_step = _step(batch.line_item.shape[0])
    for k in range(line, line_end):
        item = np.int64(batch.line_item[k * item_step])
        result.line_pool[k] = _pool_of(ix.head, np.int64(item_pool_first[item]), owner)
        result.line_allocated_units[k] = 0
    consumed = _consume(batch, line, line_end, ix, promises, result.line_pool)
    if consumed < line_end:
        _unconsume(batch, line, consumed, ix, promises)
        result.outcome[order] = OUTCOME_NOT_LIVE
        return start
    if placement == PLACEMENT_NONE:
        return start
    min_life_days = batch.min_life_days[order * _step(batch.min_life_days.shape[0])]
    to_bins = placement == PLACEMENT_BINS or min_life_days > 0
    required_day = _required_day(batch, order, time_us)
    served, at = _serve(batch, policy, line, line_end, to_bins, required_day, ix, result, start)
    if served == 0:
        at = _give_back(ix, result, line, line_end, at)
        if policy == POLICY_ALL_OR_NOTHING:
            _unconsume(batch, line, line_end, ix, promises)
        result.outcome[order] = OUTCOME_SHORT
    elif served < 0:
        _give_back(ix, result, line, line_end, at)
        _unconsume(batch, line, line_end, ix, promises)
        return np.int64(NONE)
    elif served == 1:
        result.outcome[order] = OUTCOME_PARTIAL
    return at


@njit(cache=True, nogil=True, _nrt=False)
def _consume(
    batch: AcceptBatch,
    line: int,
    line_end: int,
    ix: StockIndex,
    promises: Promises,
    line_pool: NDArray[np.int32],
) -> int:
    """Consume the promises that lines name; return the line whose promise cannot be, or the end."""
    step = _step(batch.line_promise.shape[0])
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


@njit(cache=True, nogil=True, _nrt=False)
def _unconsume(
    batch: AcceptBatch, line: int, line_end: int, ix: StockIndex, promises: Promises
) -> None:
    """Make the promises live again that `_consume` consumed for these lines."""
    step = _step(batch.line_promise.shape[0])
    mask = promises.number.shape[0] - 1
    for k in range(line, line_end):
        number = batch.line_promise[k * step]
        if number >= 0:
            row = number & mask
            promises.state[row] = PROMISE_LIVE
            ix.head[np.int64(promises.pool[row])]["available_units"] -= promises.units[row]


@njit(cache=True, nogil=True, _nrt=False)
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
    units_step = _step(batch.line_units.shape[0])
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


@njit(cache=True, nogil=True, _nrt=False)
def _give_back(ix: StockIndex, result: Accepted, line: int, line_end: int, end: int) -> int:
    """Undo the allocations of an order's lines, the last ones before `end`; return their start."""
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
