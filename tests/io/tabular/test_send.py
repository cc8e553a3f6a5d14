"""What was checked is sent once, however often the import is run."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from slotline.engine.errors import InvalidRequest, KeyExpired, PeerUnavailable
from slotline.engine.keys import check_key, created_us
from slotline.io.tabular import send
from slotline.io.tabular.catalogue import read_catalogue
from slotline.io.tabular.check import load_tables
from slotline.io.tabular.faults import Faults
from slotline.io.tabular.mapping import Mapping
from slotline.io.tabular.progress import ChunkKeys, progress_path, read_progress
from slotline.io.tabular.send import Refused, Sender, Sent, check_room
from slotline.kernels.columns import (
    DAY_US,
    NONE,
    OUTCOME_DUPLICATE,
    OUTCOME_LIMIT,
    OUTCOME_SHORT,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import FakeStore

    Write = Callable[[str, str], Path]

ITEMS = "client,code\nACME,A-1\nACME,A-2\n"
LOCATIONS = "code,zone\nL-1,Z\n"
STOCK = "item,owner,location,units,expiry_day\n" + "".join(
    f"A-{1 + n % 2},ACME,L-1,{n + 1},{'2027-01-02' if n == 3 else ''}\n" for n in range(5)
)
ORDERS = (
    "channel,code,owner,item,units,priority\n"
    "web,1,ACME,A-1,1,4\nweb,2,ACME,A-2,2,5\nweb,1,ACME,A-2,3,4\nshop,1,ACME,A-1,4,6\n"
)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small files into several chunks."""
    monkeypatch.setattr(send, "CHUNK_ROWS", 2)
    monkeypatch.setattr(send, "CHUNK_ORDERS", 2)


@pytest.fixture
def paths(write: Write) -> dict[str, Path]:
    """Return four files."""
    texts = {"items": ITEMS, "locations": LOCATIONS, "stock": STOCK, "orders": ORDERS}
    return {name: write(f"{name}.csv", text) for name, text in texts.items()}


def run(store: FakeStore, paths: dict[str, Path], **options: Any) -> list[Sent]:
    """Check and send files as the command line does."""
    catalogue = read_catalogue(store, lots=True)
    tables = load_tables(paths, Mapping(), catalogue, Faults())
    check_room(tables, catalogue, store)
    sender = Sender(store, catalogue, now_us=store.now_us, seed=secrets.token_bytes(8), **options)
    return [sender.send(table) for table in tables]


def executed(store: FakeStore, kind: str) -> list[tuple[Any, ...]]:
    """Give what the store executed: receipts, or orders with their lines."""
    codes = [row["code"].decode() for row in store.rows["item"]]
    if kind == "receive":
        return [
            (codes[command["item"]], command["units"])
            for name, command, _ in store.executed
            if name == kind
        ]
    return [
        (
            command["code"].decode(),
            command["priority"],
            *tuple((codes[line["item"]], line["units"]) for line in lines),
        )
        for name, command, lines in store.executed
        if name == kind
    ]


RECEIPTS = [("A-1", 1), ("A-2", 2), ("A-1", 3), ("A-2", 4), ("A-1", 5)]
ACCEPTED = [("1", 4, ("A-1", 1), ("A-2", 3)), ("2", 5, ("A-2", 2)), ("1", 6, ("A-1", 4))]


def test_all_rows_arrive_with_their_refs(store: FakeStore, paths: dict[str, Path]) -> None:
    """Codes become the refs that the store gave; lots and names are made first."""
    progress: list[int] = []
    sent = run(store, paths, report=progress.append)
    assert [(entry.table, entry.rows, entry.commands) for entry in sent] == [
        ("items", 2, 2),
        ("locations", 1, 1),
        ("stock", 5, 5),
        ("orders", 4, 3),
    ]
    assert [entry.outcomes for entry in sent] == [
        {"DONE": 2},
        {"DONE": 1},
        {"DONE": 5},
        {"DONE": 3},
    ]
    assert sum(progress) == 12
    assert executed(store, "receive") == RECEIPTS
    assert executed(store, "accept") == ACCEPTED
    lots = [command["lot"] for name, command, _ in store.executed if name == "receive"]
    assert lots == [NONE, NONE, NONE, 0, NONE]
    assert store.rows["lot"][0]["code"] == b"2027-01-02"


@pytest.mark.parametrize("calls", range(1, 12))
def test_import_cut_short_anywhere_is_finished_by_running_it_again(
    store: FakeStore, paths: dict[str, Path], calls: int
) -> None:
    """A lost answer in any chunk: what was executed is not executed again, nothing is left out."""
    store.calls_left = calls
    with pytest.raises(PeerUnavailable):
        run(store, paths)
    store.calls_left = 1_000
    store.now_us += DAY_US
    run(store, paths)
    assert executed(store, "receive") == RECEIPTS
    assert executed(store, "accept") == ACCEPTED


def test_running_a_finished_import_again_changes_nothing(
    store: FakeStore, paths: dict[str, Path]
) -> None:
    """The store answers the same again from its keys."""
    first = run(store, paths)
    assert [entry.imported_before_us for entry in first] == [None] * 4
    begun_us = store.now_us
    store.now_us += DAY_US
    second = run(store, paths)
    assert [entry.imported_before_us for entry in second] == [None, None, begun_us, begun_us]
    assert [entry.outcomes for entry in second] == [entry.outcomes for entry in first]
    assert executed(store, "receive") == RECEIPTS


