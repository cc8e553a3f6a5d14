"""Decide what becomes of tasks: planned, confirmed, short, dropped, put in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.columns import (
    ALLOCATION_BOUND,
    ALLOCATION_POOLED,
    DAY_US,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
    ROTATION_FIFO,
    TASK_MOVE,
    TASK_OPEN,
    TASK_PICK,
)
from .decide_batches import batch_refusal, holder_refusal, is_beyond_cart
from .decide_orders import must_wait
from .decide_picks import has_pick_room, pick, pick_refusal, short_pick
from .decide_stock import move
from .deciding import (
    commands,
    is_of_order,
    order_refusal,
    reaching_commands,
    required_day,
    set_order_state,
)
from .lifecycle import next_state
from .work import end_task, note_task, renew_lease, use_slot

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .decide_picks import ShortPick
    from .state import State

Outcome = dict[str, "np.ndarray"]


# -- planned -------------------------------------------------------------------------------------


def decide_add_pick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `add_pick`: a row of a plan, checked against what is so now."""
    state, tasks, bound = change.state, outcome["task"], outcome["allocation_bound"]
    # Looked at once for all rows of an order; planning leaves it as it is.
    waits: dict[int, bool] = {}
    for k, (number, order_number, row, stock, units, slot, position) in enumerate(commands(batch)):
        of, order = state.batch_row(number), state.order_row(order_number)
        if order != NONE and order not in waits:
            waits[order] = must_wait(state, order)
        result = _add_pick_refusal(change, of, order, row, stock, slot)
        if result == OUTCOME_DONE and waits[order]:
            result = OUTCOME_SHORT
        if result == OUTCOME_DONE:
            result = _bind_refusal(change, order, row, stock, units)
        outcome["outcome"][k], tasks[k], bound[k] = result, NONE, NONE
        if result == OUTCOME_DONE:
            row = _bind(change, row, stock, units, int(state.batch.wave[of]))
            set_order_state(change, order, "release")
            tasks[k] = _add_pick_task(change, number, order_number, row, slot, position)
            bound[k] = row


def _add_pick_refusal(change: Change, of: int, order: int, row: int, stock: int, slot: int) -> int:
    state, allocation = change.state, change.state.allocation
    if NONE in (of, order) or not is_of_order(state, order, row):
        return OUTCOME_UNKNOWN
    if stock != NONE and not change.stock_live(stock):
        return OUTCOME_UNKNOWN
    if (
        batch_refusal(state, of, "add_task") != OUTCOME_DONE
        or is_beyond_cart(state, of, slot)
        or order_refusal(state, order, "release") != OUTCOME_DONE
        or row in state.work.task_of
    ):
        return OUTCOME_WRONG_STATE
    line = int(allocation.line[row])
    if int(allocation.state[row]) == ALLOCATION_BOUND:
        if stock not in (NONE, int(allocation.stock[row])):
            return OUTCOME_WRONG_STATE
    elif (
        int(allocation.state[row]) != ALLOCATION_POOLED
        or stock == NONE
        or int(state.stock.pool[stock]) != int(state.line.pool[line])
    ):
        return OUTCOME_WRONG_STATE
    return OUTCOME_DONE


def _bind_refusal(change: Change, order: int, row: int, stock: int, units: int) -> int:
    if not _may_bind(change, order, row, stock, units):
        return OUTCOME_NOT_FREE
    has_room = change.room("task", 1) and (
        units == int(change.state.allocation.units[row]) or change.room("allocation", 1)
    )
    return OUTCOME_DONE if has_room else OUTCOME_LIMIT


def _may_bind(change: Change, order: int, row: int, stock: int, units: int) -> bool:
    """Whether an allocation may be bound to a stock row: its units, its life, its turn."""
    state, allocation = change.state, change.state.allocation
    if int(allocation.state[row]) == ALLOCATION_BOUND:
        return units == int(allocation.units[row])
    day = required_day(change, order)
    return (
        units <= int(allocation.units[row])
        and units <= change.free_units(stock)
        and int(state.stock.expiry_day[stock]) >= day
        and _is_its_turn(change, stock, day)
    )


def _is_its_turn(change: Change, stock: int, day: int) -> bool:
    """Whether no row that rotation puts on an earlier day could be bound instead."""
    state, table = change.state, change.state.stock
    pool = int(table.pool[stock])
    ((first, _),) = change.bind_from(pool, 1, day, 1)
    change.unbind(first, 1)
    if int(state.item.rotation[table.item[stock]]) == ROTATION_FIFO:
        return int(table.received_us[stock]) // DAY_US <= int(table.received_us[first]) // DAY_US
    return int(table.expiry_day[stock]) <= int(table.expiry_day[first])


