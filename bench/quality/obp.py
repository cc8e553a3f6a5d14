"""Order batching on one block: what the sets of it have in common.

Every instance is solved at each time limit with two threads. Classes are by orders and capacity
together where the goal names one of its own. The solver is never given the published values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from slotline.optimizer.solve_batches import solve_batches

from .obp_format import check_plan, read_best, read_instances
from .rows import Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .obp_format import BatchingInstance
    from .rows import Plan

_SMOKE_STEP: Final = 16
_SEED: Final = 1
_THREADS: Final = 2


def measure_set(
    folder: Path, plan: Plan, *, column: str, end_cell_mm: int | None, limits_s: Sequence[float]
) -> list[Row]:
    """Solve every instance of a set.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice takes every sixteenth instance, at the first limit.
    column : str
        Of the best known values.
    end_cell_mm : int, optional
        Way between cross-aisle and cell that these belong to; None for that of the files.
    limits_s : sequence of float
        Time limits, the shortest first.

    Returns
    -------
    rows : list of Row
        Values in thousandths of the set's unit.
    """
    best = read_best(folder / "best_known.csv", "file", column)
    instances = read_instances(folder / "instances.tar.gz", end_cell_mm)
    chosen = list(best)[:: _SMOKE_STEP if plan.smoke else 1]
    return [
        _solve(instances[file], best[file], limit_s)
        for limit_s in limits_s[: 1 if plan.smoke else None]
        for file in chosen
    ]


def _solve(instance: BatchingInstance, best: int, limit_s: float) -> Row:
    answer = solve_batches(instance.problem(), limit_s, _SEED, _THREADS)
    value, faults = check_plan(instance, answer)
    size = "over 60 orders" if len(instance.load) > 60 else "to 60 orders"
    return Row(
        group=f"{limit_s:g} s, {size}, {instance.capacity}",
        instance=instance.name,
        value=value,
        best=best,
        seconds=answer.seconds,
        proven=answer.total_mm == answer.bound_mm,
        faults=tuple(faults),
    )
