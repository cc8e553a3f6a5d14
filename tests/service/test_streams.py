"""Bulk messages and streams against a real server."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest, LimitReached, PeerUnavailable, UnknownEntity
from slotline.service.calls import Bounds
from slotline.service.client import Bulk, RetryPolicy, SlotlineClient, batches
from slotline.service.client_bulk import encode
from slotline.service.client_stream import WindowedStream
from slotline.service.joined import (
    JOINED_ANSWERS,
    JOINED_BYTES_MAX,
    JOINED_MESSAGES_MAX,
    join_columns,
    joined,
    split_answers,
)
from slotline.service.server import SERVICE, Server, ServerOptions
from slotline.service.streams import Flight
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from slotline.engine.engine import Engine


def orders(count: int, units: int = 1, item: str = "tea") -> Bulk:
    """Give a message of orders of one line each."""
    columns = {"owner": "acme", "channel": "web", "placement": 1, "policy": 0, "line_count": 1}
    reference = {"reference": list(range(count))}
    return Bulk("accept", {**columns, **reference}, {"item": item, "units": [units] * count})


def raw_stream(
    server: Server, messages: list[bytes], metadata: tuple[tuple[str, str], ...] = ()
) -> list[pb.BulkReply]:
    """Send raw messages over one stream and give all replies."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = channel.stream_stream(f"/{SERVICE}/BulkStream")(iter(messages), metadata=metadata)
        return [pb.BulkReply.FromString(answer) for answer in call]


def served(engine: Engine, port: int = 0) -> Server:
    """Serve an engine; calls are cut off at once when the server is closed."""
    options = ServerOptions(address=f"127.0.0.1:{port}", workers=8, snapshot_s=0.0, grace_s=0.0)
    server = Server(options)
    server.start()
    server.open(engine)
    return server


