"""Reading frames back from a file, block by block, each checked before it is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import JournalCorrupt
from .frame import FLAG_EPOCH, HEADER_BYTES, Frame, decode_header, frame_bytes, payload_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ_BLOCK_BYTES = 1 << 20
FIND_BLOCK_BYTES = 32 * 1024


def read_frames(
    read: Callable[[int, int], bytes],
    *,
    name: str,
    ordinal: int,
    store_id: bytes,
    offset: int,
    sequence: int,
    last_sequence: int,
    block_bytes: int = READ_BLOCK_BYTES,
) -> Iterator[tuple[int, Frame]]:
    """Yield the frames with records from `offset` up to the one that holds `last_sequence`.

    Parameters
    ----------
    read : callable
        ``read(offset, count)`` gives up to `count` bytes of the file.
    name : str
        File name, for messages.
    ordinal : int
        Expected segment.
    store_id : bytes
        Expected store id.
    offset : int
        Position of the first frame in bytes.
    sequence : int
        Sequence before that frame's first record.
    last_sequence : int
        Where to stop.
    block_bytes : int
        Bytes asked for at a time.

    Yields
    ------
    tuple of (int, Frame)
        Position of the frame, and the frame with a payload that is a copy of the file's.

    Raises
    ------
    JournalCorrupt
        A frame is damaged or out of sequence.
    """
    block = memoryview(b"")
    base = offset
    while sequence < last_sequence:
        if offset + HEADER_BYTES > base + len(block):
            block, base = memoryview(read(offset, block_bytes)), offset
        header = decode_header(block, offset - base)
        if header is None:
            raise JournalCorrupt(
                f"{name}: no intact frame header at {offset}, expected sequence {sequence + 1}; "
                f"the file must go on to {last_sequence}"
            )
        if (
            header.first_sequence != sequence + 1
            or header.ordinal != ordinal
            or header.store_id != store_id
        ):
            raise JournalCorrupt(
                f"{name}: frame at {offset} is of segment {header.ordinal} and begins at sequence "
                f"{header.first_sequence}, expected segment {ordinal} and {sequence + 1}"
            )
        size = frame_bytes(header.payload_bytes)
        if offset + size > base + len(block):
            block, base = memoryview(read(offset, max(block_bytes, size))), offset
        problem = payload_problem(block, offset - base, header)
        if problem:
            raise JournalCorrupt(f"{name}: frame at {offset}, sequence {sequence + 1}: {problem}")
        start = offset - base + HEADER_BYTES
        if not header.flags & FLAG_EPOCH:
            yield (
                offset,
                Frame(
                    header.first_sequence,
                    header.last_sequence,
                    header.epoch,
                    header.time_us,
                    header.record_count,
                    block[start : start + header.payload_bytes],
                ),
            )
        offset += size
        sequence = header.last_sequence
