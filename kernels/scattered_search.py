"""Choose positions and tour together: ruin and recreate over the exact length of the tour.

An item lies in several *positions*; a *cover* is a set of positions that holds at least the
demanded units of every item. Sought is the cover with the shortest closed tour through it. The
state of the search is a cover; its length is exact, by the dynamic program of `tour_margins`. Each
iteration takes some positions out (of random items, of neighbouring pieces of aisles, or in favour
of one random position), puts each lacking item back where the tour grows least per unit it needs,
drops what became superfluous, and keeps the result by simulated annealing (sources: Schrimpf et
al., "Record breaking optimization results using the ruin and recreate principle", Journal of
Computational Physics 159, 2000; for blinks, Christiaens and Vanden Berghe, "Slack induction by
string removals", Transportation Science 54, 2020; for the problem, Hessler and Irnich, INFORMS
Journal on Computing 2024).

Shapes: P positions, sorted by piece and place, the depot among them; I items; N pieces; T ways to
cover a piece. An iteration takes O(N * C * T) for C classes, a few times over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel
from .random_bits import random_below, random_unit
from .tour_margins import TourNetwork, fill_beginnings, fill_margins, fill_rests

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RUIN_ITEMS_MAX = 6
_RUIN_PIECES_MAX = 3
_BLINK_ONE_IN = 24
_HOTTER = 4.0
_NONE = -1

CHANGES = 0
"""Row of `CoverSearch.number`: how often a piece was changed."""
FIRST_CHANGED = 1
"""First aisle changed since beginnings and rests were filled."""
LAST_CHANGED = 2
"""Last such aisle."""
LENGTH = 3
"""Length of the current cover's tour."""
BEST = 4
"""Length of the best one's."""
ITERATION = 5
"""Iterations done."""
NUMBER_COUNT = 6


class Positions(NamedTuple):
    """Where items lie, as the kernels take it.

    Attributes
    ----------
    piece : int32[P]
        Piece of an aisle, ascending.
    y_mm : int64[P]
        Place along the aisle, ascending within a piece.
    item : int32[P]
        Item, -1 for a place to be passed without one.
    units : int64[P]
        Units there, at most the demand; positive where there is an item.
    must : bool[P]
        Whether every cover has it.
    first_position : int64[N + 1]
        First position of each piece, and P.
    first_entry : int64[I + 1]
        First entry of each item in `entry`, and their number.
    entry : int32[E]
        Positions of the items, item after item.
    demand_units : int64[I]
        Units to be covered, no more than there are.
    """

    piece: NDArray[np.int32]
    y_mm: NDArray[np.int64]
    item: NDArray[np.int32]
    units: NDArray[np.int64]
    must: NDArray[np.bool_]
    first_position: NDArray[np.int64]
    first_entry: NDArray[np.int64]
    entry: NDArray[np.int32]
    demand_units: NDArray[np.int64]


class CoverSearch(NamedTuple):
    """State of a search, its scratch and its best cover.

    Attributes
    ----------
    chosen, kept, best : bool[P]
        The cover at work, the current and the best one. At the start the first two hold the
        positions that must be taken and perhaps others.
    have_units : int64[I]
        Units of each item that `chosen` holds.
    cost : int64[N, T]
        Cost of each way to cover each piece.
    beginning, rest : int64[N, C]
        As in `tour_margins`.
    margin : int64[N, T]
        As there, where `margin_at` says that they are up to date.
    margin_at : int64[N]
        Value of CHANGES when the margins of a piece were filled.
    trial : int64[T]
        Scratch.
    order : int32[I]
        Scratch: items in the order in which they are put back.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    number : int64[NUMBER_COUNT]
        The rows named in this module.
    """

    chosen: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    best: NDArray[np.bool_]
    have_units: NDArray[np.int64]
    cost: NDArray[np.int64]
    beginning: NDArray[np.int64]
    rest: NDArray[np.int64]
    margin: NDArray[np.int64]
    margin_at: NDArray[np.int64]
    trial: NDArray[np.int64]
    order: NDArray[np.int32]
    random: NDArray[np.uint64]
    number: NDArray[np.int64]


@long_kernel
def begin_cover_search(network: TourNetwork, positions: Positions, search: CoverSearch) -> None:
    """Complete `chosen` to a cover, greedily, and make it the current and the best one.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    positions : Positions
        Where items lie.
    search : CoverSearch
        All but `chosen` and `random` is set here.
    """
    number = search.number
    for item in range(len(search.have_units)):
        search.have_units[item] = 0
        search.order[item] = item
    for position in range(len(positions.piece)):
        if search.chosen[position] and positions.item[position] >= 0:
            search.have_units[positions.item[position]] += positions.units[position]
    for piece in range(len(search.cost)):
        _piece_cost(network, positions, search.chosen, piece, _NONE, search.cost[piece])
        search.margin_at[piece] = -1
    for row in range(NUMBER_COUNT):
        number[row] = 0
    number[LAST_CHANGED] = len(network.aisle_x_mm)
    _recreate(network, positions, search, 0)
    _prune(network, positions, search)
    _copy(search.chosen, search.kept)
    _copy(search.chosen, search.best)
    number[LENGTH] = _length(network, search)
    number[BEST] = number[LENGTH]


