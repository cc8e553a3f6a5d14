"""The demo's site: floor plan, items, bins, opening stock and purchase orders of one day.

Popular items lie near the depot, at a handy height; everything is derived from the order
history, and every assumption is a sentence in `Site.assumptions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .floor import FloorPlan, Locations, Role, build_locations, plan_floor
from .items import Items, derive_items, popularity_order
from .orders import DAY_US, OWNER_CODES, ChosenOrders, choose_orders
from .supply import Purchases, Stock, derive_purchases, derive_stock, has_reserve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import OrderHistory

CHANNEL_CODES: Final = ("store", "web", "marketplace", "wholesale")
_SPARE_BINS_PERCENT: Final = 5
_LEVEL_RANK: Final = (3, 1, 0, 2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Everything that stands before the day begins.

    Attributes
    ----------
    source : str
        Order history in words.
    owner_codes, channel_codes : tuple of str
        Clients and sales channels that rows elsewhere index.
    orders : ChosenOrders
        The day's orders; its item rows are rows of `items`.
    plan : FloorPlan
        Measures of the building.
    locations : Locations
        All locations.
    items : Items
        Item master; the last row is the flash-sale item.
    pick_face_row : int32[I]
        Pick face of each item, row of `locations`.
    stock : Stock
        Opening stock.
    purchases : Purchases
        Purchase orders due that day, and what becomes of them.
    assumptions : tuple of str
        Every rule that is ours and not the history's, in words.
    """

    source: str
    owner_codes: tuple[str, ...]
    channel_codes: tuple[str, ...]
    orders: ChosenOrders
    plan: FloorPlan
    locations: Locations
    items: Items
    pick_face_row: NDArray[np.int32]
    stock: Stock
    purchases: Purchases
    assumptions: tuple[str, ...]


def derive_site(history: OrderHistory, *, orders_max: int = 6_000, lines_max: int = 60_000) -> Site:
    """Derive the site of one busy day from order history.

    Parameters
    ----------
    history : OrderHistory
        Cleaned order lines.
    orders_max, lines_max : int
        Bounds of the day, see `choose_orders`.

    Returns
    -------
    Site
        The same for the same history and bounds, always.

    Raises
    ------
    InvalidRequest
        The bounds leave no order.
    """
    orders = choose_orders(history, orders_max=orders_max, lines_max=lines_max)
    items = derive_items(orders)
    faces_wanted = len(items.codes) + 1
    plan = plan_floor(
        faces_wanted + faces_wanted * _SPARE_BINS_PERCENT // 100,
        int(np.count_nonzero(has_reserve(items))),
    )
    locations = build_locations(plan)
    pick_face_row, second_flash_row = _assign_pick_faces(items, plan, locations)
    day = orders.day_us // DAY_US
    stock = derive_stock(
        items, pick_face_row, _assign_reserve(items, plan, locations), second_flash_row, day
    )
    purchases = derive_purchases(
        items, pick_face_row, locations.rows_with(Role.DOCK), orders.day_us
    )
    return Site(
        source=history.source,
        owner_codes=OWNER_CODES,
        channel_codes=CHANNEL_CODES,
        orders=orders,
        plan=plan,
        locations=locations,
        items=items,
        pick_face_row=pick_face_row,
        stock=stock,
        purchases=purchases,
        assumptions=_assumptions(history, orders, plan),
    )


def _assign_pick_faces(
    items: Items, plan: FloorPlan, locations: Locations
) -> tuple[NDArray[np.int32], int]:
    """Give the most popular item the handiest bin nearest to the depot, and so on.

    The flash-sale item takes the two best bins left, because it is planned like a promotion.
    """
    faces = locations.rows_with(Role.PICK_FACE)
    walk = _walk_mm(plan, locations, faces)
    handy = np.array(_LEVEL_RANK)[locations.level[faces]]
    # A metre and a half of walking is worth one step of bending or reaching.
    order = np.lexsort((faces, walk + 1_500 * handy))
    ranked = popularity_order(items)
    ranked = ranked[ranked != items.flash_row]
    row = np.empty(len(items.codes), dtype=np.int32)
    row[ranked] = faces[order[: len(ranked)]]
    row[items.flash_row] = faces[order[len(ranked)]]
    return row, int(faces[order[len(ranked) + 1]])


