"""Tables to files that `read` and `json_tables` read again: equal tables give equal bytes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import polars as pl

from ...engine.errors import InvalidRequest
from .fields import CODE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    # Per column its values; None is an empty one.
    Table = Mapping[str, Sequence[str | int | None]]


def check_texts(table: str, columns: Table) -> None:
    """Refuse text that would not come back as it is.

    Parameters
    ----------
    table : str
        Name, for messages.
    columns : mapping of str to sequence
        Per column its values.

    Raises
    ------
    InvalidRequest
        Text that is empty, too long for a code, holds NUL, or begins or ends with white space.
    """
    for name, values in columns.items():
        texts = pl.Series([value for value in values if isinstance(value, str)], dtype=pl.String)
        bad = (
            (texts != texts.str.strip_chars())
            | ~texts.str.len_bytes().is_between(1, CODE_BYTES_MAX)
            | texts.str.contains("\0", literal=True)
        )
        for text in texts.filter(bad).head(1):
            raise InvalidRequest(
                f"{table}, column {name!r}: found {text!r}, expected 1 to {CODE_BYTES_MAX} bytes "
                f"of UTF-8 without NUL and without white space at either end"
            )


def csv_text(columns: Table) -> str:
    """Give a table as CSV: comma, a header, line feeds, quotes only where they are needed."""
    return pl.DataFrame(dict(columns)).write_csv()


def json_text(tables: Mapping[str, Table]) -> str:
    """Give tables as one JSON object: a line for each row, without its empty values."""
    parts = []
    for name, columns in tables.items():
        rows = [
            json.dumps(
                {key: value for key, value in zip(columns, row, strict=True) if value is not None},
                ensure_ascii=False,
            )
            for row in zip(*columns.values(), strict=True)
        ]
        content = "[\n" + ",\n".join(rows) + "\n]" if rows else "[]"
        parts.append(f"{json.dumps(name)}: {content}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write files, each beside its place first: an error leaves what was there.

    Parameters
    ----------
    texts : mapping of Path to str
        What goes where; folders are made.

    Raises
    ------
    InvalidRequest
        A file cannot be written.
    """
    parts = {path: path.with_name(f"{path.name}.part") for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_text(text, encoding="utf-8", newline="")
        for path, part in parts.items():
            os.replace(part, path)
    except OSError as error:
        for part in parts.values():
            if part.is_file():
                part.unlink()
        where = error.filename or next(iter(texts))
        raise InvalidRequest(f"{where}: cannot be written: {error.strerror}") from error
