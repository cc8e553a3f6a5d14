"""The two small files: the store's name tag and the durable high-water mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine.errors import JournalCorrupt, StoreMismatch
from slotline.engine.head import (
    HEAD_BYTES,
    HEAD_NAME,
    IDENTITY_NAME,
    SLOT_STRIDE_BYTES,
    Mark,
    StoreIdentity,
    create_head,
    open_head,
    read_identity,
    write_identity,
)
from slotline.engine.store import FileStore

if TYPE_CHECKING:
    from pathlib import Path

STORE_ID = bytes(range(16))
FIRST = Mark(1, 0, bytes(32), 1, 4096)
RINGS = {"promise": 16, "order": 32, "line": 64}
IDENTITY = StoreIdentity(STORE_ID, "DC Köln", 1_700_000_000_000_000, RINGS)
OLD_IDENTITY = StoreIdentity(STORE_ID, "DC Köln", 1_700_000_000_000_000)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Make an empty data directory."""
    return FileStore(tmp_path / "data")


def test_the_newest_mark_comes_back(store: FileStore) -> None:
    """Marks alternate between the slots; the highest counter wins."""
    head = create_head(store, STORE_ID, FIRST)
    for number in range(1, 6):
        mark = Mark(1, number, bytes([number]) * 32, 1, 4096 + 192 * number)
        head.prepare(*mark)
        head.write()
        assert head.unsynced_count == number
        found_head, found = open_head(store, STORE_ID)
        found_head.close()
        assert found == mark
    head.sync()
    assert head.unsynced_count == 0


def test_a_damaged_slot_leaves_the_mark_before_it(store: FileStore) -> None:
    """A torn write of one slot costs one mark, not the file."""
    head = create_head(store, STORE_ID, FIRST)
    for number in range(1, 4):
        head.prepare(1, number, bytes(32), 1, 4096 + 192 * number)
        head.write()
    path = store.path / HEAD_NAME
    raw = bytearray(path.read_bytes())
    # Counters begin at 1, so mark 3 has counter 4 and lies in slot 0.
    raw[30] ^= 1
    path.write_bytes(raw)
    _, found = open_head(store, STORE_ID)
    assert found.sequence == 2
    raw[SLOT_STRIDE_BYTES + 30] ^= 1
    path.write_bytes(raw)
    with pytest.raises(JournalCorrupt, match="both slots of the head file"):
        open_head(store, STORE_ID)


def test_a_missing_head_is_named_with_the_way_out(store: FileStore) -> None:
    """Lost frames could not be told from frames never written, so it is an error."""
    with pytest.raises(JournalCorrupt, match=r"head file head .* missing.*--rebuild-head"):
        open_head(store, STORE_ID)


def test_a_head_of_another_store_or_size_is_refused(store: FileStore) -> None:
    """Both the id and the size are compared."""
    create_head(store, STORE_ID, FIRST).close()
    with pytest.raises(StoreMismatch, match="expected " + "ff" * 16):
        open_head(store, b"\xff" * 16)
    (store.path / HEAD_NAME).write_bytes(bytes(100))
    with pytest.raises(JournalCorrupt, match=f"100 bytes, expected {HEAD_BYTES}"):
        open_head(store, STORE_ID)


@pytest.mark.parametrize("identity", [IDENTITY, OLD_IDENTITY])
def test_the_name_tag_comes_back(store: FileStore, identity: StoreIdentity) -> None:
    """Any text is allowed as a site name; early builds did not note the rings."""
    write_identity(store, identity)
    assert read_identity(store) == identity


def test_every_flipped_bit_of_the_name_tag_is_noticed(store: FileStore) -> None:
    """Exhaustive; a flip may also make it a file of a newer format."""
    write_identity(store, IDENTITY)
    path = store.path / IDENTITY_NAME
    raw = path.read_bytes()
    for bit in range(len(raw) * 8):
        damaged = bytearray(raw)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        path.write_bytes(damaged)
        with pytest.raises((JournalCorrupt, StoreMismatch)):
            read_identity(store)


def test_a_newer_format_is_refused_politely(store: FileStore) -> None:
    """A file written by a later version is not called damaged."""
    write_identity(store, IDENTITY)
    path = store.path / IDENTITY_NAME
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(StoreMismatch, match="format version 2, this build reads 1"):
        read_identity(store)


@pytest.mark.parametrize(
    ("identity", "problem"),
    [
        (StoreIdentity(b"short", "DC", 1), "5 bytes, expected 16"),
        (StoreIdentity(STORE_ID, "", 1), "0 characters, expected 1 to 200"),
        (StoreIdentity(STORE_ID, "x" * 201, 1), "201 characters, expected 1 to 200"),
    ],
)
def test_a_bad_name_tag_is_not_written(
    store: FileStore, identity: StoreIdentity, problem: str
) -> None:
    """Id and site are checked at the border."""
    with pytest.raises(StoreMismatch, match=problem):
        write_identity(store, identity)
    assert not store.exists(IDENTITY_NAME)
    with pytest.raises(StoreMismatch, match="holds no store"):
        read_identity(store)
