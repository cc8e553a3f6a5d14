"""Segment files: a header page, then frames, in a file of fixed size that is used again.

A segment file is zero-filled once by real writes, so that a sync of a frame never has to
write metadata. When its frames are archived and trimmed it becomes a *spare* and later gets a
new ordinal, without new zeros: frames of its former life are told apart by ordinal, epoch,
sequence and chain digest, all of which each frame repeats. Only the last segment may end in
damage that recovery forgives.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from blake3 import blake3
from crc32c import crc32c

from . import failpoints
from .errors import JournalCorrupt, StoreMismatch
from .frame import (
    ALIGN_BYTES,
    FLAG_EPOCH,
    FORMAT_VERSION,
    HEADER_BYTES,
    MAGIC,
    PADDINGS,
    FrameHeader,
    decode_header,
    payload_problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .files import File

JOURNAL_FOLDER = "journal"
SEGMENT_BYTES = 64 * 1024 * 1024
SEGMENT_BYTES_MIN = 8 * 1024
SEGMENT_BYTES_MAX = 1024 * 1024 * 1024
HEADER_PAGE_BYTES = 4096
SEGMENT_MAGIC = b"SLSG"
# One entry of the sparse index per so many bytes of frames: a find reads at most this much.
INDEX_STRIDE_BYTES = 16 * 1024

_HEADER = struct.Struct("<4sHHQQq32sQ16s")
_CRC = struct.Struct("<I")
_CRC_AT = HEADER_PAGE_BYTES - 4
_SEGMENT_NAME = re.compile(r"(\d{12})\.segment")
_SPARE_NAME = re.compile(r"spare-(\d{12})\.segment")


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """The header page of a segment.

    Parameters
    ----------
    store_id : bytes
        16 bytes.
    ordinal : int
        Position of the segment in the journal, from 1.
    segment_bytes : int
        Size of the file.
    first_sequence : int
        Sequence that the first record in it has, or would have.
    previous_digest : bytes
        Chain digest before its first frame, 32 bytes.
    epoch : int
        Epoch of the writer that began it.
    """

    store_id: bytes
    ordinal: int
    segment_bytes: int
    first_sequence: int
    previous_digest: bytes
    epoch: int


@dataclass(slots=True)
class Segment:
    """A live segment: its file and what is known of its contents.

    `used_bytes` and the sparse index are exact once `is_indexed`; `last_sequence` is exact for
    all but the last segment, where the journal itself knows.
    """

    header: SegmentHeader
    file: File
    used_bytes: int = HEADER_PAGE_BYTES
    last_sequence: int = 0
    is_indexed: bool = False
    is_archived: bool = False
    is_live: bool = True
    index_sequences: list[int] = field(default_factory=list)
    index_offsets: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the file in the store."""
        return segment_name(self.header.ordinal)

    def note_frame(self, first_sequence: int, offset: int) -> None:
        """Add a frame to the sparse index when the last entry is far enough behind.

        Parameters
        ----------
        first_sequence : int
            First sequence of the frame.
        offset : int
            Position of the frame in bytes.
        """
        offsets = self.index_offsets
        if not offsets or offset - offsets[-1] >= INDEX_STRIDE_BYTES:
            # Readers bisect the sequences, so the offset must be there first.
            offsets.append(offset)
            self.index_sequences.append(first_sequence)


@dataclass(slots=True)
class Cursor:
    """How far a walk over frames has come.

    Parameters
    ----------
    offset : int
        Position after the last good frame, bytes.
    sequence : int
        Last sequence seen.
    digest : bytes
        Chain digest after the last good frame.
    epoch : int
        Epoch of the last good frame.
    problem : str
        Why the walk stopped; empty when it met zeros or the end.
    damaged : FrameHeader or None
        Intact header of the frame at `offset` whose payload is damaged.
    """

    offset: int
    sequence: int
    digest: bytes
    epoch: int
    problem: str = ""
    damaged: FrameHeader | None = None


def segment_name(ordinal: int) -> str:
    """Return the store name of a segment.

    Parameters
    ----------
    ordinal : int
        Position in the journal.

    Returns
    -------
    str
        ``journal/<ordinal, 12 digits>.segment``.
    """
    return f"{JOURNAL_FOLDER}/{ordinal:012d}.segment"