@contextmanager
def held_until(engine: Engine, count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the writer busy until so many messages have been looked at."""
    began, let_go = threading.Event(), threading.Event()
    enqueue, seen = engine.enqueue, []

    def counted(*arguments: Any, **options: Any) -> Any:
        try:
            return enqueue(*arguments, **options)
        finally:
            seen.append(None)
            if len(seen) == count:
                let_go.set()

    def hold(_state: object) -> None:
        began.set()
        assert let_go.wait(30)

    monkeypatch.setattr(engine, "enqueue", counted)
    holder = threading.Thread(target=engine.read, args=(hold,))
    holder.start()
    assert began.wait(30)
    try:
        yield
    finally:
        let_go.set()
        holder.join()


def test_bulk_orders_are_served_in_their_order(site: SlotlineClient) -> None:
    """100 units for 70 orders of 2: the first 50 get them, the others hear that it is short."""
    result = site.bulk(orders(70, units=2))
    assert result.outcome["outcome"].tolist() == [0] * 50 + [2] * 20
    assert result.line_outcome["allocated_units"].tolist() == [2] * 50 + [0] * 20
    assert result.sequence == site.get_status().sequence
    assert site.atp("acme", ["tea"]).units == [0]


def test_a_bulk_message_is_executed_once(site: SlotlineClient) -> None:
    """The same message again gives the same arrays from the journal."""
    message = orders(10)
    first, second = site.bulk(message), site.bulk(message)
    assert (first.sequence, first.time_us) == (second.sequence, second.time_us)
    for name, column in first.outcome.items():
        np.testing.assert_array_equal(second.outcome[name], column)
    assert site.atp("acme", ["tea"]).units == [90]


def test_a_stream_answers_every_message_in_order(site: SlotlineClient) -> None:
    """More messages than the window; sequences rise; nothing is lost or doubled."""
    results = list(site.stream((orders(3) for _ in range(40)), window=8))
    assert len(results) == 40
    sequences = [result.sequence for result in results]
    assert sequences == list(range(sequences[0], sequences[0] + 120, 3))
    served = np.concatenate([result.outcome["outcome"] for result in results])
    assert served.tolist() == [0] * 100 + [2] * 20


def test_kinds_may_be_mixed_in_one_stream(site: SlotlineClient) -> None:
    """Promise, accept, pick and whatever else, each seeing what went before."""
    now_us = site.get_status().time_us
    promise = Bulk(
        "promise",
        {"item": "tea", "owner": "acme", "channel": "web", "units": [5, 96],
         "expires_us": now_us + 60_000_000},
    )  # fmt: skip
    made, taken = site.stream([promise, orders(1, units=96)])
    assert made.outcome["outcome"].tolist() == [0, 2]
    assert made.outcome["available_units"].tolist() == [95, 95]
    assert taken.outcome["outcome"].tolist() == [2]


def test_picks_go_through_the_stream_by_refs_from_the_pick_list(site: SlotlineClient) -> None:
    """Codes of handling units are resolved by the client."""
    order = site.accept(channel="web", owner="acme", placement=2, lines=[("tea", 4)])
    site.release(order=order.order, wave=7)
    (line,) = site.get_order(order.order).lines
    (place,) = line.allocations
    assert (place.location, place.units, place.wave) == ("A-01", 4, 7)
    pick = Bulk(
        "pick",
        {"order": order.order, "allocation": place.allocation, "units": 4,
         "handling_unit": "tote-1"},
    )  # fmt: skip
    (result,) = site.stream([pick])
    assert result.outcome["outcome"].tolist() == [0]
    (row,) = site.get_stock(handling_unit="tote-1").rows
    assert (row.item, row.on_hand_units, row.allocated_units) == ("tea", 4, 4)
    assert [entry.stock for entry in site.get_stock(location="A-03").rows] == [row.stock]


def test_a_refused_message_does_not_end_the_stream(site: SlotlineClient, server: Server) -> None:
    """Garbage, an old epoch and a bad column are failures of their own messages only."""
    good = encode(orders(2), site.catalogue)
    stale = pb.Columns.FromString(encode(orders(2), site.catalogue))
    stale.catalogue_epoch += 5
    bad = pb.Columns.FromString(encode(orders(2), site.catalogue))
    bad.columns.pop()
    replies = raw_stream(
        server, [good, b"\xff" * 20, stale.SerializeToString(), bad.SerializeToString(), good]
    )
    numbers = [reply.failure.code for reply in replies]
    assert numbers == [0, *(code.value[0] for code in (
        grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ABORTED,
        grpc.StatusCode.INVALID_ARGUMENT)), 0]  # fmt: skip
    assert replies[2].failure.name == "StaleVersion"
    assert replies[0].sequence == replies[4].sequence


@pytest.mark.parametrize("is_joined", [True, False])
def test_answers_that_are_durable_together_are_joined_for_those_who_ask(
    is_joined: bool,
    site: SlotlineClient,
    server: Server,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Six messages wait for one group commit, a refused one among them: one reply, or six."""
    stale = pb.Columns.FromString(encode(orders(1), site.catalogue))
    stale.catalogue_epoch += 5
    messages = [encode(orders(count), site.catalogue) for count in (1, 2, 3, 4, 5)]
    messages.insert(3, stale.SerializeToString())
    metadata = (JOINED_ANSWERS,) if is_joined else ()
    with held_until(engine, 6, monkeypatch):
        replies = raw_stream(server, messages, metadata)
    assert [len(reply.joined) for reply in replies] == ([6] if is_joined else [0] * 6)
    answers = [answer for reply in replies for answer in split_answers(reply)]
    assert [answer.failure.name for answer in answers] == ["", "", "", "StaleVersion", "", ""]
    good = answers[:3] + answers[4:]
    assert [len(answer.outcome[0]) for answer in good] == [1, 2, 3, 4, 5]
    assert [answer.sequence for answer in good] == [
        good[0].sequence + behind for behind in (0, 2, 5, 9, 14)
    ]


def test_joined_answers_are_cut_by_their_size(
    site: SlotlineClient, server: Server, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is larger than the bound."""
    messages = [encode(orders(3), site.catalogue) for _ in range(6)]
    single = len(raw_stream(server, messages[:1])[0].SerializeToString())
    monkeypatch.setattr("slotline.service.joined.JOINED_BYTES_MAX", 2 * single)
    with held_until(engine, 5, monkeypatch):
        replies = raw_stream(server, messages[1:], (JOINED_ANSWERS,))
    assert [len(reply.joined) for reply in replies] == [2, 2, 0]


def test_messages_that_come_in_one_are_answered_each(site: SlotlineClient, server: Server) -> None:
    """In their order; garbage among them, and one that carries others again, are refused alone."""
    good = [encode(orders(count), site.catalogue) for count in (1, 2, 3)]
    message = join_columns([b"\xff" * 9, good[0], good[1], join_columns(good[:2]), good[2]])
    answers = raw_stream(server, [message, good[0]])
    assert [answer.failure.name for answer in answers] == [
        "InvalidRequest", "", "", "InvalidRequest", "", "",
    ]  # fmt: skip
    assert "found 2 messages in this one, expected none" in answers[3].failure.message
    assert [len(answer.outcome[0]) for answer in answers if not answer.failure.code] == [1, 2, 3, 1]
    assert answers[5].sequence == answers[1].sequence


def test_what_carries_too_many_or_holds_something_itself_is_refused_as_a_whole(
    site: SlotlineClient, server: Server
) -> None:
    """By one answer; a single call carries none at all."""
    message = encode(orders(1), site.catalogue)
    both = pb.Columns.FromString(message)
    both.joined.append(message)
    many = join_columns([message] * (JOINED_MESSAGES_MAX + 1))
    answers = raw_stream(server, [many, both.SerializeToString()])
    assert [answer.failure.name for answer in answers] == ["LimitReached", "InvalidRequest"]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = channel.unary_unary(f"/{SERVICE}/Bulk")
        with pytest.raises(grpc.RpcError) as caught:
            call(join_columns([message] * 2))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert site.atp("acme", ["tea"]).units == [100]


def test_a_window_larger_than_the_servers_is_served(site: SlotlineClient) -> None:
    """What is carried together counts one by one there, and is let in as room comes free."""
    results = list(site.stream((orders(1) for _ in range(120)), window=100))
    assert [result.outcome["outcome"].tolist() for result in results] == [[0]] * 100 + [[2]] * 20


def strings(*values: object) -> Callable[[], bytes | None]:
    """Give what returns or raises these one after another, then None."""
    left = list(values)

    def take() -> bytes | None:
        value = left.pop(0) if left else None
        if isinstance(value, Exception):
            raise value
        assert value is None or isinstance(value, bytes)
        return value

    return take


def test_messages_are_joined_up_to_the_bound_and_the_next_one_waits() -> None:
    """None is lost, and none makes another too large."""
    half, large = b"h" * (JOINED_BYTES_MAX // 2), b"l" * JOINED_BYTES_MAX
    get, poll = strings(half, large, b"a", b"b"), strings(half, half, half, large, b"c", None)
    assert list(joined(get, poll, b"+".join)) == [
        half + b"+" + half, large, b"a+" + half, half, large, b"b+c",
    ]  # fmt: skip
    many = strings(*[b"x"] * (JOINED_MESSAGES_MAX + 1))
    assert list(joined(many, many, b"".join)) == [b"x" * JOINED_MESSAGES_MAX, b"x"]


def test_what_was_there_before_an_error_comes_out_before_it() -> None:
    """Answers that are durable are given, whatever becomes of the next one."""
    out = joined(strings(b"1"), strings(b"2", InvalidRequest("late"), b"3"), b"+".join)
    assert next(out) == b"1+2"
    with pytest.raises(InvalidRequest, match="late"):
        next(out)


def test_the_clients_stream_gives_joined_answers_one_by_one(
    site: SlotlineClient, server: Server, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it shows, whatever the window."""
    encode(orders(1), site.catalogue)  # asks for the codes, which would wait for the writer
    with held_until(engine, 6, monkeypatch):
        results = list(site.stream([orders(count) for count in range(1, 21)], window=6))
    assert [result.outcome["outcome"].size for result in results] == list(range(1, 21))
    assert site.atp("acme", ["tea"]).units == [0]


def test_a_message_refused_for_good_ends_the_clients_stream_with_its_error(
    site: SlotlineClient,
) -> None:
    """The caller learns of it at its place."""
    broken = Bulk("cancel", {"order": [0]}, key=bytes(16))
    stream = site.stream([orders(1), broken, orders(1)])
    assert next(stream).outcome["outcome"].tolist() == [0]
    with pytest.raises(InvalidRequest, match="UUIDv7"):
        next(stream)


def test_what_was_sent_before_a_bad_item_is_answered_before_its_error(site: SlotlineClient) -> None:
    """Codes that are unknown, and a source that fails: nothing takes effect unknown to anybody."""
    answers: list[int] = []

    def take(messages: Iterable[Bulk]) -> None:
        answers.extend(result.outcome["outcome"].size for result in site.stream(messages))

    with pytest.raises(UnknownEntity, match="nuts"):
        take([orders(2), orders(3), orders(1, item="nuts"), orders(4)])
    assert answers == [2, 3]

    def failing() -> Iterator[Bulk]:
        yield orders(5)
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="the file ends here"):
        take(failing())
    assert answers == [2, 3, 5]
    assert site.atp("acme", ["tea"]).units == [90]


def test_a_window_or_a_message_without_room_is_refused(site: SlotlineClient) -> None:
    """Instead of nothing being sent in silence."""
    with pytest.raises(InvalidRequest, match="window: found 0 messages, expected 1 or more"):
        site.stream([orders(1)], window=0)
    with pytest.raises(InvalidRequest, match="window: found -1"):
        site.stream_atp([], window=-1)
    with pytest.raises(InvalidRequest, match="size: found 0 commands"):
        list(batches("accept", [], 0))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"priority": 3}, r"accept: row 1: found fields .*priority, expected .*lines as in"),
        ({"owner": "bob"}, "owners acme, bob in one message, expected `client`"),
        ({"lines": [{"item": "tea", "units": 1, "promise": 5}]}, "row 1: line 0: found fields"),
    ],
)
def test_rows_that_differ_in_their_fields_are_refused(
    second: dict[str, object], message: str
) -> None:
    """A field that only some rows have would be dropped."""
    row = {"owner": "acme", "channel": "web", "lines": [{"item": "tea", "units": 1}]}
    with pytest.raises(InvalidRequest, match=message):
        list(batches("accept", [row, {**row, **second}]))


