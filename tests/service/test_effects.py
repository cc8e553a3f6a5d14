"""Effects from the journal to a worker: order, redelivery, cursors. Real servers on loopback."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from slotline.engine.effects import EffectKind, EntityKind
from slotline.engine.errors import InvalidRequest, StaleVersion, StoreMismatch
from slotline.engine.schema import NameKind
from slotline.service.client import SlotlineClient
from slotline.service.effect_worker import EffectPolicy, EffectWorker
from slotline.service.outbox import FILE_NAME, Outbox
from slotline.service.server import Server, ServerOptions
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slotline.engine.engine import Engine

QUICK = EffectPolicy(attempts_max=3, pause_min_s=0.001, pause_max_s=0.002, ack_s=0.0)
ORDERS = (EffectKind.ORDER_ACCEPTED, EffectKind.ORDER_CANCELLED, EffectKind.ORDER_SHIPPED)

SERVING = """
import sys
sys.path.insert(0, sys.argv[1])
from conftest import make_engine, open_engine
from pathlib import Path
from slotline.service.server import ServerOptions, run_server

def ready(server):
    print(server.port, flush=True)

path = Path(sys.argv[2])
opening = open_engine if path.exists() else make_engine
run_server(ServerOptions(workers=4, snapshot_s=0.0), lambda: opening(path), ready=ready)
"""


def accept(site: SlotlineClient, code: str, units: int = 1) -> int:
    """Accept an order; give its number."""
    return site.accept(channel="web", owner="acme", code=code, lines=[("tea", units)]).order


def start(path: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server process over a store; give it and its port."""
    here = __file__.rpartition("/")[0]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVING, here, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a server process as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def prepare(client: SlotlineClient) -> None:
    """Make a site with 100 units of tea."""
    for kind, code in ((1, "acme"), (2, "web"), (4, "A")):
        client.put_name(kind=kind, code=code)
    client.put_location(code="A-01", zone="A", role=1)
    client.put_item(client="acme", code="tea")
    client.receive(item="tea", owner="acme", location="A-01", units=100)


def test_an_order_reaches_its_endpoint_after_a_kill_and_is_acknowledged_once(
    tmp_path: Path,
) -> None:
    """Accepted, killed, restarted, delivered, acknowledged, killed, and never delivered again."""
    path = tmp_path / "store"
    seen: list[str] = []
    for turn in range(3):
        process, port = start(path)
        with SlotlineClient(f"127.0.0.1:{port}") as client:
            if turn == 0:
                prepare(client)
                accept(client, "web-1")
            else:
                worker = EffectWorker(
                    client, "erp", lambda effect: seen.append(effect.code), kinds=ORDERS
                )
                worker.run(until_idle=True)
                status = client.list_endpoints()
                assert [one.sequence for one in status.endpoints] == [status.sequence]
        kill(process)
    assert seen == ["web-1"]


def test_what_was_not_acknowledged_is_delivered_again_after_a_kill(tmp_path: Path) -> None:
    """The worker lives on and remembers what it took: its handler is called once each."""
    path = tmp_path / "store"
    process, port = start(path)
    with SlotlineClient(f"127.0.0.1:{port}") as client:
        prepare(client)
        for number in range(5):
            accept(client, f"web-{number}")
        call = client.open_effects("erp", kinds=ORDERS)
        first = [effect.code for reply in call for effect in reply.effects]
    kill(process)
    process, port = start(path)
    with SlotlineClient(f"127.0.0.1:{port}") as client:
        again = [
            effect.code
            for reply in client.open_effects("erp", kinds=ORDERS)
            for effect in reply.effects
        ]
    kill(process)
    assert first == again == [f"web-{number}" for number in range(5)]


def test_effects_tell_what_happened_in_order_with_codes(
    site: SlotlineClient, server: Server
) -> None:
    """Commands and what their after-images show, with codes, lines, who did it and the outcome."""
    site.put_name(kind=NameKind.ACTOR, code="anna")
    before = site.get_status().sequence
    with SlotlineClient(f"127.0.0.1:{server.port}", actor="anna") as anna:
        order = accept(anna, "web-1", 3)
    site.cancel(order=order)
    # Refused: changes nothing, and nobody outside need hear of it.
    assert site.cancel(order=order).outcome == pb.OUTCOME_WRONG_STATE
    site.receive(item="salt", owner="acme", location="A-02", units=7)
    found = list(site.effects(before))
    kinds = [EffectKind(effect.kind).name for effect in found]
    assert kinds == [
        "ORDER_ACCEPTED",
        "AVAILABLE_CHANGED",
        "ORDER_CANCELLED",
        "AVAILABLE_CHANGED",
        "RECEIPT_POSTED",
        "AVAILABLE_CHANGED",
    ]
    assert [effect.sequence - before for effect in found] == [1, 1, 2, 2, 4, 4]
    accepted, available, cancelled, _, receipt, _ = found
    assert (accepted.scope, accepted.code, accepted.entity) == ("web", "web-1", order)
    assert (accepted.actor, cancelled.actor, accepted.tenant) == ("anna", "", "")
    assert accepted.entity_kind == cancelled.entity_kind == EntityKind.ORDER
    assert [(line.client, line.item, line.units) for line in accepted.lines] == [("acme", "tea", 3)]
    assert (available.scope, available.code) == ("acme", "tea")
    assert (cancelled.scope, cancelled.code, cancelled.entity) == ("web", "web-1", order)
    values = {value.name: value.text or value.number for value in receipt.values}
    assert (values["item"], values["owner"], values["location"], values["units"]) == (
        "salt",
        "acme",
        "A-02",
        7,
    )


