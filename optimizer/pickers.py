"""Plan the tours of several pickers or robots together.

Stops are shared out by cut-off and distance, and each share is walked in the shortest tour of the
floor (`pickers_start`). From there strings of stops are taken out and put back
(`kernels.picker_search`) on every thread; the best tours found go to the routing solver of
OR-Tools (`pickers_routing`) for the rest of the time. No step gives away what the one before had.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.picker_search import (
    BEST_ABSENT,
    BEST_LENGTH,
    NUMBER_COUNT,
    PickerSearch,
    begin_picker_search,
    search_pickers,
)
from ..kernels.random_bits import random_state
from .budget import Budget
from .columns import check_search
from .pickers_bound import bound_mm
from .pickers_problem import PickersPlan, StopLeft
from .pickers_routing import routed_tours
from .pickers_start import exact_tours, first_tours, load_tours, picker_columns, tours_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.picker_tours import PickerInput
    from .pickers_problem import PickersProblem
    from .pickers_start import PickerColumns, Tours

_SEARCH_SHARE: Final = 0.9
"""Of the time; the routing solver has the rest."""
_BOUND_SHARE: Final = 0.2
_HOT: Final = 0.3
_COLD: Final = 0.01
"""Temperatures as parts of the mean way from stop to stop."""


def solve_pickers(
    problem: PickersProblem,
    time_limit_s: float,
    seed: int,
    thread_count: int = 1,
    *,
    iterations_max: int | None = None,
) -> PickersPlan:
    """Serve as many stops as can be, in tours that are short together.

    Parameters
    ----------
    problem : PickersProblem
        Ways, stops and pickers.
    time_limit_s : float
        Deadline from the call; with 0 or less the plan is the one that the search begins with,
        and says so.
    seed : int
        Seed of the search, 0 or more.
    thread_count : int
        Searches that run beside one another.
    iterations_max : int, optional
        Iterations of each search, and solutions of the routing solver, instead of the deadline:
        the answer is then always the same.

    Returns
    -------
    plan : PickersPlan
        Every stop is in a tour, or named with a reason.

    Raises
    ------
    ValueError
        No finite time limit, or no thread.
    """
    begun = time.perf_counter()
    check_search(time_limit_s, thread_count, seed)
    columns = picker_columns(problem)
    given = columns.given
    first = best = first_tours(problem, columns)
    lower_mm = 0
    reason, by_deadline = "no stop can be served", False
    if len(columns.row):
        lower_mm = bound_mm(problem, given, _BOUND_SHARE * time_limit_s)
        reason = "the deadline had passed before the search: stops by cut-off and distance"
        by_deadline = iterations_max is None
    if len(columns.row) and (time_limit_s > 0 or iterations_max is not None):
        reason = "time limit" if iterations_max is None else "iteration limit"
        end = begun + time_limit_s if iterations_max is None else None
        if _value(given, best) != (0, lower_mm):
            best = _improved(problem, columns, first, end, seed, thread_count, iterations_max)
        if _value(given, best) == (0, lower_mm):
            reason, by_deadline = "no plan is shorter", False
    if _value(given, best)[0]:
        lower_mm = _served_bound_mm(problem, given, best)
    return _plan(columns, best, first, lower_mm, begun, reason, by_deadline=by_deadline)


def _served_bound_mm(problem: PickersProblem, given: PickerInput, best: Tours) -> int:
    """Bound the walk of the plans that serve the stops that are in tours, without more time."""
    served = np.array(sorted(stop for tour in best for stop in tour), np.int64)
    if len(served) == 0:
        return 0
    only = given._replace(
        stop_place=given.stop_place[served],
        opens_us=given.opens_us[served],
        closes_us=given.closes_us[served],
        work_us=given.work_us[served],
        load=given.load[served],
    )
    return bound_mm(problem, only, 0.0)


def _improved(
    problem: PickersProblem,
    columns: PickerColumns,
    first: Tours,
    end: float | None,
    seed: int,
    thread_count: int,
    iterations_max: int | None,
) -> Tours:
    """Search, then let the routing solver go on."""
    given = columns.given
    now = time.perf_counter()
    until = now if end is None else now + _SEARCH_SHARE * (end - now)
    best = _searched(given, first, until, seed, thread_count, iterations_max)
    best = routed_tours(given, best, end, iterations_max)
    return exact_tours(problem, columns, best)


def _value(given: PickerInput, stops_of: Tours) -> tuple[int, int]:
    """Give the stops left and the walk: less is better."""
    left = len(given.stop_place) - sum(map(len, stops_of))
    return left, int(load_tours(given, stops_of).length_mm.sum())


def _searched(
    given: PickerInput,
    first: Tours,
    until: float,
    seed: int,
    thread_count: int,
    iterations_max: int | None,
) -> Tours:
    """Search on every thread and take the best of all, the first thread's of equal ones."""
    with ThreadPoolExecutor(thread_count) as threads:
        running = [
            threads.submit(_search, given, first, until, seed * thread_count + at, iterations_max)
            for at in range(thread_count)
        ]
        found = [search.result() for search in running]
    return min(found, key=lambda one: one[0])[1]


