"""Walked distances against a plain Dijkstra over every node, bin and place of random maps."""

from __future__ import annotations

import heapq
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.kernels.columns import FAR_MM
from slotline.optimizer.distances import Distances, Walk
from slotline.optimizer.site_map import (
    NONE,
    Edges,
    NodeKind,
    Nodes,
    PlaceKind,
    Places,
    SiteMap,
    SiteMapInvalid,
)
from slotline.tests.optimizer.site_maps import make_bins, make_map

Graph = dict[object, dict[object, int]]


def whole_graph(site: SiteMap) -> Graph:
    """Cut every edge at every approach that lies on it, on the edge of either direction."""
    edges, bins = site.edges, site.bins
    cuts: dict[int, list[tuple[int, object]]] = {edge: [] for edge in range(len(edges))}
    graph: Graph = {("node", node): {} for node in range(len(site.nodes))}
    for row in range(len(bins)):
        stop = ("bin", row)
        edge, offset = int(bins.edge[row]), int(bins.offset_mm[row])
        graph[stop] = {}
        if edge == NONE:
            graph[stop]["node", int(bins.node[row])] = 0
            graph["node", int(bins.node[row])][stop] = 0
            continue
        cuts[edge].append((offset, stop))
        for back in range(len(edges)):
            ends = (edges.source[back], edges.target[back])
            if ends == (edges.target[edge], edges.source[edge]):
                cuts[back].append((int(edges.length_mm[edge]) - offset, stop))
    for edge, stops in cuts.items():
        cost = int(edges.length_mm[edge] + edges.wait_mm[edge])
        here, at = ("node", int(edges.source[edge])), 0
        ordered = sorted(stops, key=lambda cut: cut[0])
        for place, stop in [*ordered, (cost, ("node", int(edges.target[edge])))]:
            graph[here][stop] = min(graph[here].get(stop, FAR_MM), place - at)
            if place == at:  # both stand at the same spot, whichever of them comes first
                graph[stop][here] = 0
            here, at = stop, place
    return graph


def dijkstra(graph: Graph, start: object) -> dict[object, int]:
    """Measure all ways from a start."""
    found: dict[object, int] = {}
    heap = [(0, 0, start)]
    count = 0
    while heap:
        length, _, here = heapq.heappop(heap)
        if here in found:
            continue
        found[here] = length
        for there, cost in graph[here].items():
            count += 1
            if there not in found and cost < FAR_MM:
                heapq.heappush(heap, (length + cost, count, there))
    return found


@st.composite
def site_maps(draw: st.DrawFn) -> SiteMap:
    """Draw a map with chains, rings, one-way lanes, lifts and bins at all kinds of places."""
    node_count = draw(st.integers(1, 9))
    nodes = st.integers(0, node_count - 1)
    lanes = draw(
        st.lists(
            st.tuples(nodes, nodes, st.integers(1, 9), st.sampled_from([0, 0, 3]), st.booleans()),
            max_size=16,
        )
    )
    edges: dict[tuple[int, int], tuple[int, int]] = {}
    for source, target, length, wait, is_both in lanes:
        if source != target and (target, source) not in edges and (source, target) not in edges:
            edges[source, target] = (length, wait)
            if is_both:
                edges[target, source] = (length, wait + draw(st.sampled_from([0, 0, 2])))
    rows = [(*ends, *costs) for ends, costs in edges.items()]
    can_hold = [
        number
        for number, (source, target, _, wait) in enumerate(rows)
        if not wait and not edges.get((target, source), (0, 0))[1]
    ]
    approaches = []
    for _ in range(draw(st.integers(0, 6))):
        if can_hold and draw(st.booleans()):
            edge = draw(st.sampled_from(can_hold))
            approaches.append((edge, draw(st.integers(0, rows[edge][2])), NONE))
        else:
            approaches.append((NONE, 0, draw(nodes)))
    columns = np.array(rows, np.int64).reshape(-1, 4)
    zeros = np.zeros(node_count, np.int64)
    where = np.arange(node_count)
    parts = {
        "name": "drawn",
        "version": 1,
        "nodes": Nodes(tuple(f"n{n}" for n in where), where, zeros, zeros, zeros),
        "edges": Edges(*(columns[:, n] for n in range(4))),
        "places": Places(("depot",), np.array([PlaceKind.DEPOT]), np.array([draw(nodes)])),
    }
    bad: set[int] = set()
    try:
        return SiteMap(
            **parts, bins=make_bins([f"b{n}" for n in range(len(approaches))], approaches)
        )
    except SiteMapInvalid as refused:
        bad = {fault.row for fault in refused.faults if fault.table == "bins"}
    # Those without a way are left out; anything else that is wrong is refused again.
    kept = [approach for row, approach in enumerate(approaches) if row not in bad]
    return SiteMap(**parts, bins=make_bins([f"b{n}" for n in range(len(kept))], kept))


