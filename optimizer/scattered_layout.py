"""Lay a problem of scattered storage out for the kernels."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..kernels import scattered_bound, scattered_search
from ..kernels.random_bits import random_state
from ..kernels.scattered_bound import Relaxation
from ..kernels.scattered_search import CoverSearch, Positions
from ..kernels.tour_blocks import CLOSED_CHOICE_COUNT
from ..kernels.tour_margins import TourNetwork
from .tour_states import tour_states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .scattered_problem import ScatteredProblem


class ScatteredLayout(NamedTuple):
    """Columns of a problem as the kernels take them.

    Attributes
    ----------
    network : TourNetwork
        Aisles with a position or the depot, and the classes of tours.
    positions : Positions
        Positions of items with a demand, and the depot, sorted.
    row : int64[P]
        Row of each of them in the problem, -1 for the depot.
    depot_aisle : int
        Aisle of the depot among those of the network.
    length_step_mm : int
        Every tour's length is a multiple of it: on a grid a closed walk goes each way as far as
        it comes back.
    """

    network: TourNetwork
    positions: Positions
    row: NDArray[np.int64]
    depot_aisle: int
    length_step_mm: int


def lay_out(problem: ScatteredProblem) -> ScatteredLayout:
    """Lay a problem out.

    Parameters
    ----------
    problem : ScatteredProblem
        With at least one item of some demand.

    Returns
    -------
    layout : ScatteredLayout
        Positions that hold nothing, or of items of which nothing is demanded, are left out.
    """
    rectangle = problem.rectangle
    blocks = rectangle.block_count
    count = np.diff(problem.first_position)
    item_of = np.repeat(np.arange(problem.item_count), count)
    rows = np.flatnonzero((problem.position_units > 0) & (problem.demand_units[item_of] > 0))
    aisle = np.append(problem.position_aisle[rows], problem.depot.aisle)
    y_mm = np.append(problem.position_y_mm[rows], problem.depot.y_mm)
    wanted = np.flatnonzero(problem.demand_units > 0)
    item = np.append(np.searchsorted(wanted, item_of[rows]), -1)
    held = np.bincount(item[:-1], problem.position_units[rows], len(wanted)).astype(np.int64)
    spare = held - problem.demand_units[wanted]
    must = np.append(problem.position_units[rows] > spare[item[:-1]], True)
    units = np.minimum(problem.position_units[rows], problem.demand_units[item_of[rows]])
    order = np.lexsort((np.append(rows, -1), y_mm, aisle))
    aisles, aisle_row = np.unique(aisle, return_inverse=True)
    block = np.minimum(np.searchsorted(rectangle.cross_y_mm, y_mm, side="right") - 1, blocks - 1)
    piece = (aisle_row * blocks + block)[order]
    item = item[order]
    entry = np.argsort(item, kind="stable")[1:]
    return ScatteredLayout(
        _network(np.ascontiguousarray(rectangle.aisle_x_mm[aisles]), rectangle.cross_y_mm),
        Positions(
            piece=piece.astype(np.int32),
            y_mm=y_mm[order],
            item=item.astype(np.int32),
            units=np.append(units, 0)[order],
            must=must[order],
            first_position=np.searchsorted(piece, np.arange(len(aisles) * blocks + 1)),
            first_entry=np.searchsorted(item[entry], np.arange(len(wanted) + 1)),
            entry=entry.astype(np.int32),
            demand_units=problem.demand_units[wanted],
        ),
        np.append(rows, -1)[order],
        int(aisle_row[-1]),
        2 * int(np.gcd.reduce(np.concatenate((
            np.diff(rectangle.aisle_x_mm), np.diff(rectangle.cross_y_mm),
            y_mm - rectangle.cross_y_mm[0],
        )))),
    )  # fmt: skip


def cover_search(layout: ScatteredLayout, seed: int) -> CoverSearch:
    """Make the state of a search.

    Parameters
    ----------
    layout : ScatteredLayout
        The problem.
    seed : int
        Of the random numbers.

    Returns
    -------
    search : CoverSearch
        To be given to `begin_cover_search`.
    """
    pieces = len(layout.positions.first_position) - 1
    items = len(layout.positions.demand_units)
    classes = len(layout.network.complete)
    ways = CLOSED_CHOICE_COUNT
    must = layout.positions.must
    return CoverSearch(
        must.copy(), must.copy(), must.copy(), np.empty(items, np.int64),
        np.empty((pieces, ways), np.int64), np.empty((pieces, classes), np.int64),
        np.empty((pieces, classes), np.int64), np.empty((pieces, ways), np.int64),
        np.empty(pieces, np.int64), np.empty(ways, np.int64), np.empty(items, np.int32),
        random_state(seed), np.empty(scattered_search.NUMBER_COUNT, np.int64),
    )  # fmt: skip


def relaxation(layout: ScatteredLayout) -> Relaxation:
    """Make the state of a bound, without prizes.

    Parameters
    ----------
    layout : ScatteredLayout
        The problem.

    Returns
    -------
    relaxation : Relaxation
        To be given to `raise_bound`.
    """
    pieces = len(layout.positions.first_position) - 1
    items = len(layout.positions.demand_units)
    number = np.zeros(scattered_bound.NUMBER_COUNT)
    number[scattered_bound.PACE] = 1.0
    return Relaxation(
        np.zeros(items), np.zeros(items), np.zeros(items),
        np.empty((pieces, CLOSED_CHOICE_COUNT)),
        np.zeros((pieces, CLOSED_CHOICE_COUNT), np.int32),
        np.zeros((pieces, CLOSED_CHOICE_COUNT), np.int32),
        np.empty((pieces, len(layout.network.complete))), np.zeros(len(layout.row), np.bool_),
        number,
    )  # fmt: skip


def _network(aisle_x_mm: NDArray[np.int64], cross_y_mm: NDArray[np.int64]) -> TourNetwork:
    block_count = len(cross_y_mm) - 1
    states = tour_states(block_count, closed=True)
    before, after, first_move, drop_from, drop_to = _moves(block_count)
    return TourNetwork(
        aisle_x_mm, cross_y_mm, before, after, first_move, drop_from, drop_to,
        states.across_weight, states.complete, states.empty,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _moves(
    block_count: int,
) -> tuple[
    NDArray[np.int16], NDArray[np.int16], NDArray[np.int64], NDArray[np.int16], NDArray[np.int16]
]:
    """List the moves that the tables of `TourStates` allow."""
    states = tour_states(block_count, closed=True)
    before = []
    after = []
    first_move = [0]
    for block in range(block_count):
        for way in range(CLOSED_CHOICE_COUNT):
            to = states.after_choice[block, way]
            before += np.flatnonzero(to >= 0).tolist()
            after += to[to >= 0].tolist()
            first_move.append(len(before))
    return (
        np.array(before, np.int16), np.array(after, np.int16), np.array(first_move, np.int64),
        *np.ascontiguousarray(states.drops.T),
    )  # fmt: skip
