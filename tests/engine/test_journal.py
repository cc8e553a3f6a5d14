"""The journal on a real file system: append, read, roll over, trim, and every refusal."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from slotline.engine import failpoints, writer
from slotline.engine.errors import (
    InvalidRequest,
    InvariantBroken,
    JournalCorrupt,
    JournalFailed,
    LimitReached,
    StoreInUse,
    StoreMismatch,
)
from slotline.engine.journal import Journal
from slotline.engine.recovery import Anchor
from slotline.engine.segments import HEADER_PAGE_BYTES, segment_name
from slotline.engine.store import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slotline.engine.journal import Detect

STORE_ID = bytes(range(16))
SMALL = 8192


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _no_hook() -> Iterator[None]:
    """Leave no failpoint hook behind."""
    yield
    failpoints.install(None)


def create(path: Path, segment_bytes: int = SMALL, store_id: bytes = STORE_ID) -> Journal:
    """Make a store."""
    return Journal.create(
        FileStore(path), "DC1", store_id=store_id, created_us=5, segment_bytes=segment_bytes
    )


def reopen(
    path: Path,
    segment_bytes: int = SMALL,
    *,
    anchor: Anchor | None = None,
    rebuild_head: bool = False,
    detect: Detect = "lag",
) -> Journal:
    """Open a store."""
    return Journal.open(
        FileStore(path), time_us=9, segment_bytes=segment_bytes, anchor=anchor,
        rebuild_head=rebuild_head, detect=detect,
    )  # fmt: skip


def fill(journal: Journal, count: int, size: int = 500) -> None:
    """Append groups of one record each, with the sequence as payload."""
    for _ in range(count):
        sequence = journal.durable_sequence + 1
        journal.append([payload(sequence, size)], sequence, sequence, 1, sequence)


def payload(sequence: int, size: int = 500) -> bytes:
    """Return the payload of a sequence."""
    return sequence.to_bytes(8, "little") * (size // 8)


def patch(path: Path, ordinal: int, offset: int, content: bytes) -> None:
    """Damage a segment file."""
    with (path / segment_name(ordinal)).open("r+b") as file:
        file.seek(offset)
        file.write(content)


def test_what_is_appended_comes_back_after_a_restart(path: Path) -> None:
    """Several kinds of buffers form one payload; stamps and counts are kept."""
    journal = create(path)
    column = np.arange(7, dtype=np.int64)
    journal.append([b"abc", bytearray(b"de"), column.data], 1, 4, 4, 123)
    journal.append([], 5, 5, 1, 124)
    chain, identity = journal.chain, journal.identity
    journal.close()
    again = reopen(path)
    assert again.identity == identity
    assert again.identity.site == "DC1"
    assert (again.durable_sequence, again.epoch) == (5, 2)
    assert again.chain != chain, "the epoch frame is part of the chain"
    first, second = again.read_from(1)
    assert bytes(first.payload) == b"abcde" + column.tobytes()
    assert (first.first_sequence, first.last_sequence, first.record_count) == (1, 4, 4)
    assert (first.time_us, first.epoch, second.time_us, len(second.payload)) == (123, 1, 124, 0)
    assert again.find(3) == first
    again.close()


def test_reading_goes_through_archive_and_live_segments(path: Path) -> None:
    """Any start, after roll-over, archive, trim and reuse; each sequence can be found."""
    journal = create(path)
    fill(journal, 30)
    assert journal.archive_sealed() > 2
    assert journal.archive_sealed() == 0
    assert journal.trim(20) > 1
    assert journal.first_live_sequence > 10
    names = set(FileStore(path).names("journal"))
    assert any(name.startswith("spare") for name in names)
    fill(journal, 15)
    journal.close()
    journal = reopen(path)
    for start in range(1, 46):
        frames = list(journal.read_from(start))
        assert [frame.first_sequence for frame in frames] == list(range(start, 46))
        assert bytes(journal.find(start).payload) == payload(start)
    assert list(journal.read_from(46)) == []
    with pytest.raises(InvalidRequest, match="sequence 46, expected 1 to 45"):
        journal.find(46)
    journal.close()


def test_trim_keeps_what_is_not_archived_or_still_needed(path: Path) -> None:
    """Both conditions, and never the segment that takes appends."""
    journal = create(path)
    fill(journal, 20)
    count = len(journal.live_segments())
    assert journal.trim(20) == 0
    journal.archive_sealed()
    assert journal.trim(0) == 0
    assert journal.trim(20) == count - 1
    assert len(journal.live_segments()) == 1
    assert [frame.first_sequence for frame in journal.read_from(1)] == list(range(1, 21))
    journal.close()


def test_a_reader_goes_on_when_its_segment_is_trimmed(path: Path) -> None:
    """The rest comes from the archive."""
    journal = create(path)
    fill(journal, 40, size=48)
    journal.archive_sealed()
    fill(journal, 200, size=48)
    reader = journal.read_from(1)
    seen = [next(reader).first_sequence]
    journal.archive_sealed()
    assert journal.trim(240) > 0
    fill(journal, 5)
    seen += [frame.first_sequence for frame in reader]
    assert seen == list(range(1, 241))
    journal.close()


def test_readers_in_other_threads_see_only_whole_durable_groups(path: Path) -> None:
    """Two readers go over everything while the writer rolls, archives, trims and reuses."""
    journal = create(path)
    fill(journal, 1)
    journal.start_background()
    is_done = threading.Event()
    errors: list[BaseException] = []
    passes: list[int] = []

    def read() -> None:
        try:
            while not is_done.is_set():
                bound = journal.durable_sequence
                frames = list(journal.read_from(1))
                assert len(frames) >= bound
                assert all(
                    frame.first_sequence == n and frame.payload == payload(n)
                    for n, frame in enumerate(frames, 1)
                )
                assert journal.find(max(bound // 2, 1)).payload == payload(max(bound // 2, 1))
                passes.append(len(frames))
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(30):
        fill(journal, 10)
        journal.trim(journal.durable_sequence)
    is_done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert passes
    assert len(journal.live_segments()) < 50
    journal.close()


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 2), (4, 4), (3, 2)])
def test_a_wrong_sequence_is_a_bug_and_writes_nothing(path: Path, first: int, last: int) -> None:
    """Repeated, skipped and empty groups; the journal goes on."""
    journal = create(path)
    fill(journal, 2)
    with pytest.raises(InvariantBroken, match="expected to begin at 3"):
        journal.append([b"x"], first, last, 1, 1)
    fill(journal, 1)
    assert journal.durable_sequence == 3
    journal.close()


def test_the_largest_group_fits_and_one_byte_more_does_not(path: Path) -> None:
    """At the bound and above; the refusal poisons nothing."""
    journal = create(path)
    bound = journal.payload_bytes_max
    assert bound == SMALL - HEADER_PAGE_BYTES - 128
    journal.append([bytes(bound)], 1, 1, 1, 1)
    with pytest.raises(LimitReached, match=f"{bound + 1} bytes, at most {bound}"):
        journal.append([bytes(bound + 1)], 2, 2, 1, 1)
    journal.append([bytes(bound - 1)], 2, 2, 1, 1)
    assert [len(frame.payload) for frame in journal.read_from(1)] == [bound, bound - 1]
    journal.close()


def test_large_groups_take_the_overlapped_paths(path: Path) -> None:
    """Above 16 KiB and above 256 KiB the digest is computed beside the disk."""
    journal = create(path, segment_bytes=1 << 20)
    sizes = [16_000, 20_000, 200_000, 300_000, 600_000]
    for sequence, size in enumerate(sizes, 1):
        journal.append([bytes([sequence]) * size], sequence, sequence, 1, 1)
    journal.close()
    journal = reopen(path, segment_bytes=1 << 20)
    assert [len(frame.payload) for frame in journal.read_from(1)] == sizes
    journal.close()


@pytest.mark.parametrize("size", [8191, 4096, 12289, 2 << 30])
def test_a_bad_segment_size_is_refused(path: Path, size: int) -> None:
    """Too small, too large, not a multiple of the page."""
    with pytest.raises(InvalidRequest, match=f"segment size {size}"):
        create(path, segment_bytes=size)


def test_a_second_process_is_refused(path: Path) -> None:
    """One writer per data directory."""
    journal = create(path)
    with pytest.raises(StoreInUse):
        reopen(path)
    journal.close()
    journal.close()
    reopen(path).close()


def test_a_store_is_not_made_over_another(path: Path) -> None:
    """Neither over a whole one, nor over one that lost its name tag."""
    journal = create(path)
    fill(journal, 1)
    journal.close()
    with pytest.raises(StoreMismatch, match="holds a store already"):
        create(path)
    (path / "store.json").unlink()
    with pytest.raises(StoreMismatch, match=r"has frames .* but no store\.json"):
        create(path)
    with pytest.raises(StoreMismatch, match="holds no store"):
        reopen(path)


def test_files_of_another_store_are_refused(path: Path, tmp_path: Path) -> None:
    """A swapped segment, head or name tag names both stores."""
    create(path).close()
    other = tmp_path / "other"
    create(other, store_id=bytes(16)).close()
    for name in ("store.json", "head", segment_name(1)):
        kept = (path / name).read_bytes()
        shutil.copy(other / name, path / name)
        with pytest.raises(StoreMismatch, match=STORE_ID.hex()):
            reopen(path)
        (path / name).write_bytes(kept)
    reopen(path).close()


def test_a_missing_head_is_refused_until_a_person_accepts_it(path: Path) -> None:
    """The message says how to go on; rebuilding keeps all intact frames."""
    journal = create(path)
    fill(journal, 3)
    journal.close()
    (path / "head").unlink()
    with pytest.raises(JournalCorrupt, match="--rebuild-head"):
        reopen(path)
    journal = reopen(path, rebuild_head=True)
    assert journal.durable_sequence == 3
    journal.close()
    reopen(path).close()


def test_missing_and_shortened_segments_are_named(path: Path) -> None:
    """In the middle, at the end, cut short, all gone."""
    journal = create(path)
    fill(journal, 30)
    last = len(journal.live_segments())
    journal.close()
    shutil.copytree(path, path.parent / "copy")
    for ordinal, problem in ((2, "segments between"), (last, "acknowledged groups are lost")):
        kept = (path / segment_name(ordinal)).read_bytes()
        (path / segment_name(ordinal)).unlink()
        with pytest.raises(JournalCorrupt, match=problem):
            reopen(path)
        (path / segment_name(ordinal)).write_bytes(kept[:6000])
        with pytest.raises(JournalCorrupt, match="the file has 6000"):
            reopen(path)
        (path / segment_name(ordinal)).write_bytes(kept)
    for ordinal in range(1, last + 1):
        (path / segment_name(ordinal)).unlink()
    with pytest.raises(JournalCorrupt, match="has no segment"):
        reopen(path)


def test_rot_in_the_middle_is_named_with_place_and_sequence(path: Path) -> None:
    """Before the head's mark: in the last segment, and in a sealed one."""
    journal = create(path)
    fill(journal, 4)
    journal.close()
    offset = HEADER_PAGE_BYTES + 128 + 640
    patch(path, 1, offset + 200, b"\xff")
    with pytest.raises(JournalCorrupt, match=rf"offset {offset} sequence 1.*CRC32C"):
        reopen(path)
    shutil.rmtree(path)
    journal = create(path)
    fill(journal, 12)
    journal.close()
    patch(path, 1, offset + 200, b"\xff")
    with pytest.raises(JournalCorrupt, match=rf"{offset}: last intact sequence is 1"):
        reopen(path)


