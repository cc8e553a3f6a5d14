"""Batches as they stand during a search, and what each order's leaving would make of its batch.

For every order the union of its batch-mates' places is kept, and the length of their tour once it
is asked for. So a search that takes an order out and puts another in needs one length for either
batch and no loop over its members; and since a tour through more places is never shorter, the
lengths without either order tell most bad moves before that.

Shapes: ``N`` orders, ``D`` limited loads of a cart, ``W`` words, ``M`` batches that may exist at
once. Called by `batch_anneal` and `batch_start`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .batch_length import BatchFloor, union_length_mm
from .columns import NONE
from .compiled import kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN_MM = np.int64(-1)
ANY_TIME_US = np.int64(1 << 62)
"""Time allowed to an order that is never due."""


class BatchOrders(NamedTuple):
    """Orders to batch. Read only.

    Attributes
    ----------
    words : uint64[N + 1, W]
        Places of each order; row ``N`` holds the depot alone.
    load : int64[N, D]
        What each order takes of a cart.
    load_max : int64[D]
        What a cart holds.
    handling_us : int64[N]
        Time at the stops of each order.
    allowed_us : int64[N]
        Time until the order must be back, counted from the start of its tour, or `ANY_TIME_US`.
    walk_us_per_mm : int64[1]
        Pace.
    setup_mm : int64[1]
        Walked once for each batch beside its tour.
    """

    words: NDArray[np.uint64]
    load: NDArray[np.int64]
    load_max: NDArray[np.int64]
    handling_us: NDArray[np.int64]
    allowed_us: NDArray[np.int64]
    walk_us_per_mm: NDArray[np.int64]
    setup_mm: NDArray[np.int64]


class BatchState(NamedTuple):
    """A partition of the orders, with what a search wants to know of it.

    Attributes
    ----------
    batch_of : int32[N]
        Batch of each order.
    next_order, previous_order : int32[N]
        Neighbours in the list of a batch, `NONE` at its ends.
    first_order : int32[M]
        Head of the list of a batch, `NONE` when it is empty.
    order_count : int32[M]
        Orders of each batch.
    load : int64[M, D]
        Sum of the loads.
    handling_us : int64[M]
        Sum of the times at stops.
    allowed_us : int64[M]
        Least of the times allowed.
    length_mm : int64[M]
        Length of the tour with its set-up, 0 when empty.
    union : uint64[M, W]
        Places of all orders and the depot.
    mates : uint64[N, W]
        Places of the batch without the order.
    mates_allowed_us : int64[N]
        Least of the times allowed to the others.
    mates_mm : int64[N]
        Length of the batch without the order, or `UNKNOWN_MM`.
    empty : int32[M]
        Empty batches, the first `counts[0]`.
    counts : int64[2]
        Number of empty batches, and of batches that have an order.
    total_mm : int64[1]
        Sum of the lengths.
    scratch : uint64[4, W]
        Room for rows of places.
    """

    batch_of: NDArray[np.int32]
    next_order: NDArray[np.int32]
    previous_order: NDArray[np.int32]
    first_order: NDArray[np.int32]
    order_count: NDArray[np.int32]
    load: NDArray[np.int64]
    handling_us: NDArray[np.int64]
    allowed_us: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    union: NDArray[np.uint64]
    mates: NDArray[np.uint64]
    mates_allowed_us: NDArray[np.int64]
    mates_mm: NDArray[np.int64]
    empty: NDArray[np.int32]
    counts: NDArray[np.int64]
    total_mm: NDArray[np.int64]
    scratch: NDArray[np.uint64]


def make_state(order_count: int, load_count: int, word_count: int) -> BatchState:
    """Make a state in which no order is in a batch.

    Parameters
    ----------
    order_count, load_count, word_count : int
        ``N``, ``D`` and ``W``.

    Returns
    -------
    state : BatchState
        To be filled by `load_state`.
    """
    orders, rows = order_count, (order_count, word_count)
    return BatchState(
        batch_of=np.full(orders, NONE, np.int32),
        next_order=np.full(orders, NONE, np.int32),
        previous_order=np.full(orders, NONE, np.int32),
        first_order=np.full(orders, NONE, np.int32),
        order_count=np.zeros(orders, np.int32),
        load=np.zeros((orders, load_count), np.int64),
        handling_us=np.zeros(orders, np.int64),
        allowed_us=np.zeros(orders, np.int64),
        length_mm=np.zeros(orders, np.int64),
        union=np.zeros(rows, np.uint64),
        mates=np.zeros(rows, np.uint64),
        mates_allowed_us=np.zeros(orders, np.int64),
        mates_mm=np.zeros(orders, np.int64),
        empty=np.zeros(orders, np.int32),
        counts=np.zeros(2, np.int64),
        total_mm=np.zeros(1, np.int64),
        scratch=np.zeros((4, word_count), np.uint64),
    )


@kernel
def load_state(
    floor: BatchFloor, orders: BatchOrders, state: BatchState, batch_of: NDArray[np.int32]
) -> None:
    """Set the state to a partition.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    state : BatchState
        Overwritten.
    batch_of : int32[N]
        Batch of each order, each in 0 to M - 1.
    """
    for batch in range(state.first_order.shape[0]):
        state.first_order[batch] = NONE
        state.order_count[batch] = 0
        state.handling_us[batch] = 0
        for kind in range(orders.load_max.shape[0]):
            state.load[batch, kind] = 0
    for order in range(batch_of.shape[0] - 1, -1, -1):
        link(orders, state, order, batch_of[order])
    state.counts[0] = 0
    state.counts[1] = 0
    state.total_mm[0] = 0
    for batch in range(state.first_order.shape[0] - 1, -1, -1):
        renew(orders, state, batch)
        if state.order_count[batch] == 0:
            state.length_mm[batch] = 0
            state.empty[state.counts[0]] = batch
            state.counts[0] += 1
        else:
            length_mm = union_length_mm(floor, state.union, batch, orders.words, batch_of.shape[0])
            state.length_mm[batch] = length_mm + orders.setup_mm[0]
            state.counts[1] += 1
        state.total_mm[0] += state.length_mm[batch]


@step
def link(orders: BatchOrders, state: BatchState, order: int, batch: int) -> None:
    """Put an order that is in no batch into one. Its unions are left to `renew`.

    Parameters
    ----------
    orders : BatchOrders
        The orders.
    state : BatchState
        Changed in place.
    order : int64
        The order.
    batch : int64
        The batch.
    """
    head = state.first_order[batch]
    state.batch_of[order] = batch
    state.next_order[order] = head
    state.previous_order[order] = NONE
    if head != NONE:
        state.previous_order[head] = order
    state.first_order[batch] = order
    state.order_count[batch] += 1
    state.handling_us[batch] += orders.handling_us[order]
    for kind in range(orders.load_max.shape[0]):
        state.load[batch, kind] += orders.load[order, kind]


@step
def unlink(orders: BatchOrders, state: BatchState, order: int) -> None:
    """Take an order out of its batch. Unions are left to `renew`.

    Parameters
    ----------
    orders : BatchOrders
        The orders.
    state : BatchState
        Changed in place.
    order : int64
        The order.
    """
    batch = state.batch_of[order]
    before = state.previous_order[order]
    after = state.next_order[order]
    if before == NONE:
        state.first_order[batch] = after
    else:
        state.next_order[before] = after
    if after != NONE:
        state.previous_order[after] = before
    state.order_count[batch] -= 1
    state.handling_us[batch] -= orders.handling_us[order]
    for kind in range(orders.load_max.shape[0]):
        state.load[batch, kind] -= orders.load[order, kind]


@kernel
def renew(orders: BatchOrders, state: BatchState, batch: int) -> None:
    """Form the unions of a batch and of all but each of its orders again.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    state : BatchState
        Its list of the batch is right, all else of the batch but its length is set. O(W) an order.
    batch : int64
        The batch.
    """
    word_count = orders.words.shape[1]
    depot = orders.words.shape[0] - 1
    for word in range(word_count):
        state.union[batch, word] = orders.words[depot, word]
    allowed_us = ANY_TIME_US
    order = state.first_order[batch]
    last = NONE
    while order != NONE:
        for word in range(word_count):
            state.mates[order, word] = state.union[batch, word]
            state.union[batch, word] |= orders.words[order, word]
        state.mates_allowed_us[order] = allowed_us
        allowed_us = min(allowed_us, orders.allowed_us[order])
        state.mates_mm[order] = UNKNOWN_MM
        last = order
        order = state.next_order[order]
    state.allowed_us[batch] = allowed_us
    for word in range(word_count):
        state.scratch[0, word] = 0
    allowed_us = ANY_TIME_US
    order = last
    while order != NONE:
        for word in range(word_count):
            state.mates[order, word] |= state.scratch[0, word]
            state.scratch[0, word] |= orders.words[order, word]
        state.mates_allowed_us[order] = min(state.mates_allowed_us[order], allowed_us)
        allowed_us = min(allowed_us, orders.allowed_us[order])
        order = state.previous_order[order]


@step
def mates_length_mm(floor: BatchFloor, orders: BatchOrders, state: BatchState, order: int) -> int:
    """Give the length of the batch of an order without it, which is measured once.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    state : BatchState
        Its `mates_mm` is filled in.
    order : int64
        The order.

    Returns
    -------
    length_mm : int64
        With the set-up; 0 when the order is alone.
    """
    if state.mates_mm[order] == UNKNOWN_MM:
        if state.order_count[state.batch_of[order]] == 1:
            state.mates_mm[order] = 0
        else:
            depot = orders.words.shape[0] - 1
            state.mates_mm[order] = orders.setup_mm[0] + union_length_mm(
                floor, state.mates, order, orders.words, depot
            )
    return state.mates_mm[order]
