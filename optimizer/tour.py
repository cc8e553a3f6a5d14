"""A tour: the answer of every router, with its walk and how near it is to the shortest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TourStatus(Enum):
    """What is known of a tour."""

    OPTIMAL = "optimal"
    """No walk through all stops is shorter."""
    FEASIBLE = "feasible"
    """It passes every stop; the bound says how much shorter another could be at most."""


@dataclass(frozen=True, slots=True)
class Tour:
    """A walk from a start through all stops to an end.

    Attributes
    ----------
    stop_order : int32[S]
        Rows of the stops as they were given, in the order in which they are served.
    walk_x_mm, walk_y_mm : int64[W]
        The walk as a polyline: the start, each place where it turns, the end. At least one point;
        each piece runs along an aisle or a cross-aisle. Stops in between are not points of it.
    length_mm : int
        Length of the walk.
    bound_mm : int
        No walk through all stops is shorter than this.
    policy : str
        Which rule made it: ``exact``, ``local-search`` or a name of `policies.POLICIES`.
    """

    stop_order: NDArray[np.int32]
    walk_x_mm: NDArray[np.int64]
    walk_y_mm: NDArray[np.int64]
    length_mm: int
    bound_mm: int
    policy: str

    @property
    def status(self) -> TourStatus:
        """Optimal when the length meets the bound."""
        return TourStatus.OPTIMAL if self.length_mm == self.bound_mm else TourStatus.FEASIBLE

    @property
    def gap(self) -> float:
        """Part of the length by which a shorter tour could be shorter at most, 0 to 1."""
        return (self.length_mm - self.bound_mm) / self.length_mm if self.length_mm else 0.0


@dataclass(frozen=True, slots=True)
class MapTour(Tour):
    """A tour on a site map, which may be several trips.

    The walk has a point at every node that it passes and at every stop.

    Attributes
    ----------
    walk_floor : int32[W]
        Storey of each point.
    walk_node : int32[W]
        Node of each point, -1 for a stop on an edge.
    trip_first : int64[T + 1]
        First place of each trip in `stop_order`, and S; at least one trip. Each ends at the tour's
        end, where the next one starts.
    """

    walk_floor: NDArray[np.int32]
    walk_node: NDArray[np.int32]
    trip_first: NDArray[np.int64]

    def trips(self) -> list[NDArray[np.int32]]:
        """Give the rows of the stops of each trip."""
        return np.split(self.stop_order, self.trip_first[1:-1])
