"""The shortest tour on a rectangular floor, by dynamic programming over its aisles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.tour_blocks import one_aisle_length_mm
from ..kernels.tour_places import sort_places
from ..kernels.tour_walk import shortest_walk
from .tour_states import tour_states
from .walk import turning_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rectangle import Place, Rectangle

EXACT_BLOCKS_MAX: Final = 4
"""A tour through more of them is not attempted: there are five times the classes for each."""


class ExactTour(NamedTuple):
    """A shortest tour.

    Attributes
    ----------
    stop_order : int32[S]
        Rows of the stops in the order in which the walk first passes them.
    walk_x_mm, walk_y_mm : int64[W]
        Start, turning points, end.
    length_mm : int
        Length of the walk.
    """

    stop_order: NDArray[np.int32]
    walk_x_mm: NDArray[np.int64]
    walk_y_mm: NDArray[np.int64]
    length_mm: int


def exact_tour(
    rectangle: Rectangle,
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
) -> ExactTour | None:
    """Find a shortest tour from a start through all stops to an end.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    stop_aisle : int64[S]
        Aisle of each stop, in any order.
    stop_y_mm : int64[S]
        Place of each stop in its aisle.
    start, end : Place
        Where the tour starts and ends.

    Returns
    -------
    tour : ExactTour or None
        Optimal; None when more than `EXACT_BLOCKS_MAX` blocks lie between the first and the last
        place.

    Raises
    ------
    ValueError
        A stop, the start or the end is not on the floor; it is named.
    """
    stop_count = len(stop_aisle)
    off, order, place_aisle, place_y_mm, place_odd, first_cross, last_cross = sort_places(
        len(rectangle.aisle_x_mm), rectangle.cross_y_mm, stop_aisle, stop_y_mm, *start, *end
    )
    if off >= stop_count:
        name, place = (("start", start), ("end", end))[off - stop_count]
        raise rectangle.refusal(name, *place)
    if off >= 0:
        raise rectangle.refusal(f"stop {off}", stop_aisle[off], stop_y_mm[off])
    if place_aisle[0] == place_aisle[-1]:
        return _one_aisle(rectangle, order, place_y_mm, start, end)
    block_count = last_cross - first_cross
    if block_count > EXACT_BLOCKS_MAX:
        return None
    states = tour_states(block_count, closed=start == end)
    cross_y_mm = rectangle.cross_y_mm[first_cross : last_cross + 1]
    return ExactTour(
        *shortest_walk(
            rectangle.aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd, order, *states
        )
    )


def _one_aisle(
    rectangle: Rectangle,
    order: NDArray[np.intp],
    place_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
) -> ExactTour:
    """Walk to the end of the stops that lies away from the tour's end, then to the other."""
    x = int(rectangle.aisle_x_mm[start.aisle])
    low, high = int(place_y_mm[0]), int(place_y_mm[-1])
    turns = [low, high] if start.y_mm <= end.y_mm else [high, low]
    points = [(x, y) for y in (start.y_mm, *turns, end.y_mm)]
    walk_x_mm, walk_y_mm, length_mm = turning_points(points)
    # On the way to the first turn the stops beside the start, then the others.
    before = place_y_mm <= start.y_mm if turns[0] == low else place_y_mm >= start.y_mm
    toward = order[before][::-1] if turns[0] == low else order[before]
    onward = order[~before] if turns[0] == low else order[~before][::-1]
    rows = np.concatenate((toward, onward))
    assert length_mm == one_aisle_length_mm(place_y_mm, len(place_y_mm), start.y_mm, end.y_mm)
    return ExactTour(rows[rows < len(order) - 2].astype(np.int32), walk_x_mm, walk_y_mm, length_mm)
