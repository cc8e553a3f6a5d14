"""Waves against every wave there is, on sites small enough to try them all."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.wave_aisles import fill_tables
from slotline.optimizer.wave import bound_units, choose_wave
from slotline.optimizer.wave_fill import fill_exactly
from slotline.optimizer.wave_problem import WaveProblem

Groups = list[dict[int, int]]
_Rows = tuple[int, ...]
_ITEMS = 5


def _problem(orders: Groups, aisles: Groups, units_min: int, units_max: int) -> WaveProblem:
    def columns(groups: Groups) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = [(item, units) for group in groups for item, units in sorted(group.items())]
        table = np.array(rows, dtype=np.int32).reshape(-1, 2)
        first = np.cumsum([0, *(len(group) for group in groups)])
        return first, table[:, 0], table[:, 1]

    return WaveProblem(*columns(orders), *columns(aisles), units_min, units_max)


def _subsets(count: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(count), n) for n in range(count + 1)))


def _fits(
    orders: Groups, aisles: Groups, chosen: tuple[int, ...], visited: tuple[int, ...]
) -> bool:
    return all(
        sum(orders[o].get(item, 0) for o in chosen) <= sum(aisles[a].get(item, 0) for a in visited)
        for item in range(_ITEMS)
    )


def _best_ratio(orders: Groups, aisles: Groups, units_min: int, units_max: int) -> float:
    best = 0.0
    for chosen in _subsets(len(orders)):
        units = sum(sum(orders[o].values()) for o in chosen)
        if not units_min <= units <= units_max:
            continue
        sizes = [len(v) for v in _subsets(len(aisles)) if v and _fits(orders, aisles, chosen, v)]
        best = max([best, *(units / size for size in sizes)])
    return best


def _groups(lines_max: int, units_max: int, groups_max: int) -> st.SearchStrategy[Groups]:
    group = st.dictionaries(
        st.integers(0, _ITEMS - 1), st.integers(1, units_max), min_size=1, max_size=lines_max
    )
    return st.lists(group, min_size=1, max_size=groups_max)


@pytest.mark.parametrize("lines_max", [1, 3])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_wave_is_the_best_there_is(lines_max: int, data: st.DataObject) -> None:
    """Small sites: the search finds the best ratio, and only when there is a wave at all."""
    orders = data.draw(_groups(lines_max, 3, 5))
    aisles = data.draw(_groups(3, 4, 4))
    units_min = data.draw(st.integers(1, 5))
    units_max = data.draw(st.integers(units_min, 12))
    best = _best_ratio(orders, aisles, units_min, units_max)

    plan = choose_wave(_problem(orders, aisles, units_min, units_max), time_limit_s=0.05)

    assert plan.ratio == pytest.approx(best)
    assert plan.bound_ratio >= best - 1e-9
    if best:
        chosen, visited = tuple(plan.orders.tolist()), tuple(plan.aisles.tolist())
        assert _fits(orders, aisles, chosen, visited)
        assert plan.units == sum(sum(orders[o].values()) for o in chosen)
        assert units_min <= plan.units <= units_max
    else:
        assert plan.units == 0
        assert len(plan.orders) == len(plan.aisles) == 0
        assert plan.reason


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 6), max_size=5), min_size=1, max_size=4),
)
def test_tables_count_what_subsets_can_take(items: list[list[int]]) -> None:
    """Each entry is the largest subset sum that is not above it."""
    first = np.cumsum([0, *(len(units) for units in items)])
    table_first, table = fill_tables(
        first.astype(np.int64), np.array([u for units in items for u in units], dtype=np.int32)
    )
    for item, units in enumerate(items):
        sums = {sum(units[k] for k in rows) for rows in _subsets(len(units))}
        expected = [max(s for s in sums if s <= room) for room in range(sum(units) + 1)]
        assert table[table_first[item] : table_first[item + 1]].tolist() == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 9), max_size=7), st.integers(0, 30))
def test_subset_comes_nearest_to_the_room(units: list[int], room: int) -> None:
    """No other subset fits better."""
    rows = fill_exactly(units, room)
    best = max(s for s in (sum(units[k] for k in r) for r in _subsets(len(units))) if s <= room)
    assert sum(units[k] for k in rows) == best
    assert sorted(set(rows)) == rows


def test_same_seed_gives_the_same_wave() -> None:
    """The first ascent reads no clock."""
    random = np.random.default_rng(7)
    orders = [{int(i): 1 for i in random.choice(_ITEMS, 2, replace=False)} for _ in range(40)]
    aisles = [{int(i): 3 for i in random.choice(_ITEMS, 2, replace=False)} for _ in range(12)]
    problem = _problem(orders, aisles, 5, 40)
    plans = [choose_wave(problem, time_limit_s=0.0, seed=3) for _ in range(2)]
    assert plans[0].orders.tolist() == plans[1].orders.tolist()
    assert plans[0].aisles.tolist() == plans[1].aisles.tolist()


def test_wave_that_cannot_be_is_explained() -> None:
    """The reason tells what was wanted and what is there."""
    plan = choose_wave(_problem([{0: 2}], [{0: 1}], 2, 9), time_limit_s=0.0)
    assert plan.units == 0
    plan = choose_wave(_problem([{0: 2}], [{0: 1}], 5, 9), time_limit_s=0.0)
    assert "5 units" in plan.reason
    assert "at most 1" in plan.reason


def test_bound_counts_only_what_is_asked_for() -> None:
    """Units that nobody wants do not count, nor more than a wave may have."""
    problem = _problem([{0: 2}, {1: 3}], [{0: 9}, {1: 1, 2: 9}, {1: 2}], 1, 4)
    assert bound_units(problem).tolist() == [2, 4, 4]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units_min": 0}, "1 <= units_min <= units_max"),
        ({"units_max": 1}, "units_min is 2 and units_max 1"),
        ({"line_units": np.array([1, 0])}, "order 1 has 0 units of item 1, expected 1 or more"),
        ({"line_item": np.array([0, -1])}, "line_item has a value outside"),
        ({"order_first": np.array([0, 2])}, "names item 1 twice"),
        ({"order_first": np.array([0, 1])}, "orders: 2 items, 2 units and bounds"),
        ({"order_first": np.array([0, 2, 1, 2])}, "order 1 ends before it begins"),
        ({"line_units": np.array([1.5, 2.0])}, "line_units has .* a column of whole numbers"),
        ({"order_first": np.array([0.0, 1.0, 2.0])}, "order_first has .* of whole numbers"),
    ],
)
def test_problem_names_what_does_not_fit(change: dict[str, object], message: str) -> None:
    """Found and expected, with the order."""
    columns: dict[str, object] = {
        "order_first": np.array([0, 1, 2]),
        "line_item": np.array([1, 1]),
        "line_units": np.array([1, 2]),
        "aisle_first": np.array([0, 1]),
        "stock_item": np.array([1]),
        "stock_units": np.array([3]),
        "units_min": 2,
        "units_max": 3,
    }
    with pytest.raises(ValueError, match=message):
        WaveProblem(**(columns | change))  # type: ignore[arg-type]


def test_items_may_have_any_numbers() -> None:
    """A search has a row for each item there is, not for each number."""
    few = WaveProblem([0, 1, 2], [0, 1], [2, 3], [0, 2], [0, 1], [5, 5], 1, 9)
    wide = WaveProblem([0, 1, 2], [7, 2**31 - 1], [2, 3], [0, 2], [7, 2**31 - 1], [5, 5], 1, 9)
    for problem in (few, wide):
        plan = choose_wave(problem, time_limit_s=0.01)
        assert (plan.units, plan.orders.tolist(), plan.aisles.tolist()) == (5, [0, 1], [0])
