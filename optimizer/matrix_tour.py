"""A tour through stops over any matrix of ways: exact for a few, else searched, with a bound.

Up to `SUBSET_STOPS_MAX` stops are solved exactly (`kernels.tour_subsets`). More are searched
(`kernels.tour_search`) and bounded by trees (`kernels.tour_bound`): where the bound meets the
length, the tour is optimal. Ways may be longer there than back; the end need not be the start.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.random_bits import random_state
from ..kernels.set_partition import partition_sets
from ..kernels.tour_bound import BOUND, raise_tour_bound
from ..kernels.tour_search import BEST, begin_tour_search, search_tours
from ..kernels.tour_subsets import SUBSET_STOPS_MAX, shortest_ways, trace_way
from .columns import array_of, check_search, whole_column
from .tour_arrays import make_bound, make_limits, make_search, make_state
from .tour_rules import check_rules

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .tour_rules import CheckedRules, TourRules

EXACT: Final = "exact"
LOCAL_SEARCH: Final = "local-search"

WAY_MM_MAX: Final = 1 << 44
"""A sum of a hundred thousand still fits."""
_ROUNDS_FREE: Final = 15
_ROUNDS_BOUND: Final = 60
"""Rounds for each stop without and with rules; these make a search harder."""
_BOUND_STEPS: Final = 300
_STEPS_A_CALL: Final = 25
_BOUND_PART: Final = 0.4
"""At most this part of a time limit goes into the bound."""
_CALL_SECONDS: Final = 0.002
"""About so long a kernel is left alone before the clock is read again."""
_ROUNDING_MM: Final = 1e-3
"""Room for the rounding of real numbers when a bound is raised to the next possible length."""


class Effort(NamedTuple):
    """How long to search.

    Attributes
    ----------
    rounds_max : int or None
        Rounds of the search, so that an answer is always the same. None for some for each stop,
        or, with a time limit, for as many as it allows.
    time_limit_s : float or None
        Wall clock time after which it stops with the best it has.
    seed : int
        Of the search, at least 0.
    """

    rounds_max: int | None = None
    time_limit_s: float | None = None
    seed: int = 0

    def within(self, seconds: float) -> Effort:
        """Give the same that ends after some seconds, if not before; at once with 0 or less."""
        limit_s = max(seconds, 0.0)
        if self.time_limit_s is not None:
            limit_s = min(limit_s, self.time_limit_s)
        return self._replace(time_limit_s=limit_s)


DEFAULT_EFFORT: Final = Effort()
NO_SEARCH: Final = Effort(rounds_max=0)
"""The nearest stop next, and a bound."""


@dataclass(frozen=True, slots=True, eq=False)
class MatrixTour:
    """An order of stops, cut into trips.

    Attributes
    ----------
    stop_order : int32[S]
        Rows of the stops as they were given, in the order in which they are served.
    trip_first : int64[T + 1]
        First place of each trip in that order, and S; at least one trip.
    length_mm : int
        Way from the start through all stops to the end, with that back to the end between trips.
    bound_mm : int
        No tour is shorter.
    policy : str
        `EXACT` or `LOCAL_SEARCH`.
    """

    stop_order: NDArray[np.int32]
    trip_first: NDArray[np.int64]
    length_mm: int
    bound_mm: int
    policy: str


def matrix_tour(
    walk_mm: ArrayLike,
    stops: ArrayLike,
    start: int,
    end: int | None = None,
    *,
    rules: TourRules | None = None,
    effort: Effort = DEFAULT_EFFORT,
) -> MatrixTour:
    """Find a short tour from a start through stops to an end.

    Parameters
    ----------
    walk_mm : int[P, P]
        Shortest ways from the row's place to the column's, 0 or more. They need not be the same
        there and back.
    stops : int[S]
        Rows of the stops in the matrix; several may be one place.
    start, end : int
        Rows of the places where it starts and ends; without an end it goes back to the start.
    rules : TourRules, optional
        What binds the order and the trips.
    effort : Effort
        How long to search. With neither rounds nor time the answer is always the same.

    Returns
    -------
    MatrixTour
        Optimal up to `SUBSET_STOPS_MAX` stops, beyond with its bound.

    Raises
    ------
    ValueError
        A place that is not in the matrix, no way between two of them, rules that do not fit; or a
        way that is longer than by the end, where the cart makes several trips.
    """
    rows = whole_column("stops", stops)
    check_search(0.0 if effort.time_limit_s is None else effort.time_limit_s, seed=effort.seed)
    checked = check_rules(rules, len(rows))
    given = matrix_of(walk_mm)
    end = start if end is None else end
    for name, row in (*((f"stop {at}", row) for at, row in enumerate(rows)), ("start", start),
                      ("end", end)):  # fmt: skip
        if not 0 <= row < len(given):
            raise ValueError(f"{name} is row {row}, expected 0 to {len(given) - 1}")
    ways = _Ways(given, rows, start, end)
    _refuse_gaps(ways)
    if len(rows) == 0:
        length = int(given[start, end])
        return MatrixTour(np.empty(0, np.int32), np.zeros(2, np.int64), length, length, EXACT)
    if checked.trips_min > 1:
        _refuse_detours(ways)
    if len(rows) <= SUBSET_STOPS_MAX:
        return _exact(ways, checked)
    return _searched(ways, checked, effort)


class _Ways(NamedTuple):
    """The matrix and the rows of a tour in it."""

    given: NDArray[np.int64]
    stops: NDArray[np.int64]
    start: int
    end: int

    def between_points(self, return_count: int = 0) -> NDArray[np.int64]:
        """Give the ways between start and end (point 0), stops, and returns to the end."""
        returns = np.full(return_count, self.end)
        out = np.concatenate((np.array([self.start]), self.stops, returns))
        into = np.concatenate((np.array([self.end]), self.stops, returns))
        return np.ascontiguousarray(self.given[np.ix_(out, into)])


def matrix_of(walk_mm: ArrayLike) -> NDArray[np.int64]:
    """Give a matrix of ways, or refuse what is none.

    Parameters
    ----------
    walk_mm : int[P, P]
        Ways.

    Returns
    -------
    int64[P, P]
        The same.

    Raises
    ------
    ValueError
        No square of whole numbers.
    """
    found = array_of("walk_mm", walk_mm)
    if found.ndim != 2 or found.shape[0] != found.shape[1] or found.dtype.kind not in "iu":
        raise ValueError(
            f"walk_mm has shape {found.shape} and type {found.dtype}, expected a square of whole "
            f"numbers"
        )
    return found.astype(np.int64, copy=False)


def _refuse_gaps(ways: _Ways) -> None:
    """Refuse places between which there is no way."""
    between = ways.between_points()
    wrong = (between < 0) | (between > WAY_MM_MAX)
    np.fill_diagonal(wrong[1:, 1:], val=False)
    for source, target in np.argwhere(wrong)[:1].tolist():
        one = f"stop {source - 1}" if source else "the start"
        other = f"stop {target - 1}" if target else "the end"
        raise ValueError(
            f"the way from {one} to {other} is {between[source, target]} mm, expected 0 to "
            f"{WAY_MM_MAX}: no way"
        )


def _refuse_detours(ways: _Ways) -> None:
    """Refuse a matrix in which a trip could gain by one more visit to the end."""
    out = ways.between_points()
    by_end = out[:, [0]] + ways.given[ways.end, ways.stops][None, :]
    wrong = out[:, 1:] > by_end
    for source, target in np.argwhere(wrong)[:1].tolist():
        one = f"stop {source - 1}" if source else "the start"
        raise ValueError(
            f"the way from {one} to stop {target} is {out[source, target + 1]} mm, by the end it "
            f"is {by_end[source, target]} mm: expected shortest ways"
        )


# -- exact -----------------------------------------------------------------------------------------


def _exact(ways: _Ways, rules: CheckedRules) -> MatrixTour:
    """Solve a few stops, over all sets of them."""
    stop_count = len(ways.stops)
    bit = 1 << np.arange(stop_count)
    behind = (rules.must_follow() * bit).sum(axis=1).astype(np.int32)
    first = _ways_through_sets(ways.between_points(), behind)
    whole = (1 << stop_count) - 1
    if rules.trips_min == 1:
        trips = [_trace(first, whole)]
        length = int(first.tour_mm[whole])
    else:
        length, trips = _exact_trips(ways, rules, behind, first)
    return MatrixTour(
        stop_order=np.concatenate(trips),
        trip_first=np.cumsum([0, *map(len, trips)], dtype=np.int64),
        length_mm=length,
        bound_mm=length,
        policy=EXACT,
    )


class _Sets(NamedTuple):
    """Shortest ways through all sets of stops."""

    between_mm: NDArray[np.int64]
    way_mm: NDArray[np.int64]
    tour_mm: NDArray[np.int64]


def _ways_through_sets(between_mm: NDArray[np.int64], behind: NDArray[np.int32]) -> _Sets:
    stop_count = len(behind)
    sets = _Sets(
        between_mm,
        np.empty((1 << stop_count, stop_count), np.int64),
        np.empty(1 << stop_count, np.int64),
    )
    shortest_ways(between_mm, behind, sets.way_mm, sets.tour_mm)
    return sets


def _trace(sets: _Sets, chosen: int) -> NDArray[np.int32]:
    order = np.empty(sets.way_mm.shape[1], np.int32)
    count = trace_way(sets.between_mm, sets.way_mm, chosen, order)
    return order[:count]


def _exact_trips(
    ways: _Ways, rules: CheckedRules, behind: NDArray[np.int32], first: _Sets
) -> tuple[int, list[NDArray[np.int32]]]:
    """Cut the stops into trips: the first from the start, the others from the end."""
    later = _ways_through_sets(_Ways(ways.given, ways.stops, ways.end, ways.end).between_points(),
                               behind)  # fmt: skip
    sets = np.arange(len(first.tour_mm))
    members = (sets[:, None] >> np.arange(len(behind))[None, :]) & 1
    fits = (members @ rules.load <= rules.load_max).all(axis=1)
    later_mm = np.where(fits, later.tour_mm, FAR_MM)
    best_mm, best_part = np.empty(len(sets), np.int64), np.zeros(len(sets), np.int32)
    partition_sets(later_mm, best_mm, best_part)
    with_first_mm = np.where(fits, first.tour_mm, FAR_MM) + best_mm[::-1]
    # A first trip without a stop gains nothing, since no way is shorter by the end.
    chosen = 1 + int(np.argmin(with_first_mm[1:]))
    trips = [_trace(first, chosen)]
    left = len(sets) - 1 - chosen
    while left:
        trips.append(_trace(later, int(best_part[left])))
        left ^= int(best_part[left])
    return int(with_first_mm[chosen]), trips


# -- searched --------------------------------------------------------------------------------------


def _searched(ways: _Ways, rules: CheckedRules, effort: Effort) -> MatrixTour:
    """Search a tour, and bound it."""
    begun = time.perf_counter()
    limit_s = effort.time_limit_s
    stop_count = len(ways.stops)
    order, return_count = first_order(ways.between_points(), rules)
    between_mm = ways.between_points(return_count)
    state = make_state(between_mm, order)
    limits = make_limits(rules, return_count)
    search = make_search(_open_ways(ways, rules, return_count), random_state(effort.seed))
    begin_tour_search(state, limits, search)
    rounds_left = effort.rounds_max
    if rounds_left is None and limit_s is None:
        rounds_left = stop_count * (_ROUNDS_BOUND if limits.bind[0] else _ROUNDS_FREE)
    bound_mm = _bound_mm(ways, rules, int(search.number[BEST]),
                         None if limit_s is None else begun + _BOUND_PART * limit_s)  # fmt: skip
    deadline = None if limit_s is None else begun + limit_s
    step = 16 if deadline is not None else rounds_left or 0
    now = time.perf_counter()
    while bound_mm < search.number[BEST] and (deadline is None or now < deadline):
        if rounds_left is not None:
            step = min(step, rounds_left)
            rounds_left -= step
        if step == 0:
            break
        search_tours(state, limits, search, step)
        before, now = now, time.perf_counter()
        step = 2 * step if now - before < _CALL_SECONDS / 2 else step
    return _as_tour(search.best, stop_count, int(search.number[BEST]), bound_mm)


def _as_tour(best: NDArray[np.int32], stop_count: int, length_mm: int, bound_mm: int) -> MatrixTour:
    """Cut a tour through points at its returns."""
    is_return = best > stop_count
    trips = [trip[trip <= stop_count] for trip in np.split(best[1:], np.flatnonzero(is_return))]
    trips = [trip for trip in trips if len(trip)]
    return MatrixTour(
        stop_order=(np.concatenate(trips) - 1).astype(np.int32),
        trip_first=np.cumsum([0, *map(len, trips)], dtype=np.int64),
        length_mm=length_mm,
        bound_mm=bound_mm,
        policy=LOCAL_SEARCH,
    )


def _bound_mm(ways: _Ways, rules: CheckedRules, length_mm: int, deadline: float | None) -> int:
    """Bound every tour from below, by a length that one could have."""
    cost_mm = _open_ways(ways, rules, rules.trips_min - 1)
    is_symmetric = np.array_equal(cost_mm[1:, 1:], cost_mm[1:, 1:].T)
    step_mm = max(1, int(np.gcd.reduce(cost_mm[cost_mm < FAR_MM])))
    bound = make_bound(cost_mm)
    enough_mm = length_mm - step_mm + _ROUNDING_MM
    # Every point is come to once.
    bound_mm, done = int(cost_mm.min(axis=0).sum()), 0
    step = _STEPS_A_CALL if deadline is None else 1
    now = time.perf_counter()
    while done < _BOUND_STEPS and bound_mm < length_mm and (deadline is None or now < deadline):
        raise_tour_bound(bound, length_mm, enough_mm, is_symmetric, step)
        steps = (bound.number[BOUND] - _ROUNDING_MM) / step_mm
        bound_mm = max(bound_mm, step_mm * max(0, ceil(steps)))
        done += step
        before, now = now, time.perf_counter()
        if now - before < _CALL_SECONDS / 2:
            step = min(2 * step, _STEPS_A_CALL)
    return min(bound_mm, length_mm)


def _open_ways(ways: _Ways, rules: CheckedRules, return_count: int) -> NDArray[np.int64]:
    """Give the ways between points, `FAR_MM` for those that no tour worth having takes."""
    cost_mm = ways.between_points(return_count)
    np.fill_diagonal(cost_mm, FAR_MM)
    if return_count:
        # No trip is without a stop. What comes before a return is no longer on the cart after it,
        # so ranks close nothing for good.
        ends = np.array([0, *range(1 + len(ways.stops), len(cost_mm))])
        cost_mm[np.ix_(ends, ends)] = FAR_MM
        return cost_mm
    if not rules.ranks_bind:
        return cost_mm
    follows = rules.must_follow()
    between = follows.astype(np.float64)
    cost_mm[1:, 1:][follows.T | (between @ between > 0)] = FAR_MM
    cost_mm[0, 1:][follows.any(axis=0)] = FAR_MM
    cost_mm[1:, 0][follows.any(axis=1)] = FAR_MM
    return cost_mm


def first_order(
    between_mm: NDArray[np.int64], rules: CheckedRules
) -> tuple[NDArray[np.int32], int]:
    """Go on to the nearest stop that the rules allow, and to the end when the cart takes none.

    Parameters
    ----------
    between_mm : int64[S + 1, S + 1]
        Ways between start or end and the stops.
    rules : CheckedRules
        Ranks come in order over all trips, so that the last stop can always be served.

    Returns
    -------
    point : int32[N]
        Start, stops and returns (numbered from S + 1) in their order.
    return_count : int
        Trips less one.
    """
    stop_count = len(between_mm) - 1
    waits_for = rules.must_follow().sum(axis=0)
    follows = rules.must_follow()
    is_left = np.ones(stop_count, np.bool_)
    room = rules.load_max.copy()
    point = [0]
    returns = 0
    here = 0
    while is_left.any():
        allowed = is_left & (waits_for == 0) & (rules.load <= room).all(axis=1)
        if not allowed.any():
            returns += 1
            point.append(stop_count + returns)
            room = rules.load_max.copy()
            here = 0
            continue
        stop = int(np.argmin(np.where(allowed, between_mm[here, 1:], FAR_MM)))
        is_left[stop] = False
        waits_for -= follows[stop]
        room -= rules.load[stop]
        here = stop + 1
        point.append(here)
    return np.array(point, np.int32), returns
