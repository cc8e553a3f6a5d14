"""Plans of several pickers against every plan there is, and what they refuse or leave by name."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import FAR_MM
from slotline.optimizer.check_pickers import check_pickers
from slotline.optimizer.pickers import solve_pickers
from slotline.optimizer.pickers_problem import FloorPlaces, Pickers, PickersProblem, PickStops
from slotline.optimizer.rectangle import Rectangle
from slotline.optimizer.tour import TourStatus

_ITERATIONS = 60
_SECOND_US = 1_000_000


def _line(
    x_mm: list[int],
    pickers: list[tuple[int, int, int, int]],
    stops: list[tuple[int, int, int, int]],
) -> PickersProblem:
    """Places on a line; pickers of (place, shift end in s, slots, mm/s), stops of windows in s."""
    x = np.array(x_mm, dtype=np.int64)
    crew = np.array(pickers, dtype=np.int64).reshape(-1, 4)
    work = np.array(stops, dtype=np.int64).reshape(-1, 4)
    return PickersProblem(
        np.abs(x[:, None] - x[None, :]),
        PickStops(
            work[:, 0],
            work_us=np.full(len(work), _SECOND_US),
            opens_us=work[:, 1] * _SECOND_US,
            due_us=work[:, 2] * _SECOND_US,
            slots=work[:, 3],
        ),
        Pickers(
            crew[:, 0],
            crew[:, 0],
            np.zeros(len(crew), np.int64),
            crew[:, 1] * _SECOND_US,
            crew[:, 3],
            slots=crew[:, 2],
        ),
    )


def _tour_mm(problem: PickersProblem, picker: int, tour: tuple[int, ...]) -> int | None:
    """Length of a tour, None when it breaks a window, the shift or the cart."""
    stops, crew = problem.stops, problem.pickers
    at, us, length_mm = crew.start_place[picker], crew.shift_start_us[picker], 0
    for stop in tour:
        way_mm = problem.walked_mm[at, stops.place[stop]]
        length_mm += int(way_mm)
        us += -(-way_mm * _SECOND_US // crew.mm_per_s[picker])
        us = max(us, stops.opens_us[stop]) + stops.work_us[stop]
        if us > stops.due_us[stop]:
            return None
        at = stops.place[stop]
    way_mm = problem.walked_mm[at, crew.end_place[picker]] if tour else 0
    us += -(-way_mm * _SECOND_US // crew.mm_per_s[picker])
    if us > crew.shift_end_us[picker] or sum(stops.slots[list(tour)]) > crew.slots[picker]:
        return None
    return length_mm + int(way_mm)


def _best(problem: PickersProblem) -> tuple[int, int]:
    """Fewest stops in no tour, and the shortest walk with them, by trying everything."""
    stops, crew = len(problem.stops), len(problem.pickers)
    best = (stops, 0)
    for owner in product(range(crew + 1), repeat=stops):
        left, total_mm = owner.count(crew), 0
        for picker in range(crew):
            mine = [stop for stop in range(stops) if owner[stop] == picker]
            lengths = [_tour_mm(problem, picker, order) for order in permutations(mine)]
            walks = [mm for mm in lengths if mm is not None]
            if not walks:
                break
            total_mm += min(walks)
        else:
            best = min(best, (left, total_mm))
    return best


_CREW = st.tuples(st.integers(0, 3), st.integers(2, 30), st.integers(0, 3), st.integers(500, 2000))
_STOP = st.tuples(st.integers(0, 3), st.integers(0, 8), st.integers(1, 20), st.integers(0, 2))


@given(
    x_mm=st.lists(st.integers(0, 5_000), min_size=4, max_size=4),
    crew=st.lists(_CREW, min_size=1, max_size=2),
    stops=st.lists(_STOP, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_plans_hold_and_are_the_best_of_all(
    x_mm: list[int],
    crew: list[tuple[int, int, int, int]],
    stops: list[tuple[int, int, int, int]],
) -> None:
    """As many stops as can be served, in the shortest walk, with every rule kept."""
    problem = _line(x_mm, crew, stops)
    plan = solve_pickers(problem, 1.0, 1, iterations_max=_ITERATIONS)
    assert check_pickers(problem, plan) == []
    assert (len(plan.left) + len(plan.unservable), plan.total_mm) == _best(problem)
    assert plan.bound_mm <= plan.total_mm
    assert (plan.status is TourStatus.OPTIMAL) == (plan.gap == 0.0 and not plan.left)
    assert not plan.by_deadline


def _floor_problem(stops: int, pickers: int) -> PickersProblem:
    """Scatter stops over two blocks with one depot; the carts must share them."""
    rng = np.random.default_rng(3)
    floor = Rectangle(np.arange(6) * 4_000, np.array([0, 20_000, 40_000]))
    aisle = np.append(0, rng.integers(0, 6, stops))
    y_mm = np.append(0, rng.integers(1_000, 39_000, stops))
    none = np.zeros(pickers, np.int64)
    share = -(-stops // pickers)
    return PickersProblem(
        floor.walked_mm(aisle, y_mm),
        PickStops(np.arange(1, stops + 1), slots=np.ones(stops, np.int64)),
        Pickers(none, none, none, none + 3_600 * _SECOND_US, none + 1_200, slots=none + share),
        FloorPlaces(floor, aisle, y_mm),
    )


def test_searching_shortens_the_start_and_repeats() -> None:
    """The same seed and iterations give the same plan, between the bound and the first tours."""
    problem = _floor_problem(40, 4)
    plans = [solve_pickers(problem, 0, 5, 2, iterations_max=400) for _ in range(2)]
    assert check_pickers(problem, plans[0]) == []
    assert plans[0].total_mm < plans[0].start_mm
    assert plans[0].stop.tolist() == plans[1].stop.tolist()
    assert plans[0].bound_mm <= plans[0].total_mm
    assert plans[0].reason == "iteration limit"


def test_a_deadline_that_is_gone_gives_the_first_tours() -> None:
    """It is said, and everything is served all the same."""
    problem = _floor_problem(12, 2)
    plan = solve_pickers(problem, 0.0, 1)
    assert check_pickers(problem, plan) == []
    assert plan.by_deadline
    assert plan.reason.startswith("the deadline had passed")
    assert plan.total_mm == plan.start_mm
    assert 0 < plan.bound_mm <= plan.total_mm


def test_a_short_deadline_ends_the_search() -> None:
    """The plan says that more time might have helped."""
    problem = _floor_problem(40, 4)
    plan = solve_pickers(problem, 0.05, 1)
    assert check_pickers(problem, plan) == []
    assert (plan.by_deadline, plan.reason) == (True, "time limit")


def test_one_picker_without_windows_walks_the_shortest_tour() -> None:
    """On a floor the first tour is exact, and the bound proves it without a search."""
    problem = _floor_problem(15, 1)
    plan = solve_pickers(problem, 5.0, 1)
    assert check_pickers(problem, plan) == []
    assert (plan.gap, plan.reason, plan.by_deadline) == (0.0, "no plan is shorter", False)


def test_what_nobody_can_serve_is_named_with_the_reason() -> None:
    """Closed, too heavy, unreachable, too far in time, shift too short, no one picker for both."""
    problem = _line(
        [0, 1_000, 9_000, 50_000],
        [(0, 20, 2, 1_000), (0, 60, 1, 100)],
        [(1, 5, 5, 1), (1, 0, 9, 3), (2, 0, 9, 1), (2, 0, 30, 1), (1, 0, 9, 1), (3, 0, 90, 1)],
    )
    ways = problem.walked_mm.copy()
    ways[:3, 3] = FAR_MM
    plan = solve_pickers(replace(problem, walked_mm=ways), 0, 1, iterations_max=9)
    assert dict(plan.unservable) == {
        0: "it opens at 5000000, takes 1000000 us and is due at 5000000",
        1: "slots is 3, the largest cart holds 2",
        2: "it cannot be done before 10000000, it is due at 9000000",
        5: "no picker can walk there and on to its end",
    }
    assert sorted(plan.stop.tolist()) == [3, 4]
    short = replace(problem.pickers, shift_end_us=np.array([12, 60]) * _SECOND_US)
    plan = solve_pickers(replace(problem, pickers=short), 0, 1, iterations_max=9)
    reason = "no picker can be there in time and back before the shift ends"
    assert dict(plan.unservable)[3] == reason
    heavy = replace(problem.stops, slots=np.array([1, 1, 1, 2, 1, 1]))
    plan = solve_pickers(replace(problem, pickers=short, stops=heavy), 0, 1, iterations_max=9)
    assert 3 in dict(plan.unservable)


def test_stops_beside_which_there_is_no_room_are_named() -> None:
    """Three stops, a cart with two slots: one is left, and it is the far one."""
    problem = _line([0, 1_000, 2_000, 9_000], [(0, 90, 2, 1_000)],
                    [(1, 0, 90, 1), (2, 0, 90, 1), (3, 0, 90, 1)])  # fmt: skip
    plan = solve_pickers(problem, 0, 1, iterations_max=_ITERATIONS)
    assert check_pickers(problem, plan) == []
    assert [stop for stop, _ in plan.left] == [2]
    assert plan.left[0].reason == "no tour found has room or time for it"
    # Two thousand out and back for the two that are served.
    assert (plan.bound_mm, plan.total_mm) == (2_000 + 1_000, 4_000)
    assert plan.status is TourStatus.FEASIBLE


def test_the_checker_finds_planted_faults() -> None:
    """A stop dropped, one served twice, times, lengths and bounds that are not true."""
    problem = _floor_problem(8, 2)
    plan = solve_pickers(problem, 0, 1, iterations_max=20)
    first = plan.tour_first.copy()
    first[-1] -= 1
    for fault, wrong in (
        ("named or served 0 times", replace(plan, tour_first=first, stop=plan.stop[:-1],
                                            begin_us=plan.begin_us[:-1])),
        ("served 2 times", replace(plan, stop=np.append(plan.stop[1:], plan.stop[1]))),
        ("before it is there", replace(plan, begin_us=plan.begin_us - _SECOND_US)),
        ("mm are claimed", replace(plan, length_mm=plan.length_mm + 1)),
        ("said to end", replace(plan, finish_us=plan.finish_us + 1)),
        ("below its bound", replace(plan, bound_mm=plan.total_mm + 1)),
        ("worse than the start", replace(plan, start_mm=plan.total_mm - 1)),
        ("begins for 2 pickers", replace(plan, begin_us=plan.begin_us[:-1])),
    ):  # fmt: skip
        assert any(fault in found for found in check_pickers(problem, wrong)), fault


def test_bad_problems_are_named() -> None:
    """What was found, and what was expected."""
    problem = _floor_problem(3, 1)
    stops, crew, ways = problem.stops, problem.pickers, problem.walked_mm
    none = np.empty(0, np.int64)
    for message, make in (
        ("walked_mm has shape .3, 4.", lambda: replace(problem, walked_mm=ways[1:])),
        ("walked_mm has .* type float64", lambda: replace(problem, walked_mm=ways / 2)),
        ("from place 0 to place 1 is -1 mm", lambda: replace(
            problem, walked_mm=np.where(np.arange(4) == 1, -1, ways), floor=None)),
        ("place 0 is 1 mm from itself", lambda: replace(problem, walked_mm=ways + 1)),
        ("there is no picker", lambda: Pickers(none, none, none, none, none)),
        ("place of stop 2 is 7, expected 0 to 3", lambda: replace(
            problem, stops=replace(stops, place=[0, 1, 7]))),
        ("start_place of picker 0 is 4", lambda: replace(
            problem, pickers=replace(crew, start_place=[4]))),
        ("slots has 2 rows, expected 3", lambda: replace(stops, slots=[1, 2])),
        ("due_us has shape", lambda: replace(stops, due_us=[0.5, 1.0, 2.0])),
        ("work_us of stop 1 is -5", lambda: replace(stops, work_us=[0, -5, 0])),
        ("mm_per_s of picker 0 is 0", lambda: replace(crew, mm_per_s=[0])),
        ("shift of picker 0 starts at 0 and ends at -1", lambda: replace(crew, shift_end_us=[-1])),
        ("limit of weight_g, but no stop", lambda: replace(
            problem, pickers=replace(crew, weight_g=[5]))),
        ("place 3 is at 99000 mm in aisle", lambda: replace(problem, floor=FloorPlaces(
            problem.floor.rectangle, problem.floor.aisle, [0, 1, 1, 99_000]))),
        ("the floor has 1 aisles", lambda: replace(problem, floor=FloorPlaces(
            problem.floor.rectangle, [0], [0, 0, 0, 0]))),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match="place 1 is at 9 mm in aisle -1, expected 0 to 40000 mm"):
        problem.floor.rectangle.walked_mm([0, -1], [3, 9])
    with pytest.raises(ValueError, match="y_mm has 1 rows, expected 2"):
        problem.floor.rectangle.walked_mm([0, 1], [3])
    with pytest.raises(ValueError, match="thread_count is 0"):
        solve_pickers(problem, 1.0, 1, 0)


def test_no_stop_is_a_plan_without_tours() -> None:
    """Nobody walks, and no search is begun."""
    problem = _line([0, 1], [(0, 9, 1, 1_000)], [])
    plan = solve_pickers(problem, 5.0, 1)
    assert check_pickers(problem, plan) == []
    assert (plan.total_mm, plan.reason, plan.by_deadline) == (0, "no stop can be served", False)
    assert plan.finish_us.tolist() == [0]


def test_a_picker_who_is_not_needed_and_cannot_walk_to_its_end_changes_nothing() -> None:
    """Its shift is too short for the way, and the other one serves all."""
    walked_mm = np.array([[0, 10_000, 20_000], [10_000, 0, 10_000], [20_000, 10_000, 0]])
    problem = PickersProblem(
        walked_mm,
        PickStops(place=np.array([1, 1]), opens_us=np.array([0, 5_000_000])),
        Pickers(
            start_place=np.array([0, 0]),
            end_place=np.array([0, 2]),
            shift_start_us=np.array([0, 0]),
            shift_end_us=np.array([900_000_000, 10_000_000]),
            mm_per_s=np.array([1_000, 1_000]),
        ),
    )
    plan = solve_pickers(problem, 1.0, 1, iterations_max=20)
    assert check_pickers(problem, plan) == []
    assert [sorted(tour.tolist()) for tour in plan.tours()] == [[0, 1], []]
    assert plan.total_mm == 20_000
