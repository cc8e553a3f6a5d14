"""Reference contenders, and the digest by which contenders agree on who got what.

The digest of an allocation is the sum, modulo 2^64, of one 64-bit mix a tuple (order, line,
stock row, units), all counted from 0 in the workload's own numbering; `line` counts through the
whole workload. A sum does not depend on the order of the tuples, so a contender may give them
as it finds them. The mix chains the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast
splittable pseudorandom number generators", OOPSLA 2014) over the four numbers.

Two classes of contender:

- *sequential*: an order is served or refused before the next one is looked at;
- *set-based*: one pass over sorted columns. A refused order's share is not given on to later
  orders, so this class serves a little less and has a digest of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .workload import Workload

_MIX_START: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_SECOND: Final = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who got what. ``A`` allocation rows of ``N`` orders.

    Attributes
    ----------
    order : int32[A]
        Order index.
    line : int32[A]
        Line index in the workload.
    row : int32[A]
        Stock row.
    units : int32[A]
        Units taken from the row, > 0.
    order_count : int
        Orders looked at, from the workload's first one.
    elapsed_us : float
        Time that the allocation took, without building the state.
    """

    order: NDArray[np.int32]
    line: NDArray[np.int32]
    row: NDArray[np.int32]
    units: NDArray[np.int32]
    order_count: int
    elapsed_us: float

    @classmethod
    def from_table(
        cls, tuples: NDArray[np.int32], order_count: int, elapsed_us: float
    ) -> Allocation:
        """Make an allocation of a table of tuples.

        Parameters
        ----------
        tuples : int32[A, 4]
            Order, line, row and units of each allocation row.
        order_count : int
            Orders looked at.
        elapsed_us : float
            Time that the allocation took.

        Returns
        -------
        allocation : Allocation
            With contiguous columns.
        """
        order, line, row, units = (np.ascontiguousarray(column) for column in tuples.T)
        return cls(order, line, row, units, order_count, elapsed_us)

    def filled_count(self) -> int:
        """Count the orders that were filled.

        Returns
        -------
        filled_count : int
            Orders with at least one allocation row.
        """
        return int(np.unique(self.order).shape[0])

    def digest(self, order_count: int | None = None) -> int:
        """Compute the digest of the first orders.

        Parameters
        ----------
        order_count : int, optional
            Orders to include from the first one; all when not given.

        Returns
        -------
        digest : int
            Unsigned, 64 bits.
        """
        if order_count is None:
            return digest(self.order, self.line, self.row, self.units)
        keep = self.order < order_count
        return digest(self.order[keep], self.line[keep], self.row[keep], self.units[keep])


def digest(
    order: NDArray[np.int32],
    line: NDArray[np.int32],
    row: NDArray[np.int32],
    units: NDArray[np.int32],
) -> int:
    """Compute the digest of allocation tuples.

    Parameters
    ----------
    order : int32[A]
        Order index.
    line : int32[A]
        Line index in the workload.
    row : int32[A]
        Stock row.
    units : int32[A]
        Units taken from the row.

    Returns
    -------
    digest : int
        Unsigned, 64 bits; 0 for no tuples. The tuples may stand in any order.
    """
    mixed = np.full(order.shape[0], _MIX_START, dtype=np.uint64)
    for column in (order, line, row, units):
        mixed = _mix(mixed + column.astype(np.uint64))
    return int(np.add.reduce(mixed, dtype=np.uint64))


