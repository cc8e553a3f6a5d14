"""The site map: one versioned directed graph that says where one can walk and where each bin is.

Picking, robots, slotting and pictures read the same map. It is held in columns; a row is the place
of a thing in its table and is what all else refers to. A **node** is a point where ways meet or
where something stands. An **edge** leads from one node to another, in that direction only: a lane
for both directions is two edges, a one-way lane is one. A **bin** is reached from its *approach*, a
point on an edge (on both of its directions, when there are two) or a node; a **place** (dock,
station, depot) stands at a node. All of a site is one piece: from the first depot every bin and
every place can be reached, and left again.

`SiteMap` checks itself once, when it is made, and lists all that is wrong. `optimizer.distances`
measures walks on it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from .site_map_check import find_faults, find_twins
from .site_rectangle import RectangularSite, find_rectangle
from .site_tables import (
    NONE,
    Bins,
    Edges,
    NodeKind,
    Nodes,
    PlaceKind,
    Places,
    Side,
    SiteMapFault,
    SiteMapInvalid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NONE",
    "Bins",
    "Edges",
    "NodeKind",
    "Nodes",
    "PlaceKind",
    "Places",
    "Side",
    "SiteMap",
    "SiteMapFault",
    "SiteMapInvalid",
]


@dataclass(frozen=True, slots=True, eq=False)
class SiteMap:
    """One version of a site's map.

    Attributes
    ----------
    name : str
        Of the site.
    version : int
        From 1; whoever changes a map gives it the next one.
    nodes, edges, bins, places : Nodes, Edges, Bins, Places
        The content.
    twin : int32[E]
        Derived: row of the edge for the opposite direction, `NONE` for a one-way lane.
    digest : str
        Derived: SHA-256 of name and content in hexadecimal. Equal content in equal rows gives an
        equal digest, whatever the version.

    Raises
    ------
    SiteMapInvalid
        Duplicates, unknown nodes, edges of no length, bins off their edge, bins and places that
        cannot be reached or not be left: all at once.
    """

    name: str
    version: int
    nodes: Nodes
    edges: Edges
    bins: Bins
    places: Places
    twin: NDArray[np.int32] = field(init=False, repr=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Check the content, then derive what depends on it."""
        faults = find_faults(self)
        if faults:
            raise SiteMapInvalid(faults)
        twin = find_twins(self.edges, len(self.nodes))
        twin.flags.writeable = False
        object.__setattr__(self, "twin", twin)
        object.__setattr__(self, "digest", _digest(self))

    @property
    def depot_rows(self) -> NDArray[np.int64]:
        """Give the places where tours start, int64[D]: depots, or all places if there is none."""
        depots = self.place_rows(PlaceKind.DEPOT)
        return depots if len(depots) else np.arange(len(self.places))

    def place_rows(self, kind: PlaceKind) -> NDArray[np.int64]:
        """Give the rows of one kind of place, int64[n], ascending."""
        return np.flatnonzero(self.places.kind == kind)

    def approach(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Give where one stands to reach each bin.

        Returns
        -------
        x_mm, y_mm : int64[B]
            Coordinates: of the node, or on the straight line of the edge.
        floor : int32[B]
            Storey.
        """
        bins, nodes, edges = self.bins, self.nodes, self.edges
        at_node = bins.edge == NONE
        edge = np.where(at_node, 0, bins.edge)
        if len(edges) == 0:
            source = target = bins.node
            share = np.zeros(len(bins))
        else:
            source = np.where(at_node, bins.node, edges.source[edge])
            target = np.where(at_node, bins.node, edges.target[edge])
            share = bins.offset_mm / edges.length_mm[edge]
        x, y = (
            np.rint(c[source] + share * (c[target] - c[source])).astype(np.int64)
            for c in (nodes.x_mm, nodes.y_mm)
        )
        return x, y, nodes.floor[source]

    def bin_nodes(self) -> NDArray[np.int32]:
        """Give the node at which each bin is approached, `NONE` along an edge.

        Returns
        -------
        int32[B]
            Who stands at the very end of an edge stands at its node, on a one-way lane, too.
        """
        bins, edges = self.bins, self.edges
        node = bins.node.copy()
        if len(edges):
            on_edge = bins.edge != NONE
            edge = np.where(on_edge, bins.edge, 0)
            node = np.where(on_edge & (bins.offset_mm == 0), edges.source[edge], node)
            is_end = on_edge & (bins.offset_mm == edges.length_mm[edge])
            node = np.where(is_end, edges.target[edge], node)
        return node

    def rectangle(self) -> RectangularSite:
        """Give the map as a rectangular floor, for the exact solvers.

        Returns
        -------
        RectangularSite
            The `Rectangle`, and aisle and y of each bin and place.

        Raises
        ------
        NotRectangular
            It has one-way lanes, several floors, or a form that is no rectangle; says which.
        """
        return find_rectangle(self)

    def in_order(self) -> SiteMap:
        """Give the same map with each table by code, so that the order of input does not matter.

        Returns
        -------
        SiteMap
            Nodes, bins and places by code, edges by their nodes' codes, lists of names sorted.
        """
        nodes, edges, bins, places = self.nodes, self.edges, self.bins, self.places
        node_order, node_row = _by_code(nodes.code)
        source, target = node_row[edges.source], node_row[edges.target]
        edge_order = np.lexsort((target, source))
        edge_row = _inverse(edge_order)
        zone_order, zone_row = _by_code(bins.zone_names)
        aisle_order, aisle_row = _by_code(bins.aisle_names)
        bin_order, _ = _by_code(bins.code)
        place_order, _ = _by_code(places.code)
        edge_columns = edges.columns(edge_order)
        edge_columns |= {"source": source[edge_order], "target": target[edge_order]}
        bin_columns = bins.columns(bin_order)
        bin_columns |= {
            "edge": _moved(bin_columns["edge"], edge_row),
            "node": _moved(bin_columns["node"], node_row),
            "zone": zone_row[bin_columns["zone"]],
            "aisle": aisle_row[bin_columns["aisle"]],
            "zone_names": tuple(bins.zone_names[row] for row in zone_order.tolist()),
            "aisle_names": tuple(bins.aisle_names[row] for row in aisle_order.tolist()),
        }
        place_columns = places.columns(place_order)
        place_columns["node"] = node_row[place_columns["node"]]
        return SiteMap(
            name=self.name,
            version=self.version,
            nodes=Nodes(**nodes.columns(node_order)),
            edges=Edges(**edge_columns),
            bins=Bins(**bin_columns),
            places=Places(**place_columns),
        )


def _by_code(codes: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows in order of code, and of each row its place in that order."""
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.int64)
    return order, _inverse(order)


def _inverse(order: NDArray[np.int64]) -> NDArray[np.int64]:
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _moved(rows: NDArray[np.int32], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the new place of each row; `NONE` stays what it is."""
    moved = np.full(len(rows), NONE, dtype=np.int64)
    has = rows != NONE
    moved[has] = place[rows[has]]
    return moved


def _digest(site: SiteMap) -> str:
    """Hash every column with its name, type and length, so that none can stand for another."""
    digest = hashlib.sha256(f"slotline site map 1\n{site.name}\n".encode())
    for table in (site.nodes, site.edges, site.bins, site.places):
        for column in fields(table):
            values = getattr(table, column.name)
            if isinstance(values, tuple):
                content = b"".join(
                    len(raw).to_bytes(4, "little") + raw
                    for raw in (text.encode() for text in values)
                )
                kind = "text"
            else:
                content = values.astype(values.dtype.newbyteorder("<")).tobytes()
                kind = str(values.dtype)
            head = f"{type(table).__name__}.{column.name} {kind} {len(values)}\n"
            digest.update(head.encode())
            digest.update(content)
    return digest.hexdigest()
