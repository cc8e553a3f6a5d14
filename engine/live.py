"""The live segments of an open journal: a list, its lock, and reading through it.

The writer adds segments, `trim` takes the oldest away, readers come from any thread. The lock
guards the list and the life of the files behind it and is never held during a sync. A reader
whose segment is trimmed under it goes on in the archive.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from .errors import JournalCorrupt
from .reading import read_frames
from .segments import HEADER_PAGE_BYTES, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .archive import Archive
    from .frame import Frame
    from .spares import SparePool


class _SegmentRetired(Exception):
    """The segment under a reader was trimmed; its frames are in the archive."""


class LiveSegments:
    """Segments that are not trimmed, oldest first; the last one takes appends.

    Parameters
    ----------
    segments : list of Segment
        From recovery; owned by this object.
    store_id : bytes
        16 bytes.
    """

    def __init__(self, segments: list[Segment], store_id: bytes) -> None:
        self._segments = segments
        self._store_id = store_id
        self._lock = threading.Lock()
        self._archive_lock = threading.Lock()

    def segments(self) -> list[Segment]:
        """Return a copy of the list.

        Returns
        -------
        list of Segment
            Never empty while the journal is open.
        """
        with self._lock:
            return list(self._segments)

    def add(self, segment: Segment) -> None:
        """Append a segment that was just begun.

        Parameters
        ----------
        segment : Segment
            It takes appends from now on.
        """
        with self._lock:
            self._segments.append(segment)

    def close(self) -> None:
        """Close all files; readers under way find their segment gone."""
        with self._lock:
            for segment in self._segments:
                segment.is_live = False
                segment.file.close()
            self._segments.clear()

    def archive_sealed(self, archive: Archive) -> int:
        """Archive every sealed segment that is not archived yet.

        Parameters
        ----------
        archive : Archive
            Where to.

        Returns
        -------
        int
            Segments archived by this call.
        """
        count = 0
        with self._archive_lock:
            segments = self.segments()
            for segment, following in pairwise(segments):
                if segment.is_archived:
                    continue
                archive.add(segment, following.header)
                segment.is_archived = True
                count += 1
        return count

    def trim(self, sequence: int, spares: SparePool) -> int:
        """Give up segments that are archived and wholly up to `sequence`.

        Parameters
        ----------
        sequence : int
            Last sequence that nobody needs live any more.
        spares : SparePool
            Gets the files.

        Returns
        -------
        int
            Segments given up.
        """
        count = 0
        with self._archive_lock:
            while True:
                with self._lock:
                    oldest = self._segments[0]
                    if (
                        len(self._segments) == 1
                        or not oldest.is_archived
                        or oldest.last_sequence > sequence
                    ):
                        return count
                    oldest.is_live = False
                    del self._segments[0]
                spares.give(oldest)
                count += 1

    def frames(
        self, archive: Archive, sequence: int, last_sequence: int, block_bytes: int
    ) -> Iterator[Frame]:
        """Yield the frames that hold `sequence` to `last_sequence`.

        Parameters
        ----------
        archive : Archive
            Holds what is no longer live.
        sequence, last_sequence : int
            First and last sequence wanted; both durable.
        block_bytes : int
            Bytes to read at a time.

        Yields
        ------
        Frame
            In order.

        Raises
        ------
        JournalCorrupt
            A frame is damaged, or older than everything kept.
        """
        while sequence <= last_sequence:
            before = sequence
            try:
                for frame in self._frames_of_part(archive, sequence, last_sequence, block_bytes):
                    yield frame
                    sequence = frame.last_sequence + 1
                    if sequence > last_sequence:
                        return
            except _SegmentRetired:
                continue
            if sequence == before:
                raise JournalCorrupt(
                    f"sequence {sequence} is in no live segment and in no archive file; restore "
                    "the archive"
                )

    def _frames_of_part(
        self, archive: Archive, sequence: int, last_sequence: int, block_bytes: int
    ) -> Iterator[Frame]:
        """Frames of the one live segment or archive file that holds `sequence`."""
        with self._lock:
            row = bisect_right(
                self._segments, sequence, key=lambda segment: segment.header.first_sequence
            )
            segment = self._segments[row - 1] if row else None
            is_last = row == len(self._segments)
        if segment is not None:
            last = last_sequence if is_last else min(last_sequence, segment.last_sequence)
            yield from self._frames_of_segment(archive, segment, sequence, last, block_bytes)
            return
        entries = archive.entries
        row = bisect_right(entries, sequence, key=lambda entry: entry.first_sequence)
        if row:
            yield from archive.read(entries[row - 1], sequence, block_bytes)

    def _frames_of_segment(
        self,
        archive: Archive,
        segment: Segment,
        sequence: int,
        last_sequence: int,
        block_bytes: int,
    ) -> Iterator[Frame]:
        if not segment.is_indexed:
            self._index(segment, archive)
        offset, first = HEADER_PAGE_BYTES, segment.header.first_sequence
        row = bisect_right(segment.index_sequences, sequence) - 1
        if row >= 0:
            offset, first = segment.index_offsets[row], segment.index_sequences[row]
        frames = read_frames(
            self._reader_of(segment),
            name=segment.name,
            ordinal=segment.header.ordinal,
            store_id=self._store_id,
            offset=offset,
            sequence=first - 1,
            last_sequence=last_sequence,
            block_bytes=block_bytes,
        )
        for _, frame in frames:
            if frame.last_sequence >= sequence:
                yield frame

    def _index(self, segment: Segment, archive: Archive) -> None:
        """Index a sealed segment that recovery skipped: from the archive, else by a scan."""
        if segment.is_archived:
            entry = next(e for e in archive.entries if e.ordinal == segment.header.ordinal)
            index = archive.index_of(entry)
            offsets, sequences = index.offsets.tolist(), index.sequences.tolist()
        else:
            scanned = Segment(segment.header, segment.file)
            frames = read_frames(
                self._reader_of(segment),
                name=segment.name,
                ordinal=segment.header.ordinal,
                store_id=self._store_id,
                offset=HEADER_PAGE_BYTES,
                sequence=segment.header.first_sequence - 1,
                last_sequence=segment.last_sequence,
            )
            for offset, frame in frames:
                scanned.note_frame(frame.first_sequence, offset)
            offsets, sequences = scanned.index_offsets, scanned.index_sequences
        # In this order: readers bisect the sequences, then use the offsets.
        segment.index_offsets = offsets
        segment.index_sequences = sequences
        segment.is_indexed = True

    def _reader_of(self, segment: Segment) -> Callable[[int, int], bytes]:
        def read(offset: int, count: int) -> bytes:
            with self._lock:
                if not segment.is_live:
                    raise _SegmentRetired
                return segment.file.read(offset, count)

        return read
