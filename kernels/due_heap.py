"""What falls due next: a binary min-heap of (time, number), ties going to the lower number.

Entries are never searched for. When a promise is released or a stock row changes, its entry stays
and is *stale*; whoever pops it compares it with the columns and passes over it. A full heap is
made room in by `compact`. Shape: ``C`` capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .columns import NONE
from .compiled import kernel, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray


class DueHeap(NamedTuple):
    """Entries of the heap.

    Attributes
    ----------
    time_us : int64[C]
        Time at which the entry falls due.
    number : int64[C]
        Promise number or stock row.
    count : int64[1]
        Entries.
    """

    time_us: NDArray[np.int64]
    number: NDArray[np.int64]
    count: NDArray[np.int64]  # pyright: ignore[reportIncompatibleMethodOverride]


def make_due_heap(
    allocate: Callable[[tuple[int, ...], DTypeLike], NDArray[Any]], capacity: int
) -> DueHeap:
    """Make an empty heap.

    Parameters
    ----------
    allocate : callable
        Gives an array of zeros of a shape and dtype.
    capacity : int
        Entries, stale ones included.

    Returns
    -------
    heap : DueHeap
        Empty.
    """
    return DueHeap(
        allocate((capacity,), np.int64), allocate((capacity,), np.int64), allocate((1,), np.int64)
    )


@kernel
def push_due(heap: DueHeap, time_us: int, number: int) -> bool:
    """Add an entry. O(log n); O(1) when it falls due last.

    Parameters
    ----------
    heap : DueHeap
        Changed in place.
    time_us, number : int64
        The entry.

    Returns
    -------
    done : bool
        False when the heap is full: `compact` it first.
    """
    at = heap.count[0]
    if at == heap.time_us.shape[0]:
        return False
    heap.count[0] = at + 1
    while at > 0:
        up = (at - 1) >> 1
        if not _is_before(time_us, number, heap.time_us[up], heap.number[up]):
            break
        heap.time_us[at] = heap.time_us[up]
        heap.number[at] = heap.number[up]
        at = up
    heap.time_us[at] = time_us
    heap.number[at] = number
    return True


@kernel
def push_all_due(
    heap: DueHeap, times_us: NDArray[np.integer], numbers: NDArray[np.integer]
) -> bool:
    """Add entries one after the other, all or none. O(m log n).

    Parameters
    ----------
    heap : DueHeap
        Changed in place.
    times_us, numbers : int[m]
        The entries.

    Returns
    -------
    done : bool
        False when not all of them fit: nothing was added.
    """
    if heap.count[0] + times_us.shape[0] > heap.time_us.shape[0]:
        return False
    for k in range(times_us.shape[0]):
        push_due(heap, np.int64(times_us[k]), np.int64(numbers[k]))
    return True


@kernel
def pop_due(heap: DueHeap, until_us: int) -> tuple[int, int]:
    """Take the first entry if it is due. O(log n).

    Parameters
    ----------
    heap : DueHeap
        Changed in place.
    until_us : int64
        Entries at or before this time are due.

    Returns
    -------
    time_us, number : int64
        The entry; number -1 when none is due.
    """
    if heap.count[0] == 0 or heap.time_us[0] > until_us:
        return np.int64(NONE), np.int64(NONE)
    time_us, number = heap.time_us[0], heap.number[0]
    left = heap.count[0] - 1
    heap.count[0] = left
    moved_us, moved = heap.time_us[left], heap.number[left]
    _sift_down(heap, 0, moved_us, moved)
    return time_us, number


@kernel
def compact(heap: DueHeap, keep: NDArray[np.uint8]) -> int:
    """Drop stale entries and put the rest in order. O(n).

    Parameters
    ----------
    heap : DueHeap
        Changed in place.
    keep : uint8[n]
        Per entry in the order of ``heap.time_us[:n]``, 0 when it is stale.

    Returns
    -------
    count : int64
        Entries left.
    """
    kept = 0
    for at in range(heap.count[0]):
        if keep[at]:
            heap.time_us[kept] = heap.time_us[at]
            heap.number[kept] = heap.number[at]
            kept += 1
    heap.count[0] = kept
    for at in range((kept >> 1) - 1, -1, -1):
        _sift_down(heap, at, heap.time_us[at], heap.number[at])
    return kept


@step
def _is_before(time_us: int, number: int, other_us: int, other: int) -> bool:
    return time_us < other_us or (time_us == other_us and number < other)


@kernel
def _sift_down(heap: DueHeap, at: int, time_us: int, number: int) -> None:
    """Put an entry where it belongs at or below place `at`."""
    count = heap.count[0]
    while True:
        child = 2 * at + 1
        if child >= count:
            break
        if child + 1 < count and _is_before(
            heap.time_us[child + 1], heap.number[child + 1],
            heap.time_us[child], heap.number[child],
        ):  # fmt: skip
            child += 1
        if not _is_before(heap.time_us[child], heap.number[child], time_us, number):
            break
        heap.time_us[at] = heap.time_us[child]
        heap.number[at] = heap.number[child]
        at = child
    heap.time_us[at] = time_us
    heap.number[at] = number
