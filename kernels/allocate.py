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

Orders whose lines are all met, without promises, run through a loop over lines that
keeps no branch on the order's length; anything else goes through `order_rule`, which states the
whole rule. Both give the same results. Shapes: ``n`` orders, ``L`` lines, ``A`` room for
allocations, ``Q`` promise ring, ``P`` pools, ``I`` items. O(L + A log R).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .columns import (
    NONE,
    OUTCOME_DONE,
    OUTCOME_SHORT,
    PLACEMENT_NONE,
    PLACEMENT_POOL,
    POLICY_ALL_OR_NOTHING,
)
from .compiled import kernel, long_kernel, step
from .index_cursor import bind_behind_head
from .index_tree import HI, LEAF_ROWS, LO, NEXT, ROW, StockIndex
from .order_rule import (
    AcceptBatch,
    Accepted,
    Promises,
    accept_order,
    give_back,
    pool_of,
    required_day_of,
    stride,
)
from .ordered_index import pop_head
from .prefetch import prefetch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AcceptBatch", "Accepted", "Promises", "accept_many_orders", "accept_orders"]


# Lines whose memory is brought near ahead of their turn: what they need, at least two cache lines
# each, must stay in the first-level cache until then.
_NEAR_LINES = 128


@kernel
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
    count_step = stride(batch.line_count.shape[0])
    order, line, at = np.int64(first_order), np.int64(first_line), np.int64(0)
    near, decided = line, np.int64(-1)
    while True:
        if decided < order:
            decided = _next_decided(result.outcome, order)
        order, line, at, near = _run_simple(
            batch, order, line, time_us, item_pool_first, ix, result, at, near, decided
        )
        if order == order_count:
            break
        line_end = line + batch.line_count[order * count_step]
        if result.outcome[order] == OUTCOME_DONE:
            end = accept_order(
                batch, order, line, line_end, time_us, item_pool_first, ix, promises, result, at
            )
            if end < 0:
                break
            at = end
        order += 1
        line = line_end
    return order, line, at


@long_kernel
def accept_many_orders(*arguments: Any) -> tuple[int, int, int]:
    """Decide a large batch: `accept_orders`, without the interpreter lock.

    Parameters
    ----------
    *arguments
        As for `accept_orders`.

    Returns
    -------
    order, line, allocation_count : int64
        As of `accept_orders`.
    """
    return accept_orders(*arguments)


@step
def _run_simple(
    batch: AcceptBatch,
    first_order: int,
    first_line: int,
    time_us: int,
    item_pool_first: NDArray[np.int32],
    ix: StockIndex,
    result: Accepted,
    start: int,
    near: int,
    decided: int,
) -> tuple[int, int, int, int]:
    """Serve simple orders until one needs the whole rule; that one is left untouched.

    One loop over all lines: where orders end is arithmetic, because a branch that depends on
    the length of an order is missed every other time.
    """
    head, order_count = ix.head, result.outcome.shape[0]
    line_total = result.line_pool.shape[0]
    count_step, units_step = stride(batch.line_count.shape[0]), stride(batch.line_units.shape[0])
    owner_step, promise_step = stride(batch.owner.shape[0]), stride(batch.line_promise.shape[0])
    varied = _is_varied(batch)
    order, k, at = np.int64(first_order), np.int64(first_line), np.int64(start)
    line_end, required_day, owner, pooled = k, np.int64(0), batch.owner[0], False
    if order < order_count:
        line_end = k + batch.line_count[order * count_step]
        required_day = required_day_of(batch, order, time_us)
        pooled = _is_pooled(batch, order)
        if _is_special(batch, order, k):
            decided = order
    while order < decided:
        if k >= near:
            near = min(k + _NEAR_LINES, np.int64(line_total))
            _bring_near(item_pool_first, ix, batch, k, near, result, at)
        if varied:
            if _is_special(batch, order, k):
                break
            pooled = _is_pooled(batch, order)
            required_day = required_day_of(batch, order, time_us)
            owner = batch.owner[np.uint32(order * owner_step)]
        units = np.int64(batch.line_units[np.uint32(k * units_step)])
        pool = np.int64(result.line_pool[np.uint32(k)])
        if pool >= 0 and head[np.uint32(pool)]["owner"] != owner:
            pool = pool_of(head, pool, owner)
            result.line_pool[np.uint32(k)] = pool
        if pool < 0 or head[np.uint32(pool)]["available_units"] < units:
            if _policy(batch, order) != POLICY_ALL_OR_NOTHING:
                break
            if promise_step != 0 and _is_promised(batch, k + 1, line_end):
                break
            at = give_back(
                ix, result, line_end - batch.line_count[order * count_step], line_end, at
            )
            result.outcome[order] = OUTCOME_SHORT
            k = line_end
        else:
            left, at = _serve_line(ix, pool, units, required_day, pooled, k, result, at)
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
        at = give_back(ix, result, first, k, at)
        k = first
    return order, k, at, near


