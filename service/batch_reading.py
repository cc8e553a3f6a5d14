"""Batches as they are in one turn of the writer, and as messages.

Only numbers are copied in the turn. Codes are never changed, so they are put in afterwards, beside
the writer; only the code of an order, whose row another order may take over, is copied as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..kernels.candidates import Places, places_of
from ..kernels.columns import NONE, TASK_MOVE, TASK_OPEN
from . import codes as code
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..engine.state import State

    Rows = NDArray[np.int32]

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2

_BATCH_COLUMNS: Final = (
    *("number", "wave", "zone", "priority", "due_us", "state", "worker", "cart"),
    *("lease_us", "lease_until_us"),
)
_TASK_COLUMNS: Final = (
    *("number", "kind", "state", "tour_position", "slot", "units", "done_units", "order"),
)


class BatchFacts(NamedTuple):
    """Numbers of one batch: columns of its row, and how many of its tasks are live."""

    number: int
    wave: int
    zone: int
    priority: int
    due_us: int
    state: int
    worker: int
    cart: int
    lease_us: int
    lease_until_us: int
    live_tasks: int


class TaskFacts(NamedTuple):
    """Numbers of one task, and what its goods are and where; -1 where there is none."""

    number: int
    kind: int
    state: int
    tour_position: int
    slot: int
    units: int
    done_units: int
    order: int
    channel: int
    order_code: bytes
    allocation: int
    stock: int
    item: int
    lot: int
    location: int
    handling_unit: int
    to_location: int
    tote: int


class ToteFacts(NamedTuple):
    """A handling unit on a batch's cart."""

    slot: int
    handling_unit: int
    current: int
    state: int


def copy_batches(state: State, rows: Sequence[int]) -> list[BatchFacts]:
    """Copy the numbers of batch rows, in the writer's turn."""
    columns = [getattr(state.batch, name)[list(rows)].tolist() for name in _BATCH_COLUMNS]
    tasks_of = state.work.tasks_of
    live = [len(tasks_of.get(row, ())) for row in rows]
    return [BatchFacts(*values) for values in zip(*columns, live, strict=True)]


def live_tasks(state: State, batch: int) -> Rows:
    """Give the rows of a batch row's live tasks by tour position, then number."""
    known = state.work.tasks_of.get(batch, ())
    return in_tour_order(state, np.fromiter(known, np.int32, len(known)))


def in_tour_order(state: State, rows: Rows) -> Rows:
    """Sort task rows by tour position, then number."""
    task = state.task
    return rows[np.lexsort((task.number[rows], task.tour_position[rows]))]


def copy_tasks(state: State, batch: int, rows: Rows) -> list[TaskFacts]:
    """Copy the numbers of a batch row's tasks, in the writer's turn.

    Parameters
    ----------
    state : State
        In the writer's turn.
    batch : int
        Row of the batch.
    rows : ndarray of int32, shape (n,)
        Rows of its tasks.

    Returns
    -------
    list of TaskFacts, length n
        In the order of the rows. Where the goods are is told of live tasks only: rows of stock and
        allocation are reused.
    """
    task, stock = state.task, state.stock
    if not rows.size:
        return []
    is_live = task.state[rows] == TASK_OPEN
    held = np.where(is_live, task.stock[rows], NONE)
    location = np.empty(rows.size, np.int32)
    places_of(places(state), held, location)
    is_move = task.kind[rows] == TASK_MOVE
    numbers = task.order[rows]
    orders = (numbers & (state.order.capacity - 1)).astype(np.int32)
    is_known = (numbers >= 0) & (state.order.number[orders] == numbers)
    slot_tote, unit_of = state.work.slot_tote, state.cart_tote.handling_unit
    totes = {slot: slot_tote.get((batch, slot), NONE) for slot in set(task.slot[rows].tolist())}
    units = {slot: int(unit_of[row]) if row != NONE else NONE for slot, row in totes.items()}
    columns = [getattr(task, name)[rows].tolist() for name in _TASK_COLUMNS]
    return [
        TaskFacts(*values)
        for values in zip(
            *columns,
            np.where(is_known, state.order.channel[orders], NONE).tolist(),
            np.where(is_known, state.order.code[orders], b"").tolist(),
            np.where(is_live, task.allocation[rows], NONE).tolist(),
            held.tolist(),
            *(
                np.where(held != NONE, getattr(stock, name)[held], NONE).tolist()
                for name in ("item", "lot")
            ),
            location.tolist(),
            np.where(held != NONE, stock.handling_unit[held], NONE).tolist(),
            np.where(is_live & is_move, task.location[rows], NONE).tolist(),
            np.where(is_move, NONE, [units[slot] for slot in task.slot[rows].tolist()]).tolist(),
            strict=True,
        )
    ]


def copy_totes(state: State, batch: int) -> list[ToteFacts]:
    """Copy the totes of a batch row by slot and row, in the writer's turn."""
    totes, units = state.cart_tote, state.handling_unit
    return sorted(
        ToteFacts(
            int(totes.slot[row]),
            int(totes.handling_unit[row]),
            int(totes.current[row]),
            int(units.state[totes.handling_unit[row]]),
        )
        for row in state.work.totes_of.get(batch, ())
    )


def places(state: State) -> Places:
    """Give the columns that tell where stock rows are."""
    units = state.handling_unit
    return Places(
        state.stock.location,
        state.stock.handling_unit,
        units.location,
        units.parent,
        state.location.zone,
    )


def batch_message(state: State, facts: BatchFacts) -> Any:
    """Give a batch as a message `BatchInfo`."""
    return pb.BatchInfo(
        batch=facts.number,
        wave=code.code_text(state, "wave", facts.wave),
        zone=code.name_text(state, facts.zone),
        priority=facts.priority,
        due_us=facts.due_us,
        state=facts.state,
        worker=code.code_text(state, "worker", facts.worker),
        cart=code.code_text(state, "cart", facts.cart),
        lease_us=facts.lease_us,
        lease_until_us=facts.lease_until_us,
        live_tasks=facts.live_tasks,
    )


def task_message(state: State, facts: TaskFacts) -> Any:
    """Give a task as a message `TaskInfo`."""
    item = facts.item
    return pb.TaskInfo(
        task=facts.number,
        kind=facts.kind,
        state=facts.state,
        tour_position=facts.tour_position,
        slot=facts.slot,
        units=facts.units,
        done_units=facts.done_units,
        order=_or_none(facts.order),
        channel=code.name_text(state, facts.channel),
        order_code=code.text(facts.order_code),
        allocation=_or_none(facts.allocation),
        stock=_or_none(facts.stock),
        client=code.name_text(state, int(state.item.client[item])) if item >= 0 else "",
        item=code.code_text(state, "item", item),
        lot=code.code_text(state, "lot", facts.lot),
        location=code.code_text(state, "location", facts.location),
        handling_unit=code.code_text(state, "handling_unit", facts.handling_unit),
        tote=code.code_text(state, "handling_unit", facts.tote),
        to_location=code.code_text(state, "location", facts.to_location),
    )


def tote_message(state: State, facts: ToteFacts) -> Any:
    """Give a tote as a message `ToteInfo`."""
    return pb.ToteInfo(
        handling_unit=code.code_text(state, "handling_unit", facts.handling_unit),
        slot=facts.slot,
        current=bool(facts.current),
        state=facts.state,
    )


def _or_none(number: int) -> int | None:
    return number if number >= 0 else None
