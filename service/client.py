"""The Python client: typed calls with codes, keys and retries of its own, bulk messages, streams.

>>> with SlotlineClient("127.0.0.1:50051") as slotline:  # doctest: +SKIP
...     slotline.put_name(kind=NameKind.CLIENT, code="acme")
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, cast

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ..engine.errors import InvalidRequest, PeerUnavailable, StaleVersion
from ..engine.limits import ATP_ITEMS_MAX, ATP_VALUES_MAX
from . import status
from .caller import caller_metadata
from .client_bulk import Bulk, BulkResult, Catalogue, batches, decode, encode
from .client_commands import CommandCalls
from .client_effects import OUTBOX_CALLS, EffectCalls
from .client_stream import WindowedStream
from .client_work import WORK_CALLS, WorkCalls
from .joined import JOINED_ANSWERS, join_columns, split_answers
from .messages import make_message
from .retry import RetryPolicy, call_with_retries, error_of_call, new_key
from .v1 import slotline_pb2 as pb
from .wire import wire_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

__all__ = ["Bulk", "BulkResult", "RetryPolicy", "SlotlineClient", "batches", "new_key"]

SERVICE: Final = "slotline.v1.Slotline"
WINDOW: Final = 32
_POLL_S: Final = 0.02

_QUERIES: Final = (
    *("Atp", "GetStock", "GetOrder", "GetPromise", "Resolve", "Export", "Status"),
    *OUTBOX_CALLS,
    *WORK_CALLS,
)
CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A server that restarts is found again at once.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


class SlotlineClient(CommandCalls, EffectCalls, WorkCalls):
    """A client of one server; use as a context manager. Any thread may call it.

    Every command is a method with the fields of its request as keyword arguments. A call that got
    no answer is sent again under the same key, so it takes effect once. Errors are those of
    `slotline.engine.errors`; outcomes such as short are in the reply.

    Parameters
    ----------
    target : str
        Host and port.
    policy : RetryPolicy, optional
        How long and how often a call is tried.
    tenant, actor : str
        For whom and by whom every command is given: codes of names that the server knows.
    """

    def __init__(
        self,
        target: str,
        policy: RetryPolicy | None = None,
        *,
        tenant: str = "",
        actor: str = "",
    ) -> None:
        self.policy = policy or RetryPolicy()
        self._metadata = caller_metadata(tenant, actor)
        self._is_closed = False
        self._channel = grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
        self._commands = {
            wire.command.name: (getattr(pb, f"{wire.method}Request"), self._unary(wire.method))
            for wire in wire_commands()
        }
        self._queries = {name: self._unary(name) for name in _QUERIES}
        unary = self._channel.unary_unary
        self._bulk: Any = unary(f"/{SERVICE}/Bulk", None, pb.BulkReply.FromString)
        self._bulk_atp: Any = unary(f"/{SERVICE}/BulkAtp", None, pb.AtpColumnsReply.FromString)
        self._health: Any = health_pb2_grpc.HealthStub(self._channel)
        self.catalogue = Catalogue(self.resolve)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls under way end with PeerUnavailable, later are refused."""
        self._is_closed = True
        self._channel.close()

    def _expect_open(self) -> None:
        if self._is_closed:
            raise InvalidRequest("client: found it closed, expected an open one; make another")

    def _unary(self, method: str) -> Any:
        request, reply = getattr(pb, f"{method}Request"), getattr(pb, f"{method}Reply")
        return self._channel.unary_unary(
            f"/{SERVICE}/{method}", request.SerializeToString, reply.FromString
        )

    def _two_way(self, method: str, reply: Any) -> Any:
        self._expect_open()
        return self._channel.stream_stream(f"/{SERVICE}/{method}", None, reply.FromString)

    def _server_stream(self, method: str, request: Any) -> Any:
        self._expect_open()
        request_type, reply = getattr(pb, f"{method}Request"), getattr(pb, f"{method}Reply")
        call: Any = self._channel.unary_stream(
            f"/{SERVICE}/{method}", request_type.SerializeToString, reply.FromString
        )
        return call(request)

    def _call(self, method: Any, request: Any, timeout_s: float | None = None) -> Any:
        self._expect_open()
        return call_with_retries(
            self.policy,
            lambda deadline_s: method(request, timeout=deadline_s, metadata=self._metadata),
            timeout_s,
        )

    def wait_until_serving(self, timeout_s: float = 30.0) -> None:
        """Wait until the server has recovered.

        Parameters
        ----------
        timeout_s : float
            How long.

        Raises
        ------
        PeerUnavailable
            It does not serve in time.
        """
        self._expect_open()
        end_s = time.monotonic() + timeout_s
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        found = "no answer"
        while time.monotonic() < end_s:
            try:
                reply = self._health.Check(request, timeout=self.policy.attempt_timeout_s)
            except grpc.RpcError as failure:
                found = str(error_of_call(failure))
            else:
                if reply.status == health_pb2.HealthCheckResponse.SERVING:
                    return
                found = "a server that does not serve"
            time.sleep(_POLL_S)
        raise PeerUnavailable(f"found {found}, expected a serving one within {timeout_s} s")

    # -- commands -----------------------------------------------------------------------------

    def send(self, command: str, fields: Mapping[str, object]) -> Any:
        """Send a command by its name; the methods named after commands do this.

        Parameters
        ----------
        command : str
            Name of the command.
        fields : mapping
            Fields of the request, with `key` and `timeout_s` if wanted.

        Returns
        -------
        Message
            The command's reply.

        Raises
        ------
        SlotlineError
            The call was refused, or the server was not reached in time.
        """
        request_type, method = self._commands[command]
        values = dict(fields)
        timeout_s = cast("float | None", values.pop("timeout_s", None))
        if "lines" in values:
            lines = enumerate(cast("Iterable[Any]", values["lines"]))
            values["lines"] = [_line(f"{command}.lines[{at}]", line) for at, line in lines]
        if "key" not in values:
            values["key"] = new_key()
        request = make_message(request_type, command, values)
        return self._call(method, request, timeout_s)

    # -- queries ------------------------------------------------------------------------------

    def _ask(self, name: str, **fields: Any) -> Any:
        given = {field: value for field, value in fields.items() if value is not None}
        request = make_message(getattr(pb, f"{name}Request"), name, given)
        return self._call(self._queries[name], request)

    def atp(
        self,
        client: str,
        items: Sequence[str] = (),
        *,
        owner: str = "",
        bounds_us: Sequence[int] = (),
    ) -> pb.AtpReply:
        """Ask what can be promised: of some items or all of a client, now or at given times."""
        reply = self._ask("Atp", client=client, owner=owner, items=items, bounds_us=bounds_us)
        return cast("pb.AtpReply", reply)

    def get_stock(
        self,
        *,
        client: str = "",
        item: str = "",
        location: str = "",
        handling_unit: str = "",
        stock: int | None = None,
        first_row: int = 0,
    ) -> pb.GetStockReply:
        """Ask for stock rows, by exactly one of item, location, handling unit or row."""
        reply = self._ask(
            "GetStock",
            client=client,
            item=item,
            location=location,
            handling_unit=handling_unit,
            stock=stock,
            first_row=first_row,
        )
        return cast("pb.GetStockReply", reply)

    def get_order(
        self, order: int | None = None, *, channel: str = "", code: str = ""
    ) -> pb.GetOrderReply:
        """Ask for an order with its pick list, by number or by channel and code."""
        reply = self._ask("GetOrder", order=order, channel=channel, code=code)
        return cast("pb.GetOrderReply", reply)

    def get_promise(self, promise: int) -> pb.GetPromiseReply:
        """Ask for a promise by its number."""
        return cast("pb.GetPromiseReply", self._ask("GetPromise", promise=promise))

    def get_status(self) -> pb.StatusReply:
        """Ask how far the store is and what it holds."""
        return cast("pb.StatusReply", self._ask("Status"))

    def resolve(self, table: str, codes: Sequence[str], **scope: Any) -> tuple[np.ndarray, int]:
        """Ask for refs of codes.

        Parameters
        ----------
        table : str
            name, item, pack, alias, lot, purchase_line, location, handling_unit, worker, cart,
            wave or load.
        codes : sequence of str
            Codes, n.
        **scope
            kind, client, owner, items, numbers, as the table needs them.

        Returns
        -------
        tuple
            int32 refs of shape (n,), -1 for unknown codes, and the catalogue's epoch.
        """
        reply = self._ask("Resolve", table=table, codes=codes, **scope)
        return np.frombuffer(reply.refs, np.int32), reply.catalogue_epoch

    def export(self, table: str) -> tuple[dict[str, np.ndarray], int]:
        """Read a whole table, page by page.

        Parameters
        ----------
        table : str
            Name of a table of the schema.

        Returns
        -------
        tuple
            Columns by name, and the sequence of the last page. Pages are of different sequences
            when the server is busy; compare with `get_status` where that matters.
        """
        pages: dict[str, list[np.ndarray]] = {}
        first = 0
        while True:
            reply = self._ask("Export", table=table, first_row=first)
            for column in reply.columns:
                array = np.frombuffer(column.values, column.dtype)
                pages.setdefault(column.name, []).append(array)
            first += reply.row_count
            if first >= reply.rows_used:
                whole = {name: np.concatenate(parts) for name, parts in pages.items()}
                return whole, reply.sequence

    # -- bulk ---------------------------------------------------------------------------------

    def bulk(self, message: Bulk, timeout_s: float | None = None) -> BulkResult:
        """Send one bulk message; codes are resolved again when the catalogue has changed.

        Parameters
        ----------
        message : Bulk
            Commands of one kind.
        timeout_s : float or None
            Instead of the policy's.

        Returns
        -------
        BulkResult
            The durable answer.

        Raises
        ------
        SlotlineError
            The message was refused as a whole.
        """
        try:
            reply = self._call(self._bulk, encode(message, self.catalogue), timeout_s)
        except StaleVersion:
            self.catalogue.forget()
            reply = self._call(self._bulk, encode(message, self.catalogue), timeout_s)
        return decode(message.kind, reply)

    def bulk_accept(
        self, columns: Mapping[str, Any], lines: Mapping[str, Any], *, client: str = ""
    ) -> BulkResult:
        """Accept many orders in one message: columns of orders, and columns of their lines."""
        return self.bulk(Bulk("accept", columns, lines, client))

    def bulk_promise(self, columns: Mapping[str, Any], *, client: str = "") -> BulkResult:
        """Make many promises in one message."""
        return self.bulk(Bulk("promise", columns, client=client))

    def bulk_pick(self, columns: Mapping[str, Any]) -> BulkResult:
        """Confirm many picks in one message."""
        return self.bulk(Bulk("pick", columns))

    def stream(self, messages: Iterable[Bulk], window: int = WINDOW) -> Iterator[BulkResult]:
        """Send bulk messages of any kinds over one stream.

        Parameters
        ----------
        messages : iterable of Bulk
            Taken as the window allows: with a source that pauses, answers to what it has given
            come when it goes on; with a window of 1 each comes before the next is taken.
        window : int
            Messages that are sent and not answered yet, 1 or more. They take effect whether or not
            the caller goes on to take their answers.

        Returns
        -------
        iterator of BulkResult
            One per message, in order. A message that the server cannot take for now is sent again
            by itself, after those behind it.

        Raises
        ------
        SlotlineError
            A message was refused for good, or the server was not reached in time. It comes behind
            the answers to all messages before, as does whatever `messages` raise.
        """
        method = self._two_way("BulkStream", pb.BulkReply)
        stream = WindowedStream[Bulk, BulkResult](
            partial(method, metadata=(*(self._metadata or ()), JOINED_ANSWERS)),
            lambda message: encode(message, self.catalogue),
            lambda message, reply: decode(message.kind, reply),
            lambda message, failure: self._again(failure, lambda: self.bulk(message)),
            self.policy,
            join_columns,
            split_answers,
        )
        return stream.run(messages, window)

    def send_all(
        self,
        kind: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        size: int = 1_000,
        window: int = WINDOW,
        client: str = "",
    ) -> Iterator[BulkResult]:
        """Gather single commands of one kind into bulk messages and stream them."""
        return self.stream(batches(kind, rows, size, client=client), window)

    def bulk_atp(
        self, items: Any, owners: Any, bounds_us: Any, *, client: str = ""
    ) -> tuple[np.ndarray, int]:
        """Ask for ATP of many items, in as many messages as their number asks for.

        Parameters
        ----------
        items, owners : array_like of int, or sequence of str
            Refs, or codes; one owner stands for all.
        bounds_us : array_like of int, shape (m,)
            Times, ascending.
        client : str
            Scope of item codes.

        Returns
        -------
        tuple
            int64 units of shape (n, m), and the sequence that all of them reflect at least.
        """
        owners = [owners] if isinstance(owners, str) else owners
        size = max(1, min(ATP_ITEMS_MAX, ATP_VALUES_MAX // max(1, np.size(bounds_us))))
        if not len(items) or len(owners) not in (1, len(items)):
            size = max(1, len(items), len(owners))  # the server says what is wrong with it
        parts = []
        for first in range(0, max(1, len(items)), size):
            part = slice(first, first + size)
            its_owners = owners[part] if len(owners) > 1 else owners
            parts.append(self._bulk_atp_part((items[part], its_owners, bounds_us), client))
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([units for units, _ in parts]), parts[0][1]

    def _bulk_atp_part(self, query: tuple[Any, Any, Any], client: str) -> tuple[np.ndarray, int]:
        try:
            reply = self._call(self._bulk_atp, self._atp_columns(*query, client))
        except StaleVersion:
            self.catalogue.forget()
            reply = self._call(self._bulk_atp, self._atp_columns(*query, client))
        return _atp_units(query[2], reply)

    def stream_atp(
        self, queries: Iterable[tuple[Any, Any, Any]], *, client: str = "", window: int = WINDOW
    ) -> Iterator[tuple[np.ndarray, int]]:
        """Ask for ATP over one stream: items, owners and bounds as for `bulk_atp`, many times.

        Each question is one message; it must not ask for more than `ATP_VALUES_MAX` values.
        """
        method = self._two_way("BulkAtpStream", pb.AtpColumnsReply)
        stream = WindowedStream[tuple[Any, Any, Any], tuple[np.ndarray, int]](
            method,
            lambda query: self._atp_columns(*query, client),
            lambda query, reply: _atp_units(query[2], reply),
            lambda query, failure: self._again(
                failure, lambda: self.bulk_atp(*query, client=client)
            ),
            self.policy,
        )
        return stream.run(queries, window)

    def _atp_columns(self, items: Any, owners: Any, bounds_us: Any, client: str) -> bytes:
        epoch = self.catalogue.epoch
        owners = [owners] if isinstance(owners, str) else owners
        if len(items) and isinstance(items[0], str):
            items = self.catalogue.refs("item", items, client=client or owners[0])
        if isinstance(owners[0], str):
            owners = self.catalogue.refs("name", owners, kind=int(pb.NAME_KIND_CLIENT))
        return pb.AtpColumns(
            catalogue_epoch=epoch,
            item=np.asarray(items, np.int32).tobytes(),
            owner=np.asarray(owners, np.int32).tobytes(),
            bounds_us=np.asarray(bounds_us, np.int64).tobytes(),
        ).SerializeToString()

    def _again(self, failure: Any, send: Callable[[], Any]) -> Any:
        code = status.code_of_number(failure.code)
        error = status.error_of(code, failure.name, failure.message, failure.retry_after_us)
        if code is status.Code.ABORTED:
            self.catalogue.forget()
        elif code not in status.RETRIED or (
            code is status.Code.RESOURCE_EXHAUSTED and not failure.retry_after_us
        ):
            raise error
        return send()


def _line(where: str, line: Any) -> Any:
    if isinstance(line, pb.AcceptLine):
        return line
    if not isinstance(line, (tuple, list)) or len(line) not in (2, 3):
        raise InvalidRequest(
            f"{where}: found {line!r}, expected (item, units) or (item, units, promise)"
        )
    names = ("item", "units", "promise")
    return make_message(pb.AcceptLine, where, dict(zip(names, line, strict=False)))


def _atp_units(bounds_us: Any, reply: Any) -> tuple[np.ndarray, int]:
    units = np.frombuffer(reply.units, np.int64)
    return units.reshape(-1, np.size(bounds_us)), reply.sequence
