"""Tours over any matrix and on any map, against every order of the stops."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer import matrix_tour as module
from slotline.optimizer.batching import Cart
from slotline.optimizer.check_map_tour import check_map_tour
from slotline.optimizer.distances import Distances
from slotline.optimizer.matrix_tour import EXACT, LOCAL_SEARCH, Effort, MatrixTour, matrix_tour
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route
from slotline.optimizer.route_map import route_map
from slotline.optimizer.tour import TourStatus
from slotline.optimizer.tour_rules import TourRules
from slotline.tests.optimizer.site_maps import make_map

if TYPE_CHECKING:
    from slotline.optimizer.site_map import SiteMap

START, END = 0, 1
"""Rows of the matrices of these tests; the stops follow."""


def closed_ways(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw ways that are longer one way than the other, and none longer than by another place."""
    walk_mm = rng.integers(1, 100, (count, count))
    np.fill_diagonal(walk_mm, 0)
    for by in range(count):
        walk_mm = np.minimum(walk_mm, walk_mm[:, [by]] + walk_mm[[by], :])
    return walk_mm


def trips_mm(walk_mm: np.ndarray, trips: list[list[int]]) -> int:
    """Length of trips: the first one from the start, all to the end."""
    passed = [START]
    for trip in trips:
        passed += [*(stop + 2 for stop in trip), END]
    return sum(int(walk_mm[one, other]) for one, other in pairwise(passed))


def keeps(rules: TourRules, trips: list[list[int]]) -> bool:
    """Whether each trip has its stops in order, and fits the cart."""
    loads = [(getattr(rules, name), most) for name, most in rules.cart._asdict().items()
             if most is not None]  # fmt: skip
    for trip in trips:
        if any(sum(load[stop] for stop in trip) > most for load, most in loads):
            return False
        for at, stop in enumerate(trip):
            for later in trip[at + 1 :]:
                same = rules.tote is None or rules.tote[stop] == rules.tote[later]
                if rules.rank is not None and same and rules.rank[later] < rules.rank[stop]:
                    return False
    return True


def shortest_mm(walk_mm: np.ndarray, rules: TourRules, stop_count: int) -> int:
    """Try every order and, where the stops exceed the cart, every way to cut it."""
    stops = list(range(stop_count))
    fits = keeps(TourRules(cart=rules.cart, slots=rules.slots, weight_g=rules.weight_g), [stops])
    best = []
    for order in permutations(stops):
        for cuts in [0] if fits else range(1 << (stop_count - 1)):
            trips: list[list[int]] = [[]]
            for at, stop in enumerate(order):
                trips[-1].append(stop)
                if cuts >> at & 1:
                    trips.append([])
            if keeps(rules, trips):
                best.append(trips_mm(walk_mm, trips))
    return min(best)


def check(walk_mm: np.ndarray, rules: TourRules, tour: MatrixTour) -> list[list[int]]:
    """Assert that an answer is what it says, and give its trips."""
    trips = [part.tolist() for part in np.split(tour.stop_order, tour.trip_first[1:-1])]
    assert sorted(stop for trip in trips for stop in trip) == list(range(len(walk_mm) - 2))
    assert trips_mm(walk_mm, trips) == tour.length_mm
    assert keeps(rules, trips)
    assert tour.bound_mm <= tour.length_mm
    return trips


@st.composite
def ruled(draw: st.DrawFn) -> tuple[np.ndarray, TourRules]:
    """Draw ways and rules for up to five stops."""
    stop_count = draw(st.integers(1, 5))
    walk_mm = closed_ways(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), stop_count + 2)

    def column(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=stop_count, max_size=stop_count))

    rules = TourRules(
        rank=draw(st.sampled_from([None, column(0, 2)])),
        tote=draw(st.sampled_from([None, column(5, 6)])),
        cart=draw(st.sampled_from([Cart(), Cart(slots=4), Cart(slots=5, weight_g=9)])),
        slots=column(0, 3),
        weight_g=column(0, 9),
    )
    return walk_mm, rules