def _search(
    given: PickerInput, first: Tours, until: float, seed: int, iterations_max: int | None
) -> tuple[tuple[int, int], Tours]:
    """Cool down once over the whole time, in slices of which each looks at the clock."""
    tours = load_tours(given, first)
    search = _picker_search(given, seed)
    begin_picker_search(given, tours, search)
    legs = int(tours.stop_count.sum() + np.count_nonzero(tours.stop_count))
    mean_mm = max(1.0, float(tours.length_mm.sum()) / max(legs, 1))
    begun = time.perf_counter()
    budget = Budget(begun, max(until - begun, 1e-9), iterations_max)
    for used, then, count in budget.slices():
        hot_mm, cold_mm = (mean_mm * _HOT * (_COLD / _HOT) ** part for part in (used, then))
        search_pickers(given, tours, search, count, hot_mm, cold_mm)
    best = tours_of(search.best_tour, search.best_count)
    return (int(search.number[BEST_ABSENT]), int(search.number[BEST_LENGTH])), best


def _picker_search(given: PickerInput, seed: int) -> PickerSearch:
    pickers, stops = len(given.start_place), len(given.stop_place)
    return PickerSearch(
        rank=_ranks(given),
        absent=np.zeros(stops, np.int32),
        kept_absent=np.zeros(stops, np.int32),
        touched=np.zeros(pickers, np.int32),
        is_touched=np.zeros(pickers, np.bool_),
        kept_tour=np.zeros((pickers, stops), np.int32),
        best_tour=np.zeros((pickers, stops), np.int32),
        kept_count=np.zeros(pickers, np.int64),
        best_count=np.zeros(pickers, np.int64),
        key=np.zeros(stops, np.int64),
        number=np.zeros(NUMBER_COUNT, np.int64),
        random=random_state(seed),
    )


def _ranks(given: PickerInput) -> NDArray[np.int64]:
    """Give the orders in which stops are put back, each as often as its weight in the source."""
    from_start_mm = given.walked_mm[given.start_place][:, given.stop_place].min(axis=0)
    from_start_mm = np.minimum(from_start_mm, FAR_MM)
    orders = [np.full(len(from_start_mm), -1)] * 4 + [_rank(-from_start_mm)] * 2
    orders.append(_rank(from_start_mm))
    for kind in range(given.load.shape[1]):
        orders += [_rank(-given.load[:, kind])] * 4
    width_us = given.closes_us - given.opens_us
    if (width_us != width_us[0]).any() or (given.opens_us != given.opens_us[0]).any():
        orders += [_rank(width_us)] * 2 + [_rank(given.opens_us)] * 2
        orders += [_rank(-given.closes_us)] * 2
    return np.ascontiguousarray(orders, dtype=np.int64)


def _rank(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the place of each in the order of a key."""
    return np.unique(key, return_inverse=True)[1].ravel()


def _plan(
    columns: PickerColumns,
    stops_of: Tours,
    first: Tours,
    lower_mm: int,
    begun: float,
    reason: str,
    *,
    by_deadline: bool,
) -> PickersPlan:
    """Write tours out in rows and times of the problem."""
    given, row = columns.given, columns.row
    tours = load_tours(given, stops_of)
    count = tours.stop_count
    finish_us = tours.begin_us[np.arange(len(count)), count + 1] + columns.base_us
    begin_us = [tours.begin_us[at, 1 : stops + 1] for at, stops in enumerate(count.tolist())]
    stop = [row[stops] for stops in stops_of if stops]
    in_tour = np.concatenate([np.empty(0, np.int64), *stop])
    start_left, start_mm = _value(given, first)
    left = np.setdiff1d(row, in_tour).tolist()
    return PickersPlan(
        tour_first=np.cumsum([0, *count.tolist()], dtype=np.int64),
        stop=in_tour.astype(np.int32),
        begin_us=np.concatenate(begin_us) + columns.base_us,
        length_mm=tours.length_mm,
        finish_us=finish_us,
        bound_mm=lower_mm,
        start_mm=start_mm,
        start_left=start_left,
        seconds=time.perf_counter() - begun,
        reason=reason,
        by_deadline=by_deadline,
        unservable=columns.unservable,
        left=tuple(StopLeft(at, "no tour found has room or time for it") for at in left),
    )
