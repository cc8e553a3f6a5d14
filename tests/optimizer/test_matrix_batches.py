"""Batches over a matrix, against every partition and every order of the stops."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.matrix_anneal import MatrixState, begin_matrix_search
from slotline.kernels.random_bits import random_state
from slotline.kernels.trial_tour import MatrixTours, lay_tour, mend_tour
from slotline.optimizer.batching import Cart
from slotline.optimizer.matrix_batches import matrix_batches
from slotline.optimizer.matrix_search import matrix_orders
from slotline.optimizer.matrix_subsets import FloorWays
from slotline.optimizer.rectangle import Rectangle
from slotline.optimizer.tour_rules import TourRules, check_rules

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
        ([], None, "found 0 orders, expected 1 to 2000"),
        ([[2]] * 2_001, None, "found 2001 orders"),
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


def many_orders(
    count: int, *, one_way: bool = False
) -> tuple[np.ndarray, list[np.ndarray], TourRules]:
    """Orders of two or three places on a floor of five blocks, which no exact solver takes."""
    rng = np.random.default_rng(7)
    floor = Rectangle(np.arange(6) * 3_000, np.arange(6) * 9_000)
    walk_mm = floor.walked_mm(rng.integers(0, 6, 40), rng.integers(0, 45_001, 40))
    if one_way:
        walk_mm = walk_mm + np.arange(40)[None, :]
        np.fill_diagonal(walk_mm, 0)
    stops = [rng.integers(2, 40, int(size)) for size in rng.integers(2, 4, count)]
    slots = rng.integers(1, 3, count)
    return walk_mm, stops, TourRules(cart=Cart(slots=6), slots=slots)


@pytest.mark.parametrize("one_way", [False, True], ids=["both ways", "one way"])
def test_many_orders_are_searched(one_way: bool) -> None:
    """Each in one batch that a cart takes, tours through its places, and two runs agree."""
    walk_mm, stops, loads = many_orders(16, one_way=one_way)
    answer, again = (matrix_batches(walk_mm, stops, 0, 1, loads=loads) for _ in range(2))
    batches = [batch.tolist() for batch in answer.plan.batches()]
    assert sorted(order for batch in batches for order in batch) == list(range(16))
    assert [batch[0] for batch in batches] == sorted(batch[0] for batch in batches)
    for batch, tour, length_mm in zip(batches, answer.tours, answer.plan.length_mm, strict=True):
        assert sum(loads.slots[order] for order in batch) <= 6
        passed = tour.tolist()
        assert (passed[0], passed[-1]) == (0, 1)
        assert set(passed[1:-1]) == {stop for order in batch for stop in stops[order].tolist()}
        assert passed_mm(walk_mm, passed) == length_mm
    assert answer.plan.bound_mm <= answer.plan.total_mm
    assert answer.plan.order.tolist() == again.plan.order.tolist()
    alone_mm = sum(tour_mm(walk_mm, set(order.tolist())) for order in stops)
    assert answer.plan.total_mm < 0.6 * alone_mm


def test_a_search_finds_what_every_partition_compared_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dozen orders, searched as if they were more; its bound holds for the best plan."""
    walk_mm, stops, loads = many_orders(10)
    best = matrix_batches(walk_mm, stops, 0, loads=loads)
    monkeypatch.setattr("slotline.optimizer.matrix_batches.SUBSET_ORDERS_MAX", 1)
    found = matrix_batches(walk_mm, stops, 0, loads=loads)
    assert found.plan.reason == "move limit"
    assert found.plan.total_mm == best.plan.total_mm
    assert found.plan.bound_mm <= best.plan.total_mm


def test_a_search_keeps_its_deadline() -> None:
    """None left is the first plan: every order where a cart with near ones has room."""
    walk_mm, stops, loads = many_orders(30)
    late = matrix_batches(walk_mm, stops, 0, 1, loads=loads, time_limit_s=0.0)
    timed = matrix_batches(walk_mm, stops, 0, 1, loads=loads, time_limit_s=0.2, thread_count=2)
    assert sorted(late.plan.order.tolist()) == sorted(timed.plan.order.tolist()) == [*range(30)]
    assert late.plan.reason == timed.plan.reason == "time limit"
    assert timed.plan.total_mm < late.plan.total_mm


