"""The classic rules by which pickers walk, for sites that want tours that are easy to remember.

A rule covers one block, aisle by aisle, and ends at its front cross-aisle. With several blocks the
left-most aisle that has a stop leads to the farthest block, and its stops are taken on the way;
then block after block is covered, back towards the front, each from the side that is nearer
(source: Roodbergen and de Koster, "Routing methods for warehouses with multiple cross aisles",
International Journal of Production Research 39, 2001; one block: Hall 1993, Petersen 1997).

Front is the end of the floor that is nearer to the tour's end, left the side nearer to its start.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from .rectangle import Place
from .walk import walk_through

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .rectangle import Rectangle

_TURN: Final = -1
"""Row of a point that is no stop."""

_Stop = tuple[int, int]
"""A y and the stop's row."""
_Point = tuple[int, int, int]
"""An aisle, a y and the stop's row or `_TURN`."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One block as a rule sees it.

    Attributes
    ----------
    aisles : list of (aisle, stops)
        Aisles with stops in the order in which they are come to; stops from front to back.
    front, back : int
        Places of its cross-aisles.
    from_back : bool
        Whether the picker stands at the back cross-aisle.
    """

    aisles: list[tuple[int, list[_Stop]]]
    front: int
    back: int
    from_back: bool


def policy_walk(
    rectangle: Rectangle,
    stop_aisle: NDArray[np.int64],
    stop_y_mm: NDArray[np.int64],
    start: Place,
    end: Place,
    policy: str,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], int]:
    """Walk by a rule.

    Parameters
    ----------
    rectangle : Rectangle
        The floor.
    stop_aisle, stop_y_mm : int64[S]
        The stops, in any order.
    start, end : Place
        Where the tour starts and ends. It goes to the first stop and from the last one the
        shortest way.
    policy : str
        One of `POLICIES`.

    Returns
    -------
    stop_order : int32[S]
        Rows of the stops in the order of the rule.
    walk_x_mm, walk_y_mm : int64[W]
        Start, turning points, end.
    length_mm : int
        Length of the walk.
    """
    aisle_count = rectangle.aisle_count
    cross_y = rectangle.cross_y_mm.tolist()
    mirror_y = end.y_mm - cross_y[0] > cross_y[-1] - end.y_mm
    mirror_x = len(stop_aisle) > 0 and bool(
        start.aisle - stop_aisle.min() > stop_aisle.max() - start.aisle
    )
    aisle = aisle_count - 1 - stop_aisle if mirror_x else stop_aisle
    y_mm = -stop_y_mm if mirror_y else stop_y_mm
    if mirror_y:
        cross_y = [-y for y in reversed(cross_y)]
    points = _points(cross_y, aisle.tolist(), y_mm.tolist(), POLICIES[policy])
    while points and points[-1][2] == _TURN:
        points.pop()
    places = [
        Place(aisle_count - 1 - a if mirror_x else a, -y if mirror_y else y) for a, y, _ in points
    ]
    rows = [row for _, _, row in points if row != _TURN]
    return np.array(rows, dtype=np.int32), *walk_through(rectangle, [start, *places, end])


def _points(
    cross_y: list[int],
    stop_aisle: list[int],
    stop_y: list[int],
    rule: Callable[[_Block], list[_Point]],
) -> list[_Point]:
    """Give all points of the walk, the stops among them, block by block from the farthest on."""
    if not stop_aisle:
        return []
    block_of = np.maximum(np.searchsorted(cross_y, stop_y, side="left") - 1, 0).tolist()
    pieces: dict[int, dict[int, list[_Stop]]] = {}
    for y, row, aisle, block in sorted(
        zip(stop_y, range(len(stop_y)), stop_aisle, block_of, strict=True)
    ):
        pieces.setdefault(block, {}).setdefault(aisle, []).append((y, row))
    farthest = max(pieces)
    left = min(stop_aisle)
    points: list[_Point] = []
    for block in range(farthest):
        points += _through(left, pieces.get(block, {}).pop(left, []))
    points.append((left, cross_y[farthest], _TURN))
    for block in range(farthest, -1, -1):
        aisles = sorted(pieces.get(block, {}).items())
        if not aisles:
            continue
        at = points[-1][0]
        if abs(aisles[-1][0] - at) < abs(aisles[0][0] - at):
            aisles.reverse()
        points += rule(_Block(aisles, cross_y[block], cross_y[block + 1], block != farthest))
    return points


def _through(aisle: int, stops: list[_Stop]) -> list[_Point]:
    return [(aisle, y, row) for y, row in stops]


