"""Measure the planners on sets with published best values: ``python -m bench.quality``.

Each set has a module here with ``measure(folder, plan)``, which solves its instances, has every
answer checked by a program that shares no code with the solver, and gives one row for each. Sets
that others published are looked for in ``--sets``; they are not part of this repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from slotline.optimizer.warm import warm_planners
from slotline.service.kernel_cache import use_kernel_cache

from .rows import Plan, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rows import Row

SETS: Final = (
    "sprp_single",
    "sprp_scattered",
    "three_blocks",
    "tours_beyond",
    "ortools_tours",
    "jobprp",
    "jobprp_foodmart",
    "obp_henn_waescher",
    "obp_muter_oncan",
    "obp_oxenstierna",
    "obp_large",
    "wave_sbpo2025",
    "vrp",
    "release_day",
)
"""Modules of this package. Where one measures a published set, its ``FOLDER`` says which; its
``remarks(rows)``, if it has one, gives lines to print below the table."""

_BESIDE: Final = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--sets", type=Path, default=_BESIDE, metavar="DIR",
                        help="the published sets (default: beside the checkout)")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), metavar="NAME",
                        help=f"of {', '.join(SETS)}")  # fmt: skip
    parser.add_argument("--smoke", action="store_true", help="a slice, in less than ten minutes")
    parser.add_argument("--instances", action="store_true", help="a line for each instance")
    parser.add_argument("--json", type=Path, metavar="FILE", help="one line of JSON for each row")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    code : int
        0; 1 when an answer is wrong, 2 when a set is not there.
    """
    options = _parse(arguments)
    use_kernel_cache()
    modules = {name: import_module(f".{name}", __package__) for name in options.only}
    missing = [
        str(options.sets / module.FOLDER)
        for module in modules.values()
        if module.FOLDER is not None and not (options.sets / module.FOLDER).is_dir()
    ]
    if missing:
        sys.stderr.write(
            f"not found: {', '.join(missing)}\n"
            f"give the folder of the published sets with --sets, or leave these out with --only\n"
        )
        return 2
    # No planner compiles within a time that is measured.
    warm_planners()
    wrong = 0
    lines = []
    for name, module in modules.items():
        folder = None if module.FOLDER is None else options.sets / module.FOLDER
        rows: list[Row] = module.measure(folder, Plan(smoke=options.smoke))
        remarks = module.remarks(rows) if hasattr(module, "remarks") else []
        tables = table(rows, instances=options.instances)
        sys.stdout.write("\n".join(["", name, *tables, *remarks, ""]))
        for row in rows:
            for fault in row.faults:
                sys.stdout.write(f"WRONG {row.group} {row.instance}: {fault}\n")
            wrong += bool(row.faults)
        sys.stdout.flush()
        lines += [json.dumps(row.as_json(name)) + "\n" for row in rows]
    if options.json is not None:
        options.json.write_text("".join(lines), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
