"""Files become rows with the numbers that a person finds them under."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.engine.errors import InvalidRequest
from slotline.io.tabular.faults import Faults
from slotline.io.tabular.read import TableFile, _read_csv, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[str, str], Path]


def read(path: Path) -> TableFile:
    """Read a file that has no faults."""
    faults = Faults()
    file = read_table(path, faults)
    assert faults.texts == []
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found_in_the_header(write: Write, separator: str) -> None:
    """Files of other countries come with other separators."""
    text = "code,zone\nL-1,A\nL-2,B\n".replace(",", separator)
    file = read(write("a.csv", text))
    assert file.frame.to_dict(as_series=False) == {"code": ["L-1", "L-2"], "zone": ["A", "B"]}
    assert file.numbers.tolist() == [2, 3]


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    """CSV, gzip, Parquet and both kinds of Arrow files hold the same table."""
    frame = pl.DataFrame({"code": ["a", "b"], "units": [1, 2]})
    frame.write_csv(tmp_path / "a.csv")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ipc(tmp_path / "a.arrow")
    frame.write_ipc_stream(tmp_path / "a.ipc")
    found = [read(path) for path in sorted(tmp_path.iterdir())]
    assert [file.frame.cast(pl.String).rows() for file in found] == [[("a", "1"), ("b", "2")]] * 5
    assert {file.where(1).partition(", ")[2] for file in found} == {"line 3", "row 2"}


def test_line_numbers_survive_quoted_line_breaks_blank_lines_and_a_byte_order_mark(
    write: Write,
) -> None:
    """The number is the one that an editor shows for the first line of the row."""
    text = '\ufeffcode,zone\r\n"L\r\n1",A\r\n\r\nL-2,"B\n\n"\r\nL-3,C'
    file = read(write("a.csv", text))
    assert file.frame.columns == ["code", "zone"]
    assert file.frame["code"].to_list() == ["L\r\n1", "L-2", "L-3"]
    assert file.numbers.tolist() == [2, 5, 8]


@given(st.lists(st.text(alphabet='ab,"\n', max_size=6), min_size=1, max_size=8))
def test_line_number_is_the_count_of_line_breaks_before_the_row(values: list[str]) -> None:
    """Whatever is quoted, the lines before a row are those of the text before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["code", "zone"])
    expected = []
    for value in values:
        expected.append(out.getvalue().count("\n") + 1)
        writer.writerow([value, "x"])
    frame, numbers = _read_csv(Path("a.csv"), out.getvalue().encode(), Faults())
    assert (frame["code"].to_list(), numbers.tolist()) == (values, expected)


@given(st.text(alphabet="ab,; \n", max_size=40), st.sampled_from(["\n", "\r\n"]))
def test_quick_way_without_quotes_gives_the_same_as_the_csv_reader(body: str, end: str) -> None:
    """A quoted heading sends the same lines the slow way."""
    quick, slow = Faults(), Faults()
    rest = f",zone\n{body}".replace("\n", end).encode()
    frame, numbers = _read_csv(Path("a.csv"), b"code" + rest, quick)
    expected, expected_numbers = _read_csv(Path("a.csv"), b'"code"' + rest, slow)
    assert frame.rows() == expected.rows()
    assert numbers.tolist() == expected_numbers.tolist()
    assert quick == slow


def test_lines_with_too_few_or_too_many_values_are_named(write: Write) -> None:
    """A shifted line would else put values under wrong headings."""
    faults = Faults()
    file = read_table(write("a.csv", "a,b\n1,2\n3\n4,5,6\n7,8\n"), faults)
    assert file.frame.rows() == [("1", "2"), ("7", "8")]
    assert [text.partition(".csv, ")[2] for text in faults.texts] == [
        "line 3: found 1 values, expected 2, one for each column of the header",
        "line 4: found 3 values, expected 2, one for each column of the header",
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xlsx", b"", "found '.xlsx', expected one of .csv"),
        ("a.csv", b"", "line 1: found a header with no columns"),
        ("a.csv", b"a,,c\n", "line 1: found a header with an unnamed column"),
        ("a.csv", b"a,b,a\n", "line 1: found column 'a' twice"),
        ("a.csv", b"a,b\nx,\xff\n", "line 2: found byte 0xff, expected UTF-8"),
        ("a.csv", b'a,b\nx,"y\n', "found broken CSV"),
        ("a.csv.gz", b"a,b\n", "found no readable gzip file"),
        ("a.parquet", b"PAR1 no", "found no readable Parquet file"),
        ("a.arrow", b"ARROW1 no", "found no readable Arrow IPC file"),
        ("a.ipc", b"no", "found no readable Arrow IPC file"),
    ],
)
def test_unreadable_file_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidRequest) as refused:
        read_table(path, Faults())
    assert str(refused.value).startswith(str(path))
    assert expected in str(refused.value)


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    """A typo in the name is no traceback."""
    with pytest.raises(InvalidRequest, match=r"none\.csv: cannot be read: No such file"):
        read_table(tmp_path / "none.csv", Faults())
