"""Batches against every partition of a few orders, and what a plan says of what it cannot do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.batch_length import union_length_mm
from slotline.kernels.batch_start import near_orders
from slotline.kernels.batch_state import load_state, make_state
from slotline.optimizer.batch_columns import batch_columns
from slotline.optimizer.batching import BatchingProblem, BatchPlan, BatchStatus, Cart
from slotline.optimizer.check_batches import check_batches
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.solve_batches import solve_batches
from slotline.tests.optimizer.batch_problems import batch_length_mm, best_total_mm, make_problem


@given(
    seed=st.integers(0, 1 << 20),
    order_count=st.integers(1, 6),
    block_count=st.integers(1, 3),
    due=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_few_orders_are_batched_as_the_best_of_all_partitions(
    seed: int, order_count: int, block_count: int, due: bool
) -> None:
    """Total, status and checker agree with trying everything."""
    problem = make_problem(seed, order_count, block_count, due=due)
    plan = solve_batches(problem, 1.0, 0)
    assert check_batches(problem, plan) == []
    assert plan.total_mm == best_total_mm(problem, plan.late)
    assert plan.status is BatchStatus.OPTIMAL


@given(
    seed=st.integers(0, 1 << 20), block_count=st.integers(1, 3), depot_y_mm=st.integers(0, 9_000)
)
@settings(max_examples=40, deadline=None)
def test_the_length_of_two_rows_of_places_is_that_of_their_tour(
    seed: int, block_count: int, depot_y_mm: int
) -> None:
    """Bits and blocks give what the router gives for the same stops, wherever the depot is."""
    problem = make_problem(seed, 4, block_count)
    problem = replace(problem, depot=Place(problem.depot.aisle, depot_y_mm))
    columns = batch_columns(problem)
    words = columns.orders.words
    for order in range(4):
        for other in range(4):
            length_mm = union_length_mm(columns.floor, words, order, words, other)
            assert length_mm + problem.setup_mm == batch_length_mm(problem, sorted({order, other}))


@pytest.mark.parametrize("block_count", [1, 2])
@pytest.mark.parametrize("due", [False, True])
def test_annealing_gives_a_plan_that_the_checker_passes(block_count: int, due: bool) -> None:
    """Limits, due times and claimed lengths hold after many moves, and two runs agree."""
    problem = make_problem(3, 40, block_count, due=due)
    plan = solve_batches(problem, 0.0, 7, 2, move_limit=5_000)
    again = solve_batches(problem, 0.0, 7, 2, move_limit=5_000)
    first = solve_batches(problem, 0.0, 7)
    assert check_batches(problem, plan) == []
    assert check_batches(problem, first) == []
    assert plan.total_mm < first.total_mm
    assert plan.order.tolist() == again.order.tolist()
    assert plan.length_mm.tolist() == again.length_mm.tolist()


@pytest.mark.parametrize("due", [False, True])
def test_threads_that_share_a_search_give_a_plan_that_the_checker_passes(
    monkeypatch: pytest.MonkeyPatch, due: bool
) -> None:
    """Shares are merged to one partition after each slice, and two runs agree."""
    monkeypatch.setattr("slotline.optimizer.batch_search.SHARED_ORDERS_MIN", 2)
    problem = make_problem(9, 40, due=due)
    plan = solve_batches(problem, 0.0, 7, 3, move_limit=20_000)
    again = solve_batches(problem, 0.0, 7, 3, move_limit=20_000)
    alone = solve_batches(problem, 0.0, 7, 1, move_limit=20_000)
    first = solve_batches(problem, 0.0, 7)
    assert check_batches(problem, plan) == []
    assert plan.total_mm < first.total_mm
    assert alone.total_mm < first.total_mm
    assert plan.order.tolist() == again.order.tolist()
    assert plan.length_mm.tolist() == again.length_mm.tolist()


def test_annealing_on_a_floor_of_more_aisles_than_a_word_has_bits() -> None:
    """A summary of several words leads to the same lengths; one aisle has more than 64 places."""
    draw = np.random.default_rng(8)
    problem = BatchingProblem(
        Rectangle(np.arange(150) * 3_000, np.array([0, 90_000])),
        Place(0, 0),
        np.arange(0, 303, 3),
        np.where(draw.random(300) < 0.5, 70, draw.integers(0, 150, 300)),
        draw.integers(0, 181, 300) * 500,
        Cart(slots=5),
        slots=draw.integers(1, 3, 100),
    )
    plan = solve_batches(problem, 0.0, 7, move_limit=3_000)
    assert check_batches(problem, plan) == []
    assert plan.total_mm < solve_batches(problem, 0.0, 7).total_mm


def test_neighbours_are_the_orders_with_the_largest_saving_for_their_tour() -> None:
    """As many candidates as there are orders, or those with most aisles in common."""
    problem = make_problem(6, 12)
    columns = batch_columns(problem)
    orders, floor = columns.orders, columns.floor

    def length_mm(order: int, other: int) -> int:
        return union_length_mm(floor, orders.words, order, orders.words, other)

    def closeness(order: int, other: int) -> float:
        together_mm = length_mm(order, other)
        saving_mm = length_mm(order, 12) + length_mm(other, 12) - together_mm
        return saving_mm / max(together_mm, 1)

    def apart(order: int, other: int) -> int:
        own, their = (set(problem.stop_aisle[problem.stops_of(at)]) for at in (order, other))
        return len(own | their) - 2 * len(own & their)

    for count in (11, 3):
        found = np.zeros((12, count), np.int32)
        alone_mm = np.array([length_mm(order, 12) for order in range(12)])
        near_orders(floor, orders, columns.aisles, alone_mm, 0, 12, True, found)
        for order in range(12):
            others = list(range(12))
            if 2 * count < 12:
                # The order itself is one of the candidates, and the last of them.
                others = sorted(others, key=lambda other: apart(order, other))[: 2 * count]
            others = [other for other in others if other != order]
            others.sort(key=lambda other: -closeness(order, other))
            assert found[order].tolist() == others[:count]


def test_annealing_finds_the_optimum_of_orders_that_can_be_compared_exactly() -> None:
    """Four more at the depot each fill a cart: too many to compare, and they change nothing."""
    few = make_problem(11, 12)
    far = replace(
        few,
        order_first=np.append(few.order_first, few.order_first[-1] + 1 + np.arange(4)),
        stop_aisle=np.append(few.stop_aisle, np.full(4, few.depot.aisle)),
        stop_y_mm=np.append(few.stop_y_mm, np.full(4, few.depot.y_mm)),
        slots=np.append(few.slots, np.full(4, 8)),
        weight_g=np.append(few.weight_g, np.full(4, 1)),
    )
    best = solve_batches(few, 1.0, 0)
    plan = solve_batches(far, 0.0, 1, move_limit=200_000)
    assert plan.reason == "move limit"
    assert plan.total_mm == best.total_mm + 4 * few.setup_mm


def test_a_state_knows_its_batches() -> None:
    """Loading a partition forms its lengths and what each order's leaving would make of them."""
    problem = make_problem(5, 6)
    columns = batch_columns(problem)
    state = make_state(*columns.orders.load.shape, columns.orders.words.shape[1])
    load_state(columns.floor, columns.orders, state, np.array([0, 0, 0, 2, 2, 5], np.int32))
    parts = {0: [0, 1, 2], 2: [3, 4], 5: [5]}
    expected = [batch_length_mm(problem, parts[at]) if at in parts else 0 for at in range(6)]
    assert state.length_mm.tolist() == expected
    assert state.total_mm[0] == sum(expected)
    assert state.counts.tolist() == [3, 3]
    assert sorted(state.empty[:3].tolist()) == [1, 3, 4]
    for batch, members in parts.items():
        assert state.order_count[batch] == len(members)
        for order in members:
            others = [order_ for order_ in members if order_ != order]
            mates = np.bitwise_or.reduce(columns.orders.words[[*others, 6]], axis=0)
            assert state.mates[order].tolist() == mates.tolist()


