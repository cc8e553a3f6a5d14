"""One frame of the journal: one group commit, as bytes.

A frame is a header of 128 bytes, the payload and zeros up to a multiple of 64 bytes, all
little-endian. The payload is opaque here. Each header names its store, epoch, segment and
sequences, holds a CRC32C of the payload and of itself, and the chain digest of the frame
before it; the chain digest of a frame is BLAKE3(header || payload), so one digest vouches
for all history. An epoch frame marks the start of a new writer: no records, epoch + 1.

| bytes | field | bytes | field |
|---|---|---|---|
| 0-3 | magic ``SLFR`` | 40-47 | first sequence |
| 4-5 | format version | 48-55 | last sequence |
| 6-7 | flags | 56-63 | time, us |
| 8-11 | payload bytes | 64-71 | segment ordinal |
| 12-15 | record count | 72-103 | chain digest of the frame before |
| 16-31 | store id | 104-107 | CRC32C of the payload |
| 32-39 | epoch | 108-123, 124-127 | zeros, CRC32C of bytes 0-123 |
"""

from __future__ import annotations

import struct
from functools import partial
from typing import NamedTuple

from crc32c import crc32c

# A column passes its own memory: ``array.data``.
Buffer = bytes | bytearray | memoryview

MAGIC = b"SLFR"
FORMAT_VERSION = 1
FLAG_EPOCH = 1
HEADER_BYTES = 128
ALIGN_BYTES = 64
PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
STORE_ID_BYTES = 16
DIGEST_BYTES = 32
GENESIS_DIGEST = bytes(DIGEST_BYTES)

_CRC_AT = HEADER_BYTES - 4
_FIELDS = struct.Struct("<4sHHII16sQqqqQ32sI16s")
_CRC = struct.Struct("<I")
PADDINGS = tuple(bytes(count) for count in range(ALIGN_BYTES))


class FrameHeader(NamedTuple):
    """The decoded header of a frame; fields as in the module's table."""

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
    """One group of records as read back.

    Parameters
    ----------
    first_sequence, last_sequence : int
        Sequences of the first and last record in the payload.
    epoch : int
        Epoch of the writer that appended it.
    time_us : int
        Time stamp given by the writer.
    record_count : int
        Records in the payload.
    payload : memoryview
        The bytes as appended; read-only, owned by the caller.
    """

    first_sequence: int
    last_sequence: int
    epoch: int
    time_us: int
    record_count: int
    payload: memoryview


def frame_bytes(payload_bytes: int) -> int:
    """Size of a frame on disk.

    Parameters
    ----------
    payload_bytes : int
        Payload size in bytes.

    Returns
    -------
    int
        Header, payload and padding, in bytes; a multiple of 64.
    """
    return HEADER_BYTES + ((payload_bytes + ALIGN_BYTES - 1) & -ALIGN_BYTES)


class HeaderEncoder:
    """Encodes headers into one buffer, the same for every frame of a writer.

    Parameters
    ----------
    store_id : bytes
        16 bytes.
    """

    def __init__(self, store_id: bytes) -> None:
        self._store_id = store_id
        self.buffer = bytearray(HEADER_BYTES)
        self._checked = memoryview(self.buffer)[:_CRC_AT]

    def encode(
        self,
        flags: int,
        payload_bytes: int,
        record_count: int,
        epoch: int,
        first_sequence: int,
        last_sequence: int,
        time_us: int,
        ordinal: int,
        previous_digest: bytes,
        payload_crc: int,
    ) -> bytearray:
        """Encode one header; arguments are positional because this runs once per group.

        Parameters
        ----------
        flags, payload_bytes, record_count, epoch, ordinal, payload_crc : int
            Unsigned header fields.
        first_sequence, last_sequence, time_us : int
            Signed 64-bit header fields.
        previous_digest : bytes
            32 bytes.

        Returns
        -------
        bytearray
            `buffer`, 128 bytes, checksum included; overwritten by the next call.
        """
        buffer = self.buffer
        _FIELDS.pack_into(
            buffer, 0, MAGIC, FORMAT_VERSION, flags, payload_bytes, record_count,
            self._store_id, epoch, first_sequence, last_sequence, time_us, ordinal,
            previous_digest, payload_crc, b"",
        )  # fmt: skip
        _CRC.pack_into(buffer, _CRC_AT, crc32c(self._checked))
        return buffer


# `FrameHeader._make` without its length check: recovery decodes a million headers.
_new_header = partial(tuple.__new__, FrameHeader)


def decode_header(view: memoryview, offset: int) -> FrameHeader | None:
    """Read the header at `offset` and check its own integrity.

    Parameters
    ----------
    view : memoryview
        uint8 bytes that hold the frame.
    offset : int
        Position of the header in `view`.

    Returns
    -------
    FrameHeader or None
        None when the bytes are no intact header (too short, magic, CRC32C or size limit).
        The format version is not judged here.
    """
    if offset + HEADER_BYTES > len(view):
        return None
    if view[offset : offset + 4] != MAGIC:
        return None
    if crc32c(view[offset : offset + _CRC_AT]) != _CRC.unpack_from(view, offset + _CRC_AT)[0]:
        return None
    header: FrameHeader = _new_header(_FIELDS.unpack_from(view, offset))
    return header if header.payload_bytes <= PAYLOAD_BYTES_MAX else None


def payload_problem(view: memoryview, offset: int, header: FrameHeader) -> str:
    """Check the payload and padding that follow an intact header.

    Parameters
    ----------
    view : memoryview
        uint8 bytes that hold the frame.
    offset : int
        Position of the header in `view`.
    header : FrameHeader
        The header decoded there.

    Returns
    -------
    str
        Empty when intact, else what was found and expected.
    """
    start = offset + HEADER_BYTES
    end = start + header.payload_bytes
    frame_end = offset + frame_bytes(header.payload_bytes)
    if frame_end > len(view):
        return f"frame ends at {frame_end}, beyond the {len(view)} bytes there are"
    found = crc32c(view[start:end])
    if found != header.payload_crc:
        return f"payload CRC32C is {found:08x}, header says {header.payload_crc:08x}"
    if end != frame_end and view[end:frame_end] != PADDINGS[frame_end - end]:
        return "padding after the payload is not zero"
    return ""
