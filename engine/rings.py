"""Tails of the rings: the first number that is still open.

Rows of closed orders and promises stay readable until the ring comes round to them; the tail says
how far it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.columns import ORDER_OPEN, ORDER_PACKED, PROMISE_LIVE, PROMISE_PEGGED
from ..kernels.scans import first_open
from .schema import Counter

if TYPE_CHECKING:
    from .change import Change


def advance_promise_tail(change: Change, closed: int) -> None:
    """Move the promises' tail on after promise number `closed` was closed."""
    state = change.state
    if closed != int(state.counters[Counter.PROMISE_TAIL]):
        return
    end = state.count("promise")
    tail = first_open(state.promise.state, closed, end, PROMISE_LIVE, PROMISE_PEGGED)
    change.set_counter(Counter.PROMISE_TAIL, int(tail))


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
