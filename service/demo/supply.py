"""Opening stock and purchase orders, sized to the day's demand.

Most items start with the whole day's demand and some cover. One item in eight lives from
hand to mouth: a third of the demand on the shelf, the rest on a purchase order of the same
day, which may come late, short or not at all. One in a hundred is simply scarce. A few
expired and a few held rows lie among the rest: they must never be sold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .items import ExpiryClass, Rotation
from .orders import DAY_US, MINUTE_US, OWNER_CODES
from .stable import mix, spread, stable_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .items import Items

FLASH_UNITS: Final = 100
DOCKS: Final = 4
_HAND_TO_MOUTH_PER_MILLE: Final = 120
_SCARCE_PER_MILLE: Final = 10
_TOP_UP_PER_MILLE: Final = 40
_SUPPLIERS: Final = 60
_RESERVE_FROM_UNITS: Final = 20
_FIRST_DUE_MINUTE: Final = 60
_DUE_SLOTS: Final = 36


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Opening stock rows, length R, ordered by item, then lot, then location.

    Attributes
    ----------
    item_row, location_row : int32[R]
        Rows of `Items` and `Locations`.
    owner_row : int8[R]
        Legal owner, row of `OWNER_CODES`.
    lot_codes : tuple of str
        Lot of each row; unique per item.
    expiry_day, received_day : int32[R]
        Days since 1970-01-01; expiry -1 = never. An expiry before the day is expired stock.
    units : int64[R]
        On hand, >= 1.
    is_held : bool[R]
        On quality hold.
    hu_codes : tuple of str
        Pallet that carries a reserve row; empty for loose stock in a pick face.
    """

    item_row: NDArray[np.int32]
    location_row: NDArray[np.int32]
    owner_row: NDArray[np.int8]
    lot_codes: tuple[str, ...]
    expiry_day: NDArray[np.int32]
    received_day: NDArray[np.int32]
    units: NDArray[np.int64]
    is_held: NDArray[np.bool_]
    hu_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Purchase order lines, length P, ordered by order, then line.

    Attributes
    ----------
    po_codes, suppliers : tuple of str
        Purchase order and supplier of each line.
    line_number : int32[P]
        From 1 within a purchase order.
    item_row : int32[P]
        Row of `Items`.
    owner_row : int8[P]
        Row of `OWNER_CODES`.
    expected_units : int64[P]
        Ordered.
    due_us : int64[P]
        Announced arrival.
    received_units : int64[P]
        What really comes, 0 when nothing comes that day.
    received_us : int64[P]
        When it really comes, -1 when it does not.
    dock_row, putaway_row : int32[P]
        Rows of `Locations`: the dock it arrives at and the bin it is put away to.
    lot_codes : tuple of str
        Lot of the receipt.
    expiry_day : int32[P]
        Days since 1970-01-01, -1 = never.
    """

    po_codes: tuple[str, ...]
    suppliers: tuple[str, ...]
    line_number: NDArray[np.int32]
    item_row: NDArray[np.int32]
    owner_row: NDArray[np.int8]
    expected_units: NDArray[np.int64]
    due_us: NDArray[np.int64]
    received_units: NDArray[np.int64]
    received_us: NDArray[np.int64]
    dock_row: NDArray[np.int32]
    putaway_row: NDArray[np.int32]
    lot_codes: tuple[str, ...]
    expiry_day: NDArray[np.int32]


def opening_units(items: Items) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split each item's need into opening stock and units on order.

    Parameters
    ----------
    items : Items
        Item master with the day's demand.

    Returns
    -------
    opening, on_order : int64[I]
        Good units on hand at midnight, and units on purchase orders due that day. Opening
        plus on order covers the demand of every item but the scarce ones; the flash-sale
        item has exactly `FLASH_UNITS` and no order.
    """
    demand = items.demand_units
    dice = spread(stable_hash(items.codes, "supply"), 1_000)
    scarce = dice < _SCARCE_PER_MILLE
    lean = ~scarce & (dice < _SCARCE_PER_MILLE + _HAND_TO_MOUTH_PER_MILLE)
    top_up = dice >= 1_000 - _TOP_UP_PER_MILLE
    cover = np.maximum(2, demand // 4)
    opening = np.where(scarce, demand * 6 // 10, np.where(lean, demand * 35 // 100, demand + cover))
    on_order = np.where(lean, demand - opening + cover, np.where(top_up, demand + cover, 0))
    opening[items.flash_row], on_order[items.flash_row] = FLASH_UNITS, 0
    return opening, on_order


def has_reserve(items: Items) -> NDArray[np.bool_]:
    """Tell which items have enough stock to keep half of it on a pallet in reserve.

    Returns
    -------
    bool[I]
        Never true for the flash-sale item.
    """
    opening, _ = opening_units(items)
    strong = opening >= _RESERVE_FROM_UNITS
    strong[items.flash_row] = False
    return strong


def derive_stock(
    items: Items,
    pick_face_row: NDArray[np.int32],
    reserve_row: NDArray[np.int32],
    second_flash_row: int,
    day: int,
) -> Stock:
    """Write the opening stock rows.

    Parameters
    ----------
    items : Items
        Item master.
    pick_face_row : int32[I]
        Pick face of each item.
    reserve_row : int32[I]
        Reserve bin of each item, -1 when it has none.
    second_flash_row : int
        Second pick face of the flash-sale item, which lies in two lots in two bins.
    day : int
        The day, days since 1970-01-01.

    Returns
    -------
    Stock
        Good rows that add up to `opening_units`, plus the expired and held extras.
    """
    parts = _stock_layers(items, pick_face_row, reserve_row, second_flash_row, day)
    item, lot_number, location_row, units_on_hand, received_day, expiry_day, is_held_row = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.lexsort((location_row, lot_number, item))
    lots = [
        f"{items.codes[row]}/{number}"
        for row, number in zip(item[order].tolist(), lot_number[order].tolist(), strict=True)
    ]
    return Stock(
        item_row=item[order].astype(np.int32),
        location_row=location_row[order].astype(np.int32),
        owner_row=items.owner_row[item[order]],
        lot_codes=tuple(lots),
        expiry_day=expiry_day[order].astype(np.int32),
        received_day=received_day[order].astype(np.int32),
        units=units_on_hand[order],
        is_held=is_held_row[order].astype(np.bool_),
        hu_codes=tuple(
            f"PALLET-{row:06d}" if number == 4 else ""
            for row, number in zip(item[order].tolist(), lot_number[order].tolist(), strict=True)
        ),
    )


def derive_purchases(
    items: Items, pick_face_row: NDArray[np.int32], dock_rows: NDArray[np.int64], day_us: int
) -> Purchases:
    """Write the purchase order lines of the day, with what really happens to each.

    Parameters
    ----------
    items : Items
        Item master.
    pick_face_row : int32[I]
        Where a receipt is put away.
    dock_rows : int64[D]
        Location rows of the docks.
    day_us : int
        Midnight of the day.

    Returns
    -------
    Purchases
        One order per client and supplier, due on a quarter of an hour between 01:00 and
        10:00. Of the orders 10 % come 1 to 5 hours late and 2 % not that day; of the lines
        3 % come short by a fifth or at least one unit.
    """
    _, on_order = opening_units(items)
    rows = np.flatnonzero(on_order > 0)
    supplier = spread(
        stable_hash([items.makers[row] or items.codes[row] for row in rows.tolist()], "supplier"),
        _SUPPLIERS,
    )
    owner = items.owner_row[rows].astype(np.int64)
    order = np.lexsort((rows, supplier, owner))
    rows, supplier, owner = rows[order], supplier[order], owner[order]
    _, first, po_of_line = np.unique(
        owner * _SUPPLIERS + supplier, return_index=True, return_inverse=True
    )
    po_codes = [
        f"PO-{OWNER_CODES[client][0]}{number:03d}"
        for client, number in zip(owner.tolist(), supplier.tolist(), strict=True)
    ]
    po_hash = stable_hash(po_codes, "purchase")
    slot = spread(po_hash, _DUE_SLOTS)
    due_us = day_us + (_FIRST_DUE_MINUTE + 15 * slot) * MINUTE_US
    fate = spread(mix(po_hash, np.full(len(rows), 2, dtype=np.int64)), 100)
    delay_minutes = np.where(fate < 10, 60 + fate * 24, fate % 11)
    comes = fate < 98
    short = spread(stable_hash([items.codes[row] for row in rows.tolist()], "short receipt"), 100)
    expected = on_order[rows]
    missing = np.where(short < 3, np.maximum(1, expected // 5), 0)
    received = np.where(comes, expected - missing, 0)
    received_us = np.where(received > 0, due_us + delay_minutes * MINUTE_US, -1)
    life = items.shelf_life_days[rows].astype(np.int64)
    return Purchases(
        po_codes=tuple(po_codes),
        suppliers=tuple(f"SUPPLIER-{number:03d}" for number in supplier.tolist()),
        line_number=(np.arange(len(rows)) - first[po_of_line] + 1).astype(np.int32),
        item_row=rows.astype(np.int32),
        owner_row=owner.astype(np.int8),
        expected_units=expected,
        due_us=due_us,
        received_units=received,
        received_us=received_us,
        dock_row=dock_rows[spread(po_hash, len(dock_rows))].astype(np.int32),
        putaway_row=pick_face_row[rows],
        lot_codes=tuple(f"{items.codes[row]}/9" for row in rows.tolist()),
        expiry_day=np.where(life > 0, day_us // DAY_US + life, -1).astype(np.int32),
    )


def _stock_layers(
    items: Items,
    pick_face_row: NDArray[np.int32],
    reserve_row: NDArray[np.int32],
    second_flash_row: int,
    day: int,
) -> list[tuple[NDArray[np.integer], ...]]:
    """List up to five rows an item: expired, older, newer, reserve and held stock.

    Each part has columns item, lot number, location, units, received, expiry, held.
    """
    opening, _ = opening_units(items)
    dice = stable_hash(items.codes, "stock")
    life = items.shelf_life_days.astype(np.int64)
    fefo = items.rotation == Rotation.FEFO
    age = np.where(fefo, spread(dice, 5) * np.maximum(life, 4) // 20, 3 + spread(dice, 90))
    in_reserve = np.where(has_reserve(items), opening // 2, 0)
    second = np.where(fefo & (opening - in_reserve >= 4), (opening - in_reserve) * 2 // 5, 0)
    second[items.flash_row] = FLASH_UNITS // 2
    extra = spread(mix(dice, np.ones(len(dice), dtype=np.int64)), 1_000)
    expired = np.where(fefo & (extra < 8), 2 + extra, 0)
    held = np.where(extra >= 995, 3, 0)
    newer_age = age // 2
    # Now and then the older lot of a fresh item has one day left: only some channels take it.
    last_day = (items.expiry_class == ExpiryClass.FRESH) & (extra >= 8) & (extra < 48)
    age = np.where(last_day & (second > 0), life - 1, age)
    second_bin = pick_face_row.copy()
    second_bin[items.flash_row] = second_flash_row
    # Lot number, units, bin, age in days, held: one layer of rows each.
    layers = (
        (1, expired, pick_face_row, life + 1 + extra % 3, False),
        (2, opening - in_reserve - second, pick_face_row, age, False),
        (3, second, second_bin, newer_age, False),
        (4, in_reserve, reserve_row, newer_age, False),
        (5, held, pick_face_row, newer_age, True),
    )
    parts: list[tuple[NDArray[np.integer], ...]] = []
    for lot, units, location, layer_age, is_held in layers:
        rows = np.flatnonzero(units > 0)
        received = day - layer_age[rows]
        expiry = np.where(life[rows] > 0, received + life[rows], -1)
        fill = np.ones(len(rows), dtype=np.int64)
        parts.append(
            (rows, fill * lot, location[rows], units[rows], received, expiry, fill * is_held)
        )
    return parts
