"""Before the day begins: names, items, places, lots, handling units, opening stock, purchases.

Everything goes through bulk messages. Stock is received in the order of its day, with the clock set
to that day, so that its age is real; what has expired meanwhile is found by the server itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...engine.schema import HandlingUnitKind, NameKind
from ...engine.schema import Role as SchemaRole
from ...kernels.columns import DAY_US, NO_EXPIRY_DAY, NONE, STATUS_AVAILABLE, STATUS_HELD
from .floor import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .day import Day
    from .desk import Desk
    from .site import Site

REASON: Final = "NOT-FOUND"
RECOUNT: Final = "RECOUNTED"
_ZONES: Final = ("B1W", "B1E", "B2W", "B2E", "FRONT")
_SHIFT_MM: Final = 1_000
_LEAP_US: Final = 180 * DAY_US


@dataclass(frozen=True, slots=True, eq=False)
class Refs:
    """Refs that the server gave to what stands in the site; rows are those of `Site`.

    Attributes
    ----------
    owner : int32[C]
        Name rows of the clients.
    channel : int32[4]
        Name rows of the sales channels.
    reason : int
        Name row of the reason for a recount.
    item : int32[I]
        Items.
    location : int32[B]
        Locations.
    location_row : int32[N]
        Row of `Locations` per location ref.
    unit_location : dict of int to int
        Location ref of each pallet, by its ref.
    tote : int32[T]
        Totes.
    purchase : int32[P]
        Purchase lines.
    purchase_lot : int32[P]
        Lots that they come with.
    """

    owner: NDArray[np.int32]
    channel: NDArray[np.int32]
    reason: int
    item: NDArray[np.int32]
    location: NDArray[np.int32]
    location_row: NDArray[np.int32]
    unit_location: dict[int, int]
    tote: NDArray[np.int32]
    purchase: NDArray[np.int32]
    purchase_lot: NDArray[np.int32]


def open_site(desk: Desk, site: Site, day: Day) -> Refs:
    """Load a site into an empty store; ends with the clock at the day's first midnight.

    Parameters
    ----------
    desk : Desk
        Clients; the clock is before the first receipt.
    site : Site
        What stands in it.
    day : Day
        For the totes: one per order of the largest wave.

    Returns
    -------
    Refs
        What the server calls it all.
    """
    owner, zone, channel, recount = _names(desk, site)
    item = _items(desk, site, owner)
    location = _locations(desk, site, zone)
    location_row = np.full(int(location.max()) + 1, NONE, np.int32)
    location_row[location] = np.arange(len(location), dtype=np.int32)
    stock = site.stock
    lots = _lots(
        desk, item[stock.item_row], owner[stock.owner_row], stock.lot_codes, stock.expiry_day
    )
    pallets = sorted({code for code in stock.hu_codes if code})
    place = dict(zip(stock.hu_codes, location[stock.location_row].tolist(), strict=True))
    pallet = _units(desk, pallets, HandlingUnitKind.PALLET, [place[code] for code in pallets])
    unit_of = {"": NONE, **dict(zip(pallets, pallet.tolist(), strict=True))}
    _stock(desk, site, item, owner, location, lots, np.array([unit_of[c] for c in stock.hu_codes]))
    _advance(desk, day.start_us)
    desk.call("tick")
    largest = int(np.bincount(day.order_wave_row).max()) + day.flash_sale.stock_units
    tote_codes = [tote_code(row) for row in range(2 * largest)]
    stage = int(location[site.locations.rows_with(Role.STAGE)[0]])
    purchases = site.purchases
    lot = _lots(
        desk,
        item[purchases.item_row],
        owner[purchases.owner_row],
        purchases.lot_codes,
        purchases.expiry_day,
    )
    return Refs(
        owner=owner,
        channel=channel,
        reason=recount,
        item=item,
        location=location,
        location_row=location_row,
        unit_location={unit_of[code]: place[code] for code in pallets},
        tote=_units(desk, tote_codes, HandlingUnitKind.TOTE, [stage] * len(tote_codes)),
        purchase=_purchases(desk, site, item, owner),
        purchase_lot=lot,
    )


def tote_code(row: int) -> str:
    """Give the code of a tote, rows as in `Refs.tote`."""
    return f"TOTE-{row + 1:05d}"


def _names(
    desk: Desk, site: Site
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], int]:
    """Put names; give the refs of owners, zones and channels, and of the reason to recount."""
    named = [
        *((NameKind.CLIENT, code) for code in site.owner_codes),
        *((NameKind.ZONE, code) for code in _ZONES),
        *((NameKind.CHANNEL, code) for code in site.channel_codes),
        (NameKind.REASON, REASON),
        (NameKind.REASON, RECOUNT),
    ]
    kinds, codes = [int(kind) for kind, _ in named], [code for _, code in named]
    refs = desk.bulk("put_name", {"kind": kinds, "code": codes})["name"]
    owner, zone, channel, rest = np.split(
        refs, np.cumsum([len(site.owner_codes), len(_ZONES), len(site.channel_codes)])
    )
    return owner, zone, channel, int(rest[-1])


def _items(desk: Desk, site: Site, owner: NDArray[np.int32]) -> NDArray[np.int32]:
    items = site.items
    columns = {
        "client": owner[items.owner_row],
        "code": items.codes,
        # Both enums put FEFO and FIFO the other way round.
        "rotation": 1 - items.rotation,
        "shelf_life_days": items.shelf_life_days,
        "length_mm": items.length_mm,
        "width_mm": items.width_mm,
        "height_mm": items.height_mm,
        "weight_g": items.weight_g,
    }
    refs: NDArray[np.int32] = desk.bulk("put_item", columns)["item"]
    return refs


def _locations(desk: Desk, site: Site, zone: NDArray[np.int32]) -> NDArray[np.int32]:
    places = site.locations
    zone_row = {code: row for row, code in enumerate(_ZONES)}
    roles = np.array([int(SchemaRole[role.name]) for role in Role])
    columns = {
        "code": places.codes,
        "zone": zone[[zone_row[code] for code in places.zones]],
        "role": roles[places.role],
        "aisle": np.maximum(places.aisle, 0),
        "side": np.maximum(places.side, 0),
        "bay": np.maximum(places.block, 0) * site.plan.bay_count + np.maximum(places.bay, 0),
        "level": np.maximum(places.level, 0),
        # The service counts from a corner of the yard: nothing may be negative.
        "x_mm": places.x_mm - places.x_mm.min() + _SHIFT_MM,
        "y_mm": places.y_mm - places.y_mm.min() + _SHIFT_MM,
        "z_mm": places.z_mm,
        "pick_seq": places.pick_seq,
    }
    refs: NDArray[np.int32] = desk.bulk("put_location", columns)["location"]
    return refs


def _lots(
    desk: Desk,
    item: NDArray[np.int32],
    owner: NDArray[np.int32],
    codes: Sequence[str],
    expiry_day: NDArray[np.int32],
) -> NDArray[np.int32]:
    if not codes:
        return np.empty(0, np.int32)
    columns = {
        "item": item,
        "owner": owner,
        "code": codes,
        "expiry_day": np.where(expiry_day < 0, NO_EXPIRY_DAY, expiry_day),
    }
    refs: NDArray[np.int32] = desk.bulk("put_lot", columns)["lot"]
    return refs


def _units(
    desk: Desk, codes: Sequence[str], kind: HandlingUnitKind, location: Sequence[int]
) -> NDArray[np.int32]:
    if not codes:
        return np.empty(0, np.int32)
    columns = {"code": codes, "kind": int(kind), "parent": NONE, "location": location}
    refs: NDArray[np.int32] = desk.bulk("put_handling_unit", columns)["handling_unit"]
    return refs


def _stock(
    desk: Desk,
    site: Site,
    item: NDArray[np.int32],
    owner: NDArray[np.int32],
    location: NDArray[np.int32],
    lot: NDArray[np.int32],
    unit: NDArray[np.int64],
) -> None:
    """Receive the opening stock, day by day."""
    stock = site.stock
    status = np.where(stock.is_held, STATUS_HELD, STATUS_AVAILABLE)
    place = np.where(unit >= 0, NONE, location[stock.location_row])
    for received_day in np.unique(stock.received_day).tolist():
        _advance(desk, received_day * DAY_US)
        rows = np.flatnonzero(stock.received_day == received_day)
        columns: dict[str, Any] = {
            "item": item[stock.item_row[rows]],
            "owner": owner[stock.owner_row[rows]],
            "lot": lot[rows],
            "status": status[rows],
            "location": place[rows],
            "handling_unit": unit[rows],
            "units": stock.units[rows],
        }
        desk.bulk("receive", columns)


def _advance(desk: Desk, time_us: int) -> None:
    """Move the clock on; the engine believes no leap of more than a year."""
    while time_us - desk.clock.now_us() > _LEAP_US:
        desk.clock.set_us(desk.clock.now_us() + _LEAP_US)
        desk.call("tick")
    desk.clock.set_us(time_us)


def _purchases(
    desk: Desk, site: Site, item: NDArray[np.int32], owner: NDArray[np.int32]
) -> NDArray[np.int32]:
    purchases = site.purchases
    if not purchases.po_codes:
        return np.empty(0, np.int32)
    columns = {
        "code": purchases.po_codes,
        "line_number": purchases.line_number,
        "item": item[purchases.item_row],
        "owner": owner[purchases.owner_row],
        "expected_units": purchases.expected_units,
        "due_us": purchases.due_us,
    }
    refs: NDArray[np.int32] = desk.bulk("put_purchase_line", columns)["purchase_line"]
    return refs
