"""Decide and store a small run of plain promises in one call.

A promise is *plain* when it can be made of available units: it has not expired, its pool is known
and has them, and there is a row for it. The kernel makes promises up to the first one that is not,
which is left, with all behind it, to the plain rule in `decide_promises.decide_promise`. Shapes:
``n`` promises, ``B`` bytes. O(B + n log D) with ``D`` entries in the heap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import NONE, PROMISE_LIVE
from .command_blocks import payload
from .compiled import kernel
from .due_heap import DueHeap, push_due
from .order_rule import pool_of, stride

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PromiseRing(NamedTuple):
    """Columns of the promises, a ring of C rows.

    Attributes
    ----------
    number : int64[C]
        Promise number.
    pool, channel, units : int32[C]
        What is promised, and to whom.
    state : uint8[C]
        `PROMISE_*`.
    expires_us, due_us : int64[C]
        When it ends, and for when it was asked.
    event : int32[C]
        Dated demand of a peg, -1 for none.
    """

    number: NDArray[np.int64]
    pool: NDArray[np.int32]
    channel: NDArray[np.int32]
    units: NDArray[np.int32]
    state: NDArray[np.uint8]
    expires_us: NDArray[np.int64]
    due_us: NDArray[np.int64]
    event: NDArray[np.int32]


class PromiseTables(NamedTuple):
    """What making promises reads and writes.

    Attributes
    ----------
    item_pool_first : int32[I]
        First pool of each item, -1 when none.
    head : POOL_HEAD[P]
        Heads of the pools.
    ring : PromiseRing
        The promises.
    due : DueHeap
        When they expire.
    """

    item_pool_first: NDArray[np.int32]
    head: NDArray[np.void]
    ring: PromiseRing
    due: DueHeap


@kernel
def promise_plain(
    commands: NDArray[np.uint8],
    out_number: NDArray[np.int64],
    out_available_units: NDArray[np.int64],
    time_us: int,
    tables: PromiseTables,
    first_number: int,
    tail: int,
) -> int:
    """Make promises as long as they are plain.

    Parameters
    ----------
    commands : uint8[B]
        Blocks of the columns of `promise`, in the schema's order; a column of length 1 holds for
        all.
    out_number, out_available_units : int64[n]
        Output for the promises that are made: their numbers, and what is left in their pools.
    time_us : int64
        Time of the run.
    tables : PromiseTables
        Written in place.
    first_number : int64
        Number of the next promise.
    tail : int64
        First number that is still open: rows from there on are in use.

    Returns
    -------
    made_count : int64
        Promises made; the next one is not plain.
    """
    item_bytes, at = payload(commands, 0)
    owner_bytes, at = payload(commands, at)
    channel_bytes, at = payload(commands, at)
    units_bytes, at = payload(commands, at)
    expires_bytes, at = payload(commands, at)
    due_bytes, at = payload(commands, at)
    item, owner = item_bytes.view(np.int32), owner_bytes.view(np.int32)
    channel, units = channel_bytes.view(np.int32), units_bytes.view(np.int32)
    expires, due = expires_bytes.view(np.int64), due_bytes.view(np.int64)
    head, ring = tables.head, tables.ring
    capacity = ring.number.shape[0]
    for k in range(out_number.shape[0]):
        number = first_number + k
        expires_us = expires[k * stride(expires.shape[0])]
        if number - tail >= capacity or expires_us <= time_us:
            return k
        first_pool = tables.item_pool_first[item[k * stride(item.shape[0])]]
        pool = pool_of(head, first_pool, owner[k * stride(owner.shape[0])])
        wanted = units[k * stride(units.shape[0])]
        if pool < 0 or head[pool]["available_units"] < wanted:
            return k
        if not push_due(tables.due, expires_us, number):
            return k
        row = number & (capacity - 1)
        ring.number[row] = number
        ring.pool[row] = pool
        ring.channel[row] = channel[k * stride(channel.shape[0])]
        ring.units[row] = wanted
        ring.state[row] = PROMISE_LIVE
        ring.expires_us[row] = expires_us
        ring.due_us[row] = due[k * stride(due.shape[0])]
        ring.event[row] = NONE
        head[pool]["available_units"] -= wanted
        out_number[k] = number
        out_available_units[k] = head[pool]["available_units"]
    return out_number.shape[0]