def spare_name(number: int) -> str:
    """Return the store name of a spare segment file.

    Parameters
    ----------
    number : int
        Distinguishes spares; means nothing else.

    Returns
    -------
    str
        ``journal/spare-<number, 12 digits>.segment``.
    """
    return f"{JOURNAL_FOLDER}/spare-{number:012d}.segment"


def parse_names(names: list[str]) -> tuple[list[int], list[int], list[str]]:
    """Sort the names of the journal folder by what they are.

    Parameters
    ----------
    names : list of str
        Names without the folder.

    Returns
    -------
    tuple of (list of int, list of int, list of str)
        Ordinals of segments, ascending; numbers of spares; all other names.
    """
    ordinals, spares, others = [], [], []
    for name in names:
        if match := _SEGMENT_NAME.fullmatch(name):
            ordinals.append(int(match[1]))
        elif match := _SPARE_NAME.fullmatch(name):
            spares.append(int(match[1]))
        else:
            others.append(name)
    return sorted(ordinals), sorted(spares), others


def encode_segment_header(header: SegmentHeader) -> bytes:
    """Encode a header page.

    Parameters
    ----------
    header : SegmentHeader
        Its fields.

    Returns
    -------
    bytes
        4096 bytes, CRC32C of the rest in the last four.
    """
    page = bytearray(HEADER_PAGE_BYTES)
    _HEADER.pack_into(
        page, 0, SEGMENT_MAGIC, FORMAT_VERSION, 0, header.ordinal, header.segment_bytes,
        header.first_sequence, header.previous_digest, header.epoch, header.store_id,
    )  # fmt: skip
    _CRC.pack_into(page, _CRC_AT, crc32c(memoryview(page)[:_CRC_AT]))
    return bytes(page)


def read_segment_header(file: File, name: str, store_id: bytes) -> SegmentHeader:
    """Read and check the header page of a live segment.

    Parameters
    ----------
    file : File
        The open segment, or its archived copy.
    name : str
        For messages.
    store_id : bytes
        Expected store id.

    Returns
    -------
    SegmentHeader
        Its fields.

    Raises
    ------
    JournalCorrupt
        The page is damaged. It was durable before the file got its name.
    StoreMismatch
        Another store's segment, or another format version.
    """
    page = file.read(0, HEADER_PAGE_BYTES)
    if (
        len(page) < HEADER_PAGE_BYTES
        or crc32c(page[:_CRC_AT]) != _CRC.unpack_from(page, _CRC_AT)[0]
    ):
        raise JournalCorrupt(
            f"{name}: the header page fails its CRC32C; restore the segment from a backup"
        )
    magic, version, _, ordinal, size, first, digest, epoch, found_id = _HEADER.unpack_from(page)
    if magic != SEGMENT_MAGIC or version != FORMAT_VERSION:
        raise StoreMismatch(
            f"{name}: format {magic!r} version {version}, this build reads "
            f"{SEGMENT_MAGIC!r} version {FORMAT_VERSION}"
        )
    if found_id != store_id:
        raise StoreMismatch(
            f"{name}: belongs to store {found_id.hex()}, this store is {store_id.hex()}"
        )
    return SegmentHeader(found_id, ordinal, size, first, digest, epoch)


def _context_problem(header: FrameHeader, cursor: Cursor, store_id: bytes, ordinal: int) -> str:
    """Say why an intact header is not the next frame; empty when it is."""
    if header.ordinal != ordinal:
        if "recycled_segment_read_as_new" in failpoints.planted:
            return ""
        return f"frame of segment {header.ordinal}, a former life of this file"
    if header.store_id != store_id:
        return f"frame of store {header.store_id.hex()}, expected {store_id.hex()}"
    if header.version != FORMAT_VERSION:
        raise StoreMismatch(
            f"frame at {cursor.offset} of segment {ordinal} has format version "
            f"{header.version}, this build reads {FORMAT_VERSION}"
        )
    if header.first_sequence != cursor.sequence + 1:
        return f"first sequence is {header.first_sequence}, expected {cursor.sequence + 1}"
    is_epoch = header.flags & FLAG_EPOCH
    if header.epoch != cursor.epoch + (1 if is_epoch else 0):
        return f"epoch is {header.epoch} after epoch {cursor.epoch}"
    if (header.last_sequence == cursor.sequence) != bool(is_epoch):
        return f"sequences {header.first_sequence} to {header.last_sequence} make no group"
    if header.previous_digest != cursor.digest and "chain_not_verified" not in failpoints.planted:
        return (
            f"chain digest before sequence {header.first_sequence} is "
            f"{header.previous_digest.hex()[:16]}, expected {cursor.digest.hex()[:16]}"
        )
    return ""


