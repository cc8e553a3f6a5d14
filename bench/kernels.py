"""Micro benchmarks of the kernels below `accept`: the ordered index and the heaps.

Each number is a rate of single operations on the stock of ``alloc-1``, called from compiled code
as the engine's batch kernels call them. What a fall would mean: *load*, recovery slows down;
*leave and enter*, every move, split, hold and adjustment does; *bind and unbind*, placing and
cancelling to bins; *due*, promises with a time to live.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.kernels.columns import NO_EXPIRY_DAY, STATUS_AVAILABLE
from slotline.kernels.compiled import kernel
from slotline.kernels.due_heap import DueHeap, make_due_heap, pop_due, push_due
from slotline.kernels.ordered_index import (
    bind,
    bulk_load,
    enter,
    leave,
    make_stock_index,
    open_pool,
    unbind,
)

from .machine import probe_random_update
from .ours import Measure, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slotline.kernels.index_tree import StockIndex

    from .workload import Workload

_REPEATS: Final = 5
_ROW_BYTES: Final = 4 + 4 + 8 + 4 + 4


def measure_kernels(plan: Plan) -> list[Measure]:
    """Measure the ordered index and the due heap.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of Measure
        Operations a second, each beside one random update of the rows it works on.
    """
    plan.report("kernels: index and heaps")
    ix = _index(plan.workload)
    draw = np.random.Generator(np.random.PCG64([plan.workload.seed, 9]))
    rows = draw.permutation(plan.workload.row_count).astype(np.int32)
    out = np.zeros(64, dtype=np.int32)
    # In the order of their numbers; recovery does the same.
    in_order = np.arange(rows.shape[0], dtype=np.int32)
    start = time.perf_counter()
    bulk_load(ix, in_order)
    _leave_all(ix, rows)
    found = {"load": _best_s(lambda: bulk_load(ix, in_order), lambda: _leave_all(ix, rows))}
    bulk_load(ix, in_order)
    found["leave and enter"] = _best_s(lambda: _renew(ix, rows))
    found["bind and unbind"] = _best_s(lambda: _bind_and_back(ix, rows, out, out.copy()))
    heap = make_due_heap(np.zeros, rows.shape[0])
    found["due, put and taken"] = _best_s(lambda: _fall_due(heap, rows))
    elapsed_s = time.perf_counter() - start
    update_ns = probe_random_update(max(64, rows.shape[0] * _ROW_BYTES))
    return [
        Measure("kernels", f"{name}, rows/s", rows.shape[0] / best_s, "/s",
                peer=f"{best_s / rows.shape[0] * 1e9:.0f} ns a row; one random update of the rows' "
                     f"columns {update_ns:.1f} ns",
                extra={"elapsed_s": elapsed_s})
        for name, best_s in found.items()
    ]  # fmt: skip


def _index(workload: Workload) -> StockIndex:
    """Give an index over the opening stock, one pool an item; no row has entered it yet."""
    rows = workload.row_count
    ix = make_stock_index(
        np.zeros,
        pool_status=np.full(workload.item_count, STATUS_AVAILABLE, dtype=np.uint8),
        stock_pool=workload.item_row.copy(),
        stock_expiry_day=workload.expiry_day.copy(),
        stock_received_us=np.zeros(rows, dtype=np.int64),
        stock_on_hand_units=workload.units.copy(),
        stock_allocated_units=np.zeros(rows, dtype=np.int32),
    )
    item_pool_first = np.full(workload.item_count, -1, dtype=np.int32)
    for pool in range(workload.item_count):
        open_pool(ix, item_pool_first, pool, pool, 0, 0)
    return ix


def _best_s(action: Callable[[], object], undo: Callable[[], object] | None = None) -> float:
    """Give the best time of several, after one call that compiles."""
    times = []
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
        if undo is not None:
            undo()
    return min(times[1:])


@kernel
def _leave_all(ix: StockIndex, rows: NDArray[np.int32]) -> None:
    for k in range(rows.shape[0]):
        leave(ix, rows[k])


@kernel
def _renew(ix: StockIndex, rows: NDArray[np.int32]) -> None:
    for k in range(rows.shape[0]):
        leave(ix, rows[k])
        enter(ix, rows[k])


@kernel
def _bind_and_back(
    ix: StockIndex, rows: NDArray[np.int32], out_rows: NDArray[np.int32], out: NDArray[np.int32]
) -> int:
    """Bind 30 units of each row's pool and give them back; every other time behind its head."""
    total = 0
    for k in range(rows.shape[0]):
        pool = ix.stock_pool[rows[k]]
        day = int(ix.head[pool]["head_expiry_day"])
        if k % 2 and day < NO_EXPIRY_DAY:
            day += 1
        count, taken = bind(ix, pool, 30, day, out_rows, out, 0)
        for at in range(count):
            unbind(ix, out_rows[at], out[at])
        total += taken
    return total


@kernel
def _fall_due(heap: DueHeap, rows: NDArray[np.int32]) -> int:
    count = rows.shape[0]
    for k in range(count):
        push_due(heap, rows[k], k)
    last = 0
    for _ in range(count):
        last, _number = pop_due(heap, count)
    return last
