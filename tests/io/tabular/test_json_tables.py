"""Tables of one JSON file become the rows that CSV files would give, each with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slotline.engine.errors import InvalidRequest
from slotline.io.tabular.faults import Faults
from slotline.io.tabular.json_tables import read_json_tables
from slotline.io.tabular.read import read_table
from slotline.io.tabular.write import csv_text, json_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[[str, str], Path]

TABLES = {"nodes": ("code", "x_mm"), "site": ("name",)}


def faults_of(path: Path) -> list[str]:
    """Read a file that has faults, and give them without the folder."""
    faults = Faults()
    read_json_tables(path, TABLES, faults)
    return [text.replace(f"{path.parent}/", "") for text in faults.texts]


def test_rows_are_found_on_their_lines_however_the_file_is_laid_out(write: Write) -> None:
    """A row begins where its brace is; numbers are the text that they are written as."""
    text = """
    { "site": {"name": "Hall 7"},
      "nodes": [ {"code": "A",
                  "x_mm": 1.50}, {"x_mm": true},

        {"code": null, "x_mm": -12345678901234567890} ] }
    """
    found = read_json_tables(write("a.json", text), TABLES, Faults())
    assert found["site"].frame.rows() == [("Hall 7",)]
    assert found["nodes"].frame.columns == ["code", "x_mm"]
    assert found["nodes"].frame.rows() == [
        *(("A", "1.5"), (None, "true"), (None, "-12345678901234567890")),
    ]
    assert found["nodes"].numbers.tolist() == [3, 4, 6]


def test_an_empty_table_has_the_columns_that_it_may_have(write: Write) -> None:
    """Else it would be one whose columns are missing."""
    found = read_json_tables(write("a.json", '{"nodes": []}'), TABLES, Faults())
    assert list(found) == ["nodes"]
    assert (found["nodes"].frame.columns, found["nodes"].frame.height) == (["code", "x_mm"], 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"nodes": [\n{"code": "A",}]}', "line 2, column 14: found broken JSON"),
        ('{"nodes": [\n{"code": "A"}\n{"code": "B"}]}', "line 3, column 1: found broken JSON"),
        ('{"nodes": [],}', "line 1, column 14: found broken JSON"),
        ('{"nodes" []}', "line 1, column 10: found broken JSON: expected ':'"),
        ('{"nodes": []}\n]', "line 2, column 1: found broken JSON: expected the end"),
        ("[]", "line 1, column 1: found broken JSON: expected '{'"),
        ("", "line 1, column 1: found broken JSON: expected '{'"),
        ('{"nodes": [', "line 1, column 12: found broken JSON"),
        ('{"nodes": [\n{"code": "A", "code": "B"}]}', "line 2: found broken JSON: an object has"),
        ('{"nodes": [\n{"x_mm": ' + "9" * 5_000 + "}]}", "line 2: found broken JSON"),
        ('{"nodes": [\n' + "[" * 100_000, "line 2: found broken JSON"),
    ],
)
def test_broken_json_is_named_by_line_and_column(write: Write, text: str, expected: str) -> None:
    """Whichever level it is on; nothing else than our error is raised."""
    path = write("a.json", text)
    with pytest.raises(InvalidRequest) as raised:
        read_json_tables(path, TABLES, Faults())
    assert str(raised.value).startswith(f"{path}, {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"nodez": []}',
            "a.json, line 1: found table 'nodez', expected one of nodes, site",
        ),
        (
            '{"nodes": [],\n"nodes": []}',
            "a.json, line 2: found table 'nodes', expected each of nodes, site once",
        ),
        (
            '{"nodes": [{"code": "A"},\n7]}',
            "a.json, line 2: found 7 as a row of nodes, expected an object",
        ),
        (
            '{"nodes": "A"}',
            "a.json, line 1: found 'A' as a row of nodes, expected an object",
        ),
        (
            '{"nodes": [\n{"code": ["A"]}]}',
            "a.json, line 2, column 'code': found ['A'], expected text or a number",
        ),
    ],
)
def test_json_of_another_form_is_a_fault_of_its_line(
    write: Write, text: str, expected: str
) -> None:
    """The rest of the file is read on, so that all faults are told at once."""
    assert faults_of(write("a.json", text)) == [expected]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=30) | st.text('{}[]":,nodes1 \n', max_size=30).map(str.encode))
def test_any_bytes_give_tables_or_our_own_error(tmp_path: Path, content: bytes) -> None:
    """What is read at all is what the standard library reads."""
    path = tmp_path / "any.json"
    path.write_bytes(content)
    faults = Faults()
    try:
        read_json_tables(path, TABLES, faults)
    except InvalidRequest:
        return
    assert isinstance(json.loads(content.decode("utf-8-sig")), dict)


TEXTS = st.text(alphabet='aé",;\n\r\t|', min_size=1, max_size=6).filter(lambda t: t == t.strip())
ROWS = st.lists(st.tuples(TEXTS, st.none() | st.integers(-(2**40), 2**40)), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[tuple[str, int | None]]) -> None:
    """In both forms, whatever has to be quoted."""
    columns: dict[str, list[str | int | None]] = {
        "code": [code for code, _ in rows],
        "x_mm": [x for _, x in rows],
    }
    path = tmp_path / "nodes.csv"
    path.write_text(csv_text(columns), encoding="utf-8", newline="")
    faults = Faults()
    frame = read_table(path, faults).frame
    expected = [(code, "" if x is None else str(x)) for code, x in rows]
    assert (faults.texts, frame.rows()) == ([], expected)
    path = tmp_path / "all.json"
    path.write_text(json_text({"nodes": columns}), encoding="utf-8", newline="")
    frame = read_json_tables(path, TABLES, faults)["nodes"].frame
    found = [(row["code"], row.get("x_mm")) for row in frame.to_dicts()]
    assert found == [(code, None if x is None else str(x)) for code, x in rows]
