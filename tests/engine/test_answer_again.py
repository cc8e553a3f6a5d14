"""Old answers come from the journal and its archive; damage there is the asking caller's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine import failpoints
from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import JournalCorrupt, JournalFailed
from slotline.engine.limits import SMALL
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMANDS = 250
CLOCK = ManualClock(20_000 * DAY_US)


def key_of(number: int) -> bytes:
    """Give the key of a command."""
    return (CLOCK.time_us // 1000).to_bytes(6, "big") + b"\x70\x00" + number.to_bytes(8, "big")


def send(engine: Engine, number: int) -> int:
    """Send the command of a number, again or for the first time; give its sequence."""
    batch = make_batch("put_name", {"kind": 1, "code": f"name {number % 200}"})
    return engine.submit(batch, key=key_of(number)).sequence


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Open a store whose first answers are in the archive only."""
    engine = Engine.create(
        FileStore(tmp_path / "store"),
        CLOCK,
        "old answers",
        store_id=bytes(range(16)),
        capacity=SMALL,
        segment_bytes=16 * 1024,
        keys_max=1024,
    )
    for number in range(COMMANDS):
        send(engine, number)
        if number == COMMANDS // 2:
            engine.snapshot()
    engine.journal.archive_sealed()
    for _ in range(2):
        send(engine, COMMANDS + _)
        engine.snapshot()
    assert engine.journal.first_live_sequence > COMMANDS // 2
    yield engine
    engine.close()


def flip(path: Path) -> None:
    """Damage all of a file behind its first page."""
    raw = bytearray(path.read_bytes())
    raw[4_096:] = bytes(255 - byte for byte in raw[4_096:])
    path.write_bytes(raw)


def cut(path: Path) -> None:
    """Cut a file."""
    path.write_bytes(path.read_bytes()[:5_000])


@pytest.mark.parametrize(
    ("kind", "damage", "message"),
    [
        ("frames", flip, "no intact frame header"),
        ("frames", cut, "frame ends at"),
        ("frames", lambda path: path.unlink(), "frames"),
        ("index", lambda path: path.write_bytes(b"x"), "SHA-256 at its end does not match"),
        ("index", lambda path: path.unlink(), "index"),
    ],
)
def test_a_damaged_archive_fails_the_one_that_asks(
    engine: Engine, tmp_path: Path, kind: str, damage: Callable[[Path], None], message: str
) -> None:
    """Its name and the sequence are told; the engine goes on, for others in the same group, too."""
    assert send(engine, 0) == 1
    archive = engine.journal.archive
    entry = next(one for one in archive.entries if one.first_sequence <= 60 <= one.last_sequence)
    entry.index = None
    path = tmp_path / "store" / (entry.frames_name if kind == "frames" else entry.index_name)
    damage(path)
    number = entry.last_sequence - 1
    batch = make_batch("put_name", {"kind": 1, "code": f"name {number % 200}"})
    lost = engine.enqueue(batch, key=key_of(number))
    new = engine.enqueue(make_batch("put_name", {"kind": 2, "code": "web"}), key=key_of(9_999))
    known = engine.enqueue(
        make_batch("put_name", {"kind": 1, "code": f"name {(COMMANDS - 1) % 200}"}),
        key=key_of(COMMANDS - 1),
    )
    with pytest.raises(JournalCorrupt, match=rf"sequence {number + 1}: .*{message}") as found:
        engine.wait(lost)
    assert path.name in str(found.value)
    assert engine.wait(new).sequence == COMMANDS + 3
    assert engine.wait(known).sequence == COMMANDS
    assert engine.fatal is None
    assert send(engine, COMMANDS + 5) == COMMANDS + 4


def test_a_failure_of_the_writer_still_stops_the_engine(engine: Engine) -> None:
    """An append that fails beside a repeated command answers nobody."""

    def fail(name: str) -> None:
        if name == "journal.before_sync":
            raise JournalFailed("the disk is gone")

    again = engine.enqueue(make_batch("put_name", {"kind": 1, "code": "name 0"}), key=key_of(0))
    new = engine.enqueue(make_batch("put_name", {"kind": 2, "code": "web"}), key=key_of(9_999))
    failpoints.install(fail)
    try:
        with pytest.raises(JournalFailed, match="the disk is gone"):
            engine.wait(new)
    finally:
        failpoints.install(None)
    with pytest.raises(JournalFailed):
        engine.wait(again)
    assert isinstance(engine.fatal, JournalFailed)
    with pytest.raises(JournalFailed):
        send(engine, 0)


def test_a_key_is_answered_alike_in_either_form(tmp_path: Path) -> None:
    """Single calls that were merged, asked for again as messages of one; and the reverse."""
    engine = Engine.create(
        FileStore(tmp_path / "forms"), CLOCK, "forms", store_id=bytes(16), capacity=SMALL
    )
    tickets = [
        engine.enqueue(
            make_batch("put_name", {"kind": 1, "code": f"code {number}"}), key=key_of(number)
        )
        for number in range(4)
    ]
    answers = [engine.wait(ticket) for ticket in tickets]
    for number, answer in enumerate(answers):
        batch = make_batch("put_name", {"kind": 1, "code": f"code {number}"})
        for message in (True, False):
            again = engine.submit(batch, key=key_of(number), message=message)
            assert again.sequence == answer.sequence
            assert again.outcome["name"].tolist() == answer.outcome["name"].tolist()
    batch = make_batch("put_name", {"kind": 1, "code": "code 9"})
    first = engine.submit(batch, key=key_of(9), message=True)
    again = engine.submit(batch, key=key_of(9))
    assert (again.sequence, again.outcome["name"].tolist()) == (
        first.sequence, first.outcome["name"].tolist(),
    )  # fmt: skip
    engine.close()