@long_kernel
def search_covers(
    network: TourNetwork,
    positions: Positions,
    search: CoverSearch,
    iterations: int,
    cycle: int,
    heat: float,
) -> None:
    """Go on with a search.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    positions : Positions
        Where items lie.
    search : CoverSearch
        As `begin_cover_search` or this kernel left it. Two searches with the same random state and
        the same sum of iterations end alike, in however many calls.
    iterations : int64
        Iterations to do.
    cycle : int64
        Iterations in which the annealing cools down; then it begins anew from the best cover.
    heat : float64
        Temperature at the start of a cycle, as a part of the best length; every other cycle is
        hotter and leaves the best cover far behind.
    """
    number = search.number
    for _ in range(iterations):
        phase = number[ITERATION] % cycle
        if phase == 0:
            _copy(search.best, search.kept)
            number[LENGTH] = number[BEST]
            _restore(network, positions, search)
        hot = number[ITERATION] // cycle % 2 == 1
        number[ITERATION] += 1
        _ruin(network, positions, search)
        _recreate(network, positions, search, _BLINK_ONE_IN)
        _prune(network, positions, search)
        length = _length(network, search)
        warmth = (_HOTTER if hot else 1.0) * heat * number[BEST] * (1.0 - phase / cycle)
        worse_max = -math.log(1.0 - random_unit(search.random)) * warmth
        if length <= number[LENGTH] + worse_max:
            _keep(search, length)
        else:
            _restore(network, positions, search)


@kernel
def mend_cover(
    network: TourNetwork,
    positions: Positions,
    search: CoverSearch,
    passed: NDArray[np.bool_],
) -> None:
    """Make a cover of nearly one, and keep it if it is the best so far.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    positions : Positions
        Where items lie.
    search : CoverSearch
        Its current cover becomes this one.
    passed : bool[P]
        Positions to begin with.
    """
    for position in range(len(passed)):
        if positions.item[position] >= 0 and search.chosen[position] != (
            passed[position] or positions.must[position]
        ):
            _flip(network, positions, search, position)
    _recreate(network, positions, search, 0)
    _prune(network, positions, search)
    _keep(search, _length(network, search))


@kernel
def _keep(search: CoverSearch, length: int) -> None:
    """Make the cover at work the current one, and the best one if it is shorter."""
    _copy(search.chosen, search.kept)
    search.number[LENGTH] = length
    if length < search.number[BEST]:
        search.number[BEST] = length
        _copy(search.chosen, search.best)


@kernel
def _copy(source: NDArray[np.bool_], target: NDArray[np.bool_]) -> None:
    for position in range(len(source)):
        target[position] = source[position]


@kernel
def _piece_cost(
    network: TourNetwork,
    positions: Positions,
    chosen: NDArray[np.bool_],
    piece: int,
    flipped: int,
    cost: NDArray[np.int64],
) -> None:
    """Give the cost of each way to cover a piece, with one position in or out."""
    block = piece % (len(network.cross_y_mm) - 1)
    front_y = network.cross_y_mm[block]
    back_y = network.cross_y_mm[block + 1]
    through = back_y - front_y
    first_y = back_y
    last_y = front_y - 1
    gap = np.int64(0)
    for position in range(positions.first_position[piece], positions.first_position[piece + 1]):
        if chosen[position] == (position == flipped):
            continue
        y = positions.y_mm[position]
        if last_y < front_y:
            first_y = y
        else:
            gap = max(gap, y - last_y)
        last_y = y
    cost[1] = through
    cost[2] = 2 * through
    if last_y < front_y:
        cost[0] = 0
        cost[3] = cost[4] = cost[5] = FAR_MM
    else:
        cost[0] = FAR_MM
        cost[3] = 2 * (back_y - first_y)
        cost[4] = 2 * (last_y - front_y)
        cost[5] = 2 * (through - gap)


@kernel
def _flip(network: TourNetwork, positions: Positions, search: CoverSearch, position: int) -> None:
    """Put a position in or out."""
    inside = not search.chosen[position]
    search.chosen[position] = inside
    units = positions.units[position]
    search.have_units[positions.item[position]] += units if inside else -units
    piece = positions.piece[position]
    _piece_cost(network, positions, search.chosen, piece, _NONE, search.cost[piece])
    number = search.number
    aisle = piece // (len(network.cross_y_mm) - 1)
    number[CHANGES] += 1
    number[FIRST_CHANGED] = min(number[FIRST_CHANGED], aisle)
    number[LAST_CHANGED] = max(number[LAST_CHANGED], aisle)


@kernel
def _refresh(network: TourNetwork, search: CoverSearch) -> None:
    """Bring beginnings and rests up to date."""
    number = search.number
    if number[LAST_CHANGED] < 0:
        return
    last_piece = len(search.cost) - 1
    while search.cost[last_piece, 0] == 0:
        last_piece -= 1
    last_needed = last_piece // (len(network.cross_y_mm) - 1)
    fill_beginnings(network, search.cost, number[FIRST_CHANGED], search.beginning)
    fill_rests(network, search.cost, number[LAST_CHANGED], last_needed, search.rest)
    number[FIRST_CHANGED] = len(network.aisle_x_mm)
    number[LAST_CHANGED] = -1


