"""Check a tour on a site map by walking it along the map's edges, with nothing of what made it."""

from __future__ import annotations

import heapq
from itertools import count, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .site_map import SiteMap
    from .tour import MapTour
    from .tour_rules import TourRules

_ON_EDGE: Final = -1
"""First part of a spot that lies on a lane; else spots are a node and 0."""

_Spot = tuple[int, int, int]


def check_map_tour(
    site: SiteMap,
    stops: Sequence[int],
    start: int,
    end: int,
    tour: MapTour,
    rules: TourRules | None = None,
) -> list[str]:
    """Say what is wrong with a tour.

    Parameters
    ----------
    site : SiteMap
        The map.
    stops : sequence of int
        Stops as they were given to the router: rows of bins, then of places, then of nodes.
    start, end : int
        Where the tour must start and end.
    tour : MapTour
        The answer.
    rules : TourRules, optional
        What it must keep to.

    Returns
    -------
    faults : list of str
        Empty when the walk runs along edges in their direction from start to end, passes all stops
        in the order of the tour and the end after each trip, every time the shortest way, has the
        length that is claimed, at least the bound, and each trip keeps to the rules.
    """
    order = [int(row) for row in tour.stop_order]
    if sorted(order) != list(range(len(stops))):
        return [f"the order {order} does not name each of {len(stops)} stops once"]
    first = [int(row) for row in tour.trip_first]
    rises = all(one <= other for one, other in pairwise(first))
    if len(first) < 2 or first[0] != 0 or first[-1] != len(order) or not rises:
        return [f"the trips begin at {first}, expected 0 to {len(order)} in ascending order"]
    trips = [order[one:other] for one, other in pairwise(first)]
    faults = [] if rules is None else _rule_faults(trips, rules)
    passed = [start]
    for trip in trips:
        passed += [*(int(stops[row]) for row in trip), end]
    faults += _walk_faults(site, passed, tour)
    if tour.bound_mm > tour.length_mm:
        faults.append(f"the bound {tour.bound_mm} mm is above the length {tour.length_mm} mm")
    return faults


def _rule_faults(trips: list[list[int]], rules: TourRules) -> list[str]:
    """Check ranks and loads trip by trip."""
    faults = []
    every = [row for trip in trips for row in trip]
    exceeds = False
    for name, limit in rules.cart._asdict().items():
        column = getattr(rules, name)
        if limit is None:
            continue
        exceeds = exceeds or sum(int(column[row]) for row in every) > limit
        for number, trip in enumerate(trips):
            load = sum(int(column[row]) for row in trip)
            if load > limit:
                faults.append(f"trip {number} has {name} {load}, the cart holds {limit}")
    if len(trips) > 1 and not exceeds:
        faults.append(f"there are {len(trips)} trips, expected one: all stops fit the cart")
    if rules.rank is None:
        return faults
    for number, trip in enumerate(trips):
        for at, row in enumerate(trip):
            for later in trip[at + 1 :]:
                same = rules.tote is None or rules.tote[row] == rules.tote[later]
                if same and rules.rank[later] < rules.rank[row]:
                    faults.append(
                        f"trip {number} serves stop {row} of rank {rules.rank[row]} before stop "
                        f"{later} of rank {rules.rank[later]}"
                    )
    return faults


def _walk_faults(site: SiteMap, passed: list[int], tour: MapTour) -> list[str]:
    """Follow the walk from stop to stop."""
    streets = _Streets(site, passed)
    spots = [streets.spot_of_stop[stop] for stop in passed]
    walk = list(zip(tour.walk_x_mm.tolist(), tour.walk_y_mm.tolist(), tour.walk_floor.tolist(),
                    tour.walk_node.tolist(), strict=True))  # fmt: skip
    if not walk or walk[0][:3] != streets.place[spots[0]]:
        return [f"the walk begins at {walk[:1]}, expected {streets.place[spots[0]]}"]
    total_mm = 0
    row = 0
    for number, (source, target) in enumerate(pairwise(spots)):
        here, leg_mm = source, 0
        while here != target:
            row += 1
            if row == len(walk):
                return [f"the walk ends before stop {passed[number + 1]}"]
            x, y, floor, node = walk[row]
            there = (node, 0, 0) if node >= 0 else target
            if (x, y, floor) != streets.place[there]:
                return [f"the walk is at {(x, y, floor)}, expected {streets.place[there]}"]
            step_mm = streets.step_mm(here, there)
            if step_mm is None:
                return [f"no edge leads from {streets.place[here]} to {(x, y, floor)}"]
            leg_mm += step_mm
            here = there
        shortest_mm = streets.shortest_mm(source, target)
        if leg_mm != shortest_mm:
            return [f"the walk takes {leg_mm} mm from stop {passed[number]} to stop "
                    f"{passed[number + 1]}, expected {shortest_mm} mm"]  # fmt: skip
        total_mm += leg_mm
    faults = []
    if row != len(walk) - 1:
        faults.append(f"the walk has {len(walk) - 1 - row} points behind its end")
    if total_mm != tour.length_mm:
        faults.append(f"the length is {tour.length_mm} mm, expected the walk's {total_mm} mm")
    return faults


