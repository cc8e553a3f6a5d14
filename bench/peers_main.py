"""Run the reference contenders and the peers: ``python -m bench.peers_main [--smoke]``.

Every sequential contender is held against the plain Python reference, over the orders that it
came to; a contender that gives anyone anything else raises. Concurrent callers have no sequence
to compare, so their result is checked for what must hold in any sequence: each order whole or
not at all, and every unit either still in its row or in one allocation.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console

from .agreement import check_allocation, check_digest
from .machine import describe_machine, probe_sync, split_cores
from .peers import postgres, valkey
from .peers.callers import Caller, CallPlan, Request, run_callers, save_workload
from .peers.server import exit_on_terminate
from .reference import Allocation, allocate_python, allocate_set_based
from .results import (
    TABLE_WIDTH,
    Result,
    append_jsonl,
    begin_run,
    describe,
    last_comparable,
    median_of,
    read_jsonl,
    table,
)
from .workload import SEED_DEFAULT, alloc_1, smoke

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from .peers.server import Server
    from .results import Group
    from .workload import Workload

PEERS: Final = ("python", "numpy", "postgres", "valkey")
SECONDS_DEFAULT: Final = 15.0
SMOKE_SECONDS: Final = 1.0
FSYNC: Final = "fsync"

_WARM_UP_CALLS: Final = 20
_SYNC_PROBE_BYTES: Final = 64
_CALLERS: Final = (1, 8, 64)
# Well above what any of these peers has reached; a faster one would merely finish earlier.
_SINGLE_ORDERS_S_MAX: Final = 20_000
_BATCH_ORDERS_S_MAX: Final = 200_000


@dataclass(frozen=True, slots=True)
class _Peer:
    """A running server under one roof, whatever its kind.

    Attributes
    ----------
    name : str
        As it stands in the results.
    version : str
        Of the server.
    address : str
        Where it listens.
    server : Server
        Its process.
    reset : callable
        Fills it with the opening stock.
    allocation : callable
        Reads back who got what, given the orders served and the seconds they took.
    stock_left : callable
        Reads back the units of each row.
    """

    name: str
    version: str
    address: str
    server: Server
    reset: Callable[[], None]
    allocation: Callable[[int, float], Allocation]
    stock_left: Callable[[], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all contenders of one run share."""

    workload: Workload
    workload_directory: Path
    reference: Allocation
    seconds: float
    pin: bool
    report: Callable[[str], None]


