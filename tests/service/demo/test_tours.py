"""S-shape tours against a graph of the aisles walked by hand and by Dijkstra."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.engine.errors import InvalidRequest
from slotline.service.demo.floor import FloorPlan
from slotline.service.demo.tours import Tour, assign_carts, s_shape_tour, travel_heat

if TYPE_CHECKING:
    from slotline.service.demo.day import Day
    from slotline.service.demo.site import Site

Point = tuple[int, int]
Graph = dict[Point, dict[Point, int]]


def _graph(plan: FloorPlan) -> Graph:
    """Link every bay to its neighbours, aisle ends to cross-aisles, cross-aisles sideways."""
    graph: Graph = {}

    def link(one: Point, two: Point) -> None:
        length = abs(one[0] - two[0]) + abs(one[1] - two[1])
        graph.setdefault(one, {})[two] = length
        graph.setdefault(two, {})[one] = length

    for aisle in range(plan.aisle_count):
        x = aisle * 3_200
        for block in (0, 1):
            ys = [plan.cross_y_mm[block]]
            ys += [plan.bay_y_mm(block, bay) for bay in range(plan.bay_count)]
            ys.append(plan.cross_y_mm[block + 1])
            for low, high in pairwise(ys):
                link((x, low), (x, high))
        if aisle:
            for y in plan.cross_y_mm:
                link((x - 3_200, y), (x, y))
    return graph


def _distances(graph: Graph, start: Point) -> dict[Point, int]:
    """Dijkstra, plain."""
    best = {start: 0}
    queue = [(0, start)]
    while queue:
        distance, point = heappop(queue)
        if distance > best[point]:
            continue
        for following, length in graph[point].items():
            if distance + length < best.get(following, 1 << 60):
                best[following] = distance + length
                heappush(queue, (distance + length, following))
    return best


def _bins(plan: FloorPlan, places: list[tuple[int, int, int]]) -> tuple[np.ndarray, ...]:
    """Turn (aisle, block, bay) into the tour's columns."""
    aisle = np.array([place[0] for place in places], dtype=np.int32)
    block = np.array([place[1] for place in places], dtype=np.int32)
    y = np.array([plan.bay_y_mm(place[1], place[2]) for place in places], dtype=np.int64)
    return aisle, block, y


def _check(plan: FloorPlan, graph: Graph, tour: Tour, aisle: np.ndarray, y: np.ndarray) -> None:
    """Each leg is a shortest way in the graph; the stops lie on the legs in their order."""
    assert sorted(tour.visit.tolist()) == list(range(len(aisle)))
    corners = list(zip(tour.path_x_mm.tolist(), tour.path_y_mm.tolist(), strict=True))
    depot = (plan.aisle_x_mm(plan.depot_aisle), 0)
    assert corners[0] == corners[-1] == depot
    stops = [(int(aisle[row]) * 3_200, int(y[row])) for row in tour.visit]
    walked = 0
    for one, two in pairwise(corners):
        assert (one[0] == two[0]) != (one[1] == two[1])
        walked += _distances(graph, one)[two]
        while stops and stops[0][0] == one[0] == two[0]:
            if not min(one[1], two[1]) <= stops[0][1] <= max(one[1], two[1]):
                break
            one = stops.pop(0)
    assert stops == []
    assert walked == tour.walked_mm


_PLAN = FloorPlan(aisle_count=5, bay_count=4)
_GRAPH = _graph(_PLAN)
_PLACES = st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 3))


@settings(max_examples=150, deadline=None)
@given(st.lists(_PLACES, min_size=1, max_size=14))
def test_walked_distance_is_that_of_the_aisle_graph(places: list[tuple[int, int, int]]) -> None:
    """Any set of bins: all visited once, in path order, every leg measured by Dijkstra."""
    aisle, block, y = _bins(_PLAN, places)
    _check(_PLAN, _GRAPH, s_shape_tour(_PLAN, aisle, block, y), aisle, y)


@settings(max_examples=25, deadline=None)
@given(st.lists(_PLACES, min_size=1, max_size=4, unique=True))
def test_no_tour_is_shorter_than_the_best(places: list[tuple[int, int, int]]) -> None:
    """The rule never beats the shortest closed walk over all orders of the bins."""
    aisle, block, y = _bins(_PLAN, places)
    points = [(int(a) * 3_200, int(b)) for a, b in zip(aisle, y, strict=True)]
    depot = (_PLAN.aisle_x_mm(_PLAN.depot_aisle), 0)
    table = {point: _distances(_GRAPH, point) for point in [*points, depot]}
    best = min(
        sum(table[one][two] for one, two in pairwise([depot, *order, depot]))
        for order in permutations(points)
    )
    assert s_shape_tour(_PLAN, aisle, block, y).walked_mm >= best


