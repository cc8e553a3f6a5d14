"""Decide and store a small run of plain promises in one call.

A promise is *plain* when it can be made of available units: it has not expired, its pool is known
and has them, and there is a row for it. The kernel makes promises up to the first one that is not,
which is left, with all behind it, to the plain rule in `decide_promises.decide_promise`. Where all
are plain, it writes the blocks that follow the commands in the record, too. Shapes: ``n`` promises,
``B`` and ``R`` bytes. O(B + n log D) with ``D`` entries in the heap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .after_image import gather_rows
from .columns import NONE, OUTCOME_DONE, PROMISE_LIVE
from .compiled import kernel
from .due_heap import DueHeap, push_due
from .order_rule import pool_of, stride
from .record_blocks import SPACE_OUTCOME, SPACE_ROWS, padded, payload, put_block

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
    memory : uint8[M]
        The block that holds the promises' columns, for after-images.
    offsets, sizes : int64[8]
        Where each column begins in it, and its bytes a row.
    """

    item_pool_first: NDArray[np.int32]
    head: NDArray[np.void]
    ring: PromiseRing
    due: DueHeap
    memory: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]


class PromisePlaces(NamedTuple):
    """Where a promise's numbers are: places among the counters, and the number of its table."""

    numbers: int
    tail: int
    table: int


def room_bytes(count: int, row_bytes: int) -> int:
    """Give R, the bytes that the blocks of a run take up at most.

    Parameters
    ----------
    count : int
        n.
    row_bytes : int
        Bytes of a promise's after-image.

    Returns
    -------
    int
        Heads, padding and the counter included.
    """
    return 120 + count * (17 + 4 + row_bytes) + 24


@kernel
def promise_plain(
    commands: NDArray[np.uint8],
    count: int,
    out: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    time_us: int,
    tables: PromiseTables,
    counters: NDArray[np.int64],
    places: PromisePlaces,
) -> tuple[int, int]:
    """Make promises as long as they are plain.

    Parameters
    ----------
    commands : uint8[B]
        Blocks of the columns of `promise`, in the schema's order; a column of length 1 holds for
        all.
    count : int64
        n.
    out : uint8[R]
        Output, zeroed: when all promises are made, blocks of the outcome (`outcome`, `promise`,
        `available_units`), the counter and the promises, as they follow the commands in the record.
    numbers : int64[2 * n]
        Output for the promises that are made: their numbers, and what is left in their pools.
    time_us : int64
        Time of the run.
    tables : PromiseTables
        Written in place.
    counters : int64[C]
        The number of the next promise is written.
    places : PromisePlaces
        Places of the counters.

    Returns
    -------
    made_count : int64
        Promises made; the next one is not plain.
    end : int64
        Bytes of blocks.
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
    capacity, made = ring.number.shape[0], 0
    first_number = counters[places.numbers]
    for k in range(count):
        number = first_number + k
        expires_us = expires[k * stride(expires.shape[0])]
        if number - counters[places.tail] >= capacity or expires_us <= time_us:
            break
        first_pool = tables.item_pool_first[item[k * stride(item.shape[0])]]
        pool = pool_of(head, first_pool, owner[k * stride(owner.shape[0])])
        wanted = units[k * stride(units.shape[0])]
        if pool < 0 or head[pool]["available_units"] < wanted:
            break
        if not push_due(tables.due, expires_us, number):
            break
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
        numbers[k], numbers[count + k] = number, head[pool]["available_units"]
        made += 1
    counters[places.numbers] += made
    if made < count:
        return made, 0
    return made, _put_blocks(out, numbers, first_number, tables, counters, places)


@kernel
def _put_blocks(
    out: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    first_number: int,
    tables: PromiseTables,
    counters: NDArray[np.int64],
    places: PromisePlaces,
) -> int:
    """Put the blocks of a run whose promises are all made; give the place behind them."""
    count = numbers.shape[0] // 2
    body, at = put_block(out, 0, SPACE_OUTCOME, 0, count, count)
    body[:] = OUTCOME_DONE
    for column in range(2):
        body, at = put_block(out, at, SPACE_OUTCOME, 1 + column, count, 8 * count)
        words = body.view(np.int64)
        for k in range(count):
            words[k] = numbers[column * count + k]
    body, at = put_block(out, at, SPACE_ROWS, 0, 1, 16)
    body[:4].view(np.int32)[0] = places.numbers
    body[8:].view(np.int64)[0] = counters[places.numbers]
    row_bytes = np.int64(0)
    for size in tables.sizes:
        row_bytes += size
    images_at = padded(4 * count)
    body, at = put_block(out, at, SPACE_ROWS, places.table, count, images_at + row_bytes * count)
    rows = body[: 4 * count].view(np.int32)
    capacity = tables.ring.number.shape[0]
    for k in range(count):
        rows[k] = (first_number + k) & (capacity - 1)
    gather_rows(tables.memory, tables.offsets, tables.sizes, rows, body[images_at:])
    return at
