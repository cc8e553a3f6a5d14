"""Bound tours through points from below, by trees.

A tour without point 0 is a path, which is a tree; with its first and last way it is a 1-tree. The
shortest 1-tree is no longer than the shortest tour. That every stop is left once and entered once
is taken out of the conditions: each has a price for being left and one for being entered, which a
tree pays and which are given back (Lagrangian relaxation). The best prices give the bound of the
subtour relaxation, for one-way lanes, too: a tree of ways that have a direction each, one out of
each stop and one into it, meets just its conditions. Where ways between stops are the same there
and back, the two prices of a stop are one. (Sources: Held and Karp, "The traveling-salesman problem
and minimum spanning trees", Operations Research 18, 1970, and part II, Mathematical Programming 1,
1971; steps with memory as by Crowder, "Computational improvements for subgradient optimization",
1976.)

Shapes: N points, point 0 being start and end. A step takes O(N^2). Prices are reals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .compiled import kernel, long_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUND = 0
"""Row of `TourBound.number`: best bound so far."""
PACE = 1
"""Length of a step, as a part of the one that would close the gap."""
STALE = 2
"""Steps since the bound last rose."""
NUMBER_COUNT = 3

_STALE_MAX = 8
_PACE_FALL = 0.7
_MEMORY = 0.7
_NONE = -1


class TourBound(NamedTuple):
    """Prices and scratch.

    Attributes
    ----------
    cost : float64[N, N]
        Way from the row's point to the column's, `FAR_MM` where no tour may use it.
    leave, enter : float64[N]
        Prices, 0 of point 0.
    heading_leave, heading_enter : float64[N]
        Direction of the steps.
    nearest : float64[N]
        Scratch: way from the tree to each point outside.
    link : int32[N]
        Scratch: point of the tree that it leads from or to.
    is_out : bool[N]
        Scratch: whether it leads from there.
    in_tree : bool[N]
        Scratch.
    left, entered : int64[N]
        Ways out of each point and into it in the last tree.
    number : float64[NUMBER_COUNT]
        The rows named in this module.
    """

    cost: NDArray[np.float64]
    leave: NDArray[np.float64]
    enter: NDArray[np.float64]
    heading_leave: NDArray[np.float64]
    heading_enter: NDArray[np.float64]
    nearest: NDArray[np.float64]
    link: NDArray[np.int32]
    is_out: NDArray[np.bool_]
    in_tree: NDArray[np.bool_]
    left: NDArray[np.int64]
    entered: NDArray[np.int64]
    number: NDArray[np.float64]


@long_kernel
def raise_tour_bound(
    bound: TourBound, length_mm: int, enough_mm: float, is_symmetric: bool, steps: int
) -> None:
    """Improve the prices, and with them the bound.

    Parameters
    ----------
    bound : TourBound
        Prices, bound and pace, as they were set or this kernel left them; three points or more.
    length_mm : int64
        Length of a tour.
    enough_mm : float64
        A bound above this is as good as the length.
    is_symmetric : bool
        Whether the ways between stops (not those of point 0) are the same there and back.
    steps : int64
        Steps to do; fewer when the bound is good enough or the tree is a tour.
    """
    number = bound.number
    for _ in range(steps):
        value = _shortest_tree(bound, is_symmetric)
        number[STALE] += 1
        if value > number[BOUND]:
            number[BOUND] = value
            number[STALE] = 0
        elif number[STALE] > _STALE_MAX:
            number[STALE] = 0
            number[PACE] *= _PACE_FALL
        if number[BOUND] > enough_mm:
            return
        if not _step_prices(bound, max(length_mm - value, 0.0), is_symmetric):
            return


@kernel
def _shortest_tree(bound: TourBound, is_symmetric: bool) -> float:
    """Find the shortest 1-tree with its prices, count its ways, and give what it bounds."""
    cost, leave, enter = bound.cost, bound.leave, bound.enter
    count = len(leave)
    value = 0.0
    for point in range(count):
        bound.left[point] = bound.entered[point] = 0
        bound.in_tree[point] = False
        bound.nearest[point] = np.inf
        value -= leave[point] + enter[point]
    here = 1
    for _ in range(2, count):
        bound.in_tree[here] = True
        best = np.int64(_NONE)
        for point in range(1, count):
            if bound.in_tree[point]:
                continue
            out = cost[here, point] + leave[here] + enter[point]
            if out < bound.nearest[point]:
                bound.nearest[point] = out
                bound.link[point] = here
                bound.is_out[point] = True
            if not is_symmetric:
                back = cost[point, here] + leave[point] + enter[here]
                if back < bound.nearest[point]:
                    bound.nearest[point] = back
                    bound.link[point] = here
                    bound.is_out[point] = False
            if best == _NONE or bound.nearest[point] < bound.nearest[best]:
                best = np.int64(point)
        value += bound.nearest[best]
        link = bound.link[best]
        bound.left[link if bound.is_out[best] else best] += 1
        bound.entered[best if bound.is_out[best] else link] += 1
        here = best
    return value + _ways_of_start(bound)


@kernel
def _ways_of_start(bound: TourBound) -> float:
    """Add the shortest way from the start and the shortest one to the end, of two stops."""
    cost, count = bound.cost, len(bound.leave)
    best_out = best_in = second_out = second_in = np.int64(_NONE)
    for point in range(1, count):
        out = cost[0, point] + bound.enter[point]
        if best_out == _NONE or out < cost[0, best_out] + bound.enter[best_out]:
            second_out, best_out = best_out, np.int64(point)
        elif second_out == _NONE or out < cost[0, second_out] + bound.enter[second_out]:
            second_out = np.int64(point)
        into = cost[point, 0] + bound.leave[point]
        if best_in == _NONE or into < cost[best_in, 0] + bound.leave[best_in]:
            second_in, best_in = best_in, np.int64(point)
        elif second_in == _NONE or into < cost[second_in, 0] + bound.leave[second_in]:
            second_in = np.int64(point)
    if best_out == best_in:
        worse_out = cost[0, second_out] + bound.enter[second_out]
        worse_out -= cost[0, best_out] + bound.enter[best_out]
        worse_in = cost[second_in, 0] + bound.leave[second_in]
        worse_in -= cost[best_in, 0] + bound.leave[best_in]
        if worse_out < worse_in:
            best_out = second_out
        else:
            best_in = second_in
    bound.entered[best_out] += 1
    bound.left[best_in] += 1
    first = cost[0, best_out] + bound.enter[best_out]
    return first + cost[best_in, 0] + bound.leave[best_in]


@kernel
def _step_prices(bound: TourBound, gap: float, is_symmetric: bool) -> bool:
    """Raise the prices of what the tree uses too often; false when it is a tour."""
    norm = 0.0
    is_tour = True
    for point in range(1, len(bound.leave)):
        out = float(bound.left[point] - 1)
        into = float(bound.entered[point] - 1)
        if is_symmetric:
            out = into = out + into
        is_tour = is_tour and out == 0.0 and into == 0.0
        bound.heading_leave[point] = _MEMORY * out + (1 - _MEMORY) * bound.heading_leave[point]
        bound.heading_enter[point] = _MEMORY * into + (1 - _MEMORY) * bound.heading_enter[point]
        norm += out * out + (0.0 if is_symmetric else into * into)
    if is_tour:
        return False
    stride = bound.number[PACE] * gap / norm
    for point in range(1, len(bound.leave)):
        bound.leave[point] += stride * bound.heading_leave[point]
        bound.enter[point] += stride * bound.heading_enter[point]
    return True
