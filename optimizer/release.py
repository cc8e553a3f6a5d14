"""Release planning backward from departures, and what cannot be met, named before release.

Orders are placed one by one as late as they can (`kernels.release_fill`); it is their sequence that
is searched. Early time is for those that leave early, so late departures and late releases go
first; what a linear relaxation (`release_bound`) leaves out goes last, and orders that a pass
misses go sooner in the next one (Joslin and Clements, "Squeaky wheel optimization", Journal of
Artificial Intelligence Research 10, 1999). Then the plan is levelled: the same orders with the
fewest people at work.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.release_fill import (
    NO_CAPACITY,
    NO_DOOR,
    NO_LANE,
    NO_SLOT,
    NO_TIME,
    PLACED,
    TOO_LARGE,
    TOO_MANY_SLOTS,
    place_orders,
)
from .columns import check_search
from .release_bound import ReleaseBound, bound_release
from .release_columns import demands, empty_fill, placed_alone, release_input

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..kernels.release_fill import ReleaseFill, ReleaseInput
    from .release_problem import ReleaseProblem

_LEVEL_STEPS: Final = 6
"""Halvings of the share of people: within 2 %."""
_BOUND_SHARE: Final = 0.5
"""At most this part of the time goes into the bound."""
_RELEASE_SHARES: Final = (0.0, 0.25, 0.5, 1.0, 2.0)
"""What a later release counts against a later departure in the sequences tried first."""
_SOONER_INTERVALS: Final = 8.0
"""By how much, at most, a missed order goes sooner."""
_AFTER_PASSES: Final = 12
"""Passes that levelling and writing the plan take about as long as."""
_NEAR: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ReleasePlan:
    """When to release which order.

    Attributes
    ----------
    planned_us, latest_us : int64[O]
        Planned release, and the latest were the order alone; -1 for an order that is not met.
    step_begin, step_end : int64[P]
        First and last interval of each step, -1 where its order is not met.
    step_used_us : dict of (step, interval) to int
        Work by interval.
    cause : dict of int to str
        Why an order is not met, for each such order.
    proven : bool[O]
        Orders that are not met and that no plan worth as much as this one meets.
    weight, bound : int
        Worth of the orders met, and an upper bound on it.
    seconds : float
        Time it took.
    reason : str
        Why the search ended.
    by_deadline : bool
        Whether it was the deadline that ended it: more time might give a better plan.
    """

    planned_us: NDArray[np.int64]
    latest_us: NDArray[np.int64]
    step_begin: NDArray[np.int64]
    step_end: NDArray[np.int64]
    step_used_us: dict[tuple[int, int], int]
    cause: dict[int, str]
    proven: NDArray[np.bool_]
    weight: int
    bound: int
    seconds: float
    reason: str
    by_deadline: bool

    @property
    def status(self) -> str:
        """``optimal`` when the misses are proven unavoidable, else ``feasible``."""
        return "optimal" if self.weight == self.bound else "feasible"


class _Pass(NamedTuple):
    """One sequence of the orders, and what it met."""

    weight: int
    order: NDArray[np.int64]
    fill: ReleaseFill
    part_count: int


def plan_release(
    problem: ReleaseProblem,
    time_limit_s: float = 10.0,
    seed: int = 0,
    *,
    passes_max: int | None = None,
) -> ReleasePlan:
    """Plan backward from departures, then level: the same orders with the fewest people at work.

    Parameters
    ----------
    problem : ReleaseProblem
        Orders, steps, people, lanes, doors and slots.
    time_limit_s : float
        Deadline from the call. With 0 or less, one pass is made, most worth a minute first, and no
        bound is proven but that of the orders that cannot be met alone. Take that where a plan is
        made anew every few minutes: the search meets other orders each time, and what changes its
        mind from look to look meets fewer of them in the end.
    seed : int
        Seed of the search, 0 or more.
    passes_max : int, optional
        Passes of the search instead of the deadline: the answer is then always the same.

    Returns
    -------
    plan : ReleasePlan
        The best found, with its bound.

    Raises
    ------
    ValueError
        No finite time limit.
    """
    begun = time.perf_counter()
    check_search(time_limit_s)
    given = release_input(problem)
    alone = placed_alone(problem, given)
    weight = np.where(alone.cause == PLACED, problem.order_weight, 0)
    begun_pass = time.perf_counter()
    best = _pass(problem, given, _most_worth_first(problem, given))
    pass_s = time.perf_counter() - begun_pass
    nothing = np.zeros(len(weight))
    bound = ReleaseBound(float(weight.sum()), nothing, nothing, nothing)
    reason, by_deadline = "the deadline had passed before the search: most worth first", True
    if time_limit_s > 0 or passes_max is not None:
        end = np.inf if passes_max is not None else begun + time_limit_s - _AFTER_PASSES * pass_s
        now = time.perf_counter()
        until = now + _BOUND_SHARE * (end - now)
        bound = bound_release(weight, demands(problem, given, alone), until)
        best = _searched(problem, given, bound, best, end, seed, passes_max)
        reason = "time limit" if passes_max is None else "pass limit"
        by_deadline = passes_max is None
    bound_weight = max(best.weight, _whole(bound.weight))
    if best.weight == bound_weight:
        reason, by_deadline = "no plan is worth more", False
    missed = best.fill.cause != PLACED
    at_most = np.floor(bound.weight - bound.lost + _NEAR)
    proven = missed & ((alone.cause != PLACED) | (at_most < best.weight))
    level = _levelled(problem, given, best)
    planned_us, latest_us = _times(problem, given, level, alone)
    return ReleasePlan(
        planned_us=planned_us,
        latest_us=latest_us,
        step_begin=level.step_begin,
        step_end=level.step_end,
        step_used_us=_used(level),
        cause={int(o): _told(problem, given, best.fill, int(o)) for o in np.flatnonzero(missed)},
        proven=proven,
        weight=best.weight,
        bound=bound_weight,
        seconds=time.perf_counter() - begun,
        reason=reason,
        by_deadline=by_deadline,
    )


def release_now(plan: ReleasePlan, now_us: int) -> NDArray[np.int64]:
    """Give the orders whose planned release has come, most urgent first: streaming release."""
    due = np.flatnonzero((plan.planned_us >= 0) & (plan.planned_us <= now_us))
    return due[np.lexsort((due, plan.planned_us[due], plan.latest_us[due]))]


def waves(plan: ReleasePlan, start_us: int, wave_us: int) -> dict[int, NDArray[np.int64]]:
    """Give the orders of each classic wave by its begin: the last that is not after the plan.

    Raises
    ------
    ValueError
        Waves of no length.
    """
    if wave_us < 1:
        raise ValueError(f"wave_us is {wave_us}, expected 1 or more")
    met = np.flatnonzero(plan.planned_us >= 0)
    begins = start_us + (plan.planned_us[met] - start_us) // wave_us * wave_us
    return {int(begin): met[begins == begin] for begin in np.unique(begins)}


def _whole(weight: float) -> int:
    """Give the bound on a sum of whole numbers."""
    return int(np.floor(weight + _NEAR))


def _most_worth_first(problem: ReleaseProblem, given: ReleaseInput) -> NDArray[np.int64]:
    work = np.zeros(len(given.first), np.int64)
    np.add.at(work, np.repeat(np.arange(len(work)), np.diff(given.step_first)), given.step_work_us)
    return np.lexsort((given.last, -problem.order_weight / np.maximum(work, 1)))


def _pass(problem: ReleaseProblem, given: ReleaseInput, order: NDArray[np.int64]) -> _Pass:
    fill = empty_fill(given, problem.workers * problem.interval_us)
    part_count = place_orders(given, fill, order)
    met = int(problem.order_weight[fill.cause == PLACED].sum())
    return _Pass(met, order, fill, part_count)


def _searched(
    problem: ReleaseProblem,
    given: ReleaseInput,
    bound: ReleaseBound,
    best: _Pass,
    end: float,
    seed: int,
    passes_max: int | None,
) -> _Pass:
    """Try sequences until the bound is met, the deadline or the last pass."""
    random = np.random.default_rng(seed)
    rank = np.where(bound.part > 1 - _NEAR, 0, np.where(bound.part > _NEAR, 1, 2))
    dear = -problem.order_weight / np.maximum(bound.price, _NEAR)
    keys = [given.last + share * given.first for share in _RELEASE_SHARES]
    best_key: NDArray[np.float64] = keys[0]
    best_of_keys, missed_in = -1, best.fill.cause
    passes, longest_s = 0, 0.0
    while best.weight < _whole(bound.weight) and (passes_max is None or passes < passes_max):
        begun = time.perf_counter()
        if begun + longest_s >= end:
            break
        if passes < len(keys):
            key = keys[passes]
        else:
            missed = (missed_in != PLACED) & (rank < 2)
            sooner = missed & (random.random(len(rank)) < random.random())
            key = best_key + sooner * random.random(len(rank)) * _SOONER_INTERVALS
        tried = _pass(problem, given, np.lexsort((dear, -key, rank)))
        if tried.weight >= best_of_keys:
            best_of_keys, best_key, missed_in = tried.weight, key, tried.fill.cause
        if tried.weight > best.weight:
            best = tried
        passes += 1
        longest_s = max(longest_s, time.perf_counter() - begun)
    return best


def _levelled(problem: ReleaseProblem, given: ReleaseInput, best: _Pass) -> ReleaseFill:
    """Place the same orders with the least share of the people that suffices."""
    everyone = problem.workers * problem.interval_us
    missed = best.fill.cause != PLACED
    low, high, part_count = 0, 1 << _LEVEL_STEPS, best.part_count
    while high - low > 1:
        share = (low + high) // 2
        tried = empty_fill(given, everyone * share >> _LEVEL_STEPS)
        parts = place_orders(given, tried, best.order)
        if ((tried.cause != PLACED) == missed).all():
            high, part_count = share, parts
        else:
            low = share
    level = empty_fill(given, everyone * high >> _LEVEL_STEPS, part_count)
    place_orders(given, level, best.order)
    return level


def _times(
    problem: ReleaseProblem, given: ReleaseInput, level: ReleaseFill, alone: ReleaseFill
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give planned and latest release of each order."""
    met, first_step = level.cause == PLACED, given.step_first[:-1]
    planned, latest = (
        problem.start_us + fill.step_begin[first_step] * problem.interval_us
        for fill in (level, alone)
    )
    planned = np.maximum(planned, problem.order_ready_us)
    latest = np.maximum(latest, planned)
    return np.where(met, planned, -1), np.where(met, latest, -1)


