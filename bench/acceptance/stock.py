"""Free units of each stock row, as planners bind lines to bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .day import Day


class Stock:
    """What is free to be bound.

    Goods that do not expire are bound to one row for a line as a whole. Of goods that expire the
    first to do so goes first, to its last unit, so that a line may need several rows.

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

    def nearest(self, sku: int, units: int, but: int = -1) -> list[tuple[int, int]]:
        """Give where to get a line from, near its zone's depot where there is a choice.

        Parameters
        ----------
        sku, units : int
            What is wanted.
        but : int
            A row that is out of the question.

        Returns
        -------
        shares : list of (int, int)
            Rows and the units of each; none when there is too little.
        """
        return self._shares(sku, units, but, self._by_way)

    def oldest(self, sku: int, units: int) -> list[tuple[int, int]]:
        """Give where to get a line from by the books, which needs no planner; as `nearest`."""
        return self._shares(sku, units, -1, None)

    def _shares(
        self, sku: int, units: int, but: int, by_way: list[int] | None
    ) -> list[tuple[int, int]]:
        first, last = self._first[sku], self._first[sku + 1]
        if self._expires[first]:
            return self._first_to_expire(first, last, units, but)
        for row in range(first, last) if by_way is None else by_way[first:last]:
            if row != but and self._free[row] >= units:
                return [(row, units)]
        return []

    def _first_to_expire(
        self, first: int, last: int, units: int, but: int
    ) -> list[tuple[int, int]]:
        shares = []
        for row in range(first, last):
            share = 0 if row == but else min(units, self._free[row])
            if share:
                shares.append((row, share))
                units -= share
            if not units:
                return shares
        return []

    def bind(self, row: int, units: int) -> None:
        """Take units for a line, which must be free."""
        assert self._free[row] >= units, f"row {row} has {self._free[row]} free, {units} wanted"
        self._free[row] -= units

    def unbind(self, row: int, units: int) -> None:
        """Let units be free again."""
        self._free[row] += units
