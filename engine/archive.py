"""Sealed segments copied to ``archive/``, each with an index by item and by sequence.

For segment *o* with sequences *f* to *l* there are ``<o>-<f>-<l>.frames``, the used bytes of
the segment as they were (header page included, so offsets stay true), and the same name with
``.index``. The index ends in a SHA-256 of itself and holds the SHA-256 of the frames file. A
segment may be used again only after both files and their folder entries are durable.

Index layout, little-endian: header of 160 bytes, then S sequences int64, S offsets int64, N
item refs int32 ascending, N frame offsets uint32 (ascending within an item), SHA-256.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .arena import allocate
from .errors import JournalCorrupt, StoreMismatch
from .failpoints import failpoint
from .frame import FLAG_EPOCH, FORMAT_VERSION, HEADER_BYTES
from .reading import FIND_BLOCK_BYTES, read_frames
from .segments import HEADER_PAGE_BYTES, Cursor, Segment, SegmentHeader, walk_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .files import Store
    from .frame import Frame

    ReadBytes = Callable[[int, int], bytes]

ARCHIVE_FOLDER = "archive"
INDEX_MAGIC = b"SLIX"
INDEX_HEADER_BYTES = 160
_INDEX = struct.Struct("<4sHHQqqQQQ16s32s")
_NAME = re.compile(r"(\d{12})-(\d{20})-(\d{20})\.(frames|index)")


class ItemIndexer(Protocol):
    """Says which items a payload is about; the journal itself cannot read payloads."""

    def __call__(self, payload: memoryview) -> NDArray[np.int32]:
        """Return the int32 item refs in one payload, best ascending, repeats allowed."""
        ...


@dataclass(slots=True)
class ArchiveEntry:
    """One archived segment.

    Parameters
    ----------
    ordinal : int
        Segment.
    first_sequence, last_sequence : int
        Sequences in it; last < first when it holds epoch frames only.
    index : ArchiveIndex or None
        Its index, once it has been read.
    """

    ordinal: int
    first_sequence: int
    last_sequence: int
    index: ArchiveIndex | None = None

    @property
    def stem(self) -> str:
        """Store name without the suffix."""
        return (
            f"{ARCHIVE_FOLDER}/{self.ordinal:012d}-"
            f"{self.first_sequence:020d}-{self.last_sequence:020d}"
        )

    @property
    def frames_name(self) -> str:
        """Store name of the frames file."""
        return self.stem + ".frames"

    @property
    def index_name(self) -> str:
        """Store name of the index file."""
        return self.stem + ".index"


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """The index of one archived segment.

    Parameters
    ----------
    used_bytes : int
        Size of the frames file.
    frames_digest : bytes
        SHA-256 of the frames file.
    sequences, offsets : int64[S]
        First sequence and position of a frame every 16 KiB.
    item_refs : int32[N]
        Items, ascending.
    item_offsets : uint32[N]
        Position of a frame that is about the item.
    """

    used_bytes: int
    frames_digest: bytes
    sequences: NDArray[np.int64]
    offsets: NDArray[np.int64]
    item_refs: NDArray[np.int32]
    item_offsets: NDArray[np.uint32]


def _encode_index(entry: ArchiveEntry, index: ArchiveIndex, store_id: bytes) -> bytes:
    header = _INDEX.pack(
        INDEX_MAGIC, FORMAT_VERSION, 0, entry.ordinal, entry.first_sequence, entry.last_sequence,
        index.used_bytes, index.sequences.size, index.item_refs.size, store_id,
        index.frames_digest,
    ).ljust(INDEX_HEADER_BYTES, b"\0")  # fmt: skip
    body = b"".join(
        [
            header,
            index.sequences.tobytes(),
            index.offsets.tobytes(),
            index.item_refs.tobytes(),
            index.item_offsets.tobytes(),
        ]
    )
    return body + hashlib.sha256(body).digest()


def _decode_index(raw: bytes, entry: ArchiveEntry, store_id: bytes) -> ArchiveIndex:
    name = entry.index_name
    if len(raw) < INDEX_HEADER_BYTES + 32 or hashlib.sha256(raw[:-32]).digest() != raw[-32:]:
        raise JournalCorrupt(f"{name}: the SHA-256 at its end does not match; restore the file")
    fields = _INDEX.unpack_from(raw)
    magic, version, _, ordinal, first, last, used, sparse, items, found_id, digest = fields
    if magic != INDEX_MAGIC or version != FORMAT_VERSION or found_id != store_id:
        raise StoreMismatch(
            f"{name}: store {found_id.hex()} version {version}, "
            f"expected {store_id.hex()} version {FORMAT_VERSION}"
        )
    if (ordinal, first, last) != (entry.ordinal, entry.first_sequence, entry.last_sequence):
        raise JournalCorrupt(f"{name}: holds the index of segment {ordinal}, {first} to {last}")
    at = INDEX_HEADER_BYTES
    sequences = np.frombuffer(raw, "<i8", sparse, at)
    offsets = np.frombuffer(raw, "<i8", sparse, at + 8 * sparse)
    refs = np.frombuffer(raw, "<i4", items, at + 16 * sparse)
    frames = np.frombuffer(raw, "<u4", items, at + 16 * sparse + 4 * items)
    return ArchiveIndex(used, digest, sequences, offsets, refs, frames)


class Archive:
    """The archived segments of a store.

    Parameters
    ----------
    store : Store
        Where the files lie.
    store_id : bytes
        16 bytes.
    indexer : ItemIndexer or None
        Extracts item refs; None leaves the item index empty.
    """

    def __init__(self, store: Store, store_id: bytes, indexer: ItemIndexer | None) -> None:
        self._store = store
        self._store_id = store_id
        self._indexer = indexer
        self.entries: list[ArchiveEntry] = []
        self._room = memoryview(b"")

    def load(self, oldest_live_ordinal: int) -> None:
        """List the archive at start, and drop what a crash left half made.

        Parameters
        ----------
        oldest_live_ordinal : int
            Segments from here on still have their original.

        Raises
        ------
        JournalCorrupt
            A file is missing whose original is gone.
        """
        found: dict[tuple[int, int, int], set[str]] = {}
        for name in self._store.names(ARCHIVE_FOLDER):
            match = _NAME.fullmatch(name)
            if match:
                key = (int(match[1]), int(match[2]), int(match[3]))
                found.setdefault(key, set()).add(match[4])
            elif name.endswith(".tmp"):
                self._store.unlink(f"{ARCHIVE_FOLDER}/{name}")
        for (ordinal, first, last), kinds in sorted(found.items()):
            entry = ArchiveEntry(ordinal, first, last)
            if kinds == {"frames", "index"}:
                self.entries.append(entry)
                continue
            if ordinal < oldest_live_ordinal:
                missing = entry.index_name if "frames" in kinds else entry.frames_name
                raise JournalCorrupt(f"{missing} is missing and its segment is gone; restore it")
            for kind in kinds:
                self._store.unlink(f"{entry.stem}.{kind}")
        self._check_coverage(oldest_live_ordinal)

    def _check_coverage(self, oldest_live_ordinal: int) -> None:
        """Refuse gaps; the oldest files may have been moved away, the newest may not."""
        for before, after in pairwise(self.entries):
            if (after.ordinal, after.first_sequence) != (
                before.ordinal + 1,
                before.last_sequence + 1,
            ):
                raise JournalCorrupt(
                    f"archive files between {before.frames_name} and {after.frames_name} are "
                    "missing; restore them"
                )
        newest = self.entries[-1].ordinal if self.entries else 0
        if newest < oldest_live_ordinal - 1:
            raise JournalCorrupt(
                f"the oldest live segment is {oldest_live_ordinal}, but the archive ends at "
                f"segment {newest}; restore the archive files between them"
            )

    def has(self, ordinal: int) -> bool:
        """Tell whether a segment is archived.

        Parameters
        ----------
        ordinal : int
            Segment.

        Returns
        -------
        bool
            True once both files are durable.
        """
        return any(entry.ordinal == ordinal for entry in reversed(self.entries))

    def add(self, segment: Segment, following: SegmentHeader) -> ArchiveEntry:
        """Verify a sealed segment, copy it and write its index; durable on return.

        Parameters
        ----------
        segment : Segment
            A sealed segment.
        following : SegmentHeader
            Header of the segment after it, which says how this one must end.

        Returns
        -------
        ArchiveEntry
            The new entry, also in `entries`.

        Raises
        ------
        JournalCorrupt
            The segment is damaged; damage is never archived.
        JournalFailed
            The store refused.
        """
        used_bytes, index = self._index_segment(segment, following)
        entry = ArchiveEntry(
            segment.header.ordinal, segment.header.first_sequence, following.first_sequence - 1
        )
        failpoint("archive.before_copy")
        temporary = entry.frames_name + ".tmp"
        self._store.copy_start(segment.file, used_bytes, temporary)
        self._store.rename(temporary, entry.frames_name)
        failpoint("archive.after_copy")
        content = _encode_index(entry, index, self._store_id)
        # Its folder sync makes both new names durable.
        self._store.write_atomic(entry.index_name, content)
        failpoint("archive.after_index")
        entry.index = _decode_index(content, entry, self._store_id)
        self.entries.append(entry)
        return entry

    def _index_segment(
        self, segment: Segment, following: SegmentHeader
    ) -> tuple[int, ArchiveIndex]:
        header = segment.header
        if len(self._room) < segment.file.size_bytes:
            # Kept: to be given a segment's worth of new memory each time costs more than reading.
            self._room = allocate(segment.file.size_bytes, np.uint8).data
        view = segment.file.view(self._room)
        cursor = Cursor(
            HEADER_PAGE_BYTES, header.first_sequence - 1, header.previous_digest, header.epoch
        )
        sparse = Segment(header, segment.file)
        refs: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
        offsets: list[NDArray[np.uint32]] = [np.empty(0, np.uint32)]
        start = cursor.offset
        for frame in walk_frames(view, cursor, self._store_id, header.ordinal):
            if not frame.flags & FLAG_EPOCH:
                sparse.note_frame(frame.first_sequence, start)
                if self._indexer is not None:
                    body = start + HEADER_BYTES
                    items = self._indexer(view[body : body + frame.payload_bytes])
                    refs.append(items)
                    offsets.append(np.full(items.size, start, np.uint32))
            start = cursor.offset
        if (cursor.sequence, cursor.digest) != (
            following.first_sequence - 1,
            following.previous_digest,
        ):
            raise JournalCorrupt(
                f"{segment.name}: sealed with sequence {following.first_sequence - 1}, but only "
                f"{cursor.sequence} is intact; at {cursor.offset}: {cursor.problem or 'zeros'}"
            )
        items, positions = np.concatenate(refs), np.concatenate(offsets)
        # Stable: the frames of an item stay in their order.
        order = np.argsort(items, kind="stable")
        items, positions = items[order], positions[order]
        is_new = np.ones(items.size, dtype=np.bool_)
        is_new[1:] = (items[1:] != items[:-1]) | (positions[1:] != positions[:-1])
        used = cursor.offset
        return used, ArchiveIndex(
            used,
            hashlib.sha256(view[:used]).digest(),
            np.array(sparse.index_sequences, np.int64),
            np.array(sparse.index_offsets, np.int64),
            items[is_new],
            positions[is_new],
        )

    def index_of(self, entry: ArchiveEntry) -> ArchiveIndex:
        """Return the index of an entry, read and checked once.

        Parameters
        ----------
        entry : ArchiveEntry
            One of `entries`.

        Returns
        -------
        ArchiveIndex
            Its index.

        Raises
        ------
        JournalCorrupt
            The file is damaged.
        """
        if entry.index is None:
            file = self._store.open_file(entry.index_name)
            try:
                raw = file.read(0, file.size_bytes)
            finally:
                file.close()
            entry.index = _decode_index(raw, entry, self._store_id)
        return entry.index

    def read(self, entry: ArchiveEntry, sequence: int, block_bytes: int) -> Iterator[Frame]:
        """Yield the frames of one entry, from the one that holds `sequence`.

        Parameters
        ----------
        entry : ArchiveEntry
            One of `entries`.
        sequence : int
            First sequence wanted.
        block_bytes : int
            Bytes to read at a time.

        Yields
        ------
        Frame
            In order, to the end of the entry.
        """
        if entry.last_sequence < max(sequence, entry.first_sequence):
            return
        index = self.index_of(entry)
        row = max(int(np.searchsorted(index.sequences, sequence, side="right")) - 1, 0)
        file = self._store.open_file(entry.frames_name)
        try:
            frames = read_frames(
                file.read,
                name=entry.frames_name,
                ordinal=entry.ordinal,
                store_id=self._store_id,
                offset=int(index.offsets[row]),
                sequence=int(index.sequences[row]) - 1,
                last_sequence=entry.last_sequence,
                block_bytes=block_bytes,
            )
            for _, frame in frames:
                if frame.last_sequence >= sequence:
                    yield frame
        finally:
            file.close()

    def frames_of_item(self, item_ref: int) -> Iterator[Frame]:
        """Yield every archived frame that is about an item, oldest first.

        Parameters
        ----------
        item_ref : int
            Item ref, int32.

        Yields
        ------
        Frame
            Frames whose payload the indexer connected with the item.
        """
        for entry in list(self.entries):
            index = self.index_of(entry)
            start = int(np.searchsorted(index.item_refs, item_ref, side="left"))
            end = int(np.searchsorted(index.item_refs, item_ref, side="right"))
            if start == end:
                continue
            file = self._store.open_file(entry.frames_name)
            try:
                for offset in index.item_offsets[start:end].tolist():
                    row = int(np.searchsorted(index.offsets, offset, side="right")) - 1
                    yield self._frame_at(entry, index, file.read, row, offset)
            finally:
                file.close()

    def _frame_at(
        self, entry: ArchiveEntry, index: ArchiveIndex, read: ReadBytes, row: int, offset: int
    ) -> Frame:
        frames = read_frames(
            read,
            name=entry.frames_name,
            ordinal=entry.ordinal,
            store_id=self._store_id,
            offset=int(index.offsets[row]),
            sequence=int(index.sequences[row]) - 1,
            last_sequence=entry.last_sequence,
            block_bytes=FIND_BLOCK_BYTES,
        )
        for position, frame in frames:
            if position == offset:
                return frame
        raise JournalCorrupt(f"{entry.index_name}: no frame begins at {offset}; restore the file")

    def verify(self, entry: ArchiveEntry) -> None:
        """Compare the frames file with the SHA-256 in its index.

        Parameters
        ----------
        entry : ArchiveEntry
            One of `entries`.

        Raises
        ------
        JournalCorrupt
            Either file is damaged.
        """
        entry.index = None
        index = self.index_of(entry)
        file = self._store.open_file(entry.frames_name)
        try:
            view = file.view()
        finally:
            file.close()
        found = hashlib.sha256(view).digest()
        if len(view) != index.used_bytes or found != index.frames_digest:
            raise JournalCorrupt(
                f"{entry.frames_name}: SHA-256 is {found.hex()[:16]} over {len(view)} bytes, "
                f"the index says {index.frames_digest.hex()[:16]} over {index.used_bytes}"
            )