class _Streets:
    """Edges, and where spots lie on them."""

    def __init__(self, site: SiteMap, stops: Sequence[int]) -> None:
        nodes, edges = site.nodes, site.edges
        self._ends = list(zip(edges.source.tolist(), edges.target.tolist(), strict=True))
        self._cost = [int(a + b) for a, b in zip(edges.length_mm, edges.wait_mm, strict=True)]
        self._on_edge: dict[int, dict[_Spot, int]] = {}
        self._edges_of: dict[_Spot, list[int]] = {}
        self.place: dict[_Spot, tuple[int, int, int]] = {}
        for node, place in enumerate(zip(nodes.x_mm.tolist(), nodes.y_mm.tolist(),
                                         nodes.floor.tolist(), strict=True)):  # fmt: skip
            self.place[node, 0, 0] = place
            self._edges_of[node, 0, 0] = []
        for edge, (source, target) in enumerate(self._ends):
            for node, at in ((source, 0), (target, self._cost[edge])):
                self._put(edge, (node, 0, 0), at)
        self.spot_of_stop = {stop: self._spot(site, stop) for stop in stops}

    def _put(self, edge: int, spot: _Spot, at: int) -> None:
        self._on_edge.setdefault(edge, {})[spot] = at
        self._edges_of.setdefault(spot, []).append(edge)

    def _spot(self, site: SiteMap, stop: int) -> _Spot:
        bins, places = site.bins, site.places
        if stop >= len(bins) + len(places):
            return (stop - len(bins) - len(places), 0, 0)
        if stop >= len(bins):
            return (int(places.node[stop - len(bins)]), 0, 0)
        edge, offset = int(bins.edge[stop]), int(bins.offset_mm[stop])
        if edge < 0:
            return (int(bins.node[stop]), 0, 0)
        source, target = self._ends[edge]
        length = int(site.edges.length_mm[edge])
        if offset in (0, length):
            return (source if offset == 0 else target, 0, 0)
        back = self._ends.index((target, source)) if (target, source) in self._ends else edge
        lane, at = (edge, offset) if edge <= back else (back, length - offset)
        spot = (_ON_EDGE, lane, at)
        if spot not in self.place:
            x, y, floor = site.approach()
            self.place[spot] = (int(x[stop]), int(y[stop]), int(floor[stop]))
            self._put(edge, spot, offset)
            if back != edge:
                self._put(back, spot, length - offset)
        return spot

    def _steps(self, spot: _Spot) -> Iterator[tuple[_Spot, int]]:
        """Give the spots on the same edges, ahead."""
        for edge in self._edges_of[spot]:
            at = self._on_edge[edge][spot]
            for other, there in self._on_edge[edge].items():
                if there >= at:
                    yield other, there - at

    def step_mm(self, source: _Spot, target: _Spot) -> int | None:
        """Measure a piece of one edge, None when there is none."""
        return min((cost for spot, cost in self._steps(source) if spot == target), default=None)

    def shortest_mm(self, source: _Spot, target: _Spot) -> int:
        """Measure the shortest way (source: Dijkstra 1959)."""
        number = count()
        heap = [(0, next(number), source)]
        done: set[_Spot] = set()
        while heap:
            length, _, spot = heapq.heappop(heap)
            if spot == target:
                return length
            if spot in done:
                continue
            done.add(spot)
            for other, cost in self._steps(spot):
                if other not in done:
                    heapq.heappush(heap, (length + cost, next(number), other))
        raise ValueError(f"found no way from {self.place[source]} to {self.place[target]}")