def test_a_deadline_that_has_passed_gives_orders_in_sequence() -> None:
    """The plan holds and says that nothing was searched."""
    problem = make_problem(2, 30)
    plan = solve_batches(problem, -1.0, 0)
    assert "deadline had passed" in plan.reason
    assert plan.status is BatchStatus.FEASIBLE
    assert plan.order.tolist() == list(range(30))
    assert check_batches(problem, plan) == []


def test_orders_that_fit_no_cart_are_named_and_the_others_batched() -> None:
    """The reason names load, value and limit."""
    problem = replace(make_problem(2, 5), slots=np.array([1, 9, 1, 1, 1]))
    plan = solve_batches(problem, 1.0, 0)
    assert [tuple(unfit) for unfit in plan.unfit] == [(1, "slots 9, the cart holds 8")]
    assert 1 not in plan.order
    assert check_batches(problem, plan) == []


def test_a_late_order_travels_alone_and_is_named() -> None:
    """It is due before it could be fetched."""
    problem = make_problem(2, 5, due=True)
    due_us = np.full(5, 1 << 40)
    due_us[3] = 1
    plan = solve_batches(replace(problem, due_us=due_us), 1.0, 0)
    assert plan.late == (3,)
    assert [3] in [batch.tolist() for batch in plan.batches()]
    assert check_batches(replace(problem, due_us=due_us), plan) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weight_g": np.array([5, -1, 5])}, "missing for order 1"),
        ({"weight_g": None}, "no order says its weight_g"),
        ({"slots": np.array([1, -2, 1])}, "slots of order 1 is -2"),
        ({"order_first": np.array([0, 0, 2, 3])}, "order 0 has no stop"),
        ({"stop_aisle": np.array([0, 9, 0])}, "a stop of order 1 is in aisle 9"),
        ({"depot": Place(0, -5)}, "the depot is in aisle 0 at y -5"),
        (
            {"stop_y_mm": np.array([0.5, 1.0, 2.0])},
            "expected a column of whole numbers",
        ),
        ({"due_us": np.array([1])}, "due_us has 1 rows, expected 3"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], expected: str) -> None:
    """Nothing is dropped in silence."""
    problem = BatchingProblem(
        Rectangle(np.array([0, 3_000]), np.array([0, 9_000])),
        Place(0, 0),
        np.array([0, 1, 2, 3]),
        np.array([0, 1, 1]),
        np.array([500, 500, 900]),
        Cart(slots=8, weight_g=20_000),
        slots=np.array([1, 1, 1]),
        weight_g=np.array([5, 5, 5]),
    )
    with pytest.raises(ValueError, match=expected):
        replace(problem, **change)  # type: ignore[arg-type]


