"""Travel heat: how often each stretch of the floor is walked, counted from the walks themselves."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .tour_layer import Floors, Millimetres

HEAT_CLASSES: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Stretches of the floor with the passes over each; columns of length H.

    Attributes
    ----------
    x1_mm, y1_mm, x2_mm, y2_mm : int64[H]
        Ends of each stretch.
    floor : int64[H]
        Storey.
    passes : int64[H]
        Passes in both directions together, at least 1.
    """

    x1_mm: NDArray[np.int64]
    y1_mm: NDArray[np.int64]
    x2_mm: NDArray[np.int64]
    y2_mm: NDArray[np.int64]
    floor: NDArray[np.int64]
    passes: NDArray[np.int64]

    def bounds(self) -> tuple[int, ...]:
        """Give the largest count of each class.

        Classes hold about equally many stretches: a few beside the depot see most walks.

        Returns
        -------
        tuple of int
            Up to `HEAT_CLASSES` ascending bounds; the last is the largest count, at least 1.
        """
        walked = np.sort(self.passes)
        if len(walked) == 0:
            return (1,)
        places = [len(walked) * part // HEAT_CLASSES - 1 for part in range(1, HEAT_CLASSES + 1)]
        return tuple(sorted({int(walked[max(place, 0)]) for place in places}))

    def classes(self) -> list[int]:
        """Give the class of each stretch, from 1: the first whose bound reaches its count."""
        bounds = self.bounds()
        return [1 + bisect_left(bounds, count) for count in self.passes.tolist()]


def travel_heat(walks: Iterable[tuple[Millimetres, Millimetres, Floors]]) -> Heat:
    """Count the passes over each stretch of many walks.

    Parameters
    ----------
    walks : iterable of (x_mm, y_mm, floor)
        Polylines, columns of equal length; pieces between floors are rides and do not count.

    Returns
    -------
    Heat
        Stretches as long as their count does not change, by line and place.
    """
    # A line is its floor, its direction in least whole numbers, and its distance from the origin.
    changes: dict[tuple[int, int, int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    ends: dict[tuple[int, int, int, int, int], tuple[int, int]] = {}
    for x_mm, y_mm, floors in walks:
        points = list(zip(*(np.asarray(c).tolist() for c in (x_mm, y_mm, floors)), strict=True))
        for (x1, y1, floor), (x2, y2, other) in pairwise(points):
            if floor != other or (x1, y1) == (x2, y2):
                continue
            (x1, y1), (x2, y2) = sorted(((x1, y1), (x2, y2)))
            divisor = gcd(x2 - x1, y2 - y1)
            dx, dy = (x2 - x1) // divisor, (y2 - y1) // divisor
            line = (floor, dx, dy, x1 * dy - y1 * dx)
            for x, y, change in ((x1, y1, 1), (x2, y2, -1)):
                place = x * dx + y * dy
                changes[line][place] += change
                ends[*line, place] = x, y
    rows = []
    for line in sorted(changes):
        count, start = 0, None
        for place in sorted(changes[line]):
            change = changes[line][place]
            if change == 0:
                continue
            here = ends[*line, place]
            if count and start is not None:
                rows.append((*start, *here, line[0], count))
            count, start = count + change, here
    return Heat(*np.array(rows, dtype=np.int64).reshape(-1, 6).T)