def test_damage_with_a_later_frame_is_rot_even_without_a_head(path: Path) -> None:
    """The frame behind it proves that the damaged one was durable."""
    journal = create(path)
    fill(journal, 4)
    journal.close()
    offset = HEADER_PAGE_BYTES + 128 + 2 * 640
    patch(path, 1, offset, bytes(640))
    with pytest.raises(JournalCorrupt, match=r"zeros, yet an intact frame of sequence 4"):
        reopen(path, rebuild_head=True)


def test_an_unknown_frame_version_is_no_damage(path: Path) -> None:
    """An intact frame of a later format is refused as such, not dropped as torn."""
    journal = create(path)
    fill(journal, 1)
    journal.close()
    raw = bytearray((path / segment_name(1)).read_bytes()[HEADER_PAGE_BYTES + 128 :][:124])
    raw[4] = 2
    from crc32c import crc32c

    patch(path, 1, HEADER_PAGE_BYTES + 128, bytes(raw) + crc32c(raw).to_bytes(4, "little"))
    with pytest.raises(StoreMismatch, match="format version 2"):
        reopen(path)


def test_opening_from_a_snapshot_skips_older_segments(path: Path) -> None:
    """A right anchor opens, a forged one does not, an old one is sent to the archive."""
    journal = create(path)
    anchors = []
    for _ in range(30):
        fill(journal, 1)
        anchors.append(Anchor(journal.durable_sequence, journal.chain))
    journal.close()
    patch(path, 1, HEADER_PAGE_BYTES + 300, b"\xff")
    for anchor in (anchors[-1], anchors[15]):
        again = reopen(path, anchor=anchor)
        assert bytes(again.find(20).payload) == payload(20)
        assert again.durable_sequence == 30
        again.close()
    with pytest.raises(JournalCorrupt, match="chain digest"):
        reopen(path, anchor=Anchor(20, bytes(32)))
    with pytest.raises(JournalCorrupt):
        reopen(path)


