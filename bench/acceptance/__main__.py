"""The acceptance day for picking: ``python -m bench.acceptance``.

Draws days, runs each by our planning and by hourly waves, has both checked from their events
alone, runs the first one by our planning on a server, too, and says whether the goals are met.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from slotline.service.kernel_cache import use_kernel_cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .goals import Goal

_SEEDS: Final = 20


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    from .paired import SEEDS_MAX

    parser = argparse.ArgumentParser(prog="python -m bench.acceptance", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="a site of 60 orders, for a try")
    parser.add_argument("--first-seed", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--days", type=int, default=_SEEDS, metavar="N",
                        help=f"2 to {SEEDS_MAX}, a seed each (default: {_SEEDS})")  # fmt: skip
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep day and events of the first seed there")  # fmt: skip
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="one line of JSON for each day, the server's last"
    )
    options = parser.parse_args(arguments)
    if not 2 <= options.days <= SEEDS_MAX:
        parser.error(f"found --days {options.days}, expected 2 to {SEEDS_MAX}")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    code : int
        0; 1 when a goal is missed.
    """
    use_kernel_cache()  # before anything imports Numba
    from .goals import HEADER, judge, judge_served, lines_of, lines_of_served
    from .paired import run_pairs
    from .served.run import serve_day
    from .size import FULL, TINY

    options = _parse(arguments)
    begun = time.perf_counter()
    size = TINY if options.tiny else FULL
    seeds = range(options.first_seed, options.first_seed + options.days)
    sys.stdout.write(HEADER + "\n")
    pairs = []
    # The day on the server mostly waits for the disk, so it runs beside the others.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        serving = beside.submit(serve_day, size, options.first_seed, options.keep)
        for pair in run_pairs(size, seeds, options.processes, options.keep):
            pairs.append(pair)
            sys.stdout.write("\n".join([*lines_of(pair), ""]))
            sys.stdout.flush()
        goals = judge(pairs)
        _write_goals(goals)
        sys.stdout.write(f"\none day on the server\n{HEADER}\n")
        sys.stdout.flush()
        served = serving.result()
    sys.stdout.write("\n".join([*lines_of_served(served), ""]))
    served_goals = judge_served(served, pairs[0])
    _write_goals(served_goals)
    sys.stdout.write(f"in {time.perf_counter() - begun:.0f} s\n")
    if options.json is not None:
        lines = [json.dumps(asdict(pair) | {"saving": pair.saving}) + "\n" for pair in pairs]
        lines.append(json.dumps(asdict(served)) + "\n")
        options.json.write_text("".join(lines), encoding="utf-8")
    return 0 if all(goal.met for goal in (*goals, *served_goals)) else 1


def _write_goals(goals: Sequence[Goal]) -> None:
    sys.stdout.write("\n")
    for goal in goals:
        sys.stdout.write(f"{'met' if goal.met else 'MISSED':<7} {goal.name}: {goal.found}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
