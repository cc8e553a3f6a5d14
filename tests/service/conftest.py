"""Real servers on loopback, over real stores in temporary folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from slotline.engine.engine import Engine
from slotline.engine.limits import SMALL
from slotline.engine.schema import NameKind
from slotline.engine.store import FileStore
from slotline.service.client import RetryPolicy, SlotlineClient
from slotline.service.clock import SystemClock
from slotline.service.server import Server, ServerOptions
from slotline.service.v1 import slotline_pb2_grpc
from slotline.service.warm import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEGMENT_BYTES = 4 * 1024 * 1024
STORE_ID = bytes(range(16))


def make_engine(path: Path) -> Engine:
    """Make a small store in a folder."""
    return Engine.create(
        FileStore(path),
        SystemClock(),
        "dc1",
        store_id=STORE_ID,
        capacity=SMALL,
        segment_bytes=SEGMENT_BYTES,
    )


def open_engine(path: Path) -> Engine:
    """Recover the store of a folder."""
    return Engine.open(FileStore(path), SystemClock(), capacity=SMALL, segment_bytes=SEGMENT_BYTES)


@pytest.fixture(scope="session", autouse=True)
def kernels() -> None:
    """Compile what a call would otherwise wait for: longer than any deadline here."""
    warm_up()


@pytest.fixture
def create() -> Callable[[Path], Engine]:
    """Return what makes a store."""
    return make_engine


@pytest.fixture
def reopen() -> Callable[[Path], Engine]:
    """Return what recovers a store."""
    return open_engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Return a new engine; the server closes it."""
    return make_engine(tmp_path / "store")


@pytest.fixture
def server(engine: Engine) -> Iterator[Server]:
    """Run a server over the engine."""
    server = Server(ServerOptions(workers=16, snapshot_s=0.0))
    server.start()
    server.open(engine)
    yield server
    server.close()


@pytest.fixture
def client(server: Server) -> Iterator[SlotlineClient]:
    """Connect a client that soon gives up."""
    policy = RetryPolicy(timeout_s=10.0, attempt_timeout_s=5.0)
    with SlotlineClient(f"127.0.0.1:{server.port}", policy) as connected:
        yield connected


@pytest.fixture
def stub(server: Server) -> Iterator[slotline_pb2_grpc.SlotlineStub]:
    """Connect without the client: one attempt, raw statuses."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield slotline_pb2_grpc.SlotlineStub(channel)


@pytest.fixture
def site(client: SlotlineClient) -> SlotlineClient:
    """Return a client of a site with two items, three places and 100 units of tea."""
    for kind, code in (
        (NameKind.CLIENT, "acme"),
        (NameKind.CLIENT, "bolt"),
        (NameKind.CHANNEL, "web"),
        (NameKind.REASON, "count"),
        (NameKind.ZONE, "A"),
    ):
        client.put_name(kind=kind, code=code)
    for code in ("A-01", "A-02", "A-03"):
        client.put_location(code=code, zone="A", role=1)
    for code in ("tea", "salt"):
        client.put_item(client="acme", code=code)
    client.put_handling_unit(code="tote-1", kind=2, location="A-03")
    client.receive(item="tea", owner="acme", location="A-01", units=100)
    return client
