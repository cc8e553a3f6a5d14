"""Arguments that several subcommands have."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_TARGET = "127.0.0.1:50051"


def positive(text: str) -> int:
    """Read a whole number of at least 1; argparse names the argument when it is none."""
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 on")
    return number


def not_negative(text: str) -> int:
    """Read a whole number of at least 0."""
    number = _whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 0 on")
    return number


def port(text: str) -> int:
    """Read a TCP port, 0 for a free one."""
    number = _whole(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a port from 0 to 65535")
    return number


def table_rows(text: str) -> tuple[str, int]:
    """Read TABLE=ROWS."""
    name, _, rows = text.partition("=")
    if not name or not rows:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected TABLE=ROWS such as item=50000")
    return name, positive(rows)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number") from error


def add_target(parser: argparse.ArgumentParser, *, default: str | None = DEFAULT_TARGET) -> None:
    """Add --target."""
    shown = f" (default {default})" if default else ""
    parser.add_argument(
        "--target", metavar="HOST:PORT", default=default, help=f"a running server{shown}"
    )


def add_caller(parser: argparse.ArgumentParser) -> None:
    """Add --tenant and --actor."""
    for name, meaning in (("tenant", "for whom"), ("actor", "by whom")):
        parser.add_argument(
            f"--{name}",
            metavar="CODE",
            default="",
            help=f"{meaning} it is done, as the journal notes it; made known if it is new",
        )


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add --rows."""
    parser.add_argument(
        "--rows",
        metavar="TABLE=ROWS",
        type=table_rows,
        action="append",
        default=[],
        help="rows of one table; may be given several times",
    )


def add_clock_file(parser: argparse.ArgumentParser) -> None:
    """Add --clock-file."""
    parser.add_argument(
        "--clock-file",
        metavar="FILE",
        type=Path,
        help="for simulated days only: take the time from a file that another process sets",
    )
