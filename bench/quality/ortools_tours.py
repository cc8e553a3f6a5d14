"""OR-Tools routing alone on single tours of 10, 30 and 60 picks: its time to reach our length.

Both solve the same orders in the same run, on the floor of `three_blocks` cut into one to three.
Ours takes a fraction of a millisecond, so its time is the mean of ten calls in a row. OR-Tools gets
the walked distances as a matrix (not timed), a cheapest-arc start and guided local search, and
stops as soon as its tour is as short as ours, or at its time limit.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.rectangle import Place
from slotline.optimizer.route import route
from slotline.optimizer.tour import TourStatus

from .rows import Row
from .three_blocks import draw_stops, floor_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from slotline.optimizer.rectangle import Rectangle

    from .rows import Plan

FOLDER: Final = None
_SEED: Final = 20_240_602
_BLOCKS: Final = (1, 2, 3)
_PICKS: Final = (10, 30, 60)
_CALLS: Final = 10
_TOURS: Final = 10
_TOURS_SMOKE: Final = 3
_LIMIT_SECONDS: Final = 5


def measure(folder: Path | None, plan: Plan) -> list[Row]:
    """Solve each order with both.

    Parameters
    ----------
    folder : None
        The orders are drawn.
    plan : Plan
        The slice has fewer of them.

    Returns
    -------
    rows : list of Row
        Values in mm.
    """
    rng = np.random.default_rng(_SEED)
    depot = Place(0, 0)
    rows: list[Row] = []
    for blocks in _BLOCKS:
        rectangle = floor_of(blocks)
        route(rectangle, *draw_stops(rng, 5, blocks), depot)  # compiles
        for picks in _PICKS:
            for number in range(_TOURS_SMOKE if plan.smoke else _TOURS):
                stops = draw_stops(rng, picks, blocks)
                rows += _rows(_group(blocks, picks), f"{number}", rectangle, stops, depot)
    return rows


def _group(blocks: int, picks: int) -> str:
    return f"{blocks} blocks, {picks} picks"


def _rows(
    group: str,
    name: str,
    rectangle: Rectangle,
    stops: tuple[NDArray[np.int64], NDArray[np.int64]],
    depot: Place,
) -> list[Row]:
    begun = time.perf_counter()
    for _ in range(_CALLS):
        tour = route(rectangle, *stops, depot)
    seconds = (time.perf_counter() - begun) / _CALLS
    faults = tuple(check_tour(rectangle, *stops, depot, depot, tour))
    proven = tour.status is TourStatus.OPTIMAL
    aisle, y_mm = stops
    walked_mm = rectangle.walked_mm(np.append(aisle, 0), np.append(y_mm, 0))
    best = tour.length_mm
    value, peer_seconds = _ortools(walked_mm, best)
    return [
        Row(f"{group}, ours", name, best, best, seconds, proven, faults),
        Row(f"{group}, OR-Tools", name, value, best, peer_seconds),
    ]


def remarks(rows: Sequence[Row]) -> list[str]:
    """Say how many times our time OR-Tools takes.

    Parameters
    ----------
    rows : sequence of Row
        As `measure` gave them.

    Returns
    -------
    lines : list of str
        One for each floor and number of picks.
    """
    lines = []
    for group in (_group(blocks, picks) for blocks in _BLOCKS for picks in _PICKS):
        ours = [row for row in rows if row.group == f"{group}, ours"]
        theirs = [row for row in rows if row.group == f"{group}, OR-Tools"]
        ratio = sum(row.seconds for row in theirs) / sum(row.seconds for row in ours)
        longer = sum(row.best is not None and row.value > row.best for row in theirs)
        at_least = f" or more: {longer} of {len(theirs)} not reached in {_LIMIT_SECONDS} s"
        lines.append(f"{group}: OR-Tools takes {ratio:,.0f} times our time"
                     f"{at_least if longer else ''}")  # fmt: skip
    return lines


def _ortools(walked_mm: NDArray[np.int64], target_mm: int) -> tuple[int, float]:
    """Give the length that it found, and the time until it did or gave up."""
    begun = time.perf_counter()
    depot = len(walked_mm) - 1
    manager = pywrapcp.RoutingIndexManager(len(walked_mm), 1, depot)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(walked_mm.tolist()))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromSeconds(_LIMIT_SECONDS)
    best = np.iinfo(np.int64).max

    def on_solution() -> None:
        nonlocal best
        best = min(best, int(routing.CostVar().Max()))
        if best <= target_mm:
            routing.solver().FinishCurrentSearch()

    routing.AddAtSolutionCallback(on_solution)
    routing.SolveWithParameters(parameters)
    return best, time.perf_counter() - begun
