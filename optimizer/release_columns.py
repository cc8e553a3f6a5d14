"""A release problem in intervals, as the kernels take it, and what each order needs at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.release_fill import PLACED, ReleaseFill, ReleaseInput, place_each_alone
from .release_bound import Demand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .release_problem import ReleaseProblem


def release_input(problem: ReleaseProblem) -> ReleaseInput:
    """Give orders and limits in whole intervals.

    Lanes and doors go to departures in the order in which they are wanted, and are held until the
    trailer leaves.

    Parameters
    ----------
    problem : ReleaseProblem
        The problem.

    Returns
    -------
    given : ReleaseInput
        Orders in the problem's order.
    """
    up = problem.interval_us - 1
    departure, departs = problem.order_departure, problem.departs_us
    lane = _opening(problem.lane_count, problem.lane_from_us, departs)
    door = _opening(problem.door_count, problem.door_from_us, departs)
    return ReleaseInput(
        first=problem.interval_of(problem.order_ready_us + up),
        last=problem.interval_of(departs)[departure] - 1,
        step_first=problem.step_first,
        step_zone=problem.step_zone,
        step_work_us=problem.step_work_us,
        lane_opens=problem.interval_of(lane + up)[departure],
        door_opens=problem.interval_of(door + up)[departure],
        open_steps=np.minimum(max(problem.open_steps, 1), np.diff(problem.step_first)),
        slots=problem.order_slots,
        fits_cart=problem.order_volume_ml <= problem.cart_volume_ml,
        slot_count=np.array([problem.slot_count], dtype=np.int64),
    )


def empty_fill(given: ReleaseInput, left_us: NDArray[np.int64], part_count: int = 0) -> ReleaseFill:
    """Give a plan in which nothing is placed.

    Parameters
    ----------
    given : ReleaseInput
        Orders.
    left_us : int64[Z, T]
        Work that the people can do.
    part_count : int
        Parts of work to note.

    Returns
    -------
    fill : ReleaseFill
        With columns of its own.
    """
    orders, steps, intervals = len(given.first), len(given.step_zone), left_us.shape[1]

    def column(rows: int, value: int = 0) -> NDArray[np.int64]:
        return np.full(rows, value, dtype=np.int64)

    trials = int(np.diff(given.step_first).max(initial=0)) * intervals
    return ReleaseFill(
        left_us.copy(), column(intervals), column(steps, -1), column(steps, -1),
        column(orders), column(orders), column(orders), column(orders),
        column(part_count), column(part_count), column(part_count),
        column(trials), column(trials), column(trials),
    )  # fmt: skip


def placed_alone(problem: ReleaseProblem, given: ReleaseInput) -> ReleaseFill:
    """Place each order as if it were the only one: as late as it ever can be.

    Parameters
    ----------
    problem : ReleaseProblem
        Who works when.
    given : ReleaseInput
        The same for the kernels.

    Returns
    -------
    fill : ReleaseFill
        Its causes are those of orders that no plan can meet.
    """
    fill = empty_fill(given, problem.workers * problem.interval_us)
    place_each_alone(given, fill)
    return fill


def demands(problem: ReleaseProblem, given: ReleaseInput, alone: ReleaseFill) -> list[Demand]:
    """Give what the orders that can be met alone need of each zone, and of the slots.

    Parameters
    ----------
    problem : ReleaseProblem
        Who works when.
    given : ReleaseInput
        The same for the kernels.
    alone : ReleaseFill
        As `placed_alone` gives it.

    Returns
    -------
    found : list of Demand
        One for each zone, and one for the slots.
    """
    opens, closes = _earliest(problem, given), alone.step_end
    sizes = np.diff(given.step_first)
    order = np.repeat(np.arange(len(sizes)), sizes)
    live = (alone.cause == PLACED)[order]
    found = []
    for zone, workers in enumerate(problem.workers):
        mine = np.flatnonzero(live & (given.step_zone == zone))
        limit = workers * problem.interval_us
        work = given.step_work_us[mine]
        found.append(Demand(order[mine], opens[mine], closes[mine], work, limit))
    holding = np.flatnonzero((alone.cause == PLACED) & (given.slots > 0))
    first = given.step_first[holding]
    last = first + given.open_steps[holding] - 1
    # An order holds its slots in at least one interval for each of these steps.
    held = given.slots[holding] * given.open_steps[holding]
    limit = np.full(problem.workers.shape[1], problem.slot_count, np.int64)
    return [*found, Demand(holding, opens[first], closes[last], held, limit)]


def _earliest(problem: ReleaseProblem, given: ReleaseInput) -> NDArray[np.int64]:
    """Give the first interval in which each step can be worked at, each order alone."""
    intervals = problem.workers.shape[1]
    # From each interval, the next one in which the zone has people; T when there is none.
    at = np.where(problem.workers > 0, np.arange(intervals), intervals)
    beyond = np.full((len(at), 1), intervals)
    at = np.append(np.minimum.accumulate(at[:, ::-1], axis=1)[:, ::-1], beyond, axis=1)
    begin, end = given.step_first[:-1], given.step_first[1:]
    opens = np.zeros(len(given.step_zone), np.int64)
    free = given.first.copy()
    for place in range(int((end - begin).max(initial=0))):
        rows = np.flatnonzero(begin + place < end)
        step = begin[rows] + place
        room = np.where(step == end[rows] - 1, given.door_opens[rows], 0)
        room = np.where(step == end[rows] - 2, given.lane_opens[rows], room)
        found = np.minimum(np.maximum(free[rows], room), intervals)
        opens[step] = at[given.step_zone[step], found]
        free[rows] = opens[step] + 1
    return opens


def _opening(
    count: int, wanted_us: NDArray[np.int64], departs_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give from when each departure has a lane (or door): first wanted, first served."""
    free_us = [np.iinfo(np.int64).min] * count
    opens_us = departs_us.copy()  # without any there is no time before it leaves
    for departure in np.lexsort((departs_us, wanted_us)):
        if not count:
            break
        at = int(np.argmin(free_us))
        opens_us[departure] = max(int(wanted_us[departure]), free_us[at])
        if opens_us[departure] < departs_us[departure]:
            free_us[at] = int(departs_us[departure])
    return opens_us
