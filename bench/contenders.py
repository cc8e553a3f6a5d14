"""Ours beside the peers: same orders, same batch size, same durability, and one common digest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.engine import Engine
from slotline.engine.errors import InvariantBroken
from slotline.engine.store import FileStore
from slotline.service.clock import SystemClock

from .agreement import check_allocation, check_digest
from .ours import Measure, Plan
from .peers_main import FSYNC, run_peers
from .reference import Allocation, allocate_python
from .results import Result
from .site import make_key, order_batch

if TYPE_CHECKING:
    from slotline.engine.state import State

    from .workload import Workload

ALLOC_1_DIGEST: Final = 9109502884633212820
_SIZE: Final = 1_000
_GOALS: Final = (
    ("postgres 1,000 a call", "stream 1000 orders/s", 100.0),
    ("valkey 1,000 a call", "stream 1000 orders/s", 20.0),
    ("postgres 8 callers", "single orders/s", 1.0),
)


def allocation_of(state: State, workload: Workload, elapsed_us: float) -> Allocation:
    """Read who got what from a state's tables.

    Parameters
    ----------
    state : State
        All orders of the workload were sent once; order n has reference n.
    workload : Workload
        The workload.
    elapsed_us : float
        Time that it took.

    Returns
    -------
    Allocation
        In the workload's own numbering.
    """
    rows = state.open_allocations()
    line_row = state.allocation.line[rows]
    order_row = state.line.order[line_row]
    order = state.order.reference[order_row].astype(np.int32)
    place = line_row - state.order.line_first[order_row]
    return Allocation(
        order,
        (workload.order_first_line[order] + place).astype(np.int32),
        state.allocation.stock[rows].astype(np.int32),
        state.allocation.units[rows].astype(np.int32),
        workload.order_count,
        elapsed_us,
    )


def run_engine(plan: Plan) -> Result:
    """Serve the workload once through the engine, durable, 1,000 orders a group, and check it.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    Result
        A row for the table of contenders.

    Raises
    ------
    InvariantBroken
        Somebody got something else than by the reference, from memory or after recovery.
    """
    workload = plan.workload
    plan.report("digest: the workload through the engine")
    batches = [
        order_batch(workload, first, min(first + _SIZE, workload.order_count))
        for first in range(0, workload.order_count, _SIZE)
    ]
    with plan.copy() as folder:
        engine = Engine.open(FileStore(folder), SystemClock(), background=True)
        times_us = []
        for batch in batches:
            start = time.perf_counter()
            engine.submit(batch, key=make_key(), message=True)
            times_us.append((time.perf_counter() - start) * 1e6)
        engine.close()
        # Read from what recovery gives: the digest is of what the journal says.
        engine = Engine.open(FileStore(folder), SystemClock())
        try:
            allocation = allocation_of(engine.state, workload, sum(times_us))
            rows = workload.row_count
            left = (
                engine.state.stock.on_hand_units[:rows]
                - (engine.state.stock.allocated_units[:rows])
            )
        finally:
            engine.close()
    check_allocation(workload, allocation, left.astype(np.int32))
    digest = check_digest("slotline", allocation, allocate_python(workload))
    p50_us, p99_us = np.percentile(times_us, [50, 99])
    elapsed_s = sum(times_us) / 1e6
    return Result(
        name="slotline in process 1,000 a call",
        group="sequential",
        orders_s=workload.order_count / elapsed_s,
        lines_s=workload.line_count / elapsed_s,
        p50_us=float(p50_us),
        p99_us=float(p99_us),
        batch=_SIZE,
        durability=FSYNC,
        digest=digest,
        extra={"orders": workload.order_count, "filled": allocation.filled_count()},
    )


def measure_contenders(plan: Plan) -> tuple[list[Measure], list[Result]]:
    """Run the peers and ourselves.

    Parameters
    ----------
    plan : Plan
        The run; rates of the stream and of single calls are taken from its `found`.

    Returns
    -------
    tuple of list of Measure and list of Result
        Ratios with their goals, and all contenders for the table.
    """
    ours = run_engine(plan)
    if not plan.is_smoke and ours.digest != ALLOC_1_DIGEST:
        raise InvariantBroken(f"found digest {ours.digest}, expected {ALLOC_1_DIGEST} of alloc-1")
    peers = run_peers(
        plan.workload, plan.of(5.0, 0.5), directory=plan.directory, report=plan.report
    )
    over_grpc = [
        Result(
            name=f"slotline gRPC {name.removesuffix(' orders/s')}",
            group="concurrent",
            orders_s=rate,
            lines_s=rate * plan.workload.line_count / plan.workload.order_count,
            batch=_SIZE if name.startswith("stream 1000") else 1,
            callers=8 if name.startswith("single") else 1,
            durability=FSYNC,
        )
        for name, rate in plan.found.items()
        if name in {mine for _, mine, _ in _GOALS}
    ]
    rates = {result.name: result.orders_s for result in peers}
    measures = [
        Measure("peers", f"gRPC {mine.removesuffix(' orders/s')} over {peer}",
                plan.found[mine] / rates[peer], "x", goal,
                peer=f"{plan.found[mine]:,.0f} orders/s against {rates[peer]:,.0f}")
        for peer, mine, goal in _GOALS
        if mine in plan.found and peer in rates
    ]  # fmt: skip
    measures.append(
        Measure("peers", "one digest of who got what", 1.0, "x", 1.0,
                peer=f"{ours.digest}: ours from the recovered journal, and every sequential peer"),
    )  # fmt: skip
    return measures, [ours, *over_grpc, *peers]
