"""Fold order history into one busy day, one client per order.

The busiest calendar days come first; later ones are laid over the busiest with their time
of day kept, until the wished number of orders is reached. A basket that holds items of
both clients becomes one order per client, because stock and orders have one legal owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest
from .stable import spread, stable_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import OrderHistory

DAY_US: Final = 86_400_000_000
MINUTE_US: Final = 60_000_000
OWNER_CODES: Final = ("ALDER", "BIRCH")
FIRST_OWNER_PERCENT: Final = 65


@dataclass(frozen=True, slots=True, eq=False)
class ChosenOrders:
    """One day's orders over the items they name.

    Shapes: O orders (by time, then code), I items (by code), L lines (by order, then as
    they stood in the history).

    Attributes
    ----------
    day_us : int
        Midnight at which the day begins, microseconds.
    days_folded : int
        How many calendar days of history lie on top of each other.
    order_codes : tuple of str
        Basket code and client letter, unique.
    order_time_us : int64[O]
        Arrival, within the day.
    order_owner_row : int8[O]
        Row of `OWNER_CODES`.
    item_codes, item_categories, item_descriptions, item_makers, item_sizes : tuple of str
        One text per item, empty when unknown.
    item_owner_row : int8[I]
        Row of `OWNER_CODES`.
    line_order_row, line_item_row : int32[L]
        Order and item of each line.
    line_units : int64[L]
        Units ordered, >= 1.
    """

    day_us: int
    days_folded: int
    order_codes: tuple[str, ...]
    order_time_us: NDArray[np.int64]
    order_owner_row: NDArray[np.int8]
    item_codes: tuple[str, ...]
    item_categories: tuple[str, ...]
    item_descriptions: tuple[str, ...]
    item_makers: tuple[str, ...]
    item_sizes: tuple[str, ...]
    item_owner_row: NDArray[np.int8]
    line_order_row: NDArray[np.int32]
    line_item_row: NDArray[np.int32]
    line_units: NDArray[np.int64]

    @property
    def order_first_line(self) -> NDArray[np.int64]:
        """First line of each order, int64[O + 1]; order n has lines [n] up to [n + 1]."""
        rows = np.arange(len(self.order_codes) + 1)
        return np.searchsorted(self.line_order_row, rows).astype(np.int64)

    @property
    def date(self) -> str:
        """The day as an ISO date."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.day_us)
        return moment.date().isoformat()


def choose_orders(
    history: OrderHistory, *, orders_max: int = 6_000, lines_max: int = 60_000
) -> ChosenOrders:
    """Choose one day's orders, busiest days first.

    Parameters
    ----------
    history : OrderHistory
        Cleaned history.
    orders_max, lines_max : int
        The day ends up with at most so many orders (after the split by client) and lines.

    Returns
    -------
    ChosenOrders
        The same for the same history and bounds, always.

    Raises
    ------
    InvalidRequest
        A bound below 1, or so small that not even one basket fits.
    """
    if orders_max < 1 or lines_max < 1:
        raise InvalidRequest(
            f"orders_max is {orders_max} and lines_max {lines_max}; both must be at least 1"
        )
    item_owner = _owner_rows(history)
    basket_day = history.order_time_us // DAY_US
    days, day_of_basket, counts = np.unique(basket_day, return_inverse=True, return_counts=True)
    day_rank = np.empty(len(days), dtype=np.int64)
    day_rank[np.lexsort((days, -counts))] = np.arange(len(days))
    tie = stable_hash(history.order_codes, "choose order")
    ranked = np.lexsort((tie, day_rank[day_of_basket]))

    split_key = history.line_order_row.astype(np.int64) * 2 + item_owner[history.line_item_row]
    basket_lines = np.bincount(history.line_order_row, minlength=len(basket_day))
    basket_splits = np.bincount(np.unique(split_key) // 2, minlength=len(basket_day))
    fits = (np.cumsum(basket_splits[ranked]) <= orders_max) & (
        np.cumsum(basket_lines[ranked]) <= lines_max
    )
    chosen = ranked[fits]
    if len(chosen) == 0:
        raise InvalidRequest(
            f"orders_max {orders_max} and lines_max {lines_max} leave no order; the first basket "
            f"has {basket_lines[ranked[0]]} lines in {basket_splits[ranked[0]]} orders"
        )
    is_chosen = np.zeros(len(basket_day), dtype=np.bool_)
    is_chosen[chosen] = True
    day_us = int(days[np.argmin(day_rank)]) * DAY_US
    return _columns(
        history, item_owner, split_key, is_chosen, day_us, len(np.unique(basket_day[chosen]))
    )


def _owner_rows(history: OrderHistory) -> NDArray[np.int8]:
    """Give every item one of two clients: by maker, else by category, else by code."""
    groups = tuple(
        maker or category or code
        for maker, category, code in zip(
            history.item_makers, history.item_categories, history.item_codes, strict=True
        )
    )
    share = spread(stable_hash(groups, "owner"), 100)
    return (share >= FIRST_OWNER_PERCENT).astype(np.int8)


def _columns(
    history: OrderHistory,
    item_owner: NDArray[np.int8],
    split_key: NDArray[np.int64],
    is_chosen: NDArray[np.bool_],
    day_us: int,
    days_folded: int,
) -> ChosenOrders:
    """Renumber the chosen lines' orders and items."""
    lines = np.flatnonzero(is_chosen[history.line_order_row])
    splits, line_split = np.unique(split_key[lines], return_inverse=True)
    items, line_item = np.unique(history.line_item_row[lines], return_inverse=True)
    basket, owner = splits // 2, splits % 2
    time_us = day_us + history.order_time_us[basket] % DAY_US
    codes = [
        f"{history.order_codes[row]}-{OWNER_CODES[client][0]}"
        for row, client in zip(basket.tolist(), owner.tolist(), strict=True)
    ]
    by_time = np.array(sorted(range(len(codes)), key=lambda row: (time_us[row], codes[row])))
    new_row = np.empty(len(codes), dtype=np.int32)
    new_row[by_time] = np.arange(len(codes), dtype=np.int32)
    line_order = new_row[line_split]
    line_sort = np.argsort(line_order, kind="stable")
    return ChosenOrders(
        day_us=day_us,
        days_folded=days_folded,
        order_codes=tuple(codes[row] for row in by_time.tolist()),
        order_time_us=time_us[by_time],
        order_owner_row=owner[by_time].astype(np.int8),
        item_codes=tuple(history.item_codes[row] for row in items),
        item_categories=tuple(history.item_categories[row] for row in items),
        item_descriptions=tuple(history.item_descriptions[row] for row in items),
        item_makers=tuple(history.item_makers[row] for row in items),
        item_sizes=tuple(history.item_sizes[row] for row in items),
        item_owner_row=item_owner[items],
        line_order_row=line_order[line_sort],
        line_item_row=line_item[line_sort].astype(np.int32),
        line_units=history.line_units[lines][line_sort],
    )
