"""The client: keys, retries, errors. Against servers that fail on purpose."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest

from slotline.engine import limits
from slotline.engine.errors import (
    DeadlinePassed,
    InvalidRequest,
    KeyReused,
    LimitReached,
    PeerUnavailable,
    SlotlineError,
)
from slotline.engine.keys import check_key, created_us
from slotline.service import status
from slotline.service.client import RetryPolicy, SlotlineClient, new_key
from slotline.service.client_bulk import Bulk, Catalogue, cut_columns, encode
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

Code = grpc.StatusCode
POLICY = RetryPolicy(timeout_s=5.0, attempt_timeout_s=1.0, pause_min_s=0.001, pause_max_s=0.01)


class Failing(grpc.GenericRpcHandler):
    """Refuses the first calls with the given errors, then answers; notes every key."""

    def __init__(self, *errors: Exception | Code) -> None:
        self.errors = list(errors)
        self.keys: list[bytes] = []

    def service(self, handler_call_details: Any) -> Any:
        """Answer every method."""
        return grpc.unary_unary_rpc_method_handler(self.answer)

    def answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Refuse or answer one call."""
        self.keys.append(pb.PutNameRequest.FromString(request).key)
        if self.errors:
            error = self.errors.pop(0)
            if isinstance(error, Code):
                context.abort(error, "as a proxy would")
            context.set_trailing_metadata(status.trailing_metadata(error))
            context.abort(status.status_of(error), str(error))
        return pb.PutNameReply(sequence=7).SerializeToString()


@contextmanager
def client_of(handler: Failing) -> Iterator[SlotlineClient]:
    """Run a server with the handler and connect to it."""
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with SlotlineClient(f"127.0.0.1:{port}", POLICY) as client:
        yield client
    server.stop(0).wait()


def test_keys_are_uuids_of_version_7_that_carry_their_time() -> None:
    """The server refuses anything else, and forgets by that time."""
    keys = {new_key() for _ in range(1_000)}
    assert len(keys) == 1_000
    for key in keys:
        assert check_key(key) == key
        assert key[8] >> 6 == 2
        assert abs(created_us(key) - time.time_ns() // 1_000) < 60_000_000


def test_calls_that_may_go_well_are_sent_again_under_the_same_key() -> None:
    """Whether the first one was executed is not known; the key makes it harmless."""
    handler = Failing(
        Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, LimitReached("full", 1_000),
        Code.RESOURCE_EXHAUSTED,
    )  # fmt: skip
    with client_of(handler) as client:
        assert client.put_name(kind=1, code="acme").sequence == 7
    assert len(handler.keys) == 5
    assert len(set(handler.keys)) == 1


def test_the_servers_advice_is_a_lower_bound_of_the_pause() -> None:
    """Who is asked to wait 200 ms does not come back after 1."""
    handler = Failing(LimitReached("disk", 200_000))
    with client_of(handler) as client:
        start = time.monotonic()
        client.put_name(kind=1, code="acme")
        assert time.monotonic() - start >= 0.2
    assert len(handler.keys) == 2


@pytest.mark.parametrize(
    "error",
    [InvalidRequest("bad"), KeyReused("used"), LimitReached("too large for ever")],
    ids=lambda error: type(error).__name__,
)
def test_calls_that_cannot_go_well_are_not_sent_again(error: SlotlineError) -> None:
    """The very error arrives at once."""
    handler = Failing(error)
    with client_of(handler) as client, pytest.raises(type(error), match=str(error)):
        client.put_name(kind=1, code="acme")
    assert len(handler.keys) == 1


def test_the_time_for_all_attempts_is_bounded() -> None:
    """The last error is told when it is over."""
    handler = Failing(*[DeadlinePassed("late")] * 10_000)
    with client_of(handler) as client:
        start = time.monotonic()
        with pytest.raises(DeadlinePassed):
            client.put_name(kind=1, code="acme", timeout_s=0.1)
        assert time.monotonic() - start < 5
    assert len(handler.keys) > 1


def test_nobody_listening_is_a_peer_that_is_unavailable() -> None:
    """Also while waiting for a server that never comes."""
    with SlotlineClient("127.0.0.1:1", POLICY) as client:
        with pytest.raises(PeerUnavailable):
            client.put_name(kind=1, code="acme", timeout_s=0.05)
        with pytest.raises(PeerUnavailable, match="expected a serving one"):
            client.wait_until_serving(0.05)


def test_fields_that_are_not_there_are_refused_before_sending(client: SlotlineClient) -> None:
    """Spelling mistakes do not travel."""
    client.wait_until_serving(10)
    with pytest.raises(InvalidRequest, match="nam"):
        client.send("put_name", {"nam": "acme"})
    with pytest.raises(InvalidRequest, match="put_name"):
        client.put_name(kind="client", code="acme")  # type: ignore[typeddict-item]
    assert client.get_status().sequence == 0


def test_a_bulk_message_needs_what_has_no_default() -> None:
    """Columns that are left out are none or zero where that has a meaning, else missing."""
    catalogue = Catalogue(lambda *_, **__: (None, 4))  # type: ignore[arg-type,return-value]
    with pytest.raises(InvalidRequest, match="'handling_unit' is missing"):
        encode(Bulk("pick", {"order": [1], "allocation": [2], "units": [3]}), catalogue)
    with pytest.raises(InvalidRequest, match="found command 'none'"):
        encode(Bulk("none", {}), catalogue)
    columns = {"order": [1], "allocation": [2], "units": [3], "handling_unit": 0, "wave": 1}
    with pytest.raises(InvalidRequest, match="found column 'wave'"):
        encode(Bulk("pick", columns), catalogue)
    message = pb.Columns.FromString(encode(Bulk("release", {"order": [1, 2]}), catalogue))
    assert (message.catalogue_epoch, message.count) == (4, 2)
    assert message.columns[1] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("tea", 2**31)], r"accept.lines\[0\].units: found 2147483648, expected an integer from"),
        (
            [("tea", 1), ("tea", "3")],
            r"accept.lines\[1\].units: found '3', expected an integer from",
        ),
        ([("tea", 1.5)], r"accept.lines\[0\].units: found 1.5, expected an integer from"),
        ([(7, 1)], r"accept.lines\[0\].item: found 7, expected text"),
        (["tea"], r"accept.lines\[0\]: found 'tea', expected \(item, units\)"),
    ],
)
def test_a_value_that_fits_no_field_is_named_before_anything_is_sent(
    lines: list[Any], expected: str
) -> None:
    """The field, what was found and what was expected; no call is made."""
    handler = Failing()
    with client_of(handler) as client, pytest.raises(InvalidRequest, match=expected):
        client.accept(channel="web", owner="acme", lines=lines)
    assert handler.keys == []


