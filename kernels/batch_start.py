"""What a search starts from: who goes well with whom.

Two orders go well together when one tour for both is much shorter than one for each. That
difference, their saving, is taken for each mm of the tour for both: of orders with the same saving
those come first that bring least of their own (savings: Clarke and Wright, "Scheduling of vehicles
from a central depot to a number of delivery points", Operations Research 12, 1964; for batches: de
Koster, van der Poort and Wolters, "Efficient orderbatching methods in warehouses", IJPR 37, 1999).

Shapes: as in `batch_state`, and ``K`` neighbours of each order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .batch_length import WORD_BITS, BatchFloor, union_length_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .batch_state import BatchOrders


@njit(cache=True, nogil=True)
def near_orders(
    floor: BatchFloor,
    orders: BatchOrders,
    aisles: NDArray[np.uint64],
    alone_mm: NDArray[np.int64],
    first: int,
    end: int,
    is_measured: bool,
    out_neighbour: NDArray[np.int32],
) -> None:
    """Find the orders with the largest savings, for their tour together, of each of a range.

    Savings are measured with the ``2 K`` orders that share most aisles, so they cost
    O(N K) lengths, and O(N^2) counts of bits. Where there is no time for that, those that share
    most aisles are the neighbours.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    aisles : uint64[N, V]
        Aisles of each order as bits.
    alone_mm : int64[N]
        Length of each order's tour alone, without a set-up.
    first, end : int64
        Orders to do: several threads may each do a range.
    is_measured : bool
        Whether savings are measured.
    out_neighbour : int32[N, K]
        Output: neighbours of each, best first, ties to the lower row. ``K < N``.
    """
    order_count, neighbour_count = out_neighbour.shape
    aisle_count = np.zeros(order_count, np.int64)
    for order in range(order_count):
        for word in range(aisles.shape[1]):
            aisle_count[order] += _ones(aisles[order, word])
    for order in range(first, end):
        candidates = _candidates(aisles, aisle_count, order, 2 * neighbour_count)
        saving = np.zeros(len(candidates), np.float64)
        for at in range(len(candidates)):
            other = candidates[at]
            if other == order:
                saving[at] = -1.0
            elif is_measured:
                # The depot is in the words of every order, so the pair has it too.
                pair_mm = union_length_mm(floor, orders.words, order, orders.words, other)
                saved_mm = alone_mm[order] + alone_mm[other] - pair_mm
                saving[at] = saved_mm / max(pair_mm, 1)
        ranked = np.argsort(-saving, kind="mergesort")[:neighbour_count]
        for at in range(neighbour_count):
            out_neighbour[order, at] = candidates[ranked[at]]


@njit(cache=True, nogil=True)
def _candidates(
    aisles: NDArray[np.uint64], aisle_count: NDArray[np.int64], order: int, count: int
) -> NDArray[np.int64]:
    """Give the orders that share most aisles with one, for the aisles they have; ties by row."""
    order_count, width = aisles.shape
    if count >= order_count:
        return np.arange(order_count)
    # Aisles of either, less twice those of both: never less than 0 with the order's own added.
    apart = np.zeros(order_count, np.int64)
    first_of = np.zeros(3 * width * WORD_BITS + 2, np.int64)
    for other in range(order_count):
        both = np.int64(0)
        for word in range(width):
            both += _ones(aisles[order, word] & aisles[other, word])
        apart[other] = 2 * aisle_count[order] + aisle_count[other] - 3 * both
        first_of[apart[other] + 1] += 1
    first_of = np.cumsum(first_of)
    candidates = np.empty(count, np.int64)
    for other in range(order_count):
        at = first_of[apart[other]]
        first_of[apart[other]] += 1
        if at < count:
            candidates[at] = other
    return candidates


@njit(cache=True, nogil=True)
def _ones(bits: int) -> int:
    """Count the set bits of a word."""
    count = np.int64(0)
    while bits != np.uint64(0):
        bits &= bits - np.uint64(1)
        count += 1
    return count
