"""Decode records: the commands, answers and after-images in a frame's payload.

A record is a header of 48 bytes (u32 bytes, u16 kind, u16 flags, u32 commands, u32 lines, i64
first sequence, i64 time, i32 tenant, i32 actor, u32 blocks, u32 zero) and blocks, each a header of
16 bytes (u8 space, u8 zero, u16 number, u32 count, u32 payload bytes, u32 zero) and a payload
padded to 8 bytes. Spaces: 0 keys, 1 command columns, 2 line columns, 3 outcomes, 4 line outcomes, 5
after-images, 6 accepted orders, 7 the first command of each message of a joined record. A column
holds a value per command (or line), or one for all.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from blake3 import blake3

from ...engine.schema import COMMANDS, TABLES, Command, dtype_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAG_MESSAGE_KEY = 1
FLAG_NO_KEY = 2
FLAG_JOINED = 4
KEY_ENTRY_BYTES = 24

_HEADER = struct.Struct("<IHHIIqqiiII")
_BLOCK = struct.Struct("<BBHIII")
_ACCEPTED = struct.Struct("<qqIIII")
# One form of keys, or merged single commands; a message may have none.
_FLAGS = (0, FLAG_MESSAGE_KEY, FLAG_NO_KEY, FLAG_MESSAGE_KEY | FLAG_NO_KEY, FLAG_JOINED)
_FIRST_BYTES = 4
_KEYS, _COMMAND, _LINE, _LINE_OUTCOME, _ROWS, _ACCEPT, _MESSAGES = 0, 1, 2, 4, 5, 6, 7

# Per command and space 1 to 4 the dtypes of its columns.
_DTYPES = tuple(
    tuple(
        tuple(dtype_of(field) for field in fields)
        for fields in (command.fields, command.line_fields, command.outcome, command.line_outcome)
    )
    for command in COMMANDS
)
ROW_DTYPES = tuple(
    np.dtype([(field.name, field.dtype) for field in table.fields]) for table in TABLES
)
"""Per table the dtype of an after-image: its base columns, packed."""


Body = bytes | memoryview

# Records up to this size are read by a layout that an earlier one of the same shape had.
_LAYOUT_BYTES_MAX = 4096
_LAYOUTS_MAX = 10_000


class RecordFault(Exception):
    """A record that the format does not allow; says what was found and expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected


class ImageBlock(NamedTuple):
    """After-images: table number, count, int32 rows and packed images as bytes."""

    table: int
    row_count: int
    rows: Body
    images: Body


class AcceptedBlock(NamedTuple):
    """What a range of accepted orders stored; `columns` holds rows, stock rows and units."""

    first_order: int
    first_line: int
    first: int
    last: int
    first_batch_line: int
    allocation_count: int
    columns: Body


class Record(NamedTuple):
    """One record; columns as (bytes, count) per field in the order of the schema.

    `columns` has four parts: command, line, outcome, line outcome. `messages` has the first command
    of each message when several were joined, else it is empty.
    """

    kind: int
    flags: int
    command_count: int
    line_count: int
    first_sequence: int
    time_us: int
    tenant: int
    actor: int
    keys: Body
    messages: list[int]
    columns: tuple[list[tuple[Body, int]], ...]
    images: list[ImageBlock]
    accepted: list[AcceptedBlock]

    @property
    def command(self) -> Command:
        """The command's schema."""
        return COMMANDS[self.kind]

    @property
    def last_sequence(self) -> int:
        """Sequence of the last command."""
        return self.first_sequence + self.command_count - 1

    def requests(self) -> list[tuple[int, int]]:
        """Give the first command, and the one behind the last, of what each key stands for."""
        if self.flags & FLAG_MESSAGE_KEY:
            return [(0, self.command_count)]
        firsts = self.messages or range(self.command_count)
        return list(zip(firsts, [*firsts[1:], self.command_count], strict=True))

    def lines_of(self, first: int, last: int) -> slice:
        """Give the lines of commands `first` to before `last`."""
        if last - first == self.command_count:
            return slice(0, self.line_count)
        names = [field.name for field in self.command.fields]
        if "line_count" not in names:
            return slice(0, 0)
        counts = self.values(0, names.index("line_count"))
        start = int(counts[:first].sum())
        return slice(start, start + int(counts[first:last].sum()))

    def values(self, space: int, position: int) -> np.ndarray:
        """Give a column as an array, one value for all repeated.

        Parameters
        ----------
        space : int
            0 command, 1 line, 2 outcome, 3 line outcome.
        position : int
            Field in the schema's order.
        """
        body, count = self.columns[space][position]
        dtype = _DTYPES[self.kind][space][position]
        array = np.frombuffer(body, dtype, count)
        wanted = self.line_count if space & 1 else self.command_count
        return array if count == wanted else np.repeat(array, wanted)