def test_same_file_goes_into_another_store_in_full(
    store: FakeStore, paths: dict[str, Path]
) -> None:
    """What is kept beside the file is no claim that any store has it."""
    run(store, paths)
    other = type(store)()
    run(other, paths)
    assert executed(other, "receive") == RECEIPTS


def test_again_imports_the_file_as_new(store: FakeStore, paths: dict[str, Path]) -> None:
    """Two deliveries may be alike to the last unit."""
    run(store, paths)
    store.now_us += DAY_US
    run(store, paths, again=True)
    assert executed(store, "receive") == RECEIPTS * 2


def test_next_days_file_of_the_same_name_is_new(store: FakeStore, paths: dict[str, Path]) -> None:
    """A finished import does not stand in the way of other content."""
    run(store, paths)
    paths["stock"].write_text("item,owner,location,units\nA-1,ACME,L-1,9\n")
    run(store, {"stock": paths["stock"]})
    assert executed(store, "receive") == [*RECEIPTS, ("A-1", 9)]


def test_changed_file_cannot_finish_an_unfinished_import(
    store: FakeStore, paths: dict[str, Path]
) -> None:
    """Half of the old content is in the store already; the keys of the new would not know it."""
    store.calls_left = 6
    with pytest.raises(PeerUnavailable):
        run(store, paths)
    assert executed(store, "receive") != []
    store.calls_left = 1_000
    paths["stock"].write_text(STOCK + "A-1,ACME,L-1,9,\n")
    before = list(store.executed)
    with pytest.raises(InvalidRequest, match="was begun and not finished"):
        run(store, paths)
    assert store.executed == before


def test_after_the_horizon_of_keys_the_import_is_refused(
    store: FakeStore, paths: dict[str, Path]
) -> None:
    """The store no longer knows whether it was executed; a person has to."""
    run(store, paths)
    before = list(store.executed)
    store.now_us += 8 * DAY_US
    store.answers.clear()
    with pytest.raises(KeyExpired, match=r"begun 8 days ago.*give --again"):
        run(store, paths)
    assert store.executed == before


def test_rows_that_the_store_refuses_are_named(store: FakeStore, paths: dict[str, Path]) -> None:
    """LIMIT of a receipt is a failure; SHORT and DUPLICATE of an order are answers."""
    store.outcomes = {3: OUTCOME_LIMIT, 5: OUTCOME_SHORT, 6: OUTCOME_DUPLICATE}
    _, _, stock, orders = run(store, paths)
    assert (stock.refused_count, stock.failed_count) == (1, 1)
    place = f"{paths['stock']}, line 5"
    assert stock.refused == [Refused(place, str(paths["stock"]), 5, "A-2", "LIMIT")]
    assert (orders.refused_count, orders.failed_count) == (2, 0)
    assert [(row.line, row.code, row.outcome) for row in orders.refused] == [
        (2, "1", "SHORT"),
        (3, "2", "DUPLICATE"),
    ]
    assert orders.outcomes == {"SHORT": 1, "DUPLICATE": 1, "DONE": 1}


def test_twenty_refused_rows_are_named_and_all_counted(store: FakeStore, write: Write) -> None:
    """Chunk after chunk, the list ends and the count goes on."""
    rows = "".join(f"w,{n},ACME,A-1,1\n" for n in range(25))
    orders = write("orders.csv", "channel,code,owner,item,units\n" + rows)
    store.outcomes = dict.fromkeys(range(1, 25), OUTCOME_SHORT)
    _, sent = run(store, {"items": write("items.csv", ITEMS), "orders": orders})
    assert sent.refused_count == 24
    assert [row.line for row in sent.refused] == list(range(3, 23))


def test_store_without_room_refuses_before_anything_is_sent(
    store: FakeStore, paths: dict[str, Path]
) -> None:
    """A full table half-way would leave half a file."""
    store.capacity = 4
    with pytest.raises(
        InvalidRequest, match="found 5 new rows for table receipt, expected at most 4"
    ):
        run(store, paths)
    assert store.answers == {}


def test_damaged_note_is_refused_by_name(store: FakeStore, paths: dict[str, Path]) -> None:
    """Guessing here could mean receiving twice."""
    progress_path(paths["stock"]).write_text("{")
    with pytest.raises(
        InvalidRequest, match=r"stock\.csv\.slotline-import: found no readable note"
    ):
        run(store, paths)


def test_note_tells_begin_and_end(store: FakeStore, paths: dict[str, Path]) -> None:
    """It is written before the first command and completed after the last answer."""
    assert read_progress(paths["stock"]) is None
    store.calls_left = 7
    with pytest.raises(PeerUnavailable):
        run(store, paths)
    begun = read_progress(paths["stock"])
    assert begun is not None
    assert (begun.started_us, begun.is_complete) == (store.now_us, False)
    store.calls_left = 1_000
    run(store, paths)
    ended = read_progress(paths["stock"])
    assert ended is not None
    assert (ended.digest, ended.is_complete) == (begun.digest, True)


def test_keys_are_version_7_with_the_time_of_the_start() -> None:
    """So the store can tell how old they are; every chunk has its own."""
    keys = ChunkKeys(b"digest", 1_800_000_000_123_456)
    made = {keys.key(kind, chunk) for kind in ("receive", "accept") for chunk in range(100)}
    assert len(made) == 200
    assert {created_us(check_key(key)) for key in made} == {1_800_000_000_123_000}
    assert keys.key("receive", 1) == ChunkKeys(b"digest", 1_800_000_000_123_456).key("receive", 1)
    assert keys.key("receive", 1) != ChunkKeys(b"other", 1_800_000_000_123_456).key("receive", 1)
