"""A site map folded to junctions, for `optimizer.distances`.

The two directions of a lane make a link, links through passed nodes make a chain, and every bin,
place and node becomes a point on a chain or junction (`kernels.walk_fold` says what these are).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.columns import FAR_MM
from ..kernels.walk_fold import POINT, mark_junctions, trace_chain
from .site_tables import NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .site_map import SiteMap

    _Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
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
        inside: list[int] = node[(place > min(here, there)) & (place < max(here, there))].tolist()
        return inside if here <= there else inside[::-1]

    def nodes_of_arc(self, arc: int) -> list[int]:
        """Give the nodes of an arc, from its source to its target."""
        chain, is_back = divmod(int(self.arc_chain[arc]), 2)
        nodes: list[int] = self.node[self.node_first[chain] : self.node_first[chain + 1]].tolist()
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
class Links:
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


def join_lanes(site: SiteMap) -> Links:
    """Join the two directions of a lane to one link.

    Parameters
    ----------
    site : SiteMap
        The map.

    Returns
    -------
    Links
        In order of the first edge of each; their chains are still unknown.
    """
    edges, twin = site.edges, site.twin
    edge = np.flatnonzero((twin == NONE) | (np.arange(len(twin)) < twin))
    link_of_edge = np.empty(len(twin), np.int64)
    link_of_edge[edge] = np.arange(len(edge))
    has_twin = twin[edge] != NONE
    link_of_edge[twin[edge][has_twin]] = np.flatnonzero(has_twin)
    cost_mm = edges.cost_mm
    count = len(edge)
    return Links(
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


def fold(site: SiteMap, links: Links) -> Chains:
    """Find junctions, follow the chains between them, and list the arcs along these.

    Parameters
    ----------
    site : SiteMap
        The map.
    links : Links
        Its links; their chains are written.

    Returns
    -------
    Chains
        By the row of the junction where each was found first.
    """
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
                first=first,
                half_link=half_link,
                link_a=links.a,
                link_b=links.b,
                ahead_mm=links.ahead_mm,
                back_mm=links.back_mm,
                junction=junction,
                chain=len(ends),
                start=start,
                start_link=link,
                out_chain=links.chain,
                out_reversed=links.is_reversed,
                out_from_start_mm=links.from_start_mm,
                out_to_start_mm=links.to_start_mm,
                out_total_mm=total_mm,
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
    links: Links,
    junction: NDArray[np.int32],
    junction_node: NDArray[np.int32],
    ends: NDArray[np.int32],
    total_mm: NDArray[np.int64],
) -> Chains:
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
    return Chains(
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


def place_points(site: SiteMap, links: Links, chains: Chains) -> NDArray[np.void]:
    """Place every bin, place and node on its chain or junction.

    Parameters
    ----------
    site : SiteMap
        The map.
    links, chains : Links, Chains
        What it was folded to.

    Returns
    -------
    POINT[B + P + N]
        Bins, then places, then nodes.
    """
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
    node = site.bin_nodes()
    on_edge = node == NONE
    by_bin[~on_edge] = by_node[node[~on_edge]]
    edge = bins.edge[on_edge]
    link = links.link_of_edge[edge]
    is_backwards = (links.edge[link] != edge) ^ links.is_reversed[link]
    offset_mm = bins.offset_mm[on_edge]
    offset_mm = np.where(is_backwards, edges.length_mm[edge] - offset_mm, offset_mm)
    by_bin[on_edge] = _on_chain(links, chains, link, offset_mm, offset_mm)
    return np.concatenate((by_bin, by_node[site.places.node], by_node))


def _along_chain(links: Links, link: _Ints) -> tuple[_Ints, _Ints]:
    """Give the costs of links ahead and back along their chains."""
    is_reversed = links.is_reversed[link]
    ahead, back = links.ahead_mm[link], links.back_mm[link]
    return np.where(is_reversed, back, ahead), np.where(is_reversed, ahead, back)


def _on_chain(
    links: Links, chains: Chains, link: _Ints, ahead_mm: _Ints, back_mm: _Ints
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