def test_an_unknown_or_overflowing_field_is_named() -> None:
    """Fields of the command itself, too."""
    handler = Failing()
    with client_of(handler) as client:
        with pytest.raises(InvalidRequest, match=r"receive\.units: found 4294967296, expected"):
            client.receive(item="tea", owner="acme", location="A", units=2**32)
        with pytest.raises(InvalidRequest, match="receive: found field 'colour', expected one of"):
            client.send("receive", {"colour": 1})
    assert handler.keys == []


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("pick", 5_000),
        ("add_pick", limits.LONG_COMMANDS_MAX),
        ("release", limits.RUN_COMMANDS_MAX),
    ],
)
def test_columns_are_cut_into_messages_that_the_server_takes(kind: str, size: int) -> None:
    """Every command once and in order, single values in each message, no message too long."""
    numbers = np.arange(12_345)
    parts = list(cut_columns(kind, {"number": numbers, "zone": "A", "flag": 1}, 5_000))
    assert np.array_equal(np.concatenate([part["number"] for part in parts]), numbers)
    assert {len(part["number"]) for part in parts[:-1]} == {size}
    assert all((part["zone"], part["flag"]) == ("A", 1) for part in parts)
    assert [part["zone"] for part in cut_columns(kind, {"zone": "ABC"}, 5_000)] == ["ABC"]
    assert list(cut_columns(kind, {"number": numbers[:0], "zone": "A"}, 5_000)) == []


def test_a_closed_client_says_so() -> None:
    """Whatever is asked of it: calls, answers that are streamed, and streams."""
    handler = Failing()
    with client_of(handler) as client:
        client.close()
        for ask in (
            lambda: client.put_name(kind=1, code="a"),
            lambda: client.get_stock(item="a", client="c"),
            lambda: next(client.effects()),
            lambda: next(client.stream([])),
        ):
            with pytest.raises(InvalidRequest, match="client: found it closed"):
                ask()
    assert handler.keys == []
