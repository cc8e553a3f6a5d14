"""Release planning backward from departures, and what cannot be met, named before release.

Orders are placed one by one as late as they can, most worth a minute first, so early time is left
for others. An upper bound on what can be met comes from a linear relaxation: the work that must be
done by a zone within some intervals cannot be more than its people have. For windows that are
intervals these conditions are all there are (Hall), so no set of them is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.linear_solver.python import model_builder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .release_problem import ReleaseProblem

_LEVEL_STEPS = 6  # halvings of the share of people: within 2 %


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
    weight, bound : int
        Worth of the orders met, and an upper bound on it.
    """

    planned_us: NDArray[np.int64]
    latest_us: NDArray[np.int64]
    step_begin: NDArray[np.int64]
    step_end: NDArray[np.int64]
    step_used_us: dict[tuple[int, int], int]
    cause: dict[int, str]
    weight: int
    bound: int

    @property
    def status(self) -> str:
        """``optimal`` when the misses are proven unavoidable, else ``feasible``."""
        return "optimal" if self.weight == self.bound else "feasible"


def plan_release(problem: ReleaseProblem) -> ReleasePlan:
    """Plan backward from departures, then level: the same orders with the fewest people at work.

    Parameters
    ----------
    problem : ReleaseProblem

    Returns
    -------
    ReleasePlan
    """
    first, last = _windows(problem)
    full = _Backward(problem, first, last, 1 << _LEVEL_STEPS)
    low, high, best = 0, 1 << _LEVEL_STEPS, full
    while high - low > 1:
        share = (low + high) // 2
        tried = _Backward(problem, first, last, share)
        if tried.cause.keys() == full.cause.keys():
            high, best = share, tried
        else:
            low = share
    met = np.array([o not in full.cause for o in range(len(first))], dtype=bool)
    begin = best.step_begin[problem.step_first[:-1]]
    planned_us = np.where(met, problem.start_us + begin * problem.interval_us, -1)
    planned_us = np.where(met, np.maximum(planned_us, problem.order_ready_us), -1)
    everyone = problem.workers * problem.interval_us
    latest_us = planned_us.copy()
    for order in np.flatnonzero(met):
        alone = full.walk(int(order), everyone, int(last[order]))
        if not isinstance(alone, str):
            at = problem.start_us + min(at for _, at in alone) * problem.interval_us
            latest_us[order] = max(at, int(planned_us[order]))
    weight = int(problem.order_weight[met].sum())
    bound = max(weight, bound_weight(problem))
    return ReleasePlan(
        planned_us, latest_us, best.step_begin, best.step_end,
        best.used_us, full.cause, weight, bound,
    )  # fmt: skip


def release_now(plan: ReleasePlan, now_us: int) -> NDArray[np.int64]:
    """Give the orders whose planned release has come, most urgent first: streaming release."""
    due = np.flatnonzero((plan.planned_us >= 0) & (plan.planned_us <= now_us))
    return due[np.lexsort((due, plan.planned_us[due], plan.latest_us[due]))]


def waves(plan: ReleasePlan, start_us: int, wave_us: int) -> dict[int, NDArray[np.int64]]:
    """Give the orders of each classic wave by its begin: the last that is not after the plan."""
    met = np.flatnonzero(plan.planned_us >= 0)
    begins = start_us + (plan.planned_us[met] - start_us) // wave_us * wave_us
    return {int(begin): met[begins == begin] for begin in np.unique(begins)}


def bound_weight(problem: ReleaseProblem) -> int:
    """Give an upper bound on the worth of orders that any plan meets."""
    first, last = _windows(problem)
    sizes = np.diff(problem.step_first)
    order = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(order)) - problem.step_first[order]
    opens, closes = first[order] + place, last[order] - (sizes[order] - 1 - place)
    possible = (last - first + 1 >= sizes) & (problem.order_volume_ml <= problem.cart_volume_ml)
    possible &= problem.order_slots <= problem.slot_count
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    x = [model.new_num_var(0, int(p), f"order {o}") for o, p in enumerate(possible)]
    live = possible[order]
    for zone in range(len(problem.workers)):
        capacity = np.concatenate(([0], np.cumsum(problem.workers[zone]))) * problem.interval_us
        mine = live & (problem.step_zone == zone)
        for begin in np.unique(opens[mine]):
            for end in np.unique(closes[mine]):
                inside = np.flatnonzero(mine & (opens >= begin) & (closes <= end))
                room = int(capacity[end + 1] - capacity[begin]) if end >= begin else 0
                if problem.step_work_us[inside].sum() > room:
                    terms = [x[order[s]] * float(problem.step_work_us[s]) for s in inside]
                    model.add(sum(terms) <= float(room))
    model.maximize(sum(v * float(w) for v, w in zip(x, problem.order_weight, strict=True)))
    solver = model_builder.Solver("GLOP")
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return int(problem.order_weight[possible].sum())
    return int(np.floor(solver.objective_value + 1e-6))


