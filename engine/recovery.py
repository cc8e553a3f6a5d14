"""Bring a journal back: walk and verify its segments, then judge how it ends.

Three endings. *Clean*: zeros, or the former life of a reused file. *Torn*: damage beyond the
head's mark with no later frame behind it; that group was never acknowledged, so it is dropped
and zeroed. *Rot*: damage before the mark, or with an intact later frame behind it; groups are
written one at a time, so the damaged one had been durable, and recovery refuses to go on.

The limit of this: when the head itself was not yet synced, damage to the very last
acknowledged group looks torn. ``detect="full"`` closes that window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import failpoints
from .archive import ARCHIVE_FOLDER
from .arena import allocate
from .errors import JournalCorrupt
from .frame import FLAG_EPOCH, frame_bytes
from .head import Mark, create_head, head_is_checked, open_head
from .segments import (
    HEADER_PAGE_BYTES,
    JOURNAL_FOLDER,
    Cursor,
    Segment,
    find_later_frame,
    is_zero,
    parse_names,
    read_segment_header,
    segment_name,
    walk_frames,
)

if TYPE_CHECKING:
    from .files import Store
    from .head import Head


class Anchor(NamedTuple):
    """A position that a snapshot vouches for: recovery may begin there.

    Parameters
    ----------
    sequence : int
        Last sequence in the snapshot.
    digest : bytes
        Chain digest then, 32 bytes.
    """

    sequence: int
    digest: bytes


@dataclass(slots=True)
class Recovered:
    """What recovery found.

    Parameters
    ----------
    segments : list of Segment
        Live segments, oldest first; the last one takes appends.
    cursor : Cursor
        End of the journal in the last segment.
    head : Head
        Open head file.
    spare_numbers : list of int
        Spare files found.
    dropped_bytes : int
        Bytes of a torn tail, or of a former life, that were zeroed.
    """

    segments: list[Segment]
    cursor: Cursor
    head: Head
    spare_numbers: list[int]
    dropped_bytes: int


class Recovery:
    """One recovery run.

    Parameters
    ----------
    store : Store
        The locked store.
    store_id : bytes
        Expected store id.
    anchor : Anchor or None
        Begin at the segment that holds this position instead of the oldest.
    """

    def __init__(self, store: Store, store_id: bytes, anchor: Anchor | None) -> None:
        self._store = store
        self._store_id = store_id
        self._anchor = anchor
        self._is_anchored = anchor is None
        self._mark: Mark | None = None
        self._is_marked = False
        self._last_frame_at = -1
        self._view = memoryview(b"")  # contents of the segment that was walked last
        self.segments: list[Segment] = []

    def run(self, *, rebuild_head: bool) -> Recovered:
        """Recover.

        Parameters
        ----------
        rebuild_head : bool
            Accept the journal as it is and write a new head file. For a person who has lost
            the head; acknowledged groups at the end may be missing without a trace.

        Returns
        -------
        Recovered
            Open files and the position for the next append; nothing unsynced is left.

        Raises
        ------
        JournalCorrupt
            Rot, loss or a gap.
        StoreMismatch
            Files of another store or another format.
        """
        head: Head | None = None
        spares = self._open_segments()
        try:
            if not rebuild_head:
                head, self._mark = open_head(self._store, self._store_id)
            cursor = self._walk()
            self._check_mark(cursor)
            dropped = self._settle_tail(cursor)
            if head is None:
                ordinal = self.segments[-1].header.ordinal
                head = create_head(
                    self._store,
                    self._store_id,
                    Mark(cursor.epoch, cursor.sequence, cursor.digest, ordinal, cursor.offset),
                )
        except BaseException:
            if head is not None:
                head.close()
            self._close()
            raise
        return Recovered(self.segments, cursor, head, spares, dropped)

    def _close(self) -> None:
        for segment in self.segments:
            segment.file.close()

    def _open_segments(self) -> list[int]:
        ordinals, spares, others = parse_names(self._store.names(JOURNAL_FOLDER))
        for name in others:
            if name.endswith(".tmp"):
                self._store.unlink(f"{JOURNAL_FOLDER}/{name}")
        if not ordinals:
            raise JournalCorrupt(
                f"{self._store.where} has no segment in {JOURNAL_FOLDER}/; restore it from a backup"
            )
        try:
            for ordinal in ordinals:
                self._open_segment(ordinal)
        except BaseException:
            self._close()
            raise
        return spares

    def _open_segment(self, ordinal: int) -> None:
        name = segment_name(ordinal)
        if self.segments and ordinal != self.segments[-1].header.ordinal + 1:
            raise JournalCorrupt(
                f"{name} follows segment {self.segments[-1].header.ordinal}; the segments between "
                "are missing, restore them"
            )
        file = self._store.open_file(name)
        try:
            header = read_segment_header(file, name, self._store_id)
            if header.ordinal != ordinal or header.segment_bytes != file.size_bytes:
                raise JournalCorrupt(
                    f"{name}: its header says segment {header.ordinal} of {header.segment_bytes} "
                    f"bytes, the file has {file.size_bytes}; restore it"
                )
        except BaseException:
            file.close()
            raise
        if self.segments:
            before = self.segments[-1]
            before.last_sequence = header.first_sequence - 1
        self.segments.append(Segment(header, file))

    def _start_row(self) -> int:
        """Row of the segment at which the walk begins."""
        if self._anchor is None:
            return 0
        sequence = self._anchor.sequence
        if sequence < self.segments[0].header.first_sequence - 1:
            raise JournalCorrupt(
                f"the snapshot ends at sequence {sequence}, but the journal begins at "
                f"{self.segments[0].header.first_sequence}; use a later snapshot or the archive"
            )
        rows = [
            row
            for row, segment in enumerate(self.segments)
            # `<`, not `<=`: the position may lie on an epoch frame at the end of the one before.
            if segment.header.first_sequence - 1 < sequence
        ]
        return rows[-1] if rows else 0

    def _walk(self) -> Cursor:
        start = self._start_row()
        header = self.segments[start].header
        cursor = Cursor(
            HEADER_PAGE_BYTES, header.first_sequence - 1, header.previous_digest, header.epoch
        )
        self._is_marked = self._mark is None or self._mark.ordinal < header.ordinal
        # One block for all: new memory is cleared first, which costs as much as reading into it.
        size = max(segment.file.size_bytes for segment in self.segments[start:])
        room = allocate(size, np.uint8).data
        for row in range(start, len(self.segments)):
            segment = self.segments[row]
            cursor.offset = HEADER_PAGE_BYTES
            self._last_frame_at = -1
            self._view = segment.file.view(room)
            self._walk_segment(segment, self._view, cursor)
            if row + 1 < len(self.segments):
                self._check_seam(segment, self.segments[row + 1], cursor)
        if not self._is_anchored and self._anchor is not None:
            raise JournalCorrupt(
                f"no frame ends at sequence {self._anchor.sequence} with the chain digest "
                f"{self._anchor.digest.hex()[:16]} of the snapshot; one of them is not ours"
            )
        return cursor

    def _walk_segment(self, segment: Segment, view: memoryview, cursor: Cursor) -> None:
        ordinal = segment.header.ordinal
        # Only frames in the mark's segment can end at the mark.
        mark = self._mark if self._mark is not None and self._mark.ordinal == ordinal else None
        start = cursor.offset
        self._meet(cursor, mark)
        for header in walk_frames(view, cursor, self._store_id, ordinal):
            if not header.flags & FLAG_EPOCH:
                segment.note_frame(header.first_sequence, start)
            self._last_frame_at = start
            start = cursor.offset
            if mark is not None or not self._is_anchored:
                self._meet(cursor, mark)
        segment.used_bytes = cursor.offset
        segment.last_sequence = cursor.sequence
        segment.is_indexed = True

    def _meet(self, cursor: Cursor, mark: Mark | None) -> None:
        """Compare the position just reached with the head's mark and with the anchor."""
        anchor = self._anchor
        if anchor is not None and (cursor.sequence, cursor.digest) == anchor:
            self._is_anchored = True
        if mark is None or cursor.offset != mark.offset or not head_is_checked():
            return
        found = Mark(cursor.epoch, cursor.sequence, cursor.digest, mark.ordinal, cursor.offset)
        if found != mark and "chain_not_verified" not in failpoints.planted:
            raise JournalCorrupt(
                f"segment {mark.ordinal} at {mark.offset}: sequence {found.sequence} with chain "
                f"digest {found.digest.hex()[:16]}, the head says sequence {mark.sequence} with "
                f"{mark.digest.hex()[:16]}; restore the segment"
            )
        self._is_marked = True

    def _check_seam(self, segment: Segment, following: Segment, cursor: Cursor) -> None:
        header = following.header
        if (
            cursor.sequence == header.first_sequence - 1
            and cursor.epoch == header.epoch
            and (
                cursor.digest == header.previous_digest
                or "chain_not_verified" in failpoints.planted
            )
        ):
            return
        raise JournalCorrupt(
            f"{segment.name} at {cursor.offset}: last intact sequence is {cursor.sequence}, but "
            f"segment {header.ordinal} goes on at {header.first_sequence}; "
            f"{cursor.problem or 'zeros'} there; restore the segment"
        )

    def _check_mark(self, cursor: Cursor) -> None:
        """Refuse a journal that ends before the head's mark."""
        if self._is_marked or self._mark is None or not head_is_checked():
            return
        ordinal = self.segments[-1].header.ordinal
        raise JournalCorrupt(
            f"acknowledged groups are lost or damaged: the journal is intact up to segment "
            f"{ordinal} offset {cursor.offset} sequence {cursor.sequence}, the head says segment "
            f"{self._mark.ordinal} offset {self._mark.offset} sequence {self._mark.sequence}; "
            f"{cursor.problem or 'zeros'} there; restore the journal from a backup"
        )

    def _settle_tail(self, cursor: Cursor) -> int:
        """Judge the bytes after the last good frame, and make what stays durable."""
        segment, view = self.segments[-1], self._view
        ordinal = segment.header.ordinal
        dropped = 0
        if not is_zero(view, cursor.offset):
            later = find_later_frame(view, cursor, self._store_id, ordinal)
            if later is not None:
                raise JournalCorrupt(
                    f"{segment.name} at {cursor.offset}, expected sequence {cursor.sequence + 1}: "
                    f"{cursor.problem or 'zeros'}, yet an intact frame of sequence "
                    f"{later[1].first_sequence} follows at {later[0]}; restore the segment"
                )
            if "torn_tail_kept" in failpoints.planted:
                if cursor.damaged is not None:
                    cursor.offset += frame_bytes(cursor.damaged.payload_bytes)
            else:
                dropped = len(view) - cursor.offset
                segment.file.zero(cursor.offset, dropped)
        self._rewrite_last_frame(segment, view, cursor)
        segment.file.sync()
        # Names that the process before us gave may be visible without being durable.
        for folder in ("", JOURNAL_FOLDER, ARCHIVE_FOLDER):
            self._store.sync_dir(folder)
        return dropped

    def _rewrite_last_frame(self, segment: Segment, view: memoryview, cursor: Cursor) -> None:
        """Write the last frame again when the head does not vouch for it.

        The process before us may have died between its write and its sync, or after a failed
        sync: then the page cache shows a frame that the disk lacks, and counts it as clean.
        """
        mark = self._mark
        start = self._last_frame_at
        if start < 0 or (
            mark is not None
            and (mark.ordinal, mark.offset) >= (segment.header.ordinal, cursor.offset)
        ):
            return
        segment.file.write((bytes(view[start : cursor.offset]),), start, cursor.offset - start)
