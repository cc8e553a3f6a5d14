"""The key table after a recovery is the one that was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine import failpoints
from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import KeyExpired, StoreMismatch
from slotline.engine.keys import KeyTable
from slotline.engine.limits import KEY_HORIZON_US, SMALL
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.tests.simulation.engines import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS_MAX = 16
SECOND_US = 1_000_000


class Sender:
    """Sends commands under keys of their own, a second apart.

    Parameters
    ----------
    folder : Path
        Store with room for 16 keys.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(20_000 * DAY_US)
        self.engine = Engine.create(
            FileStore(folder),
            self.clock,
            "keys",
            store_id=bytes(range(16)),
            capacity=SMALL,
            segment_bytes=1 << 20,
            keys_max=KEYS_MAX,
        )
        self.keys: list[bytes] = []

    def key(self, made_us: int) -> bytes:
        """Give a UUIDv7 made at a time."""
        return (
            (made_us // 1000).to_bytes(6, "big") + b"\x70\x00" + len(self.keys).to_bytes(8, "big")
        )

    def send(self, count: int) -> None:
        """Send commands under new keys."""
        for _ in range(count):
            self.clock.time_us += SECOND_US
            key = self.key(self.clock.time_us)
            self.keys.append(key)
            self.again(key, len(self.keys) - 1)

    def again(self, key: bytes, number: int) -> int:
        """Send the command of a number under a key; give the sequence of the answer."""
        columns = {"kind": 1, "code": f"name {number}"}
        return self.engine.submit(make_batch("put_name", columns), key=key).sequence

    def reopen(self, keys_max: int = KEYS_MAX) -> None:
        """Close and recover."""
        self.engine.close()
        self.engine = Engine.open(
            FileStore(self.folder),
            self.clock,
            capacity=SMALL,
            segment_bytes=1 << 20,
            keys_max=keys_max,
        )


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    """Return a sender with an empty store."""
    return Sender(tmp_path / "store")


def contents(keys: KeyTable) -> tuple[object, ...]:
    """Give all that a key table knows."""
    mask = keys.capacity - 1
    entries = [
        tuple(int(column[entry & mask]) for column in keys.columns())
        for entry in range(keys.first, keys.end)
    ]
    return keys.first, keys.end, keys.forgotten_us, entries


def snapshot_with(sender: Sender, at_chunk: int, do: Callable[[], None]) -> int:
    """Write a snapshot and do something before a chunk of it is written; give the chunks."""
    seen = 0

    def hook(name: str) -> None:
        nonlocal seen
        if name == "snapshot.before_write":
            seen += 1
            if seen == at_chunk:
                do()

    failpoints.install(hook)
    try:
        sender.engine.snapshot()
    finally:
        failpoints.install(None)
    return seen


@pytest.fixture(scope="module")
def chunks(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return how many chunks the snapshot of a small store has."""
    sender = Sender(tmp_path_factory.mktemp("chunks") / "store")
    sender.send(KEYS_MAX + 1)
    count = snapshot_with(sender, 0, lambda: None)
    sender.engine.close()
    return count


@pytest.mark.parametrize("from_end", [30, 6, 5, 4, 3, 2, 1, 0])
@pytest.mark.parametrize("more", [1, KEYS_MAX - 1, 3 * KEYS_MAX])
def test_keys_that_come_while_a_snapshot_is_copied_make_no_other_expire(
    sender: Sender, chunks: int, from_end: int, more: int
) -> None:
    """Ring rows are used again before, between and after the columns of keys are copied."""
    sender.send(KEYS_MAX + 3)
    snapshot_with(sender, chunks - from_end, lambda: sender.send(more))
    sender.send(2)
    before = contents(sender.engine._keys)
    sender.reopen()
    assert contents(sender.engine._keys) == before
    # What is remembered is answered again, what was forgotten is refused, a new key is taken.
    kept = sender.keys[-KEYS_MAX:]
    for number, key in enumerate(kept, start=len(sender.keys) - KEYS_MAX):
        assert sender.again(key, number) == number + 1
    with pytest.raises(KeyExpired):
        sender.again(sender.keys[-KEYS_MAX - 1], len(sender.keys) - KEYS_MAX - 1)
    late = sender.key(sender.clock.time_us - (KEYS_MAX - 1) * SECOND_US + 1_000)
    assert sender.again(late, 999) == len(sender.keys) + 1
    sender.engine.close()


def test_keys_beyond_the_horizon_leave_alike(sender: Sender, chunks: int) -> None:
    """They leave by age while the ring is not full, also while a snapshot is copied."""
    sender.send(KEYS_MAX - 4)

    def pass_the_horizon() -> None:
        sender.clock.time_us += KEY_HORIZON_US
        sender.send(KEYS_MAX - 2)

    snapshot_with(sender, chunks - 3, pass_the_horizon)
    sender.send(1)
    before = contents(sender.engine._keys)
    sender.reopen()
    assert contents(sender.engine._keys) == before
    sender.engine.close()


def test_a_snapshot_is_not_read_into_a_key_table_of_another_size(sender: Sender) -> None:
    """Entries are mapped to rows by the table's size."""
    sender.send(3)
    sender.engine.snapshot()
    with pytest.raises(StoreMismatch, match="key table: found 32 rows, expected the 16"):
        sender.reopen(32)
    sender.reopen()
    sender.engine.close()


@pytest.mark.parametrize("late_us", [0, KEY_HORIZON_US])
def test_many_keys_are_remembered_as_one_after_another(late_us: int) -> None:
    """In runs of any length, beyond the ring's end, with and without anything to forget."""
    draw = np.random.default_rng(3)
    one, many = KeyTable(KEYS_MAX), KeyTable(KEYS_MAX)
    sequence, time_us = 1, 20_000 * DAY_US
    for count in (3, 5, 1, 7, 4, 16, 2):
        keys = draw.bytes(16 * count)
        prints = draw.integers(0, 2**63, count, dtype=np.uint64)
        for k in range(count):
            one.add(keys[16 * k : 16 * k + 16], int(prints[k]), sequence + k, time_us)
        many.add_many(keys, prints, sequence, time_us)
        for k in range(count):
            key = keys[16 * k : 16 * k + 16]
            assert one.get(key) == many.get(key)
            assert many.get(key) is not None
        sequence, time_us = sequence + count, time_us + late_us
        for column, other in zip(one.columns(), many.columns(), strict=True):
            assert column.tolist() == other.tolist()
        assert (one.first, one.end, one.forgotten_us) == (many.first, many.end, many.forgotten_us)
