"""Route an order over scattered storage: choose positions and tour together.

Source: Hessler and Irnich, "Exact solution of the single-picker routing problem with scattered
storage", INFORMS Journal on Computing, 2024. A relaxation gives the bound and good covers
(`kernels.scattered_bound`); from the best of them covers are searched over the exact length of
their tours (`kernels.scattered_search`); the tour of the best one is then built by `route`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.scattered_bound import BOUND, raise_bound
from ..kernels.scattered_search import BEST, begin_cover_search, search_covers
from .columns import check_search
from .exact_tour import EXACT_BLOCKS_MAX
from .route import route
from .scattered_layout import cover_search, lay_out, relaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.scattered_search import CoverSearch
    from .scattered_layout import ScatteredLayout
    from .scattered_problem import ScatteredProblem
    from .tour import Tour, TourStatus

_CYCLE: Final = 500
_HEAT: Final = 0.02
_STEPS_MAX: Final = 300
_STEPS_A_CALL: Final = 20
_MEND_EVERY: Final = 10
_ROUNDING: Final = 1e-6
"""Room for the rounding of real numbers when a bound is raised to the next possible length."""
_RELAX_PART: Final = 0.4
"""At most this part of the time goes into the bound."""
_CALL_SECONDS: Final = 0.002
"""About so long a kernel is left alone before the clock is read again."""


@dataclass(frozen=True, slots=True)
class ScatteredPlan:
    """A tour with the positions at which it stops.

    Attributes
    ----------
    position : int32[K]
        Rows of the positions, ascending. They are the stops of the tour.
    units : int64[K]
        Units to take there, at least one.
    tour : Tour
        Its length and its bound are over every choice of positions.
    seconds : float
        Wall clock time spent.
    deadline_gone : bool
        Whether the time limit left no time to search: the cover is then greedy.
    """

    position: NDArray[np.int32]
    units: NDArray[np.int64]
    tour: Tour
    seconds: float
    deadline_gone: bool

    @property
    def status(self) -> TourStatus:
        """Optimal when no choice of positions has a shorter tour."""
        return self.tour.status


def route_scattered(
    problem: ScatteredProblem,
    time_limit_s: float,
    seed: int,
    thread_count: int = 1,
    *,
    iterations_max: int | None = None,
) -> ScatteredPlan:
    """Choose positions that hold an order's demand and the shortest tour through them.

    Parameters
    ----------
    problem : ScatteredProblem
        The order. Its floor has at most `EXACT_BLOCKS_MAX` blocks.
    time_limit_s : float
        Wall clock time after which it stops with the best it has. With none left it answers
        greedily, and says so: that answer is made in any case, which takes most of a second for
        500 items in 60 aisles of four blocks.
    seed : int
        Of the search, at least 0.
    thread_count : int
        Searches run beside each other, with different random numbers.
    iterations_max : int, optional
        Iterations of each search, so that an answer can be repeated whatever the machine's speed.

    Returns
    -------
    plan : ScatteredPlan
        Feasible, with its bound.

    Raises
    ------
    ValueError
        When the floor has too many blocks, the time limit is not finite or there is no thread.
    """
    begun = time.perf_counter()
    if problem.rectangle.block_count > EXACT_BLOCKS_MAX:
        raise ValueError(
            f"the floor has {problem.rectangle.block_count} blocks, expected at most "
            f"{EXACT_BLOCKS_MAX}"
        )
    check_search(time_limit_s, thread_count, seed)
    if not problem.demand_units.any():
        return _plan(problem, np.empty(0, np.int64), 0, begun, deadline_gone=False)
    layout = lay_out(problem)
    search = cover_search(layout, seed)
    begin_cover_search(layout.network, layout.positions, search)
    deadline_gone = time.perf_counter() >= begun + time_limit_s
    bound_mm = _bound_mm(layout, search, begun, time_limit_s)
    if bound_mm < search.number[BEST]:
        search = _searched(layout, search, begun + time_limit_s, seed, thread_count, iterations_max)
    length_mm = int(search.number[BEST])
    rows = layout.row[search.best]
    in_one_aisle = _one_aisle_cover(problem)
    if in_one_aisle is not None:
        bound_mm = min(bound_mm, in_one_aisle[0])
        if in_one_aisle[0] < length_mm:
            rows = in_one_aisle[1]
    return _plan(problem, rows[rows >= 0], bound_mm, begun, deadline_gone=deadline_gone)


def _bound_mm(
    layout: ScatteredLayout, search: CoverSearch, begun: float, time_limit_s: float
) -> int:
    """Bound the tours that meet a cross-aisle, and improve the best cover on the way."""
    relaxed = relaxation(layout)
    bound_mm = 0
    for _ in range(_STEPS_MAX // _STEPS_A_CALL):
        if time.perf_counter() >= begun + _RELAX_PART * time_limit_s:
            break
        raise_bound(
            layout.network, layout.positions, search, relaxed, layout.depot_aisle,
            _STEPS_A_CALL, _MEND_EVERY,
        )  # fmt: skip
        steps = relaxed.number[BOUND] / layout.length_step_mm
        bound_mm = layout.length_step_mm * ceil(steps - _ROUNDING)
        if bound_mm >= search.number[BEST]:
            break
    return bound_mm


def _searched(
    layout: ScatteredLayout,
    begun_with: CoverSearch,
    deadline: float,
    seed: int,
    thread_count: int,
    iterations_max: int | None,
) -> CoverSearch:
    """Search from the best cover on each thread; give the search that found the best."""
    searches = [begun_with]
    for thread in range(1, thread_count):
        search = cover_search(layout, seed + thread)
        search.chosen[:] = begun_with.best
        begin_cover_search(layout.network, layout.positions, search)
        searches.append(search)
    if thread_count == 1:
        _search(layout, begun_with, deadline, iterations_max)
    else:
        with ThreadPoolExecutor(thread_count) as threads:
            running = [
                threads.submit(_search, layout, search, deadline, iterations_max)
                for search in searches
            ]
            for search_done in running:
                search_done.result()
    return min(searches, key=lambda search: int(search.number[BEST]))


def _search(
    layout: ScatteredLayout, search: CoverSearch, deadline: float, iterations_max: int | None
) -> None:
    """Search until the deadline or the last iteration."""
    iterations = 0
    step = 1
    now = time.perf_counter()
    while now < deadline and (iterations_max is None or iterations < iterations_max):
        if iterations_max is not None:
            step = min(step, iterations_max - iterations)
        search_covers(layout.network, layout.positions, search, step, _CYCLE, _HEAT)
        iterations += step
        before, now = now, time.perf_counter()
        step = 2 * step if now - before < _CALL_SECONDS / 2 else step


def _one_aisle_cover(problem: ScatteredProblem) -> tuple[int, NDArray[np.int64]] | None:
    """Give the shortest tour that stays in the depot's aisle, if that holds the demand.

    The dynamic program meets a cross-aisle, which such a tour need not. It is the shortest of all
    stretches around the depot that hold the demand: two pointers along the aisle.
    """
    rows = np.flatnonzero(problem.position_aisle == problem.depot.aisle)
    rows = rows[np.argsort(problem.position_y_mm[rows], kind="stable")]
    items = (np.searchsorted(problem.first_position, rows, side="right") - 1).tolist()
    y_mm = problem.position_y_mm[rows].tolist()
    units = problem.position_units[rows].tolist()
    lacking = problem.demand_units.tolist()
    items_lacking = sum(demand > 0 for demand in lacking)
    best: tuple[int, int, int] | None = None
    last = 0
    for first in range(len(rows)):
        while last < len(rows) and items_lacking:
            items_lacking -= 0 < lacking[items[last]] <= units[last]
            lacking[items[last]] -= units[last]
            last += 1
        if items_lacking:
            break
        low = min(y_mm[first], problem.depot.y_mm)
        length_mm = 2 * (max(y_mm[last - 1], problem.depot.y_mm) - low)
        if best is None or length_mm < best[0]:
            best = length_mm, first, last
        items_lacking += lacking[items[first]] <= 0 < lacking[items[first]] + units[first]
        lacking[items[first]] += units[first]
    return None if best is None else (best[0], rows[best[1] : best[2]])


def _plan(
    problem: ScatteredProblem,
    rows: NDArray[np.int64],
    bound_mm: int,
    begun: float,
    *,
    deadline_gone: bool,
) -> ScatteredPlan:
    """Take the units at the chosen positions, one after another, and build the tour."""
    rows = np.sort(rows)
    lacking = problem.demand_units.copy()
    units = np.zeros(len(rows), np.int64)
    item = np.searchsorted(problem.first_position, rows, side="right") - 1
    for at, row in enumerate(rows):
        units[at] = min(problem.position_units[row], lacking[item[at]])
        lacking[item[at]] -= units[at]
    rows, units = rows[units > 0], units[units > 0]
    tour = route(
        problem.rectangle,
        problem.position_aisle[rows],
        problem.position_y_mm[rows],
        problem.depot,
    )
    tour = replace(tour, bound_mm=bound_mm, policy="local-search")
    return ScatteredPlan(
        rows.astype(np.int32), units, tour, time.perf_counter() - begun, deadline_gone
    )