def run_peers(
    workload: Workload,
    seconds: float = SECONDS_DEFAULT,
    *,
    directory: Path | None = None,
    peers: Collection[str] = PEERS,
    pin: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Measure the reference contenders and the peers on one workload.

    Parameters
    ----------
    workload : Workload
        Stock and orders.
    seconds : float
        Longest measured time of one contender; its orders may be used up before.
    directory : Path, optional
        Where data directories are made, on the disk to be measured; the system's temporary
        directory when not given.
    peers : collection of str
        Which to run, of `PEERS`.
    pin : bool
        Keep single-threaded servers on one half of the cores and callers on the other.
    report : callable
        Told what begins.

    Returns
    -------
    results : list of Result
        In a fixed order.

    Raises
    ------
    PeerUnavailable
        If a wheel is missing or its server does not start.
    PeerFault
        If a server answers an error.
    InvariantBroken
        If a contender disagrees with the reference, or breaks an order or the stock.
    """
    report("reference in plain Python")
    reference = allocate_python(workload)
    results = []
    if "python" in peers:
        results.append(_in_process("python", "sequential", workload, reference))
    set_based = allocate_set_based(workload)
    if "numpy" in peers:
        results.append(_in_process("numpy set-based", "set-based", workload, set_based))
    parent = Path(tempfile.gettempdir()) if directory is None else directory
    with tempfile.TemporaryDirectory(prefix="slotline-workload-", dir=parent) as shared:
        save_workload(workload, Path(shared))
        bench = _Bench(workload, Path(shared), reference, seconds, pin, report)
        if "postgres" in peers:
            results += _run_postgres(bench, parent, set_based)
        if "valkey" in peers:
            results += _run_valkey(bench, parent)
    return results


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line, print the table and keep the run.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when not given.
    """
    options = _parse(arguments)
    exit_on_terminate()
    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_WIDTH)
    directory = Path(options.directory)
    workload = smoke(options.seed) if options.smoke else alloc_1(options.seed)
    seconds = min(options.seconds, SMOKE_SECONDS) if options.smoke else options.seconds
    sync = probe_sync(directory, _SYNC_PROBE_BYTES)
    with _status(console) as report:
        runs = [
            run_peers(workload, seconds, directory=directory, peers=options.peers,
                      pin=options.pin, report=report)
            for _ in range(options.runs)
        ]  # fmt: skip
    results = median_of(runs) if len(runs) > 1 else runs[0]
    sizes = {"seed": workload.seed, "items": workload.item_count, "rows": workload.row_count,
             "orders": workload.order_count, "lines": workload.line_count}  # fmt: skip
    repository = Path(__file__).resolve().parent.parent
    run = begin_run(repository, describe_machine(directory), sync, sizes, results)
    last = last_comparable(read_jsonl(options.output), run)
    console.print(table(results, results[0].name, last=last, title="alloc-1"))
    for line in describe(run):
        console.print(line)
    append_jsonl(options.output, run)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers_main", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small workload, 1 s a contender")
    parser.add_argument("--seconds", type=float, default=SECONDS_DEFAULT)
    parser.add_argument("--runs", type=int, default=1, help="medians are taken of several runs")
    parser.add_argument("--seed", type=int, default=SEED_DEFAULT)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--pin", action="store_true", help="one core each for server and callers")
    parser.add_argument("--directory", default=tempfile.gettempdir(), help="on the disk to measure")
    parser.add_argument("--output", type=Path, default=Path("bench", "results", "peers.jsonl"))
    return parser.parse_args(arguments)


@contextmanager
def _status(console: Console) -> Iterator[Callable[[str], None]]:
    """Show what is being measured."""
    with console.status("starting") as status:
        yield status.update


def _in_process(name: str, group: Group, workload: Workload, allocation: Allocation) -> Result:
    """Make the row of a contender that runs in this process."""
    check_allocation(workload, allocation, _left_over(workload, allocation))
    elapsed_s = allocation.elapsed_us / 1e6
    return Result(
        name=name,
        group=group,
        orders_s=allocation.order_count / elapsed_s,
        lines_s=workload.line_count / elapsed_s,
        batch=workload.order_count if group == "set-based" else 1,
        digest=allocation.digest(),
        extra={"orders": allocation.order_count, "filled": allocation.filled_count()},
    )


def _left_over(workload: Workload, allocation: Allocation) -> NDArray[np.int32]:
    """Take what was given from the opening stock."""
    taken = np.bincount(allocation.row, weights=allocation.units, minlength=workload.row_count)
    return workload.units - taken.astype(np.int32)


def _run_postgres(bench: _Bench, parent: Path, set_based: Allocation) -> list[Result]:
    """Measure PostgreSQL: single calls, a thousand orders a transaction, one statement."""
    bench.report("PostgreSQL: starting")
    with postgres.PostgresPeer(bench.workload, parent) as running:
        peer = _Peer(
            "postgres", f"PostgreSQL {running.version()}", running.address, running.server,
            running.reset, running.allocation, running.stock_left,
        )  # fmt: skip
        # Its processes use every core that there is, so it is never pinned.
        unpinned = replace(bench, pin=False)
        single, many = postgres.make_single_caller, postgres.make_batch_caller
        results = [_calls(unpinned, peer, single, callers, 1) for callers in _CALLERS]
        results.append(_calls(unpinned, peer, many, 1, postgres.TRANSACTION_ORDERS))
        results.append(_postgres_set_based(unpinned, peer, running, set_based))
    return results


