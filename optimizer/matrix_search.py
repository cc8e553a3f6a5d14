"""Search for batches over a matrix of ways by annealing on several threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.matrix_anneal import (
    BEST,
    NUMBER_COUNT,
    TOTAL,
    MatrixState,
    begin_matrix_search,
    search_matrix,
)
from ..kernels.random_bits import random_state
from ..kernels.trial_tour import MatrixOrders, MatrixTours
from .budget import Budget
from .matrix_subsets import Partitioned
from .matrix_tour import NO_SEARCH, WAY_MM_MAX, matrix_tour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .matrix_subsets import FloorWays
    from .matrix_tour import Effort
    from .tour_rules import CheckedRules

_NEAR_MAX: Final = 24
# Temperatures as parts of the start's length per order.
_HOT: Final = 0.12
_COLD: Final = 0.005
_MOVES_AN_ORDER: Final = 2_000
"""Of a search without a time limit."""
_TOURS_PART: Final = 0.1
"""Part of a time limit in which the tours of the batches are searched in earnest."""
_BOUND_PART: Final = 0.05
"""Part of a time limit for the bound by a tour through all places."""
_THROUGH_PLACES_MAX: Final = 1_000
"""It takes the square of the places before the first look at the clock."""


def search_partitions(
    ways: FloorWays,
    loads: CheckedRules,
    effort: Effort,
    time_limit_s: float | None,
    thread_count: int,
) -> Partitioned:
    """Find a short partition of many orders.

    Parameters
    ----------
    ways : FloorWays
        Two orders or more.
    loads : CheckedRules
        What they take of a cart, each no more than it holds.
    effort : Effort
        For the tours at the end; its seed is that of the search.
    time_limit_s : float or None
        Deadline from the call; None for a number of moves, so that the answer is always the same.
    thread_count : int
        Searches side by side.

    Returns
    -------
    Partitioned
        With a bound on every plan.
    """
    begun = time.perf_counter()
    order_count = len(ways.stops)
    if time_limit_s is None:
        budget = Budget(begun, 1.0, _MOVES_AN_ORDER * order_count)
    else:
        budget = Budget(begun, max(time_limit_s * (1.0 - _TOURS_PART), 1e-3), None)
    orders = matrix_orders(ways, loads)
    bound_mm = _bound_mm(ways, loads, time_limit_s)
    batch_of = first_fit(orders)
    if budget.used(0) < 1.0:
        batch_of = search_batches(orders, batch_of, effort.seed, thread_count, budget)
    batches = [np.flatnonzero(batch_of == batch) for batch in dict.fromkeys(batch_of.tolist())]
    tours, share = [], effort
    for at, members in enumerate(batches):
        if time_limit_s is not None:
            left_s = begun + time_limit_s - time.perf_counter()
            share = effort.within(left_s / (len(batches) - at))
        tours.append(ways.tour(members, share))
    return Partitioned(batches, tours, bound_mm, is_all=False)


def _bound_mm(ways: FloorWays, loads: CheckedRules, time_limit_s: float | None) -> int:
    """Bound every plan.

    On shortest ways an order's tour is no shorter than there and back to any of its stops. With b
    carts the largest order has one, the others at least an order each; and all their tours, with
    the way back from the end between them, are a tour through all places.
    """
    out_mm, home_mm = ways.walk_mm[ways.start], ways.walk_mm[:, ways.end]
    alone_mm = np.sort([(out_mm[column] + home_mm[column]).max() for column in ways.stops])
    carts = np.arange(loads.trips_min, len(ways.stops) + 1)
    bounds_mm = np.cumsum(np.append(0, alone_mm))[carts - 1] + alone_mm[-1]
    every = ways.places(np.arange(len(ways.stops)))
    back_mm = int(ways.walk_mm[ways.end, ways.start])
    if len(every) <= _THROUGH_PLACES_MAX and 0 <= back_mm <= WAY_MM_MAX:
        share = NO_SEARCH
        if time_limit_s is not None:
            share = NO_SEARCH.within(_BOUND_PART * time_limit_s)
        through_mm = matrix_tour(ways.walk_mm, every, ways.start, ways.end, effort=share).bound_mm
        bounds_mm = np.maximum(bounds_mm, through_mm - (carts - 1) * back_mm)
    return int(bounds_mm.min())


def matrix_orders(ways: FloorWays, loads: CheckedRules) -> MatrixOrders:
    """Lay orders out for the kernels.

    Parameters
    ----------
    ways : FloorWays
        Two orders or more; a place may come several times in one.
    loads : CheckedRules
        What they take of a cart.

    Returns
    -------
    MatrixOrders
        Over the places that some order needs.

    Raises
    ------
    ValueError
        Names two orders that have no way between their stops, or one that has none from the start
        or to the end.
    """
    stops = [np.unique(column) for column in ways.stops]
    rows, place_of = np.unique(np.concatenate(stops), return_inverse=True)
    place = place_of.astype(np.int32)
    chosen = np.concatenate((rows, [ways.start, ways.end]))
    walk_mm = np.ascontiguousarray(ways.walk_mm[np.ix_(chosen, chosen)], np.int64)
    between_mm = walk_mm[:-2, :-2]
    first = np.cumsum([0, *map(len, stops)], dtype=np.int64)
    _refuse_gaps(walk_mm, first, place)
    return MatrixOrders(
        walk_mm=walk_mm,
        is_symmetric=np.array([np.array_equal(between_mm, between_mm.T)]),
        first=first,
        place=place,
        load=np.ascontiguousarray(loads.load),
        load_max=loads.load_max,
        near=_near(between_mm, first, place),
    )


def _refuse_gaps(
    walk_mm: NDArray[np.int64], first: NDArray[np.int64], place: NDArray[np.int32]
) -> None:
    """Refuse what the search would take for a very long way."""
    wrong = (walk_mm < 0) | (walk_mm > WAY_MM_MAX)
    np.fill_diagonal(wrong, val=False)
    # Nobody goes on from the end, nor to the start.
    wrong[-1] = wrong[:, -2] = wrong[-2, -1] = False
    for source, target in np.argwhere(wrong)[:1].tolist():
        one, other = (
            ("the start", "the end")[row - len(walk_mm) + 2]
            if row >= len(walk_mm) - 2
            else f"order {int(np.searchsorted(first, np.argmax(place == row), side='right')) - 1}"
            for row in (source, target)
        )
        raise ValueError(
            f"a way from {one} to {other} is {walk_mm[source, target]} mm, expected 0 to "
            f"{WAY_MM_MAX} between all stops of more than a few orders"
        )


def _near(
    between_mm: NDArray[np.int64], first: NDArray[np.int64], place: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Rank the others by how far their places are from those of an order, and its from theirs."""
    order_count = len(first) - 1
    apart = np.zeros((order_count, order_count))
    sizes = np.diff(first)
    for order in range(order_count):
        own = place[first[order] : first[order + 1]]
        to_nearest = between_mm[own].min(axis=0)[place]
        apart[order] = np.add.reduceat(to_nearest, first[:-1]) / sizes
    apart = apart + apart.T
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(_NEAR_MAX, order_count - 1)]
    return np.ascontiguousarray(near, np.int32)


