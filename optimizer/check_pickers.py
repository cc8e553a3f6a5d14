"""Check a plan of several pickers by walking it, with nothing in common with what made it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from ..kernels.columns import FAR_MM

if TYPE_CHECKING:
    from .pickers_problem import PickersPlan, PickersProblem


def check_pickers(problem: PickersProblem, plan: PickersPlan) -> list[str]:
    """Say what is wrong with a plan.

    Parameters
    ----------
    problem : PickersProblem
        The problem.
    plan : PickersPlan
        The answer.

    Returns
    -------
    faults : list of str
        Empty when every stop is in one tour or named once as left or unservable, those named
        unservable are so and the others are not, every tour keeps windows, shift and cart and has
        the lengths and times claimed, and the plan is neither below its bound nor worse than the
        tours that its search began with.
    """
    tours = [[int(stop) for stop in tour] for tour in plan.tours()]
    pickers = len(problem.pickers.start_place)
    if len(tours) != pickers or len(plan.begin_us) != len(plan.stop):
        return [f"{len(tours)} tours and {len(plan.begin_us)} begins for {pickers} pickers "
                f"and {len(plan.stop)} stops"]  # fmt: skip
    faults = _check_members(problem, plan, tours)
    if faults:
        return faults
    first = 0
    for picker, tour in enumerate(tours):
        begin_us = [int(us) for us in plan.begin_us[first : first + len(tour)]]
        first += len(tour)
        found = _check_tour(problem, picker, tour, begin_us)
        length_mm, finish_us = _walk(problem, picker, tour, begin_us)
        if length_mm != plan.length_mm[picker]:
            found.append(f"{plan.length_mm[picker]} mm are claimed, expected {length_mm}")
        if finish_us != plan.finish_us[picker]:
            found.append(f"it is said to end at {plan.finish_us[picker]}, expected {finish_us}")
        faults += [f"picker {picker}: {fault}" for fault in found]
    if (len(plan.left), plan.total_mm) > (plan.start_left, plan.start_mm):
        faults.append(f"{plan.total_mm} mm with {len(plan.left)} left is worse than the start's "
                      f"{plan.start_mm} with {plan.start_left}")  # fmt: skip
    if plan.total_mm < plan.bound_mm:
        faults.append(f"the total is {plan.total_mm} mm, below its bound {plan.bound_mm} mm")
    return faults


def _check_members(problem: PickersProblem, plan: PickersPlan, tours: list[list[int]]) -> list[str]:
    named = [stop for stop, _ in (*plan.unservable, *plan.left)]
    count = Counter([*named, *(stop for tour in tours for stop in tour)])
    faults = [
        f"stop {stop} is named or served {count[stop]} times, expected 1"
        for stop in sorted(set(count) | set(range(len(problem.stops))))
        if count[stop] != 1 or not 0 <= stop < len(problem.stops)
    ]
    faults += [f"stop {s} is left without a reason" for s, why in (*plan.unservable, *plan.left)
               if not why]  # fmt: skip
    if faults:
        return faults
    unservable = {stop for stop, _ in plan.unservable}
    for stop in range(len(problem.stops)):
        if any(
            not _check_tour(problem, picker, [stop], [_earliest_us(problem, picker, stop)])
            for picker in range(len(problem.pickers.start_place))
        ) == (stop in unservable):
            verb = "can" if stop in unservable else "cannot"
            faults.append(f"stop {stop} {verb} be served by some picker alone")
    return faults


def _earliest_us(problem: PickersProblem, picker: int, stop: int) -> int:
    """Give when the work at a stop begins if it is the first one."""
    start_us = int(problem.pickers.shift_start_us[picker])
    start = int(problem.pickers.start_place[picker])
    there_us = start_us + _way_us(problem, picker, start, int(problem.stops.place[stop]))
    opens = problem.stops.opens_us
    return there_us if opens is None else max(there_us, int(opens[stop]))


def _way_us(problem: PickersProblem, picker: int, source: int, target: int) -> int:
    mm_per_s = int(problem.pickers.mm_per_s[picker])
    return (int(problem.walked_mm[source, target]) * 10**6 + mm_per_s - 1) // mm_per_s


def _check_tour(
    problem: PickersProblem, picker: int, tour: list[int], begin_us: list[int]
) -> list[str]:
    """Follow a picker through the day."""
    stops, pickers = problem.stops, problem.pickers
    faults = []
    at, free_us = int(pickers.start_place[picker]), int(pickers.shift_start_us[picker])
    for stop, us in zip(tour, begin_us, strict=True):
        place = int(stops.place[stop])
        if problem.walked_mm[at, place] >= FAR_MM:
            faults.append(f"there is no way from place {at} to stop {stop}")
        there_us = free_us + _way_us(problem, picker, at, place)
        if us < there_us:
            faults.append(f"work at stop {stop} begins at {us}, before it is there at {there_us}")
        if stops.opens_us is not None and us < stops.opens_us[stop]:
            faults.append(f"work at stop {stop} begins at {us}, before {stops.opens_us[stop]}")
        free_us = us + (0 if stops.work_us is None else int(stops.work_us[stop]))
        if stops.due_us is not None and free_us > stops.due_us[stop]:
            faults.append(f"stop {stop} is done at {free_us}, after {stops.due_us[stop]}")
        at = place
    end = int(pickers.end_place[picker])
    if tour and problem.walked_mm[at, end] >= FAR_MM:
        faults.append(f"there is no way from place {at} to the end")
    back_us = _walk(problem, picker, tour, begin_us)[1]
    if back_us > pickers.shift_end_us[picker]:
        faults.append(f"it is back at {back_us}, after {pickers.shift_end_us[picker]}")
    for name, of_stops, of_carts in problem.limits():
        load = sum(int(of_stops[stop]) for stop in tour)
        if load > of_carts[picker]:
            faults.append(f"{name} is {load}, the cart holds {of_carts[picker]}")
    return faults


def _walk(
    problem: PickersProblem, picker: int, tour: list[int], begin_us: list[int]
) -> tuple[int, int]:
    """Give length and end of a tour with these begins."""
    pickers, stops = problem.pickers, problem.stops
    if not tour:
        return 0, int(pickers.shift_start_us[picker])
    end = int(pickers.end_place[picker])
    places = [int(pickers.start_place[picker]), *(int(stops.place[stop]) for stop in tour), end]
    length_mm = sum(int(problem.walked_mm[way]) for way in pairwise(places))
    work_us = 0 if stops.work_us is None else int(stops.work_us[tour[-1]])
    return length_mm, begin_us[-1] + work_us + _way_us(problem, picker, places[-2], end)
