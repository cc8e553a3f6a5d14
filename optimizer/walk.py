"""Shortest walks between places of a rectangular floor: one after another, or all lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .rectangle import Place, Rectangle


def walk_through(
    rectangle: Rectangle, places: Iterable[Place]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Walk from place to place, each time the shortest way.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    places : iterable of Place
        At least one. Between two aisles the walk takes the cross-aisle that makes it shortest, the
        front-most of several.

    Returns
    -------
    walk_x_mm, walk_y_mm : int64[W]
        First place, turning points, last place.
    length_mm : int
        Length of the walk.
    """
    aisle_x = rectangle.aisle_x_mm.tolist()
    cross_y = rectangle.cross_y_mm.tolist()
    points: list[tuple[int, int]] = []
    for aisle, place_y in places:
        x = aisle_x[aisle]
        if points and x != points[-1][0]:
            last_x, last_y = points[-1]
            over = [abs(y - last_y) + abs(y - place_y) for y in cross_y]
            y = cross_y[over.index(min(over))]
            points += [(last_x, y), (x, y)]
        points.append((x, int(place_y)))
    return turning_points(points)


def turning_points(
    points: list[tuple[int, int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Leave out of a polyline what lies on the way between its neighbours.

    Parameters
    ----------
    points : list of (x, y)
        At least one; two neighbours share their x or their y.

    Returns
    -------
    walk_x_mm, walk_y_mm : int64[W]
        The same polyline without repeated points and points passed straight on.
    length_mm : int
        Its length.
    """
    kept = points[:1]
    length_mm = 0
    for x, y in points[1:]:
        from_x, from_y = kept[-1]
        length_mm += abs(x - from_x) + abs(y - from_y)
        if (x, y) == (from_x, from_y):
            continue
        if len(kept) > 1 and _straight(kept[-2], kept[-1], (x, y)):
            kept[-1] = (x, y)
        else:
            kept.append((x, y))
    walk = np.array(kept, dtype=np.int64)
    return np.ascontiguousarray(walk[:, 0]), np.ascontiguousarray(walk[:, 1]), length_mm


def _straight(before: tuple[int, int], at: tuple[int, int], after: tuple[int, int]) -> bool:
    """Say whether the walk goes on in the direction in which it came."""
    return (at[0] - before[0]) * (after[0] - at[0]) + (at[1] - before[1]) * (after[1] - at[1]) > 0
