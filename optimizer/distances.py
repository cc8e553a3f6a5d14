"""Walked distances on a site map, and the walks themselves.

Shortest ways are kept between junctions only (`kernels.walk_fold`), so the index of a site with
100,000 bins holds some hundred junctions, and the distance of any two stops is the least of a few
sums. Above `TABLE_JUNCTIONS_MAX` junctions, nothing is kept: the distances of a call are then
measured from each of its stops.

A **stop** is a number: bins have their rows, places and nodes follow (`place_stop`, `node_stop`).
Distances are what edges cost, waiting at lifts included, and directed where lanes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..kernels.tour_one_block import FAR_MM
from ..kernels.walk import all_distances, distances_from
from ..kernels.walk_fold import (
    POINT,
    between_points,
    between_stops,
    from_point,
    mark_junctions,
    trace_chain,
)
from .site_tables import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from .site_map import SiteMap

    _Ints = NDArray[np.int64]

TABLE_JUNCTIONS_MAX: Final = 4_096
"""A table of so many junctions takes 128 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A walk through stops in the order given.

    Attributes
    ----------
    x_mm, y_mm : int64[n]
        Corners and stops of the walk, first and last stop included.
    floor : int32[n]
        Storey of each.
    node : int32[n]
        Node row of each, `NONE` for a bin's approach on an edge.
    length_mm : int
        What the walk costs.
    """

    x_mm: NDArray[np.int64]
    y_mm: NDArray[np.int64]
    floor: NDArray[np.int32]
    node: NDArray[np.int32]
    length_mm: int


class Distances:
    """The index of one site map; it never changes, and any number of threads may use it.

    Parameters
    ----------
    site : SiteMap
        The map.
    table_junctions_max : int
        Up to so many junctions, the ways between all of them are kept.
    """

    def __init__(self, site: SiteMap, table_junctions_max: int = TABLE_JUNCTIONS_MAX) -> None:
        self.site = site
        self._approach = site.approach()
        links = _links(site)
        self._chains = _fold(site, links)
        self._points = _points(site, links, self._chains)
        self._table: _Ints | None = None
        count = len(self._chains.junction_node)
        if count <= table_junctions_max:
            chains = self._chains
            self._table = np.empty((count, count), np.int64)
            scratch = (np.empty(count, np.int32) for _ in range(3))
            all_distances(chains.first, chains.target, chains.cost_mm, self._table, *scratch)

    @property
    def junction_count(self) -> int:
        """Nodes between which ways are measured."""
        return len(self._chains.junction_node)

    @property
    def has_table(self) -> bool:
        """Whether the ways between all junctions are kept."""
        return self._table is not None

    @property
    def nbytes(self) -> int:
        """Bytes that the index takes beside the map itself."""
        return (0 if self._table is None else self._table.nbytes) + self._points.nbytes

    def place_stop(self, place: int) -> int:
        """Give the stop of a place's row."""
        return len(self.site.bins) + place

    def node_stop(self, node: int) -> int:
        """Give the stop of a node's row."""
        return len(self.site.bins) + len(self.site.places) + node

    def distance_mm(self, source: int, target: int) -> int:
        """Measure the way from one stop to another; see `between_mm`."""
        return int(self.between_mm([source], [target])[0])

    def between_mm(self, sources: ArrayLike, targets: ArrayLike) -> NDArray[np.int64]:
        """Measure the ways of pairs of stops.

        Parameters
        ----------
        sources, targets : int32[n]
            Stops.

        Returns
        -------
        int64[n]
            Length of each shortest way, `FAR_MM` when there is none (never between bins and
            places of a map).

        Raises
        ------
        ValueError
            A stop that is not there, or columns of different lengths.
        """
        source, target = self._stops(sources), self._stops(targets)
        if len(source) != len(target):
            raise ValueError(f"found {len(source)} sources and {len(target)} targets")
        out_mm = np.empty(len(source), np.int64)
        if self._table is not None:
            between_points(self._points, self._table, source, target, out_mm)
            return out_mm
        for stop in np.unique(source).tolist():
            rows = np.flatnonzero(source == stop)
            out_mm[rows] = self._from(stop, target[rows])
        return out_mm

    def matrix_mm(self, stops: ArrayLike) -> NDArray[np.int64]:
        """Measure the way from each stop to each other, in one call of a kernel.

        Parameters
        ----------
        stops : int32[S]
            Stops.

        Returns
        -------
        int64[S, S]
            From the row's stop to the column's, see `between_mm`.
        """
        rows = self._stops(stops)
        out_mm = np.empty((len(rows), len(rows)), np.int64)
        if self._table is not None:
            between_stops(self._points, self._table, rows, out_mm)
            return out_mm
        for place, stop in enumerate(rows.tolist()):
            out_mm[place] = self._from(stop, rows)
        return out_mm

    def walk(self, stops: Sequence[int]) -> Walk:
        """Walk through stops in their order, each time the shortest way.

        Parameters
        ----------
        stops : sequence of int
            At least one stop; for a closed tour the first one again at the end.

        Returns
        -------
        Walk
            Every corner; of equally short ways always the same one.

        Raises
        ------
        ValueError
            A stop that is not there, no stop at all, or no way between two of them.
        """
        rows = self._stops(stops).tolist()
        if not rows:
            raise ValueError("found no stop, expected at least one")
        approach_x, approach_y, approach_floor = self._approach
        nodes, bin_count = self.site.nodes, len(self.site.bins)
        corners: list[tuple[int, int, int, int]] = []

        def add(node: int, stop: int = NONE) -> None:
            if node != NONE:
                spot = (int(nodes.x_mm[node]), int(nodes.y_mm[node]), int(nodes.floor[node]))
            else:
                spot = (int(approach_x[stop]), int(approach_y[stop]), int(approach_floor[stop]))
            if corners and corners[-1][:3] == spot:
                corners[-1] = (*spot, max(node, corners[-1][3]))
            else:
                corners.append((*spot, node))

        length_mm = 0
        add(self._node_of(rows[0]), rows[0])
        for source, target in pairwise(rows):
            length, passed = self._way(source, target)
            length_mm += length
            for node in passed:
                add(node)
            add(self._node_of(target), target if target < bin_count else NONE)
        x, y, floor, node_rows = zip(*corners, strict=True)
        return Walk(
            x_mm=np.array(x, np.int64),
            y_mm=np.array(y, np.int64),
            floor=np.array(floor, np.int32),
            node=np.array(node_rows, np.int32),
            length_mm=length_mm,
        )

    # -- inside --------------------------------------------------------------------------------

    def _stops(self, stops: ArrayLike) -> NDArray[np.int32]:
        found = np.ascontiguousarray(stops, dtype=np.int32)
        if found.size and (int(found.min()) < 0 or int(found.max()) >= len(self._points)):
            raise ValueError(
                f"found stops {found.min()} to {found.max()}, expected 0 to {len(self._points) - 1}"
            )
        return found

    def _node_of(self, stop: int) -> int:
        """Give the node at which a stop is, `NONE` on an edge."""
        site = self.site
        if stop < len(site.bins):
            return int(site.bins.node[stop])
        stop -= len(site.bins)
        if stop < len(site.places):
            return int(site.places.node[stop])
        return stop - len(site.places)

    def _spread(self, source: int) -> tuple[_Ints, NDArray[np.int32]]:
        """Measure the ways from a stop to all junctions, and by which arc each is reached."""
        chains, count = self._chains, self.junction_count
        junction_mm = np.full(count, FAR_MM, np.int64)
        point = self._points[source]
        for junction, way in (
            (point["start"], point["to_start_mm"]),
            (point["end"], point["to_end_mm"]),
        ):
            junction_mm[junction] = min(junction_mm[junction], way)
        arc, heap, place = (np.empty(count, np.int32) for _ in range(3))
        distances_from(chains.first, chains.target, chains.cost_mm, junction_mm, arc, heap, place)
        return junction_mm, arc

    def _from(self, source: int, targets: NDArray[np.int32]) -> _Ints:
        out_mm = np.empty(len(targets), np.int64)
        from_point(self._points, self._spread(source)[0], source, targets, out_mm)
        return out_mm

    def _way(self, source: int, target: int) -> tuple[int, list[int]]:
        """Give the length of a shortest way, and the nodes that it passes."""
        junction_mm, arc = self._spread(source)
        out_mm = np.empty(1, np.int64)
        from_point(self._points, junction_mm, source, np.array([target], np.int32), out_mm)
        length = int(out_mm[0])
        if length >= FAR_MM:
            raise ValueError(f"found no way from stop {source} to stop {target}")
        a, b, chains = self._points[source], self._points[target], self._chains
        if a["chain"] != NONE and a["chain"] == b["chain"]:
            # Places count in a direction that can be walked.
            here, there = chains.place_of(a), chains.place_of(b)
            is_ahead = chains.can_ahead[a["chain"]] and length == there - here
            is_back = chains.can_back[a["chain"]] and length == a["to_start_mm"] - b["to_start_mm"]
            if is_ahead or is_back:
                return length, chains.nodes_between(int(a["chain"]), here, there)
        by_start = junction_mm[b["start"]] + b["from_start_mm"] == length
        junction = int(b["start"] if by_start else b["end"])
        pieces = [chains.leave(b, by_start=bool(by_start))[::-1]]
        while arc[junction] != NONE:
            pieces.append(chains.nodes_of_arc(int(arc[junction]))[:-1])
            junction = int(chains.source[arc[junction]])
        by_start = a["start"] == junction and a["to_start_mm"] == junction_mm[junction]
        pieces.append(chains.leave(a, by_start=bool(by_start))[:-1])
        return length, [node for piece in reversed(pieces) for node in piece]