def allocate_python(workload: Workload, order_count: int | None = None) -> Allocation:
    """Serve the orders one after another in plain Python: lists, and a cursor an item.

    Parameters
    ----------
    workload : Workload
        Stock and orders; not changed.
    order_count : int, optional
        Orders to serve from the first one; all when not given.

    Returns
    -------
    allocation : Allocation
        Rows in order sequence. O(L + rows walked).
    """
    count = workload.order_count if order_count is None else order_count
    fefo, item_first_column = workload.fefo_rows()
    rows, item_first = fefo.tolist(), item_first_column.tolist()
    left = workload.units[fefo].tolist()
    cursor = list(item_first)
    available = np.bincount(
        workload.item_row, weights=workload.units, minlength=workload.item_count
    )
    free = available.astype(np.int64).tolist()
    first_line = workload.order_first_line.tolist()
    items, wanted = workload.line_item.tolist(), workload.line_units.tolist()
    taken: list[tuple[int, int, int, int]] = []
    start = time.perf_counter()
    for order in range(count):
        lines = range(first_line[order], first_line[order + 1])
        # An item comes once in an order, so each line can be checked by itself.
        if any(free[items[line]] < wanted[line] for line in lines):
            continue
        for line in lines:
            item, missing = items[line], wanted[line]
            free[item] -= missing
            at = cursor[item]
            while missing:
                units = min(missing, left[at])
                taken.append((order, line, rows[at], units))
                missing -= units
                left[at] -= units
                if not left[at]:
                    at += 1
            cursor[item] = at
    elapsed_us = (time.perf_counter() - start) * 1e6
    tuples = np.array(taken, dtype=np.int32).reshape(-1, 4)
    return Allocation.from_table(tuples, count, elapsed_us)


def allocate_set_based(workload: Workload) -> Allocation:
    """Serve all orders in one pass of NumPy over sorted columns.

    Demand of an item, in order sequence, and its stock, in FEFO order, lie on one line of
    units. An order is filled when each of its lines ends before the item's stock does. The ends
    of demand and of stock cut the line into segments; each segment is one allocation row.

    Parameters
    ----------
    workload : Workload
        Stock and orders; not changed.

    Returns
    -------
    allocation : Allocation
        Rows by item, then by line. O((L + R) log(L + R)).
    """
    start = time.perf_counter()
    fefo, item_first = workload.fefo_rows()
    stock_end = np.cumsum(workload.units[fefo], dtype=np.int64)
    item_stock_first = np.concatenate([[0], stock_end])[item_first]
    by_item = np.argsort(workload.line_item, kind="stable")
    item = workload.line_item[by_item]
    wanted = workload.line_units[by_item].astype(np.int64)
    demand_total = np.cumsum(wanted)
    item_line_first = np.searchsorted(item, np.arange(workload.item_count + 1))
    before_item = np.concatenate([[0], demand_total])[item_line_first]
    # Each item's demand is laid over the stretch of the line that its stock covers.
    demand_end = demand_total - before_item[item] + item_stock_first[item]
    short = demand_end > item_stock_first[item + 1]
    order = workload.line_order()[by_item]
    order_short = np.zeros(workload.order_count, dtype=np.bool_)
    order_short[order[short]] = True
    served = np.flatnonzero(~order_short[order])
    columns = _segments(demand_end[served], wanted[served], stock_end)
    line, row, units = by_item[served[columns[0]]], fefo[columns[1]], columns[2]
    elapsed_us = (time.perf_counter() - start) * 1e6
    return Allocation(
        order[served[columns[0]]], line.astype(np.int32), row, units.astype(np.int32),
        workload.order_count, elapsed_us,
    )  # fmt: skip


def _segments(
    demand_end: NDArray[np.int64], wanted: NDArray[np.int64], stock_end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cut each demand interval at the ends of the stock rows below it."""
    demand_start = demand_end - wanted
    first = np.searchsorted(stock_end, demand_start, side="right")
    last = np.searchsorted(stock_end, demand_end, side="left")
    pieces = last - first + 1
    served = np.repeat(np.arange(demand_end.shape[0]), pieces)
    step = np.arange(served.shape[0]) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    row = first[served] + step
    stock_start = np.concatenate([[0], stock_end[:-1]])
    low = np.maximum(demand_start[served], stock_start[row])
    return served, row, np.minimum(demand_end[served], stock_end[row]) - low


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64 bits by the finaliser of SplitMix64; wraps round on purpose."""
    value = (value ^ (value >> np.uint64(30))) * _MIX_FIRST
    value = (value ^ (value >> np.uint64(27))) * _MIX_SECOND
    return value ^ (value >> np.uint64(31))
