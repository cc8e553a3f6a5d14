"""Batches over a matrix, against every partition and every order of the stops."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.batching import Cart
from slotline.optimizer.matrix_batches import matrix_batches
from slotline.optimizer.rectangle import Rectangle
from slotline.optimizer.tour_rules import TourRules

CART = 4


def passed_mm(walk_mm: np.ndarray, passed: list[int]) -> int:
    """Length of a walk from place to place."""
    return sum(int(walk_mm[one, other]) for one, other in pairwise(passed))


def tour_mm(walk_mm: np.ndarray, stops: set[int]) -> int:
    """Shortest tour from place 0 through stops to place 1."""
    return min(passed_mm(walk_mm, [0, *order, 1]) for order in permutations(stops))


def best_mm(walk_mm: np.ndarray, orders: list[list[int]], slots: list[int]) -> int:
    """Try every way to share out orders."""
    best = []
    for shares in np.ndindex(*(len(orders),) * len(orders)):
        batches = [[at for at, share in enumerate(shares) if share == batch]
                   for batch in range(len(orders))]  # fmt: skip
        if all(sum(slots[order] for order in batch) <= CART for batch in batches):
            best.append(sum(
                tour_mm(walk_mm, {stop for order in batch for stop in orders[order]})
                for batch in batches if batch
            ))  # fmt: skip
    return min(best)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.integers(2, 7), min_size=1, max_size=2), min_size=1, max_size=3),
    st.integers(0, 2**32 - 1),
)
def test_no_partition_is_shorter(orders: list[list[int]], seed: int) -> None:
    """Orders share places; the tours pass all of theirs and have the lengths that are told."""
    rng = np.random.default_rng(seed)
    walk_mm = rng.integers(1, 50, (8, 8))
    slots = rng.integers(1, 4, len(orders)).tolist()
    answer = matrix_batches(
        walk_mm, orders, 0, 1, loads=TourRules(cart=Cart(slots=CART), slots=slots)
    )
    batches = [batch.tolist() for batch in answer.plan.batches()]
    assert sorted(order for batch in batches for order in batch) == list(range(len(orders)))
    for batch, tour, length_mm in zip(batches, answer.tours, answer.plan.length_mm, strict=True):
        assert sum(slots[order] for order in batch) <= CART
        assert {stop for order in batch for stop in orders[order]} == set(tour[1:-1].tolist())
        assert (tour[0], tour[-1], passed_mm(walk_mm, tour.tolist())) == (0, 1, length_mm)
    assert answer.plan.total_mm == answer.plan.bound_mm == best_mm(walk_mm, orders, slots)


@pytest.mark.parametrize(
    ("orders", "loads", "message"),
    [
        ([], None, "found 0 orders, expected 1 to 12"),
        ([[2]] * 13, None, "found 13 orders"),
        ([[2], []], None, "order 1 has no stop"),
        ([[2]], TourRules(rank=[1]), "found ranks or totes"),
        ([[2]], TourRules(cart=Cart(slots=1), slots=[3]), r"less than that of order 0 \(3\)"),
    ],
)
def test_what_does_not_fit_is_named(
    orders: list[list[int]], loads: TourRules | None, message: str
) -> None:
    """What was found, and what was expected."""
    with pytest.raises(ValueError, match=message):
        matrix_batches(np.ones((3, 3), np.int64), orders, 0, 1, loads=loads)


def test_a_deadline_that_has_passed_gives_a_plan_of_what_was_looked_at() -> None:
    """Every order is in a batch, no tour was searched, and the bound still holds."""
    rng = np.random.default_rng(5)
    floor = Rectangle(np.arange(6) * 3_000, np.arange(7) * 9_000)
    walk_mm = floor.walked_mm(rng.integers(0, 6, 60), rng.integers(0, 54_001, 60))
    orders = [rng.integers(1, 60, 6) for _ in range(5)]
    late = matrix_batches(walk_mm, orders, 0, time_limit_s=0.0)
    best = matrix_batches(walk_mm, orders, 0)
    assert late.plan.reason == "time limit"
    assert best.plan.reason == "every partition compared"
    assert sorted(late.plan.order.tolist()) == list(range(5))
    for tour, length_mm in zip(late.tours, late.plan.length_mm, strict=True):
        assert passed_mm(walk_mm, tour.tolist()) == length_mm
    assert late.plan.bound_mm <= best.plan.total_mm <= late.plan.total_mm
    with pytest.raises(ValueError, match="time_limit_s is nan"):
        matrix_batches(walk_mm, orders, 0, time_limit_s=float("nan"))
