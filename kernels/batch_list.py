"""All batches that a cart can take, with their lengths: the columns of a set partitioning problem.

Loads and lengths only grow with every order more, so a batch is looked at only behind a smaller one
that is possible itself.

Shapes: as in `batch_state`; ``K`` is the most orders of a batch. Called by
`optimizer.batch_partition`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from .batch_length import BatchFloor, union_length_mm
from .batch_state import ANY_TIME_US, BatchOrders
from .compiled import long_kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def list_batches(
    floor: BatchFloor,
    orders: BatchOrders,
    orders_max: int,
    member: NDArray[np.int32],
    length_mm: NDArray[np.int64],
) -> int:
    """List the sets of orders that can be a batch.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders, ``N`` of them.
    orders_max : int64
        K: no batch has more orders, by their loads.
    member : int32[C, K]
        Output: orders of each batch, ascending, then ``N`` for none.
    length_mm : int64[C]
        Output: length of its shortest tour, with its set-up.

    Returns
    -------
    count : int64
        Batches; -1 when there are more than C, which the output is then full of.
    """
    order_count, kinds = orders.load.shape
    union = np.empty((orders_max + 1, orders.words.shape[1]), np.uint64)
    union[0] = orders.words[order_count]
    load = np.zeros((orders_max + 1, kinds), np.int64)
    handling_us = np.zeros(orders_max + 1, np.int64)
    allowed_us = np.full(orders_max + 1, ANY_TIME_US)
    following = np.zeros(orders_max + 1, np.int64)
    count = 0
    size = _next_set(orders, load, following, 0)
    while size > 0:
        order = following[size - 1] - 1
        union[size] = union[size - 1] | orders.words[order]
        batch_mm = orders.setup_mm[0] + union_length_mm(
            floor, union, size, orders.words, order_count
        )
        handling_us[size] = handling_us[size - 1] + orders.handling_us[order]
        allowed_us[size] = min(allowed_us[size - 1], orders.allowed_us[order])
        if batch_mm * orders.walk_us_per_mm[0] + handling_us[size] > allowed_us[size]:
            size -= 1
        elif count == len(length_mm):
            return -1
        else:
            member[count, :size] = following[:size] - 1
            member[count, size:] = order_count
            length_mm[count] = batch_mm
            count += 1
        size = _next_set(orders, load, following, size)
    return count


@njit(cache=True, nogil=True)
def count_batches(orders: BatchOrders, orders_max: int, count_max: int) -> int:
    """Count the sets of orders that a cart can hold, whenever they are due.

    Parameters
    ----------
    orders : BatchOrders
        The orders.
    orders_max : int64
        K, as for `list_batches`.
    count_max : int64
        Where to stop.

    Returns
    -------
    count : int64
        At most one more than `count_max`.
    """
    load = np.zeros((orders_max + 1, orders.load.shape[1]), np.int64)
    following = np.zeros(orders_max + 1, np.int64)
    count = 0
    size = _next_set(orders, load, following, 0)
    while size > 0 and count <= count_max:
        count += 1
        size = _next_set(orders, load, following, size)
    return count


@step
def _next_set(
    orders: BatchOrders, load: NDArray[np.int64], following: NDArray[np.int64], size: int
) -> int:
    """Go from a set to the next one that a cart can hold: with one order more, else with another.

    Its orders are those before each of `following`, as many as are returned: 0 after the last set.
    """
    order_count = orders.load.shape[0]
    while size >= 0:
        order = following[size]
        if order == order_count or size == len(following) - 1:
            size -= 1
            continue
        following[size] = order + 1
        fits = True
        for kind in range(load.shape[1]):
            load[size + 1, kind] = load[size, kind] + orders.load[order, kind]
            fits = fits and load[size + 1, kind] <= orders.load_max[kind]
        if fits:
            following[size + 1] = order + 1
            return size + 1
    return 0


@njit(cache=True, nogil=True)
def measure_batches(
    floor: BatchFloor,
    orders: BatchOrders,
    member: NDArray[np.int32],
    length_mm: NDArray[np.int64],
) -> None:
    """Give the lengths of batches.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders.
    member : int32[C, K]
        Orders of each batch, then ``N`` for none.
    length_mm : int64[C]
        Output: length of its shortest tour, with its set-up.
    """
    order_count = orders.load.shape[0]
    union = np.empty((1, orders.words.shape[1]), np.uint64)
    for batch in range(len(length_mm)):
        union[0] = orders.words[order_count]
        for at in range(member.shape[1]):
            if member[batch, at] < order_count:
                union[0] |= orders.words[member[batch, at]]
        length_mm[batch] = orders.setup_mm[0] + union_length_mm(
            floor, union, 0, orders.words, order_count
        )


@long_kernel
def reduce_costs(
    member: NDArray[np.int32],
    length_mm: NDArray[np.int64],
    price_mm: NDArray[np.float64],
    reduced_mm: NDArray[np.float64],
) -> float:
    """Give what each batch costs beyond the prices of its orders.

    Parameters
    ----------
    member : int32[C, K]
        Orders of each batch, then ``N`` for none.
    length_mm : int64[C]
        What it costs.
    price_mm : float64[N + 1]
        Price of each order, and 0.
    reduced_mm : float64[C]
        Output.

    Returns
    -------
    least_mm : float64
        The least of them.
    """
    least_mm = np.inf
    for batch in range(len(length_mm)):
        left_mm = np.float64(length_mm[batch])
        for at in range(member.shape[1]):
            left_mm -= price_mm[member[batch, at]]
        reduced_mm[batch] = left_mm
        least_mm = min(least_mm, left_mm)
    return least_mm
