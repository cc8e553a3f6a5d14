"""A few orders on carts over any matrix of ways: every set of orders, then every partition.

The set partition of Gademann and van de Velde (IIE Transactions 37, 2005), where ways come from a
matrix, so tours are those of `matrix_tour`. Every set that a cart can take gets a bound; only sets
of which a best partition by bounds consists are searched in earnest, until all parts of the best
one have been.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.set_partition import partition_sets
from .batching import BatchPlan
from .columns import check_search, whole_column
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
    time_limit_s: float | None = None,
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
    time_limit_s : float, optional
        Deadline for all of it, from the call: then the best is taken of what was looked at. Tours
        are searched no longer than until it.

    Returns
    -------
    MatrixBatches
        Every order in one batch.

    Raises
    ------
    ValueError
        Too many orders, an order that no cart can take or without a stop, ranks, or no finite time
        limit.
    """
    begun = time.perf_counter()
    if time_limit_s is not None:
        check_search(time_limit_s)
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
    deadline = np.inf if time_limit_s is None else begun + time_limit_s
    search = _Search(walk_mm, stops, start, start if end is None else end, effort, deadline)
    looked = search.look_at(members, fits)
    found, is_all = search.best(looked)
    parts = sorted(found, key=lambda part: part & -part)
    orders = [np.flatnonzero(members[part]) for part in parts]
    plan = BatchPlan(
        batch_first=np.cumsum([0, *map(len, orders)], dtype=np.int64),
        order=np.concatenate(orders).astype(np.int32),
        length_mm=np.array([found[part].length_mm for part in parts], np.int64),
        bound_mm=_best_parts(looked.bound_mm)[0],
        seconds=time.perf_counter() - begun,
        reason="every partition compared" if is_all else "time limit",
    )
    return MatrixBatches(plan, tuple(search.passed(part, found[part]) for part in parts))


class _Looked(NamedTuple):
    """What is known of all sets of orders.

    Attributes
    ----------
    bound_mm : int64[2^N]
        No tour of the set is shorter; `FAR_MM` of those that no cart takes.
    quick_mm : int64[2^N]
        Length of a tour that was not searched for; `FAR_MM` as well of those not looked at.
    """

    bound_mm: NDArray[np.int64]
    quick_mm: NDArray[np.int64]


class _Search:
    """Tours of sets of orders."""

    def __init__(
        self,
        walk_mm: NDArray[np.int64],
        stops: list[NDArray[np.int64]],
        start: int,
        end: int,
        effort: Effort,
        deadline: float,
    ) -> None:
        self._walk_mm = walk_mm
        self._stops = stops
        self._start = start
        self._end = end
        self._effort = effort
        self._deadline = deadline

    def look_at(self, members: NDArray[np.int64], fits: NDArray[np.bool_]) -> _Looked:
        """Bound each set that a cart can take, small ones first; single orders in any case."""
        looked = _Looked(np.full(len(fits), FAR_MM), np.full(len(fits), FAR_MM))
        size = members.sum(axis=1)
        by_size = np.argsort(size, kind="stable")
        of_one = np.zeros(members.shape[1], np.int64)
        for chosen in by_size[fits[by_size]].tolist():
            if size[chosen] > 1 and time.perf_counter() > self._deadline:
                # On shortest ways a tour is no shorter than that of any of its orders.
                looked.bound_mm[chosen] = (members[chosen] * of_one).max()
                continue
            tour = self._tour(chosen, _NO_SEARCH)
            looked.bound_mm[chosen] = tour.bound_mm
            looked.quick_mm[chosen] = tour.length_mm
            if size[chosen] == 1:
                of_one[members[chosen] == 1] = tour.bound_mm
        return looked

    def best(self, looked: _Looked) -> tuple[dict[int, MatrixTour], bool]:
        """Give the sets of the best partition with their tours, and whether time was enough."""
        value_mm = looked.bound_mm.copy()
        found: dict[int, MatrixTour] = {}
        while True:
            parts = _best_parts(value_mm)[1]
            missing = [part for part in parts if part not in found]
            if not missing:
                return {part: found[part] for part in parts}, True
            left_s = self._deadline - time.perf_counter()
            if left_s <= 0:
                break
            for part in missing:
                found[part] = self._tour(part, self._effort_within(left_s))
                value_mm[part] = found[part].length_mm
        value_mm = looked.quick_mm.copy()
        for part, tour in found.items():
            value_mm[part] = tour.length_mm
        parts = _best_parts(value_mm)[1]
        return {part: found.get(part) or self._tour(part, _NO_SEARCH) for part in parts}, False

    def _effort_within(self, left_s: float) -> Effort:
        if not np.isfinite(left_s):
            return self._effort
        given_s = self._effort.time_limit_s
        limit_s = left_s if given_s is None else min(left_s, given_s)
        return self._effort._replace(time_limit_s=limit_s)

    def _places(self, chosen: int) -> NDArray[np.int64]:
        """Give the places of a set, each once."""
        return np.unique(np.concatenate(
            [column for at, column in enumerate(self._stops) if chosen >> at & 1]
        ))  # fmt: skip

    def _tour(self, chosen: int, effort: Effort) -> MatrixTour:
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
