"""What follows when a pool's available units change: take-backs below zero, pegs served above it.

The rules are in docs/commands.md, "Take-back" and "Serving pegs".
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import (
    PROMISE_BROKEN,
    PROMISE_LIVE,
    PROMISE_PEGGED,
)
from ..kernels.scans import pooled_allocations, rows_in_state
from .rings import advance_promise_tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from .change import Change
    from .state import State

_ROOM = 256


@dataclass(frozen=True, slots=True)
class TakeBack:
    """What a take-back will do.

    Parameters
    ----------
    allocations : list of (int, int)
        POOLED allocation rows and the units that each gives back, in order.
    promises : list of int
        Rows of the promises that break, in order.
    allocated_units, promised_units : int
        Units that come back from each.
    freed_allocations : int
        Allocations given back in full.
    """

    allocations: list[tuple[int, int]]
    promises: list[int]
    allocated_units: int = 0
    promised_units: int = 0
    freed_allocations: int = 0

    @property
    def units(self) -> int:
        """Units that come back."""
        return self.allocated_units + self.promised_units

    @property
    def reach(self) -> int:
        """Allocations and promises that change."""
        return len(self.allocations) + len(self.promises)


def plan_take_back(state: State, pool: int, missing_units: int, rows_max: int) -> TakeBack:
    """Choose what gives back units when a pool misses some; nothing changes.

    Parameters
    ----------
    state : State
        Read only.
    pool : int
        Pool row.
    missing_units : int
        Units below zero; 0 or less needs nothing.
    rows_max : int
        Allocations and promises that it may reach.

    Returns
    -------
    TakeBack
        Of at least `missing_units`, which the pool has given out; of less when that would reach
        further than `rows_max`.
    """
    if missing_units <= 0:
        return TakeBack([], [])
    allocation, left, freed = state.allocation, missing_units, 0
    chosen: list[tuple[int, int]] = []
    for row in _pooled_in_order(state, pool).tolist():
        if left <= 0 or len(chosen) == rows_max:
            break
        units = int(allocation.units[row])
        given = min(units, left)
        freed += given == units
        chosen.append((row, given))
        left -= given
    allocated = missing_units - left
    broken: list[int] = []
    promised = 0
    if left > 0 and len(chosen) < rows_max:
        for row in _live_in_order(state, pool).tolist():
            if promised >= left or len(chosen) + len(broken) == rows_max:
                break
            broken.append(row)
            promised += int(state.promise.units[row])
    return TakeBack(chosen, broken, allocated, promised, freed)


def carry_out(change: Change, pool: int, plan: TakeBack) -> None:
    """Carry out a take-back: available units of the pool rise by the plan's units."""
    state = change.state
    change.reach.used += plan.reach
    allocation, promise = state.allocation, state.promise
    for row, units in plan.allocations:
        line = int(allocation.line[row])
        if units == int(allocation.units[row]):
            change.give_back(row)
        else:
            change.touch(allocation, row)
            allocation.units[row] -= units
            change.touch(state.line, line)
            state.line.allocated_units[line] -= units
            change.add_available(pool, units)
        change.refresh_line_event(line)
    for row in plan.promises:
        change.touch(promise, row)
        promise.state[row] = PROMISE_BROKEN
        change.add_available(pool, int(promise.units[row]))
        advance_promise_tail(change, int(promise.number[row]))


def pegs_served(change: Change, pool: int, more_units: int) -> int:
    """Give how many PEGGED promises `serve_pegs` will make LIVE once a pool has units more."""
    state = change.state
    available = change.available(pool) + more_units
    served = 0
    for _, number in state.pegs.get(pool, ()):
        available -= int(state.promise.units[number & (state.promise.capacity - 1)])
        if available < 0:
            break
        served += 1
    return served


def serve_pegs(change: Change, pool: int) -> None:
    """Make PEGGED promises of a pool LIVE as far as available units go."""
    state = change.state
    served = pegs_served(change, pool, 0)
    if not served:
        return
    promise, pegs = state.promise, state.pegs[pool]
    mask = promise.capacity - 1
    for _, number in pegs[:served]:
        row = number & mask
        change.touch(promise, row)
        promise.state[row] = PROMISE_LIVE
        change.drop_peg_event(row)
        change.add_available(pool, -int(promise.units[row]))
    change.reach.used += served
    del pegs[:served]
    if not pegs:
        del state.pegs[pool]


def add_peg(state: State, row: int) -> None:
    """Note a promise row that became PEGGED."""
    promise = state.promise
    pegs = state.pegs.setdefault(int(promise.pool[row]), [])
    insort(pegs, (int(promise.due_us[row]), int(promise.number[row])))


def drop_peg(state: State, row: int) -> None:
    """Forget a promise row that is PEGGED no more."""
    promise = state.promise
    pool = int(promise.pool[row])
    pegs = state.pegs[pool]
    del pegs[bisect_left(pegs, (int(promise.due_us[row]), int(promise.number[row])))]
    if not pegs:
        del state.pegs[pool]


def collect_pegs(state: State) -> dict[int, list[tuple[int, int]]]:
    """Find the PEGGED promises of all pools from the columns, as `State.pegs` holds them."""
    promise = state.promise
    found: dict[int, list[tuple[int, int]]] = {}
    rows = np.flatnonzero(promise.state[: state.rows_used("promise")] == PROMISE_PEGGED)
    for pool, due_us, number in zip(
        promise.pool[rows].tolist(),
        promise.due_us[rows].tolist(),
        promise.number[rows].tolist(),
        strict=True,
    ):
        found.setdefault(pool, []).append((due_us, number))
    for pegs in found.values():
        pegs.sort()
    return found


def _scan(find: Callable[[np.ndarray], int]) -> np.ndarray:
    """Give all rows that a scan finds, whatever their number."""
    out = np.empty(_ROOM, dtype=np.int32)
    count = find(out)
    if count > out.size:
        out = np.empty(count, dtype=np.int32)
        find(out)
    return out[:count]


def _pooled_in_order(state: State, pool: int) -> np.ndarray:
    allocation, line, order = state.allocation, state.line, state.order
    used = state.count("allocation")
    rows = _scan(
        lambda out: int(
            pooled_allocations(
                allocation.state[:used], allocation.line[:used], line.pool, pool, out
            )
        )
    )
    orders = line.order[allocation.line[rows]]
    return rows[np.lexsort((-rows, -order.number[orders], -order.departure_us[orders]))]


def _live_in_order(state: State, pool: int) -> np.ndarray:
    promise = state.promise
    used = state.rows_used("promise")
    rows = _scan(
        lambda out: int(
            rows_in_state(promise.state[:used], promise.pool[:used], pool, PROMISE_LIVE, out)
        )
    )
    return rows[np.lexsort((-promise.number[rows], -promise.expires_us[rows]))]
