"""The full scrub: every derived structure compared with the base rows it comes from.

Runs in the background of a live engine, at the end of `slotline verify` and in every test. It
computes each figure anew and never repairs: a difference is a bug, and the process must stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels import derive as kernels
from ..kernels.columns import (
    ALLOCATION_FREE,
    NONE,
    PROMISE_LIVE,
    STATUS_AVAILABLE,
)
from ..kernels.index_check import CHECK_FINE, check, free_units
from .errors import InvariantBroken

if TYPE_CHECKING:
    from .state import State


def scrub(state: State) -> None:
    """Compare derived columns, index, counters and conservation with the base rows.

    Parameters
    ----------
    state : State
        Read only.

    Raises
    ------
    InvariantBroken
        The first difference: what was found, what was expected, where.
    """
    _scrub_allocated(state)
    _scrub_lines(state)
    _scrub_available(state)
    _scrub_index(state)
    _scrub_conservation(state)
    _scrub_free_rows(state)


def _differ(what: str, found: np.ndarray, expected: np.ndarray) -> None:
    wrong = np.flatnonzero(found != expected)
    if wrong.size:
        row = int(wrong[0])
        raise InvariantBroken(
            f"{what} {row}: found {int(found[row])}, expected {int(expected[row])} "
            f"({wrong.size} rows differ)"
        )


def _scrub_allocated(state: State) -> None:
    used, allocations = state.rows_used("stock"), state.rows_used("allocation")
    expected = np.zeros(used, dtype=np.int32)
    allocation = state.allocation
    kernels.sum_allocated(
        allocation.stock[:allocations],
        allocation.units[:allocations],
        allocation.state[:allocations],
        expected,
    )
    _differ("allocated units of stock row", state.stock.allocated_units[:used], expected)
    over = np.flatnonzero(expected > state.stock.on_hand_units[:used])
    if over.size:
        row = int(over[0])
        raise InvariantBroken(
            f"stock row {row}: found {int(expected[row])} units allocated, expected at most the "
            f"{int(state.stock.on_hand_units[row])} on hand"
        )


def _scrub_lines(state: State) -> None:
    allocation, line, order = state.allocation, state.line, state.order
    orders = state.rows_used("order")
    bad, expected, chained = kernels.check_lines(
        order.state[:orders],
        order.line_first[:orders],
        order.line_count[:orders],
        line.order,
        line.allocated_units,
        line.allocation_first,
        allocation.line,
        allocation.units,
        allocation.next,
    )
    if bad != NONE:
        raise InvariantBroken(
            f"line row {bad}: found {int(line.allocated_units[bad])} units allocated, expected "
            f"{expected} from its allocations"
        )
    held = state.open_allocations().size
    if chained != held:
        raise InvariantBroken(
            f"allocations: found {chained} chained to lines of open orders, expected {held}"
        )


def _scrub_available(state: State) -> None:
    pools = state.rows_used("pool")
    expected = np.zeros(state.pool.capacity, dtype=np.int64)
    free_units(state.index, state.rows_used("stock"), expected)
    expected = expected[:pools]
    allocations = state.rows_used("allocation")
    pooled = np.zeros(max(pools, 1), dtype=np.int64)
    kernels.sum_pooled(
        state.allocation.line[:allocations],
        state.allocation.units[:allocations],
        state.allocation.state[:allocations],
        state.line.pool,
        pooled,
    )
    promise = state.promise
    live = np.flatnonzero(promise.state[: state.rows_used("promise")] == PROMISE_LIVE)
    np.subtract.at(expected, promise.pool[live], promise.units[live])
    expected -= pooled[:pools]
    found = state.index.head["available_units"][:pools]
    _differ("available units of pool", found, expected)
    allocatable = state.pool.status[:pools] == STATUS_AVAILABLE
    below = np.flatnonzero((found < 0) & allocatable)
    if below.size:
        pool = int(below[0])
        raise InvariantBroken(
            f"pool {pool}: found {int(found[pool])} available units, expected 0 or more: oversold"
        )


def _scrub_index(state: State) -> None:
    status, pool = check(state.index, state.rows_used("pool"), state.rows_used("stock"))
    if status != CHECK_FINE:
        raise InvariantBroken(f"ordered index: found fault {status} in pool {pool}")


def _scrub_conservation(state: State) -> None:
    items, used = state.rows_used("item"), state.rows_used("stock")
    on_hand = np.zeros(items, dtype=np.int64)
    live = np.flatnonzero(state.stock.on_hand_units[:used] > 0)
    np.add.at(on_hand, state.stock.item[live], state.stock.on_hand_units[live])
    item = state.item
    expected = (
        item.received_units[:items] - item.shipped_units[:items] + item.adjusted_units[:items]
    )
    _differ("on hand units of item", on_hand, expected)


def _scrub_free_rows(state: State) -> None:
    free = np.flatnonzero(state.stock.on_hand_units[: state.rows_used("stock")] == 0)
    count = int(state.free_stock.count[0])
    if not np.array_equal(np.sort(state.free_stock.rows[:count]), free):
        raise InvariantBroken(f"free stock rows: found {count}, expected {free.size}")
    used = state.rows_used("allocation")
    freed = np.flatnonzero(state.allocation.state[:used] == ALLOCATION_FREE)
    count = int(state.free_allocations.count[0])
    if not np.array_equal(np.sort(state.free_allocations.rows[:count]), freed):
        raise InvariantBroken(f"free allocation rows: found {count}, expected {freed.size}")
    lines = state.allocation.line[:used][freed]
    if (lines != NONE).any():
        raise InvariantBroken("free allocation rows: found one with a line, expected -1")
