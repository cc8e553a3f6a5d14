"""Batches by set partitioning: a column for each batch, its cost by the exact tour.

Where a cart takes few orders, all batches that are possible are listed, with their tours by dynamic
programming. Linear programs over some of them, to which those of negative reduced cost are added,
bound every plan and leave few batches that a better one can hold: those are solved in whole
numbers, often to the end (source of the model: Gademann and van de Velde, "Order batching to
minimize total travel time in a parallel-aisle warehouse", IIE Transactions 37, 2005). Where there
are too many, the batches that a search has met are put together anew; that proves nothing.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from ortools.linear_solver.python import model_builder

from ..kernels.batch_length import with_scratch
from ..kernels.batch_list import count_batches, list_batches, measure_batches, reduce_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from ..kernels.batch_state import BatchOrders
    from .batch_columns import BatchColumns

_LISTED_MAX: Final = 2_000_000
_LEAST_LISTING_S: Final = 1e-6
"""The exact tour of a batch takes no less."""
_SAMPLES: Final = (20, 500)
"""Batches that are listed to see how long all of them would take."""
_FIRST_ROWS: Final = 2_000
_MORE_ROWS: Final = 1_000
_WHOLE_ROWS: Final = 750
_WHOLE_ROWS_MAX: Final = 6_000
"""So many columns are first given to a solver in whole numbers, those that cost least, and at most:
a better plan that is found in few of them leaves fewer of all."""
_LEAST_S: Final = 0.02
_ROUNDING_MM: Final = 1e-3
"""Room for the rounding of real numbers, where totals are whole."""


class Parts(NamedTuple):
    """Batches to choose from.

    Attributes
    ----------
    member : int32[C, K]
        Orders of each, ascending, then ``N`` for none.
    length_mm : int64[C]
        Length of its shortest tour, with its set-up.
    """

    member: NDArray[np.int32]
    length_mm: NDArray[np.int64]


class Partition(NamedTuple):
    """What was chosen.

    Attributes
    ----------
    batch_of : int32[N]
        Batch of each order.
    total_mm : int
        Sum of the lengths.
    bound_mm : int
        No partition into the given batches is shorter.
    """

    batch_of: NDArray[np.int32]
    total_mm: int
    bound_mm: int


def listed_parts(columns: BatchColumns, seconds: float) -> Parts | None:
    """List every batch that is possible.

    Parameters
    ----------
    columns : BatchColumns
        The orders.
    seconds : float
        What it may take.

    Returns
    -------
    parts : Parts or None
        None when there are more than `_LISTED_MAX`, or it would take too long.
    """
    orders, floor = columns.orders, with_scratch(columns.floor)
    orders_max = _orders_max(orders)
    begun = time.perf_counter()
    count_max = min(_LISTED_MAX, int(seconds / _LEAST_LISTING_S))
    count = count_batches(orders, orders_max, count_max)
    if count > count_max:
        return None
    for room in (*(sample for sample in _SAMPLES if sample < count), count):
        parts = Parts(np.empty((room, orders_max), np.int32), np.empty(room, np.int64))
        found = list_batches(floor, orders, orders_max, *parts)
        if found >= 0:
            return Parts(parts.member[:found], parts.length_mm[:found])
        if (time.perf_counter() - begun) * count > seconds * room:
            return None
    raise AssertionError("a cart holds more batches than were counted")


def met_parts(columns: BatchColumns, partitions: Iterable[NDArray[np.int32]]) -> Parts:
    """Take the batches of partitions, each once.

    Parameters
    ----------
    columns : BatchColumns
        The orders.
    partitions : iterable of int32[N]
        Batch of each order; at least one.

    Returns
    -------
    parts : Parts
        In the order in which they were met.
    """
    # A dictionary, as a set has no order.
    found = dict.fromkeys(batch for one in partitions for batch in _batches(one))
    return measured_parts(columns, list(found))


def best_partition(
    columns: BatchColumns, parts: Parts, known: NDArray[np.int32], deadline: float
) -> Partition:
    """Choose batches that hold every order once and are short together.

    Parameters
    ----------
    columns : BatchColumns
        The orders.
    parts : Parts
        Batches to choose from.
    known : int32[N]
        A partition. Its batches may be chosen as well.
    deadline : float
        When to stop, in the time of `time.perf_counter`.

    Returns
    -------
    partition : Partition
        Never longer than the known one.
    """
    own = measured_parts(columns, _batches(known))
    width = max(own.member.shape[1], parts.member.shape[1])
    empty = len(known)
    parts = Parts(
        np.concatenate([_padded(one.member, width, empty) for one in (own, parts)]),
        np.concatenate((own.length_mm, parts.length_mm)),
    )
    rows = np.arange(len(own.length_mm))
    total_mm = int(own.length_mm.sum())
    bound_mm, cost_mm = _priced(parts, rows, empty, deadline)
    bound_mm = min(bound_mm, total_mm)
    room = _WHOLE_ROWS
    while bound_mm < total_mm:
        # In a partition that is shorter, no batch costs more than what can be gained at most.
        worth = np.flatnonzero(cost_mm < total_mm - bound_mm + _ROUNDING_MM)
        is_all = len(worth) <= room
        worth = worth[np.argsort(cost_mm[worth], kind="stable")[:room]]
        chosen, is_best = _whole(parts, np.union1d(rows, worth), rows, empty, deadline)
        if chosen is not None and parts.length_mm[chosen].sum() < total_mm:
            rows, total_mm = chosen, int(parts.length_mm[chosen].sum())
        if not is_best or not (is_all or room < _WHOLE_ROWS_MAX):
            break
        if is_all:
            bound_mm = total_mm
        room *= 2
    batch_of = np.full(empty + 1, -1, np.int32)
    for batch, row in enumerate(rows.tolist()):
        batch_of[parts.member[row]] = batch
    return Partition(batch_of[:-1], total_mm, bound_mm)


def _orders_max(orders: BatchOrders) -> int:
    """Give how many orders a cart holds at most."""
    most = len(orders.load)
    for kind, limit in enumerate(orders.load_max.tolist()):
        most = min(most, int((np.cumsum(np.sort(orders.load[:, kind])) <= limit).sum()))
    return most


def _batches(batch_of: NDArray[np.int32]) -> list[tuple[int, ...]]:
    order = np.argsort(batch_of, kind="stable")
    edges = np.flatnonzero(np.diff(batch_of[order])) + 1
    listed = order.tolist()
    ends = [0, *edges.tolist(), len(listed)]
    return [tuple(listed[first:last]) for first, last in pairwise(ends)]


def measured_parts(columns: BatchColumns, batches: Sequence[Sequence[int]]) -> Parts:
    """Give batches with their lengths.

    Parameters
    ----------
    columns : BatchColumns
        The orders.
    batches : sequence of sequence of int
        Rows of the columns, at least one batch with at least one.

    Returns
    -------
    parts : Parts
        The same, in their order.
    """
    order_count = len(columns.row)
    width = max(map(len, batches))
    member = np.array(
        [(*batch, *(order_count,) * (width - len(batch))) for batch in batches], np.int32
    )
    length_mm = np.empty(len(batches), np.int64)
    measure_batches(with_scratch(columns.floor), columns.orders, member, length_mm)
    return Parts(member, length_mm)


def _padded(member: NDArray[np.int32], width: int, empty: int) -> NDArray[np.int32]:
    padded = np.full((len(member), width), empty, np.int32)
    padded[:, : member.shape[1]] = member
    return padded


def _priced(
    parts: Parts, known_rows: NDArray[np.intp], order_count: int, deadline: float
) -> tuple[int, NDArray[np.float64]]:
    """Bound all partitions by prices of the orders, and give the reduced cost of each batch."""
    price = np.zeros(order_count + 1)
    # To begin with, each order pays for its part of the batch that it is known in.
    for row in known_rows.tolist():
        members = parts.member[row][parts.member[row] < order_count]
        price[members] = parts.length_mm[row] / len(members)
    bound, reduced = 0.0, parts.length_mm.astype(np.float64)
    now = np.empty(len(reduced))
    is_taken = np.zeros(len(reduced), np.bool_)
    is_taken[known_rows] = True
    # The first ones are taken whatever they cost.
    room, worth = _FIRST_ROWS, np.inf
    while True:
        least = min(0.0, reduce_costs(*parts, price, now))
        # A partition has at most a batch for each order, and none costs less than the cheapest.
        value = price.sum() + order_count * least
        if value > bound:
            bound, reduced = value, now - least
        cheap = np.flatnonzero(~is_taken & (now < worth))
        if len(cheap) == 0:
            break
        is_taken[cheap[np.argsort(now[cheap], kind="stable")[:room]]] = True
        room, worth = _MORE_ROWS, -_ROUNDING_MM / order_count
        rows = np.flatnonzero(is_taken)
        left_s = deadline - time.perf_counter()
        prices = _prices(parts, rows, order_count, left_s) if left_s > _LEAST_S else None
        if prices is None:
            break
        price[:order_count] = prices
    return int(np.ceil(bound - _ROUNDING_MM)), reduced


def _model(
    parts: Parts, rows: NDArray[np.intp], order_count: int, *, is_whole: bool
) -> tuple[Any, list[Any], list[Any]]:
    """Say that each order is in one of the batches of some rows, and what they cost."""
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    if is_whole:
        chosen = [model.new_bool_var("") for _ in rows]
    else:
        chosen = [model.new_num_var(0.0, float("inf"), "") for _ in rows]
    held_in: list[list[Any]] = [[] for _ in range(order_count + 1)]
    for batch, members in zip(chosen, parts.member[rows].tolist(), strict=True):
        for order in members:
            held_in[order].append(batch)
    weighted = model_builder.LinearExpr.weighted_sum
    conditions = [model.add(weighted(held, [1.0] * len(held)) == 1.0) for held in held_in[:-1]]
    model.minimize(weighted(chosen, parts.length_mm[rows].astype(float).tolist()))
    return model, chosen, conditions


def _prices(
    parts: Parts, rows: NDArray[np.intp], order_count: int, seconds: float
) -> list[float] | None:
    """Give the price of each order in the linear program, None if it is not solved."""
    model, _, conditions = _model(parts, rows, order_count, is_whole=False)
    solver = model_builder.Solver("GLOP")
    solver.set_time_limit_in_seconds(seconds)
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return None
    return [solver.dual_value(condition) for condition in conditions]


def _whole(
    parts: Parts,
    rows: NDArray[np.intp],
    known_rows: NDArray[np.intp],
    order_count: int,
    deadline: float,
) -> tuple[NDArray[np.intp] | None, bool]:
    """Choose batches out of some rows; tells whether no other choice is shorter."""
    model, chosen, _ = _model(parts, rows, order_count, is_whole=True)
    for at, is_known in enumerate(np.isin(rows, known_rows).tolist()):
        model.add_hint(chosen[at], float(is_known))
    seconds = deadline - time.perf_counter()
    if seconds < _LEAST_S:
        return None, False
    solver = model_builder.Solver("SCIP")
    solver.set_time_limit_in_seconds(seconds)
    status = solver.solve(model)
    proven = status == model_builder.SolveStatus.OPTIMAL
    if not proven and status != model_builder.SolveStatus.FEASIBLE:
        return None, False
    taken = rows[[solver.value(batch) > 0.5 for batch in chosen]]
    held = np.bincount(parts.member[taken].ravel(), minlength=order_count + 1)[:-1]
    return (taken, proven) if (held == 1).all() else (None, False)
