"""A length that no plan of several pickers goes below, from what is quick to solve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.graph.python import linear_sum_assignment

from ..kernels.columns import FAR_MM
from .exact_tour import EXACT_BLOCKS_MAX
from .rectangle import Place
from .route import route

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.picker_tours import PickerInput
    from .pickers_problem import PickersProblem

_SECONDS_A_WAY: Final = 2e-6
"""About so long the assignment takes for each pair of stops, at most."""


def bound_mm(problem: PickersProblem, given: PickerInput, seconds_max: float) -> int:
    """Bound the walk of every plan that serves all stops.

    Every stop is come to from another one or a start: the shortest such ways are a bound. Every
    stop is followed by one other or by an end, and no two by the same: the cheapest such
    assignment is a better one. Where all pickers start and end in one place of a floor, their
    tours one after another are a tour through all stops, so the shortest of these is another.

    Parameters
    ----------
    problem : PickersProblem
        Its floor.
    given : PickerInput
        The stops that can be served, at least one, pickers and ways.
    seconds_max : float
        No assignment is solved that would probably take longer.

    Returns
    -------
    bound_mm : int
        The best of them.
    """
    bounds = [_nearest_mm(given), _one_tour_mm(problem, given)]
    if _SECONDS_A_WAY * (len(given.stop_place) + len(given.start_place)) ** 2 <= seconds_max:
        bounds.append(_assigned_mm(given))
    return max(found for found in bounds if found is not None)


def _nearest_mm(given: PickerInput) -> int:
    """Come to each stop from the nearest place, and to an end from the stop nearest to one."""
    source = np.append(given.stop_place, given.start_place)
    total_mm = 0
    for stop, place in enumerate(given.stop_place.tolist()):
        way_mm = given.walked_mm[source, place]
        way_mm[stop] = FAR_MM
        nearest_mm = int(way_mm.min())
        total_mm += nearest_mm if nearest_mm < FAR_MM else 0
    end_mm = int(given.walked_mm[np.ix_(given.stop_place, given.end_place)].min())
    return total_mm + (end_mm if end_mm < FAR_MM else 0)


def _one_tour_mm(problem: PickersProblem, given: PickerInput) -> int | None:
    floor = problem.floor
    ends = np.append(given.start_place, given.end_place)
    if floor is None or floor.rectangle.block_count > EXACT_BLOCKS_MAX or np.ptp(ends):
        return None
    depot = Place(int(floor.aisle[ends[0]]), int(floor.y_mm[ends[0]]))
    place = given.stop_place
    return route(floor.rectangle, floor.aisle[place], floor.y_mm[place], depot).length_mm


def _assigned_mm(given: PickerInput) -> int | None:
    stops, pickers = len(given.stop_place), len(given.start_place)
    source = np.append(given.stop_place, given.start_place)
    target = np.append(given.stop_place, given.end_place)
    cost_mm = given.walked_mm[np.ix_(source, target)].copy()
    _forbid(given, cost_mm)
    cost_mm[stops:, stops:] = FAR_MM
    needed = _pickers_needed(given)
    staying = np.arange(needed, pickers)
    # A picker without stops stays where it is.
    cost_mm[stops + staying[:, None], stops + np.arange(pickers)] = 0
    rows, columns = np.nonzero(cost_mm < FAR_MM)
    arc_mm = cost_mm[rows, columns]
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    # The stubs of OR-Tools take a dtype for a shape.
    solver.add_arcs_with_cost(rows, columns, arc_mm)  # pyright: ignore[reportArgumentType]
    if len(np.unique(rows)) < len(cost_mm) or solver.solve() != solver.OPTIMAL:
        return None
    return int(solver.optimal_cost())


def _forbid(given: PickerInput, cost_mm: NDArray[np.int64]) -> None:
    """Take out the pairs of stops that no tour can have one after another."""
    stops = len(given.stop_place)
    np.fill_diagonal(cost_mm[:stops, :stops], FAR_MM)
    fastest_us = given.travel_us.min(axis=0)[np.ix_(given.stop_place, given.stop_place)]
    free_us = np.maximum(given.opens_us, given.shift_start_us.min()) + given.work_us
    late = free_us[:, None] + fastest_us > given.closes_us[None, :]
    for kind in range(given.load.shape[1]):
        load = given.load[:, kind]
        late |= load[:, None] + load[None, :] > given.load_max[:, kind].max()
    cost_mm[:stops, :stops][late] = FAR_MM


def _pickers_needed(given: PickerInput) -> int:
    """Give how many of the pickers, if they are all alike, must go because of the loads."""
    if given.kind.any():
        return 0
    full = given.load_max[0]
    loads = given.load.sum(axis=0)
    needed = [-(-int(load) // int(most)) for load, most in zip(loads, full, strict=True) if most]
    return min(max(needed, default=1), len(given.kind))