def test_a_trial_tour_is_as_long_as_it_says_and_never_worse_for_mending() -> None:
    """With an order more, one less, and both; compared with the shortest of all orders of stops."""
    walk_mm, stops, loads = many_orders(6)
    orders = matrix_orders(FloorWays(walk_mm, stops, 0, 1), check_rules(loads, 6, "order"))
    places = len(orders.walk_mm) - 2
    tours = MatrixTours(
        np.zeros((8, places), np.int32), np.zeros(8, np.int64), np.zeros(8, np.int64),
        np.zeros((6, places), np.int32), np.zeros(places, np.int32),
    )  # fmt: skip
    state = MatrixState(
        np.array([0, 0, 0, 1, 1, 5], np.int32), np.zeros(6, np.int64), np.zeros((6, 1), np.int64),
        np.zeros(6, np.int32), np.zeros(2, np.int64), random_state(1),
    )  # fmt: skip
    begin_matrix_search(orders, tours, state)
    own = [set(orders.place[orders.first[at] : orders.first[at + 1]].tolist()) for at in range(6)]
    rows = [*range(places), places, places + 1]
    for out, into in ((-1, -1), (0, -1), (-1, 3), (1, 4), (2, 5)):
        lay_tour(orders, tours, 0, out, into, 7)
        length_mm = mend_tour(orders, tours, 7)
        kept = [order for order in (0, 1, 2, into) if order not in (out, -1)]
        expected = set().union(*(own[order] for order in kept))
        found = tours.tour[7, : tours.stop_count[7]].tolist()
        assert set(found) == expected
        assert len(found) == len(expected)
        assert length_mm == passed_mm(orders.walk_mm, [rows[-2], *found, rows[-1]])
        shortest = (
            min(
                passed_mm(orders.walk_mm, [rows[-2], *order, rows[-1]])
                for order in permutations(expected)
            )
            if len(expected) < 9
            else 0
        )
        assert shortest <= length_mm
        assert not tours.mark.any()


def test_a_way_back_that_nobody_goes_is_not_needed() -> None:
    """From the end to the start: the bound does without it."""
    far = 1 << 60
    x_mm = np.arange(16) * 100
    walk_mm = np.abs(x_mm[:, None] - x_mm[None, :])
    walk_mm[1, :] = walk_mm[:, 0] = far
    np.fill_diagonal(walk_mm, 0)
    loads = TourRules(cart=Cart(slots=1), slots=[1] * 14)
    found = matrix_batches(walk_mm.tolist(), [[row] for row in range(2, 16)], 0, 1, loads=loads)
    assert found.plan.total_mm == sum(2 * 100 * row - 100 for row in range(2, 16))
    assert 0 < found.plan.bound_mm <= found.plan.total_mm


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order_stops": [[2], [99]]}, "row of a stop of order 1, stop 0 is 99, expected 0 to 3"),
        ({"start": 1.5}, r"start is 1.5, expected a whole number"),
        ({"end": 4}, "end is 4, expected a whole number from 0 to 3"),
        ({"walk_mm": [[0, 1], [1]]}, "walk_mm is no array"),
        ({"loads": TourRules(slots=[1, 1])}, "orders take slots, but the cart has no limit"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], message: str) -> None:
    """With the order, not with a row of the search's own."""
    given = {"walk_mm": np.ones((4, 4), np.int64), "order_stops": [[2], [3]], "start": 0} | change
    with pytest.raises(ValueError, match=message):
        matrix_batches(**given)  # type: ignore[arg-type]


def test_many_orders_without_a_way_between_them_are_refused_by_name() -> None:
    """A few are compared all the same, each on a cart of its own."""
    far = 1 << 60
    walk_mm = np.full((22, 22), 5)
    walk_mm[7, 9] = far
    stops = [[row] for row in range(2, 22)]
    loads = TourRules(cart=Cart(slots=1), slots=[1] * 20)
    with pytest.raises(ValueError, match=f"a way from order 5 to order 7 is {far} mm"):
        matrix_batches(walk_mm, stops, 0, 1, loads=loads)
    few = TourRules(cart=Cart(slots=1), slots=[1] * 8)
    for time_limit_s in (None, 0.0, 0.5):
        plan = matrix_batches(walk_mm, stops[:8], 0, 1, loads=few, time_limit_s=time_limit_s).plan
        assert plan.total_mm == 80
