"""One picker's tour on a site map of any form: one-way lanes, several floors, free ground plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import whole_column
from .matrix_tour import DEFAULT_EFFORT, matrix_tour
from .tour import MapTour

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .distances import Distances
    from .matrix_tour import Effort
    from .tour_rules import TourRules


def route_map(
    distances: Distances,
    stops: ArrayLike,
    start: int,
    end: int | None = None,
    *,
    rules: TourRules | None = None,
    effort: Effort = DEFAULT_EFFORT,
) -> MapTour:
    """Find a short tour from a start through all stops to an end.

    Parameters
    ----------
    distances : Distances
        The index of the map; made once, it serves any number of tours.
    stops : int[S]
        Stops of the index, in any order: what `Distances.bin_stop`, `place_stop` and `node_stop`
        give. Several may be one place, and none is a tour from start to end.
    start, end : int
        Stops at which it starts and ends; without an end it goes back to the start.
    rules : TourRules, optional
        Heavy before fragile, and what the cart holds: a tour that exceeds it is several trips.
    effort : Effort
        How long to search. By default the answer is always the same.

    Returns
    -------
    MapTour
        Optimal up to `SUBSET_STOPS_MAX` stops and wherever the bound meets the length, else with
        its gap. On a rectangular floor `route` proves more.

    Raises
    ------
    ValueError
        A stop that is not on the map, or rules that do not fit; it is named.
    """
    rows = whole_column("stops", stops)
    end = start if end is None else end
    stop_count = len(rows)
    between_mm = distances.matrix_mm(np.append(rows, [start, end]))
    found = matrix_tour(
        between_mm,
        np.arange(stop_count),
        stop_count,
        stop_count + 1,
        rules=rules,
        effort=effort,
    )
    passed = [start]
    for trip in np.split(rows[found.stop_order], found.trip_first[1:-1]):
        passed += [*trip.tolist(), end]
    walk = distances.walk(passed)
    return MapTour(
        stop_order=found.stop_order,
        walk_x_mm=walk.x_mm,
        walk_y_mm=walk.y_mm,
        length_mm=walk.length_mm,
        bound_mm=found.bound_mm,
        policy=found.policy,
        walk_floor=walk.floor,
        walk_node=walk.node,
        trip_first=found.trip_first,
    )
