"""Messages of orders that wait together are one run, and nobody can tell but by the record."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.engine import joined, limits
from slotline.engine.batch import Batch, make_batch
from slotline.engine.errors import JournalCorrupt, KeyReused
from slotline.engine.joined import Joined, first_commands, join_messages
from slotline.engine.limits import SMALL, Capacity
from slotline.engine.record import FLAG_JOINED, FLAG_MESSAGE_KEY, Record, read_records
from slotline.kernels.columns import OUTCOME_DUPLICATE
from slotline.service.verify import AckLog, verify
from slotline.tests.engine.desk import ORDER
from slotline.tests.service.verify.small_day import Site, found_site, receive
from slotline.tests.simulation.histories import TIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.engine.ticket import Reply


def orders(lines: list[list[tuple[int, int]]], **columns: Any) -> Batch:
    """Make a message of orders, each a list of (item, units)."""
    flat = list(itertools.chain.from_iterable(lines))
    return make_batch(
        "accept",
        ORDER | {"line_count": [len(each) for each in lines]} | columns,
        {"item": [item for item, _ in flat], "units": [units for _, units in flat], "promise": -1},
    )


@st.composite
def messages(draw: st.DrawFn) -> Batch:
    """Orders that want more than there is, some under the same code, in columns of either form."""
    lines = draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 1), st.integers(1, 6)), min_size=1, max_size=3),
            min_size=1,
            max_size=5,
        )
    )
    codes = st.sampled_from(("", "", "again", "other"))
    columns: dict[str, Any] = {"reference": list(range(len(lines)))}
    for name, values in (("policy", st.integers(0, 2)), ("code", codes)):
        if draw(st.booleans()):
            columns[name] = [draw(values) for _ in lines]
    return orders(lines, **columns)


class Caller:
    """Sends messages to a site of its own, and keeps what it was told."""

    def __init__(self, folder: Path, capacity: Capacity = SMALL) -> None:
        folder.mkdir(exist_ok=True)
        self.acks = AckLog(folder / "acks.jsonl")
        self.site = Site(folder / "store", self.acks, capacity=capacity)
        found_site(self.site)
        for item, units in ((0, 25), (1, 20), (0, 10)):
            receive(self.site, item, units)
        self.sent: list[tuple[Batch, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.site.engine.close()
        self.acks.close()

    def send(self, batches: list[Batch], *, together: bool) -> list[tuple[Any, ...]]:
        """Send messages, and give the answers as plain values."""
        engine, replies = self.site.engine, []
        keyed = [(batch, self.site.make_key()) for batch in batches]
        self.sent += keyed
        waiting = [] if not together else [engine.enqueue(b, key=k, message=True) for b, k in keyed]
        for position, (batch, key) in enumerate(keyed):
            ticket = waiting[position] if together else engine.enqueue(batch, key=key, message=True)
            reply = engine.wait(ticket)
            self.acks.add(key, reply.sequence, "accept", reply.outcome, reply.line_outcome)
            replies.append(plain(reply))
        return replies

    def records(self) -> list[Record]:
        """Give the records of `accept`."""
        journal = self.site.engine.journal
        found, sequence = [], 1
        while sequence <= journal.durable_sequence:
            frame = journal.find(sequence)
            found += read_records(frame.payload)
            sequence = frame.last_sequence + 1
        return [record for record in found if record.batch.command.name == "accept"]


def plain(reply: Reply) -> tuple[Any, ...]:
    """Give an answer as plain values."""
    columns = {**reply.outcome, **reply.line_outcome}
    return reply.sequence, {name: column.tolist() for name, column in columns.items()}


@settings(max_examples=12)
@given(
    st.lists(st.lists(messages(), min_size=1, max_size=5), min_size=1, max_size=3),
    st.sampled_from((SMALL, TIGHT)),
)
def test_together_is_as_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[Batch]], capacity: Capacity
) -> None:
    """Answers, state, recovery and repeated answers; and the verifier finds nothing."""
    folder = tmp_path_factory.mktemp("joined")
    with Caller(folder / "one", capacity) as one, Caller(folder / "many", capacity) as many:
        told = []
        for batches in groups:
            alone = one.send(batches, together=False)
            assert many.send(batches, together=True) == alone
            told += alone
        for _ in range(2):
            assert one.site.engine.state.digest() == many.site.engine.state.digest()
            again = [
                plain(many.site.engine.submit(batch, key=key, message=True))
                for batch, key in many.sent
            ]
            assert again == told
            many.site.reopen()
    for caller in ("one", "many"):
        verdict = verify(folder / caller / "store", acks=folder / caller / "acks.jsonl")
        assert verdict.ok, verdict.faults


def test_messages_that_wait_share_a_record(tmp_path: Path) -> None:
    """Each key has its own part of it; a code of an earlier message is known to a later one."""
    with Caller(tmp_path) as caller:
        sizes = (3, 2, 4)
        batches = [
            orders([[(0, 1)]] * size, code=[f"code {number}" for number in range(size)])
            for size in sizes
        ]
        answers = caller.send(batches, together=True)
        assert [answer[1]["outcome"].count(OUTCOME_DUPLICATE) for answer in answers] == [0, 2, 3]
        (record,) = caller.records()
        assert record.flags == FLAG_JOINED
        assert record.keys["key"].tobytes() == b"".join(key for _, key in caller.sent)
        assert record.messages.tolist() == [0, 3, 5]
        assert [record.request_at(k) for k in (0, 2, 3, 4, 5, 8)] == [
            (0, 3), (0, 3), (3, 5), (3, 5), (5, 9), (5, 9),
        ]  # fmt: skip
        with pytest.raises(KeyReused):
            caller.site.engine.submit(batches[0], key=caller.sent[1][1], message=True)


def test_a_message_alone_is_recorded_as_ever(tmp_path: Path) -> None:
    """One message, a message of one order, and single orders: no joined record."""
    with Caller(tmp_path) as caller:
        caller.send([orders([[(0, 1)]] * 3)], together=True)
        caller.send([orders([[(0, 1)]]), orders([[(0, 1)]])], together=True)
        flags = [record.flags for record in caller.records()]
        assert flags == [FLAG_MESSAGE_KEY] * 3
        assert all(record.messages.size == 0 for record in caller.records())


@pytest.mark.parametrize(
    ("other", "is_taken"),
    [
        (orders([[(1, 2), (0, 1)], [(0, 3)]], reference=[4, 5]), True),
        (orders([[(1, 2)], [(0, 3)]], reference=[4, 5], priority=1), False),
        (orders([[(1, 2)], [(0, 3)]], reference=7), False),
        (orders([[(1, 2)], [(0, 3)]], reference=[4, 5], policy=[1, 1]), False),
        (orders([[(1, 2)]], reference=4), False),
    ],
)
def test_only_messages_that_can_be_told_apart_are_joined(other: Batch, is_taken: bool) -> None:
    """The same columns hold one value for all, and the same one."""
    first = orders([[(0, 1)], [(0, 2), (1, 2)]], reference=[1, 2])
    assert Joined(first).take(other) == is_taken
    if is_taken:
        batch = join_messages([first, other])
        assert (batch.count, batch.line_count) == (4, 6)
        assert batch.columns["reference"].tolist() == [1, 2, 4, 5]
        assert batch.columns["policy"].tolist() == [1]
        assert batch.lines["item"].tolist() == [0, 0, 1, 1, 0, 0]
        assert first_commands([first, other]).tolist() == [0, 2]


def test_bounds_of_a_joined_run() -> None:
    """Commands, lines and units at the bound are taken, one more is not."""
    pair = orders([[(0, 1)], [(0, 1)]], reference=[1, 2])

    def repeated(count: int, units: int = 1) -> Batch:
        return orders([[(0, units)]] * count, reference=list(range(count)))

    room = limits.JOINED_COMMANDS_MAX - 2
    assert Joined(pair).take(repeated(room))
    assert not Joined(pair).take(repeated(room + 1))
    units = joined._UNITS_MAX - 2
    half = orders([[(0, units // 2)], [(0, units - units // 2)]], reference=[1, 2])
    assert Joined(pair).take(half)
    more = orders([[(0, units // 2)], [(0, units - units // 2 + 1)]], reference=[1, 2])
    assert not Joined(pair).take(more)
    assert not Joined(more).take(more)
    long = [[(0, 1)] * 9_999] * 5
    full = [*long, [(0, 1)] * 9_999]
    wide = orders(long * 2, reference=list(range(10)))
    assert not Joined(wide).take(orders(full, reference=list(range(6))))
    assert Joined(wide).take(orders([[(0, 1)] * 5] * 2, reference=[1, 2]))
    assert not Joined(wide).take(orders([[(0, 1)] * 6, [(0, 1)] * 5], reference=[1, 2]))


def test_a_key_too_few_is_no_record(tmp_path: Path) -> None:
    """A joined record has a key for each of its messages."""
    with Caller(tmp_path) as caller:
        caller.send([orders([[(0, 1)]] * 2), orders([[(1, 1)]] * 2)], together=True)
        frame = caller.site.engine.journal.find(caller.site.engine.durable_sequence)
        payload = bytearray(frame.payload)
        # The count in the header of the first block, that of the keys.
        assert payload[48 + 4] == 2
        payload[48 + 4] = 1
        with pytest.raises(JournalCorrupt, match="2 joined messages with 1 keys"):
            list(read_records(memoryview(payload)))
