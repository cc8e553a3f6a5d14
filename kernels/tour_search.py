"""Search short tours through points by exchanging ways, over any matrix, within limits.

From each point that is looked at, ways to (or from) its nearest points are tried in place of the
one that it has: by reversing a run (2-opt), by moving a short run elsewhere in either direction
(Or-opt), and by swapping two neighbouring runs of any length (the exchange of three ways that turns
nothing round, Or-3opt, which is what helps where lanes are one-way). When nothing helps any more,
two short neighbouring runs are swapped at random (a double bridge), the points there are looked at
again, and the tour is kept unless it got much longer (by a part of the mean way, drawn as in
annealing); after many rounds without a new best tour the search starts anew from that, well shaken
(sources: Or, "Traveling salesman-type combinatorial problems", 1976; Bentley, "Fast algorithms for
geometric traveling salesman problems", ORSA Journal on Computing 4, 1992, for the lists of near
points and the queue; Martin, Otto and Felten, "Large-step Markov chains for the traveling salesman
problem", Complex Systems 5, 1991, for the double bridge).

Shapes: N points, M near points of each. A round takes O(N + M * M) in practice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .compiled import kernel, long_kernel, step
from .random_bits import random_below, random_unit
from .tour_moves import (
    REVERSE,
    SWAP,
    SWAP_FIRST_REVERSED,
    SWAP_SECOND_REVERSED,
    TourLimits,
    TourState,
    change_mm,
    make_move,
    measure_tour,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RUN_MAX = 3
"""Longest run that is turned round when it is moved."""
_BRIDGE_MAX = 10
"""Longest run that a double bridge swaps."""
_BRIDGE_TRIES = 8
_SHAKES = 6
_HEAT = 0.7
"""Mean allowance for a longer tour, as a part of the mean way between two points."""
_STALE_PER_POINT = 12
"""Rounds without a new best tour for each point before the search starts anew."""

LENGTH = 0
"""Row of `TourSearch.number`: length of the tour that is kept."""
BEST = 1
"""Length of the best one."""
ROUND = 2
"""Rounds done."""
STALE = 3
"""Rounds since the best tour was found."""
QUEUE_FIRST = 4
"""First row of the queue."""
QUEUE_COUNT = 5
"""Points in it."""
NUMBER_COUNT = 6


class TourSearch(NamedTuple):
    """State of a search.

    Attributes
    ----------
    near, near_to : int32[N, M]
        Points by the way to them from each point, and by the way from them to it, nearest first.
    kept, best : int32[N]
        The tour from which rounds start, and the best one.
    queue : int32[N]
        Points to look at, as a ring.
    is_queued : bool[N]
        Whether a point is in it.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    number : int64[NUMBER_COUNT]
        The rows named in this module.
    """

    near: NDArray[np.int32]
    near_to: NDArray[np.int32]
    kept: NDArray[np.int32]
    best: NDArray[np.int32]
    queue: NDArray[np.int32]
    is_queued: NDArray[np.bool_]
    random: NDArray[np.uint64]
    number: NDArray[np.int64]


@long_kernel
def begin_tour_search(tour: TourState, limits: TourLimits, search: TourSearch) -> None:
    """Improve a first tour as far as exchanges go, and make it the kept and the best one.

    Parameters
    ----------
    tour : TourState
        Its `point` is a tour within the limits; all else is set here.
    limits : TourLimits
        What every tour keeps to.
    search : TourSearch
        All but `near`, `near_to` and `random` is set here.
    """
    measure_tour(tour, 1)
    number = search.number
    for row in range(NUMBER_COUNT):
        number[row] = 0
    for point in range(len(tour.point)):
        search.is_queued[point] = False
        _look_at(search, tour.point[point])
    _descend(tour, limits, search)
    number[LENGTH] = number[BEST] = _length_mm(tour)
    _copy(tour.point, search.kept)
    _copy(tour.point, search.best)


@long_kernel
def search_tours(tour: TourState, limits: TourLimits, search: TourSearch, rounds: int) -> None:
    """Go on with a search.

    Parameters
    ----------
    tour : TourState
        As `begin_tour_search` or this kernel left it, with four points or more. Two searches with
        the same random state and the same sum of rounds end alike, in however many calls.
    limits : TourLimits
        What every tour keeps to.
    search : TourSearch
        Its best tour is improved.
    rounds : int64
        Rounds to do.
    """
    number = search.number
    for _ in range(rounds):
        number[ROUND] += 1
        if number[STALE] > _STALE_PER_POINT * len(tour.point):
            number[STALE] = 0
            _put_back(tour, search.best)
            for _shake in range(_SHAKES):
                _bridge(tour, limits, search)
            _descend(tour, limits, search)
            _keep(tour, search)
            continue
        _bridge(tour, limits, search)
        _descend(tour, limits, search)
        length = _length_mm(tour)
        number[STALE] = 0 if length < number[BEST] else number[STALE] + 1
        worse_max = -math.log(1.0 - random_unit(search.random)) * _HEAT
        if length <= number[LENGTH] + worse_max * number[BEST] / len(tour.point):
            _keep(tour, search)
        else:
            _put_back(tour, search.kept)


@kernel
def _keep(tour: TourState, search: TourSearch) -> None:
    """Go on from the tour at work, which may be the best one."""
    search.number[LENGTH] = _length_mm(tour)
    _copy(tour.point, search.kept)
    if search.number[LENGTH] < search.number[BEST]:
        search.number[BEST] = search.number[LENGTH]
        _copy(tour.point, search.best)


@kernel
def _put_back(tour: TourState, point: NDArray[np.int32]) -> None:
    _copy(point, tour.point)
    measure_tour(tour, 1)


@kernel
def _copy(source: NDArray[np.int32], target: NDArray[np.int32]) -> None:
    for at in range(len(source)):
        target[at] = source[at]


@kernel
def _length_mm(tour: TourState) -> int:
    last = len(tour.point) - 1
    return tour.forth_mm[last] + tour.walk_mm[tour.point[last], tour.point[0]]


@kernel
def _look_at(search: TourSearch, point: int) -> None:
    """Put a point at the end of the queue, unless it is there."""
    if search.is_queued[point]:
        return
    search.is_queued[point] = True
    number = search.number
    row = (number[QUEUE_FIRST] + number[QUEUE_COUNT]) % len(search.queue)
    search.queue[row] = point
    number[QUEUE_COUNT] += 1


@kernel
def _descend(tour: TourState, limits: TourLimits, search: TourSearch) -> None:
    """Look at the points of the queue until none of them gains anything."""
    number = search.number
    while number[QUEUE_COUNT] > 0:
        point = search.queue[number[QUEUE_FIRST]]
        number[QUEUE_FIRST] = (number[QUEUE_FIRST] + 1) % len(search.queue)
        number[QUEUE_COUNT] -= 1
        search.is_queued[point] = False
        while _gain_behind(tour, limits, search, point) or _gain_before(
            tour, limits, search, point
        ):
            pass


@kernel
def _bridge(tour: TourState, limits: TourLimits, search: TourSearch) -> None:
    """Swap two short neighbouring runs at random, if some that the limits allow are found."""
    count = len(tour.point)
    longest = min(_BRIDGE_MAX, (count - 1) // 2)
    for _ in range(_BRIDGE_TRIES):
        first = 1 + random_below(search.random, longest)
        second = 1 + random_below(search.random, longest)
        p = random_below(search.random, count - first - second)
        if _try(tour, limits, search, SWAP, p, p + first, p + first + second):
            return


@kernel
def _try(
    tour: TourState,
    limits: TourLimits,
    search: TourSearch,
    move: int,
    p: int,
    q: int,
    r: int,
) -> bool:
    """Make a move that the limits allow, and look at the points beside its cuts again."""
    if not make_move(tour, limits, move, p, q, r):
        return False
    last = q if move == REVERSE else r
    count = len(tour.point)
    _look_at(search, tour.point[p])
    _look_at(search, tour.point[p + 1])
    _look_at(search, tour.point[last])
    _look_at(search, tour.point[last + 1 if last + 1 < count else 0])
    if move != REVERSE:
        # The second run lies first now.
        _look_at(search, tour.point[p + r - q])
        _look_at(search, tour.point[p + r - q + 1])
    return True


@step
def _gain(
    tour: TourState,
    limits: TourLimits,
    search: TourSearch,
    move: int,
    p: int,
    q: int,
    r: int,
) -> bool:
    """Make a move if it makes the tour shorter."""
    return change_mm(tour, move, p, q, r) < 0 and _try(tour, limits, search, move, p, q, r)


@kernel
def _gain_behind(tour: TourState, limits: TourLimits, search: TourSearch, point: int) -> bool:
    """Give a point another one to go on to, if that makes the tour shorter."""
    count = len(tour.point)
    for row in range(search.near.shape[1]):
        here = np.int64(tour.position[point])
        after = tour.point[here + 1 if here + 1 < count else 0]
        near = search.near[point, row]
        if tour.walk_mm[point, near] >= tour.walk_mm[point, after]:
            return False
        there = np.int64(tour.position[near])
        low, high = min(here, there), max(here, there)
        if high > low + 1 and _gain(tour, limits, search, REVERSE, low, high, high):
            return True
        cut = there - 1 if there > 0 else np.int64(count - 1)
        if _gain_run(tour, limits, search, here, cut, after):
            return True
        # A run that ends at the near point, turned round, behind the point.
        for length in range(1, _RUN_MAX + 1):
            first = there - length
            if first < 0:
                break
            if first > here and _gain(
                tour, limits, search, SWAP_SECOND_REVERSED, here, first, there
            ):
                return True
            if here > there and _gain(
                tour, limits, search, SWAP_FIRST_REVERSED, first, there, here
            ):
                return True
    return False


@kernel
def _gain_before(tour: TourState, limits: TourLimits, search: TourSearch, point: int) -> bool:
    """Give a point another one to come from, if that makes the tour shorter."""
    count = len(tour.point)
    for row in range(search.near_to.shape[1]):
        here = np.int64(tour.position[point])
        cut = here - 1 if here > 0 else np.int64(count - 1)
        near = search.near_to[point, row]
        if tour.walk_mm[near, point] >= tour.walk_mm[tour.point[cut], point]:
            return False
        there = np.int64(tour.position[near])
        behind = there - 1 if there > 0 else np.int64(count - 1)
        low, high = min(cut, behind), max(cut, behind)
        if high > low + 1 and _gain(tour, limits, search, REVERSE, low, high, high):
            return True
        # A run that begins at the near point, turned round, before the point.
        if there == 0:
            continue
        for length in range(1, _RUN_MAX + 1):
            last = there + length - 1
            if last >= count:
                break
            if behind > cut and _gain(
                tour, limits, search, SWAP_SECOND_REVERSED, cut, behind, last
            ):
                return True
            if cut > last and _gain(tour, limits, search, SWAP_FIRST_REVERSED, behind, last, cut):
                return True
    return False


@kernel
def _gain_run(
    tour: TourState,
    limits: TourLimits,
    search: TourSearch,
    here: int,
    cut: int,
    after: int,
) -> bool:
    """Go on behind a position with what lies behind a cut, and find the third cut.

    It lies behind a point from which the one is near that came next so far.
    """
    if cut == here:
        return False
    walk_mm = tour.walk_mm
    near_end = tour.point[cut + 1 if cut + 1 < len(tour.point) else 0]
    spare_mm = (
        walk_mm[tour.point[here], after]
        - walk_mm[tour.point[here], near_end]
        + walk_mm[tour.point[cut], near_end]
    )
    for row in range(search.near_to.shape[1]):
        end = search.near_to[after, row]
        if walk_mm[end, after] >= spare_mm:
            return False
        third = np.int64(tour.position[end])
        # Only in this order, round the tour, do three cuts swap two runs.
        if here < cut:
            if third > cut:
                p, q, r = here, cut, third
            elif third < here:
                p, q, r = third, here, cut
            else:
                continue
        elif cut < third < here:
            p, q, r = cut, third, here
        else:
            continue
        if _gain(tour, limits, search, SWAP, p, q, r):
            return True
    return False
