"""Walk every frame of the journal, archived and live, and check each against the one before.

A frame is a header of 128 bytes, a payload and zeros up to a multiple of 64 bytes. The header, all
little-endian: magic ``SLFR``, u16 version, u16 flags (1: epoch frame), u32 payload bytes, u32
records, store id, u64 epoch, i64 first and last sequence, i64 time in microseconds, u64 segment
ordinal, 32 bytes chain digest of the frame before, u32 CRC32C of the payload, 16 zeros, u32 CRC32C
of the header's first 124 bytes. The chain digest of a frame is BLAKE3(header || payload).

Damage does not end the walk: it is named, and the walk goes on at the next frame that is intact, so
that one verification names every damaged place. `is_complete` is False from the first loss on.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from blake3 import blake3
from crc32c import crc32c

from .files import FORMAT_VERSION, DataFolder, Mark, read_head
from .segments import (
    PAGE_BYTES,
    ArchivedSegment,
    SegmentHeader,
    check_archived,
    check_index_offsets,
    list_archived,
    list_live,
    read_header,
    read_index,
)
from .verdict import Findings, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAGIC = b"SLFR"
HEADER_BYTES = 128
ALIGN_BYTES = 64
PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
FLAG_EPOCH = 1
HEAD_SYNC_GROUPS = 64
GENESIS = bytes(32)

_FIELDS = struct.Struct("<4sHHII16sQqqqQ32sI16s")
_MAGIC_WORD = np.uint32(int.from_bytes(MAGIC, "little"))


class FrameHeader(NamedTuple):
    """A frame's header, as in the module's table."""

    magic: bytes
    version: int
    flags: int
    payload_bytes: int
    record_count: int
    store_id: bytes
    epoch: int
    first_sequence: int
    last_sequence: int
    time_us: int
    ordinal: int
    previous_digest: bytes
    payload_crc: int
    reserved: bytes


class Frame(NamedTuple):
    """A frame whose bytes are intact: file, offset in it, header and payload."""

    file: str
    offset: int
    header: FrameHeader
    payload: memoryview


class Source(NamedTuple):
    """One segment to walk: its bytes, where they come from, and whether it is the last."""

    ordinal: int
    name: str
    view: memoryview
    header: SegmentHeader | None
    is_last: bool


def decode_header(view: memoryview, offset: int) -> FrameHeader | None:
    """Give the frame header at `offset`, None when there is none that fits its CRC32C."""
    raw = view[offset : offset + HEADER_BYTES]
    if len(raw) < HEADER_BYTES or bytes(raw[:4]) != MAGIC:
        return None
    if crc32c(raw[:-4]) != int.from_bytes(raw[-4:], "little"):
        return None
    header = FrameHeader._make(_FIELDS.unpack_from(raw))
    return header if header.payload_bytes <= PAYLOAD_BYTES_MAX else None


def frame_end(offset: int, header: FrameHeader) -> int:
    """Give the position behind a frame and its padding."""
    return offset + HEADER_BYTES + -(-header.payload_bytes // ALIGN_BYTES) * ALIGN_BYTES


def payload_problem(view: memoryview, offset: int, header: FrameHeader) -> str:
    """Say what is wrong behind an intact header, empty when nothing is."""
    start = offset + HEADER_BYTES
    end, padded = start + header.payload_bytes, frame_end(offset, header)
    if padded > len(view):
        return f"a frame that ends at {padded} in a file of {len(view)} bytes"
    found = crc32c(view[start:end])
    if found != header.payload_crc:
        return f"a payload of CRC32C {found:08x} under a header that says {header.payload_crc:08x}"
    if end != padded and any(view[end:padded]):
        return "padding that is not zero"
    return ""


class Walk:
    """One walk over the whole journal.

    Parameters
    ----------
    folder : DataFolder
        The data directory.
    store_id : bytes
        Expected store id; when empty, that of the first segment.
    findings : Findings
        Gets faults and notes.
    watched : frozenset of int
        Sequences whose chain digests are kept in `digests` (those of snapshots).
    progress : callable or None
        Told the walked share, 0 to 1.

    Attributes
    ----------
    sequence, epoch, digest
        After the last intact frame.
    first_sequence : int
        First sequence that is left.
    is_complete : bool
        Whether no frame was lost so far.
    frames, epochs, archived, segments : int
        How many were walked.
    """

    def __init__(
        self,
        folder: DataFolder,
        store_id: bytes,
        findings: Findings,
        *,
        watched: frozenset[int] = frozenset(),
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self._folder = folder
        self._store_id = store_id
        self._findings = findings
        self._watched = watched
        self._progress = progress
        self.digests: dict[int, set[bytes]] = {}
        self.sequence = 0
        self.epoch = 0
        self.digest = GENESIS
        self.first_sequence = 1
        self.is_complete = True
        self.frames = self.epochs = self.archived = self.segments = 0
        # The head first: it is never ahead of the journal, even beside a server at work.
        self.mark: Mark | None = read_head(folder, findings, store_id)
        self._met = False
        self._behind_mark = 0
        self._time_us = -1
        self._loss: tuple[Place, str] | None = None
        self._starts: dict[int, int] = {}
        self._live = list_live(folder)
        self._archive = list_archived(folder, findings)
        if self._live:
            # Copies that a crash or a running server has not finished stand behind live originals.
            oldest = min(self._live)
            for ordinal, entry in list(self._archive.items()):
                if ordinal >= oldest and entry.kinds != {"frames", "index"}:
                    del self._archive[ordinal]

    def __iter__(self) -> Iterator[Frame]:
        """Yield every intact frame, epoch frames included, in order."""
        ordinals = sorted({*self._live, *self._archive})
        self._check_beginning()
        total = sum(self._size(ordinal) for ordinal in ordinals) or 1
        done = 0
        for position, ordinal in enumerate(ordinals):
            if position and ordinal != ordinals[position - 1] + 1:
                self._lose_segments(ordinals[position - 1], ordinal)
            source = self._open(ordinal, is_last=ordinal == ordinals[-1])
            if source is not None:
                self.segments += 1
                self._enter(source, is_first=position == 0)
                yield from self._walk(source, done / total, self._size(ordinal) / total)
            done += self._size(ordinal)
            if self._progress is not None:
                self._progress(done / total)
        self._finish()

    # -- segments -----------------------------------------------------------------------------

    def _size(self, ordinal: int) -> int:
        name = self._live.get(ordinal) or self._archive[ordinal].file("frames")
        return self._folder.size(name)

    def _check_beginning(self) -> None:
        """Let the oldest archive files be moved away, but not the newest."""
        if not self._live:
            self._findings.fault("journal", Place("journal"), "no segment", "at least one")
            self.is_complete = False
        elif min(self._live) > 1 and not self._archive:
            found = "no archived segment"
            expected = f"all or the last of the segments before {min(self._live)}"
            self._findings.fault("archive", Place("archive"), found, expected)

    def _lose_segments(self, before: int, after: int) -> None:
        self.is_complete = False
        place = Place(f"journal/{before + 1:012d}.segment", -1, self.sequence + 1)
        found = "no such segment" if after == before + 2 else f"none up to segment {after - 1}"
        self._findings.fault("journal", place, found, "segments without a gap")

    def _open(self, ordinal: int, *, is_last: bool) -> Source | None:
        live, view, name = None, None, ""
        entry = self._archive.get(ordinal)
        if ordinal in self._live:
            name = self._live[ordinal]
            view = live = self._folder.read(name, "journal")
        if entry is not None:
            index = read_index(self._folder, entry, self._store_id, self._findings)
            copy = check_archived(self._folder, entry, index, live, self._findings)
            self.archived += 1
            if live is None:
                name, view = entry.file("frames"), copy
            if index is not None and view is not None:
                check_index_offsets(entry, index, _scan_starts(view), self._findings)
        if view is None:
            self.is_complete = False
            return None
        header = read_header(view, name, ordinal, self._store_id, self._findings)
        if header is not None:
            self._store_id = self._store_id or header.store_id
            if live is not None and header.size_bytes != len(view):
                expected = f"the {header.size_bytes} bytes of its header"
                self._findings.fault("journal", Place(name), f"{len(view)} bytes", expected)
        if entry is not None and header is not None:
            self._check_entry(entry, header)
        return Source(ordinal, name, view, header, is_last)

    def _check_entry(self, entry: ArchivedSegment, header: SegmentHeader) -> None:
        if entry.first_sequence != header.first_sequence:
            found = f"a segment from sequence {header.first_sequence}"
            place = Place(entry.file("frames"), 0, header.first_sequence)
            self._findings.fault("archive", place, found, f"from {entry.first_sequence}")

    def _enter(self, source: Source, *, is_first: bool) -> None:
        """Compare a segment's header page with where the walk stands."""
        header = source.header
        if header is None:
            # Nothing tells where a damaged first segment begins but its frames themselves.
            self._loss = None
            return
        if is_first and source.ordinal > 1:
            self.sequence, self.digest = header.first_sequence - 1, header.digest
            self.epoch, self.first_sequence = header.epoch, header.first_sequence
            self._findings.note(f"history begins at sequence {header.first_sequence}")
        here = (self.sequence + 1, self.digest, self.epoch)
        if here != (header.first_sequence, header.digest, header.epoch):
            self._report_seam(source, header)
            self.is_complete &= header.first_sequence == self.sequence + 1
            self.sequence, self.digest = header.first_sequence - 1, header.digest
            self.epoch = header.epoch
        self._loss = None
        self._meet(source, PAGE_BYTES)

    def _report_seam(self, source: Source, header: SegmentHeader) -> None:
        if self._loss is not None:
            place, problem = self._loss
        else:
            place, problem = Place(source.name, 0, self.sequence + 1), "a header page that says"
        self._findings.fault(
            "journal",
            place,
            f"{problem}: segment {source.ordinal} goes on at sequence {header.first_sequence}, "
            f"epoch {header.epoch}, chain digest {header.digest.hex()[:16]}",
            f"sequence {self.sequence + 1}, epoch {self.epoch}, {self.digest.hex()[:16]}",
        )

    # -- frames -------------------------------------------------------------------------------

    def _walk(self, source: Source, done: float, share: float) -> Iterator[Frame]:
        view, offset, told = source.view, PAGE_BYTES, PAGE_BYTES
        while True:
            header = decode_header(view, offset)
            problem = "no intact frame header" if header is None else ""
            if header is not None and header.ordinal != source.ordinal:
                problem = f"a frame of segment {header.ordinal}"
            elif header is not None:
                problem = payload_problem(view, offset, header)
            if header is None or problem:
                following = self._skip(source, offset, header, problem)
                if following < 0:
                    return
                offset = following
                continue
            end = frame_end(offset, header)
            if self._accept(source, offset, header):
                body = view[offset + HEADER_BYTES : offset + HEADER_BYTES + header.payload_bytes]
                yield Frame(source.name, offset, header, body)
            offset = end
            self._meet(source, end)
            if self._progress is not None and offset - told > 1 << 22:
                told = offset
                self._progress(done + share * offset / len(view))

    def _accept(self, source: Source, offset: int, header: FrameHeader) -> bool:
        """Compare an intact frame with the one before; False when it repeats what was read."""
        place = Place(source.name, offset, header.first_sequence)
        findings, is_epoch = self._findings, bool(header.flags & FLAG_EPOCH)
        if header.version != FORMAT_VERSION or header.flags & ~FLAG_EPOCH:
            found = f"format version {header.version}, flags {header.flags}"
            findings.fault("journal", place, found, f"version {FORMAT_VERSION}, flags 0 or 1")
        if self._store_id and header.store_id != self._store_id:
            expected = f"store {self._store_id.hex()}"
            findings.fault("store", place, f"a frame of store {header.store_id.hex()}", expected)
        if header.first_sequence <= self.sequence and self.is_complete:
            found = f"a frame from sequence {header.first_sequence} once more"
            findings.fault("journal", place, found, f"sequence {self.sequence + 1}")
            return False
        if header.first_sequence != self.sequence + 1:
            self.is_complete = False
            found = f"sequence {header.first_sequence}"
            findings.fault("journal", place, found, f"sequence {self.sequence + 1}")
        elif header.previous_digest != self.digest:
            findings.fault(
                "journal",
                place,
                f"chain digest {header.previous_digest.hex()[:16]}; this frame or the one before "
                "it was altered",
                self.digest.hex()[:16],
            )
        if header.epoch != self.epoch + is_epoch:
            expected = f"epoch {self.epoch + is_epoch}"
            findings.fault("journal", place, f"epoch {header.epoch}", expected)
        if is_epoch != (header.last_sequence < header.first_sequence):
            found = f"sequences {header.first_sequence} to {header.last_sequence}"
            findings.fault("journal", place, found, "none in an epoch frame, else at least one")
        if not is_epoch and header.time_us < self._time_us:
            findings.fault("time", place, f"{header.time_us} us", f"at least {self._time_us} us")
        self._move(source, offset, header, is_epoch=is_epoch)
        return True

    def _move(self, source: Source, offset: int, header: FrameHeader, *, is_epoch: bool) -> None:
        body_end = offset + HEADER_BYTES + header.payload_bytes
        self.digest = blake3(source.view[offset:body_end]).digest()
        self.sequence = max(self.sequence, header.last_sequence)
        self.epoch = header.epoch
        self.frames += 1
        self.epochs += is_epoch
        self._behind_mark += self._met
        if not is_epoch:
            self._time_us = max(self._time_us, header.time_us)
        if self.sequence in self._watched:
            self.digests.setdefault(self.sequence, set()).add(self.digest)

    def _meet(self, source: Source, offset: int) -> None:
        mark = self.mark
        if mark is None or (mark.ordinal, mark.offset) != (source.ordinal, offset):
            return
        self._met = True
        found = Mark(self.epoch, self.sequence, self.digest, source.ordinal, offset)
        if found != mark:
            self._findings.fault(
                "head",
                Place(source.name, offset, self.sequence),
                f"sequence {self.sequence}, epoch {self.epoch}, chain {self.digest.hex()[:16]}",
                f"sequence {mark.sequence}, epoch {mark.epoch}, chain {mark.digest.hex()[:16]}",
            )

    # -- damage -------------------------------------------------------------------------------

    def _skip(self, source: Source, offset: int, header: FrameHeader | None, problem: str) -> int:
        """Judge what is no good frame; give where the walk goes on, -1 at the segment's end."""
        later = _find_frame(source.view, offset + ALIGN_BYTES, source.ordinal, self._store_id)
        place = Place(source.name, offset, self.sequence + 1)
        expected = f"the frame of sequence {self.sequence + 1}"
        if later >= 0:
            self._findings.fault("journal", place, problem, expected)
            following = decode_header(source.view, later)
            if following is not None:
                # An epoch frame in the damaged place may have raised the epoch unseen.
                epoch = following.epoch - bool(following.flags & FLAG_EPOCH)
                self.is_complete &= following.first_sequence == self.sequence + 1
                self.sequence = max(self.sequence, following.first_sequence - 1)
                self.digest, self.epoch = following.previous_digest, max(self.epoch, epoch)
            return later
        is_former = header is not None and 0 < header.ordinal < source.ordinal
        is_empty = not any(source.view[offset : offset + HEADER_BYTES])
        if not source.is_last:
            text = "zeros" if is_empty else problem
            self._loss = (Place(source.name, offset, self.sequence + 1), text)
        elif not is_former and not is_empty:
            self._judge_tail(source, place, problem)
        return -1

    def _judge_tail(self, source: Source, place: Place, problem: str) -> None:
        mark = self.mark
        if mark is not None and (mark.ordinal, mark.offset) > (source.ordinal, place.offset):
            expected = f"frames up to {mark.offset}, which the head vouches for"
            self._findings.fault("journal", place, problem, expected)
            return
        self._findings.note(
            f"{place.file} at {place.offset}: {problem}; a torn group that was never acknowledged, "
            "or the file's former life; dropped at the next start"
        )

    def _finish(self) -> None:
        mark = self.mark
        if mark is None:
            return
        if not self._met:
            self.is_complete = False
            self._findings.fault(
                "head",
                Place("head", -1, mark.sequence),
                f"a journal that is intact up to sequence {self.sequence}",
                f"segment {mark.ordinal} offset {mark.offset} sequence {mark.sequence}; "
                "acknowledged groups are lost or damaged",
            )
        elif self._behind_mark > 2 * HEAD_SYNC_GROUPS:
            self._findings.fault(
                "head",
                Place("head", -1, mark.sequence),
                f"a mark {self._behind_mark} frames behind the journal's end",
                f"at most {HEAD_SYNC_GROUPS} behind; an older copy was put in its place",
            )


def _find_frame(view: memoryview, start: int, ordinal: int, store_id: bytes) -> int:
    """Give the offset of the next intact frame of a segment, -1 when there is none."""
    count = (len(view) - start) // ALIGN_BYTES
    if count <= 0:
        return -1
    words = np.frombuffer(view, "<u4", count * (ALIGN_BYTES // 4), start)[:: ALIGN_BYTES // 4]
    for row in np.flatnonzero(words == _MAGIC_WORD).tolist():
        offset = start + int(row) * ALIGN_BYTES
        header = decode_header(view, offset)
        if (
            header is not None
            and header.ordinal == ordinal
            and header.store_id == (store_id or header.store_id)
            and not payload_problem(view, offset, header)
        ):
            return offset
    return -1


def _scan_starts(view: memoryview) -> dict[int, int]:
    """Give the first sequence of each intact frame header by its offset, from page to damage."""
    starts, offset = {}, PAGE_BYTES
    while (header := decode_header(view, offset)) is not None:
        starts[offset] = header.first_sequence
        offset = frame_end(offset, header)
    return starts
