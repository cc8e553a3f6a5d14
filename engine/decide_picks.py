"""Decide what pickers and packers confirm: pick, short pick, unpick, pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    ALLOCATION_POOLED,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    ROW_UNITS_MAX,
    STATUS_HELD,
)
from .deciding import (
    commands,
    is_of_order,
    reaching_commands,
    required_day,
    set_order_state,
    set_place,
)
from .lifecycle import next_state
from .shortage import carry_out, plan_take_back
from .work import carry, put_down, set_state

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .shortage import TakeBack
    from .state import State

Outcome = dict[str, "np.ndarray"]


class ShortPick(NamedTuple):
    """Allocation rows that a short pick made: bound anew, and picked (-1: nothing was found)."""

    bound: list[int]
    picked: int


def decide_pick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `pick`: bound units go into a handling unit."""
    state, allocation = change.state, change.state.allocation
    for k, (number, row, units, unit) in enumerate(commands(batch)):
        result = _untasked(
            state, row, pick_refusal(state, state.order_row(number), row, unit, "pick")
        )
        outcome["stock"][k] = NONE
        if result == OUTCOME_DONE:
            if units > int(allocation.units[row]):
                result = OUTCOME_NOT_FREE
            elif not has_pick_room(change, row, units):
                result = OUTCOME_LIMIT
        if result == OUTCOME_DONE:
            left = int(allocation.units[row]) - units
            outcome["stock"][k] = pick(change, row, units, unit)
            outcome["left_units"][k] = left
            result = OUTCOME_PARTIAL if left else OUTCOME_DONE
        outcome["outcome"][k] = result


def _untasked(state: State, row: int, result: int) -> int:
    """Refuse to pick by hand what a task is to pick."""
    if result == OUTCOME_DONE and row in state.work.task_of:
        return OUTCOME_WRONG_STATE
    return result


def pick_refusal(state: State, order: int, row: int, unit: int, cause: str) -> int:
    """Outcome of a pick (`pick` or `short_pick`) that cannot be, DONE when it can.

    Parameters
    ----------
    state : State
        Read only.
    order, row, unit : int
        Order row, -1 when its number is not known; allocation row; handling unit, -1 for none.
    cause : str
        Command, as in `lifecycle`.
    """
    result = allocation_refusal(state, order, row, cause)
    if (
        result == OUTCOME_DONE
        and unit != NONE
        and next_state("handling_unit", int(state.handling_unit.state[unit]), "pick") is None
    ):
        return OUTCOME_WRONG_STATE
    return result


def allocation_refusal(state: State, order: int, row: int, cause: str) -> int:
    """Outcome of a command that an order's allocation cannot take, DONE when it can."""
    if order == NONE or not is_of_order(state, order, row):
        return OUTCOME_UNKNOWN
    if (
        next_state("order", int(state.order.state[order]), cause) is None
        or next_state("allocation", int(state.allocation.state[row]), cause) is None
    ):
        return OUTCOME_WRONG_STATE
    return OUTCOME_DONE


def has_pick_room(change: Change, row: int, units: int) -> bool:
    """Whether there are rows for `pick`."""
    state, allocation = change.state, change.state.allocation
    whole_row = units == int(state.stock.on_hand_units[allocation.stock[row]])
    whole_allocation = units == int(allocation.units[row])
    return (whole_row or change.room("stock", 1)) and (
        whole_allocation or change.room("allocation", 1)
    )


def pick(change: Change, row: int, units: int, unit: int) -> int:
    """Put `units` of a BOUND allocation into a handling unit; give the stock row they are in."""
    state, allocation = change.state, change.state.allocation
    stock = int(allocation.stock[row])
    if units < int(state.stock.on_hand_units[stock]):
        stock = change.split(stock, units, units)
    set_place(change, stock, NONE, unit)
    change.touch(allocation, row)
    if units == int(allocation.units[row]):
        allocation.stock[row] = stock
        allocation.state[row] = ALLOCATION_PICKED
    else:
        allocation.units[row] -= units
        line, wave = int(allocation.line[row]), int(allocation.wave[row])
        row = change.add_allocation(line, stock, units, ALLOCATION_PICKED, wave)
    carry(change, stock, row)
    set_state(change, "handling_unit", unit, "pick")
    return stock


# -- short pick ----------------------------------------------------------------------------------


