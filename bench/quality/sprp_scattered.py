"""Single tours over scattered storage, 5,400 orders of Hessler and Irnich (2024), all proven.

Each is solved on both floors with 100 ms, and a sample of them with 10 s, on two threads. The
demand is added up here, and the tour is walked by `check_tour`; neither shares code with the
solver.

Published values of orders with varying demand are not compared with on two blocks: some cannot be
reached. `varying_F2_m10_C60_a3_24` is given 182, yet of all 16,384 choices of its 14 positions
none that holds the demand has a tour below 192. On one block, and with unit demand on two, no
answer or bound contradicts them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.check_tour import check_tour
from slotline.optimizer.scattered import route_scattered
from slotline.optimizer.scattered_problem import ScatteredProblem
from slotline.optimizer.tour import TourStatus

from .rows import Row
from .sprp import read_best, read_instances

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.optimizer.scattered import ScatteredPlan

    from .rows import Plan
    from .sprp import SprpInstance

FOLDER: Final = "sprp-scattered"
_COLUMN: Final = {1: "optimal_single_block", 2: "optimal_two_block"}
_SEED: Final = 20_240_603
_THREADS: Final = 2
_LIMITS_S: Final = (0.1, 10.0)
_SAMPLE: Final = {0.1: None, 10.0: 200}
_SAMPLE_SMOKE: Final = {0.1: 400, 10.0: 5}


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve orders on both floors.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice has a fixed random sample.

    Returns
    -------
    rows : list of Row
        Values in the unit of the set.
    """
    instances = list(read_instances(folder))
    best = {blocks: read_best(folder, column) for blocks, column in _COLUMN.items()}
    for blocks in _COLUMN:
        # Compiles all of it, however long that takes.
        largest = max(instances, key=lambda instance: len(instance.shelves))
        problem = scattered_problem(largest, blocks)
        route_scattered(problem, 600.0, _SEED, _THREADS, iterations_max=1)
    order = np.random.default_rng(_SEED).permutation(len(instances))
    rows = []
    for limit_s in _LIMITS_S:
        count = (_SAMPLE_SMOKE if plan.smoke else _SAMPLE)[limit_s]
        sample = [instances[row] for row in np.sort(order[:count])]
        for blocks in _COLUMN:
            rows += [_row(instance, blocks, best[blocks], limit_s) for instance in sample]
    return sorted(rows, key=lambda row: row.group)


def scattered_problem(instance: SprpInstance, block_count: int) -> ScatteredProblem:
    """Give an instance as the solver takes it.

    Parameters
    ----------
    instance : SprpInstance
        An order.
    block_count : int
        1 or 2.

    Returns
    -------
    problem : ScatteredProblem
        Lengths in the unit of the set, items in the order of their articles.
    """
    rectangle = instance.floor(block_count)
    articles = sorted(instance.demand)
    shelves = sorted(shelf for shelf in instance.shelves if shelf[0] in instance.demand)
    return ScatteredProblem(
        rectangle,
        instance.depot(rectangle),
        np.searchsorted([shelf[0] for shelf in shelves], [*articles, articles[-1] + 1]),
        np.array([aisle for _, aisle, _, _ in shelves]),
        np.array([instance.cell_y(cell, block_count) for _, _, cell, _ in shelves]),
        np.array([quantity for _, _, _, quantity in shelves]),
        np.array([instance.demand[article] for article in articles]),
    )


def _row(instance: SprpInstance, block_count: int, best: dict[str, int], limit_s: float) -> Row:
    problem = scattered_problem(instance, block_count)
    begun = time.perf_counter()
    plan = route_scattered(problem, limit_s, _SEED, _THREADS)
    seconds = time.perf_counter() - begun
    kind = instance.name.split("_")[0]
    comparable = block_count == 1 or kind == "unit"
    proven = plan.status is TourStatus.OPTIMAL
    value = plan.tour.length_mm + instance.depot_walk
    faults = _faults(instance, block_count, problem, plan)
    published = best[instance.name] if comparable else None
    if published is not None and not plan.tour.bound_mm + instance.depot_walk <= published <= value:
        faults.append(f"{plan.tour.bound_mm} to {value}, the proven optimum is {published}")
    return Row(
        group=f"{limit_s:g} s, {block_count} blocks, {kind} demand",
        instance=instance.name,
        value=value,
        best=published,
        seconds=seconds,
        proven=proven,
        faults=tuple(faults),
    )


def _faults(
    instance: SprpInstance, block_count: int, problem: ScatteredProblem, plan: ScatteredPlan
) -> list[str]:
    """Look the positions up in the file, add up what is taken there, walk the tour."""
    held = {
        (article, aisle, instance.cell_y(cell, block_count)): 0
        for article, aisle, cell, _ in instance.shelves
    }
    for article, aisle, cell, quantity in instance.shelves:
        held[article, aisle, instance.cell_y(cell, block_count)] += quantity
    lacking = dict(instance.demand)
    articles = [
        article
        for article in sorted(instance.demand)
        for _ in range(sum(shelf[0] == article for shelf in instance.shelves))
    ]
    found = []
    for row, units in zip(plan.position.tolist(), plan.units.tolist(), strict=True):
        place = (
            articles[row], int(problem.position_aisle[row]), int(problem.position_y_mm[row])
        )  # fmt: skip
        held[place] -= units
        lacking[articles[row]] -= units
        if units <= 0 or held[place] < 0:
            found.append(f"{units} units are taken at {place}, which leaves {held[place]}")
    found += [f"article {article} lacks {n} units" for article, n in lacking.items() if n != 0]
    aisle = problem.position_aisle[plan.position].tolist()
    y_mm = problem.position_y_mm[plan.position].tolist()
    return found + check_tour(
        problem.rectangle, aisle, y_mm, problem.depot, problem.depot, plan.tour
    )
