"""The places of a tour on a rectangular floor, in the order that the exact solver takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def sort_places(
    aisle_count: int,
    cross_y_mm: NDArray[np.int64],
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start_aisle: int,
    start_y_mm: int,
    end_aisle: int,
    end_y_mm: int,
) -> tuple[
    int, NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_], int, int
]:
    """Sort stops, start and end by their aisle, and within it from front to back.

    A shortest tour uses only the cross-aisles around its places: what a tour walks on one beyond
    them can be slid towards them, and gets shorter.

    Parameters
    ----------
    aisle_count : int64
        Aisles of the floor.
    cross_y_mm : int64[B + 1]
        Its cross-aisles from front to back.
    stop_aisle, stop_y_mm : int64[S]
        Stops in any order.
    start_aisle, start_y_mm, end_aisle, end_y_mm : int64
        Start and end, which come behind the stops: places ``S`` and ``S + 1``.

    Returns
    -------
    off : int64
        First place that is not on the floor, -1 when all are.
    order : int64[S + 2]
        Places in the new order; of those in one spot the one given first comes first.
    place_aisle : int32[S + 2]
        Their aisles.
    place_y_mm : int64[S + 2]
        Their places in them.
    place_odd : bool[S + 2]
        Start and end, where they differ.
    first_cross, last_cross : int64
        The cross-aisles around all places, at least two neighbours.
    """
    count = len(stop_aisle) + 2
    aisle = np.empty(count, np.int64)
    y_mm = np.empty(count, np.int64)
    aisle[:-2] = stop_aisle
    y_mm[:-2] = stop_y_mm
    aisle[-2], y_mm[-2] = start_aisle, start_y_mm
    aisle[-1], y_mm[-1] = end_aisle, end_y_mm
    off = -1
    front_mm, back_mm = start_y_mm, start_y_mm
    for place in range(count):
        front_mm, back_mm = min(front_mm, y_mm[place]), max(back_mm, y_mm[place])
        is_on = 0 <= aisle[place] < aisle_count and cross_y_mm[0] <= y_mm[place] <= cross_y_mm[-1]
        if not is_on and off < 0:
            off = place
    by_y = np.argsort(y_mm, kind="mergesort")
    order = by_y[np.argsort(aisle[by_y], kind="mergesort")]
    is_closed = start_aisle == end_aisle and start_y_mm == end_y_mm
    place_odd = np.zeros(count, np.bool_) if is_closed else order >= count - 2
    block_count = len(cross_y_mm) - 1
    first_cross = 0
    while first_cross < block_count - 1 and cross_y_mm[first_cross + 1] <= front_mm:
        first_cross += 1
    last_cross = first_cross + 1
    while last_cross < block_count and cross_y_mm[last_cross] < back_mm:
        last_cross += 1
    place_aisle = aisle[order].astype(np.int32)
    return off, order, place_aisle, y_mm[order], place_odd, first_cross, last_cross
