"""The best partition of a few orders into batches, exactly: every batch, then every partition.

The length of every set of orders that a cart can take is measured once, O(2^N); then
`set_partition` finds the best partition (source: the set partition of Gademann and van de Velde,
"Order batching to minimize total travel time in a parallel-aisle warehouse", IIE Transactions 37,
2005, by dynamic programming over sets). Shapes: ``N`` orders, at most `SUBSET_ORDERS_MAX`, and
``S = 2^N``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .batch_length import BatchFloor, union_length_mm
from .batch_state import ANY_TIME_US, BatchOrders
from .columns import FAR_MM
from .compiled import long_kernel
from .lowest_bit import lowest_bit
from .set_partition import partition_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUBSET_ORDERS_MAX = 15


@long_kernel
def best_partition_mm(
    floor: BatchFloor,
    orders: BatchOrders,
    union: NDArray[np.uint64],
    load: NDArray[np.int64],
    length_mm: NDArray[np.int64],
    best_mm: NDArray[np.int64],
    best_set: NDArray[np.int32],
) -> int:
    """Find the partition of the least total length.

    Parameters
    ----------
    floor : BatchFloor
        The floor.
    orders : BatchOrders
        The orders; each of them fits a cart and can be back in time alone.
    union : uint64[S, W]
        Scratch: places of each set.
    load : int64[S, D]
        Scratch: load of each set.
    length_mm : int64[S]
        Output: length of each set as a batch, `FAR_MM` where a cart cannot take it.
    best_mm : int64[S]
        Output: total of the best partition of each set.
    best_set : int32[S]
        Output: the batch with its lowest order in that partition, see `set_partition`.

    Returns
    -------
    total_mm : int64
        Total of all orders.
    """
    order_count = orders.load.shape[0]
    depot = orders.words.shape[0] - 1
    set_count = np.int64(1) << np.int64(order_count)
    for word in range(union.shape[1]):
        union[0, word] = orders.words[depot, word]
    for kind in range(load.shape[1]):
        load[0, kind] = 0
    for chosen in range(1, set_count):
        order = lowest_bit(np.uint64(chosen))
        rest = chosen & (chosen - 1)
        fits = True
        for kind in range(load.shape[1]):
            load[chosen, kind] = load[rest, kind] + orders.load[order, kind]
            fits = fits and load[chosen, kind] <= orders.load_max[kind]
        for word in range(union.shape[1]):
            union[chosen, word] = union[rest, word] | orders.words[order, word]
        length_mm[chosen] = FAR_MM
        if fits:
            batch_mm = orders.setup_mm[0] + union_length_mm(
                floor, union, chosen, orders.words, depot
            )
            handling_us = np.int64(0)
            allowed_us = ANY_TIME_US
            for member in range(order_count):
                if (chosen >> member) & 1:
                    handling_us += orders.handling_us[member]
                    allowed_us = min(allowed_us, orders.allowed_us[member])
            if batch_mm * orders.walk_us_per_mm[0] + handling_us <= allowed_us:
                length_mm[chosen] = batch_mm
    return partition_sets(length_mm, best_mm, best_set)
