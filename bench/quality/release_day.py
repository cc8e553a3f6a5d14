"""Release of a day's orders, planned backward from its departures.

24,000 drawn orders of four steps (pick in one of eight zones, pack, stage, load) go with 48
departures in 64 quarters of an hour, with people for some five sixths of the work and fewer at two
breaks. Sought is the least worth of orders that are missed; the best known is what our own bound
proves to be missed by every plan. The plan is checked against people, slots and times
by adding its work up here.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.release import plan_release
from slotline.optimizer.release_problem import ReleaseProblem

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.optimizer.release import ReleasePlan

    from .rows import Plan

FOLDER: Final = None
_SEED: Final = 20_240_612
_ORDERS: Final = 24_000
_DEPARTURES: Final = 48
_INTERVALS: Final = 64
_INTERVAL_US: Final = 900_000_000
_PICK_ZONES: Final = 8
_STEPS: Final = 4
_WORK_OVER_PEOPLE: Final = 0.85
"""Divides the people that would just do: the smaller, the more there are."""
_BREAKS: Final = (16, 17, 40, 41)
_LIMITS_S: Final = (0.0, 3.0, 10.0, 60.0)


def measure(folder: Path | None, plan: Plan) -> list[Row]:
    """Plan the day with each time limit.

    Parameters
    ----------
    folder : None
        The day is drawn.
    plan : Plan
        The slice leaves the longest time limit out.

    Returns
    -------
    rows : list of Row
        Values in worth missed.
    """
    problem = draw_day(_SEED, _ORDERS)
    rows = []
    unavoidable = 0
    for limit_s in _LIMITS_S[: -1 if plan.smoke else None]:
        row, proven = _row(problem, limit_s)
        rows.append(row)
        unavoidable = max(unavoidable, proven)
    return [replace(row, best=unavoidable) for row in rows]


def draw_day(seed: int, order_count: int) -> ReleaseProblem:
    """Draw orders, and people for them.

    Parameters
    ----------
    seed : int
        Of the draw.
    order_count : int
        How many.

    Returns
    -------
    problem : ReleaseProblem
        Half of the orders are there in the morning, the others come until shortly before they go.
    """
    rng = np.random.default_rng(seed)
    departs = np.sort(rng.integers(10, _INTERVALS + 1, _DEPARTURES))
    departure = rng.integers(0, _DEPARTURES, order_count)
    latest = np.maximum(departs[departure] - 6, 0)
    comes = (rng.random(order_count) * latest).astype(np.int64)
    ready = np.where(rng.random(order_count) < 0.5, 0, comes)
    pack, stage, load = (np.full(order_count, _PICK_ZONES + at) for at in range(3))
    zone = np.stack((rng.integers(0, _PICK_ZONES, order_count), pack, stage, load), axis=1)
    ranges_s = ((60, 240), (40, 120), (5, 20), (5, 20))
    work_s = np.stack([rng.integers(*of_step, order_count) for of_step in ranges_s], axis=1)
    work_us = 1_000_000 * work_s
    shape = np.ones(_INTERVALS)
    shape[list(_BREAKS)] = 0.4
    of_zone = np.bincount(zone.ravel(), weights=work_us.ravel(), minlength=_PICK_ZONES + 3)
    people = of_zone / _INTERVAL_US / _WORK_OVER_PEOPLE / shape.sum()
    one = np.ones(order_count, np.int64)
    return ReleaseProblem(
        start_us=0,
        interval_us=_INTERVAL_US,
        workers=np.round(people[:, None] * shape).astype(np.int64),
        order_departure=departure,
        order_ready_us=ready * _INTERVAL_US,
        order_weight=rng.choice([1, 1, 1, 2, 5], order_count),
        order_volume_ml=one,
        order_slots=one,
        step_first=np.arange(order_count + 1) * _STEPS,
        step_zone=zone.ravel(),
        step_work_us=work_us.ravel(),
        departs_us=departs * _INTERVAL_US,
        lane_from_us=np.maximum(departs - 16, 0) * _INTERVAL_US,
        door_from_us=np.maximum(departs - 8, 0) * _INTERVAL_US,
        lane_count=24,
        door_count=16,
        slot_count=4_000,
        cart_volume_ml=1,
        open_steps=2,
    )


def _row(problem: ReleaseProblem, limit_s: float) -> tuple[Row, int]:
    """Give the row, and the worth that every plan misses."""
    begun = time.perf_counter()
    plan = plan_release(problem, limit_s, _SEED)
    seconds = time.perf_counter() - begun
    total = int(problem.order_weight.sum())
    missed = sorted(plan.cause)
    value = int(problem.order_weight[missed].sum())
    faults = _faults(problem, plan)
    if total - value != plan.weight:
        faults.append(f"a worth of {plan.weight} is claimed, the orders met have {total - value}")
    row = Row(
        group=f"{limit_s:g} s, worth {total:,}",
        instance=f"seed {_SEED}",
        value=value,
        best=None,
        seconds=seconds,
        proven=plan.status == "optimal",
        faults=tuple(faults),
    )
    return row, total - plan.bound


def _faults(problem: ReleaseProblem, plan: ReleasePlan) -> list[str]:
    """Add the work up, and look at the sequence of each order's steps."""
    used_us = np.zeros(problem.workers.shape, np.int64)
    spread: dict[int, dict[int, int]] = defaultdict(dict)
    for (step, at), part_us in plan.step_used_us.items():
        used_us[problem.step_zone[step], at] += part_us
        spread[step][at] = part_us
    found = []
    if (used_us > problem.workers * problem.interval_us).any():
        found.append("a zone works more than its people can")
    slots = np.zeros(problem.workers.shape[1], np.int64)
    for order in range(len(problem.order_weight)):
        if order in plan.cause:
            continue
        steps = [spread[order * _STEPS + place] for place in range(_STEPS)]
        done = [sum(step.values()) for step in steps]
        if done != problem.step_work_us[order * _STEPS : (order + 1) * _STEPS].tolist():
            found.append(f"order {order} has work {done}")
            continue
        in_turn = all(max(a) < min(b) for a, b in pairwise(steps))
        begins_us = min(steps[0]) * problem.interval_us
        ends_us = (max(steps[-1]) + 1) * problem.interval_us
        departs_us = problem.departs_us[problem.order_departure[order]]
        if not in_turn or begins_us < problem.order_ready_us[order] or ends_us > departs_us:
            found.append(f"order {order} is worked at out of turn or time")
        slots[min(steps[0]) : max(steps[problem.open_steps - 1]) + 1] += problem.order_slots[order]
    if (slots > problem.slot_count).any():
        found.append(f"{slots.max()} slots are taken, there are {problem.slot_count}")
    return found
