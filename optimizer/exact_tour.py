"""The shortest tour on a rectangular floor, by dynamic programming over its aisles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.tour_blocks import CHOICES, one_aisle_length_mm, shortest_tour, trace_choices
from ..kernels.tour_walk import tour_walk
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
    """
    stop_count = len(stop_aisle)
    aisle = np.concatenate((stop_aisle, np.array([start.aisle, end.aisle]))).astype(np.int32)
    y_mm = np.concatenate((stop_y_mm, np.array([start.y_mm, end.y_mm]))).astype(np.int64)
    order = np.lexsort((y_mm, aisle))
    place_aisle = aisle[order]
    place_y_mm = y_mm[order]
    if place_aisle[0] == place_aisle[-1]:
        return _one_aisle(rectangle, order, place_y_mm, start, end)
    closed = start == end
    place_odd = np.zeros(len(order), np.bool_) if closed else order >= stop_count
    cross_y_mm = crossed(rectangle.cross_y_mm, y_mm.min(), y_mm.max())
    if len(cross_y_mm) - 1 > EXACT_BLOCKS_MAX:
        return None
    states = tour_states(len(cross_y_mm) - 1, closed=closed)
    aisle_count = 1 + int(np.count_nonzero(place_aisle[1:] != place_aisle[:-1]))
    piece_count = aisle_count * (len(cross_y_mm) - 1)
    class_count = len(states.across_weight)
    choice_before = np.empty((piece_count, class_count), np.int8)
    class_before = np.empty((piece_count, class_count), np.int16)
    dropped_from = np.empty((aisle_count, class_count), np.int16)
    length_mm, last_class = shortest_tour(
        rectangle.aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd, len(place_aisle),
        states.after_choice, states.after_drop, states.across_weight, states.complete,
        states.empty, np.empty((2, class_count), np.int64),
        np.empty(len(CHOICES), np.int64), np.empty(len(CHOICES), np.int64),
        choice_before, class_before, dropped_from,
    )  # fmt: skip
    choice = np.empty(piece_count, np.int8)
    going_on = np.empty(aisle_count - 1, np.int16)
    trace_choices(
        last_class, choice_before, class_before, dropped_from, len(cross_y_mm) - 1, choice, going_on
    )
    place_order, walk_x_mm, walk_y_mm = tour_walk(
        rectangle.aisle_x_mm, cross_y_mm, place_aisle, place_y_mm, place_odd, choice, going_on,
        states.edges_across, order.tolist().index(stop_count),
    )  # fmt: skip
    rows = order[place_order]
    return ExactTour(rows[rows < stop_count].astype(np.int32), walk_x_mm, walk_y_mm, int(length_mm))


def crossed(cross_y_mm: NDArray[np.int64], first_y_mm: int, last_y_mm: int) -> NDArray[np.int64]:
    """Give the cross-aisles that a shortest tour may use: those around its places.

    What a tour walks on a cross-aisle beyond them can be slid towards them, and gets shorter.

    Parameters
    ----------
    cross_y_mm : int64[B + 1]
        Cross-aisles from front to back.
    first_y_mm, last_y_mm : int
        The places' smallest and largest y.

    Returns
    -------
    crossed_y_mm : int64[2..B + 1]
        Neighbouring cross-aisles, in a row that can be given to a kernel.
    """
    blocks = len(cross_y_mm) - 1
    first = min(int(cross_y_mm.searchsorted(first_y_mm, side="right")) - 1, blocks - 1)
    last = max(int(cross_y_mm.searchsorted(last_y_mm, side="left")), first + 1)
    return cross_y_mm[first : last + 1]


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
