"""Handlers of queries. Each runs in the writer's turn and gives copies and the sequence they show.

An answer is given out once that sequence is durable, like everything else.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.errors import InvalidRequest, UnknownEntity
from ..engine.schema import TABLES, Counter
from ..kernels.columns import ALLOCATION_FREE, NO_EXPIRY_DAY
from . import codes as code
from .atp import atp_query
from .codec import out_of_range, parse
from .resolve import resolve_query
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import grpc
    from numpy.typing import NDArray

    from ..engine.engine import Engine
    from ..engine.state import State
    from .calls import Bounds, Call, Edge

    Query = Callable[[Any, State, Bounds], Any]

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2

_VERSION: Final = version("slotline")


def query_calls(edge: Edge) -> dict[str, Call]:
    """Give the handler of each query.

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
        "Atp": lambda message, state, _: atp_query(message, state),
        "GetStock": stock_query,
        "GetOrder": lambda message, state, _: order_query(message, state),
        "GetPromise": lambda message, state, _: promise_query(message, state),
        "Resolve": lambda message, state, _: resolve_query(message, state),
        "Export": export_query,
    }
    return answer_all(edge, queries) | {"Status": edge.unary("Status", _status(edge))}


def answer_all(edge: Edge, queries: Mapping[str, Query]) -> dict[str, Call]:
    """Give the handlers of queries, by the method's name."""
    return {name: edge.unary(name, query_call(edge, name, one)) for name, one in queries.items()}


def query_call(edge: Edge, name: str, query: Query) -> Call:
    """Give the handler of a query: parsed, run in the writer's turn, answered when durable."""
    request_type, bounds = getattr(pb, f"{name}Request"), edge.bounds

    def call(request: bytes, _context: grpc.ServicerContext) -> bytes:
        message = parse(request_type, request)
        answer, sequence = edge.engine.read(lambda state: query(message, state, bounds))
        answer.sequence = sequence
        return bytes(answer.SerializeToString())

    return call


def _status(edge: Edge) -> Call:
    def call(request: bytes, _context: grpc.ServicerContext) -> bytes:
        parse(pb.StatusRequest, request)
        engine = edge.engine
        answer, sequence = engine.read(status_query)
        answer.sequence = sequence
        return bytes(_with_journal(answer, engine).SerializeToString())

    return call


def _with_journal(answer: Any, engine: Engine) -> Any:
    answer.version = _VERSION
    answer.low_disk = engine.journal.low_disk()
    return answer


def status_query(state: State) -> Any:
    """Give a `StatusReply` of what the state holds."""
    return pb.StatusReply(
        time_us=state.time_us,
        catalogue_epoch=int(state.counters[Counter.CATALOGUE_EPOCH]),
        tables=[
            pb.TableStatus(
                table=view.spec.name,
                rows_used=state.rows_used(view.spec.name),
                capacity=view.capacity,
            )
            for view in state.tables[1:]
        ],
    )


