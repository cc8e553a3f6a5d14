"""Check a day from its two files: ``python -m bench.acceptance.check DAY EVENTS``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .replay import check_files

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    code : int
        0; 1 when something is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.acceptance.check", description=__doc__)
    parser.add_argument("day", type=Path, metavar="DAY", help="the day's file")
    parser.add_argument("events", type=Path, metavar="EVENTS", help="one line for each event")
    options = parser.parse_args(arguments)
    result = check_files(options.day, options.events)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
