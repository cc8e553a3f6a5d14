"""Better batches over a matrix of ways by simulated annealing: orders move, or change places.

As `batch_anneal` does on a rectangle, where a batch's tour is exact. Here it is a short one
(`trial_tour`), so a move is measured by the tours that two batches would have.

Shapes: as in `trial_tour`. Called by `optimizer.matrix_search`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import NONE
from .compiled import kernel, long_kernel
from .random_bits import random_below, random_unit
from .trial_tour import MatrixOrders, MatrixTours, lay_tour, mend_tour

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOTAL = 0
"""Row of `MatrixState.number`: length of all tours."""
BEST = 1
"""Shortest total so far."""
NUMBER_COUNT = 2

_MOVE = 0.5
"""Share of the moves in which an order goes to another batch; in the others two change places."""
_ALONE = 0.02
"""Of those, how many go to a cart of their own."""
_ANY = 0.2
"""How often the other order is any, not a near one."""


class MatrixState(NamedTuple):
    """Where a search stands.

    Attributes
    ----------
    batch_of : int32[N]
        Batch of each order.
    order_count : int64[N]
        Orders of each batch.
    load : int64[N, D]
        What they take of its cart.
    best_of : int32[N]
        Batch of each order in the best partition so far.
    number : int64[NUMBER_COUNT]
        The rows named in this module.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    """

    batch_of: NDArray[np.int32]
    order_count: NDArray[np.int64]
    load: NDArray[np.int64]
    best_of: NDArray[np.int32]
    number: NDArray[np.int64]
    random: NDArray[np.uint64]


@long_kernel
def begin_matrix_search(orders: MatrixOrders, tours: MatrixTours, state: MatrixState) -> None:
    """Lay out the tours of a first partition.

    Parameters
    ----------
    orders : MatrixOrders
        The orders.
    tours : MatrixTours
        With `users`, `stop_count` and `length_mm` of zeros.
    state : MatrixState
        Its `batch_of` is the partition, `order_count` and `load` are zeros.
    """
    trial = len(tours.stop_count) - 1
    for order in range(len(state.batch_of)):
        batch = np.int64(state.batch_of[order])
        lay_tour(orders, tours, batch, NONE, order, trial)
        _take(orders, tours, state, batch, order, trial)
        state.best_of[order] = batch
    total = np.int64(0)
    for batch in range(len(state.order_count)):
        total += mend_tour(orders, tours, batch)
    state.number[TOTAL] = state.number[BEST] = total


@long_kernel
def search_matrix(
    orders: MatrixOrders,
    tours: MatrixTours,
    state: MatrixState,
    moves: int,
    hot_mm: float,
    cold_mm: float,
) -> None:
    """Go on with a search.

    Parameters
    ----------
    orders : MatrixOrders
        Two orders or more.
    tours, state : MatrixTours, MatrixState
        As `begin_matrix_search` or this kernel left them.
    moves : int64
        Moves to try.
    hot_mm, cold_mm : float64
        Temperature of the first and last move, more than 0.
    """
    random = state.random
    order_count = len(state.batch_of)
    for move in range(moves):
        heat = hot_mm * (cold_mm / hot_mm) ** (move / moves)
        worse_max = -math.log(1.0 - random_unit(random)) * heat
        order = random_below(random, order_count)
        if random_unit(random) < _ANY:
            other = random_below(random, order_count)
        else:
            pick = random_unit(random)
            other = np.int64(orders.near[order, np.int64(pick * pick * orders.near.shape[1])])
        target = np.int64(state.batch_of[other])
        if random_unit(random) < _MOVE:
            other = np.int64(NONE)
            if random_unit(random) < _ALONE:
                target = _empty_batch(state)
        if target == NONE or target == state.batch_of[order]:
            continue
        _try_change(orders, tours, state, order, other, target, worse_max)
        if state.number[TOTAL] < state.number[BEST]:
            state.number[BEST] = state.number[TOTAL]
            for at in range(order_count):
                state.best_of[at] = state.batch_of[at]


@kernel
def _empty_batch(state: MatrixState) -> int:
    for batch in range(len(state.order_count)):
        if state.order_count[batch] == 0:
            return np.int64(batch)
    return np.int64(NONE)


@kernel
def _has_room(orders: MatrixOrders, state: MatrixState, batch: int, out: int, into: int) -> bool:
    """Tell whether a cart takes an order, -1 for none, once another one has left it."""
    for kind in range(len(orders.load_max)):
        load = state.load[batch, kind]
        if out != NONE:
            load -= orders.load[out, kind]
        if into != NONE:
            load += orders.load[into, kind]
        if load > orders.load_max[kind]:
            return False
    return True


@kernel
def _try_change(
    orders: MatrixOrders,
    tours: MatrixTours,
    state: MatrixState,
    order: int,
    other: int,
    target: int,
    worse_max: float,
) -> None:
    """Put an order into another batch, for one of its orders or none, unless that is too long."""
    source = np.int64(state.batch_of[order])
    if not _has_room(orders, state, source, order, other):
        return
    if not _has_room(orders, state, target, other, order):
        return
    first, second = len(tours.stop_count) - 2, len(tours.stop_count) - 1
    lay_tour(orders, tours, source, order, other, first)
    lay_tour(orders, tours, target, other, order, second)
    more = mend_tour(orders, tours, first) - tours.length_mm[source]
    more += mend_tour(orders, tours, second) - tours.length_mm[target]
    if more > worse_max:
        return
    state.number[TOTAL] += more
    _drop(orders, tours, state, source, order, first)
    if other != NONE:
        _drop(orders, tours, state, target, other, second)
        _take(orders, tours, state, source, other, first)
    _take(orders, tours, state, target, order, second)


@kernel
def _drop(
    orders: MatrixOrders,
    tours: MatrixTours,
    state: MatrixState,
    batch: int,
    order: int,
    trial: int,
) -> None:
    """Take an order out of a batch, whose tour is then the one on trial."""
    for at in range(orders.first[order], orders.first[order + 1]):
        tours.users[batch, orders.place[at]] -= 1
    for kind in range(len(orders.load_max)):
        state.load[batch, kind] -= orders.load[order, kind]
    state.order_count[batch] -= 1
    _keep(tours, batch, trial)


@kernel
def _take(
    orders: MatrixOrders,
    tours: MatrixTours,
    state: MatrixState,
    batch: int,
    order: int,
    trial: int,
) -> None:
    """Put an order into a batch, whose tour is then the one on trial."""
    for at in range(orders.first[order], orders.first[order + 1]):
        tours.users[batch, orders.place[at]] += 1
    for kind in range(len(orders.load_max)):
        state.load[batch, kind] += orders.load[order, kind]
    state.order_count[batch] += 1
    state.batch_of[order] = batch
    _keep(tours, batch, trial)


@kernel
def _keep(tours: MatrixTours, batch: int, trial: int) -> None:
    count = tours.stop_count[trial]
    tours.stop_count[batch] = count
    tours.length_mm[batch] = tours.length_mm[trial]
    for at in range(count):
        tours.tour[batch, at] = tours.tour[trial, at]
