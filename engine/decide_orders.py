"""Decide what becomes of whole orders: cancel, allocate, deallocate, release, ship."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    NONE,
    ORDER_RELEASED,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_WRONG_STATE,
    PLACEMENT_BINS,
    POLICY_PARTIAL,
)
from .change import line_open_units
from .deciding import order_refusal, reaching_commands, required_day, set_order_state
from .lifecycle import next_state
from .rings import advance_order_tail
from .work import take_off_load

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .state import State

Outcome = dict[str, "np.ndarray"]

_UNPICKED = (ALLOCATION_POOLED, ALLOCATION_BOUND)


@dataclass(frozen=True, slots=True)
class _Part:
    """Units of a line that are about to be allocated; stock row -1 for the pool."""

    line: int
    stock: int
    units: int


@dataclass(frozen=True, slots=True)
class _Binding:
    """A POOLED allocation and the stock rows that were bound for it."""

    row: int
    line: int
    units: int
    taken: list[tuple[int, int]]

    @property
    def bound_units(self) -> int:
        return sum(units for _, units in self.taken)

    @property
    def more_rows(self) -> int:
        return max(0, len(self.taken) - 1)


# -- allocate ------------------------------------------------------------------------------------


def decide_allocate(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `allocate`: serve the open units of an order's lines."""
    for k, (number, placement) in enumerate(reaching_commands(change, batch)):
        order = change.state.order_row(number)
        result = order_refusal(change.state, order, "allocate")
        units = 0
        if result == OUTCOME_DONE:
            result, units = _allocate(change, order, placement)
        outcome["outcome"][k], outcome["allocated_units"][k] = result, units


def _allocate(change: Change, order: int, placement: int) -> tuple[int, int]:
    state = change.state
    orders = state.order
    to_bins = (
        placement == PLACEMENT_BINS
        or int(orders.min_life_days[order]) > 0
        or int(orders.state[order]) == ORDER_RELEASED
    )
    all_or_none = int(orders.policy[order]) != POLICY_PARTIAL
    day, room = required_day(change, order), change.reach.room()
    parts: list[_Part] = []
    wanted = served = 0
    for line in state.lines_of(order):
        open_units = line_open_units(state, line)
        if open_units == 0:
            continue
        wanted += open_units
        pool = int(state.line.pool[line])
        takeable = max(0, change.available(pool)) if change.is_allocatable(pool) else 0
        if takeable < open_units and all_or_none:
            break
        asked = min(open_units, takeable)
        taken = _take(change, pool, asked, day, to_bins, room - len(parts))
        parts.extend(_Part(line, stock, units) for stock, units in taken)
        got = sum(units for _, units in taken)
        if got < asked and len(parts) == room:
            _return(change, parts)
            return OUTCOME_LIMIT, 0
        served += got
        if served < wanted and all_or_none:
            break
    if served < wanted and (all_or_none or not served):
        _return(change, parts)
        return OUTCOME_SHORT, 0
    if not change.room("allocation", len(parts)):
        _return(change, parts)
        return OUTCOME_LIMIT, 0
    _store(change, parts)
    return (OUTCOME_DONE if served == wanted else OUTCOME_PARTIAL), served


def _take(
    change: Change, pool: int, units: int, day: int, to_bins: bool, rows_max: int
) -> list[tuple[int, int]]:
    """Take up to `units`, which are available: (stock row or -1, units) each."""
    if units == 0 or rows_max == 0:
        return []
    if to_bins:
        return change.bind_from(pool, units, day, rows_max)
    change.add_available(pool, -units)
    return [(NONE, units)]


def _return(change: Change, parts: list[_Part]) -> None:
    for part in parts:
        if part.stock == NONE:
            change.add_available(int(change.state.line.pool[part.line]), part.units)
        else:
            change.unbind(part.stock, part.units)


def _store(change: Change, parts: list[_Part]) -> None:
    lines = change.state.line
    change.reach.used += len(parts)
    for part in parts:
        state = ALLOCATION_POOLED if part.stock == NONE else ALLOCATION_BOUND
        change.add_allocation(part.line, part.stock, part.units, state, NONE)
        change.touch(lines, part.line)
        lines.allocated_units[part.line] += part.units
    for line in {part.line: None for part in parts}:
        change.refresh_line_event(line)


# -- deallocate and cancel -----------------------------------------------------------------------