def test_rule_is_followed_step_by_step() -> None:
    """One case worked by hand: up the left aisle, the back block, then the front block."""
    places = [
        (4, 0, 1),
        (0, 0, 2),
        (1, 1, 3),
        (3, 1, 0),
        (4, 1, 2),
        (3, 0, 0),
        (0, 0, 0),
        (1, 0, 1),
    ]
    aisle, block, y = _bins(_PLAN, places)
    tour = s_shape_tour(_PLAN, aisle, block, y)
    # Up aisle 0; back block 1 up, 3 down, 4 in and out; front block 4 down, 3 up, 1 down.
    assert tour.visit.tolist() == [6, 1, 2, 3, 4, 0, 5, 7]
    through = 6 * (4 * 900 + 3_000)
    sideways = (2 + 1 + 2 + 1 + 0 + 1 + 2 + 1) * 3_200
    in_and_out = 2 * (1_500 + 2 * 900 + 450)
    assert tour.walked_mm == through + sideways + in_and_out
    _check(_PLAN, _GRAPH, tour, aisle, y)


def test_tour_without_bins_stays_at_the_depot() -> None:
    """Nothing to pick, nothing walked."""
    none = np.empty(0, dtype=np.int32)
    tour = s_shape_tour(_PLAN, none, none, np.empty(0, dtype=np.int64))
    assert tour.walked_mm == 0
    assert tour.visit.tolist() == []
    assert len(tour.path_x_mm) == 1


def test_bins_outside_the_plan_are_refused() -> None:
    """The message names the bin and the plan's bounds."""
    aisle, block, y = _bins(_PLAN, [(0, 0, 0)])
    with pytest.raises(InvalidRequest, match="aisles 0 to 4"):
        s_shape_tour(_PLAN, aisle + 5, block, y)
    with pytest.raises(InvalidRequest, match="equal lengths"):
        s_shape_tour(_PLAN, aisle, block, y[:0])


def test_every_bin_of_the_site_is_reachable(site: Site) -> None:
    """A walk along aisles and cross-aisles leads from the depot to every approach node."""
    depot = (site.plan.aisle_x_mm(site.plan.depot_aisle), 0)
    reached = _distances(_graph(site.plan), depot)
    locations = site.locations
    in_racks = locations.aisle >= 0
    nodes = zip(
        locations.approach_x_mm[in_racks].tolist(),
        locations.approach_y_mm[in_racks].tolist(),
        strict=True,
    )
    assert all(node in reached for node in nodes)


def test_tours_of_the_day_visit_every_bin_once(
    site: Site, day: Day, tours: tuple[list[Tour], list[np.ndarray]]
) -> None:
    """All carts of the day: bins visited once each, distances those of the graph."""
    graph = _graph(site.plan)
    assert len(tours[0]) > len(set(day.order_wave_row.tolist())) // 2
    for tour, rows in zip(*tours, strict=True):
        aisle, y = site.locations.aisle[rows], site.locations.approach_y_mm[rows]
        _check(site.plan, graph, tour, aisle, y)


def test_heat_counts_every_metre(site: Site, tours: tuple[list[Tour], list[np.ndarray]]) -> None:
    """Sideways metres equal the cross-aisle counts; bay counts equal a slow recount."""
    plan = site.plan
    heat = travel_heat(plan, tours[0])
    sideways = sum(int(np.abs(np.diff(tour.path_x_mm)).sum()) for tour in tours[0])
    assert int(heat.cross_passes.sum()) * 3_200 == sideways
    slow = np.zeros_like(heat.aisle_passes)
    for tour in tours[0]:
        corners = zip(tour.path_x_mm.tolist(), tour.path_y_mm.tolist(), strict=True)
        for (x, y), (_, next_y) in pairwise(corners):
            for block in (0, 1):
                for bay in range(plan.bay_count):
                    if min(y, next_y) <= plan.bay_y_mm(block, bay) <= max(y, next_y):
                        slow[x // 3_200, block, bay] += 1
    assert (heat.aisle_passes == slow).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 5))
def test_carts_are_full_and_of_one_departure(departures: list[int], places: int) -> None:
    """No cart mixes departures or overflows, and no departure uses more carts than needed."""
    column = np.array(departures, dtype=np.int32)
    carts = assign_carts(column, places)
    assert sorted(set(carts.tolist())) == list(range(len(set(carts.tolist()))))
    for cart in set(carts.tolist()):
        members = column[carts == cart]
        assert len(set(members.tolist())) == 1
        assert len(members) <= places
    needed = sum(-(-departures.count(one) // places) for one in set(departures))
    assert len(set(carts.tolist())) == needed


def test_cart_without_places_is_refused() -> None:
    """Zero orders a cart is named."""
    with pytest.raises(InvalidRequest, match="orders_per_cart is 0"):
        assign_carts(np.zeros(3, dtype=np.int32), 0)
