"""A tour through points as an array, and the ways to cut and rejoin it.

``N`` points, of which point 0 is where a tour starts and ends: row 0 of the matrix of ways has the
ways from the start, column 0 those to the end, so these two need not be one place. The others are
stops, and returns: visits to the end in between, where the cart is emptied. A tour is cut behind
its positions ``p < q < r`` into what stays and two runs, first and second, which are put back in
another order or direction (`MOVES`): every exchange of two or three ways. The matrix need not be
symmetric: sums of the ways along the tour, there and back, give what a run costs when it is
reversed, so each change is told in O(1) and made in O(N).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .compiled import kernel, step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REVERSE = 0
"""Reverse the first run; there is no second."""
SWAP = 1
"""Second run, first run."""
SWAP_FIRST_REVERSED = 2
"""Second run, first run reversed."""
SWAP_SECOND_REVERSED = 3
"""Second run reversed, first run."""
MOVES = (REVERSE, SWAP, SWAP_FIRST_REVERSED, SWAP_SECOND_REVERSED)


class TourState(NamedTuple):
    """A tour and what is kept beside it.

    Attributes
    ----------
    walk_mm : int64[N, N]
        Way from the row's point to the column's.
    point : int32[N]
        The tour, point 0 first.
    position : int32[N]
        Of each point in it.
    forth_mm : int64[N]
        Way from point 0 along the tour to each position.
    back_mm : int64[N]
        The same pieces walked the other way.
    trial : int32[N]
        Scratch: the tour that a move would give.
    """

    walk_mm: NDArray[np.int64]
    point: NDArray[np.int32]
    position: NDArray[np.int32]
    forth_mm: NDArray[np.int64]
    back_mm: NDArray[np.int64]
    trial: NDArray[np.int32]


class TourLimits(NamedTuple):
    """What binds a tour: heavy before fragile, and what a cart holds.

    Between two visits to the end, stops in one tote come by ascending rank, and all loads together
    fit the cart. D kinds of load, K totes.

    Attributes
    ----------
    bind : bool[1]
        Whether anything does; else the rest is not looked at.
    is_return : bool[N]
        Points at which the cart is emptied.
    rank : int64[N]
        Lowest first.
    tote : int32[N]
        Tote of each stop, from 0.
    load : int64[N, D]
        What each takes of the cart.
    load_max : int64[D]
        What the cart holds.
    tote_rank : int64[K]
        Scratch.
    tote_trip : int64[K]
        Scratch.
    carried : int64[D]
        Scratch.
    """

    bind: NDArray[np.bool_]
    is_return: NDArray[np.bool_]
    rank: NDArray[np.int64]
    tote: NDArray[np.int32]
    load: NDArray[np.int64]
    load_max: NDArray[np.int64]
    tote_rank: NDArray[np.int64]
    tote_trip: NDArray[np.int64]
    carried: NDArray[np.int64]


@kernel
def keeps_limits(limits: TourLimits, point: NDArray[np.int32]) -> bool:
    """Tell whether a tour keeps to its limits.

    Parameters
    ----------
    limits : TourLimits
        The limits.
    point : int32[N]
        A tour, point 0 first.

    Returns
    -------
    keeps : bool
        O(N * D).
    """
    if not limits.bind[0]:
        return True
    for tote in range(len(limits.tote_trip)):
        limits.tote_trip[tote] = -1
    for kind in range(len(limits.carried)):
        limits.carried[kind] = 0
    trip = 0
    for at in range(1, len(point)):
        here = point[at]
        if limits.is_return[here]:
            trip += 1
            for kind in range(len(limits.carried)):
                limits.carried[kind] = 0
            continue
        for kind in range(len(limits.carried)):
            limits.carried[kind] += limits.load[here, kind]
            if limits.carried[kind] > limits.load_max[kind]:
                return False
        tote = limits.tote[here]
        if limits.tote_trip[tote] == trip and limits.rank[here] < limits.tote_rank[tote]:
            return False
        limits.tote_trip[tote] = trip
        limits.tote_rank[tote] = limits.rank[here]
    return True


@kernel
def measure_tour(tour: TourState, first: int) -> int:
    """Bring positions and sums up to date.

    Parameters
    ----------
    tour : TourState
        Its `point` has changed.
    first : int64
        First position that has, at least 1; all before are up to date. 1 for a new tour.

    Returns
    -------
    length_mm : int64
        Way from the start through all points to the end.
    """
    count = len(tour.point)
    if first == 1:
        tour.forth_mm[0] = tour.back_mm[0] = 0
        tour.position[tour.point[0]] = 0
    for at in range(first, count):
        before, here = tour.point[at - 1], tour.point[at]
        tour.forth_mm[at] = tour.forth_mm[at - 1] + tour.walk_mm[before, here]
        tour.back_mm[at] = tour.back_mm[at - 1] + tour.walk_mm[here, before]
        tour.position[here] = at
    return tour.forth_mm[count - 1] + tour.walk_mm[tour.point[count - 1], tour.point[0]]


@step
def _reversed_mm(tour: TourState, first: int, last: int) -> int:
    """Give by how much the run of two positions is longer when walked the other way."""
    there = tour.forth_mm[last] - tour.forth_mm[first]
    return tour.back_mm[last] - tour.back_mm[first] - there


@step
def change_mm(tour: TourState, move: int, p: int, q: int, r: int) -> int:
    """Tell by how much a move would lengthen a tour.

    Parameters
    ----------
    tour : TourState
        Up to date.
    move : int64
        One of `MOVES`.
    p, q, r : int64
        Cuts behind these positions, ``0 <= p < q < r < N``; r counts only for the swaps.

    Returns
    -------
    change_mm : int64
        Negative when it gets shorter.
    """
    walk_mm, point = tour.walk_mm, tour.point
    count = len(point)
    stay, first, first_end = point[p], point[p + 1], point[q]
    second = point[q + 1] if q + 1 < count else point[0]
    if move == REVERSE:
        return (
            walk_mm[stay, first_end]
            + walk_mm[first, second]
            - walk_mm[stay, first]
            - walk_mm[first_end, second]
            + _reversed_mm(tour, p + 1, q)
        )
    second_end = point[r]
    go_on = point[r + 1] if r + 1 < count else point[0]
    change = -walk_mm[stay, first] - walk_mm[first_end, second] - walk_mm[second_end, go_on]
    if move == SWAP:
        change += walk_mm[stay, second] + walk_mm[second_end, first] + walk_mm[first_end, go_on]
    elif move == SWAP_FIRST_REVERSED:
        change += walk_mm[stay, second] + walk_mm[second_end, first_end] + walk_mm[first, go_on]
        change += _reversed_mm(tour, p + 1, q)
    else:
        change += walk_mm[stay, second_end] + walk_mm[second, first] + walk_mm[first_end, go_on]
        change += _reversed_mm(tour, q + 1, r)
    return change


@kernel
def make_move(tour: TourState, limits: TourLimits, move: int, p: int, q: int, r: int) -> bool:
    """Make a move, unless the limits forbid it.

    Parameters
    ----------
    tour : TourState
        Changed, and brought up to date.
    limits : TourLimits
        What the tour must keep to.
    move, p, q, r : int64
        As for `change_mm`.

    Returns
    -------
    made : bool
        Whether it was; else the tour is as before.
    """
    point, trial = tour.point, tour.trial
    last = q if move == REVERSE else r
    at = p + 1
    if move == REVERSE:
        at = _copy_run(point, trial, p + 1, q, at, True)
    else:
        at = _copy_run(point, trial, q + 1, r, at, move == SWAP_SECOND_REVERSED)
        at = _copy_run(point, trial, p + 1, q, at, move == SWAP_FIRST_REVERSED)
    if limits.bind[0]:
        _copy_run(point, trial, 0, p, 0, False)
        _copy_run(point, trial, last + 1, len(point) - 1, last + 1, False)
        if not keeps_limits(limits, trial):
            return False
    _copy_run(trial, point, p + 1, last, p + 1, False)
    measure_tour(tour, p + 1)
    return True


@step
def _copy_run(
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    first: int,
    last: int,
    at: int,
    is_reversed: bool,
) -> int:
    """Copy the run of two positions to a place, and give the place behind it."""
    for offset in range(last - first + 1):
        target[at + offset] = source[last - offset if is_reversed else first + offset]
    return at + last - first + 1
