"""Before the day: the site, its people and trailers, and the stock in its bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.schema import HandlingUnitKind, NameKind, Role, WorkerKind
from slotline.kernels.columns import NONE, ROTATION_FEFO, ROTATION_FIFO, STATUS_AVAILABLE

from ..site import ZONE_CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..day import Day
    from .caller import Caller

OWNER: Final = "shop"
CHANNEL: Final = "web"
NOT_THERE: Final = "not there"
COUNTED: Final = "counted"
BACK_ZONE: Final = "back"
SORTING: Final = "sorting"
"""Where totes stand before the put wall or the packing tables."""
PACKING: Final = "packing"
LEFT_BEHIND: Final = "left behind"
"""Where what its trailer did not take is carried from the lane."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What the server calls things.

    Attributes
    ----------
    item : int32[K]
        Items.
    stock : int32[R]
        Rows of stock, as those of the day.
    tote_count : int
        Totes on the site.
    """

    item: NDArray[np.int32]
    stock: NDArray[np.int32]
    tote_count: int


def open_site(caller: Caller, day: Day, midnight_us: int) -> Opened:
    """Put everything that the day needs into an empty store.

    Parameters
    ----------
    caller : Caller
        Calls the server.
    day : Day
        What there is.
    midnight_us : int
        Begin of the day by the server's clock, microseconds UTC.

    Returns
    -------
    opened : Opened
        Refs of what is called by refs later.
    """
    _put_names(caller, day)
    places = _put_places(caller, day)
    tote_count = _put_units(caller, day)
    _put_people(caller, day)
    size = day.size
    for trailer, planned_us in enumerate(day.trailer_planned_us.tolist()):
        caller.call(
            "put_load",
            code=f"trailer-{trailer}",
            appointment_us=midnight_us + planned_us - size.door_us,
            departure_us=midnight_us + planned_us,
        )
    item = _put_items(caller, day)
    return Opened(item, _receive(caller, day, item, places, midnight_us), tote_count)


def _put_names(caller: Caller, day: Day) -> None:
    size = day.size
    crews = {
        "sorter": size.sorters, "packer": size.packers, "stager": size.stagers,
        "loader": size.loaders,
    }  # fmt: skip
    names = [
        (NameKind.CLIENT, OWNER),
        (NameKind.CHANNEL, CHANNEL),
        (NameKind.REASON, NOT_THERE),
        (NameKind.REASON, COUNTED),
        *((NameKind.ZONE, code) for code in (*ZONE_CODES, BACK_ZONE)),
        *((NameKind.ACTOR, f"{crew}-{at}") for crew, count in crews.items() for at in range(count)),
    ]
    kinds, codes = zip(*names, strict=True)
    caller.bulk("put_name", {"kind": [int(kind) for kind in kinds], "code": list(codes)})


def _put_places(caller: Caller, day: Day) -> NDArray[np.int32]:
    """Put all locations; give the refs of the bins."""
    size, site = day.size, day.site
    bins = len(site.bin_zone)
    refs: NDArray[np.int32] = caller.bulk(
        "put_location",
        {
            "code": [f"bin-{at}" for at in range(bins)],
            "zone": [ZONE_CODES[zone] for zone in site.bin_zone.tolist()],
            "role": int(Role.PICK_FACE),
            "aisle": site.bin_aisle,
            "x_mm": site.bin_x_mm,
            "y_mm": site.bin_y_mm,
        },
    )["location"]
    others = [
        (SORTING, Role.STAGE, 0),
        (PACKING, Role.PACK, 0),
        (LEFT_BEHIND, Role.STAGE, 0),
        *((f"wall-{slot}", Role.PUT_WALL_SLOT, 0) for slot in range(size.wall_slots)),
        *((f"lane-{lane}", Role.LANE, size.lane_orders) for lane in range(size.lanes)),
        *((f"door-{door}", Role.DOCK, 0) for door in range(size.doors)),
    ]
    codes, roles, capacities = zip(*others, strict=True)
    caller.bulk(
        "put_location",
        {
            "code": list(codes),
            "zone": BACK_ZONE,
            "role": [int(role) for role in roles],
            "capacity_units": list(capacities),
        },
    )
    return refs


def _put_units(caller: Caller, day: Day) -> int:
    """Put totes, a box for each slot of the wall and a carton for each order; count the totes."""
    size = day.size
    totes = max(size.orders // 4, 3 * size.pickers * size.cart_slots)
    units = (
        ("tote", HandlingUnitKind.TOTE, [SORTING] * totes),
        ("wall", HandlingUnitKind.TOTE, [f"wall-{slot}" for slot in range(size.wall_slots)]),
        ("carton", HandlingUnitKind.CARTON, [PACKING] * size.orders),
    )
    for name, kind, places in units:
        codes = [f"{name}-{at}" for at in range(len(places))]
        caller.bulk(
            "put_handling_unit",
            {"code": codes, "kind": int(kind), "parent": NONE, "location": places},
        )
    return totes


def _put_people(caller: Caller, day: Day) -> None:
    size = day.size
    zones = [ZONE_CODES[zone] for zone in day.picker_zone.tolist()]
    pickers = range(size.pickers)
    codes = [f"picker-{picker}" for picker in pickers]
    caller.bulk("put_worker", {"code": codes, "kind": int(WorkerKind.PERSON), "zone": zones})
    caller.bulk(
        "put_cart",
        {
            "code": [f"cart-{picker}" for picker in pickers],
            "slots": size.cart_slots,
            "volume_mm3": size.cart_volume_ml * 1_000,
            "weight_g": size.cart_weight_g,
        },
    )


def _put_items(caller: Caller, day: Day) -> NDArray[np.int32]:
    expiring = day.row_expires[day.sku_first[:-1]] >= 0
    refs: NDArray[np.int32] = caller.bulk(
        "put_item",
        {
            "client": OWNER,
            "code": [f"sku-{sku}" for sku in range(len(expiring))],
            "rotation": np.where(expiring, ROTATION_FEFO, ROTATION_FIFO),
            "weight_g": day.sku_weight_g,
        },
    )["item"]
    return refs


def _receive(
    caller: Caller, day: Day, item: NDArray[np.int32], places: NDArray[np.int32], midnight_us: int
) -> NDArray[np.int32]:
    """Receive all stock; what expires has a lot for each row."""
    row_item = np.repeat(item, np.diff(day.sku_first))
    lot = np.full(len(row_item), NONE, np.int32)
    expiring = np.flatnonzero(day.row_expires >= 0)
    today = midnight_us // (24 * 3_600_000_000)
    lot[expiring] = caller.bulk(
        "put_lot",
        {
            "item": row_item[expiring],
            "owner": OWNER,
            "code": [f"lot-{row}" for row in expiring.tolist()],
            "expiry_day": today + day.row_expires[expiring],
        },
    )["lot"]
    stock: NDArray[np.int32] = caller.bulk(
        "receive",
        {
            "item": row_item,
            "owner": OWNER,
            "lot": lot,
            "status": STATUS_AVAILABLE,
            "location": places[day.row_bin],
            "units": day.row_units,
        },
    )["stock"]
    return stock
