"""Sequences of batches against every sequence there is."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.optimizer.zones import SortProblem, bound_slots, plan_sort, split_by_zone

_Batches = list[set[int]]


def _open_at(batches: _Batches, sequence: tuple[int, ...], at: int) -> set[int]:
    """Orders that have come by now and have not been complete before now."""
    come = set().union(*(batches[b] for b in sequence[: at + 1]))
    missing = set().union(*(batches[b] for b in sequence[at:]))
    return come & missing


def _peak(batches: _Batches, sequence: tuple[int, ...]) -> int:
    return max(len(_open_at(batches, sequence, at)) for at in range(len(sequence)))


def _numbered(batches: _Batches) -> _Batches:
    orders = sorted(set().union(*batches))
    return [{orders.index(order) for order in batch} for batch in batches]


def _problem(batches: _Batches, slots: int) -> SortProblem:
    return SortProblem(tuple(tuple(sorted(batch)) for batch in batches), slots)


@given(
    st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=6),
    st.integers(1, 7),
)
def test_plans_need_the_fewest_slots(batches: _Batches, slots: int) -> None:
    """Every permutation is tried; slots of orders open at once differ."""
    batches = _numbered(batches)
    problem = _problem(batches, slots)
    best = min(_peak(batches, sequence) for sequence in permutations(range(len(batches))))
    plan = plan_sort(problem)
    assert bound_slots(problem) <= best == plan.peak == plan.bound
    assert sorted(plan.sequence) == list(range(len(batches)))
    assert _peak(batches, plan.sequence) == best
    if best > slots:
        assert plan.status == "infeasible"
        assert plan.reason == f"needs {best} slots, there are {slots}"
        return
    assert plan.status == "optimal"
    for at in range(len(batches)):
        held = [plan.order_slot[order] for order in _open_at(batches, plan.sequence, at)]
        assert len(set(held)) == len(held)
        assert set(held) <= set(range(slots))


def test_many_batches_keep_within_their_bounds() -> None:
    """Beyond the exact search the plan is checked and its bound is below it."""
    rng = np.random.default_rng(3)
    batches = _numbered([set(rng.integers(b, b + 12, 5).tolist()) for b in range(60)])
    plan = plan_sort(_problem(batches, 40))
    assert 5 <= plan.bound <= plan.peak == _peak(batches, plan.sequence) <= 40


def test_batches_split_by_zone() -> None:
    """Lines of one batch and one zone stay together."""
    pairs, part = split_by_zone(np.array([1, 0, 1, 1]), np.array([2, 2, 0, 2]))
    assert pairs.tolist() == [[0, 2], [1, 0], [1, 2]]
    assert part.tolist() == [2, 0, 1, 2]


def test_bad_batches_are_named() -> None:
    """An empty batch, an order twice, a gap, no slot."""
    with pytest.raises(ValueError, match="batch 1 has orders"):
        SortProblem(((0,), ()), 1)
    with pytest.raises(ValueError, match="batch 0 has orders"):
        SortProblem(((0, 0),), 1)
    with pytest.raises(ValueError, match="no gaps"):
        SortProblem(((0, 2),), 1)
    with pytest.raises(ValueError, match="slot_count is 0"):
        SortProblem(((0,),), 0)
