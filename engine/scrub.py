"""The full scrub: every derived structure compared with the base rows it comes from.

Runs in slices in the background of a live engine, and whole in every test. It computes each figure
anew and never repairs: a difference is a bug, and the process must stop.
"""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels import derive as kernels
from ..kernels.columns import (
    ALLOCATION_FREE,
    NONE,
    PROMISE_LIVE,
    STATUS_AVAILABLE,
)
from ..kernels.index_check import CHECK_FINE, check_arena, check_pools, free_units
from .errors import InvariantBroken
from .work import Work, derive_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .state import State

SLICE_POOLS: Final = 2_048
SLICE_ORDERS: Final = 65_536
"""Rows of the parts that would be long otherwise; see `scrub_slices`."""


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
    for part in scrub_slices(state):
        part(state)


def scrub_slices(state: State) -> Iterator[Callable[[State], None]]:
    """Give the parts of a full scrub; each is a comparison of its own.

    A part must see the state between two commands, and may see another one than the part before.

    Parameters
    ----------
    state : State
        Its numbers of rows are looked at when a part is asked for.

    Yields
    ------
    callable
        Takes the state; raises InvariantBroken as `scrub` does. At 500,000 stock rows and 200,000
        orders the longest take a few milliseconds.
    """
    yield _scrub_allocated
    for first, last in _ranges(state, "order", SLICE_ORDERS):
        yield partial(_scrub_lines, first_order=first, last_order=last)
    yield _scrub_available
    for first, last in _ranges(state, "pool", SLICE_POOLS):
        yield partial(_scrub_pools, first_pool=first, last_pool=last)
    yield _scrub_arena
    yield _scrub_conservation
    yield _scrub_free_rows
    yield _scrub_work


def _ranges(state: State, table: str, rows: int) -> Iterator[tuple[int, int]]:
    first = 0
    while first < state.rows_used(table):
        last = min(first + rows, state.rows_used(table))
        yield first, last
        first = last


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


def _scrub_lines(state: State, first_order: int, last_order: int) -> None:
    allocation, line, order = state.allocation, state.line, state.order
    bad, expected, chained = kernels.check_lines(
        order.state,
        order.line_first,
        order.line_count,
        line.order,
        line.allocated_units,
        line.allocation_first,
        allocation.line,
        allocation.units,
        allocation.next,
        first_order,
        last_order,
    )
    if bad != NONE:
        raise InvariantBroken(
            f"line row {bad}: found {int(line.allocated_units[bad])} units allocated, expected "
            f"{expected} from its allocations"
        )
    used = state.rows_used("allocation")
    held = kernels.count_held(
        allocation.line[:used], allocation.state[:used], line.order, first_order, last_order
    )
    if chained != held:
        raise InvariantBroken(
            f"allocations: found {chained} chained to lines of the open orders in rows "
            f"{first_order} to {last_order - 1}, expected {held}"
        )


def _scrub_available(state: State) -> None:
    pools = state.rows_used("pool")
    expected = np.zeros(pools, dtype=np.int64)
    free_units(state.index, state.rows_used("stock"), expected)
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


def _scrub_pools(state: State, first_pool: int, last_pool: int) -> None:
    status, pool = check_pools(state.index, first_pool, last_pool, state.rows_used("stock"))
    if status != CHECK_FINE:
        place = f"pool {pool}" if pool != NONE else f"pools {first_pool} to {last_pool - 1}"
        raise InvariantBroken(f"ordered index: found fault {status} in {place}")


def _scrub_arena(state: State) -> None:
    status = check_arena(state.index, state.rows_used("pool"))
    if status != CHECK_FINE:
        raise InvariantBroken(f"ordered index: found fault {status} in its nodes")


def _scrub_conservation(state: State) -> None:
    items, used = state.rows_used("item"), state.rows_used("stock")
    on_hand = np.zeros(items, dtype=np.int64)
    kernels.sum_on_hand(state.stock.item[:used], state.stock.on_hand_units[:used], on_hand)
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


def _scrub_work(state: State) -> None:
    expected = derive_work(state)
    for entry in fields(Work):
        if getattr(state.work, entry.name) != getattr(expected, entry.name):
            raise InvariantBroken(
                f"work: found {entry.name} out of step with the tables, expected it as derived"
            )
