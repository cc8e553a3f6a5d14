"""Before pickers are planned: stops that nobody can serve, and tours to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.columns import FAR_MM, NONE
from ..kernels.picker_tours import PickerInput, PickerTours, fill_tours, refresh_tour
from ..kernels.random_bits import random_state
from .exact_tour import EXACT_BLOCKS_MAX
from .pickers_problem import EVER_US, StopLeft
from .rectangle import Place
from .route import route

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pickers_problem import PickersProblem

_HORIZON_US: Final = 1 << 52
"""Times count from the first shift's start; what is some 140 years away never binds."""
_NEAR_MAX: Final = 300

Tours = list[list[int]]


class PickerColumns(NamedTuple):
    """A problem as the kernels take it: the stops that can be served, times from a base.

    Attributes
    ----------
    given : PickerInput
        Stops, pickers and ways.
    row : int64[N]
        Row in the problem of each stop.
    base_us : int
        Time of the problem at which the kernels' time is 0.
    unservable : tuple of StopLeft
        The other stops.
    """

    given: PickerInput
    row: NDArray[np.int64]
    base_us: int
    unservable: tuple[StopLeft, ...]


def picker_columns(problem: PickersProblem) -> PickerColumns:
    """Name the stops that nobody can serve and lay the others out for the kernels.

    Parameters
    ----------
    problem : PickersProblem
        The problem.

    Returns
    -------
    columns : PickerColumns
        Stops in the problem's order.
    """
    stops, pickers = problem.stops, problem.pickers
    count = len(stops)
    base_us = int(pickers.shift_start_us.min())

    def time(column: NDArray[np.int64] | None, missing_us: int) -> NDArray[np.int64]:
        found = np.full(count, missing_us) if column is None else column
        return np.clip(found - base_us, -_HORIZON_US, _HORIZON_US)

    speeds, speed = np.unique(pickers.mm_per_s, return_inverse=True)
    way = problem.walked_mm
    walkable = way < FAR_MM
    travel_us = np.where(
        walkable, -(-np.where(walkable, way, 0) * 1_000_000 // speeds[:, None, None]), FAR_MM
    )
    limits = problem.limits()
    load = np.array([of_stops for _, of_stops, _ in limits], np.int64).reshape(len(limits), count).T
    load_max = np.array([of_carts for _, _, of_carts in limits], np.int64)
    load_max = load_max.reshape(len(limits), len(pickers)).T
    work_us = np.zeros(count, np.int64) if stops.work_us is None else stops.work_us
    shift_start_us = pickers.shift_start_us - base_us
    shift_end_us = np.minimum(pickers.shift_end_us - base_us, _HORIZON_US)
    alike = np.column_stack(
        (pickers.start_place, pickers.end_place, shift_start_us, shift_end_us, speed, load_max)
    )
    given = PickerInput(
        walked_mm=way,
        travel_us=travel_us,
        stop_place=stops.place.astype(np.int32),
        opens_us=time(stops.opens_us, -EVER_US),
        closes_us=time(stops.due_us, EVER_US) - work_us,
        work_us=work_us,
        load=np.ascontiguousarray(load),
        start_place=pickers.start_place.astype(np.int32),
        end_place=pickers.end_place.astype(np.int32),
        shift_start_us=shift_start_us,
        shift_end_us=shift_end_us,
        load_max=np.ascontiguousarray(load_max),
        speed=speed.astype(np.int32),
        near=np.empty((count, 0), np.int32),
        kind=np.unique(alike, axis=0, return_inverse=True)[1].ravel().astype(np.int32),
    )
    unservable = _unservable(problem, given, base_us)
    row = np.setdiff1d(np.arange(count), [stop for stop, _ in unservable])
    served = {
        name: getattr(given, name)[row]
        for name in ("stop_place", "opens_us", "closes_us", "work_us", "load")
    }
    near = _near(way, served["stop_place"])
    return PickerColumns(given._replace(**served, near=near), row, base_us, unservable)


def _near(way_mm: NDArray[np.int64], stop_place: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give the other stops by their distance there and back, nearest first."""
    count = len(stop_place)
    near = np.empty((count, min(max(count - 1, 0), _NEAR_MAX)), np.int32)
    for stop, place in enumerate(stop_place.tolist()):
        both_mm = way_mm[place, stop_place] + way_mm[stop_place, place]
        both_mm[stop] = -1
        near[stop] = np.argsort(both_mm, kind="stable")[1 : near.shape[1] + 1]
    return near


def _unservable(problem: PickersProblem, given: PickerInput, base_us: int) -> tuple[StopLeft, ...]:
    """Name each stop that no picker could serve as its only one, and why."""
    found = []
    picker = np.arange(len(given.start_place))
    for stop in range(len(given.stop_place)):
        place = given.stop_place[stop]
        opens_us, work_us = int(given.opens_us[stop]), int(given.work_us[stop])
        closes_us = int(given.closes_us[stop])
        to_us = given.travel_us[given.speed[picker], given.start_place, place]
        from_us = given.travel_us[given.speed[picker], place, given.end_place]
        can_walk = (to_us < FAR_MM) & (from_us < FAR_MM)
        begin_us = np.maximum(given.shift_start_us + to_us, opens_us)
        back_us = begin_us + work_us + from_us
        has_room = (given.load[stop] <= given.load_max).all(axis=1)
        in_time = (begin_us <= closes_us) & (back_us <= given.shift_end_us)
        if (can_walk & has_room & in_time).any():
            continue
        heavy = [
            f"{name} is {of_stops[stop]}, the largest cart holds {of_carts.max()}"
            for name, of_stops, of_carts in problem.limits()
            if of_stops[stop] > of_carts.max()
        ]
        due_us = base_us + closes_us + work_us
        if opens_us > closes_us:
            reason = f"it opens at {base_us + opens_us}, takes {work_us} us and is due at {due_us}"
        elif heavy:
            reason = heavy[0]
        elif not can_walk.any():
            reason = "no picker can walk there and on to its end"
        elif not (can_walk & (begin_us <= closes_us)).any():
            done_us = base_us + int(begin_us[can_walk].min()) + work_us
            reason = f"it cannot be done before {done_us}, it is due at {due_us}"
        elif not (can_walk & in_time).any():
            reason = "no picker can be there in time and back before the shift ends"
        else:
            reason = "the pickers with room on the cart have no way or no time, and the others do"
        found.append(StopLeft(stop, reason))
    return tuple(found)


def empty_tours(given: PickerInput) -> PickerTours:
    """Give a tour without stops for each picker.

    Parameters
    ----------
    given : PickerInput
        Stops and pickers.

    Returns
    -------
    tours : PickerTours
        Measured.
    """
    pickers, stops = len(given.start_place), len(given.stop_place)
    tours = PickerTours(
        tour=np.zeros((pickers, stops), np.int32),
        stop_count=np.zeros(pickers, np.int64),
        load=np.zeros((pickers, given.load.shape[1]), np.int64),
        length_mm=np.zeros(pickers, np.int64),
        begin_us=np.zeros((pickers, stops + 2), np.int64),
        latest_us=np.zeros((pickers, stops + 2), np.int64),
        picker_of=np.full(stops, NONE, np.int32),
        at=np.zeros(stops, np.int32),
        holds=np.ones(pickers, np.bool_),
        tried_kind=np.full(pickers, NONE, np.int64),
    )
    for picker in range(pickers):
        refresh_tour(given, tours, picker)
    return tours


def load_tours(given: PickerInput, stops_of: Tours) -> PickerTours:
    """Give tours through the stops named.

    Parameters
    ----------
    given : PickerInput
        Stops and pickers.
    stops_of : list of list of int
        Stops of each picker in their order.

    Returns
    -------
    tours : PickerTours
        Measured, whether or not they can be walked.
    """
    tours = empty_tours(given)
    for picker, stops in enumerate(stops_of):
        tours.tour[picker, : len(stops)] = stops
        tours.stop_count[picker] = len(stops)
        refresh_tour(given, tours, picker)
    return tours


def first_tours(problem: PickersProblem, columns: PickerColumns) -> Tours:
    """Share the stops out, first due first and far before near, and walk each share's best tour.

    Parameters
    ----------
    problem : PickersProblem
        The problem.
    columns : PickerColumns
        The same for the kernels.

    Returns
    -------
    stops_of : list of list of int
        Rows of the columns.
    """
    given = columns.given
    tours = empty_tours(given)
    if len(columns.row):
        far_mm = given.walked_mm[given.start_place][:, given.stop_place].min(axis=0)
        order = np.lexsort((np.arange(len(far_mm)), -far_mm, given.closes_us))
        fill_tours(given, tours, order.astype(np.int32), random_state(0))
    return exact_tours(problem, columns, tours_of(tours.tour, tours.stop_count))


def tours_of(tour: NDArray[np.int32], count: NDArray[np.int64]) -> Tours:
    """Give the stops of each picker as lists."""
    return [tour[picker, :stops].tolist() for picker, stops in enumerate(count.tolist())]


def exact_tours(problem: PickersProblem, columns: PickerColumns, stops_of: Tours) -> Tours:
    """Walk each picker's stops in the shortest tour of the floor, where its windows allow that.

    Parameters
    ----------
    problem : PickersProblem
        Without a floor of at most `EXACT_BLOCKS_MAX` blocks the tours stay as they are.
    columns : PickerColumns
        The same for the kernels.
    stops_of : list of list of int
        Rows of the columns, tours that can be walked.

    Returns
    -------
    stops_of : list of list of int
        The same stops for each picker, none of the tours longer.
    """
    floor, given = problem.floor, columns.given
    if floor is None or floor.rectangle.block_count > EXACT_BLOCKS_MAX:
        return stops_of
    tours = load_tours(given, stops_of)
    for picker, stops in enumerate(stops_of):
        place = given.stop_place[stops]
        start, end = (
            Place(int(floor.aisle[at]), int(floor.y_mm[at]))
            for at in (given.start_place[picker], given.end_place[picker])
        )
        tour = route(floor.rectangle, floor.aisle[place], floor.y_mm[place], start, end)
        walked = [stops[at] for at in tour.stop_order.tolist()]
        best_mm = int(tours.length_mm[picker])
        for order in (walked, walked[::-1]):
            tours.tour[picker, : len(order)] = order
            if refresh_tour(given, tours, picker) and tours.length_mm[picker] < best_mm:
                best_mm, stops_of[picker] = int(tours.length_mm[picker]), order
    return stops_of
