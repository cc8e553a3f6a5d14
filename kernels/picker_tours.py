"""Tours of several pickers with windows and loads, and the cheapest place for one stop more.

Each picker goes from a start through stops to an end. Work at a stop begins when the picker is
there and the stop is open; it must begin no later than the stop closes, the picker must be at the
end before the shift ends, and what a tour takes must fit the cart. A picker without stops walks
nothing.

With the earliest begin of each stop forward and the latest backward, one place for a new stop is
tried in constant time (source: Savelsbergh, "The vehicle routing problem with time windows:
minimizing route duration", ORSA Journal on Computing 4, 1992).

Shapes: S stops, K pickers, P places, C speeds, L kinds of load, N near
stops of each stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .columns import FAR_MM, NONE
from .compiled import kernel, long_kernel, step
from .random_bits import random_below

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEAR_TRIED = 40
"""Stops beside which a place is tried; most of the cheapest places are beside the nearest."""


class PickerInput(NamedTuple):
    """Stops, pickers and ways, as the kernels take them.

    Attributes
    ----------
    walked_mm : int64[P, P]
        Way from one place to another, `FAR_MM` where there is none.
    travel_us : int64[C, P, P]
        Its time at each speed; `FAR_MM` where there is none, which no window allows.
    stop_place : int32[S]
        Place of each stop.
    opens_us, closes_us, work_us : int64[S]
        Earliest and latest begin of the work, its duration.
    load : int64[S, L]
        What each stop puts on the cart, at least 0.
    start_place, end_place : int32[K]
        Where each picker starts and ends.
    shift_start_us, shift_end_us : int64[K]
        When it may leave the start, and must be at the end.
    load_max : int64[K, L]
        What its cart holds.
    speed : int32[K]
        Row of its times.
    kind : int32[K]
        The same for pickers that are alike in everything, from 0 to K - 1.
    near : int32[S, N]
        Stops by their distance from each, without itself.
    """

    walked_mm: NDArray[np.int64]
    travel_us: NDArray[np.int64]
    stop_place: NDArray[np.int32]
    opens_us: NDArray[np.int64]
    closes_us: NDArray[np.int64]
    work_us: NDArray[np.int64]
    load: NDArray[np.int64]
    start_place: NDArray[np.int32]
    end_place: NDArray[np.int32]
    shift_start_us: NDArray[np.int64]
    shift_end_us: NDArray[np.int64]
    load_max: NDArray[np.int64]
    speed: NDArray[np.int32]
    kind: NDArray[np.int32]
    near: NDArray[np.int32]


class PickerTours(NamedTuple):
    """Tours, and what is known of each; `refresh_tour` fills all but the first two.

    Attributes
    ----------
    tour : int32[K, S]
        Stops of each picker in their order.
    stop_count : int64[K]
        How many of them.
    load : int64[K, L]
        What they put on the cart.
    length_mm : int64[K]
        Length of the tour.
    begin_us, latest_us : int64[K, S + 2]
        Earliest and latest begin: of leaving the start, of work at each stop, of being at the end.
        A tour can be walked when no earliest is after its latest.
    picker_of : int32[S]
        Picker of each stop, -1 for none.
    at : int32[S]
        How many stops of its tour are before it.
    holds : bool[K]
        Whether all windows, the shift and the cart are kept.
    tried_kind : int64[K]
        Scratch: the last stop for which an empty tour of this kind was tried.
    """

    tour: NDArray[np.int32]
    stop_count: NDArray[np.int64]
    load: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    begin_us: NDArray[np.int64]
    latest_us: NDArray[np.int64]
    picker_of: NDArray[np.int32]
    at: NDArray[np.int32]
    holds: NDArray[np.bool_]
    tried_kind: NDArray[np.int64]


@kernel
def refresh_tour(given: PickerInput, tours: PickerTours, picker: int) -> bool:
    """Measure a picker's tour.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways.
    tours : PickerTours
        Its `tour` and `stop_count` are read; the rest of the picker's row is written, and the
        places of its stops.
    picker : int64
        Which one.

    Returns
    -------
    holds : bool
        Whether all windows, the shift and the cart are kept. O(stops of the tour).
    """
    count = tours.stop_count[picker]
    tour, begin_us, latest_us = tours.tour[picker], tours.begin_us[picker], tours.latest_us[picker]
    load, travel_us = tours.load[picker], given.travel_us[given.speed[picker]]
    for kind in range(len(load)):
        load[kind] = 0
    here = given.start_place[picker]
    begin_us[0] = given.shift_start_us[picker]
    free_us = begin_us[0]
    length_mm = 0
    for at in range(count):
        stop = tour[at]
        there = given.stop_place[stop]
        tours.picker_of[stop] = picker
        tours.at[stop] = at
        length_mm += given.walked_mm[here, there]
        begin_us[at + 1] = max(free_us + travel_us[here, there], given.opens_us[stop])
        free_us = begin_us[at + 1] + given.work_us[stop]
        for kind in range(len(load)):
            load[kind] += given.load[stop, kind]
        here = there
    there = given.end_place[picker]
    begin_us[count + 1] = free_us + (travel_us[here, there] if count else 0)
    tours.length_mm[picker] = length_mm + (given.walked_mm[here, there] if count else 0)
    latest_us[count + 1] = given.shift_end_us[picker]
    holds = begin_us[count + 1] <= latest_us[count + 1]
    for at in range(count - 1, -1, -1):
        stop = tour[at]
        here = given.stop_place[stop]
        leave_us = latest_us[at + 2] - travel_us[here, there]
        latest_us[at + 1] = min(leave_us - given.work_us[stop], given.closes_us[stop])
        holds = holds and begin_us[at + 1] <= latest_us[at + 1]
        there = here
    for kind in range(len(load)):
        holds = holds and load[kind] <= given.load_max[picker, kind]
    tours.holds[picker] = holds
    return holds


@kernel
def insert_cheapest(
    given: PickerInput,
    tours: PickerTours,
    stop: int,
    blink_one_in: int,
    random: NDArray[np.uint64],
) -> int:
    """Find where a stop lengthens the tours least: beside a near stop, in an empty tour, anywhere.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways.
    tours : PickerTours
        Tours that can be walked. They are not changed.
    stop : int64
        In none of them.
    blink_one_in : int64
        One place in so many is overlooked, none with 0.
    random : uint64[1]
        State of the random numbers.

    Returns
    -------
    place : int64
        ``picker * (S + 1) + stops before it``; -1 when there is no place. Of equal ones the first
        found. O(N + K), and O(S + K) where neither near stops nor empty tours have a place.
    """
    width = len(given.stop_place) + 1
    best, best_mm = NONE, FAR_MM
    for row in range(min(_NEAR_TRIED, given.near.shape[1])):
        picker = tours.picker_of[given.near[stop, row]]
        if picker == NONE:
            continue
        first = tours.at[given.near[stop, row]]
        for at in range(first, first + 2):
            more_mm = _longer_by_mm(given, tours, stop, picker, at, best_mm)
            if more_mm < best_mm and not _blinks(blink_one_in, random):
                best, best_mm = picker * width + at, more_mm
    for picker in range(len(tours.stop_count)):
        kind = given.kind[picker]
        if tours.stop_count[picker] == 0 and tours.tried_kind[kind] != stop:
            tours.tried_kind[kind] = stop
            more_mm = _longer_by_mm(given, tours, stop, picker, 0, best_mm)
            if more_mm < best_mm:
                best, best_mm = picker * width, more_mm
    for picker in range(len(tours.stop_count)):
        tours.tried_kind[given.kind[picker]] = NONE
    if best != NONE:
        return best
    for picker in range(len(tours.stop_count)):
        for at in range(tours.stop_count[picker] + 1):
            more_mm = _longer_by_mm(given, tours, stop, picker, at, best_mm)
            if more_mm < best_mm:
                best, best_mm = picker * width + at, more_mm
    return best


@step
def _blinks(one_in: int, random: NDArray[np.uint64]) -> bool:
    return one_in > 0 and random_below(random, one_in) == 0


@kernel
def _longer_by_mm(
    given: PickerInput, tours: PickerTours, stop: int, picker: int, at: int, best_mm: int
) -> int:
    """Give by how much a stop lengthens a tour, `FAR_MM` if it does not fit or others are better.

    ``at`` stops are before it.
    """
    count, tour = tours.stop_count[picker], tours.tour[picker]
    place = given.stop_place[stop]
    before = given.stop_place[tour[at - 1]] if at else given.start_place[picker]
    after = given.stop_place[tour[at]] if at < count else given.end_place[picker]
    more_mm = given.walked_mm[before, place] + given.walked_mm[place, after]
    if count:
        more_mm -= given.walked_mm[before, after]
    if more_mm >= best_mm:
        return FAR_MM
    for kind in range(given.load.shape[1]):
        if tours.load[picker, kind] + given.load[stop, kind] > given.load_max[picker, kind]:
            return FAR_MM
    travel_us = given.travel_us[given.speed[picker]]
    free_us = tours.begin_us[picker, at] + (given.work_us[tour[at - 1]] if at else 0)
    begin_us = max(free_us + travel_us[before, place], given.opens_us[stop])
    next_us = begin_us + given.work_us[stop] + travel_us[place, after]
    if begin_us > given.closes_us[stop] or next_us > tours.latest_us[picker, at + 1]:
        return FAR_MM
    return more_mm


@kernel
def put_in(given: PickerInput, tours: PickerTours, stop: int, place: int) -> None:
    """Put a stop into a tour and measure it anew.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways.
    tours : PickerTours
        Changed in place.
    stop : int64
        In none of them.
    place : int64
        As `insert_cheapest` gave it.
    """
    width = len(given.stop_place) + 1
    picker, at = place // width, place % width
    tour = tours.tour[picker]
    for other in range(tours.stop_count[picker], at, -1):
        tour[other] = tour[other - 1]
    tour[at] = stop
    tours.stop_count[picker] += 1
    refresh_tour(given, tours, picker)


@long_kernel
def fill_tours(
    given: PickerInput,
    tours: PickerTours,
    order: NDArray[np.int32],
    random: NDArray[np.uint64],
) -> int:
    """Put stops one after another where they lengthen the tours least.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways.
    tours : PickerTours
        Tours that can be walked and are measured. Changed in place.
    order : int32[M]
        Stops in the order in which they are put in; those that are in a tour are passed over.
    random : uint64[1]
        State of the random numbers; none is drawn.

    Returns
    -------
    absent_count : int64
        Stops of `order` for which there was no place.
    """
    absent_count = 0
    for row in range(len(order)):
        stop = order[row]
        if tours.picker_of[stop] != NONE:
            continue
        place = insert_cheapest(given, tours, stop, 0, random)
        if place == NONE:
            absent_count += 1
        else:
            put_in(given, tours, stop, place)
    return absent_count
