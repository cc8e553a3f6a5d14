"""Zone picking with a put wall or sorter: in which sequence batches come, which slot an order has.

A batch of a zone brings goods of several orders. An order holds a slot (or chute) from the arrival
of its first batch until its last has come. Fewest slots is the problem of open stacks; every
sequence that keeps within the slots is free of deadlock, for the next batch always finds its slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .columns import check_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOTS_MAX = 1 << 31
_EXACT_BATCHES_MAX = 14  # 2 ** 14 sets of batches: well under a second


@dataclass(frozen=True, slots=True, eq=False)
class SortProblem:
    """Which batch brings goods of which orders.

    Attributes
    ----------
    batch_orders : tuple of tuple of int
        Orders of each batch, each once, numbered from 0 without gaps over all batches.
    slot_count : int
        Slots or chutes, at least 1.

    Raises
    ------
    ValueError
        Names the first batch that does not fit.
    """

    batch_orders: tuple[tuple[int, ...], ...]
    slot_count: int

    def __post_init__(self) -> None:
        """Refuse what is no sorting problem."""
        check_whole("slot_count", self.slot_count, 1, _SLOTS_MAX)
        for batch, orders in enumerate(self.batch_orders):
            if not orders or len(set(orders)) < len(orders):
                raise ValueError(f"batch {batch} has orders {orders}, expected some, each once")
        seen = sorted({order for orders in self.batch_orders for order in orders})
        if seen != list(range(len(seen))):
            raise ValueError(f"orders are {seen[:9]}..., expected 0 to {len(seen) - 1}, no gaps")


@dataclass(frozen=True, slots=True)
class SortPlan:
    """A sequence of batches.

    Attributes
    ----------
    sequence : tuple of int
        Batches as they come.
    order_slot : tuple of int
        Slot of each order; empty when the plan does not fit.
    peak, bound : int
        Slots held at once, and a lower bound on that.
    status : str
        ``optimal`` (peak is proven least), ``feasible``, or ``infeasible`` (more than there are).
    reason : str
        Why it does not fit, empty when it does.
    """

    sequence: tuple[int, ...]
    order_slot: tuple[int, ...]
    peak: int
    bound: int
    status: str
    reason: str


def split_by_zone(
    line_batch: NDArray[np.int64], line_zone: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split batches by zone.

    Returns
    -------
    int64[N, 2], int64[L]
        (batch, zone) of each part, and the part of each line.
    """
    pairs, part = np.unique(np.column_stack((line_batch, line_zone)), axis=0, return_inverse=True)
    return pairs, part.reshape(-1)


def plan_sort(problem: SortProblem) -> SortPlan:
    """Sequence batches so that few slots are held at once, and give each order its slot.

    Parameters
    ----------
    problem : SortProblem

    Returns
    -------
    SortPlan
    """
    sequence, bound = _greedy(problem), bound_slots(problem)
    peak = _peak(problem, sequence)
    if peak > bound and len(sequence) <= _EXACT_BATCHES_MAX:
        sequence = _exact(problem)
        peak = bound = _peak(problem, sequence)
    if peak <= problem.slot_count:
        status = "optimal" if peak == bound else "feasible"
        return SortPlan(sequence, _slots(problem, sequence), peak, bound, status, "")
    known = "needs" if bound > problem.slot_count else "no sequence was found with fewer than"
    reason = f"{known} {max(bound, problem.slot_count + 1)} slots, there are {problem.slot_count}"
    return SortPlan(sequence, (), peak, bound, "infeasible", reason)


def bound_slots(problem: SortProblem) -> int:
    """Give a lower bound on the slots held at once.

    When the first of some orders is complete, all that share a batch with it are open. So no
    sequence needs fewer slots than the least degree of any part of the graph of shared batches,
    plus one: its degeneracy plus one.
    """
    near = _neighbours(problem)
    bound = 0
    while near:
        least = min(near, key=lambda order: (len(near[order]), order))
        bound = max(bound, len(near[least]) + 1)
        for other in near.pop(least):
            near[other].discard(least)
    return bound


def _neighbours(problem: SortProblem) -> dict[int, set[int]]:
    near: dict[int, set[int]] = {}
    for orders in problem.batch_orders:
        for order in orders:
            near.setdefault(order, set()).update(orders)
    for order, others in near.items():
        others.discard(order)
    return near


def _greedy(problem: SortProblem) -> tuple[int, ...]:
    """Complete again and again the order for which fewest others must be opened.

    Source: Becceneri, Yanasse and Soma (2004), the minimal cost node heuristic.
    """
    near, opened = _neighbours(problem), set[int]()
    todo, sequence = set(near), dict[int, None]()
    of_order: dict[int, list[int]] = {order: [] for order in near}
    for batch, orders in enumerate(problem.batch_orders):
        for order in orders:
            of_order[order].append(batch)
    while todo:
        order = min(todo, key=lambda o: (len(near[o] - opened) + (o not in opened), o))
        sequence.update(dict.fromkeys(of_order[order]))
        opened |= near[order] | {order}
        todo.discard(order)
    return tuple(sequence)


def _peak(problem: SortProblem, sequence: tuple[int, ...]) -> int:
    """Give the most orders that are open at once."""
    last = {o: at for at, batch in enumerate(sequence) for o in problem.batch_orders[batch]}
    held, peak = set[int](), 0
    for at, batch in enumerate(sequence):
        held.update(problem.batch_orders[batch])
        peak = max(peak, len(held))
        held -= {o for o in problem.batch_orders[batch] if last[o] == at}
    return peak


def _exact(problem: SortProblem) -> tuple[int, ...]:
    """Give a best sequence by dynamic programming over sets of batches that have come."""
    count = len(problem.batch_orders)
    masks = [sum(1 << o for o in orders) for orders in problem.batch_orders]
    union = [0] * (1 << count)
    for some in range(1, 1 << count):
        low = some & -some
        union[some] = union[some ^ low] | masks[low.bit_length() - 1]
    everything = (1 << count) - 1
    best = [0] * (1 << count)
    before = [0] * (1 << count)
    for some in range(1, 1 << count):
        best[some] = 1 << 60
        for batch in range(count):
            rest = some & ~(1 << batch)
            if rest == some:
                continue
            held = union[some] & (union[everything ^ rest])
            peak = max(best[rest], held.bit_count())
            if peak < best[some]:
                best[some], before[some] = peak, batch
    sequence, some = [], everything
    while some:
        sequence.append(before[some])
        some ^= 1 << before[some]
    return tuple(reversed(sequence))


def _slots(problem: SortProblem, sequence: tuple[int, ...]) -> tuple[int, ...]:
    last = {o: at for at, batch in enumerate(sequence) for o in problem.batch_orders[batch]}
    slot_of: dict[int, int] = {}
    free = list(range(problem.slot_count - 1, -1, -1))
    for at, batch in enumerate(sequence):
        for order in problem.batch_orders[batch]:
            if order not in slot_of:
                slot_of[order] = free.pop()
        free += [slot_of[o] for o in problem.batch_orders[batch] if last[o] == at]
    return tuple(slot_of[order] for order in range(len(slot_of)))
