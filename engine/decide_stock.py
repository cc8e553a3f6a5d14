"""Decide what moves and counts stock: receipts, moves, adjustments and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.columns import (
    NO_EXPIRY_DAY,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    ROW_UNITS_MAX,
    STATUS_AVAILABLE,
    STATUS_EXPIRED,
    UNIT_LOADED,
)
from .deciding import commands, place_is_open, reaching_commands, set_place
from .lifecycle import next_state
from .receive_bulk import receive_bulk
from .shortage import carry_out, pegs_served, plan_take_back, serve_pegs
from .work import set_unit_place

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .state import State

Outcome = dict[str, "np.ndarray"]


def decide_receive(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `receive`: a new stock row and its receipt."""
    if receive_bulk(change, batch, outcome):
        return
    results, rows, receipts = outcome["outcome"], outcome["stock"], outcome["receipt"]
    for k, command in enumerate(reaching_commands(change, batch)):
        purchase_line, item, owner, lot, status, pack, location, unit, units, cost = command
        state = change.state
        expiry_day = NO_EXPIRY_DAY if lot == NONE else int(state.lot.expiry_day[lot])
        if status == STATUS_AVAILABLE and expiry_day < change.today:
            status = STATUS_EXPIRED
        result = _receive_refusal(change, command, status)
        results[k], rows[k], receipts[k] = result, NONE, NONE
        if result != OUTCOME_DONE:
            continue
        receipt = change.new_row(state.receipt)
        paper = (purchase_line, item, owner, units, change.time_us, cost)
        _write_row(state.receipt.columns, receipt, paper)
        pool = change.pool(item, owner, status)
        row = change.new_stock_row()
        goods = (item, pool, lot, pack, location, unit, receipt, expiry_day, units, change.time_us)
        _write_row(state.stock.columns, row, goods)
        state.stock.allocated_units[row] = 0
        change.enter(row, new=True)
        change.touch(state.item, item)
        state.item.received_units[item] += units
        if purchase_line != NONE:
            change.touch(state.purchase_line, purchase_line)
            state.purchase_line.received_units[purchase_line] += units
            change.refresh_supply_event(purchase_line)
        if status == STATUS_AVAILABLE:
            serve_pegs(change, pool)
        rows[k], receipts[k] = row, receipt


def _receive_refusal(change: Change, command: tuple[int, ...], status: int) -> int:
    purchase_line, item, owner, lot, _, _, location, unit, units, _ = command
    state = change.state
    if purchase_line != NONE:
        lines = state.purchase_line
        if int(lines.item[purchase_line]) != item or int(lines.owner[purchase_line]) != owner:
            return OUTCOME_WRONG_STATE
    if lot != NONE and (int(state.lot.item[lot]) != item or int(state.lot.owner[lot]) != owner):
        return OUTCOME_WRONG_STATE
    if not place_is_open(state, location, unit):
        return OUTCOME_WRONG_STATE
    if purchase_line != NONE:
        received = int(state.purchase_line.received_units[purchase_line])
        if received + units > ROW_UNITS_MAX:
            return OUTCOME_LIMIT
    if (
        change.room("stock", 1)
        and change.room("receipt", 1)
        and change.has_pool_room(item, owner, status)
        and (status != STATUS_AVAILABLE or _may_serve(change, item, owner, units))
    ):
        return OUTCOME_DONE
    return OUTCOME_LIMIT


def _may_serve(change: Change, item: int, owner: int, units: int) -> bool:
    """Whether there is room for the pegs that more available units would serve."""
    pool = change.state.available_pool(item, owner)
    return pegs_served(change, pool, units) <= change.reach.room()


def _write_row(columns: list[np.ndarray], row: int, values: tuple[int, ...]) -> None:
    for column, value in zip(columns, values, strict=True):
        column[row] = value