def _from_end(aisle: int, end: int, stops: list[_Stop]) -> list[_Point]:
    """Go into an aisle from one of its ends, along the stops, and back out there."""
    return [(aisle, end, _TURN), *_through(aisle, stops), (aisle, end, _TURN)] if stops else []


def _backwards(aisle: int, block: _Block, stops: list[_Stop]) -> list[_Point]:
    """Go through an aisle from back to front."""
    inside = _through(aisle, stops[::-1])
    return [(aisle, block.back, _TURN), *inside, (aisle, block.front, _TURN)]


def _forwards(aisle: int, block: _Block, stops: list[_Stop]) -> list[_Point]:
    """Go through an aisle from front to back."""
    return [(aisle, block.front, _TURN), *_through(aisle, stops), (aisle, block.back, _TURN)]


def _s_shape(block: _Block) -> list[_Point]:
    """Go through each aisle, up and down in turn; into the last one only as far as needed."""
    points: list[_Point] = []
    at_back = block.from_back
    for number, (aisle, stops) in enumerate(block.aisles, start=1):
        if at_back:
            points += _backwards(aisle, block, stops)
        elif number == len(block.aisles):
            return points + _from_end(aisle, block.front, stops)
        else:
            points += _forwards(aisle, block, stops)
        at_back = not at_back
    return points


def _return(block: _Block) -> list[_Point]:
    """Go into each aisle from the front and back out there."""
    return [
        point for aisle, stops in block.aisles for point in _from_end(aisle, block.front, stops)
    ]


def _midpoint(block: _Block) -> list[_Point]:
    """Take the back half of the aisles from the back, the front half from the front."""
    middle = block.front + block.back

    def cut(stops: list[_Stop]) -> int:
        return sum(2 * y <= middle for y, _ in stops)

    return _two_sided(block, cut)


def _largest_gap(block: _Block) -> list[_Point]:
    """Leave the largest gap of each aisle unwalked."""

    def cut(stops: list[_Stop]) -> int:
        ys = [block.front, *(y for y, _ in stops), block.back]
        gaps = [after - before for before, after in pairwise(ys)]
        return gaps.index(max(gaps))

    return _two_sided(block, cut)


def _two_sided(block: _Block, cut: Callable[[list[_Stop]], int]) -> list[_Point]:
    """Take part of each aisle along the back, the last aisle through, the rest along the front.

    A picker who stands at the front goes through the first aisle to get to the back.
    """
    *others, (last_aisle, last_stops) = block.aisles
    points: list[_Point] = []
    if not block.from_back:
        if not others:
            return _from_end(last_aisle, block.front, last_stops)
        points += _forwards(others[0][0], block, others[0][1])
        others = others[1:]
    for aisle, stops in others:
        points += _from_end(aisle, block.back, stops[cut(stops) :][::-1])
    points += _backwards(last_aisle, block, last_stops)
    for aisle, stops in reversed(others):
        points += _from_end(aisle, block.front, stops[: cut(stops)])
    return points


def _combined(block: _Block) -> list[_Point]:
    """Choose for each aisle to go through it or back out, so that the block's walk is shortest.

    Two partial walks are kept, one that has come to the front, one at the back.
    """
    through = block.back - block.front
    # Length and points of each; no walk has come to the other end yet.
    at_front: tuple[int, list[_Point]] | None = None if block.from_back else (0, [])
    at_back: tuple[int, list[_Point]] | None = (0, []) if block.from_back else None
    for aisle, stops in block.aisles:
        to_front: list[tuple[int, list[_Point]]] = []
        to_back: list[tuple[int, list[_Point]]] = []
        if at_front is not None:
            length, points = at_front
            depth = stops[-1][0] - block.front
            out = _from_end(aisle, block.front, stops)
            to_front.append((length + 2 * depth, points + out))
            to_back.append((length + through, points + _forwards(aisle, block, stops)))
        if at_back is not None:
            length, points = at_back
            depth = block.back - stops[0][0]
            out = _from_end(aisle, block.back, stops[::-1])
            to_front.append((length + through, points + _backwards(aisle, block, stops)))
            to_back.append((length + 2 * depth, points + out))
        at_front = min(to_front, key=lambda walk: walk[0])
        at_back = min(to_back, key=lambda walk: walk[0])
    assert at_front is not None
    return at_front[1]


POLICIES: Final = {
    "s-shape": _s_shape,
    "return": _return,
    "midpoint": _midpoint,
    "largest-gap": _largest_gap,
    "combined": _combined,
}
"""The rules by name."""
