"""The day's account: what was shipped, and why each short line is short.

Everything is read from the server's tables after the last departure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ...kernels.columns import DAY_US, STATUS_AVAILABLE
from .order_book import OrderTables
from .report import ShortReason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .day import Day
    from .desk import Desk
    from .opening import Refs
    from .order_book import OrderBook
    from .site import Site

NOT_FOUND: Final = "Picker did not find it, no other bin had it"
HELD_BACK: Final = "Waits with its order, which ships complete or not at all"
LIFE: Final = "Remaining shelf life too short for the channel"
NOT_COME: Final = "No stock, purchase order did not come"
CAME_SHORT: Final = "No stock, purchase order came short"
LATE: Final = "No stock in time, purchase order late"
NONE_ON_ORDER: Final = "No stock, none on order"
AFTER_WAVES: Final = "Stock came back after the last wave"


@dataclass(frozen=True, slots=True, eq=False)
class DayAccount:
    """Totals of the day, without the flash sale where not said otherwise.

    Attributes
    ----------
    order_count, line_count, units_ordered, units_shipped, orders_filled, lines_filled : int
        A filled line was shipped in full, a filled order with all of its lines.
    shorts : tuple of ShortReason
        Why lines stayed short, most lines first.
    shipped_by_order : int64[N]
        Units shipped per reference, flash sale included, as the server's lines say.
    flash_shipped_units : int
        Units of the flash sale that left.
    """

    order_count: int
    line_count: int
    units_ordered: int
    units_shipped: int
    orders_filled: int
    lines_filled: int
    shorts: tuple[ShortReason, ...]
    shipped_by_order: NDArray[np.int64]
    flash_shipped_units: int


def reckon(
    desk: Desk,
    site: Site,
    day: Day,
    refs: Refs,
    book: OrderBook,
) -> DayAccount:
    """Add the day up.

    Parameters
    ----------
    desk : Desk
        Clients.
    site, day : Site, Day
        What was asked for.
    refs : Refs
        What the server calls it.
    book : OrderBook
        What pickers missed.

    Returns
    -------
    DayAccount
        Exact.
    """
    seen = OrderTables(desk)
    order, line = seen.order, seen.line
    reference = order["reference"][line["order"]]
    place = book.first_line[reference] + np.arange(len(reference))
    place -= order["line_first"][line["order"]]
    shipped: NDArray[np.int64] = np.zeros(len(book.missing_units), np.int64)
    shipped[place] = line["shipped_units"]
    by_order: NDArray[np.int64] = np.zeros(len(book.shipped_units), np.int64)
    np.add.at(by_order, reference, line["shipped_units"])
    asked = site.orders.line_units
    shipped = shipped[: len(asked)]
    is_short = shipped != asked
    return DayAccount(
        order_count=book.order_count,
        line_count=len(asked),
        units_ordered=int(asked.sum()),
        units_shipped=int(shipped.sum()),
        orders_filled=book.order_count - np.unique(site.orders.line_order_row[is_short]).size,
        lines_filled=len(asked) - int(is_short.sum()),
        shorts=_shorts(desk, site, day, refs, book, asked - shipped),
        shipped_by_order=by_order,
        flash_shipped_units=int(by_order[book.order_count :].sum()),
    )


def _shorts(
    desk: Desk,
    site: Site,
    day: Day,
    refs: Refs,
    book: OrderBook,
    open_units: NDArray[np.int64],
) -> tuple[ShortReason, ...]:
    """Give each short line the first reason that applies."""
    rows = np.flatnonzero(open_units > 0)
    item = site.orders.line_item_row[rows]
    owner = site.orders.line_order_row[rows]
    required_day = day.departure_us[day.order_departure_row[owner]] // DAY_US
    required_day = required_day + np.maximum(day.order_life_days_min[owner] - 1, 0)
    free, fresh = _free_units(desk, refs, item, required_day)
    lacking = open_units[rows]
    was_missed = (day.line_short_pick_units[rows] > 0) & (book.missing_units[rows] == 0)
    is_complete = ~day.order_partial_allowed[owner]
    fate = _purchase_fate(site)[item]
    reasons = np.select(
        [
            was_missed,
            is_complete & (fresh >= lacking),
            (free >= lacking) & (fresh < lacking),
            fate == 3,
            fate == 2,
            fate == 1,
            fresh >= lacking,
        ],
        [0, 1, 2, 3, 4, 5, 6],
        default=7,
    )
    names = (
        NOT_FOUND,
        HELD_BACK,
        LIFE,
        NOT_COME,
        CAME_SHORT,
        LATE,
        AFTER_WAVES,
        NONE_ON_ORDER,
    )
    found = [
        ShortReason(name, int((reasons == row).sum()), int(lacking[reasons == row].sum()))
        for row, name in enumerate(names)
        if (reasons == row).any()
    ]
    return tuple(sorted(found, key=lambda short: -short.line_count))


def _free_units(
    desk: Desk, refs: Refs, item: NDArray[np.int32], required_day: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the free units of each line's item, and those that keep long enough for the line."""
    stock, pool = desk.export("stock"), desk.export("pool")
    usable = np.flatnonzero(
        (stock["on_hand_units"] > stock["allocated_units"])
        & (pool["status"][stock["pool"]] == STATUS_AVAILABLE)
    )
    units = (stock["on_hand_units"] - stock["allocated_units"])[usable].astype(np.int64)
    expiry = stock["expiry_day"][usable]
    by_item: dict[int, list[int]] = {}
    for at, ref in enumerate(stock["item"][usable].tolist()):
        by_item.setdefault(ref, []).append(at)
    free, fresh = np.zeros(len(item), np.int64), np.zeros(len(item), np.int64)
    for row, (ref, day_min) in enumerate(
        zip(refs.item[item].tolist(), required_day.tolist(), strict=True)
    ):
        mine = by_item.get(ref, [])
        free[row] = units[mine].sum()
        fresh[row] = units[mine][expiry[mine] >= day_min].sum()
    return free, fresh


def _purchase_fate(site: Site) -> NDArray[np.int64]:
    """Tell per item: 0 none on order or came as announced, 1 late, 2 short, 3 did not come."""
    purchases = site.purchases
    fate: NDArray[np.int64] = np.zeros(len(site.items.codes), np.int64)
    late = purchases.received_us > purchases.due_us + 3_600_000_000
    short = purchases.received_units < purchases.expected_units
    gone = purchases.received_us < 0
    fate[purchases.item_row[late]] = 1
    fate[purchases.item_row[short]] = 2
    fate[purchases.item_row[gone]] = 3
    return fate
