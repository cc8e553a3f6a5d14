"""The server itself: statuses, deadlines, bounds, health, failure. Real calls on loopback."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc._cython import cygrpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from slotline.engine import requests as requests_module
from slotline.engine import writer
from slotline.engine.batch import make_batch
from slotline.engine.errors import InvalidRequest, InvariantBroken, LimitReached
from slotline.service.client import CHANNEL_OPTIONS, SlotlineClient, new_key
from slotline.service.server import (
    EXIT_FATAL,
    SERVICE,
    Server,
    ServerOptions,
    channel_options,
)
from slotline.service.v1 import slotline_pb2 as pb
from slotline.service.v1 import slotline_pb2_grpc
from slotline.service.wire import wire_commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from slotline.engine.engine import Engine
    from slotline.service.v1.slotline_pb2_grpc import SlotlineStub

Code = grpc.StatusCode
METHODS = [
    method.name
    for method in pb.DESCRIPTOR.services_by_name["Slotline"].methods
    if not method.client_streaming
]
GARBAGE = (b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b")


def raw_call(server: Server, method: str, request: bytes, **options: Any) -> bytes:
    """Send raw bytes to a unary method."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        return bytes(channel.unary_unary(f"/{SERVICE}/{method}")(request, **options))


def health_of(server: Server) -> int:
    """Ask the health service."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return int(stub.Check(health_pb2.HealthCheckRequest(service=SERVICE)).status)


def test_garbage_is_an_invalid_argument_in_every_method(server: Server) -> None:
    """Never INTERNAL: fuzzing must not look like an outage."""
    for method, garbage in itertools.product(METHODS, GARBAGE):
        with pytest.raises(grpc.RpcError) as caught:
            raw_call(server, method, garbage)
        assert caught.value.code() is Code.INVALID_ARGUMENT, method
        assert dict(caught.value.trailing_metadata())["slotline-error"] == "InvalidRequest"


def test_every_method_of_the_service_is_answered(server: Server) -> None:
    """An empty request reaches a handler of ours everywhere; others are UNIMPLEMENTED."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        calls = [channel.unary_unary(f"/{SERVICE}/{method}").future(b"") for method in METHODS]
        codes = {call.code() for call in calls}
    assert codes == {Code.OK, Code.INVALID_ARGUMENT, Code.NOT_FOUND}
    with pytest.raises(grpc.RpcError) as caught:
        raw_call(server, "Nothing", b"")
    assert caught.value.code() is Code.UNIMPLEMENTED


def test_a_key_is_executed_once_and_answered_again(
    site: SlotlineClient, stub: SlotlineStub
) -> None:
    """The same bytes twice give the same reply; other content under the key is refused."""
    request = pb.AcceptRequest(
        key=new_key(), owner="acme", channel="web", placement=2,
        lines=[pb.AcceptLine(item="tea", units=3)],
    )  # fmt: skip
    first = stub.Accept(request)
    assert stub.Accept(request) == first
    assert site.atp("acme", ["tea"]).units == [97]
    request.priority = 1
    with pytest.raises(grpc.RpcError) as caught:
        stub.Accept(request)
    assert caught.value.code() is Code.ALREADY_EXISTS


def test_a_key_that_is_no_uuid_of_version_7_is_refused(stub: SlotlineStub) -> None:
    """A missing key would make a retry a second order."""
    for key in (b"", b"short", bytes(16), bytes(17)):
        with pytest.raises(grpc.RpcError) as caught:
            stub.PutName(pb.PutNameRequest(key=key, kind=1, code="acme"))
        assert caught.value.code() is Code.INVALID_ARGUMENT
        assert "UUIDv7" in caught.value.details()


def test_old_and_future_keys_are_refused_without_a_retry(stub: SlotlineStub) -> None:
    """A key beyond the horizon may have been forgotten."""
    old = b"\0" * 6 + new_key()[6:]
    with pytest.raises(grpc.RpcError) as caught:
        stub.PutName(pb.PutNameRequest(key=old, kind=1, code="acme"))
    assert caught.value.code() is Code.FAILED_PRECONDITION
    assert dict(caught.value.trailing_metadata())["slotline-error"] == "KeyExpired"


