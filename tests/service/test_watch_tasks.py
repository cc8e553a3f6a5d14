"""What a worker holds, pushed: every change, nothing missed over reconnects, streams that end."""

from __future__ import annotations

import threading
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from slotline.engine.engine import Engine
from slotline.engine.errors import LimitReached, PeerUnavailable, UnknownEntity
from slotline.engine.limits import SMALL
from slotline.engine.schema import NameKind
from slotline.engine.store import FileStore
from slotline.service.calls import Bounds
from slotline.service.client import RetryPolicy, SlotlineClient
from slotline.service.clock import SystemClock
from slotline.service.server import Server, ServerOptions
from slotline.service.v1 import slotline_pb2 as pb
from slotline.service.watch_tasks import Held, copy_held
from slotline.service.watching import TASK, Watch, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from slotline.engine.state import State

WAIT_S = 20.0
HOUR_US = 3_600_000_000


class Listener:
    """Reads a stream in a thread; messages are asked for one by one, with a time limit."""

    def __init__(self, messages: Iterable[Any]) -> None:
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(messages,), daemon=True)
        self._thread.start()

    def _read(self, messages: Iterable[Any]) -> None:
        try:
            for message in messages:
                self._queue.put(message)
        except Exception as error:  # handed to whoever asks for the next message
            self._queue.put(error)

    def next(self) -> Any:
        """Give the next message, or raise what ended the stream."""
        found = self._queue.get(timeout=WAIT_S)
        if isinstance(found, Exception):
            raise found
        return found

    def until(self, is_wanted: Callable[[Any], bool]) -> Any:
        """Give the first message that is wanted; changes in quick succession may be one message."""
        while not is_wanted(found := self.next()):
            continue
        return found


def tasks(message: pb.WatchTasksReply) -> list[int]:
    """Numbers of the tasks that a message shows, in its order."""
    return [one.task for one in message.tasks]


@pytest.fixture
def floor(site: SlotlineClient) -> SlotlineClient:
    """Return a client of a site with two workers and a reason."""
    for code in ("ann", "bob"):
        site.put_worker(code=code)
    return site


def plan(floor: SlotlineClient, count: int = 2) -> tuple[int, list[int]]:
    """Release a batch of orders of one unit each; give its number and its tasks."""
    batch, found = floor.open_batch().batch, []
    for position in range(count):
        order = floor.accept(channel="web", owner="acme", placement=2, lines=[("tea", 1)]).order
        (line,) = floor.get_order(order).lines
        added = floor.add_pick(
            batch=batch,
            order=order,
            allocation=line.allocations[0].allocation,
            units=1,
            tour_position=position,
        )
        found.append(added.task)
    floor.release_batch(batch=batch)
    return batch, found


def test_a_watcher_sees_every_change_of_what_its_worker_holds(floor: SlotlineClient) -> None:
    """Claimed, tote, re-routed, confirmed, dropped, paused, resumed, given away: one by one."""
    call = floor.open_watch_tasks("ann")
    seen = Listener(call)
    assert not seen.next().HasField("batch")
    batch, (first, second) = plan(floor)
    claimed = floor.claim_batch(worker="ann", batch=batch)
    message = seen.next()
    assert (message.batch.batch, tasks(message)) == (batch, [first, second])
    assert message.sequence >= claimed.sequence
    assert [(one.location, one.item, one.units) for one in message.tasks] == [
        ("A-01", "tea", 1)
    ] * 2
    floor.assign_tote(worker="ann", batch=batch, slot=0, handling_unit="tote-1")
    message = seen.next()
    assert [one.handling_unit for one in message.totes] == ["tote-1"]
    assert [one.tote for one in message.tasks] == ["tote-1", "tote-1"]
    floor.route_task(task=first, tour_position=9)
    assert tasks(seen.next()) == [second, first]
    floor.confirm_task(worker="ann", task=second, units=1)
    assert tasks(seen.next()) == [first]
    floor.move(stock=0, units=99, location="A-02")
    assert [one.location for one in seen.next().tasks] == ["A-02"]
    floor.pause_batch(worker="ann", batch=batch)
    assert not seen.next().HasField("batch")
    floor.resume_batch(worker="ann", batch=batch)
    assert tasks(seen.next()) == [first]
    floor.reassign_batch(batch=batch, worker="bob")
    assert not seen.next().HasField("batch")
    call.cancel()
    with pytest.raises(grpc.RpcError):
        seen.next()


