"""The record of one run of commands, as it lies in a frame's payload.

A record is a header of 48 bytes and blocks, each a header of 16 bytes and a payload, everything
little-endian and padded to 8 bytes:

    header  u32 record_bytes, u16 kind, u16 flags, u32 command_count, u32 line_count,
            i64 first_sequence, i64 time_us, i32 tenant, i32 actor, u32 block_count, u32 zero
    block   u8 space, u8 zero, u16 number, u32 count, u32 payload_bytes, u32 zero

Spaces and what `number` and `count` mean in them:

    KEYS          -                count x (16 byte key, u64 fingerprint); one when the flag
                                   MESSAGE_KEY is set, one per message when JOINED is, else one
                                   per command
    COMMAND       field of command count values (all commands, or 1 that stands for all)
    LINE          line field       count values (all lines, or 1)
    OUTCOME       outcome field    count values
    LINE_OUTCOME  line outcome     count values
    ROWS          table            count rows: int32 rows padded to 8, then packed after-images
    ACCEPTED      -                what a range of an `accept` run stored: i64 first order number,
                                   i64 first line number, u32 first command of the range, u32
                                   command behind it, u32 first line of the range, u32 zero, then
                                   int32 allocation rows, stock rows and units (count each)
    MESSAGES      -                of a JOINED record, count int32: the first command of each of
                                   its messages, ascending from 0

A run of single commands has a key per command; a bulk message one key, its commands told apart by
their position. Messages that were joined have two commands at least, and the same columns with one
value for all: so each message's own columns are stretches of the record's, or those values.
Payloads are absolute: applying a record twice changes nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .batch import Batch
from .errors import JournalCorrupt
from .limits import MANY_ORDERS
from .schema import COMMANDS, TABLES, Field, dtype_of
from .single import Single, letter_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAG_MESSAGE_KEY = 1
FLAG_NO_KEY = 2
FLAG_JOINED = 4

KEY = np.dtype([("key", "V16"), ("fingerprint", "<u8")])
KEY_ENTRY = struct.Struct("<16sQ")
ACCEPTED_HEAD = struct.Struct("<qqIIII")

_HEADER = struct.Struct("<IHHIIqqiiII")
_BLOCK = struct.Struct("<BBHIII")
_PADDING = (b"", b"\0" * 7, b"\0" * 6, b"\0" * 5, b"\0" * 4, b"\0" * 3, b"\0" * 2, b"\0")

# Arrays are buffers at run time, which the type checker learns with Python 3.12.
Buffer = Any


class Space(IntEnum):
    """What a block holds."""

    KEYS = 0
    COMMAND = 1
    LINE = 2
    OUTCOME = 3
    LINE_OUTCOME = 4
    ROWS = 5
    ACCEPTED = 6
    MESSAGES = 7


@dataclass(frozen=True, slots=True)
class Images:
    """After-images of rows of one table."""

    table: int
    rows: np.ndarray
    images: np.ndarray


@dataclass(frozen=True, slots=True)
class Accepted:
    """Rows that a range of a run of `accept` stored, beside what its columns say.

    Parameters
    ----------
    first_order, first_line : int
        Numbers of the first stored order and line.
    first, last, first_batch_line : int
        The range: first command, command behind it, first line.
    rows, stock, units : ndarray of int32, shape (A,)
        Allocation rows, their stock rows (-1 pooled) and units, in the order of the lines.
    """

    first_order: int
    first_line: int
    first: int
    last: int
    first_batch_line: int
    rows: np.ndarray
    stock: np.ndarray
    units: np.ndarray


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded record; its arrays are views of the payload.

    `messages` holds the first command of each message of a joined record, else nothing.
    """

    batch: Batch
    flags: int
    first_sequence: int
    time_us: int
    tenant: int
    actor: int
    keys: np.ndarray
    messages: np.ndarray
    outcome: dict[str, np.ndarray]
    line_outcome: dict[str, np.ndarray]
    images: tuple[Images, ...]
    accepted: tuple[Accepted, ...]

    @property
    def last_sequence(self) -> int:
        """Sequence of the record's last command."""
        return self.first_sequence + self.batch.count - 1

    def request_at(self, position: int) -> tuple[int, int]:
        """Give the first command, and the one behind the last, of a request of the record.

        Parameters
        ----------
        position : int
            Of a command in the record.

        Returns
        -------
        tuple of (int, int)
            The command's own place when the record holds single commands.
        """
        if self.flags & FLAG_MESSAGE_KEY:
            return 0, self.batch.count
        if self.flags & FLAG_JOINED:
            firsts = self.messages
            behind = int(np.searchsorted(firsts, position, side="right"))
            last = int(firsts[behind]) if behind < firsts.size else self.batch.count
            return int(firsts[behind - 1]), last
        return position, position + 1