def _inside(state: State, start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Widen a mask of handling units to the units that are inside them."""
    parent = state.handling_unit.parent[: start.size]
    while True:
        wider = start | ((parent >= 0) & start[parent])
        if bool((wider == start).all()):
            return start
        start = wider


def _stock_mask(message: Any, state: State, rows: slice) -> Any:
    """Give which of the stock rows are asked for."""
    asked = [name for name in ("item", "location", "handling_unit") if getattr(message, name)] + (
        ["stock"] if message.HasField("stock") else []
    )
    if len(asked) != 1:
        raise InvalidRequest(
            f"found {len(asked)} of stock, item, location and handling_unit, expected one"
        )
    stock, units = state.stock, state.handling_unit
    if asked == ["stock"]:
        return np.arange(rows.start, rows.stop) == message.stock
    if asked == ["item"]:
        client = code.name_ref(state.codes, code.CLIENT_KIND, message.client, "client")
        item = code.item_ref(state.codes, client, message.item, message.client)
        return stock.item[rows] == item
    used = state.rows_used("handling_unit")
    if asked == ["location"]:
        location = code.plain_ref(state.codes, "location", message.location)
        here, held = stock.location[rows] == location, units.location[:used] == location
    else:
        unit = code.plain_ref(state.codes, "handling_unit", message.handling_unit)
        here, held = stock.handling_unit[rows] == unit, np.arange(used) == unit
    if not used:
        return here
    unit_of = stock.handling_unit[rows]
    return here | ((unit_of >= 0) & _inside(state, held)[unit_of])


def stock_query(message: Any, state: State, bounds: Bounds) -> Any:
    """Answer a `GetStockRequest`.

    Parameters
    ----------
    message : GetStockRequest
        The request.
    state : State
        The state, in the writer's turn.
    bounds : Bounds
        Rows in one reply.

    Returns
    -------
    GetStockReply
        Rows with something on hand, ascending. A place includes what stands in handling units
        there, a handling unit what is in units inside it.

    Raises
    ------
    InvalidRequest, UnknownEntity
        Not exactly one thing asked for; a code that names nothing.
    """
    used = state.rows_used("stock")
    first = message.first_row
    if not 0 <= first <= used:
        raise out_of_range("first_row", first, 0, used)
    span = slice(first, used)
    mask = _stock_mask(message, state, span) & (state.stock.on_hand_units[span] > 0)
    rows = (first + np.flatnonzero(mask)).tolist()
    answer = pb.GetStockReply(time_us=state.time_us)
    if len(rows) > bounds.rows_max:
        answer.next_row = rows[bounds.rows_max]
    for row in rows[: bounds.rows_max]:
        _add_stock_row(answer, state, row)
    return answer


def _add_stock_row(answer: Any, state: State, row: int) -> None:
    stock = state.stock
    item, pool, pack = int(stock.item[row]), int(stock.pool[row]), int(stock.pack[row])
    expiry_day, receipt = int(stock.expiry_day[row]), int(stock.receipt[row])
    answer.rows.add(
        stock=row,
        client=code.name_text(state, int(state.item.client[item])),
        item=code.code_text(state, "item", item),
        owner=code.name_text(state, int(state.pool.owner[pool])),
        status=int(state.pool.status[pool]),
        lot=code.code_text(state, "lot", int(stock.lot[row])),
        pack_level=int(state.pack.level[pack]) if pack >= 0 else None,
        location=code.code_text(state, "location", int(stock.location[row])),
        handling_unit=code.code_text(state, "handling_unit", int(stock.handling_unit[row])),
        receipt=receipt if receipt >= 0 else None,
        on_hand_units=int(stock.on_hand_units[row]),
        allocated_units=int(stock.allocated_units[row]),
        expiry_day=expiry_day if expiry_day != NO_EXPIRY_DAY else None,
        received_us=int(stock.received_us[row]),
    )


def order_query(message: Any, state: State) -> Any:
    """Answer a `GetOrderRequest`: the order, its lines and where their allocations lie.

    Raises
    ------
    InvalidRequest, UnknownEntity
        Neither number nor channel and code; no such order.
    """
    if message.HasField("order"):
        number, asked = message.order, f"number {message.order}"
    elif message.channel and message.code:
        channel = code.name_ref(state.codes, code.CHANNEL_KIND, message.channel, "channel")
        asked = f"code {message.code!r} of channel {message.channel!r}"
        number = state.codes.get((code.ORDER, channel, message.code.encode()), -1)
    else:
        raise InvalidRequest("found neither order nor channel and code, expected one of them")
    row = state.order_row(number) if number >= 0 else -1
    if row < 0:
        raise UnknownEntity(f"order: found {asked}, expected a known order")
    order = state.order
    if int(state.line.order[int(order.line_first[row])]) != row:
        raise UnknownEntity(
            f"order: found {asked}, whose lines later orders have taken over; the journal has them"
        )
    answer = pb.GetOrderReply(
        time_us=state.time_us,
        order=number,
        reference=int(order.reference[row]),
        channel=code.name_text(state, int(order.channel[row])),
        owner=code.name_text(state, int(order.owner[row])),
        code=code.code_text(state, "order", row),
        priority=int(order.priority[row]),
        policy=int(order.policy[row]),
        state=int(order.state[row]),
        min_life_days=int(order.min_life_days[row]),
        departure_us=int(order.departure_us[row]),
    )
    for line in state.lines_of(row):
        _add_line(answer, state, line)
    return answer


def _add_line(answer: Any, state: State, row: int) -> None:
    line = state.line
    item = int(line.item[row])
    entry = answer.lines.add(
        client=code.name_text(state, int(state.item.client[item])),
        item=code.code_text(state, "item", item),
        ordered_units=int(line.ordered_units[row]),
        allocated_units=int(line.allocated_units[row]),
        shipped_units=int(line.shipped_units[row]),
        cancelled_units=int(line.cancelled_units[row]),
    )
    allocation = state.allocation
    for place in state.allocations_of(row):
        if int(allocation.state[place]) == ALLOCATION_FREE:
            continue
        stock, wave = int(allocation.stock[place]), int(allocation.wave[place])
        added = entry.allocations.add(
            allocation=place,
            state=int(allocation.state[place]),
            units=int(allocation.units[place]),
            wave=wave if wave >= 0 else None,
        )
        if stock >= 0:
            added.stock = stock
            added.location = code.code_text(state, "location", _location_of(state, stock))
            unit = int(state.stock.handling_unit[stock])
            added.handling_unit = code.code_text(state, "handling_unit", unit)
            added.lot = code.code_text(state, "lot", int(state.stock.lot[stock]))


def _location_of(state: State, stock: int) -> int:
    """Give the location of a stock row, or of the outermost handling unit around it."""
    location, unit = int(state.stock.location[stock]), int(state.stock.handling_unit[stock])
    units = state.handling_unit
    while unit >= 0:
        location, unit = int(units.location[unit]), int(units.parent[unit])
    return location


def promise_query(message: Any, state: State) -> Any:
    """Answer a `GetPromiseRequest`, or raise UnknownEntity."""
    number = message.promise
    row = state.promise_row(number) if number >= 0 else -1
    if row < 0:
        raise UnknownEntity(f"promise: found number {number}, expected a known promise")
    promise, pool = state.promise, int(state.promise.pool[row])
    item = int(state.pool.item[pool])
    return pb.GetPromiseReply(
        time_us=state.time_us,
        promise=number,
        client=code.name_text(state, int(state.item.client[item])),
        item=code.code_text(state, "item", item),
        owner=code.name_text(state, int(state.pool.owner[pool])),
        channel=code.name_text(state, int(promise.channel[row])),
        units=int(promise.units[row]),
        state=int(promise.state[row]),
        expires_us=int(promise.expires_us[row]),
        due_us=int(promise.due_us[row]),
    )


def export_query(message: Any, state: State, bounds: Bounds) -> Any:
    """Answer an `ExportRequest`: base and derived columns of a table, a page of rows.

    Parameters
    ----------
    message : ExportRequest
        The request.
    state : State
        The state, in the writer's turn.
    bounds : Bounds
        Bytes in one page.

    Returns
    -------
    ExportReply
        Without its sequence.

    Raises
    ------
    InvalidRequest
        No such table; rows that are not there.
    """
    names = [table.name for table in TABLES]
    if message.table not in names:
        raise InvalidRequest(f"table: found {message.table!r}, expected one of {', '.join(names)}")
    view = state.tables[names.index(message.table)]
    used, first = state.rows_used(message.table), message.first_row
    if not 0 <= first <= used:
        raise out_of_range("first_row", first, 0, used)
    fields = (*view.spec.fields, *view.spec.derived)
    row_bytes = sum(np.dtype(field.dtype).itemsize for field in fields)
    room = bounds.page_bytes_max // row_bytes
    count = min(used - first, room, message.row_count_max or room)
    if count < 0:
        raise out_of_range("row_count_max", message.row_count_max, 0, room)
    return pb.ExportReply(
        time_us=state.time_us,
        first_row=first,
        row_count=count,
        rows_used=used,
        columns=[
            pb.ExportColumn(
                name=field.name,
                dtype=field.dtype,
                values=getattr(view, field.name)[first : first + count].tobytes(),
            )
            for field in fields
        ],
    )
