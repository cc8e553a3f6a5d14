"""Make a new data directory: an empty store with a journal, owned by this user alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .output import Output, add_output_arguments
from .shared import add_clock_file, add_rows

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline init site1
  slotline init site1 --site "DC Duisburg" --size small
  slotline init site1 --rows item=50000 --rows order=1048576

Tables cost address space, not memory, until they are used. The tables promise, order and line are
rings of a power of two; their size is kept for good, others may grow with `serve --rows`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `init`."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="new or empty folder")
    parser.add_argument("--site", help="name of the site (default: the folder's name)")
    parser.add_argument(
        "--size",
        choices=("small", "large"),
        default="large",
        help="small: thousands of rows; large: millions (default)",
    )
    add_rows(parser)
    add_clock_file(parser)
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the store and say so."""
    from ..bootstrap import create_store, make_capacity

    folder: Path = options.folder
    site = options.site or folder.resolve().name
    capacity = make_capacity(options.size, dict(options.rows))
    store_id = create_store(folder, site, capacity, clock_path=options.clock_file)
    output = Output(options)
    output.result(
        {"folder": str(folder), "site": site, "store_id": store_id},
        f"made store {store_id} of site {site!r} in {folder}",
    )
    output.note(f"next: slotline import {folder} --items FILE ..., then slotline serve {folder}")
    return 0