def decide_move(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `move`: a whole row with its allocations, or free units of it."""
    results, rows = outcome["outcome"], outcome["stock"]
    for k, (row, units, location, unit) in enumerate(commands(batch)):
        results[k], rows[k] = move(change, row, units, location, unit)


def move(change: Change, row: int, units: int, location: int, unit: int) -> tuple[int, int]:
    """Move units of a stock row, if they can be; give the outcome and the row they are in."""
    state = change.state
    on_hand = int(state.stock.on_hand_units[row])
    if on_hand == 0:
        return OUTCOME_UNKNOWN, NONE
    if not place_is_open(state, location, unit) or _is_on_trailer(state, row):
        return OUTCOME_WRONG_STATE, NONE
    if units == on_hand:
        # The index knows nothing of places.
        set_place(change, row, location, unit)
        return OUTCOME_DONE, row
    if units > change.free_units(row):
        return OUTCOME_NOT_FREE, NONE
    if not change.room("stock", 1):
        return OUTCOME_LIMIT, NONE
    change.leave(row)
    new = change.split(row, units, 0)
    set_place(change, new, location, unit)
    change.enter(row)
    change.enter(new, new=True)
    return OUTCOME_DONE, new


def _is_on_trailer(state: State, row: int) -> bool:
    """Whether a stock row lies in a LOADED unit, which is unloaded first."""
    unit = int(state.stock.handling_unit[row])
    return unit != NONE and int(state.handling_unit.state[unit]) == UNIT_LOADED


def decide_move_handling_unit(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `move_handling_unit`: only outermost units have a location."""
    states = change.state.handling_unit.state
    for k, (row, parent, location) in enumerate(commands(batch)):
        after = next_state("handling_unit", int(states[row]), "move_handling_unit")
        if after is None or not _may_go_to(change.state, row, parent, location):
            outcome["outcome"][k] = OUTCOME_WRONG_STATE
            continue
        set_unit_place(change, row, parent, location)


def _may_go_to(state: State, row: int, parent: int, location: int) -> bool:
    if parent == NONE:
        return bool(state.location.active[location])
    table = state.handling_unit
    if next_state("handling_unit", int(table.state[parent]), "put_into") is None:
        return False
    outer = parent
    while outer not in (NONE, row):
        outer = int(table.parent[outer])
    return outer == NONE


def decide_adjust(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `adjust`: what a count found."""
    for k, (row, delta, _) in enumerate(reaching_commands(change, batch)):
        result = _adjust_refusal(change, row, delta)
        if result == OUTCOME_DONE:
            result, taken_back_units = _adjust(change, row, delta)
            if result == OUTCOME_DONE:
                outcome["on_hand_units"][k] = change.state.stock.on_hand_units[row]
                outcome["taken_back_units"][k] = taken_back_units
        outcome["outcome"][k] = result


def _adjust_refusal(change: Change, row: int, delta: int) -> int:
    stock = change.state.stock
    before = int(stock.on_hand_units[row])
    if before == 0:
        return OUTCOME_UNKNOWN
    if delta > 0 and row in change.state.work.carried:
        return OUTCOME_WRONG_STATE
    if before + delta < int(stock.allocated_units[row]):
        return OUTCOME_NOT_FREE
    return OUTCOME_LIMIT if before + delta > ROW_UNITS_MAX else OUTCOME_DONE


def _adjust(change: Change, row: int, delta: int) -> tuple[int, int]:
    """Change what a row holds; give the outcome and the units taken back."""
    stock, items = change.state.stock, change.state.item
    pool, item = int(stock.pool[row]), int(stock.item[row])
    missing = -delta - change.available(pool)
    plan = plan_take_back(change.state, pool, missing, change.reach.room())
    if plan.units < missing:
        return OUTCOME_LIMIT, 0
    change.leave(row)
    change.touch(stock, row)
    stock.on_hand_units[row] += delta
    if stock.on_hand_units[row]:
        change.enter(row)
    else:
        change.free_stock_row(row)
    change.touch(items, item)
    items.adjusted_units[item] += delta
    carry_out(change, pool, plan)
    return OUTCOME_DONE, plan.units


def decide_hold(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `hold`: free units leave what may be allocated."""
    results, rows = outcome["outcome"], outcome["stock"]
    for k, (row, units, status, _) in enumerate(reaching_commands(change, batch)):
        rows[k] = NONE
        results[k] = _hold_refusal(change, row, units, status)
        if results[k] != OUTCOME_DONE:
            continue
        pool = int(change.state.stock.pool[row])
        missing = units - change.available(pool)
        plan = plan_take_back(change.state, pool, missing, change.reach.room())
        if plan.units < missing:
            results[k] = OUTCOME_LIMIT
            continue
        rows[k] = change.set_status(row, units, status)
        carry_out(change, pool, plan)
        outcome["taken_back_units"][k] = plan.units


def _hold_refusal(change: Change, row: int, units: int, status: int) -> int:
    state, stock = change.state, change.state.stock
    if int(stock.on_hand_units[row]) == 0:
        return OUTCOME_UNKNOWN
    if int(state.pool.status[stock.pool[row]]) != STATUS_AVAILABLE:
        return OUTCOME_WRONG_STATE
    if units > change.free_units(row):
        return OUTCOME_NOT_FREE
    return OUTCOME_DONE if change.has_status_room(row, units, status) else OUTCOME_LIMIT


def decide_release_hold(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `release_hold`: held units may be allocated again."""
    results, rows = outcome["outcome"], outcome["stock"]
    for k, (row, units, _) in enumerate(reaching_commands(change, batch)):
        rows[k] = NONE
        results[k] = _release_hold_refusal(change, row, units)
        if results[k] == OUTCOME_DONE:
            row = change.set_status(row, units, STATUS_AVAILABLE)
            rows[k] = row
            serve_pegs(change, int(change.state.stock.pool[row]))


def _release_hold_refusal(change: Change, row: int, units: int) -> int:
    state, stock = change.state, change.state.stock
    on_hand, pool = int(stock.on_hand_units[row]), int(stock.pool[row])
    if on_hand == 0:
        return OUTCOME_UNKNOWN
    if int(state.pool.status[pool]) in (STATUS_AVAILABLE, STATUS_EXPIRED):
        return OUTCOME_WRONG_STATE
    if units > on_hand:
        return OUTCOME_NOT_FREE
    has_room = change.has_status_room(row, units, STATUS_AVAILABLE) and _may_serve(
        change, int(stock.item[row]), int(state.pool.owner[pool]), units
    )
    return OUTCOME_DONE if has_room else OUTCOME_LIMIT