def test_codes_are_resolved_again_when_the_catalogue_has_changed(site: SlotlineClient) -> None:
    """A changed item raises the epoch; bulk, stream and ATP go on without the caller's help."""
    assert site.bulk(orders(1)).outcome["outcome"].tolist() == [0]
    before = site.catalogue.epoch
    site.put_item(client="acme", code="tea", weight_g=500)
    assert site.bulk(orders(1)).outcome["outcome"].tolist() == [0]
    assert site.catalogue.epoch == before + 1
    site.put_item(client="acme", code="tea", weight_g=501)
    results = list(site.stream(orders(1) for _ in range(5)))
    assert [result.outcome["outcome"].tolist() for result in results] == [[0]] * 5
    site.put_item(client="acme", code="tea", weight_g=502)
    units, _ = site.bulk_atp(["tea", "salt"], "acme", [site.get_status().time_us])
    assert units.tolist() == [[93], [0]]


def test_unknown_codes_are_found_before_anything_is_sent(site: SlotlineClient) -> None:
    """The message names table, code and scope."""
    before = site.get_status().sequence
    with pytest.raises(UnknownEntity, match=r"item: found code 'nut', .* of client 'acme'"):
        site.bulk(orders(1, item="nut"))
    assert site.get_status().sequence == before


def test_atp_streams_answer_like_single_queries(site: SlotlineClient) -> None:
    """Dated supply shows from its time on; text and columns agree."""
    now_us = site.get_status().time_us
    due_us = now_us + 3_600_000_000
    site.put_purchase_line(
        code="po-1", line_number=1, item="tea", owner="acme", expected_units=40, due_us=due_us
    )
    bounds_us = [now_us, due_us - 1, due_us]
    single = site.atp("acme", ["tea", "salt"], bounds_us=bounds_us)
    assert single.units == [100, 100, 140, 0, 0, 0]
    answers = list(site.stream_atp([(["tea", "salt"], "acme", bounds_us)] * 5))
    assert [units.tolist() for units, _ in answers] == [[[100, 100, 140], [0, 0, 0]]] * 5
    assert {sequence for _, sequence in answers} == {site.get_status().sequence}


