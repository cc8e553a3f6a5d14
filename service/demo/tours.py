"""S-shape tours over two blocks, and the traffic that they make.

A cart leaves the depot along the front cross-aisle to the leftmost aisle that holds a pick
and goes up through it. When the back block holds picks it walks that block's aisles from
left to right, each from end to end in turn; in the last one it turns round after the
farthest pick if it would otherwise end at the wall. It then walks the remaining aisles of
the front block, from the nearer side, so that it ends at the front, and returns. Rule:
Roodbergen and De Koster, "Routing methods for warehouses with multiple cross aisles",
International Journal of Production Research 39 (2001). O(n log n) for n bins.

Every metre lies on an aisle or a cross-aisle; nothing is measured as the crow flies.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest
from .floor import BAY_PITCH_MM, BLOCKS, CROSS_AISLE_MM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from .floor import FloorPlan

ORDERS_PER_CART: Final = 12
_FRONT, _MIDDLE = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Tour:
    """One cart's walk.

    Attributes
    ----------
    visit : int64[n]
        The given bins in the order in which they are visited: positions in the input.
    walked_mm : int
        Length of the path.
    path_x_mm, path_y_mm : int64[c]
        Corners, from the depot to the depot; between two of them one coordinate changes.
    """

    visit: NDArray[np.int64]
    walked_mm: int
    path_x_mm: NDArray[np.int64]
    path_y_mm: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TravelHeat:
    """How often carts pass.

    Attributes
    ----------
    aisle_passes : int64[aisles, 2, bays]
        Passes through each bay of each block's aisles.
    cross_passes : int64[3, aisles - 1]
        Passes between neighbouring aisles on the front, middle and back cross-aisle.
    """

    aisle_passes: NDArray[np.int64]
    cross_passes: NDArray[np.int64]


class _Walk:
    """Path and visits under construction."""

    def __init__(self, plan: FloorPlan, bins: dict[tuple[int, int], list[tuple[int, int]]]) -> None:
        self.plan = plan
        self.bins = bins
        self.visit: list[int] = []
        self.corners: list[tuple[int, int]] = [(plan.aisle_x_mm(plan.depot_aisle), 0)]
        self.walked_mm = 0

    def go(self, x_mm: int, y_mm: int) -> None:
        """Walk straight to a point on the same aisle or cross-aisle."""
        last_x, last_y = self.corners[-1]
        distance = abs(x_mm - last_x) + abs(y_mm - last_y)
        if distance > 0:
            self.walked_mm += distance
            self.corners.append((x_mm, y_mm))

    def through(self, block: int, aisle: int, start: int) -> None:
        """Walk one block's aisle from end to end, picking on the way."""
        other = 2 * block + 1 - start
        stops = self.bins.get((block, aisle), [])
        self.visit.extend(row for _, row in (stops if start == block else _downwards(stops)))
        self.go(self.plan.aisle_x_mm(aisle), self.plan.cross_y_mm[other])

    def into(self, block: int, aisle: int, start: int) -> None:
        """Walk to the farthest pick of an aisle and back out where it was entered."""
        stops = self.bins[block, aisle]
        stops = stops if start == block else _downwards(stops)
        self.visit.extend(row for _, row in stops)
        x = self.plan.aisle_x_mm(aisle)
        self.go(x, stops[-1][0])
        self.go(x, self.plan.cross_y_mm[start])

    def sweep(self, block: int, aisles: Sequence[int], start: int, end: int) -> None:
        """Walk aisles of one block in turn, from one cross-aisle, ending at another."""
        at = start
        for number, aisle in enumerate(aisles):
            self.go(self.plan.aisle_x_mm(aisle), self.plan.cross_y_mm[at])
            if number == len(aisles) - 1 and at == end:
                self.into(block, aisle, at)
            else:
                self.through(block, aisle, at)
                at = 2 * block + 1 - at


def s_shape_tour(
    plan: FloorPlan,
    aisle: NDArray[np.int32],
    block: NDArray[np.int32],
    approach_y_mm: NDArray[np.int64],
) -> Tour:
    """Order bins by the S-shape rule and measure the walk.

    Parameters
    ----------
    plan : FloorPlan
        Measures of the building.
    aisle, block : int32[n]
        Where each bin is.
    approach_y_mm : int64[n]
        Where it is reached on its aisle.

    Returns
    -------
    Tour
        From depot to depot; with no bins it stays there. Bins at the same point keep the
        order in which they were given.

    Raises
    ------
    InvalidRequest
        Columns of different lengths, or a bin that is not in the racks of this plan.
    """
    count = len(aisle)
    if len(block) != count or len(approach_y_mm) != count:
        raise InvalidRequest(
            f"columns of a tour have {count}, {len(block)} and {len(approach_y_mm)} rows; expected "
            "equal lengths"
        )
    bins: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row, (one_aisle, one_block, y) in enumerate(
        zip(aisle.tolist(), block.tolist(), approach_y_mm.tolist(), strict=True)
    ):
        if not (0 <= one_aisle < plan.aisle_count and 0 <= one_block < BLOCKS):
            raise InvalidRequest(
                f"bin {row} of a tour is in aisle {one_aisle}, block {one_block}; this plan has "
                f"aisles 0 to {plan.aisle_count - 1} in blocks 0 and 1"
            )
        bins.setdefault((one_block, one_aisle), []).append((y, row))
    for stops in bins.values():
        stops.sort()
    walk = _Walk(plan, bins)
    if bins:
        _walk_blocks(walk)
    corners = np.array(walk.corners, dtype=np.int64)
    return Tour(
        visit=np.array(walk.visit, dtype=np.int64),
        walked_mm=walk.walked_mm,
        path_x_mm=corners[:, 0].copy(),
        path_y_mm=corners[:, 1].copy(),
    )


