"""A few orders on carts over any matrix of ways: every set of orders, then every partition.

The set partition of Gademann and van de Velde (IIE Transactions 37, 2005), where ways come from a
matrix, so tours are those of `matrix_tour`. Every set that a cart can take gets a bound; only sets
of which a best partition by bounds consists are searched in earnest, until all parts of the best
one have been.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.set_partition import partition_sets
from .batching import BatchPlan
from .columns import whole_column
from .matrix_tour import DEFAULT_EFFORT, Effort, matrix_tour
from .tour_rules import TourRules, check_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from .matrix_tour import MatrixTour

ORDERS_MAX: Final = 12
"""Each set of orders is bounded, which takes some milliseconds."""
_NO_SEARCH: Final = Effort(rounds_max=0)


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
) -> MatrixBatches:
    """Put a few orders together on carts so that all tours together are short.

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
        For each tour that is searched in earnest.

    Returns
    -------
    MatrixBatches
        Every order in one batch.

    Raises
    ------
    ValueError
        Too many orders, an order that no cart can take or without a stop, or ranks.
    """
    begun = time.perf_counter()
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
    sets = np.arange(1 << len(stops))
    members = (sets[:, None] >> np.arange(len(stops))) & 1
    fits = (members @ checked.load <= checked.load_max).all(axis=1) & (sets > 0)
    search = _Search(walk_mm, stops, start, start if end is None else end)
    bound_mm = np.full(len(sets), FAR_MM)
    for chosen in np.flatnonzero(fits).tolist():
        bound_mm[chosen] = search.tour(chosen, _NO_SEARCH).bound_mm
    value_mm = bound_mm.copy()
    found: dict[int, MatrixTour] = {}
    while missing := [part for part in _best_parts(value_mm)[1] if part not in found]:
        for part in missing:
            found[part] = search.tour(part, effort)
            value_mm[part] = found[part].length_mm
    parts = _best_parts(value_mm)[1]
    parts.sort(key=lambda part: part & -part)
    orders = [np.flatnonzero(members[part]) for part in parts]
    plan = BatchPlan(
        batch_first=np.cumsum([0, *map(len, orders)], dtype=np.int64),
        order=np.concatenate(orders).astype(np.int32),
        length_mm=np.array([found[part].length_mm for part in parts], np.int64),
        bound_mm=_best_parts(bound_mm)[0],
        seconds=time.perf_counter() - begun,
        reason="every partition compared",
    )
    return MatrixBatches(plan, tuple(search.passed(part, found[part]) for part in parts))


class _Search:
    """Tours of sets of orders."""

    def __init__(
        self, walk_mm: NDArray[np.int64], stops: list[NDArray[np.int64]], start: int, end: int
    ) -> None:
        self._walk_mm = walk_mm
        self._stops = stops
        self._start = start
        self._end = end

    def _places(self, chosen: int) -> NDArray[np.int64]:
        """Give the places of a set, each once."""
        return np.unique(np.concatenate(
            [column for at, column in enumerate(self._stops) if chosen >> at & 1]
        ))  # fmt: skip

    def tour(self, chosen: int, effort: Effort) -> MatrixTour:
        """Find a tour through all stops of a set."""
        places = self._places(chosen)
        return matrix_tour(self._walk_mm, places, self._start, self._end, effort=effort)

    def passed(self, chosen: int, tour: MatrixTour) -> NDArray[np.int32]:
        """Give the rows that a tour passes."""
        inside = self._places(chosen)[tour.stop_order]
        return np.concatenate(([self._start], inside, [self._end])).astype(np.int32)


def _best_parts(cost_mm: NDArray[np.int64]) -> tuple[int, list[int]]:
    """Give the cost of the best partition, and its parts."""
    best_mm, best_part = np.empty(len(cost_mm), np.int64), np.zeros(len(cost_mm), np.int32)
    total_mm = int(partition_sets(cost_mm, best_mm, best_part))
    parts = []
    left = len(cost_mm) - 1
    while left:
        parts.append(int(best_part[left]))
        left ^= parts[-1]
    return total_mm, parts