def first_fit(orders: MatrixOrders) -> NDArray[np.int32]:
    """Put each order, as they come, with the near ones before it, where a cart has room.

    Parameters
    ----------
    orders : MatrixOrders
        Each of them fits a cart.

    Returns
    -------
    int32[N]
        Batch of each order, each with the row of one of its orders.
    """
    order_count = len(orders.load)
    batch_of = np.full(order_count, -1, np.int32)
    load = np.zeros_like(orders.load)
    for order in range(order_count):
        known = batch_of[orders.near[order]]
        tried = [*dict.fromkeys(known[known >= 0].tolist()), order]
        batch = next(
            one for one in tried if (load[one] + orders.load[order] <= orders.load_max).all()
        )
        batch_of[order] = batch
        load[batch] += orders.load[order]
    return batch_of


def search_batches(
    orders: MatrixOrders, start: NDArray[np.int32], seed: int, thread_count: int, budget: Budget
) -> NDArray[np.int32]:
    """Find a partition into batches that is shorter than a first one.

    Parameters
    ----------
    orders : MatrixOrders
        The orders.
    start : int32[N]
        Batch of each order in the first partition.
    seed : int
        Seed, 0 or more.
    thread_count : int
        Searches side by side; the best is taken, the first thread's of equal ones.
    budget : Budget
        When to stop.

    Returns
    -------
    int32[N]
        Batch of each order in the best partition.
    """
    with ThreadPoolExecutor(thread_count) as threads:
        running = [
            threads.submit(_search, orders, start, seed * thread_count + at, budget)
            for at in range(thread_count)
        ]
        found = [search.result() for search in running]
    return min(found, key=lambda state: int(state.number[BEST])).best_of


def _search(
    orders: MatrixOrders, start: NDArray[np.int32], seed: int, budget: Budget
) -> MatrixState:
    """Cool down once over the whole budget."""
    order_count, place_count = len(start), len(orders.walk_mm) - 2
    tours = MatrixTours(
        tour=np.zeros((order_count + 2, place_count), np.int32),
        stop_count=np.zeros(order_count + 2, np.int64),
        length_mm=np.zeros(order_count + 2, np.int64),
        users=np.zeros((order_count, place_count), np.int32),
        mark=np.zeros(place_count, np.int32),
    )
    state = MatrixState(
        batch_of=start.copy(),
        order_count=np.zeros(order_count, np.int64),
        load=np.zeros_like(orders.load),
        best_of=np.empty(order_count, np.int32),
        number=np.zeros(NUMBER_COUNT, np.int64),
        random=random_state(seed),
    )
    begin_matrix_search(orders, tours, state)
    mean_mm = max(1.0, float(state.number[TOTAL]) / order_count)
    for used, until, moves in budget.slices(first_moves=1):
        hot_mm, cold_mm = (mean_mm * _HOT * (_COLD / _HOT) ** part for part in (used, until))
        search_matrix(orders, tours, state, moves, hot_mm, cold_mm)
    return state
