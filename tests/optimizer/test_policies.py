"""The classic rules: what each walks, and that it is never shorter than the shortest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.policies import POLICIES
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route
from slotline.optimizer.tour import TourStatus
from slotline.tests.optimizer.floors import Case, cases, shortest_mm

# Three aisles ten apart, each a hundred long; the depot stands at the front of the first one.
FLOOR = Rectangle(np.array([0, 10, 20, 30]), np.array([0, 100]))
TWO_BLOCKS = Rectangle(np.array([0, 10, 20, 30]), np.array([0, 100, 200]))
DEPOT = Place(0, 0)


@settings(max_examples=300, deadline=None)
@given(cases(block_max=4, stop_max=6), st.sampled_from(sorted(POLICIES)))
def test_no_rule_beats_the_shortest_tour(case: Case, policy: str) -> None:
    """Each rule walks a real tour, says how far it may be from the shortest, and that is right."""
    tour = route(
        case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, policy=policy
    )
    assert (
        check_tour(case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, tour)
        == []
    )
    assert shortest_mm(case) == tour.bound_mm
    assert policy == tour.policy
    assert (tour.length_mm == tour.bound_mm) == (tour.status is TourStatus.OPTIMAL)


@settings(max_examples=40, deadline=None)
@given(cases(block_max=4, stop_max=40, aisle_max=10), st.sampled_from(sorted(POLICIES)))
def test_long_lists_are_walked_by_every_rule(case: Case, policy: str) -> None:
    """With many stops an aisle, the checker walks the answer."""
    tour = route(
        case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, policy=policy
    )
    assert (
        check_tour(case.rectangle, case.stop_aisle, case.stop_y_mm, case.start, case.end, tour)
        == []
    )


@pytest.mark.parametrize(
    ("policy", "length_mm", "order"),
    [
        # Up the first, down the second, 90 up and down the third; 2 * 30 across.
        ("s-shape", 100 + 100 + 2 * 90 + 40, [0, 3, 2, 1, 4]),
        # 20, 80 and 90 in and out.
        ("return", 40 + 160 + 180 + 40, [0, 1, 2, 3, 4]),
        # Through the first; the second from the back to 60; through the third; the second to 10.
        ("midpoint", 100 + 80 + 100 + 20 + 40, [0, 3, 2, 4, 1]),
        # The same, for 10 to 60 is also the largest gap.
        ("largest-gap", 100 + 80 + 100 + 20 + 40, [0, 3, 2, 4, 1]),
        # Out of the first; through the second and the third.
        ("combined", 40 + 100 + 100 + 40, [0, 1, 2, 3, 4]),
    ],
)
def test_each_rule_walks_one_block_as_it_is_described(
    policy: str, length_mm: int, order: list[int]
) -> None:
    """Stops at 20 in the first aisle, 10, 60 and 80 in the second, 90 in the third."""
    tour = route(FLOOR, [0, 1, 1, 1, 2], [20, 10, 60, 80, 90], DEPOT, policy=policy)
    assert (length_mm, order) == (tour.length_mm, list(tour.stop_order))


@pytest.mark.parametrize(
    ("policy", "length_mm", "order"),
    [
        # Up the first aisle to 100 with its stop at 50; the far block: 110 and back out of the
        # second aisle, its only one; the near block from its back, aisle 3 nearest: down it.
        ("s-shape", 100 + 10 + 2 * 10 + 20 + 100 + 30, [0, 1, 2]),
        ("combined", 100 + 10 + 2 * 10 + 20 + 100 + 30, [0, 1, 2]),
        ("largest-gap", 100 + 10 + 2 * 10 + 20 + 100 + 30, [0, 1, 2]),
        # To the front before the stop in aisle 3 is taken from there: 70 in and out.
        ("return", 100 + 10 + 2 * 10 + 20 + 100 + 2 * 70 + 30, [0, 1, 2]),
    ],
)
def test_rules_cover_the_farthest_block_first(
    policy: str, length_mm: int, order: list[int]
) -> None:
    """The left-most aisle with a stop leads there."""
    tour = route(TWO_BLOCKS, [0, 1, 3], [50, 110, 70], DEPOT, policy=policy)
    assert (length_mm, order) == (tour.length_mm, list(tour.stop_order))


def test_a_depot_at_the_back_right_mirrors_the_tour() -> None:
    """Front and left are where the depot is."""
    for policy in POLICIES:
        front = route(FLOOR, [0, 1, 2], [20, 60, 90], DEPOT, policy=policy)
        back = route(FLOOR, [3, 2, 1], [80, 40, 10], Place(3, 100), policy=policy)
        assert (front.length_mm, list(front.stop_order)) == (
            back.length_mm,
            list(back.stop_order),
        )


def test_an_unknown_rule_is_named() -> None:
    """The message lists those that there are."""
    with pytest.raises(ValueError, match=r"'zigzag', expected 'exact' or one of s-shape, return"):
        route(FLOOR, [0], [5], DEPOT, policy="zigzag")
