"""Matchings against every matching there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.optimizer.interleave import InterleaveProblem, interleave

_SPEED = 1_000


def _problem(seed: int, drops: int, picks: int) -> InterleaveProblem:
    rng = np.random.default_rng(seed)
    at_drop, at_pick = rng.integers(0, 30_000, drops), rng.integers(0, 30_000, picks)
    second = 1_000_000
    return InterleaveProblem(
        rng.integers(0, 40, drops) * second, rng.integers(20, 200, drops) * second,
        rng.integers(0, 20, drops) * second, rng.integers(0, 40, picks) * second,
        rng.integers(20, 200, picks) * second, rng.integers(0, 20, picks) * second,
        at_drop, at_drop, at_pick, at_pick, np.abs(at_drop[:, None] - at_pick[None, :]), _SPEED,
    )  # fmt: skip


def _pair_saving(problem: InterleaveProblem, drop: int, pick: int) -> int:
    """Walk the pair second by second's worth of metres; -1 if one of them is late."""
    now = int(max(problem.drop_ready_us[drop], problem.pick_ready_us[pick]))
    now += int(problem.drop_out_mm[drop]) * 1_000 + int(problem.drop_work_us[drop])
    in_time = now <= problem.drop_due_us[drop]
    now += int(problem.between_mm[drop, pick]) * 1_000 + int(problem.pick_work_us[pick])
    now += int(problem.pick_back_mm[pick]) * 1_000
    if not in_time or now > problem.pick_due_us[pick]:
        return -1
    apart = 2 * int(problem.drop_out_mm[drop] + problem.pick_out_mm[pick])
    together = problem.drop_out_mm[drop] + problem.between_mm[drop, pick]
    return apart - int(together + problem.pick_back_mm[pick])


@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(0, 4))
def test_no_matching_saves_more(seed: int, drops: int, picks: int) -> None:
    """All matchings are tried; every drop and pick is in one trip; pairs are in time."""
    problem = _problem(seed, drops, picks)
    best = max(
        sum(
            max(0, _pair_saving(problem, drop, pick))
            for drop, pick in enumerate(order)
            if drop < drops and pick < picks
        )
        for order in permutations(range(max(drops, picks)))
    )
    plan = interleave(problem)
    pairs = [(t.drop, t.pick) for t in plan.trips if t.drop >= 0 and t.pick >= 0]
    assert plan.saving_mm == best == sum(_pair_saving(problem, d, p) for d, p in pairs)
    assert all(_pair_saving(problem, d, p) > 0 for d, p in pairs)
    assert sorted(t.drop for t in plan.trips if t.drop >= 0) == list(range(drops))
    assert sorted(t.pick for t in plan.trips if t.pick >= 0) == list(range(picks))
    latest = [trip.latest_us for trip in plan.trips]
    assert latest == sorted(latest)


def test_urgent_replenishments_go_first_and_late_ones_are_named() -> None:
    """The face that runs out first is first; one that ran out already is late."""
    problem = replace(
        _problem(5, 3, 0), drop_ready_us=np.zeros(3, np.int64),
        drop_due_us=np.array([900, 1, 300]) * 1_000_000, drop_out_mm=np.full(3, 5_000),
    )  # fmt: skip
    plan = interleave(problem)
    assert [trip.drop for trip in plan.trips] == [1, 2, 0]
    assert [trip.drop for trip in plan.late] == [1]


def test_bad_problems_are_named() -> None:
    """A negative way, a wrong shape, no speed."""
    problem = _problem(1, 2, 2)
    with pytest.raises(ValueError, match="out_mm of drop 1 is -3"):
        replace(problem, drop_out_mm=np.array([1, -3]))
    with pytest.raises(ValueError, match=r"drop_out_mm has shape .* expected a column of whole"):
        replace(problem, drop_out_mm=np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match=r"between_mm has shape .* expected whole numbers"):
        replace(problem, between_mm=np.zeros((1, 2), np.int64))
    with pytest.raises(ValueError, match="mm_per_s is 0"):
        replace(problem, mm_per_s=0)
    with pytest.raises(ValueError, match=f"work_us of pick 1 is {2**62}, expected 0 to"):
        replace(problem, pick_work_us=np.array([9, 2**62]))
    assert replace(problem, pick_due_us=np.array([9, 2**62])).pick_due_us.tolist() == [9, 2**60]
    with pytest.raises(ValueError, match=f"drop 0 and pick 1 are {2**50} mm apart, expected 0 to"):
        replace(problem, between_mm=np.array([[0, 2**50], [0, 0]]))
