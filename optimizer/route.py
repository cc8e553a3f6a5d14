"""One picker's tour on a rectangular floor, by the solver that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .columns import whole_column
from .exact_tour import exact_tour
from .policies import POLICIES, policy_walk
from .tour import Tour

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .rectangle import Place, Rectangle

EXACT: Final = "exact"


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
        than `EXACT_BLOCKS_MAX` blocks lie between the places, ``exact`` gives the best of the
        rules, under its name.

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
    end = start if end is None else end
    _check_places(rectangle, aisle, y_mm, start, end)
    shortest = exact_tour(rectangle, aisle, y_mm, start, end)
    if policy == EXACT and shortest is not None:
        return Tour(*shortest, bound_mm=shortest.length_mm, policy=EXACT)
    bound_mm = (
        _extent_bound_mm(rectangle, aisle, y_mm, start, end)
        if shortest is None
        else shortest.length_mm
    )
    tours = [
        Tour(
            *policy_walk(rectangle, aisle, y_mm, start, end, name),
            bound_mm=bound_mm,
            policy=name,
        )
        for name in (POLICIES if policy == EXACT else (policy,))
    ]
    return min(tours, key=lambda tour: tour.length_mm)


def _extent_bound_mm(
    rectangle: Rectangle,
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
) -> int:
    """Give a length that every walk has: to both far ends along x, and along y."""
    x = rectangle.aisle_x_mm[[*stop_aisle, start.aisle, end.aisle]]
    y = np.array([*stop_y_mm, start.y_mm, end.y_mm])
    return sum(int(2 * np.ptp(along) - abs(along[-1] - along[-2])) for along in (x, y))


def _stops(
    stop_aisle: ArrayLike, stop_y_mm: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the stops as columns of whole numbers."""
    aisle, y_mm = whole_column("stop_aisle", stop_aisle), whole_column("stop_y_mm", stop_y_mm)
    if len(aisle) != len(y_mm):
        raise ValueError(f"stop_y_mm has {len(y_mm)} stops, expected {len(aisle)} as in stop_aisle")
    return aisle, y_mm


def _check_places(
    rectangle: Rectangle,
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
) -> None:
    """Refuse places that are not on the floor, and name the first one."""
    aisle = np.concatenate((stop_aisle, np.array([start.aisle, end.aisle], dtype=np.int64)))
    y_mm = np.concatenate((stop_y_mm, np.array([start.y_mm, end.y_mm], dtype=np.int64)))
    off = ~rectangle.holds(aisle, y_mm)
    if not off.any():
        return
    front, back = int(rectangle.cross_y_mm[0]), int(rectangle.cross_y_mm[-1])
    row = int(np.flatnonzero(off)[0])
    at = row - len(stop_aisle)
    name = f"stop {row}" if at < 0 else ("start", "end")[at]
    raise ValueError(
        f"{name} is at {y_mm[row]} mm in aisle {aisle[row]}, "
        f"expected {front} to {back} mm in one of {rectangle.aisle_count} aisles"
    )