def _windows(problem: ReleaseProblem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first and last interval each order may use, whole intervals alone."""
    up = problem.interval_us - 1
    first = problem.interval_of(problem.order_ready_us + up)
    last = problem.interval_of(problem.departs_us)[problem.order_departure] - 1
    return first, last


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


class _Backward:
    """One pass over all orders with a share of the people, in parts of 2 ** _LEVEL_STEPS."""

    def __init__(
        self,
        problem: ReleaseProblem,
        first: NDArray[np.int64],
        last: NDArray[np.int64],
        share: int,
    ) -> None:
        self.problem, self.first, self.last = problem, first, last
        self.left_us = problem.workers * problem.interval_us * share >> _LEVEL_STEPS
        self.open_slots = np.zeros(problem.workers.shape[1], np.int64)
        self.step_begin = np.full(len(problem.step_zone), -1, np.int64)
        self.step_end = self.step_begin.copy()
        self.used_us: dict[tuple[int, int], int] = {}
        self.cause: dict[int, str] = {}
        up = problem.interval_us - 1
        departs = problem.departs_us
        lane = _opening(problem.lane_count, problem.lane_from_us, departs)
        door = _opening(problem.door_count, problem.door_from_us, departs)
        self.lane_opens = problem.interval_of(lane + up)
        self.door_opens = problem.interval_of(door + up)
        sizes = np.diff(problem.step_first)
        work = np.add.reduceat(problem.step_work_us, problem.step_first[:-1]) if len(sizes) else 0
        dear = -problem.order_weight / work if len(sizes) else sizes
        for order in np.lexsort((np.arange(len(sizes)), last, dear)):
            why = self._place(int(order))
            if why:
                self.cause[int(order)] = why

    def _place(self, order: int) -> str:
        """Place one order as late as it can, or say why it cannot be, with nothing changed."""
        slots = int(self.problem.order_slots[order])
        if slots > self.problem.slot_count:
            return f"{slots} slots wanted, there are {self.problem.slot_count}"
        close = int(self.last[order])
        while True:
            taken = self.walk(order, self.left_us, close)
            if isinstance(taken, str):
                return self.why_slots(order, close) if close < self.last[order] else taken
            begin, closed = self._open(order, taken)
            over = self.open_slots[begin : closed + 1] + slots > self.problem.slot_count
            if not slots or not over.any():
                break
            close = begin + int(np.flatnonzero(over)[-1]) - 1  # be packed before the full one
        self.open_slots[begin : closed + 1] += slots
        for (step, at), part in taken.items():
            self.left_us[self.problem.step_zone[step], at] -= part
            self.step_end[step] = max(self.step_end[step], at)
            self.step_begin[step] = at if self.step_begin[step] < 0 else self.step_begin[step]
            self.step_begin[step] = min(self.step_begin[step], at)
        self.used_us.update(taken)
        return ""

    def walk(
        self, order: int, left_us: NDArray[np.int64], close: int
    ) -> dict[tuple[int, int], int] | str:
        """Give work by (step, interval) as late as it can be, or why there is none.

        ``close`` is the last interval in which the order may hold its slots.
        """
        problem = self.problem
        volume_ml, departure = problem.order_volume_ml[order], problem.order_departure[order]
        if volume_ml > problem.cart_volume_ml:
            return f"cart too small: {volume_ml} ml, a cart has {problem.cart_volume_ml} ml"
        a, b = int(problem.step_first[order]), int(problem.step_first[order + 1])
        end, taken = int(self.last[order]), {}
        if end - self.first[order] + 1 < b - a:
            return f"no time: {b - a} steps after {self._us(int(self.first[order]))}"
        for step in range(b - 1, a - 1, -1):
            opens = int(self.first[order]) + step - a
            place = {b - 1: ("door", self.door_opens), b - 2: ("lane", self.lane_opens)}
            if step in place:
                name, from_interval = place[step]
                opens = max(opens, int(from_interval[departure]))
                if from_interval[departure] > end:
                    return f"no {name} for departure {departure} before {self._us(end + 1)}"
            if step - a == self._open_steps(order) - 1:
                end = min(end, close)
            zone, need = problem.step_zone[step], int(problem.step_work_us[step])
            at = end
            while need and at >= opens:
                part = min(need, int(left_us[zone, at]))
                if part:
                    taken[step, at] = part
                need -= part
                at -= 1
            if need:
                return f"no capacity in zone {zone}, {self._us(opens)} to {self._us(end + 1)}"
            end = at
        return taken

    def why_slots(self, order: int, close: int) -> str:
        """Say between when the slots are too few."""
        return f"no slot between {self._us(close + 1)} and {self._us(int(self.last[order]) + 1)}"

    def _open_steps(self, order: int) -> int:
        count = int(self.problem.step_first[order + 1] - self.problem.step_first[order])
        return min(max(self.problem.open_steps, 1), count)

    def _open(self, order: int, taken: dict[tuple[int, int], int]) -> tuple[int, int]:
        """Give the first and last interval in which an order holds its slots."""
        until = int(self.problem.step_first[order]) + self._open_steps(order)
        return min(at for _, at in taken), max(at for step, at in taken if step < until)

    def _us(self, interval: int) -> int:
        return self.problem.start_us + interval * self.problem.interval_us