def test_tasks_that_join_or_leave_a_batch_are_shown(floor: SlotlineClient) -> None:
    """An order that is cancelled takes its task away; a short pick adds one elsewhere."""
    floor.receive(item="tea", owner="acme", location="A-02", units=10)
    batch, found = plan(floor, 3)
    floor.claim_batch(worker="ann", batch=batch)
    seen = Listener(floor.open_watch_tasks("ann"))
    message = seen.next()
    assert tasks(message) == found
    floor.cancel(order=message.tasks[1].order)
    assert tasks(seen.next()) == [found[0], found[2]]
    floor.short_task(worker="ann", task=found[0], found_units=0, reason="count")
    message = seen.next()
    assert [(one.location, one.units) for one in message.tasks] == [("A-01", 1), ("A-02", 1)]
    floor.drop_task(task=found[2])
    assert len(seen.next().tasks) == 1


def test_nobody_is_told_what_does_not_concern_them(floor: SlotlineClient) -> None:
    """The other worker's batch, other goods and mere receipts make no message."""
    _, found = plan(floor, 1)
    floor.claim_batch(worker="ann")
    seen = Listener(floor.open_watch_tasks("ann"))
    seen.next()
    other, its = plan(floor, 1)
    floor.claim_batch(worker="bob", batch=other)
    floor.confirm_task(worker="bob", task=its[0], units=1, handling_unit="tote-1")
    floor.receive(item="salt", owner="acme", location="A-02", units=10)
    floor.route_task(task=found[0], tour_position=77)
    assert [one.tour_position for one in seen.next().tasks] == [77]


def test_a_lease_that_ends_is_taken_and_shown(engine: Engine) -> None:
    """By a tick that comes by itself when a lease is over."""
    server = Server(ServerOptions(workers=4, tick_s=0.05, snapshot_s=0.0))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            client.put_name(kind=NameKind.CLIENT, code="acme")
            client.put_name(kind=NameKind.ZONE, code="A")
            client.put_item(client="acme", code="tea")
            client.put_location(code="A-01", zone="A")
            client.put_location(code="A-02", zone="A")
            client.receive(item="tea", owner="acme", location="A-01", units=5)
            client.put_worker(code="ann")
            batch = client.open_batch().batch
            client.add_move(batch=batch, stock=0, units=1, location="A-02", tour_position=0)
            client.release_batch(batch=batch)
            seen = Listener(client.open_watch_tasks("ann"))
            assert not seen.next().HasField("batch")
            client.claim_batch(worker="ann", lease_us=500_000)
            assert seen.next().batch.batch == batch
            assert not seen.next().HasField("batch")
            assert client.get_batch(batch).batch.state == pb.BATCH_STATE_RELEASED
    finally:
        server.close()


def test_a_client_that_lost_its_server_is_shown_what_it_missed(
    tmp_path: Path, create: Callable[[Path], Engine], reopen: Callable[[Path], Engine]
) -> None:
    """The stream ends when the server stops, at once; the iterator goes on with the next server."""
    path = tmp_path / "store"
    first = Server(ServerOptions(workers=4, snapshot_s=0.0, grace_s=60.0))
    first.start()
    first.open(create(path))
    policy = RetryPolicy(timeout_s=WAIT_S, attempt_timeout_s=5.0)
    address = f"127.0.0.1:{first.port}"
    with SlotlineClient(address, policy) as client:
        client.put_worker(code="ann")
        seen = Listener(client.watch_tasks("ann"))
        assert not seen.next().HasField("batch")
        raw = Listener(client.open_watch_tasks("ann"))
        raw.next()
        first.close()
        with pytest.raises(grpc.RpcError) as ended:
            raw.next()
        assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
        second = Server(ServerOptions(address=address, workers=4, snapshot_s=0.0))
        second.start()
        second.open(reopen(path))
        try:
            assert seen.next().sequence == client.get_status().sequence
            client.open_batch()
        finally:
            second.close()


def test_streams_are_bounded_and_a_slot_comes_free_when_one_is_cancelled(engine: Engine) -> None:
    """One more than the bound is refused by name."""
    server = Server(ServerOptions(workers=4, snapshot_s=0.0, bounds=Bounds(watch_streams_max=1)))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}", RetryPolicy(timeout_s=0.0)) as client:
            client.put_worker(code="ann", timeout_s=WAIT_S)
            call = client.open_watch_tasks("ann")
            next(call)
            with pytest.raises(LimitReached, match="found 1 open streams, expected fewer than 1"):
                next(client.watch_tasks("ann"))
            call.cancel()
        patient = RetryPolicy(timeout_s=WAIT_S)
        with SlotlineClient(f"127.0.0.1:{server.port}", patient) as client:
            assert not next(client.watch_tasks("ann")).HasField("batch")
            with pytest.raises(UnknownEntity, match="worker: found code 'eve'"):
                next(client.watch_tasks("eve"))
    finally:
        server.close()


def test_a_server_that_is_not_there_ends_the_iterator(floor: SlotlineClient) -> None:
    """Once the policy's time is over."""
    del floor
    with (
        SlotlineClient("127.0.0.1:1", RetryPolicy(timeout_s=0.2)) as nobody,
        pytest.raises(PeerUnavailable),
    ):
        next(nobody.watch_tasks("ann"))


