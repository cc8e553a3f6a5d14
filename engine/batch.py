"""A batch of commands of one kind as columns: made, checked, cut.

A column has one value per command (or per line), or a single value that stands for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from .errors import InvalidRequest
from .limits import BATCH_COMMANDS_MAX, BATCH_LINES_MAX
from .schema import COMMAND_NUMBER, COMMANDS, Command, Field, dtype_of

Columns = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Batch:
    """Commands of one kind.

    Parameters
    ----------
    kind : int
        Number of the command in `schema.COMMANDS`.
    count : int
        Commands, n.
    line_count : int
        Lines of all commands together, L; 0 for commands without lines.
    columns : dict of str to ndarray
        Per field of the command an array of shape (n,) or (1,), C-contiguous, with the dtype of
        the schema.
    lines : dict of str to ndarray
        Per line field an array of shape (L,) or (1,).
    """

    kind: int
    count: int
    line_count: int
    columns: dict[str, np.ndarray]
    lines: dict[str, np.ndarray]

    @property
    def command(self) -> Command:
        """The command's schema."""
        return COMMANDS[self.kind]


def make_batch(kind: str, columns: Columns, lines: Columns | None = None) -> Batch:
    """Make a checked batch from arrays, lists or scalars.

    Parameters
    ----------
    kind : str
        Name of the command.
    columns, lines : mapping of str to array_like
        A value for every field of the command; scalars and arrays of length 1 stand for all.

    Returns
    -------
    Batch
        Columns of the schema's dtypes. Refs are not checked against a state here.

    Raises
    ------
    InvalidRequest
        Unknown kind or column, missing column, lengths that differ, a value that does not fit the
        dtype or the range of its field, too many commands or lines.
    """
    number = COMMAND_NUMBER.get(kind)
    if not number:
        raise InvalidRequest(
            f"found command {kind!r}, expected one of {', '.join(sorted(COMMAND_NUMBER))}"
        )
    command = COMMANDS[number]
    own = _columns(kind, command.fields, columns)
    count = max((array.size for array in own.values()), default=1)
    _check_lengths(kind, own, count, BATCH_COMMANDS_MAX, "commands")
    if not command.has_lines:
        if lines:
            raise InvalidRequest(f"{kind}: found line columns, expected none")
        return Batch(number, count, 0, own, {})
    detail = _columns(kind, command.line_fields, lines or {})
    counts = own["line_count"]
    line_count = int(counts[0]) * count if counts.size == 1 else int(counts.sum())
    _check_lengths(kind, detail, line_count, BATCH_LINES_MAX, "lines")
    return Batch(number, count, line_count, own, detail)


def _check_lengths(
    kind: str, columns: dict[str, np.ndarray], count: int, limit: int, what: str
) -> None:
    if not 1 <= count <= limit:
        raise InvalidRequest(f"{kind}: found {count} {what}, expected 1 to {limit}")
    for name, array in columns.items():
        if array.size not in (1, count):
            raise InvalidRequest(
                f"{kind}.{name}: found {array.size} values, expected {count} ({what}) or 1"
            )


def _columns(kind: str, fields: tuple[Field, ...], given: Columns) -> dict[str, np.ndarray]:
    names = {field.name for field in fields}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InvalidRequest(
            f"{kind}: found column {unknown[0]!r}, expected one of {', '.join(sorted(names))}"
        )
    columns = {}
    for field in fields:
        if field.name not in given:
            raise InvalidRequest(f"{kind}: column {field.name!r} is missing")
        columns[field.name] = checked_column(kind, field, given[field.name])
    return columns


def checked_column(kind: str, field: Field, given: object) -> np.ndarray:
    """Give `given` as an array of the field's dtype, or refuse it.

    Parameters
    ----------
    kind : str
        Name of the command, for the message.
    field : Field
        What the schema says of the column.
    given : array_like
        Scalar, list or array of shape (n,).

    Returns
    -------
    ndarray
        Shape (n,), C-contiguous, dtype of the field.

    Raises
    ------
    InvalidRequest
        Wrong type or a value outside the field's range; names the first such value.
    """
    dtype = dtype_of(field)
    if dtype.kind == "S":
        return _text_column(kind, field, given, dtype)
    try:
        array = np.atleast_1d(np.asarray(given))
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{kind}.{field.name}: found {given!r}, expected integers") from error
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InvalidRequest(
            f"{kind}.{field.name}: found {array.dtype} of shape {array.shape}, "
            f"expected integers of shape (n,)"
        )
    check_range(kind, field, array)
    return np.ascontiguousarray(array, dtype=dtype)


def check_range(kind: str, field: Field, array: np.ndarray) -> None:
    """Raise InvalidRequest when a value of `array` (integers, shape (n,)) is out of range."""
    if array.size == 0:
        return
    bounds = np.iinfo(dtype_of(field))
    low, high = max(field.low, int(bounds.min)), min(field.high, int(bounds.max))
    if field.refers:
        low = -1 if field.optional else 0
    if int(array.min()) < low or int(array.max()) > high:
        bad = int(np.flatnonzero((array < low) | (array > high))[0])
        raise InvalidRequest(
            f"{kind}.{field.name}[{bad}]: found {int(array[bad])}, expected {low} to {high}"
        )


def _text_column(kind: str, field: Field, given: object, dtype: np.dtype) -> np.ndarray:
    if isinstance(given, np.ndarray) and given.dtype == dtype:
        return np.ascontiguousarray(np.atleast_1d(given))
    many = cast("Iterable[object]", given)
    values = [given] if isinstance(given, (str, bytes)) else list(many)
    encoded = []
    for position, value in enumerate(values):
        if not isinstance(value, (str, bytes)):
            raise InvalidRequest(
                f"{kind}.{field.name}[{position}]: found {type(value).__name__}, expected text"
            )
        raw = value.encode() if isinstance(value, str) else bytes(value)
        if len(raw) > dtype.itemsize or b"\0" in raw:
            raise InvalidRequest(
                f"{kind}.{field.name}[{position}]: found {len(raw)} bytes, expected at most "
                f"{dtype.itemsize} bytes of UTF-8 without NUL"
            )
        encoded.append(raw)
    return np.array(encoded, dtype=dtype)
