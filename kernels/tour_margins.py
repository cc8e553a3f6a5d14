"""Shortest closed tours by pieces, with what each way to cover a piece would cost the whole tour.

The classes of partial tours are those of `tour_blocks`. ``G`` aisles are cut by ``B + 1``
cross-aisles into ``N = G * B`` pieces, aisle after aisle, block after block within an aisle. Where
`tour_blocks` keeps the best way into each class, here are kept the shortest beginning before each
piece, by class, and the shortest rest behind it. With both, the length of the tour with another
way to cover one piece is a sum: *margin* of that way plus its cost. A search that changes one
piece at a time tries a change in a few nanoseconds.

Costs may be whole millimetres, or reals with prizes taken off (a relaxation): the element type of
the arrays decides. Called by scattered storage. Sizes are stated once here: C classes, T ways to
cover a piece (the closed ones of `tour_blocks.CHOICES`). O(N * C * T) for all pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .columns import FAR_MM
from .compiled import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TourNetwork(NamedTuple):
    """Floor and classes, as the kernels take them.

    Attributes
    ----------
    aisle_x_mm : int64[G]
        Place of each aisle along the cross-aisles, ascending.
    cross_y_mm : int64[B + 1]
        Place of each cross-aisle along the aisles, ascending.
    before, after : int16[M]
        Class before and after each move, the moves sorted by block and way.
    first_move : int64[B * T + 1]
        First move of each way in each block, and M.
    drop_from, drop_to : int16[D]
        Class before and after the tour stops going on at a crossing, the former ascending.
    across_weight : int64[C]
        Edges to the next aisle.
    complete : bool[C]
        Whether this is a whole tour.
    empty : int64
        The class of nothing.
    """

    aisle_x_mm: NDArray[np.int64]
    cross_y_mm: NDArray[np.int64]
    before: NDArray[np.int16]
    after: NDArray[np.int16]
    first_move: NDArray[np.int64]
    drop_from: NDArray[np.int16]
    drop_to: NDArray[np.int16]
    across_weight: NDArray[np.int64]
    complete: NDArray[np.bool_]
    empty: int


@kernel
def fill_beginnings(
    network: TourNetwork, cost: NDArray[np.int64], first_aisle: int, beginning: NDArray[np.int64]
) -> None:
    """Give the shortest beginning of a tour before each piece, by class.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    cost : int64 or float64[N, T]
        Cost of each way to cover each piece, `FAR_MM` where it is not possible.
    first_aisle : int64
        Beginnings up to the first piece of this aisle are up to date; 0 for none.
    beginning : int64 or float64[N, C]
        Updated for the pieces behind that one.
    """
    blocks = len(network.cross_y_mm) - 1
    ways = cost.shape[1]
    classes = len(network.complete)
    if first_aisle == 0:
        for state in range(classes):
            beginning[0, state] = FAR_MM
        beginning[0, network.empty] = 0
    for piece in range(first_aisle * blocks, len(cost) - 1):
        block = piece % blocks
        now = beginning[piece]
        then = beginning[piece + 1]
        for state in range(classes):
            then[state] = FAR_MM
        for way in range(ways):
            added = cost[piece, way]
            if added >= FAR_MM:
                continue
            row = block * ways + way
            for move in range(network.first_move[row], network.first_move[row + 1]):
                total = now[network.before[move]] + added
                to = network.after[move]
                then[to] = min(then[to], total)
        if block == blocks - 1:
            for drop in range(len(network.drop_from)):
                to = network.drop_to[drop]
                then[to] = min(then[to], then[network.drop_from[drop]])
            aisle = piece // blocks
            over = network.aisle_x_mm[aisle + 1] - network.aisle_x_mm[aisle]
            for state in range(classes):
                then[state] += over * network.across_weight[state]


@kernel
def fill_rests(
    network: TourNetwork,
    cost: NDArray[np.int64],
    last_aisle: int,
    last_needed: int,
    rest: NDArray[np.int64],
) -> None:
    """Give the shortest rest of a tour behind each piece, by class.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    cost : int64 or float64[N, T]
        As for `fill_beginnings`.
    last_aisle : int64
        Rests from the last piece of this aisle on are up to date; G for none.
    last_needed : int64
        Aisle before which no tour can end.
    rest : int64 or float64[N, C]
        Updated for the pieces before that one.
    """
    blocks = len(network.cross_y_mm) - 1
    ways = cost.shape[1]
    classes = len(network.complete)
    aisles = len(network.aisle_x_mm)
    last_piece = len(cost) - 1 if last_aisle == aisles else (last_aisle + 1) * blocks - 2
    for piece in range(last_piece, -1, -1):
        block = piece % blocks
        aisle = piece // blocks
        here = rest[piece]
        for state in range(classes):
            here[state] = FAR_MM
        if piece + 1 < len(cost):
            behind = rest[piece + 1]
            next_block = (piece + 1) % blocks
            for way in range(ways):
                added = cost[piece + 1, way]
                if added >= FAR_MM:
                    continue
                row = next_block * ways + way
                for move in range(network.first_move[row], network.first_move[row + 1]):
                    total = behind[network.after[move]] + added
                    start = network.before[move]
                    here[start] = min(here[start], total)
        if block == blocks - 1:
            if aisle + 1 < aisles:
                over = network.aisle_x_mm[aisle + 1] - network.aisle_x_mm[aisle]
                for state in range(classes):
                    here[state] += over * network.across_weight[state]
                for drop in range(len(network.drop_from) - 1, -1, -1):
                    start = network.drop_from[drop]
                    here[start] = min(here[start], here[network.drop_to[drop]])
            if aisle >= last_needed:
                for state in range(classes):
                    if network.complete[state]:
                        here[state] = min(here[state], 0)


@kernel
def fill_margins(
    network: TourNetwork,
    piece: int,
    beginning: NDArray[np.int64],
    rest: NDArray[np.int64],
    margin: NDArray[np.int64],
) -> None:
    """Give the shortest tour without the cost of one piece, for each way to cover that piece.

    Parameters
    ----------
    network : TourNetwork
        Floor and classes.
    piece : int64
        Whose margins are wanted.
    beginning, rest : int64 or float64[N, C]
        As filled by `fill_beginnings` and `fill_rests`.
    margin : int64 or float64[T]
        Output: `FAR_MM` or more where there is no such tour.
    """
    ways = len(margin)
    block = piece % (len(network.cross_y_mm) - 1)
    begun = beginning[piece]
    behind = rest[piece]
    for way in range(ways):
        least = begun[0] * 0 + FAR_MM
        row = block * ways + way
        for move in range(network.first_move[row], network.first_move[row + 1]):
            least = min(least, begun[network.before[move]] + behind[network.after[move]])
        margin[way] = least