def read_records(payload: memoryview) -> Iterator[Record]:
    """Decode the records of a payload.

    Raises
    ------
    RecordFault
        Something that the format does not allow; records before it were yielded.
    """
    position, end = 0, len(payload)
    while position < end:
        if end - position < _HEADER.size:
            raise RecordFault(f"{end - position} bytes at {position}", "a record header of 48")
        size = int.from_bytes(payload[position : position + 4], "little")
        if size < _HEADER.size or position + size > end:
            raise RecordFault(f"a record of {size} bytes", f"48 to {end - position}")
        yield _read_record(payload[position : position + size])
        position += size


class _Layout(NamedTuple):
    """How the blocks of a small record lie: one unpacking instead of one per block.

    `whole` splits a record behind its header into the blocks' headers and bodies. A record has this
    layout when its block headers are `heads`; then what `_read_blocks` checked holds for it too.
    """

    whole: struct.Struct
    heads: tuple[bytes, ...]
    columns: tuple[tuple[tuple[int, int], ...], ...]
    keys: int
    messages: int
    images: tuple[tuple[int, int, int], ...]
    accepted: tuple[tuple[int, int], ...]


_layouts: dict[tuple[int, ...], _Layout] = {}


def _read_record(data: memoryview) -> Record:
    size, kind, flags, count, lines, first, time_us, tenant, actor, blocks, zero = (
        _HEADER.unpack_from(data)
    )
    is_known = 0 < kind < len(COMMANDS)
    if not is_known or not count or zero or flags not in _FLAGS or (lines and not _DTYPES[kind][1]):
        found = f"kind {kind} flags {flags} of {count} commands with {lines} lines"
        raise RecordFault(found, f"kind 1 to {len(COMMANDS) - 1}, flags 0 to 4, 1 or more")
    shape = (size, kind, count, lines, blocks)
    layout = _layouts.get(shape)
    parts: tuple[Body, ...] = ()
    if layout is not None:
        parts = layout.whole.unpack_from(data, _HEADER.size)
        if parts[0::2] != layout.heads:
            layout = None
    if layout is None:
        layout, parts = _read_blocks(data, shape)
    return Record(
        kind,
        flags,
        count,
        lines,
        first,
        time_us,
        tenant,
        actor,
        parts[layout.keys] if layout.keys >= 0 else b"",
        _messages(flags, count, parts[layout.messages] if layout.messages >= 0 else b""),
        tuple([(parts[at], values) for at, values in part] for part in layout.columns),
        [_images(table, values, parts[at]) for at, values, table in layout.images],
        [_accepted(values, parts[at]) for at, values in layout.accepted],
    )


def _read_blocks(data: memoryview, shape: tuple[int, ...]) -> tuple[_Layout, tuple[Body, ...]]:
    """Read and check a record block by block; remember its layout when it is small."""
    size, kind, count, lines, blocks = shape
    dtypes = _DTYPES[kind]
    columns: tuple[list[tuple[int, int]], ...] = ([], [], [], [])
    keys = messages = -1
    images: list[tuple[int, int, int]] = []
    accepted: list[tuple[int, int]] = []
    parts: list[Body] = []
    form = "<"
    position = _HEADER.size
    for _ in range(blocks):
        if position + _BLOCK.size > size:
            raise RecordFault(f"a block at {position}", f"blocks within {size} bytes")
        space, _, number, values, body_bytes, _ = _BLOCK.unpack_from(data, position)
        parts.append(data[position : position + _BLOCK.size])
        position += _BLOCK.size
        at = len(parts)
        parts.append(data[position : position + body_bytes])
        form += f"16s{body_bytes}s{-body_bytes & 7}x"
        position += (body_bytes + 7) & -8
        if position > size:
            raise RecordFault(f"a block that ends at {position}", f"at most {size}")
        if _COMMAND <= space <= _LINE_OUTCOME:
            part, own = columns[space - 1], dtypes[space - 1]
            wanted = count if space & 1 else lines
            # Questions may be said once for all; answers are told one by one.
            allowed = (wanted, 1) if space <= _LINE else (wanted,)
            _check_column(number, values, body_bytes, part, own, allowed)
            part.append((at, values))
        elif space == _ROWS:
            images.append((at, values, number))
        elif space == _ACCEPT:
            accepted.append((at, values))
        elif space == _KEYS and body_bytes == values * KEY_ENTRY_BYTES:
            keys = at
        elif space == _MESSAGES and body_bytes == values * _FIRST_BYTES:
            messages = at
        else:
            raise RecordFault(f"block space {space} of {body_bytes} bytes", "space 0 to 7")
    if position != size or any(
        len(part) != len(own) for part, own in zip(columns, dtypes, strict=True)
    ):
        found = f"{position} bytes with {[len(part) for part in columns]} columns"
        raise RecordFault(found, f"{size} bytes with {[len(own) for own in dtypes]}")
    is_small = size <= _LAYOUT_BYTES_MAX
    layout = _Layout(
        struct.Struct(form if is_small else "<"),
        tuple(bytes(head) for head in parts[0::2]),
        tuple(tuple(part) for part in columns),
        keys,
        messages,
        tuple(images),
        tuple(accepted),
    )
    if is_small and len(_layouts) < _LAYOUTS_MAX:
        _layouts[shape] = layout
    return layout, tuple(parts)


