"""Small batching problems, and what every partition of one costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from slotline.optimizer.batching import BatchingProblem, Cart
from slotline.optimizer.rectangle import Place, Rectangle
from slotline.optimizer.route import route

if TYPE_CHECKING:
    from collections.abc import Iterator

WALK_US_PER_MM = 800


def make_problem(
    seed: int, order_count: int, block_count: int = 1, *, due: bool = False
) -> BatchingProblem:
    """Draw orders of one to four stops on a floor of five aisles."""
    draw = np.random.default_rng(seed)
    lines = draw.integers(1, 5, order_count)
    stop_count = int(lines.sum())
    back_mm = 9_000 * block_count
    return BatchingProblem(
        Rectangle(np.arange(5) * 3_000, np.arange(block_count + 1) * 9_000),
        Place(int(draw.integers(5)), 0),
        np.append(0, np.cumsum(lines)),
        draw.integers(0, 5, stop_count),
        draw.integers(0, back_mm // 500 + 1, stop_count) * 500,
        Cart(slots=8, weight_g=20_000),
        slots=lines,
        weight_g=draw.integers(1_000, 9_000, order_count),
        due_us=draw.integers(20_000, 120_000, order_count) * 1_000 if due else None,
        handling_us=lines * 1_000_000 if due else None,
        walk_us_per_mm=WALK_US_PER_MM,
        setup_mm=700,
    )


def partitions(rows: list[int]) -> Iterator[list[list[int]]]:
    """Give every partition of some rows."""
    if not rows:
        yield []
        return
    for rest in partitions(rows[1:]):
        yield [[rows[0]], *rest]
        for at, part in enumerate(rest):
            yield [*rest[:at], [rows[0], *part], *rest[at + 1 :]]


def batch_length_mm(problem: BatchingProblem, members: list[int]) -> int:
    """Route a batch on its own."""
    ranges = [problem.stops_of(order) for order in members]
    aisle = np.concatenate([problem.stop_aisle[stops] for stops in ranges])
    y_mm = np.concatenate([problem.stop_y_mm[stops] for stops in ranges])
    return problem.setup_mm + route(problem.rectangle, aisle, y_mm, problem.depot).length_mm


def best_total_mm(problem: BatchingProblem, late: tuple[int, ...]) -> int:
    """Compare all partitions; late orders are alone."""
    known: dict[tuple[int, ...], int | None] = {}

    def cost(members: list[int]) -> int | None:
        key = tuple(members)
        if key not in known:
            known[key] = batch_cost_mm(problem, members)
        return known[key]

    totals = []
    for parts in partitions([row for row in range(problem.order_count) if row not in late]):
        costs = [cost(part) for part in parts]
        if None not in costs:
            totals.append(sum(value for value in costs if value is not None))
    return min(totals) + sum(batch_length_mm(problem, [order]) for order in late)


def batch_cost_mm(problem: BatchingProblem, members: list[int]) -> int | None:
    """Route a batch on its own; None where a cart cannot take it or it would be late."""
    for _, column, limit in problem.limits():
        if column[members].sum() > limit:
            return None
    length_mm = batch_length_mm(problem, members)
    if problem.due_us is not None and problem.handling_us is not None:
        took_us = length_mm * problem.walk_us_per_mm + problem.handling_us[members].sum()
        if problem.start_us + took_us > problem.due_us[members].min():
            return None
    return length_mm
