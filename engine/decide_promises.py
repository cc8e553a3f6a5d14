"""Decide promises and the tick, which is how time passes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..kernels.columns import (
    NONE,
    OUTCOME_DONE,
    OUTCOME_LIMIT,
    OUTCOME_NOT_LIVE,
    OUTCOME_SHORT,
    OUTCOME_UNKNOWN,
    PROMISE_LIVE,
    PROMISE_PEGGED,
    STATUS_AVAILABLE,
    STATUS_EXPIRED,
)
from ..kernels.compiled import direct
from ..kernels.due_heap import pop_due
from ..kernels.promise_plain import PromisePlaces, promise_plain, room_bytes
from . import failpoints, limits
from .decide_batches import take_late_leases
from .deciding import commands, reaching_commands
from .due import watch_promise, watch_stock
from .lifecycle import next_state
from .record import Space
from .rings import advance_promise_tail
from .schema import TABLE_NUMBER, Counter
from .shortage import add_peg, carry_out, drop_peg, plan_take_back

if TYPE_CHECKING:
    from .batch import Batch
    from .change import Change
    from .record import RecordWriter

Outcome = dict[str, np.ndarray]
_make_promises = direct(promise_plain)
# Three columns of the outcome, the counter, the promises.
_BLOCKS = 5
_PROMISES = Counter.COUNT_BASE + TABLE_NUMBER["promise"]
_PLACES = PromisePlaces(int(_PROMISES), int(Counter.PROMISE_TAIL), TABLE_NUMBER["promise"])


def decide_promise_run(change: Change, batch: Batch, record: RecordWriter) -> Outcome:
    """Decide a run of `promise` and add what follows the commands to its record.

    Parameters
    ----------
    change : Change
        The run's writes.
    batch : Batch
        n commands `promise`.
    record : RecordWriter
        Holds the commands.

    Returns
    -------
    dict of str to ndarray
        Outcome columns, shape (n,).
    """
    made, numbers = 0, np.empty(2 * batch.count, dtype=np.int64)
    if record.command_bytes:
        made, out, end = _promise_plainly(change, batch.count, record.command_bytes, numbers)
        if made == batch.count:
            record.blocks(out[:end], _BLOCKS)
    outcome: Outcome = {
        "outcome": np.zeros(batch.count, dtype=np.uint8),
        "promise": numbers[: batch.count],
        "available_units": numbers[batch.count :],
    }
    if made < batch.count:
        numbers[made : batch.count] = numbers[batch.count + made :] = 0
        decide_promise(change, batch, outcome, first=made)
        record.columns(Space.OUTCOME, outcome)
        change.write_images(record)
    return outcome


def _promise_plainly(
    change: Change, count: int, command_bytes: bytearray, numbers: np.ndarray
) -> tuple[int, np.ndarray, int]:
    """Make the promises before the first one that is not plain: how many, and their blocks."""
    state, promise = change.state, change.state.promise
    out = np.zeros(room_bytes(count, promise.row_bytes), dtype=np.uint8)
    made, end = _make_promises(
        np.frombuffer(command_bytes, dtype=np.uint8), count, out, numbers, change.time_us,
        state.promise_tables, state.counters, _PLACES,
    )  # fmt: skip
    if made:
        behind = state.count("promise")
        change.touched[0] = {_PROMISES: None}
        given = range(behind - made, behind)
        change.touched[promise.position] = {
            number & (promise.capacity - 1): None for number in given
        }
    return made, out, end


def decide_promise(change: Change, batch: Batch, outcome: Outcome, first: int = 0) -> None:
    """Decide `promise` from a command on: of available units, or of what will have come in time."""
    results, numbers = outcome["outcome"], outcome["promise"]
    state = change.state
    asked = islice(enumerate(commands(batch)), first, None)
    for k, (item, owner, channel, units, expires_us, due_us) in asked:
        numbers[k] = NONE
        if expires_us <= change.time_us:
            results[k] = OUTCOME_NOT_LIVE
            continue
        if not change.room("promise", 1):
            results[k] = OUTCOME_LIMIT
            continue
        pool = state.available_pool(item, owner)
        kind = _kind_of(change, pool, units, due_us)
        if kind == NONE:
            results[k] = OUTCOME_SHORT
        else:
            number, row = change.new_number(state.promise)
            values = (number, pool, channel, units, kind, expires_us, due_us)
            for column, value in zip(state.promise.columns, values, strict=True):
                column[row] = value
            watch_promise(state, number, expires_us)
            state.promise.event[row] = NONE
            if kind == PROMISE_LIVE:
                change.add_available(pool, -units)
            else:
                change.put_peg_event(row)
                add_peg(state, row)
            numbers[k] = number
        outcome["available_units"][k] = change.available(pool)


def _kind_of(change: Change, pool: int, units: int, due_us: int) -> int:
    """Give the state of a promise that can be made, -1 when it cannot."""
    if pool == NONE:
        return NONE
    if change.available(pool) >= units:
        return PROMISE_LIVE
    if due_us > change.time_us and change.atp_units(pool, due_us) >= units:
        return PROMISE_PEGGED
    return NONE


def decide_release_promise(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `release_promise`."""
    state, promise = change.state, change.state.promise
    for k, (number,) in enumerate(commands(batch)):
        row = state.promise_row(number)
        if row == NONE:
            outcome["outcome"][k] = OUTCOME_UNKNOWN
        elif next_state("promise", int(promise.state[row]), "release_promise") is None:
            outcome["outcome"][k] = OUTCOME_NOT_LIVE
        else:
            _close(change, row, "release_promise")
            outcome["available_units"][k] = change.available(int(promise.pool[row]))


