"""Single tours in one and two blocks, 1,200 orders of Hessler and Irnich (2024): all are proven.

Each is solved by `route`, walk and all, and checked by walking it. Then the compiled kernels alone
are timed on the same orders, floor by floor: in those rows the time is the mean of one tour.
"""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.kernels.tour_blocks import CHOICES, shortest_tours_mm
from slotline.kernels.tour_one_block import one_block_lengths_mm
from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.route import route
from slotline.optimizer.tour import TourStatus
from slotline.optimizer.tour_states import tour_states

from .rows import Row
from .sprp import read_best, read_instances

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .rows import Plan
    from .sprp import SprpInstance

FOLDER: Final = "sprp-single"
_COLUMN: Final = {1: "optimal_single_block", 2: "optimal_two_block"}
_SMOKE_STEP: Final = 10
_KERNEL_RUNS: Final = 20


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve every order on both floors.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice takes every tenth order.

    Returns
    -------
    rows : list of Row
        Values in the unit of the set.
    """
    instances = list(read_instances(folder))[:: _SMOKE_STEP if plan.smoke else 1]
    rows = []
    for block_count, column in _COLUMN.items():
        best = read_best(folder, column)
        _row(instances[0], block_count, best)  # compiles
        rows += [_row(instance, block_count, best) for instance in instances]
        rows += _kernel_rows(instances, block_count, best, choices=True)
    return rows + _kernel_rows(instances, 1, read_best(folder, _COLUMN[1]), choices=False)


def _row(instance: SprpInstance, block_count: int, best: dict[str, int]) -> Row:
    rectangle = instance.floor(block_count)
    depot = instance.depot(rectangle)
    aisle = np.array([aisle for _, aisle, _, _ in instance.shelves])
    y_mm = np.array([instance.cell_y(cell, block_count) for _, _, cell, _ in instance.shelves])
    begun = time.perf_counter()
    tour = route(rectangle, aisle, y_mm, depot)
    seconds = time.perf_counter() - begun
    return Row(
        group=f"{block_count} blocks, {rectangle.aisle_count} aisles",
        instance=instance.name,
        value=tour.length_mm + instance.depot_walk,
        best=best[instance.name],
        seconds=seconds,
        proven=tour.status is TourStatus.OPTIMAL,
        faults=tuple(check_tour(rectangle, aisle, y_mm, depot, depot, tour)),
    )


def _kernel_rows(
    instances: list[SprpInstance], block_count: int, best: dict[str, int], *, choices: bool
) -> list[Row]:
    """Time a kernel alone, the orders of one floor in one call."""
    floors: dict[tuple[int, ...], list[SprpInstance]] = defaultdict(list)
    for instance in instances:
        floors[tuple(instance.numbers[key] for key in ("NUM_AISLES", "NUM_CELLS"))].append(instance)
    seconds = 0.0
    rows = []
    for members in floors.values():
        length_mm = np.empty(len(members), np.int64)
        run = _kernel_run(members, block_count, length_mm, choices=choices)
        run()
        times = []
        for _ in range(_KERNEL_RUNS):
            begun = time.perf_counter()
            run()
            times.append(time.perf_counter() - begun)
        seconds += sum(times) / _KERNEL_RUNS
        rows += [
            (m, int(length) + m.depot_walk) for m, length in zip(members, length_mm, strict=True)
        ]
    group = f"{block_count} blocks, kernel, {'with choices' if choices else 'length only'}"
    return [Row(group, m.name, value, best[m.name], seconds / len(rows), True) for m, value in rows]


def _kernel_run(
    members: list[SprpInstance], block_count: int, length_mm: np.ndarray, *, choices: bool
) -> Callable[[], None]:
    """Lay the orders of one floor out for its kernel."""
    rectangle = members[0].floor(block_count)
    tours = [
        sorted(
            (aisle, instance.cell_y(cell, block_count)) for _, aisle, cell, _ in instance.shelves
        )
        for instance in members
    ]
    for tour, instance in zip(tours, members, strict=True):
        tour.append(tuple(instance.depot(rectangle)))
        tour.sort()
    aisle = np.array([aisle for tour in tours for aisle, _ in tour], dtype=np.int32)
    y_mm = np.array([y for tour in tours for _, y in tour], dtype=np.int64)
    first = np.array([0, *accumulate(map(len, tours))], dtype=np.int64)
    x, cross = rectangle.aisle_x_mm, rectangle.cross_y_mm
    if not choices:
        return lambda: one_block_lengths_mm(x, cross[0], cross[1], aisle, y_mm, first, length_mm)
    states = tour_states(block_count, closed=True)
    classes = len(states.across_weight)
    aisles_max = rectangle.aisle_count
    arguments = (
        x, cross, aisle, y_mm, first, np.zeros(len(aisle), np.bool_),
        states.after_choice, states.drops, states.across_weight, states.complete, states.empty,
        np.empty((2, classes), np.int64),
        np.empty(len(CHOICES), np.int64), np.empty(len(CHOICES), np.int64),
        np.empty((aisles_max * block_count, classes), np.int8),
        np.empty((aisles_max * block_count, classes), np.int16),
        np.empty((aisles_max, classes), np.int16),
        length_mm,
    )  # fmt: skip
    return lambda: shortest_tours_mm(*arguments)
