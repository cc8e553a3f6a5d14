"""The workload ``alloc-1``: one seeded generator for every contender.

Shapes: ``I`` items, ``R`` stock rows, ``O`` orders, ``L`` order lines.

Each item has a popularity rank. Demand follows Zipf(1.1) over the ranks, bounded to the ``I``
items; stock is one row an item, the other rows by rank^-0.75. Ranks are dealt to item numbers
by a seeded permutation, because a real catalogue is not numbered by popularity. Rows stand in
the order of their arrival, so the rows of one item are scattered, too.

The rule to be served is FEFO by (expiry day, stock row), all-or-nothing, in order sequence.

Weights are rounded to integers before they are summed, so that the draw does not hang on the
last bit of a power function: the same seed gives the same workload on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.errors import InvalidRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED_DEFAULT: Final = 7
ITEM_COUNT_DEFAULT: Final = 100_000
STOCK_ROW_COUNT_DEFAULT: Final = 500_000
ORDER_COUNT_DEFAULT: Final = 200_000

ROW_UNITS_MAX: Final = 50
LINE_UNITS_MAX: Final = 5
# Beyond 64 lines a geometric draw of mean 2.5 comes once in 10^14; the bound keeps small
# catalogues able to give distinct items.
ORDER_LINES_MAX: Final = 64
EXPIRY_DAY_FIRST: Final = 20_800
EXPIRY_DAY_SPAN: Final = 720

_DEMAND_EXPONENT: Final = 1.1
_STOCK_EXPONENT: Final = 0.75
_LINES_SUCCESS: Final = 0.4
_WEIGHT_ONE: Final = 2**40
_REDRAWS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Workload:
    """Opening stock and orders as columns.

    Attributes
    ----------
    seed : int
        Seed that made it.
    item_count : int
        Items are numbered from 0 to ``item_count - 1``.
    rank_item : int32[I]
        Item of each popularity rank, the most wanted first.
    item_row : int32[R]
        Item of each stock row.
    units : int32[R]
        Opening units of each stock row, 1 to 50.
    expiry_day : int32[R]
        Expiry date as days since 1970-01-01.
    order_first_line : int32[O + 1]
        First line of each order; the last entry is ``L``.
    line_item : int32[L]
        Item of each line; distinct within an order.
    line_units : int32[L]
        Units asked for, 1 to 5.
    """

    seed: int
    item_count: int
    rank_item: NDArray[np.int32]
    item_row: NDArray[np.int32]
    units: NDArray[np.int32]
    expiry_day: NDArray[np.int32]
    order_first_line: NDArray[np.int32]
    line_item: NDArray[np.int32]
    line_units: NDArray[np.int32]

    @property
    def row_count(self) -> int:
        """Number of opening stock rows."""
        return int(self.item_row.shape[0])

    @property
    def order_count(self) -> int:
        """Number of orders."""
        return int(self.order_first_line.shape[0]) - 1

    @property
    def line_count(self) -> int:
        """Number of order lines."""
        return int(self.line_item.shape[0])

    def line_order(self) -> NDArray[np.int32]:
        """Give the order of each line.

        Returns
        -------
        line_order : int32[L]
            Order index of each line.
        """
        counts = np.diff(self.order_first_line)
        return np.repeat(np.arange(self.order_count, dtype=np.int32), counts)

    def fefo_rows(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Sort the stock rows of each item by (expiry day, row).

        Returns
        -------
        rows : int32[R]
            Stock rows, by item, then first expiring first.
        item_first : int64[I + 1]
            First position in `rows` of each item.
        """
        row = np.arange(self.row_count, dtype=np.int32)
        rows = np.lexsort((row, self.expiry_day, self.item_row)).astype(np.int32)
        counts = np.bincount(self.item_row, minlength=self.item_count)
        return rows, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def alloc_1(
    seed: int = SEED_DEFAULT,
    *,
    item_count: int = ITEM_COUNT_DEFAULT,
    row_count: int = STOCK_ROW_COUNT_DEFAULT,
    order_count: int = ORDER_COUNT_DEFAULT,
) -> Workload:
    """Make the workload.

    Parameters
    ----------
    seed : int
        Seed of the PCG64 generator.
    item_count : int
        Items in the catalogue, > 0.
    row_count : int
        Stock rows, at least one an item.
    order_count : int
        Orders, > 0.

    Returns
    -------
    workload : Workload
        The columns; the same arguments always give the same bytes.

    Raises
    ------
    InvalidRequest
        If a count is out of range.
    """
    if item_count < 1 or order_count < 1 or row_count < item_count:
        raise InvalidRequest(
            f"found {item_count} items, {row_count} stock rows and {order_count} orders; "
            "expected at least one item, one order and one stock row an item"
        )
    draw = np.random.Generator(np.random.PCG64(seed))
    rank_item = draw.permutation(item_count).astype(np.int32)
    extra_item = rank_item[_draw_ranks(draw, _STOCK_EXPONENT, item_count, row_count - item_count)]
    item_row = np.concatenate([draw.permutation(item_count).astype(np.int32), extra_item])
    expiry_day = EXPIRY_DAY_FIRST + draw.integers(0, EXPIRY_DAY_SPAN, row_count, dtype=np.int32)
    units = draw.integers(1, ROW_UNITS_MAX + 1, row_count, dtype=np.int32)
    first_line, line_item, line_units = _draw_orders(draw, rank_item, order_count)
    return Workload(
        seed, item_count, rank_item, item_row, units, expiry_day.astype(np.int32),
        first_line, line_item, line_units,
    )  # fmt: skip


