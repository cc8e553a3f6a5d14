"""Decide what happens behind picking: sorting, consolidating, staging, loading, departure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import (
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    LOAD_DEPARTED,
    NONE,
    ORDER_PACKED,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_WRONG_STATE,
    POLICY_PARTIAL,
    UNIT_DEPARTED,
    UNIT_STAGED,
)
from .decide_orders import close_shipped, ship_allocation
from .decide_picks import allocation_refusal
from .deciding import commands, reaching_commands, set_place
from .lifecycle import next_state
from .schema import Role
from .work import orders_carried, set_state, take_off_load, units_inside

if TYPE_CHECKING:
    from .batch import Batch
    from .change import Change
    from .state import State

Outcome = dict[str, np.ndarray]

_STAGING = (Role.DOCK, Role.STAGE, Role.LANE)


# -- sort and consolidate ------------------------------------------------------------------------


def decide_sort_pick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `sort_pick`: from a tote of many orders into the order's own unit."""
    state, allocation = change.state, change.state.allocation
    for k, (number, row, unit) in enumerate(commands(batch)):
        order = state.order_row(number)
        result = allocation_refusal(state, order, row, "sort_pick")
        if result == OUTCOME_DONE:
            if not _allows(state, unit, "sort_pick"):
                result = OUTCOME_WRONG_STATE
            elif orders_carried(state, unit) not in ([], [order]):
                result = OUTCOME_NOT_FREE
        outcome["outcome"][k], outcome["stock"][k] = result, NONE
        if result == OUTCOME_DONE:
            stock = int(allocation.stock[row])
            set_place(change, stock, NONE, unit)
            set_state(change, "handling_unit", unit, "sort_pick")
            outcome["stock"][k] = stock