def _check_column(
    number: int,
    values: int,
    body_bytes: int,
    part: list[tuple[int, int]],
    own: tuple[np.dtype, ...],
    allowed: tuple[int, ...],
) -> None:
    if (
        number != len(part)
        or number >= len(own)
        or values not in allowed
        or body_bytes != values * own[number].itemsize
    ):
        found = f"column {number}: {values} values, {body_bytes} bytes"
        raise RecordFault(found, f"column {len(part)} of {len(own)}, values {allowed}")


def _messages(flags: int, count: int, body: Body) -> list[int]:
    firsts: list[int] = np.frombuffer(body, "<i4").tolist()
    if bool(firsts) != bool(flags & FLAG_JOINED):
        raise RecordFault(f"flags {flags} with {len(firsts)} messages", "messages when joined")
    if firsts:
        # Two commands at least: else a column of one value for all may be one for each.
        sizes = [last - first for first, last in zip(firsts, [*firsts[1:], count], strict=True)]
        if firsts[0] != 0 or min(sizes) < 2:
            expected = f"0 to {count - 2}, two or more commands in each"
            raise RecordFault(f"messages from {firsts} on", expected)
    return firsts


def _images(table: int, count: int, body: Body) -> ImageBlock:
    if table >= len(TABLES):
        raise RecordFault(f"after-images of table {table}", f"table 0 to {len(TABLES) - 1}")
    start = (4 * count + 7) & -8
    if len(body) != start + count * ROW_DTYPES[table].itemsize:
        expected = start + count * ROW_DTYPES[table].itemsize
        raise RecordFault(f"{len(body)} bytes of after-images", f"{expected} bytes")
    return ImageBlock(table, count, body[: 4 * count], body[start:])


def _accepted(count: int, body: Body) -> AcceptedBlock:
    if len(body) != _ACCEPTED.size + 12 * count:
        raise RecordFault(f"{len(body)} bytes of orders", f"{_ACCEPTED.size + 12 * count} bytes")
    first_order, first_line, first, last, batch_line, _ = _ACCEPTED.unpack_from(body)
    block = body[_ACCEPTED.size :]
    return AcceptedBlock(first_order, first_line, first, last, batch_line, count, block)


def fingerprint_of(record: Record, first: int, last: int) -> int:
    """Give 64 bits of BLAKE3 over shape and columns, as the key's entry should say.

    Parameters
    ----------
    record : Record
        Not of merged single commands, which had columns of their own.
    first, last : int
        One of its `requests`.
    """
    lines = record.lines_of(first, last)
    content: list[Body] = []
    for space, (wanted, own) in enumerate(
        ((record.command_count, slice(first, last)), (record.line_count, lines))
    ):
        dtypes = _DTYPES[record.kind][space]
        for (body, count), dtype in zip(record.columns[space], dtypes, strict=True):
            is_whole = count == wanted
            size = dtype.itemsize
            content.append(body[own.start * size : own.stop * size] if is_whole else body)
    line_count = lines.stop - lines.start
    shape = (record.kind, last - first, line_count, *(len(body) for body in content))
    return int.from_bytes(blake3(b"".join([repr(shape).encode(), *content])).digest(8), "little")