def _close(change: Change, row: int, cause: str) -> None:
    """End a LIVE or PEGGED promise: its units, or the event of its peg, come back."""
    state, promise = change.state, change.state.promise
    before = int(promise.state[row])
    after = next_state("promise", before, cause)
    assert after is not None
    change.touch(promise, row)
    promise.state[row] = after
    if before == PROMISE_PEGGED:
        change.drop_peg_event(row)
        drop_peg(state, row)
    else:
        change.add_available(int(promise.pool[row]), int(promise.units[row]))
    advance_promise_tail(change, int(promise.number[row]))


def decide_tick(change: Change, batch: Batch, outcome: Outcome) -> None:
    """Decide `tick`: promises, goods and leases whose time has passed."""
    for k, _ in enumerate(reaching_commands(change, batch)):
        outcome["outcome"][k] = OUTCOME_DONE
        outcome["expired_promises"][k] = _expire_promises(change)
        outcome["expired_stock_rows"][k] = _expire_stock(change)
        take_late_leases(change)


def _expire_promises(change: Change) -> int:
    state, promise = change.state, change.state.promise
    until_us = change.time_us
    if "expiry_off_by_one" in failpoints.planted:
        until_us -= 1
    expired = 0
    while expired < limits.TICK_PROMISES_MAX:
        _, number = pop_due(state.promise_due, until_us)
        if number == NONE:
            break
        row = state.promise_row(int(number))
        # Most promises are consumed or released before their time; their entries are stale.
        if row != NONE and int(promise.state[row]) in (PROMISE_LIVE, PROMISE_PEGGED):
            _close(change, row, "tick")
            expired += 1
    if expired:
        total = int(state.counters[Counter.EXPIRED_PROMISES])
        change.set_counter(Counter.EXPIRED_PROMISES, total + expired)
    change.reach.used += expired
    return expired


def _expire_stock(change: Change) -> int:
    state, stock = change.state, change.state.stock
    expired, room = 0, limits.TICK_TAKEN_BACK_MAX
    while expired < limits.TICK_STOCK_ROWS_MAX:
        day, row = (int(value) for value in pop_due(state.stock_due, change.today - 1))
        if row == NONE:
            break
        if int(stock.on_hand_units[row]) == 0 or int(stock.expiry_day[row]) != day:
            continue
        pool = int(stock.pool[row])
        units = change.free_units(row)
        if int(state.pool.status[pool]) != STATUS_AVAILABLE or units == 0:
            continue
        missing = units - change.available(pool)
        plan = plan_take_back(state, pool, missing, room)
        # As much as can be taken back now; the rest of the row is for the next tick.
        part = units - max(0, missing - plan.units)
        if part == 0 or not change.has_status_room(row, part, STATUS_EXPIRED):
            # Without rows to split into it waits for a tick that finds some.
            watch_stock(state, row)
            break
        change.set_status(row, part, STATUS_EXPIRED)
        carry_out(change, pool, plan)
        room -= plan.reach
        expired += 1
        if part < units:
            break
    change.reach.used += expired
    return expired
