"""Bulk messages to batches, and answers to bytes columns.

A column's bytes are taken as they are; only their length and range are checked. They are copied
once, because an array over `bytes` is read-only and so of another type to every kernel; at 25 kB a
message this is 2 microseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..engine.batch import Batch
from ..engine.errors import InvalidRequest
from ..engine.limits import BATCH_COMMANDS_MAX, BATCH_LINES_MAX
from ..engine.schema import COMMANDS, dtype_of
from .codec import integer_range, out_of_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine.schema import Field
    from ..engine.ticket import Reply


class _Column:
    """What is known beforehand of one column: its type and which checks it needs."""

    def __init__(self, command: str, field: Field) -> None:
        self.name = field.name
        self.where = f"{command}.{field.name}"
        self.dtype = dtype_of(field)
        self.is_code = self.dtype.kind == "S"
        self._size = self.dtype.itemsize
        self._signed = self.dtype.kind == "i"
        # The last single value and its array: nearly all messages say the same for all commands.
        self._last: tuple[bytes, np.ndarray] = (b"", np.empty(0, self.dtype))
        self.low = self.high = 0
        self.check_low = self.check_high = False
        if not self.is_code:
            bounds = np.iinfo(self.dtype)
            self.low, self.high = integer_range(field)
            self.check_low = self.low > bounds.min
            self.check_high = self.high < bounds.max

    def take(self, data: bytes, count: int) -> np.ndarray:
        """Give the column over a copy of `data`, shape (count,) or (1,); not to be written to."""
        size, length = self._size, len(data)
        if length == size:
            known, array = self._last
            if known == data:
                return array
            # One for all: no NumPy for a single number.
            if not self.is_code:
                value = int.from_bytes(data, "little", signed=self._signed)
                if not self.low <= value <= self.high:
                    raise out_of_range(f"{self.where}[0]", value, self.low, self.high)
        elif length != size * count:
            raise InvalidRequest(
                f"{self.where}: found {length} bytes, expected {size * count} "
                f"({count} values of {self.dtype}) or {size} (one for all)"
            )
        array = np.frombuffer(bytearray(data), self.dtype)
        if self.is_code:
            self._check_codes(data, array)
        elif length != size:
            self._check_range(array)
        if length == size:
            self._last = (data, array)
        return array

    def _check_range(self, array: np.ndarray) -> None:
        is_low = self.check_low and np.minimum.reduce(array) < self.low
        if is_low or (self.check_high and np.maximum.reduce(array) > self.high):
            raise self._refusal(array)

    def _refusal(self, array: np.ndarray) -> InvalidRequest:
        place = int(np.flatnonzero((array < self.low) | (array > self.high))[0])
        return out_of_range(f"{self.where}[{place}]", int(array[place]), self.low, self.high)

    def _check_codes(self, data: bytes, array: np.ndarray) -> None:
        if not data.strip(b"\0"):
            return
        used = array.view(np.uint8).reshape(array.size, -1) != 0
        if bool((used[:, 1:] > used[:, :-1]).any()):
            place = int(np.flatnonzero((used[:, 1:] > used[:, :-1]).any(axis=1))[0])
            raise InvalidRequest(f"{self.where}[{place}]: found a NUL within, expected none")
        if data.isascii():
            return
        for place, raw in enumerate(array.tolist()):
            try:
                raw.decode()
            except UnicodeDecodeError as error:
                raise InvalidRequest(
                    f"{self.where}[{place}]: found {raw!r}, expected UTF-8"
                ) from error


class _Kind:
    """Columns of one command."""

    def __init__(self, number: int) -> None:
        command = COMMANDS[number]
        self.number = number
        self.name = command.name
        self.columns = tuple(_Column(command.name, field) for field in command.fields)
        self.lines = tuple(_Column(command.name, field) for field in command.line_fields)


_KINDS: Final = tuple(_Kind(number) for number in range(len(COMMANDS)))


def _check_count(where: str, found: int, limit: int) -> None:
    if not 1 <= found <= limit:
        raise out_of_range(where, found, 1, limit)


def _take(
    where: str, columns: Sequence[_Column], data: Sequence[bytes], count: int
) -> dict[str, np.ndarray]:
    if len(data) != len(columns):
        raise InvalidRequest(
            f"{where}: found {len(data)} columns, expected {len(columns)}: "
            f"{', '.join(column.name for column in columns)}"
        )
    return {column.name: column.take(raw, count) for column, raw in zip(columns, data, strict=True)}


def bulk_batch(message: Any) -> Batch:
    """Make the batch of a message `Columns`.

    Parameters
    ----------
    message : Columns
        The parsed message.

    Returns
    -------
    Batch
        Columns of shape (n,) or (1,), lines of shape (L,) or (1,).

    Raises
    ------
    InvalidRequest
        Unknown kind, wrong number or length of columns, a value out of range, too many commands.
    """
    number = message.kind
    if not 1 <= number < len(_KINDS):
        raise out_of_range("kind", number, 1, len(_KINDS) - 1)
    kind = _KINDS[number]
    count, line_count = message.count, message.line_count
    _check_count(f"{kind.name}.count", count, BATCH_COMMANDS_MAX)
    columns = _take(f"{kind.name}.columns", kind.columns, message.columns, count)
    if not kind.lines:
        if line_count or message.lines:
            raise InvalidRequest(f"{kind.name}: found lines, expected none")
        return Batch(number, count, 0, columns, {})
    _check_count(f"{kind.name}.line_count", line_count, BATCH_LINES_MAX)
    counts = columns["line_count"]
    total = int(counts[0]) * count if counts.size == 1 else int(counts.sum())
    if total != line_count:
        raise InvalidRequest(
            f"{kind.name}.line_count: found {line_count}, expected {total}, the sum of the column"
        )
    lines = _take(f"{kind.name}.lines", kind.lines, message.lines, line_count)
    return Batch(number, count, line_count, columns, lines)


def column_bytes(reply: Reply) -> tuple[list[bytes], list[bytes]]:
    """Give outcome and line outcome columns of an answer as bytes, in the schema's order."""
    return (
        [column.tobytes() for column in reply.outcome.values()],
        [column.tobytes() for column in reply.line_outcome.values()],
    )


def refs_of(where: str, data: bytes) -> np.ndarray:
    """Give int32 refs, shape (n,), from bytes, or raise InvalidRequest."""
    return _values(where, data, np.dtype("<i4"))


def times_of(where: str, data: bytes) -> np.ndarray:
    """Give int64 times, shape (n,), from bytes, or raise InvalidRequest."""
    return _values(where, data, np.dtype("<i8"))


def _values(where: str, data: bytes, dtype: np.dtype[Any]) -> np.ndarray:
    if not data or len(data) % dtype.itemsize:
        raise InvalidRequest(
            f"{where}: found {len(data)} bytes, expected a positive multiple of {dtype.itemsize}"
        )
    return np.frombuffer(bytearray(data), dtype)