@kernel
def _length_with(
    network: TourNetwork, positions: Positions, search: CoverSearch, position: int
) -> int:
    """Give the length of the tour when a position is put in or out."""
    piece = positions.piece[position]
    margin = search.margin[piece]
    if search.margin_at[piece] != search.number[CHANGES]:
        fill_margins(network, piece, search.beginning, search.rest, margin)
        search.margin_at[piece] = search.number[CHANGES]
    _piece_cost(network, positions, search.chosen, piece, position, search.trial)
    length = FAR_MM
    for way in range(len(margin)):
        length = min(length, margin[way] + search.trial[way])
    return length


@kernel
def _length(network: TourNetwork, search: CoverSearch) -> int:
    """Give the length of the tour."""
    _refresh(network, search)
    fill_margins(network, 0, search.beginning, search.rest, search.trial)
    length = FAR_MM
    for way in range(len(search.trial)):
        length = min(length, search.trial[way] + search.cost[0, way])
    return length


@kernel
def _ruin(network: TourNetwork, positions: Positions, search: CoverSearch) -> None:
    """Take some positions out, and perhaps one in."""
    items = len(positions.demand_units)
    kind = random_below(search.random, 3)
    if kind > 0:
        position = positions.entry[random_below(search.random, len(positions.entry))]
        while kind == 1 and not search.chosen[position]:
            position = positions.entry[random_below(search.random, len(positions.entry))]
        count = 1 + random_below(search.random, _RUIN_PIECES_MAX)
        first = max(positions.piece[position] - random_below(search.random, count), 0)
        last = min(first + count, len(search.cost))
        for other in range(positions.first_position[first], positions.first_position[last]):
            if search.chosen[other] and not positions.must[other]:
                _flip(network, positions, search, other)
        if kind == 2:
            _take_out(network, positions, search, positions.item[position])
            if not search.chosen[position]:
                _flip(network, positions, search, position)
            return
    for _ in range(1 + random_below(search.random, min(items, _RUIN_ITEMS_MAX))):
        _take_out(network, positions, search, random_below(search.random, items))


@kernel
def _take_out(network: TourNetwork, positions: Positions, search: CoverSearch, item: int) -> None:
    """Take all positions of an item out that need not be in."""
    for entry in range(positions.first_entry[item], positions.first_entry[item + 1]):
        position = positions.entry[entry]
        if search.chosen[position] and not positions.must[position]:
            _flip(network, positions, search, position)


@kernel
def _recreate(
    network: TourNetwork, positions: Positions, search: CoverSearch, blink_one_in: int
) -> None:
    """Put positions in until nothing lacks, items in random order.

    Each time it takes the position where the tour grows least for each unit that lacks. Now and
    then a position is overlooked, so that ties and near ties fall differently.
    """
    items = len(positions.demand_units)
    for row in range(items - 1, 0, -1):
        other = random_below(search.random, row + 1)
        search.order[row], search.order[other] = search.order[other], search.order[row]
    for row in range(items):
        item = search.order[row]
        lacking = positions.demand_units[item] - search.have_units[item]
        while lacking > 0:
            _refresh(network, search)
            length_now = _length(network, search)
            best = _NONE
            best_growth = best_units = np.int64(1)
            for entry in range(positions.first_entry[item], positions.first_entry[item + 1]):
                position = positions.entry[entry]
                if search.chosen[position]:
                    continue
                if best >= 0 and blink_one_in and random_below(search.random, blink_one_in) == 0:
                    continue
                growth = _length_with(network, positions, search, position) - length_now + 1
                units = min(positions.units[position], lacking)
                if best < 0 or growth * best_units < best_growth * units:
                    best = position
                    best_growth = growth
                    best_units = units
            _flip(network, positions, search, best)
            lacking = positions.demand_units[item] - search.have_units[item]


@kernel
def _prune(network: TourNetwork, positions: Positions, search: CoverSearch) -> None:
    """Take superfluous positions out, each time the one that shortens the tour most."""
    for item in range(len(positions.demand_units)):
        while True:
            spare = search.have_units[item] - positions.demand_units[item]
            best = _NONE
            shortest = FAR_MM
            for entry in range(positions.first_entry[item], positions.first_entry[item + 1]):
                position = positions.entry[entry]
                if (
                    search.chosen[position]
                    and positions.units[position] <= spare
                    and not positions.must[position]
                ):
                    _refresh(network, search)
                    length = _length_with(network, positions, search, position)
                    if length < shortest:
                        shortest = length
                        best = position
            if best < 0:
                break
            _flip(network, positions, search, best)


@kernel
def _restore(network: TourNetwork, positions: Positions, search: CoverSearch) -> None:
    """Go back to the current cover."""
    for position in range(len(positions.piece)):
        if search.chosen[position] != search.kept[position]:
            _flip(network, positions, search, position)