def decide_consolidate(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `consolidate`: what one unit carries goes into another."""
    state, work = change.state, change.state.work
    for k, (unit, into) in enumerate(reaching_commands(change, batch)):
        rows = sorted(work.carried_by.get(unit, ()))
        result = OUTCOME_DONE
        if (
            unit == into
            or not rows
            or not _allows(state, unit, "consolidate")
            or not _allows(state, into, "consolidate_into")
            or _is_with_batch(state, unit)
            or _is_with_batch(state, into)
        ):
            result = OUTCOME_WRONG_STATE
        elif len(rows) > change.reach.room():
            result = OUTCOME_LIMIT
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        change.reach.used += len(rows)
        for row in rows:
            set_place(change, row, NONE, into)
        set_state(change, "handling_unit", unit, "consolidate")
        set_state(change, "handling_unit", into, _consolidation(state, into))
        outcome["moved_units"][k] = int(state.stock.on_hand_units[rows].sum(dtype=np.int64))


def _consolidation(state: State, into: int) -> str:
    """Give what becomes of a unit that others were poured into: closed when all in it is packed."""
    work, states = state.work, state.allocation.state
    rows = [work.carried[stock] for stock in work.carried_by[into]]
    is_packed = bool((states[rows] == ALLOCATION_PACKED).all())
    return "consolidate_packed" if is_packed else "consolidate_into"


def _allows(state: State, unit: int, cause: str) -> bool:
    return next_state("handling_unit", int(state.handling_unit.state[unit]), cause) is not None


def _is_with_batch(state: State, unit: int) -> bool:
    tote = state.work.tote_row.get(unit, NONE)
    return tote != NONE and int(state.cart_tote.batch[tote]) != NONE


# -- stage and load ------------------------------------------------------------------------------


def decide_stage(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `stage`: packed units stand in a lane of finite room."""
    state, units = change.state, change.state.handling_unit
    for k, (unit, location) in enumerate(commands(batch)):
        result = OUTCOME_DONE
        if (
            not _allows(state, unit, "stage")
            or int(units.parent[unit]) != NONE
            or not _is_place(state, location, _STAGING)
        ):
            result = OUTCOME_WRONG_STATE
        elif not _has_lane_room(state, unit, location):
            result = OUTCOME_NOT_FREE
        outcome["outcome"][k] = result
        if result == OUTCOME_DONE:
            change.touch(units, unit)
            units.location[unit] = location
            set_state(change, "handling_unit", unit, "stage")


def _is_place(state: State, location: int, roles: tuple[Role, ...]) -> bool:
    table = state.location
    return bool(table.active[location]) and int(table.role[location]) in roles


def _has_lane_room(state: State, unit: int, location: int) -> bool:
    capacity = int(state.location.capacity_units[location])
    if not capacity:
        return True
    units, used = state.handling_unit, state.rows_used("handling_unit")
    there = (units.location[:used] == location) & (units.state[:used] == UNIT_STAGED)
    return int(np.count_nonzero(there)) - int(there[unit]) < capacity


def decide_dock_load(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `dock_load`: the trailer stands at a door, alone."""
    state, work, loads = change.state, change.state.work, change.state.load
    for k, (load, location) in enumerate(commands(batch)):
        result = OUTCOME_DONE
        if (
            next_state("load", int(loads.state[load]), "dock_load") is None
            or load in work.loaded
            or not _is_place(state, location, (Role.DOCK,))
        ):
            result = OUTCOME_WRONG_STATE
        elif work.docked.get(location, load) != load:
            result = OUTCOME_NOT_FREE
        outcome["outcome"][k] = result
        if result == OUTCOME_DONE:
            if work.docked.get(int(loads.door[load])) == load:
                del work.docked[int(loads.door[load])]
            change.touch(loads, load)
            loads.door[load] = location
            work.docked[location] = load
            set_state(change, "load", load, "dock_load")


def decide_load_unit(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `load_unit`: a root unit with all that is in it goes onto a trailer."""
    state = change.state
    for k, (unit, load) in enumerate(reaching_commands(change, batch)):
        units = [unit, *units_inside(state, unit)]
        result = _load_refusal(state, units, load)
        if result == OUTCOME_DONE and not _has_load_room(change, units):
            result = OUTCOME_LIMIT
        outcome["outcome"][k] = result
        if result == OUTCOME_DONE:
            _load(change, units, load)


def _has_load_room(change: Change, units: list[int]) -> bool:
    new = sum(unit not in change.state.work.load_row for unit in units)
    return change.room("load_unit", new) and len(units) <= change.reach.room()


def _load(change: Change, units: list[int], load: int) -> None:
    """Put a root unit and those inside it, which follow it in the list, onto a load."""
    state, work, table = change.state, change.state.work, change.state.load_unit
    change.reach.used += len(units)
    for unit in units:
        row = work.load_row.get(unit, NONE)
        if row == NONE:
            row = work.load_row[unit] = change.new_row(table)
            table.handling_unit[row] = unit
        change.touch(table, row)
        table.load[row] = load
        set_state(change, "handling_unit", unit, "load_unit")
    work.loaded.setdefault(load, set()).update(units)
    change.touch(state.handling_unit, units[0])
    state.handling_unit.location[units[0]] = state.load.door[load]


def _load_refusal(state: State, units: list[int], load: int) -> int:
    orders = state.order
    if (
        next_state("load", int(state.load.state[load]), "load_unit") is None
        or int(state.handling_unit.parent[units[0]]) != NONE
        or not all(_allows(state, one, "load_unit") for one in units)
    ):
        return OUTCOME_WRONG_STATE
    if _has_loose_goods(state, units):
        return OUTCOME_WRONG_STATE
    for one in units:
        for stock in state.work.carried_by.get(one, ()):
            if int(state.allocation.state[state.work.carried[stock]]) == ALLOCATION_PICKED:
                return OUTCOME_WRONG_STATE
        for order in orders_carried(state, one):
            if (
                int(orders.state[order]) != ORDER_PACKED
                and int(orders.policy[order]) != POLICY_PARTIAL
            ):
                return OUTCOME_WRONG_STATE
    return OUTCOME_DONE


def _has_loose_goods(state: State, units: list[int]) -> bool:
    """Whether goods of no order lie in the units: they would leave unnoticed."""
    stock, used = state.stock, state.rows_used("stock")
    lies_there = np.isin(stock.handling_unit[:used], units) & (stock.on_hand_units[:used] > 0)
    return any(row not in state.work.carried for row in np.flatnonzero(lies_there).tolist())


def decide_unload_unit(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `unload_unit`: back from the trailer into a lane."""
    state, units = change.state, change.state.handling_unit
    for k, (unit, location) in enumerate(reaching_commands(change, batch)):
        inside = units_inside(state, unit)
        result = OUTCOME_DONE
        if (
            not _allows(state, unit, "unload_unit")
            or int(units.parent[unit]) != NONE
            or not _is_place(state, location, _STAGING)
        ):
            result = OUTCOME_WRONG_STATE
        elif 1 + len(inside) > change.reach.room():
            result = OUTCOME_LIMIT
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        change.reach.used += 1 + len(inside)
        change.touch(units, unit)
        units.location[unit] = location
        set_state(change, "handling_unit", unit, "unload_unit")
        for one in inside:
            set_state(change, "handling_unit", one, "unload_around")
        for one in (unit, *inside):
            take_off_load(change, one)


# -- departure -----------------------------------------------------------------------------------


def decide_depart(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `depart`: goods issue of all that is on a load."""
    state, work, loads = change.state, change.state.work, change.state.load
    for k, (load, seal) in enumerate(reaching_commands(change, batch)):
        if next_state("load", int(loads.state[load]), "depart") is None:
            outcome["outcome"][k] = OUTCOME_WRONG_STATE
            continue
        units = sorted(work.loaded.get(load, ()))
        rows = [stock for unit in units for stock in sorted(work.carried_by.get(unit, ()))]
        if len(units) + len(rows) > change.reach.room():
            outcome["outcome"][k] = OUTCOME_LIMIT
            continue
        change.reach.used += len(units) + len(rows)
        orders = sorted({int(state.order.number[_order_of(state, stock)]) for stock in rows})
        shipped = 0
        for stock in rows:
            row = work.carried[stock]
            shipped += ship_allocation(change, int(state.allocation.line[row]), row)
        _let_go(change, units)
        work.loaded.pop(load, None)
        outcome["orders"][k] = sum(_close_order(change, number) for number in orders)
        outcome["shipped_units"][k] = shipped
        change.touch(loads, load)
        loads.seal[load] = seal
        loads.state[load] = LOAD_DEPARTED
        del work.docked[int(loads.door[load])]


def _order_of(state: State, stock: int) -> int:
    return int(state.line.order[state.allocation.line[state.work.carried[stock]]])


def _let_go(change: Change, departing: list[int]) -> None:
    """Let units depart; the goods of some took them along already."""
    units = change.state.handling_unit
    for unit in departing:
        change.touch(units, unit)
        units.state[unit] = UNIT_DEPARTED


def _close_order(change: Change, number: int) -> bool:
    """Tell whether the last packed goods of an order have left, and move it on if so."""
    state = change.state
    order = state.order_row(number)
    if int(state.order.state[order]) != ORDER_PACKED or any(
        int(state.allocation.state[row]) == ALLOCATION_PACKED
        for line in state.lines_of(order)
        for row in state.allocations_of(line)
    ):
        return False
    close_shipped(change, order)
    return True
