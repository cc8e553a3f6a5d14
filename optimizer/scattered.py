"""Route an order over scattered storage: choose positions and tour together.

Source: Hessler and Irnich, "Exact solution of the single-picker routing problem with scattered
storage", INFORMS Journal on Computing, 2024. The cover is searched over the exact length of its
tour (`kernels.scattered_search`); the tour of the best one is then built by `exact_tour`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.scattered_search import BEST, begin_cover_search, search_covers
from .exact_tour import EXACT_BLOCKS_MAX, exact_tour
from .scattered_layout import cover_search, lay_out
from .tour import Tour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.scattered_search import CoverSearch
    from .scattered_layout import ScatteredLayout
    from .scattered_problem import ScatteredProblem
    from .tour import TourStatus

_CYCLE: Final = 1_000
_HEAT: Final = 0.02
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
        greedily, and says so.
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
        When the floor has too many blocks, or there is no thread.
    """
    begun = time.perf_counter()
    if problem.rectangle.block_count > EXACT_BLOCKS_MAX:
        raise ValueError(
            f"the floor has {problem.rectangle.block_count} blocks, expected at most "
            f"{EXACT_BLOCKS_MAX}"
        )
    if thread_count < 1:
        raise ValueError(f"thread_count is {thread_count}, expected 1 or more")
    if not problem.demand_units.any():
        return _plan(problem, np.empty(0, np.int64), 0, begun, deadline_gone=False)
    layout = lay_out(problem)
    deadline = begun + time_limit_s
    searches = [cover_search(layout, seed + thread) for thread in range(thread_count)]

    def run(search: CoverSearch) -> int:
        return _search(layout, search, deadline, iterations_max)

    if thread_count == 1:
        iterations = run(searches[0])
    else:
        with ThreadPoolExecutor(thread_count) as threads:
            iterations = sum(threads.map(run, searches))
    best = min(searches, key=lambda search: int(search.number[BEST]))
    rows = layout.row[best.best]
    in_one_aisle = _one_aisle_cover(problem)
    if in_one_aisle is not None and in_one_aisle[0] < best.number[BEST]:
        rows = in_one_aisle[1]
    bound_mm = _must_length_mm(problem, layout.row[layout.positions.must])
    return _plan(problem, rows[rows >= 0], bound_mm, begun, deadline_gone=iterations == 0)


def _search(
    layout: ScatteredLayout, search: CoverSearch, deadline: float, iterations_max: int | None
) -> int:
    """Search until the deadline or the last iteration; give the iterations done."""
    network, positions = layout.network, layout.positions
    begin_cover_search(network, positions, search)
    iterations = 0
    step = 1
    now = time.perf_counter()
    while now < deadline and (iterations_max is None or iterations < iterations_max):
        if iterations_max is not None:
            step = min(step, iterations_max - iterations)
        search_covers(network, positions, search, step, _CYCLE, _HEAT)
        iterations += step
        before, now = now, time.perf_counter()
        step = 2 * step if now - before < _CALL_SECONDS / 2 else step
    return iterations


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


def _must_length_mm(problem: ScatteredProblem, rows: NDArray[np.int64]) -> int:
    """Give the length of the tour through what every cover has."""
    rows = rows[rows >= 0]
    aisle, y_mm = problem.position_aisle[rows], problem.position_y_mm[rows]
    return exact_tour(problem.rectangle, aisle, y_mm, problem.depot, problem.depot).length_mm


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
    found = exact_tour(
        problem.rectangle, problem.position_aisle[rows], problem.position_y_mm[rows],
        problem.depot, problem.depot,
    )  # fmt: skip
    tour = Tour(*found, bound_mm=min(bound_mm, found.length_mm), policy="local-search")
    return ScatteredPlan(
        rows.astype(np.int32), units, tour, time.perf_counter() - begun, deadline_gone
    )
