"""Bound the tours of all covers from below, by a prize for each unit instead of the demand.

The demand of each item is taken out of the conditions: a tour earns the item's prize for each of
its units that it passes, and pays it for each unit demanded (Lagrangian relaxation). What remains
is the dynamic program of `tour_margins` with prizes taken off the costs, where each way to cover a
piece reaches as far as pays. With the best prizes its value is the linear bound of the network
model of Hessler and Irnich (INFORMS Journal on Computing 2024), since that program is a shortest
path. The prizes are improved by steps along the lacking units (Held, Wolfe and Crowder,
"Validation of subgradient optimization", Mathematical Programming 6, 1974). What a relaxed tour
passes is nearly a cover: mended, it is a start for `scattered_search`.

Shapes as there. A step takes O(P + N * C * T). Prizes are reals; nothing else is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import FAR_MM
from .compiled import kernel, long_kernel
from .scattered_search import BEST, CoverSearch, Positions, mend_cover
from .tour_margins import TourNetwork, fill_rests

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUND = 0
"""Row of `Relaxation.number`: best bound so far."""
PACE = 1
"""Length of a step, as a part of the one that would close the gap."""
STALE = 2
"""Steps since the bound last rose."""
NUMBER_COUNT = 3

_STALE_MAX = 12
_PACE_FALL = 0.7
_MEMORY = 0.6
_ENOUGH = 1e-6
"""The bound is as good as the length when it is nearer than this."""


class Relaxation(NamedTuple):
    """Prizes and scratch.

    Attributes
    ----------
    prize : float64[I]
        Prize of a unit of each item, at least 0.
    best_prize : float64[I]
        Those of the best bound.
    heading : float64[I]
        Direction of the steps.
    cost : float64[N, T]
        Cost of each way to cover each piece, prizes taken off.
    reach : int32[N, T]
        Position to which a way reaches: the last one passed from its end; of the way from both
        ends the one before the gap.
    resume : int32[N, T]
        Of the way from both ends the position behind the gap.
    rest : float64[N, C]
        As in `tour_margins`.
    passed : bool[P]
        Positions that the relaxed tour passes.
    number : float64[NUMBER_COUNT]
        The rows named in this module.
    """

    prize: NDArray[np.float64]
    best_prize: NDArray[np.float64]
    heading: NDArray[np.float64]
    cost: NDArray[np.float64]
    reach: NDArray[np.int32]
    resume: NDArray[np.int32]
    rest: NDArray[np.float64]
    passed: NDArray[np.bool_]
    number: NDArray[np.float64]


@long_kernel
def raise_bound(
    network: TourNetwork,
    positions: Positions,
    search: CoverSearch,
    relaxation: Relaxation,
    depot_aisle: int,
    steps: int,
    mend_every: int,
) -> None:
    """Improve the prizes, and try the covers that are found on the way.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    positions : Positions
        Where items lie.
    search : CoverSearch
        Its best cover is improved; its current one is lost.
    relaxation : Relaxation
        Prizes, bound and pace, as they were set or this kernel left them.
    depot_aisle : int64
        Aisle before which no tour ends.
    steps : int64
        Steps to do; fewer when the bound meets the length.
    mend_every : int64
        Every so many steps what the relaxed tour passes is made a cover.
    """
    number = relaxation.number
    for step in range(steps):
        for piece in range(len(relaxation.cost)):
            cost_with_prizes(network, positions, relaxation, piece)
        aisles = len(network.aisle_x_mm)
        fill_rests(network, relaxation.cost, aisles, depot_aisle, relaxation.rest)
        value = _pass(network, positions, relaxation)
        for item in range(len(relaxation.prize)):
            value += relaxation.prize[item] * positions.demand_units[item]
        number[STALE] += 1
        if value > number[BOUND]:
            number[BOUND] = value
            number[STALE] = 0
            for item in range(len(relaxation.prize)):
                relaxation.best_prize[item] = relaxation.prize[item]
        elif number[STALE] > _STALE_MAX:
            number[STALE] = 0
            number[PACE] *= _PACE_FALL
        if step % mend_every == 0:
            mend_cover(network, positions, search, relaxation.passed)
        if number[BOUND] > search.number[BEST] - _ENOUGH:
            return
        _step_prizes(positions, relaxation, search.number[BEST] - value)


@kernel
def cost_with_prizes(
    network: TourNetwork, positions: Positions, relaxation: Relaxation, piece: int
) -> None:
    """Give the least cost of each way to cover a piece, over how far it reaches.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    positions : Positions
        Where items lie.
    relaxation : Relaxation
        Rows of the piece in `cost`, `reach` and `resume` are set.
    piece : int64
        Which.
    """
    block = piece % (len(network.cross_y_mm) - 1)
    front_y = network.cross_y_mm[block]
    back_y = network.cross_y_mm[block + 1]
    first = positions.first_position[piece]
    last = positions.first_position[piece + 1]
    cost = relaxation.cost[piece]
    reach = relaxation.reach[piece]
    total = 0.0
    must = False
    for way in range(3, len(cost)):
        cost[way] = FAR_MM
    before_gap = FAR_MM * 1.0
    before = first
    for position in range(first, last):
        y = positions.y_mm[position]
        if position > first and before_gap - 2 * y + total < cost[5]:
            cost[5] = before_gap - 2 * y + total
            reach[5] = before
            relaxation.resume[piece, 5] = position
        total += _prize(positions, relaxation, position)
        if positions.must[position]:
            must = True
            cost[4] = before_gap = FAR_MM
        if 2 * (y - front_y) - total < cost[4]:
            cost[4] = 2 * (y - front_y) - total
            reach[4] = position
        if 2 * y - total < before_gap:
            before_gap = 2 * y - total
            before = position
    if cost[5] < FAR_MM:
        cost[5] += 2 * (back_y - front_y) - total
    behind = 0.0
    for position in range(last - 1, first - 1, -1):
        behind += _prize(positions, relaxation, position)
        if positions.must[position]:
            cost[3] = FAR_MM
        if 2 * (back_y - positions.y_mm[position]) - behind < cost[3]:
            cost[3] = 2 * (back_y - positions.y_mm[position]) - behind
            reach[3] = position
    cost[0] = FAR_MM if must else 0
    cost[1] = back_y - front_y - total
    cost[2] = 2 * (back_y - front_y) - total


@kernel
def _prize(positions: Positions, relaxation: Relaxation, position: int) -> float:
    item = positions.item[position]
    return relaxation.prize[item] * positions.units[position] if item >= 0 else 0.0


@kernel
def _pass(network: TourNetwork, positions: Positions, relaxation: Relaxation) -> float:
    """Follow the shortest relaxed tour, mark what it passes, give its cost."""
    blocks = len(network.cross_y_mm) - 1
    ways = relaxation.cost.shape[1]
    for position in range(len(relaxation.passed)):
        relaxation.passed[position] = False
    state = np.int64(network.empty)
    value = 0.0
    for piece in range(len(relaxation.cost)):
        rest = relaxation.rest[piece]
        best_way = best_after = 0
        least = FAR_MM * 1.0
        for way in range(ways):
            cost = relaxation.cost[piece, way]
            row = (piece % blocks) * ways + way
            for move in range(network.first_move[row], network.first_move[row + 1]):
                if network.before[move] == state and cost + rest[network.after[move]] < least:
                    best_way = way
                    best_after = np.int64(network.after[move])
                    least = cost + rest[best_after]
        if piece == 0:
            value = least
        _mark(positions, relaxation, piece, best_way)
        state = best_after
        if piece % blocks == blocks - 1:
            if rest[state] == 0 and network.complete[state]:
                break
            for drop in range(len(network.drop_from)):
                if network.drop_from[drop] == state and rest[network.drop_to[drop]] == rest[state]:
                    state = np.int64(network.drop_to[drop])
    return value


@kernel
def _mark(positions: Positions, relaxation: Relaxation, piece: int, way: int) -> None:
    """Mark what a way to cover a piece passes."""
    if way == 0:
        return
    reach = relaxation.reach[piece, way]
    for position in range(positions.first_position[piece], positions.first_position[piece + 1]):
        relaxation.passed[position] = (
            way < 3
            or (way == 3 and position >= reach)
            or (way == 4 and position <= reach)
            or (way == 5 and (position <= reach or position >= relaxation.resume[piece, way]))
        )


@kernel
def _step_prizes(positions: Positions, relaxation: Relaxation, gap: float) -> None:
    """Raise the prizes of what lacks, lower those of what is passed too often."""
    norm, lacking_norm = 0.0, 0.0
    for item in range(len(relaxation.prize)):
        lacking = float(positions.demand_units[item])
        for entry in range(positions.first_entry[item], positions.first_entry[item + 1]):
            position = positions.entry[entry]
            if relaxation.passed[position]:
                lacking -= positions.units[position]
        if lacking < 0 and relaxation.prize[item] == 0:
            lacking = 0.0
        relaxation.heading[item] = _MEMORY * relaxation.heading[item] + lacking
        norm += relaxation.heading[item] * relaxation.heading[item]
        lacking_norm += lacking * lacking
    # Where nothing lacks, no prizes bound better. A heading that old rounds have left or nearly
    # cancelled is no measure of a stride: prizes grew until their sums were all rounding.
    if lacking_norm == 0:
        return
    stride = relaxation.number[PACE] * gap / max(norm, lacking_norm)
    for item in range(len(relaxation.prize)):
        prize = relaxation.prize[item] + stride * relaxation.heading[item]
        relaxation.prize[item] = max(prize, 0.0)
