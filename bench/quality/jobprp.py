"""Joint batching and routing of 8 to 12 orders by Bahceci and Oncan: every optimum is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from slotline.optimizer.solve_batches import solve_batches

from .obp_format import check_plan, read_best, read_instances
from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan

FOLDER: Final = "jobprp-bahceci-oncan"
_SMOKE_STEP: Final = 10
_LIMIT_S: Final = 1.0


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve every instance.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        The slice takes every tenth instance.

    Returns
    -------
    rows : list of Row
        Values in thousandths of the set's unit.
    """
    best = read_best(folder / "best_known.csv", "filename", "optimal")
    instances = read_instances(folder / "instances.tar.gz")
    chosen = list(best)[:: _SMOKE_STEP if plan.smoke else 1]
    rows = []
    for file in chosen:
        instance = instances[file]
        answer = solve_batches(instance.problem(), _LIMIT_S, 0)
        value, faults = check_plan(instance, answer)
        rows.append(
            Row(
                group=f"{len(instance.load)} orders",
                instance=file,
                value=value,
                best=best[file],
                seconds=answer.seconds,
                proven=answer.total_mm == answer.bound_mm,
                faults=tuple(faults),
            )
        )
    return rows
