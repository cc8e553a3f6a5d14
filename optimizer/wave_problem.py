"""Which orders now, from which aisles: the problem of one wave, checked once.

Shapes: ``O`` orders with ``L`` lines, ``A`` aisles with ``S`` stocks (an item in an aisle), ``I``
items. A wave takes whole orders and visits whole aisles; what its orders ask of an item must lie in
the aisles that it visits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from .columns import whole_column

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WaveProblem:
    """Orders, aisles and how many units a wave may have.

    Attributes
    ----------
    order_first : int64[O + 1]
        First line of each order, and the end of the last.
    line_item, line_units : int32[L]
        Item and units, at least 1. An item comes once in an order.
    aisle_first : int64[A + 1]
        First stock of each aisle, and the end of the last.
    stock_item, stock_units : int32[S]
        Item and units there, at least 1. An item comes once in an aisle.
    units_min, units_max : int
        Least and most units of a wave, both included.
    item_count : int
        ``I``: one more than the largest item. Derived.

    Raises
    ------
    ValueError
        Names the first order, aisle or line that does not fit, what was found and expected.
    """

    order_first: NDArray[np.int64]
    line_item: NDArray[np.int32]
    line_units: NDArray[np.int32]
    aisle_first: NDArray[np.int64]
    stock_item: NDArray[np.int32]
    stock_units: NDArray[np.int32]
    units_min: int
    units_max: int
    item_count: int = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what is no wave problem."""
        if not 1 <= self.units_min <= self.units_max:
            raise ValueError(
                f"units_min is {self.units_min} and units_max {self.units_max}, "
                "expected 1 <= units_min <= units_max"
            )
        for name in ("order_first", "aisle_first"):
            # A copy that may be written to, as the kernels take it.
            object.__setattr__(self, name, np.array(whole_column(name, getattr(self, name))))
        for name in ("line_item", "line_units", "stock_item", "stock_units"):
            column = whole_column(name, getattr(self, name))
            if len(column) and (column.min() < 0 or column.max() > np.iinfo(np.int32).max):
                raise ValueError(f"{name} has a value outside 0 to 2147483647")
            object.__setattr__(self, name, np.ascontiguousarray(column, np.int32))
        check_groups("order", self.order_first, self.line_item, self.line_units)
        check_groups("aisle", self.aisle_first, self.stock_item, self.stock_units)
        items = [int(c.max()) for c in (self.line_item, self.stock_item) if len(c)]
        object.__setattr__(self, "item_count", max(items, default=-1) + 1)

    @property
    def order_count(self) -> int:
        """Number of orders."""
        return len(self.order_first) - 1

    @property
    def aisle_count(self) -> int:
        """Number of aisles."""
        return len(self.aisle_first) - 1

    def order_units(self) -> NDArray[np.int64]:
        """Units of each order, int64[O]."""
        sums = np.concatenate(([0], np.cumsum(self.line_units, dtype=np.int64)))
        return sums[self.order_first[1:]] - sums[self.order_first[:-1]]


@dataclass(frozen=True, slots=True)
class Wave:
    """Orders, the aisles that hold their goods, and their units: 0 when there is no wave."""

    units: int
    orders: NDArray[np.int32]
    aisles: NDArray[np.int32]

    @property
    def ratio(self) -> float:
        """Units an aisle, 0 when there is no wave."""
        return self.units / len(self.aisles) if self.units else 0.0


def by_item(
    item: NDArray[np.int32], item_count: int, *later_keys: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group rows by item.

    Parameters
    ----------
    item : int32[N]
        Item of each row.
    item_count : int
        ``I``.
    later_keys : int64[N]
        Order of an item's rows, the first key first; without any, as they come.

    Returns
    -------
    rows : int64[N]
        Rows, item after item.
    item_first : int64[I + 1]
        First of each item's in `rows`.
    """
    keys: tuple[NDArray[np.integer], ...] = (*later_keys[::-1], item)
    rows = np.lexsort(keys)
    first = np.searchsorted(item[rows], np.arange(item_count + 1))
    return rows, first.astype(np.int64)


def with_dense_items(problem: WaveProblem) -> WaveProblem:
    """Give the items other numbers, from 0 without gaps and in the same order.

    Parameters
    ----------
    problem : WaveProblem
        Its items may have any numbers: searches have a row for each up to the largest.

    Returns
    -------
    WaveProblem
        The same orders and aisles.
    """
    items = np.concatenate((problem.line_item, problem.stock_item))
    dense = np.unique(items, return_inverse=True)[1].astype(np.int32)
    line_item, stock_item = np.split(dense, [len(problem.line_item)])
    return replace(problem, line_item=line_item, stock_item=stock_item)


def no_wave() -> Wave:
    """Give the wave of no orders."""
    return Wave(0, np.empty(0, np.int32), np.empty(0, np.int32))


def check_groups(
    kind: str, first: NDArray[np.int64], item: NDArray[np.int32], units: NDArray[np.int32]
) -> None:
    """Refuse groups of (item, units) that overlap, are empty of units or name an item twice.

    Parameters
    ----------
    kind : str
        What a group is, for the message.
    first : int64[G + 1]
        First row of each group, and the end of the last.
    item, units : int32[N]
        The rows.

    Raises
    ------
    ValueError
        Names the first group that does not fit.
    """
    if len(first) == 0 or first[0] != 0 or first[-1] != len(item) or len(item) != len(units):
        raise ValueError(
            f"{kind}s: {len(item)} items, {len(units)} units and bounds "
            f"{first[:1].tolist()} to {first[-1:].tolist()}, expected as many of each, from 0 on"
        )
    sizes = np.diff(first)
    if len(sizes) and sizes.min() < 0:
        raise ValueError(f"{kind} {int(np.argmin(sizes))} ends before it begins")
    owner = np.repeat(np.arange(len(sizes)), sizes)
    none = np.flatnonzero(units < 1)
    if len(none):
        at = int(none[0])
        raise ValueError(
            f"{kind} {owner[at]} has {units[at]} units of item {item[at]}, expected 1 or more"
        )
    rank = np.lexsort((item, owner))
    twice = np.flatnonzero((np.diff(owner[rank]) == 0) & (np.diff(item[rank]) == 0))
    if len(twice):
        at = int(rank[twice[0]])
        raise ValueError(f"{kind} {owner[at]} names item {item[at]} twice, expected once: add them")
