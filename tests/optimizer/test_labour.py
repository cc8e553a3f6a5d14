"""Labour standards against sums by hand, and refits against every active set there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.optimizer.labour import (
    LabourStandards,
    LabourTasks,
    non_negative_least_squares,
    refit,
    workload_us,
)

_COST_US = [20_000_000, 900_000, 6_000_000, 1_500_000, 300_000]


def _standards(*rows: list[int]) -> LabourStandards:
    zone = np.arange(len(rows), dtype=np.int32)
    cost = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return LabourStandards(zone * 0, zone, zone * 0, cost)


def _tasks(rng: np.random.Generator, count: int) -> LabourTasks:
    key = np.zeros(count, np.int32)
    length_mm, lines = rng.integers(5_000, 400_000, count), rng.integers(1, 30, count)
    return LabourTasks(
        key, key, key, length_mm, lines, lines * rng.integers(1, 5, count),
        rng.integers(0, 60_000, count),
    )  # fmt: skip


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_workload_is_the_sum_by_hand(seed: int) -> None:
    """Each task in Python's own integers, thousandths rounded up."""
    tasks = _tasks(np.random.default_rng(seed), 7)
    task, metre, line, unit, kilogram = _COST_US
    for at, took in enumerate(workload_us(_standards(_COST_US), tasks).tolist()):
        mm, grams = int(tasks.length_mm[at]), int(tasks.weight_g[at])
        part = metre * mm + kilogram * grams
        whole = task + line * int(tasks.lines[at]) + unit * int(tasks.units[at])
        assert took == whole + (part + 999) // 1000


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(4, 9))
@settings(max_examples=100, deadline=None)
def test_least_squares_is_the_best_of_every_active_set(seed: int, size: int, rows: int) -> None:
    """The optimum is an unconstrained fit of some subset of the columns."""
    rng = np.random.default_rng(seed)
    design, target = rng.normal(size=(rows, size)), rng.normal(size=rows)
    found = non_negative_least_squares(design, target)
    assert (found >= 0).all()
    best = float(target @ target)
    for subset in chain.from_iterable(combinations(range(size), n) for n in range(1, size + 1)):
        fit = np.linalg.lstsq(design[:, subset], target, rcond=None)[0]
        if (fit >= 0).all():
            best = min(best, float(np.sum((target - design[:, subset] @ fit) ** 2)))
    assert float(np.sum((target - design @ found) ** 2)) == pytest.approx(best, abs=1e-9)


def test_a_refit_finds_the_times_behind_outliers() -> None:
    """One task in ten has a break of half an hour in it; the fit stays within 3 %."""
    rng = np.random.default_rng(7)
    tasks = _tasks(rng, 2_000)
    took = workload_us(_standards(_COST_US), tasks) + rng.normal(0, 2e6, 2_000).astype(np.int64)
    took = np.maximum(took, 0)
    took[::10] += 1_800_000_000
    fitted, (done,) = refit(_standards([1, 1, 1, 1, 1]), tasks, took)
    assert done.reason == ""
    assert done.count == 2_000
    assert 1.5e6 < done.spread_us < 3e6
    np.testing.assert_allclose(fitted.cost_us[0], _COST_US, rtol=0.03)


def test_too_little_keeps_the_old_standard_and_says_why() -> None:
    """Too few tasks, tasks that are all alike, and none at all."""
    few = _tasks(np.random.default_rng(1), 29)
    old = _standards(_COST_US, [5] * 5)
    kept, done = refit(old, few, workload_us(old, few))
    assert [refitted.reason for refitted in done] == [
        "29 tasks, expected at least 30",
        "0 tasks, expected at least 30",
    ]
    np.testing.assert_array_equal(kept.cost_us, old.cost_us)
    same = np.full(40, 3, np.int64)
    key = np.zeros(40, np.int32)
    alike = LabourTasks(key, key, key, same, same, same, same)
    kept, done = refit(old, alike, same)
    assert "too alike" in done[0].reason
    np.testing.assert_array_equal(kept.cost_us, old.cost_us)


def test_bad_standards_and_tasks_are_named() -> None:
    """A negative cost, two standards for the same, no standard, a negative amount or time."""
    with pytest.raises(ValueError, match="standard 1 takes -1 us a line"):
        _standards(_COST_US, [0, 0, -1, 0, 0])
    good = _standards(_COST_US, _COST_US)
    with pytest.raises(ValueError, match="standard 1 is for"):
        replace(good, zone=np.zeros(2, np.int32))
    tasks = _tasks(np.random.default_rng(2), 3)
    with pytest.raises(ValueError, match="task 2 is of kind"):
        workload_us(good, replace(tasks, zone=np.array([0, 1, 9], np.int32)))
    with pytest.raises(ValueError, match="task 1 has lines -4"):
        replace(tasks, lines=np.array([1, -4, 1]))
    with pytest.raises(ValueError, match="task 0 took -1"):
        refit(good, tasks, np.array([-1, 1, 1]))


def test_standards_may_be_lists_of_whole_numbers_of_the_right_shape() -> None:
    """A measure too few, and parts of a microsecond, are refused by name."""
    one: Any = [0]
    whole: Any = [[5, 4, 3, 2, 1]]
    assert LabourStandards(one, one, one, whole).cost_us.tolist() == whole
    too_few: Any = [[5, 4, 3, 2]]
    parts: Any = [[5, 4, 3, 2, 0.5]]
    for cost_us in (too_few, parts):
        with pytest.raises(ValueError, match=r"cost_us has shape .* expected whole numbers"):
            LabourStandards(one, one, one, cost_us)


def test_a_task_beyond_64_bits_is_refused() -> None:
    """Its product would have overflowed to a time that looks like one."""
    tasks = replace(_tasks(np.random.default_rng(1), 2), units=np.array([1, 2**50]))
    with pytest.raises(ValueError, match=r"task 1 has amounts .* expected less than"):
        workload_us(_standards(_COST_US), tasks)
