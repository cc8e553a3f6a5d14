"""One command as plain values: a batch of one whose arrays are made only when somebody asks.

A call over the wire brings a handful of numbers. As long as it is checked, fingerprinted and queued
they stay Python values, since an array per field costs more than all of that together; waiting
commands of one kind then become columns in one go.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .batch import Batch
from .schema import COMMANDS, dtype_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .schema import Field

_LETTERS = {"|u1": "B", "<i2": "h", "<i4": "i", "<i8": "q"}


class Single(Batch):
    """A batch of one command.

    Parameters
    ----------
    kind : int
        Number of the command in `schema.COMMANDS`.
    values : sequence of int or bytes
        A value per field of the command, in the order of the schema, each within its range.
    line_values : sequence of sequence of int
        Per line field a value for each line, all of one length.
    """

    __slots__ = ("_columns", "_lines", "line_values", "values")

    values: Sequence[Any]
    line_values: Sequence[Sequence[Any]]
    _columns: dict[str, np.ndarray] | None
    _lines: dict[str, np.ndarray] | None

    def __init__(
        self, kind: int, values: Sequence[Any], line_values: Sequence[Sequence[Any]] = ()
    ) -> None:
        put = object.__setattr__  # a batch is frozen
        put(self, "kind", kind)
        put(self, "count", 1)
        put(self, "line_count", len(line_values[0]) if line_values else 0)
        put(self, "values", values)
        put(self, "line_values", line_values)
        put(self, "_columns", None)
        put(self, "_lines", None)

    @property
    def columns(  # pyright: ignore[reportIncompatibleVariableOverride]: frozen, so read-only
        self,
    ) -> dict[str, np.ndarray]:
        """Per field of the command an array of shape (1,)."""
        if self._columns is None:
            object.__setattr__(self, "_columns", _arrays(self.command.fields, [self.values]))
        assert self._columns is not None
        return self._columns

    @property
    def lines(  # pyright: ignore[reportIncompatibleVariableOverride]: frozen, so read-only
        self,
    ) -> dict[str, np.ndarray]:
        """Per line field an array of shape (L,)."""
        if self._lines is None:
            object.__setattr__(self, "_lines", _line_arrays(self.command.line_fields, [self]))
        assert self._lines is not None
        return self._lines

    def content(self) -> bytes:
        """Give the bytes of all columns one behind the other, led by their shape.

        The same content as the columns' own bytes have for `keys.fingerprint_of`.
        """
        shape, columns, lines = _packing(self.kind, self.line_count)
        flat = [value for column in self.line_values for value in column]
        return b"".join((shape, columns.pack(*self.values), lines.pack(*flat)))


@cache
def _packing(kind: int, line_count: int) -> tuple[bytes, struct.Struct, struct.Struct]:
    command = COMMANDS[kind]
    dtypes = [dtype_of(field) for field in command.fields]
    line_dtypes = [dtype_of(field) for field in command.line_fields]
    sizes = [*(d.itemsize for d in dtypes), *(d.itemsize * line_count for d in line_dtypes)]
    return (
        repr((kind, 1, line_count, *sizes)).encode(),
        struct.Struct("<" + "".join(letter_of(field) for field in command.fields)),
        struct.Struct("<" + "".join(f"{line_count}{letter_of(f)}" for f in command.line_fields)),
    )


def letter_of(field: Field) -> str:
    """Give how `struct` writes a value of a field, little-endian."""
    dtype = dtype_of(field)
    return _LETTERS.get(dtype.str) or f"{dtype.itemsize}s"


def _arrays(fields: Sequence[Field], rows: Sequence[Sequence[Any]]) -> dict[str, np.ndarray]:
    return {
        field.name: np.array(column, field.dtype)
        for field, column in zip(fields, zip(*rows, strict=True), strict=True)
    }


def _line_arrays(fields: Sequence[Field], singles: Sequence[Single]) -> dict[str, np.ndarray]:
    return {
        field.name: np.array(
            [value for single in singles for value in single.line_values[place]], field.dtype
        )
        for place, field in enumerate(fields)
    }


def merge_singles(singles: Sequence[Single]) -> Batch:
    """Join single commands of one kind into one batch of them all.

    Parameters
    ----------
    singles : sequence of Single
        At least one.

    Returns
    -------
    Batch
        In the same order, every column of full length.
    """
    first = singles[0]
    command = first.command
    return Batch(
        first.kind,
        len(singles),
        sum(single.line_count for single in singles),
        _arrays(command.fields, [single.values for single in singles]),
        _line_arrays(command.line_fields, singles),
    )
