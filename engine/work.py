"""What is derived of the tables of work, and the steps that several commands share.

Batches, tasks, totes and loads point at what they hold; here are the ways back, so that no command
looks through a table. Everything is recomputed from base columns by `derive_work`, and the scrub
compares the two. Sets are iterated sorted, wherever the order could be seen.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import (
    ALLOCATION_PACKED,
    ALLOCATION_PICKED,
    BATCH_CANCELLED,
    BATCH_CLAIMED,
    BATCH_DONE,
    BATCH_RELEASED,
    LOAD_AT_DOOR,
    LOAD_DEPARTED,
    NONE,
    TASK_MOVE,
    TASK_OPEN,
)
from .errors import InvariantBroken
from .lifecycle import next_state
from .rings import advance_batch_tail, advance_task_tail

if TYPE_CHECKING:
    from .change import Change
    from .state import State

_LATE = 2**63 - 1
Claim = tuple[int, int, int, int]


@dataclass(slots=True)
class Work:
    """Ways back into the tables of work.

    Parameters
    ----------
    task_of : dict of int to int
        Live PICK task row of an allocation row.
    moves_of : dict of int to set of int
        Live MOVE task rows of a stock row.
    tasks_of : dict of int to set of int
        Live task rows of a batch row.
    held : dict of int to int
        CLAIMED batch row of a worker.
    cart_batch : dict of int to int
        Batch row that has a cart.
    tote_row : dict of int to int
        Row in `cart_tote` of a handling unit that ever was on a cart.
    totes_of : dict of int to set of int
        Rows in `cart_tote` of a batch row.
    slot_tote : dict of (int, int) to int
        Row in `cart_tote` of the unit that a batch row's slot is filled into.
    slots : dict of int to dict of int to int
        How many live tasks and totes of a batch row name each slot.
    unended : dict of int to set of int
        Batch rows of a wave that have not ended.
    claimable : list of (int, int, int, int)
        (-priority, due, number, row) of RELEASED batches, ascending.
    carried : dict of int to int
        PICKED or PACKED allocation row of a stock row.
    carried_by : dict of int to set of int
        Those stock rows by handling unit.
    inside : dict of int to set of int
        Handling units directly inside another.
    load_row : dict of int to int
        Row in `load_unit` of a handling unit that ever was loaded.
    loaded : dict of int to set of int
        Handling units on a load that has not departed.
    docked : dict of int to int
        Load AT_DOOR of a location.
    """

    task_of: dict[int, int] = field(default_factory=dict)
    moves_of: dict[int, set[int]] = field(default_factory=dict)
    tasks_of: dict[int, set[int]] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    cart_batch: dict[int, int] = field(default_factory=dict)
    tote_row: dict[int, int] = field(default_factory=dict)
    totes_of: dict[int, set[int]] = field(default_factory=dict)
    slot_tote: dict[tuple[int, int], int] = field(default_factory=dict)
    slots: dict[int, dict[int, int]] = field(default_factory=dict)
    unended: dict[int, set[int]] = field(default_factory=dict)
    claimable: list[Claim] = field(default_factory=list)
    carried: dict[int, int] = field(default_factory=dict)
    carried_by: dict[int, set[int]] = field(default_factory=dict)
    inside: dict[int, set[int]] = field(default_factory=dict)
    load_row: dict[int, int] = field(default_factory=dict)
    loaded: dict[int, set[int]] = field(default_factory=dict)
    docked: dict[int, int] = field(default_factory=dict)


def discard(sets: dict[int, set[int]], key: int, member: int) -> None:
    """Take a member out of a set, and the set away when it was the last."""
    members = sets[key]
    members.discard(member)
    if not members:
        del sets[key]


# -- derive --------------------------------------------------------------------------------------


def derive_work(state: State) -> Work:
    """Work out the ways back from the base columns of a state.

    Parameters
    ----------
    state : State
        Read only.

    Returns
    -------
    Work
        Equal to what the commands kept in step.
    """
    work = Work()
    _derive_batches(state, work)
    _derive_tasks(state, work)
    _derive_units(state, work)
    return work


def _derive_batches(state: State, work: Work) -> None:
    batch = state.batch
    states = batch.state[: state.rows_used("batch")]
    open_rows = np.flatnonzero((states != BATCH_DONE) & (states != BATCH_CANCELLED))
    for row in open_rows.tolist():
        if int(batch.wave[row]) != NONE:
            work.unended.setdefault(int(batch.wave[row]), set()).add(row)
        if int(batch.cart[row]) != NONE:
            work.cart_batch[int(batch.cart[row])] = row
        if int(states[row]) == BATCH_CLAIMED:
            work.held[int(batch.worker[row])] = row
        elif int(states[row]) == BATCH_RELEASED:
            work.claimable.append(claim_of(state, row))
    work.claimable.sort()
    totes = state.cart_tote
    for tote in range(state.rows_used("cart_tote")):
        work.tote_row[int(totes.handling_unit[tote])] = tote
        if int(totes.batch[tote]) != NONE:
            row = state.batch_row(int(totes.batch[tote]))
            work.totes_of.setdefault(row, set()).add(tote)
            use_slot(work, row, int(totes.slot[tote]))
            if int(totes.current[tote]):
                work.slot_tote[row, int(totes.slot[tote])] = tote


def _derive_tasks(state: State, work: Work) -> None:
    task = state.task
    states = task.state[: state.rows_used("task")]
    for row in np.flatnonzero(states == TASK_OPEN).tolist():
        note_task(state, work, row)


def _derive_units(state: State, work: Work) -> None:
    allocation, stock = state.allocation, state.stock
    states = allocation.state[: state.rows_used("allocation")]
    picked = np.flatnonzero((states == ALLOCATION_PICKED) | (states == ALLOCATION_PACKED))
    for row, held in zip(picked.tolist(), allocation.stock[picked].tolist(), strict=True):
        work.carried[held] = row
        if int(stock.handling_unit[held]) != NONE:
            work.carried_by.setdefault(int(stock.handling_unit[held]), set()).add(held)
    parents = state.handling_unit.parent[: state.rows_used("handling_unit")]
    inner = np.flatnonzero(parents != NONE)
    for unit, parent in zip(inner.tolist(), parents[inner].tolist(), strict=True):
        work.inside.setdefault(parent, set()).add(unit)
    units = state.load_unit
    for row in range(state.rows_used("load_unit")):
        unit, load = int(units.handling_unit[row]), int(units.load[row])
        work.load_row[unit] = row
        if load != NONE and int(state.load.state[load]) != LOAD_DEPARTED:
            work.loaded.setdefault(load, set()).add(unit)
    docked = np.flatnonzero(state.load.state[: state.rows_used("load")] == LOAD_AT_DOOR)
    for load in docked.tolist():
        work.docked[int(state.load.door[load])] = load


def claim_of(state: State, row: int) -> Claim:
    """Give the place of a batch row among those that can be claimed."""
    batch = state.batch
    due_us = int(batch.due_us[row]) or _LATE
    return -int(batch.priority[row]), due_us, int(batch.number[row]), row


def note_task(state: State, work: Work, row: int) -> None:
    """Note a live task under its batch and what it reaches for."""
    task, batch = state.task, state.batch_row(int(state.task.batch[row]))
    work.tasks_of.setdefault(batch, set()).add(row)
    use_slot(work, batch, int(task.slot[row]))
    if int(task.kind[row]) == TASK_MOVE:
        work.moves_of.setdefault(int(task.stock[row]), set()).add(row)
    else:
        work.task_of[int(task.allocation[row])] = row


def use_slot(work: Work, batch: int, slot: int) -> None:
    """Note that one more live task or tote of a batch row names a slot."""
    slots = work.slots.setdefault(batch, {})
    slots[slot] = slots.get(slot, 0) + 1


def _leave_slot(work: Work, batch: int, slot: int) -> None:
    slots = work.slots[batch]
    slots[slot] -= 1
    if not slots[slot]:
        del slots[slot]
    if not slots:
        del work.slots[batch]


# -- batches -------------------------------------------------------------------------------------


def set_batch_state(change: Change, row: int, cause: str) -> None:
    """Move a batch row to the state that follows, and keep the list of claimable ones."""
    state, batch = change.state, change.state.batch
    before = int(batch.state[row])
    after = next_state("batch", before, cause)
    if after is None:
        raise InvariantBroken(
            f"batch {int(batch.number[row])}: found {cause} in state {before}, expected a state "
            f"that allows it"
        )
    change.touch(batch, row)
    if after == before:
        return
    claimable = state.work.claimable
    if before == BATCH_RELEASED:
        del claimable[bisect_left(claimable, claim_of(state, row))]
    batch.state[row] = after
    if after == BATCH_RELEASED:
        insort(claimable, claim_of(state, row))


def hold_batch(change: Change, row: int, worker: int, cause: str) -> None:
    """Give a batch to a worker, with a lease from now on."""
    batch, held = change.state.batch, change.state.work.held
    set_batch_state(change, row, cause)
    if held.get(int(batch.worker[row])) == row:
        del held[int(batch.worker[row])]
    batch.worker[row] = worker
    held[worker] = row
    renew_lease(change, row)


def renew_lease(change: Change, row: int) -> None:
    """Let the lease of a batch row begin now; a lease of 0 has no end."""
    batch = change.state.batch
    lease_us = int(batch.lease_us[row])
    change.touch(batch, row)
    batch.lease_until_us[row] = change.time_us + lease_us if lease_us else 0


def drop_batch(change: Change, row: int, cause: str) -> None:
    """Take a batch from its worker; totes and their cart stay with it."""
    _let_worker_go(change, row)
    set_batch_state(change, row, cause)
    if row not in change.state.work.totes_of:
        _let_cart_go(change, row)
    settle_batch(change, row)


def settle_batch(change: Change, row: int) -> None:
    """End a batch that nobody holds when nothing of it is left to do or to deliver."""
    work = change.state.work
    if (
        int(change.state.batch.state[row]) == BATCH_RELEASED
        and row not in work.tasks_of
        and row not in work.totes_of
    ):
        end_batch(change, row, "nothing_left")


def end_batch(change: Change, row: int, cause: str) -> None:
    """End a batch: totes, cart and worker are let go; so may its wave be."""
    state, work = change.state, change.state.work
    batch, totes = state.batch, state.cart_tote
    for tote in sorted(work.totes_of.pop(row, ())):
        change.touch(totes, tote)
        if int(totes.current[tote]):
            del work.slot_tote[row, int(totes.slot[tote])]
        _leave_slot(work, row, int(totes.slot[tote]))
        totes.batch[tote] = NONE
        totes.slot[tote] = 0
        totes.current[tote] = 0
    _let_worker_go(change, row)
    _let_cart_go(change, row)
    set_batch_state(change, row, cause)
    wave = int(batch.wave[row])
    if wave != NONE:
        discard(work.unended, wave, row)
        if wave not in work.unended:
            set_state(change, "wave", wave, "last_batch_ended")
    advance_batch_tail(change, int(batch.number[row]))


def _let_worker_go(change: Change, row: int) -> None:
    batch, held = change.state.batch, change.state.work.held
    worker = int(batch.worker[row])
    change.touch(batch, row)
    if held.get(worker) == row:
        del held[worker]
    batch.worker[row] = NONE
    batch.lease_until_us[row] = 0


def _let_cart_go(change: Change, row: int) -> None:
    batch, work = change.state.batch, change.state.work
    cart = int(batch.cart[row])
    if cart != NONE:
        del work.cart_batch[cart]
        change.touch(batch, row)
        batch.cart[row] = NONE


def set_state(change: Change, entity: str, row: int, cause: str) -> None:
    """Move a row of a table with a life cycle to the state that follows, if the cause allows."""
    table = change.state.table(entity)
    before = int(table.state[row])
    after = next_state(entity, before, cause)
    if after is not None and after != before:
        change.touch(table, row)
        table.state[row] = after


# -- tasks ---------------------------------------------------------------------------------------


def end_task(change: Change, row: int, cause: str) -> None:
    """End a live task; its batch may end with it."""
    state, work = change.state, change.state.work
    task = state.task
    batch = state.batch_row(int(task.batch[row]))
    set_state(change, "task", row, cause)
    discard(work.tasks_of, batch, row)
    _leave_slot(work, batch, int(task.slot[row]))
    if int(task.kind[row]) == TASK_MOVE:
        discard(work.moves_of, int(task.stock[row]), row)
    else:
        del work.task_of[int(task.allocation[row])]
    advance_task_tail(change, int(task.number[row]))
    settle_batch(change, batch)


# -- where units are ------------------------------------------------------------------------------


def set_unit_place(change: Change, unit: int, parent: int, location: int) -> None:
    """Put a handling unit into another, or into a location."""
    units, inside = change.state.handling_unit, change.state.work.inside
    before = int(units.parent[unit])
    change.touch(units, unit)
    units.parent[unit] = parent
    units.location[unit] = location
    if before != NONE:
        discard(inside, before, unit)
    if parent != NONE:
        inside.setdefault(parent, set()).add(unit)


def units_inside(state: State, unit: int) -> list[int]:
    """Give the handling units inside another, at any depth, by depth and row."""
    inside: list[int] = []
    level = [unit]
    while level:
        level = sorted(inner for outer in level for inner in state.work.inside.get(outer, ()))
        inside.extend(level)
    return inside


# -- what units carry ----------------------------------------------------------------------------


def carry(change: Change, stock: int, allocation: int) -> None:
    """Note that a stock row is PICKED for an allocation; it lies in its unit."""
    work = change.state.work
    work.carried[stock] = allocation
    unit = int(change.state.stock.handling_unit[stock])
    if unit != NONE:
        work.carried_by.setdefault(unit, set()).add(stock)


def put_down(change: Change, stock: int) -> None:
    """Note that a stock row is carried no longer."""
    work = change.state.work
    del work.carried[stock]
    unit = int(change.state.stock.handling_unit[stock])
    if unit != NONE:
        discard(work.carried_by, unit, stock)


def orders_carried(state: State, unit: int) -> list[int]:
    """Give the order rows whose goods a handling unit carries, ascending."""
    work, line, allocation = state.work, state.line, state.allocation
    return sorted(
        {
            int(line.order[allocation.line[work.carried[stock]]])
            for stock in work.carried_by.get(unit, ())
        }
    )


def take_off_load(change: Change, unit: int) -> None:
    """Note that a handling unit is no longer on a load that is still here, if it was."""
    work, table = change.state.work, change.state.load_unit
    row = work.load_row.get(unit, NONE)
    if row != NONE and unit in work.loaded.get(int(table.load[row]), ()):
        discard(work.loaded, int(table.load[row]), unit)
        change.touch(table, row)
        table.load[row] = NONE
