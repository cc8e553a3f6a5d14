"""Tables on a screen: what is too wide wraps in the longest text, no other column is cut."""

from __future__ import annotations

import argparse
import re
import sys

import pytest

from slotline.service.commands.atp_ import lay_out
from slotline.service.commands.output import Cell, Output, table_width

WIDTH = 80
ITEMS = [f"ITEM-{number}" for number in range(3)]
DAYS = ["now", *(f"11-{day:02d}" for day in range(2, 16))]
UNITS = [[1_000 * number + day for day in range(len(DAYS))] for number in range(len(ITEMS))]


def shown(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    headings: list[str],
    rows: list[list[Cell]],
    title: str = "",
) -> list[str]:
    """Print a table on a screen and give its lines."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    Output(argparse.Namespace(json=False, quiet=False)).result({}, (title, headings, rows))
    # Without what makes letters bold.
    return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()


def test_longest_text_wraps_and_the_verdict_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row begins with its name and verdict, and every word of the text is there."""
    detail = " ".join(f"word{number}" for number in range(40))
    rows: list[list[Cell]] = [["Nothing promised twice", "passed", detail], ["other", "FAILED", ""]]
    lines = shown(capsys, monkeypatch, ["Check", "Verdict", "What it covered"], rows)
    text = "\n".join(lines)
    assert max(len(line) for line in lines) <= WIDTH
    assert [line.split()[:4] for line in lines if "passed" in line] == [
        ["Nothing", "promised", "twice", "passed"]
    ]
    assert "FAILED" in text
    assert [word for word in detail.split() if word not in text.split()] == []


def test_title_longer_than_the_table_stays_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One item at one time is a narrow table."""
    title = "units of ACME, sequence 1234567, 2027-03-31 12:00Z"
    assert shown(capsys, monkeypatch, ["item", "now"], [["A", 1]], title)[0] == title


@pytest.mark.parametrize("days", [1, 4, len(DAYS)])
def test_width_of_a_table_is_what_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """The rule below the headings is as long as the table, less its edges."""
    table = lay_out(ITEMS, DAYS[:days], [part[:days] for part in UNITS], WIDTH)
    lines = shown(capsys, monkeypatch, *table)
    rule = next(line for line in lines if "─" in line)
    assert rule.count("─") == table_width(*table) - 2


def test_items_are_rows_when_all_times_fit() -> None:
    """With their bars at the end."""
    headings, rows = lay_out(ITEMS, DAYS[:4], [part[:4] for part in UNITS], WIDTH)
    assert headings == ["item", *DAYS[:4], "over time"]
    assert [row[0] for row in rows] == ITEMS
    assert rows[1][1:5] == UNITS[1][:4]


def test_days_are_rows_when_they_do_not_fit_as_columns() -> None:
    """Every item keeps its name, every day its row."""
    headings, rows = lay_out(ITEMS, DAYS, UNITS, WIDTH)
    assert headings == ["time", *ITEMS]
    assert [row[0] for row in rows] == DAYS
    assert [row[2] for row in rows] == UNITS[1]


def test_some_days_are_shown_when_neither_fits() -> None:
    """Many items and many days: as many days as fit, the first and the last among them."""
    items = [f"ITEM-{number:02d}" for number in range(30)]
    table = lay_out(items, DAYS, [UNITS[1]] * len(items), WIDTH)
    headings, rows = table
    assert [row[0] for row in rows] == items
    assert (headings[1], headings[-2]) == (DAYS[0], DAYS[-1])
    assert 5 <= len(headings) - 2 < len(DAYS)
    assert table_width(*table) <= WIDTH
    assert rows[0][1:-1] == [UNITS[1][DAYS.index(day)] for day in headings[1:-1]]
