"""The verifier's own tables: packed rows, and what a stretch of records wrote to them.

Writes carry `step`, the place of their record in the stretch, so that the value of any row after
any record can be told without keeping a copy per record: writes are sorted by (row, step), and a
search finds the last one at or before a step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...engine.schema import TABLES
from .records import ROW_DTYPES

ROW_SKIP_MAX = 16_384
"""Rows are given one after the other; only a ring that comes round may skip some."""

STEP_BITS = 32


class Writes(NamedTuple):
    """Writes to one table, ascending by `keys`, one per row and step.

    Attributes
    ----------
    keys : ndarray of int64, shape (N,)
        Row shifted left by `STEP_BITS`, plus step.
    rows, steps : ndarray of int64, shape (N,)
        Row written, and record.
    before, after : structured ndarray, shape (N,)
        The row as it was and as it is.
    is_new : ndarray of bool, shape (N,)
        Whether an accepted order made the row.
    """

    keys: np.ndarray
    rows: np.ndarray
    steps: np.ndarray
    before: np.ndarray
    after: np.ndarray
    is_new: np.ndarray


class Table:
    """Rows of one table, all zero until written.

    Parameters
    ----------
    number : int
        Number of the table in the schema.
    """

    def __init__(self, number: int) -> None:
        self.name = TABLES[number].name
        self.data = np.zeros(1024, dtype=ROW_DTYPES[number])
        self._used = 0

    def row_limit(self, writes: int) -> int:
        """Give the first row that so many writes cannot reach: beyond it lies damage."""
        return self._used + writes + ROW_SKIP_MAX

    def replace(self, data: np.ndarray) -> None:
        """Take over all rows of another table of the same kind, as a copy."""
        self.data = data.copy()
        self._used = data.size

    def reserve(self, rows: int) -> None:
        """Make room for `rows` rows; what is there is kept."""
        if rows > self.data.size:
            larger = np.zeros(1 << (rows - 1).bit_length(), dtype=self.data.dtype)
            larger[: self.data.size] = self.data
            self.data = larger

    def arrange(
        self, rows: np.ndarray, steps: np.ndarray, images: np.ndarray, is_new: np.ndarray
    ) -> Writes:
        """Sort writes by row and step, and find what each replaces; changes nothing.

        Of writes to one row in one step the last stays.
        """
        keys = (rows.astype(np.int64) << STEP_BITS) | steps
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        order = order[np.append(keys[1:] != keys[:-1], np.True_)]
        rows, steps, after = rows[order].astype(np.int64), steps[order], images[order]
        before = self.data[rows]
        again = np.flatnonzero(rows[1:] == rows[:-1]) + 1
        before[again] = after[again - 1]
        return Writes((rows << STEP_BITS) | steps, rows, steps, before, after, is_new[order])

    def apply(self, writes: Writes) -> None:
        """Write the last image of each row."""
        last = np.append(writes.rows[1:] != writes.rows[:-1], np.True_)
        rows = writes.rows[last]
        self.reserve(int(rows[-1]) + 1)
        self.data[rows] = writes.after[last]
        self._used = max(self._used, int(rows[-1]) + 1)


class AsOf:
    """Rows of a table as they are after given steps.

    Parameters
    ----------
    table : Table
        As it was before the stretch.
    writes : Writes or None
        What the stretch wrote.
    rows, steps : ndarray of int64, shape (N,)
        Which rows, after which step; step -1 is before the stretch. Rows that the table does not
        have read as row 0; `exists` tells.
    """

    def __init__(
        self, table: Table, writes: Writes | None, rows: np.ndarray, steps: np.ndarray
    ) -> None:
        self.exists = (rows >= 0) & (rows < table.data.size)
        self._table = table
        self._writes = writes
        self._rows = np.where(self.exists, rows, 0)
        if writes is None:
            return
        wanted = (self._rows << STEP_BITS) + steps
        found = np.searchsorted(writes.keys, wanted, side="right") - 1
        self._is_written = (found >= 0) & (writes.rows[found] == self._rows)
        self._found = found

    def __getitem__(self, name: str) -> np.ndarray:
        """Give a column, shape (N,)."""
        base = self._table.data[name][self._rows]
        if self._writes is None:
            return base
        return np.where(self._is_written, self._writes.after[name][self._found], base)


def group_sum(keys: list[np.ndarray], values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Add up int64 values by key: the keys, ascending, and the sum of each."""
    joined = np.concatenate([np.empty(0, np.int64), *keys])
    amounts = np.concatenate([np.empty(0, np.int64), *values]).astype(np.int64)
    order = np.argsort(joined, kind="stable")
    joined = joined[order]
    if not joined.size:
        return joined, amounts
    starts = np.flatnonzero(np.append(np.True_, joined[1:] != joined[:-1]))
    return joined[starts], np.add.reduceat(amounts[order], starts)


def running_sum(keys: np.ndarray, sums: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Give the running sum per row after each key, from `base` per row on.

    Parameters
    ----------
    keys : ndarray of int64, shape (N,)
        Row and step, ascending.
    sums : ndarray of int64, shape (N,)
        Change at each key.
    base : ndarray of int64
        Value per row before the first.
    """
    if not keys.size:
        return sums
    rows = keys >> STEP_BITS
    total = np.cumsum(sums)
    starts = np.flatnonzero(np.append(np.True_, rows[1:] != rows[:-1]))
    counts = np.diff(np.append(starts, rows.size))
    result: np.ndarray = total - np.repeat(total[starts] - sums[starts], counts) + base[rows]
    return result


def grown(array: np.ndarray, size: int) -> np.ndarray:
    """Give the array, longer with zeros when it has fewer than `size` entries."""
    if size <= array.size:
        return array
    larger = np.zeros(1 << (size - 1).bit_length(), dtype=array.dtype)
    larger[: array.size] = array
    return larger
