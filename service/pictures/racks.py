"""Racks of a floor plan: bins side by side become one stroke, whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...optimizer.site_map import NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...optimizer.site_map import SiteMap
    from .sheet import Sheet

    _Ints = NDArray[np.int64]
    _Floats = NDArray[np.float64]

DEPTH_MM_MIN: Final = 200
DEPTH_MM_MAX: Final = 1_200
_PITCH_MM: Final = 1_000
"""Width of a bin that stands alone."""
_GAP: Final = 1.5
"""Bins further from one another than so many of their usual steps are not one rack."""


def rack_lines(site: SiteMap, sheet: Sheet) -> list[tuple[float, float, float, float]]:
    """Find the racks.

    A rack is a run of bins along one lane at one distance from it; levels lie above one another.

    Parameters
    ----------
    site : SiteMap
        The site.
    sheet : Sheet
        Where it is drawn.

    Returns
    -------
    list of (x1, y1, x2, y2)
        Middle line of each rack on the sheet.
    """
    bins = site.bins
    lane, origin_x, origin_y, ahead_x, ahead_y = _axes(site)
    dx, dy = bins.x_mm - origin_x, bins.y_mm - origin_y
    along = np.rint(dx * ahead_x + dy * ahead_y).astype(np.int64)
    across = np.rint(dy * ahead_x - dx * ahead_y).astype(np.int64)
    keys = np.stack((lane, across, along), axis=1)
    spots, first = np.unique(keys, axis=0, return_index=True)
    floor = site.approach()[2][first]
    faces = np.flatnonzero(np.any(np.diff(spots[:, :2], axis=0) != 0, axis=1)) + 1
    lines = []
    for low, high in zip((0, *faces.tolist()), (*faces.tolist(), len(spots)), strict=True):
        if low == high:
            continue
        place = spots[low:high, 2]
        step = np.diff(place)
        pitch = float(np.median(step)) if len(step) else _PITCH_MM
        cuts = np.flatnonzero(step > _GAP * pitch) + 1
        row = int(first[low])
        axis = np.array([ahead_x[row], ahead_y[row]])
        start = np.array([bins.x_mm[row], bins.y_mm[row]])
        for run in np.split(place - place[0], cuts):
            ends = start + np.outer((run[0] - pitch / 2, run[-1] + pitch / 2), axis)
            x, y = sheet.x(ends[:, 0]), sheet.y(ends[:, 1], floor[low])
            lines.append((float(x[0]), float(y[0]), float(x[1]), float(y[1])))
    return lines


def rack_depth_mm(site: SiteMap) -> int:
    """Give how deep racks can be drawn without touching those behind them.

    Parameters
    ----------
    site : SiteMap
        The site.

    Returns
    -------
    int
        Least distance between two rows of bins, within reason.
    """
    depth = DEPTH_MM_MAX
    for values in (site.bins.x_mm, site.bins.y_mm):
        lines, counts = np.unique(values, return_counts=True)
        # Rows of bins share a line; along a row few bins do.
        lines = lines[counts >= max(2, int(counts.max(initial=0)) // 2)]
        steps = np.diff(lines)
        if len(steps) and len(lines) * 4 <= len(values):
            depth = min(depth, int(steps.min()))
    return max(depth, DEPTH_MM_MIN)


def _axes(site: SiteMap) -> tuple[_Ints, _Ints, _Ints, _Floats, _Floats]:
    """Give each bin's lane, a place on it and the unit vector along it.

    Bins that are reached from a node are taken by aisle, along the longer side of what it covers.
    """
    bins, edges, nodes = site.bins, site.edges, site.nodes
    count, at_node = len(bins), bins.edge == NONE
    lane = np.empty(count, np.int64)
    origin_x, origin_y = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ahead_x, ahead_y = np.zeros(count), np.zeros(count)
    rows = np.flatnonzero(~at_node)
    edge = bins.edge[rows].astype(np.int64)
    twin = site.twin[edge].astype(np.int64)
    edge = np.where(twin == NONE, edge, np.minimum(edge, twin))
    source, target = edges.source[edge], edges.target[edge]
    lane[rows] = edge
    origin_x[rows], origin_y[rows] = nodes.x_mm[source], nodes.y_mm[source]
    dx = (nodes.x_mm[target] - nodes.x_mm[source]).astype(np.float64)
    dy = (nodes.y_mm[target] - nodes.y_mm[source]).astype(np.float64)
    length = np.hypot(dx, dy)
    is_point = length == 0
    ahead_x[rows] = np.where(is_point, 1.0, dx / np.where(is_point, 1.0, length))
    ahead_y[rows] = np.where(is_point, 0.0, dy / np.where(is_point, 1.0, length))
    rows = np.flatnonzero(at_node)
    aisle = bins.aisle[rows].astype(np.int64)
    spread = []
    for values in (bins.x_mm[rows], bins.y_mm[rows]):
        low = np.full(len(bins.aisle_names), np.iinfo(np.int64).max)
        high = np.full(len(bins.aisle_names), np.iinfo(np.int64).min)
        np.minimum.at(low, aisle, values)
        np.maximum.at(high, aisle, values)
        spread.append(high[aisle] - low[aisle])
    is_along_x = spread[0] >= spread[1]
    floors = nodes.floor[bins.node[rows]].astype(np.int64)
    lane[rows] = -1 - (aisle * (int(nodes.floor.max(initial=0)) + 1) + floors)
    ahead_x[rows], ahead_y[rows] = is_along_x, ~is_along_x
    return lane, origin_x, origin_y, ahead_x, ahead_y
