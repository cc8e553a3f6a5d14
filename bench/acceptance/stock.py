"""Free units of each stock row, as planners bind lines to bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .day import Day


class Stock:
    """What is free to be bound. A line is bound to one row as a whole.

    Parameters
    ----------
    day : Day
        With the rows as they are in the morning.
    """

    def __init__(self, day: Day) -> None:
        self._free = day.row_units.tolist()
        self._first = day.sku_first.tolist()
        self._expires = (day.row_expires >= 0).tolist()
        depot_mm = day.site.bin_depot_mm[day.row_bin]
        row_sku = np.repeat(np.arange(len(day.sku_zone)), np.diff(day.sku_first))
        self._by_way = np.lexsort((depot_mm, row_sku)).tolist()

    def choices(self, sku: int, units: int, but: int = -1) -> list[int]:
        """Give the rows that may serve a line, the one nearest its zone's depot first.

        Parameters
        ----------
        sku, units : int
            What is wanted.
        but : int
            A row that is out of the question.

        Returns
        -------
        rows : list of int
            Of goods that expire only the first one to expire that has enough.
        """
        first, last = self._first[sku], self._first[sku + 1]
        if self._expires[first]:
            for row in range(first, last):
                if row != but and self._free[row] >= units:
                    return [row]
            return []
        return [row for row in self._by_way[first:last] if row != but and self._free[row] >= units]

    def oldest(self, sku: int, units: int) -> int:
        """Give the first row that has enough, -1 when none has: what needs no planner."""
        for row in range(self._first[sku], self._first[sku + 1]):
            if self._free[row] >= units:
                return row
        return -1

    def bind(self, row: int, units: int) -> None:
        """Take units for a line, which must be free."""
        assert self._free[row] >= units, f"row {row} has {self._free[row]} free, {units} wanted"
        self._free[row] -= units

    def unbind(self, row: int, units: int) -> None:
        """Let units be free again."""
        self._free[row] += units
