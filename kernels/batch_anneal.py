"""Better batches by simulated annealing: orders change places, two for one, or move over.

A move is taken when the total gets no longer than by ``-T ln u``, ``u`` uniform in (0, 1], with a
temperature ``T`` that falls geometrically (source: Kirkpatrick, Gelatt and Vecchi, "Optimization by
simulated annealing", Science 220, 1983). The bound is drawn *before* the move is measured, so that
late in a search most moves fall by the lengths without the order, which are known, and nothing is
evaluated for them. Early, batches change so often that those lengths are not worth measuring.

Shapes: as in `batch_state`, and ``K`` neighbours of each order. Called by
`optimizer.batch_search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .batch_length import BatchFloor, union_length_mm
from .batch_state import (
    UNKNOWN_MM,
    BatchOrders,
    BatchState,
    link,
    mates_length_mm,
    renew,
    unlink,
)
from .columns import NONE
from .compiled import kernel, long_kernel, step
from .random_bits import random_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shares of the kinds of moves, adding up to one; the rest is a move to a cart of its own.
_SWAP = 0.35
_TWO_FOR_ONE = 0.15
_MOVE = 0.49
# Of the second order of a move: how many are any, where all are neighbours of the first. Of more
# orders that many in proportion, since far ones hardly ever go together.
_FAR = 0.2
_COOL_MOVES = 256


class BatchShare(NamedTuple):
    """The batches that a search may change, where several divide them among themselves.

    Attributes
    ----------
    order : int32[P]
        Orders of the share's batches.
    share_of : int32[M]
        Share of each batch.
    share : int
        The share.
    """

    order: NDArray[np.int32]
    share_of: NDArray[np.int32]
    share: int


@long_kernel
def anneal(
    floor: BatchFloor,
    orders: BatchOrders,
    state: BatchState,
    share: BatchShare,
    neighbour: NDArray[np.int32],
    best_of: NDArray[np.int32],
    best_mm: NDArray[np.int64],
    random: NDArray[np.uint64],
    hot_mm: float,
    cold_mm: float,
    move_count: int,
) -> int:
    """Try a number of moves.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    state : BatchState
        Where to start; afterwards where it ended.
    share : BatchShare
        What may be changed. The empty batches of the state must be of the share.
    neighbour : int32[N, K]
        Orders that go well with each, best first.
    best_of : int32[N]
        Batch of each order in the best partition so far. Replaced by a better one.
    best_mm : int64[1]
        Its total.
    random : uint64[1]
        State of the random numbers, see `random_bits`.
    hot_mm, cold_mm : float64
        Temperature of the first and last move, more than 0.
    move_count : int64
        Moves to try.

    Returns
    -------
    taken_count : int64
        Moves taken.
    """
    order_count = state.batch_of.shape[0]
    taken_count = np.int64(0)
    movable_count = share.order.shape[0]
    if order_count < 2 or movable_count == 0:
        return taken_count
    near = 1.0 - _FAR * neighbour.shape[1] / (order_count - 1)
    temperature = hot_mm
    taken_before = np.int64(0)
    measure = False
    # Of the share, as far as orders are spread evenly over batches.
    batch_count = state.counts[1] * movable_count // order_count
    fall = (cold_mm / hot_mm) ** (_COOL_MOVES / max(move_count, 1))
    for move in range(move_count):
        if move % _COOL_MOVES == 0:
            temperature *= fall
            lately = taken_count - taken_before
            taken_before = taken_count
            # Of use while an order is asked for more often than its batch changes.
            measure = movable_count * lately < batch_count * _COOL_MOVES
        order = np.int64(share.order[np.int64(random_unit(random) * movable_count)])
        other = _other(share, neighbour, order, near, random)
        if share.share_of[state.batch_of[other]] != share.share:
            continue
        worse_mm = np.int64(-temperature * np.log(1.0 - random_unit(random)))
        source = np.int64(state.batch_of[order])
        target = np.int64(state.batch_of[other])
        kind = random_unit(random)
        if kind < _SWAP:
            if source == target:
                continue
            taken = _swap(floor, orders, state, order, other, worse_mm, measure)
        elif kind < _SWAP + _TWO_FOR_ONE:
            if source == target:
                continue
            second = _mate(state, order, random)
            if second == NONE:
                continue
            taken = _two_for_one(floor, orders, state, order, second, other, worse_mm, measure)
        else:
            if kind >= _SWAP + _TWO_FOR_ONE + _MOVE:
                if state.counts[0] == 0 or state.order_count[source] == 1:
                    continue
                target = np.int64(state.empty[state.counts[0] - 1])
            if source == target:
                continue
            taken = _move(floor, orders, state, order, target, worse_mm)
        if taken:
            taken_count += 1
            if state.total_mm[0] < best_mm[0]:
                best_mm[0] = state.total_mm[0]
                for at in range(order_count):
                    best_of[at] = state.batch_of[at]
    return taken_count


@step
def _other(
    share: BatchShare,
    neighbour: NDArray[np.int32],
    order: int,
    near: float,
    random: NDArray[np.uint64],
) -> int:
    """Another order for a move: mostly one of the first neighbours, else any of the share."""
    pick = random_unit(random)
    if pick < near:
        pick /= near
        return np.int64(neighbour[order, np.int64(pick**4 * neighbour.shape[1])])
    pick = (pick - near) / (1.0 - near)
    return np.int64(share.order[np.int64(pick * share.order.shape[0])])


@step
def _mates_bound_mm(
    floor: BatchFloor, orders: BatchOrders, state: BatchState, order: int, measure: bool
) -> int:
    """Length of the batch without the order, or less where that would have to be measured."""
    if measure or state.mates_mm[order] != UNKNOWN_MM:
        return mates_length_mm(floor, orders, state, order)
    return np.int64(0)


@step
def _mate(state: BatchState, order: int, random: NDArray[np.uint64]) -> int:
    """Another order of the same batch, or `NONE`."""
    batch = state.batch_of[order]
    others = state.order_count[batch] - 1
    if others == 0:
        return np.int64(NONE)
    skip = np.int64(random_unit(random) * others)
    mate = np.int64(state.first_order[batch])
    while mate == order or skip > 0:
        if mate != order:
            skip -= 1
        mate = np.int64(state.next_order[mate])
    return mate


@kernel
def _swap(
    floor: BatchFloor,
    orders: BatchOrders,
    state: BatchState,
    order: int,
    other: int,
    worse_mm: int,
    measure: bool,
) -> bool:
    """Let two orders of different batches change places."""
    source = np.int64(state.batch_of[order])
    target = np.int64(state.batch_of[other])
    for kind in range(orders.load_max.shape[0]):
        more = orders.load[other, kind] - orders.load[order, kind]
        if state.load[source, kind] + more > orders.load_max[kind]:
            return False
        if state.load[target, kind] - more > orders.load_max[kind]:
            return False
    limit_mm = state.length_mm[source] + state.length_mm[target] + worse_mm
    source_mm = _mates_bound_mm(floor, orders, state, order, measure)
    target_mm = _mates_bound_mm(floor, orders, state, other, measure)
    if source_mm + target_mm > limit_mm:
        return False
    setup_mm = orders.setup_mm[0]
    source_mm = setup_mm + union_length_mm(floor, state.mates, order, orders.words, other)
    if source_mm + target_mm > limit_mm:
        return False
    target_mm = setup_mm + union_length_mm(floor, state.mates, other, orders.words, order)
    if source_mm + target_mm > limit_mm:
        return False
    more_us = orders.handling_us[other] - orders.handling_us[order]
    pace = orders.walk_us_per_mm[0]
    allowed_us = min(state.mates_allowed_us[order], orders.allowed_us[other])
    if source_mm * pace + state.handling_us[source] + more_us > allowed_us:
        return False
    allowed_us = min(state.mates_allowed_us[other], orders.allowed_us[order])
    if target_mm * pace + state.handling_us[target] - more_us > allowed_us:
        return False
    unlink(orders, state, order)
    unlink(orders, state, other)
    link(orders, state, order, target)
    link(orders, state, other, source)
    _settle(floor, orders, state, source, source_mm)
    _settle(floor, orders, state, target, target_mm)
    return True


@kernel
def _two_for_one(
    floor: BatchFloor,
    orders: BatchOrders,
    state: BatchState,
    order: int,
    second: int,
    other: int,
    worse_mm: int,
    measure: bool,
) -> bool:
    """Let two orders of a batch change places with one of another batch."""
    source = np.int64(state.batch_of[order])
    target = np.int64(state.batch_of[other])
    for kind in range(orders.load_max.shape[0]):
        more = orders.load[other, kind] - orders.load[order, kind] - orders.load[second, kind]
        if state.load[source, kind] + more > orders.load_max[kind]:
            return False
        if state.load[target, kind] - more > orders.load_max[kind]:
            return False
    limit_mm = state.length_mm[source] + state.length_mm[target] + worse_mm
    target_mm = _mates_bound_mm(floor, orders, state, other, measure)
    if target_mm > limit_mm:
        return False
    setup_mm = orders.setup_mm[0]
    # Two rows of scratch: what stays in the batch, and what leaves it.
    depot = orders.words.shape[0] - 1
    for word in range(orders.words.shape[1]):
        state.scratch[1, word] = orders.words[depot, word]
        state.scratch[2, word] = orders.words[order, word] | orders.words[second, word]
    source_allowed_us = orders.allowed_us[other]
    mate = state.first_order[source]
    while mate != NONE:
        if mate not in (order, second):
            source_allowed_us = min(source_allowed_us, orders.allowed_us[mate])
            for word in range(orders.words.shape[1]):
                state.scratch[1, word] |= orders.words[mate, word]
        mate = state.next_order[mate]
    target_mm = setup_mm + union_length_mm(floor, state.mates, other, state.scratch, 2)
    if target_mm > limit_mm:
        return False
    source_mm = setup_mm + union_length_mm(floor, state.scratch, 1, orders.words, other)
    if source_mm + target_mm > limit_mm:
        return False
    pace = orders.walk_us_per_mm[0]
    more_us = orders.handling_us[other] - orders.handling_us[order] - orders.handling_us[second]
    if source_mm * pace + state.handling_us[source] + more_us > source_allowed_us:
        return False
    leaving_us = min(orders.allowed_us[order], orders.allowed_us[second])
    allowed_us = min(state.mates_allowed_us[other], leaving_us)
    if target_mm * pace + state.handling_us[target] - more_us > allowed_us:
        return False
    unlink(orders, state, order)
    unlink(orders, state, second)
    unlink(orders, state, other)
    link(orders, state, order, target)
    link(orders, state, second, target)
    link(orders, state, other, source)
    _settle(floor, orders, state, source, source_mm)
    _settle(floor, orders, state, target, target_mm)
    return True


@kernel
def _move(
    floor: BatchFloor,
    orders: BatchOrders,
    state: BatchState,
    order: int,
    target: int,
    worse_mm: int,
) -> bool:
    """Let an order move over to another batch, or to an empty one."""
    source = np.int64(state.batch_of[order])
    for kind in range(orders.load_max.shape[0]):
        if state.load[target, kind] + orders.load[order, kind] > orders.load_max[kind]:
            return False
    limit_mm = state.length_mm[source] + state.length_mm[target] + worse_mm
    source_mm = mates_length_mm(floor, orders, state, order)
    if source_mm + state.length_mm[target] > limit_mm:
        return False
    target_mm = orders.setup_mm[0] + union_length_mm(
        floor, state.union, target, orders.words, order
    )
    if source_mm + target_mm > limit_mm:
        return False
    pace = orders.walk_us_per_mm[0]
    allowed_us = min(state.allowed_us[target], orders.allowed_us[order])
    handling_us = state.handling_us[target] + orders.handling_us[order]
    if target_mm * pace + handling_us > allowed_us:
        return False
    if state.order_count[target] == 0:
        state.counts[0] -= 1
        state.counts[1] += 1
    unlink(orders, state, order)
    link(orders, state, order, target)
    _settle(floor, orders, state, source, source_mm)
    _settle(floor, orders, state, target, target_mm)
    if state.order_count[source] == 0:
        state.empty[state.counts[0]] = source
        state.counts[0] += 1
        state.counts[1] -= 1
    return True


@step
def _settle(
    floor: BatchFloor, orders: BatchOrders, state: BatchState, batch: int, length_mm: int
) -> None:
    """Take over the new length of a batch whose list has changed."""
    state.total_mm[0] += length_mm - state.length_mm[batch]
    state.length_mm[batch] = length_mm
    renew(orders, state, batch)
