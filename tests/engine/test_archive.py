"""The archive: copies of sealed segments with an index by item and by sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.engine.errors import JournalCorrupt
from slotline.engine.journal import Journal
from slotline.engine.segments import HEADER_PAGE_BYTES, segment_name
from slotline.engine.store import FileStore

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STORE_ID = bytes(range(16))


def items_of(payload: memoryview) -> NDArray[np.int32]:
    """Payloads in these tests are nothing but item refs."""
    return np.frombuffer(payload, np.int32)


def create(path: Path) -> Journal:
    """Make a store whose payloads are item refs."""
    return Journal.create(
        FileStore(path), "DC1", store_id=STORE_ID, created_us=5, segment_bytes=8192,
        indexer=items_of,
    )  # fmt: skip


def reopen(path: Path) -> Journal:
    """Open that store."""
    return Journal.open(FileStore(path), time_us=9, segment_bytes=8192, indexer=items_of)


def fill(journal: Journal, groups: list[list[int]]) -> None:
    """Append one group per list of items."""
    for items in groups:
        sequence = journal.durable_sequence + 1
        journal.append([np.array(items, np.int32).data], sequence, sequence, 1, 1)


@settings(max_examples=25)
@given(
    groups=st.lists(st.lists(st.integers(-1, 12), max_size=300), min_size=8, max_size=30),
    item=st.integers(-1, 12),
)
def test_an_item_leads_to_exactly_its_frames(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[int]], item: int
) -> None:
    """Against a plain search, over all archived groups."""
    journal = create(tmp_path_factory.mktemp("a") / "data")
    fill(journal, groups)
    journal.archive_sealed()
    last = journal.archive.entries[-1].last_sequence if journal.archive.entries else 0
    expected = [n for n, items in enumerate(groups, 1) if item in items and n <= last]
    assert [f.first_sequence for f in journal.archive.frames_of_item(item)] == expected
    journal.close()


def test_an_archive_outlives_restart_and_reuse(tmp_path: Path) -> None:
    """Entries are listed again, verify, and answer by item from files alone."""
    journal = create(tmp_path / "data")
    fill(journal, [[n % 5] * 100 for n in range(60)])
    journal.archive_sealed()
    journal.trim(60)
    fill(journal, [[9]] * 20)
    journal.close()
    journal = reopen(tmp_path / "data")
    archive = journal.archive
    assert len(archive.entries) >= 6
    for entry in archive.entries:
        archive.verify(entry)
    last = archive.entries[-1].last_sequence
    found = [f.first_sequence for f in archive.frames_of_item(3)]
    assert found == [n for n in range(1, last + 1) if (n - 1) % 5 == 3 and n <= 60]
    journal.close()


@pytest.mark.parametrize("kind", ["frames", "index"])
def test_a_missing_or_damaged_archive_file_is_named(tmp_path: Path, kind: str) -> None:
    """Gone, cut, or with one bit changed, once the segment itself is reused."""
    path = tmp_path / "data"
    journal = create(path)
    fill(journal, [[n % 5] * 100 for n in range(60)])
    journal.archive_sealed()
    journal.trim(60)
    name = getattr(journal.archive.entries[1], f"{kind}_name")
    journal.close()
    raw = (path / name).read_bytes()
    damaged = bytearray(raw)
    damaged[len(raw) // 2] ^= 4
    for content in (bytes(damaged), raw[:-1]):
        (path / name).write_bytes(content)
        journal = reopen(path)
        with pytest.raises(JournalCorrupt, match=name):
            journal.archive.verify(journal.archive.entries[1])
        journal.close()
    (path / name).unlink()
    with pytest.raises(JournalCorrupt, match=name):
        reopen(path)


def test_a_gap_in_the_archive_is_refused_but_an_old_end_may_leave(tmp_path: Path) -> None:
    """Moving the oldest files elsewhere is allowed; a hole is a loss."""
    path = tmp_path / "data"
    journal = create(path)
    fill(journal, [[n % 5] * 100 for n in range(60)])
    journal.archive_sealed()
    journal.trim(60)
    entries = list(journal.archive.entries)
    journal.close()
    for kind in ("frames", "index"):
        (path / f"{entries[0].stem}.{kind}").unlink()
    journal = reopen(path)
    with pytest.raises(JournalCorrupt, match="sequence 1 is in no live segment"):
        next(journal.read_from(1))
    assert next(journal.read_from(entries[1].first_sequence)).payload
    journal.close()
    for kind in ("frames", "index"):
        (path / f"{entries[2].stem}.{kind}").unlink()
    with pytest.raises(JournalCorrupt, match="are missing; restore them"):
        reopen(path)
    for entry in entries[1:]:
        for kind in ("frames", "index"):
            (path / f"{entry.stem}.{kind}").unlink(missing_ok=True)
    with pytest.raises(JournalCorrupt, match="the archive ends at segment 0"):
        reopen(path)


def test_half_made_archive_files_are_made_again(tmp_path: Path) -> None:
    """A crash between the two files leaves nothing that counts."""
    path = tmp_path / "data"
    journal = create(path)
    fill(journal, [[n % 5] * 100 for n in range(30)])
    journal.archive_sealed()
    entry = journal.archive.entries[-1]
    journal.close()
    (path / entry.index_name).unlink()
    (path / "archive/rubbish.tmp").write_bytes(b"x")
    journal = reopen(path)
    assert not journal.archive.has(entry.ordinal)
    assert not (path / entry.frames_name).exists()
    assert not (path / "archive/rubbish.tmp").exists()
    assert journal.archive_sealed() == 1
    journal.archive.verify(journal.archive.entries[-1])
    journal.close()


def test_damage_is_never_archived(tmp_path: Path) -> None:
    """A sealed segment is verified on its way, chain and all."""
    path = tmp_path / "data"
    journal = create(path)
    fill(journal, [[1] * 100 for _ in range(30)])
    with (path / segment_name(2)).open("r+b") as file:
        file.seek(HEADER_PAGE_BYTES + 700)
        file.write(b"\xff")
    with pytest.raises(JournalCorrupt, match=r"000000000002\.segment: sealed with sequence"):
        journal.archive_sealed()
    assert [entry.ordinal for entry in journal.archive.entries] == [1]
    journal.close()


def test_a_segment_of_epochs_alone_is_archived_too(tmp_path: Path) -> None:
    """Many restarts without work fill a segment that holds no sequence."""
    path = tmp_path / "data"
    journal = create(path)
    fill(journal, [[1]])
    journal.close()
    for _ in range(70):
        journal = reopen(path)
        journal.close()
    journal = reopen(path)
    assert journal.epoch == 72
    assert journal.archive_sealed() == 2
    assert journal.trim(1) == 2
    fill(journal, [[2]])
    journal.close()
    journal = reopen(path)
    assert [f.first_sequence for f in journal.read_from(1)] == [1, 2]
    assert [bytes(journal.find(n).payload)[0] for n in (1, 2)] == [1, 2]
    journal.close()