@dataclass(frozen=True, slots=True, eq=False)
class _Chains:
    """A map folded to junctions: K chains, J junctions, and an arc for each way along a chain."""

    junction: NDArray[np.int32]  # of each node, NONE when it is passed
    junction_node: NDArray[np.int32]
    ends: NDArray[np.int32]  # [K, 2]: junctions
    total_mm: NDArray[np.int64]  # [K, 2]: ahead and back
    can_ahead: NDArray[np.bool_]
    can_back: NDArray[np.bool_]
    # Nodes of chain k, ends included, are node_first[k] to node_first[k + 1]; place_mm is their way
    # from its start (to it, when one can only walk back).
    node_first: NDArray[np.int64]
    node: NDArray[np.int32]
    place_mm: NDArray[np.int64]
    # Arcs by junction, as `kernels.walk` takes them; arc_chain is twice the chain, plus 1 for back.
    first: NDArray[np.int32]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    cost_mm: NDArray[np.int64]
    arc_chain: NDArray[np.int32]

    def place_of(self, point: Any) -> int:
        """Give the place of a point in its chain."""
        return int(point["from_start_mm" if self.can_ahead[point["chain"]] else "to_start_mm"])

    def nodes_between(self, chain: int, here: int, there: int) -> list[int]:
        """Give the nodes between two places of a chain, in the order in which they are passed."""
        rows = slice(self.node_first[chain], self.node_first[chain + 1])
        place, node = self.place_mm[rows], self.node[rows]
        inside = node[(place > min(here, there)) & (place < max(here, there))].tolist()
        return inside if here <= there else inside[::-1]

    def nodes_of_arc(self, arc: int) -> list[int]:
        """Give the nodes of an arc, from its source to its target."""
        chain, is_back = divmod(int(self.arc_chain[arc]), 2)
        nodes = self.node[self.node_first[chain] : self.node_first[chain + 1]].tolist()
        return nodes[::-1] if is_back else nodes

    def leave(self, point: Any, *, by_start: bool) -> list[int]:
        """Give the nodes from a point to an end of its chain, the junction there included."""
        chain = int(point["chain"])
        if chain == NONE:
            return [int(self.junction_node[point["start"]])]
        last = self.node_first[chain + 1] - 1
        end = 0 if by_start else int(self.place_mm[last])
        junction = point["start" if by_start else "end"]
        passed = self.nodes_between(chain, self.place_of(point), end)
        return [*passed, int(self.junction_node[junction])]


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Links of a map, L, and where each lies in its chain."""

    edge: NDArray[np.int64]
    link_of_edge: NDArray[np.int64]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    ahead_mm: NDArray[np.int64]
    back_mm: NDArray[np.int64]
    chain: NDArray[np.int32]
    is_reversed: NDArray[np.bool_]
    from_start_mm: NDArray[np.int64]
    to_start_mm: NDArray[np.int64]


def _links(site: SiteMap) -> _Links:
    """Join the two directions of a lane to one link."""
    edges, twin = site.edges, site.twin
    edge = np.flatnonzero((twin == NONE) | (np.arange(len(twin)) < twin))
    link_of_edge = np.empty(len(twin), np.int64)
    link_of_edge[edge] = np.arange(len(edge))
    has_twin = twin[edge] != NONE
    link_of_edge[twin[edge][has_twin]] = np.flatnonzero(has_twin)
    cost_mm = edges.cost_mm
    count = len(edge)
    return _Links(
        edge=edge,
        link_of_edge=link_of_edge,
        a=edges.source[edge],
        b=edges.target[edge],
        ahead_mm=cost_mm[edge],
        back_mm=np.where(has_twin, cost_mm[twin[edge]], FAR_MM),
        chain=np.full(count, NONE, np.int32),
        is_reversed=np.zeros(count, np.bool_),
        from_start_mm=np.zeros(count, np.int64),
        to_start_mm=np.zeros(count, np.int64),
    )


def _fold(site: SiteMap, links: _Links) -> _Chains:
    """Find junctions, follow the chains between them, and list the arcs along these."""
    node_count = len(site.nodes)
    half_node = np.concatenate((links.a, links.b))
    half_link = np.concatenate((np.arange(len(links.a)),) * 2).astype(np.int32)
    order = np.lexsort((half_link, half_node))
    first = np.searchsorted(half_node[order], np.arange(node_count + 1)).astype(np.int32)
    half_link = half_link[order]
    junction = np.empty(node_count, np.int32)
    ways = (first, half_link, links.a, links.ahead_mm, links.back_mm)
    mark_junctions(*ways, junction)
    junction_node = np.flatnonzero(junction != NONE).tolist()
    ends: list[tuple[int, int]] = []
    totals: list[tuple[int, int]] = []
    total_mm = np.empty(2, np.int64)

    def trace(start: int) -> None:
        for link in half_link[first[start] : first[start + 1]].tolist():
            if links.chain[link] != NONE:
                continue
            end = trace_chain(
                *(first, half_link, links.a, links.b, links.ahead_mm, links.back_mm, junction),
                *(len(ends), start, link),
                *(links.chain, links.is_reversed, links.from_start_mm, links.to_start_mm),
                total_mm,
            )
            ends.append((int(junction[start]), int(junction[end])))
            totals.append((int(total_mm[0]), int(total_mm[1])))

    for node in junction_node:
        trace(node)
    # What is left are rings of passed nodes: one node of each becomes a junction.
    for link in range(len(links.chain)):
        if links.chain[link] == NONE:
            start = int(links.a[link])
            junction[start] = len(junction_node)
            junction_node.append(start)
            trace(start)
    return _chains(
        links,
        junction,
        np.array(junction_node, np.int32),
        np.array(ends, np.int32).reshape(-1, 2),
        np.array(totals, np.int64).reshape(-1, 2),
    )


def _chains(
    links: _Links,
    junction: NDArray[np.int32],
    junction_node: NDArray[np.int32],
    ends: NDArray[np.int32],
    total_mm: NDArray[np.int64],
) -> _Chains:
    can_ahead, can_back = total_mm[:, 0] < FAR_MM, total_mm[:, 1] < FAR_MM
    # Each link gives the node by which the chain enters it, each chain the node at its end.
    link_place = np.where(can_ahead[links.chain], links.from_start_mm, links.to_start_mm)
    chain = np.concatenate((links.chain, np.arange(len(ends), dtype=np.int32)))
    place = np.concatenate((link_place, np.where(can_ahead, total_mm[:, 0], total_mm[:, 1])))
    node = np.concatenate(
        (np.where(links.is_reversed, links.b, links.a), junction_node[ends[:, 1]])
    )
    order = np.lexsort((place, chain))
    arc_chain = np.concatenate((np.flatnonzero(can_ahead) * 2, np.flatnonzero(can_back) * 2 + 1))
    number, is_back = arc_chain // 2, arc_chain % 2
    source, target = ends[number, is_back], ends[number, 1 - is_back]
    by_source = np.lexsort((arc_chain, source))
    return _Chains(
        junction=junction,
        junction_node=junction_node,
        ends=ends,
        total_mm=total_mm,
        can_ahead=can_ahead,
        can_back=can_back,
        node_first=np.searchsorted(chain[order], np.arange(len(ends) + 1)),
        node=node[order].astype(np.int32),
        place_mm=place[order],
        first=np.searchsorted(source[by_source], np.arange(len(junction_node) + 1)).astype(
            np.int32
        ),
        source=source[by_source],
        target=np.ascontiguousarray(target[by_source]),
        cost_mm=total_mm[number, is_back][by_source],
        arc_chain=arc_chain[by_source].astype(np.int32),
    )


def _points(site: SiteMap, links: _Links, chains: _Chains) -> NDArray[np.void]:
    """Place every bin, place and node on its chain or junction."""
    bins, edges = site.bins, site.edges
    by_node = np.zeros(len(site.nodes), POINT)
    any_link = np.empty(len(site.nodes), np.int64)
    any_link[links.b] = any_link[links.a] = np.arange(len(links.a))
    is_passed = chains.junction == NONE
    link = any_link[is_passed]
    at_b = links.b[link] == np.flatnonzero(is_passed)
    ahead_mm, back_mm = (
        np.where(at_b ^ links.is_reversed[link], cost, 0) for cost in _along_chain(links, link)
    )
    by_node[is_passed] = _on_chain(links, chains, link, ahead_mm, back_mm)
    number = chains.junction[~is_passed]
    at_junction = np.zeros(len(number), POINT)
    at_junction["start"] = at_junction["end"] = number
    at_junction["chain"] = NONE
    by_node[~is_passed] = at_junction
    by_bin = np.zeros(len(bins), POINT)
    # Who stands at the very end of an edge stands at its node, on a one-way lane, too.
    node = bins.node.copy()
    if len(edges):
        node = np.where((bins.edge != NONE) & (bins.offset_mm == 0), edges.source[bins.edge], node)
        is_end = (bins.edge != NONE) & (bins.offset_mm == edges.length_mm[bins.edge])
        node = np.where(is_end, edges.target[bins.edge], node)
    on_edge = node == NONE
    by_bin[~on_edge] = by_node[node[~on_edge]]
    edge = bins.edge[on_edge]
    link = links.link_of_edge[edge]
    is_backwards = (links.edge[link] != edge) ^ links.is_reversed[link]
    offset_mm = bins.offset_mm[on_edge]
    offset_mm = np.where(is_backwards, edges.length_mm[edge] - offset_mm, offset_mm)
    by_bin[on_edge] = _on_chain(links, chains, link, offset_mm, offset_mm)
    return np.concatenate((by_bin, by_node[site.places.node], by_node))


def _along_chain(links: _Links, link: _Ints) -> tuple[_Ints, _Ints]:
    """Give the costs of links ahead and back along their chains."""
    is_reversed = links.is_reversed[link]
    ahead, back = links.ahead_mm[link], links.back_mm[link]
    return np.where(is_reversed, back, ahead), np.where(is_reversed, ahead, back)


def _on_chain(
    links: _Links, chains: _Chains, link: _Ints, ahead_mm: _Ints, back_mm: _Ints
) -> NDArray[np.void]:
    """Make points on links, so far ahead of where the chain enters them, and so far back to it."""
    points = np.zeros(len(link), POINT)
    chain = links.chain[link]
    can_ahead, can_back = chains.can_ahead[chain], chains.can_back[chain]
    total_mm = chains.total_mm[chain]
    from_start_mm = links.from_start_mm[link] + ahead_mm
    to_start_mm = links.to_start_mm[link] + back_mm
    points["start"], points["end"] = chains.ends[chain, 0], chains.ends[chain, 1]
    points["chain"] = chain
    points["from_start_mm"] = np.where(can_ahead, from_start_mm, FAR_MM)
    points["to_end_mm"] = np.where(can_ahead, total_mm[:, 0] - from_start_mm, FAR_MM)
    points["to_start_mm"] = np.where(can_back, to_start_mm, FAR_MM)
    points["from_end_mm"] = np.where(can_back, total_mm[:, 1] - to_start_mm, FAR_MM)
    return points
