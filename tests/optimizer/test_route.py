"""The exact router against every order of the stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.policies import POLICIES
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route
from slotline.optimizer.tour import Tour, TourStatus
from slotline.tests.optimizer.floors import Case, cases, order_length_mm, shortest_mm

ONE_BLOCK = Rectangle(np.array([0, 10, 20]), np.array([0, 100]))


def exact(case: Case) -> Tour:
    """Ask for the shortest tour."""
    return route(case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end)


def faults(case: Case, tour: Tour) -> list[str]:
    """Let the checker walk a tour."""
    return check_tour(case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, tour)


@settings(max_examples=300, deadline=None)
@given(cases(block_max=4, stop_max=6))
def test_no_order_of_the_stops_is_shorter(case: Case) -> None:
    """Length, walk and order agree with the best of all orders; start and end lie anywhere."""
    tour = exact(case)
    assert shortest_mm(case) == tour.length_mm
    assert tour.status is TourStatus.OPTIMAL
    assert faults(case, tour) == []
    in_order = tuple(case.stops[row] for row in tour.stop_order)
    assert order_length_mm(case, in_order) == tour.length_mm


@settings(max_examples=40, deadline=None)
@given(cases(block_max=3, stop_max=40, aisle_max=12))
def test_long_tours_are_walks_through_all_stops(case: Case) -> None:
    """Too many stops to try orders: the checker walks the answer."""
    assert faults(case, exact(case)) == []


def test_a_tour_without_stops_goes_from_start_to_end() -> None:
    """Nothing to pick, still to walk; and nothing at all when the end is the start."""
    tour = route(ONE_BLOCK, [], [], Place(0, 0), Place(2, 30))
    assert tour.length_mm == 50
    assert list(tour.walk_x_mm) == [0, 20, 20]
    assert list(tour.walk_y_mm) == [0, 0, 30]
    stay = route(ONE_BLOCK, [], [], Place(1, 7))
    assert (stay.length_mm, list(stay.walk_x_mm), list(stay.walk_y_mm)) == (0, [10], [7])
    assert stay.gap == 0.0


def test_a_tour_inside_one_aisle_meets_no_cross_aisle() -> None:
    """From the middle of an aisle to a stop in it and back."""
    tour = route(ONE_BLOCK, [1, 1], [60, 40], Place(1, 50))
    assert tour.length_mm == 40
    assert set(tour.walk_y_mm) == {40, 50, 60}


def test_the_same_question_gives_the_same_tour() -> None:
    """Order, walk and length are a function of the question."""
    first, second = (route(ONE_BLOCK, [0, 2, 1], [80, 80, 20], Place(0, 0)) for _ in range(2))
    assert list(first.stop_order) == list(second.stop_order)
    assert list(first.walk_x_mm) == list(second.walk_x_mm)
    assert list(first.walk_y_mm) == list(second.walk_y_mm)


@pytest.mark.parametrize(
    ("stop_aisle", "stop_y_mm", "start", "message"),
    [
        ([0, 3], [5, 5], Place(0, 0), "stop 1 is at 5 mm in aisle 3, expected 0 to 100 mm"),
        ([0, -1], [5, 5], Place(0, 0), "stop 1 is at 5 mm in aisle -1"),
        ([0], [101], Place(0, 0), "stop 0 is at 101 mm in aisle 0"),
        ([0], [5], Place(0, -1), "start is at -1 mm in aisle 0"),
        ([0], [5.5], Place(0, 0), "stop_y_mm has shape .* expected a column of whole numbers"),
        ([0, 1], [5], Place(0, 0), "stop_y_mm has 1 stops, expected 2"),
    ],
)
def test_places_off_the_floor_are_named(
    stop_aisle: list[int], stop_y_mm: list[float], start: Place, message: str
) -> None:
    """The first wrong place is named, with what was expected."""
    with pytest.raises(ValueError, match=message):
        route(ONE_BLOCK, stop_aisle, stop_y_mm, start)


@pytest.mark.parametrize(
    "start", [Place(0, 1 << 60), Place(1 << 70, 0), Place(0, 0.5), 3, None], ids=str
)
def test_a_start_that_is_no_place_is_refused(start: Any) -> None:
    """Numbers that a kernel would cut or overflow with, and things of another kind."""
    with pytest.raises(ValueError, match=r"start is .* expected"):
        route(ONE_BLOCK, [0], [5], start)


@pytest.mark.parametrize("aisles", [[0, 1 << 60], [-(1 << 60), 0], [0.0, 3.2], np.array([1 << 63])])
def test_a_floor_of_parts_or_of_too_large_numbers_is_refused(aisles: Any) -> None:
    """Lengths of tours on it would not be what they say."""
    with pytest.raises(ValueError, match=r"aisle_x_mm.* expected"):
        Rectangle(aisles, np.array([0, 10]))


def test_an_end_off_the_floor_is_named() -> None:
    """The end is checked like the start."""
    with pytest.raises(ValueError, match="end is at 5 mm in aisle 9"):
        route(ONE_BLOCK, [0], [5], Place(0, 0), Place(9, 5))


@settings(max_examples=60, deadline=None)
@given(cases(block_max=9, stop_max=5))
def test_a_few_stops_on_floors_of_many_blocks_are_exact(case: Case) -> None:
    """Beyond the blocks of the exact solver, tours through a few stops are optimal, too."""
    tour = exact(case)
    assert faults(case, tour) == []
    assert tour.bound_mm == shortest_mm(case) == tour.length_mm


@settings(max_examples=4, deadline=None)
@given(cases(block_max=9, stop_max=40, aisle_max=12), st.sampled_from(sorted(POLICIES)))
def test_a_rule_on_a_floor_of_many_blocks_is_no_shorter(case: Case, policy: str) -> None:
    """It has the bound of the searched tour."""
    tour = exact(case)
    ruled = route(
        case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, policy=policy
    )
    assert faults(case, tour) == []
    assert faults(case, ruled) == []
    assert tour.bound_mm == ruled.bound_mm
    assert (tour.policy, ruled.policy) in {("exact", policy), ("local-search", policy)}


def test_beyond_the_exact_solver_tours_are_searched() -> None:
    """Six blocks with thirty stops: a walk of a searched order, near its bound."""
    rng = np.random.default_rng(7)
    floor = Rectangle(np.arange(12) * 3_200, np.arange(7) * 12_000)
    stop_aisle, stop_y_mm = rng.integers(0, 12, 30), rng.integers(0, 72_001, 30)
    start, end = Place(3, 0), Place(9, 72_000)
    case = Case(floor, tuple(map(Place, stop_aisle.tolist(), stop_y_mm.tolist())), start, end)
    tour = exact(case)
    assert faults(case, tour) == []
    assert tour.policy == "local-search"
    assert tour.gap < 0.02
    ruled = min(
        route(floor, stop_aisle, stop_y_mm, start, end, policy=policy).length_mm
        for policy in POLICIES
    )
    assert tour.length_mm < ruled
