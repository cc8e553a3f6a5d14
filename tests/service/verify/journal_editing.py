"""Tools that damage and forge data directories, so that the verifier has something to find."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3
from crc32c import crc32c

from slotline.engine.schema import TABLE_NUMBER, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096
HEADER = 128
RECORD = 48
BLOCK = struct.Struct("<BBHIII")


@dataclass(frozen=True, slots=True)
class FrameAt:
    """A frame in a segment file: where it is, and what its header says."""

    path: Path
    offset: int
    payload_bytes: int
    first_sequence: int
    last_sequence: int

    @property
    def size(self) -> int:
        """Header, payload and padding, in bytes."""
        return HEADER + -(-self.payload_bytes // 64) * 64


def segments(folder: Path) -> list[Path]:
    """Give the live segments, oldest first."""
    return sorted((folder / "journal").glob("0*.segment"))


def frames_of(path: Path) -> list[FrameAt]:
    """Give the frames of one file, in order."""
    data, offset, found = path.read_bytes(), PAGE, []
    while data[offset : offset + 4] == b"SLFR":
        (size,) = struct.unpack_from("<I", data, offset + 8)
        first, last = struct.unpack_from("<qq", data, offset + 40)
        found.append(FrameAt(path, offset, size, first, last))
        offset += found[-1].size
    return found


def flip(path: Path, offset: int, bit: int = 0) -> None:
    """Flip one bit of a file; a second call flips it back."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0] ^ (1 << bit)
        file.seek(offset)
        file.write(bytes([byte]))


def write_at(path: Path, offset: int, content: bytes) -> None:
    """Overwrite bytes of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def seal_frame(frame: FrameAt) -> None:
    """Make a frame's own checksums right again after its payload was edited."""
    data = bytearray(frame.path.read_bytes())
    start = frame.offset
    body = bytes(data[start + HEADER : start + HEADER + frame.payload_bytes])
    struct.pack_into("<I", data, start + 104, crc32c(body))
    struct.pack_into("<I", data, start + 124, crc32c(bytes(data[start : start + 124])))
    frame.path.write_bytes(data)


def rechain(folder: Path) -> None:
    """Make all checksums, chain digests and the head right again, over the only segment."""
    (path,) = segments(folder)
    data = bytearray(path.read_bytes())
    digest = bytes(32)
    for frame in frames_of(path):
        start = frame.offset
        body = bytes(data[start + HEADER : start + HEADER + frame.payload_bytes])
        data[start + 72 : start + 104] = digest
        struct.pack_into("<I", data, start + 104, crc32c(body))
        struct.pack_into("<I", data, start + 124, crc32c(bytes(data[start : start + 124])))
        digest = blake3(bytes(data[start : start + HEADER]) + body).digest()
    path.write_bytes(data)
    head = bytearray((folder / "head").read_bytes())
    newest = max((0, 4096), key=lambda at: struct.unpack_from("<Q", head, at + 8)[0])
    head[newest + 48 : newest + 80] = digest
    struct.pack_into("<I", head, newest + 508, crc32c(bytes(head[newest : newest + 508])))
    (folder / "head").write_bytes(head)


def name_tables(folder: Path, count: int) -> None:
    """Make the name tags of all snapshots those of a build that knew `count` tables.

    Tables that are left out must be empty; those beyond this build's own get one row each.
    """
    for path in (folder / "snapshots").glob("*.manifest"):
        known = json.loads(path.read_bytes().split(b"\n")[0])
        rows = known["rows"]
        assert not any(rows[count:]), f"{path.name}: found rows {rows}, expected {count} tables"
        known["rows"] = rows[:count] + [1] * (count - len(rows))
        body = json.dumps(known, sort_keys=True).encode()
        path.write_bytes(body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")


@dataclass(frozen=True, slots=True)
class ImageAt:
    """One after-image in a file: its row, and the offset of its first byte."""

    frame: FrameAt
    kind: int
    row: int
    offset: int

    def field(self, table: str, name: str) -> tuple[int, str]:
        """Give offset and struct code of a column in the image."""
        at = self.offset
        for field in TABLES[TABLE_NUMBER[table]].fields:
            if field.name == name:
                return at, {"u1": "<B", "<i2": "<h", "<i4": "<i", "<i8": "<q"}[field.dtype]
            at += int(field.dtype[1:] if field.dtype[0] in "uS" else field.dtype[2:])
        raise KeyError(name)

    def add(self, table: str, name: str, amount: int) -> None:
        """Add to a column of the image, without mending any checksum."""
        at, code = self.field(table, name)
        data = self.frame.path.read_bytes()
        (value,) = struct.unpack_from(code, data, at)
        write_at(self.frame.path, at, struct.pack(code, value + amount))

    def read(self, table: str, name: str) -> int:
        """Read a column of the image."""
        at, code = self.field(table, name)
        value: int = struct.unpack_from(code, self.frame.path.read_bytes(), at)[0]
        return value


def images_of(folder: Path, table: str) -> Iterator[ImageAt]:
    """Yield every after-image of a table in the only segment, in order."""
    (path,) = segments(folder)
    data = path.read_bytes()
    row_bytes = sum(
        int(field.dtype[1:] if field.dtype[0] in "uS" else field.dtype[2:])
        for field in TABLES[TABLE_NUMBER[table]].fields
    )
    for frame in frames_of(path):
        at, end = frame.offset + HEADER, frame.offset + HEADER + frame.payload_bytes
        while at < end:
            size, kind = struct.unpack_from("<IH", data, at)
            (blocks,) = struct.unpack_from("<I", data, at + 40)
            block = at + RECORD
            for _ in range(blocks):
                space, _, number, count, bytes_, _ = BLOCK.unpack_from(data, block)
                body = block + BLOCK.size
                if space == 5 and number == TABLE_NUMBER[table]:
                    first = body + -(-4 * count // 8) * 8
                    for position in range(count):
                        (row,) = struct.unpack_from("<i", data, body + 4 * position)
                        yield ImageAt(frame, kind, row, first + position * row_bytes)
                block = body + -(-bytes_ // 8) * 8
            at += size
