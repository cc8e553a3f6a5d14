"""Tenant and actor: from a call's metadata into the record, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from slotline.engine.errors import InvalidRequest, UnknownEntity
from slotline.engine.record import read_records
from slotline.engine.schema import NameKind
from slotline.service.caller import ACTOR_KEY, TENANT_KEY
from slotline.service.client import Bulk, SlotlineClient, new_key
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slotline.engine.engine import Engine
    from slotline.service.server import Server
    from slotline.service.v1.slotline_pb2_grpc import SlotlineStub

LINE = ("tea", 1)


@pytest.fixture
def anna(site: SlotlineClient, server: Server) -> Iterator[SlotlineClient]:
    """Connect a client of actor anna and tenant north."""
    site.put_name(kind=NameKind.TENANT, code="north")
    site.put_name(kind=NameKind.ACTOR, code="anna")
    with SlotlineClient(f"127.0.0.1:{server.port}", tenant="north", actor="anna") as client:
        yield client


def callers(engine: Engine, first: int) -> list[tuple[str, str]]:
    """Read tenant and actor of each record from a sequence on out of the journal."""
    name = engine.state.name
    return [
        tuple(  # type: ignore[misc]
            name.code[row].decode() if row >= 0 else "" for row in (record.tenant, record.actor)
        )
        for frame in engine.journal.read_from(first)
        for record in read_records(frame.payload)
        if record.first_sequence >= first
    ]


def test_single_calls_bulk_calls_and_streams_note_who_called(
    site: SlotlineClient, anna: SlotlineClient, engine: Engine
) -> None:
    """Every way in puts both names into the record; without metadata there are none."""
    orders = {"channel": ["web"], "owner": ["acme"], "line_count": [1]}
    lines = {"item": ["tea"], "units": [1]}
    first = site.accept(channel="web", owner="acme", lines=[LINE]).sequence
    anna.accept(channel="web", owner="acme", lines=[LINE])
    anna.bulk(Bulk("accept", orders, lines, "acme"))
    assert len(list(anna.stream([Bulk("accept", orders, lines, "acme") for _ in "ab"]))) == 2
    site.bulk(Bulk("accept", orders, lines, "acme"))
    named = ("north", "anna")
    assert callers(engine, first) == [("", ""), named, named, named, named, ("", "")]


@pytest.mark.parametrize(
    "metadata",
    [
        ((ACTOR_KEY, ""),),
        ((ACTOR_KEY, "x" * 49),),
        ((TENANT_KEY, "north"), (TENANT_KEY, "north")),
    ],
)
def test_garbage_in_the_metadata_is_an_invalid_argument(
    anna: SlotlineClient, stub: SlotlineStub, metadata: Any
) -> None:
    """Nothing is sequenced, and the message names the key."""
    before = anna.get_status().sequence
    request = pb.PutNameRequest(key=new_key(), kind=1, code="late")
    calls: list[Any] = [
        lambda: stub.PutName(request, metadata=metadata),
        lambda: stub.Bulk(pb.Columns(), metadata=metadata),
        lambda: list(stub.BulkStream(iter(()), metadata=metadata)),
    ]
    for call in calls:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert caught.value.details().startswith(metadata[0][0])
    assert anna.get_status().sequence == before


def test_a_name_that_nobody_made_is_refused(server: Server, site: SlotlineClient) -> None:
    """A typo must not become an actor, and a client's name is none."""
    for code in ("bob", "acme"):
        with (
            SlotlineClient(f"127.0.0.1:{server.port}", actor=code) as client,
            pytest.raises(UnknownEntity, match=f"actor: found code '{code}'"),
        ):
            client.accept(channel="web", owner="acme", lines=[LINE])
    with pytest.raises(InvalidRequest, match="printable ASCII"):
        SlotlineClient(f"127.0.0.1:{server.port}", actor="ü")
