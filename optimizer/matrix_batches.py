"""Orders on carts over any matrix of ways, as of a site map of any form, with their tours.

A few orders are partitioned exactly (`matrix_subsets`), more are searched (`matrix_search`). On a
rectangular floor `solve_batches` does better: its tours are exact whatever their length.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .batching import BatchPlan, Cart
from .columns import check_range, check_search, check_whole, whole_column
from .matrix_search import search_partitions
from .matrix_subsets import SUBSET_ORDERS_MAX, FloorWays, better_of, compare_partitions
from .matrix_tour import DEFAULT_EFFORT, Effort, matrix_of
from .tour_rules import TourRules, check_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

ORDERS_MAX: Final = 2_000
"""A search has a row for each order, as long as there are places."""
_COMPARE_PART: Final = 0.5
"""Part of a time limit in which a few orders are compared in all partitions, before a search."""


@dataclass(frozen=True, slots=True, eq=False)
class MatrixBatches:
    """Batches with their tours.

    Attributes
    ----------
    plan : BatchPlan
        Orders of each batch and length of its tour. Its bound holds for every plan.
    tours : tuple of int32[n]
        Of each batch the rows of the matrix that its tour passes, start and end included.
    """

    plan: BatchPlan
    tours: tuple[NDArray[np.int32], ...]


def matrix_batches(
    walk_mm: NDArray[np.int64],
    order_stops: Sequence[ArrayLike],
    start: int,
    end: int | None = None,
    *,
    loads: TourRules | None = None,
    effort: Effort = DEFAULT_EFFORT,
    time_limit_s: float | None = None,
    thread_count: int = 1,
) -> MatrixBatches:
    """Put orders together on carts so that all tours together are short.

    Parameters
    ----------
    walk_mm : int64[P, P]
        Shortest ways from the row's place to the column's.
    order_stops : sequence of int[n]
        Rows of the stops of each order, up to `ORDERS_MAX` orders.
    start, end : int
        Rows of the places where each tour starts and ends; without an end it goes back.
    loads : TourRules, optional
        The cart, and what each order takes of it. Ranks and totes bind stops, not orders: they are
        refused.
    effort : Effort
        For each tour that is searched in earnest; its seed is that of the search for batches, too.
    time_limit_s : float, optional
        Deadline for all of it, from the call: then the best is taken of what was looked at. Without
        one the answer is always the same.
    thread_count : int
        Searches side by side.

    Returns
    -------
    MatrixBatches
        Every order in one batch. Up to `SUBSET_ORDERS_MAX` orders are compared in all partitions;
        their plan is optimal where their tours are. More are searched.

    Raises
    ------
    ValueError
        Too many orders, an order that no cart can take or without a stop, ranks, loads of a cart
        without a limit, no matrix, a stop that is not in it, places without a way between them, no
        finite time limit, or no thread.
    """
    begun = time.perf_counter()
    check_search(0.0 if time_limit_s is None else time_limit_s, thread_count, effort.seed)
    stops = [whole_column(f"the stops of order {at}", given) for at, given in
             enumerate(order_stops)]  # fmt: skip
    if not 1 <= len(stops) <= ORDERS_MAX:
        raise ValueError(f"found {len(stops)} orders, expected 1 to {ORDERS_MAX}")
    for at, column in enumerate(stops):
        if len(column) == 0:
            raise ValueError(f"order {at} has no stop, expected one or more: leave it out")
    if loads is not None and (loads.rank is not None or loads.tote is not None):
        raise ValueError("found ranks or totes among the loads of orders, expected none of them")
    checked = check_rules(loads, len(stops), "order")
    given = [name for name in Cart._fields if getattr(loads, name, None) is not None]
    if given and len(checked.load_max) == 0:
        raise ValueError(f"orders take {', '.join(given)}, but the cart has no limit: give it one")
    matrix = matrix_of(walk_mm)
    end = start if end is None else end
    for name, row in (("start", start), ("end", end)):
        check_whole(name, row, 0, len(matrix) - 1)
    for at, column in enumerate(stops):
        check_range("row of a stop", column, len(matrix) - 1, f"order {at}, stop")
    ways = FloorWays(matrix, stops, start, end)
    found = None
    if len(stops) <= SUBSET_ORDERS_MAX:
        deadline = np.inf if time_limit_s is None else begun + _COMPARE_PART * time_limit_s
        found = compare_partitions(ways, checked, effort, deadline)
    if found is None or (not found.is_all and len(stops) > 1 and ways.is_connected()):
        left_s = None
        if time_limit_s is not None:
            left_s = begun + time_limit_s - time.perf_counter()
        searched = search_partitions(ways, checked, effort, left_s, thread_count)
        found = searched if found is None else better_of(found, searched)
    reason = "move limit" if time_limit_s is None else "time limit"
    plan = BatchPlan(
        batch_first=np.cumsum([0, *map(len, found.orders)], dtype=np.int64),
        order=np.concatenate(found.orders).astype(np.int32),
        length_mm=np.array([tour.length_mm for tour in found.tours], np.int64),
        bound_mm=found.bound_mm,
        seconds=time.perf_counter() - begun,
        reason="every partition compared" if found.is_all else reason,
    )
    tours = []
    for orders, tour in zip(found.orders, found.tours, strict=True):
        inside = ways.places(orders)[tour.stop_order]
        tours.append(np.concatenate(([ways.start], inside, [ways.end])).astype(np.int32))
    return MatrixBatches(plan, tuple(tours))
