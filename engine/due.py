"""What falls due: promises by the time they expire, stock rows by their expiry day.

The heaps hold an entry for each promise that is LIVE or PEGGED and for each stock row of an
AVAILABLE pool with an expiry day. Entries go stale and are passed over when they fall due, or
dropped when a heap is full. The entry of an expired stock row without free units is dropped too;
`watch_stock` brings it back when units become free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import (
    NO_EXPIRY_DAY,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    STATUS_AVAILABLE,
)
from ..kernels.due_heap import DueHeap, compact, push_all_due, push_due

if TYPE_CHECKING:
    from .state import State


def watch_promise(state: State, number: int, expires_us: int) -> None:
    """Note when a promise expires; its columns are set."""
    if not push_due(state.promise_due, expires_us, number):
        refill_promise_due(state)


def watch_stock(state: State, row: int) -> None:
    """Note when a stock row expires, if it does and is available; its columns are set."""
    stock = state.stock
    expiry_day = int(stock.expiry_day[row])
    if expiry_day == NO_EXPIRY_DAY or state.pool.status[stock.pool[row]] != STATUS_AVAILABLE:
        return
    if not push_due(state.stock_due, expiry_day, row):
        refill_stock_due(state)


def watch_stock_rows(state: State, rows: np.ndarray) -> None:
    """Note when stock rows (int32, shape (n,)) expire, as `watch_stock` does for each in turn."""
    stock = state.stock
    days, pools = stock.expiry_day[rows], stock.pool[rows]
    watched = (days != NO_EXPIRY_DAY) & (state.pool.status[pools] == STATUS_AVAILABLE)
    if push_all_due(state.stock_due, days[watched], rows[watched]):
        return
    for row in rows[watched].tolist():
        watch_stock(state, row)


def refill_promise_due(state: State) -> None:
    """Make the heap of promises anew from the columns. O(promise rows)."""
    promise = state.promise
    used = state.rows_used("promise")
    states = promise.state[:used]
    rows = np.flatnonzero((states == PROMISE_LIVE) | (states == PROMISE_PEGGED))
    _refill(state.promise_due, promise.expires_us[rows], promise.number[rows])


def refill_stock_due(state: State) -> None:
    """Make the heap of stock rows anew from the columns. O(stock rows)."""
    stock = state.stock
    used = state.count("stock")
    held = np.flatnonzero(
        (stock.on_hand_units[:used] > 0) & (stock.expiry_day[:used] != NO_EXPIRY_DAY)
    )
    rows = held[state.pool.status[stock.pool[held]] == STATUS_AVAILABLE]
    _refill(state.stock_due, stock.expiry_day[rows], rows)


def _refill(heap: DueHeap, times_us: np.ndarray, numbers: np.ndarray) -> None:
    count = numbers.size
    heap.time_us[:count] = times_us
    heap.number[:count] = numbers
    heap.count[0] = count
    compact(heap, np.ones(count, dtype=np.uint8))