class RecordWriter:
    """Collects the buffers of one record.

    Big columns are handed on as they are, not copied: they must not change before the journal has
    written them.
    """

    def __init__(
        self,
        batch: Batch,
        first_sequence: int,
        time_us: int,
        *,
        flags: int,
        tenant: int,
        actor: int,
    ) -> None:
        self._head = (batch.kind, flags, batch.count, batch.line_count)
        self._tail = (first_sequence, time_us, tenant, actor)
        self._parts: list[Buffer] = [b""]
        self._bytes = _HEADER.size
        self._blocks = 0
        self.command_bytes = bytearray()

    def block(self, space: Space, number: int, count: int, *payload: Buffer) -> None:
        """Add a block of the given bytes or arrays, one behind the other."""
        size = 0
        for part in payload:
            size += len(part) if type(part) is bytes else part.nbytes
        parts = self._parts
        parts.append(_BLOCK.pack(space, 0, number, count, size, 0))
        parts.extend(payload)
        pad = size & 7
        if pad:
            parts.append(_PADDING[pad])
            size += 8 - pad
        self._bytes += _BLOCK.size + size
        self._blocks += 1

    def columns(self, space: Space, columns: dict[str, np.ndarray]) -> None:
        """Add a block per column, numbered in the order of the dict (the schema's order)."""
        # The loop of every record; `block` in one, without its generality.
        add, pack, total = self._parts.append, _BLOCK.pack, 0
        for number, array in enumerate(columns.values()):
            size = array.nbytes
            add(pack(space, 0, number, array.size, size, 0))
            add(array)
            pad = size & 7
            if pad:
                add(_PADDING[pad])
                size += 8 - pad
            total += size
        self._bytes += total + _BLOCK.size * len(columns)
        self._blocks += len(columns)

    def commands(self, batch: Batch) -> None:
        """Add the columns of the commands and of their lines.

        A small run's are also kept in one piece, as `command_bytes`.
        """
        parts, before = self._parts, len(self._parts)
        if isinstance(batch, Single):
            self.single(batch)
        else:
            self.columns(Space.COMMAND, batch.columns)
            self.columns(Space.LINE, batch.lines)
        if batch.count < MANY_ORDERS:
            self.command_bytes = bytearray().join(parts[before:])
            parts[before:] = (self.command_bytes,)

    def single(self, single: Single) -> None:
        """Add the columns of a command and of its lines, the same bytes as `columns` gives."""
        packed, heads, line_heads = _single_packing(single.kind, single.line_count)
        arguments = heads.copy()
        arguments[1::2] = single.values
        for head, column in zip(line_heads, single.line_values, strict=True):
            arguments.append(head)
            arguments.extend(column)
        self._parts.append(packed.pack(*arguments))
        self._bytes += packed.size
        self._blocks += len(single.values) + len(line_heads)

    def images(self, table: int, rows: np.ndarray, images: np.ndarray) -> None:
        """Add after-images of rows (int32, shape (N,)) of a table."""
        padding = b"\0\0\0\0" if rows.size & 1 else b""
        self.block(Space.ROWS, table, rows.size, rows, padding, images)

    def accepted(self, stored: Accepted) -> None:
        """Add what a range of an `accept` run stored."""
        head = ACCEPTED_HEAD.pack(
            stored.first_order,
            stored.first_line,
            stored.first,
            stored.last,
            stored.first_batch_line,
            0,
        )
        count = stored.rows.size
        self.block(Space.ACCEPTED, 0, count, head, stored.rows, stored.stock, stored.units)

    def blocks(self, content: np.ndarray, count: int) -> None:
        """Add so many blocks that a kernel has written (uint8, shape (bytes,), padded)."""
        self._parts.append(content)
        self._bytes += content.size
        self._blocks += count

    def finish(self) -> tuple[list[Buffer], int]:
        """Give the record's buffers and its length in bytes."""
        kind, flags, count, line_count = self._head
        self._parts[0] = _HEADER.pack(
            self._bytes, kind, flags, count, line_count, *self._tail, self._blocks, 0
        )
        return self._parts, self._bytes


@cache
def _single_packing(kind: int, line_count: int) -> tuple[struct.Struct, list[Any], list[bytes]]:
    """Give the struct of a command's blocks, and the block headers of its and its lines' columns.

    Headers of a command's columns have every other place of a list, values go between them.
    """
    command = COMMANDS[kind]
    form, heads = "<", []
    for space, fields, count in (
        (Space.COMMAND, command.fields, 1),
        (Space.LINE, command.line_fields, line_count),
    ):
        for number, field in enumerate(fields):
            size = count * dtype_of(field).itemsize
            heads.append(_BLOCK.pack(space, 0, number, count, size, 0))
            letter = letter_of(field)
            form += f"{_BLOCK.size}s{letter if count == 1 else f'{count}{letter}'}{-size & 7}x"
    own = len(command.fields)
    between: list[Any] = [part for head in heads[:own] for part in (head, 0)]
    return struct.Struct(form), between, heads[own:]