def _assign_reserve(items: Items, plan: FloorPlan, locations: Locations) -> NDArray[np.int32]:
    """Give the k-th most popular item with reserve stock the k-th nearest reserve bin."""
    reserve = locations.rows_with(Role.RESERVE)
    order = reserve[np.lexsort((reserve, _walk_mm(plan, locations, reserve)))]
    ranked = popularity_order(items)
    strong = ranked[has_reserve(items)[ranked]]
    rows = np.full(len(items.codes), -1, dtype=np.int32)
    rows[strong] = order[: len(strong)]
    return rows


def _walk_mm(plan: FloorPlan, locations: Locations, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Measure the walk from the depot to the approach nodes of some bins."""
    aside = np.abs(locations.approach_x_mm[rows] - plan.aisle_x_mm(plan.depot_aisle))
    return aside + locations.approach_y_mm[rows]


def _assumptions(history: OrderHistory, orders: ChosenOrders, plan: FloorPlan) -> tuple[str, ...]:
    """State every rule that is ours, in words a DC manager can check."""
    dropped = "; ".join(f"{count:,} lines: {reason}" for reason, count in history.dropped)
    return (
        f"Orders: {history.source}. Clean lines: {history.line_count:,}; left out: "
        f"{dropped or 'nothing'}.",
        f"The day is {orders.date}, the busiest of the history, with the next busiest days laid "
        f"over it ({orders.days_folded} in all) and their time of day kept.",
        "Nothing is random: where the history is silent, a stable hash of the item's or order's "
        "code decides.",
        f"Two clients, {OWNER_CODES[0]} and {OWNER_CODES[1]}, by manufacturer, else category, "
        "else code; a basket with items of both becomes one order each.",
        "Channels: the largest twentieth of orders is wholesale; of the rest 45 % web, 25 % "
        "marketplace, 30 % store.",
        f"Building: 2 blocks, {plan.aisle_count} aisles, {plan.bay_count} bays per block and "
        "side, 5 pick levels and 1 reserve level; aisle pitch 3.2 m, bay 0.9 m, cross-aisle 3 m.",
        "One pick face per item, popular items nearest to the depot at handy heights; 5 % spare; "
        "bin capacity is not limited.",
        "Weights from the package size where it is stated, else 80 g to 2 kg; dimensions from "
        "weight and a density of 0.3 to 0.9 g/cm3.",
        "Fresh food keeps 8 to 21 days, packaged food 90 to 539 days, other goods do not expire; "
        "without a category 1 in 10 is fresh and half does not expire. Food is FEFO, the rest "
        "FIFO.",
        "Opening stock covers the day and a quarter more, except: 12 % of items start with 35 % "
        "of the day's demand and rely on that day's purchase orders, 1 % have 60 % and no order.",
        "Purchase orders are due 01:00 to 10:00; of the orders 10 % come 1 to 5 hours late and "
        "2 % not that day; 3 % of the lines come short.",
        "Fewer than 1 % of the items also have expired units, and 0.5 % held units, on the "
        "shelf: on hand, never sold. One fresh item in 25 has an older lot with one day left.",
        "Stores take food with one day left, web and marketplace with two, wholesale with three; "
        "web orders go complete or not at all, the other channels take what there is.",
        "Web lines are promised for 15 minutes before they are ordered; 6 % of web carts are "
        "first abandoned once, half of them released, half left to expire.",
        "Pickers do not find the goods on 1 % of the lines; the flash sale is 100 units, one per "
        "buyer, 3,000 buyers in one minute.",
        "A cart takes up to 12 orders of one wave and departure, follows an S-shape through both "
        "blocks, and walks aisles and cross-aisles only.",
    )
