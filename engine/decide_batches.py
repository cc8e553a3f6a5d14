"""Decide what becomes of whole batches of tasks: who holds them, on which cart, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.columns import (
    BATCH_CLAIMED,
    BATCH_OPEN,
    BATCH_PAUSED,
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_FREE,
    OUTCOME_NOT_HELD,
    OUTCOME_PARTIAL,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    OUTCOME_WRONG_STATE,
)
from . import limits
from .deciding import commands, reaching_commands
from .lifecycle import next_state
from .work import (
    drop_batch,
    end_batch,
    end_task,
    hold_batch,
    renew_lease,
    set_batch_state,
    set_state,
    set_unit_place,
)

if TYPE_CHECKING:
    import numpy as np

    from .batch import Batch
    from .change import Change
    from .state import State

Outcome = dict[str, "np.ndarray"]


def batch_refusal(state: State, row: int, cause: str) -> int:
    """Outcome of a command that a batch row cannot take, DONE when it can.

    Parameters
    ----------
    state : State
        Read only.
    row : int
        Batch row, -1 when its number is not known.
    cause : str
        As in `lifecycle`.
    """
    if row == NONE:
        return OUTCOME_UNKNOWN
    if next_state("batch", int(state.batch.state[row]), cause) is None:
        return OUTCOME_WRONG_STATE
    return OUTCOME_DONE


def is_beyond_cart(state: State, row: int, slot: int) -> bool:
    """Whether the cart that a batch row stands on has no such slot."""
    cart = int(state.batch.cart[row])
    return cart != NONE and slot >= int(state.cart.slots[cart])


def holder_refusal(state: State, row: int, worker: int, cause: str = "work") -> int:
    """Outcome of a holder's command that cannot be, DONE when it can; see `batch_refusal`."""
    result = batch_refusal(state, row, cause)
    if result == OUTCOME_DONE and int(state.batch.worker[row]) != worker:
        return OUTCOME_NOT_HELD
    return result


# -- open, release, cancel -----------------------------------------------------------------------


def decide_open_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `open_batch`: a batch without tasks."""
    work, table = change.state.work, change.state.batch
    for k, (wave, zone, priority, due_us) in enumerate(commands(batch)):
        if not change.room("batch", 1):
            outcome["outcome"][k], outcome["batch"][k] = OUTCOME_LIMIT, NONE
            continue
        number, row = change.new_number(table)
        values = (number, wave, zone, priority, due_us, BATCH_OPEN, NONE, NONE, 0, 0)
        for column, value in zip(table.columns, values, strict=True):
            column[row] = value
        if wave != NONE:
            work.unended.setdefault(wave, set()).add(row)
        outcome["batch"][k] = number


def decide_release_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `release_batch`: from now on it can be claimed."""
    state = change.state
    for k, (number,) in enumerate(commands(batch)):
        row = state.batch_row(number)
        result = batch_refusal(state, row, "release_batch")
        if result == OUTCOME_DONE and row not in state.work.tasks_of:
            result = OUTCOME_WRONG_STATE
        if result == OUTCOME_DONE:
            set_batch_state(change, row, "release_batch")
            if int(state.batch.wave[row]) != NONE:
                set_state(change, "wave", int(state.batch.wave[row]), "release_batch")
        outcome["outcome"][k] = result


def decide_cancel_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `cancel_batch`: no more tasks; what is in totes is still to be delivered."""
    state, work = change.state, change.state.work
    for k, (number,) in enumerate(reaching_commands(change, batch)):
        row = state.batch_row(number)
        result = batch_refusal(state, row, "cancel_batch")
        tasks = sorted(work.tasks_of.get(row, ()))
        if result == OUTCOME_DONE and len(tasks) > change.reach.room():
            result = OUTCOME_LIMIT
        if result == OUTCOME_DONE:
            change.reach.used += len(tasks)
            outcome["dropped_tasks"][k] = len(tasks)
            if row in work.totes_of:
                result = OUTCOME_PARTIAL
            else:
                end_batch(change, row, "cancel_batch")
            for task in tasks:
                end_task(change, task, "drop_task")
        outcome["outcome"][k] = result


# -- claim ---------------------------------------------------------------------------------------


def decide_claim_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `claim_batch`: a given batch, or the first that may be taken."""
    table = change.state.batch
    claimed, until_us = outcome["batch_claimed"], outcome["lease_until_us"]
    for k, (worker, number, zone, cart, lease_us) in enumerate(commands(batch)):
        result, row = _find_claim(change.state, worker, number, zone, cart)
        outcome["outcome"][k], claimed[k], until_us[k] = result, NONE, NONE
        if result == OUTCOME_DONE:
            _claim(change, row, worker, cart, lease_us)
            claimed[k], until_us[k] = table.number[row], table.lease_until_us[row]


def _find_claim(state: State, worker: int, number: int, zone: int, cart: int) -> tuple[int, int]:
    row = state.batch_row(number)
    if number != NONE and row == NONE:
        return OUTCOME_UNKNOWN, NONE
    if not state.worker.active[worker] or (cart != NONE and not state.cart.active[cart]):
        return OUTCOME_WRONG_STATE, NONE
    held = state.work.held.get(worker, NONE)
    if held != NONE:
        # Asking for it again, after a lost answer or a new start, is no second claim. Whoever was
        # given it says by it on which cart.
        return (_cart_refusal(state, row, cart), row) if row == held else (OUTCOME_NOT_FREE, NONE)
    if number != NONE:
        return _claim_refusal(state, row, worker, cart), row
    for *_, found in state.work.claimable:
        zone_fits = zone == NONE or int(state.batch.zone[found]) in (NONE, zone)
        if zone_fits and _cart_refusal(state, found, cart) == OUTCOME_DONE:
            return OUTCOME_DONE, found
    return OUTCOME_SHORT, NONE