def test_rows_are_gathered_into_messages(site: SlotlineClient) -> None:
    """`send_all` takes single orders as mappings."""
    rows = [
        {"reference": n, "owner": "acme", "channel": "web", "placement": 1,
         "lines": [{"item": "tea", "units": 1}] * (1 + n % 2)}
        for n in range(25)
    ]  # fmt: skip
    assert [len(bulk.columns["reference"]) for bulk in batches("accept", rows, 10)] == [10, 10, 5]
    results = list(site.send_all("accept", rows, size=10))
    assert [result.outcome["outcome"].size for result in results] == [10, 10, 5]
    assert sum(int(result.line_outcome["allocated_units"].sum()) for result in results) == 37


def test_streams_beyond_the_bound_are_refused_with_advice(engine: Engine) -> None:
    """A stream holds a thread for its life, so their number is bounded."""
    server = Server(ServerOptions(workers=4, bounds=Bounds(streams_max=1), snapshot_s=0.0))
    server.start()
    server.open(engine)
    hold = threading.Event()

    def held() -> Iterator[bytes]:
        yield b""
        hold.wait(30)

    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            method = channel.stream_stream(f"/{SERVICE}/BulkStream")
            first = method(held())
            next(first)
            with pytest.raises(grpc.RpcError) as caught:
                next(method(iter([b""])))
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert int(dict(caught.value.trailing_metadata())["retry-after-ms"]) > 0
            hold.set()
            assert list(first) == []
            assert len(list(method(iter([b""])))) == 1
    finally:
        hold.set()
        server.close()