def decide_short_pick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `short_pick`: the goods were not there; find others."""
    state, allocation = change.state, change.state.allocation
    for k, (number, row, found, unit, _) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        result = _untasked(state, row, pick_refusal(state, order, row, unit, "short_pick"))
        if result == OUTCOME_DONE and found >= int(allocation.units[row]):
            result = OUTCOME_NOT_FREE
        if result == OUTCOME_DONE:
            missing = int(allocation.units[row]) - found
            done = short_pick(change, order, row, found, unit)
            if done is None:
                result = OUTCOME_LIMIT
            else:
                rebound = int(allocation.units[done.bound].sum())
                outcome["rebound_units"][k] = rebound
                outcome["short_units"][k] = missing - rebound
                if rebound < missing:
                    result = OUTCOME_PARTIAL if rebound else OUTCOME_SHORT
        outcome["outcome"][k] = result


def short_pick(
    change: Change, order: int, row: int, found: int, unit: int, rows_max: int = ROW_UNITS_MAX
) -> ShortPick | None:
    """Carry out a short pick; give what became of its units, None when it has no room.

    The rows that the whole of it needs are only known once the missing units are bound anew, so
    the index is brought there first, and back if there is no room.

    Parameters
    ----------
    change : Change
        The run's writes.
    order, row, found, unit : int
        Order row, BOUND allocation row, units that were there, handling unit that they go into.
    rows_max : int
        Room for allocations bound anew beside that of the tables.
    """
    state, allocation, lines = change.state, change.state.allocation, change.state.line
    line, source = int(allocation.line[row]), int(allocation.stock[row])
    missing, wave = int(allocation.units[row]) - found, int(allocation.wave[row])
    pool = int(state.stock.pool[source])
    change.leave(source)
    # The allocation itself, and the picked one beside it.
    room = change.reach.room() - (2 if found else 1)
    short_units = -change.available(pool)
    plan = plan_take_back(state, pool, short_units, max(0, room))
    room -= plan.reach
    fits = room >= 0 and plan.units >= short_units
    taken: list[tuple[int, int]] = []
    if fits and change.is_allocatable(pool):
        units = min(missing, plan.units - short_units)
        taken = change.bind_from(pool, units, required_day(change, order), room)
        fits = len(taken) < room or sum(bound for _, bound in taken) == units
        fits = fits and len(taken) <= rows_max
    if not fits or not _has_short_pick_room(change, source, missing, found, plan, len(taken)):
        for stock, units in taken:
            change.unbind(stock, units)
        change.enter(source)
        return None
    change.reach.used += (2 if found else 1) + len(taken)
    picked = NONE
    if found:
        picked = state.work.carried[pick(change, row, found, unit)]
    change.free_allocation(row)
    _lose(change, source, missing)
    carry_out(change, pool, plan)
    bound = [
        change.add_allocation(line, stock, units, ALLOCATION_BOUND, wave) for stock, units in taken
    ]
    change.touch(lines, line)
    lines.allocated_units[line] -= missing - sum(units for _, units in taken)
    change.refresh_line_event(line)
    return ShortPick(bound, picked)


def _has_short_pick_room(
    change: Change, source: int, missing: int, found: int, plan: TakeBack, rebound_rows: int
) -> bool:
    state, stock = change.state, change.state.stock
    free = change.free_units(source)
    picked = 1 if found else 0
    held = 1 if free and int(stock.allocated_units[source]) > missing + found else 0
    freed = 1 + plan.freed_allocations
    owner = int(state.pool.owner[stock.pool[source]])
    return (
        change.room("stock", picked + held)
        and change.room("allocation", picked)
        and change.room("allocation", picked + rebound_rows - freed)
        and (not free or change.has_pool_room(int(stock.item[source]), owner, STATUS_HELD))
    )


def _lose(change: Change, row: int, units: int) -> None:
    """Take missing units off a stock row that has left; hold its free units for the counter."""
    state, stock = change.state, change.state.stock
    item, pool = int(stock.item[row]), int(stock.pool[row])
    free = change.free_units(row)
    change.touch(state.item, item)
    state.item.adjusted_units[item] -= units
    change.take_allocated(row, units)
    if not free:
        return
    held = row
    if int(stock.allocated_units[row]):
        held = change.split(row, free, 0)
        change.enter(row)
    stock.pool[held] = change.pool(item, int(state.pool.owner[pool]), STATUS_HELD)
    change.touch(stock, held)
    change.enter(held, new=True)


# -- unpick and pack -----------------------------------------------------------------------------


def decide_unpick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `unpick`: picked goods go to a location and stay the order's."""
    state, allocation = change.state, change.state.allocation
    for k, (number, row, location) in enumerate(commands(batch)):
        order = state.order_row(number)
        result = allocation_refusal(state, order, row, "unpick")
        if result == OUTCOME_DONE and not state.location.active[location]:
            result = OUTCOME_WRONG_STATE
        outcome["outcome"][k], outcome["stock"][k] = result, NONE
        if result == OUTCOME_DONE:
            stock = int(allocation.stock[row])
            put_down(change, stock)
            set_place(change, stock, location, NONE)
            change.touch(allocation, row)
            allocation.state[row] = ALLOCATION_BOUND
            outcome["stock"][k] = stock


def decide_pack(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `pack`: all that is picked of an order goes into a handling unit."""
    state, allocation = change.state, change.state.allocation
    for k, (number, unit) in enumerate(reaching_commands(change, batch)):
        order = state.order_row(number)
        if order == NONE:
            outcome["outcome"][k] = OUTCOME_UNKNOWN
            continue
        rows = [row for line in state.lines_of(order) for row in state.allocations_of(line)]
        states = [int(allocation.state[row]) for row in rows]
        if (
            next_state("order", int(state.order.state[order]), "pack") is None
            or ALLOCATION_PICKED not in states
            or next_state("handling_unit", int(state.handling_unit.state[unit]), "pack") is None
        ):
            outcome["outcome"][k] = OUTCOME_WRONG_STATE
            continue
        if states.count(ALLOCATION_PICKED) > change.reach.room():
            outcome["outcome"][k] = OUTCOME_LIMIT
            continue
        change.reach.used += states.count(ALLOCATION_PICKED)
        packed = 0
        for row, before in zip(rows, states, strict=True):
            if before == ALLOCATION_PICKED:
                set_place(change, int(allocation.stock[row]), NONE, unit)
                change.touch(allocation, row)
                allocation.state[row] = ALLOCATION_PACKED
                packed += int(allocation.units[row])
        set_state(change, "handling_unit", unit, "pack")
        outcome["packed_units"][k] = packed
        left = ALLOCATION_BOUND in states or ALLOCATION_POOLED in states
        set_order_state(change, order, "pack_partly" if left else "pack")
        outcome["outcome"][k] = OUTCOME_PARTIAL if left else OUTCOME_DONE
