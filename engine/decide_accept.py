"""Decide `accept`: the hot command, as columns from end to end.

A run is decided in ranges whose orders, lines and allocations each lie one behind the other. One
range is the rule; it ends early only where the lines of an order would wrap round the ring, where
it has reached as far as one command may, where its allocations outgrow their arrays, or where a
ring comes round to an order whose code is named again. Arrays are made once per run, so that a
range costs what its orders cost.

A small run of orders that name no code and no promise is mostly a single call of `accept_plain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.accept_plain import Used, accept_plain, room_bytes, scratch_rows
from ..kernels.accept_range import Repeats, Room, accept_carefully, settle_range
from ..kernels.allocate import AcceptBatch, accept_many_orders, accept_orders
from ..kernels.allocate import Accepted as Decision
from ..kernels.columns import (
    NONE,
    OUTCOME_DUPLICATE,
    OUTCOME_LIMIT,
    PROMISE_CONSUMED,
    STATUS_AVAILABLE,
)
from ..kernels.compiled import direct
from ..kernels.free_rows import take_rows
from ..kernels.record_blocks import BLOCK_BYTES
from ..kernels.store_orders import is_stored
from . import limits
from .record import Accepted, Space
from .rings import advance_promise_tail
from .schema import TABLE_NUMBER, Counter
from .stored_orders import clear_codes, order_columns, store_accepted

if TYPE_CHECKING:
    from .batch import Batch
    from .change import Change
    from .record import RecordWriter

    Outcome = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]

_ORDER = TABLE_NUMBER["order"]
_ORDERS = Counter.COUNT_BASE + _ORDER
_LINES = Counter.COUNT_BASE + TABLE_NUMBER["line"]
_ALLOCATIONS = Counter.COUNT_BASE + TABLE_NUMBER["allocation"]
_decide_and_store = direct(accept_plain)
_PLACES = Used(
    int(_ORDERS), int(_LINES), int(_ALLOCATIONS), int(Counter.ORDER_TAIL), int(Counter.LINE_TAIL)
)
_NO_REPEATS = Repeats(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64))
# Room for allocations is made for so many a line, and some more for the lines of a small run.
_ALLOCATIONS_A_LINE = 4
_ALLOCATIONS_MORE = 64


def decide_accept_run(change: Change, batch: Batch, record: RecordWriter) -> Outcome:
    """Accept a run of orders and add what follows the commands to its record.

    Parameters
    ----------
    change : Change
        The run's writes.
    batch : Batch
        n commands `accept` with L lines.
    record : RecordWriter
        Holds the commands.

    Returns
    -------
    outcome : dict of str to ndarray
        `outcome` and `order`, shape (n,).
    line_outcome : dict of str to ndarray
        `allocated_units`, shape (L,).
    """
    if batch.count < limits.MANY_ORDERS:
        decided = _accept_plainly(change, batch, record)
        if decided is not None:
            return decided
    outcome: dict[str, np.ndarray] = {
        "outcome": np.zeros(batch.count, dtype=np.uint8),
        "order": np.full(batch.count, NONE, dtype=np.int64),
    }
    units = np.zeros(batch.line_count, dtype=np.int32)
    line_outcome: dict[str, np.ndarray] = {"allocated_units": units}
    run = _AcceptRun(change, batch, outcome, units)
    first = first_line = 0
    while first < batch.count:
        last = run.mark_codes(first)
        while first < last:
            first, first_line, stored = run.accept_range(first, last, first_line)
            if stored is not None:
                record.accepted(stored)
    record.columns(Space.OUTCOME, outcome)
    record.columns(Space.LINE_OUTCOME, line_outcome)
    change.write_images(record)
    return outcome, line_outcome


def _accept_plainly(change: Change, batch: Batch, record: RecordWriter) -> Outcome | None:
    """Accept a run in one call; None when it is not plain, and then nothing was done."""
    state, count, lines = change.state, batch.count, batch.line_count
    room = _ALLOCATIONS_A_LINE * lines + _ALLOCATIONS_MORE
    if room > change.reach.accept_room():
        return None
    out = np.zeros(room_bytes(count, lines, room), dtype=np.uint8)
    scratch = np.empty(scratch_rows(count, lines, room), dtype=np.int32)
    kept, kept_lines, made, wanting, outcome_at, end, blocks = _decide_and_store(
        np.frombuffer(record.command_bytes, dtype=np.uint8), count, lines, out, scratch, room,
        change.time_us, state.accept_tables, state.counters, _PLACES,
    )  # fmt: skip
    if kept < 0:
        return None
    record.blocks(out[:end], blocks)
    if kept:
        change.reach.used += made
        change.touched[0] = dict.fromkeys((_ALLOCATIONS, _ORDERS, _LINES))
        first_order = state.count("order") - kept
        if first_order + kept > state.order.capacity:
            clear_codes(state, first_order, kept)
        if wanting:
            row = (state.count("line") - kept_lines) & (state.line.capacity - 1)
            _put_events(change, row, kept_lines)
    numbers_at = outcome_at + 2 * BLOCK_BYTES + (count + 7 & -8)
    lines_at = numbers_at + 8 * count + BLOCK_BYTES
    return {
        "outcome": out[outcome_at + BLOCK_BYTES :][:count],
        "order": out[numbers_at : numbers_at + 8 * count].view(np.int64),
    }, {"allocated_units": out[lines_at : lines_at + 4 * lines].view(np.int32)}


def _put_events(change: Change, first_row: int, lines: int) -> None:
    """Put the dated demand of the stored lines that still want units."""
    line = change.state.line
    last_row = first_row + lines
    is_wanting = line.allocated_units[first_row:last_row] < line.ordered_units[first_row:last_row]
    for place in is_wanting.nonzero()[0].tolist():
        change.refresh_line_event(first_row + place)


class _AcceptRun:
    """One run under decision; k counts its orders, line its lines."""

    def __init__(
        self,
        change: Change,
        batch: Batch,
        outcome: dict[str, np.ndarray],
        allocated_units: np.ndarray,
    ) -> None:
        self.change = change
        self.state = change.state
        self.batch = batch
        self.outcome = outcome["outcome"]
        self.numbers = outcome["order"]
        self.allocated_units = allocated_units
        columns, lines = batch.columns, batch.lines
        self._columns = order_columns(batch)
        self._commands = AcceptBatch(
            columns["owner"],
            columns["policy"],
            columns["placement"],
            columns["min_life_days"],
            columns["departure_us"],
            columns["line_count"],
            lines["item"],
            lines["units"],
            lines["promise"],
        )
        self._line_pool = np.full(batch.line_count, NONE, dtype=np.int32)
        self._make_room(_ALLOCATIONS_A_LINE * batch.line_count + _ALLOCATIONS_MORE)
        self._repeats = _NO_REPEATS
        codes = columns["code"]
        self._codes: list[tuple[int, bytes]] | None = None
        if codes.size > 1 or codes[0]:
            texts, channels = codes.tolist(), columns["channel"].tolist()
            texts = texts * batch.count if len(texts) == 1 else texts
            channels = channels * batch.count if len(channels) == 1 else channels
            self._codes = list(zip(channels, texts, strict=True))
        self._known = np.full(batch.count if self._codes else 0, NONE, dtype=np.int64)

    def _make_room(self, allocations: int) -> None:
        self._used = 0
        self._allocations = tuple(np.empty(allocations, dtype=np.int32) for _ in range(3))

    def mark_codes(self, first: int) -> int:
        """Decide the orders from `first` on whose code is known, and find the codes named twice.

        Returns
        -------
        int
            Order behind the last one that was looked at. Behind that one, the ring may have come
            round to a known order, whose code is free again then.
        """
        codes, count, state = self._codes, self.batch.count, self.state
        if codes is None:
            return count
        known, oldest = state.codes, state.count("order") - state.order.capacity - first
        named: dict[tuple[int, bytes], int] = {}
        shared: dict[int, list[int]] = {}
        last = count
        for k in range(first, count):
            key = codes[k]
            if not key[1]:
                continue
            number = known.get((_ORDER, *key), NONE)
            if number != NONE and k > first and number < oldest + k:
                last = k
                break
            if number != NONE and state.order_row(number) != NONE:
                self.outcome[k], self._known[k] = OUTCOME_DUPLICATE, number
                continue
            before = named.setdefault(key, k)
            if before != k:
                shared.setdefault(before, [before]).append(k)
        self._repeats = _NO_REPEATS
        if shared:
            code = np.full(count, NONE, dtype=np.int32)
            for position, orders in enumerate(shared.values()):
                code[orders] = position
            self._repeats = Repeats(code, np.full(len(shared), NONE, dtype=np.int64))
        return last

    def accept_range(
        self, first: int, last: int, first_line: int
    ) -> tuple[int, int, Accepted | None]:
        """Decide and store a range: (order behind it, line behind it, what was stored)."""
        last, end_line, made, skipped = self._decide(first, last, first_line)
        if first == last:
            return self._enlarge(first, first_line), first_line, None
        orders, lines, poolless, wanting = settle_range(
            self._columns, self.outcome, self.allocated_units, self._line_pool,
            first, last, first_line,
        )  # fmt: skip
        self._touch_promises()
        stored = None
        if orders:
            begin, self._used = self._used, self._used + made
            _, stock, units = (column[begin : self._used] for column in self._allocations)
            first_number = self.state.count("line") + skipped
            self.change.reach.used += made
            stored = Accepted(
                self.state.count("order"), first_number, first, last, first_line,
                self._allocation_rows(made), stock, units,
            )  # fmt: skip
            if poolless:
                self._make_pools(first, last, first_line)
            store_accepted(
                self.state, self.batch, self.outcome, self.allocated_units, self._line_pool,
                stored, self.numbers,
            )  # fmt: skip
            self.change.set_counter(_ORDERS, stored.first_order + orders)
            self.change.set_counter(_LINES, first_number + lines)
            if wanting:
                _put_events(self.change, first_number & (self.state.line.capacity - 1), lines)
        self._settle_codes(first, last)
        return last, end_line, stored

    def _decide(self, first: int, last: int, first_line: int) -> tuple[int, int, int, int]:
        """Give order and line behind what was decided, allocations made, line numbers to skip."""
        state = self.state
        room = self._room(last - first, first_line)
        reach = min(room.allocations, self.change.reach.accept_room())
        end = min(self._allocations[0].size, self._used + reach)
        decision = Decision(
            self.outcome[:last],
            self.allocated_units,
            self._line_pool,
            *(column[self._used : end] for column in self._allocations),
        )
        context = (self.change.time_us, state.item.pool_first, state.index, state.promises)
        if room.is_tight or self._repeats is not _NO_REPEATS:
            order, line, made, skipped = accept_carefully(
                self._commands, first, first_line, *context, decision, self._repeats, room
            )
            return int(order), int(line), int(made), int(skipped)
        accept = accept_many_orders if last - first >= limits.MANY_ORDERS else accept_orders
        order, line, made = accept(self._commands, first, first_line, *context, decision)
        return int(order), int(line), int(made), 0

    def _room(self, orders: int, first_line: int) -> Room:
        """Give what is left in the tables; tight when the rest of the run may not fit."""
        state, lines = self.state, self.batch.line_count - first_line
        capacity, number = state.line.capacity, state.count("line")
        room = Room(
            state.order.capacity - state.count("order") + int(state.counters[Counter.ORDER_TAIL]),
            capacity - number + int(state.counters[Counter.LINE_TAIL]),
            state.allocation.capacity
            - state.count("allocation")
            + int(state.free_allocations.count[0]),
            state.pool.capacity - state.count("pool"),
            number & (capacity - 1),
            capacity,
            False,
        )
        if (
            orders <= room.orders
            and lines <= min(room.lines, room.pools, capacity - room.line_row)
            and self._allocations[0].size - self._used + lines <= room.allocations
        ):
            return room
        return room._replace(is_tight=True)

    def _enlarge(self, first: int, first_line: int) -> int:
        """Make room for the allocations of an order that did not fit, or refuse it.

        Gives the order to go on with. Where a message has reached so far that an order finds less
        room than one may have, what is left of the message is refused with it.
        """
        size, reach = self._allocations[0].size, self.change.reach.accept_room()
        if size - self._used >= reach:
            if reach < limits.COMMAND_REACH_MAX:
                self.outcome[first:] = OUTCOME_LIMIT
                return self.batch.count
            self.outcome[first] = OUTCOME_LIMIT
            return first
        if self._used:
            lines = self.batch.line_count - first_line
            self._make_room(_ALLOCATIONS_A_LINE * lines + _ALLOCATIONS_MORE)
        elif size < self.state.allocation.capacity:
            self._make_room(8 * size)
        else:
            self.outcome[first] = OUTCOME_LIMIT
        return first

    def _settle_codes(self, first: int, last: int) -> None:
        """Note the codes of stored orders, and tell duplicates the number of the stored one."""
        if self._codes is None:
            return
        codes, (shared, holder) = self.state.codes, self._repeats
        kept = first + np.flatnonzero(self.numbers[first:last] >= 0)
        for k, number in zip(kept.tolist(), self.numbers[kept].tolist(), strict=True):
            if self._codes[k][1]:
                codes[(_ORDER, *self._codes[k])] = number
        twice = first + np.flatnonzero(self.outcome[first:last] == OUTCOME_DUPLICATE)
        if shared.size:
            late = twice[shared[twice] >= 0]
            self._known[late] = self.numbers[holder[shared[late]]]
        self.numbers[twice] = self._known[twice]

    def _touch_promises(self) -> None:
        named = self.batch.lines["promise"]
        if named.max() < 0:
            return
        state = self.state
        for number in np.unique(named[named >= 0]).tolist():
            row = state.promise_row(number)
            if row != NONE and state.promise.state[row] == PROMISE_CONSUMED:
                self.change.touch(state.promise, row)
                advance_promise_tail(self.change, number)

    def _allocation_rows(self, made: int) -> np.ndarray:
        state = self.state
        rows = np.empty(made, dtype=np.int32)
        heap = state.free_allocations
        end = take_rows(heap.rows, heap.count, state.count("allocation"), made, rows)
        self.change.set_counter(_ALLOCATIONS, int(end))
        return rows

    def _make_pools(self, first: int, last: int, first_line: int) -> None:
        """Make the pools that stored lines need and nothing has named before."""
        columns, counts = self.batch.columns, self.batch.columns["line_count"]
        policy, owner, item = columns["policy"], columns["owner"], self.batch.lines["item"]
        counts = counts[first:last] if counts.size > 1 else np.repeat(counts, last - first)
        ends = first_line + counts.cumsum(dtype=np.int64)
        missing = np.flatnonzero(self._line_pool[first_line : int(ends[-1])] == NONE)
        for line in (first_line + missing).tolist():
            k = first + int(np.searchsorted(ends, line, side="right"))
            if is_stored(int(self.outcome[k]), int(policy[k if policy.size > 1 else 0])):
                self._line_pool[line] = self.change.pool(
                    int(item[line if item.size > 1 else 0]),
                    int(owner[k if owner.size > 1 else 0]),
                    STATUS_AVAILABLE,
                )
