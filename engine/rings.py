"""Tails of the rings: the first number that is still open.

Rows of closed orders and promises stay readable until the ring comes round to them; the tail says
how far it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.columns import (
    BATCH_OPEN,
    BATCH_PAUSED,
    ORDER_OPEN,
    ORDER_PACKED,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    TASK_OPEN,
)
from ..kernels.scans import first_open
from .schema import Counter

if TYPE_CHECKING:
    from .change import Change
    from .state import TableView


def advance_promise_tail(change: Change, closed: int) -> None:
    """Move the promises' tail on after promise number `closed` was closed."""
    promise = change.state.promise
    _advance(change, promise, Counter.PROMISE_TAIL, closed, PROMISE_LIVE, PROMISE_PEGGED)


def advance_batch_tail(change: Change, ended: int) -> None:
    """Move the batches' tail on after batch number `ended` has ended."""
    _advance(change, change.state.batch, Counter.BATCH_TAIL, ended, BATCH_OPEN, BATCH_PAUSED)


def advance_task_tail(change: Change, ended: int) -> None:
    """Move the tasks' tail on after task number `ended` has ended."""
    _advance(change, change.state.task, Counter.TASK_TAIL, ended, TASK_OPEN, TASK_OPEN)


def _advance(
    change: Change, table: TableView, counter: Counter, closed: int, low: int, high: int
) -> None:
    state = change.state
    if closed == int(state.counters[counter]):
        end = state.count(table.spec.name)
        change.set_counter(counter, int(first_open(table.state, closed, end, low, high)))


def advance_order_tail(change: Change, closed: int) -> None:
    """Move the orders' and lines' tails on after order number `closed` was closed."""
    state = change.state
    if closed != int(state.counters[Counter.ORDER_TAIL]):
        return
    end = state.count("order")
    tail = int(first_open(state.order.state, closed, end, ORDER_OPEN, ORDER_PACKED))
    change.set_counter(Counter.ORDER_TAIL, tail)
    if tail == end:
        change.set_counter(Counter.LINE_TAIL, state.count("line"))
        return
    # Lines in use are fewer than the ring's rows: the next number with that row is the one.
    mask = state.line.capacity - 1
    line_tail = int(state.counters[Counter.LINE_TAIL])
    first_row = int(state.order.line_first[tail & (state.order.capacity - 1)])
    change.set_counter(Counter.LINE_TAIL, line_tail + ((first_row - line_tail) & mask))
