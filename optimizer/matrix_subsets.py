"""A few orders over a matrix of ways: every set of orders, then every partition.

The set partition of Gademann and van de Velde (IIE Transactions 37, 2005), where ways come from a
matrix, so tours are those of `matrix_tour`. Every set that a cart can take gets a bound; only sets
of which a best partition by bounds consists are searched in earnest, until all parts of the best
one have been.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.set_partition import partition_sets
from .matrix_tour import NO_SEARCH, WAY_MM_MAX, Effort, matrix_tour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .matrix_tour import MatrixTour
    from .tour_rules import CheckedRules

SUBSET_ORDERS_MAX: Final = 12
"""Each set of orders is bounded, which takes some milliseconds."""
_LOOK_PART: Final = 0.1
"""Of the time that is left, at most this much goes into the bound of one set."""


class Partitioned(NamedTuple):
    """Orders of each batch, and what is known of all plans.

    Attributes
    ----------
    orders : list of int64[n]
        Of each batch, ascending; batches by their first order.
    tours : list of MatrixTour
        Its tour through the places of its orders, each once and ascending.
    bound_mm : int
        No plan is shorter.
    is_all : bool
        Whether all partitions were compared, with tours that were searched.
    """

    orders: list[NDArray[np.int64]]
    tours: list[MatrixTour]
    bound_mm: int
    is_all: bool

    @property
    def total_mm(self) -> int:
        """Sum of the tours."""
        return sum(tour.length_mm for tour in self.tours)


def better_of(one: Partitioned, other: Partitioned) -> Partitioned:
    """Give the shorter of two plans for the same orders, with the better bound."""
    best = min(one, other, key=lambda found: found.total_mm)
    return best._replace(bound_mm=max(one.bound_mm, other.bound_mm))


class FloorWays(NamedTuple):
    """Where orders lie.

    Attributes
    ----------
    walk_mm : int64[P, P]
        Ways.
    stops : list of int64[n]
        Rows of each order's stops.
    start, end : int
        Rows where tours start and end.
    """

    walk_mm: NDArray[np.int64]
    stops: list[NDArray[np.int64]]
    start: int
    end: int

    def places(self, orders: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the places of some orders, each once."""
        return np.unique(np.concatenate([self.stops[order] for order in orders.tolist()]))

    def is_connected(self) -> bool:
        """Tell whether there are ways from the start to all stops, between them and to the end."""
        every = self.places(np.arange(len(self.stops)))
        between = self.walk_mm[np.ix_(np.append(every, self.start), np.append(every, self.end))]
        np.fill_diagonal(between, 0)
        return bool(((between >= 0) & (between <= WAY_MM_MAX)).all())

    def tour(self, orders: NDArray[np.int64], effort: Effort) -> MatrixTour:
        """Find a tour through all stops of some orders."""
        return matrix_tour(self.walk_mm, self.places(orders), self.start, self.end, effort=effort)


def compare_partitions(
    ways: FloorWays, loads: CheckedRules, effort: Effort, deadline: float
) -> Partitioned:
    """Find the best partition of a few orders.

    Parameters
    ----------
    ways : FloorWays
        Up to `SUBSET_ORDERS_MAX` orders.
    loads : CheckedRules
        What they take of a cart.
    effort : Effort
        For each tour that is searched in earnest.
    deadline : float
        When to take the best of what was looked at, in the time of `time.perf_counter`.

    Returns
    -------
    Partitioned
        The best, where there was time.
    """
    order_count = len(ways.stops)
    sets = np.arange(1 << order_count)
    members = (sets[:, None] >> np.arange(order_count)) & 1
    fits = (members @ loads.load <= loads.load_max).all(axis=1) & (sets > 0)
    search = _Search(ways, members, effort, deadline)
    looked = search.look_at(fits)
    found, is_all = search.best(looked)
    parts = sorted(found, key=lambda part: part & -part)
    return Partitioned(
        [np.flatnonzero(members[part]) for part in parts],
        [found[part] for part in parts],
        _best_parts(looked.bound_mm)[0],
        is_all,
    )


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
        self, ways: FloorWays, members: NDArray[np.int64], effort: Effort, deadline: float
    ) -> None:
        self._ways = ways
        self._members = members
        self._effort = effort
        self._deadline = deadline

    def look_at(self, fits: NDArray[np.bool_]) -> _Looked:
        """Bound each set that a cart can take, small ones first; single orders in any case."""
        looked = _Looked(np.full(len(fits), FAR_MM), np.full(len(fits), FAR_MM))
        members = self._members
        size = members.sum(axis=1)
        by_size = np.argsort(size, kind="stable")
        of_one = np.zeros(members.shape[1], np.int64)
        for chosen in by_size[fits[by_size]].tolist():
            if size[chosen] > 1 and time.perf_counter() > self._deadline:
                # On shortest ways a tour is no shorter than that of any of its orders.
                looked.bound_mm[chosen] = (members[chosen] * of_one).max()
                continue
            tour = self._tour(chosen, self._effort_within(NO_SEARCH, _LOOK_PART))
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
                found[part] = self._tour(part, self._effort_within(self._effort, 1.0))
                value_mm[part] = found[part].length_mm
        value_mm = looked.quick_mm.copy()
        for part, tour in found.items():
            value_mm[part] = tour.length_mm
        parts = _best_parts(value_mm)[1]
        quick = self._effort_within(NO_SEARCH, 1.0)
        return {part: found.get(part) or self._tour(part, quick) for part in parts}, False

    def _effort_within(self, effort: Effort, part: float) -> Effort:
        """Give an effort that ends in time, if there is a deadline."""
        left_s = part * (self._deadline - time.perf_counter())
        return effort.within(left_s) if np.isfinite(left_s) else effort

    def _tour(self, chosen: int, effort: Effort) -> MatrixTour:
        return self._ways.tour(np.flatnonzero(self._members[chosen]), effort)


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
