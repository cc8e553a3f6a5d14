"""Damaged, lost, swapped and old files: each is found, and its place is named."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from slotline.service.verify import verify
from slotline.tests.service.verify.journal_editing import (
    HEADER,
    flip,
    frames_of,
    seal_frame,
    segments,
    write_at,
)
from slotline.tests.service.verify.small_day import Site, found_site, play_day

if TYPE_CHECKING:
    from pathlib import Path

FLIPS = 100


def test_every_flipped_bit_of_a_frame_is_found_in_its_place(store: Path) -> None:
    """Bits of headers and payloads all over the journal; the frame is named."""
    (path,) = segments(store)
    frames = frames_of(path)
    chance = random.Random(11)
    for _ in range(FLIPS):
        frame = chance.choice(frames)
        at = frame.offset + chance.randrange(HEADER + frame.payload_bytes)
        bit = chance.randrange(8)
        flip(path, at, bit)
        verdict = verify(store)
        assert not verdict.ok, f"bit {bit} at {at}"
        places = [fault.offset for fault in verdict.faults if fault.check == "journal"]
        assert frame.offset in places, f"bit {bit} at {at}: {verdict.faults}"
        flip(path, at, bit)
    assert verify(store).ok


@pytest.mark.parametrize("name", ["archive", "snapshots", "journal", "store.json"])
def test_flipped_bits_of_other_files_are_found(archived_store: Path, name: str) -> None:
    """Header pages, archived segments, indexes, snapshots and name tags."""
    chance = random.Random(name)
    folder = archived_store / name
    paths = [folder] if folder.is_file() else sorted(folder.iterdir())
    for path in paths:
        if path.name.startswith("spare"):
            continue
        for _ in range(6):
            size = 4096 if path.suffix == ".segment" else path.stat().st_size
            at, bit = chance.randrange(size), chance.randrange(8)
            flip(path, at, bit)
            verdict = verify(archived_store)
            flip(path, at, bit)
            assert not verdict.ok, f"bit {bit} at {at} of {path.name}"
    assert verify(archived_store).ok


def test_one_flipped_head_slot_is_noted_and_two_are_a_fault(store: Path) -> None:
    """The other slot stands in for a damaged one; both damaged leave nothing."""
    flip(store / "head", 100)
    verdict = verify(store)
    assert verdict.ok
    assert "two slots" in verdict.notes[0]
    flip(store / "head", 4096 + 100)
    assert [fault.check for fault in verify(store).faults] == ["head"]


def test_a_truncated_journal_is_a_loss(store: Path) -> None:
    """The head vouches for frames that are no longer there."""
    (path,) = segments(store)
    frames = frames_of(path)
    for frame in frames[len(frames) // 2 :: 7]:
        content = path.read_bytes()
        path.write_bytes(content[: frame.offset + 50])
        verdict = verify(store)
        path.write_bytes(content)
        checks = {fault.check for fault in verdict.faults}
        assert {"head", "journal"} <= checks
        assert any(fault.offset == frame.offset for fault in verdict.faults)


def test_zeroed_last_frames_are_a_loss(store: Path) -> None:
    """A journal that ends early in good order is told by the head alone."""
    (path,) = segments(store)
    last = frames_of(path)[-1]
    write_at(path, last.offset, bytes(last.size))
    verdict = verify(store)
    assert [fault.check for fault in verdict.faults] == ["head"]
    assert f"intact up to sequence {last.first_sequence - 1}" in verdict.faults[0].found


def test_a_torn_group_behind_the_head_is_only_noted(store: Path) -> None:
    """It was never acknowledged; the next start drops it."""
    (path,) = segments(store)
    last = frames_of(path)[-1]
    write_at(path, last.offset + last.size, b"SLFR" + bytes(range(60)))
    verdict = verify(store)
    assert verdict.ok, verdict.faults
    assert "torn group" in verdict.notes[0]


def test_a_missing_segment_is_named(archived_store: Path) -> None:
    """In the archive, and of the journal where the archive has no copy."""
    frames = sorted((archived_store / "archive").glob("*.frames"))
    archived = {path.name[:12] for path in frames}
    alone = [path for path in segments(archived_store) if path.name[:12] not in archived]
    assert alone
    for path in (frames[1], *alone):
        away = archived_store.parent / "away"
        shutil.move(path, away)
        verdict = verify(archived_store)
        shutil.move(away, path)
        assert not verdict.ok, path.name
        checks = {fault.check for fault in verdict.faults}
        assert checks & {"journal", "head", "archive"}, path.name
    assert verify(archived_store).ok


def test_a_missing_archive_behind_a_later_journal_is_found(archived_store: Path) -> None:
    """The newest archived segments may not be moved away."""
    shutil.rmtree(archived_store / "archive")
    checks = {fault.check for fault in verify(archived_store).faults}
    assert "archive" in checks


def test_swapped_archive_files_are_found(archived_store: Path) -> None:
    """Frames of one segment under the name of another."""
    first, second = sorted((archived_store / "archive").glob("*.frames"))[:2]
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    verdict = verify(archived_store)
    named = {fault.file for fault in verdict.faults if fault.check == "archive"}
    assert {f"archive/{first.name}", f"archive/{second.name}"} <= named


def test_an_old_head_is_found(tmp_path: Path) -> None:
    """A head further behind than any crash can leave it was put there by someone."""
    site = Site(tmp_path / "store")
    found_site(site)
    site.engine.close()
    old = (tmp_path / "store" / "head").read_bytes()
    site.reopen()
    for _ in range(140):
        site.send("tick")
    site.engine.close()
    assert verify(tmp_path / "store").ok
    (tmp_path / "store" / "head").write_bytes(old)
    verdict = verify(tmp_path / "store")
    assert [fault.check for fault in verdict.faults] == ["head"]
    assert "frames behind" in verdict.faults[0].found


def test_an_old_journal_under_a_new_head_is_found(tmp_path: Path) -> None:
    """A restored copy of the segment alone lost what came later."""
    site = Site(tmp_path / "store")
    play_day(site)
    site.engine.close()
    (path,) = segments(tmp_path / "store")
    old = path.read_bytes()
    site.reopen()
    site.order([1], policy=2)
    site.engine.close()
    path.write_bytes(old)
    verdict = verify(tmp_path / "store")
    assert [fault.check for fault in verdict.faults] == ["head"]


def test_a_file_of_another_store_is_found(store: Path, tmp_path: Path) -> None:
    """A name tag with another id contradicts every frame."""
    tag = (store / "store.json").read_text().replace("000102", "990102")
    (store / "store.json").write_text(tag)
    verdict = verify(store)
    assert {"store"} <= {fault.check for fault in verdict.faults}
    assert any(fault.file.startswith("journal/") for fault in verdict.faults)


def test_a_frame_written_twice_is_found(store: Path) -> None:
    """A copy of an intact frame behind the last one, and one over its neighbour."""
    (path,) = segments(store)
    frames, content = frames_of(path), path.read_bytes()
    twice = frames[20]
    copied = content[twice.offset : twice.offset + twice.size]
    end = frames[-1].offset + frames[-1].size
    write_at(path, end, copied)
    verdict = verify(store)
    assert any(fault.offset == end and "once more" in fault.found for fault in verdict.faults)
    path.write_bytes(content)
    write_at(path, frames[21].offset, copied)
    verdict = verify(store)
    assert any(fault.offset == frames[21].offset for fault in verdict.faults)


def test_a_forged_frame_breaks_the_chain(store: Path) -> None:
    """Any byte of any payload, with the frame's own checksums made right again."""
    (path,) = segments(store)
    content, frames = path.read_bytes(), frames_of(path)
    chance = random.Random(5)
    for position in (3, 17, len(frames) - 2, len(frames) - 1):
        frame = frames[position]
        flip(path, frame.offset + HEADER + chance.randrange(frame.payload_bytes))
        seal_frame(frame)
        verdict = verify(store)
        path.write_bytes(content)
        following = frames[min(position + 1, len(frames) - 1)]
        assert not verdict.ok
        assert any(
            fault.check in ("journal", "head") and fault.offset >= following.offset
            for fault in verdict.faults
        )


def test_garbage_never_raises(store: Path) -> None:
    """Whatever lies in the payloads, the verdict comes, and it is not good."""
    (path,) = segments(store)
    content, frames = path.read_bytes(), frames_of(path)
    chance = random.Random(3)
    for _ in range(60):
        frame = chance.choice([frame for frame in frames if frame.payload_bytes])
        size = min(chance.choice([1, 4, 60]), frame.payload_bytes)
        at = frame.offset + HEADER + chance.randrange(frame.payload_bytes - size + 1)
        write_at(path, at, chance.randbytes(size))
        changed = path.read_bytes() != content
        seal_frame(frame)
        assert verify(store).ok is not changed
        path.write_bytes(content)
