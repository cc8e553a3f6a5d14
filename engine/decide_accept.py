"""Decide `accept`: the hot command, as columns from end to end.

A run is decided in ranges. One range is the rule; a run is cut only where the lines of an order
would wrap round the ring, where a code comes twice, or where the tables are nearly full.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.allocate import AcceptBatch, accept_orders
from ..kernels.allocate import Accepted as Decision
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
from ..kernels.store_orders import count_stored, is_stored
from . import limits
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
    run = _AcceptRun(change, batch, outcome, line_outcome["allocated_units"])
    for first, last in pairwise(run.cuts()):
        run.mark_duplicates(first, last)
        if not run.has_room(last - first, run.lines_between(first, last)):
            codes = run.outcome[first:last]
            codes[codes == OUTCOME_DONE] = OUTCOME_LIMIT
            continue
        room = 4 * batch.line_count + 64
        while first < last:
            reach = change.reach.accept_room()
            room_max = min(change.state.allocation.capacity, reach)
            room = min(room, room_max)
            decided, stored = run.accept_range(first, last, room)
            if stored is not None:
                record.accepted(stored)
                change.reach.used += stored.rows.size
            if decided == first:
                if room == room_max and reach < limits.COMMAND_REACH_MAX:
                    run.outcome[first:] = OUTCOME_LIMIT
                    run.numbers[first:] = NONE
                    return
                if room == room_max:
                    run.outcome[first] = OUTCOME_LIMIT
                    decided += 1
                room *= 8
            first = decided


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
        counts = batch.columns["line_count"]
        # Line behind each order; a single order, the commonest run, needs no arithmetic.
        if batch.count == 1:
            self._ends = counts
        elif counts.size == 1:
            self._ends = np.arange(1, batch.count + 1, dtype=np.int64) * int(counts[0])
        else:
            self._ends = counts.cumsum(dtype=np.int64)
        codes = batch.columns["code"]
        self.codes: list[tuple[int, bytes]] | None = None
        if codes.size > 1 or codes[0]:
            texts, channels = codes.tolist(), batch.columns["channel"].tolist()
            texts = texts * batch.count if len(texts) == 1 else texts
            channels = channels * batch.count if len(channels) == 1 else channels
            self.codes = list(zip(channels, texts, strict=True))

    def first_line(self, k: int) -> int:
        """Give the line with which order k begins."""
        return int(self._ends[k - 1]) if k else 0

    def lines_between(self, first: int, last: int) -> int:
        """Give how many lines the orders `first` to before `last` have."""
        return int(self._ends[last - 1]) - self.first_line(first)

    def cuts(self) -> list[int]:
        """Where ranges begin and end, so that each is simple."""
        count, total = self.batch.count, self.batch.line_count
        if count == 1:
            return [0, 1]
        line_row = self.state.count("line") & (self.state.line.capacity - 1)
        if line_row + total > self.state.line.capacity or not self.has_room(count, total):
            return list(range(count + 1))
        cuts = [0]
        if self.codes is not None:
            seen: set[tuple[int, bytes]] = set()
            for k, key in enumerate(self.codes):
                if key[1] and key in seen:
                    cuts.append(k)
                    seen.clear()
                seen.add(key)
        return [*cuts, count]

    def skip(self, lines: int) -> int:
        """Numbers to leave out, so that lines do not wrap round the ring."""
        capacity = self.state.line.capacity
        row = self.state.count("line") & (capacity - 1)
        return capacity - row if row + lines > capacity else 0

    def has_room(self, orders: int, lines: int) -> bool:
        """Whether all could be stored; each line may need a pool and an allocation row."""
        room = self.change.room
        return (
            room("order", orders)
            and room("line", lines + self.skip(lines))
            and room("allocation", lines)
            and room("pool", lines)
        )

    def mark_duplicates(self, first: int, last: int) -> None:
        """Decide the orders whose code is known."""
        if self.codes is None:
            return
        known, state = self.state.codes, self.state
        for k in range(first, last):
            channel, code = self.codes[k]
            if not code:
                continue
            number = known.get((_ORDER, channel, code), NONE)
            if number != NONE and state.order_row(number) != NONE:
                self.outcome[k] = OUTCOME_DUPLICATE
                self.numbers[k] = number

    def accept_range(self, first: int, last: int, room: int) -> tuple[int, Accepted | None]:
        """Decide and store as far as `room` allocations reach: (order behind it, stored)."""
        first_line = self.first_line(first)
        line_pool = np.full(self.batch.line_count, NONE, dtype=np.int32)
        last, decision, made = self._decide(first, last, first_line, line_pool, room)
        if first == last:
            return last, None
        self._clear_refused(first, last)
        self._touch_promises()
        columns = order_columns(self.batch)
        orders, lines = count_stored(columns, self.outcome, first, last)
        if not orders:
            return last, None
        first_number = self.state.count("line") + self.skip(lines)
        stored = Accepted(
            self.state.count("order"),
            first_number,
            first,
            last,
            first_line,
            self._allocation_rows(made),
            decision.allocation_stock[:made],
            decision.allocation_units[:made],
        )
        self._make_pools(first, last, line_pool)
        numbers = store_accepted(
            self.state, self.batch, self.outcome, self.allocated_units, line_pool, stored
        )
        is_kept = numbers >= 0
        np.copyto(self.numbers, numbers, where=is_kept)
        self.change.set_counter(_ORDERS, stored.first_order + orders)
        self.change.set_counter(_LINES, first_number + lines)
        if self.codes is not None:
            for k in np.flatnonzero(is_kept).tolist():
                if self.codes[k][1]:
                    self.state.codes[(_ORDER, *self.codes[k])] = int(numbers[k])
        self._put_events(first_number & (self.state.line.capacity - 1), lines)
        return last, stored

    def _decide(
        self, first: int, last: int, first_line: int, line_pool: np.ndarray, room: int
    ) -> tuple[int, Decision, int]:
        state, columns, lines = self.state, self.batch.columns, self.batch.lines
        free = state.allocation.capacity - state.count("allocation")
        room = min(room, free + int(state.free_allocations.count[0]))
        decision = Decision(
            self.outcome[:last],
            self.allocated_units,
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
            self.change.time_us,
            state.item.pool_first,
            state.index,
            state.promises,
            decision,
        )
        return int(decided), decision, int(made)

    def _clear_refused(self, first: int, last: int) -> None:
        """Zero the lines of orders that the kernel passed over; it uses them as it likes."""
        if last - first == 1 and self.outcome[first] <= OUTCOME_SHORT:
            return
        refused = np.flatnonzero(self.outcome[first:last] > OUTCOME_SHORT)
        for k in (first + refused).tolist():
            self.allocated_units[self.first_line(k) : int(self._ends[k])] = 0

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

    def _make_pools(self, first: int, last: int, line_pool: np.ndarray) -> None:
        """Make the pools that stored lines need and nothing has named before."""
        columns = self.batch.columns
        if not columns["policy"].any() and columns["placement"].all():
            return  # what is kept was served in full
        first_line = self.first_line(first)
        missing = np.flatnonzero(line_pool[first_line : int(self._ends[last - 1])] == NONE)
        if not missing.size:
            return
        policy, owner, item = columns["policy"], columns["owner"], self.batch.lines["item"]
        for line in (first_line + missing).tolist():
            k = int(np.searchsorted(self._ends, line, side="right"))
            if is_stored(int(self.outcome[k]), int(policy[k if policy.size > 1 else 0])):
                line_pool[line] = self.change.pool(
                    int(item[line if item.size > 1 else 0]),
                    int(owner[k if owner.size > 1 else 0]),
                    STATUS_AVAILABLE,
                )

    def _put_events(self, first_row: int, lines: int) -> None:
        """Dated demand of the stored lines that still want units."""
        line = self.state.line
        last_row = first_row + lines
        is_wanting = (
            line.allocated_units[first_row:last_row] < line.ordered_units[first_row:last_row]
        )
        for place in is_wanting.nonzero()[0].tolist():
            self.change.refresh_line_event(first_row + place)
