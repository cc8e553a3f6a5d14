"""One picker's tour on a rectangular floor, by the solver that fits it."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING

import numpy as np

from .columns import whole_column
from .exact_tour import exact_tour
from .matrix_tour import EXACT, matrix_tour
from .policies import POLICIES, policy_walk
from .rectangle import PLACE_MM_MAX, Place
from .tour import Tour
from .walk import walk_through

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .rectangle import Rectangle


def route(
    rectangle: Rectangle,
    stop_aisle: ArrayLike,
    stop_y_mm: ArrayLike,
    start: Place,
    end: Place | None = None,
    *,
    policy: str = EXACT,
) -> Tour:
    """Find a tour from a start through all stops to an end.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    stop_aisle : int[S]
        Aisle of each stop, in any order; several stops may be in one place, and none is a tour
        from start to end.
    stop_y_mm : int[S]
        Place of each stop in its aisle, in mm from the same origin as the cross-aisles.
    start, end : Place
        Where the tour starts and ends; without an end it goes back to the start. Both may lie
        anywhere in an aisle.
    policy : str
        ``exact`` for a shortest tour, or the name of a classic rule, one of `POLICIES`. Where more
        than `EXACT_BLOCKS_MAX` blocks lie between the places and there are more than
        `SUBSET_STOPS_MAX` stops, ``exact`` gives a tour that was searched, with the policy
        ``local-search``.

    Returns
    -------
    tour : Tour
        Optimal, or with its bound; `Tour.policy` says which rule made it.

    Raises
    ------
    ValueError
        When a stop, the start or the end is not on the floor, or there is no such policy; it is
        named.
    """
    aisle, y_mm = _stops(stop_aisle, stop_y_mm)
    if policy != EXACT and policy not in POLICIES:
        raise ValueError(
            f"policy is {policy!r}, expected {EXACT!r} or one of {', '.join(POLICIES)}"
        )
    start = _whole_place("start", start)
    end = start if end is None else _whole_place("end", end)
    found = exact_tour(rectangle, aisle, y_mm, start, end)
    if found is None:
        best = _searched_tour(rectangle, aisle, y_mm, start, end)
    else:
        best = Tour(*found, bound_mm=found.length_mm, policy=EXACT)
    if policy == EXACT:
        return best
    walk = policy_walk(rectangle, aisle, y_mm, start, end, policy)
    return Tour(*walk, bound_mm=best.bound_mm, policy=policy)


def _searched_tour(
    rectangle: Rectangle,
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
) -> Tour:
    """Order the stops by the walks between them, and walk from one to the next."""
    stop_count = len(stop_aisle)
    aisle = np.append(stop_aisle, [start.aisle, end.aisle])
    y_mm = np.append(stop_y_mm, [start.y_mm, end.y_mm])
    between_mm = rectangle.walked_mm(aisle, y_mm)
    found = matrix_tour(between_mm, np.arange(stop_count), stop_count, stop_count + 1)
    inside = [Place(int(aisle[row]), int(y_mm[row])) for row in found.stop_order]
    return Tour(
        found.stop_order,
        *walk_through(rectangle, [start, *inside, end]),
        bound_mm=found.bound_mm,
        policy=found.policy,
    )


def _stops(
    stop_aisle: ArrayLike, stop_y_mm: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the stops as columns of whole numbers."""
    aisle, y_mm = whole_column("stop_aisle", stop_aisle), whole_column("stop_y_mm", stop_y_mm)
    if len(aisle) != len(y_mm):
        raise ValueError(f"stop_y_mm has {len(y_mm)} stops, expected {len(aisle)} as in stop_aisle")
    return aisle, y_mm


def _whole_place(name: str, place: Place) -> Place:
    """Give a place in whole numbers."""
    try:
        aisle, y_mm = place
        found = Place(index(aisle), index(y_mm))
    except TypeError as error:
        raise ValueError(f"{name} is {place}, expected an aisle and a y, whole numbers") from error
    if max(map(abs, found)) > PLACE_MM_MAX:
        raise ValueError(f"{name} is {place}, expected numbers up to {PLACE_MM_MAX}")
    return found
