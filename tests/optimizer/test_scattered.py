"""Scattered storage against every choice of positions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.exact_tour import exact_tour
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.scattered import ScatteredPlan, route_scattered
from slotline.optimizer.scattered_problem import ScatteredProblem, TooLittleStock
from slotline.optimizer.tour import TourStatus

ITERATIONS = 200
LONG_S = 60.0


@st.composite
def problems(
    draw: st.DrawFn, *, block_max: int, item_max: int, copies_max: int
) -> ScatteredProblem:
    """Draw a floor, positions and a demand that they hold."""
    blocks = draw(st.integers(1, block_max))
    aisles = draw(st.integers(1, 5))
    x = np.cumsum(draw(st.lists(st.integers(1, 9), min_size=aisles, max_size=aisles)))
    steps = draw(st.lists(st.integers(2, 12), min_size=blocks, max_size=blocks))
    rectangle = Rectangle(x, np.cumsum([0, *steps]))
    place = st.builds(Place, st.integers(0, aisles - 1), st.integers(0, sum(steps)))
    items = draw(st.integers(1, item_max))
    position = st.tuples(place, st.integers(0, 3))
    shelves = [draw(st.lists(position, min_size=1, max_size=copies_max)) for _ in range(items)]
    return ScatteredProblem(
        rectangle, draw(place),
        np.cumsum([0, *map(len, shelves)]),
        np.array([place.aisle for shelf in shelves for place, _ in shelf]),
        np.array([place.y_mm for shelf in shelves for place, _ in shelf]),
        np.array([units for shelf in shelves for _, units in shelf]),
        np.array([draw(st.integers(0, sum(units for _, units in shelf))) for shelf in shelves]),
    )  # fmt: skip


def shortest_mm(problem: ScatteredProblem) -> int:
    """Length of the best tour of all covers."""
    best = None
    for chosen in product((False, True), repeat=len(problem.position_aisle)):
        held = np.where(chosen, problem.position_units, 0)
        parts = np.split(held, problem.first_position[1:-1])
        if any(
            part.sum() < demand for part, demand in zip(parts, problem.demand_units, strict=True)
        ):
            continue
        rows = np.flatnonzero(chosen)
        length = exact_tour(
            problem.rectangle, problem.position_aisle[rows], problem.position_y_mm[rows],
            problem.depot, problem.depot,
        ).length_mm  # fmt: skip
        best = length if best is None else min(best, length)
    assert best is not None
    return best


def faults(problem: ScatteredProblem, plan: ScatteredPlan) -> list[str]:
    """Check the units that are taken, and let the checker walk the tour."""
    found = []
    taken = [0] * problem.item_count
    for row, units in zip(plan.position.tolist(), plan.units.tolist(), strict=True):
        item = sum(first <= row for first in problem.first_position.tolist()[1:])
        taken[item] += units
        if not 0 < units <= problem.position_units[row]:
            found.append(f"{units} units from position {row}")
    if taken != problem.demand_units.tolist():
        found.append(f"takes {taken}, expected {problem.demand_units.tolist()}")
    if len(set(plan.position.tolist())) != len(plan.position):
        found.append("a position twice")
    return found + check_tour(
        problem.rectangle, problem.position_aisle[plan.position].tolist(),
        problem.position_y_mm[plan.position].tolist(), problem.depot, problem.depot, plan.tour,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(problems(block_max=3, item_max=3, copies_max=3))
def test_no_cover_has_a_shorter_tour(problem: ScatteredProblem) -> None:
    """On few positions the search finds the best of all covers; the bound never lies."""
    plan = route_scattered(problem, LONG_S, 1, iterations_max=ITERATIONS)
    assert faults(problem, plan) == []
    assert shortest_mm(problem) == plan.tour.length_mm
    assert plan.tour.bound_mm <= plan.tour.length_mm
    assert not plan.deadline_gone


@settings(max_examples=30, deadline=None)
@given(problems(block_max=2, item_max=10, copies_max=8), st.integers(0, 3))
def test_plans_hold_the_demand_and_repeat(problem: ScatteredProblem, seed: int) -> None:
    """Too many covers to try: the answer is checked, and is the same for the same seed."""
    plans = [
        route_scattered(problem, LONG_S, seed, threads, iterations_max=30) for threads in (1, 1, 2)
    ]
    assert [faults(problem, plan) for plan in plans] == [[], [], []]
    assert plans[0].position.tolist() == plans[1].position.tolist()
    assert plans[2].tour.length_mm <= plans[0].tour.length_mm


def small(demand: int = 1) -> ScatteredProblem:
    """One item beside the depot and far away."""
    return ScatteredProblem(
        Rectangle(np.array([0, 10, 20]), np.array([0, 100])), Place(0, 0), np.array([0, 2]),
        np.array([2, 0]), np.array([50, 10]), np.array([2, 1]), np.array([demand]),
    )  # fmt: skip


def test_the_nearest_position_that_holds_enough_is_chosen() -> None:
    """One unit lies near, two only far away, three in both."""
    plans = [route_scattered(small(demand), LONG_S, 1, iterations_max=5) for demand in (1, 2, 3)]
    assert [plan.position.tolist() for plan in plans] == [[1], [0], [0, 1]]
    assert [plan.units.tolist() for plan in plans] == [[1], [2], [2, 1]]
    assert [plan.tour.length_mm for plan in plans] == [20, 140, 160]


def test_a_deadline_gone_is_said() -> None:
    """There is still a cover, the greedy one."""
    problem = small()
    plan = route_scattered(problem, 0.0, 1)
    assert plan.deadline_gone
    assert faults(problem, plan) == []


def test_nothing_demanded_is_a_tour_of_nothing() -> None:
    """No position, no walk, optimal."""
    plan = route_scattered(small(0), LONG_S, 1)
    assert plan.position.tolist() == []
    assert plan.tour.length_mm == 0
    assert plan.status is TourStatus.OPTIMAL
    assert not plan.deadline_gone


def test_too_little_stock_is_named() -> None:
    """Which item, what there is and what is wanted."""
    with pytest.raises(TooLittleStock, match=r"item 0 has 3 units .* expected 4") as refused:
        small(4)
    assert (
        refused.value.item, refused.value.found_units, refused.value.wanted_units
    ) == (0, 3, 4)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"first_position": [0, 1]}, "goes from 0 to 1, expected to ascend from 0 to the 2"),
        ({"first_position": [0, 2, 2]}, "has 3 entries, expected 2"),
        ({"position_y_mm": [50]}, "position_y_mm has 1 positions, expected 2"),
        ({"position_y_mm": [50.0, 1.0]}, "expected a column of whole numbers"),
        ({"position_units": [1, -1]}, r"position_units\[1\] is -1, expected 0 or more"),
        ({"position_aisle": [2, 3]}, "position 1 is at 10 mm in aisle 3, expected 0 to 100 mm"),
        ({"depot": Place(0, 101)}, "the depot is at 101 mm in aisle 0"),
        ({"first_position": [0, 0], "position_aisle": [], "position_y_mm": [],
          "position_units": []}, "item 0 has 0 units"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named(changed: dict[str, object], message: str) -> None:
    """Each error says what was found and what was expected."""
    good = small()
    fields = {name: getattr(good, name) for name in ScatteredProblem.__slots__}
    with pytest.raises(ValueError, match=message):
        ScatteredProblem(**(fields | changed))


@pytest.mark.parametrize(
    ("cross_y_mm", "threads", "message"),
    [([0, 10, 20, 30, 40, 100], 1, "5 blocks, expected at most 4"), ([0, 100], 0, "thread_count")],
)
def test_what_the_solver_cannot_do_is_named(
    cross_y_mm: list[int], threads: int, message: str
) -> None:
    """Too many blocks, no thread."""
    good = small()
    fields = {name: getattr(good, name) for name in ScatteredProblem.__slots__}
    problem = ScatteredProblem(
        **(fields | {"rectangle": Rectangle(np.array([0, 10, 20]), np.array(cross_y_mm))})
    )
    with pytest.raises(ValueError, match=message):
        route_scattered(problem, LONG_S, 1, threads)


@pytest.mark.parametrize("seed", range(4))
def test_a_bound_stays_one_where_nothing_is_left_to_choose(seed: int) -> None:
    """All bins of an item are needed, so its prize has nothing to tell: it once grew to 5e16."""
    problem = ScatteredProblem(
        Rectangle(np.array([0, 30, 70]), np.array([-5, 15, 85])),
        Place(0, -5),
        np.array([0, 3, 5, 6]),
        np.array([2, 0, 1, 0, 1, 1]),
        np.array([3, 39, 34, 15, 15, 16]),
        np.array([3, 4, 4, 3, 3, 1]),
        np.array([5, 6, 0]),
    )
    plan = route_scattered(problem, 0.1, seed)
    assert plan.tour.length_mm == 186
    assert plan.tour.bound_mm <= 186
