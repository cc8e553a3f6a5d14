"""Recovery: a store of stock and orders, half of them as single calls, and replay against live."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from slotline.engine.engine import Engine
from slotline.engine.store import FileStore
from slotline.service.clock import SystemClock
from slotline.service.warm import compile_kernels

from .flow import receipts
from .machine import pinned, split_cores
from .ours import Measure, Plan, ServerProcess
from .site import lot_rows, make_key, opening_lots, order_batch, receive_lots
from .stream import BULK_STREAM, OrderSource, ask_epoch, check_answer, drive

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.engine.batch import Batch
    from slotline.engine.ticket import Ticket

    from .workload import Workload

_ORDERS: Final = 1_000_000
_SIZE: Final = 1_000
_GOAL_S: Final = 10.0
_GOAL_REPLAY: Final = 3.0
# As many single calls as wait at once; they form groups of their own.
_WAITING: Final = 64


def measure_recovery(plan: Plan) -> list[Measure]:
    """Measure recovery from the journal alone, without any snapshot.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Seconds to open, and the rate of replay over the live rate.
    """
    folder = plan.directory / "recovery"
    orders = int(plan.of(_ORDERS, 8_000))
    if not folder.exists():
        plan.report(f"recovery: {orders:,} orders, half of them as single calls")
        with plan.copy() as site:
            _fill(site, plan.workload, orders)
            site.rename(folder)
    # A server compiles them before it opens its store; the first opening of a process loads them,
    # and the time of the rows alone, taken off that of replay, must not hold that.
    compile_kernels()
    _open_s(plan.site)
    plan.report("recovery: opening")
    site_s, _ = _open_s(plan.site)
    open_s, sequence = _open_s(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return [
        Measure("recovery", f"{plan.workload.row_count:,} rows and {orders:,} orders", open_s, "s",
                _GOAL_S, lower=True,
                peer=f"the rows alone {site_s:.2f} s; {sequence:,} commands, {size / 1e6:.0f} MB"),
        _replay(plan, site_s),
    ]  # fmt: skip


def _open_s(folder: Path) -> tuple[float, int]:
    """Open a store and close it again; give the time of opening, and the last sequence."""
    start = time.perf_counter()
    engine = Engine.open(FileStore(folder), SystemClock())
    elapsed_s = time.perf_counter() - start
    sequence = engine.durable_sequence
    engine.close()
    return elapsed_s, sequence


def _fill(folder: Path, workload: Workload, orders: int) -> None:
    """Journal orders of the workload in a circle: first half bulk, second half single calls."""
    engine = Engine.open(FileStore(folder), SystemClock(), background=True)
    window = min(200_000, workload.order_count)
    flow = receipts(workload, window_orders=window, receipt_units_max=100_000)
    opening = opening_lots(workload)
    try:
        for number, batch in enumerate(islice(flow, max(2, orders // window))):
            lots = lot_rows(opening, batch.item, batch.expiry_day)
            receive_lots(engine, batch.item, lots, batch.units)
            first = number * window
            count = min(window, orders // 2 * 2 - first) // 2
            _bulk(engine, workload, count)
            _singles(engine, workload, count)
    finally:
        engine.close()


def _bulk(engine: Engine, workload: Workload, count: int) -> None:
    for first in range(0, count, _SIZE):
        last = min(first + _SIZE, count)
        engine.submit(order_batch(workload, first, last), key=make_key(), message=True)


def _singles(engine: Engine, workload: Workload, count: int) -> None:
    """Submit single calls, as many at a time as callers would wait."""
    half = workload.order_count // 2
    for first in range(0, count, _WAITING):
        waiting: list[Ticket] = [
            engine.enqueue(_single(workload, half + number), key=make_key())
            for number in range(first, min(first + _WAITING, count))
        ]
        for ticket in waiting:
            engine.wait(ticket)


def _single(workload: Workload, order: int) -> Batch:
    return order_batch(workload, order, order + 1)


def _replay(plan: Plan, site_s: float) -> Measure:
    """Let a server take bulk orders for a while, then replay them in a new process's manner."""
    seconds = plan.of(8.0, 1.0)
    plan.report("recovery: bulk, live and replayed")
    server_cores, client_cores = split_cores()
    with plan.copy() as folder:
        with (
            pinned(client_cores),
            ServerProcess(folder, server_cores, "--snapshot-seconds", "0") as server,
        ):
            source = OrderSource(plan.workload, _SIZE, ask_epoch(server.target), int(4e6 * seconds))
            warm, live = (
                drive(server.target, BULK_STREAM, source.take(part_s), check_answer, pid=server.pid)
                for part_s in (plan.of(1.0, 0.5), seconds)
            )
        open_s, _ = _open_s(folder)
    # A difference within the noise would flatter: then all of the opening counts.
    replay_s = open_s - site_s if open_s - site_s > open_s / 4 else open_s
    rate = (warm.orders + live.orders) / replay_s
    return Measure(
        "recovery", "replay of bulk over the live rate", rate / live.orders_s, "x", _GOAL_REPLAY,
        peer=f"{rate:,.0f} orders/s replayed and derived, {live.orders_s:,.0f} live over gRPC",
        extra={"replay_orders_s": rate, "live_orders_s": live.orders_s},
    )  # fmt: skip
