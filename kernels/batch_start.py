"""What a search starts from: who goes well with whom, and a first partition by savings.

Two orders go well together when one tour for both is much shorter than one for each; that
difference is their saving (source: Clarke and Wright, "Scheduling of vehicles from a central depot
to a number of delivery points", Operations Research 12, 1964; for batches: de Koster, van der Poort
and Wolters, "Efficient orderbatching methods in warehouses", IJPR 37, 1999).

Shapes: as in `batch_state`, and ``K`` neighbours of each order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .batch_length import BatchFloor, union_length_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .batch_state import BatchOrders


@njit(cache=True, nogil=True)
def near_orders(
    floor: BatchFloor,
    orders: BatchOrders,
    aisles: NDArray[np.uint64],
    first: int,
    end: int,
    out_neighbour: NDArray[np.int32],
    out_saving_mm: NDArray[np.int64],
) -> None:
    """Find the orders with the largest savings of each order of a range.

    Savings are measured with the ``2 K`` orders that share most aisles, so they cost
    O(N K) lengths, and O(N^2) counts of bits.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    aisles : uint64[N, V]
        Aisles of each order as bits.
    first, end : int64
        Orders to do: several threads may each do a range.
    out_neighbour : int32[N, K]
        Output: neighbours of each, largest saving first, ties to the lower row. ``K < N``.
    out_saving_mm : int64[N, K]
        Output: their savings.
    """
    order_count, neighbour_count = out_neighbour.shape
    depot = order_count
    shared = np.zeros(order_count, np.int64)
    for order in range(first, end):
        for other in range(order_count):
            both = np.int64(0)
            either = np.int64(0)
            for word in range(aisles.shape[1]):
                both += _ones(aisles[order, word] & aisles[other, word])
                either += _ones(aisles[order, word] | aisles[other, word])
            shared[other] = either - 2 * both
        shared[order] = np.int64(1) << 40
        candidates = np.arange(order_count)
        if 2 * neighbour_count < order_count:
            candidates = np.argsort(shared, kind="mergesort")[: 2 * neighbour_count]
        saving_mm = np.empty(len(candidates), np.int64)
        alone_mm = union_length_mm(floor, orders.words, order, orders.words, depot)
        for at in range(len(candidates)):
            other = candidates[at]
            if other == order:
                saving_mm[at] = np.int64(-1) << 40
                continue
            other_mm = union_length_mm(floor, orders.words, other, orders.words, depot)
            # The depot is in the words of every order, so the pair has it too.
            pair_mm = union_length_mm(floor, orders.words, order, orders.words, other)
            saving_mm[at] = alone_mm + other_mm - pair_mm
        ranked = np.argsort(-saving_mm, kind="mergesort")[:neighbour_count]
        for at in range(neighbour_count):
            out_neighbour[order, at] = candidates[ranked[at]]
            out_saving_mm[order, at] = saving_mm[ranked[at]]


@njit(cache=True, nogil=True)
def _ones(bits: int) -> int:
    """Count the set bits of a word."""
    count = np.int64(0)
    while bits != np.uint64(0):
        bits &= bits - np.uint64(1)
        count += 1
    return count
