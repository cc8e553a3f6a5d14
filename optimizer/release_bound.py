"""What any release plan can meet at most, and which orders no better plan meets.

The work that must be done by a zone between two intervals cannot be more than its people have
there; the same holds for slots, which every order keeps for some intervals at least. The linear
relaxation over all these conditions is solved with the violated ones alone, added by and by. Its
prices prove the bound without trust in the solver: for prices of 0 or more, no plan is worth more
than the priced limits and what the orders are worth above the price of their work.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from ortools.linear_solver.python import model_builder

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS_A_ROUND: Final = 2
"""Conditions added at once for each zone."""
_ROUNDS_MAX: Final = 40
_ROUNDING: Final = 1e-6
_SOLVE_SECONDS_MAX: Final = 1e6
_SECONDS_A_TERM: Final = 2e-6
"""About so long the relaxation takes to write down, for each order of each condition."""


class Demand(NamedTuple):
    """Work that orders need of one resource, all of it within a window of intervals.

    Attributes
    ----------
    order : int64[M]
        Rows of the orders.
    opens, closes : int64[M]
        First and last interval.
    work : int64[M]
        How much, at least 1.
    limit : int64[T]
        How much there is of it by interval.
    """

    order: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    work: NDArray[np.int64]
    limit: NDArray[np.int64]


class ReleaseBound(NamedTuple):
    """A proven bound, and what is known of each order.

    Attributes
    ----------
    weight : float
        No plan is worth more.
    price : float64[O]
        What an order's work costs at the prices of the relaxation.
    part : float64[O]
        Part of each order in the relaxation's solution, 0 to 1.
    lost : float64[O]
        A plan with this order is worth at most `weight` less this.
    """

    weight: float
    price: NDArray[np.float64]
    part: NDArray[np.float64]
    lost: NDArray[np.float64]


def bound_release(
    weight: NDArray[np.int64], demands: list[Demand], deadline: float
) -> ReleaseBound:
    """Bound the worth of orders that can be met together.

    Parameters
    ----------
    weight : int64[O]
        Worth of each order; 0 for one that cannot be met alone.
    demands : list of Demand
        What they need.
    deadline : float
        Time of `time.perf_counter` after which no further condition is sought.

    Returns
    -------
    bound : ReleaseBound
        Valid whenever it stopped.
    """
    part = (weight > 0).astype(np.float64)
    rows: list[tuple[NDArray[np.int64], NDArray[np.int64], int]] = []
    seen: set[tuple[int, int, int]] = set()
    best = _priced(weight, rows, np.empty(0), part)
    longest_s = 0.0
    for _ in range(_ROUNDS_MAX):
        begun = time.perf_counter()
        found = [
            (at, *window)
            for at, demand in enumerate(demands)
            for window in _violated(demand, part)
            if (at, *window) not in seen
        ]
        if not found:
            break
        seen.update(found)
        rows += [_row(demands[at], opens, closes) for at, opens, closes in found]
        terms = sum(len(orders) for orders, _, _ in rows)
        left_s = deadline - time.perf_counter()
        if left_s <= max(longest_s, _SECONDS_A_TERM * terms):
            break
        solved = _solve(weight, rows, left_s)
        if solved is None:
            break
        part, price = solved
        bound = _priced(weight, rows, price, part)
        if bound.weight <= best.weight:
            best = bound
        longest_s = max(longest_s, time.perf_counter() - begun)
    return best


def _violated(demand: Demand, part: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Give the windows in which most work is missing, as (first interval, last interval)."""
    count = len(demand.limit)
    work = np.bincount(
        demand.opens * count + demand.closes,
        weights=demand.work * part[demand.order],
        minlength=count * count,
    ).reshape(count, count)
    inside = np.cumsum(np.cumsum(work[::-1], axis=0)[::-1], axis=1)
    limit = np.concatenate(([0], np.cumsum(demand.limit)))
    over = inside - (limit[None, 1:] - limit[:-1, None])
    over[np.tril_indices(count, -1)] = 0.0
    over[over <= _ROUNDING * max(1.0, float(limit[-1]))] = 0.0
    worst = np.argsort(-over, axis=None, kind="stable")[:_ROWS_A_ROUND]
    return [
        (int(at) // count, int(at) % count) for at in worst if over[at // count, at % count] > 0
    ]


def _row(
    demand: Demand, opens: int, closes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Give the orders of a condition, their work, and its limit."""
    inside = np.flatnonzero((demand.opens >= opens) & (demand.closes <= closes))
    orders, at = np.unique(demand.order[inside], return_inverse=True)
    work = np.bincount(at, weights=demand.work[inside]).astype(np.int64)
    return orders, work, int(demand.limit[opens : closes + 1].sum())


def _solve(
    weight: NDArray[np.int64],
    rows: list[tuple[NDArray[np.int64], NDArray[np.int64], int]],
    seconds_max: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Give each order's part and each condition's price, None if it is not solved."""
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    used = np.unique(np.concatenate([orders for orders, _, _ in rows]))
    used = used[weight[used] > 0]
    variable = {int(order): model.new_num_var(0.0, 1.0, f"order {order}") for order in used}
    conditions = []
    for orders, work, limit in rows:
        live = weight[orders] > 0
        # Work in parts of the limit keeps the numbers near 1.
        scale = max(limit, 1)
        terms = model_builder.LinearExpr.weighted_sum(
            [variable[order] for order in orders[live].tolist()], (work[live] / scale).tolist()
        )
        conditions.append(model.add(terms <= limit / scale))
    model.maximize(
        model_builder.LinearExpr.weighted_sum(
            list(variable.values()), weight[used].astype(float).tolist()
        )
    )
    solver = model_builder.Solver("GLOP")
    # Few conditions over many orders, each at its limit in the beginning: a sixteenth of the time.
    solver.set_solver_specific_parameters("use_dual_simplex: true")
    solver.set_time_limit_in_seconds(min(seconds_max, _SOLVE_SECONDS_MAX))
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return None
    part = (weight > 0).astype(np.float64)
    part[used] = [solver.value(one) for one in variable.values()]
    price = [solver.dual_value(condition) for condition in conditions]
    limits = np.maximum([limit for _, _, limit in rows], 1)
    return np.clip(part, 0.0, 1.0), np.maximum(price, 0.0) / limits


def _priced(
    weight: NDArray[np.int64],
    rows: list[tuple[NDArray[np.int64], NDArray[np.int64], int]],
    price: NDArray[np.float64],
    part: NDArray[np.float64],
) -> ReleaseBound:
    """Prove a bound from prices."""
    dear = np.zeros(len(weight))
    limits = 0.0
    for (orders, work, limit), of_row in zip(rows, price, strict=True):
        dear[orders] += of_row * work
        limits += of_row * limit
    above = np.where(weight > 0, weight - dear, 0.0)
    bound = limits + float(np.maximum(above, 0.0).sum())
    return ReleaseBound(bound, dear, part, np.maximum(-above, 0.0))