def test_a_failpoint_that_raises_poisons_the_journal(path: Path) -> None:
    """Whatever interrupts an append leaves the disk unknown, so nothing more is taken."""
    journal = create(path)
    seen: list[str] = []

    def interrupt(name: str) -> None:
        seen.append(name)
        if name == "journal.after_write":
            raise KeyboardInterrupt

    failpoints.install(interrupt)
    with pytest.raises(KeyboardInterrupt):
        fill(journal, 1)
    failpoints.install(None)
    with pytest.raises(JournalFailed, match="an append failed"):
        fill(journal, 1)
    assert seen == ["journal.before_write", "journal.after_write"]
    journal.close()
    assert reopen(path).durable_sequence in (0, 1)


def test_all_failpoints_of_an_append_are_passed_in_order(path: Path) -> None:
    """The names that harnesses rely on."""
    journal = create(path)
    fill(journal, 6)
    seen: list[str] = []
    failpoints.install(seen.append)
    fill(journal, 1)
    assert [name for name in seen if not name.startswith("store.")] == [
        "segment.before_seal",
        "segment.after_seal",
        "journal.before_write",
        "journal.after_write",
        "journal.before_sync",
        "journal.after_sync",
        "head.before_write",
        "head.after_write",
    ]
    journal.close()


def test_low_disk_is_noticed_and_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte under the reserve is low; the flag clears as soon as there is room."""
    journal = create(path)
    free = [writer.LOW_DISK_RESERVE_BYTES]
    monkeypatch.setattr(FileStore, "free_bytes", lambda _self: free[0])
    fill(journal, writer.LOW_DISK_CHECK_GROUPS, size=8)
    assert not journal.low_disk()
    free[0] -= 1
    fill(journal, writer.LOW_DISK_CHECK_GROUPS, size=8)
    assert journal.low_disk()
    free[0] += 1
    assert not journal.low_disk()
    journal.close()


def test_background_threads_archive_and_prepare(path: Path) -> None:
    """Sealed segments are archived without being asked; spares are ready."""
    journal = create(path)
    archived = threading.Event()
    failpoints.install(lambda name: archived.set() if name == "archive.after_index" else None)
    journal.start_background()
    fill(journal, 20)
    assert archived.wait(10)
    journal.close()
    again = reopen(path)
    assert len(again.archive.entries) >= 1
    assert [frame.first_sequence for frame in again.read_from(1)] == list(range(1, 21))
    again.close()


def test_an_error_in_the_background_is_fatal_to_the_next_append(path: Path) -> None:
    """Nobody would notice an archive that stopped; so the journal does."""
    journal = create(path)
    failed = threading.Event()

    def fail(name: str) -> None:
        if name == "archive.before_copy":
            failed.set()
            raise JournalFailed("no room in the archive")

    failpoints.install(fail)
    journal.start_background()
    fill(journal, 7)
    assert failed.wait(10)
    assert isinstance(journal.workers[0].join_failed(10), JournalFailed)
    with pytest.raises(JournalFailed, match="no room in the archive"):
        fill(journal, 1)
    with pytest.raises(JournalFailed):
        journal.idle()
    journal.close()


def test_syncing_the_head_follows_the_rule(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lag: when idle and every 64 groups. Full: with every group."""
    from slotline.engine.head import Head

    synced: list[int] = []
    original = Head.sync

    def sync(head: Head) -> None:
        synced.append(1)
        original(head)

    monkeypatch.setattr(Head, "sync", sync)
    journal = create(path, segment_bytes=1 << 20)
    synced.clear()
    fill(journal, 63, size=8)
    assert synced == []
    fill(journal, 1, size=8)
    assert synced == [1]
    journal.idle()
    assert synced == [1]
    fill(journal, 1, size=8)
    journal.idle()
    assert synced == [1, 1]
    journal.close()
    journal = reopen(path, segment_bytes=1 << 20, detect="full")
    synced.clear()
    fill(journal, 3, size=8)
    assert synced == [1, 1, 1]
    journal.close()