def _bind(change: Change, row: int, stock: int, units: int, wave: int) -> int:
    """Bind a POOLED allocation or a part of it to a stock row; give the BOUND row."""
    state, allocation = change.state, change.state.allocation
    change.touch(allocation, row)
    if int(allocation.state[row]) == ALLOCATION_BOUND:
        allocation.wave[row] = wave
        return row
    change.add_available(int(state.stock.pool[stock]), units)
    change.leave(stock)
    state.stock.allocated_units[stock] += units
    change.enter(stock)
    if units < int(allocation.units[row]):
        allocation.units[row] -= units
        line = int(allocation.line[row])
        return change.add_allocation(line, stock, units, ALLOCATION_BOUND, wave)
    allocation.stock[row] = stock
    allocation.state[row] = ALLOCATION_BOUND
    allocation.wave[row] = wave
    return row


def _add_pick_task(
    change: Change, batch: int, order: int, allocation: int, slot: int, position: int
) -> int:
    table = change.state.allocation
    stock, units = int(table.stock[allocation]), int(table.units[allocation])
    return _add_task(
        change, batch, TASK_PICK, order, allocation, stock, NONE, units, slot, position
    )


def _add_task(change: Change, batch: int, kind: int, *rest: int) -> int:
    """Add a live task; `rest` are order, allocation, stock, location, units, slot, position."""
    state, task = change.state, change.state.task
    number, row = change.new_number(task)
    order, allocation, stock, location, units, slot, position = rest
    values = (
        *(number, batch, kind, order, allocation, stock, location, units, 0, slot, position),
        TASK_OPEN,
    )
    for column, value in zip(task.columns, values, strict=True):
        column[row] = value
    note_task(state, state.work, row)
    return number


