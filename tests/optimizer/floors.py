"""Small floors and tours on them, and the slow way to the shortest: every order of the stops."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise, permutations

import numpy as np
from hypothesis import strategies as st

from slotline.optimizer.rectangle import Place, Rectangle


@dataclass(frozen=True)
class Case:
    """A floor with what is to be walked on it."""

    rectangle: Rectangle
    stops: tuple[Place, ...]
    start: Place
    end: Place

    @property
    def stop_aisle(self) -> list[int]:
        return [stop.aisle for stop in self.stops]

    @property
    def stop_y_mm(self) -> list[int]:
        return [stop.y_mm for stop in self.stops]


def walked_mm(rectangle: Rectangle, one: Place, other: Place) -> int:
    """Length of the shortest walk between two places."""
    if one.aisle == other.aisle:
        return abs(one.y_mm - other.y_mm)
    over = abs(int(rectangle.aisle_x_mm[one.aisle]) - int(rectangle.aisle_x_mm[other.aisle]))
    return over + min(
        abs(one.y_mm - y) + abs(other.y_mm - y) for y in rectangle.cross_y_mm.tolist()
    )


def order_length_mm(case: Case, stops: tuple[Place, ...]) -> int:
    """Length of the walk that takes stops in an order."""
    places = (case.start, *stops, case.end)
    return sum(walked_mm(case.rectangle, one, other) for one, other in pairwise(places))


def shortest_mm(case: Case) -> int:
    """Length of the best of all orders."""
    return min(order_length_mm(case, order) for order in permutations(case.stops))


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    block_max: int,
    stop_max: int,
    aisle_max: int = 6,
    closed: bool | None = None,
) -> Case:
    """Draw a floor of few and narrow aisles, so that stops share places and ends of aisles."""
    steps = st.integers(1, 9)
    aisle_x = list(accumulate(draw(st.lists(steps, min_size=1, max_size=aisle_max))))
    cross_y = list(accumulate(draw(st.lists(steps, min_size=2, max_size=block_max + 1))))
    places = st.builds(
        Place, st.integers(0, len(aisle_x) - 1), st.integers(cross_y[0], cross_y[-1])
    )
    start = draw(places)
    stays = draw(st.booleans()) if closed is None else closed
    return Case(
        Rectangle(np.array(aisle_x), np.array(cross_y)),
        tuple(draw(st.lists(places, max_size=stop_max))),
        start,
        start if stays else draw(places),
    )
