"""5,000 orders in one call: the plan after 30 seconds beside our own after ten minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.optimizer.batching import BatchingProblem, Cart
from slotline.optimizer.check_batches import check_batches
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.solve_batches import solve_batches

from .rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan

FOLDER: Final = None
_ORDERS: Final = 5_000
_AISLES: Final = 40
_BAYS: Final = 60
_SHORT_S: Final = 30.0
_LONG_S: Final = 600.0
_SEED: Final = 1
_THREADS: Final = 2


def measure(folder: Path | None, plan: Plan) -> list[Row]:
    """Solve the same orders twice.

    Parameters
    ----------
    folder : Path or None
        Not used.
    plan : Plan
        The slice leaves the long run out, so it tells no gap.

    Returns
    -------
    rows : list of Row
        Values in mm, the long run first.
    """
    problem = large_problem(_ORDERS, _SEED)
    rows = []
    best = None
    for limit_s in (_SHORT_S,) if plan.smoke else (_LONG_S, _SHORT_S):
        answer = solve_batches(problem, limit_s, _SEED, _THREADS)
        best = answer.total_mm if limit_s == _LONG_S else best
        rows.append(
            Row(
                group=f"{_ORDERS:,} orders, {limit_s:g} s",
                instance=f"seed {_SEED}",
                value=answer.total_mm,
                best=best,
                seconds=answer.seconds,
                faults=tuple(check_batches(problem, answer)),
            )
        )
    return rows


def large_problem(order_count: int, seed: int) -> BatchingProblem:
    """Draw orders of one to eight lines, few of them long, half of the lines in a fifth of aisles.

    Parameters
    ----------
    order_count : int
        Orders.
    seed : int
        Seed.

    Returns
    -------
    problem : BatchingProblem
        On one block of 40 aisles of 60 bays, carts of 30 lines and 200 kg.
    """
    draw = np.random.Generator(np.random.PCG64(seed))
    lines = np.minimum(draw.geometric(0.4, order_count), 8)
    stop_count = int(lines.sum())
    hot = draw.random(stop_count) < 0.5
    aisle = np.where(
        hot, draw.integers(0, _AISLES // 5, stop_count), draw.integers(0, _AISLES, stop_count)
    )
    return BatchingProblem(
        Rectangle(np.arange(_AISLES) * 3_200, np.array([0, (_BAYS + 1) * 1_000])),
        Place(0, 0),
        np.append(0, np.cumsum(lines)),
        aisle,
        draw.integers(1, _BAYS + 1, stop_count) * 1_000,
        Cart(slots=30, weight_g=200_000),
        slots=lines,
        weight_g=lines * draw.integers(500, 9_000, order_count),
    )