def test_an_oversized_request_is_refused_and_changes_nothing(
    site: SlotlineClient, server: Server
) -> None:
    """Beyond a single call's bound by us, beyond the message bound by gRPC."""
    before = site.get_status().sequence
    bounds = server.options.bounds
    for size in (bounds.request_bytes_max + 1, bounds.message_bytes_max + 8192):
        with pytest.raises(grpc.RpcError) as caught:
            raw_call(server, "PutName", bytes(size))
        assert caught.value.code() is Code.RESOURCE_EXHAUSTED
        assert "retry-after-ms" not in dict(caught.value.trailing_metadata())
    assert site.get_status().sequence == before


def test_a_late_call_is_refused_before_it_is_sequenced(
    site: SlotlineClient, server: Server, engine: Engine
) -> None:
    """The deadline is looked at in the writer's turn; the key stays unused."""
    before = engine.durable_sequence
    request = pb.PutNameRequest(key=new_key(), kind=1, code="late")
    engine._writer.acquire()
    try:
        with pytest.raises(grpc.RpcError) as caught:
            raw_call(server, "PutName", request.SerializeToString(), timeout=0.2)
    finally:
        engine._writer.release()
    assert caught.value.code() is Code.DEADLINE_EXCEEDED
    assert site.put_name(kind=1, code="next").name == 5
    assert engine.durable_sequence == before + 1
    assert (1, 1, b"late") not in engine.state.codes


