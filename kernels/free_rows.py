"""Rows of a table that were freed and are given out again, lowest row first.

The free rows are a binary min-heap in an array that the caller keeps, its size in a one-element
array. When it is empty, fresh rows follow from the table's high-water mark. Shape: ``C`` capacity
of the heap, at least the rows of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import NONE
from .compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def push_row(heap: NDArray[np.int32], count: NDArray[np.int64], row: int) -> None:
    """Add a freed row. O(log n).

    Parameters
    ----------
    heap : int32[C]
        Heap, changed in place.
    count : int64[1]
        Rows in the heap, raised by 1.
    row : int64
        Row that is not in the heap.
    """
    at = count[0]
    count[0] = at + 1
    while at > 0:
        up = (at - 1) >> 1
        if heap[up] <= row:
            break
        heap[at] = heap[up]
        at = up
    heap[at] = row


@kernel
def pop_row(heap: NDArray[np.int32], count: NDArray[np.int64]) -> int:
    """Take the lowest free row. O(log n).

    Parameters
    ----------
    heap : int32[C]
        Heap, changed in place.
    count : int64[1]
        Rows in the heap, lowered by 1.

    Returns
    -------
    row : int64
        The lowest row, -1 when the heap is empty.
    """
    left = count[0] - 1
    if left < 0:
        return np.int64(NONE)
    row = np.int64(heap[0])
    count[0] = left
    moved = heap[left]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= left:
            break
        if child + 1 < left and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= moved:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moved
    return row


@kernel
def take_row(heap: NDArray[np.int32], count: NDArray[np.int64], high_water: int) -> tuple[int, int]:
    """Take one row: the lowest free one, else a fresh one.

    Parameters
    ----------
    heap : int32[C]
        Heap, changed in place.
    count : int64[1]
        Rows in the heap.
    high_water : int64
        Rows of the table ever used.

    Returns
    -------
    row, high_water : int64
        The row, and the rows ever used from now on.
    """
    if count[0] > 0:
        return pop_row(heap, count), np.int64(high_water)
    return np.int64(high_water), np.int64(high_water + 1)


@kernel
def take_rows(
    heap: NDArray[np.int32],
    count: NDArray[np.int64],
    high_water: int,
    wanted: int,
    out: NDArray[np.int32],
) -> int:
    """Take many rows: the free ones in ascending order, then fresh ones.

    Parameters
    ----------
    heap : int32[C]
        Heap, changed in place.
    count : int64[1]
        Rows in the heap.
    high_water : int64
        Rows of the table ever used. The caller checks that the table has room.
    wanted : int64
        Rows to take, at most the length of `out`.
    out : int32[N]
        Output: the rows, ascending.

    Returns
    -------
    high_water : int64
        Rows ever used from now on.
    """
    reused = min(wanted, count[0])
    for at in range(reused):
        out[at] = pop_row(heap, count)
    for at in range(reused, wanted):
        out[at] = high_water + at - reused
    return np.int64(high_water + wanted - reused)


@kernel
def push_rows(heap: NDArray[np.int32], count: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
    """Add many freed rows. O(m log n).

    Parameters
    ----------
    heap : int32[C]
        Heap, changed in place.
    count : int64[1]
        Rows in the heap, raised.
    rows : int32[m]
        Rows that are not in the heap, each once.
    """
    for at in range(rows.shape[0]):
        push_row(heap, count, np.int64(rows[at]))