def stops_of(site: SiteMap) -> list[object]:
    """Name all stops in the order of their numbers, as the whole graph does."""
    return [
        *(("bin", row) for row in range(len(site.bins))),
        *(("node", int(node)) for node in site.places.node),
        *(("node", node) for node in range(len(site.nodes))),
    ]


@given(site_maps(), st.sampled_from([0, 100]))
def test_all_distances_are_those_of_a_plain_dijkstra(site: SiteMap, table_max: int) -> None:
    """With a table of junctions and without; each pair and the matrix at once."""
    graph, stops = whole_graph(site), stops_of(site)
    expected = np.array(
        [
            [found.get(stop, FAR_MM) for stop in stops]
            for found in (dijkstra(graph, s) for s in stops)
        ]
    )
    distances = Distances(site, table_junctions_max=table_max)
    assert distances.has_table == (distances.junction_count <= table_max)
    every = np.arange(len(stops))
    assert distances.matrix_mm(every).tolist() == expected.tolist()
    pairs = distances.between_mm(np.repeat(every, len(stops)), np.tile(every, len(stops)))
    assert pairs.tolist() == expected.ravel().tolist()


def walked_mm(site: SiteMap, walk: Walk, stops: list[int]) -> int:
    """Add up the edges of a walk between nodes, and what its bins cut off of edges."""
    cost = {
        (int(a), int(b)): int(length + wait)
        for a, b, length, wait in zip(
            site.edges.source,
            site.edges.target,
            site.edges.length_mm,
            site.edges.wait_mm,
            strict=True,
        )
    }
    nodes = walk.node.tolist()
    return sum(cost[a, b] for a, b in pairwise(nodes))


@given(site_maps(), st.data())
def test_a_walk_between_nodes_follows_edges_and_is_as_long_as_it_says(
    site: SiteMap, data: st.DataObject
) -> None:
    """Every step of it is an edge, and the costs add up to the distances."""
    distances = Distances(site)
    count = len(site.nodes)
    stops = [
        distances.node_stop(node)
        for node in data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=5))
    ]
    legs = distances.between_mm(stops[:-1], stops[1:])
    if (legs >= FAR_MM).any():
        with pytest.raises(ValueError, match="found no way"):
            distances.walk(stops)
        return
    walk = distances.walk(stops)
    assert walk.length_mm == int(legs.sum())
    assert walked_mm(site, walk, stops) == walk.length_mm
    assert walk.x_mm.tolist() == site.nodes.x_mm[walk.node].tolist()


@given(site_maps())
def test_a_walk_through_bins_passes_nodes_at_the_distances_of_the_plain_graph(
    site: SiteMap,
) -> None:
    """Split at its nodes, the legs from bin to node to bin still add up to the whole."""
    graph = whole_graph(site)
    distances = Distances(site)
    for source in range(len(site.bins)):
        found = dijkstra(graph, ("bin", source))
        for target in range(len(site.bins)):
            length, passed = distances._way(source, target)
            assert length == found["bin", target]
            here: object = ("bin", source)
            total = 0
            for there in [*(("node", node) for node in passed), ("bin", target)]:
                total += dijkstra(graph, here)[there]
                here = there
            assert total == length


def test_a_walk_is_a_polyline_with_every_corner() -> None:
    """From the depot up the first aisle, across the back, and down the other."""
    site = make_map(
        {"e": (0, -400), "a": (0, 0), "b": (0, 1_000), "c": (500, 0), "d": (500, 1_000)},
        ("e-a", "a-b", "c-d", "a-c", "b-d"),
        {"L-1": "a>b 800", "L-2": "d>c 100"},
        {"DEPOT 1": "e"},
    )
    distances = Distances(site)
    walk = distances.walk([distances.place_stop(0), 0, 1, distances.place_stop(0)])
    points = list(zip(walk.x_mm.tolist(), walk.y_mm.tolist(), strict=True))
    assert points == [
        *((0, -400), (0, 0), (0, 800), (0, 1_000), (500, 1_000), (500, 900), (500, 0), (0, 0)),
        (0, -400),
    ]
    assert walk.length_mm == 400 + 800 + 200 + 500 + 100 + 900 + 500 + 400
    assert walk.node.tolist() == [0, 1, NONE, 2, 4, NONE, 3, 1, 0]