def read_records(payload: memoryview) -> Iterator[Record]:
    """Decode the records of a frame's payload, in order.

    Raises
    ------
    JournalCorrupt
        A length or number that the format does not allow.
    """
    position = 0
    while position < len(payload):
        if len(payload) - position < _HEADER.size:
            raise JournalCorrupt(
                f"found {len(payload) - position} bytes at the end of a frame, expected a record "
                f"header of {_HEADER.size}"
            )
        size = int.from_bytes(payload[position : position + 4], "little")
        if size < _HEADER.size or position + size > len(payload):
            raise JournalCorrupt(
                f"found a record of {size} bytes at {position}, expected at most "
                f"{len(payload) - position}"
            )
        try:
            yield _read_record(payload[position : position + size])
        except (struct.error, ValueError, IndexError) as error:
            raise JournalCorrupt(
                f"found a record at {position} that is no record: {error}"
            ) from error
        position += size


def _read_record(data: memoryview) -> Record:
    (_, kind, flags, count, line_count, first, time_us, tenant, actor, blocks, _) = (
        _HEADER.unpack_from(data)
    )
    if not 0 < kind < len(COMMANDS):
        raise JournalCorrupt(f"found command {kind} in a record, expected 1 to {len(COMMANDS) - 1}")
    fields = _fields_of(kind)
    columns: dict[int, dict[str, np.ndarray]] = {space: {} for space in fields}
    keys = np.empty(0, dtype=KEY)
    messages = np.empty(0, dtype=np.int32)
    images: list[Images] = []
    accepted: list[Accepted] = []
    position = _HEADER.size
    for _ in range(blocks):
        space, _, number, values, size, _ = _BLOCK.unpack_from(data, position)
        start = position + _BLOCK.size
        position = start + (size + 7 & -8)
        if space in fields:
            # The loop of recovery: no view of the block in between.
            name, dtype, value_bytes = fields[space][number]
            if values * value_bytes > size:
                raise ValueError(f"found {size} bytes of {name}, expected {values * value_bytes}")
            columns[space][name] = np.frombuffer(data, dtype, values, start)
            continue
        body = data[start : start + size]
        if space == Space.ROWS:
            images.append(_read_images(number, values, body))
        elif space == Space.KEYS:
            keys = np.frombuffer(body, KEY, values)
        elif space == Space.ACCEPTED:
            accepted.append(_read_accepted(values, body))
        elif space == Space.MESSAGES:
            messages = np.frombuffer(body, np.int32, values)
        else:
            raise JournalCorrupt(f"found block space {space}, expected 0 to {max(Space)}")
    if flags & FLAG_JOINED and not (messages.size == keys.size and messages[0] == 0):
        raise ValueError(f"found {messages.size} joined messages with {keys.size} keys")
    batch = Batch(kind, count, line_count, columns[Space.COMMAND], columns[Space.LINE])
    return Record(
        batch,
        flags,
        first,
        time_us,
        tenant,
        actor,
        keys,
        messages,
        columns[Space.OUTCOME],
        columns[Space.LINE_OUTCOME],
        tuple(images),
        tuple(accepted),
    )


@cache
def _fields_of(kind: int) -> dict[int, tuple[tuple[str, np.dtype, int], ...]]:
    """Give name, dtype and bytes a value of a command's fields, by space and number."""
    command = COMMANDS[kind]
    spaces: tuple[tuple[int, tuple[Field, ...]], ...] = (
        (Space.COMMAND, command.fields),
        (Space.LINE, command.line_fields),
        (Space.OUTCOME, command.outcome),
        (Space.LINE_OUTCOME, command.line_outcome),
    )
    return {
        int(space): tuple((f.name, dtype_of(f), dtype_of(f).itemsize) for f in fields)
        for space, fields in spaces
    }


def _read_images(table: int, count: int, body: memoryview) -> Images:
    if table >= len(TABLES):
        raise JournalCorrupt(f"found table {table}, expected 0 to {len(TABLES) - 1}")
    start = -(-4 * count // 8) * 8
    rows = np.frombuffer(body, np.int32, count)
    return Images(table, rows, np.frombuffer(body, np.uint8, offset=start))


def _read_accepted(count: int, body: memoryview) -> Accepted:
    first_order, first_line, first, last, first_batch_line, _ = ACCEPTED_HEAD.unpack_from(body)
    columns = np.frombuffer(body, np.int32, 3 * count, ACCEPTED_HEAD.size).reshape(3, count)
    return Accepted(first_order, first_line, first, last, first_batch_line, *columns)
