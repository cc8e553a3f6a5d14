"""ATP handlers: text for a few items, columns of refs for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.border import check_name_kinds
from ..engine.errors import InvalidRequest, LimitReached, StaleVersion
from ..engine.limits import ATP_BUCKETS_MAX, ATP_ITEMS_MAX, ATP_VALUES_MAX
from ..kernels.atp import atp_many
from ..kernels.columns import NONE, STATUS_AVAILABLE
from . import codes as code
from .codec import out_of_range, parse
from .columns import refs_of, times_of
from .streams import StreamHandler
from .v1 import slotline_pb2

if TYPE_CHECKING:
    import threading

    import grpc

    from ..engine.engine import Engine
    from ..engine.state import State
    from .calls import Call, Edge
    from .streams import StreamCall


def atp_units(
    state: State, items: np.ndarray, owners: np.ndarray, bounds_us: np.ndarray
) -> np.ndarray:
    """Give what can be promised of each item at each time.

    Parameters
    ----------
    state : State
        The state.
    items : ndarray of int32, shape (n,)
        Item rows.
    owners : ndarray of int32, shape (n,) or (1,)
        Legal owners.
    bounds_us : ndarray of int64, shape (m,)
        Times, ascending; times before now stand for now.

    Returns
    -------
    ndarray of int64, shape (n, m)
        0 or larger; 0 where there is no pool.
    """
    units = np.zeros((items.size, bounds_us.size), np.int64)
    pools = pools_of(state, items, owners)
    available = np.where(pools >= 0, state.available_units[pools], 0)
    atp_many(state.events, pools, available, np.maximum(bounds_us, state.time_us), units)
    return units


def pools_of(state: State, items: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Give the pool that each item of each owner is allocated from.

    Parameters
    ----------
    state : State
        The state.
    items : ndarray of int32, shape (n,)
        Item rows.
    owners : ndarray of int32, shape (n,) or (1,)
        Legal owners.

    Returns
    -------
    ndarray of int32, shape (n,)
        AVAILABLE pools, -1 where there is none or the item is not active. O(n) for each pool that
        an item has.
    """
    pool, following = state.pool, state.index.head["next_pool"]
    pools = np.where(state.item.active[items] == 1, state.item.pool_first[items], np.int32(NONE))
    while True:
        right = (pool.owner[pools] == owners) & (pool.status[pools] == STATUS_AVAILABLE)
        wrong = (pools >= 0) & ~right
        if not wrong.any():
            return pools
        pools = np.where(wrong, following[pools], pools)


def _check_bounds(bounds_us: np.ndarray) -> None:
    if not 1 <= bounds_us.size <= ATP_BUCKETS_MAX:
        raise out_of_range("bounds_us: number of times", bounds_us.size, 1, ATP_BUCKETS_MAX)
    if bounds_us[0] < 0 or bool((bounds_us[1:] < bounds_us[:-1]).any()):
        raise InvalidRequest("bounds_us: found times that are not ascending from 0 on")


def _check_values(items: int, bounds: int) -> None:
    if items * bounds > ATP_VALUES_MAX:
        raise LimitReached(
            f"found {items} items at {bounds} times, which is {items * bounds} values, expected at "
            f"most {ATP_VALUES_MAX}; ask for at most {ATP_VALUES_MAX // bounds} items at a time"
        )


def _check_refs(where: str, refs: np.ndarray, used: int) -> None:
    if int(refs.min()) < 0 or int(refs.max()) >= used:
        place = int(np.flatnonzero((refs < 0) | (refs >= used))[0])
        raise out_of_range(f"{where}[{place}]", int(refs[place]), 0, used - 1)