def test_one_way_lanes_make_distances_directed() -> None:
    """Back to the bin before, one walks all round."""
    site = make_map(
        {"a": (0, 0), "b": (0, 100), "c": (50, 100), "d": (50, 0)},
        ("a>b", "b>c", "c>d", "d>a"),
        {"L-1": "a>b 10", "L-2": "a>b 30"},
        {"DEPOT 1": "a"},
    )
    distances = Distances(site)
    assert distances.junction_count == 1
    assert (distances.distance_mm(0, 1), distances.distance_mm(1, 0)) == (20, 280)


def test_a_lift_costs_its_allowance() -> None:
    """Riding is waiting, in terms of walking."""
    site = make_map(
        {"a": (0, 0), "b": (100, 0), "u": (0, 0, 1), "v": (100, 0, 1)},
        ("a-b", "u-v", "a-u 400+9000"),
        {"L-1": "b", "L-2": "u>v 30"},
        {"DEPOT 1": "a"},
    )
    distances = Distances(site)
    assert distances.distance_mm(0, 1) == 100 + 9_400 + 30
    assert distances.walk([0, 1]).floor.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("stops", [[-1], [99]])
def test_a_stop_that_is_not_there_is_refused(stops: list[int]) -> None:
    """Reading beyond the table would give a number, too."""
    site = make_map({"a": (0, 0)}, (), {"L-1": "a"}, {"DEPOT 1": "a"})
    with pytest.raises(ValueError, match="expected 0 to 2"):
        Distances(site).matrix_mm(stops)


@pytest.mark.parametrize("stops", [["0"], [0.5], [2**32]])
def test_a_stop_that_is_no_whole_number_is_refused(stops: list[object]) -> None:
    """It would have been cut to another stop's."""
    site = make_map({"a": (0, 0)}, (), {"L-1": "a"}, {"DEPOT 1": "a"})
    with pytest.raises(ValueError, match="expected"):
        Distances(site).matrix_mm(stops)


def test_a_walk_passes_both_of_two_nodes_in_one_place() -> None:
    """Such as a door between two floors of one height: the edge has a length of its own."""
    site = make_map(
        {"a": (0, 0), "b": (100, 0), "c": (100, 0), "d": (200, 0)},
        ("a-b", "b-c 50", "c-d"),
        {"L-1": "a", "L-2": "d", "L-3": "b>c 0"},
        {"DEPOT 1": "a"},
    )
    distances = Distances(site)
    walk = distances.walk([0, 2, 1])
    assert walk.node.tolist() == [0, 1, 2, 3]
    assert walk.length_mm == distances.distance_mm(0, 1) == 250


def test_stops_are_given_by_row_or_code() -> None:
    """Bins, then places, then nodes; rows of any whole type."""
    site = make_map(
        {"a": (0, 0), "b": (90, 0)}, ("a-b",), {"L-1": "a", "L-2": "b"}, {"DEPOT 1": "a"}
    )
    distances = Distances(site)
    assert [distances.bin_stop(one) for one in (0, "L-1", 1, "L-2")] == [0, 0, 1, 1]
    assert [distances.place_stop(one) for one in (np.int32(0), "DEPOT 1")] == [2, 2]
    assert [distances.node_stop(one) for one in (0, "a", 1, "b")] == [3, 3, 4, 4]


@pytest.mark.parametrize("found", [-1, 1, 0.0, True, None, "roof", [0]])
@pytest.mark.parametrize("noun", ["bin", "place", "node"])
def test_a_row_or_code_that_is_not_there_is_named(noun: str, found: object) -> None:
    """A row beyond the places would be the stop of a node."""
    site = make_map({"a": (0, 0)}, (), {"L-1": "a"}, {"DEPOT 1": "a"})
    expected = f"{noun}: found {found!r}, expected a code of site '{site.name}' or a whole number"
    with pytest.raises(ValueError, match=re.escape(f"{expected} from 0 and below 1")):
        getattr(Distances(site), f"{noun}_stop")(found)


def test_kinds_of_nodes_do_not_matter() -> None:
    """A map without edges has distance nothing everywhere."""
    site = make_map({"a": (0, 0)}, (), {"L-1": "a", "L-2": "a"}, {"DEPOT 1": "a"})
    assert site.nodes.kind.tolist() == [NodeKind.JUNCTION]
    assert Distances(site).matrix_mm([0, 1, 2, 3]).tolist() == [[0] * 4] * 4