def smoke(seed: int = SEED_DEFAULT) -> Workload:
    """Make a small workload of the same shape: 2,000 items, 10,000 rows, 4,000 orders.

    Parameters
    ----------
    seed : int
        Seed of the PCG64 generator.

    Returns
    -------
    workload : Workload
        The columns.
    """
    return alloc_1(seed, item_count=2_000, row_count=10_000, order_count=4_000)


def _draw_ranks(
    draw: np.random.Generator, exponent: float, rank_count: int, count: int
) -> NDArray[np.int64]:
    """Draw `count` ranks from 0, each with the weight (rank + 1) ** -exponent."""
    rank = np.arange(1, rank_count + 1, dtype=np.float64)
    weight = np.maximum(np.rint(rank**-exponent * _WEIGHT_ONE), 1).astype(np.int64)
    ends = np.cumsum(weight)
    rank_index: NDArray[np.int64] = np.searchsorted(
        ends, draw.integers(0, ends[-1], count), side="right"
    )
    return rank_index


def _draw_orders(
    draw: np.random.Generator, rank_item: NDArray[np.int32], order_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Draw orders whose items are distinct within an order; repeats are drawn again."""
    item_count = rank_item.shape[0]
    # Small catalogues: an order asks for at most half of them, or redrawing would not end soon.
    lines_max = min(ORDER_LINES_MAX, max(1, item_count // 2))
    lines = np.minimum(draw.geometric(_LINES_SUCCESS, order_count), lines_max)
    first_line = np.concatenate([[0], np.cumsum(lines)]).astype(np.int32)
    line_count = int(first_line[-1])
    order = np.repeat(np.arange(order_count, dtype=np.int64), lines)
    rank = _draw_ranks(draw, _DEMAND_EXPONENT, item_count, line_count)
    for _ in range(_REDRAWS_MAX):
        repeat = _repeated_lines(order * item_count + rank)
        if repeat.shape[0] == 0:
            break
        rank[repeat] = _draw_ranks(draw, _DEMAND_EXPONENT, item_count, repeat.shape[0])
    else:
        raise InvalidRequest(
            f"found no distinct items for every order in {_REDRAWS_MAX} draws; "
            f"expected a larger catalogue than {item_count} items"
        )
    line_units = draw.integers(1, LINE_UNITS_MAX + 1, line_count, dtype=np.int32)
    return first_line, rank_item[rank], line_units


def _repeated_lines(order_and_rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the lines that ask for an item which an earlier line of their order asks for."""
    by_key = np.argsort(order_and_rank, kind="stable")
    sorted_key = order_and_rank[by_key]
    repeated: NDArray[np.int64] = by_key[1:][sorted_key[1:] == sorted_key[:-1]]
    return repeated