def atp_columns(engine: Engine, request: bytes, _caller: tuple[int, int], _deadline_us: int) -> Any:
    """Parse and check a message `AtpColumns`.

    Parameters
    ----------
    engine : Engine
        The engine.
    request : bytes
        The message.

    Returns
    -------
    tuple of ndarray
        Items, owners and bounds.

    Raises
    ------
    InvalidRequest, StaleVersion, LimitReached
        Lengths or refs that cannot be; refs of another epoch; too large an answer.
    """
    message = parse(slotline_pb2.AtpColumns, request)
    if message.catalogue_epoch != engine.catalogue_epoch:
        raise StaleVersion(
            f"catalogue epoch: found {message.catalogue_epoch}, expected "
            f"{engine.catalogue_epoch}; resolve the codes again"
        )
    items, owners = refs_of("item", message.item), refs_of("owner", message.owner)
    bounds_us = times_of("bounds_us", message.bounds_us)
    if items.size > ATP_ITEMS_MAX:
        raise out_of_range("item: number of items", items.size, 1, ATP_ITEMS_MAX)
    if owners.size not in (1, items.size):
        raise out_of_range("owner: number of owners", owners.size, 1, items.size)
    _check_bounds(bounds_us)
    _check_values(items.size, bounds_us.size)
    _check_refs("item", items, engine.state.rows_used("item"))
    _check_refs("owner", owners, engine.state.rows_used("name"))
    check_name_kinds("owner", owners, code.CLIENT_KIND, engine.state)
    return items, owners, bounds_us


def atp_answer(engine: Engine, started: Any) -> bytes:
    """Answer what `atp_columns` has parsed, once it is durable."""
    items, owners, bounds_us = started
    (units, time_us), sequence = engine.read(
        lambda state: (atp_units(state, items, owners, bounds_us), state.time_us)
    )
    return slotline_pb2.AtpColumnsReply(
        sequence=sequence, time_us=time_us, units=units.tobytes()
    ).SerializeToString()


def bulk_atp_call(edge: Edge) -> Call:
    """Give the handler of `BulkAtp`."""

    def call(request: bytes, _context: grpc.ServicerContext) -> bytes:
        engine = edge.engine
        return atp_answer(engine, atp_columns(engine, request, (NONE, NONE), 0))

    return edge.unary("BulkAtp", call, is_bulk=True)


def bulk_atp_stream(edge: Edge, slots: threading.Semaphore) -> StreamCall:
    """Give the handler of `BulkAtpStream`."""
    reply = slotline_pb2.AtpColumnsReply
    return StreamHandler(edge, "BulkAtpStream", atp_columns, atp_answer, reply, slots)


def atp_query(message: Any, state: State) -> Any:
    """Answer an `AtpRequest`.

    Parameters
    ----------
    message : AtpRequest
        The request.
    state : State
        The state, in the writer's turn.

    Returns
    -------
    AtpReply
        Without its sequence.

    Raises
    ------
    UnknownEntity, InvalidRequest, LimitReached
        A code that names nothing; times that are not ascending; too large an answer.
    """
    client = code.name_ref(state.codes, code.CLIENT_KIND, message.client, "client")
    owner = client
    if message.owner:
        owner = code.name_ref(state.codes, code.CLIENT_KIND, message.owner, "owner")
    if message.items:
        refs = [code.item_ref(state.codes, client, text, message.client) for text in message.items]
        items = np.array(refs, np.int32)
        texts = list(message.items)
    else:
        used = state.rows_used("item")
        items = np.flatnonzero(state.item.client[:used] == client).astype(np.int32)
        texts = [code.text(raw) for raw in state.item.code[items].tolist()]
    if items.size > ATP_ITEMS_MAX:
        raise out_of_range("items: number of items", items.size, 1, ATP_ITEMS_MAX)
    bounds_us = np.array(message.bounds_us or [state.time_us], np.int64)
    _check_bounds(bounds_us)
    _check_values(items.size, bounds_us.size)
    units = atp_units(state, items, np.array([owner], np.int32), bounds_us)
    return slotline_pb2.AtpReply(
        time_us=state.time_us,
        items=texts,
        bounds_us=bounds_us.tolist(),
        units=units.ravel().tolist(),
    )