def assign_carts(
    departure_row: NDArray[np.int32], orders_per_cart: int = ORDERS_PER_CART
) -> NDArray[np.int32]:
    """Put the orders of one wave on carts, one departure per cart.

    Parameters
    ----------
    departure_row : int32[n]
        Departure of each order.
    orders_per_cart : int
        Places on a cart, >= 1.

    Returns
    -------
    int32[n]
        Cart of each order, from 0, earliest departure first; orders of one departure fill
        carts in the order given.

    Raises
    ------
    InvalidRequest
        `orders_per_cart` below 1.
    """
    if orders_per_cart < 1:
        raise InvalidRequest(f"orders_per_cart is {orders_per_cart}; expected at least 1")
    order = np.argsort(departure_row, kind="stable")
    ranked = departure_row[order]
    place = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    begins = place % orders_per_cart == 0
    carts = np.empty(len(ranked), dtype=np.int32)
    carts[order] = np.cumsum(begins, dtype=np.int32) - 1
    return carts


def travel_heat(plan: FloorPlan, tours: Iterable[Tour]) -> TravelHeat:
    """Count passes per bay and per stretch of cross-aisle.

    Parameters
    ----------
    plan : FloorPlan
        The plan that the tours were made on.
    tours : iterable of Tour
        Walks to add up.

    Returns
    -------
    TravelHeat
        Counts; a turn inside an aisle passes its bays twice.
    """
    aisles = np.zeros((plan.aisle_count, BLOCKS, plan.bay_count), dtype=np.int64)
    cross = np.zeros((BLOCKS + 1, plan.aisle_count - 1), dtype=np.int64)
    x_row = {plan.aisle_x_mm(aisle): aisle for aisle in range(plan.aisle_count)}
    y_row = {y: number for number, y in enumerate(plan.cross_y_mm)}
    for tour in tours:
        points = list(zip(tour.path_x_mm.tolist(), tour.path_y_mm.tolist(), strict=True))
        for (x, y), (next_x, next_y) in pairwise(points):
            if y == next_y:
                left, right = sorted((x_row[x], x_row[next_x]))
                cross[y_row[y], left:right] += 1
            else:
                low, high = min(y, next_y), max(y, next_y)
                block = 0 if high <= plan.cross_y_mm[_MIDDLE] else 1
                base = plan.cross_y_mm[block] + CROSS_AISLE_MM // 2
                first = max(0, -(-(low - base - BAY_PITCH_MM // 2) // BAY_PITCH_MM))
                last = min(plan.bay_count, (high - base + BAY_PITCH_MM // 2) // BAY_PITCH_MM)
                aisles[x_row[x], block, first:last] += 1
    return TravelHeat(aisle_passes=aisles, cross_passes=cross)


def _walk_blocks(walk: _Walk) -> None:
    """Apply the rule of the module's head to a tour with at least one bin."""
    plan = walk.plan
    front = sorted(aisle for block, aisle in walk.bins if block == 0)
    back = sorted(aisle for block, aisle in walk.bins if block == 1)
    depot_x = plan.aisle_x_mm(plan.depot_aisle)
    if not back:
        walk.sweep(0, front, _FRONT, _FRONT)
    else:
        first = min(front[:1] + back[:1])
        walk.go(plan.aisle_x_mm(first), 0)
        walk.through(0, first, _FRONT)
        walk.sweep(1, back, _MIDDLE, _MIDDLE)
        rest = [aisle for aisle in front if aisle != first]
        here_x = walk.corners[-1][0]
        if rest:
            to_left = abs(plan.aisle_x_mm(rest[0]) - here_x)
            to_right = abs(plan.aisle_x_mm(rest[-1]) - here_x)
            walk.sweep(0, rest if to_left <= to_right else rest[::-1], _MIDDLE, _FRONT)
        else:
            walk.go(here_x, 0)
    walk.go(depot_x, 0)


def _downwards(stops: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Order stops from the back to the front; equal points keep their order."""
    return sorted(stops, key=lambda stop: (-stop[0], stop[1]))