def test_the_checker_finds_what_is_wrong() -> None:
    """Each planted fault is named."""
    problem = make_problem(4, 6)
    plan = solve_batches(problem, 1.0, 0)

    def faults(**change: object) -> str:
        broken: BatchPlan = replace(plan, **change)  # type: ignore[arg-type]
        return "\n".join(check_batches(problem, broken))

    length_mm = plan.length_mm.copy()
    length_mm[0] -= 100
    assert "its tour takes" in faults(length_mm=length_mm)
    assert "below its bound" in faults(bound_mm=plan.total_mm + 1)
    assert "is in 0 batches" in faults(order=np.append(plan.order[:-1], plan.order[0]))
    everything = {"batch_first": np.array([0, 6]), "length_mm": np.array([1])}
    assert "the cart holds 8" in faults(**everything)
    assert "fits a cart" in faults(unfit=((0, "large"),))
    assert "expected one late alone" in faults(late=(int(plan.order[0]),))


@pytest.mark.parametrize("field", ["walk_us_per_mm", "setup_mm"])
def test_a_pace_of_parts_is_refused(field: str) -> None:
    """It was cut to nothing, and everything was in time."""
    change: Any = {field: 0.8}
    with pytest.raises(ValueError, match=f"{field} is 0.8, expected a whole number"):
        replace(make_problem(2, 5), **change)


def test_neighbours_are_not_measured_when_time_is_short() -> None:
    """They are then those that share most aisles, and a search with them still finds plans."""
    problem = make_problem(6, 12)
    columns = batch_columns(problem)
    found = np.full((12, 3), -1, np.int32)
    near_orders(columns.floor, columns.orders, columns.aisles, np.zeros(12, np.int64), 0, 12,
                False, found)  # fmt: skip
    for order, near in enumerate(found.tolist()):
        assert order not in near
        assert len(set(near)) == 3
    many = make_problem(4, 300)
    plan = solve_batches(many, 0.001, 7, 2)
    assert check_batches(many, plan) == []


def test_a_deadline_too_short_to_compare_all_partitions_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dozen orders are then searched as more are; with a move limit they are always compared."""
    problem = make_problem(3, 12)
    monkeypatch.setattr("slotline.optimizer.solve_batches.count_batches", lambda *_: 10**12)
    assert check_batches(problem, plan := solve_batches(problem, 0.05, 7)) == []
    assert plan.reason != "every partition compared"
    assert solve_batches(problem, 0.05, 7, move_limit=1).reason == "every partition compared"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"due_us": [-(2**62)] * 5}, f"due_us of order 0 is -{2**62}, expected"),
        ({"start_us": 2**62}, f"start_us is {2**62}, expected a whole number"),
        (
            {"rectangle": Rectangle([0, 3_000, 6_000, 9_000, 2**50], [0, 9_000])},
            "a tour of the whole floor and all orders takes .* us at 800 us a mm, expected at most",
        ),
    ],
)
def test_times_beyond_64_bits_are_refused(change: dict[str, Any], message: str) -> None:
    """Instead of an order that is late, or in time, by an overflow."""
    with pytest.raises(ValueError, match=message):
        replace(make_problem(3, 5, due=True), **change)


def test_no_orders_in_time_are_a_plan_whatever_the_deadline() -> None:
    """All are late, or there is none; the layout alone may use the time up."""
    late = replace(make_problem(3, 20, due=True), due_us=np.full(20, -5))
    none = replace(
        make_problem(3, 5), order_first=[0], stop_aisle=[], stop_y_mm=[], slots=[], weight_g=[]
    )
    for time_limit_s in (0.0, 1e-6, 0.1):
        assert len(solve_batches(late, time_limit_s, 1).late) == 20
        assert solve_batches(none, time_limit_s, 1).total_mm == 0


def test_a_due_time_at_the_end_of_all_time_is_never() -> None:
    """As good as none, without an overflow."""
    problem = make_problem(3, 8, due=True)
    never = replace(problem, due_us=np.full(8, np.iinfo(np.int64).max))
    plan = solve_batches(never, 1.0, 1)
    assert plan.late == ()
    assert plan.total_mm == solve_batches(replace(problem, due_us=None), 1.0, 1).total_mm