def walk_frames(
    view: memoryview, cursor: Cursor, store_id: bytes, ordinal: int
) -> Iterator[FrameHeader]:
    """Verify frame after frame from the cursor, which moves along.

    Parameters
    ----------
    view : memoryview
        The whole segment, uint8.
    cursor : Cursor
        Where to begin and what must come next; moved past each good frame before it is
        yielded. `problem` says why the walk stopped.
    store_id : bytes
        Expected store id.
    ordinal : int
        Expected segment.

    Yields
    ------
    FrameHeader
        Each frame that is intact and in its place; it starts `frame_bytes` before the cursor.

    Raises
    ------
    StoreMismatch
        An intact frame of an unknown format version.
    """
    offset, size_bytes = cursor.offset, len(view)
    while True:
        header = decode_header(view, offset)
        if header is None:
            if any(view[offset : offset + HEADER_BYTES]):
                cursor.problem = "no intact frame header"
            return
        body = offset + HEADER_BYTES
        end = body + header.payload_bytes
        frame_end = (end + ALIGN_BYTES - 1) & -ALIGN_BYTES
        # One look at the usual case; what is unusual is taken apart below.
        if (
            header.previous_digest != cursor.digest
            or header.first_sequence != cursor.sequence + 1
            or header.ordinal != ordinal
            or header.store_id != store_id
            or header.epoch != cursor.epoch
            or header.flags
            or header.version != FORMAT_VERSION
            or header.last_sequence < header.first_sequence
        ):
            cursor.problem = _context_problem(header, cursor, store_id, ordinal)
            if cursor.problem:
                return
        if (
            frame_end > size_bytes
            or crc32c(view[body:end]) != header.payload_crc
            or (end != frame_end and view[end:frame_end] != PADDINGS[frame_end - end])
        ):
            problem = payload_problem(view, offset, header)
            if problem and "crc_not_checked" not in failpoints.planted:
                cursor.problem, cursor.damaged = problem, header
                return
        cursor.digest = blake3(view[offset:end]).digest()
        cursor.offset = offset = frame_end
        cursor.sequence = header.last_sequence
        cursor.epoch = header.epoch
        yield header


def find_later_frame(
    view: memoryview, cursor: Cursor, store_id: bytes, ordinal: int
) -> tuple[int, FrameHeader] | None:
    """Look for an intact frame of this life of the segment beyond the cursor.

    One group is written and synced before the next begins, so a frame beyond damage proves
    that the damaged one had been durable.

    Parameters
    ----------
    view : memoryview
        The whole segment, uint8.
    cursor : Cursor
        Where the walk stopped.
    store_id : bytes
        Expected store id.
    ordinal : int
        Expected segment.

    Returns
    -------
    tuple of (int, FrameHeader) or None
        Offset and header of the first one; None when there is none.
    """
    start = cursor.offset + ALIGN_BYTES
    count = (len(view) - start) // ALIGN_BYTES
    if count <= 0:
        return None
    words = np.frombuffer(view, dtype="<u4", offset=start, count=count * (ALIGN_BYTES // 4))
    magic = np.uint32(int.from_bytes(MAGIC, "little"))
    for row in np.flatnonzero(words[:: ALIGN_BYTES // 4] == magic).tolist():
        offset = start + row * ALIGN_BYTES
        header = decode_header(view, offset)
        if (
            header is not None
            and header.ordinal == ordinal
            and header.store_id == store_id
            and header.first_sequence > cursor.sequence
            and header.epoch >= cursor.epoch
        ):
            return offset, header
    return None


def is_zero(view: memoryview, offset: int) -> bool:
    """Tell whether all bytes from `offset` to the end are zero.

    Parameters
    ----------
    view : memoryview
        uint8 bytes.
    offset : int
        First byte to look at.

    Returns
    -------
    bool
        True also for an empty rest.
    """
    if offset >= len(view):
        return True
    return not np.frombuffer(view, dtype=np.uint8, offset=offset).any()
