"""What must hold between the tables of a site map; everything that does not is named at once.

The ways are looked at only when the rows are sound: a map with an unknown node has no ways yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.walk import mark_reached
from .site_tables import NONE, NodeKind, PlaceKind, Side, SiteMapFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from enum import IntEnum

    from numpy.typing import NDArray

    from .site_map import SiteMap
    from .site_tables import Edges

    _Mask = NDArray[np.bool_]

LENGTH_MM_MAX: Final = 100_000_000
"""100 km: no coordinate and no edge of a site is longer, so sums of a million of them fit int64."""


def find_twins(edges: Edges, node_count: int) -> NDArray[np.int32]:
    """Find the edge for the opposite direction.

    Parameters
    ----------
    edges : Edges
        At most one from a node to another.
    node_count : int
        Nodes.

    Returns
    -------
    int32[E]
        Edge row, `NONE` for a one-way lane.
    """
    key = edges.source.astype(np.int64) * node_count + edges.target
    back = edges.target.astype(np.int64) * node_count + edges.source
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], back)
    place[place == len(key)] = 0
    found = order[place] if len(key) else place
    return np.where(key[found] == back, found, NONE).astype(np.int32)


def find_faults(site: SiteMap) -> list[SiteMapFault]:
    """Check a map.

    Parameters
    ----------
    site : SiteMap
        With its tables; `twin` and `digest` are not read.

    Returns
    -------
    list of SiteMapFault
        By table and row, in the order nodes, edges, bins, places, then the map as a whole; bins
        and places that cannot be reached or left come last.
    """
    check = _Check(site)
    check.find_in_nodes()
    check.find_in_edges()
    check.find_in_bins()
    check.find_in_places()
    if not check.faults:
        check.find_unreached()
    return check.faults


class _Check:
    """Collects the faults of one map."""

    def __init__(self, site: SiteMap) -> None:
        self.site = site
        self.faults: list[SiteMapFault] = []
        if not site.name:
            self._add("", NONE, "name", "the map's name is empty, expected one")
        if site.version < 1:
            text = f"the map's version is {site.version}, expected 1 or more"
            self._add("", NONE, "version", text)

    def find_in_nodes(self) -> None:
        """Check names, coordinates and kinds."""
        nodes = self.site.nodes
        self._codes("nodes", "node", nodes.code)
        self._lengths("nodes", nodes.code, "x_mm", nodes.x_mm, -LENGTH_MM_MAX)
        self._lengths("nodes", nodes.code, "y_mm", nodes.y_mm, -LENGTH_MM_MAX)
        self._words("nodes", nodes.code, nodes.kind, NodeKind)
        for row in np.flatnonzero(nodes.floor < 0).tolist():
            text = f"node {nodes.code[row]!r} is on floor {nodes.floor[row]}, expected 0 or more"
            self._add("nodes", row, "floor", text)

    def find_in_edges(self) -> None:
        """Check ends, lengths and that no edge is there twice."""
        edges, count = self.site.edges, len(self.site.nodes)
        known = np.ones(len(edges), dtype=bool)
        for column, ends in (("source", edges.source), ("target", edges.target)):
            bad = (ends < 0) | (ends >= count)
            known &= ~bad
            for row in np.flatnonzero(bad).tolist():
                text = f"edge {row} has {column} {ends[row]}, expected a node row below {count}"
                self._add("edges", row, column, text)
        self._edge_rows(
            known & (edges.source == edges.target),
            "target",
            lambda row: "leads back to where it starts, expected another node",
        )
        for column, values, low in (
            ("length_mm", edges.length_mm, 1),
            ("wait_mm", edges.wait_mm, 0),
        ):
            for row in np.flatnonzero(known & ((values < low) | (values > LENGTH_MM_MAX))).tolist():
                text = (
                    f"edge {self._edge_name(row)} has {column} {values[row]}, expected {low} to "
                    f"{LENGTH_MM_MAX}"
                )
                self._add("edges", row, column, text)
        key = edges.source.astype(np.int64) * max(count, 1) + edges.target
        first, again = np.unique(key, return_index=True, return_inverse=True)[1:]
        self._edge_rows(
            known & (first[again] != np.arange(len(key))),
            "target",
            lambda row: "is there twice, expected it once",
        )

    def find_in_bins(self) -> None:
        """Check codes, coordinates, names and approaches."""
        bins, edges, node_count = self.site.bins, self.site.edges, len(self.site.nodes)
        self._codes("bins", "bin", bins.code)
        for column in ("x_mm", "y_mm", "z_mm"):
            low = 0 if column == "z_mm" else -LENGTH_MM_MAX
            self._lengths("bins", bins.code, column, getattr(bins, column), low)
        self._words("bins", bins.code, bins.side, Side, column="side")
        for column, names in (("zone", bins.zone_names), ("aisle", bins.aisle_names)):
            rows: NDArray[np.int32] = getattr(bins, column)
            if len(set(names)) < len(names):
                self._add("bins", NONE, column, f"{column}_names holds a name twice")
            self._bin_rows((rows < 0) | (rows >= len(names)), column, f"a {column} that is named")
        for column in ("bay", "level"):
            values: NDArray[np.int32] = getattr(bins, column)
            self._bin_rows(values < NONE, column, "0 or more, or -1 for none")
        on_edge, at_node = bins.edge != NONE, bins.node != NONE
        self._bin_rows(on_edge == at_node, "edge", "an edge or a node as its approach, not both")
        unknown = on_edge & ((bins.edge < 0) | (bins.edge >= len(edges)))
        self._bin_rows(unknown, "edge", f"an edge row below {len(edges)}")
        self._bin_rows(
            at_node & ((bins.node < 0) | (bins.node >= node_count)),
            "node",
            f"a node row below {node_count}",
        )
        self._bin_rows(~on_edge & (bins.offset_mm != 0), "offset_mm", "0 at a node")
        if len(edges):
            # An edge with an unknown end is named already, and its bins can be looked at later.
            lower, upper = np.sort((edges.source, edges.target), axis=0)
            has_ends = (lower >= 0) & (upper < node_count)
            sound = on_edge & ~unknown
            self._bins_on_edges(sound & has_ends[np.where(sound, bins.edge, 0)])

    def _bins_on_edges(self, sound: _Mask) -> None:
        bins, edges = self.site.bins, self.site.edges
        edge = np.where(sound, bins.edge, 0)
        length = edges.length_mm[edge]
        off = sound & ((bins.offset_mm < 0) | (bins.offset_mm > length))
        for row in np.flatnonzero(off).tolist():
            text = (
                f"bin {bins.code[row]!r} is off its edge {self._edge_name(int(edge[row]))}: "
                f"offset_mm is {bins.offset_mm[row]}, expected 0 to {length[row]}"
            )
            self._add("bins", row, "offset_mm", text)
        twin = find_twins(edges, len(self.site.nodes))[edge]
        is_uneven = (twin != NONE) & (edges.length_mm[twin] != length)
        is_slow = (edges.wait_mm[edge] != 0) | ((twin != NONE) & (edges.wait_mm[twin] != 0))
        self._bin_rows(sound & is_uneven, "edge", "an edge that is as long in both directions")
        self._bin_rows(sound & is_slow, "edge", "an edge on which nobody waits (wait_mm 0)")

    def find_in_places(self) -> None:
        """Check codes, kinds and nodes, and that there is somewhere to start."""
        places, count = self.site.places, len(self.site.nodes)
        self._codes("places", "place", places.code)
        self._words("places", places.code, places.kind, PlaceKind)
        for row in np.flatnonzero((places.node < 0) | (places.node >= count)).tolist():
            text = (
                f"place {places.code[row]!r} stands at node {places.node[row]}, expected a node "
                f"row below {count}"
            )
            self._add("places", row, "node", text)
        for code in sorted(set(places.code) & set(self.site.bins.code)):
            row = places.code.index(code)
            text = f"place {code!r} has the code of a bin, expected one of its own"
            self._add("places", row, "code", text)
        if not len(places):
            text = "found no place, expected a depot, dock or station where walks start"
            self._add("places", NONE, "code", text)

    def find_unreached(self) -> None:
        """Name bins and places that the first depot does not reach, or that do not lead back."""
        site = self.site
        bins, edges, places = site.bins, site.edges, site.places
        depot = int(site.depot_rows[0])
        start, name = int(places.node[depot]), places.code[depot]
        to = reached(edges.source, edges.target, len(site.nodes), start)
        back = reached(edges.target, edges.source, len(site.nodes), start)
        # Along a lane for both directions the two ends are reached, and left, together.
        enter = leave = site.bin_nodes()
        if len(edges):
            edge = np.where(enter == NONE, bins.edge, 0)
            enter, leave = (
                np.where(enter == NONE, ends[edge], enter) for ends in (edges.source, edges.target)
            )
        for table, noun, codes, at_enter, at_leave in (
            ("bins", "bin", bins.code, enter, leave),
            ("places", "place", places.code, places.node, places.node),
        ):
            column = "edge" if table == "bins" else "node"
            for row in np.flatnonzero(~(to[at_enter] & back[at_leave])).tolist():
                ways = []
                if not to[at_enter[row]]:
                    ways.append(f"cannot be reached from {name!r}")
                if not back[at_leave[row]]:
                    ways.append(f"does not lead back to {name!r}")
                text = f"{noun} {codes[row]!r} {' and '.join(ways)}: expected edges that do"
                self._add(table, row, column, text)

    # -- shared --------------------------------------------------------------------------------

    def _add(self, table: str, row: int, column: str, text: str) -> None:
        self.faults.append(SiteMapFault(table, row, column, text))

    def _codes(self, table: str, noun: str, codes: Sequence[str]) -> None:
        first: dict[str, int] = {}
        for row, code in enumerate(codes):
            if not code:
                self._add(table, row, "code", f"{noun} {row} has no code, expected one")
            elif first.setdefault(code, row) != row:
                self._add(table, row, "code", f"{noun} {code!r} is there twice, expected it once")

    def _lengths(
        self, table: str, codes: Sequence[str], column: str, values: NDArray[np.int64], low: int
    ) -> None:
        for row in np.flatnonzero((values < low) | (values > LENGTH_MM_MAX)).tolist():
            text = (
                f"{table[:-1]} {codes[row]!r} has {column} {values[row]}, expected {low} to "
                f"{LENGTH_MM_MAX}"
            )
            self._add(table, row, column, text)

    def _words(
        self,
        table: str,
        codes: Sequence[str],
        values: NDArray[np.int8],
        words: type[IntEnum],
        column: str = "kind",
    ) -> None:
        for row in np.flatnonzero((values < 0) | (values >= len(words))).tolist():
            expected = ", ".join(f"{word.value} {word.name.lower()}" for word in words)
            text = f"{table[:-1]} {codes[row]!r} has {column} {values[row]}, expected {expected}"
            self._add(table, row, column, text)

    def _edge_rows(self, bad: _Mask, column: str, text: Callable[[int], str]) -> None:
        for row in np.flatnonzero(bad).tolist():
            self._add("edges", row, column, f"edge {self._edge_name(row)} {text(row)}")

    def _bin_rows(self, bad: _Mask, column: str, expected: str) -> None:
        values = getattr(self.site.bins, column)
        for row in np.flatnonzero(bad).tolist():
            code = self.site.bins.code[row]
            text = f"bin {code!r} has {column} {values[row]}, expected {expected}"
            self._add("bins", row, column, text)

    def _edge_name(self, row: int) -> str:
        """Name an edge whose nodes are known."""
        code, edges = self.site.nodes.code, self.site.edges
        return f"{code[edges.source[row]]!r} to {code[edges.target[row]]!r}"


def reached(
    source: NDArray[np.int32], target: NDArray[np.int32], node_count: int, start: int
) -> NDArray[np.bool_]:
    """Find the nodes to which edges lead from a node.

    Parameters
    ----------
    source, target : int32[E]
        Node rows of the edges' ends.
    node_count : int
        Nodes, N.
    start : int
        Node row.

    Returns
    -------
    bool[N]
        True for the start, too.
    """
    order = np.argsort(source, kind="stable")
    first = np.searchsorted(source[order], np.arange(node_count + 1)).astype(np.int32)
    out_reached = np.zeros(node_count, dtype=np.bool_)
    todo = np.empty(max(node_count, 1), dtype=np.int32)
    mark_reached(first, np.ascontiguousarray(target[order]), start, out_reached, todo)
    return out_reached
