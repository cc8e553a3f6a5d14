"""Results on stdout, progress on stderr; rich is loaded when something is drawn."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

Cell = str | int | float
Table = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --json and --quiet."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print the result as one JSON object")
    group.add_argument("--quiet", action="store_true", help="no progress, no notes")


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

    # In a pipe nothing may be cut at the width of a screen that is not there.
    wide = {} if sys.stdout.isatty() else {"width": 10_000}
    table = RichTable(title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    numeric = [all(not isinstance(row[n], str) for row in rows) for n in range(len(headings))]
    for heading, is_number in zip(headings, numeric, strict=True):
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=not wide)
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    Console(file=sys.stdout, **wide).print(table)  # type: ignore[arg-type]


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}"
