"""The names on a floor plan: aisles, and the marks of places and lifts, none over another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ...optimizer.site_map import NONE
from .sheet import FONT, Sheet, joined, label, mark_names, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ...optimizer.site_map import SiteMap

MARK: Final = 16.0
"""Size of a mark."""
_LABEL_AWAY: Final = 20.0


class _Text(NamedTuple):
    x: float
    y: float
    text: str


class _Row(NamedTuple):
    """Marks with their names in a row.

    Attributes
    ----------
    names : list of _Text
        At one height.
    turned : str
        How they are written.
    near, far : float
        Where marks begin and names end, towards the edge of the sheet.
    """

    names: list[_Text]
    turned: str
    near: float
    far: float


def name_labels(site: SiteMap, sheet: Sheet) -> list[str]:
    """Write the names of aisles, places and lifts.

    Parameters
    ----------
    site : SiteMap
        The site.
    sheet : Sheet
        Where things lie.

    Returns
    -------
    list of str
        `text` elements, ``aisle-name`` and ``place-name``.
    """
    parts: list[str] = []
    taken: dict[int, list[_Row]] = {}
    for (floor, is_back), marks in _marks(site, sheet).items():
        rows = _rows(marks, is_back=is_back)
        for row in rows:
            parts += _written("place-name", row.names, row.turned)
        if is_back:
            taken[floor] = rows
    return _aisle_names(site, sheet, taken) + parts


def _marks(site: SiteMap, sheet: Sheet) -> dict[tuple[int, bool], list[_Text]]:
    """Give the marks with their names, by floor and by whether they lie in its back half."""
    nodes = site.nodes
    middle = (nodes.y_mm.min() + nodes.y_mm.max()) / 2
    marks: dict[tuple[int, bool], list[_Text]] = {}
    for node, name in mark_names(site).items():
        side = int(nodes.floor[node]), bool(nodes.y_mm[node] > middle)
        x, y = sheet.x(nodes.x_mm[node]), sheet.y(nodes.y_mm[node], nodes.floor[node])
        marks.setdefault(side, []).append(_Text(float(x), float(y), name))
    return marks


def _rows(marks: list[_Text], *, is_back: bool) -> list[_Row]:
    """Put marks whose names would be in each other's way into rows, the inner ones first."""
    outward = -1.0 if is_back else 1.0
    rows: list[_Row] = []
    members: list[_Text] = []
    for mark in sorted(marks, key=lambda mark: (outward * mark.y, mark.x)):
        if rows and outward * (rows[-1].far - mark.y) > -MARK / 2 - FONT / 2:
            rows.pop()
        else:
            members = []
        members.append(mark)
        rows.append(_row(members, outward, "up" if is_back else "down"))
    return rows


def _row(marks: list[_Text], outward: float, turned: str) -> _Row:
    """Write the names of marks at one height beyond them all."""
    y = max(outward * mark.y for mark in marks) * outward + outward * (MARK / 2 + FONT)
    names = [_Text(x, y, text) for x, text in joined((mark.x, mark.text) for mark in marks)]
    is_tight = _touch(names)
    height = max(text_width(name.text, FONT) for name in names) if is_tight else FONT / 2
    near = min(outward * mark.y for mark in marks) * outward - outward * MARK / 2
    return _Row(names, turned if is_tight else "", near, y + outward * height)


def _aisle_names(site: SiteMap, sheet: Sheet, taken: dict[int, list[_Row]]) -> list[str]:
    """Name each aisle at its back end, or at the left of one that runs across.

    Where marks or their names lie in the way, beyond those of the floor.
    """
    bins = site.bins
    x_mm, y_mm, floor = site.approach()
    order = np.argsort(bins.aisle, kind="stable")
    firsts = np.searchsorted(bins.aisle[order], np.arange(len(bins.aisle_names) + 1))
    longest = max((text_width(name, FONT) for name in bins.aisle_names), default=0.0)
    names: list[_Text] = []
    parts = []
    for aisle, name in enumerate(bins.aisle_names):
        rows = order[firsts[aisle] : firsts[aisle + 1]]
        if len(rows) == 0:
            continue
        x, y = sheet.x(x_mm[rows]), sheet.y(y_mm[rows], floor[rows])
        if np.ptp(x) > np.ptp(y):
            left = float(x.min()) - FONT
            parts.append(label("aisle-name end", left, float(np.median(y)), name, size=FONT))
            continue
        at = _back_end(site, sheet, rows) - _LABEL_AWAY
        rows_behind = taken.get(int(floor[rows[0]]), [])
        if any(row.far < at + FONT and row.near > at - longest - FONT for row in rows_behind):
            at = min(row.far for row in rows_behind) - FONT
        names.append(_Text(float(np.median(x)), at, name))
    return parts + _spread("aisle-name", names, turned="up")


def _back_end(site: SiteMap, sheet: Sheet, rows: NDArray[np.int64]) -> float:
    """Give the place of the furthest node of some bins' lanes."""
    bins, edges = site.bins, site.edges
    edge = np.unique(bins.edge[rows])
    edge = edge[edge != NONE]
    ends = np.unique(bins.node[rows])
    nodes = np.concatenate((edges.source[edge], edges.target[edge], ends[ends != NONE]))
    return float(sheet.y(site.nodes.y_mm[nodes], site.nodes.floor[nodes]).min())


def _touch(row: list[_Text]) -> bool:
    """Tell whether any two texts of a row would touch when they are written across."""
    places = sorted((one.x, text_width(one.text, FONT) / 2) for one in row)
    return any(
        right - left < half + other_half + FONT / 3
        for (left, half), (right, other_half) in pairwise(places)
    )


def _spread(name: str, texts: Iterable[_Text], *, turned: str) -> list[str]:
    """Write texts at places; all of a row are turned when any two of it would touch."""
    rows: dict[int, list[_Text]] = {}
    for text in texts:
        rows.setdefault(round(text.y), []).append(text)
    return [
        element
        for row in rows.values()
        for element in _written(name, row, turned if _touch(row) else "")
    ]


def _written(name: str, row: list[_Text], turned: str) -> list[str]:
    return [label(name, one.x, one.y, one.text, size=FONT, turned=turned) for one in row]
