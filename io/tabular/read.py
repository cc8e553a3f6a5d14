"""Files as columns, each row with the number that a person finds it under.

A CSV file is read as text throughout: what a value means is decided by the field it is for, not
guessed from the values. Its lines are counted as an editor does, so a quoted value that spans
lines shifts what follows; the header is line 1. The separator is the most frequent one of
comma, semicolon, tab and bar in the header.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    from pathlib import Path

    from .faults import Faults

SEPARATORS = ",;\t|"
CSV_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
ARROW_ENDINGS = (".arrow", ".feather", ".ipc")
PARQUET_ENDINGS = (".parquet", ".pq")
ENDINGS = (*CSV_ENDINGS, *PARQUET_ENDINGS, *ARROW_ENDINGS)


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file's content.

    Parameters
    ----------
    path : Path
        For messages.
    frame : polars.DataFrame
        n rows; all text for CSV.
    numbers : ndarray
        int64[n]: line (CSV) or row (from 1) of each row.
    unit : str
        ``line`` or ``row``.
    sha256 : bytes
        Digest of the file.
    """

    path: Path
    frame: pl.DataFrame
    numbers: np.ndarray
    unit: str
    sha256: bytes

    def where(self, row: int) -> str:
        """Name a row of the frame as a person finds it."""
        return f"{self.path}, {self.unit} {int(self.numbers[row])}"


def read_table(path: Path, faults: Faults) -> TableFile:
    """Read a file by the ending of its name.

    Parameters
    ----------
    path : Path
        The file.
    faults : Faults
        Gets lines with too few or too many values; such lines are left out.

    Returns
    -------
    TableFile
        Its rows.

    Raises
    ------
    InvalidRequest
        Unknown ending, missing or damaged file, no or bad header.
    """
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise InvalidRequest(f"{path}: found {path.suffix!r}, expected one of {', '.join(ENDINGS)}")
    content = read_content(path)
    sha256 = hashlib.sha256(content).digest()
    if name.endswith(CSV_ENDINGS):
        frame, numbers = _read_csv(path, content, faults)
        return TableFile(path, frame, numbers, "line", sha256)
    kind = "Parquet" if name.endswith(PARQUET_ENDINGS) else "Arrow IPC"
    try:
        frame = _read_columnar(kind, io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise InvalidRequest(f"{path}: found no readable {kind} file: {error}") from error
    return TableFile(path, frame, np.arange(1, frame.height + 1), "row", sha256)


def read_content(path: Path) -> bytes:
    """Give a file's bytes; InvalidRequest when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{path}: cannot be read: {error.strerror}") from error


def _read_columnar(kind: str, content: io.BytesIO) -> pl.DataFrame:
    if kind == "Parquet":
        return pl.read_parquet(content)
    if content.getvalue()[:6] == b"ARROW1":
        return pl.read_ipc(content)
    return pl.read_ipc_stream(content)


def decode_text(path: Path, content: bytes) -> str:
    """Give the text of a file, unpacked when its name ends in ``.gz``; InvalidRequest if none."""
    if path.name.lower().endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidRequest(f"{path}: found no readable gzip file: {error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidRequest(
            f"{path}, line {line}: found byte 0x{content[error.start]:02x}, expected UTF-8; save "
            f"the file as UTF-8"
        ) from error


def _read_csv(path: Path, content: bytes, faults: Faults) -> tuple[pl.DataFrame, np.ndarray]:
    text = decode_text(path, content)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    if '"' not in text and "\r" not in text.replace("\r\n", ""):
        return _read_unquoted(path, text, separator, faults)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    try:
        header = _header(path, next(reader, []))
        width, number = len(header), reader.line_num + 1
        for row in reader:
            if len(row) == width:
                rows.append(row)
                numbers.append(number)
            elif row:
                _refuse_width(path, number, len(row), width, faults)
            number = reader.line_num + 1
    except csv.Error as error:
        raise InvalidRequest(
            f"{path}, line {reader.line_num}: found broken CSV: {error}"
        ) from error
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * width
    schema = dict.fromkeys(header, pl.String)
    data = dict(zip(header, columns, strict=True))
    return pl.DataFrame(data, schema=schema), np.array(numbers, np.int64)


def _read_unquoted(
    path: Path, text: str, separator: str, faults: Faults
) -> tuple[pl.DataFrame, np.ndarray]:
    """Split lines at every separator: ten times as fast, and the same where nothing is quoted."""
    lines = pl.Series([text]).str.split("\n").explode().str.strip_suffix("\r")
    header = _header(path, lines[0].split(separator) if lines[0] else [])
    width = len(header)
    table = pl.DataFrame({"line": lines, "number": np.arange(1, lines.len() + 1)})
    table = table.slice(1).filter(pl.col("line") != "")
    counts = table["line"].str.count_matches(separator, literal=True) + 1
    for count, number in zip(
        counts.filter(counts != width), table["number"].filter(counts != width), strict=True
    ):
        _refuse_width(path, number, count, width, faults)
    table = table.filter(counts == width)
    parts = table["line"].str.split_exact(separator, width - 1).struct.unnest()
    return parts.rename(dict(zip(parts.columns, header, strict=True))), table["number"].to_numpy()


def _refuse_width(path: Path, number: int, count: int, width: int, faults: Faults) -> None:
    text = f"found {count} values, expected {width}, one for each column of the header"
    faults.add_text(path, number, f"{path}, line {number}: {text}")


def _header(path: Path, row: list[str]) -> list[str]:
    header = [name.strip() for name in row]
    if not header or not all(header):
        raise InvalidRequest(
            f"{path}, line 1: found a header with "
            f"{'no columns' if not header else 'an unnamed column'}, expected one name per column"
        )
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise InvalidRequest(
            f"{path}, line 1: found column {min(twice)!r} twice, expected different names"
        )
    return header
