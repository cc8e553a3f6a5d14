"""Shortest ways through every set of a few stops, exactly, by dynamic programming over sets.

The shortest way through a set that ends at one of its stops is the shortest one through the others,
over all of them as the last but one, and on (source: Held and Karp, "A dynamic programming approach
to sequencing problems", Journal of SIAM 10, 1962). O(2^S * S^2). Shapes: ``S`` stops, at most
`SUBSET_STOPS_MAX`, and ``Z = 2^S`` sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUBSET_STOPS_MAX = 12
"""Beyond, sets take some 10 ms and more."""


@long_kernel
def shortest_ways(
    walk_mm: NDArray[np.int64],
    behind: NDArray[np.int32],
    way_mm: NDArray[np.int64],
    tour_mm: NDArray[np.int64],
) -> None:
    """Find the shortest way through every set of stops, and on to the end.

    Parameters
    ----------
    walk_mm : int64[S + 1, S + 1]
        Ways between points: row 0 from the start, column 0 to the end, the others of the stops.
    behind : int32[S]
        Set of the stops that must not come before each stop.
    way_mm : int64[Z, S]
        Output: way from the start through exactly this set to this stop of it, `FAR_MM` where the
        stop must not be the last one.
    tour_mm : int64[Z]
        Output: way from the start through the set to the end.
    """
    stop_count = way_mm.shape[1]
    tour_mm[0] = walk_mm[0, 0]
    for chosen in range(1, way_mm.shape[0]):
        tour_mm[chosen] = FAR_MM
        for last in range(stop_count):
            way_mm[chosen, last] = FAR_MM
            others = chosen & ~(1 << last)
            if others == chosen or behind[last] & others:
                continue
            if others == 0:
                way_mm[chosen, last] = walk_mm[0, last + 1]
            else:
                before = _before(walk_mm, way_mm, others, last)
                way_mm[chosen, last] = way_mm[others, before] + walk_mm[before + 1, last + 1]
            tour_mm[chosen] = min(tour_mm[chosen], way_mm[chosen, last] + walk_mm[last + 1, 0])


@kernel
def trace_way(
    walk_mm: NDArray[np.int64], way_mm: NDArray[np.int64], chosen: int, order: NDArray[np.int32]
) -> int:
    """Give the order of the shortest way through a set to the end.

    Parameters
    ----------
    walk_mm, way_mm : int64[S + 1, S + 1], int64[Z, S]
        As `shortest_ways` took and filled them.
    chosen : int64
        A set.
    order : int32[S]
        Output: its stops in their order; of equally short ones always the same.

    Returns
    -------
    count : int64
        Stops in the set.
    """
    count = 0
    for stop in range(len(order)):
        count += (chosen >> stop) & 1
    # Point 0 ends the way, where the stop before it is sought as for any other.
    stop = np.int64(-1)
    left = np.int64(chosen)
    for at in range(count - 1, -1, -1):
        stop = _before(walk_mm, way_mm, left, stop)
        order[at] = stop
        left &= ~(np.int64(1) << stop)
    return count


@kernel
def _before(walk_mm: NDArray[np.int64], way_mm: NDArray[np.int64], chosen: int, after: int) -> int:
    """Give the stop at which a way through a set ends when it then goes on to a stop."""
    best = np.int64(0)
    best_mm = 2 * FAR_MM
    for stop in range(way_mm.shape[1]):
        if (chosen >> stop) & 1:
            length = way_mm[chosen, stop] + walk_mm[stop + 1, after + 1]
            if length < best_mm:
                best_mm = length
                best = np.int64(stop)
    return best
