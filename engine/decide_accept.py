"""Decide `accept`: the hot command, as columns from end to end.

A run is decided in ranges. One range is the rule; a run is cut only where the lines of an order
would wrap round the ring, where a code comes twice, or where the tables are nearly full.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.allocate import AcceptBatch, Accepted as Decision, Promises, accept_orders
from ..kernels.columns import (
    NONE,
    OUTCOME_DONE,
    OUTCOME_DUPLICATE,
    OUTCOME_LIMIT,
    OUTCOME_SHORT,
    PROMISE_CONSUMED,
    STATUS_AVAILABLE,
)
from ..kernels.free_rows import take_rows
from ..kernels.store_orders import count_stored
from .record import Accepted
from .rings import advance_promise_tail
from .schema import TABLE_NUMBER, Counter
from .stored_orders import order_columns, store_accepted

if TYPE_CHECKING:
    from .batch import Batch
    from .change import Change
    from .record import RecordWriter

_ORDER = TABLE_NUMBER["order"]
_ORDERS = Counter.COUNT_BASE + _ORDER
_LINES = Counter.COUNT_BASE + TABLE_NUMBER["line"]
_ALLOCATIONS = Counter.COUNT_BASE + TABLE_NUMBER["allocation"]


def decide_accept(
    change: Change,
    batch: Batch,
    outcome: dict[str, np.ndarray],
    line_outcome: dict[str, np.ndarray],
    record: RecordWriter,
) -> None:
    """Accept a run of orders.

    Parameters
    ----------
    change : Change
        The run's writes.
    batch : Batch
        n commands `accept` with L lines.
    outcome, line_outcome : dict of str to ndarray
        Output, zeroed: `outcome`, `order` of shape (n,), `allocated_units` of shape (L,).
    record : RecordWriter
        Gets a block for each range.
    """
    outcome["order"].fill(NONE)
    counts = batch.columns["line_count"]
    ends = np.cumsum(np.broadcast_to(counts, (batch.count,)), dtype=np.int64)
    cuts = _cuts(change, batch, ends)
    for first, last in pairwise(cuts):
        _mark_duplicates(change, batch, outcome, first, last)
        first_line = int(ends[first - 1]) if first else 0
        if not _has_room(change, last - first, int(ends[last - 1]) - first_line):
            codes = outcome["outcome"][first:last]
            codes[codes == OUTCOME_DONE] = OUTCOME_LIMIT
            continue
        room = 4 * batch.line_count + 4096
        while first < last:
            first_line = int(ends[first - 1]) if first else 0
            decided, stored = _accept_range(
                change, batch, outcome, line_outcome, (first, last, first_line), room
            )
            if stored is not None:
                record.accepted(stored)
            if decided == first:
                if room >= change.state.allocation.capacity:
                    outcome["outcome"][first] = OUTCOME_LIMIT
                    decided += 1
                room *= 8
            first = decided


def _cuts(change: Change, batch: Batch, ends: np.ndarray) -> list[int]:
    """Where ranges begin and end, so that each is simple."""
    count, total = batch.count, int(ends[-1])
    state = change.state
    line_row = state.count("line") & (state.line.capacity - 1)
    has_codes = bool(batch.columns["code"].any())
    if not has_codes and line_row + total <= state.line.capacity and _has_room(
        change, count, total
    ):
        return [0, count]
    if has_codes and count > 1:
        codes, channels = _code_keys(batch)
        seen: set[tuple[int, bytes]] = set()
        cuts = [0]
        for k, key in enumerate(zip(channels, codes, strict=True)):
            if key[1] and key in seen:
                cuts.append(k)
                seen.clear()
            seen.add(key)
        if line_row + total <= state.line.capacity and _has_room(change, count, total):
            return [*cuts, count]
    return list(range(count + 1))


def _code_keys(batch: Batch) -> tuple[list[bytes], list[int]]:
    codes, channels = batch.columns["code"].tolist(), batch.columns["channel"].tolist()
    if len(codes) == 1:
        codes = codes * batch.count
    if len(channels) == 1:
        channels = channels * batch.count
    return codes, channels


def _has_room(change: Change, orders: int, lines: int) -> bool:
    # Lines may skip to the ring's beginning; each may need a pool and an allocation row.
    return (
        change.room("order", orders)
        and change.room("line", lines + _skip(change, lines))
        and change.room("allocation", lines)
        and change.room("pool", lines)
    )


def _skip(change: Change, lines: int) -> int:
    state = change.state
    row = state.count("line") & (state.line.capacity - 1)
    return state.line.capacity - row if row + lines > state.line.capacity else 0


def _mark_duplicates(
    change: Change, batch: Batch, outcome: dict[str, np.ndarray], first: int, last: int
) -> None:
    if not batch.columns["code"].any():
        return
    codes, channels = _code_keys(batch)
    state = change.state
    for k in range(first, last):
        if not codes[k]:
            continue
        number = state.codes.get((_ORDER, channels[k], codes[k]), NONE)
        if number != NONE and state.order_row(number) != NONE:
            outcome["outcome"][k] = OUTCOME_DUPLICATE
            outcome["order"][k] = number


def _accept_range(
    change: Change,
    batch: Batch,
    outcome: dict[str, np.ndarray],
    line_outcome: dict[str, np.ndarray],
    span: tuple[int, int, int],
    room: int,
) -> tuple[int, Accepted | None]:
    """Decide and store a range as far as `room` allocations reach: (command behind it, stored)."""
    first, last, first_line = span
    state = change.state
    decided, line_pool, decision, made = _decide(change, batch, outcome, line_outcome, span, room)
    last, span = decided, (first, decided, first_line)
    if first == last:
        return decided, None
    _clear_refused(batch, outcome["outcome"], line_outcome["allocated_units"], span)
    columns = order_columns(batch)
    orders, lines = count_stored(columns, outcome["outcome"], first, last)
    _touch_promises(change, batch, outcome["outcome"], span)
    if not orders:
        return decided, None
    first_number = state.count("line") + _skip(change, lines)
    rows = _allocation_rows(change, made)
    stored = Accepted(
        state.count("order"),
        first_number,
        first,
        last,
        first_line,
        rows,
        decision.allocation_stock[:made],
        decision.allocation_units[:made],
    )
    _make_pools(change, batch, outcome["outcome"], line_pool, span)
    allocated = line_outcome["allocated_units"]
    numbers = store_accepted(state, batch, outcome["outcome"], allocated, line_pool, stored)
    kept = np.flatnonzero(numbers >= 0)
    outcome["order"][kept] = numbers[kept]
    change.set_counter(_ORDERS, stored.first_order + orders)
    change.set_counter(_LINES, first_number + lines)
    _know_codes(change, batch, numbers)
    _put_events(change, numbers[kept])
    return decided, stored


def _decide(
    change: Change,
    batch: Batch,
    outcome: dict[str, np.ndarray],
    line_outcome: dict[str, np.ndarray],
    span: tuple[int, int, int],
    room: int,
) -> tuple[int, np.ndarray, Decision, int]:
    first, last, first_line = span
    state, columns, lines = change.state, batch.columns, batch.lines
    free = state.allocation.capacity - state.count("allocation")
    room = min(room, free + int(state.free_allocations.count[0]))
    line_pool = np.full(batch.line_count, NONE, dtype=np.int32)
    decision = Decision(
        outcome["outcome"][:last],
        line_outcome["allocated_units"],
        line_pool,
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32),
    )
    decided, _, made = accept_orders(
        AcceptBatch(
            columns["owner"],
            columns["policy"],
            columns["placement"],
            columns["min_life_days"],
            columns["departure_us"],
            columns["line_count"],
            lines["item"],
            lines["units"],
            lines["promise"],
        ),
        first,
        first_line,
        change.time_us,
        state.item.pool_first,
        state.index,
        Promises(
            state.promise.number, state.promise.pool, state.promise.units, state.promise.state
        ),
        decision,
    )
    return int(decided), line_pool, decision, int(made)


def _clear_refused(
    batch: Batch, outcome: np.ndarray, allocated_units: np.ndarray, span: tuple[int, int, int]
) -> None:
    """The kernel uses the lines of orders that it passes over as it likes."""
    first, last, first_line = span
    refused = outcome[first:last] > OUTCOME_SHORT
    if refused.any():
        counts = np.broadcast_to(batch.columns["line_count"], (batch.count,))[first:last]
        lines = first_line + np.flatnonzero(np.repeat(refused, counts))
        allocated_units[lines] = 0


def _allocation_rows(change: Change, made: int) -> np.ndarray:
    state = change.state
    rows = np.empty(made, dtype=np.int32)
    heap = state.free_allocations
    end = take_rows(heap.rows, heap.count, state.count("allocation"), made, rows)
    change.set_counter(_ALLOCATIONS, int(end))
    return rows


def _touch_promises(
    change: Change, batch: Batch, outcome: np.ndarray, span: tuple[int, int, int]
) -> None:
    named = batch.lines["promise"]
    if named.size == 1 and named[0] < 0:
        return
    state = change.state
    for number in np.unique(named[named >= 0]).tolist():
        row = state.promise_row(number)
        if row != NONE and state.promise.state[row] == PROMISE_CONSUMED:
            change.touch(state.promise, row)
            advance_promise_tail(change, number)


def _make_pools(
    change: Change,
    batch: Batch,
    outcome: np.ndarray,
    line_pool: np.ndarray,
    span: tuple[int, int, int],
) -> None:
    """Make the pools that stored lines need and nothing has named before."""
    first, last, first_line = span
    counts = np.broadcast_to(batch.columns["line_count"], (batch.count,))[first:last]
    missing = first_line + np.flatnonzero(
        line_pool[first_line : first_line + int(counts.sum())] == NONE
    )
    if not missing.size:
        return
    order_of = np.repeat(np.arange(first, last), counts)
    policy = np.broadcast_to(batch.columns["policy"], (batch.count,))
    owner = np.broadcast_to(batch.columns["owner"], (batch.count,))
    item = np.broadcast_to(batch.lines["item"], (batch.line_count,))
    for line in missing.tolist():
        k = int(order_of[line - first_line])
        if outcome[k] in (0, 1) or (outcome[k] == 2 and policy[k] != 0):
            line_pool[line] = change.pool(int(item[line]), int(owner[k]), STATUS_AVAILABLE)


def _know_codes(change: Change, batch: Batch, numbers: np.ndarray) -> None:
    if not batch.columns["code"].any():
        return
    codes, channels = _code_keys(batch)
    for k in np.flatnonzero(numbers >= 0).tolist():
        if codes[k]:
            change.state.codes[_ORDER, channels[k], codes[k]] = int(numbers[k])


def _put_events(change: Change, numbers: np.ndarray) -> None:
    """Dated demand of the stored lines that still want units."""
    state = change.state
    if not numbers.size:
        return
    order, line = state.order, state.line
    rows = numbers & (order.capacity - 1)
    first = int(order.line_first[rows[0]])
    last = int(order.line_first[rows[-1]]) + int(order.line_count[rows[-1]])
    wanting = first + np.flatnonzero(
        line.allocated_units[first:last] < line.ordered_units[first:last]
    )
    for row in wanting.tolist():
        change.refresh_line_event(row)