@settings(max_examples=60, deadline=None)
@given(ruled())
def test_a_few_stops_are_exact_under_all_rules(case: tuple[np.ndarray, TourRules]) -> None:
    """Start and end differ, ways are longer one way; no order and no cut is shorter."""
    walk_mm, rules = case
    stop_count = len(walk_mm) - 2
    tour = matrix_tour(walk_mm, range(2, stop_count + 2), START, END, rules=rules)
    check(walk_mm, rules, tour)
    assert shortest_mm(walk_mm, rules, stop_count) == tour.length_mm == tour.bound_mm
    assert tour.policy == EXACT


@settings(max_examples=40, deadline=None, derandomize=True)
@given(ruled())
def test_the_search_finds_what_is_exact(case: tuple[np.ndarray, TourRules]) -> None:
    """The same stops, searched: within the rules, the bound below, the length nearly always met."""
    walk_mm, rules = case
    stop_count = len(walk_mm) - 2
    if stop_count < 3:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SUBSET_STOPS_MAX", 0)
        tour = matrix_tour(walk_mm, range(2, stop_count + 2), START, END, rules=rules)
    check(walk_mm, rules, tour)
    shortest = shortest_mm(walk_mm, rules, stop_count)
    assert tour.policy == LOCAL_SEARCH
    assert tour.bound_mm <= shortest <= tour.length_mm <= 1.3 * shortest


@pytest.mark.parametrize(("blocks", "closed"), [(2, True), (2, False), (3, True), (3, False)])
def test_searched_tours_are_as_short_as_the_exact_ones(blocks: int, *, closed: bool) -> None:
    """On floors that the dynamic program over aisles solves; the bound is near."""
    rng = np.random.default_rng(blocks)
    floor = Rectangle(np.arange(10) * 3_200, np.arange(blocks + 1) * 20_000)
    aisle, y_mm = rng.integers(0, 10, 20), rng.integers(0, blocks * 20_000 + 1, 20)
    start, end = Place(2, 0), Place(2, 0) if closed else Place(7, 5_000)
    shortest = route(floor, aisle, y_mm, start, end)
    ends = np.array([start, end])
    between_mm = floor.walked_mm(np.append(aisle, ends[:, 0]), np.append(y_mm, ends[:, 1]))
    tour = matrix_tour(between_mm, range(20), 20, 21)
    assert (shortest.policy, tour.policy) == (EXACT, LOCAL_SEARCH)
    assert tour.length_mm == shortest.length_mm
    assert 0.97 * tour.length_mm <= tour.bound_mm <= tour.length_mm


