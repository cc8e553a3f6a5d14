"""Recognise a rectangular floor in a site map, or say why it is none.

A map is rectangular when its ways, without the dead ends that lead to places, are the lines of a
grid: aisles along y through all cross-aisles, cross-aisles along x through all aisles, each walked
in both directions at its true length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .rectangle import Rectangle
from .site_tables import NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .site_map import SiteMap

    _Ints = NDArray[np.int64]


class NotRectangular(ValueError):
    """The map is no rectangular floor; the message says where it differs."""


@dataclass(frozen=True, slots=True, eq=False)
class RectangularSite:
    """A site map as a rectangular floor.

    Attributes
    ----------
    rectangle : Rectangle
        Aisles and cross-aisles.
    bin_aisle : int32[B]
        Aisle of each bin's approach.
    bin_y_mm : int64[B]
        Place of the approach in its aisle.
    place_aisle : int32[P]
        Aisle at which each place is reached, `NONE` when it lies between two aisles.
    place_y_mm : int64[P]
        Cross-aisle (or place in the aisle) at which it is reached.
    place_spur_mm : int64[P]
        Way from there to the place, walked in both directions; 0 when it stands there.
    """

    rectangle: Rectangle
    bin_aisle: NDArray[np.int32]
    bin_y_mm: NDArray[np.int64]
    place_aisle: NDArray[np.int32]
    place_y_mm: NDArray[np.int64]
    place_spur_mm: NDArray[np.int64]


def find_rectangle(site: SiteMap) -> RectangularSite:
    """See `SiteMap.rectangle`."""
    _refuse_directions(site)
    links = np.flatnonzero((site.twin != NONE) & (np.arange(len(site.twin)) < site.twin))
    foot, spur_mm, in_grid = _peel_spurs(site, links)
    links = links[in_grid]
    rectangle = _grid(site, links)
    x, y, _ = site.approach()
    bin_aisle, found = _index_of(rectangle.aisle_x_mm, x)
    is_inside = found & (y >= rectangle.cross_y_mm[0]) & (y <= rectangle.cross_y_mm[-1])
    if not is_inside.all():
        row = int(np.flatnonzero(~is_inside)[0])
        raise NotRectangular(
            f"bin {site.bins.code[row]!r} is reached from x {x[row]}, y {y[row]}, which is in no "
            f"aisle"
        )
    stand = foot[site.places.node]
    place_aisle, is_aisle = _index_of(rectangle.aisle_x_mm, site.nodes.x_mm[stand])
    return RectangularSite(
        rectangle=rectangle,
        bin_aisle=bin_aisle.astype(np.int32),
        bin_y_mm=y,
        place_aisle=np.where(is_aisle, place_aisle, NONE).astype(np.int32),
        place_y_mm=site.nodes.y_mm[stand],
        place_spur_mm=spur_mm[site.places.node],
    )


def _refuse_directions(site: SiteMap) -> None:
    """Refuse floors, one-way lanes, and lanes whose directions differ."""
    nodes, edges = site.nodes, site.edges
    floors = np.unique(nodes.floor)
    if len(floors) > 1:
        raise NotRectangular(f"the map has {len(floors)} floors, expected one")
    is_uneven = edges.cost_mm[site.twin] != edges.length_mm
    for bad, text in (
        (site.twin == NONE, "is a one-way lane"),
        (is_uneven, "costs more than its way back is long"),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            source, target = nodes.code[edges.source[row]], nodes.code[edges.target[row]]
            raise NotRectangular(f"edge {source!r} to {target!r} {text}")


def _peel_spurs(site: SiteMap, links: _Ints) -> tuple[_Ints, _Ints, NDArray[np.bool_]]:
    """Take off dead ends that hold no bin.

    Returns
    -------
    foot : int64[N]
        Node of the grid at which each node's dead end begins, itself when it is in the grid.
    spur_mm : int64[N]
        Way from there.
    in_grid : bool[L]
        Links that are left.
    """
    nodes, edges, bins = site.nodes, site.edges, site.bins
    ways: list[dict[int, int]] = [{} for _ in range(len(nodes))]
    for position, link in enumerate(links.tolist()):
        source, target = int(edges.source[link]), int(edges.target[link])
        ways[source][target] = position
        ways[target][source] = position
    on_edge = bins.edge[bins.edge != NONE]
    kept_link = np.zeros(len(edges) + 1, dtype=bool)
    kept_link[on_edge] = kept_link[site.twin[on_edge]] = True
    kept_node = np.zeros(len(nodes) + 1, dtype=bool)
    kept_node[bins.node[bins.node != NONE]] = True
    foot = np.arange(len(nodes))
    spur_mm = np.zeros(len(nodes), dtype=np.int64)
    in_grid = np.ones(len(links), dtype=bool)
    peeled: list[int] = []
    todo = [node for node in range(len(nodes)) if len(ways[node]) == 1]
    while todo:
        node = todo.pop()
        if len(ways[node]) != 1 or kept_node[node]:
            continue
        ((inner, position),) = ways[node].items()
        if kept_link[links[position]]:
            continue
        in_grid[position] = False
        foot[node], spur_mm[node] = inner, edges.length_mm[links[position]]
        ways[node].clear()
        del ways[inner][node]
        peeled.append(node)
        if len(ways[inner]) == 1:
            todo.append(inner)
    # What was peeled last lies nearest to the grid.
    for node in reversed(peeled):
        inner = int(foot[node])
        spur_mm[node] += spur_mm[inner]
        foot[node] = foot[inner]
    return foot, spur_mm, in_grid


def _grid(site: SiteMap, links: _Ints) -> Rectangle:
    """Check that the links are all lines of a grid, and nothing else."""
    nodes, edges = site.nodes, site.edges
    source, target = edges.source[links], edges.target[links]
    dx = np.abs(nodes.x_mm[source] - nodes.x_mm[target])
    dy = np.abs(nodes.y_mm[source] - nodes.y_mm[target])
    bad = ((dx != 0) & (dy != 0)) | (dx + dy != edges.length_mm[links])
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise NotRectangular(
            f"edge {nodes.code[source[row]]!r} to {nodes.code[target[row]]!r} is "
            f"{edges.length_mm[links[row]]} long over {dx[row]} along x and {dy[row]} along y, "
            f"expected a straight line along one of them"
        )
    used = np.unique(np.concatenate((source, target)))
    spots = np.stack((nodes.x_mm[used], nodes.y_mm[used]), axis=1)
    if len(np.unique(spots, axis=0)) < len(used):
        raise NotRectangular("two nodes stand in the same spot")
    is_aisle = dx == 0
    aisle_x = np.unique(nodes.x_mm[source[is_aisle]])
    cross_y = np.unique(nodes.y_mm[source[~is_aisle]])
    if len(aisle_x) == 1 and len(cross_y) == 0:
        low, high = spots[:, 1].min(), spots[:, 1].max()
        cross_y = np.array([low, high])
    if len(aisle_x) == 0 or len(cross_y) < 2:
        raise NotRectangular(
            f"found {len(aisle_x)} aisles along y and {len(cross_y)} cross-aisles along x, "
            f"expected at least 1 and 2"
        )
    y_lines = (nodes.x_mm[source], nodes.y_mm[source], nodes.y_mm[target])
    x_lines = (nodes.y_mm[source], nodes.x_mm[source], nodes.x_mm[target])
    _check_lines("aisle at x", aisle_x, cross_y, *(column[is_aisle] for column in y_lines))
    _check_lines("cross-aisle at y", cross_y, aisle_x, *(column[~is_aisle] for column in x_lines))
    return Rectangle(aisle_x_mm=aisle_x, cross_y_mm=cross_y)


def _check_lines(
    noun: str, lines: _Ints, across: _Ints, line: _Ints, source: _Ints, target: _Ints
) -> None:
    """Check that each line leads from the first to the last one across, and meets them all."""
    low, high = np.minimum(source, target), np.maximum(source, target)
    for place in lines.tolist():
        rows = np.flatnonzero(line == place)
        rows = rows[np.argsort(low[rows], kind="stable")]
        ends = np.concatenate((low[rows], high[rows][-1:]))
        missing = np.setdiff1d(across, ends)
        if len(across) == 1:
            continue
        if len(missing):
            raise NotRectangular(f"the {noun} {place} does not meet the line at {missing[0]}")
        if (high[rows][:-1] != low[rows][1:]).any():
            raise NotRectangular(f"the {noun} {place} has a gap or lies double")
        if ends[0] < across[0] or ends[-1] > across[-1]:
            raise NotRectangular(f"the {noun} {place} leads beyond the outermost line across it")


def _index_of(ascending: _Ints, values: _Ints) -> tuple[_Ints, NDArray[np.bool_]]:
    """Find each value; false where it is not among them."""
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return place, ascending[place] == values
