"""Values of one column of a file to values of a field, each bad one named.

Whole columns are converted at once; only values that this leaves over are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from .fields import CODE_BYTES_MAX, Form, ImportField
from .mapping import Mapping, Source

if TYPE_CHECKING:
    from .faults import Faults
    from .read import TableFile

Values = np.ndarray | list[str]

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FLAGS = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}
_TEXT_DIGITS_MAX = 40


class _Bad(Exception):
    """A value is not what its field expects; the text says what that is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field's values, shape (n,), and the name a person knows them by.

    Parameters
    ----------
    name : str
        Column of the file, or the field when the mapping gives a constant.
    values : ndarray or list of str
        int64[n], or n codes.
    """

    name: str
    values: Values


def parse_table(
    file: TableFile,
    fields: tuple[ImportField, ...],
    table: str,
    mapping: Mapping | None,
    faults: Faults,
) -> dict[str, Column] | None:
    """Convert all columns of a file.

    Parameters
    ----------
    file : TableFile
        What was read, n rows.
    fields : tuple of ImportField
        What the table consists of.
    table : str
        Its name, for the mapping.
    mapping : Mapping or None
        Sources of fields; None where there is no mapping file.
    faults : Faults
        Gets every bad value, and every column that is missing.

    Returns
    -------
    dict of str to Column, or None
        Per field its values; bad ones are replaced by the default (0 or empty). None when a
        column is missing.
    """
    remedy = "" if mapping is None else ", or name another one or a constant in the mapping file"
    mapping = mapping or Mapping()
    sources = mapping.sources(table)
    present = set(file.frame.columns) - mapping.ignored(table)
    columns: dict[str, Column] = {}
    is_complete = True
    for field in fields:
        source = sources.get(field.name)
        is_named = source is not None
        source = source or Source(column=field.name)
        if source.value is not None:
            series = pl.Series(field.name, [source.value] * min(file.frame.height, 1))
            values = _parse(file, field, source, series, mapping.time_zone, faults)
            columns[field.name] = Column(field.name, _spread(values, file.frame.height))
        elif source.column in present:
            series = file.frame[source.column]
            values = _parse(file, field, source, series, mapping.time_zone, faults)
            columns[field.name] = Column(source.column, values)
        elif is_named or field.default is None:
            is_complete = False
            text = (
                f"{file.path}: found columns {', '.join(file.frame.columns)}; expected column "
                f"{source.column!r} for {table}.{field.name}; add it{remedy}"
            )
            faults.add_text(file.path, 0, text)
        else:
            columns[field.name] = Column(field.name, _defaults(field, file.frame.height))
    return columns if is_complete else None


def refuse_unknown_columns(
    file: TableFile,
    fields: tuple[ImportField, ...],
    table: str,
    mapping: Mapping | None,
    faults: Faults,
) -> None:
    """Note every column that nothing reads: a misspelt one would be left out in silence.

    Parameters
    ----------
    file : TableFile
        What was read.
    fields : tuple of ImportField
        What the table consists of.
    table : str
        Its name, for the mapping.
    mapping : Mapping or None
        Sources of fields, and columns to be left out; None where there is no mapping file.
    faults : Faults
        Gets the columns that are no field, no source and not to be left out.
    """
    remedy = (
        "rename it, or take it out"
        if mapping is None
        else f"rename it, name it in the mapping file, or list it there under {table}.ignore"
    )
    mapping = mapping or Mapping()
    sources = mapping.sources(table)
    wanted = [
        sources[field.name].column if field.name in sources else field.name for field in fields
    ]
    known = {field.name for field in fields} | set(wanted) | mapping.ignored(table)
    # A name that the file has already is no candidate for what another column was meant to be.
    missing = [name for name in wanted if name and name not in file.frame.columns]
    for column in file.frame.columns:
        if column in known:
            continue
        near = get_close_matches(column.lower(), missing, n=1)
        hint = f"did you mean {near[0]}?" if near else f"{table} has no such field;"
        text = f"{file.path}, column {column!r}: found a column that nothing reads; {hint} {remedy}"
        faults.add_text(file.path, 0, text)


def _spread(values: Values, count: int) -> Values:
    if isinstance(values, list):
        return values * count
    return np.repeat(values, count) if count else values


def _defaults(field: ImportField, count: int) -> Values:
    if field.form is Form.CODE:
        return [str(field.default or "")] * count
    return np.full(count, field.default or 0, np.int64)


def _parse(
    file: TableFile,
    field: ImportField,
    source: Source,
    series: pl.Series,
    zone: tzinfo | None,
    faults: Faults,
) -> Values:
    if series.dtype == pl.String:
        series = series.str.strip_chars()
        series = series.replace("", None) if series.len() else series
    elif isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        series = series.cast(pl.String)
    if field.form is Form.CODE:
        return _codes(file, field, source, series, faults)
    whole = _integers_at_once(field, source, series)
    if whole is None:
        whole = _days_at_once(field, series)
    if whole is not None:
        return whole
    one = _ONE[field.form]
    values = np.zeros(series.len(), np.int64)
    for row, found in enumerate(series.to_list()):
        try:
            values[row] = _default(field) if found is None else one(found, field, source, zone)
        except _Bad as bad:
            faults.add(file, row, source.column or field.name, found, str(bad))
    return values


def _default(field: ImportField) -> int:
    if field.default is None:
        raise _Bad(_range_text(field) if field.form is Form.INTEGER else field.form.value)
    return int(field.default)


def _range_text(field: ImportField) -> str:
    return f"a whole number from {field.low} to {field.high}"


def _integers_at_once(field: ImportField, source: Source, series: pl.Series) -> np.ndarray | None:
    """Give a column of plain good integers, None when any value needs a closer look."""
    if field.form is not Form.INTEGER:
        return None
    if not series.dtype.is_integer():
        if series.dtype != pl.String or not series.drop_nulls().str.contains(r"^-?\d+$").all():
            return None
        if (series.str.len_bytes().max() or 0) > 18:  # type: ignore[operator]
            return None
    numbers = series.cast(pl.Int64, strict=False)
    if numbers.null_count() != series.null_count():
        return None
    if numbers.null_count():
        if field.default is None:
            return None
        filled = numbers.fill_null(0).to_numpy()
    else:
        filled = numbers.to_numpy()
    low, high = -(-field.low // source.factor), field.high // source.factor
    if filled.size and (int(filled.min()) < low or int(filled.max()) > high):
        return None
    values = filled * np.int64(source.factor)
    if numbers.null_count():
        values[numbers.is_null().to_numpy()] = int(field.default or 0)
    return np.ascontiguousarray(values, np.int64)


def _days_at_once(field: ImportField, series: pl.Series) -> np.ndarray | None:
    """Give a text column of plain good dates, None when any value needs a closer look."""
    if field.form is not Form.DAY or field.default is None or series.dtype != pl.String:
        return None
    if not series.drop_nulls().str.contains(r"^(19[789]|2\d\d)\d-\d\d-\d\d$").all():
        return None
    days = series.str.to_date("%Y-%m-%d", strict=False).to_physical()
    if days.null_count() != series.null_count():
        return None
    filled = days.cast(pl.Int64).fill_null(int(field.default)).to_numpy()
    return np.ascontiguousarray(filled, np.int64)


def _codes(
    file: TableFile, field: ImportField, source: Source, series: pl.Series, faults: Faults
) -> list[str]:
    name = source.column or field.name
    if series.dtype != pl.String:
        if not series.dtype.is_integer() and series.dtype != pl.Null:
            if series.len():
                faults.add(file, 0, name, series.dtype, "text or whole numbers")
            return [""] * series.len()
        series = series.cast(pl.String)
    if field.default is None:
        for row in series.is_null().arg_true().to_list():
            faults.add(file, row, name, None, f"a code of 1 to {CODE_BYTES_MAX} bytes")
    bad = (series.str.len_bytes() > CODE_BYTES_MAX) | series.str.contains("\0", literal=True)
    for row in bad.fill_null(value=False).arg_true().to_list():
        expected = f"a code of at most {CODE_BYTES_MAX} bytes of UTF-8 without NUL"
        faults.add(file, row, name, series[row], expected)
    filled: list[str] = series.fill_null(str(field.default or "")).to_list()
    return filled


# -- one value at a time ---------------------------------------------------------------------------


def _integer(found: Any, field: ImportField, source: Source, zone: tzinfo | None) -> int:
    try:
        # Through text, so that 0.1 of a float column means the tenth that a person sees.
        exact = None if len(str(found)) > _TEXT_DIGITS_MAX else Decimal(str(found))
    except InvalidOperation:
        exact = None
    if exact is None or not exact.is_finite() or isinstance(found, bool):
        raise _Bad(_range_text(field))
    if exact.adjusted() > _TEXT_DIGITS_MAX:
        raise _Bad(_range_text(field))
    scaled = exact * source.factor
    if scaled != scaled.to_integral_value() or not field.low <= scaled <= field.high:
        times = f" after multiplying by {source.factor}" if source.factor != 1 else ""
        raise _Bad(_range_text(field) + times)
    return int(scaled)


def _word(found: Any, field: ImportField, source: Source, zone: tzinfo | None) -> int:
    text = str(found).upper().replace(" ", "_").replace("-", "_")
    code = field.words.get(text)
    if code is None and text.isdecimal() and int(text) in field.words.values():
        return int(text)
    if code is None:
        raise _Bad(f"one of {', '.join(field.words)}")
    return code


def _flag(found: Any, field: ImportField, source: Source, zone: tzinfo | None) -> int:
    value = _FLAGS.get(str(found).lower())
    if value is None:
        raise _Bad(Form.FLAG.value)
    return value


def _day(found: Any, field: ImportField, source: Source, zone: tzinfo | None) -> int:
    if isinstance(found, datetime) and found.time() != datetime.min.time():
        raise _Bad(Form.DAY.value)
    try:
        day = found if isinstance(found, date) else date.fromisoformat(str(found))
    except ValueError as error:
        raise _Bad(Form.DAY.value) from error
    number = date(day.year, day.month, day.day).toordinal() - _EPOCH_DAY.toordinal()
    if number < 0:
        raise _Bad("a date from 1970-01-01 on")
    return number


def _time(found: Any, field: ImportField, source: Source, zone: tzinfo | None) -> int:
    try:
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    except ValueError as error:
        raise _Bad(Form.TIME.value) from error
    if moment.tzinfo is None:
        if zone is None:
            raise _Bad(f"{Form.TIME.value}, or time_zone in the mapping file")
        moment = moment.replace(tzinfo=zone)
    past = moment.astimezone(UTC) - _EPOCH
    time_us = (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
    if not field.low <= time_us <= field.high:
        raise _Bad("a time from 1970-01-01T00:00:00Z on")
    return time_us


_One = Callable[[Any, ImportField, Source, tzinfo | None], int]
_ONE: dict[Form, _One] = {
    Form.INTEGER: _integer,
    Form.WORD: _word,
    Form.FLAG: _flag,
    Form.DAY: _day,
    Form.TIME: _time,
}