def test_a_flight_stops_the_reader_at_either_bound() -> None:
    """By number and by bytes; one message larger than the bound still goes through alone."""
    flight = Flight(messages_max=2, bytes_max=100)
    assert flight.take(500)
    passed: list[bool] = []
    reader = threading.Thread(target=lambda: passed.append(flight.take(10)))
    reader.start()
    reader.join(0.05)
    assert reader.is_alive()
    flight.give(500)
    reader.join(10)
    assert passed == [True]
    assert flight.take(10)
    last = threading.Thread(target=lambda: passed.append(flight.take(10)))
    last.start()
    flight.close()
    last.join(10)
    assert passed == [True, False]


def test_a_cancelled_stream_gives_its_place_back(site: SlotlineClient, server: Server) -> None:
    """Callers that vanish leave neither threads nor places behind."""
    for _ in range(3 * server.options.bounds.streams_max):
        stream = site.stream(orders(1) for _ in range(5))
        next(stream)
        stream.close()
    assert len(list(site.stream([orders(1)]))) == 1


def test_time_that_the_source_takes_is_not_time_without_an_answer(
    tmp_path: Path, reopen: Callable[[Path], Engine], create: Callable[[Path], Engine]
) -> None:
    """A connection that breaks while nobody waits is made anew, however long the source paused."""
    server = served(create(tmp_path / "store"))
    port = server.port
    policy = RetryPolicy(timeout_s=20.0, attempt_timeout_s=5.0, pause_max_s=0.2)
    with SlotlineClient(f"127.0.0.1:{port}", policy) as client:
        names = [Bulk("put_name", {"kind": [1], "code": [f"n{at}"]}) for at in range(4)]
        stream = WindowedStream[Bulk, int](
            client._channel.stream_stream(f"/{SERVICE}/BulkStream", None, pb.BulkReply.FromString),
            lambda bulk: encode(bulk, client.catalogue),
            lambda _bulk, reply: int(reply.sequence),
            lambda _bulk, _failure: 0,
            policy,
        )
        results = stream.run(names, 2)
        first = next(results)
        stream._waiting_s -= 3_600  # an hour in which the caller did something else
        server.close()
        server = served(reopen(tmp_path / "store"), port)
        assert len({first, *results}) == 4
        server.close()


def test_a_stream_goes_on_after_a_restart_of_the_server(
    tmp_path: Path, reopen: Callable[[Path], Engine], create: Callable[[Path], Engine]
) -> None:
    """What was not answered is sent again under the same keys: each message takes effect once."""
    server = served(create(tmp_path / "store"))
    port = server.port
    policy = RetryPolicy(timeout_s=60.0, attempt_timeout_s=5.0, pause_max_s=0.2)
    with SlotlineClient(f"127.0.0.1:{port}", policy) as client:
        for kind, code in ((1, "acme"), (2, "web"), (4, "A")):
            client.put_name(kind=kind, code=code)
        client.put_item(client="acme", code="tea")
        client.put_location(code="A-01", zone="A")
        client.receive(item="tea", owner="acme", location="A-01", units=1_000)
        stream = client.stream((orders(5) for _ in range(60)), window=4)
        taken = [next(stream) for _ in range(10)]
        server.close()
        server = served(reopen(tmp_path / "store"), port)
        taken += list(stream)
        assert len(taken) == 60
        assert client.atp("acme", ["tea"]).units == [700]
        assert int(client.export("order")[0]["number"].size) == 300
        server.close()
        with pytest.raises(PeerUnavailable):
            client.put_name(kind=1, code="bolt", timeout_s=0.3)


def test_the_queue_bound_is_told_inside_a_stream(
    site: SlotlineClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full queue is a failure with advice, not the end of the stream."""
    message = encode(orders(1), site.catalogue)
    monkeypatch.setattr("slotline.engine.requests.QUEUE_REQUESTS_MAX", 0)
    (reply,) = raw_stream(server, [message])
    assert reply.failure.name == LimitReached.__name__
    assert reply.failure.retry_after_us > 0