def _postgres_set_based(
    bench: _Bench, peer: _Peer, running: postgres.PostgresPeer, set_based: Allocation
) -> Result:
    """Measure the one statement that serves all orders."""
    name = "postgres set-based"
    bench.report(name)
    peer.reset()
    elapsed_s, cpu_us = running.allocate_set_based()
    allocation = peer.allocation(bench.workload.order_count, elapsed_s)
    check_allocation(bench.workload, allocation, peer.stock_left())
    count = bench.workload.order_count
    return Result(
        name=name,
        group="set-based",
        orders_s=count / elapsed_s,
        lines_s=bench.workload.line_count / elapsed_s,
        batch=count,
        durability=FSYNC,
        cpu_us_per_order=cpu_us / count,
        digest=check_digest(name, allocation, set_based),
        extra={"orders": count, "filled": allocation.filled_count(), "server": peer.version},
    )


def _run_valkey(bench: _Bench, parent: Path) -> list[Result]:
    """Measure Valkey: single calls and a pipeline of a thousand."""
    bench.report("Valkey: starting")
    with valkey.ValkeyPeer(bench.workload, parent) as running:
        peer = _Peer(
            "valkey", f"Valkey {running.version()}", running.address, running.server,
            running.reset, running.allocation, running.stock_left,
        )  # fmt: skip
        results = [_calls(bench, peer, valkey.make_caller, callers, 1) for callers in _CALLERS]
        results.append(_calls(bench, peer, valkey.make_caller, 1, valkey.PIPELINE_ORDERS))
    return results


def _calls(
    bench: _Bench,
    peer: _Peer,
    make_caller: Callable[[str, Workload], Caller[Request]],
    callers: int,
    batch: int,
) -> Result:
    """Measure closed-loop calls, and check what they gave."""
    workload = bench.workload
    many = f"{batch:,} a call" if batch > 1 else f"{callers} callers"
    name = f"{peer.name} {'1 caller' if batch == callers == 1 else many}"
    bench.report(name)
    peer.reset()
    every_core = frozenset().union(*split_cores())
    server_cores, caller_cores = split_cores() if bench.pin else (every_core, every_core)
    peer.server.pin(server_cores)
    # Encoding more orders than can be served would only lengthen the start.
    rate_max = _SINGLE_ORDERS_S_MAX if batch == 1 else _BATCH_ORDERS_S_MAX
    order_limit = min(workload.order_count, int(bench.seconds * rate_max))
    # A tenth at most goes into warming up, however small the workload is.
    calls_each = -(-order_limit // (batch * callers))
    plan = CallPlan(
        callers=callers,
        batch=batch,
        warm_up_calls=min(_WARM_UP_CALLS if batch == 1 else 1, calls_each // 10),
        seconds=bench.seconds,
        order_limit=order_limit,
        cores=caller_cores,
    )
    times = run_callers(
        make_caller, peer.address, bench.workload_directory, plan, peer.server.cpu_us
    )
    allocation = peer.allocation(times.last_order, times.elapsed_s)
    check_allocation(workload, allocation, peer.stock_left())
    sequential = callers == 1
    p50_us, p99_us = np.percentile(times.latency_us, [50, 99])
    return Result(
        name=name,
        group="sequential" if sequential else "concurrent",
        orders_s=times.orders / times.elapsed_s,
        lines_s=times.lines / times.elapsed_s,
        p50_us=float(p50_us),
        p99_us=float(p99_us),
        batch=batch,
        callers=callers,
        durability=FSYNC,
        cpu_us_per_order=times.cpu_us / times.orders,
        digest=check_digest(name, allocation, bench.reference) if sequential else None,
        extra={
            "orders": times.last_order if sequential else times.orders,
            "measured_orders": times.orders,
            "filled": allocation.filled_count(),
            "server": peer.version,
            "pinned": bench.pin,
        },
    )


if __name__ == "__main__":
    main()
