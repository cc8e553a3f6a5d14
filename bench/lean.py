"""The leanest kernel for the workload: what one thread of this machine can do at all.

Stock never comes, moves or goes, so each item's rows lie in one stretch in FEFO order, and 16
bytes an item say what is left, where, and how much of that row. No owner, status, promise or
tables; nothing survives the call. It is the yardstick for the kernel that keeps all of that, since
machines differ: an absolute rate says little by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .workload import Workload

_HEAD: Final = np.dtype(
    [("units", np.int32), ("row", np.int32), ("row_units", np.int32), ("spare", np.int32)]
)
_REPEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Lean:
    """What the lean kernel did.

    Attributes
    ----------
    lines_s : float
        Lines a second, the median of three.
    orders, allocations : int
        Orders filled and rows written.
    """

    lines_s: float
    orders: int
    allocations: int


@njit(cache=True)
def _allocate(
    head: NDArray[np.void],
    row_units: NDArray[np.int32],
    first_line: NDArray[np.int32],
    item: NDArray[np.int32],
    units: NDArray[np.int32],
    out_line: NDArray[np.int32],
    out_row: NDArray[np.int32],
    out_units: NDArray[np.int32],
    out_filled: NDArray[np.uint8],
) -> int:
    """Fill orders all or nothing; items are distinct within an order. Give the rows written."""
    at = 0
    for order in range(first_line.shape[0] - 1):
        start, end, is_short = first_line[order], first_line[order + 1], False
        for line in range(start, end):
            is_short |= head[item[line]]["units"] < units[line]
        out_filled[order] = not is_short
        if is_short:
            continue
        for line in range(start, end):
            i, left = item[line], units[line]
            head[i]["units"] -= left
            free = head[i]["row_units"]
            while True:
                taken = min(free, left)
                out_line[at], out_row[at], out_units[at] = line, head[i]["row"], taken
                at += 1
                free -= taken
                left -= taken
                if free > 0:
                    break
                head[i]["row"] += 1
                # Behind the item's last row lies another's; nothing is asked of it any more.
                free = row_units[min(head[i]["row"], row_units.shape[0] - 1)]
                if left == 0:
                    break
            head[i]["row_units"] = free
    return at


def run_lean(workload: Workload) -> Lean:
    """Run the lean kernel over the whole workload.

    Parameters
    ----------
    workload : Workload
        Stock rows and orders.

    Returns
    -------
    Lean
        Memory was touched before; setting up is not in the time.
    """
    rows = np.lexsort((np.arange(workload.row_count), workload.expiry_day, workload.item_row))
    item, units = workload.item_row[rows], workload.units[rows]
    starts = np.searchsorted(item, np.arange(workload.item_count)).astype(np.int32)
    room = 2 * workload.line_count + workload.row_count
    out = [np.ones(room, np.int32) for _ in range(3)]
    filled = np.ones(workload.order_count, np.uint8)
    times_s, made = [], 0
    for _ in range(_REPEATS + 1):
        head = np.zeros(workload.item_count, _HEAD)
        head["units"] = np.add.reduceat(units, starts)
        head["row"], head["row_units"] = starts, units[starts]
        start = time.perf_counter()
        made = _allocate(
            head, units, workload.order_first_line, workload.line_item, workload.line_units,
            *out, filled,
        )  # fmt: skip
        times_s.append(time.perf_counter() - start)
    elapsed_s = sorted(times_s[1:])[_REPEATS // 2]
    return Lean(workload.line_count / elapsed_s, int(filled.sum()), int(made))
