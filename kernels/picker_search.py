"""Shorten the tours of several pickers: take strings of stops out, put them back, anneal.

Each iteration takes strings of stops near one another out of neighbouring tours and puts every
absent stop back where it lengthens the tours least, in an order drawn anew, now and then
overlooking a place. Fewer absent stops always win; of equal many the length decides, by simulated
annealing. Source: Christiaens and Vanden Berghe, "Slack induction by string removals",
Transportation Science 54, 2020.

Shapes as in `picker_tours`; R orders in which stops are put back.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .columns import NONE
from .compiled import kernel, long_kernel
from .picker_tours import PickerInput, PickerTours, insert_cheapest, put_in, refresh_tour
from .random_bits import random_below, random_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRING_STOPS_MAX = 10
_TAKEN_STOPS_MEAN = 10
_BLINK_ONE_IN = 100
_KEEP_MIDDLE_ONE_IN = 2
_LONGER_MIDDLE = 0.99

LENGTH = 0
"""Row of `PickerSearch.number`: length of the current tours."""
ABSENT = 1
"""Stops that are in no tour."""
BEST_LENGTH = 2
"""Length of the best tours."""
BEST_ABSENT = 3
"""Stops that are in none of those."""
TOUCHED = 4
"""Tours changed in this iteration."""
KEPT_ABSENT = 5
"""Absent stops before it."""
NUMBER_COUNT = 6


class PickerSearch(NamedTuple):
    """State of a search beside its tours.

    Attributes
    ----------
    rank : int64[R, S]
        Places of the stops in orders of which one is drawn for each iteration; stops with less go
        first. A row of -1 stands for a random order.
    absent, kept_absent : int32[S]
        Stops in no tour, now and before the iteration.
    touched : int32[K]
        Tours changed in this iteration.
    is_touched : bool[K]
        Which ones they are.
    kept_tour, best_tour : int32[K, S]
        Touched tours as they were, and the best tours.
    kept_count, best_count : int64[K]
        Their numbers of stops.
    key : int64[S]
        Scratch.
    number : int64[NUMBER_COUNT]
        The rows named in this module.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    """

    rank: NDArray[np.int64]
    absent: NDArray[np.int32]
    kept_absent: NDArray[np.int32]
    touched: NDArray[np.int32]
    is_touched: NDArray[np.bool_]
    kept_tour: NDArray[np.int32]
    best_tour: NDArray[np.int32]
    kept_count: NDArray[np.int64]
    best_count: NDArray[np.int64]
    key: NDArray[np.int64]
    number: NDArray[np.int64]
    random: NDArray[np.uint64]


@long_kernel
def begin_picker_search(given: PickerInput, tours: PickerTours, search: PickerSearch) -> None:
    """Make the tours given the current and the best ones.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways.
    tours : PickerTours
        Tours that can be walked and are measured.
    search : PickerSearch
        All but `rank` and `random` is set here.
    """
    number = search.number
    number[LENGTH] = number[ABSENT] = number[TOUCHED] = 0
    for picker in range(len(tours.stop_count)):
        number[LENGTH] += tours.length_mm[picker]
        search.is_touched[picker] = False
    for stop in range(len(given.stop_place)):
        if tours.picker_of[stop] == NONE:
            search.absent[number[ABSENT]] = stop
            number[ABSENT] += 1
    _keep_best(tours, search)


@long_kernel
def search_pickers(
    given: PickerInput,
    tours: PickerTours,
    search: PickerSearch,
    iterations: int,
    hot_mm: float,
    cold_mm: float,
) -> None:
    """Go on with a search.

    Parameters
    ----------
    given : PickerInput
        Stops, pickers and ways, at least one stop.
    tours : PickerTours
        The current tours, at least one stop in them.
    search : PickerSearch
        As `begin_picker_search` or this kernel left it.
    iterations : int64
        Iterations to do.
    hot_mm, cold_mm : float64
        Temperature at the first and the last of them, above 0: lengths by which tours may
        grow.
    """
    number = search.number
    for iteration in range(iterations):
        number[TOUCHED] = 0
        number[KEPT_ABSENT] = number[ABSENT]
        for row in range(number[ABSENT]):
            search.kept_absent[row] = search.absent[row]
        before_mm, before_absent = number[LENGTH], number[ABSENT]
        _take_strings_out(given, tours, search)
        _order_absent(search)
        _put_back(given, tours, search)
        warmth = hot_mm * (cold_mm / hot_mm) ** (iteration / iterations)
        longer_mm = -math.log(1.0 - random_unit(search.random)) * warmth
        fewer = number[ABSENT] < before_absent
        same = number[ABSENT] == before_absent
        is_taken = fewer or (same and number[LENGTH] < before_mm + longer_mm)
        if is_taken and _touched_hold(tours, search):
            if number[ABSENT] < number[BEST_ABSENT] or (
                number[ABSENT] == number[BEST_ABSENT] and number[LENGTH] < number[BEST_LENGTH]
            ):
                _keep_best(tours, search)
        else:
            _restore(given, tours, search)
        for row in range(number[TOUCHED]):
            search.is_touched[search.touched[row]] = False


@kernel
def _keep_best(tours: PickerTours, search: PickerSearch) -> None:
    search.number[BEST_LENGTH] = search.number[LENGTH]
    search.number[BEST_ABSENT] = search.number[ABSENT]
    for picker in range(len(tours.stop_count)):
        search.best_count[picker] = tours.stop_count[picker]
        for at in range(tours.stop_count[picker]):
            search.best_tour[picker, at] = tours.tour[picker, at]


@kernel
def _restore(given: PickerInput, tours: PickerTours, search: PickerSearch) -> None:
    """Undo the iteration."""
    number = search.number
    for row in range(number[TOUCHED]):
        picker = search.touched[row]
        number[LENGTH] -= tours.length_mm[picker]
        for at in range(tours.stop_count[picker]):
            tours.picker_of[tours.tour[picker, at]] = NONE
    for row in range(number[TOUCHED]):
        picker = search.touched[row]
        tours.stop_count[picker] = search.kept_count[picker]
        for at in range(tours.stop_count[picker]):
            tours.tour[picker, at] = search.kept_tour[picker, at]
        refresh_tour(given, tours, picker)
        number[LENGTH] += tours.length_mm[picker]
    number[ABSENT] = number[KEPT_ABSENT]
    for row in range(number[ABSENT]):
        search.absent[row] = search.kept_absent[row]


@kernel
def _touched_hold(tours: PickerTours, search: PickerSearch) -> bool:
    """Tell whether all changed tours can be walked.

    Where a way is longer than the one through a third place, as with rounded ways, a tour can take
    longer after a stop has left it.
    """
    hold = True
    for row in range(search.number[TOUCHED]):
        hold = hold and tours.holds[search.touched[row]]
    return hold


@kernel
def _touch(tours: PickerTours, search: PickerSearch, picker: int) -> None:
    """Note a tour as it is, once in an iteration."""
    if search.is_touched[picker]:
        return
    search.is_touched[picker] = True
    search.touched[search.number[TOUCHED]] = picker
    search.number[TOUCHED] += 1
    search.kept_count[picker] = tours.stop_count[picker]
    for at in range(tours.stop_count[picker]):
        search.kept_tour[picker, at] = tours.tour[picker, at]


@kernel
def _take_strings_out(given: PickerInput, tours: PickerTours, search: PickerSearch) -> None:
    """Take a string of stops out of each of some tours near a random stop."""
    stops_in = len(given.stop_place) - search.number[ABSENT]
    used = 0
    for picker in range(len(tours.stop_count)):
        used += tours.stop_count[picker] > 0
    if used == 0:
        return
    string_max = min(float(_STRING_STOPS_MAX), stops_in / used)
    strings_max = 4.0 * _TAKEN_STOPS_MEAN / (1.0 + string_max) - 1.0
    strings = int(random_unit(search.random) * strings_max + 1.0)
    seed = random_below(search.random, len(given.stop_place))
    for row in range(-1, given.near.shape[1]):
        stop = given.near[seed, row] if row >= 0 else seed
        picker = tours.picker_of[stop]
        if picker == NONE or search.is_touched[picker]:
            continue
        longest = min(float(tours.stop_count[picker]), string_max)
        _touch(tours, search, picker)
        _take_string_out(given, tours, search, stop, int(random_unit(search.random) * longest + 1))
        strings -= 1
        if strings <= 0:
            return


@kernel
def _take_string_out(
    given: PickerInput, tours: PickerTours, search: PickerSearch, stop: int, length: int
) -> None:
    """Take so many stops around one out of its tour, perhaps sparing some in the middle."""
    picker = tours.picker_of[stop]
    tour, count = tours.tour[picker], tours.stop_count[picker]
    length = min(length, count)
    spared = 0
    if length > 1 and random_below(search.random, _KEEP_MIDDLE_ONE_IN) == 0:
        spared = 1
        while length + spared < count and random_unit(search.random) > _LONGER_MIDDLE:
            spared += 1
        spared = min(spared, count - length)
    at = tours.at[stop]
    whole = length + spared
    least, most = max(0, at - whole + 1), min(at, count - whole)
    first = least + random_below(search.random, most - least + 1)
    spare_first = first + (random_below(search.random, length + 1) if spared else whole)
    number = search.number
    left = first
    for old in range(first, count):
        in_string = old < first + whole
        is_spared = spare_first <= old < spare_first + spared
        if in_string and not is_spared:
            search.absent[number[ABSENT]] = tour[old]
            number[ABSENT] += 1
            tours.picker_of[tour[old]] = NONE
        else:
            tour[left] = tour[old]
            left += 1
    tours.stop_count[picker] = left
    number[LENGTH] -= tours.length_mm[picker]
    refresh_tour(given, tours, picker)
    number[LENGTH] += tours.length_mm[picker]


@kernel
def _order_absent(search: PickerSearch) -> None:
    """Sort the absent stops by an order drawn for this iteration."""
    row = random_below(search.random, len(search.rank))
    absent, key = search.absent, search.key
    for at in range(search.number[ABSENT]):
        stop = absent[at]
        rank = search.rank[row, stop]
        key[stop] = random_below(search.random, 1 << 30) if rank < 0 else rank
        place = at
        while place > 0 and key[absent[place - 1]] > key[stop]:
            absent[place] = absent[place - 1]
            place -= 1
        absent[place] = stop


@kernel
def _put_back(given: PickerInput, tours: PickerTours, search: PickerSearch) -> None:
    """Put every absent stop where it lengthens the tours least."""
    number = search.number
    count = number[ABSENT]
    number[ABSENT] = 0
    width = len(given.stop_place) + 1
    for row in range(count):
        stop = search.absent[row]
        place = insert_cheapest(given, tours, stop, _BLINK_ONE_IN, search.random)
        if place == NONE:
            search.absent[number[ABSENT]] = stop
            number[ABSENT] += 1
        else:
            picker = place // width
            _touch(tours, search, picker)
            number[LENGTH] -= tours.length_mm[picker]
            put_in(given, tours, stop, place)
            number[LENGTH] += tours.length_mm[picker]
