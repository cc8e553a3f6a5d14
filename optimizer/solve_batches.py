"""Find batches: exactly when orders are few, else by annealing and set partitioning."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from ..kernels.batch_length import BatchFloor, union_length_mm
from ..kernels.batch_list import count_batches
from ..kernels.batch_state import ANY_TIME_US, BatchOrders
from ..kernels.batch_subsets import SUBSET_ORDERS_MAX, best_partition_mm
from .batch_columns import BatchColumns, batch_columns
from .batch_partition import (
    Partition,
    Parts,
    best_partition,
    listed_parts,
    measured_parts,
    met_parts,
)
from .batch_search import SHARED_ORDERS_MIN, search_batches
from .batching import BatchPlan
from .budget import Budget
from .columns import check_search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .batching import BatchingProblem

_SUBSET_WORDS_MAX: Final = 1 << 22
_SAMPLES: Final = 3
_LIST_PART: Final = 0.15
"""At most this part of the time goes into listing all batches."""
_FEW_BATCHES: Final = 100_000
_ROUNDS: Final = ((0.003, 0.02), (0.03, 0.15), (0.4, 1.0))
_ONE_ROUND: Final = ((0.75, 1.0),)
"""Part of what is left of the time that is searched for, and part when the choice ends, of the
rounds in which few batches, and many, are chosen from all."""
_CHOOSE_MET_PART: Final = 0.12
_CHOOSE_MET_S_MAX: Final = 0.5
_CHOOSE_MET_ORDERS_MAX: Final = 4
"""Part of the time in which batches are chosen from those that a search has met: with more orders
than these in a batch, those never made a better plan."""


def solve_batches(
    problem: BatchingProblem,
    time_limit_s: float,
    seed: int,
    thread_count: int = 1,
    *,
    move_limit: int | None = None,
) -> BatchPlan:
    """Put orders together on carts so that all tours together are short.

    Parameters
    ----------
    problem : BatchingProblem
        Orders, floor and carts.
    time_limit_s : float
        Deadline from the call; with 0 or less the plan is that of `fifo_batches`, and says so.
    seed : int
        Seed of the search, 0 or more.
    thread_count : int
        Searches that run beside one another.
    move_limit : int, optional
        Moves for each search instead of the deadline: the answer is then always the same.

    Returns
    -------
    plan : BatchPlan
        Optimal for up to `SUBSET_ORDERS_MAX` orders that can share a batch, where there is time to
        compare all partitions, or a move limit. Of more, up to
        `SHARED_ORDERS_MIN`, batches are chosen out of all that are possible where a cart takes few
        orders: often proven to be the best, with a tight bound else. Otherwise out of those that
        a search has met, with the bound of all places in one tour.

    Raises
    ------
    ValueError
        No finite time limit, or no thread.
    """
    begun = time.perf_counter()
    check_search(time_limit_s, thread_count, seed)
    columns = batch_columns(problem)
    order_count = len(columns.row)
    start = fifo_batches(columns.floor, columns.orders)
    if order_count == 0:
        return _plan(problem, columns, start, begun, "every partition compared", exact=True)
    left_s = begun + time_limit_s - time.perf_counter()
    if _are_few(columns) and (move_limit is not None or _are_soon_compared(columns, left_s)):
        batch_of = _best_partition(columns)
        return _plan(problem, columns, batch_of, begun, "every partition compared", exact=True)
    if time_limit_s <= 0 and move_limit is None:
        reason = "the deadline had passed before the search: orders in the sequence they came"
        return _plan(problem, columns, start, begun, reason)
    if move_limit is not None or order_count >= SHARED_ORDERS_MIN:
        left_s = max(begun + time_limit_s - time.perf_counter(), 1e-3)
        budget = Budget(time.perf_counter(), left_s, move_limit)
        found = search_batches(columns, start, seed, thread_count, budget)
        reason = "time limit" if move_limit is None else "move limit"
        return _plan(problem, columns, found.batch_of, begun, reason)
    best = _partitioned(columns, start, seed, thread_count, begun + time_limit_s)
    reason = "time limit"
    if best.bound_mm == best.total_mm:
        reason = "no choice among all batches is shorter"
    return _plan(problem, columns, best.batch_of, begun, reason, bound_mm=best.bound_mm)


def _are_few(columns: BatchColumns) -> bool:
    """Whether all sets of orders, and their places, can be held."""
    order_count = len(columns.row)
    return order_count <= SUBSET_ORDERS_MAX and (
        columns.orders.words.shape[1] << order_count <= _SUBSET_WORDS_MAX
    )


def _are_soon_compared(columns: BatchColumns, seconds: float) -> bool:
    """Whether the tours of all batches that are possible take no longer, each as long as the last.

    A tour of all orders takes longer than one of some.
    """
    orders = columns.orders
    order_count = len(columns.row)
    batch_count = count_batches(orders, order_count, 1 << order_count)
    union = np.bitwise_or.reduce(orders.words, axis=0)[None]
    took_s = np.inf
    for _ in range(_SAMPLES):
        begun = time.perf_counter()
        union_length_mm(columns.floor, union, 0, orders.words, order_count)
        took_s = min(took_s, time.perf_counter() - begun)
    return batch_count * took_s < seconds


def _partitioned(
    columns: BatchColumns,
    start: NDArray[np.int32],
    seed: int,
    thread_count: int,
    deadline: float,
) -> Partition:
    """Search, then choose among all batches, or among those that the search has met."""
    left_s = deadline - time.perf_counter()
    listed = listed_parts(columns, _LIST_PART * left_s)
    if listed is not None:
        return _chosen_of_all(columns, listed, start, seed, thread_count, deadline)
    is_worth = len(start) <= _CHOOSE_MET_ORDERS_MAX * (int(start.max()) + 1)
    choose_s = min(_CHOOSE_MET_PART * left_s, _CHOOSE_MET_S_MAX) if is_worth else 0.0
    found = search_batches(columns, start, seed, thread_count, _until(deadline - choose_s))
    if choose_s == 0.0:
        return Partition(found.batch_of, found.total_mm, 0)
    met = met_parts(columns, [*found.met, found.batch_of])
    # What no choice of theirs is shorter than bounds no other plan.
    return best_partition(columns, met, found.batch_of, deadline)._replace(bound_mm=0)


def _chosen_of_all(
    columns: BatchColumns,
    listed: Parts,
    start: NDArray[np.int32],
    seed: int,
    thread_count: int,
    deadline: float,
) -> Partition:
    """Search and choose, in rounds: a short one often finds the best plan and proves it."""
    best = Partition(start, 0, 0)
    bound_mm = 0
    for search_part, part in _ROUNDS if len(listed.length_mm) <= _FEW_BATCHES else _ONE_ROUND:
        begun = time.perf_counter()
        left_s = deadline - begun
        budget = _until(begun + search_part * left_s)
        found = search_batches(columns, best.batch_of, seed, thread_count, budget)
        best = best_partition(columns, listed, found.batch_of, begun + part * left_s)
        bound_mm = max(bound_mm, best.bound_mm)
        if bound_mm == best.total_mm:
            break
    return best._replace(bound_mm=bound_mm)


def _until(deadline: float) -> Budget:
    begun = time.perf_counter()
    return Budget(begun, max(deadline - begun, 1e-3), None)


def fifo_batches(floor: BatchFloor, orders: BatchOrders) -> NDArray[np.int32]:
    """Fill cart after cart with the orders as they came: what a floor without a planner does.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        Orders of which each fits a cart and can be back in time alone.

    Returns
    -------
    batch_of : int32[N]
        Batch of each order, from 0.
    """
    batch_of = np.zeros(len(orders.load), np.int32)
    batch = -1
    union, load, handling_us, allowed_us = orders.words[:1], orders.load_max, 0, 0
    for order in range(len(orders.load)):
        with_union = union | orders.words[order : order + 1]
        with_load = load + orders.load[order]
        with_us = handling_us + int(orders.handling_us[order])
        with_allowed_us = min(allowed_us, int(orders.allowed_us[order]))
        fits = batch >= 0 and bool((with_load <= orders.load_max).all())
        if fits and with_allowed_us < ANY_TIME_US:
            tour_mm = int(orders.setup_mm[0]) + union_length_mm(floor, with_union, 0, with_union, 0)
            fits = tour_mm * int(orders.walk_us_per_mm[0]) + with_us <= with_allowed_us
        if not fits:
            batch += 1
            with_union, with_load = orders.words[order : order + 1], orders.load[order]
            with_us, with_allowed_us = int(orders.handling_us[order]), int(orders.allowed_us[order])
        union, load, handling_us, allowed_us = with_union, with_load, with_us, with_allowed_us
        batch_of[order] = batch
    return batch_of


def _best_partition(columns: BatchColumns) -> NDArray[np.int32]:
    orders = columns.orders
    order_count, kinds = orders.load.shape
    sets = 1 << order_count
    best_set = np.zeros(sets, np.int32)
    best_partition_mm(
        columns.floor, orders, np.empty((sets, orders.words.shape[1]), np.uint64),
        np.empty((sets, kinds), np.int64), np.empty(sets, np.int64), np.empty(sets, np.int64),
        best_set,
    )  # fmt: skip
    batch_of = np.zeros(order_count, np.int32)
    left = sets - 1
    batch = 0
    while left:
        chosen = int(best_set[left])
        batch_of[[order for order in range(order_count) if chosen >> order & 1]] = batch
        batch += 1
        left ^= chosen
    return batch_of


def _plan(
    problem: BatchingProblem,
    columns: BatchColumns,
    batch_of: NDArray[np.int32],
    begun: float,
    reason: str,
    *,
    bound_mm: int = 0,
    exact: bool = False,
) -> BatchPlan:
    """Write batches out in rows of the problem, with the late orders' own.

    The bound is one on the batches without those.
    """
    groups: dict[int, list[int]] = {}
    for row, batch in zip(columns.row.tolist(), batch_of.tolist(), strict=True):
        groups.setdefault(batch, []).append(row)
    batches = sorted([*groups.values(), *([order] for order in columns.late)])
    length_mm = _lengths_mm(columns, batches)
    total_mm = int(length_mm.sum())
    return BatchPlan(
        batch_first=np.cumsum([0, *map(len, batches)], dtype=np.int64),
        order=np.array([order for batch in batches for order in batch], dtype=np.int32),
        length_mm=length_mm,
        bound_mm=total_mm if exact else _bound_mm(columns, bound_mm),
        seconds=time.perf_counter() - begun,
        reason=reason,
        unfit=columns.unfit,
        late=columns.late,
    )


def _lengths_mm(columns: BatchColumns, batches: list[list[int]]) -> NDArray[np.int64]:
    at = {row: place for place, row in enumerate(columns.row.tolist())}
    length_mm = columns.alone_mm[[members[0] for members in batches]]
    in_time = [batch for batch, members in enumerate(batches) if members[0] in at]
    if in_time:
        found = measured_parts(columns, [[at[row] for row in batches[one]] for one in in_time])
        length_mm[in_time] = found.length_mm
    return length_mm


def _bound_mm(columns: BatchColumns, known_mm: int) -> int:
    """Bound every plan: all tours together pass all places, and carts are at least so many."""
    orders = columns.orders
    late_mm = int(columns.alone_mm[list(columns.late)].sum())
    if len(columns.row) == 0:
        return late_mm
    carts = 1
    for kind, limit in enumerate(orders.load_max.tolist()):
        if limit:
            carts = max(carts, -(-int(orders.load[:, kind].sum()) // limit))
    union = np.bitwise_or.reduce(orders.words, axis=0)[None]
    tour_mm = union_length_mm(columns.floor, union, 0, orders.words, len(columns.row))
    alone_mm = columns.alone_mm[columns.row]
    at_least_mm = np.sort(alone_mm)[: carts - 1].sum() + alone_mm.max()
    return late_mm + max(int(tour_mm + carts * orders.setup_mm[0]), int(at_least_mm), known_mm)
