"""One reserved block of memory that holds every column of the state.

Columns have their full capacity from the start, as address space only: a page costs memory once it
is touched. So no column ever moves or grows, views stay valid for the life of the process, a
snapshot copies ranges of one block, and after-images are written by offset.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PAGE_BYTES = 4096
HUGE_FROM_BYTES = 64 << 20
"""Blocks from this size on get huge pages: random access to large tables is bound by the TLB."""


def _reserve(size_bytes: int) -> mmap.mmap:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    try:
        block = mmap.mmap(-1, size_bytes, flags=flags)
        if size_bytes >= HUGE_FROM_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
            block.madvise(mmap.MADV_HUGEPAGE)
        return block
    except OSError as error:
        raise MemoryError(
            f"found no {size_bytes >> 20} MiB of address space, expected that much for the tables; "
            f"open the store with a smaller capacity, or allow overcommit"
        ) from error


class Arena:
    """Columns at fixed offsets of one block.

    Parameters
    ----------
    columns : iterable of (dtype, rows)
        In the order in which they are laid out.

    Attributes
    ----------
    memory : ndarray of uint8, shape (bytes,)
        The whole block.
    offsets, sizes : ndarray of int64, shape (columns,)
        Byte offset and bytes per row of each column.
    """

    def __init__(self, columns: Iterable[tuple[np.dtype, int]]) -> None:
        shapes = [(np.dtype(dtype), rows) for dtype, rows in columns]
        offsets, end = [], 0
        for dtype, rows in shapes:
            offsets.append(end)
            end += -(-dtype.itemsize * rows // PAGE_BYTES) * PAGE_BYTES
        self._map = _reserve(max(end, PAGE_BYTES))
        self.memory = np.frombuffer(self._map, dtype=np.uint8)
        self.offsets = np.array(offsets, dtype=np.int64)
        self.sizes = np.array([dtype.itemsize for dtype, _ in shapes], dtype=np.int64)
        self._shapes = shapes

    def column(self, position: int) -> np.ndarray:
        """Give the column at `position` as an array of its dtype, shape (rows,), writable."""
        dtype, rows = self._shapes[position]
        return np.frombuffer(self._map, dtype=dtype, count=rows, offset=int(self.offsets[position]))


def allocate(rows: int, dtype: np.dtype | type) -> np.ndarray:
    """Give a zeroed array of shape (rows,) outside any arena, paid for when touched."""
    dtype = np.dtype(dtype)
    return np.frombuffer(_reserve(max(rows * dtype.itemsize, PAGE_BYTES)), dtype=dtype, count=rows)


def _find_madvise() -> Callable[..., object] | None:
    try:
        return cast("Callable[..., object]", ctypes.CDLL(None).madvise)
    except (AttributeError, OSError):
        return None


_madvise = _find_madvise()
# Linux 5.14: page faults as if by writing, contents unchanged, so it may run beside a writer.
_MADV_POPULATE_WRITE = 23


def populate(column: np.ndarray, first: int, last: int) -> None:
    """Give rows their memory before they are written to, without the interpreter lock.

    Where the system has no such call, or no memory, nothing happens: the first write to a row then
    pays for its page, or meets the same want of memory.

    Parameters
    ----------
    column : ndarray, shape (rows,)
        From `allocate` or `Arena.column`; its contents stay as they are.
    first, last : int
        Rows from `first` to before `last`.
    """
    if _madvise is None or first >= last:
        return
    base, size = column.ctypes.data, column.itemsize
    begin = (base + first * size) & -PAGE_BYTES
    end = (base + last * size + PAGE_BYTES - 1) & -PAGE_BYTES
    _madvise(
        ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), ctypes.c_int(_MADV_POPULATE_WRITE)
    )