def test_five_blocks_are_searched_to_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve stops, for which the program over sets knows the shortest tour."""
    rng = np.random.default_rng(11)
    for blocks in (5, 6):
        floor = Rectangle(np.arange(8) * 3_000, np.arange(blocks + 1) * 10_000)
        aisle, y_mm = rng.integers(0, 8, 10), rng.integers(0, blocks * 10_000 + 1, 10)
        monkeypatch.setattr(module, "SUBSET_STOPS_MAX", 12)
        exact = route(floor, aisle, y_mm, Place(0, 0))
        monkeypatch.setattr(module, "SUBSET_STOPS_MAX", 0)
        searched = route(floor, aisle, y_mm, Place(0, 0))
        assert (exact.policy, searched.policy) == (EXACT, LOCAL_SEARCH)
        assert searched.length_mm == exact.length_mm
        assert searched.bound_mm <= exact.length_mm


def test_rounds_give_the_same_tour_and_time_no_worse_one() -> None:
    """With rounds the answer is a function of the question; with a time limit the clock ends it."""
    walk_mm = closed_ways(np.random.default_rng(2), 22)
    stops = range(2, 22)
    first, second = (
        matrix_tour(walk_mm, stops, START, END, effort=Effort(rounds_max=30, seed=4))
        for _ in range(2)
    )
    assert first.stop_order.tolist() == second.stop_order.tolist()
    assert (first.length_mm, first.bound_mm) == (second.length_mm, second.bound_mm)
    none = matrix_tour(walk_mm, stops, START, END, effort=Effort(rounds_max=0))
    limited = matrix_tour(walk_mm, stops, START, END, effort=Effort(time_limit_s=0.02))
    for tour in (none, limited):
        check(walk_mm, TourRules(), tour)
    assert none.length_mm >= first.length_mm


def test_no_stops_are_a_walk_from_start_to_end() -> None:
    """One trip with nothing in it."""
    tour = matrix_tour([[0, 7], [5, 0]], [], START, END)
    assert (tour.length_mm, tour.bound_mm, tour.trip_first.tolist()) == (7, 7, [0, 0])


WEIGHTS = TourRules(cart=Cart(weight_g=10), weight_g=[4, 11, 12])


@pytest.mark.parametrize(
    ("stops", "rules", "message"),
    [
        ([2, 3, 9], None, "stop 2 is row 9, expected 0 to 4"),
        ([2, 3, 4], WEIGHTS, r"weight_g 10, which is less than that of stop 1 \(11\), 2 \(12\)"),
        ([2, 3], TourRules(rank=[1]), "rank has 1 rows, expected 2, one for each stop"),
        ([2], TourRules(cart=Cart(slots=1)), "holds slots 1, but no stop says its slots"),
        ([2], TourRules(slots=[-1]), "slots of stop 0 is -1, expected 0 to"),
        ([2], TourRules(cart=Cart(slots=-3), slots=[1]), "holds slots -3, expected 0 to"),
    ],
)
def test_what_does_not_fit_is_named(
    stops: list[int], rules: TourRules | None, message: str
) -> None:
    """The stop or column, what was found and what was expected."""
    with pytest.raises(ValueError, match=message):
        matrix_tour(closed_ways(np.random.default_rng(1), 5), stops, START, END, rules=rules)


def test_a_matrix_that_is_none_is_refused() -> None:
    """Real numbers, gaps, and detours where a cart makes trips."""
    with pytest.raises(ValueError, match="type float64, expected a square of whole numbers"):
        matrix_tour(np.zeros((3, 3)), [2], START, END)
    walk_mm = closed_ways(np.random.default_rng(1), 4)
    walk_mm[2, 3] = -1
    with pytest.raises(ValueError, match="the way from stop 0 to stop 1 is -1 mm"):
        matrix_tour(walk_mm, [2, 3], START, END)
    walk_mm[2, 3] = 2**59
    with pytest.raises(ValueError, match=f"is {2**59} mm, expected 0 to {2**44}: no way"):
        matrix_tour(walk_mm, [2, 3], START, END)
    with pytest.raises(ValueError, match=r"seed is 0.5, expected a whole number"):
        matrix_tour(walk_mm, [2], START, END, effort=Effort(seed=0.5))  # type: ignore[arg-type]
    walk_mm[2, 3] = 5_000
    two_trips = TourRules(cart=Cart(slots=1), slots=[1, 1])
    with pytest.raises(ValueError, match=r"5000 mm, by the end it is [0-9]+ mm: exp"):
        matrix_tour(walk_mm, [2, 3], START, END, rules=two_trips)


# -- on a map --------------------------------------------------------------------------------------


def one_way_site() -> SiteMap:
    """Six aisles between two cross-aisles, walked to the back and to the front in turn."""
    spots = {f"{end}{aisle}": (aisle * 3_000, y) for aisle in range(6)
             for end, y in (("F", 0), ("B", 9_000))}  # fmt: skip
    lanes = [f"{end}{aisle}-{end}{aisle + 1}" for aisle in range(5) for end in "FB"]
    lanes += [f"F{aisle}>B{aisle}" if aisle % 2 == 0 else f"B{aisle}>F{aisle}"
              for aisle in range(6)]  # fmt: skip
    bins = {
        f"{aisle}-{bay}": f"{lane} {1_000 + bay * 1_000}"
        for aisle, lane in enumerate(lanes[-6:])
        for bay in range(7)
    }
    return make_map(spots, lanes, bins, {"DEPOT 1": "F0", "DOCK 1": "B5"})


@pytest.mark.parametrize("stop_count", [0, 1, 6, 16])
def test_tours_on_one_way_lanes_are_walks_along_them(stop_count: int) -> None:
    """From one place to another, each with its rules; few stops are proven."""
    site = one_way_site()
    distances = Distances(site)
    rng = np.random.default_rng(stop_count)
    start, end = distances.place_stop(0), distances.place_stop(1)
    stops = rng.integers(0, len(site.bins), stop_count)
    every_rule = [
        None,
        TourRules(rank=rng.integers(0, 3, stop_count)),
        TourRules(
            rank=rng.integers(0, 3, stop_count),
            tote=rng.integers(0, 2, stop_count),
            cart=Cart(volume_ml=12),
            volume_ml=rng.integers(1, 5, stop_count),
        ),
    ]
    for rules in every_rule:
        for to in (start, end):
            tour = route_map(distances, stops, start, to, rules=rules)
            assert check_map_tour(site, stops.tolist(), start, to, tour, rules) == []
            if stop_count <= 6:
                assert tour.status is TourStatus.OPTIMAL
    assert (len(tour.trips()) > 1) == (stop_count >= 6)


def test_the_checker_of_maps_finds_what_is_wrong() -> None:
    """Each claim of an answer, spoilt in turn."""
    site = one_way_site()
    distances = Distances(site)
    stops, start = [3, 10, 25, 30], distances.place_stop(0)
    rules = TourRules(rank=[0, 0, 1, 1], cart=Cart(slots=2), slots=[1, 1, 1, 1])
    tour = route_map(distances, stops, start, rules=rules)

    def said(**spoilt: object) -> str:
        columns = {name: getattr(tour, name) for name in (
            "stop_order", "walk_x_mm", "walk_y_mm", "length_mm", "bound_mm", "policy",
            "walk_floor", "walk_node", "trip_first",
        )}  # fmt: skip
        found = check_map_tour(site, stops, start, start, type(tour)(**columns | spoilt), rules)
        return " / ".join(found)

    assert said() == ""
    assert "does not name each of 4 stops once" in said(stop_order=tour.stop_order * 0)
    assert "the trips begin at [0, 4, 3]" in said(trip_first=np.array([0, 4, 3]))
    assert "the cart holds 2" in said(trip_first=np.array([0, 4]))
    assert "is above the length" in said(bound_mm=tour.length_mm + 1)
    assert "expected the walk's" in said(length_mm=tour.length_mm + 1)
    assert "the walk begins at" in said(walk_x_mm=tour.walk_x_mm + 1)
    shorter = {name: getattr(tour, name)[:-1] for name in (
        "walk_x_mm", "walk_y_mm", "walk_floor", "walk_node")}  # fmt: skip
    assert "the walk ends before stop" in said(**shorter)
    back = {name: getattr(tour, name)[::-1] for name in shorter}
    assert "expected" in said(**back)
    loose = replace(rules, cart=Cart(slots=9))
    found = check_map_tour(site, stops, start, start, tour, loose)
    assert found == ["there are 2 trips, expected one: all stops fit the cart"]
    contrary = replace(rules, rank=-np.argsort(tour.stop_order))
    first, second, *_ = tour.stop_order
    found = check_map_tour(site, stops, start, start, tour, contrary)
    assert found[0] == f"trip 0 serves stop {first} of rank 0 before stop {second} of rank -1"