def decide_add_move(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `add_move`: put-away or replenishment on the way."""
    state = change.state
    for k, (number, stock, units, location, position) in enumerate(commands(batch)):
        of = state.batch_row(number)
        result = _add_move_refusal(change, of, stock, units, location)
        outcome["outcome"][k], outcome["task"][k] = result, NONE
        if result == OUTCOME_DONE:
            outcome["task"][k] = _add_task(
                change, number, TASK_MOVE, NONE, NONE, stock, location, units, 0, position
            )


def _add_move_refusal(change: Change, of: int, stock: int, units: int, location: int) -> int:
    state = change.state
    if of == NONE or not change.stock_live(stock):
        return OUTCOME_UNKNOWN
    if batch_refusal(state, of, "add_task") or not state.location.active[location]:
        return OUTCOME_WRONG_STATE
    if units > int(state.stock.on_hand_units[stock]):
        return OUTCOME_NOT_FREE
    return OUTCOME_DONE if change.room("task", 1) else OUTCOME_LIMIT


# -- totes ---------------------------------------------------------------------------------------


def decide_assign_tote(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `assign_tote`: from now on the slot is filled into this unit."""
    state = change.state
    for k, (worker, number, slot, unit) in enumerate(commands(batch)):
        row = state.batch_row(number)
        result = holder_refusal(state, row, worker)
        if result == OUTCOME_DONE:
            beyond = is_beyond_cart(state, row, slot)
            result = OUTCOME_WRONG_STATE if beyond else _tote_refusal(change, row, slot, unit)
        if result == OUTCOME_DONE:
            _assign(change, row, slot, unit)
            renew_lease(change, row)
        outcome["outcome"][k] = result


def _tote_refusal(change: Change, row: int, slot: int, unit: int) -> int:
    """Outcome of a unit that cannot be a slot's tote, DONE when it can, or is one already."""
    state, totes = change.state, change.state.cart_tote
    units = state.handling_unit
    if (
        next_state("handling_unit", int(units.state[unit]), "put_into") is None
        or int(units.parent[unit]) != NONE
    ):
        return OUTCOME_WRONG_STATE
    tote = state.work.tote_row.get(unit, NONE)
    if tote == NONE:
        return OUTCOME_DONE if change.room("cart_tote", 1) else OUTCOME_LIMIT
    if int(totes.batch[tote]) != NONE and (
        int(totes.batch[tote]) != int(state.batch.number[row]) or int(totes.slot[tote]) != slot
    ):
        return OUTCOME_NOT_FREE
    return OUTCOME_DONE


def _assign(change: Change, row: int, slot: int, unit: int) -> None:
    state, work, totes = change.state, change.state.work, change.state.cart_tote
    former = work.slot_tote.get((row, slot), NONE)
    tote = work.tote_row.get(unit, NONE)
    if tote == NONE:
        tote = work.tote_row[unit] = change.new_row(totes)
        totes.handling_unit[tote] = unit
    if former not in (NONE, tote):
        change.touch(totes, former)
        totes.current[former] = 0
    change.touch(totes, tote)
    totes.batch[tote] = state.batch.number[row]
    totes.slot[tote] = slot
    totes.current[tote] = 1
    work.slot_tote[row, slot] = tote
    if tote not in work.totes_of.get(row, ()):
        work.totes_of.setdefault(row, set()).add(tote)
        use_slot(work, row, slot)


# -- carried out ---------------------------------------------------------------------------------


def decide_confirm_task(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `confirm_task`: units of a task are where they should go."""
    state, task = change.state, change.state.task
    for k, (worker, number, units, unit) in enumerate(commands(batch)):
        row = state.task_row(number)
        result = _task_refusal(state, row, worker)
        _answer(outcome, k, state, row if result == OUTCOME_DONE else NONE)
        stock, location = NONE, NONE
        if result == OUTCOME_DONE:
            location = int(state.stock.location[task.stock[row]])
        if result == OUTCOME_DONE and int(task.kind[row]) == TASK_MOVE:
            result, stock = _confirm_move(change, row, units, unit)
        elif result == OUTCOME_DONE:
            result, stock = _confirm_pick(change, row, units, unit)
        outcome["stock"][k] = stock
        outcome["allocation"][k], outcome["location"][k] = NONE, NONE
        if result == OUTCOME_DONE:
            if int(task.kind[row]) != TASK_MOVE:
                outcome["allocation"][k] = state.work.carried[stock]
            outcome["location"][k] = location
            left = int(task.units[row]) - units
            result = OUTCOME_PARTIAL if left else OUTCOME_DONE
            outcome["left_units"][k] = left
            _carry_on(change, row, units, left, "confirm_task")
        else:
            _answer(outcome, k, state, NONE)
        outcome["outcome"][k] = result


def _task_refusal(state: State, row: int, worker: int) -> int:
    if row == NONE:
        return OUTCOME_UNKNOWN
    if int(state.task.state[row]) != TASK_OPEN:
        return OUTCOME_WRONG_STATE
    return holder_refusal(state, state.batch_row(int(state.task.batch[row])), worker)


def _answer(outcome: Outcome, k: int, state: State, row: int) -> None:
    """Tell batch and order of a task row, -1 when it is refused."""
    outcome["batch"][k] = NONE if row == NONE else state.task.batch[row]
    outcome["order"][k] = NONE if row == NONE else state.task.order[row]


def _carry_on(change: Change, row: int, done_units: int, left_units: int, cause: str) -> None:
    """Count what was done of a task; it ends when nothing is left."""
    state, task = change.state, change.state.task
    change.touch(task, row)
    task.done_units[row] += done_units
    task.units[row] = left_units
    renew_lease(change, state.batch_row(int(task.batch[row])))
    if not left_units:
        end_task(change, row, cause)


def _confirm_pick(change: Change, row: int, units: int, unit: int) -> tuple[int, int]:
    state, task = change.state, change.state.task
    result, tote = _find_tote(change, row, unit)
    if result != OUTCOME_DONE:
        return result, NONE
    order, allocation = state.order_row(int(task.order[row])), int(task.allocation[row])
    result = pick_refusal(state, order, allocation, tote, "pick")
    if result == OUTCOME_DONE and units > int(task.units[row]):
        result = OUTCOME_NOT_FREE
    if result == OUTCOME_DONE and not has_pick_room(change, allocation, units):
        result = OUTCOME_LIMIT
    if result != OUTCOME_DONE:
        return result, NONE
    _fill_into(change, row, tote)
    return OUTCOME_DONE, pick(change, allocation, units, tote)


def _find_tote(change: Change, row: int, unit: int) -> tuple[int, int]:
    """Give the unit that a task's goods go into: the slot's tote, or the given one."""
    state, task = change.state, change.state.task
    batch, slot = state.batch_row(int(task.batch[row])), int(task.slot[row])
    tote = state.work.slot_tote.get((batch, slot), NONE)
    if tote == NONE:
        if unit == NONE:
            return OUTCOME_WRONG_STATE, NONE
        return _tote_refusal(change, batch, slot, unit), unit
    current = int(state.cart_tote.handling_unit[tote])
    return (OUTCOME_DONE if unit in (NONE, current) else OUTCOME_WRONG_STATE), current


def _fill_into(change: Change, row: int, unit: int) -> None:
    """Make a unit the tote of a task's slot, unless it is."""
    state, task = change.state, change.state.task
    batch, slot = state.batch_row(int(task.batch[row])), int(task.slot[row])
    if (batch, slot) not in state.work.slot_tote:
        _assign(change, batch, slot, unit)


def _confirm_move(change: Change, row: int, units: int, unit: int) -> tuple[int, int]:
    task = change.state.task
    # Goods that were picked meanwhile go with their order, not with the move.
    if unit != NONE or int(task.stock[row]) in change.state.work.carried:
        return OUTCOME_WRONG_STATE, NONE
    if units > int(task.units[row]):
        return OUTCOME_NOT_FREE, NONE
    return move(change, int(task.stock[row]), units, int(task.location[row]), NONE)


def decide_short_task(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `short_task`: not all was there; what is bound anew joins the batch."""
    state, task, allocation = change.state, change.state.task, change.state.allocation
    for k, (worker, number, found, unit, _) in enumerate(reaching_commands(change, batch)):
        row = state.task_row(number)
        result, tote = _short_refusal(change, row, worker, found, unit)
        _answer(outcome, k, state, NONE)
        outcome["first_task"][k], outcome["allocation"][k] = NONE, NONE
        if result == OUTCOME_DONE:
            missing = int(task.units[row]) - found
            next_task = state.count("task")
            done = _short_task(change, row, found, tote)
            if done is None:
                result = OUTCOME_LIMIT
            else:
                rebound = int(allocation.units[done.bound].sum())
                _answer(outcome, k, state, row)
                outcome["rebound_units"][k] = rebound
                outcome["short_units"][k] = missing - rebound
                outcome["added_tasks"][k] = len(done.bound)
                outcome["first_task"][k] = next_task if done.bound else NONE
                outcome["allocation"][k] = done.picked
                if rebound < missing:
                    result = OUTCOME_PARTIAL if rebound else OUTCOME_SHORT
        outcome["outcome"][k] = result


def _short_refusal(change: Change, row: int, worker: int, found: int, unit: int) -> tuple[int, int]:
    """Give the outcome, and the unit that found goods go into."""
    state, task = change.state, change.state.task
    result, tote = _task_refusal(state, row, worker), NONE
    if result == OUTCOME_DONE and int(task.kind[row]) == TASK_MOVE:
        result = OUTCOME_WRONG_STATE
    if result == OUTCOME_DONE and found:
        result, tote = _find_tote(change, row, unit)
    if result == OUTCOME_DONE:
        order, allocation = state.order_row(int(task.order[row])), int(task.allocation[row])
        result = pick_refusal(state, order, allocation, tote, "short_pick")
    if result == OUTCOME_DONE and found >= int(task.units[row]):
        result = OUTCOME_NOT_FREE
    return result, tote


def _short_task(change: Change, row: int, found: int, tote: int) -> ShortPick | None:
    """Carry out a short task; give what became of its units, None when it has no room."""
    state, work, task = change.state, change.state.work, change.state.task
    number, slot = int(task.batch[row]), int(task.slot[row])
    order, allocation = int(task.order[row]), int(task.allocation[row])
    batch = state.batch_row(number)
    # The allocation is freed on the way, and the task must not be dropped with it.
    del work.task_of[allocation]
    room = change.rows_left("task")
    done = short_pick(change, state.order_row(order), allocation, found, tote, room)
    work.task_of[allocation] = row
    if done is None:
        return None
    if found:
        _fill_into(change, row, tote)
    position = max(int(task.tour_position[one]) for one in work.tasks_of[batch])
    # First of all it ends: one of those bound anew may be the row that it was of.
    _carry_on(change, row, found, 0, "short_task")
    for place, added in enumerate(done.bound, start=position + 1):
        _add_pick_task(change, number, order, added, slot, place)
    return done


def decide_drop_task(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `drop_task`: its allocation may be planned again."""
    state, task = change.state, change.state.task
    for k, (number,) in enumerate(commands(batch)):
        row = state.task_row(number)
        result = _open_refusal(state, row)
        outcome["outcome"][k], outcome["batch"][k] = result, NONE
        if result == OUTCOME_DONE:
            outcome["batch"][k] = task.batch[row]
            end_task(change, row, "drop_task")


def decide_route_task(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `route_task`: its place in the tour."""
    state, task = change.state, change.state.task
    for k, (number, position) in enumerate(commands(batch)):
        row = state.task_row(number)
        result = _open_refusal(state, row)
        outcome["outcome"][k], outcome["batch"][k] = result, NONE
        if result == OUTCOME_DONE:
            outcome["batch"][k] = task.batch[row]
            change.touch(task, row)
            task.tour_position[row] = position


def _open_refusal(state: State, row: int) -> int:
    if row == NONE:
        return OUTCOME_UNKNOWN
    return OUTCOME_DONE if int(state.task.state[row]) == TASK_OPEN else OUTCOME_WRONG_STATE