def test_a_full_queue_is_refused_with_advice(
    stub: SlotlineStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never an unbounded queue: the caller hears when to come back."""
    monkeypatch.setattr(requests_module, "QUEUE_REQUESTS_MAX", 0)
    with pytest.raises(grpc.RpcError) as caught:
        stub.PutName(pb.PutNameRequest(key=new_key(), kind=1, code="acme"))
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    pairs = dict(caught.value.trailing_metadata())
    assert pairs["slotline-error"] == LimitReached.__name__
    assert int(pairs["retry-after-ms"]) >= 1


def test_calls_before_recovery_are_unavailable_and_health_says_so(engine: Engine) -> None:
    """A load balancer sends nothing to a server that is still reading its journal."""
    server = Server(ServerOptions(workers=4, snapshot_s=0.0))
    server.start()
    try:
        assert health_of(server) == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as caught:
            raw_call(server, "Status", b"")
        assert caught.value.code() is Code.UNAVAILABLE
        assert "recovering" in caught.value.details()
        server.open(engine)
        assert health_of(server) == health_pb2.HealthCheckResponse.SERVING
        assert pb.StatusReply.FromString(raw_call(server, "Status", b"")).catalogue_epoch == 0
    finally:
        server.close()


def test_a_failed_engine_ends_service(server: Server, engine: Engine, stub: SlotlineStub) -> None:
    """Health turns, `wait` gives the exit code, and no call is answered any more."""
    codes: list[int] = []
    waiting = threading.Thread(target=lambda: codes.append(server.wait()))
    waiting.start()
    engine.fatal = InvalidRequest("planted")
    with pytest.raises(grpc.RpcError):
        stub.PutName(pb.PutNameRequest(key=new_key(), kind=1, code="acme"))
    waiting.join(10)
    assert codes == [70]
    assert health_of(server) == health_pb2.HealthCheckResponse.NOT_SERVING


FAILING = """
import sys
from slotline.engine.errors import JournalFailed
from slotline.service.server import ServerOptions, run_server
sys.path.insert(0, sys.argv[1])
from conftest import make_engine
from pathlib import Path

def fail(server):
    server.edge.engine.fatal = JournalFailed("planted: the disk is gone")

run_server(ServerOptions(workers=4), lambda: make_engine(Path(sys.argv[2])), ready=fail)
"""


def test_a_process_whose_engine_failed_exits_with_70_and_says_why(tmp_path: Path) -> None:
    """Supervisors restart it; a person reads one clear line."""
    here = __file__.rpartition("/")[0]
    ran = subprocess.run(
        [sys.executable, "-c", FAILING, here, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 70, ran.stderr
    assert "stopping with code 70: JournalFailed: planted: the disk is gone" in ran.stderr


def test_a_taken_port_is_refused_by_name(server: Server) -> None:
    """Two servers never share a port by accident."""
    second = Server(ServerOptions(address=f"127.0.0.1:{server.port}", workers=2))
    with pytest.raises(InvalidRequest, match=f"found 127.0.0.1:{server.port}"):
        second.start()


def test_metrics_tell_calls_groups_and_the_engine(engine: Engine) -> None:
    """What a scrape gives agrees with what was done."""
    server = Server(ServerOptions(workers=4, metrics_port=0, snapshot_s=0.0))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            for code in ("acme", "bolt"):
                client.put_name(kind=1, code=code)
            with pytest.raises(InvalidRequest):
                client.put_name(kind=9, code="x")
            sequence = client.get_status().sequence
        url = f"http://127.0.0.1:{server.metrics_port}/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
    finally:
        server.close()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['slotline_calls_total{method="PutName",status="OK"}'] == "2.0"
    assert lines['slotline_calls_total{method="PutName",status="INVALID_ARGUMENT"}'] == "1.0"
    assert lines['slotline_call_seconds_count{method="PutName"}'] == "2.0"
    assert float(lines["slotline_durable_sequence"]) == sequence
    assert float(lines["slotline_group_commands_sum"]) == sequence
    assert lines["slotline_sync_seconds_count"] == lines["slotline_group_commands_count"]
    assert float(lines["slotline_sync_seconds_sum"]) > 0
    assert lines['slotline_table_rows{table="name"}'] == "2.0"
    assert lines["slotline_serving"] == "1.0"


def test_ticks_come_by_themselves_when_something_is_due(engine: Engine) -> None:
    """A promise past its time is given back without anybody asking."""
    server = Server(ServerOptions(workers=4, tick_s=0.05, snapshot_s=0.05))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            for kind, code in ((1, "acme"), (2, "web"), (4, "A")):
                client.put_name(kind=kind, code=code)
            client.put_item(client="acme", code="tea")
            client.put_location(code="A-01", zone="A")
            client.receive(item="tea", owner="acme", location="A-01", units=5)
            soon_us = client.get_status().time_us + 300_000
            made = client.promise(
                item="tea", owner="acme", channel="web", units=5, expires_us=soon_us
            )
            assert made.outcome == pb.OUTCOME_DONE
            # Every look is a call through the writer; the test's own time limit ends the loop.
            while client.get_promise(made.promise).state != pb.PROMISE_STATE_EXPIRED:
                assert client.get_status().time_us < soon_us + 30_000_000
            assert client.atp("acme", ["tea"]).units == [5]
    finally:
        server.close()


def test_writes_are_refused_below_the_reserve_and_reads_go_on(
    tmp_path: Path, create: Callable[[Path], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the file system really has free; with room again writes go on by themselves."""
    monkeypatch.setattr(writer, "LOW_DISK_CHECK_GROUPS", 1)
    monkeypatch.setattr(writer, "LOW_DISK_RESERVE_BYTES", 0)
    server = Server(ServerOptions(workers=4, snapshot_s=0.0))
    server.start()
    server.open(create(tmp_path / "store"))
    try:
        with (
            SlotlineClient(f"127.0.0.1:{server.port}") as client,
            grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
        ):
            stub = slotline_pb2_grpc.SlotlineStub(channel)
            client.put_name(kind=1, code="acme")
            free = shutil.disk_usage(tmp_path).free
            monkeypatch.setattr(writer, "LOW_DISK_RESERVE_BYTES", free + 2**40)
            # The group in which it is noticed is still written: the reserve is for that.
            client.put_name(kind=2, code="web")
            request = pb.PutNameRequest(key=new_key(), kind=3, code="count")
            with pytest.raises(grpc.RpcError) as caught:
                stub.PutName(request)
            assert caught.value.code() is Code.RESOURCE_EXHAUSTED
            assert "reserve of free space" in caught.value.details()
            assert dict(caught.value.trailing_metadata())["retry-after-ms"] == "5000"
            status = client.get_status()
            assert (status.sequence, status.low_disk) == (2, True)
            assert client.resolve("name", ["web"], kind=2)[0].tolist() == [1]
            monkeypatch.setattr(writer, "LOW_DISK_RESERVE_BYTES", 0)
            # The refusal has not used up the key.
            assert stub.PutName(request).sequence == 3
            assert not client.get_status().low_disk
    finally:
        server.close()


def test_scrubs_come_by_themselves_and_are_told(engine: Engine) -> None:
    """Slice by slice between the calls; the metrics say when the last was and how long it took."""
    server = Server(ServerOptions(workers=4, snapshot_s=0.0, scrub_s=0.01, metrics_port=0))
    server.start()
    server.open(engine)
    url = f"http://127.0.0.1:{server.metrics_port}/metrics"
    lines: dict[str, str] = {}
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            begin_us = client.put_name(kind=1, code="acme").time_us
            # Every look is a call through the writer; the test's own time limit ends the loop.
            while lines.get("slotline_scrubs_total", "0.0") == "0.0":
                assert client.get_status().time_us < begin_us + 30_000_000
                client.tick()
                with urllib.request.urlopen(url) as answer:
                    text = answer.read().decode()
                found = (line for line in text.splitlines() if not line.startswith("#"))
                lines = dict(line.rsplit(" ", 1) for line in found)
    finally:
        server.close()
    assert float(lines["slotline_last_scrub_timestamp_seconds"]) * 1e6 >= begin_us
    assert 0 < float(lines["slotline_last_scrub_seconds"]) < 60


def test_a_scrub_that_finds_something_stops_the_server(engine: Engine) -> None:
    """Nothing may be answered from a state that contradicts itself: exit code 70."""
    server = Server(ServerOptions(workers=4, snapshot_s=0.0, scrub_s=0.01))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            client.put_name(kind=1, code="acme")
            client.put_item(client="acme", code="tea")
            engine.read(lambda state: state.item.received_units.__setitem__(0, 5))
            assert server.wait() == EXIT_FATAL
            assert isinstance(engine.fatal, InvariantBroken)
            with pytest.raises(InvariantBroken, match="on hand units of item 0: found 0, expec"):
                client.put_name(kind=1, code="bolt")
    finally:
        server.close()


def test_a_snapshot_that_cannot_be_written_is_told_and_tried_again(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Silence would let the journal grow for ever; once the obstacle is gone, it goes on."""
    server = Server(ServerOptions(workers=4, snapshot_s=0.01, scrub_s=0.0))
    obstacle = tmp_path / "store" / "snapshots"
    if obstacle.exists():
        obstacle.rmdir()
    obstacle.touch()
    server.start()
    server.open(engine)
    metrics = server.metrics
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            begin_us = client.put_name(kind=1, code="acme").time_us
            # Every look is a call through the writer; the test's own time limit ends the loop.
            while metrics.upkeep_failures["snapshot"] < 2:
                assert client.get_status().time_us < begin_us + 30_000_000
                client.tick()
            obstacle.unlink()
            while not metrics.snapshot_end_us:
                assert client.get_status().time_us < begin_us + 30_000_000
                client.tick()
    finally:
        server.close()
    assert "snapshot failed: " in caplog.text
    assert list(obstacle.glob("*.manifest"))


def test_every_command_is_measured_under_its_own_name(server: Server) -> None:
    """Dashboards list the methods before the first call."""
    assert {wire.method for wire in wire_commands()} <= set(server.metrics.methods)
    assert make_batch("tick", {}).count == 1


def test_every_option_of_the_channel_is_one_that_grpc_knows() -> None:
    """It ignores others without a word: pings of idle watchers were refused for a wrong name."""
    library = Path(cygrpc.__file__).read_bytes()
    for name, _ in [*channel_options(ServerOptions()), *CHANNEL_OPTIONS]:
        assert name.encode() + b"\0" in library, name
