"""Measure everything that was promised, each number beside its peer: ``python -m bench``.

``--smoke`` does all of it with sizes cut down, ``--only stream single`` some of the groups; without
either, five runs of everything are made and their medians kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from slotline.service.kernel_cache import use_kernel_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .ours import Measure, Plan
    from .results import Result

GROUPS: Final = (
    "startup", "accept", "atp", "commit", "single", "stream", "contenders", "recovery", "snapshots",
)  # fmt: skip
"""Each is a module with ``measure_NAME``; contenders come behind what they are compared with."""

_ROOT: Final = Path(__file__).resolve().parents[1]
_SYNC_BYTES: Final = 640
_WIDTH: Final = 200


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes, one run")
    parser.add_argument("--runs", type=int, default=5, help="medians are taken of them (default 5)")
    parser.add_argument("--seconds", type=float, help="of each sustained run (default 30)")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), metavar="NAME",
                        help=f"of {', '.join(GROUPS)}")  # fmt: skip
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()),
                        help="on the disk to be measured")  # fmt: skip
    parser.add_argument("--output", type=Path, default=_ROOT / "bench" / "results" / "ours.jsonl")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error(f"--runs: found {options.runs}, expected at least 1")
    if options.seconds is not None and options.seconds < 1:
        parser.error(f"--seconds: found {options.seconds:g}, expected at least 1")
    return options


def _run(plan: Plan, names: Sequence[str]) -> tuple[list[Measure], list[Result]]:
    """Measure the groups one after another, never two at once."""
    measures: list[Measure] = []
    results: list[Result] = []
    for name in GROUPS:
        if name not in names:
            continue
        found: Any = getattr(import_module(f".{name}", __package__), f"measure_{name}")(plan)
        if name == "contenders":
            found, contenders = found
            results += contenders
        measures += found
    return measures, results


def _reporter(prefix: str) -> Callable[[str], None]:
    def report(text: str) -> None:
        sys.stderr.write(f"{prefix}{text}\n")
        sys.stderr.flush()

    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when not given.

    Returns
    -------
    int
        0 when every goal was met or this was a smoke run, else 1.
    """
    options = _parse(arguments)
    # Before anything that holds kernels is imported; the server's process takes the same folder.
    use_kernel_cache()
    from rich.console import Console

    from .machine import describe_machine, probe_sync
    from .ours import Plan, medians
    from .peers.server import exit_on_terminate
    from .report import append_measures, last_measures, tables
    from .results import begin_run, describe, median_of, table
    from .workload import alloc_1, smoke

    exit_on_terminate()
    workload = smoke() if options.smoke else alloc_1()
    runs: list[tuple[list[Measure], list[Result]]] = []
    count = 1 if options.smoke else options.runs
    with tempfile.TemporaryDirectory(prefix="slotline-bench-", dir=options.directory) as folder:
        # PostgreSQL refuses to run as root and becomes another user, who has to get in.
        Path(folder).chmod(0o755)
        sync = probe_sync(Path(folder), _SYNC_BYTES)
        for number in range(1, count + 1):
            report = _reporter(f"run {number} of {count}: ")
            plan = Plan(workload, Path(folder), options.smoke, options.seconds, report)
            runs.append(_run(plan, options.only))
    measures = medians([measures for measures, _ in runs])
    results = median_of([results for _, results in runs]) if runs[0][1] else []
    sizes = {"seed": workload.seed, "items": workload.item_count, "rows": workload.row_count,
             "orders": workload.order_count, "lines": workload.line_count}  # fmt: skip
    run = begin_run(_ROOT, describe_machine(options.directory), sync, sizes, results)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for layout in tables(measures, last_measures(options.output, run, is_smoke=options.smoke)):
        console.print(layout)
    if results:
        console.print(table(results, results[0].name, title="contenders"))
    missed = [measure.key for measure in measures if measure.verdict == "missed"]
    console.print(f"medians of {count}; {len(missed)} goals missed" + (
        "; sizes were cut down, these numbers mean little" if options.smoke else ""
    ))  # fmt: skip
    for line in describe(run):
        console.print(line)
    append_measures(options.output, run, measures, is_smoke=options.smoke)
    return 1 if missed and not options.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
