"""Tours with the way walked to each stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slotline.optimizer.rectangle import Place
from slotline.optimizer.route import route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slotline.optimizer.tour import Tour

    from .day import Day
    from .parts import Pick


class Steps(NamedTuple):
    """A tour as its picker walks it.

    Attributes
    ----------
    picks : list of Pick
        In their sequence.
    walked_mm : list of int
        To each of them, from the one before or the start.
    back_mm : int
        From the last one to the end.
    """

    picks: list[Pick]
    walked_mm: list[int]
    back_mm: int


class TourMaker:
    """Makes the tours of one policy.

    Parameters
    ----------
    day : Day
        With the floor.
    policy : str
        As of `optimizer.route.route`.
    """

    def __init__(self, day: Day, policy: str) -> None:
        self._zones = day.site.zones
        self._aisle = day.site.bin_aisle[day.row_bin].tolist()
        self._x_mm = day.site.bin_x_mm[day.row_bin].tolist()
        self._y_mm = day.site.bin_y_mm[day.row_bin].tolist()
        self._policy = policy

    def place(self, row: int) -> Place:
        """Give the place of a stock row in its zone."""
        return Place(self._aisle[row], self._y_mm[row])

    def length_mm(self, zone: int, rows: Sequence[int]) -> int:
        """Measure the tour through some rows from the zone's depot and back."""
        return self._route(zone, rows, self._zones[zone].depot).length_mm

    def steps(self, zone: int, picks: Sequence[Pick], start: Place | None = None) -> Steps:
        """Make a tour to the zone's depot.

        Parameters
        ----------
        zone : int
            Zone of all picks.
        picks : sequence of Pick
            In any order.
        start : Place, optional
            Where the picker stands, the depot by default.

        Returns
        -------
        steps : Steps
            By the policy.
        """
        rows = [pick.row for pick in picks]
        tour = self._route(zone, rows, self._zones[zone].depot if start is None else start)
        order = tour.stop_order.tolist()
        places = [(self._x_mm[rows[stop]], self._y_mm[rows[stop]]) for stop in order]
        walked_mm, back_mm = _along(tour, places)
        return Steps([picks[stop] for stop in order], walked_mm, back_mm)

    def _route(self, zone: int, rows: Sequence[int], start: Place) -> Tour:
        floor = self._zones[zone]
        aisle, y_mm = [self._aisle[row] for row in rows], [self._y_mm[row] for row in rows]
        return route(floor.rectangle, aisle, y_mm, start, floor.depot, policy=self._policy)


def _along(tour: Tour, places: list[tuple[int, int]]) -> tuple[list[int], int]:
    """Measure along a walk from place to place, in the order in which it passes them."""
    corners = list(zip(tour.walk_x_mm.tolist(), tour.walk_y_mm.tolist(), strict=True))
    walked_mm: list[int] = []
    at, corner, total = corners[0], 1, 0
    for place in places:
        length = 0
        while corner < len(corners) and not _between(at, place, corners[corner]):
            length += _apart(at, corners[corner])
            at = corners[corner]
            corner += 1
        length += _apart(at, place)
        at = place
        walked_mm.append(length)
        total += length
    return walked_mm, tour.length_mm - total


def _between(start: tuple[int, int], place: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether a place lies on the straight piece from start to end."""
    return _apart(start, place) + _apart(place, end) == _apart(start, end)


def _apart(one: tuple[int, int], other: tuple[int, int]) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
