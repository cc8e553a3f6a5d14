"""A tour on a floor plan: the walk, beside its middle line, and its stops in order."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Final

from .sheet import CHARACTER_WIDTH, Sheet, arrow, label, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Millimetres = NDArray[np.int64] | Sequence[int]
    Floors = NDArray[np.int32] | Sequence[int]

    _Point = tuple[float, float]

STOP_RADIUS: Final = 6.0
_BESIDE: Final = 2.6
"""Way there and way back lie this far right of the middle, so that both are seen."""
_ARROW: Final = 2.6
_ARROW_EVERY: Final = 120.0


@dataclass(frozen=True, slots=True)
class TourLayer:
    """What is drawn of a tour.

    Attributes
    ----------
    walk_x_mm, walk_y_mm, walk_floor : int[W]
        The walk as a polyline, from its start to its end.
    stop_x_mm, stop_y_mm, stop_floor : int[S]
        Where each stop is, in the order in which they are served.
    stop_names : sequence of str
        What each stop is, such as the code of its bin.
    """

    walk_x_mm: Millimetres
    walk_y_mm: Millimetres
    walk_floor: Floors
    stop_x_mm: Millimetres
    stop_y_mm: Millimetres
    stop_floor: Floors
    stop_names: Sequence[str]


def draw_tour(tour: TourLayer, sheet: Sheet) -> list[str]:
    """Draw a tour.

    Parameters
    ----------
    tour : TourLayer
        The tour.
    sheet : Sheet
        Where it is drawn.

    Returns
    -------
    list of str
        Elements: a polyline for each part on one floor, start and end, stops with their numbers.
        Stops in one spot share a mark that has all their numbers.
    """
    if len(tour.walk_x_mm) == 0:
        raise ValueError("found a walk without points, expected at least its start")
    x = sheet.x(tour.walk_x_mm).tolist()
    y = sheet.y(tour.walk_y_mm, tour.walk_floor).tolist()
    floors = [int(floor) for floor in tour.walk_floor]
    runs: list[list[_Point]] = [[]]
    for place, point in enumerate(zip(x, y, strict=True)):
        if place and floors[place] != floors[place - 1]:
            runs.append([])
        if not runs[-1] or runs[-1][-1] != point:
            runs[-1].append(point)
    parts = []
    heads = []
    for run in runs:
        if len(run) > 1:
            points = " ".join(f"{number(a)},{number(b)}" for a, b in _beside(run))
            parts.append(f'<polyline class="tour-halo" points="{points}"/>')
            parts.append(f'<polyline class="tour" points="{points}"/>')
            heads.extend(_heads(run))
    parts.append(f'<path class="tour-head" d="{"".join(heads)}"/>' if heads else "")
    parts.extend(_ends((x[0], y[0]), (x[-1], y[-1])))
    parts.extend(_stops(tour, sheet))
    return parts


def _right(start: _Point, end: _Point) -> _Point:
    """Give the way to the right of a piece, `_BESIDE` long; y of the sheet grows downward."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    return -dy / length * _BESIDE, dx / length * _BESIDE


def _beside(run: list[_Point]) -> list[_Point]:
    """Move a polyline to its right-hand side."""
    sides = [_right(start, end) for start, end in pairwise(run)]
    moved = [(run[0][0] + sides[0][0], run[0][1] + sides[0][1])]
    for (x, y), before, after in zip(run[1:-1], sides[:-1], sides[1:], strict=True):
        cosine = (before[0] * after[0] + before[1] * after[1]) / _BESIDE**2
        if cosine > -0.5:
            # Where both moved pieces meet.
            share = 1 / (1 + cosine)
            moved.append((x + (before[0] + after[0]) * share, y + (before[1] + after[1]) * share))
        else:
            moved.extend(((x + before[0], y + before[1]), (x + after[0], y + after[1])))
    moved.append((run[-1][0] + sides[-1][0], run[-1][1] + sides[-1][1]))
    return moved


def _heads(run: list[_Point]) -> list[str]:
    """Put arrow heads on long pieces."""
    heads = []
    for start, end in pairwise(run):
        length = hypot(end[0] - start[0], end[1] - start[1])
        if length < 4 * _ARROW:
            continue
        ahead = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
        side = _right(start, end)
        count = max(1, round(length / _ARROW_EVERY))
        for place in range(count):
            share = (place + 0.5) / count
            x = start[0] + (end[0] - start[0]) * share + side[0]
            y = start[1] + (end[1] - start[1]) * share + side[1]
            heads.append(arrow(x, y, ahead, _ARROW))
    return heads


def _ends(start: _Point, end: _Point) -> list[str]:
    marks = [("start and end", "tour-start", start)]
    if start != end:
        marks = [("start", "tour-start", start), ("end", "tour-end", end)]
    return [
        f'<circle class="{name}" cx="{number(x)}" cy="{number(y)}" r="{number(STOP_RADIUS + 1)}">'
        f"<title>Tour: {title}</title></circle>"
        for title, name, (x, y) in marks
    ]


def _stops(tour: TourLayer, sheet: Sheet) -> list[str]:
    x = sheet.x(tour.stop_x_mm).tolist()
    y = sheet.y(tour.stop_y_mm, tour.stop_floor).tolist()
    at: dict[_Point, list[int]] = {}
    for place, point in enumerate(zip(x, y, strict=True)):
        at.setdefault(point, []).append(place)
    parts = []
    for (left, top), places in at.items():
        numbers = ",".join(str(place + 1) for place in places)
        names = "; ".join(f"stop {place + 1}: {tour.stop_names[place]}" for place in places)
        size = min(8.0, 1.8 * STOP_RADIUS / (len(numbers) * CHARACTER_WIDTH))
        parts.append(
            f'<g class="stop"><title>{escape(names)}</title>'
            f'<circle cx="{number(left)}" cy="{number(top)}" r="{number(STOP_RADIUS)}"/>'
            f"{label('stop-number', left, top, numbers, size=size)}</g>"
        )
    return parts
