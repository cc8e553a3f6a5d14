"""Improve the tours of several pickers by the routing solver of OR-Tools, beginning with ours.

Guided local search over exchanges of stops and of parts of tours; ways are its costs, times and
loads its dimensions. Nothing of OR-Tools leaves this file.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from ..kernels.columns import FAR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.picker_tours import PickerInput
    from .pickers_start import Tours

_CALL_MS_MIN: Final = 10
_SETUP_S_A_WAY: Final = 5e-7
"""About so long it takes to hand one way over."""


def routed_tours(
    given: PickerInput, stops_of: Tours, deadline: float | None, solutions_max: int | None
) -> Tours:
    """Search for shorter tours until a deadline.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways; every stop can be served by some picker alone.
    stops_of : list of list of int
        Stops of each picker in their order, tours that can be walked.
    deadline : float or None
        Time of `time.perf_counter` at which to stop, None for any time.
    solutions_max : int or None
        Solutions after which to stop, None for any number. One of the two must be given.

    Returns
    -------
    stops_of : list of list of int
        Tours with at least as many stops, and no longer with as many; those given when the time
        does not suffice to set the solver up.
    """
    walking = np.flatnonzero(_can_walk(given) | [len(tour) > 0 for tour in stops_of])
    if len(walking) < len(stops_of):
        # The solver has every picker walk from start to end, also one who is not needed.
        some = routed_tours(
            _of_pickers(given, walking), [stops_of[one] for one in walking], deadline, solutions_max
        )
        tours: Tours = [[] for _ in stops_of]
        for picker, tour in zip(walking.tolist(), some, strict=True):
            tours[picker] = tour
        return tours
    pickers, stops = len(stops_of), len(given.stop_place)
    if not pickers:
        return stops_of
    setup_s = _SETUP_S_A_WAY * (stops + 2 * pickers) ** 2 * (1 + len(given.travel_us))
    if deadline is not None and time.perf_counter() + setup_s > deadline:
        return stops_of
    depots, ends = np.unique((given.start_place, given.end_place), return_inverse=True)
    ends = ends.reshape(2, pickers) + stops
    place = np.append(given.stop_place, depots)
    way_mm = given.walked_mm[np.ix_(place, place)]
    manager = pywrapcp.RoutingIndexManager(len(place), pickers, ends[0].tolist(), ends[1].tolist())
    routing = pywrapcp.RoutingModel(manager)
    cost_mm = np.where(way_mm < FAR_MM, way_mm, 0)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(cost_mm.tolist()))
    # More than any plan walks, so that no stop is left for the sake of a shorter walk.
    penalty_mm = 1 + int(cost_mm.max(axis=1)[:stops].sum() + cost_mm[ends[0]].max(axis=1).sum())
    for stop in range(stops):
        routing.AddDisjunction([manager.NodeToIndex(stop)], penalty_mm)
    _limit_loads(routing, given, len(place))
    if _times_bind(given) or (way_mm >= FAR_MM).any():
        _limit_times(routing, manager, given, place)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    if solutions_max is not None:
        parameters.solution_limit = solutions_max
    if deadline is not None:
        left_ms = int(1e3 * (deadline - time.perf_counter()))
        if left_ms < _CALL_MS_MIN:
            return stops_of
        parameters.time_limit.FromMilliseconds(left_ms)
    routing.CloseModelWithParameters(parameters)
    start = routing.ReadAssignmentFromRoutes(stops_of, True)
    if start is None:
        raise RuntimeError(f"the routing solver refuses the tours that it is given: {stops_of}")
    best = routing.SolveFromAssignmentWithParameters(start, parameters)
    if best is None or best.ObjectiveValue() >= start.ObjectiveValue():
        return stops_of
    found = []
    for picker in range(pickers):
        index, tour = best.Value(routing.NextVar(routing.Start(picker))), []
        while not routing.IsEnd(index):
            tour.append(manager.IndexToNode(index))
            index = best.Value(routing.NextVar(index))
        found.append(tour)
    return found


def _can_walk(given: PickerInput) -> NDArray[np.bool_]:
    """Tell of each picker whether its shift is enough to walk from its start to its end."""
    ends = given.start_place, given.end_place
    took_us = given.travel_us[given.speed, *ends]
    can_walk: NDArray[np.bool_] = (given.walked_mm[ends] < FAR_MM) & (
        took_us <= given.shift_end_us - given.shift_start_us
    )
    return can_walk


def _of_pickers(given: PickerInput, rows: NDArray[np.intp]) -> PickerInput:
    """Leave out all pickers but some."""
    names = ("start_place", "end_place", "shift_start_us", "shift_end_us", "load_max", "speed",
             "kind")  # fmt: skip
    return given._replace(**{name: getattr(given, name)[rows] for name in names})


def _limit_loads(routing: pywrapcp.RoutingModel, given: PickerInput, nodes: int) -> None:
    for kind in range(given.load.shape[1]):
        load = np.zeros(nodes, np.int64)
        load[: len(given.load)] = given.load[:, kind]
        routing.AddDimensionWithVehicleCapacity(
            routing.RegisterUnaryTransitVector(load.tolist()),
            0,
            given.load_max[:, kind].tolist(),
            True,
            f"load {kind}",
        )


def _times_bind(given: PickerInput) -> bool:
    """Tell whether any order of all stops could be too late or early anywhere."""
    if not len(given.stop_place):
        return False
    place = np.concatenate((given.stop_place, given.start_place))
    ways_us = given.travel_us[:, place][:, :, np.concatenate((place, given.end_place))]
    all_us = int(given.work_us.sum() + ways_us.max(axis=(0, 2)).sum())
    last_us = int(given.shift_start_us.max()) + all_us
    return bool(
        (given.opens_us > given.shift_start_us.min()).any()
        or (given.closes_us < last_us).any()
        or (given.shift_end_us < last_us).any()
    )


def _limit_times(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    given: PickerInput,
    place: NDArray[np.int32],
) -> None:
    horizon_us = int(given.shift_end_us.max())
    stops = len(given.stop_place)
    work_us = np.zeros(len(place), np.int64)
    work_us[:stops] = given.work_us
    by_speed = []
    for travel_us in given.travel_us:
        # A way that there is not takes longer than any shift.
        way_us = np.minimum(travel_us[np.ix_(place, place)], horizon_us + 1)
        by_speed.append(routing.RegisterTransitMatrix((way_us + work_us[:, None]).tolist()))
    routing.AddDimensionWithVehicleTransits(
        [by_speed[speed] for speed in given.speed.tolist()], horizon_us, horizon_us, False, "time"
    )
    dimension = routing.GetDimensionOrDie("time")
    opens_us, closes_us = given.opens_us.tolist(), given.closes_us.tolist()
    for stop in range(stops):
        window = max(opens_us[stop], 0), min(closes_us[stop], horizon_us)
        dimension.CumulVar(manager.NodeToIndex(stop)).SetRange(*window)
    for picker, shift in enumerate(
        zip(given.shift_start_us.tolist(), given.shift_end_us.tolist(), strict=True)
    ):
        dimension.CumulVar(routing.Start(picker)).SetRange(*shift)
        dimension.CumulVar(routing.End(picker)).SetRange(*shift)