def _claim_refusal(state: State, row: int, worker: int, cart: int) -> int:
    now = int(state.batch.state[row])
    if now in (BATCH_CLAIMED, BATCH_PAUSED) and int(state.batch.worker[row]) != worker:
        return OUTCOME_NOT_FREE
    if next_state("batch", now, "claim_batch") is None:
        return OUTCOME_WRONG_STATE
    return _cart_refusal(state, row, cart)


def _cart_refusal(state: State, row: int, cart: int) -> int:
    if cart == NONE:
        return OUTCOME_DONE
    highest_slot = max(state.work.slots.get(row, ()), default=-1)
    if int(state.batch.cart[row]) not in (NONE, cart) or highest_slot >= int(
        state.cart.slots[cart]
    ):
        return OUTCOME_WRONG_STATE
    return OUTCOME_DONE if state.work.cart_batch.get(cart, row) == row else OUTCOME_NOT_FREE


def _claim(change: Change, row: int, worker: int, cart: int, lease_us: int) -> None:
    batch, work = change.state.batch, change.state.work
    held_already = work.held.get(worker) == row
    change.touch(batch, row)
    batch.lease_us[row] = lease_us
    if cart != NONE:
        batch.cart[row] = cart
        work.cart_batch[cart] = row
    if held_already:
        renew_lease(change, row)
    else:
        hold_batch(change, row, worker, "claim_batch")


# -- the holder's, and a supervisor's ------------------------------------------------------------


def decide_pause_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `pause_batch`: it stays the worker's, without a lease."""
    state, table = change.state, change.state.batch
    for k, (worker, number) in enumerate(commands(batch)):
        row = state.batch_row(number)
        result = holder_refusal(state, row, worker)
        if result == OUTCOME_DONE:
            set_batch_state(change, row, "pause_batch")
            del state.work.held[worker]
            table.lease_until_us[row] = 0
        outcome["outcome"][k] = result


def decide_resume_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `resume_batch`."""
    state = change.state
    for k, (worker, number) in enumerate(commands(batch)):
        row = state.batch_row(number)
        result = holder_refusal(state, row, worker, "resume_batch")
        if result == OUTCOME_DONE and worker in state.work.held:
            result = OUTCOME_NOT_FREE
        outcome["outcome"][k], outcome["lease_until_us"][k] = result, NONE
        if result == OUTCOME_DONE:
            hold_batch(change, row, worker, "resume_batch")
            outcome["lease_until_us"][k] = state.batch.lease_until_us[row]


def decide_drop_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `drop_batch`: somebody else may claim what is left of it."""
    for k, (worker, number) in enumerate(commands(batch)):
        row = change.state.batch_row(number)
        result = holder_refusal(change.state, row, worker, "drop_batch")
        if result == OUTCOME_DONE:
            drop_batch(change, row, "drop_batch")
        outcome["outcome"][k] = result


def decide_reassign_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `reassign_batch`: a supervisor gives it to another worker."""
    state = change.state
    for k, (number, worker) in enumerate(commands(batch)):
        row = state.batch_row(number)
        result = batch_refusal(state, row, "reassign_batch")
        if result == OUTCOME_DONE and not state.worker.active[worker]:
            result = OUTCOME_WRONG_STATE
        if result == OUTCOME_DONE and state.work.held.get(worker, row) != row:
            result = OUTCOME_NOT_FREE
        outcome["outcome"][k], outcome["lease_until_us"][k] = result, NONE
        if result == OUTCOME_DONE:
            hold_batch(change, row, worker, "reassign_batch")
            outcome["lease_until_us"][k] = state.batch.lease_until_us[row]


def decide_deliver_batch(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `deliver_batch`: all is picked; the totes stand where the next step takes them."""
    state, work, units = change.state, change.state.work, change.state.handling_unit
    for k, (worker, number, location) in enumerate(reaching_commands(change, batch)):
        row = state.batch_row(number)
        result = holder_refusal(state, row, worker)
        if result == OUTCOME_DONE and (row in work.tasks_of or not state.location.active[location]):
            result = OUTCOME_WRONG_STATE
        totes = sorted(work.totes_of.get(row, ()))
        if result == OUTCOME_DONE and len(totes) > change.reach.room():
            result = OUTCOME_LIMIT
        outcome["outcome"][k] = result
        if result != OUTCOME_DONE:
            continue
        change.reach.used += len(totes)
        for tote in totes:
            unit = int(state.cart_tote.handling_unit[tote])
            # What was packed and loaded meanwhile stays on its trailer.
            if next_state("handling_unit", int(units.state[unit]), "move_handling_unit") is None:
                continue
            set_unit_place(change, unit, NONE, location)
            outcome["totes"][k] += 1
        end_batch(change, row, "deliver_batch")


def take_late_leases(change: Change) -> None:
    """Drop the CLAIMED batches whose lease ended at or before now, by (end, number)."""
    batch = change.state.batch
    late = sorted(
        (int(batch.lease_until_us[row]), int(batch.number[row]), row)
        for row in change.state.work.held.values()
        if 0 < int(batch.lease_until_us[row]) <= change.time_us
    )
    for _, _, row in late[: limits.TICK_LEASES_MAX]:
        drop_batch(change, row, "tick")
