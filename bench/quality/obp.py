"""Order batching on one block: Henn and Waescher (30 to 100 orders), Muter and Oncan (20 to 100).

Every instance is solved at each time limit with two threads. Classes are by orders and capacity
together where the goal names one of its own. The solver is never given the published values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from slotline.optimizer.solve_batches import solve_batches

from .obp_format import check_plan, read_best, read_instances
from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from .obp_format import BatchingInstance
    from .rows import Plan

FOLDER: Final = "."
"""Two sets lie beside each other."""
_HENN: Final = "obp-henn-waescher"
_MUTER: Final = "obp-muter-oncan"
_MUTER_END_CELL_MM: Final = 1_500
"""The values belong to a way of 1.5 between cross-aisle and cell; the files say 1."""
_LIMITS_S: Final = (1.0, 10.0)
_SMOKE_STEP: Final = 16
_SEED: Final = 1
_THREADS: Final = 2


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve every instance of both sets.

    Parameters
    ----------
    folder : Path
        Holds both sets.
    plan : Plan
        The slice takes every sixteenth instance, at the shorter limit.

    Returns
    -------
    rows : list of Row
        Values in thousandths of the sets' unit.
    """
    rows = []
    for name, column, end_cell_mm in (
        (_HENN, "best_known", None),
        (_MUTER, "bks_wg_geometry", _MUTER_END_CELL_MM),
    ):
        best = read_best(folder / name / "best_known.csv", "file", column)
        instances = read_instances(folder / name / "instances.tar.gz", end_cell_mm)
        chosen = list(best)[:: _SMOKE_STEP if plan.smoke else 1]
        solve_batches(instances[chosen[-1]].problem(), 0.05, _SEED, _THREADS)  # compiles
        for limit_s in _LIMITS_S[: 1 if plan.smoke else None]:
            rows += [
                solve_instance(f"{name}, {limit_s:g} s", instances[file], best[file], limit_s)
                for file in chosen
            ]
    return rows


def solve_instance(group: str, instance: BatchingInstance, best: int, limit_s: float) -> Row:
    """Solve one instance and check the answer.

    Parameters
    ----------
    group : str
        Class of the row, to which the instance's size is added.
    instance : BatchingInstance
        The instance.
    best : int
        Best known value.
    limit_s : float
        Time limit.

    Returns
    -------
    row : Row
        With the checker's value.
    """
    answer = solve_batches(instance.problem(), limit_s, _SEED, _THREADS)
    value, faults = check_plan(instance, answer)
    size = "over 60 orders" if len(instance.load) > 60 else "to 60 orders"
    return Row(
        group=f"{group.removeprefix('obp-')}, {size}, {instance.capacity}",
        instance=instance.name,
        value=value,
        best=best,
        seconds=answer.seconds,
        proven=answer.total_mm == answer.bound_mm,
        faults=tuple(faults),
    )
