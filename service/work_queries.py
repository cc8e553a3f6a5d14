"""Handlers of the queries about batches and loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.errors import UnknownEntity
from ..engine.lifecycle import BatchState, LoadState
from ..engine.limits import BATCHES_LOOKED_AT_MAX
from ..engine.schema import Counter, NameKind
from ..engine.work import orders_carried
from ..kernels.columns import BATCH_CANCELLED, BATCH_DONE, LOAD_DEPARTED, NONE
from . import codes as code
from .batch_reading import (
    batch_message,
    copy_batches,
    copy_tasks,
    copy_totes,
    in_tour_order,
    live_tasks,
    task_message,
    tote_message,
)
from .codec import out_of_range, parse
from .queries import answer_all
from .releasable import releasable_query
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    import grpc
    from numpy.typing import NDArray

    from ..engine.state import State
    from .calls import Bounds, Call, Edge
    from .queries import Query

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2

_ENDED: Final = frozenset({BATCH_DONE, BATCH_CANCELLED})
_UNENDED: Final = frozenset(BatchState) - _ENDED
_NOT_DEPARTED: Final = frozenset(LoadState) - {LOAD_DEPARTED}


def work_query_calls(edge: Edge) -> dict[str, Call]:
    """Give the handler of each query about work.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.

    Returns
    -------
    dict of str to callable
        By the method's name.
    """
    queries: dict[str, Query] = {
        "ListBatches": batches_query,
        "GetLoad": lambda message, state, _: load_query(message, state),
        "ListLoads": loads_query,
        "ListReleasable": lambda message, state, _: releasable_query(message, state),
    }
    return answer_all(edge, queries) | {"GetBatch": edge.unary("GetBatch", _batch_call(edge))}


# -- batches -------------------------------------------------------------------------------------


def _batch_call(edge: Edge) -> Call:
    def call(request: bytes, _context: grpc.ServicerContext) -> bytes:
        message, engine = parse(pb.GetBatchRequest, request), edge.engine
        first_number, rows = 0, None
        if message.with_ended:
            # A look through all tasks takes its time, so it is taken beside the writer: a row that
            # others take over meanwhile is left out in the turn, and new numbers are added.
            first_number = engine.state.count("task")
            used = engine.state.rows_used("task")
            rows = np.flatnonzero(engine.state.task.batch[:used] == message.batch)
        answer, sequence = engine.read(
            lambda state: _copy_batch(state, message.batch, rows, first_number)
        )
        time_us, batch, tasks, totes = answer
        reply = pb.GetBatchReply(
            sequence=sequence,
            time_us=time_us,
            batch=batch_message(engine.state, batch),
            tasks=[task_message(engine.state, one) for one in tasks],
            totes=[tote_message(engine.state, one) for one in totes],
        )
        return bytes(reply.SerializeToString())

    return call


def _copy_batch(
    state: State, number: int, rows: NDArray[np.intp] | None, first_number: int
) -> tuple[int, Any, Any, Any]:
    """Copy a batch with its live tasks, or with those of `rows` and of later numbers."""
    batch = state.batch_row(number)
    if batch == NONE:
        raise UnknownEntity(f"batch: found number {number}, expected a known batch")
    if rows is None:
        tasks = live_tasks(state, batch)
    else:
        later = np.arange(first_number, state.count("task")) & (state.task.capacity - 1)
        found = np.union1d(rows, later).astype(np.int32)
        tasks = in_tour_order(state, found[state.task.batch[found] == number])
    (facts,) = copy_batches(state, [batch])
    return state.time_us, facts, copy_tasks(state, batch, tasks), copy_totes(state, batch)


def batches_query(message: Any, state: State, bounds: Bounds) -> Any:
    """Answer a `ListBatchesRequest`.

    Parameters
    ----------
    message : ListBatchesRequest
        The request.
    state : State
        The state, in the writer's turn.
    bounds : Bounds
        Batches in one reply.

    Returns
    -------
    ListBatchesReply
        Ascending by number. A page looks at `BATCHES_LOOKED_AT_MAX` numbers at most, so one that
        is not the last may hold few batches, or none.

    Raises
    ------
    InvalidRequest, UnknownEntity
        A state or a number out of range; a code that names nothing.
    """
    wanted = _states(message.states, BatchState) or _UNENDED
    batch, count = state.batch, state.count("batch")
    # Every batch that has not ended is behind the tail.
    oldest = count - min(count, batch.capacity)
    low = max(oldest, int(state.counters[Counter.BATCH_TAIL])) if wanted <= _UNENDED else oldest
    if not 0 <= message.first_batch <= count:
        raise out_of_range("first_batch", message.first_batch, 0, count)
    low = max(low, message.first_batch)
    end = min(count, low + BATCHES_LOOKED_AT_MAX)
    rows = np.arange(low, end) & (batch.capacity - 1)
    rows = rows[np.isin(batch.state[rows], [int(one) for one in wanted])]
    for column, ref in (
        ("wave", _plain(state, "wave", message.wave)),
        ("worker", _plain(state, "worker", message.worker)),
        ("zone", _zone(state, message.zone)),
    ):
        if ref != NONE:
            rows = rows[getattr(batch, column)[rows] == ref]
    found = rows.tolist()
    answer = pb.ListBatchesReply(time_us=state.time_us)
    if len(found) > bounds.rows_max:
        answer.next_batch = int(batch.number[found[bounds.rows_max]])
    elif end < count:
        answer.next_batch = end
    facts = copy_batches(state, found[: bounds.rows_max])
    answer.batches.extend(batch_message(state, one) for one in facts)
    return answer


def _states(numbers: Iterable[int], kind: type[BatchState | LoadState]) -> frozenset[int]:
    known = {int(member) for member in kind}
    for number in numbers:
        if number not in known:
            raise out_of_range("state", number, min(known), max(known))
    return frozenset(numbers)


def _plain(state: State, table: str, text: str) -> int:
    return code.plain_ref(state.codes, table, text) if text else NONE


def _zone(state: State, text: str) -> int:
    return code.name_ref(state.codes, NameKind.ZONE, text, "zone") if text else NONE


# -- loads ---------------------------------------------------------------------------------------


def load_query(message: Any, state: State) -> Any:
    """Answer a `GetLoadRequest`, or raise UnknownEntity."""
    row = code.plain_ref(state.codes, "load", message.load)
    answer = pb.GetLoadReply(time_us=state.time_us, load=_load_message(state, row))
    units = state.handling_unit
    for unit in _units_on(state, row):
        answer.units.add(
            handling_unit=code.code_text(state, "handling_unit", unit),
            kind=int(units.kind[unit]),
            state=int(units.state[unit]),
            parent=code.code_text(state, "handling_unit", int(units.parent[unit])),
            orders=state.order.number[orders_carried(state, unit)].tolist(),
        )
    return answer


def _units_on(state: State, row: int) -> list[int]:
    """Give the handling units on a load row, or those that left with it, ascending."""
    if int(state.load.state[row]) != LOAD_DEPARTED:
        return sorted(state.work.loaded.get(row, ()))
    used = state.rows_used("load_unit")
    left = state.load_unit.load[:used] == row
    return sorted(state.load_unit.handling_unit[:used][left].tolist())


def loads_query(message: Any, state: State, bounds: Bounds) -> Any:
    """Answer a `ListLoadsRequest`.

    Parameters
    ----------
    message : ListLoadsRequest
        The request.
    state : State
        The state, in the writer's turn.
    bounds : Bounds
        Loads in one reply.

    Returns
    -------
    ListLoadsReply
        Ascending by row.

    Raises
    ------
    InvalidRequest
        A state or a row out of range.
    """
    wanted = _states(message.states, LoadState) or _NOT_DEPARTED
    load, used, first = state.load, state.rows_used("load"), message.first_row
    if not 0 <= first <= used:
        raise out_of_range("first_row", first, 0, used)
    mask = np.isin(load.state[first:used], [int(one) for one in wanted])
    if message.departure_up_to_us:
        mask &= load.departure_us[first:used] <= message.departure_up_to_us
    rows = (first + np.flatnonzero(mask)).tolist()
    answer = pb.ListLoadsReply(time_us=state.time_us)
    if len(rows) > bounds.rows_max:
        answer.next_row = rows[bounds.rows_max]
    answer.loads.extend(_load_message(state, row) for row in rows[: bounds.rows_max])
    return answer


def _load_message(state: State, row: int) -> Any:
    load = state.load
    return pb.LoadInfo(
        code=code.code_text(state, "load", row),
        appointment_us=int(load.appointment_us[row]),
        departure_us=int(load.departure_us[row]),
        door=code.code_text(state, "location", int(load.door[row])),
        seal=code.text(load.seal[row]),
        state=int(load.state[row]),
        loaded_units=len(state.work.loaded.get(row, ())),
    )