def test_a_hundred_changes_end_in_one_truth(floor: SlotlineClient) -> None:
    """Changes in bulk may be shown as one; what is shown last is how things stand."""
    batch, found = plan(floor, 40)
    floor.claim_batch(worker="ann", batch=batch)
    floor.assign_tote(worker="ann", batch=batch, slot=0, handling_unit="tote-1")
    listeners: Iterator[Listener] = (Listener(floor.open_watch_tasks("ann")) for _ in range(3))
    seen = list(listeners)
    for one in seen:
        one.until(lambda message: len(message.tasks) == 40)
    for task in found[:20]:
        floor.confirm_task(worker="ann", task=task, units=1)
    floor.bulk_confirm_task({"worker": "ann", "task": found[20:39], "units": 1})
    for one in seen:
        last = one.until(lambda message: len(message.tasks) == 1)
        assert tasks(last) == [found[39]]
        assert last.batch.live_tasks == 1


def test_changes_while_a_stream_rests_are_one_message(
    floor: SlotlineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is shown at once; of those behind it only what they come to."""
    rested = threading.Semaphore(0)

    def rest(watcher: Watcher, interval_us: int) -> None:
        del watcher, interval_us
        rested.acquire(timeout=WAIT_S)

    monkeypatch.setattr(Watcher, "rest", rest)
    batch, (first, second) = plan(floor)
    floor.claim_batch(worker="ann", batch=batch)
    call = floor.open_watch_tasks("ann")
    seen = Listener(call)
    before = seen.next()
    assert [one.tour_position for one in before.tasks] == [0, 1]
    for position in range(2, 22):
        floor.route_task(task=first, tour_position=position)
    rested.release()
    after = seen.next()
    assert [(one.task, one.tour_position) for one in after.tasks] == [(second, 1), (first, 21)]
    assert after.tasks[0] == before.tasks[1]
    assert list(after.tasks) == list(floor.get_batch(batch).tasks)
    call.cancel()
    rested.release(2)


def test_a_rest_ends_at_once_when_the_caller_goes_or_the_server_stops(engine: Engine) -> None:
    """With rests of an hour: the slot of a cancelled stream comes free, and the server closes."""
    bounds = Bounds(watch_streams_max=1, watch_interval_us=HOUR_US)
    server = Server(ServerOptions(workers=4, snapshot_s=0.0, grace_s=HOUR_US / 1e6, bounds=bounds))
    server.start()
    server.open(engine)
    closing = threading.Thread(target=server.close, daemon=True)
    with SlotlineClient(f"127.0.0.1:{server.port}", RetryPolicy(timeout_s=WAIT_S)) as client:
        client.put_worker(code="ann")
        call = client.open_watch_tasks("ann")
        assert not next(call).HasField("batch")
        call.cancel()
        shown = client.watch_tasks("ann")
        assert not next(shown).HasField("batch")
        closing.start()
        closing.join(WAIT_S)
        assert not closing.is_alive()


def test_a_task_whose_row_is_taken_over_by_another_batch_wakes(tmp_path: Path) -> None:
    """Within one group: once that is told of, the row names the other batch only."""
    engine = Engine.create(
        FileStore(tmp_path / "store"),
        SystemClock(),
        "dc1",
        store_id=bytes(range(16)),
        capacity=replace(SMALL, task=1),
        segment_bytes=4 * 1024 * 1024,
    )
    server = Server(ServerOptions(workers=4, snapshot_s=0.0))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}", RetryPolicy(timeout_s=WAIT_S)) as client:
            client.put_name(kind=NameKind.CLIENT, code="acme")
            client.put_name(kind=NameKind.ZONE, code="A")
            client.put_item(client="acme", code="tea")
            for code in ("A-01", "A-02"):
                client.put_location(code=code, zone="A")
            client.receive(item="tea", owner="acme", location="A-01", units=5)
            worker = client.put_worker(code="ann").worker
            its, other = client.open_batch().batch, client.open_batch().batch
            task = client.add_move(batch=its, stock=0, units=1, location="A-02").task
            client.release_batch(batch=its)
            client.claim_batch(worker="ann", batch=its)
            watch = Watch()
            watcher = watch.open(worker)

            def look(state: State) -> Held:
                held, rows = copy_held(state, worker)
                watch.show(watcher, rows)
                return held

            held, _ = engine.read(look)
            assert [one.number for one in held.tasks] == [task]
            client.drop_task(task=task)
            client.add_move(batch=other, stock=0, units=1, location="A-02")

            def publish(state: State) -> int:
                watch.published(state, {TASK: {0: None}})
                return int(state.task.batch[0])

            assert engine.read(publish)[0] == other
            woken = threading.Thread(target=watcher.wait, daemon=True)
            woken.start()
            woken.join(WAIT_S)
            assert not woken.is_alive()
    finally:
        server.close()
