"""Choosing batches against every partition: the lists, the bound, and what a deadline leaves."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.batch_columns import BatchColumns, batch_columns
from slotline.optimizer.batch_partition import Parts, best_partition, listed_parts, met_parts
from slotline.optimizer.batching import BatchStatus
from slotline.optimizer.check_batches import check_batches
from slotline.optimizer.solve_batches import solve_batches
from slotline.tests.optimizer.batch_problems import batch_cost_mm, best_total_mm, make_problem

LONG_S = 60.0


def _alone(columns: BatchColumns) -> np.ndarray:
    return np.arange(len(columns.row), dtype=np.int32)


def _members(parts: Parts, order_count: int) -> dict[tuple[int, ...], int]:
    batches = [
        tuple(order for order in row if order < order_count) for row in parts.member.tolist()
    ]
    assert len(set(batches)) == len(batches)
    return dict(zip(batches, parts.length_mm.tolist(), strict=True))


@given(
    seed=st.integers(0, 1 << 20),
    order_count=st.integers(1, 7),
    block_count=st.integers(1, 3),
    due=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_the_list_holds_every_batch_that_is_possible(
    seed: int, order_count: int, block_count: int, due: bool
) -> None:
    """Against every set of orders, each routed on its own."""
    problem = make_problem(seed, order_count, block_count, due=due)
    columns = batch_columns(problem)
    rows = columns.row.tolist()
    parts = listed_parts(columns, LONG_S)
    assert parts is not None
    expected = {}
    for size in range(1, len(rows) + 1):
        for batch in combinations(range(len(rows)), size):
            length_mm = batch_cost_mm(problem, [rows[order] for order in batch])
            if length_mm is not None:
                expected[batch] = length_mm
    assert _members(parts, len(rows)) == expected


@given(
    seed=st.integers(0, 1 << 20),
    order_count=st.integers(2, 7),
    due=st.booleans(),
    has_time=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_the_best_choice_of_all_batches_is_the_best_partition(
    seed: int, order_count: int, due: bool, has_time: bool
) -> None:
    """With time it is found and proven; without, the known one is kept, and the bound holds."""
    problem = make_problem(seed, order_count, due=due)
    columns = batch_columns(problem)
    if len(columns.row) < 2:
        return
    parts = listed_parts(columns, LONG_S)
    assert parts is not None
    known = _alone(columns)
    deadline = time.perf_counter() + (LONG_S if has_time else -1.0)
    chosen = best_partition(columns, parts, known, deadline)
    late_mm = int(columns.alone_mm[list(columns.late)].sum())
    best_mm = best_total_mm(problem, columns.late) - late_mm
    assert chosen.bound_mm <= best_mm <= chosen.total_mm
    if has_time:
        assert chosen.bound_mm == best_mm == chosen.total_mm
    else:
        assert chosen.batch_of.tolist() == known.tolist()


def test_batches_that_were_met_are_put_together_anew() -> None:
    """The better halves of two partitions make a third one."""
    columns = batch_columns(make_problem(3, 4))
    assert len(columns.row) == 4
    first, other = np.array([0, 0, 1, 2], np.int32), np.array([0, 1, 2, 2], np.int32)
    length_mm = _members(met_parts(columns, [first, other]), 4)
    assert set(length_mm) == {(0, 1), (2,), (3,), (0,), (1,), (2, 3)}
    chosen = best_partition(
        columns, met_parts(columns, [first, other]), first, time.perf_counter() + LONG_S
    )
    totals = [
        sum(length_mm[batch] for batch in partition)
        for partition in (
            [(0, 1), (2,), (3,)], [(0,), (1,), (2, 3)], [(0, 1), (2, 3)], [(0,), (1,), (2,), (3,)],
        )
    ]  # fmt: skip
    assert chosen.total_mm == chosen.bound_mm == min(totals)


@pytest.mark.parametrize("due", [False, True])
def test_more_orders_than_are_compared_one_by_one_are_proven_too(due: bool) -> None:
    """Few orders fit a cart, so that all batches are listed; the proof ends the search early."""
    problem, time_limit_s = make_problem(11, 20, due=due), 4 * LONG_S
    plan = solve_batches(problem, time_limit_s, 1)
    assert check_batches(problem, plan) == []
    assert plan.status is BatchStatus.OPTIMAL
    assert plan.reason == "no choice among all batches is shorter"
    assert plan.seconds < 0.4 * time_limit_s
    # Whatever the search brings, the proof says the same.
    assert solve_batches(problem, time_limit_s, 2).total_mm == plan.total_mm


def test_a_list_that_would_take_too_long_is_not_made() -> None:
    """Nor one of more batches than there is room for."""
    columns = batch_columns(make_problem(5, 60))
    assert listed_parts(columns, 0.0) is None
    assert listed_parts(columns, 1e-4) is None
