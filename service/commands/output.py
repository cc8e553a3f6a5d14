"""Results on stdout, progress on stderr; rich is loaded when something is drawn."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

Cell = str | int | float
Table = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]
_PIPE_WIDTH = 10_000


def add_output_arguments(parser: argparse.ArgumentParser, *, is_given_above: bool = False) -> None:
    """Add --json and --quiet; where they are given above already, an absent one changes nothing."""
    default: Any = argparse.SUPPRESS if is_given_above else False
    group = parser.add_argument_group("output")
    group.add_argument(
        "--json", action="store_true", default=default, help="print the result as one JSON object"
    )
    group.add_argument(
        "--quiet", action="store_true", default=default, help="no progress, no notes"
    )


class Output:
    """Where a subcommand writes to.

    Parameters
    ----------
    options : argparse.Namespace
        With `json` and `quiet`.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.is_json: bool = options.json
        self.is_quiet: bool = options.quiet

    def note(self, text: str) -> None:
        """Tell a person something, on stderr."""
        if not self.is_quiet:
            sys.stderr.write(f"{text}\n")

    def text(self, text: str) -> None:
        """Print a result that is made already."""
        sys.stdout.write(f"{text}\n")

    def result(self, facts: dict[str, Any], *parts: str | Table) -> None:
        """Print a result.

        Parameters
        ----------
        facts : dict
            What --json prints.
        parts : str or (title, headings, rows)
            What a person reads otherwise: lines and tables.
        """
        if self.is_json:
            sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
            return
        for part in parts:
            if isinstance(part, str):
                sys.stdout.write(f"{part}\n")
            else:
                _print_table(*part)

    @contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show a bar while something runs.

        Parameters
        ----------
        title : str
            What is done.
        total : int or None
            Steps, None when unknown.

        Yields
        ------
        callable
            Is told how many steps were done.
        """
        if self.is_quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=total)
            yield lambda steps: bar.advance(task, steps)


def _print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=box.SIMPLE_HEAD)
    numeric = [all(not isinstance(row[n], str) for row in rows) for n in range(len(headings))]
    widths = _column_widths(headings, rows)
    # What is too wide for the screen wraps in the longest text; the other columns stay whole.
    texts = [n for n, is_number in enumerate(numeric) if not is_number]
    longest = max(texts, key=widths.__getitem__, default=-1)
    for n, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if numeric[n] else "left"
        table.add_column(heading, justify=justify, no_wrap=n != longest, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    console = Console(file=sys.stdout, width=screen_width())
    if title:
        # As the table's own title it would wrap at the table's width.
        console.print(Text(title, style="table.title"))
    console.print(table)


def screen_width() -> int:
    """Give the characters in a line of stdout.

    Returns
    -------
    int
        In a pipe so many that nothing is cut at the width of a screen that is not there.
    """
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH


def table_width(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    """Give the characters that a table takes when nothing in it wraps.

    Parameters
    ----------
    headings, rows
        Of the table, see `Output.result`.

    Returns
    -------
    int
        Columns, a blank at each side of each, a blank between two and at both edges.
    """
    return sum(width + 3 for width in _column_widths(headings, rows)) + 1


def _column_widths(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    from rich.cells import cell_len

    return [
        max([cell_len(heading), *(cell_len(_shown(row[n])) for row in rows)])
        for n, heading in enumerate(headings)
    ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}"
