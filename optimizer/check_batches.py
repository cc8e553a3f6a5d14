"""Check a plan of batches by walking each one's tour, with nothing in common with what made it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .check_tour import check_tour
from .route import route

if TYPE_CHECKING:
    from .batching import BatchingProblem, BatchPlan


def check_batches(problem: BatchingProblem, plan: BatchPlan) -> list[str]:
    """Say what is wrong with a plan.

    Parameters
    ----------
    problem : BatchingProblem
        The problem.
    plan : BatchPlan
        The answer.

    Returns
    -------
    faults : list of str
        Empty when every order is in one batch or truly unfit, every batch fits its cart and is
        back in time or is that of one late order, a walk of the claimed length passes all its
        stops, none shorter is known, and the total is not below the bound.
    """
    batches = [[int(order) for order in batch] for batch in plan.batches()]
    faults = _check_members(problem, plan, batches)
    if len(batches) != len(plan.length_mm):
        return [*faults, f"{len(plan.length_mm)} lengths for {len(batches)} batches"]
    for at, (members, length_mm) in enumerate(zip(batches, plan.length_mm, strict=True)):
        for name, column, limit in problem.limits():
            load = sum(int(column[order]) for order in members)
            if load > limit:
                faults.append(f"batch {at} has {name} {load}, the cart holds {limit}")
        faults += [f"batch {at}: {fault}" for fault in _check_tour(problem, members, length_mm)]
        on_time = _in_time(problem, members, int(length_mm))
        holds_late = not set(plan.late).isdisjoint(members)
        if not holds_late and not on_time:
            faults.append(f"batch {at} is not back in time")
        if holds_late and (on_time or len(members) > 1):
            faults.append(f"batch {at} holds {members}, one of them late, expected one late alone")
    if plan.total_mm < plan.bound_mm:
        faults.append(f"the total is {plan.total_mm} mm, below its bound {plan.bound_mm} mm")
    return faults


def _check_members(
    problem: BatchingProblem, plan: BatchPlan, batches: list[list[int]]
) -> list[str]:
    faults = [f"batch {at} is empty" for at, members in enumerate(batches) if not members]
    unfit = {order for order, _ in plan.unfit}
    faults += [
        f"order {order} fits a cart, but is named unfit"
        for order in sorted(unfit)
        if all(column[order] <= limit for _, column, limit in problem.limits())
    ]
    count = Counter(order for members in batches for order in members)
    for order in range(problem.order_count):
        expected = 0 if order in unfit else 1
        if count[order] != expected:
            faults.append(f"order {order} is in {count[order]} batches, expected {expected}")
    unknown = sorted(set(count) - set(range(problem.order_count)))
    return faults + [f"order {order} does not exist" for order in unknown]


def _check_tour(problem: BatchingProblem, members: list[int], length_mm: int) -> list[str]:
    ranges = [problem.stops_of(order) for order in members]
    aisle = [int(a) for stops in ranges for a in problem.stop_aisle[stops]]
    y_mm = [int(y) for stops in ranges for y in problem.stop_y_mm[stops]]
    tour = route(problem.rectangle, aisle, y_mm, problem.depot)
    faults = check_tour(problem.rectangle, aisle, y_mm, problem.depot, problem.depot, tour)
    if tour.length_mm + problem.setup_mm != length_mm:
        walked_mm = tour.length_mm + problem.setup_mm
        faults.append(f"a length of {length_mm} mm is claimed, its tour takes {walked_mm} mm")
    return faults


def _in_time(problem: BatchingProblem, members: list[int], length_mm: int) -> bool:
    if problem.due_us is None:
        return True
    took_us = length_mm * problem.walk_us_per_mm
    if problem.handling_us is not None:
        took_us += sum(int(problem.handling_us[order]) for order in members)
    return problem.start_us + took_us <= min(int(problem.due_us[order]) for order in members)
