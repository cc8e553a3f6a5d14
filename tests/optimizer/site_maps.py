"""Small site maps, written as a person draws them, for the tests beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from slotline.optimizer.site_map import (
    NONE,
    Bins,
    Edges,
    NodeKind,
    Nodes,
    PlaceKind,
    Places,
    SiteMap,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Spot = tuple[int, int] | tuple[int, int, int]


def make_map(
    spots: Mapping[str, Spot],
    lanes: Sequence[str],
    bins: Mapping[str, str],
    places: Mapping[str, str],
) -> SiteMap:
    """Make a map from text.

    Parameters
    ----------
    spots : mapping
        Nodes: x and y in millimetres, and the floor unless 0.
    lanes : sequence of str
        ``A-B`` for both directions, ``A>B`` for one; ``A-B 500`` has a length of its own,
        ``A-B 500+90`` an allowance, too.
    bins : mapping
        Code to approach: a node, or ``A>B 300``, a place on the edge.
    places : mapping
        Code to node; the kind is the code's first word (``DOCK 1``).
    """
    row = {code: number for number, code in enumerate(spots)}
    edges: list[tuple[int, int, int, int]] = []
    for lane in lanes:
        way, _, cost = lane.partition(" ")
        source, target = way.replace(">", "-").split("-")
        length, _, wait = cost.partition("+")
        (x, y), (to_x, to_y) = spots[source][:2], spots[target][:2]
        length_mm = int(length) if length else abs(x - to_x) + abs(y - to_y)
        edges.append((row[source], row[target], length_mm, int(wait or 0)))
        if "-" in way:
            edges.append((row[target], row[source], length_mm, int(wait or 0)))
    edge_row = {edge[:2]: number for number, edge in enumerate(edges)}
    approaches = []
    for approach in bins.values():
        way, _, offset = approach.partition(" ")
        if offset:
            source, target = way.split(">")
            approaches.append((edge_row[row[source], row[target]], int(offset), NONE))
        else:
            approaches.append((NONE, 0, row[way]))
    return SiteMap(
        name="test",
        version=1,
        nodes=Nodes(
            code=tuple(spots),
            x_mm=np.array([spot[0] for spot in spots.values()], np.int64),
            y_mm=np.array([spot[1] for spot in spots.values()], np.int64),
            floor=np.array([(*spot, 0)[2] for spot in spots.values()], np.int32),
            kind=np.full(len(spots), NodeKind.JUNCTION, np.int8),
        ),
        edges=Edges(*(np.array([edge[n] for edge in edges], np.int64) for n in range(4))),
        bins=make_bins(tuple(bins), approaches),
        places=Places(
            code=tuple(places),
            kind=np.array([PlaceKind[code.split()[0]] for code in places], np.int8),
            node=np.array([row[node] for node in places.values()], np.int32),
        ),
    )


def make_bins(codes: Sequence[str], approaches: Sequence[tuple[int, int, int]]) -> Bins:
    """Make bins that differ in code and approach (edge, offset, node) only."""
    count = len(codes)
    zeros = np.zeros(count, np.int64)
    edge, offset_mm, node = (
        np.array([approach[n] for approach in approaches], np.int64) for n in range(3)
    )
    return Bins(
        code=tuple(codes),
        x_mm=zeros,
        y_mm=zeros,
        z_mm=zeros,
        side=zeros,
        edge=edge,
        offset_mm=offset_mm,
        node=node,
        zone=zeros,
        aisle=zeros,
        bay=zeros,
        level=zeros,
        zone_names=("Z",),
        aisle_names=("A",),
    )