def _used(level: ReleaseFill) -> dict[tuple[int, int], int]:
    at = zip(level.part_step.tolist(), level.part_interval.tolist(), strict=True)
    return dict(zip(at, level.part_us.tolist(), strict=True))


def _told(problem: ReleaseProblem, given: ReleaseInput, fill: ReleaseFill, order: int) -> str:
    """Say why an order is not met."""
    opens_us, closes_us = (
        problem.start_us + int(at[order]) * problem.interval_us
        for at in (fill.cause_opens, fill.cause_closes)
    )
    departure = problem.order_departure[order]
    steps = given.step_first[order + 1] - given.step_first[order]
    return {
        TOO_MANY_SLOTS: f"needs {given.slots[order]} of {problem.slot_count} slots",
        TOO_LARGE: f"cart too small: {problem.order_volume_ml[order]} ml, a cart has "
        f"{problem.cart_volume_ml} ml",
        NO_TIME: _no_time(problem, int(departure), int(steps), opens_us),
        NO_DOOR: f"no door for departure {departure} before {closes_us}",
        NO_LANE: f"no lane for departure {departure} before {closes_us}",
        NO_CAPACITY: f"no capacity in zone {fill.cause_zone[order]}, {opens_us} to {closes_us}",
        NO_SLOT: f"no slot between {opens_us} and {closes_us}",
    }[int(fill.cause[order])]


def _no_time(problem: ReleaseProblem, departure: int, steps: int, opens_us: int) -> str:
    """Name a departure that is gone, or the time that is too short for the steps."""
    departs_us = int(problem.departs_us[departure])
    if departs_us <= problem.start_us:
        return f"departure {departure} left at {departs_us}, the plan starts at {problem.start_us}"
    return (
        f"no time: {steps} steps from {opens_us} to departure {departure} at {departs_us}, in "
        f"whole intervals of {problem.interval_us}"
    )