@step
def _serve_line(
    ix: StockIndex,
    pool: int,
    units: int,
    required_day: int,
    pooled: bool,
    k: int,
    result: Accepted,
    at: int,
) -> tuple[int, int]:
    """Serve line `k` from a pool that has enough; return what is missing, and the end."""
    head, p, room = ix.head, np.uint32(pool), result.allocation_line.shape[0]
    free = np.int64(head[p]["head_free_units"])
    lives = head[p]["head_expiry_day"] >= required_day
    if at >= room:
        return units, at
    if not pooled and (units >= free or not lives):
        return _take(ix, pool, units, required_day, k, result, at)
    row = np.int32(NONE)
    if not pooled:
        row = head[p]["head_row"]
        ix.stock_allocated_units[np.uint32(row)] += units
        head[p]["head_free_units"] = free - units
    head[p]["available_units"] -= units
    result.allocation_line[np.uint32(at)] = k
    result.allocation_stock[np.uint32(at)] = row
    result.allocation_units[np.uint32(at)] = units
    return np.int64(0), at + 1


@step
def _is_varied(batch: AcceptBatch) -> bool:
    """Whether orders of the batch differ in owner, placement, promises or required day."""
    return (
        batch.owner.shape[0] > 1
        or batch.placement.shape[0] > 1
        or batch.line_promise.shape[0] > 1
        or batch.departure_us.shape[0] > 1
        or batch.min_life_days.shape[0] > 1
    )


@step
def _is_special(batch: AcceptBatch, order: int, k: int) -> bool:
    """Whether line `k` of an order needs the whole rule."""
    placement = batch.placement[np.uint32(order * stride(batch.placement.shape[0]))]
    promise = batch.line_promise[np.uint32(k * stride(batch.line_promise.shape[0]))]
    return placement == PLACEMENT_NONE or promise >= 0


@kernel
def _is_promised(batch: AcceptBatch, line: int, line_end: int) -> bool:
    """Whether one of these lines names a promise."""
    k, step_of = np.int64(line), stride(batch.line_promise.shape[0])
    while k < line_end and batch.line_promise[k * step_of] < 0:
        k += 1
    return k < line_end


@step
def _is_pooled(batch: AcceptBatch, order: int) -> bool:
    """Whether an order that is not special is served by its pools, not by stock rows."""
    placement = batch.placement[np.uint32(order * stride(batch.placement.shape[0]))]
    min_life_days = batch.min_life_days[np.uint32(order * stride(batch.min_life_days.shape[0]))]
    return placement == PLACEMENT_POOL and min_life_days <= 0


@step
def _policy(batch: AcceptBatch, order: int) -> int:
    return np.int64(batch.policy[order * stride(batch.policy.shape[0])])


@kernel
def _next_decided(outcome: NDArray[np.uint8], order: int) -> int:
    """First order from `order` on that was decided before, else the end."""
    while order < outcome.shape[0] and outcome[order] == OUTCOME_DONE:
        order += 1
    return order


@step
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
            _bring_next_near(ix, p)
    head[p]["available_units"] -= units - left
    if left > 0 and at < room and head[p]["head_row"] >= 0:
        first, wanted = at, left
        at, left = bind_behind_head(
            ix, pool, left, required_day, result.allocation_stock, result.allocation_units, at
        )
        head[p]["available_units"] -= wanted - left
        result.allocation_line[first:at] = k
    return left, at


@step
def _bring_next_near(ix: StockIndex, pool: int) -> None:
    """Bring near what a pool will need when its first row runs out in its turn.

    The few items that most orders want lose row after row within one stretch of lines.
    """
    n = np.uint32(ix.pool_first_leaf[pool])
    slot = np.int64(ix.leaf[n, np.uint32(LO)]) + 1
    if slot < ix.leaf[n, np.uint32(HI)]:
        row = np.uint32(ix.leaf[n, np.uint32(ROW + slot)])
        prefetch(ix.stock_on_hand_units, row)
        prefetch(ix.stock_expiry_day, row)
        prefetch(ix.stock_allocated_units, row)
    else:
        prefetch(ix.leaf, np.uint32(ix.leaf[n, np.uint32(NEXT)]))


@kernel
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
    item_step, units_step = stride(batch.line_item.shape[0]), stride(batch.line_units.shape[0])
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
