"""Check a tour by walking it, with nothing in common with what made it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rectangle import Place, Rectangle
    from .tour import Tour

_Point = tuple[int, int]


def check_tour(
    rectangle: Rectangle,
    stop_aisle: Sequence[int],
    stop_y_mm: Sequence[int],
    start: Place,
    end: Place,
    tour: Tour,
) -> list[str]:
    """Say what is wrong with a tour.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    stop_aisle, stop_y_mm : sequence of int
        Aisle and place in it of each stop, as they were given to the router.
    start, end : Place
        Where the tour must start and end.
    tour : Tour
        The answer.

    Returns
    -------
    faults : list of str
        Empty when the walk runs on the floor from start to end, passes the stops in the order of
        `Tour.stop_order`, all of them, and has the length that is claimed, at least the bound.
    """
    aisle_x = [int(x) for x in rectangle.aisle_x_mm]
    points = [(int(x), int(y)) for x, y in zip(tour.walk_x_mm, tour.walk_y_mm, strict=True)]
    stops = [(aisle_x[int(aisle)], int(y)) for aisle, y in zip(stop_aisle, stop_y_mm, strict=True)]
    if not points:
        return ["the walk has no point, expected at least the start"]
    faults = _walk_faults(rectangle, points)
    for name, place, point in (("start", start, points[0]), ("end", end, points[-1])):
        expected = (aisle_x[place.aisle], int(place.y_mm))
        if point != expected:
            faults.append(f"the walk's {name} is at {point}, expected {expected}")
    walked = sum(abs(x - u) + abs(y - v) for (x, y), (u, v) in pairwise(points))
    if walked != tour.length_mm:
        faults.append(f"the length is {tour.length_mm} mm, expected the walk's {walked} mm")
    if tour.bound_mm > tour.length_mm:
        faults.append(f"the bound {tour.bound_mm} mm is above the length {tour.length_mm} mm")
    order = [int(row) for row in tour.stop_order]
    if sorted(order) != list(range(len(stops))):
        faults.append(f"the order {order} does not name each of {len(stops)} stops once")
        return faults
    return faults + _order_faults(points, stops, order)


def _walk_faults(rectangle: Rectangle, points: list[_Point]) -> list[str]:
    """Check that each piece of the walk runs along one aisle or one cross-aisle."""
    aisles = {int(x) for x in rectangle.aisle_x_mm}
    crosses = {int(y) for y in rectangle.cross_y_mm}
    front, back = min(crosses), max(crosses)
    first, last = min(aisles), max(aisles)
    faults = []
    for point in points:
        x, y = point
        on_floor = first <= x <= last and front <= y <= back
        if not on_floor or (x not in aisles and y not in crosses):
            faults.append(f"the walk leaves the floor at {point}")
    for one, other in pairwise(points):
        along_aisle = one[0] == other[0] and one[0] in aisles
        along_cross = one[1] == other[1] and one[1] in crosses
        if not (along_aisle or along_cross):
            faults.append(f"the walk goes from {one} to {other}, neither aisle nor cross-aisle")
    return faults


def _order_faults(points: list[_Point], stops: list[_Point], order: list[int]) -> list[str]:
    """Check that the walk passes the stops one after another in their order.

    Each stop is looked for from where the one before it was passed, as early as it can be.
    """
    piece = 0
    at = points[0]
    for row in order:
        stop = stops[row]
        while not _between(at, points[min(piece + 1, len(points) - 1)], stop):
            piece += 1
            if piece >= len(points):
                return [f"the walk does not pass stop {row} at {stop} in its turn"]
            at = points[piece]
        at = stop
    return []


def _between(one: _Point, other: _Point, point: _Point) -> bool:
    """Say whether a point lies on an upright or level piece."""
    return all(min(a, b) <= p <= max(a, b) for a, b, p in zip(one, other, point, strict=True))