def decide_deallocate(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `deallocate`: what is not in a tote yet goes back."""
    state = change.state
    for k, (number,) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        result = order_refusal(state, order, "deallocate")
        if result == OUTCOME_DONE:
            result = _reach(change, order, _UNPICKED)
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        outcome["freed_units"][k] = sum(
            _free_line(change, line, refresh=True) for line in state.lines_of(order)
        )
        left = any(state.allocations_of(line) for line in state.lines_of(order))
        if left and int(state.order.state[order]) == ORDER_RELEASED:
            set_order_state(change, order, "deallocate_partly")
        else:
            set_order_state(change, order, "deallocate")


def decide_cancel(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `cancel`: nothing may be in a tote."""
    state, lines = change.state, change.state.line
    for k, (number,) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        result = order_refusal(state, order, "cancel")
        if result == OUTCOME_DONE and _has(state, order, (ALLOCATION_PICKED, ALLOCATION_PACKED)):
            result = OUTCOME_WRONG_STATE
        if result == OUTCOME_DONE:
            result = _reach(change, order, _UNPICKED)
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        set_order_state(change, order, "cancel")
        freed = 0
        for line in state.lines_of(order):
            freed += _free_line(change, line, refresh=False)
            change.touch(lines, line)
            lines.cancelled_units[line] = int(lines.ordered_units[line]) - int(
                lines.shipped_units[line]
            )
            change.refresh_line_event(line)
        outcome["freed_units"][k] = freed
        advance_order_tail(change, number)


def _free_line(change: Change, line: int, *, refresh: bool) -> int:
    """Give back a line's POOLED and BOUND allocations; give the units."""
    state = change.state
    freed = 0
    for row in state.allocations_of(line):
        if int(state.allocation.state[row]) in _UNPICKED:
            freed += change.give_back(row)
    if freed and refresh:
        change.refresh_line_event(line)
    return freed


def _reach(change: Change, order: int, states: tuple[int, ...]) -> int:
    """Reach all allocations of an order in the given states: LIMIT when there are too many."""
    count = _count(change.state, order, states)
    if count > change.reach.room():
        return OUTCOME_LIMIT
    change.reach.used += count
    return OUTCOME_DONE


def _count(state: State, order: int, states: tuple[int, ...]) -> int:
    """Give how many allocations of an order are in one of the given states."""
    return sum(
        int(state.allocation.state[row]) in states
        for line in state.lines_of(order)
        for row in state.allocations_of(line)
    )


def _has(state: State, order: int, states: tuple[int, ...]) -> bool:
    """Whether an order has allocations in one of the given states."""
    return any(
        int(state.allocation.state[row]) in states
        for line in state.lines_of(order)
        for row in state.allocations_of(line)
    )


# -- release -------------------------------------------------------------------------------------


def decide_release(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `release`: pooled allocations are bound to stock rows and join a wave."""
    state = change.state
    for k, (number, wave) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        result = order_refusal(state, order, "release")
        if result == OUTCOME_DONE:
            result = _release_refusal(state, order)
        outcome["outcome"][k] = result
        if result == OUTCOME_DONE:
            result, bound, short = _release(change, order, wave)
            outcome["outcome"][k] = result
            outcome["bound_units"][k], outcome["short_units"][k] = bound, short


def must_wait(state: State, order: int) -> bool:
    """Whether an order row ships whole and is not whole yet, so that it is not released."""
    return int(state.order.policy[order]) != POLICY_PARTIAL and _wants_units(state, order)


def _release_refusal(state: State, order: int) -> int:
    if must_wait(state, order):
        return OUTCOME_SHORT
    if not _has(state, order, _UNPICKED):
        return OUTCOME_SHORT
    return OUTCOME_DONE


def _release(change: Change, order: int, wave: int) -> tuple[int, int, int]:
    state, allocation = change.state, change.state.allocation
    reached = _count(state, order, _UNPICKED)
    room = change.reach.room() - reached
    if room < 0:
        return OUTCOME_LIMIT, 0, 0
    bindings, fits = _bind_pooled(change, order, room)
    more_rows = sum(binding.more_rows for binding in bindings)
    if not fits or not change.room("allocation", more_rows):
        _unbind_pooled(change, bindings)
        return OUTCOME_LIMIT, 0, 0
    change.reach.used += reached + more_rows
    short = sum(_store_binding(change, binding) for binding in bindings)
    bound = 0
    for line in state.lines_of(order):
        for row in state.allocations_of(line):
            if int(allocation.state[row]) == ALLOCATION_BOUND:
                change.touch(allocation, row)
                allocation.wave[row] = wave
                bound += int(allocation.units[row])
    if not bound:
        return OUTCOME_SHORT, 0, short
    set_order_state(change, order, "release")
    return (OUTCOME_PARTIAL if short else OUTCOME_DONE), bound, short


def _bind_pooled(change: Change, order: int, room: int) -> tuple[list[_Binding], bool]:
    """Bind an order's POOLED allocations; what cannot be bound is in the pool again.

    Gives False beside the bindings, which end there, when they need more than `room` more rows.
    """
    state, allocation = change.state, change.state.allocation
    day = required_day(change, order)
    bindings: list[_Binding] = []
    for line in state.lines_of(order):
        pool = int(state.line.pool[line])
        for row in state.allocations_of(line):
            if int(allocation.state[row]) != ALLOCATION_POOLED:
                continue
            units = int(allocation.units[row])
            change.add_available(pool, units)
            # The first row bound takes the place of the pooled one.
            binding = _Binding(row, line, units, change.bind_from(pool, units, day, room + 1))
            bindings.append(binding)
            if binding.bound_units < units and len(binding.taken) == room + 1:
                return bindings, False
            room -= binding.more_rows
    return bindings, True


def _unbind_pooled(change: Change, bindings: list[_Binding]) -> None:
    for binding in bindings:
        for stock, units in binding.taken:
            change.unbind(stock, units)
        change.add_available(int(change.state.line.pool[binding.line]), -binding.units)


def _store_binding(change: Change, binding: _Binding) -> int:
    """Write what was bound for a POOLED allocation; give the units that it is short."""
    state, allocation = change.state, change.state.allocation
    row, line = binding.row, binding.line
    short = binding.units - binding.bound_units
    if not binding.taken:
        change.free_allocation(row)
    else:
        change.touch(allocation, row)
        allocation.stock[row], allocation.units[row] = binding.taken[0]
        allocation.state[row] = ALLOCATION_BOUND
        for stock, units in binding.taken[1:]:
            change.add_allocation(line, stock, units, ALLOCATION_BOUND, NONE)
    if short:
        change.touch(state.line, line)
        state.line.allocated_units[line] -= short
        change.refresh_line_event(line)
    return short


# -- ship ----------------------------------------------------------------------------------------


def decide_ship(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `ship`: packed goods leave with their handling units."""
    state = change.state
    for k, (number,) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        result = order_refusal(state, order, "ship")
        if result == OUTCOME_DONE:
            result = _reach(change, order, (ALLOCATION_PACKED,))
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        shipped = 0
        for line in state.lines_of(order):
            for row in state.allocations_of(line):
                if int(state.allocation.state[row]) == ALLOCATION_PACKED:
                    unit = int(state.stock.handling_unit[state.allocation.stock[row]])
                    shipped += ship_allocation(change, line, row)
                    take_off_load(change, unit)
        outcome["shipped_units"][k] = shipped
        close_shipped(change, order)


def close_shipped(change: Change, order: int) -> None:
    """Move an order row on whose last packed goods have left; it waits for units still wanted."""
    if _wants_units(change.state, order):
        set_order_state(change, order, "ship_partly")
        return
    set_order_state(change, order, "ship")
    advance_order_tail(change, int(change.state.order.number[order]))


def _wants_units(state: State, order: int) -> bool:
    return any(line_open_units(state, line) for line in state.lines_of(order))


def ship_allocation(change: Change, line: int, row: int) -> int:
    """Let a PACKED allocation leave with its handling unit; give its units."""
    state = change.state
    stock, lines, table = state.stock, state.line, state.handling_unit
    held, units = int(state.allocation.stock[row]), int(state.allocation.units[row])
    unit, item = int(stock.handling_unit[held]), int(stock.item[held])
    # Freed first: it is the unit's goods no longer, and the row may be freed with it.
    change.free_allocation(row)
    change.take_allocated(held, units)
    change.touch(state.item, item)
    state.item.shipped_units[item] += units
    change.touch(lines, line)
    lines.shipped_units[line] += units
    lines.allocated_units[line] -= units
    if unit != NONE:
        after = next_state("handling_unit", int(table.state[unit]), "ship")
        assert after is not None
        change.touch(table, unit)
        table.state[unit] = after
    return units