def test_promises_that_expire_or_break_are_effects(site: SlotlineClient) -> None:
    """No command names them: they are read from the after-images of a tick and an adjustment."""
    now_us = site.get_status().time_us
    kept = site.promise(
        item="tea", owner="acme", channel="web", units=60, expires_us=now_us + 10**12
    ).promise
    before = site.get_status().sequence
    stock = site.get_stock(client="acme", item="tea").rows[0].stock
    site.adjust(stock=stock, delta_units=-50, reason="count")
    kinds = (EffectKind.PROMISE_BROKEN, EffectKind.PROMISE_EXPIRED)
    found = [(effect.kind, effect.entity) for effect in site.effects(before, kinds=kinds)]
    assert found == [(EffectKind.PROMISE_BROKEN, kept)]


def test_the_cursor_never_passes_an_effect_that_is_not_taken(site: SlotlineClient) -> None:
    """A later effect of another order is taken meanwhile, yet the cursor waits."""
    first, second = accept(site, "web-1"), accept(site, "web-2")
    cursors: list[int] = []
    taken: list[int] = []
    sequences: dict[int, int] = {}

    def handle(effect: Any) -> None:
        sequences[effect.entity] = effect.sequence
        cursors.append(site.list_endpoints().endpoints[0].sequence)
        if effect.entity == first and second not in taken:
            raise RuntimeError("not yet")
        taken.append(effect.entity)

    policy = EffectPolicy(attempts_max=50, pause_min_s=0.01, pause_max_s=0.01, ack_s=0.0)
    EffectWorker(site, "erp", handle, kinds=ORDERS, policy=policy).run(until_idle=True)
    assert taken == [second, first]
    assert max(cursors) < sequences[first]
    status = site.list_endpoints()
    assert status.endpoints[0].sequence == status.sequence


def test_effects_come_from_the_archive_when_the_journal_was_trimmed(
    engine: Engine, site: SlotlineClient
) -> None:
    """Trimming does not wait for endpoints: what it gives up is archived, and read from there."""
    codes = [f"web-{number}" for number in range(40)]
    for code in codes:
        accept(site, code)
    # Fill segments of 4 MB with bulk messages.
    rows = [{"kind": int(NameKind.REASON), "code": "count"}] * 20_000
    while len(engine.journal.live_segments()) < 3:
        for _ in site.send_all("put_name", rows, size=20_000):
            pass
    engine.journal.archive_sealed()
    for _ in range(2):
        site.put_name(kind=NameKind.REASON, code="count")
        engine.snapshot()
    assert engine.journal.first_live_sequence > 100
    found: list[str] = []
    EffectWorker(site, "erp", lambda effect: found.append(effect.code), kinds=ORDERS).run(
        until_idle=True
    )
    assert found == codes


def test_a_follower_gets_what_happens_later(site: SlotlineClient) -> None:
    """The stream stays open; a filter lets other kinds through to the cursor only."""
    seen: list[str] = []
    call = site.open_effects("erp", kinds=[EffectKind.ORDER_ACCEPTED], follow=True)
    accept(site, "web-1")
    for reply in call:
        seen += [effect.code for effect in reply.effects]
        if seen:
            break
    accept(site, "web-2")
    for reply in call:
        seen += [effect.code for effect in reply.effects]
        if len(seen) == 2:
            break
    call.cancel()
    assert seen == ["web-1", "web-2"]


def test_a_newer_worker_takes_an_endpoint_over(site: SlotlineClient) -> None:
    """Two at once could acknowledge what the other has not taken: the older one is ended."""
    old = site.open_effects("erp", follow=True)
    next(old)
    list(site.open_effects("erp"))
    with pytest.raises(grpc.RpcError) as caught:
        list(old)
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert dict(caught.value.trailing_metadata())["slotline-error"] == StaleVersion.__name__


def test_a_cursor_goes_forward_only_and_never_beyond_what_is_durable(
    site: SlotlineClient,
) -> None:
    """An old acknowledgement that comes late changes nothing."""
    list(site.open_effects("erp"))
    durable = site.get_status().sequence
    assert site.ack_effects("erp", durable) == durable
    assert site.ack_effects("erp", 1) == durable
    with pytest.raises(InvalidRequest, match="sequence"):
        site.ack_effects("erp", durable + 1)


def test_a_store_of_before_has_no_endpoints_and_a_foreign_file_is_refused(
    tmp_path: Path,
    create: Callable[[Path], Engine],
    reopen: Callable[[Path], Engine],
) -> None:
    """The file is made when it is missing; cursors of another store would skip effects."""
    path = tmp_path / "store"
    create(path).close()
    assert not (path / FILE_NAME).exists()
    server = Server(ServerOptions(workers=2, snapshot_s=0.0))
    server.start()
    server.open(reopen(path))
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            assert list(client.list_endpoints().endpoints) == []
    finally:
        server.close()
    assert (path / FILE_NAME).exists()
    with pytest.raises(StoreMismatch, match="found that of store"):
        Outbox(str(path), bytes(16), 0)
