"""Several tables in one JSON file, each row with the line on which it begins.

    {
      "site": {"name": "Hall 7", "version": 1},
      "nodes": [
        {"code": "N1", "x_mm": 0, "y_mm": 0},
        {"code": "N2", "x_mm": 9000, "y_mm": 0}
      ]
    }

A table is a list of rows, or one row. A row is an object whose names are columns; what a row leaves
out, or gives as null, is empty. Values are taken as the text that they are written as: what they
mean is decided by the field they are for, as in a CSV file.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from ...engine.errors import InvalidRequest
from .read import TableFile, decode_text, read_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .faults import Faults

_SPACE: Final = re.compile(r"[ \t\r\n]*")


class _Twice(ValueError):
    """An object has a name twice."""


def read_json_tables(
    path: Path, tables: Mapping[str, Sequence[str]], faults: Faults
) -> dict[str, TableFile]:
    """Read a file.

    Parameters
    ----------
    path : Path
        The file.
    tables : mapping of str to sequence of str
        Known tables and their columns, which an empty table is given.
    faults : Faults
        Gets unknown tables, tables that are there twice, rows that are no objects, and values that
        are neither text nor number; all these are left out.

    Returns
    -------
    dict of str to TableFile
        The tables that are there; values are text, missing ones null.

    Raises
    ------
    InvalidRequest
        Missing file, or no JSON: named by line and column.
    """
    content = read_content(path)
    text = decode_text(path, content)
    sha256 = hashlib.sha256(content).digest()
    scan = _Scanner(text)
    found: dict[str, TableFile] = {}
    try:
        for _ in scan.items("{", "}"):
            line, name = scan.line(), scan.value()
            scan.expect(":")
            rows = _read_rows(path, name, scan, faults)
            if name not in tables or name in found:
                expected = f"each of {', '.join(tables)} once" if name in found else ""
                expected = expected or f"one of {', '.join(tables)}"
                where = f"{path}, line {line}"
                faults.add_text(path, line, f"{where}: found table {name!r}, expected {expected}")
                continue
            found[name] = _table(path, rows, tables[name], sha256, faults)
        scan.expect("")
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"{path}, line {error.lineno}, column {error.colno}: found broken JSON: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"{path}, line {scan.line()}: found broken JSON: {error}") from error
    return found


class _Scanner:
    """Walks a text; the standard library's decoder reads all but the two outer levels."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = _SPACE.match(text).end()  # type: ignore[union-attr]  # matches anywhere
        self._decoder = json.JSONDecoder(object_pairs_hook=_object)
        self._counted = (0, 1)

    def line(self) -> int:
        """Give the number of the line where the next thing begins."""
        at, line = self._counted
        self._counted = (self._at, line + self._text.count("\n", at, self._at))
        return self._counted[1]

    def next_is(self, mark: str) -> bool:
        """Tell whether a mark is next."""
        return self._text.startswith(mark, self._at)

    def expect(self, mark: str) -> None:
        """Pass a mark, or the end for an empty one."""
        if not self.next_is(mark) or (not mark and self._at < len(self._text)):
            wanted = repr(mark) if mark else "the end"
            raise json.JSONDecodeError(f"expected {wanted}", self._text, self._at)
        self._pass(self._at + len(mark))

    def value(self) -> Any:
        """Give the next value, whole."""
        value, end = self._decoder.raw_decode(self._text, self._at)
        self._pass(end)
        return value

    def items(self, opening: str, closing: str) -> Iterator[None]:
        """Stop before each item; whoever iterates takes it."""
        self.expect(opening)
        is_first = True
        while not (is_first and self.next_is(closing)):
            yield
            is_first = False
            if self.next_is(closing):
                break
            self.expect(",")
        self.expect(closing)

    def _pass(self, end: int) -> None:
        self._at = _SPACE.match(self._text, end).end()  # type: ignore[union-attr]  # as above


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"an object has {twice!r} twice, expected different names")
    return found


def _read_rows(
    path: Path, table: object, scan: _Scanner, faults: Faults
) -> list[tuple[int, dict[str, Any]]]:
    rows: list[tuple[int, dict[str, Any]]] = []
    for _ in scan.items("[", "]") if scan.next_is("[") else (None,):
        line, row = scan.line(), scan.value()
        if isinstance(row, dict):
            rows.append((line, row))
        else:
            text = f"found {row!r:.60} as a row of {table}, expected an object"
            faults.add_text(path, line, f"{path}, line {line}: {text}")
    return rows


def _table(
    path: Path,
    rows: list[tuple[int, dict[str, Any]]],
    columns: Sequence[str],
    sha256: bytes,
    faults: Faults,
) -> TableFile:
    names = dict.fromkeys(name for _, row in rows for name in row) if rows else columns
    frame = pl.DataFrame(
        {name: [_text(row.get(name)) for _, row in rows] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )
    numbers = np.array([line for line, _ in rows], np.int64)
    file = TableFile(path, frame, numbers, "line", sha256)
    for number, (_, row) in enumerate(rows):
        for name, value in row.items():
            if isinstance(value, (dict, list)):
                faults.add(file, number, name, value, "text or a number")
    return file


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
